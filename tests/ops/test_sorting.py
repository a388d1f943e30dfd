"""Sorting, searching, Einstein sums."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_model_library.relay.types import TupleType

DTYPES = ["float32", "int8", "uint8", "float16", "bool", "int64"]


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
def test_sort(dtype: str, ascending: bool) -> None:
    data = random(3, 7, dtype=dtype)
    check("sort", data, is_ascend=ascending)
    check("argsort", data, is_ascend=ascending, axis=0, dtype="float32")


@pytest.mark.parametrize("ascending", [True, False])
def test_equal_elements_keep_their_order(ascending: bool) -> None:
    result = check("argsort", np.array([1, 0, 1, 0, 1], np.int8), is_ascend=ascending, dtype="int32")
    assert result.tolist() == ([1, 3, 0, 2, 4] if ascending else [0, 2, 4, 1, 3])


@given(st.integers(1, 40), st.booleans())
@settings(max_examples=10, deadline=None)
def test_every_length(size: int, ascending: bool) -> None:
    check("argsort", random(size, dtype="int8"), is_ascend=ascending)


@pytest.mark.parametrize("result", ["both", "values", "indices"])
@pytest.mark.parametrize(("k", "axis"), [(3, -1), (1, 0), (0, 1)])
def test_topk(result: str, k: int, axis: int) -> None:
    check("topk", random(3, 8), k=k, axis=axis, ret_type=result, dtype="int64")
    check("topk", random(3, 8, dtype="int8"), k=k, axis=axis, ret_type=result, is_ascend=True)


def test_topk_types() -> None:
    assert infer("topk", ty(None, 8), k=3, ret_type="values") == ty(None, 3)
    rejects("topk", ty(2), k=3, match="only 2 elements", argument=0)


@pytest.mark.parametrize("right", [True, False])
def test_searchsorted(right: bool) -> None:
    check("searchsorted", np.sort(random(9, dtype="int32")), random(2, 4, dtype="int32", seed=4), right=right)
    check("searchsorted", np.sort(random(2, 9)), random(2, 4, seed=4), right=right, dtype="int64")
    rejects("searchsorted", ty(2, 9), ty(3, 4), match="must match", argument=1)


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("counts", [True, False])
def test_unique(ordered: bool, counts: bool) -> None:
    data = random(12, dtype="int32", low=0, high=6)
    values, first, inverse, number, *rest = check("unique", data, sorted=ordered, return_counts=counts)
    found = int(number[0])
    assert found == len(set(data.tolist()))
    assert values[inverse].tolist() == data.tolist()
    assert data[first[:found]].tolist() == values[:found].tolist()
    if counts:
        assert rest[0][inverse].tolist() == [data.tolist().count(v) for v in data]
    if ordered:
        assert values[:found].tolist() == sorted(set(data.tolist()))


def test_argwhere() -> None:
    assert evaluate("argwhere", np.array([[0, 1], [1, 0]])).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij->ji", [(2, 3)]),
        ("ij->", [(2, 3)]),
        ("ii->i", [(3, 3)]),
        ("ii", [(3, 3)]),
        ("i,i", [(3,), (3,)]),
        ("...ij,...jk->...ik", [(2, 1, 2, 3), (5, 3, 4)]),
        ("b i j, b j k", [(2, 2, 3), (2, 3, 2)]),
        ("ij,kl", [(1, 2), (2, 1)]),
        ("a...->...a", [(2, 3, 4)]),
        ("ij,jk->ik", [(2, 0), (0, 2)]),
    ],
)
def test_einsum(equation: str, shapes: list[tuple[int, ...]]) -> None:
    check("einsum", tuple(random(*s, seed=i) for i, s in enumerate(shapes)), equation=equation)


@pytest.mark.parametrize(
    ("equation", "match"),
    [
        ("ij,jk", "2 operands"),
        ("i", "does not fit"),
        ("ij->k", "must name labels"),
        ("i1->i", "only letters"),
        ("ii", "size 2 and 3"),
    ],
)
def test_wrong_equations(equation: str, match: str) -> None:
    rejects("einsum", TupleType((ty(2, 3),)), equation=equation, match=match)
