"""``tflite.mean`` and ``tflite.sum`` of quantized numbers over some axes.

Definition: TFLM tensorflow/lite/kernels/internal/reference/reduce.h, QuantizedMeanOrSum.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._contracts import multiply_double, multiply_single, quantized_multiplier, wrap32
from tvm_model_library.relay.ops._contracts_te import Rescaling, represented, saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._tflite import (
    KERNELS,
    ROUNDING,
    checked,
    clipped,
    parameters,
    quantization,
    quantized,
)
from tvm_model_library.relay.ops.reduction import SUM, emit_reduction, reduced_axes, reduced_shape
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_MOST_HALVINGS = 32


def _infer(attrs: Attrs, data: Type) -> TensorType:
    x = quantized(data, ("int8", "int16"), 0, "data")
    for name in ("input", "output"):
        checked(attrs, name, x.dtype)
    if any(x.shape[a] == 0 for a in reduced_axes(attrs, x.rank)):
        raise TypeRuleError(f"there is nothing to sum in {x}", 0)
    return TensorType(reduced_shape(attrs, x.shape), x.dtype)


def _evaluate(attrs: Attrs, data: Array, mean: bool) -> Array:
    source, target = quantization(attrs, "input"), quantization(attrs, "output")
    axes = reduced_axes(attrs, data.ndim)
    count = prod(data.shape[a] for a in axes)
    total = wrap32(data.astype(np.int64).sum(axis=axes, keepdims=bool(attrs.keepdims)) - source.zero_point * count)
    multiplier, shift = quantized_multiplier(np.asarray(np.float64(source.scale) / np.float64(target.scale)))
    if mean:
        halvings = min(int(np.floor(np.log2(count))), _MOST_HALVINGS, 31 + int(shift))
        multiplier, shift = np.left_shift(multiplier, halvings) // count, shift - halvings
    scaled = (multiply_single if attrs.rounding == "single" else multiply_double)(total, multiplier, shift)
    dtype = data.dtype.name
    return clipped(scaled + target.zero_point, *limits(dtype), dtype)


def _lower(ctx: Lowering, attrs: Attrs, data: Any, mean: bool) -> Any:
    type_ = ctx.tensor(0)
    source, target = quantization(attrs, "input"), quantization(attrs, "output")
    count = prod(type_.static_shape[a] for a in reduced_axes(attrs, type_.rank))
    multiplier, shift = represented(source.scale / target.scale, attrs.rounding)
    if mean:
        halvings = min(count.bit_length() - 1, _MOST_HALVINGS, 31 + shift)
        multiplier, shift = (multiplier << halvings) // count, shift - halvings
    rescaling = Rescaling.by(multiplier, shift, attrs.rounding)

    def finish(total: Any, _: int) -> Any:
        scaled = rescaling.apply(total - source.zero_point * count if source.zero_point else total)
        return saturated(scaled, *limits(type_.dtype), target.zero_point, type_.dtype)

    def element(index: Any, x: Any) -> Any:
        return x(*index).astype("int32")

    return emit_reduction(ctx, attrs, SUM, element, finish, data)


for _name in ("mean", "sum"):
    register(
        f"tflite.{_name}",
        ("data",),
        (
            *parameters("input", "output"),
            Attr("axis", "int[]?", None),
            Attr("keepdims", "bool", False),
            Attr("exclude", "bool", False),
            ROUNDING,
        ),
        infer=_infer,
        evaluate=partial(_evaluate, mean=_name == "mean"),
        lower=partial(_lower, mean=_name == "mean"),
        definition=f"{KERNELS}reduce_common.cc",
    )
