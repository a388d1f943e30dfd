"""Bounds of sums where conditions hold: by cases, and with sums that are known as a whole."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import TypeAlias

from tvm_model_library.compiler.loops.linear import (
    AllOf,
    AnyOf,
    Atom,
    Choice,
    Condition,
    Linear,
    NotNegative,
    base_atoms,
    negation,
)

_MAX_CASES = 64


@dataclass(frozen=True)
class Group:
    """Terms of a sum, with the facts about them, that have no atom in common with the sum's other terms."""

    terms: Mapping[Atom, int]
    facts: tuple[Condition, ...]
    atoms: frozenset[Atom]


def groups(value: Linear, facts: Sequence[Condition], constants: Container[Atom] = ()) -> list[Group]:
    """The terms of a sum by what they depend on; ``constants`` are atoms that connect nothing."""

    def atoms(part: Linear | Condition) -> frozenset[Atom]:
        return frozenset(a for a in base_atoms([part]) if a not in constants)

    result: list[Group] = []
    parts = [Group({a: c}, (), atoms(Linear({a: 1}))) for a, c in value.terms.items()]
    parts += [Group({}, (fact,), atoms(fact)) for fact in _parted(facts)]
    for group in parts:
        apart = []
        for other in result:
            if other.atoms & group.atoms:
                group = Group({**other.terms, **group.terms}, other.facts + group.facts, other.atoms | group.atoms)
            else:
                apart.append(other)
        result = [*apart, group]
    return result


def _parted(facts: Iterable[Condition]) -> Iterator[Condition]:
    """The facts, with those that hold together apart."""
    for fact in facts:
        if isinstance(fact, AllOf):
            yield from _parted(fact.parts)
        else:
            yield fact


def bounds(value: Linear, facts: Sequence[Condition]) -> tuple[int, int] | None:
    """Bounds of a sum where all facts hold; None where they can't hold together."""
    low = high = value.constant
    for group in groups(value, facts):
        ends = _group_bounds(Linear(group.terms), group.facts)
        if ends is None:
            return None
        low, high = low + ends[0], high + ends[1]
    return low, high


def _group_bounds(value: Linear, facts: Sequence[Condition]) -> tuple[int, int] | None:
    if not facts and not any(isinstance(a, Choice) for a in value.terms):
        return value.low, value.high
    return _Cases().bounds(_Case(value, (), tuple(facts)))


@dataclass(frozen=True)
class _Case:
    """A sum, sums that are not negative, and conditions not looked at yet."""

    value: Linear
    facts: tuple[Linear, ...]
    open: tuple[Condition, ...]

    def plain(self) -> _Case:
        """The same with only alternatives open: what holds in any case is among the facts."""
        facts, alternatives, pending = list(self.facts), [], list(self.open)
        while pending:
            condition = pending.pop()
            if isinstance(condition, NotNegative):
                facts.append(condition.value)
            elif isinstance(condition, AllOf):
                pending.extend(condition.parts)
            elif isinstance(condition, AnyOf):
                alternatives.append(condition)
        return _Case(self.value, tuple(facts), tuple(alternatives))

    def split(self) -> list[_Case]:
        """The ways to decide one thing that is open: first a choice in the value, last one in a fact."""
        choice = _choice_in([self.value])
        if choice is None and self.open:
            *rest, alternatives = self.open
            assert isinstance(alternatives, AnyOf)
            return [_Case(self.value, self.facts, (*rest, part)) for part in alternatives.parts]
        choice = choice or _choice_in(self.facts)
        if choice is None:
            return []
        sides = ((choice.then, choice.condition), (choice.otherwise, negation(choice.condition)))
        return [self._with_side(choice, *side) for side in sides]

    def _with_side(self, choice: Choice, side: Linear, condition: Condition) -> _Case:
        value, *facts = (_replaced(v, choice, side) for v in (self.value, *self.facts))
        return _Case(value, tuple(facts), (*self.open, condition))


def _choice_in(values: Iterable[Linear]) -> Choice | None:
    return next((a for v in values for a in v.terms if isinstance(a, Choice)), None)


