"""``tflite.softmax`` over the last axis, in fixed point.

Exponentials of 8-bit numbers depend on the distance from the row's maximum alone, one of 256 numbers. Definitions: TFLM
tensorflow/lite/kernels/internal/reference/softmax.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._contracts import (
    CONTRACTS,
    doubling_high_product,
    multiply_single,
    quantized_multiplier,
    rounding_shift,
    wrap32,
)
from tvm_model_library.relay.ops._contracts_te import clipped_expression, saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._fixed_point_functions import multiply_q31, reciprocal_q31, shift_rounded
from tvm_model_library.relay.ops._fixed_point_math import count_leading_zeros, reciprocal
from tvm_model_library.relay.ops._tflite import KERNELS, REFERENCE, ROUNDING, check_scale, clipped, quantized
from tvm_model_library.relay.ops._tflite_tables import exponentials, in_float64, interpolate, interpolated_table
from tvm_model_library.relay.ops.tflite_rescale import known_rescaling
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DIFFERENCE_BITS, SUM_BITS = 5, 12
_LONGEST_ROW = {"int8": 2**SUM_BITS - 1, "int16": 2**16 - 1}
"""As many ones fit into the sum."""
_RESULTS = {"int8": ("int8", "int16"), "int16": ("int16",)}


def check_row(type_: TensorType) -> None:
    """Raise :class:`TypeRuleError` for a scalar, and for rows whose sum can overflow."""
    if not type_.rank:
        raise TypeRuleError("the data must have a last axis, found a scalar", 0)
    longest = _LONGEST_ROW[type_.dtype]
    if (type_.shape[-1] or 0) > longest:
        raise TypeRuleError(f"rows have at most {longest} elements, or their sum overflows; found {type_}", 0)


def difference_factor(scale: float, beta: float) -> float:
    """From differences of quantized numbers to Q5.26: PreprocessSoftmaxScaling in TFLM's
    tensorflow/lite/kernels/internal/quantization_util.cc.
    """
    return min(float(np.float32(beta)) * float(np.float32(scale)) * 2.0 ** (31 - _DIFFERENCE_BITS), 2.0**31 - 1)


def least_difference(shift: int) -> int:
    """The least difference that the definition takes into account: CalculateInputRadius of the same file."""
    return -int(31 * 2.0 ** (31 - _DIFFERENCE_BITS) / 2.0**shift)


def scaled_differences(scale: float, beta: float, rounding: str) -> Array:
    """What the differences 0, -1, -2, ... are in Q5.26, down to the least that the definition takes into account."""
    multiplier, shift = quantized_multiplier(np.asarray(difference_factor(scale, beta)))
    differences = -np.arange(min(-least_difference(int(shift)), 255) + 1, dtype=np.int64)
    if rounding == "single":
        return multiply_single(differences, multiplier, shift)
    return doubling_high_product(wrap32(np.left_shift(differences, shift)), multiplier)


def _infer_softmax(attrs: Attrs, data: Type) -> TensorType:
    x = quantized(data, tuple(_RESULTS), 0, "data")
    if attrs.out_dtype not in _RESULTS[x.dtype]:
        allowed = " or ".join(_RESULTS[x.dtype])
        raise TypeRuleError(f"out_dtype must be {allowed} for data of {x.dtype}, found {attrs.out_dtype}")
    check_scale(attrs.input_scale, "input_scale")
    check_scale(attrs.beta, "beta")
    check_row(x)
    if x.dtype == "int8" and difference_factor(attrs.input_scale, attrs.beta) <= 1:
        raise TypeRuleError(f"beta * input_scale is too small: {attrs.beta} * {attrs.input_scale}")
    return TensorType(x.shape, attrs.out_dtype)


def _evaluate_softmax(attrs: Attrs, data: Array) -> Array:
    if data.dtype == np.int16:
        return _evaluate_int16(attrs, data)
    low, high = limits(attrs.out_dtype)
    table = exponentials(scaled_differences(attrs.input_scale, attrs.beta, attrs.rounding)).astype(np.int64)
    distance = data.max(axis=-1, keepdims=True).astype(np.int64) - data
    values = np.where(distance < table.size, table[np.minimum(distance, table.size - 1)], 0)
    total = rounding_shift(values, SUM_BITS).sum(axis=-1, keepdims=True)
    inverse, excess = reciprocal(total, SUM_BITS)
    bits = 8 if attrs.out_dtype == "int8" else 16
    shares = rounding_shift(doubling_high_product(inverse, values), excess + 31 - bits)
    return clipped(shares + low, low, high, attrs.out_dtype)


def _lower_softmax(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te, tirx

    type_ = ctx.tensor(0)
    if type_.dtype == "int16":
        return _lower_int16(ctx, attrs, data)
    shape, (low, high) = type_.static_shape, limits(attrs.out_dtype)
    bits = 8 if attrs.out_dtype == "int8" else 16
    table = exponential_table(attrs.input_scale, attrs.beta, attrs.rounding)

    def compute(x: Any, exps: Any) -> Any:
        greatest, total = emit_row_sums(x, exps, shape, table.size)
        inverse = te.compute(shape[:-1], lambda *i: reciprocal_q31(total(*i)), name="inverse")
        right = te.compute(shape[:-1], lambda *i: SUM_BITS + 31 - bits - tirx.clz(total(*i)), name="right")

        def share(*i: Any) -> Any:
            row = i[:-1]
            value = exps(_place(greatest(*row), x(*i), table.size))
            rounded = shift_rounded(multiply_q31(value, inverse(*row)), right(*row))
            return saturated(rounded, low, high, low, attrs.out_dtype)

        return te.compute(shape, share, name="T_tflite_softmax")

    return ctx.emit_te(compute, data, ctx.constant(table))


def exponential_table(scale: float, beta: float, rounding: str) -> Array:
    """What kernels read at distances from the row's maximum; the last entry is that of all greater ones."""
    table = exponentials(scaled_differences(scale, beta, rounding))
    return table if table.size == 256 else np.append(table, np.int32(0))


