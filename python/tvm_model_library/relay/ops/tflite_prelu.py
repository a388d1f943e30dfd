"""``tflite.prelu`` and ``tflite.clamp``: rectifiers that are no function of one number alone, or of any.

Definitions: TFLM tensorflow/lite/kernels/internal/reference/prelu.h; tensorflow/lite/micro/kernels/activations.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._broadcast import broadcast_shape, emit_pointwise
from tvm_model_library.relay.ops._contracts import CONTRACTS
from tvm_model_library.relay.ops._contracts_te import rescaled_by_sign, saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._tflite import (
    ACTIVATION,
    KERNELS,
    REFERENCE,
    ROUNDING,
    activation_range,
    checked,
    clipped,
    parameters,
    quantization,
    quantized,
)
from tvm_model_library.relay.ops.tflite_rescale import known_rescaling
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer_prelu(attrs: Attrs, data: Type, alpha: Type) -> TensorType:
    x = quantized(data, ("int8", "int16"), 0, "data")
    slope = quantized(alpha, ("int8",), 1, "alpha")
    for name, dtype in (("input", x.dtype), ("alpha", slope.dtype), ("output", x.dtype)):
        checked(attrs, name, dtype)
    if broadcast_shape(x.shape, slope.shape) != x.shape:
        raise TypeRuleError(f"alpha must broadcast to the data {x}, found {slope}", 1)
    return x


def _evaluate_prelu(attrs: Attrs, data: Array, alpha: Array) -> Array:
    source, slope, target = (quantization(attrs, name) for name in ("input", "alpha", "output"))
    contract, dtype = CONTRACTS[attrs.rounding], data.dtype.name
    values = data.astype(np.int64) - source.zero_point
    product = values * (alpha.astype(np.int64) - slope.zero_point)
    above = contract.multiply(values, np.float64(source.scale) / np.float64(target.scale))
    below = contract.multiply(product, contract.factor(*(np.float32(q.scale) for q in (source, slope, target))))
    return clipped(np.where(values >= 0, above, below) + target.zero_point, *limits(dtype), dtype)


def _lower_prelu(ctx: Lowering, attrs: Attrs, data: Any, alpha: Any) -> Any:
    dtype = ctx.tensor(0).dtype
    source, slope, target = (quantization(attrs, name) for name in ("input", "alpha", "output"))
    factors = [source.scale / target.scale, source.scale * slope.scale / target.scale]
    above, below = (known_rescaling(ctx, [f], attrs.rounding) for f in factors)

    def element(x: Any, a: Any) -> Any:
        distance, slopes = x.astype("int32") - source.zero_point, a.astype("int32") - slope.zero_point
        chosen = rescaled_by_sign(distance, slopes, 1, above, below)
        return saturated(chosen, *limits(dtype), target.zero_point, dtype)

    return emit_pointwise(ctx, element, data, alpha)


def _infer_clamp(attrs: Attrs, data: Type) -> TensorType:
    x = quantized(data, ("int8", "int16"), 0, "data")
    checked(attrs, "", x.dtype)
    return x


def _evaluate_clamp(attrs: Attrs, data: Array) -> Array:
    dtype = data.dtype.name
    return clipped(data, *activation_range(attrs.activation, dtype, quantization(attrs, "")), dtype)


def _lower_clamp(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    dtype = ctx.tensor(0).dtype
    low, high = activation_range(attrs.activation, dtype, quantization(attrs, ""))
    return emit_pointwise(ctx, lambda x: saturated(x.astype("int32"), low, high, 0, dtype), data)


register(
    "tflite.prelu",
    ("data", "alpha"),
    (*parameters("input", "alpha", "output"), ROUNDING),
    infer=_infer_prelu,
    evaluate=_evaluate_prelu,
    lower=_lower_prelu,
    definition=f"{REFERENCE}prelu.h",
)
register(
    "tflite.clamp",
    ("data",),
    (ACTIVATION, *parameters("")),
    infer=_infer_clamp,
    evaluate=_evaluate_clamp,
    lower=_lower_clamp,
    definition=f"{KERNELS}activations.h",
)