def _replaced(value: Linear, item: Atom, by: Linear) -> Linear:
    factor = value.terms.get(item)
    if factor is None:
        return value
    return Linear({a: c for a, c in value.terms.items() if a is not item}, value.constant) + by.times(factor)


@dataclass
class _Cases:
    """Bounds by cases, as far as there are not too many of them."""

    left: int = _MAX_CASES

    def bounds(self, case: _Case) -> tuple[int, int] | None:
        """What follows from the facts as they are, and from each way to decide what is open."""
        case = case.plain()
        known = _known(case.facts)
        if known is None:
            return None
        low, high = known.bounds(case.value)
        parts = case.split()
        if not parts or len(parts) > self.left:
            return low, high
        self.left -= len(parts)
        ends = [e for e in map(self.bounds, parts) if e is not None]
        if not ends:
            return None
        return max(low, min(e[0] for e in ends)), min(high, max(e[1] for e in ends))


_Sum: TypeAlias = "tuple[tuple[Atom, int], ...]"
"""A sum of several atoms, without a constant, of coprime coefficients of which the first is positive."""


@dataclass
class _Known:
    """What facts say of atoms and of sums."""

    atoms: dict[Atom, tuple[int, int]] = field(default_factory=dict)
    sums: dict[_Sum, tuple[int, int]] = field(default_factory=dict)

    def range_of(self, items: Iterable[tuple[Atom, int]]) -> tuple[int, int]:
        """Bounds of a sum from the ranges of its atoms."""
        low = high = 0
        for item, factor in items:
            first, last = self.atoms.get(item, (item.low, item.high))
            low, high = (low + factor * first, high + factor * last) if factor > 0 else (
                low + factor * last, high + factor * first
            )  # fmt: skip
        return low, high

    def bounds(self, value: Linear, depth: int = 2) -> tuple[int, int]:
        """The best bounds of a sum: known sums are taken out of it, up to ``depth`` of them."""
        low, high = self.range_of(value.terms.items())
        low, high = low + value.constant, high + value.constant
        for known, (first, last) in self.sums.items() if depth else ():
            for factor in {value.terms[a] // c for a, c in known if a in value.terms and value.terms[a] % c == 0}:
                rest = self.bounds(value - Linear(dict(known)).times(factor), depth - 1)
                ends = sorted((factor * first, factor * last))
                low, high = max(low, rest[0] + ends[0]), min(high, rest[1] + ends[1])
        return low, high


def _known(facts: Iterable[Linear]) -> _Known | None:
    """What follows from sums not being negative; None where they contradict each other."""
    known = _Known()
    for fact in facts:
        if not fact.terms:
            if fact.constant < 0:
                return None
            continue
        divisor = gcd(*fact.terms.values())
        items = sorted(fact.terms.items(), key=lambda item: id(item[0]))
        sign = 1 if items[0][1] > 0 else -1
        key = tuple((a, sign * c // divisor) for a, c in items)
        bound = -(fact.constant // divisor)  # sign * key >= bound
        low, high = known.sums.get(key) or known.range_of(key)
        low, high = (max(low, bound), high) if sign > 0 else (low, min(high, -bound))
        if low > high:
            return None
        if len(key) == 1:
            known.atoms[key[0][0]] = (low, high)
        else:
            known.sums[key] = (low, high)
    return known if _narrow(known) else None


def _narrow(known: _Known) -> bool:
    """Narrow the ranges of atoms to what sums leave them, the other atoms of the sum being anywhere in theirs; False
    where nothing is left.
    """
    for _ in range(2 if known.sums else 0):
        for key, (low, high) in known.sums.items():
            for item, factor in key:
                others = known.range_of((a, c) for a, c in key if a is not item)
                first, last = known.range_of([(item, 1)])
                least, most = low - others[1], high - others[0]  # of factor * item
                if factor < 0:
                    least, most = -most, -least
                first, last = max(first, -(-least // abs(factor))), min(last, most // abs(factor))
                if first > last:
                    return False
                known.atoms[item] = (first, last)
    return True
