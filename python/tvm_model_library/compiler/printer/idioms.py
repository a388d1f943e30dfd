"""Groups of TIR nodes that read better, and compile as well, as one helper: what requantization is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Clamp:
    """``value``, at least ``low`` and at most ``high``."""

    value: Any
    low: int
    high: int


def clamp(expr: Any) -> Clamp | None:
    """The clamp that a ``Min`` of a ``Max`` is, or the other way round, with integer constants."""
    from tvm.ir.prim import expr as prim

    inner = expr.a
    kinds = {type(expr), type(inner)}
    if kinds != {prim.Min, prim.Max} or not all(isinstance(e.b, prim.IntImm) for e in (expr, inner)):
        return None
    low, high = (int(e.b.value) for e in ((expr, inner) if isinstance(expr, prim.Max) else (inner, expr)))
    return Clamp(inner.a, low, high) if low <= high else None


def high_product(cast: Any) -> tuple[Any, Any] | None:
    """The int32 factors of whose 64-bit product a ``Cast`` to int32 takes the upper half."""
    from tvm.ir.prim import expr as prim

    shift = cast.value
    if str(cast.ty) != "int32" or not isinstance(shift, prim.RShift) or not isinstance(shift.a, prim.Mul):
        return None
    if not isinstance(shift.b, prim.IntImm) or int(shift.b.value) != 32 or str(shift.ty) != "int64":
        return None
    a, b = (_as_int32(factor) for factor in (shift.a.a, shift.a.b))
    return None if a is None or b is None else (a, b)


def _as_int32(expr: Any) -> Any | None:
    """An int64 expression as the int32 that it is, where it is one."""
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    if isinstance(expr, prim.Cast) and str(expr.value.ty) == "int32":
        return expr.value
    if isinstance(expr, prim.IntImm) and -(2**31) <= int(expr.value) < 2**31:
        return tirx.const(int(expr.value), "int32")
    return None
