"""Operators that repeat a tensor's elements or choose among tensors: broadcast_to, tile, repeat, where, collapse_sum.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import (
    Attr,
    Attrs,
    EvaluationRuleError,
    TypeRuleError,
    check_rank,
    register,
    tensor,
)
from tvm_model_library.relay.ops._broadcast import (
    broadcast_shape,
    emit_indexed,
    emit_pointwise,
    kernel_name,
    same_dtype,
    show,
)
from tvm_model_library.relay.ops._dtypes import wide, widen
from tvm_model_library.relay.ops._shapes import normalize_axis
from tvm_model_library.relay.ops.cast import cast_expression
from tvm_model_library.relay.types import Shape, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"


def _check_target(shape: Shape, target: Shape) -> None:
    """Raise :class:`TypeRuleError` unless ``shape`` broadcasts to ``target``."""
    joined = broadcast_shape(shape, target)
    if len(joined) != len(target) or any(
        t is not None and j is not None and j != t for j, t in zip(joined, target, strict=True)
    ):
        raise TypeRuleError(f"a tensor of shape {show(shape)} does not broadcast to {show(target)}", 0)


def _infer_broadcast_to(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    _check_target(type_.shape, attrs.shape)
    return TensorType(attrs.shape, type_.dtype)


def _evaluate_broadcast_to(attrs: Attrs, data: Array) -> Array:
    return np.asarray(np.broadcast_to(data, attrs.shape).copy())


def _infer_broadcast_to_like(attrs: Attrs, data: Type, broadcast_type: Type) -> TensorType:
    type_, like = tensor(data, 0, "data"), tensor(broadcast_type, 1, "broadcast_type")
    same_dtype(type_, like, 1)
    _check_target(type_.shape, like.shape)
    return like


def _evaluate_broadcast_to_like(attrs: Attrs, data: Array, broadcast_type: Array) -> Array:
    return np.asarray(np.broadcast_to(data, broadcast_type.shape).copy())


def _lower_broadcast(ctx: Lowering, attrs: Attrs, data: Any, *like: Any) -> Any:
    return emit_pointwise(ctx, lambda x: x, data)


register(
    "broadcast_to",
    ("data",),
    (Attr("shape", "int[]"), Attr("dtype", "dtype?", None)),
    infer=_infer_broadcast_to,
    evaluate=_evaluate_broadcast_to,
    lower=_lower_broadcast,
    definition=_DEFINITION,
)
register(
    "broadcast_to_like",
    ("data", "broadcast_type"),
    infer=_infer_broadcast_to_like,
    evaluate=_evaluate_broadcast_to_like,
    lower=_lower_broadcast,
    definition=_DEFINITION,
)


def _collapse(data: Array, shape: tuple[int, ...]) -> Array:
    """The sum over the dimensions along which ``shape`` would be broadcast to ``data``'s shape."""
    lead = data.ndim - len(shape)
    axes = tuple(i for i, n in enumerate(data.shape) if i < lead or (shape[i - lead] == 1 and n != 1))
    if lead < 0 or any(shape[i - lead] not in (1, n) for i, n in enumerate(data.shape) if i >= lead):
        raise EvaluationRuleError(f"shape {shape} does not broadcast to {data.shape}")
    total = np.sum(widen(data), axis=axes, dtype=widen(data).dtype, keepdims=True)
    return np.asarray(total).reshape(shape).astype(data.dtype)


def _infer_collapse_like(attrs: Attrs, data: Type, collapse_type: Type) -> TensorType:
    type_, like = tensor(data, 0, "data"), tensor(collapse_type, 1, "collapse_type")
    same_dtype(type_, like, 1)
    _check_target(like.shape, type_.shape)
    return like


def _evaluate_collapse_like(attrs: Attrs, data: Array, collapse_type: Array) -> Array:
    return _collapse(data, collapse_type.shape)


def _infer_collapse_to(attrs: Attrs, data: Type, shape: Type) -> TensorType:
    type_, target = tensor(data, 0, "data"), tensor(shape, 1, "shape")
    if target.rank != 1 or target.shape[0] is None:
        raise TypeRuleError(f"shape must be a vector of known length, found {target}", 1)
    rank = check_rank(target.shape[0], "shape", 1)
    result: Shape = (None,) * rank if attrs.shape is None else attrs.shape
    if attrs.shape is not None:
        _check_target(result, type_.shape)
    return TensorType(result, type_.dtype)


def _evaluate_collapse_to(attrs: Attrs, data: Array, shape: Array) -> Array:
    return _collapse(data, tuple(int(n) for n in shape))


