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
    return trial


def shared_loops(state: Any, blocks: list[Any]) -> list[Any]:
    """The loops around all of the blocks, outermost first."""
    common = list(state.get_loops(blocks[0]))
    for other in blocks[1:]:
        nodes = [state.get(loop) for loop in state.get_loops(other)]
        common = [loop for loop in common if any(state.get(loop).same_as(n) for n in nodes)]
    return common
