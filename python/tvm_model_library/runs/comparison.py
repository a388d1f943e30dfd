"""Outputs against what they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tvm_model_library.tensors import Array


@dataclass(frozen=True)
class Comparison:
    """One output against what it should be. ``worst`` is the flat index of the largest error, in the vector ``where``;
    ``steps`` is the tolerance of integers.
    """

    name: str
    against: str
    elements: int
    mismatches: int
    max_abs_error: float
    worst: int
    got: int | float
    expected: int | float
    steps: int = 0
    where: str = ""

    def text(self) -> str:
        verdict = "equal" if not self.mismatches else f"{self.mismatches} of {self.elements} elements differ"
        if self.steps and not self.mismatches:
            verdict = f"equal within {self.steps} step(s)"
        line = f"{self.name} against {self.against}: {verdict}, largest error {self.max_abs_error:.3g}"
        if self.mismatches:
            line += f" at [{self.worst}]: got {_number(self.got)}, expected {_number(self.expected)}"
            line += f" (vector: {self.where})" if self.where else ""
        return line


def _number(value: int | float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.9g}"


def compare(
    name: str, against: str, got: Array, expected: Array, rtol: float, atol: float, integer_tolerance: int = 0
) -> Comparison:
    """Compare element by element: integers within ``integer_tolerance``, booleans exactly, floats within
    ``atol + rtol * |expected|``, NaN equal to NaN and infinities equal to themselves. Shapes and dtypes must agree
    (``ValueError``).
    """
    if got.shape != expected.shape or got.dtype != expected.dtype:
        raise ValueError(f"{name}: {got.dtype}{got.shape} against {expected.dtype}{expected.shape}")
    steps = integer_tolerance if got.dtype.kind in "iu" else 0
    error: Array
    if got.dtype.kind in "biu":
        # The difference of two integers fits into as many bits without a sign.
        a, b = np.maximum(got, expected), np.minimum(got, expected)
        bits = f"u{got.dtype.itemsize}"
        with np.errstate(over="ignore"):
            error = a.view(bits) - b.view(bits)
        wrong = error > steps
    else:
        a, b = got.astype(np.float64), expected.astype(np.float64)
        with np.errstate(invalid="ignore"):
            wrong = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
            error = np.where(wrong | np.isfinite(a - b), np.abs(a - b), 0.0)
        error = np.where(np.isnan(error), np.inf, error)
    if got.size == 0:
        return Comparison(name, against, 0, 0, 0.0, 0, 0.0, 0.0, steps)
    ranked = np.where(wrong, error, 0) if wrong.any() else error
    worst = int(np.argmax(ranked))
    left, right = _plain(got.reshape(-1)[worst]), _plain(expected.reshape(-1)[worst])
    return Comparison(name, against, got.size, int(wrong.sum()), float(error.max()), worst, left, right, steps)


def _plain(value: Any) -> int | float:
    return int(value) if np.asarray(value).dtype.kind in "biu" else float(value)
