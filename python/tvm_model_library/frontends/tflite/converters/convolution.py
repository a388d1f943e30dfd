"""Convolutions: CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV, CONV_3D.

Facts: TFLM tensorflow/lite/micro/kernels/conv_common.cc, depthwise_conv_common.cc, transpose_conv.cc; LiteRT
tensorflow/lite/kernels/conv3d.cc.
"""

from __future__ import annotations

from typing import Any

from tvm_model_library.frontends.tflite.call import Call, is_quantized
from tvm_model_library.frontends.tflite.converters._shared import (
    activated,
    dilation_of,
    is_wide,
    padding_of,
    rescaled,
    strides_of,
    weight_scale,
    weight_zero_point,
    with_bias,
)
from tvm_model_library.frontends.tflite.registry import EXACT, converter
from tvm_model_library.frontends.tflite.through_real import dequantized
from tvm_model_library.relay import ast

_REAL = ("float32",)


@converter("CONV_2D", real=_REAL, exact=EXACT)
def conv_2d(call: Call) -> ast.Expr:
    """Data (N, H, W, C), weights (O, H, W, C / groups)."""
    image = call.rank(0, 4, "the data")
    out, height, width, depth = call.rank(1, 4, "the weights")
    if not depth or image[3] % depth or out % max(image[3] // depth, 1):
        call.damaged(f"weights of {depth} channels do not fit data of {image[3]} and {out} outputs")
    weight = call("transpose", _weight(call), axes=(1, 2, 3, 0))
    groups = image[3] // depth
    return _convolved(call, weight, (height, width), "HWIO", groups=groups, channels=out, weight_axis=0)


@converter("DEPTHWISE_CONV_2D", real=_REAL, exact=EXACT)
def depthwise_conv_2d(call: Call) -> ast.Expr:
    """Data (N, H, W, C), weights (1, H, W, C * multiplier)."""
    image = call.rank(0, 4, "the data")
    _, height, width, out = call.rank(1, 4, "the weights")
    if not image[3] or out % image[3]:
        call.damaged(f"{out} outputs are not a multiple of the data's {image[3]} channels")
    weight = call.reshape(_weight(call), (height, width, image[3], out // image[3]))
    layout = "HWIO" if image[3] == 1 else "HWOI"
    return _convolved(call, weight, (height, width), layout, groups=image[3], channels=out, weight_axis=3)


def _weight(call: Call, index: int = 1, data: int = 0) -> ast.Expr:
    """The weights; quantized ones of real data as real numbers."""
    tensor = call.tensor(index)
    if call.dtype(data) in ("float32", "float16") and is_quantized(tensor):
        call.constant(index, "quantized weights of real data")
        return dequantized(call, tensor, call.input(index))
    return call.input(index)


def _convolved(
    call: Call, weight: ast.Expr, size: tuple[int, int], layout: str, *, groups: int, channels: int, weight_axis: int
) -> ast.Expr:
    strides, dilation = strides_of(call), dilation_of(call)
    window = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    attributes: dict[str, Any] = {
        "strides": strides,
        "padding": padding_of(call, call.shape(0)[1:3], window, strides),
        "dilation": dilation,
        "groups": groups,
        "channels": channels,
        "kernel_size": size,
        "data_layout": "NHWC",
        "kernel_layout": layout,
    }
    if call.real:
        return activated(call, with_bias(call, call("nn.conv2d", call.input(0), weight, **attributes), 2, 3))
    narrow = call.operator.name == "CONV_2D"
    sums = _sums(call, "qnn.conv2d", weight, attributes, weight_axis, wide=is_wide(call, 2, narrow_allowed=narrow))
    return rescaled(call, with_bias(call, sums, 2, 3), data=0, weight=1, axis=3, weight_axis=weight_axis)


def _sums(
    call: Call, name: str, weight: ast.Expr, attributes: dict[str, Any], axis: int, *, wide: bool, data: int = 0
) -> ast.Expr:
    """The sums of a quantized convolution. Raises ``UnsupportedError`` for ``int8`` weights with a zero point, which
    the engines leave out.
    """
    scale, zero_point = call.scale(data), weight_zero_point(call, 1, axis)
    if zero_point and call.dtype(1) != "uint8":
        call.refuse(f"the weights of {call.dtype(1)} have the zero point {zero_point}; it must be 0")
    return call(
        name,
        call.input(data),
        weight,
        call.array(scale.zero_point, "int32"),
        call.array(zero_point, "int32"),
        call.array(scale.scale, "float32"),
        weight_scale(call, 1, axis),
        **attributes,
        out_dtype="int64" if wide else "int32",
    )


@converter("TRANSPOSE_CONV", real=_REAL, exact=EXACT, data=2)
def transpose_conv(call: Call) -> ast.Expr:
    """The output's shape, weights (O, H, W, C), data (N, H, W, C), and perhaps a bias."""
    target = call.sizes(0, "the sizes of the output")
    out, height, width, _ = call.rank(1, 4, "the weights")
    image, size = call.rank(2, 4, "the data"), (height, width)
    if len(target) != 4:
        call.damaged(f"the output has the sizes {list(target)}, expected 4")
    strides = strides_of(call)
    pads = [_transposed_padding(call, *s) for s in zip(image[1:3], target[1:3], size, strides, strict=True)]
    attributes: dict[str, Any] = {
        "channels": out,
        "kernel_size": size,
        "strides": strides,
        "padding": (pads[0][0], pads[1][0], pads[0][1], pads[1][1]),
        "output_padding": (pads[0][2], pads[1][2]),
        "data_layout": "NHWC",
        "kernel_layout": "IOHW",
    }
    weight = call("transpose", _weight(call, 1, 2), axes=(3, 0, 1, 2))
    if call.dtype(2) == "float32":
        return activated(call, with_bias(call, call("nn.conv2d_transpose", call.input(2), weight, **attributes), 3, 3))
    wide = is_wide(call, 3, narrow_allowed=False)
    sums = _sums(call, "qnn.conv2d_transpose", weight, attributes, 0, wide=wide, data=2)
    return rescaled(call, with_bias(call, sums, 3, 3), data=2, weight=1, axis=3, weight_axis=0)


def _transposed_padding(call: Call, size: int, target: int, window: int, stride: int) -> tuple[int, int, int]:
    """What is cut off before and after the whole result, and what is added after it, to get ``target`` elements."""
    forward = target if call.options["padding"] == "SAME" else target - window + 1
    if -(-forward // stride) != size:
        call.damaged(f"an output of {target} elements does not come from {size} by a stride of {stride}")
    whole = (size - 1) * stride + window
    before = max(whole - target, 0) // 2 if call.options["padding"] == "SAME" else 0
    after = whole - target - before
    return before, max(after, 0), max(-after, 0)


@converter("CONV_3D", real=_REAL)
def conv_3d(call: Call) -> ast.Expr:
    """Data (N, D, H, W, C), weights (D, H, W, C / groups, O)."""
    image, weights = call.rank(0, 5, "the data"), call.rank(1, 5, "the weights")
    options = call.options
    strides = (options["stride_d"], *strides_of(call))
    dilation = (options["dilation_d_factor"], *dilation_of(call))
    window = [(k - 1) * d + 1 for k, d in zip(weights[:3], dilation, strict=True)]
    result = call(
        "nn.conv3d",
        call.input(0),
        _weight(call),
        strides=strides,
        padding=padding_of(call, image[1:4], window, strides),
        dilation=dilation,
        groups=image[4] // max(weights[3], 1),
        channels=weights[4],
        kernel_size=weights[:3],
        data_layout="NDHWC",
        kernel_layout="DHWIO",
    )
    return activated(call, with_bias(call, result, 2, 4))
