"""``tflite.rescale`` and ``tflite.requantize``: integers onto another scale.

``rescale`` brings the sums of a convolution, a matrix product or a fully connected layer onto the output's scale; its
``rounding`` names an integer contract (:mod:`_contracts`), so that it serves other engines' files as well. From and to
real numbers, ``qnn.quantize`` and ``qnn.dequantize`` compute what TFLM does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_pointwise
from tvm_model_library.relay.ops._contracts import CONTRACTS, wrap32
from tvm_model_library.relay.ops._contracts_te import Rescaling, UnsupportedFactorError, saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._qnn import (
    along,
    axis_extent,
    channel_axis,
    check_channelwise,
    check_dtype,
    check_out_dtype,
    known_scale,
)
from tvm_model_library.relay.ops._tflite import (
    ACTIVATION,
    KERNELS,
    REFERENCE,
    ROUNDING,
    activation_range,
    check_scale,
    checked,
    clipped,
    parameters,
    quantization,
    quantized,
)
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_OUT = ("int8", "uint8", "int16", "int32")
_PAIRS = {
    "int8": ("int8", "uint8", "int16", "int32"),
    "uint8": ("int8",),
    "int16": ("int8", "int16", "int32"),
    "int32": ("int8", "int16"),
}
"""The types that TFLM requantizes to, by the type that it requantizes from."""


def _infer_rescale(attrs: Attrs, data: Type, weight_scale: Type) -> TensorType:
    x = tensor(data, 0, "data")
    check_dtype(x, CONTRACTS[attrs.rounding].accumulators, 0, f"data of rounding {attrs.rounding!r}")
    check_channelwise(weight_scale, "float32", axis_extent(x, attrs.axis), 1, "weight_scale")
    out = check_out_dtype(attrs.out_dtype, _OUT)
    check_scale(attrs.input_scale, "input_scale")
    checked(attrs, "output", out, symmetric=())
    if attrs.activation != "none" and out == "int32":
        raise TypeRuleError("an activation needs an out_dtype of 8 or 16 bits, found int32")
    return TensorType(x.shape, out)


def _evaluate_rescale(attrs: Attrs, data: Array, weight_scale: Array) -> Array:
    contract, output = CONTRACTS[attrs.rounding], quantization(attrs, "output")
    weight = along(weight_scale, data.ndim, attrs.axis)
    factors = contract.factor(np.float32(attrs.input_scale), weight, np.float32(output.scale))
    low, high = activation_range(attrs.activation, attrs.out_dtype, output)
    return clipped(contract.multiply(data, factors) + output.zero_point, low, high, attrs.out_dtype)


def _lower_rescale(ctx: Lowering, attrs: Attrs, data: Any, weight_scale: Any) -> Any:
    from tvm import te

    type_, output = ctx.tensor(0), quantization(attrs, "output")
    axis = channel_axis(attrs.axis, type_.rank)
    scales = [_factor(attrs, s) for s in known_scale(ctx, weight_scale, "weight_scale")]
    low, high = activation_range(attrs.activation, attrs.out_dtype, output)
    rescaling = known_rescaling(ctx, scales, attrs.rounding)

    def compute(x: Any, tables: list[Any]) -> Any:
        def element(*index: Any) -> Any:
            scaled = rescaling.apply(x(*index), tables, index[axis] if index else 0)
            return saturated(scaled, low, high, output.zero_point, attrs.out_dtype)

        return te.compute(type_.static_shape, element, name="T_rescale")

    return ctx.emit_te(compute, data, [ctx.constant(t) for t in rescaling.tables])


def _factor(attrs: Attrs, weight_scale: float) -> float:
    """The real factor of a channel; ``float32`` rounds after each operation."""
    given, out = np.float32(attrs.input_scale), np.float32(attrs.output_scale)
    if attrs.rounding == "float32":
        return float(given * np.float32(weight_scale) / out)
    return float(given) * weight_scale / float(out)


def known_rescaling(ctx: Lowering, factors: list[float], rounding: str, bits: int = 32) -> Rescaling:
    """The :class:`Rescaling` by these factors; refused where the contract has no multiplier for one."""
    try:
        return Rescaling(factors, rounding, bits)
    except UnsupportedFactorError as error:
        ctx.refuse(str(error))


def _infer_requantize(attrs: Attrs, data: Type) -> TensorType:
    x = quantized(data, tuple(_PAIRS), 0, "data")
    check_out_dtype(attrs.out_dtype, _PAIRS[x.dtype])
    checked(attrs, "input", x.dtype, symmetric=())
    checked(attrs, "output", attrs.out_dtype, symmetric=())
    return TensorType(x.shape, attrs.out_dtype)


def _evaluate_requantize(attrs: Attrs, data: Array) -> Array:
    source, target = quantization(attrs, "input"), quantization(attrs, "output")
    shifted = wrap32(data.astype(np.int64) - source.zero_point)
    scaled = CONTRACTS[attrs.rounding].multiply(shifted, np.float64(source.scale) / np.float64(target.scale))
    return clipped(wrap32(scaled + target.zero_point), *limits(attrs.out_dtype), attrs.out_dtype)


def _lower_requantize(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    dtype, source, target = ctx.tensor(0).dtype, quantization(attrs, "input"), quantization(attrs, "output")
    bits = 32 if dtype == "int32" else 17
    rescaling = known_rescaling(ctx, [source.scale / target.scale], attrs.rounding, bits)

    def element(x: Any) -> Any:
        wide = x.astype("int32")
        scaled = rescaling.apply(wide - source.zero_point if source.zero_point else wide)
        return saturated(scaled, *limits(attrs.out_dtype), target.zero_point, attrs.out_dtype)

    return emit_pointwise(ctx, element, data)


register(
    "tflite.rescale",
    ("data", "weight_scale"),
    (
        Attr("input_scale", "float"),
        *parameters("output"),
        Attr("axis", "int", -1),
        ACTIVATION,
        Attr("rounding", "str", "double", tuple(CONTRACTS)),
        Attr("out_dtype", "dtype"),
    ),
    infer=_infer_rescale,
    evaluate=_evaluate_rescale,
    lower=_lower_rescale,
    definition=f"{KERNELS}conv_common.cc",
)
register(
    "tflite.requantize",
    ("data",),
    (*parameters("input", "output"), ROUNDING, Attr("out_dtype", "dtype")),
    infer=_infer_requantize,
    evaluate=_evaluate_requantize,
    lower=_lower_requantize,
    definition=f"{REFERENCE}requantize.h",
)
