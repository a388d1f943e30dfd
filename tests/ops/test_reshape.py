"""Operators that change the shape and keep the elements."""

from __future__ import annotations

from math import prod

import pytest
from _harness import check, infer, random, rejects, ty
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_model_library.relay.ops._shapes import reshape_shape


@pytest.mark.parametrize(
    ("shape", "newshape", "expected"),
    [
        ((2, 3, 4), (0, -1), (2, 12)),
        ((2, 3, 4), (4, 0, 2), (4, 3, 2)),
        ((2, 3, 4), (2, 0, 0), (2, 3, 4)),
        ((2, 3, 4), (6, 1, -1), (6, 1, 4)),
        ((2, 3, 4), (3, -1, 8), (3, 1, 8)),
        ((2, 3, 4), (-1,), (24,)),
        ((2, 3, 4), (-2,), (2, 3, 4)),
        ((2, 3, 4), (2, -2), (2, 3, 4)),
        ((2, 3, 4), (-2, 1, 1), (2, 3, 4, 1, 1)),
        ((2, 3, 4), (-3, 4), (6, 4)),
        ((2, 3, 4, 5), (-3, -3), (6, 20)),
        ((2, 3, 4), (0, -3), (2, 12)),
        ((2, 3, 4), (-3, -2), (6, 4)),
        ((2, 3, 4), (-4, 1, 2, -2), (1, 2, 3, 4)),
        ((2, 3, 4), (2, -4, -1, 3, -2), (2, 1, 3, 4)),
        ((1,), (), ()),
        ((), (1, 1), (1, 1)),
        ((0, 4), (0, 2, 2), (0, 2, 2)),
        ((None, 3), (0, -1), (None, 3)),
        ((None, 3), (-1,), (None,)),
        ((None, 3), (-3,), (None,)),
        ((None, 3), (-4, -1, 2, 0), (None, 2, 3)),
    ],
)
def test_codes(shape: tuple[int | None, ...], newshape: tuple[int, ...], expected: tuple[int | None, ...]) -> None:
    assert infer("reshape", ty(*shape), newshape=newshape) == ty(*expected)
    if None not in shape:
        check("reshape", random(*[d or 0 for d in shape]), newshape=newshape)


def test_allowzero_makes_zero_a_size() -> None:
    assert infer("reshape", ty(0, 4), newshape=(4, 0), allowzero=True) == ty(4, 0)
    check("reshape", random(0, 4), newshape=(4, 0), allowzero=True)


@pytest.mark.parametrize(
    ("newshape", "match"),
    [
        ((5,), "24 elements"),
        ((-1, -1), "only once"),
        ((-1, 5), "no answer"),
        ((-5,), "codes are"),
        ((0, 0, 0, 0), "more dimensions"),
        ((-4, -1), "two dimensions"),
        ((-4, -1, -1), "one of which"),
    ],
)
def test_wrong_codes(newshape: tuple[int, ...], match: str) -> None:
    rejects("reshape", ty(2, 3, 4), newshape=newshape, match=match)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data())
@settings(max_examples=100, deadline=None)
def test_one_dimension_is_inferred(shape: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(shape) - 1))
    asked = [-1 if i == place else n for i, n in enumerate(shape)]
    assert reshape_shape((prod(shape),), asked, False) == tuple(shape)


def test_reverse_reshape_reads_from_the_right() -> None:
    assert infer("contrib_reverse_reshape", ty(2, 3, 4), newshape=(-1, 0)) == ty(6, 4)
    check("contrib_reverse_reshape", random(2, 3, 4), newshape=(-1, 0, 2))


def test_reshape_like() -> None:
    attrs = {"lhs_begin": 1, "rhs_end": 3}
    assert infer("reshape_like", ty(1, 2, 3, 4), ty(6, 2, 2, 3), **attrs) == ty(1, 6, 2, 2)
    check("reshape_like", random(1, 2, 3, 4), random(6, 2, 2, 3), **attrs)
    check("reshape_like", random(2, 6), random(3, 4))
    rejects("reshape_like", ty(2, 3), ty(5), match="elements", argument=0)
    rejects("reshape_like", ty(2, 3), ty(6), lhs_begin=3, match="in order")


@pytest.mark.parametrize(("axis", "count", "expected"), [(0, 1, (1, 2, 3)), (-1, 2, (2, 3, 1, 1)), (1, 0, (2, 3))])
def test_expand_dims(axis: int, count: int, expected: tuple[int, ...]) -> None:
    assert infer("expand_dims", ty(2, 3), axis=axis, num_newaxis=count) == ty(*expected)
    check("expand_dims", random(2, 3), axis=axis, num_newaxis=count)


def test_expand_dims_range() -> None:
    rejects("expand_dims", ty(2), axis=2, match=r"\[-2, 1\]")
    rejects("expand_dims", ty(2), axis=0, num_newaxis=-1, match="must be in")


@pytest.mark.parametrize("axis", [None, (0,), (-1, 0), ()])
def test_squeeze(axis: tuple[int, ...] | None) -> None:
    check("squeeze", random(1, 2, 1), axis=axis)


def test_squeeze_types() -> None:
    assert infer("squeeze", ty(None, 3), axis=(0,)) == ty(3)
    rejects("squeeze", ty(2, 1), axis=(0,), match="dimension of 1", argument=0)
    rejects("squeeze", ty(None, 1), match="needs axis", argument=0)
