"""Reductions."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, refuses, rejects, ty
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_model_library.relay.operator import EvaluationRuleError

NUMERIC = ["sum", "prod", "max", "min", "mean"]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int32", "int8", "uint8"])
@pytest.mark.parametrize("name", NUMERIC)
def test_dtypes(name: str, dtype: str) -> None:
    check(name, random(2, 3, 2, dtype=dtype), axis=(0, -1), keepdims=True)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "all", "any"])
def test_truth_values(name: str) -> None:
    check(name, random(2, 3, dtype="bool"), axis=(1,))


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(
    ("axis", "exclude"), [(None, False), ((), False), ((1,), False), ((-1, 0), False), ((1,), True), ((0, 1, 2), True)]
)
@pytest.mark.parametrize("name", ["sum", "max", "argmin"])
def test_axes(name: str, axis: tuple[int, ...] | None, exclude: bool, keepdims: bool) -> None:
    check(name, random(2, 3, 4), axis=axis, exclude=exclude, keepdims=keepdims)


@pytest.mark.parametrize("name", NUMERIC)
def test_nothing_to_reduce(name: str) -> None:
    check(name, random())
    check(name, random(2, 0), axis=(1,))
    check(name, random(2, 0), axis=(0,))


def test_extremes_of_infinities() -> None:
    assert check("max", np.full(3, -np.inf, np.float32)) == -np.inf
    assert check("min", np.full(3, np.inf, np.float32)) == np.inf


def test_mean_of_integers_truncates() -> None:
    assert check("mean", np.array([-3, 0], np.int32)) == -1


def test_mean_of_integers_at_the_limits() -> None:
    assert check("mean", np.array([-128, 127, -128, 1], np.int8)) == -32  # the sum is the least int8
    assert check("mean", np.array([-(2**31), 0], np.int32)) == -(2**30)


def test_mean_of_more_elements_than_the_dtype_counts() -> None:
    check("mean", random(127, dtype="int8"))
    for name, args in (
        ("mean", (random(128, dtype="int8"),)),
        ("variance", (random(128, dtype="int8"), random(1, dtype="int8"))),
    ):
        with pytest.raises(EvaluationRuleError, match="128 elements are more than int8 counts"):
            evaluate(name, *args)
        refuses(name, *args, match="128 elements are more than int8 counts")


def test_mean_of_no_integers_has_no_value() -> None:
    with pytest.raises(EvaluationRuleError, match="no elements"):
        evaluate("mean", random(0, dtype="int32"))
    refuses("mean", random(0, dtype="int32"), match="no value")


@pytest.mark.parametrize("name", ["all", "any"])
def test_logic_needs_truth_values(name: str) -> None:
    with pytest.raises(EvaluationRuleError, match="bool"):
        evaluate(name, random(2))
    refuses(name, random(2), match="bool")


@pytest.mark.parametrize("unbiased", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32"])
def test_variance(dtype: str, unbiased: bool) -> None:
    data, mean = random(2, 3, 2, dtype=dtype), random(1, 3, 1, dtype=dtype, seed=2)
    check("variance", data, mean, axis=(0, 2), unbiased=unbiased)
    check("variance", data, mean, axis=(1,), exclude=True, keepdims=True)


def test_variance_is_numpys() -> None:
    data = random(4, 5)
    result = evaluate("variance", data, data.mean(1, keepdims=True), axis=(1,), unbiased=True)
    np.testing.assert_allclose(result, data.var(1, ddof=1), rtol=1e-5)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("dtype", ["float32", "int8", "bool", "float16"])
def test_position_of_the_extreme(name: str, dtype: str, last: bool) -> None:
    data = random(3, 4, 5, dtype=dtype)
    check(name, data, axis=(1,), select_last_index=last)
    check(name, data, axis=(0, 2), keepdims=True, select_last_index=last)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
@settings(max_examples=10, deadline=None)
def test_any_shape(shape: list[int], data: st.DataObject) -> None:
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True))
    values = random(*shape)
    result = check("sum", values, axis=tuple(axes))
    np.testing.assert_allclose(result, values.sum(tuple(axes) or None), rtol=1e-4, atol=1e-4)


def test_types() -> None:
    assert infer("sum", ty(2, None, 4), axis=(0,)) == ty(None, 4)
    assert infer("argmax", ty(2, None), axis=(1,), keepdims=True) == ty(2, 1, dtype="int32")
    rejects("sum", ty(2, 3), axis=(2,), match=r"\[-2, 2\)")
    rejects("sum", ty(2, 3), axis=(0, -2), match="twice")
    rejects("sum", ty(2, 3), exclude=True, match="exclude needs axis")
    rejects("argmax", ty(), match="scalar", argument=0)
    rejects("variance", ty(2, 3), ty(2), match="rank of data", argument=1)
