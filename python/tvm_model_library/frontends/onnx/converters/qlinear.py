"""Quantized products: QLinearConv, QLinearMatMul, and those that give sums, ConvInteger and MatMulInteger.

The sums are integers. They are scaled as onnxruntime does: times ``x_scale * w_scale / y_scale``, a float32 product,
rounded half to even (onnxruntime onnxruntime/core/mlas/lib/quantize.cpp).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.converters._windows import ATTRIBUTES, spatial_rank, windows_of
from tvm_model_library.frontends.onnx.converters.elementwise import half_to_even
from tvm_model_library.frontends.onnx.registry import converter
from tvm_model_library.relay import ast
from tvm_model_library.tensors import Array

_BYTES = ("int8", "uint8")


class _Operand(NamedTuple):
    """Where an operator has a tensor and its zero point."""

    data: int
    zero_point: int


def _zero_point(call: Call, operand: _Operand) -> Array:
    """As int32, flat; 0 where there is none. Raises ``ModelFileError`` for one of another type than its tensor."""
    if not call.has(operand.zero_point):
        return np.zeros(1, np.int32)
    if call.dtype(operand.zero_point) != call.dtype(operand.data):
        call.damaged(f"a zero point of {call.dtype(operand.zero_point)} of a tensor of {call.dtype(operand.data)}")
    return call.known(operand.zero_point, "zero points").astype(np.int32).reshape(-1)


def _single(call: Call, values: Array, what: str) -> int:
    if values.size != 1:
        call.refuse(f"{what} has {values.size} zero points; only one is supported")
    return int(values[0])


def _scale(call: Call, index: int, count: int) -> Array:
    """Scales as float32: one, or ``count``."""
    scales = call.known(index, "scales")
    if scales.dtype != np.float32:
        call.refuse(f"scales of {scales.dtype} are not supported, only of float32")
    if scales.size not in (1, count) or not (np.isfinite(scales) & (scales > 0)).all():
        call.damaged(f"the scales (input {index}) are {scales.reshape(-1).tolist()[:8]}; expected positive numbers")
    return scales.reshape(-1)


def _requantized(call: Call, sums: ast.Expr, scale: Array, output: _Operand) -> ast.Expr:
    """Sums times ``scale``, which broadcasts, in the type of the output's zero point."""
    dtype = call.dtype(output.zero_point)
    if dtype not in _BYTES:
        call.refuse(f"an output of {dtype} is not supported; supported: {', '.join(_BYTES)}")
    zero_point = call.known(output.zero_point, "zero points")
    if zero_point.size != 1:
        call.damaged(f"the output has {zero_point.size} zero points, expected one")
    zero, info = int(zero_point.reshape(())), np.iinfo(dtype)
    real = call("multiply", call.cast(sums, "float32"), call.array(scale, "float32"))
    # Within bounds first: what is far outside has no int32 to be cast to.
    whole = half_to_even(call, call("clip", real, a_min=float(info.min - zero), a_max=float(info.max - zero)))
    shifted = call("add", call.cast(whole, "int32"), call.array(zero, "int32"))
    return call.cast(shifted, dtype)


def _scalars(call: Call, *zero_points: Array) -> list[ast.Expr]:
    """Zero points and scales as Relay's sums take them; sums do not depend on the scales."""
    one = call.array(1, "float32")
    return [*(call.array(z[0] if z.size == 1 else z, "int32") for z in zero_points), one, one]


def _convolved(call: Call, data: _Operand, weight: _Operand) -> ast.Expr:
    """The sums of a convolution of 1 or 2 spatial dimensions, int32."""
    rank = spatial_rank(call)
    if rank > 2:
        call.refuse("quantized convolutions of 3 spatial dimensions are not supported")
    shape, channels, groups = call.shape(weight.data), call.shape()[1], call.integer("group", 1)
    if len(shape) != rank + 2 or groups < 1 or shape[1] * groups != channels or shape[0] % groups:
        call.damaged(f"weights of the shape {list(shape)} in {groups} groups do not fit data of {channels} channels")
    windows = windows_of(call, shape[2:])
    x_zero, w_zero = _zero_point(call, data), _zero_point(call, weight)
    _single(call, x_zero, "the data")
    if w_zero.size not in (1, shape[0]):
        call.damaged(f"the weights have {w_zero.size} zero points, expected 1 or {shape[0]}")
    flat = rank == 1
    image, kernel = call.input(data.data), call.input(weight.data)
    if flat:
        image = call.reshape(image, (*call.shape()[:2], 1, call.shape()[2]))
        kernel = call.reshape(kernel, (*shape[:2], 1, shape[2]))
    sums = call(
        "qnn.conv2d",
        image,
        kernel,
        *_scalars(call, x_zero, w_zero),
        strides=(1, *windows.strides) if flat else windows.strides,
        padding=(0, *windows.before, 0, *windows.after) if flat else windows.padding,
        dilation=(1, *windows.dilations) if flat else windows.dilations,
        groups=groups,
        channels=shape[0],
        kernel_size=(1, *windows.size) if flat else windows.size,
        data_layout="NCHW",
        kernel_layout="OIHW",
        out_dtype="int32",
    )
    made = call.shape_of(sums)
    return call.reshape(sums, (*made[:2], made[3])) if flat else sums


