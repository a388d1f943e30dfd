"""``tflite.log_softmax`` over the last axis of int8 data, in fixed point.

Definition: TFLM tensorflow/lite/kernels/internal/reference/log_softmax.h. The output has the scale 1/16 and the zero
point 127.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._contracts import (
    multiply_double,
    multiply_single,
    quantized_multiplier,
    rounding_shift,
    wrap32,
)
from tvm_model_library.relay.ops._contracts_te import Rescaling, represented, saturated
from tvm_model_library.relay.ops._fixed_point_functions import logarithm_q26, shift_rounded
from tvm_model_library.relay.ops._fixed_point_math import logarithm
from tvm_model_library.relay.ops._tflite import REFERENCE, ROUNDING, check_scale, clipped, quantized
from tvm_model_library.relay.ops._tflite_tables import exponentials
from tvm_model_library.relay.ops.tflite_softmax import (
    SUM_BITS,
    check_row,
    difference_factor,
    emit_row_sums,
    exponential_table,
    least_difference,
    scaled_differences,
)
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_OUT_SHIFT = 31 - 5 - 4
"""From Q5.26 to the output's 4 fraction bits."""


def _infer(attrs: Attrs, data: Type) -> TensorType:
    x = quantized(data, ("int8",), 0, "data")
    check_row(x)
    check_scale(attrs.input_scale, "input_scale")
    if difference_factor(attrs.input_scale, 1.0) <= 1:
        raise TypeRuleError(f"input_scale is too small: {attrs.input_scale}")
    return x


def _evaluate(attrs: Attrs, data: Array) -> Array:
    multiply = multiply_single if attrs.rounding == "single" else multiply_double
    multiplier, shift = quantized_multiplier(np.asarray(difference_factor(attrs.input_scale, 1.0)))
    table = exponentials(scaled_differences(attrs.input_scale, 1.0, attrs.rounding)).astype(np.int64)
    below = data.astype(np.int64) - data.max(axis=-1, keepdims=True)
    values = np.where(-below < table.size, table[np.minimum(-below, table.size - 1)], 0)
    log_sum = logarithm(rounding_shift(values, SUM_BITS).sum(axis=-1, keepdims=True))
    backwards = quantized_multiplier(2.0 ** (31 - shift.astype(np.float64)) / multiplier.astype(np.float64))
    reach = multiply(wrap32(log_sum - 2**31), *backwards)
    least = np.maximum(least_difference(int(shift)) - 1, reach)
    scaled = rounding_shift(wrap32(multiply(below, multiplier, shift) - log_sum), _OUT_SHIFT)
    return clipped(np.where(below > least, scaled + 127, -128), -128, 127, "int8")


def _lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te, tirx

    shape = ctx.tensor(0).static_shape
    multiplier, shift = represented(difference_factor(attrs.input_scale, 1.0), attrs.rounding)
    forwards = Rescaling.by(multiplier, shift, attrs.rounding)
    backwards = Rescaling.by(*represented(2.0 ** (31 - shift) / multiplier, attrs.rounding), attrs.rounding)
    table = exponential_table(attrs.input_scale, 1.0, attrs.rounding)

    def compute(x: Any, exps: Any) -> Any:
        greatest, total = emit_row_sums(x, exps, shape, table.size)
        log_sum = te.compute(shape[:-1], lambda *i: logarithm_q26(total(*i)), name="log_sum")

        def reach(*i: Any) -> Any:
            farthest = backwards.apply(log_sum(*i) + tirx.const(-(2**31), "int32"))
            return tirx.max(farthest, tirx.const(least_difference(shift) - 1, "int32"))

        least = te.compute(shape[:-1], reach, name="least")

        def element(*i: Any) -> Any:
            row = i[:-1]
            below = x(*i).astype("int32") - greatest(*row).astype("int32")
            rounded = shift_rounded(forwards.apply(below) - log_sum(*row), _OUT_SHIFT)
            value = saturated(rounded, -128, 127, 127, "int8")
            return tirx.Select(below > least(*row), value, tirx.const(-128, "int8"))

        return te.compute(shape, element, name="T_log_softmax")

    return ctx.emit_te(compute, data, ctx.constant(table))


register(
    "tflite.log_softmax",
    ("data",),
    (Attr("input_scale", "float"), ROUNDING),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition=f"{REFERENCE}log_softmax.h",
)
