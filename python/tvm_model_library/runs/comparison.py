"""Outputs against what they should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tvm_model_library.tensors import Array


@dataclass(frozen=True)
class Comparison:
    """One output against what it should be. ``worst`` is the flat index of the largest error."""

    name: str
    against: str
    elements: int
    mismatches: int
    max_abs_error: float
    worst: int
    got: float
    expected: float

    def text(self) -> str:
        verdict = "equal" if not self.mismatches else f"{self.mismatches} of {self.elements} elements differ"
        line = f"{self.name} against {self.against}: {verdict}, largest error {self.max_abs_error:.3g}"
        if self.mismatches:
            line += f" at [{self.worst}]: got {self.got:.9g}, expected {self.expected:.9g}"
        return line


def compare(name: str, against: str, got: Array, expected: Array, rtol: float, atol: float) -> Comparison:
    """Compare element by element: integers exactly, floats within ``atol + rtol * |expected|``, NaN equal to NaN and
    infinities equal to themselves. Shapes and dtypes must agree (``ValueError``).
    """
    if got.shape != expected.shape or got.dtype != expected.dtype:
        raise ValueError(f"{name}: {got.dtype}{got.shape} against {expected.dtype}{expected.shape}")
    if got.dtype.kind in "biu":
        wrong = got != expected
        error = np.abs(got.astype(np.float64) - expected.astype(np.float64))
    else:
        a, b = got.astype(np.float64), expected.astype(np.float64)
        with np.errstate(invalid="ignore"):
            wrong = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
            error = np.where(wrong | np.isfinite(a - b), np.abs(a - b), 0.0)
        error = np.where(np.isnan(error), np.inf, error)
    if got.size == 0:
        return Comparison(name, against, 0, 0, 0.0, 0, 0.0, 0.0)
    ranked = np.where(wrong, error, -1.0) if wrong.any() else error
    worst = int(np.argmax(ranked))
    values = float(got.reshape(-1)[worst]), float(expected.reshape(-1)[worst])
    return Comparison(name, against, got.size, int(wrong.sum()), float(error.max()), worst, *values)
