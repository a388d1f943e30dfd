"""The gradient of a 2-d convolution with respect to its weight.

Definition: TVM 0.18 src/relay/op/nn/convolution.cc. The layouts of the attributes mean, in their order, those of the
gradient, of the data, and of the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._conv import conv_attributes
from tvm_model_library.relay.ops._dtypes import given, wide
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.ops._matmul import matmul
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.ops._windows import (
    pad_spatial,
    padding_pairs,
    sliding_windows,
    spatial_attribute,
    window_count,
)
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _layouts(attrs: Attrs) -> tuple[Layout, Layout, Layout]:
    """Layouts of gradient, data and result."""
    return (
        parse_layout(attrs.data_layout, "NCHW"),
        parse_layout(attrs.kernel_layout, "NCHW"),
        parse_layout(attrs.out_layout or "OIHW", "OIHW"),
    )


def _infer(attrs: Attrs, grad: Type, data: Type) -> TensorType:
    g, x = tensor(grad, 0, "grad"), tensor(data, 1, "data")
    grad_layout, data_layout, weight_layout = _layouts(attrs)
    grad_dims, data_dims = grad_layout.dims(g.shape, "NCHW"), data_layout.dims(x.shape, "NCHW")
    if attrs.kernel_size is None or len(attrs.kernel_size) != 2:
        raise TypeRuleError("kernel_size must be given as 2 integers")
    strides, dilation = spatial_attribute(attrs, "strides", 2), spatial_attribute(attrs, "dilation", 2)
    pairs, outputs, inputs = padding_pairs(attrs.padding, 2), grad_dims[1], data_dims[1]
    if attrs.groups < 1 or any(c is not None and c % attrs.groups for c in (outputs, inputs)):
        raise TypeRuleError(f"{inputs} and {outputs} channels can't be split into {attrs.groups} groups")
    for i in range(2):
        count = window_count(data_dims[2 + i], pairs[i], attrs.kernel_size[i], dilation[i], strides[i])
        if not agree(count, grad_dims[2 + i]):
            raise TypeRuleError(f"data {x} make a result of {count} windows along an axis, the gradient is {g}", 0)
    per_group = None if inputs is None else inputs // attrs.groups
    shape = weight_layout.shape((outputs, per_group, *attrs.kernel_size), "OIHW")
    return TensorType(shape, str(attrs.out_dtype) if given(attrs.out_dtype) else g.dtype)


def _evaluate(attrs: Attrs, grad: Array, data: Array) -> Array:
    grad_layout, data_layout, weight_layout = _layouts(attrs)
    dtype = str(attrs.out_dtype) if given(attrs.out_dtype) else grad.dtype.name
    g = grad_layout.unpack(grad, "NCHW")
    x = pad_spatial(data_layout.unpack(data, "NCHW"), padding_pairs(attrs.padding, 2))
    batch, outputs, *counts = g.shape
    groups, window = attrs.groups, tuple(attrs.kernel_size)
    windows = sliding_windows(x, window, attrs.strides, attrs.dilation, counts)
    columns = windows.reshape(batch, groups, x.shape[1] // groups, *counts, *window)
    columns = columns.transpose(1, 0, 3, 4, 2, 5, 6).reshape(groups, batch * int(np.prod(counts)), -1)
    rows = g.reshape(batch, groups, outputs // groups, -1).transpose(1, 2, 0, 3).reshape(groups, outputs // groups, -1)
    weight = matmul(rows, columns, dtype).reshape(outputs, x.shape[1] // groups, *window)
    return weight_layout.pack(weight.astype(numpy_dtype(dtype)), "OIHW")


def _lower(ctx: Lowering, attrs: Attrs, grad: Any, data: Any) -> Any:
    from tvm import te, tirx

    grad_type, data_type = ctx.argument_types
    result = ctx.result
    assert isinstance(grad_type, TensorType)
    assert isinstance(data_type, TensorType)
    grad_layout, data_layout, weight_layout = _layouts(attrs)
    batch, outputs, rows, columns = (d or 0 for d in grad_layout.dims(grad_type.shape, "NCHW"))
    _, inputs, height, width = (d or 0 for d in data_layout.dims(data_type.shape, "NCHW"))
    (top, _), (left, _) = padding_pairs(attrs.padding, 2)
    per_group, out_per_group = inputs // attrs.groups, outputs // attrs.groups
    accumulator = wide(result.dtype)

    def compute(g: Any, x: Any) -> Any:
        n, i, j = (te.reduce_axis((0, d), name) for d, name in ((batch, "n"), (rows, "i"), (columns, "j")))

        def element(*indices: Any) -> Any:
            o, c, ky, kx = weight_layout.coordinates(indices, "OIHW")
            y = i * attrs.strides[0] + ky * attrs.dilation[0] - top
            z = j * attrs.strides[1] + kx * attrs.dilation[1] - left
            channel = (o // out_per_group) * per_group + c
            inside = tirx.all(y >= 0, y < height, z >= 0, z < width)
            value = x(*data_layout.indices([n, channel, y, z], "NCHW")).astype(accumulator)
            factor = g(*grad_layout.indices([n, o, i, j], "NCHW")).astype(accumulator)
            return te.sum(tirx.if_then_else(inside, value * factor, tirx.const(0, accumulator)), axis=[n, i, j])

        out = te.compute(result.static_shape, element, name="conv2d_backward_weight")
        return te.compute(result.static_shape, lambda *k: out(*k).astype(result.dtype), name="cast")

    return ctx.emit_te(compute, grad, data)


register(
    "nn.conv2d_backward_weight",
    ("grad", "data"),
    conv_attributes(2),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition="TVM 0.18 src/relay/op/nn/convolution.cc",
)
