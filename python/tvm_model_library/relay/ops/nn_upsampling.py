"""Upsampling of images and volumes by factors: a resize to the rounded size.

Definitions: TVM 0.18 src/relay/op/nn/upsampling.cc, python/tvm/topi/nn/upsampling.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._conv import SPATIAL
from tvm_model_library.relay.ops._delegate import fill_attrs, lower_as
from tvm_model_library.relay.ops._layout import parse_layout
from tvm_model_library.relay.ops.image_resize import evaluate_resize
from tvm_model_library.relay.types import Shape, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/nn/upsampling.cc"


def _size(attrs: Attrs, dims: Shape, rank: int) -> Shape:
    """The spatial size of the result. Raises ``TypeRuleError`` for factors that are not positive."""
    factors = [float(attrs[f"scale_{letter.lower()}"]) for letter in SPATIAL[rank]]
    if not all(0 < f < float("inf") for f in factors):
        raise TypeRuleError(f"factors must be positive and finite, found {factors}")
    return tuple(None if d is None else round(d * f) for d, f in zip(dims[2:], factors, strict=True))


def _infer(attrs: Attrs, data: Type, rank: int) -> TensorType:
    x, order = tensor(data, 0, "data"), "NC" + SPATIAL[rank]
    layout = parse_layout(attrs.layout, order)
    dims = layout.dims(x.shape, order)
    return TensorType(layout.shape((*dims[:2], *_size(attrs, dims, rank)), order), x.dtype)


def _as_resize(attrs: Attrs, shape: Shape, rank: int) -> Attrs:
    """The attributes of the resize that the upsampling is."""
    order = "NC" + SPATIAL[rank]
    if rank == 2:
        mode = "align_corners" if attrs.align_corners else "asymmetric"
    else:
        mode = attrs.coordinate_transformation_mode
    return fill_attrs(
        f"image.resize{rank}d",
        size=_size(attrs, parse_layout(attrs.layout, order).dims(shape, order), rank),
        layout=attrs.layout,
        method=attrs.method.removeprefix("bi").removeprefix("tri"),
        coordinate_transformation_mode=mode,
        rounding_method="",
        cubic_alpha=-0.5,
    )


def _evaluate(attrs: Attrs, data: Array, rank: int) -> Array:
    return evaluate_resize(_as_resize(attrs, data.shape, rank), data, rank)


def _lower(ctx: Lowering, attrs: Attrs, data: Any, rank: int) -> Any:
    source = ctx.tensor(0)
    resize = _as_resize(attrs, source.shape, rank)
    return lower_as(ctx, f"image.resize{rank}d", resize, [data], [source], ctx.result_type)


register(
    "nn.upsampling",
    ("data",),
    (
        Attr("scale_h", "float"),
        Attr("scale_w", "float"),
        Attr("layout", "str", "NCHW"),
        Attr("method", "str", "nearest_neighbor", ("nearest_neighbor", "bilinear", "bicubic")),
        Attr("align_corners", "bool", False),
    ),
    infer=partial(_infer, rank=2),
    evaluate=partial(_evaluate, rank=2),
    lower=partial(_lower, rank=2),
    definition=_DEFINITION,
)
register(
    "nn.upsampling3d",
    ("data",),
    (
        Attr("scale_d", "float"),
        Attr("scale_h", "float"),
        Attr("scale_w", "float"),
        Attr("layout", "str", "NCDHW"),
        Attr("method", "str", "nearest_neighbor", ("nearest_neighbor", "trilinear", "tricubic")),
        Attr("coordinate_transformation_mode", "str", "half_pixel", ("half_pixel", "align_corners", "asymmetric")),
    ),
    infer=partial(_infer, rank=3),
    evaluate=partial(_evaluate, rank=3),
    lower=partial(_lower, rank=3),
    definition=_DEFINITION,
)
