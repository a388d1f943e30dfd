"""``image.affine_grid`` and ``image.grid_sample``: sampling an image at computed places, in two or three dimensions.

Definitions: TVM 0.18 src/relay/op/image/grid_sample.cc, python/tvm/topi/image/grid_sample.py. Coordinates -1 and 1 are
the centres of the border elements (``align_corners``) or their outer edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import show
from tvm_model_library.relay.ops._dtypes import is_float, wide
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/image/grid_sample.cc"
_ALPHA = -0.75
"""The parameter of the cubic convolution, PyTorch's."""
_SPAN = 2.0 - 1e-7
"""The width of the affine grid; a bit less than from -1 to 1."""


def _infer_affine(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    if x.rank != 3 or not (agree(x.shape[1], 2) and agree(x.shape[2], 3)):
        raise TypeRuleError(f"data must be affine matrices (batch, 2, 3), found {x}", 0)
    if len(attrs.target_shape) != 2 or min(attrs.target_shape) < 2:
        raise TypeRuleError(f"target_shape must be two integers above 1, found {list(attrs.target_shape)}")
    return TensorType((x.shape[0], 2, *attrs.target_shape), x.dtype)


def _evaluate_affine(attrs: Attrs, data: Array) -> Array:
    height, width = attrs.target_shape
    dtype = numpy_dtype(wide(data.dtype.name))
    y = (-1 + np.arange(height) * np.asarray(_SPAN / (height - 1), dtype)).astype(dtype)[:, None]
    x = (-1 + np.arange(width) * np.asarray(_SPAN / (width - 1), dtype)).astype(dtype)[None, :]
    m = data.astype(dtype)[..., None, None]
    return np.asarray((m[:, :, 0] * x + m[:, :, 1] * y + m[:, :, 2]).astype(data.dtype))


def _lower_affine(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te, tirx

    result = ctx.result
    height, width = attrs.target_shape
    dtype = wide(result.dtype)

    def compute(m: Any) -> Any:
        def element(n: Any, row: Any, i: Any, j: Any) -> Any:
            y = i.astype(dtype) * tirx.const(_SPAN / (height - 1), dtype) - tirx.const(1, dtype)
            x = j.astype(dtype) * tirx.const(_SPAN / (width - 1), dtype) - tirx.const(1, dtype)
            a, b, c = (m(n, row, k).astype(dtype) for k in range(3))
            return (a * x + b * y + c).astype(result.dtype)

        return te.compute(result.static_shape, element, name="T_affine_grid")

    return ctx.emit_te(compute, data)


def _infer_sample(attrs: Attrs, data: Type, grid: Type) -> TensorType:
    x, g = tensor(data, 0, "data"), tensor(grid, 1, "grid")
    spatial = x.rank - 2
    if spatial not in (2, 3) or g.rank != x.rank or not agree(g.shape[1], spatial):
        raise TypeRuleError(
            f"data must be (batch, channel, height, width) with a grid (batch, 2, ...), or the same with depth and 3;"
            f" found {show(x.shape)} and {show(g.shape)}",
            1,
        )
    if attrs.layout != ("NCHW", "NCDHW")[spatial - 2]:
        raise TypeRuleError(f"layout must be NCHW or NCDHW, as the data have dimensions, found {attrs.layout}")
    methods = ("nearest", "bilinear", "bicubic")[: 5 - spatial]
    if attrs.method not in methods:
        raise TypeRuleError(f"method must be one of {', '.join(methods)}, found {attrs.method}")
    if attrs.padding_mode not in ("zeros", "border", "reflection"):
        raise TypeRuleError(f"padding_mode must be zeros, border or reflection, found {attrs.padding_mode}")
    for argument, type_ in enumerate((x, g)):
        if not is_float(type_.dtype):
            raise TypeRuleError(f"data and grid must be floating point, found {type_.dtype}", argument)
    return TensorType((*x.shape[:2], *g.shape[2:]), x.dtype)


def _place(attrs: Attrs, where: Array, size: int) -> Array:
    """Grid coordinates in elements."""
    if attrs.align_corners:
        return np.asarray((where + 1) * (size - 1) / 2)
    return np.asarray(-0.5 + (where + 1) * size / 2)


def _fold(attrs: Attrs, where: Array, size: int) -> Array:
    """Coordinates led back into the image as the padding mode says; what is no number, to the first element."""
    if attrs.padding_mode == "reflection":
        period, corner = (size - 1, 0.0) if attrs.align_corners else (size, -0.5)
        distance = np.abs(where - corner)
        times = np.floor(distance / period) if period else np.zeros_like(distance)
        rest = distance - times * period
        reflected = np.where(times % 2 == 0, rest, period - rest) + corner
        where = np.where((where >= corner) & (where <= period + corner), where, reflected)
    if attrs.padding_mode != "zeros":
        where = np.fmin(np.fmax(where, 0), size - 1)
    return np.asarray(where)


def _cubic(t: Array) -> list[Array]:
    """Keys' weights of the elements at -1, 0, 1 and 2 from a point at fraction ``t``."""

    def near(d: Array) -> Array:
        return ((_ALPHA + 2) * d - (_ALPHA + 3)) * d * d + 1

    def far(d: Array) -> Array:
        return ((_ALPHA * d - 5 * _ALPHA) * d + 8 * _ALPHA) * d - 4 * _ALPHA

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _evaluate_sample(attrs: Attrs, data: Array, grid: Array) -> Array:
    dtype = numpy_dtype(wide(data.dtype.name))
    image, spatial = data.astype(dtype), data.shape[2:]
    batch = np.arange(data.shape[0]).reshape(-1, *[1] * len(spatial))
    # The grid's first coordinate belongs to the last axis.
    places = [
        _place(attrs, grid[:, len(spatial) - 1 - i].astype(dtype), size).astype(dtype) for i, size in enumerate(spatial)
    ]
    taps: list[list[tuple[Array, Array]]] = []
    for where, size in zip(places, spatial, strict=True):
        if attrs.method == "bicubic":
            first = np.floor(where)
            steps = [_fold(attrs, first + k, size) for k in (-1, 0, 1, 2)]
            taps.append(list(zip(steps, _cubic(where - first), strict=True)))
            continue
        folded = _fold(attrs, where, size)
        if attrs.method == "nearest":
            taps.append([(np.rint(folded), np.ones_like(folded))])
        else:
            first = np.floor(folded)
            taps.append([(first, 1 - (folded - first)), (first + 1, folded - first)])
    total = np.zeros((*data.shape[:2], *grid.shape[2:]), dtype)
    for choice in product(*taps):
        indices = [index.astype(np.int64) for index, _ in choice]
        inside = np.ones(indices[0].shape, np.bool_)
        weight = np.ones(indices[0].shape, dtype)
        for index, (_, factor), size in zip(indices, choice, spatial, strict=True):
            inside &= (index >= 0) & (index < size)
            weight = weight * factor
        clipped = [np.clip(i, 0, s - 1) for i, s in zip(indices, spatial, strict=True)]
        everywhere: Any = (batch, slice(None), *clipped)
        values = np.moveaxis(image[everywhere], -1, 1)
        total += np.where(inside[:, None], values, 0) * weight[:, None]
    return np.asarray(total.astype(data.dtype))


class _Sampler:
    """Grid sampling as TIR expressions."""

    def __init__(self, attrs: Attrs, sizes: Sequence[int], dtype: str) -> None:
        self._attrs = attrs
        self._sizes = sizes
        self._dtype = dtype

    def _const(self, value: float) -> Any:
        from tvm import tirx

        return tirx.const(value, self._dtype)

    def _place(self, where: Any, size: int) -> Any:
        one = self._const(1)
        if self._attrs.align_corners:
            return (where + one) * self._const(size - 1) / self._const(2)
        return (where + one) * self._const(size) / self._const(2) - self._const(0.5)

    def _fold(self, where: Any, size: int) -> Any:
        from tvm import tirx

        mode = self._attrs.padding_mode
        if mode == "reflection":
            period = size - 1 if self._attrs.align_corners else size
            corner = self._const(0 if self._attrs.align_corners else -0.5)
            if period:
                distance = tirx.abs(where - corner)
                times = tirx.floor(distance / self._const(period))  # no integer: coordinates may lie beyond its range
                rest = distance - times * self._const(period)
                even = (tirx.floor(times / self._const(2)) * self._const(2)).equal(times)
                reflected = tirx.Select(even, rest, self._const(period) - rest) + corner
                inside = tirx.all(where >= corner, where <= self._const(period) + corner)
                where = tirx.Select(inside, where, reflected)
        if mode == "zeros":
            return where
        return tirx.min(tirx.max(where, self._const(0)), self._const(size - 1))

    def taps(self, where: Any, size: int) -> list[tuple[Any, Any]]:
        """Indices and weights (None for 1) of the elements that a coordinate is made of."""
        from tvm import tirx

        place = self._place(where, size)
        one = self._const(1)
        if self._attrs.method == "nearest":
            return [(tirx.nearbyint(self._fold(place, size)).astype("int32"), None)]
        if self._attrs.method == "bilinear":
            place = self._fold(place, size)
            first = tirx.floor(place)
            t = place - first
            return [(first.astype("int32"), one - t), (first.astype("int32") + 1, t)]
        first = tirx.floor(place)
        t = place - first
        steps = [self._fold(first + self._const(k), size).astype("int32") for k in (-1, 0, 1, 2)]
        weights = [self._far(one + t), self._near(t), self._near(one - t), self._far(self._const(2) - t)]
        return list(zip(steps, weights, strict=True))

    def _near(self, d: Any) -> Any:
        return (self._const(_ALPHA + 2) * d - self._const(_ALPHA + 3)) * d * d + self._const(1)

    def _far(self, d: Any) -> Any:
        inner = (self._const(_ALPHA) * d - self._const(5 * _ALPHA)) * d + self._const(8 * _ALPHA)
        return inner * d - self._const(4 * _ALPHA)


def _lower_sample(ctx: Lowering, attrs: Attrs, data: Any, grid: Any) -> Any:
    """Emit the taps of each axis as stages of their own: they are the same for all channels."""
    from tvm import te, tirx

    source, result = ctx.tensor(0), ctx.result
    sizes, places = source.static_shape[2:], result.static_shape[2:]
    batch = source.static_shape[0]
    dtype = wide(source.dtype)
    sampler = _Sampler(attrs, sizes, dtype)
    count = {"nearest": 1, "bilinear": 2, "bicubic": 4}[attrs.method]

    def tap_stages(g: Any, axis: int, size: int) -> tuple[Any, Any]:
        def part(which: int) -> Any:
            def element(n: Any, k: Any, *place: Any) -> Any:
                choices = sampler.taps(g(n, len(sizes) - 1 - axis, *place).astype(dtype), size)
                chosen = choices[-1][which]
                for i in reversed(range(count - 1)):
                    chosen = tirx.Select(k.equal(i), choices[i][which], chosen)
                return chosen

            name = ("index", "weight")[which] + str(axis)
            return te.compute((batch, count, *places), element, name=name)

        return part(0), part(1) if count > 1 else None

    def compute(x: Any, g: Any) -> Any:
        stages = [tap_stages(g, axis, size) for axis, size in enumerate(sizes)]
        taps = [te.reduce_axis((0, count), f"r{axis}") for axis in range(len(sizes))] if count > 1 else [0] * len(sizes)

        def element(n: Any, c: Any, *place: Any) -> Any:
            where = [index(n, k, *place) for (index, _), k in zip(stages, taps, strict=True)]
            value = x(n, c, *where).astype(dtype)
            # At the border, the far neighbour of a bilinear point lies outside; its weight is 0.
            if attrs.padding_mode == "zeros" or attrs.method == "bilinear":
                inside = [b for w, s in zip(where, sizes, strict=True) for b in (w >= 0, w < s)]
                value = tirx.if_then_else(tirx.all(*inside), value, tirx.const(0, dtype))
            for (_, weight), k in zip(stages, taps, strict=True):
                value = value if weight is None else value * weight(n, k, *place)
            return te.sum(value, axis=taps) if count > 1 else value

        total = te.compute(result.static_shape, element, name="T_grid_sample")
        if dtype == result.dtype:
            return total
        return te.compute(result.static_shape, lambda *i: total(*i).astype(result.dtype), name="cast")

    return ctx.emit_te(compute, data, grid)


register(
    "image.affine_grid",
    ("data",),
    (Attr("target_shape", "int[]"),),
    infer=_infer_affine,
    evaluate=_evaluate_affine,
    lower=_lower_affine,
    definition=_DEFINITION,
)
register(
    "image.grid_sample",
    ("data", "grid"),
    (
        Attr("method", "str", "bilinear"),
        Attr("layout", "str", "NCHW"),
        Attr("padding_mode", "str", "zeros"),
        Attr("align_corners", "bool", True),
    ),
    infer=_infer_sample,
    evaluate=_evaluate_sample,
    lower=_lower_sample,
    definition=_DEFINITION,
)
