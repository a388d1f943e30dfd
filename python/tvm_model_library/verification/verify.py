"""Compile for this machine, run, compare with the reference: the proof behind ``tvm-mlf verify``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model, Session
from tvm_model_library.runs.comparison import Comparison, compare
from tvm_model_library.runs.host import HostSession
from tvm_model_library.runs.vectors import random_run
from tvm_model_library.tensors import Array


def is_sequence(model: Model, inputs: list[Array]) -> bool:
    """Whether inputs are those of several runs, along the first axis, of a model that keeps state."""
    return bool(model.states) and [a.ndim for a in inputs] != [len(s.shape) for s in model.inputs]


def in_sequence(session: Session | HostSession, inputs: list[Array]) -> list[Array]:
    """The outputs of each run of a sequence, stacked."""
    outputs = [session.run(*arrays) for arrays in zip(*inputs, strict=True)]
    return [np.stack(a) for a in zip(*outputs, strict=True)]


def _reference(model: Model, inputs: list[Array]) -> list[Array]:
    return in_sequence(model.session(), inputs) if is_sequence(model, inputs) else model.reference(*inputs)


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
) -> Report:
    """Compile and run ``model`` on the host; compare with the interpreter, and with ``recorded`` (inputs, outputs)
    where given. Raises ``ModelLibraryError`` when it can't be compiled or run.
    """
    library = compile_model(model, target=target, executor=executor, name="verify")
    inputs, reference = random_run(model) if recorded is None else (recorded[0], _reference(model, recorded[0]))
    expected = {"the reference interpreter": reference}
    if recorded:
        expected["the recorded run"] = recorded[1]
    outputs = in_sequence(library.session(), inputs) if is_sequence(model, inputs) else library.run(*inputs)
    comparisons = [
        compare(spec.name, against, got, wanted, rtol, atol)
        for against, wanted_outputs in expected.items()
        for spec, got, wanted in zip(model.outputs, outputs, wanted_outputs, strict=True)
    ]
    kernels = len(library.plan.kernels)
    lines = (f"target {library.target}, {executor} executor: {kernels} kernels, {len(library.plan.calls)} calls",)
    return Report(lines, tuple(comparisons))
