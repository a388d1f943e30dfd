"""``image.resize1d``, ``resize2d`` and ``resize3d``: resampling by nearest neighbour, linear or cubic interpolation.

Definitions: TVM 0.18 src/relay/op/image/resize.cc, python/tvm/topi/image/resize.py. The kernels read the taps of each
axis from constant tables: shapes are static, so that no coordinate is computed at run time, and nearest neighbours need
no floating-point arithmetic at all. TVM leaves open what becomes of a result that an integer dtype does not hold (cubic
weights overshoot): here it saturates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._conv import SPATIAL
from tvm_model_library.relay.ops._dtypes import float_limits, given, is_float, is_integer
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.ops._resize import METHODS, MODES, ROUNDINGS, Resampling, resample, taps, whole_factor
from tvm_model_library.relay.ops._scalars import constant
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

# Integers whose means float32 rounds to no number outside of their range.
_EXACT_IN_FLOAT32 = ("int8", "uint8", "int16", "uint16")
# Which entries of roi bound each axis. In three dimensions TVM reads the depth from the place of the width.
_ROI = {1: ((0, 1),), 2: ((0, 2), (1, 3)), 3: ((2, 5), (1, 4), (0, 3))}


def check_choice(attrs: Attrs, name: str, choices: tuple[str, ...]) -> str:
    """The attribute's value, one of ``choices``; else :class:`TypeRuleError`."""
    value = str(attrs[name])
    if (value.lower() if name == "method" else value) not in choices:
        raise TypeRuleError(f"{name} must be one of {', '.join(map(repr, choices))}, found {value!r}")
    return value


def check_resampling(attrs: Attrs) -> Resampling:
    """The attributes that all resizing operators share, checked."""
    check_choice(attrs, "method", METHODS)
    check_choice(attrs, "coordinate_transformation_mode", MODES)
    check_choice(attrs, "rounding_method", ROUNDINGS)
    return Resampling.of(attrs)


def result_dtype(attrs: Attrs, data: str) -> str:
    """``out_dtype`` where it is set, else the dtype of the data."""
    return str(attrs.out_dtype) if given(attrs.out_dtype) else data


def _layout(attrs: Attrs, rank: int) -> tuple[Layout, str]:
    order = "NC" + SPATIAL[rank]
    layout = parse_layout(attrs.layout, order)
    if any(layout.blocks(letter) for letter in SPATIAL[rank]):
        raise TypeRuleError(f"layout {attrs.layout} must not split the resized axes")
    return layout, order


def _roi(attrs: Attrs, rank: int) -> list[tuple[float, float]]:
    values = tuple(attrs.roi or ()) or (0.0,) * (2 * rank)
    return [(float(values[start]), float(values[end])) for start, end in _ROI[rank]]


def _infer(attrs: Attrs, data: Type, rank: int) -> TensorType:
    x = tensor(data, 0, "data")
    layout, order = _layout(attrs, rank)
    check_resampling(attrs)
    if attrs.size is None or len(attrs.size) != rank or any(s < 1 for s in attrs.size):
        raise TypeRuleError(f"size must be {rank} positive integers, found {list(attrs.size or ())}")
    if attrs.roi and len(attrs.roi) != 2 * rank:
        raise TypeRuleError(f"roi must have {2 * rank} values, found {len(attrs.roi)}")
    dims = layout.dims(x.shape, order)
    return TensorType(layout.shape((*dims[:2], *attrs.size), order), result_dtype(attrs, x.dtype))


def evaluate_resize(attrs: Attrs, data: Array, rank: int, divides: bool = True) -> Array:
    """Resize ``data``; ``divides`` is for :func:`whole_factor`, of which shapes known only at run time know nothing."""
    layout, order = _layout(attrs, rank)
    x = layout.unpack(data, order)
    resampling = Resampling.of(attrs)
    axes = []
    for size, target, (start, end) in zip(x.shape[2:], attrs.size, _roi(attrs, rank), strict=True):
        factor = whole_factor(size, target, resampling) if rank == 2 and divides else 0
        axes.append(taps(size, target, resampling, start, end, factor))
    result = resample(x, axes, attrs.extrapolation_value)
    dtype = result_dtype(attrs, data.dtype.name)
    if is_integer(dtype) and is_float(result.dtype.name):
        result = np.clip(result, *map(np.float32, float_limits(dtype)))
    return layout.pack(result.astype(numpy_dtype(dtype)), order)


