"""Programs written in Python: the same as their texts, with types, and with mistakes found at their line."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rebuilding
import tvm_model_library.microtvm as tvm
from tvm_model_library.errors import RelayTypeError, UnknownOperatorError
from tvm_model_library.microtvm import relay
from tvm_model_library.relay.script.op import FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]
HEADER = '#[version = "0.0.5"]\n'


def corpus(folder: Path) -> dict[str, str]:
    """The small programs of tests/corpus, which have a recorded run each."""
    path = ROOT / "tests" / "corpus" / "make.py"
    spec = importlib.util.spec_from_file_location("corpus_make", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    module.write_corpus(folder)
    return {p.stem: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.relay"))}


def test_programs_written_again_by_functions_are_the_same(tmp_path: Path) -> None:
    programs = corpus(tmp_path)
    done = 0
    for name, text in programs.items():
        module = tvm.parser.fromtext(text, name)
        try:
            again = rebuilding.rebuilt(module)
        except rebuilding.OutOfReachError:
            continue
        assert tvm.ir.structural_equal(module, again), f"{name}\n{module}\n{again}"
        assert tvm.ir.structural_equal(tvm.parser.fromtext(str(again)), module), name
        done += 1
    assert done >= 10


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: x + 1.0, "%x + 1f"),
        (lambda x: 2 - x, "2f - %x"),
        (lambda x: x * x / 4, "%x * %x / 4f"),
        (lambda x: -x, "negative(%x)"),
        (lambda x: (x < 0).astype("int8"), 'cast(%x < 0f, dtype="int8")'),
        (lambda x: x >= x, "%x >= %x"),
        (lambda x: np.full((2, 2), 3, "float32") - x, "full(3f, shape=[2, 2], dtype=\"float32\") - %x"),
        (lambda x: relay.split(x, 2, axis=1)[1], "%0 = split(%x, indices_or_sections=2, axis=1); %0.1"),
        (lambda x: relay.reshape(x, (-1,)), "reshape(%x, newshape=[-1])"),
        (lambda x: relay.concatenate([x, x], 0), "concatenate((%x, %x), axis=0)"),
        (lambda x: relay.nn.pad(x, ((0, 0), (1, 2))), "nn.pad(%x, 0f, pad_width=[[0, 0], [1, 2]])"),
        (lambda x: relay.strided_slice(x, [0, 1], [2, 2]), "strided_slice(%x, begin=[0, 1], end=[2, 2])"),
        (lambda x: relay.clip(x, 0, 6), "clip(%x, a_min=0f, a_max=6f)"),
        (lambda x: relay.mean(x, 1, keepdims=True), "mean(%x, axis=[1], keepdims=True)"),
        (lambda x: relay.full_like(x, 3.0), "full_like(%x, 3f)"),
        (
            lambda x: relay.qnn.op.quantize(x, relay.const(0.5), relay.const(3), out_dtype="uint8"),
            'qnn.quantize(%x, 0.5f, 3, out_dtype="uint8")',
        ),
        (
            lambda x: relay.qnn.op.batch_matmul(
                *[relay.cast(relay.reshape(x, (1, 2, 2)), "int8")] * 2, *map(relay.const, (0, 0, 0.5, 0.5))
            ),
            "let %q = cast(reshape(%x, newshape=[1, 2, 2]), dtype=\"int8\"); "
            'qnn.batch_matmul(%q, %q, 0, 0, 0.5f, 0.5f, out_dtype="int32", transpose_b=True)',
        ),
    ],
)  # fmt: skip
def test_functions_and_arithmetic(call: Any, text: str) -> None:
    x = relay.var("x", shape=(2, 2))
    made = tvm.IRModule.from_expr(relay.Function([x], call(x)))
    expected = tvm.parser.fromtext(f"{HEADER}def @main(%x: Tensor[(2, 2), float32]) {{ {text} }}")
    sample = np.array([[1.5, -2], [3, 0.25]], "float32")
    results = [relay.create_executor("debug", m).evaluate()(sample) for m in (made, expected)]
    np.testing.assert_array_equal(results[0].numpy(), results[1].numpy())
    if "let" not in text and "full(" not in text:
        assert tvm.ir.structural_equal(made, expected), f"{made}\n{expected}"


def test_attributes_of_an_operator_of_two_tensors_are_kept() -> None:
    x = relay.var("x", shape=(4,), dtype="int8")
    call = relay.tflite.add(x, x, 0.5, 1, 0.25, 2, 0.125, 3, activation="relu")
    assert (call.attrs.lhs_scale, call.attrs.rhs_zero_point, call.attrs.activation) == (0.5, 2, "relu")


def test_every_function_says_what_it_computes() -> None:
    vague = [name for name, function in FUNCTIONS.items() if (function.__doc__ or "").startswith("The operator ")]
    assert vague == []


def test_types_are_known_at_once() -> None:
    x = relay.var("x", relay.TensorType((1, 8, 8, 3), "int8"))
    y = relay.nn.conv2d(x, relay.const(np.zeros((3, 3, 3, 5), "int8")), data_layout="NHWC", kernel_layout="HWIO",
                        out_dtype="int32")  # fmt: skip
    assert y.checked_type == relay.TensorType((1, 6, 6, 5), "int32")
    assert str(relay.Tuple([x, y]).checked_type) == "(Tensor[(1, 8, 8, 3), int8], Tensor[(1, 6, 6, 5), int32])"
    assert y.attrs.kernel_layout == "HWIO"
    assert [type(a).__name__ for a in y.args] == ["Var", "Constant"]
    open_ = relay.var("n", relay.TensorType((relay.Any(), 2)))
    assert relay.nn.relu(open_).checked_type.shape == (relay.Any(), 2)


@pytest.mark.parametrize(
    ("mistake", "marker", "message"),
    [
        (lambda x: relay.nn.dense(x, relay.var("w", shape=(4, 9))), "(4, 9)", "nn.dense"),
        (lambda x: relay.reshape(x, newshap=(4,)), "newshap=", "did you mean 'newshape'"),
        (lambda x: relay.add(x), "relay.add(x)", "missing a required argument: 'rhs'"),
        (lambda x: relay.op.get("nn.conv9d"), "conv9d", "conv9d"),
        (lambda x: x.astype("flaot32"), "flaot32", "'flaot32' is not a dtype"),
        (lambda x: relay.TupleGetItem(relay.Tuple([x]), 3), ", 3)", "there is no field 3"),
        (lambda x: relay.const(300, "int8"), "300", "the constant has values that int8 does not hold"),
        (lambda x: relay.If(x, x, x), "relay.If(x", "a condition is a scalar of bool"),
        (lambda x: 1 if x < 7.25 else 2, "7.25", "less has no value yet"),
        (lambda x: relay.Function([x, x], x), "[x, x], x)", "a parameter stands in the function twice"),
        (lambda x: relay.var("v", shape=(-1, 2)), "(-1, 2)", "a dimension is a number from 0"),
        (lambda x: relay.nn.relu("text"), '"text"', "expected an expression, a number or an array, found str"),
    ],
)  # fmt: skip
def test_mistakes_are_found_at_their_line(mistake: Any, marker: str, message: str) -> None:
    x = relay.var("x", shape=(2, 2))
    with pytest.raises((RelayTypeError, UnknownOperatorError)) as error:
        mistake(x)
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    places = [n for n, source in enumerate(lines, 1) if "(lambda x" in source and marker in source]
    assert message in str(error.value)
    assert any(f"test_expressions.py:{n}:" in str(error.value) for n in places), str(error.value)


def test_modules() -> None:
    x = relay.var("x", shape=(3,))
    mod = tvm.IRModule.from_expr(relay.nn.relu(x))
    twice = relay.GlobalVar("twice")
    y = relay.var("y", shape=(3,))
    mod[twice] = relay.Function([y], y + y)
    mod.update_func(mod.get_global_var("main"), relay.Function([x], relay.Call(twice, [x])))
    assert sorted(v.name_hint for v in mod.get_global_vars()) == ["main", "twice"]
    assert "twice" in mod
    got = relay.create_executor("debug", mod).evaluate()(np.array([1, 2, 3], "float32"))
    assert got.numpy().tolist() == [2, 4, 6]
    again = tvm.parser.parse(mod.astext())
    tvm.ir.assert_structural_equal(mod, again)
    with pytest.raises(tvm.TVMError, match="the programs differ"):
        tvm.ir.assert_structural_equal(mod, tvm.IRModule.from_expr(relay.nn.relu(x)))
    with pytest.raises(tvm.TVMError, match="the module has no function @none; its functions: @main, @twice"):
        mod["none"]
    assert relay.transform.InferType()(mod)["main"].ret_type == relay.TensorType((3,))
    assert relay.analysis.list_op_freqs(mod) == {"add": 1}


def test_walks() -> None:
    x, y = relay.var("x", shape=(2,)), relay.var("y", shape=(2,))
    body = relay.Let(y, x * x, y + x)
    seen: list[str] = []
    relay.analysis.post_order_visit(body, lambda e: seen.append(e.op.name if isinstance(e, relay.Call) else ""))
    assert [s for s in seen if s] == ["multiply", "add"]
    assert relay.analysis.free_vars(body) == [x]
    assert relay.analysis.bound_vars(body) == [y]
    assert set(relay.analysis.all_vars(body)) == {x, y}


def test_data_types_and_matching() -> None:
    number = relay.scalar_type("int32")
    tree = relay.GlobalTypeVar("Tree")
    leaf = relay.Constructor("Leaf", [number], tree)
    fork = relay.Constructor("Fork", [tree(), tree()], tree)
    mod = tvm.IRModule(type_definitions={tree: relay.TypeData(tree, [], [leaf, fork])})
    total, t, n, a, b = relay.GlobalVar("total"), relay.Var("t", tree()), *(relay.Var(v) for v in "nab")
    clauses = [
        relay.Clause(relay.PatternConstructor(leaf, [relay.PatternVar(n)]), n),
        relay.Clause(
            relay.PatternConstructor(fork, [relay.PatternVar(a), relay.PatternVar(b)]),
            relay.Call(total, [a]) + relay.Call(total, [b]),
        ),
    ]
    mod[total] = relay.Function([t], relay.Match(t, clauses), number)
    x = relay.var("x", number)
    mod["main"] = relay.Function([x], relay.Call(total, [fork(leaf(x), leaf(x))]))
    assert relay.create_executor("debug", mod).evaluate()(21).numpy() == 42
