"""SOFTMAX, LOG_SOFTMAX, L2_NORMALIZATION, LOCAL_RESPONSE_NORMALIZATION.

Facts: TFLM tensorflow/lite/micro/kernels/softmax_common.cc, log_softmax.cc, l2norm.cc; LiteRT
tensorflow/lite/kernels/local_response_norm.cc.
"""

from __future__ import annotations

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.converters._shared import activated, check_output_scale, out_dtype
from tvm_model_library.frontends.tflite.registry import EXACT, converter
from tvm_model_library.relay import ast

_REAL = ("float32",)
_LEAST_NORM = 1e-6


@converter("SOFTMAX", real=_REAL, exact=EXACT)
def softmax(call: Call) -> ast.Expr:
    """Along the last dimension, of ``beta * x``."""
    x, beta = call.input(0), call.options["beta"]
    if call.real:
        scaled = x if beta == 1 else call("multiply", x, call.array(beta, "float32"))
        return call("nn.softmax", scaled, axis=-1)
    dtype = out_dtype(call)
    check_output_scale(call, *((1 / 256, -128) if dtype == "int8" else _sixteen(call)))
    return call.tflite("softmax", x, input_scale=call.scale(0).scale, beta=beta, out_dtype=dtype)


def _sixteen(call: Call) -> tuple[float, int]:
    """The quantization of an int16 result: from int8 data it takes the negative half of the range as well."""
    return (2.0**-15, 0) if call.dtype(0) == "int16" else (2.0**-16, -(2**15))


@converter("LOG_SOFTMAX", real=_REAL, exact=("int8",))
def log_softmax(call: Call) -> ast.Expr:
    """Along the last dimension."""
    if call.real:
        return call("nn.log_softmax", call.input(0), axis=-1)
    check_output_scale(call, 16 / 256, 127)
    return call.tflite("log_softmax", call.input(0), input_scale=call.scale(0).scale)


@converter("L2_NORMALIZATION", real=_REAL, exact=("int8",))
def l2_normalization(call: Call) -> ast.Expr:
    """Each vector along the last dimension by its length."""
    x = call.input(0)
    if not call.real:
        check_output_scale(call, 1 / 128, 0)
        fused = call.options["fused_activation_function"]
        if fused != "NONE":
            call.refuse(f"L2_NORMALIZATION of {call.dtype(0)} with the fused activation {fused} is not supported")
        return call.tflite("l2_normalization", x, **call.scale(0).attributes("input"))
    length = call("sqrt", call("sum", call("multiply", x, x), axis=(-1,), keepdims=True))
    return activated(call, call("divide", x, call("maximum", length, call.array(_LEAST_NORM, "float32"))))


@converter("LOCAL_RESPONSE_NORMALIZATION", real=_REAL)
def local_response_normalization(call: Call) -> ast.Expr:
    """By the squares of the channels nearby."""
    options = call.options
    size = 2 * options["radius"] + 1
    return call(
        "nn.lrn",
        call.input(0),
        size=size,
        axis=3,
        bias=options["bias"],
        alpha=options["alpha"] * size,
        beta=options["beta"],
    )
