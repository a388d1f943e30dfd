"""What the outputs of a program must be, and how far floats may be from it.

The reference is the interpreter's result. Its tolerance comes from the program itself: the program is evaluated again
and again with each inexact operation disturbed by a few units in the last place, and an output may differ from the
reference by a small multiple of what that does to it. Where nothing is inexact (exactness.py), nothing may differ.
Where a disturbance changes an integer or a truth value on the way (an index, a comparison, a rounded number), the
inputs stand at a jump and say nothing: they are not used, never compared loosely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tvm_model_library.model import Model
from tvm_model_library.relay.operator import Attrs, Operator
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.tensors import Array

from relay_fuzzer.evaluation import Program, floats_of, is_float, leaves, mapped, meaning
from relay_fuzzer.exactness import ORDERING, SUMMED, is_fixed
from relay_fuzzer.noise import Noise

_RUNS = 6
_MARGIN = 4.0
# Of a dtype, the exponent within which products of two numbers and sums of many lose no digits and don't overflow. Half
# precision is computed in float32.
_EXPONENTS = {"float64": 900, "float32": 60, "bfloat16": 60, "float16": 60}


class UndecidedError(Exception):
    """These inputs can't tell a right program from a wrong one."""


@dataclass(frozen=True)
class Expectation:
    """The outputs for one vector of inputs. ``tolerances`` has None for what must be equal to the last bit; ``loose``
    counts elements that a disturbance moves by more than a hundredth of what they are; ``is_finite``: no infinity and
    no NaN on the way.
    """

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    tolerances: tuple[Array | None, ...]
    loose: int
    is_finite: bool


def expect(model: Model, inputs: Sequence[Array], seed: int) -> Expectation:
    """The reference's outputs and their tolerances. Raises :class:`UndecidedError`, and ``ModelLibraryError`` where an
    operator has no value for what it gets.
    """
    program = Program(parse_module(model.text).functions["main"])
    outputs = model.reference(*inputs)
    plain = program.run(inputs, _decided)
    assert all(map(_same, outputs, program.results(plain))), "the interpreter and the fuzzer's own evaluation differ"
    spread = [np.zeros(o.shape) for o in outputs]
    if any(not is_fixed(operator.name) for operator, _ in program.calls.values()):
        for run in range(_RUNS):
            disturbed = program.run(inputs, Noise(seed, run).operate)
            _check_steps(program, plain, disturbed)
            for total, reference, other in zip(spread, outputs, program.results(disturbed), strict=True):
                np.maximum(total, _distance(reference, other), out=total)
    return Expectation(
        tuple(inputs),
        tuple(outputs),
        tuple(_MARGIN * s if s.any() else None for s in spread),
        sum(map(_loose, spread, outputs)),
        all(np.all(np.isfinite(a)) for value in plain.values() for a in floats_of(value)),
    )


def differences(expected: Expectation, got: Sequence[Array]) -> str | None:
    """None where all outputs are as they must be; else the first that is not, in words."""
    for i, (want, found, tolerance) in enumerate(zip(expected.outputs, got, expected.tolerances, strict=True)):
        wrong = ~_equal(want, found)
        if tolerance is not None:
            with np.errstate(all="ignore"):
                near = np.abs(want.astype(np.float64) - found.astype(np.float64)) <= tolerance
            wrong &= ~(near | np.isinf(tolerance))
        if wrong.any():
            at = int(np.argmax(wrong.reshape(-1)))
            place = [int(k) for k in np.unravel_index(at, want.shape)]
            allowed = 0.0 if tolerance is None else float(tolerance.reshape(-1)[at])
            return (
                f"out{i} {want.dtype.name}{list(want.shape)}: {int(wrong.sum())} of {want.size} elements differ; at "
                f"{place} got {found.reshape(-1)[at]!s}, expected {want.reshape(-1)[at]!s} within {allowed:.3g}"
            )
    return None


def _equal(a: Array, b: Array) -> Array:
    if not is_float(a):
        return np.asarray(a == b)
    return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and bool(np.all(_equal(a, b)))


def _distance(reference: Array, other: Array) -> Array:
    """Of each element; infinite where only one of the two is a number."""
    if not is_float(reference):
        return np.zeros(reference.shape)
    a, b = reference.astype(np.float64), other.astype(np.float64)
    with np.errstate(all="ignore"):
        apart = np.where(np.isfinite(a) & np.isfinite(b), np.abs(a - b), np.inf)
    return np.where(_equal(reference, other), 0.0, apart)


def _loose(spread: Array, output: Array) -> int:
    with np.errstate(all="ignore"):
        return int((spread > 0.01 * np.abs(output.astype(np.float64)) + 1e-6).sum())


def _check_steps(program: Program, plain: Mapping[int, Any], disturbed: Mapping[int, Any]) -> None:
    """Raise :class:`UndecidedError` where an integer or a truth value is not the same in both runs."""
    for key, (operator, _) in program.calls.items():
        for a, b in zip(leaves(plain[key]), leaves(disturbed[key]), strict=True):
            if not is_float(a) and not np.array_equal(a, b):
                raise UndecidedError(f"{operator.name} stands at a jump")


def _decided(operator: Operator, attrs: Attrs, args: Sequence[Any]) -> Any:
    """The operator's meaning. Raises :class:`UndecidedError` for arguments of which nobody says what it is."""
    if operator.name in ("cast", "cast_like"):
        _check_cast(args[0], attrs.dtype if operator.name == "cast" else args[1].dtype.name)
    if operator.name in ORDERING and any(np.any(np.isnan(a)) for a in floats_of(tuple(args))):
        raise UndecidedError(f"{operator.name} of NaN")
    result = meaning(operator, attrs, args)
    if not is_fixed(operator.name):
        _check_numbers(operator, attrs, args, result)
    return result


def _check_cast(data: Array, dtype: str) -> None:
    """No integer is defined for a float that its dtype does not hold."""
    if not is_float(data) or "int" not in dtype:
        return
    limits = np.iinfo(dtype)
    whole = np.trunc(data.astype(np.float64))
    if not np.all((whole >= limits.min) & (whole < float(limits.max) + 1)):
        raise UndecidedError(f"cast to {dtype} of a number that it does not hold")


def _check_numbers(operator: Operator, attrs: Attrs, args: Sequence[Any], result: Any) -> None:
    """An operator that fixes neither its formula nor the order of its sums may do anything near the ends of its dtype:
    where numbers are infinite, where they are almost 0, where a sum overflows on the way.
    """
    floats = floats_of(tuple(args))
    if not all(np.all(np.isfinite(a)) for a in (*floats, *floats_of(result))):
        raise UndecidedError(f"{operator.name} takes or gives numbers that are not finite")
    for array in floats:
        magnitudes, most = np.abs(array.astype(np.float64)), 2.0 ** _EXPONENTS[array.dtype.name]
        if np.any((array != 0) & ((magnitudes < 1 / most) | (magnitudes > most))):
            raise UndecidedError(f"{operator.name} of numbers near the ends of their dtype")
    if operator.name in SUMMED and floats:
        absolute = [mapped(lambda a: np.abs(a) if is_float(a) else a, a) for a in args]
        if not all(np.all(np.isfinite(r)) for r in floats_of(meaning(operator, attrs, absolute))):
            raise UndecidedError(f"{operator.name} overflows in some order of its terms")
