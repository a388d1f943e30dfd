"""Upsampling of images and volumes by factors.

Definitions: TVM 0.18 src/relay/op/nn/upsampling.cc, python/tvm/topi/nn/upsampling.py. Interpolation is separable: along
each axis an output element is a weighted sum of 1 (nearest), 2 (linear) or 4 (cubic) input elements.
"""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Array, Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed
from tvm_model_library.relay.ops._conv import SPATIAL
from tvm_model_library.relay.ops._dtypes import wide, widen
from tvm_model_library.relay.ops._layout import parse_layout
from tvm_model_library.relay.types import Dim, TensorType, Type

if TYPE_CHECKING:
    from tvm_model_library.compiler.lowering import Lowering

_ALPHA = -0.5  # of the cubic spline
_TINY = 1e-5  # TVM adds this before it takes the floor, so that rounding errors don't miss an element


def _axes(attrs: Attrs, data: TensorType, rank: int) -> dict[int, float]:
    """Factor of each resized axis. Raises ``TypeRuleError``."""
    layout = parse_layout(attrs.layout)
    if layout.rank != data.rank or sorted(layout.letters) != sorted("NC" + SPATIAL[rank]):
        raise TypeRuleError(f"layout {attrs.layout} must name the {data.rank} dimensions of {data}", 0)
    factors = {layout.index(letter): float(attrs[f"scale_{letter.lower()}"]) for letter in SPATIAL[rank]}
    if any(f <= 0 for f in factors.values()):
        raise TypeRuleError(f"factors must be positive, found {list(factors.values())}")
    return factors


def _infer(attrs: Attrs, data: Type, rank: int) -> TensorType:
    x = tensor(data, 0, "data")
    shape: list[Dim] = list(x.shape)
    for axis, factor in _axes(attrs, x, rank).items():
        size = shape[axis]
        shape[axis] = None if size is None else round(size * factor)
    return TensorType(tuple(shape), x.dtype)


def _mode(attrs: Attrs) -> str:
    """How coordinates of the result map to those of the data."""
    if "align_corners" in attrs:
        return "align_corners" if attrs.align_corners else "asymmetric"
    return str(attrs.coordinate_transformation_mode)


