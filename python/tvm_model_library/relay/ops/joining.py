"""Operators that permute dimensions, join tensors and take them apart: transpose, concatenate, stack, split.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc and transform.h.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor, tensors
from tvm_model_library.relay.ops._broadcast import emit_indexed, kernel_name, show
from tvm_model_library.relay.ops._shapes import normalize_axes, normalize_axis
from tvm_model_library.relay.types import Dim, TensorType, TupleType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_MAX_PARTS = 2**16
_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"


def _permutation(attrs: Attrs, rank: int) -> tuple[int, ...]:
    if attrs.axes is None:
        return tuple(range(rank))[::-1]
    if len(attrs.axes) != rank:
        raise TypeRuleError(f"axes must name all {rank} dimensions, found {list(attrs.axes)}")
    return normalize_axes(attrs.axes, rank, "axes")


def _infer_transpose(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    return TensorType(tuple(type_.shape[a] for a in _permutation(attrs, type_.rank)), type_.dtype)


def _evaluate_transpose(attrs: Attrs, data: Array) -> Array:
    return np.transpose(data, attrs.axes)


def _lower_transpose(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    result = ctx.result
    axes = _permutation(attrs, result.rank)

    def function(index: Sequence[Any], load: Any) -> Any:
        source = [index[axes.index(dim)] for dim in range(len(axes))]
        return load(source)

    return emit_indexed(ctx, result.static_shape, function, data)


register(
    "transpose",
    ("data",),
    (Attr("axes", "int[]?", None),),
    infer=_infer_transpose,
    evaluate=_evaluate_transpose,
    lower=_lower_transpose,
    definition=_DEFINITION,
)


def join_types(fields: tuple[TensorType, ...], what: str) -> TensorType:
    """Check that there are tensors, all of one rank and dtype; gives the first."""
    if not fields:
        raise TypeRuleError(f"{what} needs at least one tensor", 0)
    first = fields[0]
    for i, field in enumerate(fields):
        if field.rank != first.rank:
            raise TypeRuleError(f"{what} needs tensors of one rank, found {first} and {field} (field {i})", 0)
        if field.dtype != first.dtype:
            raise TypeRuleError(
                f"{what} needs one dtype, found {first.dtype} and {field.dtype} (field {i}); cast one", 0
            )
    return first


def join_dim(fields: tuple[TensorType, ...], dim: int, what: str) -> Dim:
    """The size that all tensors have in dimension ``dim``; None when any tensor's is unknown."""
    sizes = {f.shape[dim] for f in fields}
    known = sizes - {None}
    if len(known) > 1:
        shapes = ", ".join(show(f.shape) for f in fields)
        raise TypeRuleError(f"{what} needs equal sizes in dimension {dim}, found shapes {shapes}", 0)
    return None if None in sizes else known.pop()


def concatenate_rule(fields: tuple[TensorType, ...], axis: int) -> TensorType:
    """Type of the concatenation of tensors along ``axis``."""
    first = join_types(fields, "concatenate")
    place = normalize_axis(axis, first.rank)
    sizes = [f.shape[place] for f in fields]
    known = [s for s in sizes if s is not None]
    joined = sum(known) if len(known) == len(sizes) else None
    shape = [joined if i == place else _concatenated_dim(fields, i, joined) for i in range(first.rank)]
    return TensorType(tuple(shape), first.dtype)


def _concatenated_dim(fields: tuple[TensorType, ...], dim: int, joined: Dim) -> Dim:
    """Where the joined dimension is unknown anyway, one known size among the others is taken for all."""
    size = join_dim(fields, dim, "concatenate")
    known = [f.shape[dim] for f in fields if f.shape[dim] is not None]
    return known[0] if size is None and joined is None and known else size


def _infer_concatenate(attrs: Attrs, data: Type) -> TensorType:
    return concatenate_rule(tensors(data, 0, "data"), attrs.axis)


def _evaluate_concatenate(attrs: Attrs, data: tuple[Array, ...]) -> Array:
    return np.concatenate(data, attrs.axis)


def select(index: Any, starts: Sequence[int], value: Callable[[int], Any]) -> Any:
    """``value(k)`` for the last ``k`` whose start ``index`` has reached; ``starts`` ascend from 0. The conditions are a
    balanced tree: a chain of hundreds is too deep for TVM, and slow.
    """
    from tvm import tirx

    def between(low: int, high: int) -> Any:
        if high - low == 1:
            return value(low)
        middle = (low + high) // 2
        return tirx.if_then_else(index < starts[middle], between(low, middle), between(middle, high))

    return between(0, len(starts))


def lower_concatenate(ctx: Lowering, data: Sequence[Any], axis: int) -> Any:
    """Emit the concatenation of relax expressions along a non-negative axis."""
    from tvm import te

    result = ctx.result

    def compute(*fields: Any) -> Any:
        def element(*index: Any) -> Any:
            def read(field: Any, offset: int) -> Any:
                return field(*index[:axis], index[axis] - offset, *index[axis + 1 :])

            starts = [0]
            for field in fields[:-1]:
                starts.append(starts[-1] + int(field.shape[axis]))
            return select(index[axis], starts, lambda k: read(fields[k], starts[k]))

        return te.compute(result.static_shape, element, name=kernel_name(ctx.operator))

    return ctx.emit_te(compute, *data)


