"""What became of one program, and the programs of a corpus."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tvm_model_library.errors import ModelLibraryError


class Verdict(str, Enum):
    """``REFUSED`` is a ``ModelLibraryError``; ``CRASHED`` anything else that is not an answer."""

    PASSED = "passed"
    REFUSED = "refused"
    WRONG = "wrong"
    CRASHED = "crashed"
    SLOW = "slow"


@dataclass(frozen=True)
class Program:
    """One program of a corpus."""

    id: str
    path: Path
    kind: str = ""
    operators: tuple[str, ...] = ()
    origin: str = ""
    record: Path | None = None

    @property
    def recorded(self) -> Path:
        """The recorded run."""
        return self.record or self.path.with_suffix(".npz")


@dataclass(frozen=True)
class Outcome:
    """What became of a program. ``message`` says why it did not pass; ``seconds`` is wall time."""

    program: str
    verdict: Verdict
    message: str = ""
    seconds: float = 0.0


def read_corpus(folder: Path) -> list[Program]:
    """The programs of a corpus, by id. Raises ``ModelLibraryError`` when there are none."""
    index = folder / "index.tsv"
    rows: dict[str, dict[str, str]] = {}
    if index.is_file():
        with index.open(encoding="utf-8", newline="") as file:
            rows = {row["program"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    programs = [_program(path, rows.get(path.stem, {})) for path in _texts(folder)]
    if not programs:
        raise ModelLibraryError(
            f"{folder}: no programs: expected ID.relay files with ID.npz beside them, or .tflite files"
        )
    return programs


def _texts(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise ModelLibraryError(f"{folder}: no such folder")
    return (p for p in sorted(folder.glob("*.relay")) if p.with_suffix(".npz").is_file())


def _program(path: Path, row: dict[str, str]) -> Program:
    operators = tuple(o for o in row.get("operators", "").split(",") if o)
    return Program(path.stem, path, row.get("kind", ""), operators, row.get("origin", ""))
