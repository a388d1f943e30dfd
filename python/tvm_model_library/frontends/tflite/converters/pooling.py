"""Pools: AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D. Facts: TFLM tensorflow/lite/micro/kernels/pooling_common.cc."""

from __future__ import annotations

from typing import Any

from tvm_model_library.frontends.tflite.call import UINT8_SHIFT, Call
from tvm_model_library.frontends.tflite.converters._shared import (
    activated,
    exact_activation,
    padding_of,
    same_scales,
    strides_of,
)
from tvm_model_library.frontends.tflite.registry import EXACT, converter
from tvm_model_library.relay import ast

_REAL = ("float32",)


def _window(call: Call) -> dict[str, Any]:
    size = call.options["filter_height"], call.options["filter_width"]
    if min(size) < 1:
        call.damaged(f"a window of {size[0]} x {size[1]}; expected sizes from 1 on")
    strides = strides_of(call)
    padding = padding_of(call, call.rank(0, 4, "the data")[1:3], size, strides)
    return {"pool_size": size, "strides": strides, "padding": padding}


@converter("AVERAGE_POOL_2D", real=_REAL, exact=EXACT)
def average_pool_2d(call: Call) -> ast.Expr:
    """Averages of the numbers inside the image."""
    if call.real:
        return activated(call, call("nn.avg_pool2d", call.input(0), **_window(call), layout="NHWC"))
    same_scales(call, 0)
    scale, activation = call.output_scale().attributes(), exact_activation(call)
    if call.dtype(0) != "uint8":
        return call("tflite.avg_pool2d", call.input(0), **_window(call), activation=activation, **scale)
    # Halves go up, as those of numbers that are not negative do.
    offset = call.array(UINT8_SHIFT, "int16")
    raw = call("add", call.cast(call.input(0), "int16"), offset)
    means = call("tflite.avg_pool2d", raw, **_window(call), scale=call.output_scale().scale)
    return _clamped(call, call.cast(call("subtract", means, offset), "int8"))


@converter("MAX_POOL_2D", real=_REAL, exact=EXACT)
def max_pool_2d(call: Call) -> ast.Expr:
    """Maxima of the numbers inside the image."""
    result = call("nn.max_pool2d", call.input(0), **_window(call), layout="NHWC")
    if call.real:
        return activated(call, result)
    same_scales(call, 0)
    return _clamped(call, result)


def _clamped(call: Call, expr: ast.Expr) -> ast.Expr:
    """Quantized numbers after the fused activation."""
    activation = exact_activation(call)
    if activation == "none":
        return expr
    return call("tflite.clamp", expr, activation=activation, **call.output_scale().attributes())


@converter("L2_POOL_2D", real=_REAL)
def l2_pool_2d(call: Call) -> ast.Expr:
    """Roots of the averages of squares."""
    squares = call("multiply", call.input(0), call.input(0))
    return activated(call, call("sqrt", call("nn.avg_pool2d", squares, **_window(call), layout="NHWC")))
