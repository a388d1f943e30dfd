"""``qnn.quantize`` and ``qnn.dequantize``: between real numbers and their quantized form.

Definitions: TVM 0.18 src/relay/qnn/op/quantize.cc, dequantize.cc. Quantization divides in float32, rounds halves
away from zero, adds the zero point in float32 and saturates; what is no number becomes the greatest integer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, register, tensor
from tvm_model_library.relay.ops._dtypes import given, limits
from tvm_model_library.relay.ops._qnn import (
    along,
    axis_extent,
    channel_axis,
    check_channelwise,
    check_dtype,
    check_out_dtype,
)
from tvm_model_library.relay.ops._requantize import saturate_real
from tvm_model_library.relay.ops.unary import round_expression
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from collections.abc import Callable

    from tvm_model_library.relay.lowering import Lowering

_QUANTIZED = ("int8", "uint8", "int16", "uint16", "int32")
_HALF_MAX = 65504.0


def _extent(x: TensorType, axis: int, scale: Type, zero_point: Type) -> Dim:
    """The number of channels; the axis doesn't matter where scale and zero point are scalars."""
    types = (tensor(scale, 1, "the scale"), tensor(zero_point, 2, "the zero point"))
    if all(t.rank == 0 or t.shape == (1,) for t in types):
        return 1
    return axis_extent(x, axis)


def quantize(data: Array, scale: Array, zero_point: Array, axis: int, dtype: str) -> Array:
    """Real numbers in quantized form."""
    ratio = data / along(scale, data.ndim, axis)
    rounded = np.copysign(np.floor(np.abs(ratio) + np.where(np.abs(ratio) < 2**23, 0.5, 0).astype(np.float32)), ratio)
    # The sum |ratio| + 0.5 rounds up to the next integer just below a half.
    rounded = np.where(np.abs(ratio) == np.nextafter(np.float32(0.5), np.float32(0)), np.float32(0), rounded)
    shifted = rounded.astype(np.float32) + along(zero_point, data.ndim, axis).astype(np.float32)
    low, high = limits(dtype)
    bounded = np.where(np.isnan(shifted), high, np.clip(shifted.astype(np.float64), low, high))
    return np.asarray(bounded.astype(np.int64).astype(dtype))


def dequantize(data: Array, scale: Array, zero_point: Array, axis: int, dtype: str = "float32") -> Array:
    """The real numbers that a quantized tensor stands for."""
    shifted = data.astype(np.int32) - along(zero_point, data.ndim, axis)
    real = shifted.astype(np.float32) * along(scale, data.ndim, axis)
    if dtype == "float16":
        return np.asarray(np.clip(real, -_HALF_MAX, _HALF_MAX).astype(np.float16))
    return np.asarray(real)


def _infer_quantize(attrs: Attrs, data: Type, scale: Type, zero_point: Type) -> TensorType:
    x = tensor(data, 0, "data")
    check_dtype(x, ("float32",), 0, "data")
    extent = _extent(x, attrs.axis, scale, zero_point)
    check_channelwise(scale, "float32", extent, 1, "output_scale")
    check_channelwise(zero_point, "int32", extent, 2, "output_zero_point")
    return TensorType(x.shape, check_out_dtype(attrs.out_dtype, _QUANTIZED))


def _evaluate_quantize(attrs: Attrs, data: Array, scale: Array, zero_point: Array) -> Array:
    return quantize(data, scale, zero_point, attrs.axis, attrs.out_dtype)


def quantize_expression(x: Any, scale: Any, zero_point: Any, dtype: str) -> Any:
    """The float32 expression ``x`` quantized; ``zero_point`` is a float32 expression."""
    return saturate_real(round_expression(x / scale, "float32") + zero_point, "float32", dtype)


def _emit(ctx: Lowering, axis: int, args: tuple[Any, ...], function: Callable[..., Any]) -> Any:
    """Emit ``out[i] = function(data[i], scale of the channel, zero point of the channel)``.

    Parameters that are known and equal for all channels become immediates.
    """
    from tvm import te, tirx

    shape = ctx.tensor(0).static_shape
    axis = channel_axis(axis, len(shape))
    values = [ctx.value_of(a) for a in args[1:]]
    uniform = [
        tirx.const(v.reshape(-1)[0].item(), v.dtype.name) if v is not None and np.all(v == v.reshape(-1)[0]) else None
        for v in values
    ]
    passed = [a for a, u in zip(args[1:], uniform, strict=True) if u is None]

    def compute(x: Any, parameters: list[Any]) -> Any:
        def element(*index: Any) -> Any:
            loads = iter(parameters)
            read = [u if u is not None else _channel(next(loads), index, axis) for u in uniform]
            return function(x(*index), *read)

        return te.compute(shape, element, name="T_" + ctx.operator.removeprefix("qnn."))

    return ctx.emit_te(compute, args[0], passed)


def _channel(parameter: Any, index: tuple[Any, ...], axis: int) -> Any:
    if len(parameter.shape) == 0:
        return parameter()
    return parameter(0 if int(parameter.shape[0]) == 1 else index[axis])


def _lower_quantize(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    def function(x: Any, scale: Any, zero: Any) -> Any:
        return quantize_expression(x, scale, zero.astype("float32"), attrs.out_dtype)

    return _emit(ctx, attrs.axis, args, function)


def _out_dtype(attrs: Attrs) -> str:
    return str(attrs.out_dtype) if given(attrs.out_dtype) else "float32"


def _infer_dequantize(attrs: Attrs, data: Type, scale: Type, zero_point: Type) -> TensorType:
    x = tensor(data, 0, "data")
    check_dtype(x, _QUANTIZED, 0, "data")
    extent = _extent(x, attrs.axis, scale, zero_point)
    check_channelwise(scale, "float32", extent, 1, "input_scale")
    check_channelwise(zero_point, "int32", extent, 2, "input_zero_point")
    return TensorType(x.shape, check_out_dtype(_out_dtype(attrs), ("float16", "float32")))


def _evaluate_dequantize(attrs: Attrs, data: Array, scale: Array, zero_point: Array) -> Array:
    return dequantize(data, scale, zero_point, attrs.axis, _out_dtype(attrs))


def _lower_dequantize(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    from tvm import tirx

    def function(x: Any, scale: Any, zero: Any) -> Any:
        real = (x.astype("int32") - zero).astype("float32") * scale
        if _out_dtype(attrs) == "float32":
            return real
        bound = tirx.const(_HALF_MAX, "float32")
        return tirx.min(tirx.max(real, -bound), bound).astype("float16")

    return _emit(ctx, attrs.axis, args, function)


register(
    "qnn.quantize",
    ("data", "output_scale", "output_zero_point"),
    (Attr("out_dtype", "dtype"), Attr("axis", "int", -1)),
    infer=_infer_quantize,
    evaluate=_evaluate_quantize,
    lower=_lower_quantize,
    definition="TVM 0.18 src/relay/qnn/op/quantize.cc",
)
register(
    "qnn.dequantize",
    ("data", "input_scale", "input_zero_point"),
    (Attr("out_dtype", "dtype?", None), Attr("axis", "int", -1)),
    infer=_infer_dequantize,
    evaluate=_evaluate_dequantize,
    lower=_lower_dequantize,
    definition="TVM 0.18 src/relay/qnn/op/dequantize.cc",
)
