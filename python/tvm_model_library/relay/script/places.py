"""Where in a script an expression was made: the line that called into this package."""

from __future__ import annotations

import linecache
import sys
from itertools import islice
from types import FrameType

from tvm_model_library.errors import Span

_PACKAGE = __name__.partition(".")[0]


def caller() -> Span:
    """The place of the innermost call that does not come from this package.

    The column is that of the call; where Python does not keep it (before 3.11) that of the line's first character.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
    if frame is None:
        return Span("<python>", 1, 1)
    source = frame.f_code.co_filename
    line, column = _position(frame)
    return Span(source, line, _indent(source, line) + 1 if column is None else column + 1)


def _is_ours(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return name == _PACKAGE or name.startswith(f"{_PACKAGE}.")


def _position(frame: FrameType) -> tuple[int, int | None]:
    """Line and column (from 0) of what the frame executes."""
    positions = getattr(frame.f_code, "co_positions", None)
    if positions is not None and frame.f_lasti >= 0:
        line, _, column, _ = next(islice(positions(), frame.f_lasti // 2, None), (None, None, None, None))
        if line is not None:
            return line, column
    return frame.f_lineno, None


def _indent(source: str, line: int) -> int:
    text = linecache.getline(source, line)
    return len(text) - len(text.lstrip())
