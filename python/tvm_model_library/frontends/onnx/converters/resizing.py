"""Resize and Upsample."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.converters._windows import SPATIAL, spatial_rank
from tvm_model_library.frontends.onnx.registry import converter
from tvm_model_library.relay import ast

_Scales: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
_F: Any = np.float32
_METHODS = {"nearest": "nearest_neighbor", "linear": "linear", "cubic": "cubic"}


@converter("Upsample", types=("float32",), attributes="mode scales")
def upsample(call: Call) -> ast.Expr:
    """Larger by factors: from the attribute in version 7, from an input after that."""
    factors = call.node.attributes.get("scales")
    scales = np.asarray(factors if factors is not None else call.known(1, "the scales"), np.float64)
    mode = call.choice("mode", "nearest", "nearest", "linear")
    return _resized(call, mode, "asymmetric", "floor", _scaled(call, scales), scales)


@converter(
    "Resize",
    types=("float32",),
    attributes="mode coordinate_transformation_mode nearest_mode cubic_coeff_a exclude_outside extrapolation_value "
    "antialias axes keep_aspect_ratio_policy",
)
def resize(call: Call) -> ast.Expr:
    """Other sizes of the spatial dimensions, given as such or by factors."""
    if call.flag("antialias", False) or call.integers("axes") is not None:
        call.refuse("Resize with antialias or axes is not supported")
    mode = call.choice("mode", "nearest", *_METHODS)
    if call.version < 11:
        scales = call.known(1, "the scales").astype(np.float64)
        return _resized(call, mode, "asymmetric", "floor", _scaled(call, scales), scales)
    coordinates = call.choice(
        "coordinate_transformation_mode",
        "half_pixel",
        "half_pixel",
        "align_corners",
        "asymmetric",
        "pytorch_half_pixel",
    )
    rounding = call.choice(
        "nearest_mode", "round_prefer_floor", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"
    )
    if call.has(3) and call.shape(3) != (0,):
        call.choice("keep_aspect_ratio_policy", "stretch", "stretch")
        sizes = call.listed(3, "the sizes")
        return _resized(call, mode, coordinates, rounding, sizes, None)
    scales = call.known(2, "the scales").astype(np.float64)
    return _resized(call, mode, coordinates, rounding, _scaled(call, scales), scales)


def _scaled(call: Call, scales: _Scales) -> tuple[int, ...]:
    if scales.shape != (len(call.shape()),) or not (np.isfinite(scales) & (scales > 0)).all():
        call.damaged(f"the scales are {scales.tolist()}, expected {len(call.shape())} positive numbers")
    return tuple(math.floor(d * s) for d, s in zip(call.shape(), scales, strict=True))


def _resized(
    call: Call,
    mode: str,
    coordinates: str,
    rounding: str,
    sizes: tuple[int, ...],
    scales: _Scales | None,
) -> ast.Expr:
    shape = call.shape()
    if len(sizes) != len(shape) or min(sizes, default=1) < 1:
        call.damaged(f"the sizes are {list(sizes)}, expected {len(shape)} from 1 on")
    exact = scales is None or all(abs(d * s - n) < 1e-6 for d, s, n in zip(shape, scales, sizes, strict=True))
    if not exact and (mode != "nearest" or coordinates == "align_corners"):
        call.refuse(f"scales that do not lead to whole sizes ({list(shape)} to {list(sizes)}) are not supported")
    if mode == "nearest":
        factors = scales if scales is not None else np.asarray(sizes, np.float64) / np.asarray(shape, np.float64)
        return _nearest(call, sizes, factors, coordinates, rounding)
    rank = spatial_rank(call)
    if sizes[:2] != shape[:2] or rank == 3:
        call.refuse(
            f"{mode} from {list(shape)} to {list(sizes)}: 1 or 2 dimensions after batch and channels can change"
        )
    return call(
        f"image.resize{rank}d",
        call.input(0),
        size=sizes[2:],
        layout="NC" + SPATIAL[rank],
        method=_METHODS[mode],
        coordinate_transformation_mode=coordinates,
        rounding_method="",
        cubic_alpha=call.real("cubic_coeff_a", -0.75),
        cubic_exclude=call.integer("exclude_outside", 0),
    )


def _nearest(call: Call, sizes: tuple[int, ...], scales: _Scales, coordinates: str, rounding: str) -> ast.Expr:
    """Each axis by the numbers of its elements. TVM's own resize ignores the rounding where a size is a multiple."""
    result = call.input(0)
    for axis, (size, target) in enumerate(zip(call.shape(), sizes, strict=True)):
        where = _coordinates(size, target, _F(scales[axis]), coordinates)
        index = np.clip(_ROUNDINGS[rounding](where), 0, size - 1).astype(np.int32)
        if size != target or (index != np.arange(size)).any():
            result = call("take", result, call.array(index), axis=axis, mode="clip")
    return result


def _coordinates(size: int, target: int, scale: Any, kind: str) -> Any:
    """Where in an axis of ``size`` the elements of the result lie, in float32, as onnxruntime computes them."""
    x = np.arange(target, dtype=np.float32)
    if kind == "asymmetric":
        return x / scale
    if kind == "align_corners":
        return x * _F(size - 1) / _F(max(target - 1, 1))
    if kind == "pytorch_half_pixel" and target == 1:
        return np.zeros_like(x)
    return (x + _F(0.5)) / scale - _F(0.5)


_ROUNDINGS: dict[str, Any] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "round_prefer_floor": lambda x: np.ceil(x - _F(0.5)),
    "round_prefer_ceil": lambda x: np.floor(x + _F(0.5)),
}
