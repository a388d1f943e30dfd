"""Products of matrices: FULLY_CONNECTED, BATCH_MATMUL, EMBEDDING_LOOKUP.

Facts: TFLM tensorflow/lite/micro/kernels/fully_connected_common.cc, batch_matmul_common.cc, embedding_lookup.cc; LiteRT
tensorflow/lite/kernels/fully_connected.cc (hybrid).
"""

from __future__ import annotations

from math import prod

import numpy as np

from tvm_model_library.frontends.tflite.call import Call, is_quantized
from tvm_model_library.frontends.tflite.converters._shared import (
    activated,
    is_wide,
    out_dtype,
    rescaled,
    weight_scale,
    weight_zero_point,
    with_bias,
)
from tvm_model_library.frontends.tflite.registry import EXACT, converter
from tvm_model_library.frontends.tflite.through_real import dequantized
from tvm_model_library.relay import ast

_REAL = ("float32",)


@converter("FULLY_CONNECTED", real=_REAL, exact=EXACT)
def fully_connected(call: Call) -> ast.Expr:
    """Data of any shape as rows, weights (units, inputs)."""
    units, inputs = call.rank(1, 2, "the weights")
    shape = call.shape(0)
    if call.options["weights_format"] != "DEFAULT":
        call.refuse(f"weights in the format {call.options['weights_format']} are not supported")
    if not inputs or prod(shape) % inputs:
        call.damaged(f"data of the shape {list(shape)} does not fit weights of {inputs} inputs")
    rows = call.reshape(call.input(0), (prod(shape) // inputs, inputs))
    result = _real_rows(call, rows, units) if call.real else _exact_rows(call, rows, units)
    if call.options["keep_num_dims"]:
        return call.reshape(result, (*shape[:-1], units))
    return result


def _exact_rows(call: Call, rows: ast.Expr, units: int) -> ast.Expr:
    scale = call.scale(0)
    sums = call(
        "qnn.dense",
        rows,
        call.input(1),
        call.array(scale.zero_point, "int32"),
        call.array(weight_zero_point(call, 1, 0), "int32"),
        call.array(scale.scale, "float32"),
        weight_scale(call, 1, 0),
        units=units,
        out_dtype="int64" if is_wide(call, 2, narrow_allowed=True) else "int32",
    )
    sums = with_bias(call, sums, 2, 1)
    return rescaled(call, sums, data=0, weight=1, axis=1, weight_axis=0, rounding=call.contract.fully_connected)


def _real_rows(call: Call, rows: ast.Expr, units: int) -> ast.Expr:
    if is_quantized(call.tensor(1)):
        return _hybrid_rows(call, rows, units)
    return activated(call, with_bias(call, call("nn.dense", rows, call.input(1), units=units), 2, 1))


def _hybrid_rows(call: Call, rows: ast.Expr, units: int) -> ast.Expr:
    """Real data, quantized weights: LiteRT quantizes each row by its largest magnitude before it multiplies."""
    if call.options["asymmetric_quantize_inputs"]:
        call.refuse("quantizing real data with a zero point (asymmetric_quantize_inputs) is not supported")
    weight = call.cast(call.input(1), "float32")
    if weight_zero_point(call, 1, 0) != 0:
        call.refuse("quantized weights of real data must have the zero point 0")
    largest = call("max", call("abs", rows), axis=(1,), keepdims=True)
    step = call("divide", largest, call.array(127, "float32"))
    step = call("where", call("equal", largest, call.array(0, "float32")), call.array(1, "float32"), step)
    scaled = rounded(call, call("multiply", rows, call("divide", call.array(1, "float32"), step)))
    data = call("clip", scaled, a_min=-127.0, a_max=127.0)
    product = call("nn.dense", data, weight, units=units)
    factors = call("multiply", step, call.reshape(weight_scale(call, 1, 0), (1, -1)))
    return activated(call, with_bias(call, call("multiply", product, factors), 2, 1))


def rounded(call: Call, expr: ast.Expr) -> ast.Expr:
    """Real numbers rounded to whole ones, halves away from zero."""
    half = call("add", call("abs", expr), call.array(0.5, "float32"))
    return call("multiply", call("sign", expr), call("floor", half))


@converter("BATCH_MATMUL", real=_REAL, exact=EXACT)
def batch_matmul(call: Call) -> ast.Expr:
    """Matrices in the last two dimensions; the others broadcast."""
    if call.real:
        return _real_matmul(call)
    if not call.is_quantized(0) or not call.is_quantized(1):
        call.refuse("both matrices must be quantized, or both real")
    if len(call.tensor(1).scales_and_zero_points(_scaled_axis(call))[0]) > 1:
        call.refuse("scales along a dimension of a matrix are not supported: the engines read only the first")
    a, b = call.input(0), call.input(1)
    wide = call.dtype(0) == "int16" and out_dtype(call) == "int16"
    if call.dtype(0) != call.dtype(1):
        if (call.dtype(0), call.dtype(1)) != ("int16", "int8"):
            call.refuse(f"a product of {call.dtype(0)} and {call.dtype(1)} is not supported")
        b = call.cast(b, "int16")
    sums = call(
        "tflite.batch_matmul",
        a,
        b,
        lhs_zero_point=call.scale(0).zero_point,
        rhs_zero_point=call.scale(1).zero_point,
        adj_x=call.options["adj_x"],
        adj_y=call.options["adj_y"],
        out_dtype="int64" if wide else "int32",
    )
    axis = len(call.shape_of(sums)) - 1
    return rescaled(call, sums, data=0, weight=1, axis=axis, weight_axis=_scaled_axis(call))


def _scaled_axis(call: Call) -> int:
    """The dimension of the second matrix that its scales lie along, if there are several."""
    quantization = call.tensor(1).quantization
    assert quantization is not None
    return call.axis(quantization.axis, len(call.shape(1)), "the quantized dimension")


def _real_matmul(call: Call) -> ast.Expr:
    a, b = call.input(0), call.input(1)
    if is_quantized(call.tensor(1)):
        call.constant(1, "quantized weights of real data")
        b = dequantized(call, call.tensor(1), b)
    shapes = call.shape_of(a), call.shape_of(b)
    if min(map(len, shapes)) < 2:
        call.damaged(f"matrices have two dimensions or more, found the shapes {list(shapes[0])} and {list(shapes[1])}")
    try:
        batch = np.broadcast_shapes(shapes[0][:-2], shapes[1][:-2])
    except ValueError:
        call.damaged(f"the batches of {list(shapes[0])} and {list(shapes[1])} do not broadcast")
    stacks = [_stacked(call, e, s, batch) for e, s in zip((a, b), shapes, strict=True)]
    result = call(
        "nn.batch_matmul", *stacks, transpose_a=bool(call.options["adj_x"]), transpose_b=bool(call.options["adj_y"])
    )
    return call.reshape(result, (*batch, *call.shape_of(result)[1:]))


def _stacked(call: Call, expr: ast.Expr, shape: tuple[int, ...], batch: tuple[int, ...]) -> ast.Expr:
    """Matrices as one stack; a single one stays single."""
    if prod(shape[:-2]) != 1 and shape[:-2] != batch:
        expr = call("broadcast_to", expr, shape=(*batch, *shape[-2:]))
        shape = (*batch, *shape[-2:])
    return call.reshape(expr, (prod(shape[:-2]), *shape[-2:]))


@converter("EMBEDDING_LOOKUP", plain=("int32",))
def embedding_lookup(call: Call) -> ast.Expr:
    """Rows of a table by number."""
    table, dtype = call.input(1), call.output().dtype
    rows = call("take", table, call.input(0), axis=0, mode="clip")
    if dtype != "float32" or call.dtype(1) == "float32":
        return rows
    if not is_quantized(call.tensor(1)):
        call.refuse(f"a table of {call.dtype(1)} without a scale gives no real numbers")
    scales, zero_points = call.tensor(1).scales_and_zero_points(0)
    if (zero_points != 0).any():
        call.refuse("the table of an embedding must have the zero point 0")
    scale = call.array(scales.reshape(-1, 1), "float32") if len(scales) > 1 else call.array(scales[0], "float32")
    if len(scales) > 1:
        scale = call("take", scale, call.input(0), axis=0, mode="clip")
    return call("multiply", call.cast(rows, "float32"), scale)
