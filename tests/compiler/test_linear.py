"""Bounds of sums over loop variables under conditions, against all their values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_model_library.compiler.loops.bounds import bounds
from tvm_model_library.compiler.loops.linear import (
    AllOf,
    AnyOf,
    Atom,
    Choice,
    Condition,
    Linear,
    LoopVariable,
    NotNegative,
    Quotient,
    Remainder,
    Undecided,
    Unknown,
    atom,
    constant,
    evaluate,
    holds,
    negation,
)

VARIABLES = (LoopVariable(0, 3), LoopVariable(-2, 2), LoopVariable(1, 5))
SMALL = st.integers(-4, 4)


def sums(depth: int = 2) -> st.SearchStrategy[Linear]:
    plain = st.builds(
        lambda a, b, c, k: atom(VARIABLES[0]).times(a) + atom(VARIABLES[1]).times(b) + atom(VARIABLES[2]).times(c) + k,
        SMALL,
        SMALL,
        SMALL,
        SMALL,
    )
    if depth == 0:
        return plain
    inner, divisors = sums(depth - 1), st.integers(1, 5)
    quotients = st.builds(lambda v, d: atom(Quotient(v.low // d, v.high // d, v, d)), inner, divisors)
    remainders = st.builds(lambda v, d: atom(Remainder(0, d - 1, v, d)), inner, divisors)
    choices = st.builds(
        lambda c, a, b: atom(Choice(min(a.low, b.low), max(a.high, b.high), c, a, b)),
        conditions(depth - 1),
        inner,
        inner,
    )
    parts = st.one_of(plain, quotients, remainders, choices)
    return st.builds(lambda a, b, factor: a + b.times(factor), parts, parts, SMALL)


def conditions(depth: int = 1) -> st.SearchStrategy[Condition]:
    plain = sums(0).map(NotNegative)
    if depth == 0:
        return plain
    pairs = st.tuples(conditions(depth - 1), conditions(depth - 1))
    return st.one_of(plain, pairs.map(AllOf), pairs.map(AnyOf), plain.map(negation))


def all_values(value: Linear, facts: Sequence[Condition]) -> list[int]:
    """What the sum is at each point where the facts hold."""
    found = []
    for point in product(*(range(v.low, v.high + 1) for v in VARIABLES)):
        at: dict[Atom, np.ndarray] = {v: np.asarray(x) for v, x in zip(VARIABLES, point, strict=True)}
        if all(holds(fact, at) for fact in facts):
            found.append(int(evaluate(value, at)))
    return found


@given(sums(), st.lists(conditions(), max_size=3))
@settings(max_examples=300, deadline=None)
def test_bounds_hold_all_values(value: Linear, facts: list[Condition]) -> None:
    ends, values = bounds(value, facts), all_values(value, facts)
    if values:
        assert ends is not None
        assert ends[0] <= min(values)
        assert max(values) <= ends[1]


@given(conditions(), SMALL)
@settings(max_examples=100, deadline=None)
def test_a_negation_holds_where_the_condition_does_not(condition: Condition, k: int) -> None:
    at = {v: np.asarray(min(max(k, v.low), v.high)) for v in VARIABLES}
    assert bool(holds(condition, at)) != bool(holds(negation(condition), at))


def test_a_condition_on_a_sum_bounds_the_sum_inside_a_larger_one() -> None:
    y, ky, x = LoopVariable(0, 4), LoopVariable(0, 2), LoopVariable(0, 9)
    row = atom(y) + atom(ky) - 1
    inside = AllOf((NotNegative(row), NotNegative(constant(4) - row)))
    assert bounds(row.times(10) + atom(x), []) == (-10, 59)
    assert bounds(row.times(10) + atom(x), [inside]) == (0, 49)


def test_a_wrapped_index_is_inside_whatever_is_loaded() -> None:
    loaded = atom(Unknown(-(2**31), 2**31 - 1))
    negative = NotNegative(loaded.times(-1) - 1)
    wrapped = atom(Choice(-(2**31), 2**31 + 9, negative, loaded + 10, loaded))
    inside = [NotNegative(loaded + 10), NotNegative(constant(9) - loaded)]
    assert bounds(wrapped, inside) == (0, 9)
    assert bounds(wrapped, [*inside, Undecided()]) == (0, 9)


def test_what_cannot_hold_has_no_bounds() -> None:
    i = atom(LoopVariable(0, 7))
    assert bounds(i, [NotNegative(i - 5), NotNegative(constant(3) - i)]) is None
