"""Features of regions: roi_align and roi_pool.

Definitions: TVM 0.18 src/relay/op/vision/rcnn_op.cc, python/tvm/topi/vision/rcnn/roi_align.py, roi_pool.py. A region is
(batch index, x0, y0, x1, y1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dtypes import wide, widen
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._pool import least
from tvm_model_library.relay.ops._scalars import constant
from tvm_model_library.relay.ops.indexing import check_indices, nearest_expression
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/vision/rcnn_op.cc"


def _infer(attrs: Attrs, data: Type, rois: Type) -> TensorType:
    x, r = tensor(data, 0, "data"), tensor(rois, 1, "rois")
    if x.rank != 4 or r.rank != 2 or r.shape[1] not in (None, 5):
        raise TypeRuleError(f"data must have 4 dimensions and rois 5 columns, found {x} and {r}")
    size = attrs.pooled_size if len(attrs.pooled_size) == 2 else attrs.pooled_size * 2
    if len(size) != 2 or any(s < 1 for s in size):
        raise TypeRuleError(f"pooled_size must be 2 positive integers, found {list(attrs.pooled_size)}")
    if attrs.layout == "NCHW":
        return TensorType((r.shape[0], x.shape[1], *size), x.dtype)
    return TensorType((r.shape[0], *size, x.shape[3]), x.dtype)


def _image(attrs: Attrs, data: Array) -> Array:
    return widen(data if attrs.layout == "NCHW" else data.transpose(0, 3, 1, 2))


def _result(attrs: Attrs, out: Array, dtype: Any) -> Array:
    return np.ascontiguousarray(out if attrs.layout == "NCHW" else out.transpose(0, 2, 3, 1)).astype(dtype)


def _bilinear(image: Array, y: Array, x: Array) -> Array:
    """Samples ``(channels, len(y), len(x))`` of a map; 0 for points more than one element outside."""
    height, width = image.shape[1:]
    inside = ((y >= -1) & (y <= height))[:, None] & ((x >= -1) & (x <= width))[None, :]
    y, x = y.clip(0, height - 1), x.clip(0, width - 1)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, right = (y - top).astype(image.dtype)[:, None], (x - left).astype(image.dtype)[None, :]
    bottom, far = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    top, bottom = top[:, None], bottom[:, None]
    near = image[:, top, left] * (1 - down) + image[:, bottom, left] * down
    remote = image[:, top, far] * (1 - down) + image[:, bottom, far] * down
    return np.where(inside, near * (1 - right) + remote * right, 0)


def _evaluate_align(attrs: Attrs, data: Array, rois: Array) -> Array:
    image, regions = _image(attrs, data), widen(rois)
    rows, columns = (attrs.pooled_size * 2)[:2] if len(attrs.pooled_size) == 1 else attrs.pooled_size
    out = np.zeros((len(rois), image.shape[1], rows, columns), image.dtype)
    for r, region in enumerate(regions):
        x0, y0, x1, y1 = region[1:] * regions.dtype.type(attrs.spatial_scale)
        bin_y, bin_x = np.maximum(y1 - y0, 1) / rows, np.maximum(x1 - x0, 1) / columns
        ratio = attrs.sample_ratio
        grid_y, grid_x = (ratio, ratio) if ratio > 0 else (int(np.ceil(bin_y)), int(np.ceil(bin_x)))
        y = (y0 + np.arange(rows)[:, None] * bin_y + (np.arange(grid_y) + 0.5) * bin_y / grid_y).ravel()
        x = (x0 + np.arange(columns)[:, None] * bin_x + (np.arange(grid_x) + 0.5) * bin_x / grid_x).ravel()
        samples = _bilinear(image[_batch(region, len(image))], y.astype(regions.dtype), x.astype(regions.dtype))
        bins = samples.reshape(-1, rows, grid_y, columns, grid_x)
        out[r] = bins.mean(axis=(2, 4)) if attrs.mode == "avg" else bins.max(axis=(2, 4))
    return _result(attrs, out, data.dtype)


def _batch(region: Array, size: int) -> int:
    """The image that a region lies in, checked."""
    return int(check_indices(np.trunc(region[:1]), size, "batch index")[0])


def _evaluate_pool(attrs: Attrs, data: Array, rois: Array) -> Array:
    image = _image(attrs, data)
    rows, columns = (attrs.pooled_size * 2)[:2] if len(attrs.pooled_size) == 1 else attrs.pooled_size
    height, width = image.shape[2:]
    scale = np.float32(attrs.spatial_scale)
    out = np.zeros((len(rois), image.shape[1], rows, columns), image.dtype)

    def bounds(low: int, high: int, count: int, extent: int) -> list[tuple[int, int]]:
        size = np.float32(max(high - low + 1, 1)) / np.float32(count)
        starts = np.floor(np.arange(count, dtype=np.float32) * size + np.float32(1e-5)).astype(int) + low
        ends = np.ceil(np.arange(1, count + 1, dtype=np.float32) * size - np.float32(1e-5)).astype(int) + low
        return list(zip(starts.clip(0, extent), ends.clip(0, extent), strict=True))

    for r, region in enumerate(widen(rois)):
        scaled = region[1:] * scale
        x0, y0, x1, y1 = (int(v) for v in np.trunc(scaled + np.copysign(0.5, scaled)))
        for i, (top, bottom) in enumerate(bounds(y0, y1, rows, height)):
            for j, (left, right) in enumerate(bounds(x0, x1, columns, width)):
                window = image[_batch(region, len(image)), :, top:bottom, left:right]
                if window.shape[1] and window.shape[2]:
                    out[r, :, i, j] = window.max(axis=(1, 2))
    return _result(attrs, out, data.dtype)


class _Region:
    """What both kernels compute for each output element: its place, its region and how to read the image."""

    def __init__(self, ctx: Lowering, attrs: Attrs) -> None:
        data, rois = ctx.argument_types
        assert isinstance(data, TensorType)
        assert isinstance(rois, TensorType)
        self.types = [data, rois]
        self.result = ctx.result_type
        assert isinstance(self.result, TensorType)
        self.planar = attrs.layout == "NCHW"
        shape, out = data.static_shape, self.result.static_shape
        self.batch = shape[0]
        self.channels = shape[1] if self.planar else shape[3]
        self.height, self.width = shape[2:] if self.planar else shape[1:3]
        self.rows, self.columns = out[2:] if self.planar else out[1:3]
        self.dtype = wide(data.dtype)

    def place(self, index: Any) -> tuple[Any, Any, Any, Any]:
        """Region, channel, row and column of a flat output index."""
        if self.planar:
            column, rest = index % self.columns, index // self.columns
            row, rest = rest % self.rows, rest // self.rows
            return rest // self.channels, rest % self.channels, row, column
        channel, rest = index % self.channels, index // self.channels
        column, rest = rest % self.columns, rest // self.columns
        return rest // self.rows, channel, rest % self.rows, column

    def pixel(self, image: Any, batch: Any, channel: Any, y: Any, x: Any) -> Any:
        batch = nearest_expression(batch, self.batch)
        if self.planar:
            return image[((batch * self.channels + channel) * self.height + y) * self.width + x].astype(self.dtype)
        return image[((batch * self.height + y) * self.width + x) * self.channels + channel].astype(self.dtype)


def _lower_align(ctx: Lowering, attrs: Attrs, data: Any, rois: Any) -> Any:
    from tvm import te, tirx

    region = _Region(ctx, attrs)
    dtype, coordinate = region.dtype, wide(region.types[1].dtype)
    size = ctx.result.size

    def number(value: float) -> Any:
        return constant(value, coordinate)

    def sample(image: Any, batch: Any, channel: Any, y: Any, x: Any) -> Any:
        outside = tirx.any(y < number(-1), x < number(-1), y > number(region.height), x > number(region.width))
        y = tirx.Min(tirx.Max(y, number(0)), number(region.height - 1))
        x = tirx.Min(tirx.Max(x, number(0)), number(region.width - 1))
        top, left = (
            nearest_expression(te.floor(p), n).astype("int32") for p, n in ((y, region.height), (x, region.width))
        )
        down, right = (y - top.astype(coordinate)).astype(dtype), (x - left.astype(coordinate)).astype(dtype)
        bottom, far = tirx.Min(top + 1, region.height - 1), tirx.Min(left + 1, region.width - 1)
        one = tirx.const(1, dtype)
        terms = [
            region.pixel(image, batch, channel, top, left) * (one - down) * (one - right),
            region.pixel(image, batch, channel, bottom, left) * down * (one - right),
            region.pixel(image, batch, channel, top, far) * (one - down) * right,
            region.pixel(image, batch, channel, bottom, far) * down * right,
        ]
        return tirx.if_then_else(outside, tirx.const(0, dtype), terms[0] + terms[1] + terms[2] + terms[3])

    def body(image: Any, regions: Any, out: Any, total: Any, frame: Any, grid: Any) -> None:
        from tvm.script.ir_builder import tirx as T

        average = attrs.mode == "avg"
        with T.serial(0, size) as index:
            r, channel, row, column = region.place(index)
            for axis, count, place in ((0, region.columns, column), (1, region.rows, row)):
                low = regions[r * 5 + 1 + axis].astype(coordinate) * number(attrs.spatial_scale)
                high = regions[r * 5 + 3 + axis].astype(coordinate) * number(attrs.spatial_scale)
                frame[axis * 2] = tirx.Max(high - low, number(1)) / number(count)
                frame[axis * 2 + 1] = low + place.astype(coordinate) * frame[axis * 2]
                grid[axis] = (
                    tirx.const(attrs.sample_ratio, "int32")
                    if attrs.sample_ratio > 0
                    else te.ceil(frame[axis * 2]).astype("int32")
                )
            total[0] = tirx.const(0 if average else least(dtype), dtype)
            with T.serial(0, grid[1]) as i, T.serial(0, grid[0]) as j:

                def along(axis: int, step: Any) -> Any:
                    part = frame[axis * 2] / grid[axis].astype(coordinate)
                    return frame[axis * 2 + 1] + (step.astype(coordinate) + number(0.5)) * part

                value = sample(image, regions[r * 5].astype("int32"), channel, along(1, i), along(0, j))
                total[0] = total[0] + value if average else tirx.Max(total[0], value)
            if average:
                total[0] = total[0] / (grid[0] * grid[1]).astype(dtype)
            out[index] = total[0].astype(region.types[0].dtype)

    scratch = [(1, dtype), (4, coordinate), (2, "int32")]
    return emit_sequential(ctx, (data, rois), region.types, [ctx.result], body, scratch)[0]


def _lower_pool(ctx: Lowering, attrs: Attrs, data: Any, rois: Any) -> Any:
    from tvm import te, tirx

    region = _Region(ctx, attrs)
    dtype, coordinate = region.dtype, wide(region.types[1].dtype)
    size = ctx.result.size
    tiny = tirx.const(1e-5, coordinate)

    def body(image: Any, regions: Any, out: Any, best: Any, bounds: Any) -> None:
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, size) as index:
            r, channel, row, column = region.place(index)
            axes = ((0, region.columns, region.width, column), (1, region.rows, region.height, row))
            for axis, count, extent, place in axes:

                def corner(k: int) -> Any:
                    value = regions[r * 5 + k].astype(coordinate) * constant(attrs.spatial_scale, coordinate)
                    half = tirx.Select(value < 0, tirx.const(-0.5, coordinate), tirx.const(0.5, coordinate))
                    return (value + half).astype("int32")  # a cast truncates

                low = corner(1 + axis)
                length = tirx.Max(corner(3 + axis) - low + 1, tirx.const(1, "int32")).astype(coordinate)
                step = length / tirx.const(count, coordinate)
                start = te.floor(place.astype(coordinate) * step + tiny).astype("int32") + low
                end = te.ceil((place + 1).astype(coordinate) * step - tiny).astype("int32") + low
                bounds[axis * 2] = tirx.Min(tirx.Max(start, 0), extent)
                bounds[axis * 2 + 1] = tirx.Min(tirx.Max(end, 0), extent)
            empty = tirx.any(bounds[0] >= bounds[1], bounds[2] >= bounds[3])
            lowest = tirx.const(least(dtype), dtype)
            best[0] = tirx.if_then_else(empty, tirx.const(0, dtype), lowest)
            high, wide_ = (tirx.Max(bounds[k + 1] - bounds[k], 0) for k in (2, 0))
            with T.serial(0, high) as i, T.serial(0, wide_) as j:
                batch = regions[r * 5].astype("int32")
                value = region.pixel(image, batch, channel, bounds[2] + i, bounds[0] + j)
                best[0] = tirx.Max(best[0], value)
            out[index] = best[0].astype(region.types[0].dtype)

    return emit_sequential(ctx, (data, rois), region.types, [ctx.result], body, [(1, dtype), (4, "int32")])[0]


_COMMON = (Attr("pooled_size", "int[]"), Attr("spatial_scale", "float"))
_LAYOUT = Attr("layout", "str", "NCHW", ("NCHW", "NHWC"))

register(
    "vision.roi_align",
    ("data", "rois"),
    (*_COMMON, Attr("sample_ratio", "int", -1), _LAYOUT, Attr("mode", "str", "avg", ("avg", "max"))),
    infer=_infer,
    evaluate=_evaluate_align,
    lower=_lower_align,
    definition=_DEFINITION,
)
register(
    "vision.roi_pool",
    ("data", "rois"),
    (*_COMMON, _LAYOUT),
    infer=_infer,
    evaluate=_evaluate_pool,
    lower=_lower_pool,
    definition=_DEFINITION,
)
