"""Pools over data (N, C, ...)."""

from __future__ import annotations

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.converters._windows import ATTRIBUTES, SPATIAL, spatial_rank, windows_of
from tvm_model_library.frontends.onnx.registry import REAL, converter
from tvm_model_library.relay import ast


@converter("MaxPool", types=(*REAL, "int8", "uint8"), attributes=f"{ATTRIBUTES} ceil_mode storage_order")
def max_pool(call: Call) -> ast.Expr:
    """Maxima of the numbers inside the image."""
    return _pooled(call, "max")


@converter("AveragePool", types=REAL, attributes=f"{ATTRIBUTES} ceil_mode count_include_pad")
def average_pool(call: Call) -> ast.Expr:
    """Averages of the numbers inside the image, or of the padding's zeros as well."""
    return _pooled(call, "avg", count_include_pad=call.flag("count_include_pad", False))


def _pooled(call: Call, kind: str, **attributes: bool) -> ast.Expr:
    windows = windows_of(call, call.integers("kernel_shape") or ())
    ceil = call.flag("ceil_mode", False)
    if ceil and _last_is_outside(call, windows.size, windows.strides, windows.dilations, windows.padding):
        call.refuse("with ceil_mode, a last window that begins after the data is not supported")
    return call(
        f"nn.{kind}_pool{windows.rank}d",
        call.input(0),
        pool_size=windows.size,
        strides=windows.strides,
        dilation=windows.dilations,
        padding=windows.padding,
        layout="NC" + SPATIAL[windows.rank],
        ceil_mode=ceil,
        **attributes,
    )


def _last_is_outside(
    call: Call,
    size: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    padding: tuple[int, ...],
) -> bool:
    """Whether the last window that rounding up adds begins in the padding after the data, where ONNX leaves it out."""
    rank = len(size)
    for axis, extent in enumerate(call.shape()[2:]):
        whole = extent + padding[axis] + padding[axis + rank] - (size[axis] - 1) * dilations[axis] - 1
        if -(-whole // strides[axis]) * strides[axis] >= extent + padding[axis]:
            return True
    return False


@converter("GlobalAveragePool", "GlobalMaxPool", types=REAL)
def global_pool(call: Call) -> ast.Expr:
    """Of each whole channel."""
    name = "mean" if call.node.operator == "GlobalAveragePool" else "max"
    return call(name, call.input(0), axis=tuple(range(2, spatial_rank(call) + 2)), keepdims=True)
