"""Options that several commands share."""

from __future__ import annotations

import functools
import math
import re
from pathlib import Path
from typing import Any

import click

from tvm_model_library.relay.limits import Limits
from tvm_model_library.runs.tolerance import MOST_STEPS, Tolerance
from tvm_model_library.runs.vectors import MOST_VECTORS, RANDOM_VECTORS

FILE = click.Path(path_type=Path)
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def byte_count(text: str) -> int | None:
    """The number of bytes that a text such as ``16384``, ``16K``, ``1M`` or ``1G`` means; None for any other text."""
    match = re.fullmatch(r"([0-9]+)([KMG]?)", text)
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
compiler_macros_option = click.option(
    "--compiler-macros",
    metavar="NAME=VALUE...",
    default="",
    help="What the C compiler predefines ('cc -dM -E') about its processor, between spaces: chooses the kernels where "
    "the target is c without -mcpu=.",
)
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


class Finite(click.ParamType[float]):
    """An option's finite number that is not negative."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number >= 0):
            self.fail(f"{value!r} is not a finite number of 0 or more", param, ctx)
        return number


_TEST = [
    click.option("--random-vectors", type=click.IntRange(0, MOST_VECTORS), default=RANDOM_VECTORS, show_default=True,
                 metavar="N", help="Random inputs to test with, and the lowest, highest and zero ones; "
                 "0: recorded runs only."),
    click.option("--rtol", type=Finite(), default=1e-4, show_default=True,
                 help="Relative tolerance of floating-point outputs."),
    click.option("--atol", type=Finite(), default=1e-5, show_default=True,
                 help="Absolute tolerance of floating-point outputs."),
    click.option("--integer-tolerance", type=click.IntRange(0, MOST_STEPS), default=0, show_default=True,
                 metavar="STEPS", help="Tolerance of integer outputs; --rtol and --atol never touch them."),
]  # fmt: skip


def with_test_options(command: Any) -> Any:
    """A command that takes ``random_vectors`` and ``tolerance`` (a ``Tolerance``)."""

    @functools.wraps(command)
    def collected(*arguments: Any, rtol: float, atol: float, integer_tolerance: int, **keywords: Any) -> Any:
        return command(*arguments, tolerance=Tolerance(rtol, atol, integer_tolerance), **keywords)

    for option in reversed(_TEST):
        collected = option(collected)
    return collected


_LIMITS = [
    click.option("--max-steps", type=click.IntRange(min=1), default=Limits.steps, show_default=True,
                 help="Calls of functions and operators after which the interpreter stops: a program may recurse "
                 "for ever."),
    click.option("--max-memory", type=Bytes(), help="Bytes by which the interpreter may let the process grow, also "
                 "with K, M or G. [default: half of the machine's memory]"),
]  # fmt: skip


def with_limits(command: Any) -> Any:
    """A command that takes the interpreter's ``limits``."""

    @functools.wraps(command)
    def collected(*arguments: Any, max_steps: int, max_memory: int | None, **keywords: Any) -> Any:
        return command(*arguments, limits=Limits(max_steps, max_memory), **keywords)

    for option in reversed(_LIMITS):
        collected = option(collected)
    return collected
