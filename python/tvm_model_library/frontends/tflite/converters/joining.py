"""CONCATENATION and PACK. Facts: TFLM tensorflow/lite/micro/kernels/concatenation.cc, pack.cc."""

from __future__ import annotations

from tvm_model_library.frontends.tflite.call import Call, is_quantized, scale_of
from tvm_model_library.frontends.tflite.converters._shared import activated, close
from tvm_model_library.frontends.tflite.registry import ANY, converter
from tvm_model_library.relay import ast


def _operands(call: Call) -> list[ast.Expr]:
    return [call.input(i) for i in range(len(call.operator.inputs))]


@converter("CONCATENATION", plain=ANY)
def concatenation(call: Call) -> ast.Expr:
    """Tensors side by side along an axis. Quantized ones of other scales are brought onto the output's, by uint8 files
    only: TFLite Micro refuses the others.
    """
    axis = call.axis(call.options["axis"], len(call.shape(0)))
    fused = call.options["fused_activation_function"]
    if fused != "NONE" and call.output().dtype != "float32":
        call.refuse(f"CONCATENATION of {call.output().dtype} with the fused activation {fused} is not supported")
    operands = [_on_scale(call, i, e) for i, e in enumerate(_operands(call))]
    joined = operands[0] if len(operands) == 1 else call("concatenate", call.at.tuple(operands), axis=axis)
    return activated(call, joined)


def _on_scale(call: Call, index: int, expr: ast.Expr) -> ast.Expr:
    tensor, target = call.tensor(index), call.output()
    if not (is_quantized(tensor) and is_quantized(target)) or close(scale_of(tensor), scale_of(target)):
        return expr
    if tensor.dtype != "uint8":
        call.refuse(
            f"{tensor.place.where} has another scale or zero point than the output: TFLite Micro does not rescale here"
        )
    scales = {**scale_of(tensor).attributes("input"), **scale_of(target).attributes("output")}
    return call.tflite("requantize", expr, **scales, out_dtype="int8")


@converter("PACK", plain=ANY)
def pack(call: Call) -> ast.Expr:
    """Tensors along a new axis."""
    operands = _operands(call)
    axis = call.axis(call.options["axis"], len(call.shape(0)) + 1)
    return call("stack", call.at.tuple(operands), axis=axis)
