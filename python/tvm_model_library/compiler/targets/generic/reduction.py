"""Schedules of reductions: local accumulators, a tile of them where that makes the inner loop contiguous."""

from __future__ import annotations

from typing import Any

from tvm_model_library.compiler.loops.analysis import (
    blocks_of,
    extent,
    is_injective,
    is_reduction,
    points,
    realize_values,
    reduction_vars,
    runs,
    spatial_vars,
    strides_of,
    variables_of,
)
from tvm_model_library.compiler.targets.classes import TargetClass
from tvm_model_library.compiler.targets.generic.steps import attempt, has_fixed_loops, shared_loops

_LARGEST_STEP = 4


def keep_accumulators_local(state: Any) -> Any:
    """A reduction that writes an output accumulates in a scratch buffer; a copy behind it writes the output."""
    for block in list(state.get_output_blocks(state.get_sblock("root"))):
        node = state.get(block)
        if is_reduction(node) and len(node.writes) == 1 and points(node) > 1:
            state = attempt(state, "cache_write", block, 0, "global")
    return state


def place_reductions(state: Any, target_class: TargetClass) -> Any:
    """Move each reduction into the loops of its consumer: into a tile of it where one axis is contiguous in all that
    is read, else as deep as it goes without repeating work.
    """
    for block in reversed(blocks_of(state)):
        if is_reduction(state.get(block)):
            consumers = list(state.get_consumers(block))
            tiled = _place_in_tile(state, block, consumers[0], target_class) if len(consumers) == 1 else None
            state = tiled if tiled is not None else _place_deepest(state, block, consumers)
    return state


def _place_deepest(state: Any, block: Any, consumers: list[Any]) -> Any:
    if not consumers:
        return state
    before = runs(state, block)
    for loop in reversed(shared_loops(state, consumers)):
        moved = attempt(state, "compute_at", block, loop)
        if moved is not state and runs(moved, block) <= before:
            return moved
    return state


def _place_in_tile(state: Any, block: Any, consumer: Any, target_class: TargetClass) -> Any | None:
    """Tile the consumer's loop over the reduction's contiguous axis; None where there is no such axis."""
    from tvm import s_tir

    axes = _matching_loops(state, block, consumer)
    if axes is None:
        return None
    axis = _contiguous_axis(state.get(block), axes, target_class)
    if axis is None:
        return None
    trial = state.copy()
    try:
        before = runs(trial, block)
        loops = list(trial.get_loops(consumer))
        size = int(trial.get(loops[axis]).extent)
        others = loops[:axis] + loops[axis + 1 :]
        inner = loops[axis]
        tile = target_class.tile(size)
        if tile != size:
            outer, inner = trial.split(loops[axis], factors=[None, tile])
            others = [*loops[:axis], outer, *loops[axis + 1 :]]
        trial.reorder(*others, inner)
        if others:
            trial.compute_at(block, others[-1])
            if not has_fixed_loops(trial, block):
                return None
            _tile_innermost(trial, block, len(others))
        if runs(trial, block) > before:
            return None
    except (s_tir.ScheduleError, RuntimeError):
        return None
    return trial


def _tile_innermost(state: Any, block: Any, depth: int) -> None:
    """Put the loops over the tile inside the loops of the reduction."""
    node = state.get(block)
    values = realize_values(state, block)
    spatial = {
        v for i, value in zip(node.iter_vars, values, strict=True) if int(i.iter_type) == 0 for v in variables_of(value)
    }
    loops = list(state.get_loops(block))[depth:]
    tile = [loop for loop in loops if state.get(loop).loop_var in spatial]
    reduce = _by_stride(state, block, [loop for loop in loops if state.get(loop).loop_var not in spatial])
    if tile and reduce:
        state.reorder(*reduce, *tile)


def _by_stride(state: Any, block: Any, loops: list[Any]) -> list[Any]:
    """Reduction loops with the one that takes the smallest steps through memory innermost."""
    node = state.get(block)
    axes = reduction_vars(node)
    values = realize_values(state, block)
    rows = [strides_of(r, [i.var for i in axes]) for r in node.reads if not r.source.same_as(node.writes[0].source)]
    if any(row is None for row in rows):
        return loops
    steps = {}
    bound = [value for i, value in zip(node.iter_vars, values, strict=True) if int(i.iter_type) != 0]
    for position, value in enumerate(bound):
        for variable in variables_of(value):
            steps[variable] = sum(abs(row[position]) for row in rows if row is not None)
    return sorted(loops, key=lambda loop: -steps.get(state.get(loop).loop_var, 0))


def _matching_loops(state: Any, block: Any, consumer: Any) -> dict[int, int] | None:
    """Which loop of the consumer walks which spatial axis of the reduction; None unless the consumer reads each
    accumulator exactly once, in loops of its own.
    """
    node, user = state.get(block), state.get(consumer)
    if not is_injective(user) or len(node.writes) != 1 or len(state.get_loops(consumer)) != len(user.iter_vars):
        return None
    regions = [r for r in user.reads if r.source.same_as(node.writes[0].source)]
    if len(regions) != 1 or points(user) != points(node) // _product(reduction_vars(node)):
        return None
    positions = {i.var: p for p, i in enumerate(user.iter_vars)}
    written = {i.var: p for p, i in enumerate(spatial_vars(node))}
    matching: dict[int, int] = {}
    for target, source in zip(node.writes[0].region, regions[0].region, strict=True):
        if target.min in written and source.min in positions:
            matching[written[target.min]] = positions[source.min]
    return matching


def _product(axes: list[Any]) -> int:
    size = 1
    for axis in axes:
        size *= extent(axis)
    return size


def _contiguous_axis(node: Any, loops: dict[int, int], target_class: TargetClass) -> int | None:
    """The consumer's loop over the axis along which everything that the reduction reads is contiguous or constant."""
    spatial = spatial_vars(node)
    variables = [i.var for i in spatial]
    written = node.writes[0].source
    table = [strides_of(r, variables) for r in node.reads if not r.source.same_as(written)]
    if not table or any(row is None for row in table):
        return None
    best: tuple[int, int] | None = None
    for position, loop in sorted(loops.items(), key=lambda item: item[1]):
        if extent(spatial[position]) < 4 or target_class.tile(extent(spatial[position])) is None:
            continue
        steps = [row[position] for row in table if row is not None]
        if not any(steps) or max(steps) > _LARGEST_STEP or min(steps) < 0:
            continue
        key = (max(steps), -loop)
        if best is None or key < best:
            best = key
    return None if best is None else -best[1]


def decompose_reductions(state: Any) -> Any:
    """Initialise accumulators before the reduction's loops, not inside them."""
    for block in blocks_of(state):
        node = state.get(block)
        if not is_reduction(node):
            continue
        values = realize_values(state, block)
        reduce = {
            v
            for i, value in zip(node.iter_vars, values, strict=True)
            if int(i.iter_type) != 0
            for v in variables_of(value)
        }
        loops = [loop for loop in state.get_loops(block) if state.get(loop).loop_var in reduce]
        if loops:
            state = attempt(state, "decompose_reduction", block, loops[0])
    return state