def emit_row_sums(x: Any, exps: Any, shape: tuple[int, ...], size: int) -> tuple[Any, Any]:
    """Stages with the greatest number of each row and the sum, in Q12.19, of its exponentials."""
    from tvm import te

    k, n = (te.reduce_axis((0, shape[-1]), name) for name in ("k", "n"))
    greatest = te.compute(shape[:-1], lambda *i: te.max(x(*i, k), axis=k), name="greatest")

    def addend(*i: Any) -> Any:
        return te.sum(shift_rounded(exps(_place(greatest(*i), x(*i, n), size)), SUM_BITS), axis=n)

    return greatest, te.compute(shape[:-1], addend, name="total")


def _place(greatest: Any, x: Any, size: int) -> Any:
    """Where the exponential stands in its table. A distance from the greatest number is a number of 8 bits; the cast
    says so.
    """
    from tvm import tirx

    distance = (greatest.astype("int32") - x.astype("int32")).astype("uint8").astype("int32")
    return distance if size == 256 else tirx.min(distance, tirx.const(size - 1, "int32"))


_RANGE = np.float32(2**16 - 1)
"""The distance from the least to the greatest int16 number."""


def _exp_table() -> Array:
    """``exp`` on [-10, 0]."""
    return interpolated_table(in_float64(np.exp), np.float32(10) / _RANGE, 2**15 - 1, np.float32(2) / _RANGE, 0)


def _reciprocal_table() -> Array:
    """``1 / (1 + x)`` on [0, 1]."""
    one = np.float32(1)
    return interpolated_table(lambda x: one / (one + x), one / _RANGE, -(2**15), np.float32(2) / _RANGE, 0)