class AxisTable:
    """The taps of one axis as a kernel's constants, computed element by element."""

    def __init__(self, size: int, target: int, resampling: Resampling, start: float, end: float, divides: bool) -> None:
        self._size = size
        self._resampling = resampling
        rows = [self._row(i, target, start, end, divides) for i in range(target)]
        self.indices = np.asarray([[min(max(k, 0), size - 1) for k, _ in row] for row, _ in rows], np.int32)
        self.weights = np.asarray([[w for _, w in row] for row, _ in rows], np.float32)
        self.outside = [outside for _, outside in rows]
        self.count = self.indices.shape[1]

    def _row(self, i: int, target: int, start: float, end: float, divides: bool) -> tuple[list[tuple[int, Any]], bool]:
        """``(index, weight)`` of the taps of output element ``i``, and whether it lies outside a crop."""
        one = np.float32(1)
        if divides:
            return [(i * self._size // target, one)], False
        where = self._coordinate(i, target, start, end)
        outside = self._resampling.mode == "tf_crop_and_resize" and bool(where < 0 or where > self._size - 1)
        if self._resampling.method == "nearest_neighbor":
            return [(self._nearest(where), one)], outside
        first = math.floor(where)
        t = where - np.float32(first)
        if self._resampling.method == "linear":
            return [(first, one - t), (first + 1, t)], outside
        return self._cubic(first, t), outside

    def _coordinate(self, i: int, target: int, start: float, end: float) -> Any:
        f: Any = np.float32
        mode, last = self._resampling.mode, f(self._size - 1)
        scale = f(self._size / target)
        if target == 1 and mode in ("align_corners", "pytorch_half_pixel"):
            return f(0)
        if mode == "tf_crop_and_resize":
            low, high = f(start), f(end)
            if target == 1:
                return f(f(0.5) * (low + high) * last)
            return f(low * last + f(i) * (high - low) * last / f(target - 1))
        if mode == "align_corners":
            return f(f((self._size - 1) / (target - 1)) * f(i))
        if mode == "asymmetric":
            return f(scale * f(i))
        centre = f((f(i) + f(0.5)) * scale)
        return centre if mode == "tf_half_pixel_for_nn" else f(centre - f(0.5))

    def _nearest(self, where: Any) -> int:
        rounding, x = self._resampling.nearest_rounding, where
        if rounding == "round":
            rounded = math.floor(abs(float(x)) + 0.5)
            return rounded if x >= 0 else -rounded
        shift = np.float32(
            {"round_prefer_floor": -0.5, "round_prefer_ceil": 0.5, "floor": 1e-5, "ceil": -1e-5}[rounding]
        )
        whole: int = (math.floor if shift > 0 else math.ceil)(float(x + shift))
        return whole

    def _cubic(self, first: int, t: Any) -> list[tuple[int, Any]]:
        """Keys' cubic convolution with parameter alpha, ``t`` between the middle two of four elements. Computed in
        float32, in the definition's order of operations: integers are cut off after it, and show every rounding.
        """
        f: Any = np.float32
        a, square, cube = f(self._resampling.alpha), t * t, t * t * t
        outer = a * (cube - f(2) * square + t)
        near = (a + f(2)) * cube - (f(3) + a) * square + f(1)
        far = -(a + f(2)) * cube + (f(3) + f(2) * a) * square - a * t
        weights = [outer, near, far, -a * cube + a * square]
        places = range(first - 1, first + 3)
        if self._resampling.exclude_outside:
            weights = [w if 0 <= k < self._size else f(0) for k, w in zip(places, weights, strict=True)]
            total = weights[0] + weights[1] + weights[2] + weights[3]
            weights = [w / total for w in weights]
        return list(zip(places, weights, strict=True))

    def constants(self) -> list[Array]:
        """Kernel constants: indices, then weights where they matter."""
        return [self.indices] if self.count == 1 else [self.indices, self.weights]


def emit_resize(
    ctx: Lowering, data: Any, layout: Layout, order: str, tables: list[AxisTable], extrapolation: float
) -> Any:
    """Emit the resampling of ``data`` by the tables of its spatial axes."""
    from tvm import te, tirx

    source, result = ctx.tensor(0), ctx.result
    outside = [np.asarray(t.outside, np.int32) for t in tables]
    crops = any(o.any() for o in outside)
    computed = source.dtype if all(t.count == 1 for t in tables) and not crops else "float32"
    means = source.dtype == result.dtype in _EXACT_IN_FLOAT32 and not crops and all(t.count < 3 for t in tables)
    saturates = is_integer(result.dtype) and is_float(computed) and not means
    constants = [[ctx.constant(c) for c in t.constants()] for t in tables]

    def compute(x: Any, *groups: Any) -> Any:
        masks = groups[len(tables) :]

        def resampled(axes: Sequence[tuple[AxisTable, Any, Any]], where: list[Any], load: Any) -> Any:
            """The taps of the last axis first, then of the one before: the order in which the definition rounds."""
            if not axes:
                return load(where)
            (table, group, place), *inner = axes
            total: Any = None
            for k in range(table.count):
                value = resampled(inner, [*where, group[0](place, k)], load)
                value = value * group[1](place, k) if len(group) > 1 else value
                total = value if total is None else total + value
            return total

        def element(*index: Any) -> Any:
            n, c, *place = layout.coordinates(index, order)
            axes = list(zip(tables, groups, place, strict=False))
            total = resampled(axes, [], lambda where: x(*layout.indices([n, c, *where], order)).astype(computed))
            if crops:
                inside = [m(p) == 0 for m, p in zip(masks, place, strict=True)]
                total = tirx.if_then_else(tirx.all(*inside), total, constant(extrapolation, "float32"))
            if saturates:
                low, high = (tirx.const(limit, computed) for limit in float_limits(result.dtype))
                total = tirx.min(tirx.max(total, low), high)
            return total.astype(result.dtype)

        return te.compute(result.static_shape, element, name="T_resize")

    mask_arguments = [ctx.constant(o) for o in outside] if crops else []
    return ctx.emit_te(compute, data, *constants, *mask_arguments)


def lower_resize(ctx: Lowering, attrs: Attrs, data: Any, rank: int, divides: bool = True) -> Any:
    """Emit the resizing of ``data``; see :func:`evaluate_resize`."""
    type_ = ctx.tensor(0)
    layout, order = _layout(attrs, rank)
    dims = [d or 0 for d in layout.dims(type_.shape, order)]
    resampling = Resampling.of(attrs)
    tables = []
    for size, target, (start, end) in zip(dims[2:], attrs.size, _roi(attrs, rank), strict=True):
        whole = divides and rank == 2 and whole_factor(size, target, resampling) > 0
        tables.append(AxisTable(size, target, resampling, start, end, whole))
    return emit_resize(ctx, data, layout, order, tables, attrs.extrapolation_value)


RESAMPLING_ATTRIBUTES = (
    Attr("method", "str", "linear"),
    Attr("coordinate_transformation_mode", "str", "half_pixel"),
    Attr("rounding_method", "str", "round"),
    Attr("cubic_alpha", "float", -0.5),
    Attr("cubic_exclude", "int", 0),
    Attr("extrapolation_value", "float", 0.0),
    Attr("out_dtype", "dtype?", None),
)

for _rank in (1, 2, 3):
    register(
        f"image.resize{_rank}d",
        ("data",),
        (
            Attr("size", "int[]?", None),
            Attr("roi", "float[]?", None),
            Attr("layout", "str", "NC" + SPATIAL[_rank]),
            *RESAMPLING_ATTRIBUTES,
        ),
        infer=partial(_infer, rank=_rank),
        evaluate=partial(evaluate_resize, rank=_rank),
        lower=partial(lower_resize, rank=_rank),
        definition="TVM 0.18 src/relay/op/image/resize.cc",
    )
