"""Operators that select or replace a regular part of a tensor: slices, reversals, sliding windows.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc, include/tvm/topi/detail/strided_slice.h and transform.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed, same_dtype, show
from tvm_model_library.relay.ops._dtypes import is_integer
from tvm_model_library.relay.ops._shapes import agree, normalize_axes, normalize_axis
from tvm_model_library.relay.ops.indexing import nearest_expression
from tvm_model_library.relay.types import Dim, Shape, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"
_FAR = 2**62  # a bound behind every dimension


class Span(NamedTuple):
    """``length`` positions of a dimension: ``begin``, ``begin + step``, ..."""

    begin: int
    step: int
    length: int


def canonical_span(begin: int, end: int, step: int, size: int) -> Span:
    """The span that a slice selects: bounds below zero count from the end, then both are held within the dimension."""

    def bound(value: int) -> int:
        value = value + size if value < 0 else value
        return min(max(value, -1 if step < 0 else 0), size - 1 if step < 0 else size)

    first, last = bound(begin), bound(end)
    return Span(first, step, -(-max((last - first) * (1 if step > 0 else -1), 0) // abs(step)))


class _Slice(NamedTuple):
    axis: int
    begin: int
    end: int
    step: int


def _slices(attrs: Attrs, rank: int) -> list[_Slice]:
    """The slice of each named dimension; without ``axes``, unset bounds at the end take the whole dimension."""
    begin, end, strides = list(attrs.begin), list(attrs.end), list(attrs.strides)
    if attrs.axes is not None:
        axes = normalize_axes(attrs.axes, rank, "axes")
        if attrs.slice_mode == "size":
            strides = [1] * len(axes)
        if not len(axes) == len(begin) == len(end) == len(strides):
            raise TypeRuleError("axes, begin, end and strides must have one length")
    else:
        if max(len(begin), len(end), len(strides)) > rank:
            raise TypeRuleError(f"begin, end and strides may have at most {rank} values")
        axes = tuple(range(rank))
        strides = [1] * rank if attrs.slice_mode == "size" else strides + [1] * (rank - len(strides))
        begin += [0 if s > 0 else _FAR for s in strides[len(begin) :]]
        end += [_FAR if s > 0 else 0 for s in strides[len(end) :]]
    if 0 in strides:
        raise TypeRuleError("strides must not be zero")
    if attrs.slice_mode == "size":
        end = [_FAR if n < 0 else b + n for b, n in zip(begin, end, strict=True)]
    return [_Slice(*values) for values in zip(axes, begin, end, strides, strict=True)]


def _spans(attrs: Attrs, shape: Shape) -> list[Span | None]:
    """The span in each dimension, None for an unknown one that is sliced."""
    result: list[Span | None] = [Span(0, 1, 0 if d is None else d) for d in shape]
    for axis, begin, end, step in _slices(attrs, len(shape)):
        size = shape[axis]
        result[axis] = None if size is None else canonical_span(begin, end, step, size)
    return result


def _infer_strided_slice(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    shape: list[Dim] = list(type_.shape)
    for (axis, begin, end, step), span in ((s, _spans(attrs, type_.shape)[s.axis]) for s in _slices(attrs, type_.rank)):
        if span is not None and span.length == 0 and _crossed(begin, end, step, type_.shape[axis] or 0):
            raise TypeRuleError(f"begin {begin} lies behind end {end} in dimension {axis} of {type_.shape[axis]}")
        shape[axis] = None if span is None else span.length
    return TensorType(tuple(shape), type_.dtype)


def _crossed(begin: int, end: int, step: int, size: int) -> bool:
    first, last = canonical_span(begin, begin, step, size).begin, canonical_span(end, end, step, size).begin
    return first < last if step < 0 else last < first


def _evaluate_strided_slice(attrs: Attrs, data: Array) -> Array:
    spans = [span or Span(0, 1, 0) for span in _spans(attrs, data.shape)]
    return data[np.ix_(*[np.arange(s.length) * s.step + s.begin for s in spans])] if spans else data.copy()


def _lower_spans(ctx: Lowering, spans: Sequence[Span], data: Any) -> Any:
    def function(index: Sequence[Any], load: Any) -> Any:
        return load([i * s.step + s.begin for i, s in zip(index, spans, strict=True)])

    result = ctx.result
    return emit_indexed(ctx, result.static_shape, function, data)


def _lower_strided_slice(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    source = ctx.tensor(0)
    return _lower_spans(ctx, [span or Span(0, 1, 0) for span in _spans(attrs, source.shape)], data)


register(
    "strided_slice",
    ("data",),
    (
        Attr("begin", "int[]"),
        Attr("end", "int[]"),
        Attr("strides", "int[]", (1,), null_is_default=True),
        Attr("slice_mode", "str", "end", ("end", "size")),
        Attr("axes", "int[]?", None),
    ),
    infer=_infer_strided_slice,
    evaluate=_evaluate_strided_slice,
    lower=_lower_strided_slice,
    definition=_DEFINITION,
)


def _infer_slice_like(attrs: Attrs, data: Type, shape_like: Type) -> TensorType:
    type_, like = tensor(data, 0, "data"), tensor(shape_like, 1, "shape_like")
    if attrs.axes is None:
        axes = tuple(range(min(type_.rank, like.rank)))
    else:
        if not attrs.axes:
            raise TypeRuleError("axes must name a dimension")
        axes = normalize_axes(attrs.axes, type_.rank, "axes")
    shape = list(type_.shape)
    for axis in axes:
        if axis >= like.rank:
            raise TypeRuleError(f"axis {axis} is not a dimension of shape_like {like}", 1)
        size, limit = like.shape[axis], type_.shape[axis]
        if size is not None and limit is not None and size > limit:
            raise TypeRuleError(f"shape_like's dimension {axis} of {size} exceeds data's {limit}", 1)
        shape[axis] = size
    return TensorType(tuple(shape), type_.dtype)


def _evaluate_slice_like(attrs: Attrs, data: Array, shape_like: Array) -> Array:
    axes = range(min(data.ndim, shape_like.ndim)) if attrs.axes is None else [a % data.ndim for a in attrs.axes]
    part = [slice(shape_like.shape[i]) if i in axes else slice(None) for i in range(data.ndim)]
    return np.asarray(data[tuple(part)].copy())


def _lower_slice_like(ctx: Lowering, attrs: Attrs, data: Any, shape_like: Any) -> Any:
    result = ctx.result
    return _lower_spans(ctx, [Span(0, 1, n) for n in result.static_shape], data)


register(
    "slice_like",
    ("data", "shape_like"),
    (Attr("axes", "int[]?", None),),
    infer=_infer_slice_like,
    evaluate=_evaluate_slice_like,
    lower=_lower_slice_like,
    definition=_DEFINITION,
)


def _infer_strided_set(attrs: Attrs, data: Type, v: Type, begin: Type, end: Type, strides: Type) -> TensorType:
    type_, values = tensor(data, 0, "data"), tensor(v, 1, "v")
    same_dtype(type_, values, 1)
    if type_.rank != values.rank:
        raise TypeRuleError(f"v must have data's rank {type_.rank}, found {values}", 1)
    for argument, (what, bound) in enumerate((("begin", begin), ("end", end), ("strides", strides)), 2):
        bounds = tensor(bound, argument, what)
        if bounds.rank != 1 or not is_integer(bounds.dtype):
            raise TypeRuleError(f"{what} must be a vector of integers, found {bounds}", argument)
    return type_


def _evaluate_strided_set(attrs: Attrs, data: Array, v: Array, begin: Array, end: Array, strides: Array) -> Array:
    result: Array = data.copy()
    positions = []
    for axis, size in enumerate(data.shape):
        step = int(strides[axis]) if axis < strides.size else 1
        if step == 0:
            raise EvaluationRuleError("strides must not be zero")
        first = int(begin[axis]) if axis < begin.size else (0 if step > 0 else _FAR)
        last = int(end[axis]) if axis < end.size else (_FAR if step > 0 else -_FAR)
        span = canonical_span(first, last, step, size)
        if span.length > v.shape[axis]:
            raise EvaluationRuleError(f"v has {v.shape[axis]} elements in dimension {axis}, the slice {span.length}")
        positions.append(np.arange(span.length) * step + span.begin)
    if positions:
        result[np.ix_(*positions)] = v[tuple(slice(len(p)) for p in positions)]
        return result
    return np.asarray(v.copy())


def _lower_strided_set(ctx: Lowering, attrs: Attrs, data: Any, v: Any, begin: Any, end: Any, strides: Any) -> Any:
    from tvm import tirx

    types = [t for t in ctx.argument_types if isinstance(t, TensorType)]
    shape, given, lengths = types[0].static_shape, types[1].static_shape, [t.static_shape[0] for t in types[2:]]

    def function(index: Sequence[Any], old: Any, new: Any, *bounds: Any) -> Any:
        chosen, position = tirx.const(True, "bool"), []
        for axis, size in enumerate(shape):
            step = _at(bounds[2], axis, lengths[2], 1)
            first = _at(bounds[0], axis, lengths[0], tirx.Select(step > 0, _wide(0), _wide(size)))
            last = _at(bounds[1], axis, lengths[1], tirx.Select(step > 0, _wide(size), _wide(-size - 1)))
            low, high = tirx.Select(step > 0, _wide(0), _wide(-1)), tirx.Select(step > 0, _wide(size), _wide(size - 1))
            first, last = (tirx.Min(tirx.Max(tirx.Select(b < 0, b + size, b), low), high) for b in (first, last))
            offset = (index[axis].astype("int64") - first) * tirx.Select(step > 0, _wide(1), _wide(-1))
            width = tirx.Select(step > 0, last - first, first - last)
            stride = tirx.Max(tirx.Select(step > 0, step, _wide(0) - step), _wide(1))
            inside = tirx.all(offset >= 0, offset < width, tirx.EQ(tirx.floormod(offset, stride), _wide(0)))
            chosen = tirx.all(chosen, inside)
            # The mask changes nothing, but keeps TIR's simplifier from dropping the lower limit, which holds only where
            # all of the conditions do.
            position.append(nearest_expression(tirx.floordiv(offset, stride) & _wide(-1), given[axis]))
        return tirx.if_then_else(chosen, new(position), old(index))

    return emit_indexed(ctx, shape, function, data, v, begin, end, strides)


def _wide(value: int) -> Any:
    from tvm import tirx

    return tirx.const(value, "int64")


def _at(load: Any, axis: int, length: int, default: Any) -> Any:
    """Element ``axis`` of a bound vector, or the default behind its end."""
    if axis < length:
        return load([axis]).astype("int64")
    return _wide(default) if isinstance(default, int) else default


register(
    "strided_set",
    ("data", "v", "begin", "end", "strides"),
    infer=_infer_strided_set,
    evaluate=_evaluate_strided_set,
    lower=_lower_strided_set,
    definition=_DEFINITION,
)


def _infer_reverse(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    normalize_axis(attrs.axis, type_.rank)
    return type_


def _evaluate_reverse(attrs: Attrs, data: Array) -> Array:
    return np.asarray(np.flip(data, attrs.axis).copy())


def _lower_reverse(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    result = ctx.result
    spans = [Span(0, 1, n) for n in result.static_shape]
    axis = attrs.axis % result.rank
    spans[axis] = Span(spans[axis].length - 1, -1, spans[axis].length)
    return _lower_spans(ctx, spans, data)


register(
    "reverse",
    ("data",),
    (Attr("axis", "int"),),
    infer=_infer_reverse,
    evaluate=_evaluate_reverse,
    lower=_lower_reverse,
    definition=_DEFINITION,
)


def _infer_reverse_sequence(attrs: Attrs, data: Type, seq_lengths: Type) -> TensorType:
    type_, lengths = tensor(data, 0, "data"), tensor(seq_lengths, 1, "seq_lengths")
    normalize_axis(attrs.seq_axis, type_.rank, "seq_axis")
    batch = type_.shape[normalize_axis(attrs.batch_axis, type_.rank, "batch_axis")]
    if lengths.rank != 1 or not is_integer(lengths.dtype) or not agree(lengths.shape[0], batch):
        raise TypeRuleError(f"seq_lengths must be {show((batch,))} integers, found {lengths}", 1)
    return type_


def _evaluate_reverse_sequence(attrs: Attrs, data: Array, seq_lengths: Array) -> Array:
    """Reverses the first ``seq_lengths[b]`` elements of sequence ``b``; lengths beyond the dimension mean all of it."""
    lengths = np.minimum(seq_lengths.astype(np.int64), data.shape[attrs.seq_axis])
    grid: list[Array] = list(np.indices(data.shape, sparse=True))
    position = grid[attrs.seq_axis]
    limit = lengths[grid[attrs.batch_axis]]
    grid[attrs.seq_axis] = np.where(position < limit, limit - 1 - position, position)
    return np.asarray(data[tuple(np.broadcast_arrays(*grid))])


def _lower_reverse_sequence(ctx: Lowering, attrs: Attrs, data: Any, seq_lengths: Any) -> Any:
    from tvm import tirx

    result = ctx.result
    shape = result.static_shape
    seq, batch = attrs.seq_axis % result.rank, attrs.batch_axis % result.rank

    def function(index: Sequence[Any], load: Any, length: Any) -> Any:
        limit = tirx.Min(length([index[batch]]).astype("int64"), _wide(shape[seq]))
        position = index[seq].astype("int64")
        chosen = tirx.Select(position < limit, limit - 1 - position, position)
        return load([*index[:seq], chosen, *index[seq + 1 :]])

    return emit_indexed(ctx, shape, function, data, seq_lengths)


register(
    "reverse_sequence",
    ("data", "seq_lengths"),
    (Attr("seq_axis", "int", 1), Attr("batch_axis", "int", 0)),
    infer=_infer_reverse_sequence,
    evaluate=_evaluate_reverse_sequence,
    lower=_lower_reverse_sequence,
    definition=_DEFINITION,
)


def _infer_sliding_window(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    axis = normalize_axis(attrs.axis, type_.rank)
    if not len(attrs.window_shape) == len(attrs.strides) == type_.rank - axis:
        raise TypeRuleError(f"window_shape and strides must have {type_.rank - axis} values each, one from axis on")
    windows: list[Dim] = []
    for size, window, stride in zip(type_.shape[axis:], attrs.window_shape, attrs.strides, strict=True):
        if window < 1 or stride < 1 or (size is not None and window > size):
            raise TypeRuleError(f"a window of {window} with stride {stride} does not fit a dimension of {size}")
        windows.append(None if size is None else (size - window) // stride + 1)
    return TensorType((*type_.shape[:axis], *windows, *attrs.window_shape), type_.dtype)


def _evaluate_sliding_window(attrs: Attrs, data: Array) -> Array:
    axis = attrs.axis % data.ndim
    axes = tuple(range(axis, data.ndim))
    windows: Array = np.lib.stride_tricks.sliding_window_view(data, attrs.window_shape, axes)
    return np.copy(windows[(slice(None),) * axis + tuple(slice(None, None, s) for s in attrs.strides)])


def _lower_sliding_window(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    result = ctx.result
    count = len(attrs.strides)
    axis = result.rank - 2 * count

    def function(index: Sequence[Any], load: Any) -> Any:
        starts, inside = index[axis : axis + count], index[axis + count :]
        return load([*index[:axis], *[s * n + i for s, n, i in zip(starts, attrs.strides, inside, strict=True)]])

    return emit_indexed(ctx, result.static_shape, function, data)


register(
    "sliding_window",
    ("data",),
    (Attr("axis", "int"), Attr("window_shape", "int[]"), Attr("strides", "int[]")),
    infer=_infer_sliding_window,
    evaluate=_evaluate_sliding_window,
    lower=_lower_sliding_window,
    definition=_DEFINITION,
)
