"""The report for a terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table

from tvm_model_library.report.figures import Report


def tables(report: Report) -> Group:
    """Totals, calls, kernels and constants as tables of rich."""
    return Group(_totals(report), _calls(report), _kernels(report), _tensors(report), _constants(report))


def _totals(report: Report) -> Table:
    title = f"{report.model}: {report.executor} executor, target {report.target}"
    table = _table(f"{title}\nintegers: {report.contract}" if report.contract else title, "", "bytes")
    for name, value in report.totals():
        table.add_row(name, f"{value:,}")
    return table


def _calls(report: Report) -> Table:
    table = _table("Calls", "call", "MACs", "read", "written", "scratch", "RAM in use")
    for call in report.calls:
        numbers = (call.macs, call.read, call.written, call.scratch, call.live)
        table.add_row(call.name, *(f"{n:,}" for n in numbers))
    return table


def _kernels(report: Report) -> Table:
    table = _table("Kernels", "kernel", "calls", "code")
    for kernel in report.kernels:
        table.add_row(kernel.symbol, f"{kernel.calls:,}", "not built" if kernel.code is None else f"{kernel.code:,}")
    return table


def _tensors(report: Report) -> Table:
    table = _table("In use at the peak", "tensor", "bytes", "offset")
    for tensor in report.alive_at(report.peak_time()):
        table.add_row(f"{tensor.name} ({tensor.kind})", f"{tensor.bytes:,}", f"{tensor.pool} + {tensor.offset:,}")
    return table


def _constants(report: Report) -> Table:
    table = _table("Constants", "name", "bytes", "type")
    for constant in sorted(report.constants, key=lambda c: (-c.bytes, c.name)):
        shape = ", ".join(str(d) for d in constant.shape)
        table.add_row(constant.name, f"{constant.bytes:,}", f"{constant.dtype}({shape})")
    return table


def _table(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table