def _lower_collapse(ctx: Lowering, attrs: Attrs, data: Any, *like: Any) -> Any:
    from tvm import te

    source = ctx.tensor(0)
    shape, target, dtype = source.static_shape, ctx.result.static_shape, source.dtype
    lead = len(shape) - len(target)
    summed = [i for i, n in enumerate(shape) if i < lead or (target[i - lead] == 1 and n != 1)]
    if any(shape[i] == 0 for i in summed):
        return emit_indexed(ctx, target, lambda index: _zero(dtype))

    def compute(values: Any) -> Any:
        loops = {i: te.reduce_axis((0, shape[i]), name=f"r{i}") for i in summed}

        def element(*index: Any) -> Any:
            at = [loops[i] if i in loops else index[i - lead] for i in range(len(shape))]
            value = values(*at).astype(wide(dtype))
            return te.sum(value, axis=list(loops.values())) if loops else value

        total = te.compute(target, element, name=kernel_name(ctx.operator) + "_red")
        return te.compute(target, lambda *i: total(*i).astype(dtype), name=kernel_name(ctx.operator))

    return ctx.emit_te(compute, data)


def _zero(dtype: str) -> Any:
    from tvm import tirx

    return tirx.const(0, dtype)


register(
    "collapse_sum_like",
    ("data", "collapse_type"),
    infer=_infer_collapse_like,
    evaluate=_evaluate_collapse_like,
    lower=_lower_collapse,
    definition=_DEFINITION,
)
register(
    "collapse_sum_to",
    ("data", "shape"),
    (Attr("shape", "int[]?", None), Attr("dtype", "dtype?", None)),
    infer=_infer_collapse_to,
    evaluate=_evaluate_collapse_to,
    lower=_lower_collapse,
    definition=_DEFINITION,
)


def _infer_repeat(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    if attrs.repeats < 1:
        raise TypeRuleError(f"repeats must be positive, found {attrs.repeats}")
    axis = normalize_axis(attrs.axis, type_.rank)
    size = type_.shape[axis]
    repeated = None if size is None else size * attrs.repeats
    return TensorType((*type_.shape[:axis], repeated, *type_.shape[axis + 1 :]), type_.dtype)


def _evaluate_repeat(attrs: Attrs, data: Array) -> Array:
    return np.repeat(data, attrs.repeats, attrs.axis)


def _lower_repeat(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    axis = attrs.axis % ctx.result.rank

    def function(index: Sequence[Any], load: Any) -> Any:
        return load([*index[:axis], index[axis] // attrs.repeats, *index[axis + 1 :]])

    return emit_indexed(ctx, ctx.result.static_shape, function, data)


register(
    "repeat",
    ("data",),
    (Attr("repeats", "int"), Attr("axis", "int")),
    infer=_infer_repeat,
    evaluate=_evaluate_repeat,
    lower=_lower_repeat,
    definition=_DEFINITION,
)


def _infer_tile(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    if any(r < 1 for r in attrs.reps):
        raise TypeRuleError(f"reps must be positive, found {list(attrs.reps)}")
    rank = max(type_.rank, len(attrs.reps))
    shape = (1,) * (rank - type_.rank) + type_.shape
    reps = (1,) * (rank - len(attrs.reps)) + attrs.reps
    return TensorType(tuple(None if d is None else d * r for d, r in zip(shape, reps, strict=True)), type_.dtype)


def _evaluate_tile(attrs: Attrs, data: Array) -> Array:
    return np.tile(data, attrs.reps)


def _lower_tile(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    source = ctx.tensor(0)
    shape = source.static_shape

    def function(index: Sequence[Any], load: Any) -> Any:
        return load([i if n == m else i % n for i, n, m in zip(index[-len(shape) :], shape, extents, strict=True)])

    target = ctx.result.static_shape
    extents = target[len(target) - len(shape) :]
    if not shape:
        return emit_indexed(ctx, target, lambda index, load: load([]), data)
    return emit_indexed(ctx, target, function, data)


register(
    "tile",
    ("data",),
    (Attr("reps", "int[]"),),
    infer=_infer_tile,
    evaluate=_evaluate_tile,
    lower=_lower_tile,
    definition=_DEFINITION,
)


def _infer_where(attrs: Attrs, condition: Type, x: Type, y: Type) -> TensorType:
    test, first, second = tensor(condition, 0, "condition"), tensor(x, 1, "x"), tensor(y, 2, "y")
    same_dtype(first, second, 2)
    return TensorType(broadcast_shape(test.shape, broadcast_shape(first.shape, second.shape)), first.dtype)


def _evaluate_where(attrs: Attrs, condition: Array, x: Array, y: Array) -> Array:
    return np.where(condition.astype(np.bool_), x, y)


def _lower_where(ctx: Lowering, attrs: Attrs, condition: Any, x: Any, y: Any) -> Any:
    from tvm import tirx

    test = ctx.tensor(0)
    dtype = test.dtype
    return emit_pointwise(ctx, lambda c, a, b: tirx.Select(cast_expression(c, dtype, "bool"), a, b), condition, x, y)


register(
    "where",
    ("condition", "x", "y"),
    infer=_infer_where,
    evaluate=_evaluate_where,
    lower=_lower_where,
    definition=_DEFINITION,
)
