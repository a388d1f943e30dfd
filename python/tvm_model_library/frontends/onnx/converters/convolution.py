"""Convolutions: data (N, C, ...), weights (O, C / groups, ...)."""

from __future__ import annotations

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.converters._windows import (
    ATTRIBUTES,
    SPATIAL,
    explicit_pads,
    per_axis,
    spatial_rank,
    windows_of,
)
from tvm_model_library.frontends.onnx.registry import REAL, converter
from tvm_model_library.relay import ast


def with_bias(call: Call, result: ast.Expr, index: int, rank: int) -> ast.Expr:
    """``result`` and the bias of each channel (O,), if there is one."""
    if not call.has(index):
        return result
    bias = call.input(index)
    channels = call.shape_of(result)[1]
    if call.shape_of(bias) != (channels,):
        call.damaged(f"the bias has the shape {list(call.shape_of(bias))}, expected [{channels}]")
    return call("add", result, call.reshape(bias, (channels, *(1,) * rank)))


def _weights(call: Call, rank: int) -> tuple[tuple[int, ...], int, int]:
    """The shape of the weights, their number of groups, and the channels of the data."""
    shape, channels = call.shape(1), call.shape()[1]
    groups = call.integer("group", 1)
    if len(shape) != rank + 2 or groups < 1:
        call.damaged(f"weights of the shape {list(shape)} in {groups} groups; expected {rank + 2} dimensions")
    given = call.integers("kernel_shape")
    if given is not None and given != shape[2:]:
        call.damaged(f"kernel_shape is {list(given)}, but the weights have the shape {list(shape)}")
    return shape, groups, channels


@converter("Conv", types=REAL, attributes=f"{ATTRIBUTES} group")
def conv(call: Call) -> ast.Expr:
    """A convolution of 1 to 3 spatial dimensions."""
    rank = spatial_rank(call)
    shape, groups, channels = _weights(call, rank)
    if shape[1] * groups != channels or shape[0] % groups:
        call.damaged(f"weights of the shape {list(shape)} in {groups} groups do not fit data of {channels} channels")
    windows = windows_of(call, shape[2:])
    result = call(
        f"nn.conv{rank}d",
        call.input(0),
        call.input(1),
        strides=windows.strides,
        padding=windows.padding,
        dilation=windows.dilations,
        groups=groups,
        channels=shape[0],
        kernel_size=windows.size,
        data_layout="NC" + SPATIAL[rank],
        kernel_layout="OI" + SPATIAL[rank],
    )
    return with_bias(call, result, 2, rank)


@converter("ConvTranspose", types=REAL, attributes=f"{ATTRIBUTES} group output_padding output_shape")
def conv_transpose(call: Call) -> ast.Expr:
    """The gradient of a convolution: data (N, C, ...), weights (C, O / groups, ...)."""
    rank = spatial_rank(call)
    shape, groups, channels = _weights(call, rank)
    if shape[0] != channels or channels % groups:
        call.damaged(f"weights of the shape {list(shape)} in {groups} groups do not fit data of {channels} channels")
    strides, dilations = (per_axis(call, name, rank, 1) for name in ("strides", "dilations"))
    added = per_axis(call, "output_padding", rank, 0)
    before, after = _cut(call, shape[2:], strides, dilations, added)
    result = call(
        f"nn.conv{rank}d_transpose",
        call.input(0),
        call.input(1),
        strides=strides,
        padding=(*before, *after),
        dilation=dilations,
        groups=groups,
        channels=shape[1] * groups,
        kernel_size=shape[2:],
        output_padding=added,
        data_layout="NC" + SPATIAL[rank],
        kernel_layout="IO" + SPATIAL[rank],
    )
    return with_bias(call, result, 2, rank)


def _cut(
    call: Call, size: tuple[int, ...], strides: tuple[int, ...], dilations: tuple[int, ...], added: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What is cut off before and after the whole result."""
    rank, image = len(size), call.shape()[2:]
    kind = call.choice("auto_pad", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
    target = call.integers("output_shape")
    if target is None and kind == "NOTSET":
        return explicit_pads(call, rank)
    if target is None and kind == "VALID":
        return (0,) * rank, (0,) * rank
    wanted = target or tuple(n * s for n, s in zip(image, strides, strict=True))
    if len(wanted) != rank:
        call.damaged(f"output_shape is {list(wanted)}, expected {rank} sizes")
    axes = zip(image, size, strides, dilations, added, wanted, strict=True)
    totals = [(n - 1) * s + a + (k - 1) * d + 1 - w for n, k, s, d, a, w in axes]
    if min(totals) < 0:
        call.refuse(f"an output of {list(wanted)} is larger than what the convolution makes")
    small, large = tuple(t // 2 for t in totals), tuple(t - t // 2 for t in totals)
    return (small, large) if kind == "SAME_UPPER" else (large, small)
