"""Elementwise operators of two tensors with broadcasting: arithmetic, comparisons, logic, bits and shifts.

Definitions: TVM 0.18 src/relay/op/tensor/binary.cc and include/tvm/topi/broadcast.h. ``divide`` of integers and ``mod``
truncate toward zero, ``floor_divide`` and ``floor_mod`` round toward minus infinity. An integer division by zero
and a shift by less than zero or by the width or more have no meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, EvaluationRuleError, TypeRule, register
from tvm_model_library.relay.ops._broadcast import binary_rule, comparison_rule, emit_pointwise
from tvm_model_library.relay.ops._dtypes import is_float, limits, wide, widen
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/binary.cc"


def _dtype(ctx: Lowering) -> str:
    lhs = ctx.tensor(0)
    return lhs.dtype


def _binary(
    name: str,
    meaning: Callable[[Array, Array], Array],
    expression: Callable[[Any, Any, str], Any],
    *,
    accepts: Callable[[str], bool] = lambda dtype: True,
    wanted: str = "",
    infer: TypeRule = binary_rule,
) -> None:
    """Register one operator. ``expression`` takes two TIR expressions and their dtype; half-precision operands
    reach it and ``meaning`` as float32. ``accepts`` says which dtypes have a meaning, ``wanted`` names them.
    """

    def evaluate(attrs: Attrs, lhs: Array, rhs: Array) -> Array:
        if not accepts(lhs.dtype.name):
            raise EvaluationRuleError(f"needs {wanted} tensors, found {lhs.dtype}; cast the arguments")
        result = np.asarray(meaning(widen(lhs), widen(rhs)))
        return result.astype(lhs.dtype if infer is binary_rule else np.bool_)

    def lower(ctx: Lowering, attrs: Attrs, lhs: Any, rhs: Any) -> Any:
        dtype = _dtype(ctx)
        if not accepts(dtype):
            ctx.refuse(f"needs {wanted} tensors, found {dtype}; cast the arguments")
        computed = wide(dtype)

        def function(a: Any, b: Any) -> Any:
            value = expression(a.astype(computed), b.astype(computed), computed)
            return value.astype(dtype) if infer is binary_rule else value

        return emit_pointwise(ctx, function, lhs, rhs)

    register(name, ("lhs", "rhs"), infer=infer, evaluate=evaluate, lower=lower, definition=_DEFINITION)


def _tirx(name: str, *args: Any) -> Any:
    from tvm import tirx

    return getattr(tirx, name)(*args)


def _compare(node: str, a: Any, b: Any, dtype: str) -> Any:
    """A comparison; truth values are compared as bytes, since not every code generator compares single bits."""
    if dtype == "bool":
        a, b = a.astype("uint8"), b.astype("uint8")
    return _tirx(node, a, b)


def _arithmetic(dtype: str) -> bool:
    return dtype != "bool"


def _whole(dtype: str) -> bool:
    return not is_float(dtype)


def _add(a: Any, b: Any, dtype: str) -> Any:
    return a + b


def _subtract(a: Any, b: Any, dtype: str) -> Any:
    return a - b


def _multiply(a: Any, b: Any, dtype: str) -> Any:
    return a * b


def _bool_as(numeric: Callable[[Any, Any, str], Any], logical: str) -> Callable[[Any, Any, str], Any]:
    """``numeric``, or for ``bool`` the logical operator that it amounts to."""

    def expression(a: Any, b: Any, dtype: str) -> Any:
        from tvm import tirx

        return getattr(tirx, logical)(a, b) if dtype == "bool" else numeric(a, b, dtype)

    return expression


_binary("add", np.add, _bool_as(_add, "Or"))
_binary("subtract", np.subtract, _subtract, accepts=_arithmetic, wanted="numeric")
_binary("multiply", np.multiply, _bool_as(_multiply, "And"))
# NaN in the first operand yields the second one, as in C's ``a > b ? a : b``.
_binary("maximum", lambda a, b: np.where(a > b, a, b), _bool_as(lambda a, b, dtype: _tirx("Max", a, b), "Or"))
_binary("minimum", lambda a, b: np.where(a < b, a, b), _bool_as(lambda a, b, dtype: _tirx("Min", a, b), "And"))


def _check_divisor(a: Array, b: Array) -> None:
    if np.any(b == 0) and a.size:
        raise EvaluationRuleError("integer division by zero")
    low = limits(a.dtype.name)[0]
    if low < 0 and np.any((a == low) & (b == -1)):
        raise EvaluationRuleError(f"{low} divided by -1 overflows {a.dtype}")


def _truncated_quotient(a: Array, b: Array) -> Array:
    """Toward zero. Raises on division by zero and on overflow."""
    _check_divisor(a, b)
    quotient = np.floor_divide(a, b)
    if a.dtype.kind == "u":
        return np.asarray(quotient)
    inexact = np.not_equal(quotient * b, a)
    return np.asarray(quotient + (inexact & ((a < 0) != (b < 0))).astype(a.dtype))


def _divide(a: Array, b: Array) -> Array:
    return np.asarray(np.true_divide(a, b)) if is_float(a.dtype.name) else _truncated_quotient(a, b)


def _floor_divide(a: Array, b: Array) -> Array:
    if is_float(a.dtype.name):
        return np.asarray(np.floor(np.true_divide(a, b)))
    _check_divisor(a, b)
    return np.asarray(np.floor_divide(a, b))


def _trunc_divide(a: Array, b: Array) -> Array:
    return np.trunc(_divide(a, b)) if is_float(a.dtype.name) else _truncated_quotient(a, b)


def _mod(a: Array, b: Array) -> Array:
    """C's ``fmod`` and ``%``: the sign of the dividend."""
    if not is_float(a.dtype.name):
        _check_divisor(a, b)
    return np.asarray(np.fmod(a, b))


