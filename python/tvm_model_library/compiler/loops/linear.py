"""Integer expressions over loop variables, as sums of multiples of atoms: what proofs about indices compute with.

An atom is a loop variable, a quotient or remainder, the smaller or larger of two sums, a choice, or something of
which only its range is known, such as a value that is loaded. A fact is a sum that is not negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TypeAlias

import numpy as np

from tvm_model_library.tensors import Array

_MAX_POINTS = 1 << 22


@dataclass(frozen=True, eq=False)
class Atom:
    """A value between ``low`` and ``high``, both included; equal to itself only."""

    low: int
    high: int


class LoopVariable(Atom):
    """A variable that takes all values of its range, one after the other."""


class Unknown(Atom):
    """A value of which nothing but its range is known."""


@dataclass(frozen=True, eq=False)
class Quotient(Atom):
    """``value`` divided by the positive ``divisor``, rounded down."""

    value: Linear
    divisor: int


@dataclass(frozen=True, eq=False)
class Remainder(Atom):
    """What that division leaves: at least 0, less than ``divisor``."""

    value: Linear
    divisor: int


@dataclass(frozen=True, eq=False)
class Choice(Atom):
    """``then`` where the condition holds, else ``otherwise``. Also what a minimum and a maximum are."""

    condition: Condition
    then: Linear
    otherwise: Linear


@dataclass(frozen=True)
class Linear:
    """``constant`` plus the sum of coefficient times atom; no coefficient is 0."""

    terms: Mapping[Atom, int]
    constant: int = 0

    @cached_property
    def low(self) -> int:
        """A lower bound, from the atoms' ranges alone."""
        return self.constant + sum(c * (a.low if c > 0 else a.high) for a, c in self.terms.items())

    @cached_property
    def high(self) -> int:
        """An upper bound, from the atoms' ranges alone."""
        return self.constant + sum(c * (a.high if c > 0 else a.low) for a, c in self.terms.items())

    def __add__(self, other: Linear | int) -> Linear:
        if isinstance(other, int):
            return Linear(self.terms, self.constant + other)
        terms = dict(self.terms)
        for atom, coefficient in other.terms.items():
            terms[atom] = terms.get(atom, 0) + coefficient
        return Linear({a: c for a, c in terms.items() if c}, self.constant + other.constant)

    def __sub__(self, other: Linear | int) -> Linear:
        return self + (-other if isinstance(other, int) else other.times(-1))

    @cached_property
    def key(self) -> tuple[object, ...]:
        """The same for equal sums."""
        return (frozenset(self.terms.items()), self.constant)

    def times(self, factor: int) -> Linear:
        """The sum, multiplied by an integer."""
        return Linear({a: c * factor for a, c in self.terms.items()} if factor else {}, self.constant * factor)


@dataclass(frozen=True)
class NotNegative:
    """The condition that a sum is 0 or more."""

    value: Linear


@dataclass(frozen=True)
class AllOf:
    """The condition that all of its parts hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """The condition that one of its parts holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Undecided:
    """A condition of which nothing is known."""


Condition: TypeAlias = NotNegative | AllOf | AnyOf | Undecided


def key_of(condition: Condition) -> tuple[object, ...] | None:
    """The same for equal conditions; None where one of them can't be compared."""
    if isinstance(condition, NotNegative):
        return condition.value.key
    if isinstance(condition, Undecided):
        return None
    parts = [key_of(part) for part in condition.parts]
    return None if None in parts else (type(condition), *parts)


def constant(value: int) -> Linear:
    """An integer as a sum."""
    return Linear({}, value)


def atom(value: Atom) -> Linear:
    """An atom as a sum."""
    return Linear({value: 1}) if value.low != value.high else Linear({}, value.low)


def negation(condition: Condition) -> Condition:
    """The condition that holds where this one does not."""
    if isinstance(condition, NotNegative):
        return NotNegative(condition.value.times(-1) - 1)
    if isinstance(condition, AllOf):
        return AnyOf(tuple(map(negation, condition.parts)))
    if isinstance(condition, AnyOf):
        return AllOf(tuple(map(negation, condition.parts)))
    return condition


def base_atoms(parts: Iterable[Linear | Condition]) -> Iterator[Atom]:
    """The loop variables and unknown values that sums and conditions depend on, each once."""
    seen: set[Atom] = set()
    pending: list[Linear | Condition] = list(parts)
    while pending:
        part = pending.pop()
        if isinstance(part, NotNegative):
            part = part.value
        if isinstance(part, AllOf | AnyOf):
            pending.extend(part.parts)
        if not isinstance(part, Linear):
            continue
        for item in part.terms:
            if item in seen:
                continue
            seen.add(item)
            if isinstance(item, Quotient | Remainder):
                pending.append(item.value)
            elif isinstance(item, Choice):
                pending.extend((item.condition, item.then, item.otherwise))
            else:
                yield item


def loop_variables(parts: Iterable[Linear | Condition]) -> Iterator[LoopVariable]:
    """The loop variables that sums and conditions depend on, each once."""
    return (a for a in base_atoms(parts) if isinstance(a, LoopVariable))


class NotEnumerableError(Exception):
    """A value depends on more than loop variables, or on too many of their values."""


def points(variables: Sequence[LoopVariable], limit: int = _MAX_POINTS) -> dict[Atom, Array]:
    """All combinations of the variables' values: arrays that broadcast against each other.

    Raises :class:`NotEnumerableError` where there are more than ``limit``.
    """
    counts = [v.high - v.low + 1 for v in variables]
    if prod(counts) > limit:
        raise NotEnumerableError
    axes = len(variables)
    shapes = [(1,) * i + (-1,) + (1,) * (axes - 1 - i) for i in range(axes)]
    return {v: np.arange(v.low, v.high + 1).reshape(shape) for v, shape in zip(variables, shapes, strict=True)}


def evaluate(value: Linear, at: Mapping[Atom, Array]) -> Array:
    """The sum's values at points. Raises :class:`NotEnumerableError` where it depends on what is unknown."""
    result = np.asarray(value.constant)
    for item, factor in value.terms.items():
        result = result + factor * _value_of(item, at)
    return result


def _value_of(item: Atom, at: Mapping[Atom, Array]) -> Array:
    if item in at:
        return at[item]
    if isinstance(item, Quotient):
        return evaluate(item.value, at) // item.divisor
    if isinstance(item, Remainder):
        return evaluate(item.value, at) % item.divisor
    if isinstance(item, Choice):
        return np.where(holds(item.condition, at), evaluate(item.then, at), evaluate(item.otherwise, at))
    raise NotEnumerableError


def holds(condition: Condition, at: Mapping[Atom, Array]) -> Array:
    """Where a condition holds. Raises :class:`NotEnumerableError`."""
    if isinstance(condition, NotNegative):
        return evaluate(condition.value, at) >= 0
    if isinstance(condition, Undecided):
        raise NotEnumerableError
    parts = [holds(p, at) for p in condition.parts]
    result = np.asarray(isinstance(condition, AllOf))
    for part in parts:
        result = result & part if isinstance(condition, AllOf) else result | part
    return result
