"""The kernels of a plan as they stand in generated files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tvm_model_library.c_text.names import comment_text
from tvm_model_library.plan.plan import Kernel, Operation, Plan

_HEADERS = "#include <math.h>\n#include <stdint.h>\n#include <string.h>\n"


def prelude(kernels: Iterable[Kernel]) -> str:
    """What comes first in a file: includes, and the macros and helper functions that the kernels need."""
    pieces = sorted({piece for kernel in kernels for piece in kernel.code.pieces})
    return "\n".join([_HEADERS, *(piece.text for piece in pieces)])


def prototypes(plan: Plan) -> list[str]:
    """The declarations of all kernels."""
    return [f"{kernel.code.prototype};" for kernel in plan.kernels.values()]


def sources(plan: Plan) -> list[str]:
    """The definitions of all kernels, each below a comment that says what it computes."""
    uses = plan.uses()
    return [definition(kernel, uses[symbol]).rstrip() for symbol, kernel in plan.kernels.items()]


def definition(kernel: Kernel, uses: Sequence[Sequence[Operation]]) -> str:
    """The definition of a kernel, below a comment that names the operators that it computes, for each of its
    ``uses`` by a call: one operator a line with its place; of further calls line and column.
    """
    first, *others = uses or [()]
    lines = [f"{o.name}{f' ({o.span.short})' if o.span else ''}" for o in first] or [kernel.symbol]
    lines += [f"and again: {', '.join(map(str, operations))}" for operations in others if operations]
    text = "\n * ".join(comment_text(line) for line in lines)
    return f"/* {text} */\n{kernel.code.definition}"
