"""Fused functions that are convolutions of constant weights, with or without padding; a dense layer is one of one tap.

Recognised by what the indices come to, in numbers, and not by how an operator writes them: layouts, dilation, groups
and the number of axes do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.c_text.types import dtype_range, is_float
from tvm_model_library.compiler.forms.stages import Stage, stages_of
from tvm_model_library.compiler.forms.values import Evaluator, Load, NoValueError, Values
from tvm_model_library.compiler.loops.analysis import loads, variables_of
from tvm_model_library.tensors import Array


@dataclass(frozen=True)
class Window:
    """One axis along which windows move: ``taps`` positions ``dilation`` apart, of ``size`` positions in all, of which
    the first one is at ``-before``; ``count`` windows, ``stride`` positions apart. ``step`` and ``out_step`` are the
    elements between two positions of the data and between two windows' results.
    """

    size: int
    count: int
    taps: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0
    step: int = 1
    out_step: int = 1

    @property
    def is_plain(self) -> bool:
        """Whether each window is one position, in order."""
        return self.taps == self.stride == 1 and self.before == 0 and self.size == self.count

    @property
    def reach(self) -> int:
        """Positions from a window's first tap to its last one, both included."""
        return (self.taps - 1) * self.dilation + 1

    @property
    def is_inside(self) -> bool:
        """Whether no window goes beyond the data."""
        return self.before <= 0 and (self.count - 1) * self.stride - self.before + self.reach <= self.size


