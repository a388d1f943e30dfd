"""Requantizations in one multiplication, whatever their contract: fitted, and shown to be equal for every sum that can
occur.

What an epilogue makes of a sum, an int8, is a step function that rises. ``clamp(((sum * factor + offset) * multiplier
>> 32) + addend >> shift)`` is one too: two such functions are equal where each step is at the same sum. For each
channel that leaves an interval of multipliers; where it is empty for a channel, the epilogue stays as it is. A contract
that rounds twice adds some fraction to a sum: there sums are multiplied by 256, and fractions are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from tvm_model_library.compiler.forms.convolution import Convolution, table_load
from tvm_model_library.compiler.forms.values import CONSTANT, RISING, Evaluator, Load, NoValueError, Values
from tvm_model_library.compiler.loops.analysis import loads
from tvm_model_library.tensors import Array

_Function: TypeAlias = Callable[[Array], Array]
_LARGEST = (1 << 31) - 1
_SHIFTS = 3
"""How many shifts are tried, from the largest one down."""
_FRACTIONS = ((1, range(1)), (256, range(128, 257, 2)))
"""The factors of sums, and what may be added then, in the order in which they are tried."""


@dataclass(frozen=True, eq=False)
class Requantization:
    """``clamp(((sum * factor + offsets[c]) * multipliers[c] >> 32) + addend >> shift, low, high)`` for a channel c."""

    factor: int
    offsets: Array
    multipliers: Array
    addend: int
    shift: int
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Steps:
    """A function of sums from ``lowest`` to ``highest``, by channel: at ``places[:, i]`` it reaches ``values[i]``; one
    above the highest sum where it never does.
    """

    lowest: Array
    highest: Array
    values: Array
    places: Array


def requantization_of(
    expr: Any, sums: Any, convolution: Convolution, constants: Mapping[Any, Array], axes: Mapping[Any, Values]
) -> Requantization | None:
    """The fitted form of an expression of a sum and of constants of its channel, all of one dtype of 8 bits; None where
    there is none. ``axes``: the values of the variables in the loads' indices, channels along the first axis.
    """
    lowest, highest = _range(convolution)
    tables: dict[Any, Load] = {buffer: table_load(array) for buffer, array in constants.items()}

    def function(at: Array) -> Values:
        return Evaluator({**tables, sums: lambda _: Values(at, RISING)}, dict(axes)).value(expr)

    try:
        offsets = _offsets(expr, sums, tables, axes, len(lowest))
        ends = function(np.stack([lowest, highest], 1))
        if ends.trend not in (RISING, CONSTANT):
            return None
        low, high = int(ends.array.min()), int(ends.array.max())
        steps = _steps(lambda at: function(at).array, lowest, highest, low, high)
        origin = np.broadcast_to(function(np.clip(-offsets, lowest, highest)[:, None]).array, (len(lowest), 1))
    except NoValueError:
        return None
    return _fitted(steps, offsets, int(np.median(origin)), low, high)


def _range(convolution: Convolution) -> tuple[Array, Array]:
    """The lowest and the highest sum of each channel, of any data."""
    weights = convolution.weights.reshape(convolution.weights.shape[0], -1)
    up, down = np.maximum(weights, 0).sum(axis=1), np.minimum(weights, 0).sum(axis=1)
    return up * -128 + down * 127, up * 127 + down * -128


def _offsets(expr: Any, sums: Any, tables: Mapping[Any, Load], axes: Mapping[Any, Values], channels: int) -> Array:
    """What is added to the sum first, by channel."""
    import tvm_ffi
    from tvm.ir.prim import expr as prim

    found: list[Any] = []

    def visit(node: Any) -> None:
        for side, other in ((node.a, node.b), (node.b, node.a)):
            if type(side).__name__ == "TensorLoad" and side.source.same_as(sums):
                found.append(other)

    tvm_ffi.structural_walk(expr, (prim.Add, visit))
    if len(found) != 1 or any(load.source.same_as(sums) for load in loads(found[0])):
        return np.zeros(channels, np.int64)
    value = Evaluator(dict(tables), dict(axes)).value(found[0]).array
    return np.broadcast_to(value, (channels, 1))[:, 0].astype(np.int64)


def _steps(function: _Function, lowest: Array, highest: Array, low: int, high: int) -> Steps:
    """All steps, by halving the intervals in which they are."""
    values = np.arange(low + 1, high + 1)
    begin = np.repeat(lowest[:, None], len(values), 1)
    end = np.repeat(highest[:, None] + 1, len(values), 1)
    while (begin < end).any():
        middle = (begin + end) >> 1
        reached = np.broadcast_to(function(middle), middle.shape) >= values
        open_ = begin < end
        begin, end = np.where(open_ & ~reached, middle + 1, begin), np.where(open_ & reached, middle, end)
    return Steps(lowest, highest, values, begin)


def _fitted(steps: Steps, offsets: Array, origin: int, low: int, high: int) -> Requantization | None:
    if not len(steps.values):
        return None
    largest = _largest_shift(steps)
    for factor, fractions in _FRACTIONS:
        more = factor.bit_length() - 1
        for shift in range(largest + more, max(largest + more - _SHIFTS, 0), -1):
            addend = (origin << shift) + (1 << (shift - 1))
            found = _with_shift(steps, factor, fractions, offsets, addend, shift)
            if found is not None:
                moved, multipliers = found
                fitted = Requantization(factor, moved, multipliers, addend, shift, low, high)
                return fitted if _is_equal(fitted, steps) else None
    return None


def _with_shift(
    steps: Steps, factor: int, fractions: range, offsets: Array, addend: int, shift: int
) -> tuple[Array, Array] | None:
    """Offsets and multipliers of the channels; None where a channel has none for any fraction."""
    moved, multipliers = offsets * factor, np.zeros(len(offsets), np.int64)
    for fraction in fractions:
        least, most = _multipliers(steps, factor, offsets * factor + fraction, addend, shift)
        fits = (least <= most) & (multipliers == 0)
        moved = np.where(fits, offsets * factor + fraction, moved)
        multipliers = np.where(fits, (least + most) >> 1, multipliers)
        if (multipliers > 0).all():
            return moved, multipliers
    return None


def _largest_shift(steps: Steps) -> int:
    """The largest shift for which no multiplier is too large."""
    inside = (steps.places > steps.lowest[:, None]) & (steps.places <= steps.highest[:, None])
    first = np.where(inside, steps.places, _LARGEST).min(axis=1)
    last = np.where(inside, steps.places, -_LARGEST).max(axis=1)
    rise = (inside.sum(axis=1) - 1) / np.maximum(last - first, 1)
    steepest = float(rise.max(initial=0))
    return min(int(np.floor(-1 - np.log2(steepest))), 22) if steepest > 0 else 0


def _multipliers(steps: Steps, factor: int, offsets: Array, addend: int, shift: int) -> tuple[Array, Array]:
    """The least and the greatest multiplier of each channel that puts all steps where they are."""
    wanted = (steps.values.astype(np.int64) << (32 + shift)) - (addend << 32)  # sum * multiplier there, or more
    at = steps.places * factor + offsets[:, None]
    before = at - factor
    reached = steps.places <= steps.highest[:, None]
    passed = steps.places > steps.lowest[:, None]
    never = ((at == 0) & reached & (wanted > 0)) | ((before == 0) & passed & (wanted <= 0))
    safe_at, safe_before = np.where(at == 0, 1, at), np.where(before == 0, 1, before)
    least = np.maximum(
        np.where(reached & (at > 0), -(-wanted // safe_at), 1).max(axis=1),
        np.where(passed & (before < 0), -((1 - wanted) // safe_before), 1).max(axis=1),
    )
    most = np.minimum(
        np.where(reached & (at < 0), wanted // safe_at, _LARGEST).min(axis=1),
        np.where(passed & (before > 0), (wanted - 1) // safe_before, _LARGEST).min(axis=1),
    )
    return least, np.where(never.any(axis=1), 0, most)


def _is_equal(found: Requantization, steps: Steps) -> bool:
    """Whether the fitted function reaches each value at the same sum, which both do once, since they rise."""
    sums = np.concatenate([np.stack([steps.lowest, steps.highest], 1), steps.places, steps.places - 1], axis=1)
    if (np.abs(sums * found.factor + found.offsets[:, None]) > _LARGEST).any():
        return False
    reached = _value(found, steps.places) >= steps.values
    before = _value(found, steps.places - 1) < steps.values
    at_all = steps.places <= steps.highest[:, None]
    later = steps.places > steps.lowest[:, None]
    return bool((reached | ~at_all).all() and (before | ~later).all())


def _value(found: Requantization, sums: Array) -> Array:
    products = (sums * found.factor + found.offsets[:, None]) * found.multipliers[:, None] >> 32
    values: Array = np.clip((products + found.addend) >> found.shift, found.low, found.high)
    return values
