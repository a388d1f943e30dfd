"""Activations. Facts: TFLM tensorflow/lite/micro/kernels/activations_common.cc, logistic_common.cc, tanh.cc,
leaky_relu_common.cc, prelu_common.cc, hard_swish_common.cc, elu.cc; LiteRT's reference kernels.
"""

from __future__ import annotations

import math

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.converters._shared import bounded, check_output_scale, same_scales
from tvm_model_library.frontends.tflite.registry import EXACT, converter
from tvm_model_library.relay import ast

_REAL = ("float32",)
_SIXTEEN_BITS = 2.0**-15


def _both(call: Call) -> dict[str, float | int]:
    return {**call.scale(0).attributes("input"), **call.output_scale().attributes("output")}


@converter("RELU", real=_REAL, exact=EXACT)
def relu(call: Call) -> ast.Expr:
    """At least 0."""
    if call.real:
        return call("nn.relu", call.input(0))
    return call.tflite("relu", call.input(0), **_both(call))


_CUT = {"RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0), "RELU_0_TO_1": (0.0, 1.0)}


@converter("RELU6", "RELU_N1_TO_1", real=_REAL, exact=EXACT)
def cut_off(call: Call) -> ast.Expr:
    """Within bounds; quantized numbers stay on their scale."""
    if call.real:
        return bounded(call, call.input(0), *_CUT[call.operator.name])
    same_scales(call, 0)
    name = call.operator.name.lower()
    return call("tflite.clamp", call.input(0), activation=name, **call.scale(0).attributes())


@converter("RELU_0_TO_1", real=_REAL, through_real=EXACT, of_one_number=True)
def relu_0_to_1(call: Call) -> ast.Expr:
    """From 0 to 1."""
    return bounded(call, call.input(0), *_CUT[call.operator.name])


@converter("LOGISTIC", real=_REAL, exact=EXACT)
def logistic(call: Call) -> ast.Expr:
    """The sigmoid."""
    if call.real:
        return call("sigmoid", call.input(0))
    check_output_scale(call, *((1 / 256, -128) if call.dtype(0) != "int16" else (_SIXTEEN_BITS, 0)))
    return call.tflite("logistic", call.input(0), **call.scale(0).attributes("input"))


@converter("TANH", real=_REAL, exact=EXACT)
def tanh(call: Call) -> ast.Expr:
    """The hyperbolic tangent."""
    if call.real:
        return call("tanh", call.input(0))
    check_output_scale(call, 1 / 128 if call.dtype(0) != "int16" else _SIXTEEN_BITS, 0)
    return call.tflite("tanh", call.input(0), **call.scale(0).attributes("input"))


@converter("LEAKY_RELU", real=_REAL, exact=EXACT)
def leaky_relu(call: Call) -> ast.Expr:
    """Below 0 times ``alpha``."""
    alpha = call.options["alpha"]
    if not math.isfinite(alpha):
        call.damaged(f"alpha is {alpha}; expected a finite number")
    if call.real:
        return call("nn.leaky_relu", call.input(0), alpha=alpha)
    return call.tflite("leaky_relu", call.input(0), **_both(call), alpha=alpha)


@converter("PRELU", real=_REAL, exact=("int8",), through_real=("int16",))
def prelu(call: Call) -> ast.Expr:
    """Below 0 times the second input, which broadcasts."""
    x, slope = call.input(0), call.input(1)
    if call.real:
        below = call("multiply", x, slope)
        return call("where", call("greater_equal", x, call.array(0, "float32")), x, below)
    return call.tflite("prelu", x, slope, **_both(call), **call.scale(1).attributes("alpha"))


@converter("HARD_SWISH", real=_REAL, exact=("int8",), through_real=("int16",), of_one_number=True)
def hard_swish(call: Call) -> ast.Expr:
    """``x * relu6(x + 3) / 6``."""
    if not call.real:
        return call("tflite.hard_swish", call.input(0), **_both(call))
    x = call.input(0)
    gate = call("clip", call("add", x, call.array(3, "float32")), a_min=0.0, a_max=6.0)
    return call("divide", call("multiply", x, gate), call.array(6, "float32"))


@converter("ELU", real=_REAL, exact=("int8",), through_real=("int16",), of_one_number=True)
def elu(call: Call) -> ast.Expr:
    """Below 0 ``exp(x) - 1``."""
    if not call.real:
        return call("tflite.elu", call.input(0), **_both(call))
    x, zero = call.input(0), call.array(0, "float32")
    below = call("subtract", call("exp", call("minimum", x, zero)), call.array(1, "float32"))
    return call("where", call("less", x, zero), below, x)


@converter("GELU", real=_REAL, through_real=EXACT, of_one_number=True)
def gelu(call: Call) -> ast.Expr:
    """``x * P(X <= x)`` of a normal distribution, or what a hyperbolic tangent makes of it."""
    x = call.input(0)

    def times(value: float, expr: ast.Expr) -> ast.Expr:
        return call("multiply", call.array(value, "float32"), expr)

    if call.options["approximate"]:
        cube = call("multiply", call("multiply", x, x), x)
        inner = times(math.sqrt(2 / math.pi), call("add", x, times(0.044715, cube)))
        gate = call("add", call.array(1, "float32"), call("tanh", inner))
    else:
        gate = call("add", call.array(1, "float32"), call("erf", times(math.sqrt(0.5), x)))
    return call("multiply", times(0.5, x), gate)