@dataclass(frozen=True, eq=False)
class Convolution:
    """``sums[windows, o] = sum(data[windows' taps, c] * weights[o, taps, c])`` in integers or floats.

    ``data`` is a parameter's position, of ``dtype``; outside the data is ``fill``. The channels of a group are
    ``channels`` of the data, ``channel_step`` elements apart, for ``filters`` results, ``out_channel_step`` elements
    apart. ``weights``: (groups * filters, taps of each window..., channels). ``stage`` adds up, ``later`` come after.
    """

    data: int
    dtype: str
    sum_dtype: str
    fill: int
    windows: tuple[Window, ...]
    groups: int
    channels: int
    filters: int
    channel_step: int
    out_channel_step: int
    weights: Array
    stage: Stage
    later: tuple[Stage, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates."""
        return prod(w.count for w in self.windows) * int(self.weights.size)


def convolution_of(func: Any, constants: Mapping[int, Array]) -> Convolution | None:
    """The convolution that a fused function computes; ``constants`` are its parameters with values known here."""
    stages = stages_of(func)
    reductions = [s for s in stages or () if s.is_reduction]
    if stages is None or len(reductions) != 1:
        return None
    (stage,) = reductions
    place = stages.index(stage)
    try:
        return _Match(func, constants, stages[:place], stage, stages[place + 1 :]).convolution()
    except (NoValueError, _OtherError):
        return None


class _OtherError(Exception):
    """A function that is no such convolution."""


@dataclass(frozen=True)
class _Source:
    """What a window is read from: a parameter's axes, moved by ``before``, in ``fill``."""

    parameter: int
    before: tuple[int, ...]
    fill: int


class _Match:
    def __init__(
        self,
        func: Any,
        constants: Mapping[int, Array],
        earlier: Sequence[Stage],
        stage: Stage,
        later: Sequence[Stage],
    ) -> None:
        self._positions = {buffer: i for i, buffer in enumerate(func.params)}
        self._constants = constants
        self._earlier = earlier
        self._stage = stage
        self._later = tuple(later)

    def convolution(self) -> Convolution:
        data, weight = self._factors()
        source = self._source(data.source)
        buffer = self._stage.buffer
        output = [self._one(v in set(variables_of(weight)) for v in self._stage.axes)]
        channel_out = self._stage.axes[output[0]]
        steps = steps_of(data.source.shape if not self._earlier else _shape_of(source, self._positions))
        out_steps = dict(zip(self._stage.axes, steps_of(buffer.shape), strict=True))
        windows, taps, channel = [], [], None
        for axis, index in enumerate(data.indices):
            used = set(variables_of(index))
            own = [v for v in self._stage.axes if v in used and not v.same_as(channel_out)]
            reduced = [v for v in self._stage.reduced if v in used]
            if channel_out in used or (reduced and not own):
                channel = self._only(channel, (axis, index, reduced))
            elif len(own) == 1 and len(reduced) <= 1:
                windows.append(self._window(source, axis, index, own[0], reduced, steps[axis], out_steps[own[0]]))
                taps.append(reduced)
            elif used or int(_shape_of(source, self._positions)[axis]) != 1:
                raise _OtherError
        groups, channels, channel_step, reduced = self._channels(channel, channel_out, source, steps)
        weights = self._weights(weight, channel_out, [*taps, reduced])
        merged = _merged(windows)
        weights = weights.reshape(weights.shape[0], *(w.taps for w in merged), weights.shape[-1])
        filters = self._stage.extents[channel_out] // groups
        return Convolution(
            source.parameter,
            str(data.source.dtype),
            str(self._stage.buffer.dtype),
            source.fill,
            merged,
            groups,
            channels,
            filters,
            channel_step,
            out_steps[channel_out],
            weights,
            self._stage,
            self._later,
        )

    def _factors(self) -> tuple[Any, Any]:
        """The load of the data, and the expression of the weight, of a stage that adds up products of the two."""
        from tvm.ir.prim import expr as prim

        value, buffer = self._stage.value, self._stage.buffer
        init = self._stage.init
        if not isinstance(init, prim.IntImm | prim.FloatImm) or float(init.value) != 0:
            raise _OtherError
        if not isinstance(value, prim.Add):
            raise _OtherError
        sums = [side for side in (value.a, value.b) if any(e.source.same_as(buffer) for e in loads(side))]
        terms = [side for side in (value.a, value.b) if side not in sums]
        if len(sums) != 1 or len(terms) != 1 or type(sums[0]).__name__ != "TensorLoad":
            raise _OtherError
        product = terms[0]
        if not isinstance(product, prim.Mul):
            raise _OtherError
        for data, weight in ((product.a, product.b), (product.b, product.a)):
            load = _uncast(data)
            known = [self._positions.get(e.source) in self._constants for e in loads(weight)]
            if type(load).__name__ == "TensorLoad" and known and all(known) and not self._is_constant(load):
                return load, weight
        raise _OtherError

    def _is_constant(self, load: Any) -> bool:
        return self._positions.get(load.source) in self._constants

    def _source(self, buffer: Any) -> _Source:
        """Where the data comes from: a parameter, or a stage that puts one into a larger box."""
        if buffer in self._positions and not self._earlier:
            return _Source(self._positions[buffer], (0,) * len(buffer.shape), 0)
        if len(self._earlier) != 1 or not self._earlier[0].buffer.same_as(buffer):
            raise _OtherError
        return self._padding(self._earlier[0])

    def _padding(self, stage: Stage) -> _Source:
        import tvm
        from tvm import tirx

        value = stage.value
        if not isinstance(value, tvm.ir.Call) or not str(value.op.name).endswith("if_then_else"):
            raise _OtherError
        condition, load, fill = value.args
        is_integer = isinstance(fill, tirx.IntImm)
        if type(load).__name__ != "TensorLoad" or load.source not in self._positions or self._is_constant(load):
            raise _OtherError
        if not is_integer and not (isinstance(fill, tirx.FloatImm) and float(fill.value) == 0):
            raise _OtherError
        grid = _grid(stage.axes, stage.extents)
        evaluator = Evaluator({}, grid)
        before, inside = [], np.asarray(True)
        for axis, index, size in zip(stage.axes, load.indices, load.source.shape, strict=True):
            moved = evaluator.value(index).array - grid[axis].array
            if (moved != moved.flat[0]).any():
                raise _OtherError
            before.append(-int(moved.flat[0]))
            place = grid[axis].array - before[-1]
            inside = inside & (place >= 0) & (place < int(size))
        if (evaluator.value(condition).array != inside).any():
            raise _OtherError
        return _Source(self._positions[load.source], tuple(before), int(fill.value) if is_integer else 0)

    def _window(
        self, source: _Source, axis: int, index: Any, own: Any, reduced: list[Any], step: int, out_step: int
    ) -> Window:
        extents = self._stage.extents
        grid = _grid((own, *reduced), extents)
        places = Evaluator({}, grid).value(index).array
        count, taps = extents[own], extents[reduced[0]] if reduced else 1
        places = np.broadcast_to(places.reshape(count, -1), (count, taps)) - source.before[axis]
        base = int(places[0, 0])
        stride = int(places[1, 0]) - base if count > 1 else 1
        dilation = int(places[0, 1]) - base if taps > 1 else 1
        if (places != base + stride * np.arange(count)[:, None] + dilation * np.arange(taps)).any():
            raise _OtherError
        if stride < 1 or dilation < 1:
            raise _OtherError
        size = int(_shape_of(source, self._positions)[axis])
        return Window(size, count, taps, stride, dilation, -base, step, out_step)

    def _channels(
        self, channel: Any, channel_out: Any, source: _Source, steps: Sequence[int]
    ) -> tuple[int, int, int, list[Any]]:
        """Groups, channels of each, the elements between two channels, and the variable that adds channels up."""
        if channel is None:
            return 1, 1, 1, []
        axis, index, reduced = channel
        if len(reduced) > 1 or source.before[axis]:
            raise _OtherError
        extents = self._stage.extents
        count, channels = extents[channel_out], extents[reduced[0]] if reduced else 1
        places = Evaluator({}, _grid((channel_out, *reduced), extents)).value(index).array
        places = np.broadcast_to(places.reshape(-1, channels) if reduced else places.reshape(-1, 1), (count, channels))
        groups = len(np.unique(places[:, 0]))
        expected = np.repeat(np.arange(groups) * channels, count // groups)[:, None] + np.arange(channels)
        if count % groups or (places != expected).any():
            raise _OtherError
        return groups, channels, steps[axis], reduced

    def _weights(self, weight: Any, channel_out: Any, reduced: Sequence[list[Any]]) -> Array:
        """The weights by output channel, taps, and channel of the group."""
        order = (channel_out, *(v for variables in reduced for v in variables))
        grid = _grid(order, self._stage.extents)
        tables: dict[Any, Load] = {}
        for load in loads(weight):
            tables[load.source] = table_load(self._constants[self._positions[load.source]])
        values = Evaluator(tables, grid).value(weight).array
        shape = [self._stage.extents[channel_out]]
        shape += [self._stage.extents[v[0]] if v else 1 for v in reduced]
        return np.broadcast_to(values, [self._stage.extents[v] for v in order]).reshape(shape)

    @staticmethod
    def _one(flags: Any) -> int:
        places = [i for i, flag in enumerate(flags) if flag]
        if len(places) != 1:
            raise _OtherError
        return places[0]

    @staticmethod
    def _only(before: Any, now: Any) -> Any:
        if before is not None:
            raise _OtherError
        return now


def table_load(array: Array) -> Load:
    """Loads of elements of a constant."""

    def load(indices: list[Values]) -> Values:
        trend = 0 if all(i.trend == 0 for i in indices) else None
        found = array[tuple(i.array for i in indices)] if indices else array
        return Values(found.astype(np.int64) if array.dtype.kind in "iu" else found, trend)

    return load


def _grid(variables: Sequence[Any], extents: Mapping[Any, int]) -> dict[Any, Values]:
    """Each variable's values along an axis of its own."""
    shapes = [tuple(-1 if i == j else 1 for j in range(len(variables))) for i in range(len(variables))]
    return {v: Values(np.arange(extents[v]).reshape(shape), None) for v, shape in zip(variables, shapes, strict=True)}


def steps_of(shape: Sequence[Any]) -> list[int]:
    """Elements between neighbours along each axis."""
    sizes = [int(d) for d in shape]
    return [prod(sizes[i + 1 :]) for i in range(len(sizes))]


def _shape_of(source: _Source, positions: Mapping[Any, int]) -> Sequence[Any]:
    shape: Sequence[Any] = next(buffer.shape for buffer, i in positions.items() if i == source.parameter)
    return shape


def _uncast(expr: Any) -> Any:
    """An expression without the casts around it, where they keep every value; else the expression as it is."""
    from tvm.ir.prim import expr as prim

    inside, dtypes = expr, []
    while isinstance(inside, prim.Cast):
        dtypes.append(str(inside.ty))
        inside = inside.value
    own = str(inside.ty)
    keeps = all(
        d == own or (not is_float(d) and not is_float(own) and dtype_range(own).within(dtype_range(d))) for d in dtypes
    )
    return inside if keeps else expr


def _merged(windows: Sequence[Window]) -> tuple[Window, ...]:
    """The same windows along fewer axes: plain ones that follow each other in memory are one."""
    merged: list[Window] = []
    for window in windows:
        if window.is_plain and window.size == 1:
            continue
        last = merged[-1] if merged else None
        if last is not None and last.is_plain and window.is_plain:
            follows = last.step == window.size * window.step and last.out_step == window.count * window.out_step
            if follows:
                size = last.size * window.size
                merged[-1] = replace(window, size=size, count=size)
                continue
        merged.append(window)
    return tuple(merged) or (Window(1, 1),)
