"""Elementwise operators of one tensor: exponentials, trigonometry, rounding, signs, negations.

Definitions: TVM 0.18 src/relay/op/tensor/unary.cc. Half-precision tensors are computed in float32 and rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, register
from tvm_model_library.relay.ops._broadcast import emit_pointwise, identity_rule, predicate_rule
from tvm_model_library.relay.ops._dtypes import is_float, is_integer, limits, wide, widen
from tvm_model_library.relay.ops._reals import lower_reals, of_reals
from tvm_model_library.relay.ops._scalars import constant, in_dtype, scalar
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/unary.cc"


def _data_dtype(ctx: Lowering) -> str:
    data = ctx.tensor(0)
    return data.dtype


def register_float_function(
    name: str, meaning: Callable[[Array], Array], expression: Callable[[Any, str], Any]
) -> None:
    """Register an elementwise function of real numbers.

    ``expression`` takes a TIR expression and its dtype, float32 or float64.
    """

    def evaluate(attrs: Attrs, data: Array) -> Array:
        return np.asarray(meaning(widen(data))).astype(data.dtype)

    def lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        dtype = _data_dtype(ctx)
        return emit_pointwise(ctx, lambda x: expression(x.astype(wide(dtype)), wide(dtype)).astype(dtype), data)

    register(
        name,
        ("data",),
        infer=identity_rule,
        evaluate=of_reals(evaluate),
        lower=lower_reals(lower),
        definition=_DEFINITION,
    )


def _register_any(name: str, meaning: Callable[[Array], Array], expression: Callable[[Any, str], Any]) -> None:
    """Register an elementwise function of every dtype; ``expression`` takes a TIR expression and its dtype."""

    def evaluate(attrs: Attrs, data: Array) -> Array:
        return np.asarray(meaning(data)).astype(data.dtype)

    def lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        dtype = _data_dtype(ctx)
        return emit_pointwise(ctx, lambda x: expression(x, dtype), data)

    register(name, ("data",), infer=identity_rule, evaluate=evaluate, lower=lower, definition=_DEFINITION)


def _register_test(name: str, meaning: Callable[[Array], Array]) -> None:
    """Register a test of floating-point values; for other dtypes the answer is that of a finite number."""

    def evaluate(attrs: Attrs, data: Array) -> Array:
        return np.asarray(meaning(widen(data) if is_float(data.dtype.name) else np.zeros(data.shape, np.float32)))

    def lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        from tvm import tirx

        dtype = _data_dtype(ctx)
        answer = tirx.const(bool(meaning(np.zeros((), np.float32))), "bool")
        test = _intrinsic(name)
        return emit_pointwise(ctx, lambda x: test(x.astype(wide(dtype)), dtype) if is_float(dtype) else answer, data)

    register(name, ("data",), infer=predicate_rule, evaluate=evaluate, lower=lower, definition=_DEFINITION)


def _intrinsic(name: str) -> Callable[[Any, str], Any]:
    def expression(x: Any, dtype: str) -> Any:
        from tvm import tirx

        return getattr(tirx, name)(x)

    return expression


def _erf(x: Array) -> Array:
    return np.vectorize(math.erf, otypes=[np.float64])(x).astype(x.dtype) if x.size else x


def _sigmoid(x: Array) -> Array:
    return np.asarray(np.ones((), x.dtype) / (np.ones((), x.dtype) + np.exp(-x)))


def _sigmoid_expression(x: Any, dtype: str) -> Any:
    from tvm import tirx

    one = tirx.const(1, dtype)
    return one / (one + tirx.exp(tirx.const(0, dtype) - x))


def _rsqrt(x: Array) -> Array:
    return np.asarray(np.ones((), x.dtype) / np.sqrt(x))


def _rsqrt_expression(x: Any, dtype: str) -> Any:
    from tvm import tirx

    return tirx.const(1, dtype) / tirx.sqrt(x)


for _name in ("exp", "log", "log2", "log10", "sqrt", "tanh", "sin", "cos", "tan", "sinh", "cosh"):
    register_float_function(_name, getattr(np, _name), _intrinsic(_name))
for _name in ("asin", "acos", "atan", "asinh", "acosh", "atanh"):
    register_float_function(_name, getattr(np, "arc" + _name[1:]), _intrinsic(_name))
register_float_function("erf", _erf, _intrinsic("erf"))
register_float_function("sigmoid", _sigmoid, _sigmoid_expression)
register_float_function("rsqrt", _rsqrt, _rsqrt_expression)


def _register_fast(
    name: str, exact: str, meaning: Callable[[Array], Array], within: tuple[float, float] | None = None
) -> None:
    """Register TVM's polynomial approximation of a function; its meaning is the function that it approximates. Where
    ``within`` gives bounds, compiled code clamps its argument to them.

    The approximation is defined for float32; other dtypes compute the exact function, as TVM does.
    """

    def evaluate(attrs: Attrs, data: Array) -> Array:
        return np.asarray(meaning(widen(data))).astype(data.dtype)

    def lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        from tvm import topi

        dtype = _data_dtype(ctx)
        if dtype == "float32":
            return ctx.emit_te(lambda x: getattr(topi, name)(x if within is None else topi.clip(x, *within)), data)
        return emit_pointwise(ctx, lambda x: _intrinsic(exact)(x.astype(wide(dtype)), wide(dtype)).astype(dtype), data)

    register(
        name,
        ("data",),
        infer=identity_rule,
        evaluate=of_reals(evaluate),
        lower=lower_reals(lower),
        definition=_DEFINITION,
    )


_EXPONENTS = (-float(np.float32(88.3762626647949)), float(np.nextafter(np.float32(88.3762626647950), np.float32(0))))
"""The numbers of which the fast exponential is one: TVM clamps to them, but for its upper bound, which is one step of
float32 higher; the power of two that it takes for that is infinite.
"""


def _fast_exp(x: Array) -> Array:
    return np.exp(np.clip(x, *_EXPONENTS) if x.dtype == np.float32 else x)


_register_fast("fast_exp", "exp", _fast_exp, _EXPONENTS)
_register_fast("fast_tanh", "tanh", np.tanh)
_register_fast("fast_erf", "erf", _erf)


def _rounding(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Integers are their own rounding, at any width."""
    return lambda x: function(widen(x)) if is_float(x.dtype.name) else x


