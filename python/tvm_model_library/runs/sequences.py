"""Models that keep state, as models of whole sequences: each tensor with a leading axis of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np

from tvm_model_library.model import Model
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.tensors import Array, TensorSpec

STEPS = 4
"""Steps of a sequence that nobody gave: a model's state has changed a few times by then."""


class Session(Protocol):
    """Runs one after the other, of the interpreter or of a program."""

    def run(self, *arrays: Array) -> list[Array]:
        """One run."""


@dataclass(frozen=True)
class SequenceModel(Model):
    """A model of ``steps`` runs of another one, which begins afresh. It keeps no state itself."""

    steps: int = 1
    stepped: Model | None = None

    def reference(self, *arrays: Array, limits: Limits = DEFAULT_LIMITS) -> list[Array]:
        """As :meth:`Model.reference`, for the arrays of all steps."""
        assert self.stepped is not None
        session = self.stepped.session()
        outputs = [session.run(*(a[i] for a in arrays), limits=limits) for i in range(self.steps)]
        return [np.stack(a) for a in zip(*outputs, strict=True)]


def run_steps(session: Session, arrays: Sequence[Array], steps: int) -> list[Array]:
    """The outputs of each step, stacked."""
    outputs = [session.run(*(a[i] for a in arrays)) for i in range(steps)]
    return [np.stack(a) for a in zip(*outputs, strict=True)]


def in_steps(model: Model, steps: int) -> Model:
    """The model of so many steps; itself where it keeps no state."""
    if not model.states:
        return model
    values = {f.name: getattr(model, f.name) for f in fields(Model)}
    inputs, outputs = (tuple(_repeated(s, steps) for s in specs) for specs in (model.inputs, model.outputs))
    return SequenceModel(**{**values, "inputs": inputs, "outputs": outputs, "states": ()}, steps=steps, stepped=model)


def _repeated(spec: TensorSpec, steps: int) -> TensorSpec:
    return replace(spec, shape=(steps, *spec.shape))


def steps_of(model: Model) -> int:
    """The steps of a sequence; 0 for another model."""
    return model.steps if isinstance(model, SequenceModel) else 0


def recorded_steps(model: Model, inputs: Sequence[Array], outputs: Sequence[Array]) -> tuple[Model, bool]:
    """The model of the steps that recorded arrays have, and whether they have that axis: a single run lacks it."""
    pairs = [*zip(model.inputs, inputs, strict=False), *zip(model.outputs, outputs, strict=False)]
    if not model.states or not pairs:
        return in_steps(model, STEPS), True
    spec, array = pairs[0]
    more = array.ndim - len(spec.shape)
    if more < 1:
        return in_steps(model, 1), False
    return in_steps(model, array.shape[0 if more == 1 else 1]), True
