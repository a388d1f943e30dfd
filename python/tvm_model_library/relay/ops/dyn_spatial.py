"""Dynamic sizes of images: ``dyn.nn.pad``, ``dyn.nn.upsampling``, ``dyn.nn.upsampling3d`` and ``dyn.image.resize2d``.

Definitions: TVM 0.18 src/relay/op/dyn/nn/, src/relay/op/dyn/image/resize.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops import image_resize, nn_pad, nn_upsampling  # noqa: F401  (register static operators)
from tvm_model_library.relay.ops._conv import SPATIAL
from tvm_model_library.relay.ops._delegate import the_operator
from tvm_model_library.relay.ops._dynamic import Dynamic, ints, known_size, register_dynamic
from tvm_model_library.relay.ops._layout import parse_layout
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _padded(attrs: Attrs, data: Type, pad_width: Type, pad_value: Type) -> TensorType:
    x, widths = tensor(data, 0, "data"), tensor(pad_width, 1, "pad_width")
    if widths.rank != 2 or not (agree(widths.shape[0], x.rank) and agree(widths.shape[1], 2)):
        raise TypeRuleError(f"pad_width must be ({x.rank}, 2), found {widths}", 1)
    return TensorType((None,) * x.rank, x.dtype)


def _pad_width(attrs: Attrs, widths: Array) -> dict[str, Any]:
    return {"pad_width": tuple((int(before), int(after)) for before, after in widths)}


def _spatial_type(attrs: Attrs, data: Type, *sizes: Type) -> TensorType:
    """The data's type with unknown spatial dimensions."""
    x = tensor(data, 0, "data")
    order = "NC" + SPATIAL[3 if "D" in attrs.layout else 2]
    layout = parse_layout(attrs.layout, order)
    dims = layout.dims(x.shape, order)
    return TensorType(layout.shape((*dims[:2], *[None] * (len(order) - 2)), order), x.dtype)


def _scales(*names: str) -> Any:
    return lambda attrs, *values: {n: float(v.reshape(-1)[0]) for n, v in zip(names, values, strict=True)}


def _infer_resize(attrs: Attrs, data: Type, size: Type, roi: Type) -> TensorType:
    image_resize.check_resampling(attrs)
    for argument, (type_, count) in enumerate(((size, 2), (roi, 4)), start=1):
        found = tensor(type_, argument, "size or roi").shape
        if len(found) != 1 or not agree(found[0], count):
            raise TypeRuleError(f"size must be 2 integers and roi 4 numbers, found {type_}", argument)
    unsized = _spatial_type(attrs, data)
    return TensorType(unsized.shape, image_resize.result_dtype(attrs, unsized.dtype))


def _resize_attrs(attrs: Attrs, size: Array, roi: Array) -> Attrs:
    return Attrs({**attrs, "size": ints(size), "roi": tuple(float(v) for v in roi.reshape(-1))})


def _evaluate_resize(attrs: Attrs, data: Array, size: Array, roi: Array) -> Array:
    static = _resize_attrs(attrs, size, roi)
    try:
        the_operator("image.resize2d").result_type(static, TensorType(data.shape, data.dtype.name))
    except TypeRuleError as error:
        raise EvaluationRuleError(str(error)) from error
    return image_resize.evaluate_resize(static, data, 2, divides=False)


def _lower_resize(ctx: Lowering, attrs: Attrs, data: Any, size: Any, roi: Any) -> Any:
    static = _resize_attrs(attrs, known_size(ctx, size), known_size(ctx, roi))
    try:
        ctx.result_type = the_operator("image.resize2d").result_type(static, ctx.argument_types[0])
    except TypeRuleError as error:
        ctx.refuse(str(error))
    return image_resize.lower_resize(ctx, static, data, 2, divides=False)


register_dynamic(
    "dyn.nn.pad",
    ("data", "pad_width", "pad_value"),
    Dynamic("nn.pad", (1,), _pad_width),
    _padded,
    definition="TVM 0.18 src/relay/op/dyn/nn/pad.cc",
)
register_dynamic(
    "dyn.nn.upsampling",
    ("data", "scale_h", "scale_w"),
    Dynamic("nn.upsampling", (1, 2), _scales("scale_h", "scale_w")),
    _spatial_type,
    definition="TVM 0.18 src/relay/op/dyn/nn/upsampling.cc",
)
register_dynamic(
    "dyn.nn.upsampling3d",
    ("data", "scale_d", "scale_h", "scale_w"),
    Dynamic("nn.upsampling3d", (1, 2, 3), _scales("scale_d", "scale_h", "scale_w")),
    _spatial_type,
    definition="TVM 0.18 src/relay/op/dyn/nn/upsampling.cc",
)
register(
    "dyn.image.resize2d",
    ("data", "size", "roi"),
    (
        Attr("size", "int[]?", None),
        Attr("roi", "float[]?", None),
        Attr("layout", "str", "NCHW"),
        *image_resize.RESAMPLING_ATTRIBUTES,
    ),
    infer=_infer_resize,
    evaluate=_evaluate_resize,
    lower=_lower_resize,
    definition="TVM 0.18 src/relay/op/dyn/image/resize.cc",
)