def _rounding_expression(name: str) -> Callable[[Any, str], Any]:
    def expression(x: Any, dtype: str) -> Any:
        return _intrinsic(name)(x.astype(wide(dtype)), wide(dtype)).astype(dtype) if is_float(dtype) else x

    return expression


def _round(x: Array) -> Array:
    """To the nearest integer, halves away from zero (TVM 0.18's ``tir.round``, C's ``round``)."""
    whole = np.trunc(x)
    return whole + np.where(np.abs(x - whole) >= 0.5, np.copysign(np.ones((), x.dtype), x), np.zeros((), x.dtype))


def round_expression(x: Any, dtype: str) -> Any:
    """The expression ``x`` rounded to the nearest integer, halves away from zero."""
    from tvm import tirx

    if not is_float(dtype):
        return x
    x = x.astype(wide(dtype))
    zero, one, half = (tirx.const(c, wide(dtype)) for c in (0, 1, 0.5))
    whole = tirx.trunc(x)
    away = tirx.Select(x < zero, zero - one, one)
    return (whole + tirx.Select(tirx.abs(x - whole) >= half, away, zero)).astype(dtype)


def _sign(x: Array) -> Array:
    """-1, 0 or 1; 0 for NaN."""
    if not is_float(x.dtype.name):
        return np.sign(x) if x.dtype != np.bool_ else x
    return (x > 0).astype(np.float32) - (x < 0).astype(np.float32)


