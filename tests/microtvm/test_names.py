"""Names of TVM that are not here say what to use instead; those that are here are documented."""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import names, relay, running
from tvm_model_library.relay.operator import operators
from tvm_model_library.relay.script.operators import function_name

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(names.GONE))
def test_a_name_that_is_gone_says_what_to_use(name: str) -> None:
    with pytest.raises(AttributeError) as error:
        functools.reduce(getattr, name.replace("*", "SomePass").split("."), tvm)
    text = str(error.value)
    assert names.GONE[name] in text or any(names.GONE.get(p, "-") in text for p in _above(name)), text
    assert "docs/microtvm.md" in text


def _above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def test_importing_what_is_gone_says_what_to_use() -> None:
    for statement in (
        "import tvm_model_library.microtvm.autotvm",
        "from tvm_model_library.microtvm.relay import testing",
    ):
        with pytest.raises(ImportError, match=r"is not here: .*docs/microtvm\.md"):
            exec(statement)


@pytest.mark.parametrize(
    ("where", "name", "message"),
    [
        ("", "IRmodule", "did you mean IRModule"),
        ("relay.nn", "con2d", "did you mean conv2d"),
        ("micro", "export_model_library", "did you mean export_model_library_format"),
        ("target", "traget", "did you mean"),
        ("", "no_such_thing", "docs/microtvm.md lists what there is"),
    ],
)
def test_unknown_names(where: str, name: str, message: str) -> None:
    module = functools.reduce(getattr, filter(None, where.split(".")), tvm)
    with pytest.raises(AttributeError, match=re.escape(message)):
        getattr(module, name)


def test_an_attribute_that_is_gone_says_what_to_use() -> None:
    x = relay.var("x", shape=(2,))
    factory = relay.backend.graph_runtime_factory.GraphRuntimeFactoryModule(
        None, tvm.target.target.micro("host"), "{}", tvm.support.FrontendTestModule(), "name", {}
    )
    runner = running.Runner([], [], {}, list)
    session = tvm.micro.Session(contextlib.nullcontext())  # type: ignore[arg-type]
    objects = (factory.lib, factory, runner, session)
    for value, (what, gone) in zip(objects, names.ATTRIBUTES.items(), strict=True):
        for name, why in gone.items():
            with pytest.raises(AttributeError) as error:
                getattr(value, name)
            assert str(error.value) == f"{what} has no attribute {name!r}: {why} (docs/microtvm.md)"
    with pytest.raises(AttributeError, match="did you mean get_graph_json"):
        factory.get_graph_jsn  # noqa: B018
    assert not hasattr(x, "export_library")
    assert copy.copy(factory).libmod_name == "name"


def test_every_operator_has_its_function() -> None:
    for operator in operators():
        value = functools.reduce(getattr, function_name(operator.name).split("."), relay)
        assert callable(value), operator.name
        assert inspect.getdoc(value), operator.name


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("nn.conv2d", "data weight strides padding dilation groups channels kernel_size data_layout kernel_layout"
         " out_layout out_dtype"),
        ("qnn.op.requantize", "data input_scale input_zero_point output_scale output_zero_point axis rounding"
         " compute_dtype out_dtype"),
        ("image.resize2d", "data size roi layout method coordinate_transformation_mode rounding_method cubic_alpha"
         " cubic_exclude extrapolation_value out_dtype"),
        ("strided_slice", "data begin end strides axes slice_mode"),
        ("topk", "data k axis ret_type is_ascend dtype"),
        ("nn.dense", "data weight units out_dtype"),
    ],
)  # fmt: skip
def test_signatures_are_those_of_tvm(path: str, parameters: str) -> None:
    value = functools.reduce(getattr, path.split("."), relay)
    assert list(inspect.signature(value).parameters) == parameters.split()


def test_public_names_exist() -> None:
    for module in _modules():
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name), f"{module.__name__}.{name}"


def _modules() -> list[object]:
    root = Path(tvm.__file__).parent
    paths = [p.relative_to(root).with_suffix("").parts for p in root.rglob("*.py") if "templates" not in p.parts]
    modules = {".".join((tvm.__name__, *(x for x in parts if x != "__init__"))) for parts in paths}
    return [importlib.import_module(name) for name in sorted(modules)]


def test_tvm_is_not_loaded_before_something_is_compiled() -> None:
    code = (
        "import sys, tvm_model_library.microtvm as tvm\n"
        "x = tvm.relay.var('x', shape=(3,))\n"
        "r = tvm.relay.create_executor('debug').evaluate(tvm.relay.Function([x], x + x))\n"
        "import numpy as np\n"
        "assert r(np.ones(3, 'float32')).numpy().tolist() == [2, 2, 2]\n"
        "assert 'tvm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_page_lists_what_is_gone() -> None:
    page = (ROOT / "docs" / "microtvm.md").read_text(encoding="utf-8")
    assert [name for name in names.GONE if f"`{name}`" not in page] == []
