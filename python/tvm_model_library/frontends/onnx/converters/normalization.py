"""Normalization."""

from __future__ import annotations

from collections.abc import Sequence

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import REAL, converter
from tvm_model_library.relay import ast


@converter("BatchNormalization", types=REAL, attributes="epsilon momentum training_mode spatial")
def batch_normalization(call: Call) -> ast.Expr:
    """``(x - mean) / sqrt(variance + epsilon) * scale + bias`` of each channel."""
    if call.flag("training_mode", False) or not call.flag("spatial", True):
        call.refuse("a BatchNormalization of a model in training, or not by channels, is not supported")
    x, rank = call.input(0), len(call.shape())
    scale, bias, mean, variance = (call.input(i) for i in range(1, 5))
    channels = call.shape()[1] if rank > 1 else 1
    for index in range(1, 5):
        if call.shape(index) != (channels,):
            call.damaged(f"input {index} has the shape {list(call.shape(index))}, expected [{channels}]")
    deviation = call("sqrt", call("add", variance, call.number(call.real("epsilon", 1e-5), variance)))
    factor = call.cast(call("divide", scale, deviation), call.dtype())
    offset = call.cast(call("subtract", bias, call("multiply", mean, call.cast(factor, call.dtype(3)))), call.dtype())
    sizes = (channels, *(1,) * (rank - 2))
    return call("add", call("multiply", x, call.reshape(factor, sizes)), call.reshape(offset, sizes))


def _normalized(call: Call, x: ast.Expr, axes: Sequence[int], epsilon: float) -> ast.Expr:
    """``x`` less its mean, divided by its deviation, along ``axes``."""
    centred = call("subtract", x, call("mean", x, axis=tuple(axes), keepdims=True))
    variance = call("mean", call("multiply", centred, centred), axis=tuple(axes), keepdims=True)
    return call("divide", centred, call("sqrt", call("add", variance, call.number(epsilon, x))))


@converter("InstanceNormalization", types=REAL, attributes="epsilon")
def instance_normalization(call: Call) -> ast.Expr:
    """Each channel of each image by its own mean and variance."""
    shape = call.shape()
    if len(shape) < 3:
        call.damaged(f"data of {len(shape)} dimensions, expected 3 or more")
    inner = _normalized(call, call.input(0), range(2, len(shape)), call.real("epsilon", 1e-5))
    sizes = (shape[1], *(1,) * (len(shape) - 2))
    scaled = call("multiply", inner, call.reshape(call.input(1), sizes))
    return call("add", scaled, call.reshape(call.input(2), sizes))


@converter("LayerNormalization", types=("float32", "float64"), attributes="axis epsilon stash_type")
def layer_normalization(call: Call) -> ast.Expr:
    """By mean and variance of all dimensions from an axis on."""
    rank = len(call.shape())
    axes = range(call.axis(call.integer("axis", -1), rank), rank)
    scaled = call("multiply", _normalized(call, call.input(0), axes, call.real("epsilon", 1e-5)), call.input(1))
    return call("add", scaled, call.input(2)) if call.has(2) else scaled


@converter("LRN", types=("float32",), attributes="alpha beta bias size")
def local_response_normalization(call: Call) -> ast.Expr:
    """By the squares of ``size`` neighbouring channels."""
    size = call.integer("size", 0)
    if size < 1 or size % 2 == 0:
        call.refuse(f"LRN over {size} channels is not supported, only over an odd number")
    return call(
        "nn.lrn",
        call.input(0),
        size=size,
        axis=1,
        alpha=call.real("alpha", 0.0001),
        beta=call.real("beta", 0.75),
        bias=call.real("bias", 1.0),
    )


@converter("LpNormalization", types=REAL, attributes="axis p")
def lp_normalization(call: Call) -> ast.Expr:
    """Divided by the norm along an axis."""
    x, axis = call.input(0), call.axis(call.integer("axis", -1), len(call.shape()))
    p = call.integer("p", 2)
    if p not in (1, 2):
        call.damaged(f"the norm {p}; expected 1 or 2")
    terms = call("abs", x) if p == 1 else call("multiply", x, x)
    sums = call("sum", terms, axis=(axis,), keepdims=True)
    norm = sums if p == 1 else call("sqrt", sums)
    is_zero = call("equal", norm, call.number(0, x))
    return call("divide", x, call("where", is_zero, call.number(1, x), norm))
