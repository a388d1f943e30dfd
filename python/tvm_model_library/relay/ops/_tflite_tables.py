"""Tables of functions of quantized numbers, made by the definitions of their operators.

An 8-bit tensor has 256 values: any function of one is a table, in the order of the argument's bit pattern. Functions of
16-bit tensors are tables of a few hundred points with lines between them. Both the meaning and the kernels read them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tvm_model_library.relay.ops._fixed_point_math import exp_of_negative
from tvm_model_library.tensors import Array

ALL_INT8 = np.arange(256, dtype=np.uint8).view(np.int8)
"""Every int8 number, in the order of bit patterns."""
INTERPOLATED_STEPS = 512


def read_int8(table: Array, data: Array) -> Array:
    """The entries for int8 numbers."""
    return np.asarray(table[data.view(np.uint8)])


def real_int8_table(
    function: Callable[[Array], Array], scale: float, zero_point: int, out_scale: float, out_zero_point: int
) -> Array:
    """An int8 function computed in float32: LUTPopulateInt8 in TFLM's tensorflow/lite/kernels/internal/common.h."""
    real = np.float32(scale) * (ALL_INT8.astype(np.int32) - zero_point).astype(np.float32)
    scaled = function(real).astype(np.float32) * (np.float32(1) / np.float32(out_scale))
    rounded = _round_away(scaled) + np.float32(out_zero_point)
    return np.asarray(np.clip(np.nan_to_num(rounded.astype(np.float64)), -128, 127)).astype(np.int8)


def interpolated_table(
    function: Callable[[Array], Array], scale: float, zero_point: int, out_scale: float, out_zero_point: int
) -> Array:
    """An int16 function at 513 points: LUTPopulateInt16 of the same file. Each point is moved by half the error that a
    line to the next one makes in the middle.
    """
    low, high, one = np.float32(-(2**15)), np.float32(2**15 - 1), np.float32(1)
    least, greatest = (np.float32(scale) * (end - np.float32(zero_point)) for end in (low, high))
    out_least, out_greatest = (np.float32(out_scale) * (end - np.float32(out_zero_point)) for end in (low, high))
    step = (greatest - least) / np.float32(INTERPOLATED_STEPS)
    factor = np.float32(2**16) / (out_greatest - out_least)
    at = np.arange(INTERPOLATED_STEPS, dtype=np.float32)
    here, middle, there = (
        function(x).astype(np.float32) * factor
        for x in (least + at * step, least + at * step + step / np.float32(2), least + (at + one) * step)
    )
    line = _round_away((there + _round_away(here)) / np.float32(2))
    points = _round_away(here) - _round_away((line - _round_away(middle)) / np.float32(2))
    last = _round_away(function(np.asarray([greatest], np.float32)).astype(np.float32) * factor)
    return np.asarray(np.clip(np.concatenate([points, last]), low, high)).astype(np.int16)


def interpolate(table: Array, values: Array) -> Array:
    """The values of an :func:`interpolated_table` at int16 numbers."""
    values = values.astype(np.int64)
    index = 256 + (values >> 7)
    base = table[index].astype(np.int64)
    slope = table[index + 1].astype(np.int64) - base
    return np.asarray(base + ((slope * (values & 127) + 64) >> 7))


def _round_away(values: Array) -> Array:
    """Halves away from zero, in float32."""
    return np.trunc(values.astype(np.float64) + np.copysign(0.5, values)).astype(np.float32)


def in_float64(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """A float32 function, correctly rounded: the same on every machine."""
    return lambda x: function(x.astype(np.float64)).astype(np.float32)


def sigmoid_points() -> Array:
    """``2**16 / (1 + exp(-i / 24))`` for i from 0 to 255, moved up by half of what a line to the next point lacks in
    the middle: what TFLM's sigmoid_table_uint16 holds.
    """

    def sigmoid(x: Array) -> Array:
        return np.asarray(2.0**16 / (1 + np.exp(-x / 24)))

    x = np.arange(256.0)
    lacking = sigmoid(x + 0.5) - (sigmoid(x) + sigmoid(x + 1)) / 2
    points = np.floor(sigmoid(x) + lacking / 2 + 0.5).astype(np.uint16)
    points[-1] = 2**16 - 1
    return points


def exponentials(differences: Array) -> Array:
    """``exp(-d)`` in Q0.31 for numbers -d in Q5.26, as far as a sum with 19 fraction bits sees them.

    What comes after the last number of at least ``2**11`` rounds to 0 in softmax's sum and in its results.
    """
    values = exp_of_negative(differences, 5)
    felt = np.flatnonzero(values >= 1 << 11)
    return values[: int(felt[-1]) + 1 if felt.size else 1].astype(np.int32)
