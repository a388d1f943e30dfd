"""What converters share: fused activations, padding, sums onto the output's scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tvm_model_library.frontends.tflite.call import Call, Scale, is_quantized, scale_of
from tvm_model_library.relay import ast

_EXACT_ACTIVATIONS = {"NONE": "none", "RELU": "relu", "RELU6": "relu6", "RELU_N1_TO_1": "relu_n1_to_1"}
_BOUNDS = {"RELU": (0, None), "RELU6": (0, 6), "RELU_N1_TO_1": (-1, 1)}
_MOST_DIFFERENCE = 1e-3
"""How far a scale may be from the one that an operator has by definition, relative to that."""


def exact_activation(call: Call) -> str:
    """The fused activation as the attribute of an operator of integers. Raises ``UnsupportedError``."""
    name = call.options["fused_activation_function"]
    if name not in _EXACT_ACTIVATIONS:
        call.refuse(f"the fused activation {name} is not supported; supported: {', '.join(_EXACT_ACTIVATIONS)}")
    return _EXACT_ACTIVATIONS[name]


def activated(call: Call, expr: ast.Expr) -> ast.Expr:
    """Numbers that stand for themselves after the fused activation. Raises ``UnsupportedError``."""
    name = call.options["fused_activation_function"]
    if name == "NONE":
        return expr
    if name == "TANH":
        return call("tanh", expr)
    if name not in _BOUNDS:
        call.refuse(f"the fused activation {name} is not supported; supported: NONE, TANH, {', '.join(_BOUNDS)}")
    return bounded(call, expr, *_BOUNDS[name])


def bounded(call: Call, expr: ast.Expr, low: float, high: float | None) -> ast.Expr:
    """Numbers cut off at ``low`` and ``high``."""
    if call.type(expr).dtype == "float32":
        return call("nn.relu", expr) if high is None else call("clip", expr, a_min=float(low), a_max=float(high))
    if low >= 0 or not call.type(expr).dtype.startswith("u"):  # others have nothing below
        expr = call("maximum", expr, call.number(low, expr))
    return expr if high is None else call("minimum", expr, call.number(high, expr))


def padding_of(call: Call, size: Sequence[int], window: Sequence[int], strides: Sequence[int]) -> tuple[int, ...]:
    """The padding (top, left, bottom, right) of a window over an image of ``size``; windows are dilated already."""
    if call.options["padding"] == "VALID":
        return (0,) * (2 * len(size))
    pairs = [_same(call, *sizes) for sizes in zip(size, window, strides, strict=True)]
    return (*(before for before, _ in pairs), *(after for _, after in pairs))


def _same(call: Call, size: int, window: int, stride: int) -> tuple[int, int]:
    if stride < 1:
        call.damaged(f"a stride of {stride}; expected 1 or more")
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def strides_of(call: Call) -> tuple[int, int]:
    """The strides (height, width). Raises ``ModelFileError`` for those that are not positive."""
    return _positive(call, "stride", call.options["stride_h"], call.options["stride_w"])


def dilation_of(call: Call) -> tuple[int, int]:
    """The dilation (height, width). As :func:`strides_of`."""
    return _positive(call, "dilation", call.options["dilation_h_factor"], call.options["dilation_w_factor"])


def _positive(call: Call, what: str, height: int, width: int) -> tuple[int, int]:
    if min(height, width) < 1:
        call.damaged(f"a {what} of {min(height, width)}; expected 1 or more")
    return height, width


def weight_scale(call: Call, index: int, axis: int) -> ast.Expr:
    """The scales of an input's weights: one number, or one for each index along ``axis``."""
    scales, _ = call.tensor(index).scales_and_zero_points(axis)
    return call.array(scales[0] if len(scales) == 1 else scales, "float32", f"{call.tensor(index).name}_scale")


def weight_zero_point(call: Call, index: int, axis: int) -> int:
    """The zero point of an input's weights, which is the same along ``axis``. Raises ``UnsupportedError``."""
    tensor = call.tensor(index)
    _, zero_points = tensor.scales_and_zero_points(axis)
    if (zero_points != zero_points[0]).any():
        call.refuse("the zero points of the weights differ from channel to channel; they must be 0")
    return int(zero_points[0]) - (128 if tensor.dtype == "uint8" else 0)


