"""Sparse products and sums: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty
from tvm_model_library.relay.operator import EvaluationRuleError


def csr(matrix: Any) -> tuple[Any, Any, Any]:
    rows, columns = np.nonzero(matrix)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(matrix)))])
    return matrix[rows, columns], columns.astype(np.int32), starts.astype(np.int32)


def sparse_matrix(rows: int, columns: int) -> Any:
    return random(rows, columns) * (random(rows, columns, seed=1) > 1)


@pytest.mark.parametrize("sparse_lhs", [False, True])
def test_sparse_dense(sparse_lhs: bool) -> None:
    matrix, dense = sparse_matrix(5, 6), random(4, 6)
    out = check("nn.sparse_dense", dense, *csr(matrix), sparse_lhs=sparse_lhs)
    np.testing.assert_allclose(out, matrix @ dense.T if sparse_lhs else dense @ matrix.T, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sparse_lhs", [False, True])
def test_blocks(sparse_lhs: bool) -> None:
    indices, indptr = np.array([0, 2, 1], np.int32), np.array([0, 2, 3], np.int32)
    check("nn.sparse_dense", random(4, 9), random(3, 2, 3), indices, indptr, sparse_lhs=sparse_lhs)


def test_sparse_transpose() -> None:
    matrix = sparse_matrix(6, 6)
    for found, expected in zip(check("nn.sparse_transpose", *csr(matrix)), csr(matrix.T), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_sparse_add() -> None:
    matrix, dense = sparse_matrix(5, 6), random(5, 6, seed=3)
    np.testing.assert_allclose(check("nn.sparse_add", dense, *csr(matrix)), dense + matrix)


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
@pytest.mark.parametrize("block", [(3, 2), (3, 2, 3)], ids=str)
def test_sparse_conv2d(layout: str, block: tuple[int, ...]) -> None:
    indices, indptr = np.array([0, 2, 1], np.int32), np.array([0, 2, 3], np.int32)
    data = random(2, 3, 4, 9) if layout == "NHWC" else random(2, 9, 3, 4)
    check("nn.sparse_conv2d", data, random(*block), indices, indptr, layout=layout)


def test_columns_outside_are_refused() -> None:
    indices, indptr = np.array([9], np.int32), np.array([0, 1], np.int32)
    with pytest.raises(EvaluationRuleError, match="column 9"):
        evaluate("nn.sparse_dense", random(2, 3), random(1), indices, indptr)


def test_type_rule() -> None:
    integers = ty(3, dtype="int32")
    assert infer("nn.sparse_dense", ty(4, 6), ty(5), ty(5, dtype="int32"), integers) == ty(4, 2)
    rejects("nn.sparse_dense", ty(4, 6), ty(5), ty(5), integers, match="integers", argument=2)
    rejects("nn.sparse_dense", ty(4, 6, 1), ty(5), integers, integers, match="dense matrix")
    rejects("nn.sparse_conv2d", ty(1, 4, 4, 6), ty(5, 2), integers, integers, match="1 x 1", kernel_size=(3, 3))
