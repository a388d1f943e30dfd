"""Statements of forms, in few words: loops, stores, and calls of micro-kernels with what they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

MICRO_KERNEL = "micro_kernel"
"""The key of an attribute around statements for which a micro-kernel stands: its value is a call of the function by
its name, the body says in loops what it reads, computes and writes. Proofs read the body, C has the call.
"""


def loop(name: str, count: int, body: Callable[[Any], Any]) -> Any:
    """``body`` for each value of a variable from 0 up; without a loop where there is one value."""
    from tvm import tirx

    if count == 1:
        return body(tirx.const(0, "int32"))
    variable = tirx.Var(name, "int32")
    return tirx.For(variable, 0, count, tirx.ForKind.SERIAL, body(variable))


def steps(statements: Sequence[Any]) -> Any:
    """Statements one after the other; what is None is left out."""
    from tvm import tirx

    present = [s for s in statements if s is not None]
    return present[0] if len(present) == 1 else tirx.SeqStmt(present)


def store(buffer: Any, index: Any, value: Any) -> Any:
    """An element of a buffer of one dimension gets a value."""
    from tvm import tirx

    return tirx.BufferStore(buffer, value, [index])


def load(buffer: Any, index: Any) -> Any:
    """An element of a buffer of one dimension."""
    from tvm import tirx

    return tirx.BufferLoad(buffer, [index])


def buffer(name: str, dtype: str, size: int) -> Any:
    """A buffer of one dimension."""
    from tvm import tirx

    return tirx.decl_buffer((size,), dtype, name)


def when(condition: Any | None, then: Any, otherwise: Any | None = None) -> Any:
    """A statement that a condition guards; unguarded where the condition is None."""
    from tvm import tirx

    return then if condition is None else tirx.IfThenElse(condition, then, otherwise)


def address(target: Any, index: Any) -> Any:
    """The address of an element."""
    from tvm import tirx

    return tirx.address_of(load(target, index))


def micro_kernel(name: str, arguments: Sequence[Any], meaning: Any) -> Any:
    """A call of a micro-kernel, with what it means."""
    from tvm import tirx

    return tirx.AttrStmt(0, MICRO_KERNEL, tirx.call_extern("int32", name, *arguments), meaning)
