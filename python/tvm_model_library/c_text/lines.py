"""Long statements of C over several lines."""

from __future__ import annotations

import re

WIDTH = 116
_LEAST = 16  # a break this soon behind the indentation helps nobody
_BREAK = re.compile(r", | [-+*/%&|^<>=?:]+ ")


def folded(line: str) -> list[str]:
    """A line of code, broken behind commas and binary operators where few brackets are open, until each part fits.

    A line that offers no such place stays long. Not for strings, comments and preprocessor lines.
    """
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    lines = []
    while len(line) > WIDTH:
        places = [m.end() for m in _BREAK.finditer(line, len(indent) + _LEAST)]
        if not places:
            break
        fitting = [p for p in places if p - 1 <= WIDTH]
        at = min(fitting or places[:1], key=lambda p: (_depth(line[:p]), -p))
        lines.append(line[: at - 1])
        line = indent + line[at:]
    return [*lines, line]


def _depth(text: str) -> int:
    """Brackets that are open; an index stays together."""
    weights = {"(": 1, ")": -1, "[": 100, "]": -100}
    return sum(weights.get(c, 0) for c in text)
