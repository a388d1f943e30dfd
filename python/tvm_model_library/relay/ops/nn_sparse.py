"""Products and sums with sparse matrices in compressed row form, of elements (CSR) or of blocks (BSR).

Definitions: TVM 0.18 src/relay/op/nn/sparse.cc, python/tvm/topi/nn/sparse.py. A sparse matrix is (data, indices,
indptr): row r holds the elements indptr[r] to indptr[r + 1], each in column indices[...]. Kernels leave out what lies
outside of the matrix; the interpreter refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dtypes import is_integer, wide
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._matmul import matmul
from tvm_model_library.relay.types import Dim, TensorType, TupleType, Type, flatten
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/nn/sparse.cc"


def _sparse_types(first: int, *types: Type) -> tuple[TensorType, TensorType, TensorType]:
    """The checked types of data, indices and indptr; ``first`` is the index of the first argument."""
    names = ("sparse_data", "sparse_indices", "sparse_indptr")
    data, indices, indptr = (tensor(t, first + i, n) for i, (t, n) in enumerate(zip(types, names, strict=True)))
    for i, type_ in enumerate((indices, indptr), 1):
        if type_.rank != 1 or not is_integer(type_.dtype):
            raise TypeRuleError(f"{names[i]} must be integers with 1 dimension, found {type_}", first + i)
    return data, indices, indptr


def _rows(data: TensorType, indptr: TensorType) -> Dim:
    """Number of rows of the sparse matrix."""
    blocks = indptr.shape[0]
    height = 1 if data.rank == 1 else data.shape[1]
    return None if blocks is None or height is None else (blocks - 1) * height


def _dense_form(data: Array, indices: Array, indptr: Array, columns: int) -> Array:
    """The sparse matrix with its zeros."""
    blocks = data.reshape(len(data), *(*data.shape[1:], 1, 1)[:2]) if data.ndim < 3 else data
    height, width = blocks.shape[1:]
    result = np.zeros(((len(indptr) - 1) * height, columns), data.dtype)
    for row in range(len(indptr) - 1):
        for k in range(int(indptr[row]), int(indptr[row + 1])):
            start = int(indices[k]) * width
            if not 0 <= start <= columns - width:
                raise EvaluationRuleError(f"sparse column {int(indices[k])} is outside a matrix of {columns} columns")
            result[row * height : (row + 1) * height, start : start + width] += blocks[k]
    return result


def _infer_sparse_dense(attrs: Attrs, dense: Type, *sparse: Type) -> TensorType:
    x = tensor(dense, 0, "dense_data")
    data, _, indptr = _sparse_types(1, *sparse)
    if x.rank != 2 or data.rank not in (1, 3):
        raise TypeRuleError(f"needs a dense matrix and sparse data of 1 or 3 dimensions, found {x} and {data}")
    rows = _rows(data, indptr)
    return TensorType((rows, x.shape[0]) if attrs.sparse_lhs else (x.shape[0], rows), x.dtype)


def _evaluate_sparse_dense(attrs: Attrs, dense: Array, data: Array, indices: Array, indptr: Array) -> Array:
    matrix = _dense_form(data, indices, indptr, dense.shape[1])
    left, right = (matrix, dense.T) if attrs.sparse_lhs else (dense, matrix.T)
    return matmul(left, right, dense.dtype.name).astype(dense.dtype)


def _stored(indptr: Any, row: Any, number: int) -> tuple[Any, Any]:
    """Where a row's elements start and how many they are, held within the ``number`` of stored ones."""
    from tvm import tirx

    start, end = (tirx.Min(tirx.Max(indptr[row + k].astype("int32"), 0), number) for k in (0, 1))
    return start, tirx.Max(end - start, 0)


def _write_product(
    rows: int, columns: int, type_: TensorType, dtype: str, sparse: Sequence[Any], total: Any, load: Any, store: Any
) -> None:
    """Loops of ``store(row, sum over the row's elements of element * load(column))``; ``type_`` is that of the sparse
    data. Columns outside of the matrix are left out.
    """
    from tvm import tirx
    from tvm.script.ir_builder import tirx as T

    data, indices, indptr = sparse
    (height, width), blocks = _block_of(type_), type_.static_shape[0]
    with T.serial(0, rows) as row:
        group, inner = row // height, row % height
        total[0] = tirx.const(0, dtype)
        start, stored = _stored(indptr, group, blocks)
        with T.serial(0, stored) as k, T.serial(0, width) as c:
            value = data[((start + k) * height + inner) * width + c].astype(dtype)
            column = indices[start + k].astype("int32") * width + c
            with T.If(tirx.all(column >= 0, column < columns)), T.Then():
                total[0] = total[0] + value * load(column).astype(dtype)
        store(row, total[0])


