"""Operators that give a tensor another shape and keep its elements in order.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import MAX_RANK, Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._shapes import (
    check_same_size,
    normalize_axes,
    reshape_shape,
    reverse_reshape_shape,
)
from tvm_model_library.relay.types import Shape, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"


def lower_view(ctx: Lowering, attrs: Attrs, data: Any, *like: Any) -> Any:
    """Lowering of every operator here: the result's shape is known, the elements stay where they are."""
    from tvm import relax, topi

    result = ctx.result
    if result.size == 0:  # relax.reshape reads a dimension of 0 as "copy the input's"
        return ctx.emit_te(topi.full, result.static_shape, result.dtype, 0)
    return ctx.emit(relax.op.reshape(data, result.static_shape))


def _sized(data: TensorType, shape: Shape) -> TensorType:
    check_same_size(data, shape)
    return TensorType(shape, data.dtype)


def _infer_reshape(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    return _sized(type_, reshape_shape(type_.shape, attrs.newshape, attrs.allowzero))


def _infer_reverse_reshape(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    return _sized(type_, reverse_reshape_shape(type_.shape, attrs.newshape, attrs.allowzero))


def _evaluate_reshape(attrs: Attrs, data: Array) -> Array:
    return data.reshape(_known(reshape_shape(data.shape, attrs.newshape, attrs.allowzero)))


def _evaluate_reverse_reshape(attrs: Attrs, data: Array) -> Array:
    return data.reshape(_known(reverse_reshape_shape(data.shape, attrs.newshape, attrs.allowzero)))


def _known(shape: Shape) -> tuple[int, ...]:
    return TensorType(shape, "bool").static_shape


_RESHAPE_ATTRIBUTES = (Attr("newshape", "int[]"), Attr("allowzero", "bool", False))

register(
    "reshape",
    ("data",),
    _RESHAPE_ATTRIBUTES,
    infer=_infer_reshape,
    evaluate=_evaluate_reshape,
    lower=lower_view,
    definition=_DEFINITION,
)
register(
    "contrib_reverse_reshape",
    ("data",),
    _RESHAPE_ATTRIBUTES,
    infer=_infer_reverse_reshape,
    evaluate=_evaluate_reverse_reshape,
    lower=lower_view,
    definition=_DEFINITION,
)


def _like_shape(attrs: Attrs, data: Shape, like: Shape) -> Shape:
    """``data``'s dimensions [lhs_begin, lhs_end) replaced by ``like``'s [rhs_begin, rhs_end)."""

    def span(begin: int, end: int | None, rank: int, side: str) -> slice:
        start = begin + rank if begin < 0 else begin
        stop = rank if end is None else end + rank if end < 0 else end
        if not 0 <= start <= stop <= rank:
            raise TypeRuleError(
                f"{side}_begin and {side}_end must be in order within [0, {rank}], found {begin}, {end}"
            )
        return slice(start, stop)

    left = span(attrs.lhs_begin, attrs.lhs_end, len(data), "lhs")
    right = span(attrs.rhs_begin, attrs.rhs_end, len(like), "rhs")
    return data[: left.start] + like[right] + data[left.stop :]


def _infer_reshape_like(attrs: Attrs, data: Type, shape_like: Type) -> TensorType:
    type_, like = tensor(data, 0, "data"), tensor(shape_like, 1, "shape_like")
    return _sized(type_, _like_shape(attrs, type_.shape, like.shape))


def _evaluate_reshape_like(attrs: Attrs, data: Array, shape_like: Array) -> Array:
    return data.reshape(_known(_like_shape(attrs, data.shape, shape_like.shape)))


register(
    "reshape_like",
    ("data", "shape_like"),
    (
        Attr("lhs_begin", "int", 0),
        Attr("lhs_end", "int?", None),
        Attr("rhs_begin", "int", 0),
        Attr("rhs_end", "int?", None),
    ),
    infer=_infer_reshape_like,
    evaluate=_evaluate_reshape_like,
    lower=lower_view,
    definition=_DEFINITION,
)


def _infer_expand_dims(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    rank = type_.rank
    if not 0 <= attrs.num_newaxis <= MAX_RANK - rank:
        raise TypeRuleError(f"num_newaxis must be in [0, {MAX_RANK - rank}], found {attrs.num_newaxis}")
    if not -rank - 1 <= attrs.axis <= rank:
        raise TypeRuleError(f"axis must be in [{-rank - 1}, {rank}] for {rank} dimensions, found {attrs.axis}")
    place = attrs.axis + rank + 1 if attrs.axis < 0 else attrs.axis
    return TensorType(type_.shape[:place] + (1,) * attrs.num_newaxis + type_.shape[place:], type_.dtype)


def _evaluate_expand_dims(attrs: Attrs, data: Array) -> Array:
    place = attrs.axis + data.ndim + 1 if attrs.axis < 0 else attrs.axis
    return np.expand_dims(data, tuple(range(place, place + attrs.num_newaxis)))


register(
    "expand_dims",
    ("data",),
    (Attr("axis", "int"), Attr("num_newaxis", "int", 1)),
    infer=_infer_expand_dims,
    evaluate=_evaluate_expand_dims,
    lower=lower_view,
    definition=_DEFINITION,
)


def _infer_squeeze(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    if attrs.axis is None:
        if not type_.is_static:
            raise TypeRuleError("squeeze of a tensor with unknown dimensions needs axis", 0)
        return TensorType(tuple(d for d in type_.shape if d != 1), type_.dtype)
    axes = normalize_axes(attrs.axis, type_.rank)
    for axis in axes:
        if type_.shape[axis] not in (1, None):
            raise TypeRuleError(f"dimension {axis} is {type_.shape[axis]}; only a dimension of 1 can be squeezed", 0)
    return TensorType(tuple(d for i, d in enumerate(type_.shape) if i not in axes), type_.dtype)


def _evaluate_squeeze(attrs: Attrs, data: Array) -> Array:
    return np.squeeze(data, attrs.axis)


register(
    "squeeze",
    ("data",),
    (Attr("axis", "int[]?", None),),
    infer=_infer_squeeze,
    evaluate=_evaluate_squeeze,
    lower=lower_view,
    definition=_DEFINITION,
)
