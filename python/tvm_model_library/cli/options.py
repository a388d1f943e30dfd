"""Options that several commands share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path)
_UNITS = {"": 1, "K": 1024, "M": 1024**2}


def byte_count(text: str) -> int | None:
    """The number of bytes that a text such as ``16384``, ``16K`` or ``1M`` means; None for any other text."""
    match = re.fullmatch(r"([0-9]+)([KM]?)", text)
    return int(match[1]) * _UNITS[match[2]] if match else None


class Bytes(click.ParamType[int]):
    """An option's number of bytes."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        count = value if isinstance(value, int) else byte_count(value)
        if count is None:
            self.fail(f"{value!r} is no number of bytes, such as 16384, 16K or 1M", param, ctx)
        return count


target_option = click.option("--target", default="c", show_default=True,
                             help="c, or llvm with options: 'llvm -mtriple=thumbv7em-none-eabihf'.")  # fmt: skip
executor_option = click.option("--executor", type=click.Choice(["graph", "aot"]), default="graph", show_default=True)
name_option = click.option("--model-name", help="C identifier that all symbols carry. [default: the model's file name]")
ram_budget_option = click.option(
    "--ram-budget",
    type=Bytes(),
    help="Fail when the arena needs more bytes: tensors and scratch memory, without the stack and the graph executor's "
    "tables.",
)
flash_budget_option = click.option(
    "--flash-budget",
    type=Bytes(),
    help="Fail when constants (graph and parameters, for the graph executor) need more bytes than this; 'tvm-mlf "
    "footprint' counts code as well.",
)
_TOLERANCE = [
    click.option("--rtol", type=click.FloatRange(min=0), default=1e-4, show_default=True,
                 help="Relative tolerance of floating-point outputs; integers are always exact."),
    click.option("--atol", type=click.FloatRange(min=0), default=1e-5, show_default=True,
                 help="Absolute tolerance of floating-point outputs."),
]  # fmt: skip


def with_tolerance(command: Any) -> Any:
    """A command that takes ``rtol`` and ``atol``."""
    for option in reversed(_TOLERANCE):
        command = option(command)
    return command
