"""``tflite.div``: the quotient of quantized int8 tensors, by a reciprocal in fixed point.

Definition: TFLM tensorflow/lite/kernels/internal/reference/div.h. A divisor of 0 has no value there; here the
quotient is the least or the greatest number, by the sign of the dividend, and that of 0 is 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._broadcast import binary_rule, emit_pointwise
from tvm_model_library.relay.ops._contracts import (
    doubling_high_product,
    multiply_single,
    quantized_multiplier,
    rounding_shift,
)
from tvm_model_library.relay.ops._contracts_te import represented, saturated
from tvm_model_library.relay.ops._fixed_point_functions import quotient_double, quotient_single
from tvm_model_library.relay.ops._fixed_point_math import count_leading_zeros, reciprocal
from tvm_model_library.relay.ops._tflite import (
    ACTIVATION,
    REFERENCE,
    ROUNDING,
    activation_range,
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

_NAMES = ("lhs", "rhs", "output")
_GREATEST_SHIFT = 23
_UNBOUNDED = 2**20


def _factor(attrs: Attrs) -> float:
    """What a quotient of numbers is multiplied by: computed in float32."""
    lhs, rhs, out = (np.float32(quantization(attrs, name).scale) for name in _NAMES)
    return float(lhs / (rhs * out))


def _infer(attrs: Attrs, lhs: Type, rhs: Type) -> TensorType:
    operands = [quantized(t, ("int8",), i, w) for i, (t, w) in enumerate(((lhs, "lhs"), (rhs, "rhs")))]
    for name in _NAMES:
        checked(attrs, name, "int8")
    if not 0 < _factor(attrs) < 2.0**_GREATEST_SHIFT:
        raise TypeRuleError(f"lhs_scale / (rhs_scale * output_scale) is out of range: {_factor(attrs)}")
    return binary_rule(attrs, *operands)


def _evaluate(attrs: Attrs, lhs: Array, rhs: Array) -> Array:
    a, b, out = (quantization(attrs, name) for name in _NAMES)
    dividend, divisor = np.broadcast_arrays(lhs.astype(np.int64) - a.zero_point, rhs.astype(np.int64) - b.zero_point)
    dividend, divisor = np.where(divisor < 0, -dividend, dividend), np.abs(divisor)
    inverse, excess = reciprocal(np.maximum(divisor, 1), 31)
    headroom = count_leading_zeros(np.where(dividend < 0, -dividend - 1, dividend)) - 1
    quotient = doubling_high_product(np.left_shift(dividend, headroom), inverse)
    multiplier, shift = quantized_multiplier(np.asarray(_factor(attrs)))
    right = excess + headroom - shift
    if attrs.rounding == "single":
        scaled = multiply_single(quotient, multiplier, -np.minimum(right, 31))
    else:
        scaled = rounding_shift(doubling_high_product(quotient, multiplier), np.minimum(right, 31))
    scaled = np.where(divisor == 0, dividend * _UNBOUNDED, np.where(right > 31, 0, scaled))
    return clipped(scaled + out.zero_point, *activation_range(attrs.activation, "int8", out), "int8")


def _lower(ctx: Lowering, attrs: Attrs, lhs: Any, rhs: Any) -> Any:
    a, b, out = (quantization(attrs, name) for name in _NAMES)
    low, high = activation_range(attrs.activation, "int8", out)
    multiplier, shift = represented(_factor(attrs), attrs.rounding)
    quotient = quotient_single if attrs.rounding == "single" else quotient_double

    def element(x: Any, y: Any) -> Any:
        scaled = quotient(x.astype("int32") - a.zero_point, y.astype("int32") - b.zero_point, multiplier, shift)
        return saturated(scaled, low, high, out.zero_point, "int8")

    return emit_pointwise(ctx, element, lhs, rhs)


register(
    "tflite.div",
    ("lhs", "rhs"),
    (*parameters(*_NAMES), ACTIVATION, ROUNDING),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition=f"{REFERENCE}div.h",
)
