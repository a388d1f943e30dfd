"""``tflite.batch_matmul``: the sums of a product of quantized matrices, whose batch dimensions broadcast.

``sum((a - za) * (b - zb))`` in int32 or int64; ``tflite.rescale`` brings it onto the output's scale. Definition: TFLM
tensorflow/lite/kernels/internal/reference/batch_matmul.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._broadcast import broadcast_index, broadcast_shape, same_dtype
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._qnn import check_out_dtype
from tvm_model_library.relay.ops._tflite import REFERENCE, quantized
from tvm_model_library.relay.types import Dim, Shape, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_SUMS = {"int8": ("int32",), "int16": ("int32", "int64")}


def _matrix(shape: Shape, transposed: bool) -> tuple[Dim, Dim]:
    """Rows and columns of the last two dimensions."""
    rows, columns = shape[-2:]
    return (columns, rows) if transposed else (rows, columns)


def _infer(attrs: Attrs, lhs: Type, rhs: Type) -> TensorType:
    a, b = (quantized(t, tuple(_SUMS), i, w) for i, (t, w) in enumerate(((lhs, "lhs"), (rhs, "rhs"))))
    same_dtype(a, b, 1)
    check_out_dtype(attrs.out_dtype, _SUMS[a.dtype])
    for index, operand in enumerate((a, b)):
        if operand.rank < 2:
            raise TypeRuleError(f"a matrix has two dimensions or more, found {operand}", index)
    low, high = limits(a.dtype)
    for name in ("lhs_zero_point", "rhs_zero_point"):
        if not low <= attrs[name] <= high:
            raise TypeRuleError(f"{name} must be from {low} to {high}, found {attrs[name]}")
    (rows, inner), (depth, columns) = _matrix(a.shape, attrs.adj_x), _matrix(b.shape, attrs.adj_y)
    if None not in (inner, depth) and inner != depth:
        raise TypeRuleError(f"matrices of {rows} x {inner} and {depth} x {columns} have no product", 1)
    return TensorType((*broadcast_shape(a.shape[:-2], b.shape[:-2]), rows, columns), attrs.out_dtype)


def _evaluate(attrs: Attrs, lhs: Array, rhs: Array) -> Array:
    a = lhs.astype(attrs.out_dtype) - attrs.lhs_zero_point
    b = rhs.astype(attrs.out_dtype) - attrs.rhs_zero_point
    a = a.swapaxes(-1, -2) if attrs.adj_x else a
    b = b.swapaxes(-1, -2) if attrs.adj_y else b
    return np.asarray(np.matmul(a, b)).astype(attrs.out_dtype)


def _lower(ctx: Lowering, attrs: Attrs, lhs: Any, rhs: Any) -> Any:
    from tvm import te

    result = ctx.result
    left, right = (ctx.tensor(i).static_shape for i in (0, 1))
    inner = _matrix(left, attrs.adj_x)[1] or 0

    def compute(a: Any, b: Any) -> Any:
        k = te.reduce_axis((0, inner), "k")

        def element(*index: Any) -> Any:
            *batch, row, column = index
            row_place = [k, row] if attrs.adj_x else [row, k]
            column_place = [column, k] if attrs.adj_y else [k, column]
            x = a(*broadcast_index(batch, left[:-2]), *row_place).astype(attrs.out_dtype)
            y = b(*broadcast_index(batch, right[:-2]), *column_place).astype(attrs.out_dtype)
            return te.sum(_shifted(x, attrs.lhs_zero_point) * _shifted(y, attrs.rhs_zero_point), axis=k)

        return te.compute(result.static_shape, element, name="matmul")

    return ctx.emit_te(compute, lhs, rhs)


def _shifted(x: Any, zero_point: int) -> Any:
    return x - zero_point if zero_point else x


register(
    "tflite.batch_matmul",
    ("lhs", "rhs"),
    (
        Attr("lhs_zero_point", "int", 0),
        Attr("rhs_zero_point", "int", 0),
        Attr("adj_x", "bool", False),
        Attr("adj_y", "bool", False),
        Attr("out_dtype", "dtype", "int32"),
    ),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition=f"{REFERENCE}batch_matmul.h",
)
