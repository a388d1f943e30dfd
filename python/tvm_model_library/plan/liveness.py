"""Who is alive when: the facts that memory planning works on.

Time is the index of a call. A tensor lives from the call that writes it to the last one that reads it, both
included; inputs live from before the first call (time -1), outputs until after the last one, state always.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tvm_model_library.plan.plan import COPY, NOP, KernelCall, Plan, Role

ARENA_ROLES = frozenset({Role.INTERMEDIATE, Role.OUTPUT, Role.STATE})
IO_ROLES = frozenset({Role.INPUT, Role.INTERMEDIATE, Role.OUTPUT, Role.STATE})


@dataclass(frozen=True, slots=True)
class Item:
    """What needs bytes: a tensor (``buffer``, a root) or the scratch memory of one call (``call``).

    It lives in the calls ``start`` to ``end``, both included, which read and write ``traffic`` bytes of it.
    """

    size: int
    start: int
    end: int
    buffer: int | None = None
    call: int | None = None
    traffic: int = 0


@dataclass(frozen=True, slots=True)
class Liveness:
    """The items of a plan. ``in_place`` holds pairs (reader's dying input, output) of item indices that may
    have the same address although both are alive at one call.
    """

    items: tuple[Item, ...]
    in_place: frozenset[tuple[int, int]]
    calls: int

    def neighbours(self) -> list[list[int]]:
        """For each item the others that are alive at some time of its life."""
        order = sorted(range(len(self.items)), key=lambda i: self.items[i].start)
        result: list[list[int]] = [[] for _ in self.items]
        active: list[int] = []
        for i in order:
            active = [j for j in active if self.items[j].end >= self.items[i].start]
            for j in active:
                result[i].append(j)
                result[j].append(i)
            active.append(i)
        return [sorted(n) for n in result]

    def may_coincide(self, i: int, j: int) -> bool:
        """Whether two items that are alive together may have one address."""
        return (i, j) in self.in_place or (j, i) in self.in_place


def analyse(plan: Plan, roles: frozenset[Role]) -> Liveness:
    """The items of the buffers whose root has one of ``roles``, and of all scratch memory.

    A buffer counts with its views: an intermediate that an output is a view of lives until the end.
    """
    planned, outputs = storage_roles(plan)
    start: dict[int, int] = {b: -1 for b in planned if planned[b] in (Role.INPUT, Role.STATE)}
    end: dict[int, int] = dict(start)
    traffic = dict.fromkeys(planned, 0)
    for time, call in enumerate(plan.calls):
        for argument, accessed in zip(call.arguments, argument_traffic(plan, call), strict=False):
            root = plan.root(argument)
            start.setdefault(root, time)
            end[root] = time
            traffic[root] += accessed
    for root in (*outputs, *plan.states):
        end[root] = len(plan.calls)
    items: list[Item] = []
    index: dict[int, int] = {}
    for root, role in planned.items():
        if role in roles and root in start:
            index[root] = len(items)
            size = plan.buffers[root].spec.nbytes
            items.append(Item(size, start[root], end[root], buffer=root, traffic=traffic[root]))
    for time, call in enumerate(plan.calls):
        scratch = workspace_bytes(plan, call)
        if scratch:
            items.append(Item(scratch, time, time, call=time, traffic=argument_traffic(plan, call)[-1]))
    pairs = {
        (index[a], index[b])
        for time, call in enumerate(plan.calls)
        for a, b in in_place_pairs(plan, call)
        if a in index and b in index and end[a] == time and start[b] == time
    }
    return Liveness(tuple(items), frozenset(pairs), len(plan.calls))


def storage_roles(plan: Plan) -> tuple[dict[int, Role], set[int]]:
    """The role of the memory of each root buffer, by id, and the roots whose bytes are an output.

    An intermediate that has an output among its views is an output; an input or constant stays what it is.
    """
    outputs = {plan.root(o) for o in plan.outputs}
    roles = {}
    for buffer in plan.buffers:
        if buffer.view_of is None:
            own = buffer.role in (Role.INPUT, Role.CONSTANT, Role.STATE)
            roles[buffer.id] = Role.OUTPUT if buffer.id in outputs and not own else buffer.role
    return roles, outputs


def workspace_bytes(plan: Plan, call: KernelCall) -> int:
    """Bytes of scratch memory that a call needs."""
    return 0 if call.kernel in (NOP, COPY) else plan.kernels[call.kernel].workspace_bytes


def argument_traffic(plan: Plan, call: KernelCall) -> tuple[int, ...]:
    """Bytes that a call reads and writes of each argument, and of its scratch memory where it has any.

    Of a kernel without counts: as if it touched each byte once.
    """
    sizes = tuple(plan.buffers[a].spec.nbytes for a in call.arguments)
    if call.kernel in (NOP, COPY):
        return sizes if call.kernel == COPY else (0,) * len(sizes)
    return plan.kernels[call.kernel].traffic or (*sizes, workspace_bytes(plan, call))


def written_arguments(plan: Plan, call: KernelCall) -> list[int]:
    """Positions of a call's arguments that it writes."""
    if call.kernel in (NOP, COPY):
        return [1]
    return [i for i, p in enumerate(plan.kernels[call.kernel].parameters) if p.written]


def in_place_pairs(plan: Plan, call: KernelCall) -> list[tuple[int, int]]:
    """Pairs (input, output) of root buffers that a call can compute at one address.

    A tensor that is an argument twice qualifies only where each of its places does.
    """
    if call.kernel in (NOP, COPY):
        return []
    allowed = set(plan.kernels[call.kernel].in_place)
    roots = [plan.root(a) for a in call.arguments]
    written = set(written_arguments(plan, call))
    pairs = []
    for source, target in sorted(allowed):
        places = [i for i, root in enumerate(roots) if root == roots[source] and i not in written]
        if roots[source] != roots[target] and all((i, target) in allowed for i in places):
            pairs.append((roots[source], roots[target]))
    return pairs


def item_labels(plan: Plan, items: Iterable[Item]) -> list[str]:
    """What a user calls each piece of memory: by the tensor's own name, that of the output it is, or the call that
    makes it; or as the scratch of a call.
    """
    names: dict[int, str] = {}
    for call in reversed(plan.calls):  # of several the first counts
        names.update({call.arguments[i]: short_name(plan, call.name) for i in written_arguments(plan, call)})
    for output in reversed(plan.outputs):
        names[plan.root(output)] = plan.buffers[output].spec.name

    def label(item: Item) -> str:
        if item.buffer is None:
            return f"scratch of {short_name(plan, plan.calls[item.start].name)}"
        return plan.buffers[item.buffer].spec.name or names.get(item.buffer, f"tensor {item.buffer}")

    return [label(item) for item in items]


def short_name(plan: Plan, name: str) -> str:
    """A call's name without what all calls of a model have in common."""
    return name.removeprefix(f"tvmgen_{plan.name}_").removeprefix("fused_")


def lower_bound_of(liveness: Liveness) -> int:
    """No arena can be smaller: the largest sum of items alive at one call, less what that call saves in place."""
    changes = [0] * (liveness.calls + 3)
    for item in liveness.items:
        changes[item.start + 1] += item.size
        changes[item.end + 2] -= item.size
    totals = list(accumulate(changes))
    by_call: dict[int, list[tuple[int, int]]] = {}
    for a, b in liveness.in_place:
        by_call.setdefault(liveness.items[b].start, []).append((a, b))
    for time, pairs in by_call.items():
        totals[time + 1] -= _best_saving(liveness.items, sorted(pairs))
    return max(totals)


def _best_saving(items: Sequence[Item], pairs: Sequence[tuple[int, int]]) -> int:
    """The most bytes that can be saved by giving outputs the addresses of inputs, one to one.

    With many pairs an upper estimate, so that the bound stays a bound.
    """
    saving = {(a, b): min(items[a].size, items[b].size) for a, b in pairs}
    if len(pairs) > 8:
        return sum(max(s for (_, other), s in saving.items() if other == b) for b in {b for _, b in pairs})
    best = 0
    for mask in range(1 << len(pairs)):
        chosen = [p for i, p in enumerate(pairs) if mask >> i & 1]
        if len({a for a, _ in chosen}) == len(chosen) == len({b for _, b in chosen}):
            best = max(best, sum(saving[p] for p in chosen))
    return best
