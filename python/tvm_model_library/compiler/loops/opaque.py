"""Arithmetic on data, out of the simplifier's sight while loops are made.

TVM's simplifier takes 32-bit and 64-bit integers for numbers that never overflow, and applies some of its rules to
floats too: ``x + 1 > x`` becomes true, ``x * 2 // 2`` becomes ``x``, ``x - x`` becomes 0 though ``x`` may be infinite.
That is right for indices, which stay small, but not for data. So each sum, product and quotient that depends on what is
loaded is a call of a function of its own before any pass runs, and becomes what it was after the last one.
"""

from __future__ import annotations

from typing import Any

from tvm_model_library.compiler.loops.analysis import HIDDEN, hidden_kind
from tvm_model_library.compiler.loops.data_values import map_values

_ARITHMETIC = ("Add", "Sub", "Mul", "Div", "Mod", "FloorDiv", "FloorMod")


def hide_arithmetic(func: Any) -> Any:
    """A PrimFunc with the arithmetic hidden that it does on what it loads."""
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    def hide(node: Any, _: Any) -> Any:
        return tirx.call_pure_extern(node.ty.dtype, f"{HIDDEN}{type(node).__name__}", node.a, node.b)

    return map_values(func, tuple(getattr(prim, kind) for kind in _ARITHMETIC), hide)


def show_arithmetic(func: Any) -> Any:
    """The function with its hidden arithmetic as it was."""
    import tvm
    import tvm_ffi
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    def show(call: Any) -> Any:
        kind = hidden_kind(call)
        return call if kind is None else getattr(prim, kind)(*call.args[1:])

    body = tvm_ffi.structural_map(func.body, (tvm.ir.Call, show))
    return tirx.PrimFunc(func.params, body, func.ret_type, attrs=func.attrs)
