"""What a user says of a model file beside the file itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

InputShapes: TypeAlias = Mapping[str, Sequence[int]]
"""Shapes of inputs by their name in the file."""


@dataclass(frozen=True)
class LoadOptions:
    """``signature``: the entry point of a file that has several. ``input_shapes``: of inputs whose sizes are open, or
    that shall have others. ``contract``: whose integers a quantized network computes.
    """

    signature: str | None = None
    input_shapes: InputShapes | None = None
    contract: str | None = None

    def given(self) -> list[str]:
        """The names of the options that are set."""
        return [f.name for f in fields(self) if getattr(self, f.name)]