def _coordinates(mode: str, size: int, out: int) -> Array:
    places = np.arange(out, dtype=np.float32)
    if mode == "align_corners":
        return places * np.float32((size - 1) / (out - 1) if out > 1 else 0)
    if mode == "half_pixel":
        return (places + np.float32(0.5)) * np.float32(size / out) - np.float32(0.5)
    if out % size == 0:
        return places / np.float32(out // size)
    return places * np.float32(size / out)


def _taps(attrs: Attrs, size: int, out: int) -> list[tuple[Array, Array]]:
    """Indices into the data and their weights for each element of the result along one axis."""
    at = _coordinates(_mode(attrs), size, out)
    if attrs.method == "nearest_neighbor":
        nearest = np.floor(at + 0.5) if _mode(attrs) == "align_corners" else np.floor(at + np.float32(_TINY))
        return [(nearest.astype(int).clip(0, size - 1), np.ones(out, np.float32))]
    base = np.floor(at)
    t = at - base
    if attrs.method.endswith("linear"):
        weights = [1 - t, t]
        first = 0
    else:
        a = np.float32(_ALPHA)
        weights = [
            a * (t**3 - 2 * t**2 + t),
            (a + 2) * t**3 - (3 + a) * t**2 + 1,
            -(a + 2) * t**3 + (3 + 2 * a) * t**2 - a * t,
            -a * t**3 + a * t**2,
        ]
        first = -1
    return [((base.astype(int) + first + i).clip(0, size - 1), w) for i, w in enumerate(weights)]


def _evaluate(attrs: Attrs, data: Array, rank: int) -> Array:
    x = TensorType(data.shape, data.dtype.name)
    result = widen(data)
    exact = attrs.method == "nearest_neighbor"
    for axis, factor in _axes(attrs, x, rank).items():
        size = result.shape[axis]
        taps = _taps(attrs, size, round(size * factor))
        if exact:
            result = result.take(taps[0][0], axis)
            continue
        along = [-1 if i == axis else 1 for i in range(data.ndim)]
        parts = [result.take(index, axis) * weight.reshape(along) for index, weight in taps]
        result = np.sum(parts, axis=0)
    return np.asarray(result.astype(data.dtype))


def _expression_taps(attrs: Attrs, place: Any, size: int, out: int) -> list[tuple[Any, Any]]:
    """The same taps for a TIR index ``place``; a weight of None is 1."""
    from tvm import te, tirx

    def number(value: float) -> Any:
        return tirx.const(value, "float32")

    def inside(index: Any) -> Any:
        return tirx.Max(tirx.Min(index, size - 1), 0)

    mode, nearest = _mode(attrs), attrs.method == "nearest_neighbor"
    if nearest and mode == "asymmetric" and out % size == 0:
        return [(tirx.floordiv(place, out // size), None)]
    real = place.astype("float32")
    if mode == "align_corners":
        at = real * number((size - 1) / (out - 1) if out > 1 else 0)
    elif mode == "half_pixel":
        at = (real + number(0.5)) * number(size / out) - number(0.5)
    else:
        at = real / number(out // size) if out % size == 0 else real * number(size / out)
    if nearest:
        shift = 0.5 if mode == "align_corners" else _TINY
        return [(inside(te.floor(at + number(shift)).astype("int32")), None)]
    base = te.floor(at)
    t, first = at - base, base.astype("int32")
    if attrs.method.endswith("linear"):
        return [(inside(first), number(1) - t), (inside(first + 1), t)]
    a = _ALPHA
    cube, square = t * t * t, t * t
    weights = [
        number(a) * (cube - number(2) * square + t),
        number(a + 2) * cube - number(3 + a) * square + number(1),
        number(-(a + 2)) * cube + number(3 + 2 * a) * square - number(a) * t,
        number(-a) * cube + number(a) * square,
    ]
    return [(inside(first + i - 1), w) for i, w in enumerate(weights)]


def _lower(ctx: Lowering, attrs: Attrs, data: Any, rank: int) -> Any:
    source, result = ctx.argument_types[0], ctx.result_type
    assert isinstance(source, TensorType)
    assert isinstance(result, TensorType)
    factors = _axes(attrs, source, rank)
    shape, out = source.static_shape, result.static_shape
    dtype = "float64" if wide(source.dtype) == "float64" else "float32"

    def element(index: Any, load: Any) -> Any:
        taps = [_expression_taps(attrs, index[axis], shape[axis], out[axis]) for axis in factors]
        total: Any = None
        for choice in product(*taps):
            where = list(index)
            for axis, (place, _) in zip(factors, choice, strict=True):
                where[axis] = place
            value = load(where)
            if attrs.method == "nearest_neighbor":
                return value
            value = value.astype(dtype)
            for _, weight in choice:
                value = value * weight.astype(dtype)
            total = value if total is None else total + value
        return total.astype(result.dtype)

    return emit_indexed(ctx, out, element, data)


register(
    "nn.upsampling",
    ("data",),
    (
        Attr("scale_h", "float"),
        Attr("scale_w", "float"),
        Attr("layout", "str", "NCHW"),
        Attr("method", "str", "nearest_neighbor", ("nearest_neighbor", "bilinear", "bicubic")),
        Attr("align_corners", "bool", False),
    ),
    infer=partial(_infer, rank=2),
    evaluate=partial(_evaluate, rank=2),
    lower=partial(_lower, rank=2),
    definition="TVM 0.18 src/relay/op/nn/upsampling.cc",
)
register(
    "nn.upsampling3d",
    ("data",),
    (
        Attr("scale_d", "float"),
        Attr("scale_h", "float"),
        Attr("scale_w", "float"),
        Attr("layout", "str", "NCDHW"),
        Attr("method", "str", "nearest_neighbor", ("nearest_neighbor", "trilinear", "tricubic")),
        Attr(
            "coordinate_transformation_mode", "str", "half_pixel", ("half_pixel", "align_corners", "asymmetric")
        ),
    ),
    infer=partial(_infer, rank=3),
    evaluate=partial(_evaluate, rank=3),
    lower=partial(_lower, rank=3),
    definition="TVM 0.18 src/relay/op/nn/upsampling.cc",
)