def is_wide(call: Call, bias: int, *, narrow_allowed: bool) -> bool:
    """Whether sums have 64 bits: those of 16-bit data, unless the bias has 32.

    Raises ``UnsupportedError`` for a 32-bit bias where TFLite Micro would read it as one of 64.
    """
    if call.dtype(0 if call.operator.name != "TRANSPOSE_CONV" else 2) != "int16":
        return False
    if not call.has(bias) or call.dtype(bias) == "int64":
        return True
    if not narrow_allowed:
        call.refuse(
            f"{call.operator.name} of int16 with a bias of {call.dtype(bias)}: TFLite Micro reads garbage there; "
            "convert the model again with a bias of int64"
        )
    return False


def with_bias(call: Call, sums: ast.Expr, bias: int, axis: int) -> ast.Expr:
    """Sums and the bias, if there is one, whose elements lie along ``axis``."""
    if not call.has(bias):
        return sums
    dtype, channels = call.type(sums).dtype, call.shape_of(sums)[axis]
    value = call.cast(call.reshape(call.input(bias), (-1,)), dtype)
    if call.shape_of(value) != (channels,):
        call.damaged(f"the bias has {call.shape_of(value)[0]} elements, expected {channels}")
    return call("nn.bias_add", sums, value, axis=axis)


def rescaled(
    call: Call, sums: ast.Expr, *, data: int, weight: int, axis: int, weight_axis: int, rounding: str | None = None
) -> ast.Expr:
    """Sums of products of the inputs ``data`` and ``weight`` on the scale of the output, activated.

    ``axis`` is that of the sums that the scales of the weights go along, ``weight_axis`` that of the weights.
    """
    wide = call.type(sums).dtype == "int64"
    scale, scales = call.scale(data).scale, weight_scale(call, weight, weight_axis)
    if call.dtype(data) == "uint8":  # LiteRT multiplies these scales in float32
        scale, scales = 1.0, call("multiply", scales, call.array(scale, "float32"))
    return call(
        "tflite.rescale",
        sums,
        scales,
        input_scale=scale,
        **call.output_scale().attributes("output"),
        axis=axis,
        activation=exact_activation(call) if "fused_activation_function" in call.options else "none",
        rounding="wide16" if wide else rounding or call.contract.rounding,
        out_dtype=out_dtype(call),
    )


def out_dtype(call: Call, index: int = 0) -> str:
    """The type of a quantized output as it is converted: ``int8`` stands for ``uint8``."""
    dtype = call.output(index).dtype
    return "int8" if dtype == "uint8" and is_quantized(call.output(index)) else dtype


def check_output_scale(call: Call, scale: float, zero_point: int) -> None:
    """Raises ``UnsupportedError`` where the output has not the scale and zero point that the operator defines."""
    found = call.output_scale()
    if found.zero_point != zero_point or abs(found.scale - scale) > _MOST_DIFFERENCE * scale:
        given = f"scale {found.scale} and zero point {found.zero_point}"
        call.refuse(f"the output has {given}; {call.operator.name} defines {scale} and {zero_point}")


def same_scales(call: Call, *inputs: int) -> None:
    """Raises ``UnsupportedError`` where one of the inputs has another scale or zero point than the output."""
    if not is_quantized(call.output()):
        return
    target = call.output_scale()
    for index in inputs:
        tensor = call.tensor(index)
        if is_quantized(tensor) and not close(scale_of(tensor), target):
            call.refuse(
                f"{tensor.place.where} has another scale or zero point than the output; {call.operator.name} of "
                f"{tensor.dtype} does not rescale"
            )


def close(one: Scale, other: Scale) -> bool:
    """Whether two scales are the same up to float32's precision."""
    return one.zero_point == other.zero_point and bool(np.isclose(one.scale, other.scale, rtol=1e-6, atol=0))


def zero_of(call: Call, index: int) -> int:
    """The number that stands for zero: a quantized input's zero point."""
    return call.scale(index).zero_point if call.is_quantized(index) else 0
