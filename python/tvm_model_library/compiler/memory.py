"""Memory planning: functions from Plan to Plan, and the figures that judge them.

:func:`plan_storage_ids` is for the graph executor, where tensors take turns in pieces of memory; :func:`plan_arena`
is for the AOT executor, where everything has an offset. :func:`verify_plan` proves a planned Plan sound.
"""

from __future__ import annotations

from tvm_model_library.compiler.arena import ArenaOptions, plan_arena, pool_sizes
from tvm_model_library.compiler.liveness import ARENA_ROLES, IO_ROLES, analyse, lower_bound_of
from tvm_model_library.compiler.packing import Pool
from tvm_model_library.compiler.plan import Plan
from tvm_model_library.compiler.plan_check import MemoryPlanError, verify_plan
from tvm_model_library.compiler.storage_ids import CONSTANT_POOL, STORAGE_ALIGNMENT, node_order, plan_storage_ids


def lower_bound(plan: Plan, *, io: bool = False) -> int:
    """Bytes below which no arena can hold the plan's calls in their order: the largest sum of tensors and scratch
    memory alive at one call, less what the call saves in place.

    With ``io`` inputs and outputs count as well; without, outputs do (as in the graph executor) and inputs do not.
    """
    return lower_bound_of(analyse(plan, IO_ROLES if io else ARENA_ROLES))


def peak(plan: Plan) -> int:
    """Bytes of RAM that a planned plan needs beside the caller's inputs and outputs: its pools, or its storages."""
    pools = pool_sizes(plan)
    if pools:
        return sum(pools.values())
    return sum(s.size_bytes for s in plan.storages if s.pool == "arena")


__all__ = [
    "CONSTANT_POOL",
    "STORAGE_ALIGNMENT",
    "ArenaOptions",
    "MemoryPlanError",
    "Pool",
    "lower_bound",
    "node_order",
    "peak",
    "plan_arena",
    "plan_storage_ids",
    "pool_sizes",
    "verify_plan",
]
