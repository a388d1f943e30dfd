"""Many programs in several processes: outcomes counted, findings shrunk and saved."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.tensors import Array, numpy_dtype
from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict
from tvm_model_library.verification.corpus.workers import run_all

from relay_fuzzer.build import shared_runtimes
from relay_fuzzer.generate import PROFILES, Case
from relay_fuzzer.judge import Finding, fails_alike, judge, probe
from relay_fuzzer.shrink import shrink
from relay_fuzzer.variants import draw_variants
from relay_fuzzer.vectors import draw

NO_FINDING = ("passed", "refused", "undecided", "avoided")
_CHUNK = 400  # programs by one set of processes: what they hold is given back
_MOST_VARIANTS = 3


@dataclass(frozen=True)
class Plan:
    """What to run, and where findings go: PROFILE-SEED.relay, .npz and .txt of each, and .small of the smallest.

    ``shrink_seconds`` are for each finding, ``limit`` for each compiler and each run; programs whose text ``avoid``
    finds are left out.
    """

    profile: str
    out: Path
    shrink_seconds: float = 60
    limit: float = 60
    avoid: str = ""

    def __call__(self, program: Program) -> Outcome:
        """Judge the program of one seed."""
        case = PROFILES[self.profile](int(program.id))
        row: dict[str, Any] = {"outcome": "avoided", "message": ""}
        if not self.avoid or not re.search(self.avoid, case.text):
            judgement = judge(case, draw_variants(case.seed), self.limit)
            if judgement.finding is not None:
                _save(self.out, case, judgement.finding, self.shrink_seconds)
            row = {"operators": len(case.operators), **judgement.row()}
        verdict = Verdict.PASSED if row["outcome"] in NO_FINDING else Verdict.WRONG
        return Outcome(program.id, verdict, json.dumps(row))


def run(plan: Plan, seeds: Sequence[int], jobs: int) -> Iterator[dict[str, Any]]:
    """One row a program, as it comes: profile, seed, seconds, outcome, message, and what was compared."""
    plan.out.mkdir(parents=True, exist_ok=True)
    longest = plan.limit * 2 * _MOST_VARIANTS + plan.shrink_seconds
    with shared_runtimes():
        for start in range(0, len(seeds), _CHUNK):
            programs = [Program(str(s), plan.out) for s in seeds[start : start + _CHUNK]]
            for outcome in run_all(plan, programs, jobs, longest):
                head = {"profile": plan.profile, "seed": int(outcome.program), "seconds": round(outcome.seconds, 2)}
                yield {**head, **_row(plan, outcome)}


def _row(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    """What the process said of a program. One that died or hangs says nothing: its program is saved as it is."""
    if outcome.message.startswith("{"):
        row: dict[str, Any] = json.loads(outcome.message)
        return row
    kind = {Verdict.SLOW: "timeout", Verdict.REFUSED: "fuzzer"}.get(outcome.verdict, "died")
    case = PROFILES[plan.profile](int(outcome.program))
    stem = plan.out / f"{kind}-{plan.profile}-{case.seed}"
    write_program(stem, case.text, _some_inputs(case))
    _beside(stem, "txt").write_text(outcome.message + "\n", encoding="utf-8")
    return {"outcome": kind, "message": outcome.message}


def _save(out: Path, case: Case, finding: Finding, seconds: float) -> None:
    """Write a program that fails, its inputs, and the smallest one that fails alike."""
    stem = out / f"{finding.kind}-{case.profile}-{case.seed}"
    inputs: Sequence[Array] = finding.inputs or _some_inputs(case)
    write_program(stem, case.text, inputs)
    text, message = case.text, finding.message
    if seconds > 0:
        text, inputs = shrink(text, inputs, lambda t, a: fails_alike(t, a, finding, case.seed), seconds)
        write_program(stem.with_name(f"{stem.name}.small"), text, inputs)
        again = probe(text, inputs, finding.variant, case.seed)
        message = again.message if again is not None else message
    note = [f"{finding.kind} in {finding.variant}", finding.message, "", "smallest:", message, "", _without_meta(text)]
    _beside(stem, "txt").write_text("\n".join(note) + "\n", encoding="utf-8")


def _some_inputs(case: Case) -> list[Array]:
    return [draw(s, np.random.default_rng([case.seed, i])) for i, s in enumerate(case.sources)]


def _without_meta(text: str) -> str:
    return text.split("#[metadata]")[0].rstrip()


def _beside(stem: Path, suffix: str) -> Path:
    return stem.with_name(f"{stem.name}.{suffix}")


def write_program(stem: Path, text: str, inputs: Sequence[Array]) -> None:
    """``STEM.relay``, and ``STEM.npz`` with in0, in1, ... (bfloat16 as uint16: NumPy's files don't know it)."""
    _beside(stem, "relay").write_text(text, encoding="utf-8")
    arrays = {f"in{i}": a.view(np.uint16) if a.dtype.name == "bfloat16" else a for i, a in enumerate(inputs)}
    np.savez(_beside(stem, "npz"), **arrays)


def read_program(path: Path) -> tuple[str, list[Array]]:
    """The text of ``STEM.relay`` and the inputs of ``STEM.npz`` beside it."""
    text = path.read_text(encoding="utf-8")
    specs = from_text(text).inputs
    with np.load(path.with_suffix(".npz")) as arrays:
        return text, [arrays[f"in{i}"].view(numpy_dtype(spec.dtype)) for i, spec in enumerate(specs)]


def summary(rows: Sequence[dict[str, Any]], seconds: float) -> str:
    """Counts by outcome, and what was compared."""
    counts = Counter(r["outcome"] for r in rows)
    judged = [r for r in rows if r.get("vectors")]
    vectors, elements, loose, operators = (
        sum(r[key] for r in judged) for key in ("vectors", "elements", "loose", "operators")
    )
    return (
        f"{len(rows)} programs in {seconds:.0f} s: {', '.join(f'{n} {k}' for k, n in counts.most_common())}\n"
        f"{vectors} vectors of inputs, {elements} elements of outputs compared, {loose} of them loosely; "
        f"{operators / max(len(judged), 1):.1f} operators a program"
    )
