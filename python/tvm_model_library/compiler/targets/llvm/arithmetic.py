"""Arithmetic on data that means to LLVM what it means in C: what TVM's code generator leaves undefined is defined here.

TVM tells LLVM that 32-bit and 64-bit integers never overflow, and LLVM makes use of it. Here integers wrap around, a
quotient by zero is 0, a shift by the whole width or more leaves nothing, and what is no number differs from itself.
What provably stays in range is left as it is, and so are indices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tvm_model_library.c_text.types import Interval, dtype_range, int_bits, is_float, is_unsigned
from tvm_model_library.compiler.loops.data_values import map_values
from tvm_model_library.compiler.loops.index_sums import IndexSums
from tvm_model_library.compiler.loops.linear import Unknown, atom
from tvm_model_library.compiler.targets.llvm.bfloat16 import rounded_bfloat16
from tvm_model_library.compiler.targets.llvm.functions import without_intrinsics

_WRAPPING = ("int32", "int64", "uint32", "uint64")  # TVM's narrower integers wrap around


def defined_arithmetic(func: Any) -> Any:
    """A PrimFunc of which nothing that it computes on data is undefined, but casts of large floats to integers."""
    from tvm.ir.prim import expr as prim

    _use_exact_functions()
    func, ranges = without_intrinsics(rounded_bfloat16(func))

    def defined(node: Any, loads: Mapping[Any, Any]) -> Any:
        known = {v: ranges[load.source] for v, load in loads.items() if load.source in ranges}
        return _Rules(known).defined(node)

    return map_values(func, tuple(getattr(prim, kind) for kind in _KINDS), defined)


@cache
def _use_exact_functions() -> None:
    """Let TVM call the C library's ``tanh`` and ``atanh``: what it computes instead has no correct digit near 0."""
    from tvm import tirx

    def lowered(call: Any) -> Any:
        name, dtype = str(call.op.name).removeprefix("tirx."), str(call.ty)
        if dtype == "float64":
            return tirx.call_pure_extern(dtype, name, call.args[0])
        result = tirx.call_pure_extern("float32", f"{name}f", call.args[0].astype("float32"))
        return result.astype(dtype)

    for name in ("tanh", "atanh"):
        tirx.register_intrin_lowering(f"tirx.{name}", target="llvm", f=lowered, level=99)


