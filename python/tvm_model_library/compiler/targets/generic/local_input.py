"""Schedules that let an output overwrite an input: what an iteration reads of the input is copied to a local first.

A convolution with one tap reads all channels of a pixel for each channel that it writes: with the pixel in a local
array, the output pixel may take the input pixel's place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tvm_model_library.compiler.loops.analysis import blocks_of, is_reduction
from tvm_model_library.compiler.loops.in_place import alike
from tvm_model_library.compiler.targets.generic.steps import attempt
from tvm_model_library.plan.plan import Kernel


def missing_pairs(kernel: Kernel) -> list[int]:
    """The inputs of the size of an output that the kernel can't compute in place."""
    outputs = [i for i, p in enumerate(kernel.parameters) if p.written]
    taken = {source for source, _ in kernel.in_place}
    if len(outputs) != 1 or kernel.macs == 0 or kernel.parameters[outputs[0]].spec.nbytes < 256:
        return []
    output = kernel.parameters[outputs[0]]
    return [i for i, p in enumerate(kernel.parameters) if not p.written and i not in taken and alike(p, output)]


def with_local_input(func: Any, position: int) -> Iterator[Any]:
    """The scheduled function with the input at ``position`` copied to a local, in one loop after the other, innermost
    first. Nothing for functions that read the input in several places.
    """
    from tvm import s_tir

    try:
        state = s_tir.Schedule(func, error_render_level="none")
        blocks = blocks_of(state)
    except (s_tir.ScheduleError, RuntimeError, ValueError):
        return
    places = [
        (block, index)
        for block in blocks
        for index, region in enumerate(state.get(block).reads)
        if region.source.same_as(func.params[position])
    ]
    if len(places) != 1 or not _accumulates(state, places[0][0]):
        return
    (block, index) = places[0]
    copy = state.cache_read(block, index, "global")
    for loop in reversed(state.get_loops(block)):
        moved = attempt(state, "compute_at", copy, loop)
        if moved is not state:
            yield moved.mod["main"]


def _accumulates(state: Any, block: Any) -> bool:
    """Whether a block reads what it writes: the update of a reduction, decomposed or not."""
    node = state.get(block)
    written = node.writes[0].source
    return is_reduction(node) or any(r.source.same_as(written) for r in node.reads)
