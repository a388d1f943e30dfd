"""Lowering of convolutions to tensor expressions.

Padding (and the zeros between the elements of a transposed convolution's data) is a stage of its own with a
plain condition, so that the scheduler can inline it; the sum is one reduction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Attrs
from tvm_model_library.relay.ops._conv import Geometry, geometry
from tvm_model_library.relay.ops._dtypes import wide
from tvm_model_library.relay.types import TensorType

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def lower_convolution(ctx: Lowering, attrs: Attrs, data: Any, weight: Any, rank: int, transposed: bool = False) -> Any:
    """Emit a convolution as one reduction, with a padding stage before it where needed."""
    geo = geometry(attrs, rank, transposed)
    data_type, weight_type = ctx.argument_types[:2]
    assert isinstance(data_type, TensorType)
    assert isinstance(weight_type, TensorType)
    stages = ConvolutionStages(geo, data_type, weight_type, ctx.result)
    return ctx.emit_te(stages.compute, data, weight)


class ConvolutionStages:
    """Builds the stages of one convolution. Subclasses change what is padded with, multiplied and summed."""

    def __init__(self, geo: Geometry, data: TensorType, weight: TensorType, result: TensorType) -> None:
        self.geo = geo
        self.data_dims = _known(geo.data.dims(data.shape, geo.order))
        self.kernel_dims = _known(geo.kernel_dims(weight.shape))
        self.result = result
        self.channels = _known(geo.out.dims(result.shape, geo.order))[1]
        self.window = self.kernel_dims[2:]
        self.in_per_group = self.data_dims[1] // geo.groups
        self.out_per_group = self.channels // geo.groups
        self.accumulator = wide(result.dtype)
        self.fill: Any = 0

    def term(self, value: Any, factor: Any, out_channel: Any) -> Any:
        """One summand, from an element of the data and one of the kernel."""
        return value.astype(self.accumulator) * factor.astype(self.accumulator)

    def compute(self, data: Any, weight: Any) -> Any:
        from tvm import te

        geo = self.geo
        source = self._spaced(data) if geo.transposed else self._padded(data)
        strides = (1,) * geo.rank if geo.transposed else geo.strides
        axes: list[Any] = []
        channel = self._reduce(self.in_per_group, "rc", axes)
        taps = [self._reduce(k, f"r{letter}", axes) for k, letter in zip(self.window, "xyz", strict=False)]

        def element(*indices: Any) -> Any:
            batch, out_channel, *place = geo.out.coordinates(indices, geo.order)
            group = self._group(out_channel)
            in_channel = group * self.in_per_group + channel if geo.groups > 1 else channel
            where = [
                p * s + (t * d if d > 1 else t) for p, s, t, d in zip(place, strides, taps, geo.dilation, strict=True)
            ]
            value = source(*geo.data.indices([batch, in_channel, *where], geo.order))
            factor = weight(*self._kernel_indices(out_channel, group, in_channel, channel, taps))
            term = self.term(value, factor, out_channel)
            return te.sum(term, axis=axes) if axes else term

        out = te.compute(self.result.static_shape, element, name="conv")
        if self.accumulator != self.result.dtype:
            return te.compute(self.result.static_shape, lambda *i: out(*i).astype(self.result.dtype), name="cast")
        return out

    def _reduce(self, extent: int, name: str, axes: list[Any]) -> Any:
        from tvm import te

        if extent == 1:
            return 0
        axes.append(te.reduce_axis((0, extent), name))
        return axes[-1]

    def _group(self, out_channel: Any) -> Any:
        if self.geo.groups == 1:
            return 0
        return out_channel // self.out_per_group if self.out_per_group > 1 else out_channel

    def _kernel_indices(
        self, out_channel: Any, group: Any, in_channel: Any, channel: Any, taps: Sequence[Any]
    ) -> list[Any]:
        geo = self.geo
        out_in_group = out_channel % self.out_per_group if geo.groups > 1 else out_channel
        if geo.transposed:
            taps = [k - 1 - t for k, t in zip(self.window, taps, strict=True)]
            if geo.kernel_order[0] == "G":
                coordinates = [group, channel, out_in_group, *taps]
            else:
                coordinates = [in_channel, out_in_group, *taps]
        elif geo.kernel_order[0] == "G":
            coordinates = [group, out_in_group, channel, *taps]
        elif geo.is_depthwise(self.data_dims[1], self.kernel_dims):
            coordinates = [group, out_in_group, *taps]
        else:
            coordinates = [out_channel, channel, *taps]
        return geo.kernel.indices(coordinates, geo.kernel_order)

    def _padded(self, data: Any) -> Any:
        if not any(map(any, self.geo.padding)):
            return data
        sizes = [s + sum(p) for s, p in zip(self.data_dims[2:], self.geo.padding, strict=True)]
        return self._stage(data, sizes, [before for before, _ in self.geo.padding], (1,) * self.geo.rank)

    def _spaced(self, data: Any) -> Any:
        """Data with stride - 1 zeros between elements and a margin such that plain windows give the result."""
        geo = self.geo
        out = _known(geo.out.dims(self.result.shape, geo.order))[2:]
        reach = [(k - 1) * d for k, d in zip(self.window, geo.dilation, strict=True)]
        sizes = [o + r for o, r in zip(out, reach, strict=True)]
        before = [r - b for r, (b, _) in zip(reach, geo.padding, strict=True)]
        if not any(before) and tuple(sizes) == self.data_dims[2:] and set(geo.strides) == {1}:
            return data
        return self._stage(data, sizes, before, geo.strides)

    def _stage(self, data: Any, sizes: Sequence[int], before: Sequence[int], spacing: Sequence[int]) -> Any:
        from tvm import te, tirx

        geo = self.geo
        shape = geo.data.shape((*self.data_dims[:2], *sizes), geo.order)

        def element(*indices: Any) -> Any:
            batch, channel, *place = geo.data.coordinates(indices, geo.order)
            conditions, where = [], []
            for p, extent, size, shift, step in zip(place, sizes, self.data_dims[2:], before, spacing, strict=True):
                position = p - shift if shift else p
                if shift > 0:
                    conditions.append(p >= shift)
                if step > 1:
                    conditions.append(tirx.floormod(position, step) == 0)
                if extent > shift + (size - 1) * step + 1:
                    conditions.append(p < shift + (size - 1) * step + 1)
                where.append(tirx.floordiv(position, step) if step > 1 else position)
            value = data(*geo.data.indices([batch, channel, *where], geo.order))
            if not conditions:
                return value
            fill = self.fill if isinstance(self.fill, tirx.Expr) else tirx.const(self.fill, data.dtype)
            return tirx.if_then_else(tirx.all(*conditions), value, fill)

        return te.compute(shape, element, name="pad")


def _known(dims: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(d for d in dims if d is not None)
