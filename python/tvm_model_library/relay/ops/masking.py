"""Operators that look at positions: masks, triangles, diagonals, coordinates.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc and include/tvm/topi/transform.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed, same_dtype
from tvm_model_library.relay.ops._dtypes import is_float
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._scalars import constant, scalar
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.ops.indexing import integer_tensor
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"


def _infer_sequence_mask(attrs: Attrs, data: Type, valid_length: Type) -> TensorType:
    type_, lengths = tensor(data, 0, "data"), tensor(valid_length, 1, "valid_length")
    if type_.rank < 2:
        raise TypeRuleError(f"data must have a length and a batch dimension, found {type_}", 0)
    if lengths.rank != 1 or not agree(lengths.shape[0], type_.shape[1 - attrs.axis]):
        batch = type_.shape[1 - attrs.axis]
        raise TypeRuleError(f"valid_length must be a vector of {batch} for data {type_}, found {lengths}", 1)
    return type_


def _evaluate_sequence_mask(attrs: Attrs, data: Array, valid_length: Array) -> Array:
    steps = np.arange(data.shape[attrs.axis])
    masked = steps >= valid_length[:, None]
    masked = masked.T if attrs.axis == 0 else masked
    masked = masked.reshape(masked.shape + (1,) * (data.ndim - 2))
    return np.where(masked, scalar(attrs.mask_value, data.dtype.name), data)


def _lower_sequence_mask(ctx: Lowering, attrs: Attrs, data: Any, valid_length: Any) -> Any:
    from tvm import tirx

    lengths = ctx.tensor(1).dtype
    fill = constant(attrs.mask_value, ctx.result.dtype)
    compared = "float64" if is_float(lengths) else "int64"

    def function(index: Sequence[Any], load: Any, length: Any) -> Any:
        limit = length([index[1 - attrs.axis]]).astype(compared)
        return tirx.if_then_else(index[attrs.axis].astype(compared) >= limit, fill, load(index))

    return emit_indexed(ctx, ctx.result.static_shape, function, data, valid_length)


register(
    "sequence_mask",
    ("data", "valid_length"),
    (Attr("mask_value", "float", 0.0), Attr("axis", "int", 0, (0, 1))),
    infer=_infer_sequence_mask,
    evaluate=_evaluate_sequence_mask,
    lower=_lower_sequence_mask,
    definition=_DEFINITION,
)


def _infer_trilu(attrs: Attrs, data: Type, k: Type) -> TensorType:
    type_, diagonal = tensor(data, 0, "data"), tensor(k, 1, "k")
    if type_.rank < 2:
        raise TypeRuleError(f"data must be a matrix or a batch of them, found {type_}", 0)
    if diagonal.rank:
        raise TypeRuleError(f"k must be a scalar, found {diagonal}", 1)
    return type_


def _evaluate_trilu(attrs: Attrs, data: Array, k: Array) -> Array:
    """The elements on and above (``upper``) or below diagonal ``k``, zero elsewhere."""
    rows, columns = np.indices(data.shape[-2:], sparse=True)
    offset = columns - rows
    keep = offset >= int(k) if attrs.upper else offset <= int(k)
    return np.where(keep, data, np.zeros((), data.dtype))


def _lower_trilu(ctx: Lowering, attrs: Attrs, data: Any, k: Any) -> Any:
    from tvm import tirx

    zero = tirx.const(False if ctx.result.dtype == "bool" else 0, ctx.result.dtype)

    def function(index: Sequence[Any], load: Any, diagonal: Any) -> Any:
        offset, limit = index[-1].astype("int64") - index[-2].astype("int64"), diagonal([]).astype("int64")
        return tirx.Select(offset >= limit if attrs.upper else offset <= limit, load(index), zero)

    return emit_indexed(ctx, ctx.result.static_shape, function, data, k)


register(
    "trilu",
    ("data", "k"),
    (Attr("upper", "bool", True),),
    infer=_infer_trilu,
    evaluate=_evaluate_trilu,
    lower=_lower_trilu,
    definition=_DEFINITION,
)


def _infer_matrix_set_diag(attrs: Attrs, data: Type, diagonal: Type) -> TensorType:
    type_, values = tensor(data, 0, "input"), tensor(diagonal, 1, "diagonal")
    same_dtype(type_, values, 1)
    if type_.rank < 2 or attrs.k2 < attrs.k1:
        raise TypeRuleError(f"needs matrices and k1 <= k2, found {type_}, k1={attrs.k1}, k2={attrs.k2}", 0)
    rows, columns = type_.shape[-2:]
    band = () if attrs.k1 == attrs.k2 else (attrs.k2 - attrs.k1 + 1,)
    longest = None
    if rows is not None and columns is not None:
        if not (-rows < attrs.k1 and attrs.k2 < columns):
            raise TypeRuleError(f"diagonals {attrs.k1} to {attrs.k2} do not cross {type_}", 0)
        longest = min(rows + min(attrs.k2, 0), columns - max(attrs.k1, 0))
    expected = (*type_.shape[:-2], *band, longest)
    if len(expected) != values.rank or not all(agree(a, b) for a, b in zip(expected, values.shape, strict=True)):
        raise TypeRuleError(f"diagonal must be {TensorType(expected, type_.dtype)}, found {values}", 1)
    return type_


def _evaluate_matrix_set_diag(attrs: Attrs, data: Array, diagonal: Array) -> Array:
    """Diagonal ``k`` takes its values from row ``k2 - k`` of ``diagonal``, at its left or right end as asked."""
    result: Array = data.copy()
    rows, columns = data.shape[-2:]
    for k in range(attrs.k1, attrs.k2 + 1):
        length = min(rows + min(k, 0), columns - max(k, 0))
        right = attrs.super_diag_right_align if k >= 0 else attrs.sub_diag_right_align
        source = diagonal if attrs.k1 == attrs.k2 else diagonal[..., attrs.k2 - k, :]
        start = source.shape[-1] - length if right and attrs.k1 != attrs.k2 else 0
        steps = np.arange(length)
        result[..., steps + max(-k, 0), steps + max(k, 0)] = source[..., start : start + length]
    return result


def _lower_matrix_set_diag(ctx: Lowering, attrs: Attrs, data: Any, diagonal: Any) -> Any:
    from tvm import tirx

    shape, single = ctx.result.static_shape, attrs.k1 == attrs.k2
    rows, columns = shape[-2:]
    longest = ctx.tensor(1).static_shape[-1]

    def function(index: Sequence[Any], load: Any, values: Any) -> Any:
        row, column = index[-2].astype("int64"), index[-1].astype("int64")
        k = column - row
        upper = k >= 0
        place = tirx.Select(upper, row, column)
        if single:
            source = [*index[:-2], place]
        else:
            length = tirx.Select(upper, tirx.Min(columns - k, _int64(rows)), tirx.Min(rows + k, _int64(columns)))
            gap = longest - length
            above = gap if attrs.super_diag_right_align else _int64(0)
            below = gap if attrs.sub_diag_right_align else _int64(0)
            source = [*index[:-2], attrs.k2 - k, place + tirx.Select(upper, above, below)]
        inside = tirx.all(k >= attrs.k1, k <= attrs.k2)
        return tirx.if_then_else(inside, values(source), load(index))

    return emit_indexed(ctx, shape, function, data, diagonal)


def _int64(value: int) -> Any:
    from tvm import tirx

    return tirx.const(value, "int64")


register(
    "matrix_set_diag",
    ("input", "diagonal"),
    (
        Attr("k1", "int", 0),
        Attr("k2", "int", 0),
        Attr("super_diag_right_align", "bool", True),
        Attr("sub_diag_right_align", "bool", False),
    ),
    infer=_infer_matrix_set_diag,
    evaluate=_evaluate_matrix_set_diag,
    lower=_lower_matrix_set_diag,
    definition=_DEFINITION,
)


def _infer_unravel(attrs: Attrs, indices: Type, shape: Type) -> TensorType:
    where, sizes = integer_tensor(indices, 0, "indices"), integer_tensor(shape, 1, "shape")
    if where.rank > 1 or sizes.rank != 1:
        raise TypeRuleError(f"indices must be a scalar or vector and shape a vector, found {where} and {sizes}", 0)
    return TensorType(sizes.shape + where.shape, where.dtype)


def _evaluate_unravel(attrs: Attrs, indices: Array, shape: Array) -> Array:
    rest = indices.astype(np.int64)
    coordinates = []
    for size in (int(n) for n in shape[::-1]):
        if size <= 0:
            raise EvaluationRuleError(f"shape holds {size}; dimensions must be positive")
        coordinates.append(rest % size)
        rest = rest // size
    result: Array = np.stack(coordinates[::-1]) if coordinates else np.zeros((0, *rest.shape))
    return result.astype(indices.dtype)


def _lower_unravel(ctx: Lowering, attrs: Attrs, indices: Any, shape: Any) -> Any:
    """A loop over the dimensions for each index: a shape may have as many as its vector is long."""
    types = [ctx.tensor(0), ctx.tensor(1)]
    result, count, rank = ctx.result, types[0].size, types[1].size

    def body(flat: Any, sizes: Any, target: Any, rest: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, count) as i:
            rest[0] = flat[i].astype("int64")
            with T.serial(0, rank) as k:
                dim = rank - 1 - k
                # No shape has a dimension of 0, but a division by it must not end the program.
                size = tirx.Max(sizes[dim].astype("int64"), _int64(1))
                target[dim * count + i] = tirx.floormod(rest[0], size).astype(result.dtype)
                rest[0] = tirx.floordiv(rest[0], size)

    return emit_sequential(ctx, (indices, shape), types, [result], body, [(1, "int64")])[0]


register(
    "unravel_index",
    ("indices", "shape"),
    infer=_infer_unravel,
    evaluate=_evaluate_unravel,
    lower=_lower_unravel,
    definition=_DEFINITION,
)
