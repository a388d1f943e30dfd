"""Storage ids for the graph executor: which tensors take turns in one piece of memory.

Each storage is as large as its largest tensor, and the executor's memory is their sum: a weighted colouring of
the interval graph of lifetimes. Largest first is the classical heuristic; a small search improves on it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tvm_model_library.plan.liveness import (
    ARENA_ROLES,
    Liveness,
    analyse,
    lower_bound_of,
    storage_roles,
    workspace_bytes,
)
from tvm_model_library.plan.plan import CONSTANT_POOL, KernelCall, Plan, Role, Storage

STORAGE_ALIGNMENT = 16
GRAPH_POOL = "arena"  # the pool of all storages but those of constants
_SEARCH_WORK = 200_000  # placements tried against neighbours; bounds the time, not by the clock
_MAX_STEPS = 1_000


def node_order(plan: Plan) -> Iterator[int | KernelCall]:
    """The nodes of the graph: inputs, state, then each call, behind the constants that it is the first to read.

    An int is the id of an input's, state's or constant's buffer.
    """
    yield from plan.inputs
    yield from plan.states
    seen = {*plan.inputs, *plan.states}
    for call in plan.calls:
        for argument in call.arguments:
            root = plan.root(argument)
            if plan.buffers[root].role is Role.CONSTANT and root not in seen:
                seen.add(root)
                yield root
        yield call
    for output in plan.outputs:
        root = plan.root(output)
        if plan.buffers[root].role is Role.CONSTANT and root not in seen:
            seen.add(root)
            yield root


def plan_storage_ids(plan: Plan) -> Plan:
    """``plan`` with a storage for every buffer and for every call's scratch memory.

    Inputs, state and constants keep storages of their own, as the caller may set them once and run many times.
    Ids count in order of first appearance among the graph's entries, as in TVM.
    """
    liveness = analyse(plan, ARENA_ROLES)
    groups = _search(liveness)
    group_of_buffer = {i.buffer: g for i, g in zip(liveness.items, groups, strict=True) if i.buffer is not None}
    group_of_call = {i.call: g for i, g in zip(liveness.items, groups, strict=True) if i.call is not None}
    sizes: dict[int, int] = {}
    for item, group in zip(liveness.items, groups, strict=True):
        sizes[group] = max(sizes.get(group, 0), item.size)
    return _number(plan, group_of_buffer, group_of_call, sizes)


def _number(plan: Plan, group_of_buffer: dict[int, int], group_of_call: dict[int, int], sizes: dict[int, int]) -> Plan:
    """Turn groups into storages, numbered by first appearance."""
    roles, _ = storage_roles(plan)
    storages: list[Storage] = []
    storage_of_group: dict[int, int] = {}
    storage_of_root: dict[int, int] = {}

    def add(size: int, pool: str = GRAPH_POOL) -> int:
        storages.append(Storage(len(storages), size, STORAGE_ALIGNMENT, pool=pool))
        return len(storages) - 1

    def shared(group: int) -> int:
        if group not in storage_of_group:
            storage_of_group[group] = add(sizes[group])
        return storage_of_group[group]

    calls = []
    times = {id(call): time for time, call in enumerate(plan.calls)}
    for node in node_order(plan):
        if isinstance(node, int):
            constant = roles[node] is Role.CONSTANT
            storage_of_root[node] = add(plan.buffers[node].spec.nbytes, CONSTANT_POOL if constant else GRAPH_POOL)
            continue
        for argument in node.arguments:
            root = plan.root(argument)
            if root not in storage_of_root:
                storage_of_root[root] = shared(group_of_buffer[root])
        if workspace_bytes(plan, node):
            node = replace(node, workspace=shared(group_of_call[times[id(node)]]))
        calls.append(node)
    buffers = tuple(replace(b, storage=storage_of_root.get(plan.root(b.id))) for b in plan.buffers)
    return replace(plan, buffers=buffers, calls=tuple(calls), storages=tuple(storages))


@dataclass(frozen=True)
class _Colouring:
    groups: list[int]
    total: int


def _search(liveness: Liveness) -> list[int]:
    """The group of each item, with a small sum of group sizes."""
    items = liveness.items
    conflicts = [[j for j in near if not liveness.may_coincide(i, j)] for i, near in enumerate(liveness.neighbours())]
    order = sorted(range(len(items)), key=lambda i: (-items[i].size, items[i].start, i))
    best = _colour(liveness, conflicts, order)
    bound = lower_bound_of(liveness)
    by_start = sorted(range(len(items)), key=lambda i: (items[i].start, -items[i].size, i))
    candidate = _colour(liveness, conflicts, by_start)
    if candidate.total < best.total:
        best, order = candidate, by_start
    rng = random.Random(0)
    cost = max(1, sum(len(c) for c in conflicts) + len(items))
    for _ in range(min(_MAX_STEPS, _SEARCH_WORK // cost)):
        if best.total <= bound or len(items) < 2:
            break
        trial = list(order)
        a, b = rng.randrange(len(trial)), rng.randrange(len(trial))
        trial.insert(b, trial.pop(a))
        candidate = _colour(liveness, conflicts, trial)
        if candidate.total <= best.total:
            best, order = candidate, trial
    return best.groups


def _colour(liveness: Liveness, conflicts: Sequence[Sequence[int]], order: Sequence[int]) -> _Colouring:
    """Put each item, in ``order``, where it makes a group grow least; of those, into the tightest one."""
    groups = [-1] * len(order)
    sizes: list[int] = []
    for i in order:
        size = liveness.items[i].size
        taken = {groups[j] for j in conflicts[i]}
        free = [g for g in range(len(sizes)) if g not in taken]
        target = min(free, key=lambda g: (max(size - sizes[g], 0), sizes[g], g), default=-1)
        if target < 0:
            target = len(sizes)
            sizes.append(0)
        sizes[target] = max(sizes[target], size)
        groups[i] = target
    return _Colouring(groups, sum(sizes))
