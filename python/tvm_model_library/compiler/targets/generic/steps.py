"""What the schedules of all kinds of blocks are made with."""

from __future__ import annotations

from typing import Any


def attempt(state: Any, primitive: str, *arguments: Any) -> Any:
    """The schedule after a primitive of ``tvm.s_tir.Schedule``, or as it was when the primitive refuses."""
    from tvm import s_tir

    trial = state.copy()
    try:
        getattr(trial, primitive)(*arguments)
    except (s_tir.ScheduleError, RuntimeError):
        return state
    return trial if primitive != "compute_at" or has_fixed_loops(trial, arguments[0]) else state


def has_fixed_loops(state: Any, block: Any) -> bool:
    """Whether all loops around a block have lengths known here. ``compute_at`` gives others to a block of which each
    iteration needs another part.
    """
    from tvm import tirx

    return all(isinstance(state.get(loop).extent, tirx.IntImm) for loop in state.get_loops(block))


def shared_loops(state: Any, blocks: list[Any]) -> list[Any]:
    """The loops around all of the blocks, outermost first."""
    common = list(state.get_loops(blocks[0]))
    for other in blocks[1:]:
        nodes = [state.get(loop) for loop in state.get_loops(other)]
        common = [loop for loop in common if any(state.get(loop).same_as(n) for n in nodes)]
    return common
