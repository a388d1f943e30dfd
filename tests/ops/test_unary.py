"""Elementwise operators of one tensor."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, evaluate, infer, operator, random, refuses, rejects, ty
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_model_library.relay.operator import Attrs, EvaluationRuleError
from tvm_model_library.relay.types import TupleType

FLOATS = ["float16", "bfloat16", "float32", "float64"]
DOMAINS = {
    **dict.fromkeys(("asin", "acos", "atanh"), (-0.9, 0.9)),
    "acosh": (1.1, 3),
    **dict.fromkeys(("log", "log2", "log10", "sqrt", "rsqrt"), (0.1, 3)),
}
FUNCTIONS = [
    "exp",
    "sqrt",
    "rsqrt",
    "sigmoid",
    "erf",
    "tanh",
    "log",
    "log2",
    "log10",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "asin",
    "acos",
    "atan",
    "asinh",
    "acosh",
    "atanh",
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_real_numbers(name: str) -> None:
    low, high = DOMAINS.get(name, (-3, 3))
    check(name, random(2, 3, low=low, high=high))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["exp", "rsqrt", "sigmoid"])
def test_every_float_type(name: str, dtype: str) -> None:
    check(name, random(5, dtype=dtype, low=0.1))


@pytest.mark.parametrize("name", ["fast_exp", "fast_tanh", "fast_erf"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_approximations(name: str, dtype: str) -> None:
    check(name, random(2, 30, dtype=dtype, low=-5, high=5), rtol=2e-3 if dtype == "float32" else None)


def test_the_fast_exponential_stays_finite() -> None:
    data = np.asarray([88.3762, 88.37626, 88.37627, 100, np.inf, -88.3762, -88.37627, -100, -np.inf], np.float32)
    values = check("fast_exp", data, rtol=1e-4)
    assert values[:5].min() > 2.4e38
    assert np.isfinite(values).all()


@pytest.mark.parametrize("name", ["exp", "erf", "fast_exp"])
def test_real_functions_refuse_integers(name: str) -> None:
    data = random(3, dtype="int32")
    with pytest.raises(EvaluationRuleError, match="found int32"):
        evaluate(name, data)
    refuses(name, data, match="found int32")


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "uint8", "int64"])
@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign", "abs", "negative", "copy"])
def test_functions_of_every_dtype(name: str, dtype: str) -> None:
    check(name, random(2, 3, dtype=dtype))


def test_round_takes_halves_away_from_zero() -> None:
    data = np.array([0.5, 1.5, -0.5, -2.5, 0.49999997, 2.4, 8388609.0], np.float32)
    assert check("round", data).tolist() == [1, 2, -1, -3, 0, 2, 8388609]


def test_large_integers_are_their_own_rounding() -> None:
    assert check("floor", np.array([2**62 + 1], np.int64)).tolist() == [2**62 + 1]


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32"])
def test_tests_of_floats(name: str, dtype: str) -> None:
    special = [1, 2, 3] if dtype == "int32" else [np.nan, np.inf, -np.inf, 0, 1]
    check(name, np.array(special).astype(dtype))


@pytest.mark.parametrize("dtype", ["bool", "int32", "uint8", "float32"])
def test_logical_not(dtype: str) -> None:
    check("logical_not", random(2, 3, dtype=dtype))


@pytest.mark.parametrize("dtype", ["bool", "int32", "uint8"])
def test_bitwise_not(dtype: str) -> None:
    check("bitwise_not", random(2, 3, dtype=dtype))


def test_bitwise_not_refuses_floats() -> None:
    refuses("bitwise_not", random(2), match="found float32")
    with pytest.raises(EvaluationRuleError):
        evaluate("bitwise_not", random(2))


@pytest.mark.parametrize("shape", [(), (0, 3), (1, 1), (2, 3, 1, 2)])
def test_every_rank(shape: tuple[int, ...]) -> None:
    check("exp", random(*shape))


@pytest.mark.parametrize(
    ("dtype", "low", "high"), [("float32", -1, 1), ("int8", -1.7, 300), ("uint8", -128, 2), ("float16", -1, np.inf)]
)
def test_clip(dtype: str, low: float, high: float) -> None:
    check("clip", random(2, 5, dtype=dtype), a_min=float(low), a_max=float(high))


@given(st.floats(-10, 10), st.floats(-10, 10))
@settings(max_examples=50, deadline=None)
def test_clip_keeps_values_within_bounds(a: float, b: float) -> None:
    low, high = sorted((a, b))
    op = operator("clip")
    assert op.evaluate is not None
    result = op.evaluate(Attrs({"a_min": low, "a_max": high}), random(50, dtype="float64", low=-20, high=20))
    assert result.min() >= low
    assert result.max() <= high


def test_types() -> None:
    assert infer("exp", ty(2, None)) == ty(2, None)
    assert infer("isnan", ty(2, None)) == ty(2, None, dtype="bool")
    rejects("exp", TupleType(()), match="data must be a tensor", argument=0)