def _exp_factor(attrs: Attrs) -> float:
    """From differences of int16 numbers to such of the table."""
    return float(np.float32(attrs.input_scale)) * float(np.float32(attrs.beta)) / (10.0 / 65535.0)


def _evaluate_int16(attrs: Attrs, data: Array) -> Array:
    below = data.astype(np.int64) - data.max(axis=-1, keepdims=True)
    scaled = CONTRACTS[attrs.rounding].multiply(below, np.float64(_exp_factor(attrs)))
    values = interpolate(_exp_table(), clipped(scaled + 32767, -32768, 32767, "int16"))
    total = wrap32(values.sum(axis=-1, keepdims=True))
    zeros = count_leading_zeros(total)
    normalised = (np.left_shift(total, zeros - 1) + (1 << 13)) >> 14
    inverse = interpolate(_reciprocal_table(), clipped(normalised - (1 << 15) - (1 << 16), -32768, 32767, "int16"))
    right = 31 - zeros
    shares = (values * inverse + np.left_shift(np.int64(1), right - 1)) >> right
    return clipped(shares, 0, 32767, "int16")


def interpolated(table: Any, value: Any) -> Any:
    """:func:`~._tflite_tables.interpolate` as an expression; ``value`` is int32 in the range of int16."""
    place = (value >> 7) + 256
    base = table(place).astype("int32")
    slope = table(place + 1).astype("int32") - base
    return base + ((slope * (value & 127) + 64) >> 7)


def _lower_int16(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te, tirx

    type_ = ctx.tensor(0)
    shape, depth = type_.static_shape, type_.static_shape[-1]
    rescaling = known_rescaling(ctx, [_exp_factor(attrs)], attrs.rounding, 17)

    def compute(x: Any, exps: Any, reciprocals: Any) -> Any:
        k, n = (te.reduce_axis((0, depth), name) for name in ("k", "n"))
        greatest = te.compute(shape[:-1], lambda *i: te.max(x(*i, k), axis=k), name="greatest")

        def place(*i: Any) -> Any:
            below = rescaling.apply(x(*i).astype("int32") - greatest(*i[:-1]).astype("int32"))
            return clipped_expression(below, -(2**16) + 1, 0) + (2**15 - 1)

        places = te.compute(shape, place, name="place")
        values = te.compute(shape, lambda *i: interpolated(exps, places(*i)).astype("int16"), name="exponential")
        total = te.compute(shape[:-1], lambda *i: te.sum(values(*i, n).astype("int32"), axis=n), name="total")
        zeros = te.compute(shape[:-1], lambda *i: tirx.clz(total(*i)), name="zeros")

        def normalised(*i: Any) -> Any:
            wide = total(*i).astype("int64") << (zeros(*i) - 1).astype("int64")
            one = 1 << 16
            fraction = clipped_expression(((wide + (1 << 13)) >> 14).astype("int32"), one, 2 * one - 1) - one
            return fraction - (1 << 15)

        inverse_place = te.compute(shape[:-1], normalised, name="inverse_place")
        inverse = te.compute(shape[:-1], lambda *i: interpolated(reciprocals, inverse_place(*i)), name="inverse")

        def share(*i: Any) -> Any:
            row = i[:-1]
            product = values(*i).astype("int32") * inverse(*row)
            rounded = ((product >> (30 - zeros(*row))) + 1) >> 1
            return saturated(rounded, 0, 2**15 - 1, 0, "int16")

        return te.compute(shape, share, name="T_tflite_softmax")

    return ctx.emit_te(compute, data, ctx.constant(_exp_table()), ctx.constant(_reciprocal_table()))


register(
    "tflite.softmax",
    ("data",),
    (Attr("input_scale", "float"), Attr("beta", "float", 1.0), Attr("out_dtype", "dtype", "int8"), ROUNDING),
    infer=_infer_softmax,
    evaluate=_evaluate_softmax,
    lower=_lower_softmax,
    definition=f"{REFERENCE}softmax.h; parameters: {KERNELS}softmax_common.cc",
)
