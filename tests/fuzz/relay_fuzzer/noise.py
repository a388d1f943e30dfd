"""Evaluating a program with the errors that a right implementation may make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tvm_model_library.relay.operator import Attrs, Operator
from tvm_model_library.tensors import Array

from relay_fuzzer.evaluation import FLOAT_DIGITS, HALF, floats_of, is_float, leaves, mapped, meaning
from relay_fuzzer.exactness import AVERAGED, SAMPLED, SUMMED, is_fixed

_ARGUMENT_UNITS = 6.0  # in the last place
_RESULT_UNITS = 4.0  # not as many, so that the two never cancel out
_LEAST_PLACE = 8.0  # a place in an image is disturbed as if it were no nearer to 0 than this
_SUBNORMAL = {"float16": 2.0**-24, "bfloat16": 2.0**-133, "float32": 2.0**-149, "float64": 2.0**-1074}
_MANY_BITS = 31


class Noise:
    """Disturbs what is inexact: all up in run 0, all down in run 1, then each element by chance."""

    def __init__(self, seed: int, run: int) -> None:
        self._generator = np.random.default_rng([seed, run])
        self._run = run

    def operate(self, operator: Operator, attrs: Attrs, args: Sequence[Any]) -> Any:
        """The operator's value, disturbed unless it is exact."""
        result = meaning(operator, attrs, args)
        if is_fixed(operator.name) or not floats_of((*args, result)) or sums_exactly(operator, attrs, args):
            return result
        moved = self._on_disturbed(operator, attrs, args, result)
        return mapped(lambda a: self._disturbed(a, _RESULT_UNITS), moved)

    def _on_disturbed(self, operator: Operator, attrs: Attrs, args: Sequence[Any], result: Any) -> Any:
        """The operator on disturbed arguments. Half precision is computed in float32, so it is disturbed there."""
        least = _LEAST_PLACE if operator.name in SAMPLED else 0.0
        wide = [mapped(_widened, a) for a in args]
        try:
            moved = meaning(operator, attrs, [mapped(lambda a: self._disturbed(a, least=least), a) for a in wide])
        except Exception:  # noqa: BLE001  (an operator that does not take float32 instead)
            moved = meaning(operator, attrs, [mapped(self._disturbed, a) for a in args])
        arrays = iter(leaves(moved))
        return mapped(lambda like: next(arrays).astype(like.dtype), result)

    def _disturbed(self, array: Array, units: float = _ARGUMENT_UNITS, least: float = 0.0) -> Array:
        """The array moved by some units in the last place, each element as if it were no smaller than ``least``."""
        if not is_float(array):
            return array
        dtype = array.dtype.name
        unit = 2.0 ** (1 - FLOAT_DIGITS[dtype]) * (1 if dtype in HALF else units)
        if self._run < 2:
            sign: Any = 1.0 - 2.0 * self._run
        else:
            sign = self._generator.choice([-1.0, 1.0], array.shape) * self._generator.uniform(0.6, 1.0, array.shape)
        wide = array.astype(np.float64)
        moved = wide + sign * np.maximum(unit * np.maximum(np.abs(wide), least), _SUBNORMAL[dtype])
        return np.asarray(moved if least else np.where(wide == 0, wide, moved)).astype(array.dtype)


def _widened(array: Array) -> Array:
    return array.astype(np.float32) if array.dtype.name in HALF else array


def sums_exactly(operator: Operator, attrs: Attrs, args: Sequence[Any]) -> bool:
    """Whether the operator adds, and no order of its additions rounds: all terms are multiples of one power of two, and
    their magnitudes add up to less than what the dtype counts in it.
    """
    floats = floats_of(tuple(args))
    if operator.name not in SUMMED or not floats:
        return False
    binary_places = [_binary_places(a) for a in floats]
    bits = sum(binary_places) if _multiplies(operator.name) else max(binary_places)
    total = _total_magnitude(operator, attrs, args)
    if operator.name in AVERAGED:
        total *= max(a.size for a in floats)
    one_by_one = operator.name.startswith("scatter")  # each sum is stored, not only the last
    digits = min(24 if a.dtype.name in HALF and not one_by_one else FLOAT_DIGITS[a.dtype.name] for a in floats)
    return bits < _MANY_BITS and bool(np.isfinite(total)) and total * 2.0**bits < 2.0**digits


def _multiplies(name: str) -> bool:
    return any(word in name for word in ("conv", "dense", "matmul", "einsum"))


def _total_magnitude(operator: Operator, attrs: Attrs, args: Sequence[Any]) -> float:
    """The largest element of the result for the arguments' magnitudes, in double precision."""
    magnitudes = [mapped(lambda a: np.abs(a).astype(np.float64) if is_float(a) else a, a) for a in args]
    try:
        results = leaves(meaning(operator, attrs, magnitudes))
    except Exception:  # noqa: BLE001  (an operator that does not take float64 instead)
        return np.inf
    return max((float(np.max(np.abs(r.astype(np.float64)), initial=0.0)) for r in results), default=0.0)


def _binary_places(array: Array) -> int:
    """The number of binary places that all elements need; ``_MANY_BITS`` for that many or more."""
    wide = array.astype(np.float64)
    if np.all(np.isfinite(wide)):
        for bits in range(_MANY_BITS):
            if np.all(wide * 2.0**bits == np.trunc(wide * 2.0**bits)):
                return bits
    return _MANY_BITS
