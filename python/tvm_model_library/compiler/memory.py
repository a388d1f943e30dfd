"""Memory planning: functions from Plan to Plan, and the figures that judge them.

:func:`plan_storage_ids` is for the graph executor, where tensors take turns in pieces of memory; :func:`plan_arena`
is for the AOT executor, where everything has an offset. :func:`verify_plan` proves a planned Plan sound.
"""

from __future__ import annotations

from tvm_model_library.compiler.arena import ArenaOptions, plan_arena, pool_sizes
from tvm_model_library.compiler.liveness import analyse, lower_bound_of
from tvm_model_library.compiler.packing import Pool
from tvm_model_library.compiler.plan import Plan, Role
from tvm_model_library.compiler.plan_check import MemoryPlanError, verify_plan
from tvm_model_library.compiler.storage_ids import plan_storage_ids


def lower_bound(plan: Plan) -> int:
    """Bytes below which no arena can hold a planned plan's calls in their order: the largest sum of the arena's tensors
    and scratch memory alive at one call, less what the call saves in place.
    """
    return lower_bound_of(analyse(plan, _arena_roles(plan)))


def _arena_roles(plan: Plan) -> frozenset[Role]:
    """The roles whose memory the planner places: never an input or output that the caller keeps."""
    roles = {Role.INTERMEDIATE}
    for role, buffers in ((Role.INPUT, plan.inputs), (Role.OUTPUT, plan.outputs)):
        storages = [plan.storages[s] for s in (plan.buffers[b].storage for b in buffers) if s is not None]
        if any(s.offset is not None or (role is Role.OUTPUT and s.pool == "arena") for s in storages):
            roles.add(role)
    return frozenset(roles)


__all__ = [
    "ArenaOptions",
    "MemoryPlanError",
    "Pool",
    "lower_bound",
    "plan_arena",
    "plan_storage_ids",
    "pool_sizes",
    "verify_plan",
]
