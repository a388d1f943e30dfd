"""Memory planning: functions from Plan to Plan, and the figures that judge them.

:func:`plan_storage_ids` is for the graph executor, where tensors take turns in pieces of memory; :func:`plan_arena`
is for the AOT executor, where everything has an offset. :func:`verify_plan` proves a planned Plan sound.
"""

from __future__ import annotations

from tvm_model_library.plan.arena import ArenaOptions, plan_arena, pool_sizes
from tvm_model_library.plan.check import MemoryPlanError, verify_plan
from tvm_model_library.plan.liveness import analyse, lower_bound_of
from tvm_model_library.plan.packing import Pool
from tvm_model_library.plan.plan import Plan, Role, Storage
from tvm_model_library.plan.storage_ids import GRAPH_POOL, plan_storage_ids


def lower_bound(plan: Plan) -> int:
    """Bytes below which no arena can hold a planned plan's calls in their order: the largest sum of the arena's tensors
    and scratch memory alive at one call, less what the call saves in place. The graph executor's inputs count as well:
    they lie in its arena, and nothing else may have their memory.
    """
    inputs = [plan.buffers[i] for i in plan.inputs]
    kept = sum(b.spec.nbytes for b in inputs if b.storage is not None and _is_kept(plan.storages[b.storage]))
    return kept + lower_bound_of(analyse(plan, _arena_roles(plan)))


def _is_kept(storage: Storage) -> bool:
    """Whether an input's storage lies in the graph executor's arena; with an offset, it is in the AOT executor's."""
    return storage.pool == GRAPH_POOL and storage.offset is None


def _arena_roles(plan: Plan) -> frozenset[Role]:
    """The roles whose memory the planner places: never an input or output that the caller keeps."""
    roles = {Role.INTERMEDIATE, Role.STATE}
    for role, buffers in ((Role.INPUT, plan.inputs), (Role.OUTPUT, plan.outputs)):
        storages = [plan.storages[s] for s in (plan.buffers[b].storage for b in buffers) if s is not None]
        if any(s.offset is not None or (role is Role.OUTPUT and s.pool == GRAPH_POOL) for s in storages):
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
