"""What comes after a reduction: the value of an output as an expression of one accumulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.compiler.forms.convolution import Convolution, steps_of
from tvm_model_library.compiler.forms.requantization import Requantization, requantization_of
from tvm_model_library.compiler.forms.stages import Stage, inlined
from tvm_model_library.compiler.forms.values import CONSTANT, Values
from tvm_model_library.compiler.loops.analysis import loads, variables_of
from tvm_model_library.tensors import Array


@dataclass(frozen=True, eq=False)
class _Place:
    """An index: ``channel_step * channel + offset``, and where it ``moves`` with the window its place in the output."""

    channel_step: int
    offset: int
    moves: bool


@dataclass(frozen=True, eq=False)
class Epilogue:
    """The stages after a convolution's sums, each of whose loads depends on the channel or is at the output's place.

    ``parameters`` are the positions of the parameters that it reads. ``steps``: what the loads of ``fitted`` stand for.
    """

    expr: Any
    sums: Any
    places: Mapping[Any, _Place]
    positions: Mapping[Any, int]
    steps: Requantization | None = None
    fitted: Any = None

    @property
    def parameters(self) -> tuple[int, ...]:
        """The positions of the parameters that are read."""
        read = {e.source for e in loads(self.expr)}
        return tuple(sorted(i for buffer, i in self.positions.items() if buffer in read))

    @property
    def constants(self) -> list[tuple[str, Array]]:
        """What is packed for the fitted requantization: offsets and multipliers of the channels."""
        if self.steps is None:
            return []
        return [
            ("offsets", self.steps.offsets.astype(np.int32)),
            ("multipliers", self.steps.multipliers.astype(np.int32)),
        ]

    def value(
        self, total: Any, window: Any, channel: Any, buffers: Mapping[int, Any], constants: Sequence[Any] = ()
    ) -> Any:
        """The output's value for an accumulator: ``window`` is where in the output the window's channel 0 lies,
        ``buffers`` are those of one dimension that the parameters are read from, ``constants`` those of
        :attr:`constants`.
        """
        import tvm
        import tvm_ffi
        from tvm import tirx

        def replace(load: Any) -> Any:
            if load.source.same_as(self.sums):
                return total
            if self.fitted is not None and load.source.same_as(self.fitted):
                return self._fitted(total, channel, constants)
            place = self.places[load]
            index = channel * place.channel_step + place.offset
            return tirx.BufferLoad(buffers[self.positions[load.source]], [window + index if place.moves else index])

        return tvm_ffi.structural_map(self.expr, (tvm.ir.expr.TensorLoad, replace))

    def _fitted(self, total: Any, channel: Any, constants: Sequence[Any]) -> Any:
        from tvm import tirx

        assert self.steps is not None
        offsets, multipliers = (tirx.BufferLoad(c, [channel]) for c in constants)
        product = tirx.Cast("int64", total * self.steps.factor + offsets) * tirx.Cast("int64", multipliers)
        upper = tirx.Cast("int32", product >> tirx.const(32, "int64"))
        low, high = self.steps.low, self.steps.high
        value = (upper + (self.steps.addend - (low << self.steps.shift))) >> self.steps.shift
        value = tirx.min(tirx.max(value, 0), high - low) + low  # from 0: an instruction of Arm's
        return tirx.Cast(str(self.fitted.dtype), value)


def epilogue_of(func: Any, convolution: Convolution, constants: Mapping[int, Array]) -> Epilogue | None:
    """The epilogue of a function that is a convolution, its requantization fitted where it can be; None where it is of
    another kind.
    """
    from tvm import tirx

    stages = convolution.later
    final = stages[-1] if stages else convolution.stage
    if not final.buffer.same_as(func.params[-1]):
        return None
    shape = [int(d) for d in final.buffer.shape]
    if shape != [int(d) for d in convolution.stage.buffer.shape]:
        return None
    if not stages:
        expr = tirx.BufferLoad(convolution.stage.buffer, list(final.axes))
    elif any(s.is_reduction for s in stages):
        return None
    else:
        expr = inlined(final.value, {s.buffer: s for s in stages[:-1]})
    positions = {buffer: i for i, buffer in enumerate(func.params[:-1])}
    places = {}
    for load in loads(expr):
        place = _place(load, final, convolution)
        is_sum = load.source.same_as(convolution.stage.buffer)
        if place is None or (is_sum and not _is_output(place, convolution)) or not (is_sum or load.source in positions):
            return None
        places[load] = place
    if not _is_closed(expr, final):
        return None
    epilogue = Epilogue(expr, convolution.stage.buffer, places, positions)
    return _with_fit(epilogue, convolution, final, {func.params[i]: array for i, array in constants.items()})


def _with_fit(epilogue: Epilogue, convolution: Convolution, final: Stage, constants: Mapping[Any, Array]) -> Epilogue:
    """The epilogue with the largest part that can be fitted, of those that are an int8 and depend on a sum alone."""
    import tvm_ffi
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    part = _of_sums_alone(epilogue, constants)
    if part is None:
        return epilogue
    axes = {axis: _along(axis, final, convolution) for axis in final.axes}
    steps = requantization_of(part, epilogue.sums, convolution, constants, axes)
    if steps is None:
        return epilogue
    fitted = tirx.decl_buffer((1,), str(part.ty), "fitted")
    stand_in = tirx.BufferLoad(fitted, [0])

    def put(node: Any) -> Any:
        return stand_in if node.same_as(part) else node

    expr = (
        stand_in
        if epilogue.expr.same_as(part)
        else tvm_ffi.structural_map(epilogue.expr, (prim.Cast, put), order="pre")
    )
    return replace(epilogue, expr=expr, steps=steps, fitted=fitted)


def _of_sums_alone(epilogue: Epilogue, constants: Mapping[Any, Array]) -> Any | None:
    """The largest expression of 8 bits in an epilogue that reads a sum and constants of its channel only, where it is
    the one place at which the epilogue reads the sum.
    """
    import tvm_ffi
    from tvm.ir.prim import expr as prim

    candidates: list[tuple[int, Any]] = []

    def visit(cast: Any) -> None:
        found = loads(cast)
        own = [e for e in found if e.source.same_as(epilogue.sums)]
        others = [e for e in found if not e.source.same_as(epilogue.sums)]
        known = all(e.source in constants and not epilogue.places[e].moves for e in others)
        if str(cast.ty) == "int8" and own and known:
            candidates.append((len(found), cast))

    tvm_ffi.structural_walk(epilogue.expr, (prim.Cast, visit))
    reads = sum(e.source.same_as(epilogue.sums) for e in loads(epilogue.expr))
    if not candidates:
        return None
    part = max(candidates, key=lambda c: c[0])[1]
    return part if sum(e.source.same_as(epilogue.sums) for e in loads(part)) == reads else None


def _along(axis: Any, final: Stage, convolution: Convolution) -> Values:
    """The values of an axis of the output: that of channels takes all of them, the others are at 0."""
    channels = convolution.groups * convolution.filters
    step = steps_of(final.buffer.shape)[list(final.axes).index(axis)]
    if final.extents[axis] == channels and step == convolution.out_channel_step:
        return Values(np.arange(channels)[:, None], CONSTANT)
    return Values.constant(0)


def _place(load: Any, final: Stage, convolution: Convolution) -> _Place | None:
    """Where a load reads."""
    from tvm import sym
    from tvm.ir.prim import expr as prim

    index: Any = 0
    for i, step in zip(load.indices, steps_of(load.source.shape), strict=True):
        index = index + i * step
    index = sym.Analyzer().simplify(index)
    if isinstance(index, prim.IntImm):
        return _Place(0, int(index), moves=False)
    values = list(sym.detect_linear_equation(index, list(final.axes)))
    if len(values) != len(final.axes) + 1 or not all(isinstance(v, prim.IntImm) for v in values):
        return None
    *coefficients, offset = map(int, values)
    channel_step, moves = 0, set()
    for axis, step, coefficient in zip(final.axes, steps_of(final.buffer.shape), coefficients, strict=True):
        if final.extents[axis] == 1:
            continue
        if step == convolution.out_channel_step and convolution.groups * convolution.filters > 1:
            channel_step = coefficient
        elif coefficient not in (0, step):
            return None
        else:
            moves.add(coefficient == step)
    return None if len(moves) > 1 else _Place(channel_step, offset, moves == {True})


def _is_output(place: _Place, convolution: Convolution) -> bool:
    """Whether a place is the output's own."""
    one = convolution.groups * convolution.filters == 1
    windows = prod(w.count for w in convolution.windows)
    return (
        place.offset == 0
        and place.moves == (windows > 1)
        and (one or place.channel_step == convolution.out_channel_step)
    )


def _is_closed(expr: Any, final: Stage) -> bool:
    """Whether an expression depends on where it is only by what it loads."""
    import tvm
    import tvm_ffi
    from tvm import tirx

    def forget(load: Any) -> Any:
        return tirx.const(0, str(load.source.dtype))

    left = tvm_ffi.structural_map(expr, (tvm.ir.expr.TensorLoad, forget))
    return not set(variables_of(left)) & set(final.axes)
