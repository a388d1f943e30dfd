"""Slices, reversals and windows."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import Array, check, evaluate, infer, random, rejects, ty
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_model_library.relay.operator import EvaluationRuleError
from tvm_model_library.relay.ops.slicing import canonical_span


def ints(*values: int, dtype: str = "int32") -> Array:
    return np.array(values, dtype)


@given(st.integers(-7, 7), st.integers(-7, 7), st.integers(-3, 3).filter(bool), st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_spans_are_pythons_slices(begin: int, end: int, step: int, size: int) -> None:
    span = canonical_span(begin, end, step, size)
    assert [span.begin + i * step for i in range(span.length)] == list(range(size))[begin:end:step]


@pytest.mark.parametrize(
    "attrs",
    [
        {"begin": (0, 1), "end": (2, -1), "strides": (1,)},
        {"begin": (1, 3), "end": (2, -6), "strides": (1, -2)},
        {"begin": (1, 1), "end": (-1, 2), "strides": (2, 2), "slice_mode": "size"},
        {"begin": (1,), "end": (100,), "strides": (1,), "axes": (-1,)},
        {"begin": (1,), "end": (1,), "strides": (1,)},
    ],
)
def test_strided_slice(attrs: dict[str, tuple[int, ...]]) -> None:
    check("strided_slice", random(3, 5), **attrs)


def test_strided_slice_types() -> None:
    assert infer("strided_slice", ty(None, 4), begin=(0, 1), end=(2, 3)) == ty(None, 2)
    assert infer("strided_slice", ty(None, 4), begin=(1,), end=(3,), axes=(1,)) == ty(None, 2)
    rejects("strided_slice", ty(4), begin=(3,), end=(1,), match="behind end")
    rejects("strided_slice", ty(4), begin=(3,), end=(1,), strides=(0,), match="zero")
    rejects("strided_slice", ty(4), begin=(0, 0), end=(1, 1), match="at most 1")
    rejects("strided_slice", ty(4), begin=(0, 0), end=(1,), axes=(0,), match="one length")


def test_slice_like() -> None:
    check("slice_like", random(3, 4, 5), random(1, 2, 3), axes=(1, -1))
    check("slice_like", random(3, 4, 5), random(1, 2))
    rejects("slice_like", ty(3), ty(4), match="exceeds", argument=1)
    rejects("slice_like", ty(3, 4), ty(3), axes=(1,), match="not a dimension", argument=1)


@pytest.mark.parametrize(
    ("shape", "begin", "end", "strides"),
    [((2, 2), (1, 0), (3, 4), (1, 2)), ((3, 2), (2, 3), (-4, -5), (-1, -2)), ((2, 4), (1,), (3,), (1,))],
)
@pytest.mark.parametrize("constants", [(), (2, 3, 4)])
def test_strided_set(
    shape: tuple[int, ...],
    begin: tuple[int, ...],
    end: tuple[int, ...],
    strides: tuple[int, ...],
    constants: tuple[int, ...],
) -> None:
    bounds = (ints(*begin), ints(*end), ints(*strides))
    check("strided_set", random(3, 4), random(*shape, seed=8), *bounds, constants=constants)


def test_strided_set_needs_enough_values() -> None:
    with pytest.raises(EvaluationRuleError, match="v has 1"):
        evaluate("strided_set", random(3), random(1), ints(0), ints(3), ints(1))


@pytest.mark.parametrize("axis", [0, -1])
def test_reverse(axis: int) -> None:
    check("reverse", random(3, 4), axis=axis)
    check("reverse", random(0, 4), axis=axis)


def test_reverse_sequence() -> None:
    check("reverse_sequence", random(3, 4), ints(1, 0, 3))
    check("reverse_sequence", random(3, 4), ints(9, 1, 2, 3, dtype="int64"), seq_axis=0, batch_axis=1)
    rejects("reverse_sequence", ty(3, 4), ty(2, dtype="int32"), match="seq_lengths must be", argument=1)


@pytest.mark.parametrize(("axis", "window", "strides"), [(1, (3, 2), (2, 3)), (-1, (3,), (1,))])
def test_sliding_window(axis: int, window: tuple[int, ...], strides: tuple[int, ...]) -> None:
    check("sliding_window", random(2, 6, 7), axis=axis, window_shape=window, strides=strides)


def test_sliding_window_types() -> None:
    assert infer("sliding_window", ty(None, 6), axis=0, window_shape=(2, 3), strides=(1, 1)) == ty(None, 4, 2, 3)
    rejects("sliding_window", ty(3), axis=0, window_shape=(4,), strides=(1,), match="does not fit")
