"""Sparse tensors as coordinates: ``sparse_reshape`` and ``sparse_fill_empty_rows``.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc, python/tvm/topi/sparse_reshape.py, sparse_fill_empty_rows.py.
Indices are in row-major order, one row of the index tensor for each stored value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dynamic import known_size
from tvm_model_library.relay.ops._qnn_products import read_channel
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"


def _coordinates(type_: Type) -> TensorType:
    found = tensor(type_, 0, "sparse_indices")
    if found.rank != 2 or not found.dtype.startswith("int"):
        raise TypeRuleError(f"sparse_indices must be integers (values, dimensions), found {found}", 0)
    return found


def _shape_vector(type_: Type, argument: int, what: str) -> TensorType:
    found = tensor(type_, argument, what)
    if found.rank != 1 or not found.dtype.startswith("int"):
        raise TypeRuleError(f"{what} must be a vector of integers, found {found}", argument)
    return found


def _infer_reshape(attrs: Attrs, indices: Type, prev_shape: Type, new_shape: Type) -> TupleType:
    found = _coordinates(indices)
    before = _shape_vector(prev_shape, 1, "prev_shape")
    after = _shape_vector(new_shape, 2, "new_shape")
    if not agree(found.shape[1], before.shape[0]):
        raise TypeRuleError(f"prev_shape must have {found.shape[1]} sizes, found {before}", 1)
    return TupleType((TensorType((found.shape[0], after.shape[0]), found.dtype), after))


def _evaluate_reshape(attrs: Attrs, indices: Array, prev_shape: Array, new_shape: Array) -> tuple[Array, Array]:
    before, after = prev_shape.astype(np.int64), new_shape.astype(np.int64)
    rest = int(np.prod(before)) // max(int(np.prod(after[after != -1])), 1)
    resolved = np.where(after == -1, rest, after)
    if np.array_equal(before, resolved):  # indices beyond the shape stay what they are
        return indices, resolved.astype(new_shape.dtype)
    steps = np.concatenate([np.cumprod(before[:0:-1])[::-1], [1]])
    flat = (indices.astype(np.int64) * steps).sum(axis=1)
    columns = []
    for step in np.concatenate([np.cumprod(resolved[:0:-1])[::-1], [1]]):
        step = max(int(step), 1)
        columns.append(flat // step)
        flat = flat % step
    return np.stack(columns, axis=1).astype(indices.dtype), resolved.astype(new_shape.dtype)


def _lower_reshape(ctx: Lowering, attrs: Attrs, indices: Any, prev_shape: Any, new_shape: Any) -> Any:
    from tvm import te, tirx

    source, before, after = ctx.argument_types
    assert isinstance(source, TensorType)
    assert isinstance(before, TensorType)
    assert isinstance(after, TensorType)
    old_rank, new_rank, count = before.size, after.size, source.static_shape[0]

    def product(sizes: list[Any]) -> Any:
        result = tirx.const(1, "int64")
        for size in sizes:
            result = result * size
        return result

    def compute(coordinates: Any, old: Any, new: Any) -> Any:
        one = tirx.const(1, "int64")
        old_sizes = [old(i).astype("int64") for i in range(old_rank)]
        asked = [new(i).astype("int64") for i in range(new_rank)]
        rest = tirx.truncdiv(
            product(old_sizes), tirx.max(product([tirx.Select(a.equal(-1), one, a) for a in asked]), one)
        )
        resolved = te.compute(
            (new_rank,), lambda i: tirx.Select(new(i).equal(-1), rest, new(i).astype("int64")), name="sizes"
        )

        def flat(i: Any) -> Any:
            total = tirx.const(0, "int64")
            for d in range(old_rank):
                total = total + coordinates(i, d).astype("int64") * product(old_sizes[d + 1 :])
            return total

        flattened = te.compute((count,), flat, name="flattened")

        def step(d: int) -> Any:
            return tirx.max(product([resolved(k) for k in range(d + 1, new_rank)]), one)

        def element(i: Any, j: Any) -> Any:
            result = tirx.const(0, "int64")
            for d in reversed(range(new_rank)):
                inner = flattened(i) if d == 0 else tirx.floormod(flattened(i), step(d - 1))
                result = tirx.Select(j.equal(d), tirx.floordiv(inner, step(d)), result)
            if old_rank == new_rank:
                same = tirx.all(*(resolved(d).equal(old_sizes[d]) for d in range(old_rank)))
                result = tirx.Select(same, coordinates(i, j).astype("int64"), result)
            return result.astype(source.dtype)

        moved = te.compute((count, new_rank), element, name="T_sparse_reshape")
        return moved, te.compute((new_rank,), lambda i: resolved(i).astype(after.dtype), name="T_new_shape")

    return ctx.emit_te(compute, indices, prev_shape, new_shape)


def _infer_fill(attrs: Attrs, indices: Type, values: Type, dense_shape: Type, default: Type) -> TupleType:
    found = _coordinates(indices)
    if tensor(values, 1, "sparse_values").rank != 1:
        raise TypeRuleError(f"sparse_values must be a vector, found {values}", 1)
    _shape_vector(dense_shape, 2, "dense_shape")
    unknown = TensorType((None,), "int64")
    return TupleType((TensorType((None, found.shape[1]), "int64"), unknown, unknown))


def _filled_rows(indices: Array, rows: int) -> tuple[list[tuple[int, int]], list[int]]:
    """``(row, index of the stored value or -1)`` of each value of the result, and the empty rows' indicator."""
    result: list[tuple[int, int]] = []
    indicator = [1] * rows
    expected = 0
    for position, row in enumerate(int(r) for r in indices[:, 0]):
        result += [(missing, -1) for missing in range(expected, row)]
        result.append((row, position))
        indicator[row] = 0
        expected = row + 1
    return result + [(missing, -1) for missing in range(expected, rows)], indicator


