"""Correlation of two feature maps (FlowNet).

Definition: TVM 0.18 src/relay/op/nn/correlation.cc, python/tvm/topi/nn/correlation.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dtypes import wide, widen
from tvm_model_library.relay.ops._windows import pad_spatial, padding_pairs, sliding_windows
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer(attrs: Attrs, data1: Type, data2: Type) -> TensorType:
    a, b = tensor(data1, 0, "data1"), tensor(data2, 1, "data2")
    if a.rank != 4 or a != b:
        raise TypeRuleError(f"data1 and data2 must be of one type with 4 dimensions, found {a} and {b}", 1)
    if attrs.kernel_size < 1 or attrs.kernel_size % 2 == 0 or min(attrs.stride1, attrs.stride2) < 1:
        raise TypeRuleError("kernel_size must be a positive odd number and strides at least 1")
    reach = 2 * (attrs.max_displacement // attrs.stride2) + 1
    border = attrs.max_displacement + (attrs.kernel_size - 1) // 2
    sizes: list[Dim] = []
    for size, pair in zip(a.shape[2:], padding_pairs(attrs.padding, 2), strict=True):
        out = None if size is None else -(-(size + sum(pair) - 2 * border) // attrs.stride1)
        if out is not None and out < 0:
            raise TypeRuleError(f"{a} is too small for a displacement of {attrs.max_displacement}", 0)
        sizes.append(out)
    return TensorType((a.shape[0], reach * reach, *sizes), a.dtype)


def _evaluate(attrs: Attrs, data1: Array, data2: Array) -> Array:
    type_ = TensorType(data1.shape, data1.dtype.name)
    batch, out_channels, rows, columns = _infer(attrs, type_, type_).static_shape
    padding = padding_pairs(attrs.padding, 2)
    a, b = pad_spatial(widen(data1), padding), pad_spatial(widen(data2), padding)
    size, reach = attrs.kernel_size, attrs.max_displacement // attrs.stride2
    first = attrs.max_displacement

    def windows(image: Array, y: int, x: int) -> Array:
        part = image[:, :, y:, x:]
        return sliding_windows(part, (size, size), (attrs.stride1,) * 2, (1, 1), (rows, columns))

    result = np.zeros((batch, out_channels, rows, columns), a.dtype)
    base = windows(a, first, first)
    for channel in range(out_channels):
        dy, dx = (v - reach for v in divmod(channel, 2 * reach + 1))
        other = windows(b, first + dy * attrs.stride2, first + dx * attrs.stride2)
        pair = base * other if attrs.is_multiply else abs(base - other)
        result[:, channel] = pair.sum(axis=(1, 4, 5))
    return np.asarray(result / (size * size * data1.shape[1])).astype(data1.dtype)


def _lower(ctx: Lowering, attrs: Attrs, data1: Any, data2: Any) -> Any:
    from tvm import te, tirx

    source, result = ctx.tensor(0), ctx.result
    _, channels, height, width = source.static_shape
    (top, _), (left, _) = padding_pairs(attrs.padding, 2)
    size, reach, dtype = attrs.kernel_size, attrs.max_displacement // attrs.stride2, wide(result.dtype)

    def compute(a: Any, b: Any) -> Any:
        def at(image: Any, n: Any, c: Any, y: Any, x: Any) -> Any:
            inside = tirx.all(y >= top, y < top + height, x >= left, x < left + width)
            return tirx.if_then_else(inside, image(n, c, y - top, x - left).astype(dtype), tirx.const(0, dtype))

        c, ky, kx = (te.reduce_axis((0, n), name) for n, name in ((channels, "c"), (size, "ky"), (size, "kx")))

        def total(n: Any, q: Any, i: Any, j: Any) -> Any:
            y = i * attrs.stride1 + attrs.max_displacement + ky
            x = j * attrs.stride1 + attrs.max_displacement + kx
            first = at(a, n, c, y, x)
            dy, dx = q // (2 * reach + 1) - reach, q % (2 * reach + 1) - reach
            second = at(b, n, c, y + dy * attrs.stride2, x + dx * attrs.stride2)
            return te.sum(first * second if attrs.is_multiply else te.abs(first - second), axis=[c, ky, kx])

        sums = te.compute(result.static_shape, total, name="correlation_sum")
        number = tirx.const(size * size * channels, dtype)
        return te.compute(result.static_shape, lambda *i: (sums(*i) / number).astype(result.dtype), name="correlation")

    return ctx.emit_te(compute, data1, data2)


register(
    "nn.correlation",
    ("data1", "data2"),
    (
        Attr("kernel_size", "int", 1),
        Attr("max_displacement", "int", 1),
        Attr("stride1", "int", 1),
        Attr("stride2", "int", 1),
        Attr("padding", "int[]", (0, 0)),
        Attr("is_multiply", "bool", True),
        Attr("layout", "str", "NCHW", ("NCHW",)),
    ),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition="TVM 0.18 src/relay/op/nn/correlation.cc",
)
