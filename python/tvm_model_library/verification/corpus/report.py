"""The corpus report: by verdict, by reason, by operator."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict

_PARTLY = "equal only where TVM defines the result (docs/limits.md)"


@dataclass(frozen=True)
class Report:
    """Outcomes of a run over ``programs``."""

    executor: str
    programs: Sequence[Program]
    outcomes: Sequence[Outcome]

    def count(self, verdict: Verdict) -> int:
        return sum(o.verdict is verdict for o in self.outcomes)

    @property
    def ok(self) -> bool:
        """No crash and no wrong answer; refusals are answers."""
        return not (self.count(Verdict.CRASHED) + self.count(Verdict.WRONG) + self.count(Verdict.SLOW))

    def reasons(self) -> list[tuple[Verdict, str, list[str]]]:
        """Messages with places and numbers taken out, each with its programs, the most frequent first."""
        groups: dict[tuple[Verdict, str], list[str]] = defaultdict(list)
        for outcome in self.outcomes:
            if outcome.verdict is not Verdict.PASSED:
                groups[outcome.verdict, _reason(outcome.message)].append(outcome.program)
        rows = [(verdict, reason, programs) for (verdict, reason), programs in groups.items()]
        return sorted(rows, key=lambda row: (-len(row[2]), row[0], row[1]))

    def kinds(self) -> list[tuple[str, Counter[Verdict]]]:
        """Verdicts by kind of program, as the corpus's index names it (``static``: no control flow either)."""
        verdicts = {o.program: o.verdict for o in self.outcomes}
        table: dict[str, Counter[Verdict]] = defaultdict(Counter)
        for program in self.programs:
            if program.id in verdicts:
                table[program.kind or "-"][verdicts[program.id]] += 1
        return sorted(table.items(), key=lambda row: (-row[1].total(), row[0]))

    def operators(self) -> list[tuple[str, Counter[Verdict]]]:
        """Verdicts by operator, over the programs that use it."""
        verdicts = {o.program: o.verdict for o in self.outcomes}
        table: dict[str, Counter[Verdict]] = defaultdict(Counter)
        for program in self.programs:
            if program.id in verdicts:
                for operator in program.operators:
                    table[operator][verdicts[program.id]] += 1
        return sorted(table.items())

    def to_json(self) -> str:
        """Machine-readable: verdict, message and seconds of each program, and the sums."""
        rows = {
            o.program: {"verdict": o.verdict.value, "message": o.message, "seconds": round(o.seconds, 3)}
            for o in sorted(self.outcomes, key=lambda o: o.program)
        }
        report = {
            "executor": self.executor,
            "sums": {v.value: self.count(v) for v in Verdict},
            "kinds": {kind: _named(verdicts) for kind, verdicts in self.kinds()},
            "operators": {name: _named(verdicts) for name, verdicts in self.operators()},
            "programs": rows,
        }
        return json.dumps(report, indent=1) + "\n"

    def print(self, console: Console) -> None:
        """The sums, those by kind of program, the reasons, and the operators that did not always pass."""
        total = len(self.outcomes)
        sums = Table(title=f"{self.executor}: {total} programs")
        for verdict in Verdict:
            sums.add_column(verdict.value, justify="right")
        sums.add_row(*(f"{self.count(v)} ({100 * self.count(v) / max(total, 1):.1f} %)" for v in Verdict))
        console.print(sums)
        partly = Counter(_PARTLY if "equal where" in o.message else o.message
                         for o in self.outcomes if o.verdict is Verdict.PASSED and o.message)  # fmt: skip
        for note, count in sorted(partly.items()):
            console.print(f"{count} of those passed: {note}")
        kinds = self.kinds()
        if len(kinds) > 1:
            console.print(_verdict_table("By kind of program", "kind", kinds))
        if reasons := self.reasons():
            table = Table("verdict", "programs", "reason", "for example", title="Not passed, by reason")
            for verdict, reason, programs in reasons:
                table.add_row(verdict.value, str(len(programs)), reason, programs[0])
            console.print(table)
        failing = [(name, c) for name, c in self.operators() if c.total() != c[Verdict.PASSED]]
        if failing:
            console.print(_verdict_table("Operators that did not always pass", "operator", failing))


def _named(verdicts: Counter[Verdict]) -> dict[str, int]:
    return {v.value: verdicts[v] for v in Verdict if verdicts[v]}


def _verdict_table(title: str, what: str, rows: Sequence[tuple[str, Counter[Verdict]]]) -> Table:
    table = Table(title=title)
    table.add_column(what, overflow="fold")
    for verdict in Verdict:
        table.add_column(verdict.value, justify="right")
    for name, verdicts in rows:
        table.add_row(name, *(str(verdicts[v]) for v in Verdict))
    return table


def _reason(message: str) -> str:
    """A message without what differs from program to program: places, names of variables, types, numbers."""
    message = re.sub(r"^\S+:\d+:\d+: ", "", message)
    message = re.sub(r"/\S*/|%\w+ ", "", message)
    message = re.sub(r"Tensor\[\([^)]*\), \w+\]", "Tensor[...]", message)
    return re.sub(r"(?<!\w)-?\d+(\.\d+)?(e[-+]?\d+)?", "N", message)[:200]
