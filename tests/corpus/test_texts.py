"""A file of texts with TVM's verdict, through ``tvm-mlf corpus``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.verification.corpus.outcome import Verdict
from tvm_model_library.verification.corpus.texts import run_texts

GOOD = '#[version = "0.0.5"]\ndef @main(%x: int32) { %x + %x }\n'
OTHER = '#[version = "0.0.5"]\ndef @main(%x: int32) { %x * %x }\n'


def text(source: str, ok: bool, printed: str | None = None, kind: str = "module") -> dict[str, Any]:
    return {"kind": kind, "source": source, "ok": ok, "printed": printed}


def write(path: Path, *texts: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(t) + "\n" for t in texts), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        (text(GOOD, True, GOOD), Verdict.PASSED),
        (text("1 + 2", True, "add(1, 2)", "expr"), Verdict.PASSED),
        (text("def @main( {", False), Verdict.PASSED),
        (text(GOOD, False), Verdict.WRONG),
        (text("def @main( {", True), Verdict.WRONG),
        (text(GOOD, True, OTHER), Verdict.WRONG),
    ],
)
def test_verdicts(tmp_path: Path, case: dict[str, Any], verdict: Verdict) -> None:
    report = run_texts(write(tmp_path / "texts.jsonl", case), 10.0)
    assert [o.verdict for o in report.outcomes] == [verdict]


def test_exit_status(tmp_path: Path) -> None:
    good = write(tmp_path / "good.jsonl", text(GOOD, True, GOOD))
    bad = write(tmp_path / "bad.jsonl", text(GOOD, True, OTHER))
    assert CliRunner().invoke(main, ["corpus", str(good)]).exit_code == 0
    assert CliRunner().invoke(main, ["corpus", str(bad)]).exit_code == 1


@pytest.mark.parametrize("line", ["{", "[]", '{"kind": "module"}', '{"kind": "x", "source": "", "ok": true}'])
def test_other_files_are_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(line)
    with pytest.raises(ModelLibraryError, match=r"texts\.jsonl:1: expected an object"):
        run_texts(path, 10.0)
