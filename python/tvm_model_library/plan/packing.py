"""Placing items in an arena: dynamic storage allocation with items that may coincide.

Items computed in place are merged into units of one address. For a given order of units, each goes to the lowest
offset that is free of those placed before; some order gives the optimum (sort an optimal placement by offset and
push everything down), so the search is over orders and over which in-place pairs to use.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from tvm_model_library.plan.liveness import Liveness

_SEARCH_WORK = 200_000  # pairs of units looked at; bounds the time, not by the clock
_MAX_STEPS = 2_000
_EXACT_UNITS = 9
_EXACT_PAIRS = 6
_EXACT_NODES = 30_000


@dataclass(frozen=True, slots=True)
class Pool:
    """A piece of memory to place items in. ``size`` is None where there is no limit."""

    name: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """For each item its pool's index and its offset; for each pool the bytes used, and the bytes read and written in
    it; ``unplaced`` bytes fit nowhere.
    """

    pools: tuple[int, ...]
    offsets: tuple[int, ...]
    peaks: tuple[int, ...]
    traffic: tuple[int, ...]
    unplaced: int

    @property
    def cost(self) -> tuple[int, ...]:
        """Everything placed, then little traffic in the last pools, then little memory of them, then of the first."""
        return (self.unplaced, *reversed(self.traffic[1:]), *reversed(self.peaks))


def pack(liveness: Liveness, pools: Sequence[Pool], alignment: int, bound: int) -> Placement:
    """Place all items, with a small peak. ``bound`` is a peak that can't be beaten: the search stops there."""
    items = liveness.items
    if not items:
        return Placement((), (), (0,) * len(pools), (0,) * len(pools), 0)
    neighbours = liveness.neighbours()
    search = _Search(liveness, neighbours, pools, alignment, bound)
    pairs = sorted(liveness.in_place, key=lambda p: (-min(items[p[0]].size, items[p[1]].size), p))
    greedy = _merge(liveness, neighbours, pairs)
    search.heuristics(greedy)
    if len(items) <= _EXACT_UNITS and len(pools) == 1 and len(pairs) <= _EXACT_PAIRS:
        for chosen in _subsets(pairs):
            search.exact(_merge(liveness, neighbours, chosen))
    elif not search.done:
        search.climb(greedy, pairs)
    assert search.best is not None  # the heuristics always give one
    return search.best


def _subsets(pairs: Sequence[tuple[int, int]]) -> Iterator[Sequence[tuple[int, int]]]:
    for count in range(len(pairs), -1, -1):
        yield from combinations(pairs, count)


Units = tuple[tuple[int, ...], ...]


def _merge(liveness: Liveness, neighbours: Sequence[Sequence[int]], pairs: Sequence[tuple[int, int]]) -> Units:
    """Items as units: the pairs are joined in turn, where no two members would be in each other's way."""
    unit_of = list(range(len(liveness.items)))
    members = {i: [i] for i in unit_of}
    for a, b in pairs:
        left, right = unit_of[a], unit_of[b]
        if left == right:
            continue
        fewer, other = sorted((left, right), key=lambda u: len(members[u]))
        met = ((i, j) for i in members[fewer] for j in neighbours[i] if unit_of[j] == other)
        if all(liveness.may_coincide(i, j) for i, j in met):
            for i in members[right]:
                unit_of[i] = left
            members[left] += members.pop(right)
    return tuple(tuple(sorted(m)) for _, m in sorted(members.items()))


