"""Convolutions in the forms that TVM's own passes make for its targets.

Definitions: TVM 0.18 src/relay/op/nn/convolution.cc. The blocked forms mean the plain convolution in their layouts.
Winograd and packed-product forms take weights transformed for one CPU's or GPU's kernels: they have type rules, so that
such programs can be read and printed, and no meaning of their own here.
"""

from __future__ import annotations

from functools import partial

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._conv import (
    conv_attributes,
    evaluate_convolution,
    geometry,
    infer_convolution,
    result_dtype,
)
from tvm_model_library.relay.ops._conv_te import lower_convolution
from tvm_model_library.relay.ops._dtypes import given
from tvm_model_library.relay.ops._windows import window_count
from tvm_model_library.relay.types import Dim, TensorType, Type

_DEFINITION = "TVM 0.18 src/relay/op/nn/convolution.cc"
_NOTE = "its weights are transformed for one of TVM's kernels; export the model before TVM alters its operators"

for _name in ("nn.contrib_conv2d_NCHWc", "nn.contrib_depthwise_conv2d_NCHWc"):
    register(
        _name,
        ("data", "weight"),
        conv_attributes(2),
        infer=partial(infer_convolution, rank=2),
        evaluate=partial(evaluate_convolution, rank=2),
        lower=partial(lower_convolution, rank=2),
        definition=_DEFINITION,
    )


def _infer_transformed(attrs: Attrs, data: Type, weight: Type, rank: int) -> TensorType:
    """The result of a convolution whose weight has a shape of its own: the attributes must say all."""
    x = tensor(data, 0, "data")
    geo = geometry(attrs, rank)
    if geo.channels is None or geo.kernel_size is None or len(geo.kernel_size) != rank:
        raise TypeRuleError(f"channels and {rank} values of kernel_size must be given")
    dims = geo.data.dims(x.shape, geo.order)
    sizes = [
        window_count(size, pair, kernel, dilation, stride)
        for size, pair, kernel, dilation, stride in zip(
            dims[2:], geo.padding, geo.kernel_size, geo.dilation, geo.strides, strict=True
        )
    ]
    return TensorType(geo.out.shape((dims[0], geo.channels, *sizes), geo.order), result_dtype(attrs, x))


def _plus(dim: Dim, tile: int) -> Dim:
    return None if dim is None else dim + tile - 1


def _infer_winograd_weight(attrs: Attrs, weight: Type, rank: int) -> TensorType:
    w = tensor(weight, 0, "weight")
    if w.rank != rank + 2:
        raise TypeRuleError(f"the weight must have {rank + 2} dimensions, found {w}", 0)
    outputs, inputs, *window = w.shape
    tiles = [_plus(k, attrs.tile_size) for k in window]
    depth = window[0]
    if rank == 3 and (depth is None or not 2 < depth < 8):
        tiles = [*tiles[1:], depth]
    return TensorType((*tiles, outputs, inputs), w.dtype)


def _infer_nnpack_weight(attrs: Attrs, weight: Type) -> TensorType:
    w = tensor(weight, 0, "weight")
    if w.rank != 4:
        raise TypeRuleError(f"the weight must have 4 dimensions, found {w}", 0)
    return TensorType((*w.shape[:2], 8, 8), str(attrs.out_dtype) if given(attrs.out_dtype) else w.dtype)


def _infer_gemm_weight(attrs: Attrs, weight: Type) -> TensorType:
    w = tensor(weight, 0, "weight")
    if w.rank != 4 or not w.is_static:
        raise TypeRuleError(f"the weight must have 4 known dimensions, found {w}", 0)
    height, width, inputs, outputs = w.static_shape
    n, k = attrs.tile_N, attrs.tile_K
    columns, rows = -(-outputs // n), -(-height * width * inputs // (4 * k)) * 4
    return TensorType((columns, rows, n, k) if w.dtype in ("int8", "uint8") else (columns, rows, k, n), w.dtype)


for _rank in (2, 3):
    register(
        f"nn.contrib_conv{_rank}d_winograd_without_weight_transform",
        ("data", "weight"),
        (*conv_attributes(_rank), Attr("tile_size", "int")),
        infer=partial(_infer_transformed, rank=_rank),
        evaluate=None,
        lower=None,
        definition=_DEFINITION,
        note=_NOTE,
    )
    register(
        f"nn.contrib_conv{_rank}d_winograd_weight_transform",
        ("weight",),
        (Attr("tile_size", "int"),),
        infer=partial(_infer_winograd_weight, rank=_rank),
        evaluate=None,
        lower=None,
        definition=_DEFINITION,
        note=_NOTE,
    )

register(
    "nn.contrib_conv2d_gemm_without_weight_transform",
    ("data", "weight"),
    conv_attributes(2),
    infer=partial(_infer_transformed, rank=2),
    evaluate=None,
    lower=None,
    definition=_DEFINITION,
    note=_NOTE,
)
register(
    "nn.contrib_conv2d_gemm_weight_transform",
    ("weight",),
    (Attr("tile_N", "int"), Attr("tile_K", "int")),
    infer=_infer_gemm_weight,
    evaluate=None,
    lower=None,
    definition=_DEFINITION,
    note=_NOTE,
)
register(
    "nn.contrib_conv2d_winograd_nnpack_weight_transform",
    ("weight",),
    (Attr("convolution_algorithm", "int"), Attr("out_dtype", "dtype?", None)),
    infer=_infer_nnpack_weight,
    evaluate=None,
    lower=None,
    definition=_DEFINITION,
    note=_NOTE,
)
