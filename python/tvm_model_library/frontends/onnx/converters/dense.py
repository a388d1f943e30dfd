"""Products of matrices."""

from __future__ import annotations

import math

import numpy as np

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import REAL, converter
from tvm_model_library.relay import ast


@converter("Gemm", types=REAL, attributes="alpha beta transA transB")
def gemm(call: Call) -> ast.Expr:
    """``alpha * A B + beta * C``, where A and B may be transposed and C broadcasts."""
    a, b = call.input(0), call.input(1)
    if len(call.shape(0)) != 2 or len(call.shape(1)) != 2:
        call.damaged(f"expected two matrices, found {call.type(a)} and {call.type(b)}")
    if call.flag("transA", False):
        a = call("transpose", a, axes=(1, 0))
    if not call.flag("transB", False):
        b = call("transpose", b, axes=(1, 0))
    result = _times(call, call("nn.dense", a, b), call.real("alpha", 1.0))
    if not call.has(2):
        return result
    return call("add", result, _times(call, call.input(2), call.real("beta", 1.0)))


def _times(call: Call, expr: ast.Expr, factor: float) -> ast.Expr:
    return expr if factor == 1 else call("multiply", expr, call.number(factor, expr))


@converter("MatMul", types=REAL)
def matmul(call: Call) -> ast.Expr:
    """As ``numpy.matmul``: matrices in the last two dimensions, the others broadcast."""
    return product(call, call.input(0), call.input(1))


def product(call: Call, a: ast.Expr, b: ast.Expr) -> ast.Expr:
    """The product of two tensors as ``numpy.matmul`` defines it."""
    left, right = call.shape_of(a), call.shape_of(b)
    if not left or not right:
        call.damaged("a product of a matrix and a single number")
    wide_left = (1, *left) if len(left) == 1 else left
    wide_right = (*right, 1) if len(right) == 1 else right
    if wide_left[-1] != wide_right[-2]:
        call.damaged(f"matrices of the shapes {list(left)} and {list(right)} do not fit")
    try:
        batch = np.broadcast_shapes(wide_left[:-2], wide_right[:-2])
    except ValueError:
        call.damaged(f"the shapes {list(left)} and {list(right)} do not broadcast")
    a, b = call.reshape(a, wide_left), call.reshape(b, wide_right)
    rows, inner, columns = wide_left[-2], wide_left[-1], wide_right[-1]
    if len(wide_right) == 2:
        flat = call.reshape(a, (math.prod(wide_left[:-1]), inner))
        result = call("nn.dense", flat, call("transpose", b, axes=(1, 0)))
    else:
        count = math.prod(batch)
        result = call(
            "nn.batch_matmul",
            _batch(call, a, batch, count, (rows, inner)),
            _batch(call, b, batch, count, (inner, columns)),
            transpose_b=False,
        )
    kept = (*(() if len(left) == 1 else (rows,)), *(() if len(right) == 1 else (columns,)))
    return call.reshape(result, (*batch, *kept))


def _batch(call: Call, expr: ast.Expr, batch: tuple[int, ...], count: int, matrix: tuple[int, int]) -> ast.Expr:
    """``expr`` as ``count`` matrices, broadcast where it has fewer."""
    if call.shape_of(expr)[:-2] != batch:
        expr = call("broadcast_to", expr, shape=(*batch, *matrix))
    return call.reshape(expr, (count, *matrix))
