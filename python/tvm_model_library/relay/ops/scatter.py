"""Operators that write values into a tensor at given positions: scatter_elements, scatter_nd and their kin.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc, python/tvm/topi/scatter_elements.py and scatter.py. Updates
are applied in row-major order; the last one to a position wins. TVM leaves indices out of range undefined (it writes
wherever they point to): the interpreter refuses them, kernels leave such updates out.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import same_dtype
from tvm_model_library.relay.ops._dtypes import HALF, is_float, widen
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._shapes import agree, normalize_axis
from tvm_model_library.relay.ops.cast import cast_array, cast_expression
from tvm_model_library.relay.ops.indexing import check_indices, integer_tensor
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"

_ACCUMULATE = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}


def _mean(old: Any, new: Any, dtype: np.dtype[Any]) -> Any:
    """The mean of two numbers in their own dtype; that of integers truncates toward zero."""
    if dtype.kind in "iu":
        total = int(np.add(old, new, dtype=dtype))
        return abs(total) // 2 * (1 if total >= 0 else -1)
    return (old + new) / 2


def _scatter(mode: str, data: Array, position: tuple[Array, ...], updates: Array) -> Array:
    """A copy of ``data`` in which the elements at ``position`` have met ``updates``, one after the other."""
    result: Array = data.copy()
    if mode == "update":
        result[position] = updates
    elif mode == "mean":
        places = np.broadcast_arrays(*position)
        for k in np.ndindex(*updates.shape):
            target = tuple(int(p[k]) for p in places)
            result[target] = _mean(result[target], updates[k], data.dtype)
    else:
        wider = widen(result)
        _ACCUMULATE[mode].at(wider, position, widen(updates))
        result = wider.astype(data.dtype)
    return result


def _combine_expression(mode: str, old: Any, new: Any, dtype: str) -> Any:
    from tvm import tirx

    if dtype in HALF and mode != "update":
        return _combine_expression(mode, old.astype("float32"), new.astype("float32"), "float32").astype(dtype)
    if mode == "mean":
        divide = tirx.Div if is_float(dtype) else tirx.truncdiv
        return divide(old + new, tirx.const(2, dtype))
    if mode in ("min", "max"):
        return (tirx.Min if mode == "min" else tirx.Max)(old, new)
    if mode == "update":
        return new
    return old + new if mode == "add" else old * new


def _types(ctx: Lowering) -> list[TensorType]:
    return [t for t in ctx.argument_types if isinstance(t, TensorType)]


def copy_loop(source: Any, target: Any, count: int) -> None:
    """Inside a kernel: copy a flat buffer."""
    from tvm.script.ir_builder import tirx as T

    with T.serial(0, count) as i:
        target[i] = source[i]


def _infer_scatter_elements(attrs: Attrs, data: Type, indices: Type, updates: Type) -> TensorType:
    type_, where, values = tensor(data, 0, "data"), integer_tensor(indices, 1, "indices"), tensor(updates, 2, "updates")
    same_dtype(type_, values, 2)
    axis = normalize_axis(attrs.axis, type_.rank)
    if not type_.rank == where.rank == values.rank:
        raise TypeRuleError(f"data, indices and updates must have one rank, found {type_}, {where} and {values}", 1)
    for i, (d, n, u) in enumerate(zip(type_.shape, where.shape, values.shape, strict=True)):
        spare = i == 0 and n is not None and u is not None and u > n  # trailing updates without an index are not used
        if not (agree(n, u) or spare) or (i != axis and d is not None and n is not None and n > d):
            raise TypeRuleError(f"indices {where} and updates {values} do not fit data {type_} in dimension {i}", 1)
    return type_


def _evaluate_scatter_elements(attrs: Attrs, data: Array, indices: Array, updates: Array) -> Array:
    axis = attrs.axis % data.ndim
    size = data.shape[axis]
    where = indices.astype(np.int64)
    where = check_indices(np.where(where < 0, where + size, where), size)
    used = updates[: where.shape[0]]
    if used.shape != where.shape:
        raise EvaluationRuleError(f"updates of shape {updates.shape} do not fit indices of shape {where.shape}")
    position: list[Array] = list(np.indices(where.shape, sparse=True))
    position[axis] = where
    return _scatter(attrs.reduction, data, tuple(position), used)


def _lower_scatter_elements(ctx: Lowering, attrs: Attrs, data: Any, indices: Any, updates: Any) -> Any:
    types = _types(ctx)
    shape, span, dtype = types[0].static_shape, types[1].static_shape, types[0].dtype
    axis = attrs.axis % len(shape)
    strides = [prod(shape[i + 1 :]) for i in range(len(shape))]

    def body(source: Any, where: Any, values: Any, target: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        copy_loop(source, target, prod(shape))
        with T.serial(0, prod(span)) as k:
            chosen = where[k].astype("int64")
            chosen = tirx.Select(chosen < 0, chosen + shape[axis], chosen)
            offset: Any = chosen * strides[axis]
            rest: Any = k.astype("int64")
            for i in reversed(range(len(span))):
                if i != axis:
                    offset = offset + tirx.floormod(rest, tirx.const(span[i], "int64")) * strides[i]
                rest = tirx.floordiv(rest, tirx.const(max(span[i], 1), "int64"))
            with T.If(tirx.all(chosen >= 0, chosen < shape[axis])), T.Then():
                target[offset] = _combine_expression(attrs.reduction, target[offset], values[k], dtype)

    return emit_sequential(ctx, (data, indices, updates), types, [types[0]], body)[0]


register(
    "scatter_elements",
    ("data", "indices", "updates"),
    (
        Attr("axis", "int", 0),
        Attr("reduction", "str", "update", ("update", "add", "mul", "mean", "min", "max")),
    ),
    infer=_infer_scatter_elements,
    evaluate=_evaluate_scatter_elements,
    lower=_lower_scatter_elements,
    definition=_DEFINITION,
)


def _infer_scatter_nd(attrs: Attrs, data: Type, indices: Type, updates: Type) -> TensorType:
    type_, where, values = tensor(data, 0, "data"), integer_tensor(indices, 1, "indices"), tensor(updates, 2, "updates")
    same_dtype(type_, values, 2)
    depth = where.shape[0] if where.rank else None
    if depth is None or depth > type_.rank:
        raise TypeRuleError(f"the first dimension of indices must be known and at most {type_.rank}, found {where}", 1)
    expected = where.shape[1:] + type_.shape[depth:]
    if len(expected) != values.rank or not all(agree(a, b) for a, b in zip(expected, values.shape, strict=True)):
        wanted = TensorType(expected, type_.dtype)
        raise TypeRuleError(f"updates must be {wanted} for data {type_} and indices {where}, found {values}", 2)
    return type_


def _evaluate_scatter_nd(attrs: Attrs, data: Array, indices: Array, updates: Array) -> Array:
    depth = indices.shape[0]
    chosen = [check_indices(indices[m], data.shape[m]) for m in range(depth)]
    rest = np.indices(data.shape[depth:], sparse=True)
    position = [c.reshape(c.shape + (1,) * len(rest)) for c in chosen] + list(rest)
    if not position:
        position = [np.zeros(indices.shape[1:], np.int64)]
        return _scatter(attrs.mode, data.reshape(1), tuple(position), updates).reshape(())
    return _scatter(attrs.mode, data, tuple(position), updates)


def _lower_scatter_nd(ctx: Lowering, attrs: Attrs, data: Any, indices: Any, updates: Any) -> Any:
    types = _types(ctx)
    shape, where_shape, dtype = types[0].static_shape, types[1].static_shape, types[0].dtype
    depth, points, width = where_shape[0], prod(where_shape[1:]), prod(shape[where_shape[0] :])

    def body(source: Any, where: Any, values: Any, target: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        copy_loop(source, target, prod(shape))
        with T.serial(0, points) as p:
            row: Any = tirx.const(0, "int64")
            inside: Any = tirx.const(True, "bool")
            for m in range(depth):
                at = where[m * points + p].astype("int64")
                inside = tirx.all(inside, at >= 0, at < shape[m])
                row = row * shape[m] + at
            with T.If(inside), T.Then(), T.serial(0, width) as w:
                offset = row * width + w.astype("int64")
                target[offset] = _combine_expression(attrs.mode, target[offset], values[p * width + w], dtype)

    return emit_sequential(ctx, (data, indices, updates), types, [types[0]], body)[0]


register(
    "scatter_nd",
    ("data", "indices", "updates"),
    (Attr("mode", "str", "update", ("update", "add", "mul", "min", "max")),),
    infer=_infer_scatter_nd,
    evaluate=_evaluate_scatter_nd,
    lower=_lower_scatter_nd,
    definition=_DEFINITION,
)


def _infer_sparse_to_dense(attrs: Attrs, indices: Type, values: Type, default: Type) -> TensorType:
    where = integer_tensor(indices, 0, "sparse_indices")
    filled, rest = tensor(values, 1, "sparse_values"), tensor(default, 2, "default_value")
    if where.rank > 2 or filled.rank > 1 or rest.rank:
        raise TypeRuleError("sparse_indices must have at most 2 dimensions, sparse_values 1, default_value 0", 0)
    rank = len(attrs.output_shape)
    if not agree(where.shape[1] if where.rank == 2 else 1, rank):
        raise TypeRuleError(f"sparse_indices {where} must give {rank} coordinates for each value", 0)
    return TensorType(attrs.output_shape, filled.dtype)


def _evaluate_sparse_to_dense(attrs: Attrs, indices: Array, values: Array, default: Array) -> Array:
    """Positions outside the output are left out. The default value is cast to the dtype of the values."""
    shape = attrs.output_shape
    result = np.full(shape, cast_array(default, values.dtype.name))
    rows = indices.reshape(-1, len(shape)).astype(np.int64)
    for row, value in zip(rows, np.broadcast_to(values, (len(rows),)), strict=True):
        if all(0 <= r < n for r, n in zip(row, shape, strict=True)):
            result[tuple(row)] = value
    return result


def _lower_sparse_to_dense(ctx: Lowering, attrs: Attrs, indices: Any, values: Any, default: Any) -> Any:
    types = _types(ctx)
    shape = attrs.output_shape
    rank, points = len(shape), types[0].size // len(shape)
    single = types[1].rank == 0

    def body(where: Any, filled: Any, rest: Any, target: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, prod(shape)) as i:
            target[i] = cast_expression(rest[0], types[2].dtype, types[1].dtype)
        with T.serial(0, points) as p:
            offset: Any = tirx.const(0, "int64")
            inside: Any = tirx.const(True, "bool")
            for m in range(rank):
                at = where[p * rank + m].astype("int64")
                inside = tirx.all(inside, at >= 0, at < shape[m])
                offset = offset * shape[m] + at
            with T.If(inside), T.Then():
                target[offset] = filled[0 if single else p]

    result = TensorType(shape, types[1].dtype)
    return emit_sequential(ctx, (indices, values, default), types, [result], body)[0]


register(
    "sparse_to_dense",
    ("sparse_indices", "sparse_values", "default_value"),
    (Attr("output_shape", "int[]"),),
    infer=_infer_sparse_to_dense,
    evaluate=_evaluate_sparse_to_dense,
    lower=_lower_sparse_to_dense,
    definition=_DEFINITION,
)


def _infer_invert(attrs: Attrs, data: Type) -> TensorType:
    type_ = integer_tensor(data, 0, "data")
    if type_.rank != 1:
        raise TypeRuleError(f"data must be a vector, found {type_}", 0)
    return type_


def _evaluate_invert(attrs: Attrs, data: Array) -> Array:
    where = check_indices(data, data.size)
    if np.unique(where).size != where.size:
        raise EvaluationRuleError("data is not a permutation: a value occurs twice")
    result = np.empty_like(data)
    result[where] = np.arange(data.size)
    return result


def _lower_invert(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    types = _types(ctx)

    def body(source: Any, target: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        size, dtype = types[0].size, types[0].dtype
        with T.serial(0, size) as i:
            target[i] = tirx.const(0, dtype)
        with T.serial(0, size) as i:
            at = source[i].astype("int64")
            with T.If(tirx.all(at >= 0, at < size)), T.Then():
                target[at] = i.astype(dtype)

    return emit_sequential(ctx, (data,), types, [types[0]], body)[0]


register(
    "invert_permutation",
    ("data",),
    infer=_infer_invert,
    evaluate=_evaluate_invert,
    lower=_lower_invert,
    definition=_DEFINITION,
)
