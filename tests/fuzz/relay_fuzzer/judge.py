"""One program through everything: reference, exporter, compilers, runs, comparison."""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from tvm_model_library.compiler.pipeline import build_plan
from tvm_model_library.compiler.targets.llvm.objects import kernels_object
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import Library, assemble
from tvm_model_library.model import Model
from tvm_model_library.plan.plan import Plan
from tvm_model_library.tensors import Array

from relay_fuzzer.build import RunError, run_library
from relay_fuzzer.expectation import Expectation, UndecidedError, differences, expect
from relay_fuzzer.generate import Case
from relay_fuzzer.variants import Variant
from relay_fuzzer.vectors import draw, extreme

_RANDOM, _EXTREME, _TRIES = 3, 2, 4
_LIMIT = 60.0
_LLVM = "llvm -mtriple=x86_64-linux-gnu"


@dataclass(frozen=True)
class Finding:
    """What is wrong with a program. ``kind`` is ``wrong``, ``nonfinite`` (wrong beside infinities or NaNs), ``crash``
    (a traceback of the exporter), or that of a :class:`RunError`; ``variant`` says where it shows, ``inputs`` on which
    vector, where that is known.
    """

    kind: str
    message: str
    variant: Variant
    inputs: tuple[Array, ...] | None = None

    def is_like(self, other: Finding) -> bool:
        """Whether two findings may have one cause: wrong numbers are like others, messages must agree."""
        if self.kind not in ("crash", "warning", "sanitizer"):
            return self.kind == other.kind
        return (self.kind, _shape_of(self.message)) == (other.kind, _shape_of(other.message))


def _shape_of(message: str) -> str:
    """The beginning of a message without what differs from program to program."""
    return re.sub(r"0x[0-9a-f]+|[0-9]+|['‘][^'’]*['’]", "_", message)[:60]


@dataclass(frozen=True)
class Judgement:
    """What became of a program: ``outcome`` is ``passed``, ``refused`` (in some variant), ``undecided`` (no inputs
    tell), or the finding's kind.
    """

    outcome: str
    message: str = ""
    finding: Finding | None = None
    expected: tuple[Expectation, ...] = ()

    def row(self) -> dict[str, Any]:
        """What a log keeps."""
        return {
            "outcome": self.outcome,
            "message": self.message,
            "vectors": len(self.expected),
            "elements": sum(o.size for e in self.expected for o in e.outputs),
            "loose": sum(e.loose for e in self.expected),
        }


def judge(case: Case, variants: Sequence[Variant], limit: float = _LIMIT) -> Judgement:
    """Run a program in its variants, on random and extreme inputs, up to the first finding."""
    model = from_text(case.text)
    expected, reason = _vectors_of(case, model)
    if not expected:
        return Judgement("undecided", reason)
    return _judge_vectors(model, expected, variants, limit)


def probe(text: str, inputs: Sequence[Array], variant: Variant, seed: int = 0) -> Finding | None:
    """What is wrong with a program in a variant on these inputs, if anything is. Raises ``ModelLibraryError``."""
    model = from_text(text)
    try:
        expected = expect(model, inputs, seed)
    except UndecidedError:
        return None
    return _try_variant(_Compiler(model), variant, [expected], _LIMIT)


def fails_alike(text: str, inputs: Sequence[Array], finding: Finding, seed: int) -> bool:
    """Whether a program fails as ``finding`` says."""
    try:
        found = probe(text, inputs, finding.variant, seed)
    except ModelLibraryError:
        return False
    return found is not None and found.is_like(finding)


def _vectors_of(case: Case, model: Model) -> tuple[list[Expectation], str]:
    """Vectors of inputs that can be judged, and why the last one that can't be is none."""
    found: list[Expectation] = []
    reason = ""
    for index in range(_RANDOM + _EXTREME):
        for attempt in range(_TRIES):
            generator = np.random.default_rng([case.seed, index, attempt])
            if index < _RANDOM:
                inputs = [draw(source, generator) for source in case.sources]
            else:
                inputs = [extreme(source, generator, index > _RANDOM) for source in case.sources]
            try:
                found.append(expect(model, inputs, case.seed))
                break
            except (UndecidedError, ModelLibraryError) as error:
                reason = str(error)
    return found, reason


class _Compiler:
    """A model's libraries: a plan is made once for each target, executors differ in what they make of it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._plans: dict[str, Plan] = {}

    def library(self, variant: Variant) -> Library:
        target = Target.parse(_LLVM if variant.target == "llvm" else "c")
        if target.kind not in self._plans:
            self._plans[target.kind] = build_plan(self._model, name="m", target=target)
        make_object = partial(kernels_object, target=target) if target.kind == "llvm" else None
        plan = self._plans[target.kind]
        return assemble(self._model, plan, target, variant.executor, variant.aot, make_object)


def _judge_vectors(
    model: Model, expected: Sequence[Expectation], variants: Sequence[Variant], limit: float
) -> Judgement:
    compiler = _Compiler(model)
    refusal = ""
    for variant in variants:
        try:
            finding = _try_variant(compiler, variant, expected, limit)
        except ModelLibraryError as error:
            refusal = refusal or f"{variant}: {error.message}"
            continue
        if finding is not None:
            return Judgement(finding.kind, finding.message, finding, tuple(expected))
    return Judgement("refused" if refusal else "passed", refusal, None, tuple(expected))


def _try_variant(
    compiler: _Compiler, variant: Variant, expected: Sequence[Expectation], limit: float
) -> Finding | None:
    try:
        library = compiler.library(variant)
    except ModelLibraryError:
        raise
    except Exception as error:  # noqa: BLE001  (a crash of the exporter is a finding)
        return Finding("crash", _crash(error), variant)
    try:
        results = run_library(library, variant.toolchain, [e.inputs for e in expected], limit)
    except RunError as error:
        return Finding(error.kind, error.message, variant, expected[0].inputs)
    for expectation, outputs in zip(expected, results, strict=True):
        difference = differences(expectation, outputs)
        if difference is not None:
            kind = "wrong" if expectation.is_finite else "nonfinite"
            return Finding(kind, difference, variant, expectation.inputs)
    return None


def _crash(error: Exception) -> str:
    """The error and the innermost of our own lines that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "tvm_model_library" in f.filename] or frames
    place = f"{own[-1].filename.split('tvm_model_library/')[-1]}:{own[-1].lineno} {own[-1].name}"
    return f"{type(error).__name__} at {place}: {' '.join(str(error).split())[:200]}"
