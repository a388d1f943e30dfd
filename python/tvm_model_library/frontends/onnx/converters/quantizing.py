"""QuantizeLinear and DequantizeLinear, as the standard defines them: in real numbers."""

from __future__ import annotations

import math

import numpy as np

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.converters.elementwise import half_to_even
from tvm_model_library.frontends.onnx.registry import converter
from tvm_model_library.relay import ast

_STORED = ("int8", "uint8", "int16", "uint16")


def _along(call: Call, index: int) -> ast.Expr:
    """Scale or zero point: one number, or one for each index of an axis, in the shape that broadcasts."""
    expr, shape = call.input(index), call.shape()
    if math.prod(call.shape(index)) == 1:
        return call.reshape(expr, ())
    axis = call.axis(call.integer("axis", 1), len(shape))
    if call.integer("block_size", 0):
        call.refuse("scales of blocks are not supported")
    if call.shape(index) != (shape[axis],):
        call.damaged(f"input {index} has the shape {list(call.shape(index))}, expected [] or [{shape[axis]}]")
    return call.reshape(expr, (shape[axis], *(1,) * (len(shape) - axis - 1)))


@converter("DequantizeLinear", types=(*_STORED, "int32"), attributes="axis block_size output_dtype")
def dequantize(call: Call) -> ast.Expr:
    """``(x - zero point) * scale``."""
    difference = call.cast(call.input(0), "int32")
    if call.has(2):
        difference = call("subtract", difference, call.cast(_along(call, 2), "int32"))
    if call.dtype(1) != "float32":
        call.refuse(f"a scale of {call.dtype(1)} is not supported, only of float32")
    return call("multiply", call.cast(difference, "float32"), _along(call, 1))


@converter("QuantizeLinear", types=("float32",), attributes="axis block_size saturate output_dtype precision")
def quantize(call: Call) -> ast.Expr:
    """``x / scale``, rounded half to even, and the zero point, held within the type."""
    dtype = call.dtype(2) if call.has(2) else "uint8"
    if dtype not in _STORED or call.integer("output_dtype", 0) not in (0, *_NUMBERS.get(dtype, ())):
        call.refuse(f"quantizing to {dtype} is not supported; supported: {', '.join(_STORED)}")
    whole = half_to_even(call, call("divide", call.input(0), _along(call, 1)))
    if call.has(2):
        whole = call("add", whole, call.cast(_along(call, 2), "float32"))
    info = np.iinfo(dtype)
    return call.cast(call("clip", whole, a_min=float(info.min), a_max=float(info.max)), dtype)


_NUMBERS = {"uint8": (2,), "int8": (3,), "uint16": (4,), "int16": (5,)}
"""The types' numbers in the attribute ``output_dtype``."""
