"""``tvm-mlf corpus``: run a corpus and report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.verification.corpus.interpreted import run_interpreter
from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict, read_corpus
from tvm_model_library.verification.corpus.report import Report
from tvm_model_library.verification.corpus.tflite_files import RunFile, find_files
from tvm_model_library.verification.corpus.workers import run_all


def run_corpus(folder: Path, executor: str, jobs: int, pattern: str | None, limit: float, console: Console) -> Report:
    """Run every program whose id, origin, kind or operators match ``pattern``; ``limit`` is in seconds a program."""
    files = find_files(folder)
    programs = [p for p in files or read_corpus(folder) if pattern is None or matches(p, pattern)]
    if not programs:
        raise ModelLibraryError(f"{folder}: no program matches {pattern!r}")
    outcomes: list[Outcome] = []
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(executor, total=len(programs))
        built = 0

        def show() -> None:
            """A program that compiled but has not run yet counts half."""
            waiting = max(built - sum(o.verdict is Verdict.PASSED for o in outcomes), 0)
            failed = sum(o.verdict is not Verdict.PASSED for o in outcomes)
            done = len(outcomes) + waiting / 2
            progress.update(bar, completed=done, description=f"{executor}, {failed} not passed")

        def on_built() -> None:
            nonlocal built
            built += 1
            show()

        made = run_all(RunFile(executor), programs, jobs, limit) if files else None
        for outcome in made or run(executor, programs, jobs, limit, on_built):
            outcomes.append(outcome)
            show()
    return Report(executor, programs, outcomes)


def matches(program: Program, pattern: str) -> bool:
    """Whether a regular expression is found in what is known of a program."""
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ModelLibraryError(f"--filter {pattern!r} is no regular expression: {error}") from error
    return any(expression.search(t) for t in (program.id, program.kind, program.origin, *program.operators))


def run(
    executor: str, programs: list[Program], jobs: int, limit: float, on_built: Callable[[], None]
) -> Iterator[Outcome]:
    if executor == "interpreter":
        return run_all(run_interpreter, programs, jobs, limit)
    from tvm_model_library.verification.corpus.compiled import run_compiled

    return run_compiled(executor, programs, jobs, limit, on_built)
