"""Functions of nn, random and qnn that are more than one call of an operator, or take what the operator does not.

Definitions: TVM 0.18 python/tvm/relay/op/nn, op/random and qnn/op.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from tvm_model_library.errors import RelayTypeError
from tvm_model_library.relay.script import ty
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.expr import Call, Constant, ExprLike, Tuple, TupleWrapper, as_expr, const, operator
from tvm_model_library.relay.script.operators import as_argument
from tvm_model_library.relay.script.places import caller
from tvm_model_library.relay.script.ty import Dtype
from tvm_model_library.relay.script.written import dtype_of, is_number, known_numbers, written

# -- nn


@written("nn.pad")
def pad(
    data: ExprLike,
    pad_width: Sequence[Sequence[int]] | Expr,
    pad_value: ExprLike = 0,
    pad_mode: str = "constant",
) -> Call:
    """Borders of a value, of the edge, or mirrored: pad_width has (before, after) for each axis."""
    values, width = as_argument(data), known_numbers(pad_width)
    border = as_argument(pad_value, dtype_of(values) if is_number(pad_value) else None)
    mode = {} if pad_mode == "constant" else {"pad_mode": pad_mode}
    if isinstance(width, Expr):
        return operator("dyn.nn.pad", [values, width, border], mode)
    return operator("nn.pad", [values, border], {"pad_width": width, **mode})


@written("nn.dropout")
def dropout(data: ExprLike, rate: float = 0.5) -> Expr:
    """The tensor itself: at inference nothing is dropped."""
    return TupleWrapper(operator("nn.dropout", [as_argument(data)], {} if rate == 0.5 else {"rate": rate}), 2)[0]


@written("nn.matmul")
def matmul(
    tensor_a: ExprLike,
    tensor_b: ExprLike,
    units: int | None = None,
    out_dtype: Dtype = "",
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> Call:
    """Matrix product; with ``transpose_b`` alone it is nn.dense."""
    attributes: dict[str, Any] = {} if units is None else {"units": units}
    attributes |= {"out_dtype": ty.checked_dtype(out_dtype)} if out_dtype != "" else {}
    operands = [as_argument(tensor_a), as_argument(tensor_b)]
    if transpose_b and not transpose_a:
        return operator("nn.dense", operands, attributes)
    flags = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    return operator("nn.matmul", operands, attributes | {name: True for name, on in flags.items() if on})


def _global_pool(kind: str, axes: int, layout: str) -> None:
    what = "Maximum" if kind == "max" else "Mean"

    def pool(data: ExprLike, layout: str = layout, out_layout: str = "") -> Call:
        attributes = {"output_size": (1,) * axes, "layout": layout}
        if out_layout:
            attributes["out_layout"] = out_layout
        return operator(f"nn.adaptive_{kind}_pool{axes}d", [as_argument(data)], attributes)

    pool.__doc__ = f"{what} over all {axes} spatial {'axis' if axes == 1 else 'axes'}."
    written(f"nn.global_{kind}_pool{axes}d")(pool)


for _kind in ("max", "avg"):
    _global_pool(_kind, 1, "NCW")
    _global_pool(_kind, 3, "NCDHW")


@written("nn.sparse_dense")
def sparse_dense(dense_mat: ExprLike, sparse_mat: Any, sparse_lhs: bool = False) -> Call:
    """Product of a dense and a sparse matrix, which has data, indices and indptr as SciPy's do, or is all three."""
    flag = {"sparse_lhs": True} if sparse_lhs else {}
    return operator("nn.sparse_dense", [as_argument(dense_mat), *_sparse(sparse_mat)], flag)


@written("nn.sparse_transpose")
def sparse_transpose(x: Any) -> TupleWrapper:
    """Transpose of a sparse matrix, which has data, indices and indptr as SciPy's do, or is all three."""
    return TupleWrapper(operator("nn.sparse_transpose", _sparse(x)), 3)


@written("nn.sparse_add")
def sparse_add(dense_mat: ExprLike, sparse_mat: Any) -> Call:
    """Sum of a dense matrix and a sparse one, which has data, indices and indptr as SciPy's do, or is all three."""
    return operator("nn.sparse_add", [as_argument(dense_mat), *_sparse(sparse_mat)])


def _sparse(matrix: Any) -> list[Expr]:
    parts = [matrix.data, matrix.indices, matrix.indptr] if hasattr(matrix, "indptr") else list(matrix)
    if len(parts) != 3:
        raise RelayTypeError(f"a sparse matrix is data, indices and indptr, found {len(parts)} values", caller())
    return [as_argument(p) for p in parts]