@dataclass(frozen=True)
class _Rules:
    """Defines nodes of an expression whose variables are ``known`` to be within intervals, where they are."""

    known: Mapping[Any, Interval]

    def defined(self, node: Any) -> Any:
        """The node, its operands being defined."""
        dtype = str(node.a.ty)
        rule = self._truth if dtype == "bool" else getattr(self, _KINDS[type(node).__name__])
        return rule(node, dtype)

    def _truth(self, node: Any, _dtype: str) -> Any:
        """TVM's generator has no arithmetic on truth values: they are computed as integers and compared with 0, as in
        C.
        """
        from tvm import tirx
        from tvm.ir.prim import expr as prim

        if type(node).__name__ == "NE":
            return node
        result = self.defined(type(node)(node.a.astype("int32"), node.b.astype("int32")))
        return prim.NE(result, tirx.const(0, "int32"))

    def _sums(self) -> IndexSums:
        return IndexSums({}, set(), {v: atom(Unknown(i.low, i.high)) for v, i in self.known.items()})

    def _sum_or_product(self, node: Any, dtype: str) -> Any:
        """Computed where nothing overflows, then cut off: in 64 bits; those of 64 bits as the reduction of a vector,
        which wraps around.
        """
        if dtype not in _WRAPPING or self._interval(node).within(dtype_range(dtype)):
            return node
        kind = type(node).__name__
        if int_bits(dtype) == 32:
            wide = "uint64" if dtype == "uint32" and kind == "Mul" else "int64"
            return type(node)(node.a.astype(wide), node.b.astype(wide)).astype(dtype)
        a, b = node.a.astype("int64"), node.b.astype("int64")
        result = _reduced("add", a, _negated(b)) if kind == "Sub" else _reduced(kind.lower(), a, b)
        return result.astype(dtype)

    def _interval(self, node: Any) -> Interval:
        """What a sum, difference or product can be before it wraps around."""
        sums = self._sums()
        a, b = sums.linear(node.a, ()), sums.linear(node.b, ())
        kind = type(node).__name__
        if kind == "Mul":
            ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
            return Interval(min(ends), max(ends))
        return Interval(a.low + b.low, a.high + b.high) if kind == "Add" else Interval(a.low - b.high, a.high - b.low)

    def _division(self, node: Any, dtype: str) -> Any:
        """By 0 the quotient and the rest are 0, and the most negative number by -1 wraps around: the processor sees
        neither.
        """
        from tvm import tirx
        from tvm.ir import PrimType
        from tvm.ir.prim import expr as prim

        if is_float(dtype):
            return node
        divisor = self._sums().linear(node.b, ())
        if divisor.low > 0 or divisor.high < -1:
            return node
        a, b = (tirx.Var(name, PrimType(dtype)) for name in ("dividend", "divisor"))
        zero, one = tirx.const(0, dtype), tirx.const(1, dtype)
        special, instead = prim.EQ(b, zero), zero
        if not is_unsigned(dtype):
            by_minus_one = prim.EQ(b, tirx.const(-1, dtype))
            if not type(node).__name__.endswith("Mod"):
                instead = prim.Select(by_minus_one, self.defined(prim.Sub(zero, a)), zero)
            special = prim.Or(special, by_minus_one)
        result = prim.Select(special, instead, type(node)(a, prim.Select(special, one, b)))
        return prim.Let(a, node.a, prim.Let(b, node.b, result))

    def _shift(self, node: Any, dtype: str) -> Any:
        """By less than 0, or by the whole width or more, nothing is left but the sign."""
        from tvm import tirx
        from tvm.ir import PrimType
        from tvm.ir.prim import expr as prim

        amount, bits = self._sums().linear(node.b, ()), int_bits(dtype)
        if amount.low >= 0 and amount.high < bits:
            return node
        a, b = (tirx.Var(name, PrimType(dtype)) for name in ("value", "amount"))
        zero = tirx.const(0, dtype)
        outside, left = prim.GE(b, tirx.const(bits, dtype)), zero
        if not is_unsigned(dtype):
            outside = prim.Or(prim.LT(b, zero), outside)
            if type(node).__name__ == "RShift":
                left = prim.Select(prim.LT(a, zero), tirx.const(-1, dtype), zero)
        result = prim.Select(outside, left, type(node)(a, prim.Select(outside, zero, b)))
        return prim.Let(a, node.a, prim.Let(b, node.b, result))

    def _same(self, node: Any, _dtype: str) -> Any:
        return node

    def _unequal(self, node: Any, dtype: str) -> Any:
        """TVM's generator takes numbers that can't be compared for equal."""
        from tvm.ir.prim import expr as prim

        return prim.Not(prim.EQ(node.a, node.b)) if is_float(dtype) else node


def _negated(value: Any) -> Any:
    from tvm import tirx

    return _reduced("add", tirx.bitwise_not(value), tirx.const(1, "int64"))


def _reduced(kind: str, a: Any, b: Any) -> Any:
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    both = prim.Shuffle([a, b], [tirx.const(0, "int32"), tirx.const(1, "int32")])
    return tirx.call_llvm_pure_intrin("int64", f"llvm.vector.reduce.{kind}", both)


_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("Add", "Sub", "Mul"), "_sum_or_product"),
    **dict.fromkeys(("Div", "Mod", "FloorDiv", "FloorMod"), "_division"),
    **dict.fromkeys(("LShift", "RShift"), "_shift"),
    **dict.fromkeys(("Min", "Max"), "_same"),
    "NE": "_unequal",
}
