"""Reads at given positions."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import Array, check, evaluate, infer, random, rejects, ty
from tvm_model_library.relay.operator import EvaluationRuleError
from tvm_model_library.relay.types import TupleType


def ints(*values: object, dtype: str = "int32") -> Array:
    return np.array(values, dtype)


@pytest.mark.parametrize("dtype", ["int32", "int64", "int8"])
@pytest.mark.parametrize("mode", ["clip", "wrap"])
def test_take(mode: str, dtype: str) -> None:
    data = random(3, 4)
    check("take", data, ints(0, 5, -2, dtype=dtype), mode=mode)
    check("take", data, ints([0, 5], [-2, 1], dtype=dtype), mode=mode, axis=-1)
    check("take", data, np.array(-1, dtype), mode=mode, axis=0)


def test_take_modes() -> None:
    data = np.arange(4, dtype=np.float32)
    assert evaluate("take", data, ints(-5, 5), axis=0).tolist() == [0, 3]
    assert evaluate("take", data, ints(-5, 5), axis=0, mode="wrap").tolist() == [3, 1]
    with pytest.raises(EvaluationRuleError, match="out of range"):
        evaluate("take", data, ints(4), axis=0, mode="fast")


@pytest.mark.parametrize(("axis", "batch_dims"), [(1, 1), (2, 1), (2, -1), (2, 0)])
def test_take_in_batches(axis: int, batch_dims: int) -> None:
    check("take", random(2, 3, 4), ints([0, 1], [2, 2]), axis=axis, batch_dims=batch_dims, mode="fast")


def test_take_types() -> None:
    indices = ty(None, 2, dtype="int32")
    assert infer("take", ty(3, 4), indices) == ty(None, 2)
    assert infer("take", ty(3, 4), indices, axis=1) == ty(3, None, 2)
    rejects("take", ty(3), ty(2), match="integers", argument=1)
    rejects("take", ty(3), indices, axis=1, match=r"\[-1, 1\)")
    rejects("take", ty(3, 4), indices, axis=0, batch_dims=1, match="batch_dims", argument=1)


def test_gather() -> None:
    check("gather", random(3, 4), ints([0, 2, 1, 1]), axis=0)
    check("gather", random(3, 4, dtype="int8"), ints([0, 2], [3, 1], [1, 1], dtype="int64"), axis=-1)
    rejects("gather", ty(3, 4), ty(2, 3, dtype="int32"), axis=0, match="shape of data", argument=1)


@pytest.mark.parametrize(
    ("shape", "indices", "batch_dims"),
    [
        ((3, 4), [[0, 2], [1, 3]], 0),
        ((3, 4), [[0, 2]], 0),
        ((2, 3, 4), [[[0, 2], [1, 0]]], 1),
        ((2, 3, 4), [[[0, 2], [1, 0]], [[3, 2], [0, 0]]], 1),
    ],
)
def test_gather_nd(shape: tuple[int, ...], indices: list[object], batch_dims: int) -> None:
    check("gather_nd", random(*shape), ints(*indices), batch_dims=batch_dims)


def test_gather_nd_types() -> None:
    assert infer("gather_nd", ty(3, 4, 5), ty(2, None, dtype="int32")) == ty(None, 5)
    rejects("gather_nd", ty(3), ty(2, 2, dtype="int32"), match="do not fit", argument=1)
    rejects("gather_nd", ty(3), ty(None, 2, dtype="int32"), match="must be known", argument=1)


def test_indices_out_of_range_read_the_nearest_element() -> None:
    """A network that masks such elements afterwards works, and nothing outside of the tensor is read."""
    check("gather", random(3, 4), ints([0, 9, -1, 1]), axis=0)
    check("gather_nd", random(3, 4), ints([0, 7], [-1, 3]))
    check("adv_index", (random(3, 4, 5), ints([0], [7]), ints(-1, 3)))
    with pytest.raises(EvaluationRuleError, match="nothing to read"):
        evaluate("gather", random(0), ints(0), axis=0)


def test_adv_index() -> None:
    assert infer("adv_index", TupleType((ty(3, 4, 5), ty(2, 1, dtype="int32"), ty(6, dtype="int32")))) == ty(2, 6, 5)
    check("adv_index", (random(3, 4, 5), ints([0], [2]), ints(1, 3)))
    rejects("adv_index", TupleType((ty(3),)), match="index tensors", argument=0)


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("dtype", ["float32", "int8", "bool"])
def test_one_hot(dtype: str, axis: int) -> None:
    check("one_hot", ints([0, 5], [1, -1]), ints(1).reshape(()), ints(0).reshape(()), depth=3, axis=axis, dtype=dtype)


def test_one_hot_types() -> None:
    scalar = ty(dtype="int32")
    assert infer("one_hot", ty(None, dtype="int32"), scalar, scalar, depth=3, dtype="int8") == ty(None, 3, dtype="int8")
    rejects("one_hot", ty(2), scalar, scalar, depth=0, match="positive")
    rejects("one_hot", ty(2), ty(1), scalar, depth=1, match="scalars", argument=1)


@pytest.mark.parametrize("mode", ["wrap", "clip"])
def test_taking_from_one_element(mode: str) -> None:
    check("take", random(1), np.array([0, 5, -2], np.int32), axis=0, mode=mode)
    check("take", random(1), np.array([3], np.int32), axis=0, mode=mode)
