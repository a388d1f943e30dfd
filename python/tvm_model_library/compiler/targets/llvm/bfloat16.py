"""``bfloat16`` for LLVM: computed in ``float32`` and rounded after each operation, to the nearest, halves to even.

TVM's own pass takes a whole chain of operations for one, and rounds at its end.
"""

from __future__ import annotations

from typing import Any

_BINARY = ("Add", "Sub", "Mul", "Div", "Mod", "FloorDiv", "FloorMod", "Min", "Max")
_COMPARISONS = ("EQ", "NE", "LT", "LE", "GT", "GE")
_HALF = "bfloat16"


def rounded_bfloat16(func: Any) -> Any:
    """A PrimFunc in which ``bfloat16`` is loaded, stored and converted, but not computed with."""
    import tvm
    import tvm_ffi
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    def operation(node: Any) -> Any:
        if str(node.a.ty) != _HALF:
            return node
        wide = type(node)(_to_float32(node.a), _to_float32(node.b))
        return _to_bfloat16(wide) if str(node.ty) == _HALF else wide

    def conversion(node: Any) -> Any:
        if str(node.value.ty) == _HALF:
            return prim.Cast(node.ty, _to_float32(node.value)) if str(node.ty) != "float32" else _to_float32(node.value)
        return _to_bfloat16(node.value.astype("float32")) if str(node.ty) == _HALF else node

    def select(node: Any) -> Any:
        if str(node.ty) != _HALF:
            return node
        sides = _to_float32(node.true_value), _to_float32(node.false_value)
        return _to_bfloat16(prim.Select(node.condition, *sides))

    def call(node: Any) -> Any:
        if not any(str(a.ty) == _HALF for a in node.args) or str(node.op.name).endswith("reinterpret"):
            return node
        arguments = [_to_float32(a) if str(a.ty) == _HALF else a for a in node.args]
        if str(node.ty) != _HALF:
            return tvm.ir.Call(node.op, arguments, ret_ty=node.ty)
        return _to_bfloat16(tvm.ir.Call(node.op, arguments, ret_ty=tvm.ir.PrimType("float32")))

    binary = tuple(getattr(prim, kind) for kind in (*_BINARY, *_COMPARISONS))
    rules = [(binary, operation), (prim.Cast, conversion), (prim.Select, select), (tvm.ir.Call, call)]
    return tirx.PrimFunc(func.params, tvm_ffi.structural_map(func.body, rules), func.ret_type, attrs=func.attrs)


def _to_float32(value: Any) -> Any:
    """The upper half of the bits."""
    from tvm import tirx

    if isinstance(value, tirx.FloatImm):
        return tirx.const(float(value.value), "float32")
    bits = tirx.reinterpret("uint16", value).astype("uint32")
    return tirx.reinterpret("float32", bits << tirx.const(16, "uint32"))


def _to_bfloat16(value: Any) -> Any:
    """Rounded to even; what is no number stays none."""
    from tvm import tirx
    from tvm.ir import PrimType
    from tvm.ir.prim import expr as prim

    def constant(number: int) -> Any:
        return tirx.const(number, "uint32")

    bits = tirx.Var("bits", PrimType("uint32"))
    upper = bits >> constant(16)
    rounded = (bits + (constant(0x7FFF) + (upper & constant(1)))) >> constant(16)
    is_number = prim.LE(bits & constant(0x7FFFFFFF), constant(0x7F800000))
    chosen = prim.Select(is_number, rounded, upper | constant(0x40))
    return prim.Let(bits, tirx.reinterpret("uint32", value), tirx.reinterpret(_HALF, chosen.astype("uint16")))
