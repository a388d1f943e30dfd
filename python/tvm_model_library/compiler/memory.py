"""Memory planning: functions from Plan to Plan, and the figures that judge them.

:func:`plan_storage_ids` is for the graph executor, where tensors take turns in pieces of memory.
:func:`verify_plan` proves a planned Plan sound.
"""

from __future__ import annotations

from tvm_model_library.compiler.liveness import ARENA_ROLES, IO_ROLES, analyse, lower_bound_of
from tvm_model_library.compiler.plan import Plan
from tvm_model_library.compiler.plan_check import MemoryPlanError, verify_plan
from tvm_model_library.compiler.storage_ids import CONSTANT_POOL, STORAGE_ALIGNMENT, node_order, plan_storage_ids


def lower_bound(plan: Plan, *, io: bool = False) -> int:
    """Bytes below which no arena can hold the plan's calls in their order: the largest sum of tensors and scratch
    memory alive at one call, less what the call saves in place.

    With ``io`` inputs and outputs count as well; without, inputs do not (outputs of the graph executor live in its
    storages and always count).
    """
    return lower_bound_of(analyse(plan, IO_ROLES if io else ARENA_ROLES))


__all__ = [
    "CONSTANT_POOL",
    "STORAGE_ALIGNMENT",
    "MemoryPlanError",
    "lower_bound",
    "node_order",
    "plan_storage_ids",
    "verify_plan",
]
