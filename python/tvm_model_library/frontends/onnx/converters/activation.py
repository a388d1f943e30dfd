"""Activations. Facts: onnx docs/Operators.md, the reference implementations beside it."""

from __future__ import annotations

import math

import numpy as np

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import NUMBERS, REAL, converter
from tvm_model_library.relay import ast

_FLOAT = ("float32",)
_SELU = 1.67326319217681884765625, 1.05070102214813232421875


@converter("Relu", types=(*REAL, "int8", "int16", "int32", "int64"))
def relu(call: Call) -> ast.Expr:
    """At least 0."""
    return call("nn.relu", call.input(0))


@converter("Sigmoid", types=REAL)
def sigmoid(call: Call) -> ast.Expr:
    """``1 / (1 + exp(-x))``."""
    return call("sigmoid", call.input(0))


@converter("LeakyRelu", types=REAL, attributes="alpha")
def leaky_relu(call: Call) -> ast.Expr:
    """Below 0 times ``alpha``."""
    return call("nn.leaky_relu", call.input(0), alpha=call.real("alpha", 0.01))


@converter("ThresholdedRelu", types=REAL, attributes="alpha")
def thresholded_relu(call: Call) -> ast.Expr:
    """0 where not above ``alpha``."""
    x = call.input(0)
    above = call("greater", x, call.number(call.real("alpha", 1.0), x))
    return call("where", above, x, call.number(0, x))


@converter("PRelu", types=NUMBERS)
def prelu(call: Call) -> ast.Expr:
    """Below 0 times the second input, which broadcasts to the first."""
    x, slope = call.input(0), call.input(1)
    return call("where", call("less", x, call.number(0, x)), call("multiply", x, slope), x)


def _below(call: Call, x: ast.Expr, alpha: float) -> ast.Expr:
    """``alpha * (exp(x) - 1)`` where ``x`` is below 0, which keeps the exponential in its range."""
    small = call("subtract", call("exp", call("minimum", x, call.number(0, x))), call.number(1, x))
    return call("multiply", call.number(alpha, x), small)


def _positive(call: Call, x: ast.Expr) -> ast.Expr:
    return call("less", call.number(0, x), x)


@converter("Elu", types=REAL, attributes="alpha")
def elu(call: Call) -> ast.Expr:
    """Below 0 ``alpha * (exp(x) - 1)``."""
    x = call.input(0)
    return call("where", _positive(call, x), x, _below(call, x, call.real("alpha", 1.0)))


@converter("Selu", types=REAL, attributes="alpha gamma")
def selu(call: Call) -> ast.Expr:
    """``gamma`` times an Elu."""
    x = call.input(0)
    inner = call("where", _positive(call, x), x, _below(call, x, call.real("alpha", _SELU[0])))
    return call("multiply", call.number(call.real("gamma", _SELU[1]), x), inner)


@converter("Celu", types=_FLOAT, attributes="alpha")
def celu(call: Call) -> ast.Expr:
    """Below 0 ``alpha * (exp(x / alpha) - 1)``."""
    x, alpha = call.input(0), call.real("alpha", 1.0)
    if alpha == 0:
        call.damaged("alpha is 0")
    return call("where", _positive(call, x), x, _below(call, call("divide", x, call.number(alpha, x)), alpha))


@converter("HardSigmoid", types=REAL, attributes="alpha beta")
def hard_sigmoid(call: Call) -> ast.Expr:
    """``alpha * x + beta`` within 0 and 1."""
    return _hard_sigmoid(call, call.input(0), call.real("alpha", 0.2), call.real("beta", 0.5))


def _hard_sigmoid(call: Call, x: ast.Expr, alpha: float, beta: float) -> ast.Expr:
    line = call("add", call("multiply", x, call.number(alpha, x)), call.number(beta, x))
    return call("clip", line, a_min=0.0, a_max=1.0)


