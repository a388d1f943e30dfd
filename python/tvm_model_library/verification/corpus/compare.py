"""When two results of a corpus program count as equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tvm_model_library.runs.comparison import compare
from tvm_model_library.tensors import Array

RTOL, ATOL, HALF = 1e-4, 1e-5, 1e-2


def difference(
    got: Sequence[Array], expected: Sequence[Array], masks: Sequence[Array | None] | None = None
) -> str | None:
    """None when equal: integers exactly, float32 and float64 within rtol 1e-4 and atol 1e-5, half precision
    within 1e-2; otherwise one line that says where they differ. ``masks`` tells, where not None, which elements count.
    """
    if len(got) != len(expected):
        return f"{len(got)} outputs, expected {len(expected)}"
    for i, (a, b, mask) in enumerate(zip(got, expected, masks or [None] * len(got), strict=True)):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"out{i} is {a.dtype}{list(a.shape)}, expected {b.dtype}{list(b.shape)}"
        if mask is not None:
            a = np.where(mask, a, b)
        half = a.dtype.itemsize == 2 and a.dtype.kind not in "iu"
        result = compare(f"out{i}", "recorded", a, b, HALF if half else RTOL, HALF if half else ATOL)
        if result.mismatches:
            return result.text()
    return None
