"""``image.crop_and_resize`` and ``image.dilation2d``.

Definitions: TVM 0.18 src/relay/op/image/resize.cc, dilation2d.cc, python/tvm/topi/image/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import show
from tvm_model_library.relay.ops._dtypes import wide
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.ops._pool import least
from tvm_model_library.relay.ops._scalars import constant, scalar
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.ops._windows import (
    pad_spatial,
    padding_pairs,
    sliding_windows,
    spatial_attribute,
    window_count,
)
from tvm_model_library.relay.ops.image_resize import check_choice, result_dtype
from tvm_model_library.relay.ops.indexing import nearest_expression
from tvm_model_library.relay.ops.unary import round_expression
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_CROP_METHODS = ("bilinear", "nearest_neighbor")


def _crop_layout(attrs: Attrs) -> Layout:
    layout = parse_layout(attrs.layout, "NCHW")
    if any(layout.blocks(letter) for letter in "NHW"):
        raise TypeRuleError(f"layout {attrs.layout} may split channels only")
    return layout


def _infer_crop(attrs: Attrs, data: Type, boxes: Type, box_indices: Type) -> TensorType:
    x, b, i = tensor(data, 0, "data"), tensor(boxes, 1, "boxes"), tensor(box_indices, 2, "box_indices")
    layout = _crop_layout(attrs)
    check_choice(attrs, "method", _CROP_METHODS)
    if attrs.crop_size is None or len(attrs.crop_size) != 2 or min(attrs.crop_size) < 1:
        raise TypeRuleError(f"crop_size must be two positive integers, found {list(attrs.crop_size or ())}")
    if b.rank != 2 or not agree(b.shape[1], 4):
        raise TypeRuleError(f"boxes must be (boxes, 4), found {show(b.shape)}", 1)
    if i.rank != 1 or not agree(i.shape[0], b.shape[0]) or not i.dtype.startswith("int"):
        raise TypeRuleError(f"box_indices must be one integer for each box, found {i}", 2)
    dims = layout.dims(x.shape, "NCHW")
    return TensorType(layout.shape((b.shape[0], dims[1], *attrs.crop_size), "NCHW"), result_dtype(attrs, x.dtype))


def _evaluate_crop(attrs: Attrs, data: Array, boxes: Array, box_indices: Array) -> Array:
    layout = _crop_layout(attrs)
    x = layout.unpack(data, "NCHW").astype(np.float32)
    if box_indices.size and not (box_indices.min() >= 0 and box_indices.max() < x.shape[0]):
        raise EvaluationRuleError(
            f"box_indices must be below the batch size {x.shape[0]}, found {box_indices.tolist()}"
        )
    images = x[box_indices.astype(np.int64)]
    places = []
    for axis, (size, target) in enumerate(zip(x.shape[2:], attrs.crop_size, strict=True)):
        low, high = (boxes[:, axis + k].astype(np.float32)[:, None] for k in (0, 2))
        last = np.float32(size - 1)
        with np.errstate(all="ignore"):
            step = last * (high - low) / np.float32(target - 1)
            places.append(low * last + step * np.arange(target, dtype=np.float32))
    result = _sample_boxes(images, places, attrs.method.lower())
    outside = [(p < 0) | (p > s - 1) for p, s in zip(places, x.shape[2:], strict=True)]
    mask = outside[0][:, None, :, None] | outside[1][:, None, None, :]
    result = np.where(mask, scalar(attrs.extrapolation_value, "float32"), result)
    return layout.pack(result.astype(numpy_dtype(result_dtype(attrs, data.dtype.name))), "NCHW")


def _sample_boxes(images: Array, places: list[Array], method: str) -> Array:
    """Each image at the rows and columns of its box."""
    box = np.arange(images.shape[0])[:, None, None]

    def read(rows: Array, columns: Array) -> Array:
        y = np.clip(np.nan_to_num(rows), 0, images.shape[2] - 1).astype(np.int64)[:, :, None]
        x = np.clip(np.nan_to_num(columns), 0, images.shape[3] - 1).astype(np.int64)[:, None, :]
        return np.moveaxis(images[box, :, y, x], -1, 1)

    if method == "nearest_neighbor":
        rounded = [np.copysign(np.floor(np.abs(p) + np.float32(0.5)), p) for p in places]
        return read(*rounded)
    (y, x) = (np.floor(p) for p in places)
    t_y, t_x = (places[0] - y)[:, None, :, None], (places[1] - x)[:, None, None, :]
    top = read(y, x) * (1 - t_x) + read(y, x + 1) * t_x
    bottom = read(y + 1, x) * (1 - t_x) + read(y + 1, x + 1) * t_x
    return np.asarray(top * (1 - t_y) + bottom * t_y)


def _lower_crop(ctx: Lowering, attrs: Attrs, data: Any, boxes: Any, box_indices: Any) -> Any:
    from tvm import te, tirx

    source, result = ctx.tensor(0), ctx.result
    layout = _crop_layout(attrs)
    images, _, *sizes = [d or 0 for d in layout.dims(source.shape, "NCHW")]
    nearest = attrs.method.lower() == "nearest_neighbor"
    if min(attrs.crop_size) < 2:
        ctx.refuse("a crop of one element divides by zero in TVM; make crop_size at least 2")

    def const(value: float) -> Any:
        return constant(value, "float32")

    def compute(x: Any, b: Any, which: Any) -> Any:
        def element(*index: Any) -> Any:
            n, c, *place = layout.coordinates(index, "NCHW")
            image = nearest_expression(which(n), images)
            where = []
            for axis, (p, size, target) in enumerate(zip(place, sizes, attrs.crop_size, strict=True)):
                low, high = (b(n, axis + k).astype("float32") for k in (0, 2))
                step = const(size - 1) * (high - low) / const(target - 1)
                where.append(low * const(size - 1) + step * p.astype("float32"))

            def read(*rows: Any) -> Any:
                clipped = [tirx.min(tirx.max(r, 0), s - 1) for r, s in zip(rows, sizes, strict=True)]
                return x(*layout.indices([image, c, *clipped], "NCHW")).astype("float32")

            if nearest:
                value = read(*(round_expression(w, "float32").astype("int32") for w in where))
            else:
                first = [tirx.floor(w) for w in where]
                t = [w - f for w, f in zip(where, first, strict=True)]
                y, z = (f.astype("int32") for f in first)
                top = read(y, z) * (const(1) - t[1]) + read(y, z + 1) * t[1]
                bottom = read(y + 1, z) * (const(1) - t[1]) + read(y + 1, z + 1) * t[1]
                value = top * (const(1) - t[0]) + bottom * t[0]
            inside = [cond for w, s in zip(where, sizes, strict=True) for cond in (w >= const(0), w <= const(s - 1))]
            return tirx.if_then_else(tirx.all(*inside), value, const(attrs.extrapolation_value)).astype(result.dtype)

        return te.compute(result.static_shape, element, name="T_crop_and_resize")

    return ctx.emit_te(compute, data, boxes, box_indices)


def _dilation_layouts(attrs: Attrs) -> tuple[Layout, Layout]:
    layouts = parse_layout(attrs.data_layout, "NCHW"), parse_layout(attrs.kernel_layout, "IHW")
    if any(a.block is not None for layout in layouts for a in layout.axes):
        raise TypeRuleError(
            f"dilation2d needs layouts without blocks, found {attrs.data_layout}, {attrs.kernel_layout}"
        )
    return layouts


def _infer_dilation(attrs: Attrs, data: Type, weight: Type) -> TensorType:
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    data_layout, kernel_layout = _dilation_layouts(attrs)
    dims, kernel = data_layout.dims(x.shape, "NCHW"), kernel_layout.dims(w.shape, "IHW")
    if not agree(dims[1], kernel[0]):
        raise TypeRuleError(f"data and weight must have the same channels, found {dims[1]} and {kernel[0]}", 1)
    padding = padding_pairs(attrs.padding, 2)
    strides, dilations = spatial_attribute(attrs, "strides", 2), spatial_attribute(attrs, "dilations", 2)
    out = [window_count(dims[2 + i], padding[i], kernel[1 + i], dilations[i], strides[i]) for i in (0, 1)]
    return TensorType(data_layout.shape((dims[0], kernel[0], *out), "NCHW"), result_dtype(attrs, x.dtype))


def _evaluate_dilation(attrs: Attrs, data: Array, weight: Array) -> Array:
    data_layout, kernel_layout = _dilation_layouts(attrs)
    dtype = result_dtype(attrs, data.dtype.name)
    x, w = data_layout.unpack(data, "NCHW"), kernel_layout.unpack(weight, "IHW")
    padding = padding_pairs(attrs.padding, 2)
    geometry = zip(x.shape[2:], padding, w.shape[1:], attrs.dilations, attrs.strides, strict=True)
    counts = [window_count(*g) or 0 for g in geometry]
    windows = sliding_windows(pad_spatial(x, padding), w.shape[1:], attrs.strides, attrs.dilations, counts)
    computed = numpy_dtype(wide(dtype))
    sums = windows.astype(computed) + w.astype(computed)[:, None, None]
    best = np.maximum(sums.max(axis=(-2, -1)), np.asarray(least(wide(dtype)), computed))
    return data_layout.pack(best.astype(numpy_dtype(dtype)), "NCHW")


def _lower_dilation(ctx: Lowering, attrs: Attrs, data: Any, weight: Any) -> Any:
    from tvm import te, tirx

    source, kernel, result = *ctx.argument_types, ctx.result_type
    assert isinstance(source, TensorType)
    assert isinstance(kernel, TensorType)
    assert isinstance(result, TensorType)
    data_layout, kernel_layout = _dilation_layouts(attrs)
    sizes = [d or 0 for d in data_layout.dims(source.shape, "NCHW")[2:]]
    window = [d or 0 for d in kernel_layout.dims(kernel.shape, "IHW")[1:]]
    padding = padding_pairs(attrs.padding, 2)
    dtype = wide(result.dtype)

    def compute(x: Any, w: Any) -> Any:
        taps = [te.reduce_axis((0, k), name) for k, name in zip(window, ("ry", "rx"), strict=True)]

        def element(*index: Any) -> Any:
            n, c, *place = data_layout.coordinates(index, "NCHW")
            where = [
                p * s + t * d - before
                for p, s, t, d, (before, _) in zip(place, attrs.strides, taps, attrs.dilations, padding, strict=True)
            ]
            value = x(*data_layout.indices([n, c, *where], "NCHW")).astype(dtype)
            if any(map(any, padding)):
                inside = [b for i, size in zip(where, sizes, strict=True) for b in (i >= 0, i < size)]
                value = tirx.if_then_else(tirx.all(*inside), value, tirx.const(0, dtype))
            factor = w(*kernel_layout.indices([c, *taps], "IHW")).astype(dtype)
            return te.max(value + factor, axis=taps)

        out = te.compute(result.static_shape, element, name="T_dilation2d")
        if dtype == result.dtype:
            return out
        return te.compute(result.static_shape, lambda *i: out(*i).astype(result.dtype), name="cast")

    return ctx.emit_te(compute, data, weight)


register(
    "image.crop_and_resize",
    ("data", "boxes", "box_indices"),
    (
        Attr("crop_size", "int[]?", None),
        Attr("layout", "str", "NCHW"),
        Attr("method", "str", "bilinear"),
        Attr("extrapolation_value", "float", 0.0),
        Attr("out_dtype", "dtype?", None),
    ),
    infer=_infer_crop,
    evaluate=_evaluate_crop,
    lower=_lower_crop,
    definition="TVM 0.18 src/relay/op/image/resize.cc",
)
register(
    "image.dilation2d",
    ("data", "weight"),
    (
        Attr("strides", "int[]", (1, 1)),
        Attr("padding", "int[]", (0, 0)),
        Attr("dilations", "int[]", (1, 1)),
        Attr("data_layout", "str", "NCHW"),
        Attr("kernel_layout", "str", "IHW"),
        Attr("out_dtype", "dtype?", None),
    ),
    infer=_infer_dilation,
    evaluate=_evaluate_dilation,
    lower=_lower_dilation,
    definition="TVM 0.18 src/relay/op/image/dilation2d.cc",
)
