"""The order of calls that keeps little memory alive: a beam search over the orders that the data allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tvm_model_library.compiler.liveness import analyse, in_place_pairs, lower_bound_of, workspace_bytes
from tvm_model_library.compiler.plan import Plan, Role

_BEAM = 32
_MAX_CALLS = 2000


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


@dataclass(frozen=True, slots=True)
class _State:
    """A prefix of an order. ``waiting`` counts, for each live root, the reads still to come."""

    order: tuple[int, ...]
    done: int
    live: int
    peak: int
    ready: tuple[int, ...]


class _Beam:
    def __init__(self, plan: Plan, roles: frozenset[Role]) -> None:
        self.plan = plan
        liveness = analyse(plan, roles)
        self.size = {i.buffer: i.size for i in liveness.items if i.buffer is not None}
        self.kept = {plan.root(o) for o in plan.outputs}
        self.roots = [sorted({plan.root(a) for a in c.arguments} & set(self.size)) for c in plan.calls]
        self.users: dict[int, int] = {}  # root -> bit mask of the calls that touch it
        for index, roots in enumerate(self.roots):
            for root in roots:
                self.users[root] = self.users.get(root, 0) | 1 << index
        self.scratch = [workspace_bytes(plan, c) for c in plan.calls]
        self.pairs = [in_place_pairs(plan, c) for c in plan.calls]
        self.needs, self.enables = self._dependencies()
        inputs = [b for b in plan.inputs if b in self.size]
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
        return needs, enables

    def _is_made(self, buffer: int) -> bool:
        """Whether a call makes the buffer: the first one that names it."""
        b = self.plan.buffers[buffer]
        return b.view_of is not None or b.role in (Role.INTERMEDIATE, Role.OUTPUT)

    def best_order(self) -> list[int]:
        first = tuple(i for i, n in enumerate(self.needs) if not n)
        states = [_State((), 0, self.start_bytes, self.start_bytes, first)]
        for _ in self.plan.calls:
            successors: dict[int, _State] = {}
            for state in states:
                for call in state.ready:
                    after = self._run(state, call)
                    known = successors.get(after.done)
                    if known is None or (after.peak, after.order) < (known.peak, known.order):
                        successors[after.done] = after
            states = sorted(successors.values(), key=lambda s: (s.peak, s.live, s.order))[:_BEAM]
        return list(states[0].order)

    def _run(self, state: _State, call: int) -> _State:
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
        enabled = [c for c in self.enables[call] if self.needs[c] & ~done == 0]
        ready = tuple(sorted([c for c in state.ready if c != call] + enabled))
        return _State((*state.order, call), done, state.live + made - dying, peak, ready)
