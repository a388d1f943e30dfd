"""Writes at given positions, running sums."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import Array, check, evaluate, infer, operator, random, rejects, ty
from tvm_model_library.relay.operator import Attrs, EvaluationRuleError


def ints(*values: object, dtype: str = "int32") -> Array:
    return np.array(values, dtype)


@pytest.mark.parametrize("dtype", ["float32", "int32", "float16", "uint8"])
@pytest.mark.parametrize("reduction", ["update", "add", "mul", "mean", "min", "max"])
def test_scatter_elements(reduction: str, dtype: str) -> None:
    updates = random(2, 3, dtype=dtype, seed=3)
    indices = ints([0, 2, -1], [1, 1, 0], dtype="int64")
    check("scatter_elements", random(3, 4, dtype=dtype), indices, updates, axis=1, reduction=reduction)


def test_the_last_update_wins() -> None:
    zeros = np.zeros(3, np.float32)
    updates = np.array([1, 2], np.float32)
    assert check("scatter_elements", zeros, ints(1, 1), updates).tolist() == [0, 2, 0]
    assert check("scatter_nd", zeros, ints([1, 1]), updates).tolist() == [0, 2, 0]


@pytest.mark.parametrize("mode", ["update", "add", "mul", "min", "max"])
def test_scatter_nd(mode: str) -> None:
    check("scatter_nd", random(3, 4), ints([0, 2], [1, 1]), random(2, seed=3), mode=mode)
    check("scatter_nd", random(3, 4), ints([0, 2]), random(2, 4, seed=3), mode=mode)
    check("scatter_nd", random(3, 4, 2), ints([[0, 2]], [[1, 1]]), random(1, 2, 2, seed=3), mode=mode)


def test_updates_without_an_index_are_not_used() -> None:
    check("scatter_elements", random(4, 3), ints([0, 2, 1]), random(2, 3, seed=1), reduction="add")
    op = operator("scatter_elements")
    assert op.evaluate is not None
    attrs = Attrs({"axis": 0, "reduction": "add"})
    with pytest.raises(EvaluationRuleError, match="do not fit"):
        op.evaluate(attrs, random(4), ints(0, 1), random(1))


def test_scatter_types() -> None:
    where = ty(2, dtype="int32")
    rejects("scatter_elements", ty(3), ty(2), ty(2), match="integers", argument=1)
    rejects("scatter_elements", ty(3), where, ty(2, dtype="int8"), match="one dtype", argument=2)
    rejects("scatter_elements", ty(3), where, ty(1), match="do not fit", argument=1)
    rejects("scatter_nd", ty(3), ty(1, 2, dtype="int32"), ty(3), match="updates must be", argument=2)
    assert infer("scatter_nd", ty(None, 3), ty(1, 2, dtype="int32"), ty(2, 3)) == ty(None, 3)


def test_positions_outside_have_no_value() -> None:
    with pytest.raises(EvaluationRuleError, match="out of range"):
        evaluate("scatter_elements", random(3), ints(3), random(1))
    with pytest.raises(EvaluationRuleError, match="out of range"):
        evaluate("scatter_nd", random(3), ints([-1]), random(1))


def test_sparse_to_dense() -> None:
    half = np.array(0.5, np.float32)
    check("sparse_to_dense", ints([0, 0], [1, 2], [9, 0]), random(3), half, output_shape=(3, 4))
    check("sparse_to_dense", ints(1, 3), np.array(3, np.float32), half, output_shape=(5,))
    check("sparse_to_dense", ints(1, 3), random(2), np.array(0, np.int32), output_shape=(5,))
    check("sparse_to_dense", np.array(1), np.array(3, np.float32), half, output_shape=(5,))
    rejects("sparse_to_dense", ty(2, 3, dtype="int32"), ty(2), ty(), output_shape=(3, 4), match="2 coordinates")


def test_invert_permutation() -> None:
    assert check("invert_permutation", ints(2, 0, 1, 3)).tolist() == [1, 2, 0, 3]
    with pytest.raises(EvaluationRuleError, match="twice"):
        evaluate("invert_permutation", ints(0, 0))


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_scans(name: str, axis: int | None, exclusive: bool) -> None:
    check(name, random(2, 3, 4), axis=axis, exclusive=exclusive)
    check(name, random(2, 3, dtype="int8"), axis=axis, exclusive=exclusive, dtype="int32")


def test_scan_edges() -> None:
    check("cumsum", random(5, dtype="bool"), dtype="int32")
    check("cumsum", random(5, dtype="float16"), axis=0)
    check("cumprod", random(2, 0, 3), axis=1, exclusive=True)
    assert infer("cumsum", ty(None, 3)) == ty(None)
    rejects("cumsum", ty(2), axis=1, match=r"\[-1, 1\)")
