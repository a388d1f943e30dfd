"""Budgets: a model that needs more memory than it may have is an error, with a table of what needs how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.report.figures import Report

_ROWS = 12
_KINDS = {"code": "code", "read_only": "constant", "data": "data with first values"}


class BudgetError(ModelLibraryError):
    """A model needs more RAM or flash than its budget."""


@dataclass(frozen=True)
class Budget:
    """The most bytes that a model may take; None: as many as it likes.

    ``ram`` is compared with the tensors in the arena: scratch memory, and inputs and outputs where they lie in it,
    included; not with the stack, nor the graph executor's tables, which come on top. ``flash`` is compared with all
    that the compiled library holds of code and constants, or, before it is compiled, with the constants (for the graph
    executor: graph and parameters).
    """

    ram: int | None = None
    flash: int | None = None

    def check(self, report: Report) -> None:
        """Raise :class:`BudgetError` with a table for each budget that is exceeded."""
        parts = []
        if self.ram is not None and report.ram > self.ram:
            what = "RAM" if report.executor == "aot" else f"RAM for {report.ram_name}{report.ram_note}"
            advice = "" if report.executor == "aot" else "use the AOT executor, "
            parts.append(_over(what, report.model, report.ram, self.ram, _ram_rows(report), advice))
        flash = report.read_only_bytes if report.built is None else report.built.flash
        if self.flash is not None and flash > self.flash:
            what = "flash (code not counted)" if report.built is None else "flash"
            advice = "" if report.built is None else "compile for size (-Os), "
            parts.append(_over(what, report.model, flash, self.flash, _flash_rows(report), advice))
        if parts:
            raise BudgetError("\n".join(parts))


def _flash_rows(report: Report) -> list[tuple[str, int]]:
    if report.built is None:
        return [(c.name, c.bytes) for c in sorted(report.read_only, key=lambda c: (-c.bytes, c.name))]
    rows = [(f"{s.name} ({_KINDS[s.kind]})", s.bytes) for s in report.built.symbols]
    rest = report.built.flash - sum(size for _, size in rows)
    return [*rows, *([("without a name, and padding", rest)] if rest else [])]


def _ram_rows(report: Report) -> list[tuple[str, int]]:
    time = report.peak_time()
    live = report.live_at(time)
    rows = [(f"{t.name} ({t.kind}) at {t.pool}+{t.offset}", t.bytes) for t in report.alive_at(time)]
    shared = sum(size for _, size in rows) - live
    if shared:
        rows.append(("computed in place: counted twice above", -shared))
    if report.ram > live:
        rows.append(("alignment, and gaps at this time", report.ram - live))
    return rows


def _over(what: str, model: str, needed: int, budget: int, rows: Sequence[tuple[str, int]], advice: str) -> str:
    shown = list(rows[:_ROWS])
    rest = rows[_ROWS:]
    if rest:
        shown.append((f"{len(rest)} more", sum(size for _, size in rest)))
    shown += [("needed", needed), ("budget", budget), ("over budget", needed - budget)]
    width = max(len(f"{size:,}") for _, size in shown)
    lines = [f"{model} needs {needed:,} bytes of {what}, {needed - budget:,} more than its budget of {budget:,}:"]
    lines += [f"  {size:>{width},}  {name}" for name, size in shown]
    return "\n".join([*lines, f"To do: {advice}take a smaller model, or raise the budget."])
