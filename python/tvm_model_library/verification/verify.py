"""Compile for this machine, run, compare with the reference: the proof behind ``tvm-mlf verify``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.tensors import Array, TensorSpec, numpy_dtype


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


@dataclass(frozen=True)
class Report:
    """What ``verify`` found."""

    lines: tuple[str, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def passed(self) -> bool:
        return not any(c.mismatches for c in self.comparisons)

    def text(self) -> str:
        verdict = "passed" if self.passed else "FAILED"
        return "\n".join([*self.lines, *(c.text() for c in self.comparisons), verdict])


def verify(
    model: Model,
    *,
    target: str = "c",
    executor: str = "graph",
    recorded: tuple[list[Array], list[Array]] | None = None,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    limits: Limits = DEFAULT_LIMITS,
) -> Report:
    """Compile and run ``model`` on the host; compare with the interpreter, and with ``recorded`` (inputs, outputs)
    where given. ``limits`` are the interpreter's. Raises ``ModelLibraryError`` when it can't be compiled or run.
    """
    library = compile_model(model, target=target, executor=executor, name="verify")
    inputs = recorded[0] if recorded else random_inputs(model.inputs)
    expected = {"the reference interpreter": model.reference(*inputs, limits=limits)}
    if recorded:
        expected["the recorded run"] = recorded[1]
    outputs = library.run(*inputs)
    comparisons = [
        compare(spec.name, against, got, wanted, rtol, atol)
        for against, wanted_outputs in expected.items()
        for spec, got, wanted in zip(model.outputs, outputs, wanted_outputs, strict=True)
    ]
    kernels = len(library.plan.kernels)
    lines = (f"target {library.target}, {executor} executor: {kernels} kernels, {len(library.plan.calls)} calls",)
    return Report(lines, tuple(comparisons))