def _tensor_types(ctx: Lowering) -> list[TensorType]:
    return [t for t in ctx.argument_types if isinstance(t, TensorType)]


def _block_of(data: TensorType) -> tuple[int, int]:
    shape = (*data.static_shape[1:], 1, 1)
    return shape[0], shape[1]


def _lower_sparse_dense(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types, result = _tensor_types(ctx), ctx.result
    count, columns = types[0].static_shape
    rows = result.static_shape[0 if attrs.sparse_lhs else 1]
    dtype = wide(result.dtype)

    def body(dense: Any, data: Any, indices: Any, indptr: Any, out: Any, total: Any) -> None:
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, count) as i:

            def store(row: Any, value: Any) -> None:
                out[row * count + i if attrs.sparse_lhs else i * rows + row] = value.astype(result.dtype)

            def load(column: Any) -> Any:
                return dense[i * columns + column]

            _write_product(rows, columns, types[1], dtype, (data, indices, indptr), total, load, store)

    return emit_sequential(ctx, args, types, [result], body, [(1, dtype)])[0]


register(
    "nn.sparse_dense",
    ("dense_data", "sparse_data", "sparse_indices", "sparse_indptr"),
    (Attr("sparse_lhs", "bool", False),),
    infer=_infer_sparse_dense,
    evaluate=_evaluate_sparse_dense,
    lower=_lower_sparse_dense,
    definition=_DEFINITION,
)
register(
    "nn.internal.sparse_dense_padded",
    ("dense_data", "sparse_data", "sparse_indices", "sparse_indptr"),
    (Attr("sparse_lhs", "bool", False),),
    infer=_infer_sparse_dense,
    evaluate=None,
    lower=None,
    definition=_DEFINITION,
    note="it exists on CUDA devices only; export the model before it is compiled for one",
)


def _infer_transpose(attrs: Attrs, *sparse: Type) -> TupleType:
    data, indices, indptr = _sparse_types(0, *sparse)
    if data.rank != 1:
        raise TypeRuleError(f"sparse_data must have 1 dimension, found {data}", 0)
    return TupleType((data, indices, indptr))


def _evaluate_transpose(attrs: Attrs, data: Array, indices: Array, indptr: Array) -> tuple[Array, Array, Array]:
    size = len(indptr) - 1
    rows = np.repeat(np.arange(size), np.diff(indptr))
    ranks = np.argsort(indices, kind="stable")
    counts = np.bincount(indices, minlength=size)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(indptr.dtype)
    return data[ranks], rows[ranks].astype(indices.dtype), starts


