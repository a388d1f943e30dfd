"""Elementwise operators of two tensors."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, refuses, rejects, ty
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_model_library.relay.operator import EvaluationRuleError, TypeRuleError
from tvm_model_library.relay.ops._broadcast import broadcast_shape

ARITHMETIC = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "mod",
    "floor_mod",
    "trunc_mod",
    "floor_divide",
    "trunc_divide",
]
COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
LOGIC = ["logical_and", "logical_or", "logical_xor"]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int32", "int8", "uint8"])
@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic(name: str, dtype: str) -> None:
    check(name, random(2, 3, dtype=dtype), random(3, dtype=dtype, low=1, seed=4))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_power(dtype: str) -> None:
    check("power", random(2, 3, dtype=dtype, low=0.1), random(3, dtype=dtype, seed=1))


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("dtype", ["float32", "int8", "uint8", "bool"])
def test_comparisons(name: str, dtype: str) -> None:
    check(name, random(2, 3, dtype=dtype), random(3, dtype=dtype, seed=4))


@pytest.mark.parametrize("name", LOGIC)
@pytest.mark.parametrize("dtype", ["bool", "float32", "int32"])
def test_logic(name: str, dtype: str) -> None:
    check(name, random(2, 3, dtype=dtype), random(3, dtype=dtype, seed=4))


@pytest.mark.parametrize("name", ["bitwise_and", "bitwise_or", "bitwise_xor"])
@pytest.mark.parametrize("dtype", ["bool", "int32", "uint8"])
def test_bits(name: str, dtype: str) -> None:
    check(name, random(2, 3, dtype=dtype), random(3, dtype=dtype, seed=4))


@pytest.mark.parametrize("name", ["left_shift", "right_shift"])
@pytest.mark.parametrize("dtype", ["int32", "uint8", "int64"])
def test_shifts(name: str, dtype: str) -> None:
    check(name, random(2, 1, dtype=dtype), random(2, 3, dtype=dtype, low=0, seed=5))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("divide", [-3, 3, -3, 3]),
        ("trunc_divide", [-3, 3, -3, 3]),
        ("floor_divide", [-4, 3, -4, 3]),
        ("mod", [-1, 1, 1, -1]),
        ("trunc_mod", [-1, 1, 1, -1]),
        ("floor_mod", [1, 1, -1, -1]),
    ],
)
def test_signs_of_integer_division(name: str, expected: list[int]) -> None:
    a, b = np.array([-7, 7, 7, -7], np.int32), np.array([2, 2, -2, -2], np.int32)
    assert check(name, a, b).tolist() == expected


@pytest.mark.parametrize("name", ["divide", "floor_divide", "mod", "floor_mod"])
def test_integer_division_by_zero_and_overflow_have_no_value(name: str) -> None:
    one = np.ones(1, np.int8)
    with pytest.raises(EvaluationRuleError, match="division by zero"):
        evaluate(name, one, one * 0)
    with pytest.raises(EvaluationRuleError, match="overflows"):
        evaluate(name, np.array([-128], np.int8), -one)


def test_float_division_by_zero_is_infinite() -> None:
    assert check("divide", np.array([1, -1], np.float32), np.zeros(2, np.float32)).tolist() == [np.inf, -np.inf]


def test_integers_wrap_around() -> None:
    assert check("add", np.array([127], np.int8), np.array([1], np.int8)).tolist() == [-128]
    assert check("multiply", np.array([200], np.uint8), np.array([2], np.uint8)).tolist() == [144]


def test_shift_beyond_the_width_has_no_value() -> None:
    with pytest.raises(EvaluationRuleError, match="between 0 and 7"):
        evaluate("left_shift", np.array([1], np.int8), np.array([8], np.int8))


@pytest.mark.parametrize(
    ("name", "dtype"), [("power", "int32"), ("bitwise_and", "float32"), ("left_shift", "bool"), ("subtract", "bool")]
)
def test_dtypes_without_a_meaning(name: str, dtype: str) -> None:
    a = random(2, dtype=dtype)
    with pytest.raises(EvaluationRuleError, match=f"found {dtype}"):
        evaluate(name, a, a)
    refuses(name, a, a, match=f"found {dtype}")


SIZES = st.integers(0, 4)


@st.composite
def broadcast_pair(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast."""
    shape = draw(st.lists(SIZES, max_size=4))

    def part() -> tuple[int, ...]:
        kept = shape[draw(st.integers(0, len(shape))) :]
        return tuple(1 if draw(st.booleans()) else n for n in kept)

    return part(), part()


@given(broadcast_pair())
@settings(max_examples=100, deadline=None)
def test_broadcast_shape_is_numpys(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    assert broadcast_shape(*shapes) == np.broadcast_shapes(*shapes)


@given(st.lists(SIZES, max_size=3), st.lists(SIZES, max_size=3))
@settings(max_examples=100, deadline=None)
def test_shapes_that_numpy_refuses(a: list[int], b: list[int]) -> None:
    try:
        expected = np.broadcast_shapes(tuple(a), tuple(b))
    except ValueError:
        with pytest.raises(TypeRuleError, match="do not broadcast"):
            broadcast_shape(tuple(a), tuple(b))
    else:
        assert broadcast_shape(tuple(a), tuple(b)) == expected


@given(broadcast_pair())
@settings(max_examples=10, deadline=None)
def test_lowering_broadcasts(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    check("add", random(*shapes[0]), random(*shapes[1], seed=1))


def test_types() -> None:
    assert infer("add", ty(2, None), ty(None, 3)) == ty(2, 3)
    assert infer("add", ty(1, None), ty(4, 1)) == ty(4, None)
    assert infer("less", ty(2), ty()) == ty(2, dtype="bool")
    rejects("add", ty(2), ty(3), match="do not broadcast", argument=1)
    rejects("add", ty(2), ty(2, dtype="int32"), match="one dtype", argument=1)
