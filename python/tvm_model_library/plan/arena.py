"""The arena of the AOT executor: every tensor and every call's scratch memory at a fixed offset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tvm_model_library.errors import UnsupportedError
from tvm_model_library.plan.call_order import reorder_calls
from tvm_model_library.plan.liveness import (
    IO_ROLES,
    Item,
    Liveness,
    analyse,
    item_labels,
    lower_bound_of,
    storage_roles,
)
from tvm_model_library.plan.packing import Placement, Pool, pack
from tvm_model_library.plan.plan import CONSTANT_POOL, Kernel, Plan, Role, Storage

INPUT_POOL = "inputs"
OUTPUT_POOL = "outputs"
CALLER_POOLS = {Role.INPUT: INPUT_POOL, Role.OUTPUT: OUTPUT_POOL, Role.CONSTANT: CONSTANT_POOL}

DEFAULT_ALIGNMENT = 16


@dataclass(frozen=True)
class ArenaOptions:
    """How to plan the arena.

    ``alignment``: of every tensor and of the arena, in bytes, a power of two, no less than the widest element.
    ``io``: inputs and outputs are in the arena as well (an input's bytes are reused once it is dead: set it before
    every run). ``pools``: the fastest first, which gets what is read and written most; names are C identifiers.
    ``reorder``: search for an order of calls with a lower peak.
    """

    alignment: int = DEFAULT_ALIGNMENT
    io: bool = False
    pools: tuple[Pool, ...] = (Pool("arena"),)
    reorder: bool = True


def plan_arena(plan: Plan, options: ArenaOptions | None = None) -> Plan:
    """``plan`` with a place for everything that needs RAM.

    Constants, and inputs and outputs outside the arena, get storages without an offset. Raises ``UnsupportedError``
    when the pools are too small, or the alignment is less than that of an element in them.
    """
    options = options or ArenaOptions()
    best = _placed(plan, options)
    variants = {symbol: k.variant for symbol, k in plan.kernels.items() if k.variant is not None}
    if variants:
        chosen = set(variants)
        trial = _placed(_with_variants(plan, variants, chosen), options)
        if trial[2].cost < best[2].cost:
            best = trial
            for symbol in sorted(variants):  # those that save nothing go
                trial = _placed(_with_variants(plan, variants, chosen - {symbol}), options)
                if trial[2].cost <= best[2].cost:
                    best, chosen = trial, chosen - {symbol}
    planned, liveness, placement = best
    _check_alignment(planned, liveness, options.alignment)
    if placement.unplaced:
        raise UnsupportedError(_too_small(planned, liveness, placement, options))
    return _with_storages(planned, liveness, placement, options)


def _with_variants(plan: Plan, variants: Mapping[str, Kernel], chosen: set[str]) -> Plan:
    kernels = {symbol: variants[symbol] if symbol in chosen else kernel for symbol, kernel in plan.kernels.items()}
    return replace(plan, kernels=kernels)


def _placed(plan: Plan, options: ArenaOptions) -> tuple[Plan, Liveness, Placement]:
    """The plan in the order of calls that needs least, and where everything goes."""
    roles = IO_ROLES if options.io else frozenset({Role.INTERMEDIATE, Role.STATE})
    candidates = [plan]
    if options.reorder:
        reordered = reorder_calls(plan, roles)
        if reordered is not plan:
            candidates.insert(0, reordered)
    packed = []
    for candidate in candidates:
        liveness = analyse(candidate, roles)
        bound = lower_bound_of(liveness)
        packed.append((candidate, liveness, pack(liveness, options.pools, options.alignment, bound)))
    return min(packed, key=lambda p: p[2].cost)


def pool_sizes(plan: Plan) -> dict[str, int]:
    """Bytes that a plan uses of each pool."""
    sizes: dict[str, int] = {}
    for storage in plan.storages:
        if storage.offset is not None:
            sizes[storage.pool] = max(sizes.get(storage.pool, 0), storage.offset + storage.size_bytes)
    return sizes


def _with_storages(plan: Plan, liveness: Liveness, placement: Placement, options: ArenaOptions) -> Plan:
    storages: list[Storage] = []

    def add(size: int, pool: str, alignment: int, offset: int | None) -> int:
        storages.append(Storage(len(storages), size, alignment, offset, pool))
        return len(storages) - 1

    storage_of_root: dict[int, int] = {}
    storage_of_call: dict[int, int] = {}
    for item, pool, offset in zip(liveness.items, placement.pools, placement.offsets, strict=True):
        index = add(item.size, options.pools[pool].name, options.alignment, offset)
        if item.buffer is not None:
            storage_of_root[item.buffer] = index
        elif item.call is not None:
            storage_of_call[item.call] = index
    roles, _ = storage_roles(plan)
    for root, role in roles.items():
        if root not in storage_of_root and role in CALLER_POOLS:
            spec = plan.buffers[root].spec
            storage_of_root[root] = add(spec.nbytes, CALLER_POOLS[role], spec.alignment, None)
    buffers = tuple(replace(b, storage=storage_of_root.get(plan.root(b.id))) for b in plan.buffers)
    calls = tuple(replace(c, workspace=storage_of_call.get(i)) for i, c in enumerate(plan.calls))
    return replace(plan, buffers=buffers, calls=calls, storages=tuple(storages))


def _check_alignment(plan: Plan, liveness: Liveness, alignment: int) -> None:
    """Raise ``UnsupportedError`` where an element could lie across its alignment: C leaves that undefined."""

    def needed(item: Item) -> int:
        if item.buffer is not None:
            return plan.buffers[item.buffer].spec.alignment
        return plan.kernels[plan.calls[item.start].kernel].workspace_alignment

    widest = max(liveness.items, key=needed, default=None)
    if widest is not None and needed(widest) > alignment:
        (what,), least = item_labels(plan, [widest]), needed(widest)
        raise UnsupportedError(
            f"the arena's alignment is {alignment}, but {what} has elements of {least} bytes; ask for an alignment of "
            f"{least} or more"
        )


def _too_small(plan: Plan, liveness: Liveness, placement: Placement, options: ArenaOptions) -> str:
    pools = ", ".join(f"{p.name} {p.size:,}" if p.size is not None else p.name for p in options.pools)
    items = sorted(liveness.items, key=lambda i: -i.size)[:5]
    largest = ", ".join(f"{label} {i.size:,}" for label, i in zip(item_labels(plan, items), items, strict=True))
    return (
        f"the memory pools are too small: {placement.unplaced:,} bytes of tensors fit nowhere (pools: {pools} bytes; "
        f"needed: at least {lower_bound_of(liveness):,}; largest: {largest}); enlarge a pool or add one"
    )


def check_pools(pools: Sequence[Pool]) -> None:
    """Raise ``UnsupportedError`` unless there are pools, of distinct names and sizes of 0 or more; only the last may be
    without a size, since what follows it would stay empty.
    """
    names = [p.name for p in pools]
    if not pools or any(p.size is not None and p.size < 0 for p in pools):
        raise UnsupportedError("expected at least one memory pool, each of 0 or more bytes")
    for name in names:
        if names.count(name) > 1:
            raise UnsupportedError(f"two memory pools have the name {name!r}; expected distinct names")
    for pool, next_name in zip(pools, names[1:], strict=False):
        if pool.size is None:
            raise UnsupportedError(
                f"the memory pool {pool.name!r} has no size, so that {next_name!r} would stay empty; give it a size "
                "or put it last"
            )
