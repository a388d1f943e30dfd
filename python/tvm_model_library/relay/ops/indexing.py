"""Operators that read a tensor at positions that another tensor gives: take, gather, gather_nd, adv_index, one_hot.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc and include/tvm/topi/transform.h. Where TVM leaves indices out of
range undefined (it reads whatever lies there), the nearest element is read: networks that mask such elements
afterwards, as losses with an ignored class do, have a meaning, and no index reads outside of a tensor. The mode
``fast`` of ``take`` promises that indices are in range: the interpreter holds the program to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor, tensors
from tvm_model_library.relay.ops._broadcast import broadcast_shape, emit_indexed, show
from tvm_model_library.relay.ops._dtypes import is_float, is_integer
from tvm_model_library.relay.ops._shapes import agree, normalize_axis
from tvm_model_library.relay.ops.cast import cast_expression
from tvm_model_library.relay.types import Shape, TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"


def integer_tensor(type_: Type, argument: int, what: str) -> TensorType:
    """``type_`` as a tensor of integers, or a :class:`TypeRuleError`."""
    result = tensor(type_, argument, what)
    if not is_integer(result.dtype):
        raise TypeRuleError(f"{what} must be integers, found {result}; cast it", argument)
    return result


def check_indices(indices: Array, size: int, what: str = "index") -> Array:
    """The indices as int64. Raises :class:`EvaluationRuleError` when one is not in [0, size)."""
    wide = _as_int64(indices)
    outside = wide[(wide < 0) | (wide >= size)]
    if outside.size:
        raise EvaluationRuleError(f"{what} {outside.flat[0]} is out of range for a dimension of {size}")
    return wide


def nearest_indices(indices: Array, size: int) -> Array:
    """The indices as int64, held within [0, size); :class:`EvaluationRuleError` when there is nothing to read."""
    if size == 0 and indices.size:
        raise EvaluationRuleError("there is nothing to read from an empty dimension")
    return np.clip(_as_int64(indices), 0, max(size - 1, 0))


def _as_int64(indices: Array) -> Array:
    """Indices as int64; one beyond that, which only uint64 has, stays beyond every dimension."""
    if indices.dtype == np.uint64:
        indices = np.minimum(indices, np.uint64(2**63 - 1))
    return indices.astype(np.int64)


def nearest_expression(index: Any, size: int) -> Any:
    """A TIR index as int64, held within [0, size)."""
    from tvm import tirx

    if index.ty.dtype == "uint64":  # TVM takes a number cast from an unsigned type to be positive
        index = tirx.Min(index, tirx.const(max(size - 1, 0), "uint64"))
    return tirx.Min(tirx.Max(index.astype("int64"), tirx.const(0, "int64")), tirx.const(max(size - 1, 0), "int64"))


def _shape(ctx: Lowering, argument: int) -> tuple[int, ...]:
    type_ = ctx.tensor(argument)
    return type_.static_shape


def _take_dims(attrs: Attrs, data: Shape, indices: Shape) -> tuple[int, int]:
    """Axis and number of batch dimensions, non-negative and checked."""
    axis = normalize_axis(attrs.axis, len(data))
    batch = attrs.batch_dims + (len(indices) if attrs.batch_dims < 0 else 0)
    if not 0 <= batch <= min(axis, len(indices)):
        raise TypeRuleError(f"batch_dims must be in [0, {min(axis, len(indices))}], found {attrs.batch_dims}", 1)
    if not all(agree(a, b) for a, b in zip(data[:batch], indices[:batch], strict=True)):
        raise TypeRuleError(f"data {show(data)} and indices {show(indices)} differ in batch dimensions", 1)
    return axis, batch


def _infer_take(attrs: Attrs, data: Type, indices: Type) -> TensorType:
    type_, where = tensor(data, 0, "data"), integer_tensor(indices, 1, "indices")
    if attrs.axis is None:
        return TensorType(where.shape, type_.dtype)
    axis, batch = _take_dims(attrs, type_.shape, where.shape)
    return TensorType(type_.shape[:axis] + where.shape[batch:] + type_.shape[axis + 1 :], type_.dtype)


def _bounded(attrs: Attrs, indices: Array, size: int) -> Array:
    clipped = nearest_indices(indices, size)
    if attrs.mode == "clip":
        return clipped
    wide = indices.astype(np.int64)
    return wide % size if attrs.mode == "wrap" and size else check_indices(indices, size)


def _evaluate_take(attrs: Attrs, data: Array, indices: Array) -> Array:
    if attrs.axis is None:
        return np.asarray(data.reshape(-1)[_bounded(attrs, indices, data.size)])
    axis, batch = _take_dims(attrs, data.shape, indices.shape)
    where = _bounded(attrs, indices, data.shape[axis])
    if batch == 0:
        return np.asarray(np.take(data, where, axis))
    lead = data.shape[:batch]
    rows = [np.take(data[b], where[b], axis - batch) for b in np.ndindex(*lead)]
    shape = data.shape[:axis] + indices.shape[batch:] + data.shape[axis + 1 :]
    return np.stack(rows).reshape(shape) if rows else np.zeros(shape, data.dtype)


def _bounded_expression(attrs: Attrs, index: Any, size: int) -> Any:
    from tvm import tirx

    if attrs.mode != "wrap":
        return nearest_expression(index, size)
    return tirx.floormod(index.astype("int64"), tirx.const(size, "int64"))


def unravel(flat: Any, shape: Sequence[int]) -> list[Any]:
    """The position in a tensor of ``shape`` of the element at row-major offset ``flat``."""
    from tvm import tirx

    position: list[Any] = []
    for size in reversed(shape[1:]):
        position.insert(0, tirx.floormod(flat, tirx.const(size, "int64")))
        flat = tirx.floordiv(flat, tirx.const(size, "int64"))
    return [flat, *position] if shape else []


def _lower_take(ctx: Lowering, attrs: Attrs, data: Any, indices: Any) -> Any:
    result = ctx.result
    shape, where = _shape(ctx, 0), _shape(ctx, 1)
    if 0 in shape and result.size:
        ctx.refuse("there is nothing to take from an empty tensor")

    if attrs.axis is None:
        count = int(np.prod(shape, dtype=np.int64))

        def flat(index: Sequence[Any], load: Any, at: Any) -> Any:
            return load(unravel(_bounded_expression(attrs, at(index), count), shape))

        return emit_indexed(ctx, result.static_shape, flat, data, indices)
    axis, batch = _take_dims(attrs, shape, where)
    behind = axis + len(where) - batch

    def function(index: Sequence[Any], load: Any, at: Any) -> Any:
        chosen = _bounded_expression(attrs, at([*index[:batch], *index[axis:behind]]), shape[axis])
        return load([*index[:axis], chosen, *index[behind:]])

    return emit_indexed(ctx, result.static_shape, function, data, indices)


register(
    "take",
    ("data", "indices"),
    (
        Attr("batch_dims", "int", 0),
        Attr("axis", "int?", None),
        Attr("mode", "str", "clip", ("clip", "wrap", "fast")),
    ),
    infer=_infer_take,
    evaluate=_evaluate_take,
    lower=_lower_take,
    definition=_DEFINITION,
)


def _infer_gather(attrs: Attrs, data: Type, indices: Type) -> TensorType:
    type_, where = tensor(data, 0, "data"), integer_tensor(indices, 1, "indices")
    axis = normalize_axis(attrs.axis, type_.rank)
    same = type_.rank == where.rank and all(
        agree(a, b) for i, (a, b) in enumerate(zip(type_.shape, where.shape, strict=True)) if i != axis
    )
    if not same:
        raise TypeRuleError(f"indices {where} must have the shape of data {type_}, but for dimension {axis}", 1)
    return TensorType(where.shape, type_.dtype)


def _evaluate_gather(attrs: Attrs, data: Array, indices: Array) -> Array:
    return np.take_along_axis(data, nearest_indices(indices, data.shape[attrs.axis]), attrs.axis)


def _lower_gather(ctx: Lowering, attrs: Attrs, data: Any, indices: Any) -> Any:
    result = ctx.result
    axis = attrs.axis % result.rank
    size = _shape(ctx, 0)[axis]
    if size == 0 and result.size:
        ctx.refuse("there is nothing to read from an empty dimension")

    def function(index: Sequence[Any], load: Any, at: Any) -> Any:
        return load([*index[:axis], nearest_expression(at(index), size), *index[axis + 1 :]])

    return emit_indexed(ctx, result.static_shape, function, data, indices)


register(
    "gather",
    ("data", "indices"),
    (Attr("axis", "int"),),
    infer=_infer_gather,
    evaluate=_evaluate_gather,
    lower=_lower_gather,
    definition=_DEFINITION,
)


def _infer_gather_nd(attrs: Attrs, data: Type, indices: Type) -> TensorType:
    type_, where = tensor(data, 0, "data"), tensor(indices, 1, "indices")
    batch = attrs.batch_dims
    if where.rank == 0 or where.shape[0] is None:
        raise TypeRuleError(f"the first dimension of indices must be known, found {where}", 1)
    if batch < 0 or where.shape[0] + batch > type_.rank or batch > where.rank - 1:
        raise TypeRuleError(f"{where.shape[0]} indices and {batch} batch dimensions do not fit data {type_}", 1)
    if not all(agree(type_.shape[i], where.shape[i + 1]) for i in range(batch)):
        raise TypeRuleError(f"data {type_} and indices {where} differ in batch dimensions", 1)
    return TensorType(where.shape[1:] + type_.shape[where.shape[0] + batch :], type_.dtype)


def _evaluate_gather_nd(attrs: Attrs, data: Array, indices: Array) -> Array:
    batch = attrs.batch_dims
    grid = np.indices(indices.shape[1:], sparse=True)[:batch]
    chosen = [nearest_indices(indices[m], data.shape[batch + m]) for m in range(indices.shape[0])]
    if not (grid or chosen):
        return np.copy(np.broadcast_to(data, indices.shape[1:] + data.shape))
    position = np.broadcast_arrays(*grid, *chosen)
    return np.asarray(data[tuple(position)])


def _lower_gather_nd(ctx: Lowering, attrs: Attrs, data: Any, indices: Any) -> Any:
    result = ctx.result
    shape, where = _shape(ctx, 0)[attrs.batch_dims :], _shape(ctx, 1)
    lead = len(where) - 1
    if 0 in shape and result.size:
        ctx.refuse("there is nothing to read from an empty tensor")

    def function(index: Sequence[Any], load: Any, at: Any) -> Any:
        chosen = [nearest_expression(at([m, *index[:lead]]), shape[m]) for m in range(where[0])]
        return load([*index[: attrs.batch_dims], *chosen, *index[lead:]])

    return emit_indexed(ctx, result.static_shape, function, data, indices)


register(
    "gather_nd",
    ("data", "indices"),
    (Attr("batch_dims", "int", 0), Attr("index_rank", "int?", None)),
    infer=_infer_gather_nd,
    evaluate=_evaluate_gather_nd,
    lower=_lower_gather_nd,
    definition=_DEFINITION,
)


def _adv_fields(inputs: Type) -> tuple[TensorType, tuple[TensorType, ...]]:
    data, *indices = tensors(inputs, 0, "inputs")
    if not 1 <= len(indices) <= data.rank:
        raise TypeRuleError(f"inputs must hold data {data} and 1 to {data.rank} index tensors, found {len(indices)}", 0)
    for i, field in enumerate(indices):
        integer_tensor(field, 0, f"inputs[{i + 1}]")
    return data, tuple(indices)


def _infer_adv_index(attrs: Attrs, inputs: Type) -> TensorType:
    data, indices = _adv_fields(inputs)
    shape: Shape = ()
    for field in indices:
        shape = broadcast_shape(shape, field.shape)
    return TensorType(shape + data.shape[len(indices) :], data.dtype)


def _evaluate_adv_index(attrs: Attrs, inputs: tuple[Array, ...]) -> Array:
    data, *indices = inputs
    chosen = [nearest_indices(at, size) for at, size in zip(indices, data.shape, strict=False)]
    return np.asarray(data[tuple(np.broadcast_arrays(*chosen))])


def _lower_adv_index(ctx: Lowering, attrs: Attrs, inputs: tuple[Any, ...]) -> Any:
    result = ctx.result
    data, indices = _adv_fields(ctx.argument_types[0])
    lead = result.rank - (data.rank - len(indices))
    shape = data.static_shape
    if 0 in shape and result.size:
        ctx.refuse("there is nothing to read from an empty tensor")

    def function(index: Sequence[Any], load: Any, *at: Any) -> Any:
        chosen = [nearest_expression(read(index[:lead]), size) for read, size in zip(at, shape, strict=False)]
        return load([*chosen, *index[lead:]])

    return emit_indexed(ctx, result.static_shape, function, *inputs)


register(
    "adv_index",
    ("inputs",),
    infer=_infer_adv_index,
    evaluate=_evaluate_adv_index,
    lower=_lower_adv_index,
    definition=_DEFINITION,
)


def _one_hot_axis(attrs: Attrs, rank: int) -> int:
    return normalize_axis(attrs.axis, rank + 1)


def _infer_one_hot(attrs: Attrs, indices: Type, on_value: Type, off_value: Type) -> TensorType:
    where = tensor(indices, 0, "indices")
    for argument, value in ((1, on_value), (2, off_value)):
        if tensor(value, argument, "value").rank:
            raise TypeRuleError(f"on_value and off_value must be scalars, found {value}", argument)
    if attrs.depth < 1:
        raise TypeRuleError(f"depth must be positive, found {attrs.depth}")
    axis = _one_hot_axis(attrs, where.rank)
    return TensorType((*where.shape[:axis], attrs.depth, *where.shape[axis:]), attrs.dtype)


def _evaluate_one_hot(attrs: Attrs, indices: Array, on_value: Array, off_value: Array) -> Array:
    axis = _one_hot_axis(attrs, indices.ndim)
    classes = np.arange(attrs.depth).reshape(-1, *[1] * (indices.ndim - axis))
    hot = np.expand_dims(indices, axis) == classes
    dtype = numpy_dtype(attrs.dtype)
    return np.where(hot, on_value.astype(dtype), off_value.astype(dtype))


def _lower_one_hot(ctx: Lowering, attrs: Attrs, indices: Any, on_value: Any, off_value: Any) -> Any:
    from tvm import tirx

    result = ctx.result
    where, on, off = (t.dtype if isinstance(t, TensorType) else "" for t in ctx.argument_types)
    axis = _one_hot_axis(attrs, result.rank - 1)
    compared = "float64" if is_float(where) else "int64"

    def function(index: Sequence[Any], at: Any, hot: Any, cold: Any) -> Any:
        chosen = at([*index[:axis], *index[axis + 1 :]]).astype(compared)
        values = cast_expression(hot([]), on, attrs.dtype), cast_expression(cold([]), off, attrs.dtype)
        return tirx.Select(tirx.EQ(chosen, index[axis].astype(compared)), *values)

    return emit_indexed(ctx, result.static_shape, function, indices, on_value, off_value)


register(
    "one_hot",
    ("indices", "on_value", "off_value"),
    (Attr("depth", "int", 1), Attr("axis", "int", -1), Attr("dtype", "dtype", "float32")),
    infer=_infer_one_hot,
    evaluate=_evaluate_one_hot,
    lower=_lower_one_hot,
    definition=_DEFINITION,
)
