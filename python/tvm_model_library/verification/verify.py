"""Compile for this machine, run, compare with the reference: the proof behind ``tvm-mlf verify``."""

from __future__ import annotations

from dataclasses import dataclass

from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.runs.comparison import Comparison, compare
from tvm_model_library.runs.vectors import random_inputs
from tvm_model_library.tensors import Array


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
