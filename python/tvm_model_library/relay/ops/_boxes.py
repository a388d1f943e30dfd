"""Overlap of boxes given by two opposite corners, in any order.

Definition: TVM 0.18 python/tvm/topi/vision/nms.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tvm_model_library.tensors import Array


def overlap(box: Array, others: Array) -> Array:
    """Intersection over union of one box (4 values) with each of ``others`` (n rows); 0 where the union is empty."""
    low = np.minimum(box[:2], box[2:])
    high = np.maximum(box[:2], box[2:])
    lows = np.minimum(others[:, :2], others[:, 2:])
    highs = np.maximum(others[:, :2], others[:, 2:])
    sides = np.maximum(np.minimum(high, highs) - np.maximum(low, lows), 0)
    area = sides[:, 0] * sides[:, 1]
    union = (high - low).prod() + (highs - lows).prod(axis=1) - area
    return np.where(union <= 0, 0, area / np.where(union <= 0, 1, union)).astype(others.dtype)


def overlap_expression(a: Callable[[int], Any], b: Callable[[int], Any], dtype: str) -> Any:
    """The same as an expression; ``a(i)`` and ``b(i)`` load coordinate ``i`` of the boxes."""
    from tvm import tirx

    zero = tirx.const(0, dtype)
    low_a, high_a = [tirx.Min(a(i), a(i + 2)) for i in (0, 1)], [tirx.Max(a(i), a(i + 2)) for i in (0, 1)]
    low_b, high_b = [tirx.Min(b(i), b(i + 2)) for i in (0, 1)], [tirx.Max(b(i), b(i + 2)) for i in (0, 1)]
    sides = [tirx.Max(zero, tirx.Min(high_a[i], high_b[i]) - tirx.Max(low_a[i], low_b[i])) for i in (0, 1)]
    area = sides[0] * sides[1]
    size_a = (high_a[0] - low_a[0]) * (high_a[1] - low_a[1])
    size_b = (high_b[0] - low_b[0]) * (high_b[1] - low_b[1])
    union = size_a + size_b - area
    return tirx.if_then_else(union <= zero, zero, area / union)
