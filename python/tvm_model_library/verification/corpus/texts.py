"""Texts with TVM's verdict: what the parser must take or refuse, and what must survive printing.

A file of texts has one JSON object a line: ``kind`` (``module`` or ``expr``), ``source``, ``ok`` (TVM parsed it) and
``printed`` (TVM's own print of it, or null).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tvm_model_library.disk import read_text
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.relay.equal import structural_equal
from tvm_model_library.relay.parser import parse_expr, parse_module
from tvm_model_library.relay.printer import print_expr, print_module
from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict
from tvm_model_library.verification.corpus.report import Report
from tvm_model_library.verification.corpus.workers import attempt


def run_texts(path: Path, limit: float) -> Report:
    """Parse every text; those that TVM takes must equal TVM's print of them, and our own print must parse back equal.

    Raises ``ModelLibraryError`` when the file is not one of texts. ``limit`` is in seconds a text.
    """
    texts = _read(path)
    programs = [Program(f"{path.name}:{line}", path, text["kind"]) for line, text in texts]
    outcomes = [attempt(_Check(text), p, limit) for (_, text), p in zip(texts, programs, strict=True)]
    return Report("texts", programs, outcomes)


def _read(path: Path) -> list[tuple[int, dict[str, Any]]]:
    lines = read_text(path, "the texts").splitlines()
    texts = []
    for number, line in enumerate(lines, 1):
        try:
            text = json.loads(line)
            valid = text["kind"] in ("module", "expr") and isinstance(text["source"], str) and "ok" in text
        except (ValueError, TypeError, KeyError):
            valid = False
        if not valid:
            raise ModelLibraryError(f"{path}:{number}: expected an object with kind (module or expr), source and ok")
        texts.append((number, text))
    return texts


@dataclass(frozen=True)
class _Check:
    text: dict[str, Any]

    def __call__(self, program: Program) -> Outcome:
        message = self._difference(program)
        return Outcome(program.id, Verdict.PASSED if message is None else Verdict.WRONG, message or "")

    def _parse(self, text: str, source: str) -> Any:
        return parse_module(text, source) if self.text["kind"] == "module" else parse_expr(text, source)

    def _difference(self, program: Program) -> str | None:
        try:
            parsed = self._parse(self.text["source"], program.id)
        except ModelLibraryError as error:
            return f"refused, but TVM takes it: {error}" if self.text["ok"] else None
        if not self.text["ok"]:
            return "taken, but TVM refuses it"
        printed = print_module(parsed) if self.text["kind"] == "module" else print_expr(parsed)
        if not structural_equal(self._parse(printed, "our print"), parsed):
            return "our print parses back to another program"
        theirs = self.text.get("printed")
        if theirs and not structural_equal(self._parse(theirs, "TVM's print"), parsed, loose=True):
            return "TVM's print parses to another program"
        return None
