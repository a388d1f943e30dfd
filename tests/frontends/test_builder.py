"""Programs made a call at a time, as importers make them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import tvm_model_library as tml
from tvm_model_library.errors import EvaluationError, GraphPlace, RelayTypeError, UnknownOperatorError, UnsupportedError
from tvm_model_library.frontends.builder import At, Builder, Program, value_of
from tvm_model_library.model import model_of
from tvm_model_library.relay import ast
from tvm_model_library.relay.equal import structural_equal
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.relay.printer import print_module
from tvm_model_library.relay.types import TensorType
from tvm_model_library.relay.visit import post_order

MAIN = GraphPlace("folder/m.tflite", "subgraph 0")


def node(number: int) -> GraphPlace:
    return GraphPlace("folder/m.tflite", f"operator {number}")


def begin(*shape: int, dtype: str = "float32") -> tuple[Builder, ast.Var, At]:
    """A builder, its input ``x`` of that shape, and the place of operator 1."""
    builder = Builder("folder/m.tflite")
    return builder, builder.input("x", shape, dtype, MAIN), builder.at(node(1))


def finish(builder: Builder, *outputs: ast.Expr) -> Program:
    return builder.finish([(o, f"out/{i}", None) for i, o in enumerate(outputs)], MAIN)


def run(program: Program, *arrays: np.ndarray) -> list[np.ndarray]:
    """The program's outputs, when it is well-formed: its types are those of inference, and its text reads back."""
    module = program.module
    inferred = infer(module.module)
    assert module.types == inferred.types
    assert module.functions == inferred.functions
    assert structural_equal(parse_module(print_module(module.module), "t"), module.module)
    return model_of(module, program.params).reference(*arrays)


def calls(program: Program) -> list[str]:
    body = program.module.module.functions["main"].body
    return [e.func.name for e in post_order(body) if isinstance(e, ast.Call) and isinstance(e.func, ast.OpRef)]


def test_a_program_with_weights_an_input_and_two_outputs() -> None:
    builder, x, here = begin(2, 3)
    weights = here.constant(np.arange(12).reshape(4, 3), "float32", "dense/kernel:0")
    dense = here.call("nn.dense", x, weights, units=None)
    split = builder.at(node(2)).call("split", dense, indices_or_sections=[1], axis=1)
    first = here.field(split, 0)
    total = here.call("add", first, here.constant(2.0, "float32"))
    program = builder.finish([(total, "sum", (0.5, 3)), (here.field(split, 1), "sum", None)], MAIN)
    assert [(p.name, p.original, str(p.type)) for p in program.inputs] == [("x", "x", "Tensor[(2, 3), float32]")]
    assert [(p.name, p.original, p.quantization) for p in program.outputs] == [
        ("sum", "sum", (0.5, 3)),
        ("sum_2", "sum", None),
    ]
    assert list(program.params) == ["dense_kernel_0"]
    assert program.originals == {"dense_kernel_0": "dense/kernel:0"}
    array = np.array([[1, 2, 3], [0, 1, -1]], np.float32)
    product = array @ np.arange(12, dtype=np.float32).reshape(4, 3).T
    found = run(program, array)
    assert np.array_equal(found[0], product[:, :1] + 2)
    assert np.array_equal(found[1], product[:, 1:])


def test_generated_code_names_the_operators_of_the_file() -> None:
    builder, x, here = begin(4)
    program = finish(builder, builder.at(node(7)).call("nn.relu", here.call("negative", x)))
    library = tml.compile(model_of(program.module, program.params))
    (found,) = library.run(np.array([1, -2, 3, -4], np.float32))
    assert found.tolist() == [0, 2, 0, 4]
    sources = b"".join(d for n, d in library.archive_members().items() if n.endswith(".c")).decode()
    assert "negative (m.tflite: operator 1)" in sources
    assert "nn.relu (m.tflite: operator 7)" in sources


# -- what is known is computed


