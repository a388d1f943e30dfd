"""Blocks between space, depth and batch; and the sliding buffer of streaming models.

Definitions: TVM 0.18 src/relay/op/nn/nn.cc; python/tvm/topi/nn/depth_to_space.py, space_to_depth.py, fifo_buffer.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed, show
from tvm_model_library.relay.ops._layout import parse_layout
from tvm_model_library.relay.ops._scalars import constant, scalar
from tvm_model_library.relay.ops._shapes import agree, normalize_axis
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/nn/nn.cc"
_ORDER = "NCHW"
_SUBPIXEL = (Attr("block_size", "int", 1), Attr("layout", "str", "NCHW"))


def _times(dim: Dim, factor: int) -> Dim:
    return None if dim is None else dim * factor


def _over(dim: Dim, factor: int) -> Dim:
    return None if dim is None else dim // factor


def _subpixel_dims(attrs: Attrs, data: Type) -> tuple[TensorType, Sequence[Dim]]:
    x = tensor(data, 0, "data")
    if attrs.block_size < 1:
        raise TypeRuleError(f"block_size must be at least 1, found {attrs.block_size}")
    return x, parse_layout(attrs.layout, _ORDER).dims(x.shape, _ORDER)


def _infer_depth_to_space(attrs: Attrs, data: Type) -> TensorType:
    x, (n, c, h, w) = _subpixel_dims(attrs, data)
    b = attrs.block_size
    shape = parse_layout(attrs.layout, _ORDER).shape((n, _over(c, b * b), _times(h, b), _times(w, b)), _ORDER)
    return TensorType(shape, x.dtype)


def _evaluate_depth_to_space(attrs: Attrs, data: Array) -> Array:
    layout, b = parse_layout(attrs.layout, _ORDER), attrs.block_size
    x = layout.unpack(data, _ORDER)
    n, c, h, w = x.shape
    depth = c // (b * b)
    x = x[:, : depth * b * b]
    if attrs.mode == "DCR":
        blocks = x.reshape(n, b, b, depth, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        blocks = x.reshape(n, depth, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return layout.pack(blocks.reshape(n, depth, h * b, w * b), _ORDER)


def _static_types(ctx: Lowering) -> tuple[TensorType, TensorType]:
    source, result = ctx.tensor(0), ctx.result
    return source, result


def _lower_depth_to_space(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    _, result = _static_types(ctx)
    layout, b = parse_layout(attrs.layout, _ORDER), attrs.block_size
    depth = layout.dims(result.shape, _ORDER)[1]

    def element(index: Any, load: Any) -> Any:
        n, c, y, x = layout.coordinates(index, _ORDER)
        place = (y % b) * b + x % b
        channel = place * depth + c if attrs.mode == "DCR" else c * (b * b) + place
        return load(layout.indices([n, channel, y // b, x // b], _ORDER))

    return emit_indexed(ctx, result.static_shape, element, data)


def _infer_space_to_depth(attrs: Attrs, data: Type) -> TensorType:
    x, (n, c, h, w) = _subpixel_dims(attrs, data)
    b = attrs.block_size
    shape = parse_layout(attrs.layout, _ORDER).shape((n, _times(c, b * b), _over(h, b), _over(w, b)), _ORDER)
    return TensorType(shape, x.dtype)


def _evaluate_space_to_depth(attrs: Attrs, data: Array) -> Array:
    layout, b = parse_layout(attrs.layout, _ORDER), attrs.block_size
    x = layout.unpack(data, _ORDER)
    n, c, h, w = x.shape
    rows, columns = h // b, w // b
    blocks = x[:, :, : rows * b, : columns * b].reshape(n, c, rows, b, columns, b)
    return layout.pack(blocks.transpose(0, 3, 5, 1, 2, 4).reshape(n, b * b * c, rows, columns), _ORDER)


def _lower_space_to_depth(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    source, result = _static_types(ctx)
    layout, b = parse_layout(attrs.layout, _ORDER), attrs.block_size
    depth = layout.dims(source.shape, _ORDER)[1]

    def element(index: Any, load: Any) -> Any:
        n, c, y, x = layout.coordinates(index, _ORDER)
        place = c // depth
        return load(layout.indices([n, c % depth, y * b + place // b, x * b + place % b], _ORDER))

    return emit_indexed(ctx, result.static_shape, element, data)


register(
    "nn.depth_to_space",
    ("data",),
    (*_SUBPIXEL, Attr("mode", "str", "DCR", ("DCR", "CDR", "CRD"))),
    infer=_infer_depth_to_space,
    evaluate=_evaluate_depth_to_space,
    lower=_lower_depth_to_space,
    definition=_DEFINITION,
)
register(
    "nn.space_to_depth",
    ("data",),
    (*_SUBPIXEL, Attr("mode", "str", "")),  # without a meaning: TVM's own function leaves it empty
    infer=_infer_space_to_depth,
    evaluate=_evaluate_space_to_depth,
    lower=_lower_space_to_depth,
    definition=_DEFINITION,
)


def _block_attributes(attrs: Attrs, x: TensorType, pairs_name: str) -> tuple[list[int], list[tuple[int, int]]]:
    """The block sizes and the pairs of ``paddings`` or ``crops``, checked against each other and the data."""
    blocks, pairs = list(attrs.block_shape), attrs[pairs_name]
    well_formed = isinstance(pairs, tuple) and all(isinstance(p, tuple) and len(p) == 2 for p in pairs)
    if not well_formed or len(pairs) != len(blocks) or len(blocks) >= x.rank or any(b < 1 for b in blocks):
        raise TypeRuleError(
            f"block_shape needs positive integers for spatial dimensions of {x} and {pairs_name} a pair for each, "
            f"found {blocks} and {pairs}"
        )
    if any(w < 0 for p in pairs for w in p):
        raise TypeRuleError(f"{pairs_name} must not be negative, found {pairs}")
    return blocks, [(p[0], p[1]) for p in pairs]


def _infer_space_to_batch(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    blocks, pairs = _block_attributes(attrs, x, "paddings")
    shape = [_times(x.shape[0], prod(blocks)), *x.shape[1:]]
    for i, (block, pair) in enumerate(zip(blocks, pairs, strict=True), 1):
        size = x.shape[i]
        if size is None:
            continue
        if (size + sum(pair)) % block:
            raise TypeRuleError(f"dimension {i} of {x} padded by {pair} is no multiple of its block of {block}", 0)
        shape[i] = (size + sum(pair)) // block
    return TensorType(tuple(shape), x.dtype)


def _evaluate_space_to_batch(attrs: Attrs, data: Array) -> Array:
    blocks, spatial = list(attrs.block_shape), len(attrs.block_shape)
    rest = data.ndim - 1 - spatial
    padded = np.pad(
        data,
        [(0, 0), *attrs.paddings, *[(0, 0)] * rest],
        constant_values=scalar(attrs.pad_value, data.dtype.name),
    )
    split = [data.shape[0]]
    for i, block in enumerate(blocks, 1):
        split += [padded.shape[i] // block, block]
    parts = padded.reshape(split + list(data.shape[1 + spatial :]))
    order = [2 * i + 2 for i in range(spatial)] + [0] + [2 * i + 1 for i in range(spatial)]
    moved = parts.transpose(order + list(range(1 + 2 * spatial, parts.ndim)))
    batch = data.shape[0] * prod(blocks)
    result: Array = np.ascontiguousarray(moved).reshape(batch, *moved.shape[spatial + 1 :])
    return result


def _lower_space_to_batch(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    source, result = _static_types(ctx)
    shape, blocks = source.static_shape, list(attrs.block_shape)

    def element(index: Any, load: Any) -> Any:
        where, conditions = list(index), []
        where[0] = index[0] % shape[0]
        place = index[0] // shape[0]
        for i in reversed(range(len(blocks))):
            before, after = attrs.paddings[i]
            padded = index[i + 1] * blocks[i] + place % blocks[i]
            place = place // blocks[i]
            where[i + 1] = padded - before
            if before:
                conditions.append(padded >= before)
            if after:
                conditions.append(padded < before + shape[i + 1])
        if not conditions:
            return load(where)
        return tirx.if_then_else(tirx.all(*conditions), load(where), constant(attrs.pad_value, source.dtype))

    return emit_indexed(ctx, result.static_shape, element, data)


register(
    "nn.space_to_batch_nd",
    ("data",),
    (Attr("block_shape", "int[]", (1, 1)), Attr("paddings", "int[][]"), Attr("pad_value", "float", 0.0)),
    infer=_infer_space_to_batch,
    evaluate=_evaluate_space_to_batch,
    lower=_lower_space_to_batch,
    definition=_DEFINITION,
)


def _infer_batch_to_space(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    blocks, pairs = _block_attributes(attrs, x, "crops")
    if x.shape[0] is not None and x.shape[0] % prod(blocks):
        raise TypeRuleError(f"the batch of {x} is no multiple of the block of {prod(blocks)} elements", 0)
    shape = [_over(x.shape[0], prod(blocks)), *x.shape[1:]]
    for i, (block, pair) in enumerate(zip(blocks, pairs, strict=True), 1):
        size = _times(x.shape[i], block)
        if size is not None and size < sum(pair):
            raise TypeRuleError(f"crops {pair} exceed dimension {i} of {size}")
        shape[i] = None if size is None else size - sum(pair)
    return TensorType(tuple(shape), x.dtype)


def _evaluate_batch_to_space(attrs: Attrs, data: Array) -> Array:
    blocks, spatial = list(attrs.block_shape), len(attrs.block_shape)
    batch = data.shape[0] // prod(blocks)
    parts = data.reshape(*blocks, batch, *data.shape[1:])
    order = [spatial]
    for i in range(spatial):
        order += [spatial + 1 + i, i]
    order += list(range(2 * spatial + 1, parts.ndim))
    sizes = [data.shape[i + 1] * b for i, b in enumerate(blocks)]
    whole = parts.transpose(order).reshape(batch, *sizes, *data.shape[1 + spatial :])
    window = [slice(None)] + [slice(a, n - b) for n, (a, b) in zip(sizes, attrs.crops, strict=True)]
    return np.ascontiguousarray(whole[tuple(window)])


def _lower_batch_to_space(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    _, result = _static_types(ctx)
    blocks = list(attrs.block_shape)

    def element(index: Any, load: Any) -> Any:
        where, place = list(index), 0
        for i, block in enumerate(blocks):
            position = index[i + 1] + attrs.crops[i][0]
            where[i + 1] = position // block
            place = place * block + position % block
        where[0] = place * result.static_shape[0] + index[0]
        return load(where)

    return emit_indexed(ctx, result.static_shape, element, data)


register(
    "nn.batch_to_space_nd",
    ("data",),
    (Attr("block_shape", "int[]", (1, 1)), Attr("crops", "int[][]")),
    infer=_infer_batch_to_space,
    evaluate=_evaluate_batch_to_space,
    lower=_lower_batch_to_space,
    definition=_DEFINITION,
)


def _infer_fifo_buffer(attrs: Attrs, data: Type, buffer: Type) -> TensorType:
    x, b = tensor(data, 0, "data"), tensor(buffer, 1, "buffer")
    axis = normalize_axis(attrs.axis, b.rank)
    pairs = zip(x.shape, b.shape, strict=False)
    fits = x.rank == b.rank and all(i == axis or agree(p, q) for i, (p, q) in enumerate(pairs))
    if not fits or x.dtype != b.dtype:
        raise TypeRuleError(f"data and buffer may differ along axis {attrs.axis} only, found {x} and {b}", 1)
    new, room = x.shape[axis], b.shape[axis]
    if new is not None and room is not None and new > room:
        raise TypeRuleError(f"data {show(x.shape)} does not fit into the buffer {show(b.shape)}", 0)
    return b


def _evaluate_fifo_buffer(attrs: Attrs, data: Array, buffer: Array) -> Array:
    joined = np.concatenate([buffer, data], axis=attrs.axis)
    return joined.take(range(data.shape[attrs.axis], joined.shape[attrs.axis]), attrs.axis)


def _lower_fifo_buffer(ctx: Lowering, attrs: Attrs, data: Any, buffer: Any) -> Any:
    from tvm import tirx

    source, result = _static_types(ctx)
    axis = attrs.axis % result.rank
    new, room = source.static_shape[axis], result.static_shape[axis]

    def element(index: Any, load: Any, load_buffer: Any) -> Any:
        def at(shift: int) -> list[Any]:
            return [p + shift if i == axis else p for i, p in enumerate(index)]

        if new == room:
            return load(list(index))
        return tirx.if_then_else(index[axis] < room - new, load_buffer(at(new)), load(at(new - room)))

    return emit_indexed(ctx, result.static_shape, element, data, buffer)


register(
    "nn.fifo_buffer",
    ("data", "buffer"),
    (Attr("axis", "int", 0),),
    infer=_infer_fifo_buffer,
    evaluate=_evaluate_fifo_buffer,
    lower=_lower_fifo_buffer,
    definition=_DEFINITION,
)
