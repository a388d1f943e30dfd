"""Functions of quantized 8-bit tensors by table: ``tflite.relu``, ``leaky_relu``, ``logistic``, ``tanh``,
``hard_swish``, ``elu``, ``abs`` and ``rsqrt``; and what some of them compute on 16 bits.

The table of an int8 function has 256 entries, made by its definition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._broadcast import emit_pointwise, kernel_name
from tvm_model_library.relay.ops._contracts import (
    CONTRACTS,
    multiply_double,
    multiply_single,
    quantized_multiplier,
    rounding_shift,
)
from tvm_model_library.relay.ops._contracts_te import rescaled_by_sign, saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._fixed_point_functions import absolute
from tvm_model_library.relay.ops._fixed_point_math import inverse_square_root, logistic, tanh
from tvm_model_library.relay.ops._tflite import (
    KERNELS,
    REFERENCE,
    ROUNDING,
    Quantization,
    checked,
    clipped,
    parameters,
    quantization,
    quantized,
)
from tvm_model_library.relay.ops._tflite_sigmoid import (
    sigmoid16,
    sigmoid16_expression,
    tanh16,
    tanh16_expression,
)
from tvm_model_library.relay.ops._tflite_tables import ALL_INT8, in_float64, read_int8, real_int8_table, sigmoid_points
from tvm_model_library.relay.ops.tflite_rescale import known_rescaling
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_BOTH = ("input", "output")
_INT8 = "int8"


@dataclass(frozen=True)
class _Function:
    """A function of one quantized tensor.

    ``meaning(attrs, data)`` defines it; on int8 the kernel reads ``meaning(attrs, all int8 numbers)`` as a table.
    ``lower16(ctx, attrs, data)`` is the kernel on int16; without it the function takes int8 only. ``quantities``
    names the scales and zero points that are attributes.
    """

    name: str
    meaning: Callable[[Attrs, Array], Array]
    definition: str
    quantities: tuple[str, ...] = _BOTH
    more: tuple[Attr, ...] = ()
    lower16: Callable[[Lowering, Attrs, Any], Any] | None = None
    check: Callable[[Attrs, str], None] = lambda attrs, dtype: None

    def infer(self, attrs: Attrs, data: Type) -> TensorType:
        x = quantized(data, (_INT8, "int16") if self.lower16 else (_INT8,), 0, "data")
        for name in self.quantities:
            checked(attrs, name, x.dtype)
        self.check(attrs, x.dtype)
        return x

    def evaluate(self, attrs: Attrs, data: Array) -> Array:
        return self.meaning(attrs, data)

    def lower(self, ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        if ctx.tensor(0).dtype == "int16":
            assert self.lower16 is not None
            return self.lower16(ctx, attrs, data)
        return emit_table(ctx, data, self.meaning(attrs, ALL_INT8))


def emit_table(ctx: Lowering, data: Any, table: Array) -> Any:
    """Emit the entries for int8 numbers, in the order of bit patterns: elementwise, whatever the index looks like."""
    from tvm import te

    shape = ctx.tensor(0).static_shape

    def compute(x: Any, entries: Any) -> Any:
        return te.compute(
            shape, lambda *i: entries(x(*i).astype("uint8").astype("int32")), name=kernel_name(ctx.operator)
        )

    broadcast = 1  # TVM's pattern: it may follow a sum in one kernel
    return ctx.emit_te(compute, data, ctx.constant(table), primfunc_attrs={"op_pattern": broadcast})


def _quantities(attrs: Attrs) -> tuple[Quantization, Quantization]:
    return quantization(attrs, "input"), quantization(attrs, "output")


def _finished(values: Array, zero_point: int, dtype: str) -> Array:
    return clipped(values + zero_point, *limits(dtype), dtype)


def _relu(attrs: Attrs, data: Array) -> Array:
    source, target = _quantities(attrs)
    dtype, factor = data.dtype.name, np.float64(source.scale) / np.float64(target.scale)
    scaled = CONTRACTS[attrs.rounding].multiply(data.astype(np.int64) - source.zero_point, factor)
    low, high = limits(dtype)
    return clipped(scaled + target.zero_point, max(low, target.zero_point), high, dtype)


def _lower_relu(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    source, target = _quantities(attrs)
    rescaling = known_rescaling(ctx, [source.scale / target.scale], attrs.rounding, 16)
    return emit_pointwise(ctx, lambda x: saturated(rescaling.apply(x.astype("int32")), 0, 2**15 - 1, 0, "int16"), data)


def _leaky_relu(attrs: Attrs, data: Array) -> Array:
    source, target = _quantities(attrs)
    shifted, multiply = data.astype(np.int64) - source.zero_point, CONTRACTS[attrs.rounding].multiply
    above = multiply(shifted, np.float64(source.scale) / np.float64(target.scale))
    slope = np.float64(np.float32(attrs.alpha))
    below = multiply(shifted, np.float64(source.scale) * np.abs(slope) / np.float64(target.scale)) * np.sign(slope)
    chosen = np.where(shifted >= 0, above, below.astype(np.int64))
    return _finished(chosen, target.zero_point, data.dtype.name)


def _lower_leaky_relu(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    source, target = _quantities(attrs)
    slope = float(np.float32(attrs.alpha))
    factors = [source.scale / target.scale, source.scale * abs(slope) / target.scale]
    above, below = (known_rescaling(ctx, [f], attrs.rounding) for f in factors)

    def element(x: Any) -> Any:
        chosen = rescaled_by_sign(x.astype("int32"), 1, -1 if slope < 0 else 1, above, below)
        return saturated(chosen, *limits("int16"), 0, "int16")

    return emit_pointwise(ctx, element, data)


def _abs(attrs: Attrs, data: Array) -> Array:
    source, target = _quantities(attrs)
    values = np.abs(data.astype(np.int64) - source.zero_point)
    if source.scale != target.scale:
        factor = np.float64(source.scale) / np.float64(target.scale)
        values = CONTRACTS[attrs.rounding].multiply(values, factor)
    return _finished(values, target.zero_point, data.dtype.name)


def _lower_abs(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    source, target = _quantities(attrs)
    rescaling = known_rescaling(ctx, [source.scale / target.scale], attrs.rounding, 16)

    def element(x: Any) -> Any:
        distance = absolute(x.astype("int32"))
        scaled = distance if source.scale == target.scale else rescaling.apply(distance)
        return saturated(scaled, *limits("int16"), 0, "int16")

    return emit_pointwise(ctx, element, data)


_ARGUMENT_BITS = 4
"""Integer bits of the argument of the 8-bit sigmoid and hyperbolic tangent."""


def _fixed_point_argument(attrs: Attrs, data: Array) -> tuple[Array, Array]:
    """The argument in Q4.27, and from which distance of the zero point on the result is the end of its range."""
    source = quantization(attrs, "input")
    multiplier, shift = quantized_multiplier(np.asarray(np.float64(source.scale) * 2.0 ** (31 - _ARGUMENT_BITS)))
    radius = np.floor(15 * 2.0**27 / 2.0 ** shift.astype(np.float64)).astype(np.int64)
    shifted = data.astype(np.int64) - source.zero_point
    inside = np.clip(shifted, -radius, radius)
    multiply = multiply_single if attrs.rounding == "single" else multiply_double
    end = np.where(shifted <= -radius, -1, np.where(shifted >= radius, 1, 0))
    return multiply(inside, multiplier, shift), end


def _logistic(attrs: Attrs, data: Array) -> Array:
    if data.dtype == np.int16:
        return sigmoid16(_table_argument(attrs, data, (0,))).astype(np.int16)
    argument, end = _fixed_point_argument(attrs, data)
    values = rounding_shift(logistic(argument, _ARGUMENT_BITS), 31 - 8) - 128
    return _with_ends(values, end)


def _tanh(attrs: Attrs, data: Array) -> Array:
    if data.dtype == np.int16:
        return tanh16(_table_argument(attrs, data, (0, 1))).astype(np.int16)
    argument, end = _fixed_point_argument(attrs, data)
    return _with_ends(rounding_shift(tanh(argument, _ARGUMENT_BITS), 31 - 7), end)


def _with_ends(values: Array, end: Array) -> Array:
    low, high = limits(_INT8)
    return clipped(np.where(end < 0, low, np.where(end > 0, high, values)), low, high, _INT8)


def _argument_scaling(attrs: Attrs, exact: tuple[int, ...]) -> tuple[int, int]:
    """Multiplier and right shift from int16 numbers to the argument of :mod:`_tflite_sigmoid`.

    Scales of ``2**(k - 12)``, k in ``exact``, are multiplied by ``3 * 2**k``; others by a number of at most 15 bits.
    """
    scale = quantization(attrs, "input").scale
    power = np.log2(scale)
    if abs(power - np.round(power)) < 1e-3 and int(np.round(power)) + 12 in exact:
        return 3 << (int(np.round(power)) + 12), 0
    multiplier, shift = scale * 4096.0 * 3.0, 0
    while multiplier <= 32767.0 / 2.0 and shift <= 30:
        multiplier, shift = multiplier * 2.0, shift + 1
    return int(multiplier), shift


def _table_argument(attrs: Attrs, data: Array, exact: tuple[int, ...]) -> Array:
    multiplier, shift = _argument_scaling(attrs, exact)
    return np.asarray((data.astype(np.int64) * multiplier + ((1 << shift) >> 1)) >> shift)


def _check_sigmoid(attrs: Attrs, dtype: str) -> None:
    if dtype == "int16" and quantization(attrs, "input").scale * 4096.0 * 3.0 > 32767:
        raise TypeRuleError(f"input_scale of int16 data must be at most 2.666, found {attrs.input_scale}")


def _lower_points(
    expression: Callable[[Any, Any], Any], exact: tuple[int, ...]
) -> Callable[[Lowering, Attrs, Any], Any]:
    def lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        from tvm import te

        shape = ctx.tensor(0).static_shape
        multiplier, shift = _argument_scaling(attrs, exact)

        def compute(x: Any, points: Any) -> Any:
            def argument(*i: Any) -> Any:
                product = x(*i).astype("int32") * multiplier
                return (product + (1 << (shift - 1))) >> shift if shift else product

            scaled = te.compute(shape, argument, name="scaled")
            return te.compute(
                shape, lambda *i: expression(points, scaled(*i)).astype("int16"), name=kernel_name(ctx.operator)
            )

        return ctx.emit_te(compute, data, ctx.constant(sigmoid_points()))

    return lower


def _hard_swish(attrs: Attrs, data: Array) -> Array:
    source, target = _quantities(attrs)
    fine = np.float32(1 / 128) * np.float32(source.scale)
    out_multiplier, out_shift = _multiplier16(np.float64(fine / np.float32(target.scale)))
    gate_multiplier, gate_shift = _multiplier16(np.float64(fine / np.float32(3 / 32768)))
    hires = (data.astype(np.int64) - source.zero_point) << 7
    on_output = _high16(hires, out_multiplier)
    gate = _saturating16(hires << max(gate_shift - 1, 0)) if gate_shift > 0 else hires
    gate = _high16(gate, gate_multiplier)
    gate = _saturating16(gate << 1) if gate_shift > 0 else _rounding_shift16(gate, -gate_shift)
    gate = (gate + (1 << 15)) >> 1
    product = np.trunc(gate * on_output / 2.0**15).astype(np.int64)
    return _finished(_rounding_shift16(product, -out_shift), target.zero_point, _INT8)


def _rounding_shift16(values: Array, bits: int) -> Array:
    """RoundingDivideByPOT of gemmlowp on int16: from 16 bits on its mask is -1, and what is left is 1 or -1, not 0."""
    return rounding_shift(values, bits) if bits < 16 else np.where(values < 0, -1, 1)


def _check_hard_swish(attrs: Attrs, dtype: str) -> None:
    source, target = _quantities(attrs)
    if quantized_multiplier(np.asarray(np.float64(source.scale / 128 / target.scale)))[1] > 0:
        raise TypeRuleError(f"output_scale {target.scale} is too small for input_scale {source.scale}")


def _multiplier16(factor: float) -> tuple[int, int]:
    """A multiplier of 15 bits, and the shift."""
    multiplier, shift = (int(v) for v in quantized_multiplier(np.asarray(factor)))
    reduced = 2**15 - 1 if multiplier >= 2**31 - 1 - (1 << 15) else (multiplier + (1 << 15)) >> 16
    return reduced, shift


def _high16(values: Array, multiplier: int) -> Array:
    """``values * multiplier / 2**15`` of int16 numbers, halves rounded up."""
    return np.asarray((values * multiplier + (1 << 14)) >> 15)


def _saturating16(values: Array) -> Array:
    return np.asarray(np.clip(values, -(2**15), 2**15 - 1))


def _elu(attrs: Attrs, data: Array) -> Array:
    source, target = _quantities(attrs)

    def elu(x: Array) -> Array:
        exponential = in_float64(np.exp)(np.minimum(x, np.float32(0)))
        return np.where(x < 0, exponential - np.float32(1), x)

    table = real_int8_table(elu, source.scale, source.zero_point, target.scale, target.zero_point)
    return read_int8(table, data)


_ROOT_BITS = 20


def _rsqrt(attrs: Attrs, data: Array) -> Array:
    """Below the zero point TFLM stops with an error; here those numbers have the result of 0, the greatest."""
    source, target = _quantities(attrs)
    multiply = multiply_single if attrs.rounding == "single" else multiply_double
    root = np.sqrt(np.float64(source.scale)) * np.float64(target.scale)
    multiplier, shift = quantized_multiplier(np.asarray(1 / root))
    values = data.astype(np.int64) - source.zero_point
    inverse, inverse_shift = inverse_square_root(np.maximum(values, 0))
    fine = multiply(np.ones_like(values), inverse, inverse_shift + _ROOT_BITS)
    scaled = multiply(fine, multiplier, shift - _ROOT_BITS)
    return _finished(np.where(values <= 0, 255 - target.zero_point, scaled), target.zero_point, _INT8)


_POINTS = (REFERENCE + "integer_ops/logistic.h", REFERENCE + "integer_ops/tanh.h")

for _function in (
    _Function("relu", _relu, f"{KERNELS}activations_common.cc", more=(ROUNDING,), lower16=_lower_relu),
    _Function(
        "leaky_relu",
        _leaky_relu,
        f"{REFERENCE}leaky_relu.h",
        more=(Attr("alpha", "float"), ROUNDING),
        lower16=_lower_leaky_relu,
    ),
    _Function("abs", _abs, f"{KERNELS}elementwise.cc", more=(ROUNDING,), lower16=_lower_abs),
    _Function(
        "logistic",
        _logistic,
        _POINTS[0],
        ("input",),
        (ROUNDING,),
        _lower_points(sigmoid16_expression, (0,)),
        _check_sigmoid,
    ),
    _Function(
        "tanh", _tanh, _POINTS[1], ("input",), (ROUNDING,), _lower_points(tanh16_expression, (0, 1)), _check_sigmoid
    ),
    _Function("hard_swish", _hard_swish, f"{REFERENCE}hard_swish.h", check=_check_hard_swish),
    _Function("elu", _elu, f"{KERNELS}elu.cc"),
    _Function("rsqrt", _rsqrt, f"{KERNELS}elementwise.cc", more=(ROUNDING,)),
):
    register(
        f"tflite.{_function.name}",
        ("data",),
        (*parameters(*_function.quantities), *_function.more),
        infer=_function.infer,
        evaluate=_function.evaluate,
        lower=_function.lower,
        definition=_function.definition,
    )