def test_shape_arithmetic_disappears() -> None:
    builder, x, here = begin(2, 3, 4)
    shape = here.constant([2, 3, 4], "int32")
    last = here.call("strided_slice", shape, begin=[2], end=[3], strides=[1])
    rows = here.call("prod", here.call("strided_slice", shape, begin=[0], end=[2], strides=[1]), keepdims=True)
    new = here.call("concatenate", here.tuple([rows, last]), axis=0)
    assert value_of(new).tolist() == [6, 4]
    program = finish(builder, here.call("reshape", x, newshape=value_of(new)))
    assert calls(program) == ["reshape"]
    assert not program.params
    assert run(program, np.zeros((2, 3, 4), np.float32))[0].shape == (6, 4)


def test_weights_keep_their_name_through_what_a_converter_does() -> None:
    builder, x, here = begin(1, 3)
    weights = here.constant(np.arange(6).reshape(3, 2).astype(np.float16), name="w")
    wide = here.call("transpose", here.call("cast", weights, dtype="float32"), axes=[1, 0])
    program = finish(builder, here.call("nn.dense", x, wide, units=2))
    assert program.originals == {"w": "w"}
    assert program.params["w"].dtype == np.float32
    assert program.params["w"].tolist() == [[0, 2, 4], [1, 3, 5]]
    assert program.params["w"].flags.c_contiguous


def test_tuples_of_known_values_are_known() -> None:
    builder, x, here = begin(2)
    halves = here.call("split", here.constant([1, 2, 3, 4], "float32", name="c"), indices_or_sections=2, axis=0)
    assert [v.tolist() for v in value_of(halves)] == [[1, 2], [3, 4]]
    program = finish(builder, here.call("add", x, here.field(halves, 1)))
    assert {k: v.tolist() for k, v in program.params.items()} == {"c": [3, 4]}


def test_a_number_does_not_become_a_large_constant() -> None:
    builder, x, here = begin(64, 64)
    full = here.call("full", here.constant(1.0, "float32"), shape=[64, 64], dtype="float32")
    assert value_of(full) is None
    small = here.call("full", here.constant(1.0, "float32"), shape=[8], dtype="float32")
    assert value_of(small).tolist() == [1] * 8
    program = finish(builder, here.call("add", x, full))
    assert calls(program) == ["full", "add"]
    assert run(program, np.ones((64, 64), np.float32))[0].max() == 2


# -- names and parameters


def test_names_become_distinct_identifiers() -> None:
    builder, x, here = begin(2)
    names = ["a/b", "a.b", "A_B", "", "", "3x", "__", "float", "x", "größe;noch/etwas"]
    total: ast.Expr = x
    for i, name in enumerate(names):
        total = here.call("add", total, here.constant([i, i + 1], "float32", name))
    program = finish(builder, total)
    assert list(program.originals.values()) == names
    cleaned = list(program.params)
    assert cleaned[:5] == ["a_b", "a_b_2", "A_B_3", "constant", "constant_2"]
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", n) for n in cleaned)
    assert len({n.upper() for n in [*cleaned, "x"]}) == len(names) + 1
    assert run(program, np.zeros(2, np.float32))[0].tolist() == [45, 55]


def test_constants_that_nothing_uses_are_left_out_and_equal_ones_shared() -> None:
    builder, x, here = begin(2)
    twins = [here.constant([1, 2], "float32", f"twin{i}") for i in range(2)]
    unused = here.constant([7, 8], "float32", "unused")
    here.call("add", x, unused)
    total = here.call("add", here.call("multiply", x, twins[0]), twins[1])
    program = finish(builder, total)
    assert list(program.params) == ["twin0"]
    assert run(program, np.ones(2, np.float32))[0].tolist() == [2, 4]
    assert len(program.module.module.functions["main"].params) == 2


def test_inputs_stay_even_when_nothing_reads_them_and_may_be_outputs() -> None:
    builder, x, _ = begin(2)
    builder.input("y", (3,), "int8", MAIN, (0.25, -1))
    program = finish(builder, x)
    assert [(p.name, p.quantization) for p in program.inputs] == [("x", None), ("y", (0.25, -1))]
    assert run(program, np.ones(2, np.float32), np.zeros(3, np.int8))[0].tolist() == [1, 1]