def _lower_concatenate(ctx: Lowering, attrs: Attrs, data: tuple[Any, ...]) -> Any:
    result = ctx.result
    return lower_concatenate(ctx, data, attrs.axis % result.rank)


register(
    "concatenate",
    ("data",),
    (Attr("axis", "int", 0),),
    infer=_infer_concatenate,
    evaluate=_evaluate_concatenate,
    lower=_lower_concatenate,
    definition=_DEFINITION,
)


def _stack_axis(attrs: Attrs, rank: int) -> int:
    if not -rank - 1 <= attrs.axis <= rank:
        raise TypeRuleError(f"axis must be in [{-rank - 1}, {rank}] for {rank} dimensions, found {attrs.axis}")
    return int(attrs.axis) % (rank + 1)


def _infer_stack(attrs: Attrs, data: Type) -> TensorType:
    fields = tensors(data, 0, "data")
    first = join_types(fields, "stack")
    axis = _stack_axis(attrs, first.rank)
    for dim in range(first.rank):
        join_dim(fields, dim, "stack")
    return TensorType((*first.shape[:axis], len(fields), *first.shape[axis:]), first.dtype)


def _evaluate_stack(attrs: Attrs, data: tuple[Array, ...]) -> Array:
    return np.stack(data, attrs.axis)


def _lower_stack(ctx: Lowering, attrs: Attrs, data: tuple[Any, ...]) -> Any:

    result = ctx.result
    axis = _stack_axis(attrs, result.rank - 1)

    def function(index: Sequence[Any], *loads: Any) -> Any:
        rest = [*index[:axis], *index[axis + 1 :]]
        return select(index[axis], range(len(loads)), lambda k: loads[k](rest))

    return emit_indexed(ctx, result.static_shape, function, *data)


register(
    "stack",
    ("data",),
    (Attr("axis", "int", 0),),
    infer=_infer_stack,
    evaluate=_evaluate_stack,
    lower=_lower_stack,
    definition=_DEFINITION,
)


def _split_sizes(attrs: Attrs, size: Dim) -> list[Dim]:
    """The sizes of the parts along the axis: equal sections, or parts that end at the given indices."""
    parts = attrs.indices_or_sections
    if isinstance(parts, int):
        if parts < 1:
            raise TypeRuleError(f"indices_or_sections must be positive, found {parts}")
        if size is not None and size % parts:
            raise TypeRuleError(f"a dimension of {size} can't be split into {parts} equal sections", 0)
        if parts > _MAX_PARTS:
            raise TypeRuleError(f"{parts} sections are too many: at most {_MAX_PARTS} results have names")
        return [None if size is None else size // parts] * parts
    if not isinstance(parts, tuple) or not all(isinstance(p, int) for p in parts):
        raise TypeRuleError(f"indices_or_sections must be an integer or a list of integers, found {parts}")
    starts = [0, *parts]
    if any(a >= b for a, b in itertools.pairwise(starts)) or (size is not None and starts[-1] >= size):
        raise TypeRuleError(f"indices_or_sections must ascend within the dimension of {size}, found {list(parts)}")
    sizes: list[Dim] = [b - a for a, b in itertools.pairwise(starts)]
    return [*sizes, None if size is None else size - starts[-1]]


def _infer_split(attrs: Attrs, data: Type) -> TupleType:
    type_ = tensor(data, 0, "data")
    axis = normalize_axis(attrs.axis, type_.rank)
    sizes = _split_sizes(attrs, type_.shape[axis])
    before, after = type_.shape[:axis], type_.shape[axis + 1 :]
    return TupleType(tuple(TensorType((*before, size, *after), type_.dtype) for size in sizes))


def _evaluate_split(attrs: Attrs, data: Array) -> tuple[Array, ...]:
    return tuple(np.split(data, attrs.indices_or_sections, attrs.axis))


def _lower_split(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    result = ctx.result_type
    assert isinstance(result, TupleType)
    start, parts = 0, []
    for field in result.fields:
        assert isinstance(field, TensorType)
        axis = attrs.axis % field.rank

        def function(index: Sequence[Any], load: Any, axis: int = axis, start: int = start) -> Any:
            return load([*index[:axis], index[axis] + start, *index[axis + 1 :]])

        parts.append(emit_indexed(ctx, field.static_shape, function, data))
        start += field.static_shape[axis]
    return tuple(parts)


register(
    "split",
    ("data",),
    (Attr("indices_or_sections", "any"), Attr("axis", "int", 0)),
    infer=_infer_split,
    evaluate=_evaluate_split,
    lower=_lower_split,
    definition=_DEFINITION,
)
