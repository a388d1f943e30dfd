"""The corpus runner on a corpus of our own: right programs pass, and everything else is told apart and reported."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.verification.corpus import compiled, workers
from tvm_model_library.verification.corpus.compare import difference
from tvm_model_library.verification.corpus.interpreted import run_interpreter
from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict, read_corpus
from tvm_model_library.verification.corpus.report import Report

HEADER = '#[version = "0.0.5"]\n'
ADD = HEADER + "def @main(%x: Tensor[(2), float32]) { %x + %x }\n"
LOOP = HEADER + "def @f(%x: int32) -> int32 { @f(%x + 1) }\ndef @main(%x: int32) { @f(%x) }\n"


def maker() -> Any:
    spec = importlib.util.spec_from_file_location("corpus_make", Path(__file__).with_name("make.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    maker().write_corpus(folder)
    return folder


def program(folder: Path, text: str, **arrays: Any) -> Program:
    """A corpus of one program."""
    folder.mkdir(exist_ok=True)
    (folder / "one.relay").write_text(text, encoding="utf-8")
    np.savez(folder / "one.npz", **arrays)
    return read_corpus(folder)[0]


def run(folder: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Exit status, machine-readable report and printed report of ``tvm-mlf corpus``."""
    file = folder / "report.json"
    result = CliRunner().invoke(main, ["corpus", str(folder), "--jobs", "2", "--json", str(file), *options])
    return result.exit_code, json.loads(file.read_text(encoding="utf-8")), result.stdout


def test_the_recorded_outputs_are_those_of_the_formulas() -> None:
    make = maker()
    assert json.loads(make.RECORDED.read_text(encoding="utf-8")) == json.loads(json.dumps(make.compute()))


@pytest.mark.parametrize("executor", ["interpreter", "graph", "aot"])
def test_every_program_passes_or_is_refused_by_name(corpus: Path, executor: str) -> None:
    status, report, printed = run(corpus, "--executor", executor)
    assert status == 0, printed
    kinds = {p.id: p.kind for p in read_corpus(corpus)}
    assert set(report["programs"]) == set(kinds)
    for name, row in report["programs"].items():
        runs = executor == "interpreter" or kinds[name] == "static"
        assert row["verdict"] == ("passed" if runs else "refused"), f"{name}: {row['message']}"
        assert runs or f"{name}.relay:" in row["message"]
    assert report["kinds"]["static"] == {"passed": list(kinds.values()).count("static")}
    assert all(len(line) <= 80 for line in printed.splitlines())


def test_a_filter_chooses_programs(corpus: Path) -> None:
    _, report, _ = run(corpus, "--executor", "interpreter", "--filter", "^(topk|nn.conv2d)$")
    assert sorted(report["programs"]) == ["conv2d", "topk", "topk_ties"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--filter", "nothing at all"], "no program matches"),
        (["--filter", "("], "no regular expression"),
        (["--json", "/no/such/folder/report.json"], "cannot write"),
    ],
)
def test_mistakes_are_one_line(corpus: Path, options: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["corpus", str(corpus), *options])
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["corpus", str(tmp_path)])
    assert result.exit_code == 1
    assert "no programs" in result.stderr


def test_a_wrong_recording_is_wrong(tmp_path: Path) -> None:
    program(tmp_path, ADD, in0=np.ones(2, np.float32), out0=np.array([2, 2.001], np.float32))
    status, report, printed = run(tmp_path, "--executor", "interpreter")
    assert (status, report["sums"]["wrong"]) == (1, 1)
    assert "out0 against recorded: 1 of 2 elements differ" in report["programs"]["one"]["message"]
    assert "wrong" in printed


def test_wrong_shapes_types_and_numbers_of_outputs() -> None:
    zeros = np.zeros(2, np.float32)
    assert difference([zeros], [zeros]) is None
    assert "expected float32[1]" in str(difference([zeros], [zeros[:1]]))
    assert "int32" in str(difference([zeros], [zeros.astype(np.int32)]))
    assert "1 outputs" in str(difference([zeros], [zeros, zeros]))
    assert difference([zeros], [zeros + 1], [np.zeros(2, np.bool_)]) is None


def test_compiled_code_that_differs_is_wrong(tmp_path: Path) -> None:
    one = program(tmp_path / "corpus", ADD, in0=np.ones(2, np.float32), out0=np.full(2, 2, np.float32))
    assert compiled._Build(tmp_path, "graph")(one).verdict is Verdict.PASSED
    assert [problem for _, problem in compiled._link(tmp_path, [one])] == [""]
    assert compiled._Run(tmp_path)(one).verdict is Verdict.PASSED
    np.savez(tmp_path / "p_one" / "expected.npz", out0=np.full(2, 3, np.float32))
    assert compiled._Run(tmp_path)(one).verdict is Verdict.WRONG


def test_undefined_elements_are_not_compared_and_others_are(tmp_path: Path) -> None:
    text = HEADER + 'def @main(%x: Tensor[(3), float32]) { cast(%x, dtype="uint8") }\n'
    given = np.array([-5, 300, 7], np.float32)
    outcome = run_interpreter(program(tmp_path, text, in0=given, out0=np.array([99, 99, 7], np.uint8)))
    assert outcome.verdict is Verdict.PASSED
    assert "where TVM defines" in outcome.message
    outcome = run_interpreter(program(tmp_path, text, in0=given, out0=np.array([99, 99, 8], np.uint8)))
    assert outcome.verdict is Verdict.WRONG
    unique = HEADER + "def @main(%x: Tensor[(3), int32]) { let %u = unique(%x); (%u.3, %u.0) }\n"
    for found, verdict in (([4, 5, 77], Verdict.PASSED), ([4, 6, 77], Verdict.WRONG)):
        arrays = {"out0": np.array([2], np.int32), "out1": np.array(found, np.int32)}
        assert (
            run_interpreter(program(tmp_path, unique, in0=np.array([4, 5, 4], np.int32), **arrays)).verdict is verdict
        )


def outcomes(task: Any, programs: list[Program], limit: float) -> list[Outcome]:
    return list(workers.run_all(task, programs, 2, limit))


def test_a_program_without_end_is_slow(tmp_path: Path) -> None:
    one = program(tmp_path, LOOP, in0=np.array(0, np.int32), out0=np.array(0, np.int32))
    [outcome] = outcomes(run_interpreter, [one], 1.0)
    assert outcome.verdict is Verdict.SLOW, outcome.message
    report = Report("interpreter", [one], [outcome])
    assert not report.ok


@pytest.mark.parametrize("task", [len, sys.exit])
def test_a_crash_costs_one_program(task: Any) -> None:
    programs = [Program(name, Path(f"{name}.relay")) for name in ("one", "two", "three")]
    found = outcomes(task, programs, 10.0)
    assert sorted(o.program for o in found) == ["one", "three", "two"]
    assert {o.verdict for o in found} == {Verdict.CRASHED}
    assert all(("TypeError" if task is len else "the process died") in o.message for o in found)
    assert not Report("interpreter", programs, found).ok