@converter("HardSwish", types=REAL)
def hard_swish(call: Call) -> ast.Expr:
    """``x`` times its hard sigmoid of 1/6 and 1/2."""
    x = call.input(0)
    return call("multiply", x, _hard_sigmoid(call, x, 1 / 6, 0.5))


@converter("Softplus", types=REAL)
def softplus(call: Call) -> ast.Expr:
    """``log(exp(x) + 1)``."""
    return _softplus(call, call.input(0))


def _softplus(call: Call, x: ast.Expr) -> ast.Expr:
    """``max(x, 0) + log(1 + exp(-|x|))``, whose exponential does not overflow."""
    tail = call("exp", call("negative", call("abs", x)))
    return call("add", call("maximum", x, call.number(0, x)), call("log", call("add", tail, call.number(1, x))))


@converter("Mish", types=REAL)
def mish(call: Call) -> ast.Expr:
    """``x * tanh(softplus(x))``."""
    x = call.input(0)
    return call("multiply", x, call("tanh", _softplus(call, x)))


@converter("Softsign", types=REAL)
def softsign(call: Call) -> ast.Expr:
    """``x / (1 + |x|)``."""
    x = call.input(0)
    return call("divide", x, call("add", call("abs", x), call.number(1, x)))


@converter("Gelu", "com.microsoft.Gelu", types=REAL, attributes="approximate")
def gelu(call: Call) -> ast.Expr:
    """``x * P(X <= x)`` of a normal distribution, or what a hyperbolic tangent makes of it."""
    x = call.input(0)
    if call.choice("approximate", "none", "none", "tanh") == "tanh":
        cube = call("multiply", call("multiply", x, x), x)
        inner = call("add", x, call("multiply", call.number(0.044715, x), cube))
        gate = call("tanh", call("multiply", call.number(math.sqrt(2 / math.pi), x), inner))
    else:
        gate = call("erf", call("multiply", x, call.number(math.sqrt(0.5), x)))
    return call("multiply", call("multiply", call.number(0.5, x), x), call("add", gate, call.number(1, x)))


@converter("Clip", types=NUMBERS, attributes="min max")
def clip(call: Call) -> ast.Expr:
    """Within bounds, each of which may be left out: attributes up to version 10, inputs from then on."""
    x = call.input(0)
    for index, name, operator in ((1, "min", "maximum"), (2, "max", "minimum")):
        if call.has(index):
            bound = call.reshape(call.input(index), ())
        elif name in call.node.attributes:
            bound = call.number(call.real(name, 0.0), x)
        else:
            continue
        x = call(operator, x, bound)
    return x


@converter("Softmax", "LogSoftmax", types=REAL, attributes="axis")
def softmax(call: Call) -> ast.Expr:
    """Along an axis from version 13 on; before, over all dimensions from the axis on."""
    operator = "nn.softmax" if call.node.operator == "Softmax" else "nn.log_softmax"
    x, shape = call.input(0), call.shape()
    if call.version >= 13:
        return call(operator, x, axis=call.axis(call.integer("axis", -1), len(shape)))
    axis = call.axis(call.integer("axis", 1), len(shape)) if shape != () else 0
    flat = call.reshape(x, (math.prod(shape[:axis]), math.prod(shape[axis:])))
    return call.reshape(call(operator, flat, axis=1), shape)


@converter("Hardmax", types=REAL, attributes="axis")
def hardmax(call: Call) -> ast.Expr:
    """1 at the first largest number along an axis, else 0."""
    x, shape = call.input(0), call.shape()
    old = call.version < 13
    axis = call.axis(call.integer("axis", 1 if old else -1), len(shape))
    tail = math.prod(shape[axis + 1 :])
    sizes = (math.prod(shape[:axis]), shape[axis] * tail, 1) if old else (math.prod(shape[:axis]), shape[axis], tail)
    data = call.reshape(x, sizes)
    first = call("argmax", data, axis=(1,), keepdims=True)
    numbers = call.array(np.arange(sizes[1]).reshape(1, -1, 1), call.type(first).dtype)
    return call.reshape(call.cast(call("equal", numbers, first), call.dtype()), shape)
