"""Other types and scales: QUANTIZE, DEQUANTIZE, CAST, DENSIFY.

Facts: TFLM tensorflow/lite/micro/kernels/quantize_common.cc, dequantize_common.cc, cast.cc.
"""

from __future__ import annotations

from tvm_model_library.frontends.tflite.call import Call, is_quantized, scale_of
from tvm_model_library.frontends.tflite.converters._shared import out_dtype
from tvm_model_library.frontends.tflite.registry import ANY, converter
from tvm_model_library.frontends.tflite.through_real import dequantized, quantized
from tvm_model_library.relay import ast


@converter("QUANTIZE", plain=("float32", "int8", "uint8", "int16", "int32"))
def quantize(call: Call) -> ast.Expr:
    """Real numbers onto a scale, or integers onto another one."""
    source, target = call.tensor(0), call.output()
    if target.quantization is None:
        call.damaged(f"{target.place.where} has no scale and zero point")
    if source.dtype == "float32":
        return quantized(call, target, call.input(0))
    if source.quantization is None:
        call.damaged(f"{source.place.where} has no scale and zero point")
    scales = {**scale_of(source).attributes("input"), **scale_of(target).attributes("output")}
    return call.tflite("requantize", call.input(0), **scales, out_dtype=out_dtype(call))


@converter("DEQUANTIZE", plain=("float16", "int8", "uint8", "int16", "int32"))
def dequantize(call: Call) -> ast.Expr:
    """The real numbers that integers, or short floats, stand for."""
    tensor = call.tensor(0)
    if tensor.dtype == "float16":
        return call.cast(call.input(0), "float32")
    if tensor.quantization is None:
        call.damaged(f"{tensor.place.where} has no scale and zero point")
    return dequantized(call, tensor, call.input(0))


@converter("CAST", plain=ANY)
def cast(call: Call) -> ast.Expr:
    """The same number in another type, whatever it stands for."""
    tensor, dtype = call.tensor(0), call.output().dtype
    value = call.graph.raw(tensor, call.place) if tensor.dtype == "uint8" else call.input(0)
    result = call.cast(value, dtype)
    if dtype == "uint8" and is_quantized(call.output()):
        wide = call("subtract", call.cast(result, "int16"), call.array(128, "int16"))
        return call.cast(wide, "int8")
    return result


@converter("DENSIFY", plain=("float32", "float16", "int8"))
def densify(call: Call) -> ast.Expr:
    """A sparse constant, which the reader has made dense."""
    return call.input(0)