def _evaluate_fill(
    attrs: Attrs, indices: Array, values: Array, dense_shape: Array, default: Array
) -> tuple[Array, Array, Array]:
    rows, indicator = _filled_rows(indices, int(dense_shape[0]))
    places = np.zeros((len(rows), indices.shape[1]), np.int64)
    filled = np.full(len(rows), default.reshape(-1)[0], np.int64)
    for i, (row, position) in enumerate(rows):
        places[i, 0] = row
        if position >= 0:
            places[i, 1:] = indices[position, 1:]
            filled[i] = values[position]
    return places, filled, np.asarray(indicator, np.int64)


def _lower_fill(ctx: Lowering, attrs: Attrs, indices: Any, values: Any, dense_shape: Any, default: Any) -> Any:
    """With known places, only the values are left to compute."""
    from tvm import te, tirx

    known = known_size(ctx, indices)
    rows = int(known_size(ctx, dense_shape)[0])
    order: list[int] = []
    places: list[list[int]] = []
    empty = np.ones(rows, np.int64)
    row = 0
    for position, coordinates in enumerate(known.tolist()):
        for missing in range(row, coordinates[0]):
            places.append([missing] + [0] * (known.shape[1] - 1))
            order.append(-1)
        places.append(coordinates)
        order.append(position)
        empty[coordinates[0]] = 0
        row = coordinates[0] + 1
    for missing in range(row, rows):
        places.append([missing] + [0] * (known.shape[1] - 1))
        order.append(-1)
    table = np.asarray(order, np.int32)

    def compute(stored: Any, fallback: Any, sources: Any) -> Any:
        def element(i: Any) -> Any:
            value = stored(tirx.max(sources(i), 0)).astype("int64")
            return tirx.if_then_else(sources(i) >= 0, value, read_channel(fallback, 0).astype("int64"))

        return te.compute((len(order),), element, name="T_sparse_fill")

    if known.shape[0]:
        filled = ctx.emit_te(compute, values, default, ctx.constant(table))
    else:
        filled = ctx.emit_te(
            lambda fallback: te.compute((rows,), lambda i: read_channel(fallback, 0).astype("int64"), name="T_fill"),
            default,
        )
    index_table = np.asarray(places, np.int64).reshape(-1, known.shape[1])
    return ctx.constant(index_table), filled, ctx.constant(empty)


register(
    "sparse_reshape",
    ("sparse_indices", "prev_shape", "new_shape"),
    infer=_infer_reshape,
    evaluate=_evaluate_reshape,
    lower=_lower_reshape,
    definition=_DEFINITION,
)
register(
    "sparse_fill_empty_rows",
    ("sparse_indices", "sparse_values", "dense_shape", "default_value"),
    infer=_infer_fill,
    evaluate=_evaluate_fill,
    lower=_lower_fill,
    definition=_DEFINITION,
)
