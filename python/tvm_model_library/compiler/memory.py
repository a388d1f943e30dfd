"""Memory planning: functions from Plan to Plan, and the figures that judge them.

:func:`plan_storage_ids` is for the graph executor, where tensors take turns in pieces of memory; :func:`plan_arena`
is for the AOT executor, where everything has an offset. :func:`verify_plan` proves a planned Plan sound.
"""

from __future__ import annotations

from tvm_model_library.compiler.arena import ArenaOptions, plan_arena, pool_sizes
from tvm_model_library.compiler.liveness import ARENA_ROLES, IO_ROLES, analyse, lower_bound_of
from tvm_model_library.compiler.packing import Pool
from tvm_model_library.compiler.plan import Plan, Role
from tvm_model_library.compiler.plan_check import MemoryPlanError, verify_plan
from tvm_model_library.compiler.storage_ids import CONSTANT_POOL, STORAGE_ALIGNMENT, node_order, plan_storage_ids


def lower_bound(plan: Plan, *, io: bool = False) -> int:
    """Bytes below which no arena can hold the plan's calls in their order: the largest sum of tensors and scratch
    memory alive at one call, less what the call saves in place.

    Of a planned plan, that counts what is in its arena, as :func:`peak` does. Of one without storages, ``io`` says
    whether inputs count; outputs do.
    """
    if plan.storages:
        return lower_bound_of(analyse(plan, _arena_roles(plan)))
    return lower_bound_of(analyse(plan, IO_ROLES if io else ARENA_ROLES))


def peak(plan: Plan) -> int:
    """Bytes of the arena of a planned plan: of its pools, or of the graph executor's storages, whose inputs are not
    counted, as they have memory of their own that is never shared.
    """
    pools = pool_sizes(plan)
    if pools:
        return sum(pools.values())
    own = {plan.buffers[i].storage for i in plan.inputs}
    return sum(s.size_bytes for s in plan.storages if s.pool == "arena" and s.id not in own)


def _arena_roles(plan: Plan) -> frozenset[Role]:
    """The roles whose memory the planner places: never an input or output that the caller keeps."""
    roles = {Role.INTERMEDIATE}
    for role, buffers in ((Role.INPUT, plan.inputs), (Role.OUTPUT, plan.outputs)):
        storages = [plan.storages[s] for s in (plan.buffers[b].storage for b in buffers) if s is not None]
        if any(s.offset is not None or (role is Role.OUTPUT and s.pool == "arena") for s in storages):
            roles.add(role)
    return frozenset(roles)


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
