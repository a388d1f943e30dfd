"""Compile for this machine, run, compare with the reference: the proof behind ``tvm-mlf verify``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model
from tvm_model_library.runs.recorded import Recorded
from tvm_model_library.tensors import Array, TensorSpec, numpy_dtype
from tvm_model_library.runs.tolerance import Tolerance
from tvm_model_library.runs.vectors import RANDOM_VECTORS, Vectors, vectors_of


def random_inputs(specs: Sequence[TensorSpec], seed: int = 0) -> list[Array]:
    """Deterministic pseudo-random inputs: floats from the standard normal distribution, integers over the whole
    range of types of up to 8 bits and over [0, 127] of wider ones (they are often indices or sums), booleans even.
    """
    generator = np.random.default_rng(seed)
    return [_random(generator, spec) for spec in specs]


def _random(generator: np.random.Generator, spec: TensorSpec) -> Array:
    if spec.dtype == "bool":
        return generator.integers(0, 2, spec.shape).astype(np.bool_)
    if "float" in spec.dtype:
        return generator.standard_normal(spec.shape).astype(numpy_dtype(spec.dtype))
    info = np.iinfo(spec.dtype)
    low, high = (info.min, info.max) if info.bits <= 8 else (0, 127)
    return generator.integers(low, high, spec.shape, dtype=np.dtype(spec.dtype), endpoint=True)


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


@dataclass(frozen=True)
class Report:
    """What ``verify`` found."""

    lines: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    warnings: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not any(c.mismatches for c in self.comparisons)

    def text(self) -> str:
        verdict = "passed" if self.passed else "FAILED"
        warnings = [f"warning: {w}" for w in self.warnings]
        return "\n".join([*self.lines, *(c.text() for c in self.comparisons), *warnings, verdict])


def verify(
    model: Model,
    *,
    target: str = "c",
    executor: str = "graph",
    recorded: Recorded | None = None,
    random_vectors: int = RANDOM_VECTORS,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    integer_tolerance: int = 0,
) -> Report:
    """Compile and run ``model`` on the host, on the vectors of :func:`vectors_of`; compare with the interpreter, and
    with ``recorded`` outputs where given. Raises ``ModelLibraryError`` when it can't be compiled or run.
    """
    tolerance = Tolerance(rtol, atol, integer_tolerance).check()
    vectors = vectors_of(model, recorded, random_vectors)
    if not len(vectors):
        raise ModelLibraryError("there is nothing to verify with: 0 random vectors and no recorded runs")
    library = compile_model(model, target=target, executor=executor, name="verify")
    outputs = [library.run(*inputs) for inputs in vectors]
    expected = [[a[n] for a in vectors.outputs] for n in range(len(vectors))]
    recorded_outputs = expected[: vectors.num_recorded]
    interpreted = [
        model.reference(*inputs) if n < len(recorded_outputs) else expected[n] for n, inputs in enumerate(vectors)
    ]
    comparisons = [
        _compared(vectors, tolerance, against, spec, [run[i] for run in outputs], [run[i] for run in wanted])
        for against, wanted in (("the reference interpreter", interpreted), ("the recorded run", recorded_outputs))
        for i, spec in enumerate(model.outputs)
        if wanted
    ]
    lines = (
        f"target {library.target}, {executor} executor: {len(library.plan.kernels)} kernels, "
        f"{len(library.plan.calls)} calls; {len(vectors)} vectors",
    )
    return Report(lines, tuple(comparisons), vectors.warnings)


def _compared(
    vectors: Vectors, tolerance: Tolerance, against: str, spec: TensorSpec, got: list[Array], wanted: list[Array]
) -> Comparison:
    """One output over all vectors that something is known of, which are the first."""
    a, b = np.stack(got[: len(wanted)]), np.stack(wanted)
    whole = compare(spec.name, against, a, b, tolerance.rtol, tolerance.atol, tolerance.steps)
    vector, worst = divmod(whole.worst, max(1, a[0].size))
    return replace(whole, worst=worst, where=vectors.name(vector))
