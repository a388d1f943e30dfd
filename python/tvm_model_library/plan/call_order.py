"""The order of calls that keeps little memory alive: a beam search over the orders that the data allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tvm_model_library.plan.liveness import analyse, in_place_pairs, lower_bound_of, workspace_bytes
from tvm_model_library.plan.plan import COPY, Plan, Role

_BEAM = 32
_MAX_CALLS = 2000
_SEARCH_WORK = 100_000  # calls tried behind a prefix; bounds the time, not by the clock


def reorder_calls(plan: Plan, roles: frozenset[Role]) -> Plan:
    """``plan`` with its calls in an order of lower peak, or as it is when none is found."""
    if not 2 < len(plan.calls) <= _MAX_CALLS:
        return plan
    order = _Beam(plan, roles).best_order()
    if order == list(range(len(plan.calls))):
        return plan
    candidate = replace(plan, calls=tuple(plan.calls[i] for i in order))
    better = lower_bound_of(analyse(candidate, roles)) < lower_bound_of(analyse(plan, roles))
    return candidate if better else plan


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """A prefix of an order: that of ``parent``, then ``call``.

    ``done`` is a bit mask of its calls, ``live`` the bytes alive behind it, ``peak`` the most so far. ``place`` is that
    of the parent among the states of its length, by the order of calls.
    """

    parent: _State | None
    call: int
    place: int
    done: int
    live: int
    peak: int

    @property
    def order(self) -> list[int]:
        calls = []
        state = self
        while state.parent is not None:
            calls.append(state.call)
            state = state.parent
        return calls[::-1]


class _Beam:
    def __init__(self, plan: Plan, roles: frozenset[Role]) -> None:
        self.plan = plan
        liveness = analyse(plan, roles)
        self.size = {i.buffer: i.size for i in liveness.items if i.buffer is not None}
        self.kept = {plan.root(o) for o in (*plan.outputs, *plan.states)}
        self.roots = [sorted({plan.root(a) for a in c.arguments} & set(self.size)) for c in plan.calls]
        self.users: dict[int, int] = {}  # root -> bit mask of the calls that touch it
        for index, roots in enumerate(self.roots):
            for root in roots:
                self.users[root] = self.users.get(root, 0) | 1 << index
        self.scratch = [workspace_bytes(plan, c) for c in plan.calls]
        self.pairs = [in_place_pairs(plan, c) for c in plan.calls]
        self.needs, self.enables = self._dependencies()
        inputs = [b for b in (*plan.inputs, *plan.states) if b in self.size]
        self.start_bytes = sum(self.size[b] for b in inputs)
        self.inputs = set(inputs)

    def _dependencies(self) -> tuple[list[int], list[list[int]]]:
        producer: dict[int, int] = {}
        needs = [0] * len(self.plan.calls)
        enables: list[list[int]] = [[] for _ in self.plan.calls]
        for index, call in enumerate(self.plan.calls):
            for argument in call.arguments:
                before = producer.setdefault(argument, index) if self._is_made(argument) else index
                if before != index and not needs[index] >> before & 1:
                    needs[index] |= 1 << before
                    enables[before].append(index)
        for index, before in self._changes():
            if not needs[index] >> before & 1:
                needs[index] |= 1 << before
                enables[before].append(index)
        return needs, enables

    def _changes(self) -> Iterator[tuple[int, int]]:
        """Pairs of the call that changes a state and a call that reads it, which must come before."""
        for state in self.plan.states:
            users = [i for i, c in enumerate(self.plan.calls) if state in map(self.plan.root, c.arguments)]
            written = [i for i in users if self.plan.root(self.plan.calls[i].arguments[-1]) == state]
            for index in written:
                if self.plan.calls[index].kernel == COPY:
                    yield from ((index, before) for before in users if before != index)

    def _is_made(self, buffer: int) -> bool:
        """Whether a call makes the buffer: the first one that names it."""
        b = self.plan.buffers[buffer]
        return b.view_of is not None or b.role in (Role.INTERMEDIATE, Role.OUTPUT)

    def best_order(self) -> list[int]:
        first = [i for i, n in enumerate(self.needs) if not n][::-1]
        beam = [(_State(None, -1, 0, 0, self.start_bytes, self.start_bytes), first, 0)]
        work = max(1, _SEARCH_WORK // len(self.plan.calls))  # of one step
        for _ in self.plan.calls:
            successors: dict[int, tuple[_State, list[int]]] = {}
            left = work
            for state, ready, place in beam:
                if left <= 0:
                    break
                for call in ready[-work:]:
                    after = self._run(state, call, place)
                    known = successors.get(after.done)
                    if known is None or (after.peak, place, call) < (known[0].peak, known[0].place, known[0].call):
                        successors[after.done] = (after, ready)
                left -= len(ready)
            best = sorted(successors.values(), key=lambda s: (s[0].peak, s[0].live, s[0].place, s[0].call))[:_BEAM]
            places = {order: place for place, order in enumerate(sorted((s.place, s.call) for s, _ in best))}
            beam = [(s, self._ready(s, before), places[s.place, s.call]) for s, before in best]
        return beam[0][0].order

    def _ready(self, state: _State, before: list[int]) -> list[int]:
        """The calls that can come next: last those that the state's last call made possible, then, of equals, the
        first ones of the plan. ``before`` are those that could come before it.
        """
        enabled = [c for c in self.enables[state.call] if self.needs[c] & ~state.done == 0]
        return [c for c in before if c != state.call] + enabled[::-1]

    def _run(self, state: _State, call: int, place: int) -> _State:
        done = state.done | 1 << call
        made = dying = 0
        dead: set[int] = set()
        fresh: set[int] = set()
        for root in self.roots[call]:
            if root not in self.inputs and not self.users[root] & state.done:
                fresh.add(root)
                made += self.size[root]
            if self.users[root] & ~done == 0 and root not in self.kept:
                dead.add(root)
                dying += self.size[root]
        saved = 0
        used: set[int] = set()
        for a, b in self.pairs[call]:
            if a in dead and b in fresh and not {a, b} & used:
                used |= {a, b}
                saved += min(self.size[a], self.size[b])
        peak = max(state.peak, state.live + made + self.scratch[call] - saved)
        return _State(state, call, place, done, state.live + made - dying, peak)
