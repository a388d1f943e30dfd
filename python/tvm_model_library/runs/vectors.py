"""Inputs for runs whose values nobody gave."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