def _multiplied(call: Call, a: _Operand, b: _Operand, transposed: bool = False) -> ast.Expr:
    """The sums of a product of matrices, int32. ``transposed`` says that the second one, of 2 dimensions, is."""
    left, right = call.shape(a.data), call.shape(b.data)
    right = right[::-1] if transposed else right
    if len(left) < 2 or len(right) < 2 or left[-1] != right[-2]:
        call.damaged(f"matrices of the shapes {list(left)} and {list(right)} do not fit")
    a_zero, b_zero = _zero_point(call, a), _zero_point(call, b)
    _single(call, a_zero, "the first matrix")
    rows, columns = left[-2], right[-1]
    if len(right) == 2:
        if b_zero.size not in (1, columns):
            call.damaged(f"the second matrix has {b_zero.size} zero points, expected 1 or {columns}")
        flat = call.reshape(call.input(a.data), (math.prod(left[:-1]), left[-1]))
        weight = call.input(b.data) if transposed else call("transpose", call.input(b.data), axes=(1, 0))
        scalars = _scalars(call, a_zero, b_zero)
        sums = call("qnn.dense", flat, weight, *scalars, units=columns, out_dtype="int32")
        return call.reshape(sums, (*left[:-1], columns))
    _single(call, b_zero, "the second matrix")
    if left[:-2] != right[:-2]:
        call.refuse(f"quantized matrices of the shapes {list(left)} and {list(right)}: broadcasting is not supported")
    count = math.prod(left[:-2])
    batches = [call.reshape(call.input(o.data), (count, *shape[-2:])) for o, shape in ((a, left), (b, right))]
    sums = call("qnn.batch_matmul", *batches, *_scalars(call, a_zero, b_zero), transpose_b=False, out_dtype="int32")
    return call.reshape(sums, (*left[:-2], rows, columns))


@converter("ConvInteger", types=_BYTES, attributes=f"{ATTRIBUTES} group")
def conv_integer(call: Call) -> ast.Expr:
    """The sums of a convolution."""
    return _convolved(call, _Operand(0, 2), _Operand(1, 3))


@converter("MatMulInteger", types=_BYTES)
def matmul_integer(call: Call) -> ast.Expr:
    """The sums of a product."""
    return _multiplied(call, _Operand(0, 2), _Operand(1, 3))


@converter("QLinearConv", types=_BYTES, attributes=f"{ATTRIBUTES} group")
def qlinear_conv(call: Call) -> ast.Expr:
    """A convolution of quantized numbers, with a bias on the scale of the sums."""
    sums = _convolved(call, _Operand(0, 2), _Operand(3, 5))
    channels, tail = call.shape(3)[0], (1,) * spatial_rank(call)
    if call.has(8):
        if call.shape(8) != (channels,) or call.dtype(8) != "int32":
            call.damaged(f"the bias is {call.type(call.input(8))}, expected {channels} numbers of int32")
        sums = call("add", sums, call.reshape(call.input(8), (channels, *tail)))
    scale = _scale(call, 1, 1) * _scale(call, 4, channels) / _scale(call, 6, 1)
    return _requantized(call, sums, scale.reshape(-1, *tail) if scale.size > 1 else scale[0], _Operand(0, 7))


@converter("QLinearMatMul", types=_BYTES)
def qlinear_matmul(call: Call) -> ast.Expr:
    """A product of quantized matrices."""
    sums = _multiplied(call, _Operand(0, 2), _Operand(3, 5))
    scale = _scale(call, 1, 1) * _scale(call, 4, call.shape(3)[-1]) / _scale(call, 6, 1)
    return _requantized(call, sums, scale if scale.size > 1 else scale[0], _Operand(0, 7))


@converter("com.microsoft.QGemm", types=_BYTES, attributes="alpha transA transB")
def qgemm(call: Call) -> ast.Expr:
    """A product of quantized matrices, with a bias on the scale of the sums."""
    if len(call.shape()) != 2 or len(call.shape(3)) != 2:
        call.damaged(f"expected two matrices, found {call.type(call.input(0))} and {call.type(call.input(3))}")
    if not call.has(7) or not call.has(8):
        call.refuse("a QGemm whose output is real is not supported")
    if call.real("alpha", 1.0) != 1 or call.flag("transA", False):
        call.refuse("a QGemm with a factor, or that transposes the data, is not supported")
    sums = _multiplied(call, _Operand(0, 2), _Operand(3, 5), transposed=call.flag("transB", False))
    columns = call.shape_of(sums)[1]
    if call.has(6):
        if call.dtype(6) != "int32":
            call.damaged(f"the bias is {call.type(call.input(6))}, expected int32")
        sums = call("add", sums, call.input(6))
    scale = _scale(call, 1, 1) * _scale(call, 4, columns) / _scale(call, 7, 1)
    return _requantized(call, sums, scale if scale.size > 1 else scale[0], _Operand(0, 8))
