"""Compile for this machine, run, compare with the reference: the proof behind ``tvm-mlf verify``."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.runs.comparison import Comparison, compare
from tvm_model_library.runs.recorded import Recorded
from tvm_model_library.runs.sequences import in_steps, run_steps
from tvm_model_library.runs.tolerance import Tolerance
from tvm_model_library.runs.vectors import RANDOM_VECTORS, Vectors, vectors_of
from tvm_model_library.tensors import Array, TensorSpec


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
    limits: Limits = DEFAULT_LIMITS,
) -> Report:
    """Compile and run ``model`` on the host, on the vectors of :func:`vectors_of`; compare with the interpreter, and
    with ``recorded`` outputs where given. ``limits`` are the interpreter's.

    Raises ``ModelLibraryError`` when it can't be compiled or run.
    """
    tolerance = Tolerance(rtol, atol, integer_tolerance).check()
    vectors = vectors_of(model, recorded, random_vectors, limits)
    if not len(vectors):
        raise ModelLibraryError("there is nothing to verify with: 0 random vectors and no recorded runs")
    library = compile_model(model, target=target, executor=executor, name="verify")
    whole = in_steps(model, vectors.steps)
    outputs = [
        run_steps(library.session(), inputs, vectors.steps) if model.states else library.run(*inputs)
        for inputs in vectors
    ]
    expected = [[a[n] for a in vectors.outputs] for n in range(len(vectors))]
    recorded_outputs = expected[: vectors.num_recorded]
    interpreted = [
        whole.reference(*inputs, limits=limits) if n < len(recorded_outputs) else expected[n]
        for n, inputs in enumerate(vectors)
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
