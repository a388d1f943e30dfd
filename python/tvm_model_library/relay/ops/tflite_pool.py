"""``tflite.avg_pool2d``: the average of quantized numbers in NHWC, rounded.

Input and output have one scale and zero point, so that the numbers are averaged as they are; padding does not count.
Definition: TFLM tensorflow/lite/kernels/internal/reference/integer_ops/pooling.h.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._contracts_te import saturated
from tvm_model_library.relay.ops._fixed_point_functions import divide_rounded
from tvm_model_library.relay.ops._pool import Pool
from tvm_model_library.relay.ops._pool_te import divisor, pad_stage
from tvm_model_library.relay.ops._tflite import (
    ACTIVATION,
    REFERENCE,
    activation_range,
    checked,
    clipped,
    parameters,
    quantization,
    quantized,
)
from tvm_model_library.relay.ops._windows import pad_spatial, padding_pairs, sliding_windows, spatial_attribute
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_AXES = (1, 2)
_MOST_TAPS = 2**15
"""So many 16-bit numbers can be summed and rounded in 32 bits."""


def _geometry(attrs: Attrs) -> Pool:
    size, strides = (spatial_attribute(attrs, name, 2) for name in ("pool_size", "strides"))
    return Pool(_AXES, size, strides, (1, 1), padding_pairs(attrs.padding, 2), ceil=False)


def _infer(attrs: Attrs, data: Type) -> TensorType:
    x = quantized(data, ("int8", "int16"), 0, "data")
    checked(attrs, "", x.dtype)
    if x.rank != 4:
        raise TypeRuleError(f"the data must have the dimensions NHWC, found {x}", 0)
    geo = _geometry(attrs)
    if prod(geo.size) > _MOST_TAPS:
        raise TypeRuleError(f"pool_size has at most {_MOST_TAPS} elements, found {list(geo.size)}")
    for size, pads in zip(geo.size, geo.padding, strict=True):
        if not all(0 <= p < size for p in pads):
            raise TypeRuleError(f"padding must be at least 0 and less than pool_size, found {list(attrs.padding)}")
    counts = [geo.count(i, x.shape[axis]) for i, axis in enumerate(_AXES)]
    return TensorType((x.shape[0], *counts, x.shape[3]), x.dtype)


def _evaluate(attrs: Attrs, data: Array) -> Array:
    geo, dtype = _geometry(attrs), data.dtype.name
    counts = [geo.count(i, data.shape[axis]) or 0 for i, axis in enumerate(_AXES)]

    def sums(values: Array) -> Array:
        padded = pad_spatial(np.moveaxis(values.astype(np.int64), 3, 1), geo.padding)
        windows = sliding_windows(np.ascontiguousarray(padded), geo.size, geo.strides, (1, 1), counts)
        return np.moveaxis(windows.sum(axis=(-2, -1)), 1, 3)

    total, number = sums(data), sums(np.ones_like(data))
    rounded = np.sign(total) * ((np.abs(total) + number // 2) // number)
    low, high = activation_range(attrs.activation, dtype, quantization(attrs, ""))
    return clipped(rounded, low, high, dtype)


def _lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te

    type_, result = ctx.tensor(0), ctx.result
    geo, target = _geometry(attrs), result.static_shape
    low, high = activation_range(attrs.activation, type_.dtype, quantization(attrs, ""))

    def compute(x: Any) -> Any:
        padded = pad_stage(geo, x, type_.static_shape, 0)
        ry, rx = (te.reduce_axis((0, size), name) for size, name in zip(geo.size, ("ry", "rx"), strict=True))

        def tap(b: Any, y: Any, x: Any, c: Any) -> Any:
            return padded(b, y * geo.strides[0] + ry, x * geo.strides[1] + rx, c).astype("int32")

        total = te.compute(target, lambda *i: te.sum(tap(*i), axis=[ry, rx]), name="pool_sum")
        number = divisor(geo, type_.static_shape, include_pad=False)

        def average(*i: Any) -> Any:
            return saturated(divide_rounded(total(*i), number(i)), low, high, 0, type_.dtype)

        return te.compute(target, average, name="pool_avg")

    return ctx.emit_te(compute, data)


register(
    "tflite.avg_pool2d",
    ("data",),
    (
        Attr("pool_size", "int[]"),
        Attr("strides", "int[]", (1, 1)),
        Attr("padding", "int[]", (0, 0)),
        ACTIVATION,
        *parameters(""),
    ),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition=f"{REFERENCE}integer_ops/pooling.h",
)
