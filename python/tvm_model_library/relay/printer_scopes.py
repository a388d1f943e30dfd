"""What the printer is built from: text in pieces with indentation, and unique names."""

from __future__ import annotations

import re
from typing import TypeAlias

Rope: TypeAlias = str | list["Rope"]

INDENT = "\0+"
OUTDENT = "\0-"
NEWLINE = "\n"

# Deeper text is indented no further: its size would grow with the square of the depth.
_MAX_DEPTH = 40
_FOREIGN = re.compile(r"[^A-Za-z0-9_/]")


def flatten(rope: Rope) -> str:
    """The text of ``rope``, indented."""
    parts: list[str] = []
    depth = 0
    pending: list[Rope] = [rope]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(reversed(item))
        elif item is INDENT:
            depth += 1
        elif item is OUTDENT:
            depth -= 1
        elif item is NEWLINE:
            parts.append("\n" + "  " * min(depth, _MAX_DEPTH))
        else:
            parts.append(item)
    return "".join(parts)


class Names:
    """Names in one definition."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def unique(self, name: str, prefix: str) -> str:
        """``name``, with ``prefix`` in front unless it begins with a letter, and a number behind if it is taken."""
        name = _FOREIGN.sub("_", name)
        if not name[:1].isalpha():
            name = prefix + name
        candidate = name
        while candidate in self._counts:
            self._counts[name] += 1
            candidate = f"{name}{self._counts[name]}"
        self._counts[candidate] = 0
        return candidate
