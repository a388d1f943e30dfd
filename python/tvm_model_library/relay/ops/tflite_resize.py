"""``tflite.resize_bilinear`` (int8, float32) and ``tflite.resize_nearest_neighbor`` (any dtype) of NHWC images.

Where a pixel of the result lies in the data is computed in float32, for int8 with 10 fraction bits. Definitions: TFLM
tensorflow/lite/kernels/internal/reference/resize_bilinear.h, resize_nearest_neighbor.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import kernel_name
from tvm_model_library.relay.ops._fixed_point_functions import shift_rounded
from tvm_model_library.relay.ops._qnn import check_dtype
from tvm_model_library.relay.ops._tflite import REFERENCE, ROUNDING
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_BITS = 10
_ONE = 1 << _BITS


@dataclass(frozen=True)
class _Axis:
    """For each place of the result along one axis: two places in the data, and the weight of the second."""

    first: Array
    second: Array
    weight: Array


def _check(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    if x.rank != 4:
        raise TypeRuleError(f"the data must have the dimensions NHWC, found {x}", 0)
    if len(attrs.size) != 2 or min(attrs.size) < 1:
        raise TypeRuleError(f"size must be two positive numbers, found {list(attrs.size)}")
    if any(d == 0 for d in x.shape[1:3]):
        raise TypeRuleError(f"there is nothing to resize in {x}", 0)
    return TensorType((x.shape[0], *attrs.size, x.shape[3]), x.dtype)


def _infer_bilinear(attrs: Attrs, data: Type) -> TensorType:
    result = _check(attrs, data)
    check_dtype(result, ("int8", "float32"), 0, "data")
    if attrs.align_corners and attrs.half_pixel_centers:
        raise TypeRuleError("align_corners and half_pixel_centers exclude each other")
    source = tensor(data, 0, "data").shape[1:3]
    for given, size in zip(source, attrs.size, strict=True):
        if result.dtype == "int8" and given is not None and int(_fixed_axis(attrs, given, size).first.max()) >= given:
            raise TypeRuleError(f"with {_BITS} fraction bits, {size} pixels of {given} lie beyond the data")
    return result


def _fixed_axis(attrs: Attrs, given: int, size: int) -> _Axis:
    """Places with 10 fraction bits."""
    scale = (_ONE * given + size // 2) // size
    if attrs.align_corners and size > 1:
        scale = (_ONE * (given - 1) + (size - 1) // 2) // (size - 1)
    place = np.arange(size, dtype=np.int64) * scale
    if attrs.half_pixel_centers:
        place = place + scale // 2 - _ONE // 2
    first = np.maximum(np.trunc(place / _ONE).astype(np.int64), 0)
    second = np.minimum(np.trunc((place + _ONE - 1) / _ONE).astype(np.int64), given - 1)
    return _Axis(first, second, place - _ONE * first)


def _real_scale(attrs: Attrs, given: int, size: int) -> Any:
    if attrs.align_corners and size > 1:
        return np.float32(given - 1) / np.float32(size - 1)
    return np.float32(given) / np.float32(size)


def _real_axis(attrs: Attrs, given: int, size: int) -> _Axis:
    """Places in float32."""
    place, scale = np.arange(size, dtype=np.float32), _real_scale(attrs, given, size)
    place = (place + np.float32(0.5)) * scale - np.float32(0.5) if attrs.half_pixel_centers else place * scale
    first = np.clip(np.floor(place), 0, given - 1).astype(np.int64)
    second = np.minimum(np.ceil(place), given - 1).astype(np.int64)
    return _Axis(first, second, place - first.astype(np.float32))


def _axes(attrs: Attrs, data: tuple[int, ...], dtype: str) -> list[_Axis]:
    axis = _fixed_axis if dtype == "int8" else _real_axis
    return [axis(attrs, given, size) for given, size in zip(data[1:3], attrs.size, strict=True)]


def _evaluate_bilinear(attrs: Attrs, data: Array) -> Array:
    y, x = _axes(attrs, data.shape, data.dtype.name)
    one: Any = _ONE if data.dtype == np.int8 else np.float32(1)
    wide = data.astype(np.int64 if data.dtype == np.int8 else np.float32)
    down, right = y.weight[:, None, None], x.weight[:, None]
    total = (
        wide[:, y.first][:, :, x.first] * (one - down) * (one - right)
        + wide[:, y.second][:, :, x.first] * down * (one - right)
        + wide[:, y.first][:, :, x.second] * (one - down) * right
        + wide[:, y.second][:, :, x.second] * down * right
    )
    if data.dtype == np.float32:
        return np.asarray(total, np.float32)
    half = 1 << (2 * _BITS - 1)
    if attrs.rounding == "single":
        return np.asarray((total + half) >> (2 * _BITS)).astype(np.int8)
    return np.asarray(np.trunc((total + np.where(total > 0, half, -half)) / (1 << 2 * _BITS))).astype(np.int8)


def _lower_bilinear(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te, tirx

    type_, result = ctx.tensor(0), ctx.result
    axes = _axes(attrs, type_.static_shape, type_.dtype)
    fixed = type_.dtype == "int8"
    accumulator = "int32" if fixed else "float32"
    one = tirx.const(_ONE if fixed else 1.0, accumulator)
    tables = [
        ctx.constant(np.asarray(t, accumulator if t.dtype != np.int64 or t is a.weight else "int32"))
        for a in axes
        for t in (a.first, a.second, a.weight)
    ]

    def compute(source: Any, y0: Any, y1: Any, down: Any, x0: Any, x1: Any, right: Any) -> Any:
        def element(b: Any, y: Any, x: Any, c: Any) -> Any:
            def tap(row: Any, column: Any) -> Any:
                return source(b, row(y), column(x), c).astype(accumulator)

            total = (
                tap(y0, x0) * (one - down(y)) * (one - right(x))
                + tap(y1, x0) * down(y) * (one - right(x))
                + tap(y0, x1) * (one - down(y)) * right(x)
                + tap(y1, x1) * down(y) * right(x)
            )
            if not fixed:
                return total
            if attrs.rounding == "single":
                return ((total + (1 << (2 * _BITS - 1))) >> (2 * _BITS)).astype("int8")
            return shift_rounded(total, 2 * _BITS).astype("int8")

        return te.compute(result.static_shape, element, name=kernel_name(ctx.operator))

    return ctx.emit_te(compute, data, *tables)


def _infer_nearest(attrs: Attrs, data: Type) -> TensorType:
    return _check(attrs, data)


def _nearest(attrs: Attrs, given: int, size: int) -> Array:
    """The place in the data for each of the result along one axis."""
    place, scale = np.arange(size, dtype=np.float32), _real_scale(attrs, given, size)
    place = (place + np.float32(0.5 if attrs.half_pixel_centers else 0)) * scale
    if attrs.align_corners:
        place = np.trunc(place.astype(np.float64) + np.copysign(0.5, place))
    return np.asarray(np.clip(np.floor(place).astype(np.int64), 0, given - 1))


def _evaluate_nearest(attrs: Attrs, data: Array) -> Array:
    y, x = (_nearest(attrs, g, s) for g, s in zip(data.shape[1:3], attrs.size, strict=True))
    return np.ascontiguousarray(data[:, y][:, :, x])


def _lower_nearest(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te

    result = ctx.result
    source = ctx.tensor(0).static_shape[1:3]
    rows, columns = (
        ctx.constant(_nearest(attrs, g, s).astype(np.int32)) for g, s in zip(source, attrs.size, strict=True)
    )

    def compute(x: Any, y_of: Any, x_of: Any) -> Any:
        return te.compute(
            result.static_shape, lambda b, i, j, c: x(b, y_of(i), x_of(j), c), name=kernel_name(ctx.operator)
        )

    return ctx.emit_te(compute, data, rows, columns)


_ATTRIBUTES = (Attr("size", "int[]"), Attr("align_corners", "bool", False), Attr("half_pixel_centers", "bool", False))

register(
    "tflite.resize_bilinear",
    ("data",),
    (*_ATTRIBUTES, ROUNDING),
    infer=_infer_bilinear,
    evaluate=_evaluate_bilinear,
    lower=_lower_bilinear,
    definition=f"{REFERENCE}resize_bilinear.h",
)
register(
    "tflite.resize_nearest_neighbor",
    ("data",),
    _ATTRIBUTES,
    infer=_infer_nearest,
    evaluate=_evaluate_nearest,
    lower=_lower_nearest,
    definition=f"{REFERENCE}resize_nearest_neighbor.h",
)