def test_an_output_may_be_a_constant() -> None:
    builder, _, here = begin(2)
    program = finish(builder, here.constant([1, 2], "int32", "c"), here.constant(3, "int32"))
    found = run(program, np.ones(2, np.float32))
    assert [f.tolist() for f in found] == [[1, 2], 3]


# -- errors have the place of the operator that is converted


def test_what_a_type_rule_refuses() -> None:
    builder, x, here = begin(2, 3)
    relu = here.call("nn.relu", x)
    with pytest.raises(RelayTypeError, match=r"nn\.dense: ") as caught:
        builder.at(node(2)).call("nn.dense", relu, here.constant(np.zeros((4, 5), np.float32), name="w"))
    assert str(caught.value).startswith("folder/m.tflite: operator 2: nn.dense: ")


def test_values_that_do_not_exist() -> None:
    _, _, here = begin(2)
    with pytest.raises(EvaluationError, match=r"m.tflite: operator 1: divide: integer division by zero"):
        here.call("divide", here.constant([1, 2], "int32"), here.constant([7, 0], "int32"))


@pytest.mark.parametrize(
    ("name", "attributes", "error", "message"),
    [
        ("nn.rely", {}, UnknownOperatorError, "unknown operator nn.rely; did you mean nn.relu"),
        ("nn.softmax", {"axes": 1}, RelayTypeError, "nn.softmax has no attribute axes"),
        ("add", {}, RelayTypeError, "add takes 2 arguments"),
    ],
)
def test_calls_that_are_none(name: str, attributes: Any, error: Any, message: str) -> None:
    _, x, here = begin(2)
    with pytest.raises(error, match=f"m.tflite: operator 1: {message}"):
        here.call(name, x, **attributes)


def test_outputs_must_be_tensors() -> None:
    builder, x, here = begin(2)
    with pytest.raises(UnsupportedError, match=r"m.tflite: subgraph 0: output out/0 is \(Tensor"):
        finish(builder, here.call("split", x, indices_or_sections=2, axis=0))
    with pytest.raises(UnsupportedError, match=r"m.tflite: operator 1: custom operators"):
        here.error("custom operators")


# -- control flow


def test_a_branch() -> None:
    builder, x, here = begin(2)
    positive = here.call("greater", here.call("sum", x), here.constant(0.0, "float32"))
    result = here.branch(positive, here.call("negative", x), here.constant([5, 6], "float32", "held"))
    program = finish(builder, result)
    assert run(program, np.array([1, 2], np.float32))[0].tolist() == [-1, -2]
    assert run(program, np.array([-1, -2], np.float32))[0].tolist() == [5, 6]
    with pytest.raises(RelayTypeError, match=r"operator 1: a condition of type bool and two equal types are expected"):
        here.branch(positive, x, here.constant(1.0, "float32"))


def test_a_loop() -> None:
    """Doubling until the sum of two numbers exceeds 100."""
    builder, x, here = begin(2)
    type_ = TensorType((2,), "float32")
    name = builder.declare("main", [type_], type_)
    assert name == "main_"
    inside = builder.at(node(3), in_main=False)
    state = builder.variable("state", type_, MAIN)
    more = inside.call("less", inside.call("sum", state), inside.constant(100.0, "float32"))
    twice = inside.call("multiply", state, inside.constant([2, 2], "float32"))
    again = inside.call_function(name, [twice])
    builder.define(name, [state], inside.branch(more, again, state), node(3))
    program = finish(builder, here.call_function(name, [x]))
    assert run(program, np.array([1, 2], np.float32))[0].tolist() == [64, 128]
    assert not program.params
    with pytest.raises(
        RelayTypeError, match=r"operator 1: @main_ takes \(Tensor\[\(2\), float32\]\), found \(float32\)"
    ):
        here.call_function(name, [here.constant(1.0, "float32")])
    with pytest.raises(RelayTypeError, match=r"operator 3: @main_ is fn"):
        builder.define(name, [state], more, node(3))