def _sign_expression(x: Any, dtype: str) -> Any:
    from tvm import tirx

    if dtype == "bool":
        return x  # LLVM compares no truth values
    one, zero = tirx.const(1, dtype), tirx.const(0, dtype)
    positive = tirx.Select(x > zero, one, zero)
    return positive if not (is_float(dtype) or dtype.startswith("int")) else tirx.Select(x < zero, zero - one, positive)


def _abs_expression(x: Any, dtype: str) -> Any:
    from tvm import tirx

    if is_float(dtype):
        return tirx.abs(x.astype(wide(dtype))).astype(dtype)
    zero = tirx.const(0, dtype)
    return tirx.Select(x < zero, zero - x, x) if dtype.startswith("int") else x


def _negative(x: Array) -> Array:
    if x.dtype == np.bool_:
        raise EvaluationRuleError("bool has no negative; use logical_not")
    return np.negative(x)


def _negative_expression(x: Any, dtype: str) -> Any:
    from tvm import tirx

    return x * tirx.const(-1, dtype) if is_float(dtype) else tirx.const(0, dtype) - x


for _name in ("floor", "ceil", "trunc"):
    _register_any(_name, _rounding(getattr(np, _name)), _rounding_expression(_name))
_register_any("round", _rounding(_round), round_expression)
_register_any("sign", _sign, _sign_expression)
_register_any("abs", np.abs, _abs_expression)
_register_any("negative", _negative, _negative_expression)
_register_any("copy", np.copy, lambda x, dtype: x)
_register_test("isnan", np.isnan)
_register_test("isinf", np.isinf)
_register_test("isfinite", np.isfinite)


def _logical_not(attrs: Attrs, data: Array) -> Array:
    return np.asarray(np.logical_not(data)).astype(data.dtype)


def _lower_logical_not(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    dtype = _data_dtype(ctx)
    if dtype == "bool":
        return emit_pointwise(ctx, tirx.Not, data)
    return emit_pointwise(ctx, lambda x: tirx.EQ(x, tirx.const(0, dtype)).astype(dtype), data)


def _bitwise_not(attrs: Attrs, data: Array) -> Array:
    if is_float(data.dtype.name):
        raise EvaluationRuleError(f"needs an integer tensor, found {data.dtype}")
    return np.asarray(np.invert(data))


def _lower_bitwise_not(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    dtype = _data_dtype(ctx)
    if dtype == "bool":
        return emit_pointwise(ctx, tirx.Not, data)
    if not is_integer(dtype):
        ctx.refuse(f"needs an integer tensor, found {dtype}")
    return emit_pointwise(ctx, tirx.bitwise_not, data)


register(
    "logical_not",
    ("data",),
    infer=identity_rule,
    evaluate=_logical_not,
    lower=_lower_logical_not,
    definition=_DEFINITION,
)
register(
    "bitwise_not",
    ("data",),
    infer=identity_rule,
    evaluate=_bitwise_not,
    lower=_lower_bitwise_not,
    definition=_DEFINITION,
)


def _clip(attrs: Attrs, data: Array) -> Array:
    low, high = (scalar(b, data.dtype.name) for b in (attrs.a_min, attrs.a_max))
    lowered = np.where(data < high, data, high)
    return np.where(lowered > low, lowered, low)


def _lower_clip(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    dtype = _data_dtype(ctx)
    if not is_float(dtype) and (in_dtype(attrs.a_min, dtype), in_dtype(attrs.a_max, dtype)) == limits(dtype):
        return data
    low, high = (constant(b, dtype) for b in (attrs.a_min, attrs.a_max))
    return emit_pointwise(ctx, lambda x: tirx.max(tirx.min(x, high), low), data)


register(
    "clip",
    ("data",),
    (Attr("a_min", "float"), Attr("a_max", "float")),
    infer=identity_rule,
    evaluate=_clip,
    lower=_lower_clip,
    definition=_DEFINITION,
)
