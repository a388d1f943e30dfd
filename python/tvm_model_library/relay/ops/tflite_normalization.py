"""``tflite.l2_normalization``: int8 rows divided by their Euclidean length.

Definition: TFLM tensorflow/lite/kernels/internal/reference/integer_ops/l2normalization.h. The output has the scale
1/128 and the zero point 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._contracts import multiply_double, multiply_single
from tvm_model_library.relay.ops._contracts_te import saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._fixed_point_functions import (
    inverse_root,
    inverse_root_shift,
    requantize_double,
    requantize_single,
    square,
)
from tvm_model_library.relay.ops._fixed_point_math import inverse_square_root
from tvm_model_library.relay.ops._tflite import (
    REFERENCE,
    ROUNDING,
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

_OUT_BITS = 7
_LONGEST_ROW = 2**15
"""So many squares fit into 32 bits."""


def _infer(attrs: Attrs, data: Type) -> TensorType:
    x = quantized(data, ("int8",), 0, "data")
    checked(attrs, "input", x.dtype)
    if not x.rank or (x.shape[-1] or 0) > _LONGEST_ROW:
        raise TypeRuleError(f"the data must have rows of at most {_LONGEST_ROW} elements, found {x}", 0)
    return x


def _evaluate(attrs: Attrs, data: Array) -> Array:
    values = data.astype(np.int64) - quantization(attrs, "input").zero_point
    multiplier, shift = inverse_square_root((values * values).sum(axis=-1, keepdims=True))
    multiply = multiply_single if attrs.rounding == "single" else multiply_double
    return clipped(multiply(values, multiplier, shift + _OUT_BITS), *limits("int8"), "int8")


def _lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te, tirx

    shape = ctx.tensor(0).static_shape
    zero_point, zero = quantization(attrs, "input").zero_point, tirx.const(0, "int32")

    def compute(x: Any) -> Any:
        k = te.reduce_axis((0, shape[-1]), "k")

        def distance(*i: Any) -> Any:
            return x(*i).astype("int32") - zero_point

        rows = shape[:-1]
        total = te.compute(rows, lambda *i: te.sum(square(distance(*i, k)), axis=k), name="total")
        multiplier = te.compute(rows, lambda *i: inverse_root(total(*i)), name="multiplier")
        shift = te.compute(rows, lambda *i: inverse_root_shift(total(*i)) + _OUT_BITS, name="shift")

        def element(*i: Any) -> Any:
            row = i[:-1]
            if attrs.rounding == "single":
                scaled = requantize_single(distance(*i), multiplier(*row), 30 - shift(*row))
            else:
                left, right = tirx.max(shift(*row), zero), tirx.max(zero - shift(*row), zero)
                scaled = requantize_double(distance(*i), multiplier(*row), left, right)
            return saturated(scaled, *limits("int8"), 0, "int8")

        return te.compute(shape, element, name="T_l2_normalization")

    return ctx.emit_te(compute, data)


register(
    "tflite.l2_normalization",
    ("data",),
    (*parameters("input"), ROUNDING),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition=f"{REFERENCE}integer_ops/l2normalization.h",
)