# -- random


@written("random.threefry_key")
def threefry_key(seed: int) -> Constant:
    """The key of a sequence of random numbers, from a seed of up to 256 bits."""
    if not 0 <= seed < 1 << 256:
        raise RelayTypeError(f"a seed is a number from 0 to 2**256 - 1, found {seed}", caller())
    words = np.frombuffer(int(seed).to_bytes(32, sys.byteorder), "uint64")
    return Constant(np.concatenate([words, np.array([0, 0, 0, 0, 1 << 63, 0], "uint64")]))


@written("random.uniform")
def uniform(
    key: ExprLike, shape: Sequence[int], dtype: Dtype = "float32", low: ExprLike = 0.0, high: ExprLike = 1.0
) -> TupleWrapper:
    """The next key, and numbers evenly distributed from low to before high."""
    return _drawn("random.uniform", key, (low, high), shape, dtype)


@written("random.normal")
def normal(
    key: ExprLike, shape: Sequence[int], dtype: Dtype = "float32", mean: ExprLike = 0.0, scale: ExprLike = 1.0
) -> TupleWrapper:
    """The next key, and numbers of a normal distribution."""
    return _drawn("random.normal", key, (mean, scale), shape, dtype)


def _drawn(name: str, key: ExprLike, of: Sequence[ExprLike], shape: Sequence[int], dtype: Dtype) -> TupleWrapper:
    made = ty.checked_dtype(dtype)
    arguments = [as_argument(key), *(as_argument(v, made if is_number(v) else None) for v in of)]
    return TupleWrapper(operator(name, arguments, {"out_shape": tuple(shape), "out_dtype": made}), 2)


# -- qnn


@written("qnn.op.concatenate")
def qnn_concatenate(
    data: ExprLike,
    input_scales: Sequence[ExprLike],
    input_zero_points: Sequence[ExprLike],
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    axis: int,
) -> Call:
    """Quantized tensors joined along an axis, brought to one scale and zero point."""
    quantization = [Tuple([as_argument(v) for v in values]) for values in (input_scales, input_zero_points)]
    arguments = [as_expr(data), *quantization, as_argument(output_scale), as_argument(output_zero_point)]
    return operator("qnn.concatenate", arguments, {"axis": axis} if axis else {})


_SIMULATED_DTYPES = {"disable": 0, "uint8": 1, "int8": 2, "int32": 3}


@written("qnn.op.simulated_quantize")
def simulated_quantize(
    data: ExprLike, output_scale: ExprLike, output_zero_point: ExprLike, axis: int = -1, out_dtype: str | Expr = "int8"
) -> Call:
    """Quantization in floating point, to a dtype that may be given as data."""
    return _simulated("qnn.simulated_quantize", data, (output_scale, output_zero_point), axis, out_dtype)


@written("qnn.op.simulated_dequantize")
def simulated_dequantize(
    data: ExprLike, input_scale: ExprLike, input_zero_point: ExprLike, axis: int = -1, in_dtype: str | Expr = "int8"
) -> Call:
    """Dequantization in floating point, of a dtype that may be given as data."""
    return _simulated("qnn.simulated_dequantize", data, (input_scale, input_zero_point), axis, in_dtype)


def _simulated(name: str, data: ExprLike, quantization: Sequence[ExprLike], axis: int, dtype: str | Expr) -> Call:
    if isinstance(dtype, str):
        if dtype not in _SIMULATED_DTYPES:
            raise RelayTypeError(
                f"{name}: the dtype is one of {', '.join(_SIMULATED_DTYPES)}, found {dtype!r}", caller()
            )
        dtype = const(_SIMULATED_DTYPES[dtype], "int32")
    vectors = [operator("reshape", [as_argument(q)], {"newshape": (-1,)}) for q in quantization]
    return operator(name, [as_argument(data), dtype, *vectors], {} if axis == -1 else {"axis": axis})


@written("qnn.op.batch_matmul")
def quantized_batch_matmul(
    x: ExprLike,
    y: ExprLike,
    x_zero_point: ExprLike,
    y_zero_point: ExprLike,
    x_scale: ExprLike,
    y_scale: ExprLike,
    out_dtype: Dtype = "int32",
) -> Call:
    """Matrix product of quantized x of shape (batch, m, k) and y of shape (batch, n, k), as int32 (batch, m, n)."""
    arguments = [as_argument(a) for a in (x, y, x_zero_point, y_zero_point, x_scale, y_scale)]
    attributes = {"out_dtype": ty.checked_dtype(out_dtype), "transpose_b": True}
    return operator("qnn.batch_matmul", arguments, attributes)