def _floor_mod(a: Array, b: Array) -> Array:
    return np.asarray(a - _floor_divide(a, b) * b)


def _trunc_mod(a: Array, b: Array) -> Array:
    return np.asarray(a - _trunc_divide(a, b) * b)


def _quotient(integer: str, rounding: str | None) -> Callable[[Any, Any, str], Any]:
    def expression(a: Any, b: Any, dtype: str) -> Any:
        if not is_float(dtype):
            return _tirx(integer, a, b)
        exact = _tirx("Div", a, b)
        return _tirx(rounding, exact) if rounding else exact

    return expression


def _remainder(quotient: Callable[[Any, Any, str], Any], integer: str) -> Callable[[Any, Any, str], Any]:
    def expression(a: Any, b: Any, dtype: str) -> Any:
        return a - quotient(a, b, dtype) * b if is_float(dtype) else _tirx(integer, a, b)

    return expression


_floored = _quotient("floordiv", "floor")
_truncated = _quotient("truncdiv", "trunc")
_binary("divide", _divide, _quotient("truncdiv", None), accepts=_arithmetic, wanted="numeric")
_binary("floor_divide", _floor_divide, _floored, accepts=_arithmetic, wanted="numeric")
_binary("trunc_divide", _trunc_divide, _truncated, accepts=_arithmetic, wanted="numeric")
_binary("mod", _mod, lambda a, b, dtype: _tirx("Mod", a, b), accepts=_arithmetic, wanted="numeric")
_binary("floor_mod", _floor_mod, _remainder(_floored, "floormod"), accepts=_arithmetic, wanted="numeric")
_binary("trunc_mod", _trunc_mod, _remainder(_truncated, "truncmod"), accepts=_arithmetic, wanted="numeric")
_binary("power", np.power, lambda a, b, dtype: _tirx("pow", a, b), accepts=is_float, wanted="floating-point")


def _as_number(truth: Callable[[Any, Any], Any]) -> Callable[[Any, Any, str], Any]:
    """A logical operator over TIR expressions; anything but zero is true."""

    def expression(a: Any, b: Any, dtype: str) -> Any:
        from tvm import tirx

        if dtype == "bool":
            return truth(a, b)
        zero = tirx.const(0, dtype)
        return truth(tirx.NE(a, zero), tirx.NE(b, zero))

    return expression


_binary("logical_and", np.logical_and, _as_number(lambda a, b: _tirx("And", a, b)))
_binary("logical_or", np.logical_or, _as_number(lambda a, b: _tirx("Or", a, b)))
_binary("logical_xor", np.logical_xor, _as_number(lambda a, b: _compare("NE", a, b, "bool")))


def _bits(name: str, on_bool: str) -> Callable[[Any, Any, str], Any]:
    return lambda a, b, dtype: _tirx(on_bool, a, b) if dtype == "bool" else getattr(a, name)(b)


_binary("bitwise_and", np.bitwise_and, _bits("__and__", "And"), accepts=_whole, wanted="integer")
_binary("bitwise_or", np.bitwise_or, _bits("__or__", "Or"), accepts=_whole, wanted="integer")
_binary(
    "bitwise_xor",
    np.bitwise_xor,
    lambda a, b, t: _compare("NE", a, b, t) if t == "bool" else a ^ b,
    accepts=_whole,
    wanted="integer",
)


def _shift(function: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    def meaning(a: Array, b: Array) -> Array:
        width = a.dtype.itemsize * 8
        if np.any((b < 0) | (b >= width)):
            raise EvaluationRuleError(f"a shift of {a.dtype} must be between 0 and {width - 1}")
        return function(a, b)

    return meaning


def _integer(dtype: str) -> bool:
    return _whole(dtype) and _arithmetic(dtype)


_binary("left_shift", _shift(np.left_shift), lambda a, b, t: a << b, accepts=_integer, wanted="integer")
_binary("right_shift", _shift(np.right_shift), lambda a, b, t: a >> b, accepts=_integer, wanted="integer")


def _comparison(name: str, node: str) -> None:
    _binary(name, getattr(np, name), lambda a, b, dtype: _compare(node, a, b, dtype), infer=comparison_rule)


for _name, _node in (
    ("equal", "EQ"),
    ("not_equal", "NE"),
    ("less", "LT"),
    ("less_equal", "LE"),
    ("greater", "GT"),
    ("greater_equal", "GE"),
):
    _comparison(_name, _node)
