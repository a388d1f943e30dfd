"""Inputs for runs whose values nobody gave."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tvm_model_library.model import Model
from tvm_model_library.tensors import Array, TensorSpec, numpy_dtype

_STEPS = 4
"""Runs of a sequence that nobody gave: a model's state has changed a few times by then."""


def random_run(model: Model) -> tuple[list[Array], list[Array]]:
    """Pseudo-random inputs and what the reference interpreter makes of them; for a model that keeps state a sequence of
    runs, along the first axis of each array.
    """
    if not model.states:
        inputs = random_inputs(model.inputs)
        return inputs, model.reference(*inputs)
    steps = [random_inputs(model.inputs, seed) for seed in range(_STEPS)]
    return [np.stack(a) for a in zip(*steps, strict=True)], run_sequence(model, steps)


def run_sequence(model: Model, steps: Sequence[Sequence[Array]]) -> list[Array]:
    """The outputs of the reference interpreter for the inputs of each step, stacked."""
    session = model.session()
    return [np.stack(a) for a in zip(*(session.run(*arrays) for arrays in steps), strict=True)]


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
