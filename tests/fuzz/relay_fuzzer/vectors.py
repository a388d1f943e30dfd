"""Numbers for the inputs of a program: random ones of a kind, and the ends of what the kind allows.

Kinds: ``any``: floats are quarters in [-8, 8), whose sums and products float32 holds; integers are mostly small;
``real``: floats from the normal distribution; ``positive``: above 0; ``index``: integers in [0, limit); ``nonzero``:
divisors; ``probability``: in [0, 1]; ``full``: integers over their whole range; ``permutation``: of 0 ... n-1;
``sorted``: ascending along the last axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from tvm_model_library.tensors import Array, numpy_dtype

_INFINITE = float("inf")
_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 127.5, -1000.0, 4096.0, 1e-3, 6e-8)
_LARGE = {
    "float16": (6e4, -6e4, _INFINITE, -_INFINITE),
    "float32": (1e30, -1e30, 3.4e38, -3.4e38, 1e-42, _INFINITE, -_INFINITE),
}


@dataclass(frozen=True)
class Source:
    """What an input of a program may hold."""

    shape: tuple[int, ...]
    dtype: str
    kind: str = "any"
    limit: int = 0


def draw(source: Source, generator: np.random.Generator) -> Array:
    """Random values of the source's kind."""
    values = _RULES.get(source.kind, _any)(source, generator)
    return np.asarray(values).astype(numpy_dtype(source.dtype)).reshape(source.shape)


def extreme(source: Source, generator: np.random.Generator, infinite: bool = False) -> Array:
    """The ends of what the source's kind allows, mixed or one for all elements. Floats are numbers that sums of a few
    hold, or with ``infinite`` the largest, the smallest and the infinities as well.
    """
    choices = _ends(source, infinite)
    if choices is None:
        return draw(source, generator)
    count = prod(source.shape)
    if generator.random() < 0.3:
        picked = [choices[generator.integers(len(choices))]] * count
    else:
        picked = [choices[i] for i in generator.integers(len(choices), size=count)]
    with np.errstate(over="ignore"):
        dtype = numpy_dtype(source.dtype)
        values = np.array(picked, dtype=object if dtype.kind in "iu" else np.float64)
        return values.astype(dtype).reshape(source.shape)


def _ends(source: Source, infinite: bool) -> tuple[Any, ...] | None:
    dtype, kind = source.dtype, source.kind
    if kind in ("permutation", "sorted"):
        return None
    if dtype == "bool":
        return (0, 1)
    if "float" in dtype:
        ends = _FLOATS + (_LARGE.get(dtype, _LARGE["float32"]) if infinite else ())
        if kind == "probability":
            return (0.0, 0.5, 1.0)
        if kind == "positive":
            return tuple(v for v in ends if 0 < v < float("inf"))
        if kind == "nonzero":
            return tuple(v for v in ends if v)
        return ends
    info = np.iinfo(dtype)
    if kind == "index":
        return (0, source.limit - 1)
    if kind == "positive":
        return (1, int(info.max))
    ends = (int(info.min), int(info.min) + 1, 0, 1, int(info.max) - 1, int(info.max))
    ends = (*ends, -1) if info.min < 0 else ends
    if kind == "nonzero":
        return tuple(v for v in ends if v not in (0, -1))
    return ends


def _any(source: Source, generator: np.random.Generator) -> Array:
    if source.dtype == "bool":
        return generator.integers(0, 2, source.shape)
    if "float" in source.dtype:
        return generator.integers(-32, 32, source.shape) / 4
    if generator.random() < 0.3:
        return _full(source, generator)
    return generator.integers(0 if source.dtype.startswith("u") else -9, 10, source.shape)


def _full(source: Source, generator: np.random.Generator) -> Array:
    info = np.iinfo(source.dtype)
    return generator.integers(info.min, info.max, source.shape, dtype=np.dtype(source.dtype), endpoint=True)


def _real(source: Source, generator: np.random.Generator) -> Array:
    return generator.standard_normal(source.shape) * 2


def _positive(source: Source, generator: np.random.Generator) -> Array:
    if "float" in source.dtype:
        return generator.integers(1, 33, source.shape) / 8
    return generator.integers(1, 10, source.shape)


def _nonzero(source: Source, generator: np.random.Generator) -> Array:
    sign = 1 if source.dtype.startswith("u") else 1 - 2 * generator.integers(0, 2, source.shape)
    return _positive(source, generator) * sign


def _index(source: Source, generator: np.random.Generator) -> Array:
    return generator.integers(0, max(source.limit, 1), source.shape)


def _probability(source: Source, generator: np.random.Generator) -> Array:
    return generator.integers(0, 17, source.shape) / 16


def _permutation(source: Source, generator: np.random.Generator) -> Array:
    return generator.permutation(prod(source.shape))


def _sorted(source: Source, generator: np.random.Generator) -> Array:
    return np.sort(_any(source, generator), axis=-1)


_RULES = {
    "any": _any, "full": _full, "real": _real, "positive": _positive, "nonzero": _nonzero, "index": _index,
    "probability": _probability, "permutation": _permutation, "sorted": _sorted,
}  # fmt: skip
