"""Errors that a user can cause. All derive from :class:`ModelLibraryError`.

The command line prints such an error and exits with status 1; everything else that
escapes is a defect of this package and shows a traceback.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeAlias

# Control characters but tab and newline, what turns the direction of a line, and halves of surrogate pairs.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """``text`` with escapes for what a terminal would act upon or what can't be written in UTF-8: names and texts in
    messages come from files.
    """
    return _UNPRINTABLE.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 256 else f"\\u{ord(m[0]):04x}", text)


@dataclass(frozen=True)
class Span:
    """A place in a source text: lines and columns count from 1, as editors show them."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"

    @property
    def where(self) -> str:
        """The place inside the source."""
        return f"{self.line}:{self.column}"

    @property
    def short(self) -> str:
        """The place without the folder: what goes into files that must not depend on where the source lies."""
        return f"{PurePath(self.source).name}:{self.where}"


@dataclass(frozen=True)
class GraphPlace:
    """A place in a file without lines: ``where`` is a part of it, as in ``operator 12 CONV_2D conv2d_4``."""

    source: str
    where: str

    def __str__(self) -> str:
        return f"{self.source}: {self.where}"

    @property
    def short(self) -> str:
        """The place without the folder, as :attr:`Span.short`."""
        return f"{PurePath(self.source).name}: {self.where}"


Place: TypeAlias = Span | GraphPlace


def first_line(error: Exception) -> str:
    """What another library's error says, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


class ModelLibraryError(Exception):
    """A mistake in what the user gave us.

    ``message`` says what was found, what was expected and what to do; ``span`` says where.
    ``str()`` of the error is the line that the command line prints; it is :func:`printable`.
    """

    def __init__(self, message: str, span: Place | None = None) -> None:
        self.message = printable(message)
        self.span = span
        super().__init__(printable(f"{span}: {message}" if span else message))


class ModelFileError(ModelLibraryError):
    """A file that is damaged, or not of the format that its suffix says."""


class RelaySyntaxError(ModelLibraryError):
    """The text is not Relay text of a version that we read."""


class RelayTypeError(ModelLibraryError):
    """The program is well formed, but an expression has no type."""


class UnknownOperatorError(RelayTypeError):
    """An operator that Relay does not have."""


class UnsupportedError(ModelLibraryError):
    """A correct program that the chosen executor or target cannot run."""


class ParameterError(ModelLibraryError):
    """Parameters that are unreadable, missing, too many, or of the wrong shape or dtype."""


class EvaluationError(ModelLibraryError):
    """The interpreter met a value that the operator's definition does not allow."""


class ExportError(ModelLibraryError):
    """An archive that can't be written or read."""


class ToolchainError(ModelLibraryError):
    """apache-tvm or a C compiler is missing, of the wrong version, or failed."""
