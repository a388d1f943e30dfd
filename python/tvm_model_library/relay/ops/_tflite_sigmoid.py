"""The sigmoid and the hyperbolic tangent of 16-bit numbers, from 256 points of the sigmoid with lines between them.

The argument is an integer of which ``2**17`` are 32/3, the result Q0.15. Definitions: TFLM
tensorflow/lite/kernels/internal/reference/integer_ops/logistic.h, tanh.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tvm_model_library.relay.ops._tflite_tables import sigmoid_points
from tvm_model_library.tensors import Array

_LAST = 255


def sigmoid16(values: Array) -> Array:
    """The sigmoid, in int64."""
    between = _points_at(np.abs(values), 9, 0x7FFF << 10)
    return np.where(values >= 0, between + (1 << 9), (1 << 25) - between + (1 << 9) - 1) >> 10


def tanh16(values: Array) -> Array:
    """The hyperbolic tangent, ``2 * sigmoid(2 * x) - 1``, in int64."""
    between = _points_at(np.abs(values), 8, 0xFFFF << 8)
    return np.where(values >= 0, between - (1 << 23) + (1 << 7), -between + (1 << 23) + (1 << 7) - 1) >> 8


def _points_at(distance: Array, bits: int, beyond: int) -> Array:
    """The line at a distance whose last ``bits`` bits lie between two points."""
    points = sigmoid_points().astype(np.int64)
    first = np.minimum(distance >> bits, _LAST - 1)
    step = points[first + 1] - points[first]
    line = (points[first] << bits) + (distance & ((1 << bits) - 1)) * step
    return np.where(distance >> bits >= _LAST, beyond, line)


def sigmoid16_expression(table: Any, value: Any) -> Any:
    """:func:`sigmoid16` of an int32 expression, which is read several times; ``table`` reads the points."""
    from tvm import tirx

    between = _line(table, value, 9, 0x7FFF << 10)
    return tirx.Select(value >= 0, between + (1 << 9), ((1 << 25) + (1 << 9) - 1) - between) >> 10


def tanh16_expression(table: Any, value: Any) -> Any:
    """:func:`tanh16` of an int32 expression, as above."""
    from tvm import tirx

    between = _line(table, value, 8, 0xFFFF << 8)
    return tirx.Select(value >= 0, between - ((1 << 23) - (1 << 7)), ((1 << 23) + (1 << 7) - 1) - between) >> 8


def _line(table: Any, value: Any, bits: int, beyond: int) -> Any:
    from tvm import tirx

    distance = tirx.abs(value)
    first = distance >> bits
    low = table(tirx.min(first, tirx.const(_LAST - 1, "int32"))).astype("int32")
    high = table(tirx.min(first + 1, tirx.const(_LAST, "int32"))).astype("int32")
    line = (low << bits) + (distance & ((1 << bits) - 1)) * (high - low)
    return tirx.Select(first < _LAST, line, tirx.const(beyond, "int32"))
