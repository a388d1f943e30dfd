"""The commands about what a model costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tvm_model_library.cli.aot import with_aot_options
from tvm_model_library.cli.model import ModelFile, with_model
from tvm_model_library.cli.options import (
    FILE,
    Bytes,
    executor_option,
    flash_budget_option,
    name_option,
    ram_budget_option,
    target_option,
)
from tvm_model_library.disk import read_text
from tvm_model_library.errors import ModelLibraryError

if TYPE_CHECKING:
    from tvm_model_library.executors.aot import AotOptions
    from tvm_model_library.report import Report

_json_option = click.option("--json", "json_file", type=FILE, help="Write the report for machines here.")
_html_option = click.option("--html", "html_file", type=FILE,
                            help="Write it as a page here: the arena drawn over time, and tables.")  # fmt: skip


def _write(figures: Report, json_file: Path | None, html_file: Path | None) -> None:
    from tvm_model_library.disk import write_file
    from tvm_model_library.report import html_page

    if json_file is not None:
        write_file(json_file, figures.to_json().encode())
    if html_file is not None:
        write_file(html_file, html_page(figures).encode())


def _read(file: Path) -> Report:
    from tvm_model_library.report import Report

    try:
        return Report.from_json(read_text(file, "the report"))
    except (ValueError, RecursionError) as error:
        raise ModelLibraryError(f"{file}: {error}") from None


@click.command()
@with_model
@target_option
@executor_option
@name_option
@_json_option
@_html_option
@with_aot_options
def report(
    model: ModelFile, target: str, executor: str, model_name: str | None, json_file: Path | None,
    html_file: Path | None, aot: AotOptions | None,
) -> None:  # fmt: skip
    """Say what MODEL costs: memory over time, kernels, constants."""
    from rich.console import Console

    from tvm_model_library.library import compile as compile_model
    from tvm_model_library.report import report_of, tables

    name = model.path.stem if model_name is None else model_name
    loaded = model.load()
    figures = report_of(compile_model(loaded, target=target, executor=executor, name=name, aot=aot))
    Console().print(tables(figures))
    _write(figures, json_file, html_file)


@click.command()
@click.argument("report_file", metavar="REPORT", type=FILE)
@click.argument("objects", metavar="OBJECT...", nargs=-1, required=True, type=FILE)
@_json_option
@_html_option
@click.option("--flash-budget", type=Bytes(), help="Fail when code and constants need more bytes.")
def footprint(
    report_file: Path, objects: tuple[Path, ...], json_file: Path | None, html_file: Path | None,
    flash_budget: int | None,
) -> None:  # fmt: skip
    """Add the size of the compiled OBJECTs to REPORT, the report.json of a build tree.

    The C runtime and what the code calls in the C library are not in it. Where an object's size can't be told (it is no
    ELF file, or its code is left to link-time optimization), the report stays without it, unless there is a budget to
    check.
    """
    from tvm_model_library.report import Budget, FootprintError, footprint_of

    figures = _read(report_file)
    page = "" if html_file is None else f"; report: {html_file}"
    memory = f"{figures.model}: {figures.ram_name} {figures.ram:,} bytes{figures.ram_note}"
    try:
        built = footprint_of(objects)
    except FootprintError as error:
        if flash_budget is not None:
            raise ModelLibraryError(f"the flash budget of {figures.model} can't be checked: {error}") from error
        click.echo(f"{memory}; the size of the code is not known: {error}{page}")
    else:
        figures = figures.with_footprint(built)
        constants = built.read_only + built.data
        click.echo(f"{memory}, flash {built.flash:,} bytes (code {built.code:,}, constants {constants:,}){page}")
    _write(figures, json_file, html_file)
    Budget(flash=flash_budget).check(figures)


@click.command()
@click.argument("report_file", metavar="REPORT", type=FILE)
@ram_budget_option
@flash_budget_option
def budget(report_file: Path, ram_budget: int | None, flash_budget: int | None) -> None:
    """Hold REPORT, the report.json of a build tree, against budgets.

    The same as these options of 'tvm-mlf export', for a model that is compiled already.
    """
    from tvm_model_library.report import Budget

    Budget(ram_budget, flash_budget).check(_read(report_file))
