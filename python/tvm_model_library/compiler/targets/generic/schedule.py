"""Loop schedules for fused PrimFuncs.

After FuseTIR a kernel is a chain of loop nests with a full-size intermediate between any two. The steps here make of
it what a person would write: elementwise producers inside their consumer, a reduction's accumulators local to a tile
of its consumer's loops with the epilogue right behind, other stages as deep as they can go without computing
anything twice. Every step is one or few primitives of ``tvm.s_tir.Schedule``, which keep the meaning or raise; a step
that raises leaves the block as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from tvm_model_library.compiler.loops.analysis import (
    blocks_of,
    cost_of,
    elements,
    is_injective,
    is_reduction,
    loads_of,
    points,
    runs,
)
from tvm_model_library.compiler.loops.opaque import hide_arithmetic
from tvm_model_library.compiler.loops.regions import with_declared_reads
from tvm_model_library.compiler.targets.classes import TargetClass
from tvm_model_library.compiler.targets.generic.reduction import (
    decompose_reductions,
    keep_accumulators_local,
    place_reductions,
)
from tvm_model_library.compiler.targets.generic.steps import attempt, shared_loops
from tvm_model_library.tensors import dtype_bits

_MAX_INLINED_NODES = 250
_CHEAP_NODES = 24
_MAX_PADDED_BYTES = 2048
"""A padded copy of an input pays while it is a few rows; beyond that each read checks its bounds instead."""


def schedules(func: Any, target_class: TargetClass) -> Iterator[Any]:
    """The same function with fused loops, then with less and less done to its loops, last as it is.

    The first one is the fastest; the others are there for where it can't be shown to be right. Arithmetic on data is
    hidden.
    """
    func = hide_arithmetic(func)
    state = _state_of(func)
    if state is None:
        yield func
        return
    inlined = _inline_producers(state)
    fused = _state_of(inlined.mod["main"]) or inlined  # what the blocks read is declared anew
    fused = place_reductions(keep_accumulators_local(fused), target_class)
    fused = decompose_reductions(_place_producers(fused))
    yield fused.mod["main"]
    yield decompose_reductions(inlined).mod["main"]
    yield func


def _state_of(func: Any) -> Any | None:
    """A schedule of the function; None where it is no blocks in loops."""
    from tvm import s_tir

    try:
        state = s_tir.Schedule(with_declared_reads(func), error_render_level="none")
        blocks = blocks_of(state)
    except (s_tir.ScheduleError, RuntimeError, ValueError):
        return None
    return state if blocks else None


def _outputs(state: Any) -> list[Any]:
    return list(state.get_output_blocks(state.get_sblock("root")))


def _same(state: Any, block: Any, others: list[Any]) -> bool:
    node = state.get(block)
    return any(state.get(other).same_as(node) for other in others)


def _inline_producers(state: Any) -> Any:
    """Compute elementwise stages where their values are used."""
    for block in blocks_of(state):
        node = state.get(block)
        if not is_injective(node) or _same(state, block, _outputs(state)):
            continue
        if _inlining_pays(state, block):
            state = attempt(state, "compute_inline", block)
    return state


def _inlining_pays(state: Any, block: Any) -> bool:
    node = state.get(block)
    buffer = node.writes[0].source
    consumers = [state.get(c) for c in state.get_consumers(block)]
    if not consumers:
        return False
    cost = cost_of(node.body.value)
    uses = sum(len(loads_of(c.body, buffer)) for c in consumers)
    size = sum(cost_of(c.body).nodes for c in consumers) + uses * cost.nodes
    if size > _MAX_INLINED_NODES and uses * cost.nodes > _CHEAP_NODES:
        return False
    evaluations = sum(points(c) * len(loads_of(c.body, buffer)) for c in consumers)
    if evaluations <= elements(buffer):
        return True
    if cost.expensive or cost.nodes > _CHEAP_NODES:
        return False
    return not (cost.conditional and any(is_reduction(c) for c in consumers))


def _place_producers(state: Any) -> Any:
    """Move the stages that stay separate as deep into their consumers' loops as pays: a padded value is computed once
    for a whole tile of accumulators, a softmax's exponentials once a row.
    """
    for block in reversed(blocks_of(state)):
        node = state.get(block)
        if is_injective(node) and not _same(state, block, _outputs(state)):
            state = _place_producer(state, block)
    return state


def _place_producer(state: Any, block: Any) -> Any:
    node = state.get(block)
    consumers = list(state.get_consumers(block))
    if not consumers:
        return state
    conditional = cost_of(node.body.value).conditional and not cost_of(node.body.value).expensive
    reads = sum(runs(state, c) * len(loads_of(state.get(c).body, node.writes[0].source)) for c in consumers)
    allowed = max(points(node), reads // 2 if conditional else 0)
    for loop in reversed(shared_loops(state, consumers)):
        moved = attempt(state, "compute_at", block, loop)
        if moved is state or runs(moved, block) > allowed:
            continue
        if not conditional or _bytes_computed_at(moved, block, loop) <= _MAX_PADDED_BYTES:
            return moved
    if conditional:
        return attempt(state, "compute_inline", block)
    return state


def _bytes_computed_at(state: Any, block: Any, loop: Any) -> int:
    """The size of what a block computes in one iteration of a loop around it."""
    loops = list(state.get_loops(block))
    position = next(i for i, at in enumerate(loops) if state.get(at).same_as(state.get(loop)))
    inside = prod(int(state.get(at).extent) for at in loops[position + 1 :])
    return inside * dtype_bits(str(state.get(block).writes[0].source.dtype)) // 8