def _lower_transpose(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types = _tensor_types(ctx)
    number, size = types[0].static_shape[0], types[2].static_shape[0] - 1
    index_type, pointer_type = types[1].dtype, types[2].dtype

    def body(data: Any, indices: Any, indptr: Any, out: Any, out_indices: Any, starts: Any, place: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, size + 1) as i:
            starts[i] = tirx.const(0, pointer_type)
        with T.serial(0, number) as k:
            column = indices[k].astype("int32") + 1
            with T.If(tirx.all(column > 0, column <= size)), T.Then():
                starts[column] = starts[column] + tirx.const(1, pointer_type)
        with T.serial(0, size) as i:
            starts[i + 1] = starts[i + 1] + starts[i]
            place[i] = starts[i].astype("int32")
        with T.serial(0, size) as row:
            start, stored = _stored(indptr, row, number)
            with T.serial(0, stored) as k:
                column = indices[start + k].astype("int32")
                with T.If(tirx.all(column >= 0, column < size)), T.Then():
                    target = tirx.Min(place[column], number - 1)
                    out[target] = data[start + k]
                    out_indices[target] = row.astype(index_type)
                    place[column] = place[column] + 1

    outputs = list(flatten(ctx.result_type))
    return emit_sequential(ctx, args, types, outputs, body, [(max(size, 2), "int32")])


register(
    "nn.sparse_transpose",
    ("sparse_data", "sparse_indices", "sparse_indptr"),
    infer=_infer_transpose,
    evaluate=_evaluate_transpose,
    lower=_lower_transpose,
    definition=_DEFINITION,
)


def _infer_add(attrs: Attrs, dense: Type, *sparse: Type) -> TensorType:
    x = tensor(dense, 0, "dense_data")
    data, _, _ = _sparse_types(1, *sparse)
    if x.rank != 2 or data.rank != 1 or data.dtype != x.dtype:
        raise TypeRuleError(f"needs a dense matrix and a sparse one of the same dtype, found {x} and {data}", 1)
    return x


def _evaluate_add(attrs: Attrs, dense: Array, data: Array, indices: Array, indptr: Array) -> Array:
    return np.asarray(dense + _dense_form(data, indices, indptr, dense.shape[1]))


def _lower_add(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types = _tensor_types(ctx)
    rows, columns = types[0].static_shape

    def body(dense: Any, data: Any, indices: Any, indptr: Any, out: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, rows * columns) as i:
            out[i] = dense[i]
        with T.serial(0, rows) as row:
            start, stored = _stored(indptr, row, types[1].static_shape[0])
            with T.serial(0, stored) as k:
                column = indices[start + k].astype("int32")
                with T.If(tirx.all(column >= 0, column < columns)), T.Then():
                    out[row * columns + column] = out[row * columns + column] + data[start + k]

    return emit_sequential(ctx, args, types, [types[0]], body)[0]


register(
    "nn.sparse_add",
    ("dense_data", "sparse_data", "sparse_indices", "sparse_indptr"),
    infer=_infer_add,
    evaluate=_evaluate_add,
    lower=_lower_add,
    definition=_DEFINITION,
)


def _infer_conv2d(attrs: Attrs, dense: Type, *sparse: Type) -> TensorType:
    x = tensor(dense, 0, "dense_data")
    data, _, indptr = _sparse_types(1, *sparse)
    if x.rank != 4 or data.rank not in (2, 3):
        raise TypeRuleError(f"needs data of 4 dimensions and sparse data of 2 or 3, found {x} and {data}")
    if tuple(attrs.kernel_size) not in ((1, 1), (1,)):
        raise TypeRuleError(f"sparse_conv2d is defined for kernels of 1 x 1, found {list(attrs.kernel_size)}")
    rows = _rows(data, indptr)
    channels_last = attrs.layout == "NHWC"
    return TensorType((*x.shape[:3], rows) if channels_last else (x.shape[0], rows, *x.shape[2:]), x.dtype)


def _evaluate_conv2d(attrs: Attrs, dense: Array, data: Array, indices: Array, indptr: Array) -> Array:
    channels_last = attrs.layout == "NHWC"
    x = dense if channels_last else dense.transpose(0, 2, 3, 1)
    matrix = _dense_form(data, indices, indptr, x.shape[3])
    out = matmul(x.reshape(-1, x.shape[3]), matrix.T, dense.dtype.name).reshape(*x.shape[:3], len(matrix))
    return np.ascontiguousarray(out if channels_last else out.transpose(0, 3, 1, 2)).astype(dense.dtype)


def _lower_conv2d(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types, result = _tensor_types(ctx), ctx.result
    channels_last = attrs.layout == "NHWC"
    shape = types[0].static_shape
    channels, rows = (shape[3], result.static_shape[3]) if channels_last else (shape[1], result.static_shape[1])
    area = shape[1] * shape[2] if channels_last else shape[2] * shape[3]
    dtype = wide(result.dtype)

    def body(dense: Any, data: Any, indices: Any, indptr: Any, out: Any, total: Any) -> None:
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, shape[0]) as n, T.serial(0, area) as p:

            def at(channel: Any, count: int) -> Any:
                return (n * area + p) * count + channel if channels_last else (n * count + channel) * area + p

            def store(row: Any, value: Any) -> None:
                out[at(row, rows)] = value.astype(result.dtype)

            def load(column: Any) -> Any:
                return dense[at(column, channels)]

            _write_product(rows, channels, types[1], dtype, (data, indices, indptr), total, load, store)

    return emit_sequential(ctx, args, types, [result], body, [(1, dtype)])[0]


register(
    "nn.sparse_conv2d",
    ("dense_data", "sparse_data", "sparse_indices", "sparse_indptr"),
    (Attr("layout", "str", "NHWC", ("NHWC", "NCHW")), Attr("kernel_size", "int[]", (1, 1))),
    infer=_infer_conv2d,
    evaluate=_evaluate_conv2d,
    lower=_lower_conv2d,
    definition=_DEFINITION,
)
