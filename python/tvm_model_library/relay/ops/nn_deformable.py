"""Deformable convolution: each tap of each window reads, by bilinear interpolation, at an offset of its own.

Definition: TVM 0.18 src/relay/op/nn/convolution.cc, python/tvm/topi/nn/deformable_conv2d.py. Offsets are pairs
(y, x) for each deformable group and tap; points outside the image read 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._conv import (
    Geometry,
    constrain_weight,
    conv_attributes,
    geometry,
    infer_convolution,
    result_dtype,
)
from tvm_model_library.relay.ops._dtypes import wide, widen
from tvm_model_library.relay.ops._matmul import matmul
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer(attrs: Attrs, data: Type, offset: Type, weight: Type) -> TensorType:
    x, o, w = tensor(data, 0, "data"), tensor(offset, 1, "offset"), tensor(weight, 2, "weight")
    result = infer_convolution(attrs, x, w, 2)
    geo = geometry(attrs, 2)
    channels = geo.data.dims(x.shape, geo.order)[1]
    if channels is not None and channels % attrs.deformable_groups:
        raise TypeRuleError(f"{channels} channels can't be split into {attrs.deformable_groups} deformable groups", 0)
    batch, _, rows, columns = geo.out.dims(result.shape, geo.order)
    window = geo.kernel_dims(w.shape)[2:]
    taps = None if None in window else 2 * attrs.deformable_groups * int(np.prod([k or 0 for k in window]))
    expected = geo.data.shape((batch, taps, rows, columns), geo.order)
    if o.rank != len(expected) or not all(map(agree, o.shape, expected)):
        raise TypeRuleError(f"offset must be {TensorType(expected, x.dtype)}, found {o}", 1)
    return result


def _constrain(attrs: Attrs, data: Type | None, offset: Type | None, weight: Type | None) -> list[Type | None]:
    return [None, None, constrain_weight(attrs, data, weight, 2)[1]]


def _sampled(geo: Geometry, groups: int, image: Array, offset: Array, window: tuple[int, ...]) -> Array:
    """The samples of all taps: ``(N, C, taps, rows, columns)``."""
    batch, channels, height, width = image.shape
    rows, columns = offset.shape[2:]
    shifts = offset.reshape(batch, groups, *window, 2, rows, columns)
    starts = [np.arange(n) * s - p[0] for n, s, p in zip((rows, columns), geo.strides, geo.padding, strict=True)]
    taps = [np.arange(k) * d for k, d in zip(window, geo.dilation, strict=True)]
    y = starts[0][None, None, :, None] + taps[0][:, None, None, None] + shifts[:, :, :, :, 0]
    x = starts[1][None, None, None, :] + taps[1][None, :, None, None] + shifts[:, :, :, :, 1]
    outside = (y < 0) | (x < 0) | (y >= height) | (x >= width)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, right = (y - top).astype(image.dtype), (x - left).astype(image.dtype)
    members = image.reshape(batch, groups, channels // groups, height, width)
    n, g = np.indices((batch, groups))
    n, g = (v[:, :, None, None, None, None] for v in (n, g))

    def corner(row: Array, column: Array, weight: Array) -> Array:
        valid = (row >= 0) & (row < height) & (column >= 0) & (column < width) & ~outside
        picked = members[n, g, :, row.clip(0, height - 1), column.clip(0, width - 1)]
        return np.asarray(picked * np.where(valid, weight, 0)[..., None])

    total = corner(top, left, (1 - down) * (1 - right)) + corner(top + 1, left, down * (1 - right))
    total = total + corner(top, left + 1, (1 - down) * right) + corner(top + 1, left + 1, down * right)
    # (N, G, ky, kx, rows, columns, C/G) -> (N, C, taps, rows, columns)
    moved = np.moveaxis(total, -1, 2)
    return moved.reshape(batch, channels, window[0] * window[1], rows, columns)


def _evaluate(attrs: Attrs, data: Array, offset: Array, weight: Array) -> Array:
    geo = geometry(attrs, 2)
    dtype = result_dtype(attrs, TensorType(data.shape, data.dtype.name))
    image, shifts = widen(geo.data.unpack(data, geo.order)), widen(geo.data.unpack(offset, geo.order))
    kernel = geo.kernel.unpack(weight, geo.kernel_order)
    samples = _sampled(geo, attrs.deformable_groups, image, shifts, kernel.shape[2:])
    batch, _, _, rows, columns = samples.shape
    per_group = kernel.shape[0] // geo.groups
    grouped = samples.reshape(batch, geo.groups, -1, rows * columns)
    out = matmul(kernel.reshape(geo.groups, per_group, -1), grouped, dtype)
    return geo.out.pack(out.reshape(batch, kernel.shape[0], rows, columns).astype(numpy_dtype(dtype)), geo.order)


def _lower(ctx: Lowering, attrs: Attrs, data: Any, offset: Any, weight: Any) -> Any:
    from tvm import te, tirx

    geo, result = geometry(attrs, 2), ctx.result
    data_type, _, weight_type = ctx.argument_types
    assert isinstance(data_type, TensorType)
    assert isinstance(weight_type, TensorType)
    batch, channels, height, width = _static(geo.data.dims(data_type.shape, geo.order))
    ky, kx = _static(geo.kernel_dims(weight_type.shape)[2:])
    _, out_channels, rows, columns = _static(geo.out.dims(result.shape, geo.order))
    dtype, per_deformable = wide(data_type.dtype), channels // attrs.deformable_groups
    inner, per_group = channels // geo.groups, out_channels // geo.groups

    def compute(x: Any, o: Any, w: Any) -> Any:
        def position(n: Any, c: Any, tap: Any, i: Any, j: Any, axis: int) -> Any:
            channel = (c // per_deformable) * (2 * ky * kx) + tap * 2 + axis
            shift = o(*geo.data.indices([n, channel, i, j], geo.order)).astype(dtype)
            place = (i, j)[axis] * geo.strides[axis] - geo.padding[axis][0]
            place = place + (tap // kx, tap % kx)[axis] * geo.dilation[axis]
            return place.astype(dtype) + shift

        def sample(n: Any, c: Any, tap: Any, i: Any, j: Any) -> Any:
            y, z = (position(n, c, tap, i, j, axis) for axis in (0, 1))
            top, left = te.floor(y).astype("int32"), te.floor(z).astype("int32")
            down, right = y - top.astype(dtype), z - left.astype(dtype)
            zero, one = tirx.const(0, dtype), tirx.const(1, dtype)
            total = zero
            for row, along_y in ((top, one - down), (top + 1, down)):
                for column, along_x in ((left, one - right), (left + 1, right)):
                    inside = tirx.all(row >= 0, row < height, column >= 0, column < width)
                    value = x(*geo.data.indices([n, c, row, column], geo.order)).astype(dtype)
                    total = total + tirx.if_then_else(inside, value * along_y * along_x, zero)
            outside = tirx.any(y < zero, z < zero, y >= tirx.const(height, dtype), z >= tirx.const(width, dtype))
            return tirx.if_then_else(outside, zero, total)

        samples = te.compute((batch, channels, ky * kx, rows, columns), sample, name="samples")
        c, tap = te.reduce_axis((0, inner), "c"), te.reduce_axis((0, ky * kx), "tap")
        accumulator = wide(result.dtype)

        def element(*indices: Any) -> Any:
            n, f, i, j = geo.out.coordinates(indices, geo.order)
            group = f // per_group
            value = samples(n, group * inner + c, tap, i, j).astype(accumulator)
            factor = w(*geo.kernel.indices([f, c, tap // kx, tap % kx], geo.kernel_order))
            return te.sum(value * factor.astype(accumulator), axis=[c, tap])

        out = te.compute(result.static_shape, element, name="deformable_conv2d")
        return te.compute(result.static_shape, lambda *i: out(*i).astype(result.dtype), name="cast")

    return ctx.emit_te(compute, data, offset, weight)


def _static(dims: Any) -> tuple[int, ...]:
    return tuple(int(d) for d in dims)


register(
    "nn.deformable_conv2d",
    ("data", "offset", "weight"),
    (*conv_attributes(2), Attr("deformable_groups", "int", 1)),
    infer=_infer,
    constrain=_constrain,
    evaluate=_evaluate,
    lower=_lower,
    definition="TVM 0.18 src/relay/op/nn/convolution.cc",
)
