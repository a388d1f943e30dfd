"""Quantized operators that TFLite Micro does not compute: dequantized, computed in ``float32``, quantized again.

That is what LiteRT's reference kernels mean; what they compute can differ from it by one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tvm_model_library.frontends.tflite.call import Call, is_quantized, scale_of
from tvm_model_library.frontends.tflite.model import Tensor
from tvm_model_library.frontends.tflite.registry import Converter
from tvm_model_library.relay import ast

_OFFSET = 128
_ALL = np.arange(-_OFFSET, _OFFSET, dtype=np.int8)


def through_real(converter: Converter, call: Call) -> Sequence[ast.Expr]:
    """The outputs of a call of ``converter`` on quantized data. Raises ``ModelLibraryError``."""
    data = call.tensor(converter.data)
    if not is_quantized(data):
        call.refuse(f"{call.operator.name} of {data.dtype} without scale and zero point has no meaning")
    if converter.of_one_number and call.type(call.input(0)).dtype == "int8" and call.known(0) is None:
        return _by_table(converter, call)
    return _computed(converter, call)


def _computed(converter: Converter, call: Call) -> Sequence[ast.Expr]:
    arguments = tuple(
        argument
        if argument is None or tensor is None or not is_quantized(tensor)
        else dequantized(call, tensor, argument)
        for tensor, argument in zip(call.operator.inputs, call.arguments, strict=True)
    )
    operator = replace(
        call.operator,
        inputs=tuple(None if t is None else _as_real(t) for t in call.operator.inputs),
        outputs=tuple(map(_as_real, call.operator.outputs)),
    )
    made = converter.convert(replace(call, operator=operator, arguments=arguments))
    results = [made] if isinstance(made, ast.Expr) else list(made)
    return [
        quantized(call, tensor, result) if is_quantized(tensor) else result
        for tensor, result in zip(call.operator.outputs, results, strict=False)
    ]


def _by_table(converter: Converter, call: Call) -> Sequence[ast.Expr]:
    """A function of one number has 256 results."""
    data = call.input(0)
    results = _computed(converter, replace(call, arguments=(call.array(_ALL), *call.arguments[1:])))
    place = call("add", call.cast(data, "int32"), call.array(_OFFSET, "int32"))
    return [call("take", table, place, axis=0, mode="clip") for table in results]


def _as_real(tensor: Tensor) -> Tensor:
    return replace(tensor, dtype="float32", quantization=None, stored=None) if is_quantized(tensor) else tensor


def dequantized(call: Call, tensor: Tensor, expr: ast.Expr) -> ast.Expr:
    """The real numbers of a quantized tensor, whose scales may lie along one dimension."""
    assert tensor.quantization is not None
    if len(tensor.quantization.scales) == 1:
        scale = scale_of(tensor)
        pair = call.array(scale.scale, "float32"), call.array(scale.zero_point, "int32")
        return call("qnn.dequantize", expr, *pair, out_dtype="float32")
    axis = call.axis(tensor.quantization.axis, len(tensor.shape), "the quantized dimension")
    scales, zero_points = tensor.scales_and_zero_points(axis)
    shifted = zero_points - (_OFFSET if tensor.dtype == "uint8" else 0)
    pair = call.array(scales, "float32"), call.array(shifted, "int32")
    return call("qnn.dequantize", expr, *pair, axis=axis, out_dtype="float32")


def quantized(call: Call, tensor: Tensor, expr: ast.Expr) -> ast.Expr:
    """Real numbers in the quantized form of ``tensor``."""
    scale = scale_of(tensor)
    pair = call.array(scale.scale, "float32"), call.array(scale.zero_point, "int32")
    dtype = "int8" if tensor.dtype == "uint8" else tensor.dtype
    return call("qnn.quantize", expr, *pair, out_dtype=dtype)