class _Search:
    """Tries orders of units and keeps the best placement."""

    def __init__(
        self, liveness: Liveness, neighbours: Sequence[Sequence[int]], pools: Sequence[Pool], alignment: int, bound: int
    ) -> None:
        self.liveness = liveness
        self.neighbours = neighbours
        self.pools = pools
        self.alignment = alignment
        self.bound = bound
        self.best: Placement | None = None
        self.nodes_left = _EXACT_NODES
        self._prepared: dict[Units, _Prepared] = {}

    @property
    def done(self) -> bool:
        """Whether the best can't be beaten: all of it in the first pool, and no more than the bound."""
        best = self.best
        return best is not None and not any((best.unplaced, *best.peaks[1:])) and best.peaks[0] <= self.bound

    def prepared(self, units: Units) -> _Prepared:
        if units not in self._prepared:
            self._prepared[units] = _Prepared(self, units)
        return self._prepared[units]

    def keep(self, placement: Placement) -> None:
        if self.best is None or placement.cost < self.best.cost:
            self.best = placement

    def heuristics(self, units: Units) -> None:
        prepared = self.prepared(units)
        for order in prepared.orders():
            if not self.done:
                self.keep(prepared.place(order))

    def exact(self, units: Units) -> None:
        """Every order whose offsets do not fall, cut where it can't beat the best."""
        prepared = self.prepared(units)

        def visit(order: list[int], offsets: dict[int, int], peak: int) -> None:
            assert self.best is not None
            if self.done or self.nodes_left <= 0 or (self.best.unplaced == 0 and peak >= self.best.peaks[0]):
                return
            if len(order) == len(units):
                self.keep(prepared.place(order))
                return
            last = offsets[order[-1]] if order else 0
            for unit in range(len(units)):
                if unit in offsets:
                    continue
                self.nodes_left -= 1
                offset = prepared.lowest(unit, offsets)
                if offset >= last:
                    visit([*order, unit], {**offsets, unit: offset}, max(peak, offset + prepared.sizes[unit]))

        visit([], {}, 0)

    def climb(self, units: Units, pairs: Sequence[tuple[int, int]]) -> None:
        """Hill climbing: move a unit in the order, now and then do without some of the in-place pairs."""
        rng = random.Random(0)
        prepared = self.prepared(units)
        order = min(prepared.orders(), key=lambda o: prepared.place(o).cost)
        cost = prepared.place(order).cost
        for step in range(min(_MAX_STEPS, max(8, _SEARCH_WORK // prepared.work))):
            if self.done:
                return
            if pairs and step % 16 == 15:
                trial_units = _merge(self.liveness, self.neighbours, [p for p in pairs if rng.random() < 0.8])
                trial_prepared = self.prepared(trial_units)
                trial = min(trial_prepared.orders(), key=lambda o: trial_prepared.place(o).cost)
            else:
                trial_prepared, trial = prepared, list(order)
                trial.insert(rng.randrange(len(trial)), trial.pop(rng.randrange(len(trial))))
            placement = trial_prepared.place(trial)
            self.keep(placement)
            if placement.cost <= cost:
                prepared, order, cost = trial_prepared, trial, placement.cost


class _Prepared:
    """Units with what placing them needs: sizes, and how far apart units have to be."""

    def __init__(self, search: _Search, units: Units) -> None:
        items = search.liveness.items
        self.units = units
        self.pools = search.pools
        self.alignment = search.alignment
        self.sizes = [max(items[i].size for i in u) for u in units]
        self.traffic = [sum(items[i].traffic for i in u) for u in units]
        self.starts = [min(items[i].start for i in u) for u in units]
        self.lives = [max(items[i].end for i in u) - s + 1 for u, s in zip(units, self.starts, strict=True)]
        unit_of = {i: n for n, u in enumerate(units) for i in u}
        # conflicts[u][v] = (bytes of u, bytes of v): of the largest members that are alive together
        self.conflicts: list[dict[int, tuple[int, int]]] = [{} for _ in units]
        for i, near in enumerate(search.neighbours):
            u = unit_of[i]
            for j in near:
                v = unit_of[j]
                if u != v and items[i].size and items[j].size:
                    own, other = self.conflicts[u].get(v, (0, 0))
                    self.conflicts[u][v] = (max(own, items[i].size), max(other, items[j].size))
        self.work = max(1, sum(len(c) for c in self.conflicts) + len(units))
        self.items = len(items)

    def orders(self) -> list[list[int]]:
        """The classical ones: large first, long-lived first, large areas first, by time, busiest call first. Where
        pools are to choose from, that with most traffic for its size first.
        """
        n = range(len(self.units))
        pressure = [self.sizes[u] + sum(other for _, other in self.conflicts[u].values()) for u in n]
        hottest = sorted(n, key=lambda u: (-self.traffic[u] / max(self.sizes[u], 1), -self.sizes[u], u))
        return [
            *([hottest] if len(self.pools) > 1 else []),
            sorted(n, key=lambda u: (-self.sizes[u], self.starts[u], u)),
            sorted(n, key=lambda u: (-self.lives[u], -self.sizes[u], u)),
            sorted(n, key=lambda u: (-self.sizes[u] * self.lives[u], self.starts[u], u)),
            sorted(n, key=lambda u: (self.starts[u], -self.sizes[u], u)),
            sorted(n, key=lambda u: (-pressure[u], -self.sizes[u], u)),
        ]

    def lowest(self, unit: int, offsets: dict[int, int]) -> int:
        """The lowest aligned offset that is free of the units in ``offsets``."""
        forbidden = sorted(
            (offsets[v] - own, offsets[v] + other) for v, (own, other) in self.conflicts[unit].items() if v in offsets
        )
        offset = 0
        for low, high in forbidden:  # offsets between the two, exclusive, are taken
            if offset <= low:
                break
            if high > offset:
                offset = -(-high // self.alignment) * self.alignment
        return offset

    def place(self, order: Sequence[int]) -> Placement:
        """Place units in that order, each in the first pool that has room for it."""
        offsets: list[dict[int, int]] = [{} for _ in self.pools]
        peaks = [0] * len(self.pools)
        traffic = [0] * len(self.pools)
        pool_of = [0] * self.items
        offset_of = [0] * self.items
        unplaced = 0
        for unit in order:
            for index, pool in enumerate(self.pools):
                offset = self.lowest(unit, offsets[index])
                end = offset + self.sizes[unit]
                if pool.size is None or end <= pool.size:
                    break
            else:
                unplaced += self.sizes[unit]
                continue
            offsets[index][unit] = offset
            peaks[index] = max(peaks[index], end)
            traffic[index] += self.traffic[unit]
            for i in self.units[unit]:
                pool_of[i], offset_of[i] = index, offset
        return Placement(tuple(pool_of), tuple(offset_of), tuple(peaks), tuple(traffic), unplaced)
