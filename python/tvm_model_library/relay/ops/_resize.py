"""Resampling along one axis: which elements each output element is made of, and with what weights.

Resizing treats the axes one after the other. Definition: TVM 0.18 python/tvm/topi/image/resize.py; the coordinate
transformations are those of ONNX's Resize. Coordinates are float32, as TVM computes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tvm_model_library.relay.operator import Attrs
from tvm_model_library.tensors import Array

METHODS = ("nearest_neighbor", "linear", "cubic")
MODES = (
    "half_pixel",
    "align_corners",
    "asymmetric",
    "pytorch_half_pixel",
    "tf_half_pixel_for_nn",
    "tf_crop_and_resize",
)
ROUNDINGS = ("", "round", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
_EPSILON = np.float32(1e-5)
_F: Any = np.float32


@dataclass(frozen=True)
class Resampling:
    """How to resample: the attributes that all resizing operators share."""

    method: str
    mode: str
    rounding: str
    alpha: float
    exclude_outside: bool

    @staticmethod
    def of(attrs: Attrs) -> Resampling:
        """From an operator's attributes."""
        return Resampling(
            attrs.method.lower(),
            attrs.coordinate_transformation_mode,
            attrs.rounding_method,
            attrs.cubic_alpha,
            bool(attrs.cubic_exclude),
        )

    @property
    def nearest_rounding(self) -> str:
        """The rounding of the nearest-neighbour method; an empty attribute means the usual one of the mode."""
        return self.rounding or ("round" if self.mode == "align_corners" else "floor")


@dataclass(frozen=True)
class Taps:
    """``out[i] = sum_k weights[i, k] * in[indices[i, k]]``; ``outside[i]`` tells where a crop leaves the image."""

    indices: Array
    weights: Array
    outside: Array


def coordinates(size: int, target: int, mode: str, start: float, end: float) -> Array:
    """Where in an axis of ``size`` the output elements 0 to ``target - 1`` lie, float32."""
    return np.asarray(_coordinates(size, target, mode, start, end), np.float32)


def _coordinates(size: int, target: int, mode: str, start: float, end: float) -> Any:
    x = np.arange(target, dtype=np.float32)
    scale = _F(size / target)
    if mode == "half_pixel":
        return (x + _F(0.5)) * scale - _F(0.5)
    if mode == "align_corners":
        return _F((size - 1) / (target - 1) if target > 1 else 0.0) * x
    if mode == "asymmetric":
        return scale * x
    if mode == "pytorch_half_pixel":
        return (x + _F(0.5)) * scale - _F(0.5) if target > 1 else np.zeros_like(x)
    if mode == "tf_half_pixel_for_nn":
        return (x + _F(0.5)) * scale
    if target > 1:
        return _F(start) * _F(size - 1) + x * _F(_F(end) - _F(start)) * _F(size - 1) / _F(target - 1)
    return np.full_like(x, _F(0.5) * (_F(start) + _F(end)) * _F(size - 1))


def round_coordinates(x: Array, rounding: str) -> Array:
    """Coordinates to the index of the nearest element."""
    if rounding == "round":
        whole = np.trunc(x)
        return np.asarray((whole + np.where(np.abs(x - whole) >= 0.5, np.sign(x), 0)).astype(np.int32))
    if rounding == "round_prefer_floor":
        return np.asarray(np.ceil(x - _F(0.5)).astype(np.int32))
    if rounding == "round_prefer_ceil":
        return np.asarray(np.floor(x + _F(0.5)).astype(np.int32))
    if rounding == "floor":
        return np.asarray(np.floor(x + _EPSILON).astype(np.int32))
    return np.asarray(np.ceil(x - _EPSILON).astype(np.int32))


def cubic_weights(t: Array, alpha: float) -> list[Array]:
    """Weights of the four elements around a point at fraction ``t`` between the middle two."""
    a = _F(alpha)
    t2, t3 = t * t, t * t * t
    return [
        a * (t3 - 2 * t2 + t),
        (a + 2) * t3 - (3 + a) * t2 + 1,
        -(a + 2) * t3 + (3 + 2 * a) * t2 - a * t,
        -a * t3 + a * t2,
    ]


def whole_factor(size: int, target: int, resampling: Resampling) -> int:
    """The factor by which ``resize2d`` repeats elements when it divides integers, else 0.

    It does so for the asymmetric nearest neighbour and whole factors, whatever the rounding.
    """
    if resampling.method != "nearest_neighbor" or resampling.mode != "asymmetric" or target % size:
        return 0
    return target // size if target / size <= 1 / (1e-5 * size + 1e-5) else 0


def taps(size: int, target: int, resampling: Resampling, start: float = 0.0, end: float = 0.0, factor: int = 0) -> Taps:
    """The taps of one axis; ``start`` and ``end`` bound the region of interest of ``tf_crop_and_resize``."""
    x = coordinates(size, target, resampling.mode, start, end)
    outside = (x < 0) | (x > size - 1) if resampling.mode == "tf_crop_and_resize" else np.zeros(target, np.bool_)
    floor = np.floor(x)
    base = floor.astype(np.int32)
    t = (x - floor).astype(np.float32)
    weights: list[Array]
    if resampling.method == "nearest_neighbor":
        nearest = np.arange(target) // factor if factor else round_coordinates(x, resampling.nearest_rounding)
        columns, weights = [nearest], [np.ones_like(x)]
    elif resampling.method == "linear":
        columns, weights = [base, base + 1], [1 - t, t]
    else:
        columns, weights = [base + i for i in (-1, 0, 1, 2)], cubic_weights(t, resampling.alpha)
        if resampling.exclude_outside:
            kept = [np.where((c < 0) | (c >= size), _F(0), w) for c, w in zip(columns, weights, strict=True)]
            total = sum(kept[1:], kept[0])
            weights = [w / total for w in kept]
    return Taps(np.clip(np.stack(columns, 1), 0, size - 1), np.stack(weights, 1).astype(np.float32), outside)


def resample(x: Array, axes: Sequence[Taps], extrapolation: float) -> Array:
    """Resample the last ``len(axes)`` dimensions of ``x``, in float32 unless elements are only chosen."""
    chosen = all(taps.indices.shape[1] == 1 for taps in axes) and not any(taps.outside.any() for taps in axes)
    result = x if chosen else x.astype(np.float32)
    for position, axis_taps in zip(range(x.ndim - 1, -1, -1), reversed(axes), strict=False):
        moved = np.moveaxis(result, position, -1)
        if axis_taps.indices.shape[1] == 1:
            moved = moved[..., axis_taps.indices[:, 0]]
        else:
            moved = np.asarray((moved[..., axis_taps.indices] * axis_taps.weights).sum(axis=-1, dtype=np.float32))
        result = np.moveaxis(moved, -1, position)
    for position, axis_taps in zip(range(x.ndim - 1, -1, -1), reversed(axes), strict=False):
        if axis_taps.outside.any():
            np.moveaxis(result, position, -1)[..., axis_taps.outside] = extrapolation
    return result
