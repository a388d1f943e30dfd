"""What microTVM's scripts call, on the reference example, with the real compiler."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tvm_model_library as tml
from tvm_model_library.errors import ExportError, ModelLibraryError, RelaySyntaxError
from tvm_model_library.microtvm.runtime import Module

pytest.importorskip("tvm")

TEXT = """#[version = "0.0.5"]
def @main(%a : Tensor[(1, 2), uint8], %b : Tensor[(1, 2), float32], %c : Tensor[(1, 2), float32]) {
  %0 = cast(%a, dtype="float32") + %b * %c;
  %0
}
"""
PARAMS = {"c": np.array([[2.0, 4.0]], "float32")}
MICRO = tml.target.micro("host")
LLVM = tml.target.Target("llvm " + str(MICRO)[2:])


def build(target: Any = MICRO) -> Any:
    module = tml.relay.fromtext(TEXT)
    return tml.relay.build(module, target=target, target_host=target, params=PARAMS, mod_name="add")


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path, "r:") as tar:
        return {m.name: tar.extractfile(m).read() for m in tar.getmembers() if m.isfile()}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (MICRO, ["./codegen/host/src/lib0.c", "./codegen/host/src/lib1.c"]),
        (LLVM, ["./codegen/host/lib/lib0.o", "./codegen/host/src/lib0.c"]),
    ],
)
def test_reference_example(target: Any, code: list[str], tmp_path: Path) -> None:
    factory = build(target)
    files = contents(tml.micro.export_model_library_format(factory, tmp_path / "add.tar"))
    rest = ["./metadata.json", "./parameters/add.params", "./relay.txt", "./runtime-config/graph/graph.json"]
    assert sorted(files) == [*code, *rest]
    metadata = json.loads(files["./metadata.json"])
    assert metadata["memory"] == [
        {"storage_id": 0, "size_bytes": 2, "input_binding": "a"},
        {"storage_id": 1, "size_bytes": 8, "input_binding": "b"},
        {"storage_id": 2, "size_bytes": 8, "input_binding": "p0"},
        {"storage_id": 3, "size_bytes": 8},
    ]
    assert metadata["target"] == factory.metadata["target"] == {"1": str(target)}
    assert (metadata["version"], metadata["model_name"], metadata["runtimes"]) == (1, "add", ["graph"])
    graph = json.loads(files["./runtime-config/graph/graph.json"])
    assert len(graph["nodes"]) == 4
    assert files["./runtime-config/graph/graph.json"].decode() == factory.graph_json
    params = tml.relay.load_param_dict(files["./parameters/add.params"])
    assert list(params) == ["p0"]
    np.testing.assert_array_equal(params["p0"], PARAMS["c"])
    assert files["./parameters/add.params"] == tml.relay.save_param_dict(factory.params)
    assert files["./relay.txt"].decode() == str(factory.ir_mod) == factory.ir_mod.astext() == TEXT
    if target is LLVM:
        assert files["./codegen/host/lib/lib0.o"].startswith(b"\x7fELF")


@pytest.mark.parametrize("target", ["c", "llvm"])
@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_the_example_computes(target: str, executor: str) -> None:
    from tvm_model_library.frontends.relay import from_text

    model = from_text(TEXT, PARAMS)
    lib = tml.compile(model, target=target, executor=executor, name="add")
    a, b = np.array([[3, 200]], "uint8"), np.array([[1.5, -2]], "float32")
    assert lib.run(a, b)[0].tolist() == model.reference(a, b)[0].tolist() == [[6, 192]]


def test_other_modules_are_refused_anywhere_in_the_tree(tmp_path: Path) -> None:
    foreign = [
        SimpleNamespace(kind="cuda", imports=[]),
        SimpleNamespace(type_key="opencl", imported_modules=[]),
        SimpleNamespace(kind="c", imports=[Module("llvm", b"", [SimpleNamespace(kind="ext_dev", imports=[])])]),
        SimpleNamespace(type_key="c", imported_modules=[SimpleNamespace(type_key="vulkan", imported_modules=[])]),
    ]
    pattern = r"^Don't know how to export non-c or non-llvm modules; found: (cuda|opencl|ext_dev|vulkan)$"
    for module in foreign:
        factory = build()
        factory.lib = module
        with pytest.raises(tml.micro.UnsupportedInModelLibraryFormatError, match=pattern):
            tml.micro.export_model_library_format(factory, tmp_path / "bad.tar")
    factory = build()
    factory.lib.import_module(foreign[0])
    with pytest.raises(tml.micro.UnsupportedInModelLibraryFormatError, match="cuda"):
        tml.micro.export_model_library_format(factory, tmp_path / "bad.tar")
    assert not list(tmp_path.iterdir())


def test_an_import_cycle_ends(tmp_path: Path) -> None:
    factory = build()
    factory.lib.imports[0].import_module(factory.lib)
    assert len(contents(tml.micro.export_model_library_format(factory, tmp_path / "add.tar"))) == 6


def test_further_c_modules_are_exported(tmp_path: Path) -> None:
    factory = build()
    factory.lib.import_module(Module("c", b"/* more */\n"))
    files = contents(tml.micro.export_model_library_format(factory, tmp_path / "add.tar"))
    assert files["./codegen/host/src/lib2.c"] == b"/* more */\n"
    factory.lib.import_module(SimpleNamespace(kind="c", imports=[]))
    with pytest.raises(ExportError, match="neither write_to_file nor save"):
        tml.micro.export_model_library_format(factory, tmp_path / "add.tar")


def test_factory_and_library_write_the_same_code(tmp_path: Path) -> None:
    factory = build()
    ours = contents(factory.library.export(tmp_path / "library.tar"))
    theirs = contents(tml.micro.export_model_library_format(factory, tmp_path / "factory.tar"))
    assert {n: d for n, d in ours.items() if n != "./metadata.json"} == {
        n: d for n, d in theirs.items() if n != "./metadata.json"
    }


def test_targets() -> None:
    assert str(MICRO).startswith("c ")
    assert str(LLVM) == "llvm " + str(MICRO)[2:]
    assert (MICRO.kind, LLVM.kind) == ("c", "llvm")
    assert str(tml.target.micro("stm32f746xx")) == "c -keys=cpu -mcpu=cortex-m7 -model=stm32f746xx"
    with pytest.raises(ModelLibraryError, match="unknown model 'hots'; did you mean host"):
        tml.target.micro("hots")
    with pytest.raises(ModelLibraryError, match="cuda"):
        tml.target.Target("cuda")
    assert str(build({"cpu": "c"}).target) == "c"
    assert str(tml.relay.build(TEXT, target_host="c", params=PARAMS).target) == "c"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no target given"),
        ({"target": {"cpu": "c", "gpu": "c"}}, "expected one target, found 2"),
        ({"target": "c", "mod_name": "not-c"}, "'not_c' would do"),
        ({"target": "c", "params": {"d": np.zeros(1)}}, "'d' is not one of @main's parameters"),
        ({"target": "c", "params": {"c": np.zeros((2, 2), "float32")}}, "'c' is Tensor"),
        ({"target": "c", "params": {"c": object()}}, "'c' must be an array, found object"),
    ],
)
def test_mistakes(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelLibraryError, match=message):
        tml.relay.build(tml.relay.fromtext(TEXT), **options)


def test_syntax_errors_come_from_fromtext() -> None:
    with pytest.raises(RelaySyntaxError, match=r":2:"):
        tml.relay.fromtext('#[version = "0.0.5"]\ndef @main( {')


def test_the_language_does_not_need_tvm() -> None:
    script = "import sys, tvm_model_library.relay, tvm_model_library.relay.parser; assert 'tvm' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
