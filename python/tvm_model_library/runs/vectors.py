"""What a compiled model is run on to compare it with its reference: recorded runs, and inputs made by rule.

An input made by rule is ``k * 2**exponent`` for whole numbers ``k`` from a range, so that the harness in C
(``crt_host_harness/src/vectors.c``) makes the same bits from a few numbers: a test holds no inputs but recorded ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.model import Model
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.runs.recorded import Recorded, recorded_runs, stepped
from tvm_model_library.runs.sequences import STEPS, in_steps, steps_of
from tvm_model_library.tensors import Array, TensorSpec, numpy_dtype

RANDOM_VECTORS = 4
"""Random vectors of a test that says nothing else."""
MOST_VECTORS = 1000

_REAL_RANGE = (-3.0, 3.0)
"""Of a float input about which nothing is known: where 997 of 1,000 standard normal numbers are."""
_INTEGER_RANGE = (0, 127)
"""Of a wide integer input about which nothing is known: often indices or sums."""
_ACCUMULATOR_RANGE = (-(2**20), 2**20)
"""Of a quantized input of 32 bits: a sum of products of 8 bits."""

_SIGNIFICANT_BITS = {"float16": 10, "bfloat16": 7}
_LOWEST_EXPONENT = {"float16": -24, "bfloat16": -133, "float32": -149}
_WIDE = 16
_FIXED = ("all minimum", "all maximum", "zero points")

_NEARLY_ALL = 0.95


@dataclass(frozen=True)
class Range:
    """The elements of an input: ``k * 2**exponent`` for ``low <= k <= high``; ``zero`` is the k that stands for 0."""

    low: int
    high: int
    zero: int
    exponent: int = 0


@dataclass(frozen=True)
class Vectors:
    """Inputs and expected outputs, each with a leading axis of vectors: ``num_recorded`` recorded ones, then, where
    ``num_random`` is not 0, that many random ones and one each of all inputs' lowest values, highest values and zeros.
    Of a model that keeps state each has an axis of ``steps`` after that.
    ``ranges`` are of those made by rule, where there are any. ``warnings`` say where the expected outputs prove little.
    """

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    ranges: tuple[Range, ...]
    num_recorded: int
    num_random: int
    warnings: tuple[str, ...]
    steps: int = 0

    def __len__(self) -> int:
        return self.num_recorded + _made_by_rule(self.num_random)

    def __iter__(self) -> Iterator[list[Array]]:
        """The inputs, vector by vector."""
        return ([a[i] for a in self.inputs] for i in range(len(self)))

    def name(self, vector: int) -> str:
        """What the harness calls a vector."""
        number = vector - self.num_recorded
        return f"recorded {vector}" if number < 0 else _name(number, self.num_random)


def _made_by_rule(num_random: int) -> int:
    return num_random + len(_FIXED) if num_random else 0


def _name(number: int, num_random: int) -> str:
    return f"random {number}" if number < num_random else _FIXED[number - num_random]


def vectors_of(
    model: Model,
    recorded: Recorded | None = None,
    random_vectors: int = RANDOM_VECTORS,
    limits: Limits = DEFAULT_LIMITS,
) -> Vectors:
    """The vectors that test ``model``, none where nothing is recorded and ``random_vectors`` is 0.

    Raises ``ModelLibraryError`` where recorded arrays do not fit, or where the reference does not take inputs that are
    made by rule.
    """
    if not 0 <= random_vectors <= MOST_VECTORS:
        raise ModelLibraryError(f"the number of random vectors is {random_vectors}; expected 0 to {MOST_VECTORS}")
    if recorded is None:
        model = in_steps(model, STEPS)
    else:
        model, recorded = stepped(model, recorded)
    num_random = random_vectors if model.inputs else 0
    if not model.inputs and recorded is None and random_vectors:
        recorded = [], model.reference(limits=limits)  # which is always the same
    inputs, outputs, num_recorded = recorded_runs(model, recorded) if recorded else ([], [], 0)
    ranges = input_ranges(model, inputs or [None] * len(model.inputs)) if num_random else ()
    for number in range(_made_by_rule(num_random)):
        made = inputs_by_rule(model.inputs, ranges, number, num_random)
        outputs = _appended(outputs, _reference(model, made, _name(number, num_random), limits))
        inputs = _appended(inputs, made)
    found = [weakness(spec, array) for spec, array in zip(model.outputs, outputs, strict=bool(outputs))]
    warnings = tuple(w for w in found if w is not None)
    return Vectors(tuple(inputs), tuple(outputs), ranges, num_recorded, num_random, warnings, steps_of(model))


def _appended(runs: Sequence[Array], run: Sequence[Array]) -> list[Array]:
    if not runs:
        return [a[np.newaxis] for a in run]
    return [np.concatenate([a, b[np.newaxis]]) for a, b in zip(runs, run, strict=True)]


def _reference(model: Model, inputs: Sequence[Array], name: str, limits: Limits) -> list[Array]:
    try:
        return model.reference(*inputs, limits=limits)
    except ModelLibraryError as error:
        raise ModelLibraryError(
            f"{error} (the reference does not take the test's inputs, vector: {name}; record runs, to whose ranges the "
            "other inputs then keep, or ask for 0 random vectors)"
        ) from error


def input_ranges(model: Model, recorded: Sequence[Array | None]) -> tuple[Range, ...]:
    """What each input may be: all that a quantized type holds, else from the smallest to the largest recorded value,
    else what the program says of it, else a guess by its dtype.
    """
    return tuple(_input_range(model, s, r) for s, r in zip(model.inputs, recorded, strict=True))


def _input_range(model: Model, spec: TensorSpec, recorded: Array | None) -> Range:
    if "float" in spec.dtype:
        values = np.zeros(0) if recorded is None else recorded.astype(np.float64)
        values = values[np.isfinite(values)]
        limits = (values.min(), values.max()) if values.size else model.ranges.get(spec.name, _REAL_RANGE)
        return _real_range(spec.dtype, float(limits[0]), float(limits[1]))
    if spec.dtype == "bool":
        return Range(0, 1, 0)
    info = np.iinfo(spec.dtype)
    low, high = int(info.min), int(info.max)
    if spec.name in model.quantization:
        low, high = (low, high) if info.bits <= 16 else _ACCUMULATOR_RANGE
    elif recorded is not None and recorded.size:
        low, high = int(recorded.min()), int(recorded.max())
    elif info.bits > 8:
        low, high = _INTEGER_RANGE
    low, high = max(low, info.min, -(2**62) + 1), min(high, info.max, 2**62 - 1)
    zero_point = model.quantization.get(spec.name, (1.0, 0))[1]
    return Range(low, high, min(max(zero_point, low), high))


def _real_range(dtype: str, low: float, high: float) -> Range:
    """The multiples of a power of two from ``low`` to ``high``, so few that the dtype holds each exactly."""
    bits = _SIGNIFICANT_BITS.get(dtype, 20)
    exponent = max(math.frexp(max(abs(low), abs(high)))[1] - bits, _LOWEST_EXPONENT.get(dtype, -1022))
    least, most = math.ceil(math.ldexp(low, -exponent)), math.floor(math.ldexp(high, -exponent))
    if least > most:
        least = most = round(math.ldexp(low, -exponent))
    return Range(least, most, min(max(0, least), most), exponent)


def inputs_by_rule(specs: Sequence[TensorSpec], ranges: Sequence[Range], number: int, num_random: int) -> list[Array]:
    """The inputs of a vector that is not recorded: the same bits that the harness makes."""
    made = []
    for index, (spec, span) in enumerate(zip(specs, ranges, strict=True)):
        if number < num_random:
            values = _drawn(_narrowed(span, number), number * len(specs) + index, math.prod(spec.shape))
        else:
            values = np.full(math.prod(spec.shape), (span.low, span.high, span.zero)[number - num_random], np.int64)
        if "float" in spec.dtype:
            values = np.ldexp(values.astype(np.float64), span.exponent)
        made.append(values.astype(numpy_dtype(spec.dtype)).reshape(spec.shape))
    return made


def _narrowed(span: Range, number: int) -> Range:
    """The whole range, then the half, the quarter and the eighth of it around zero, and again: noise over the whole
    range alone drives most networks into saturation, where a wrong weight does not show.
    """
    shift = number % 4
    if span.high - span.low < _WIDE:
        return span
    low, high = span.zero - ((span.zero - span.low) >> shift), span.zero + ((span.high - span.zero) >> shift)
    return replace(span, low=low, high=high)


def _drawn(span: Range, stream: int, count: int) -> Array:
    """SplitMix64 of 2**32 * stream + i, modulo the number of values."""
    with np.errstate(over="ignore"):
        z = np.arange(count, dtype=np.uint64) + np.uint64(stream << 32) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
        drawn: Array = (z % np.uint64(span.high - span.low + 1)).astype(np.int64) + np.int64(span.low)
    return drawn


def weakness(spec: TensorSpec, expected: Array) -> str | None:
    """Why expected values of an output, with a leading axis of vectors, prove little; None where they vary."""
    if expected.size < 2:
        return None
    bits, counts = np.unique(expected.reshape(-1).view(f"u{expected.dtype.itemsize}"), return_counts=True)
    most = int(counts.argmax())
    is_integer = expected.dtype.kind in "iu"
    ends = (np.iinfo(expected.dtype).min, np.iinfo(expected.dtype).max) if is_integer else (np.inf, -np.inf)
    value = bits[most : most + 1].view(expected.dtype)[0]
    same = (expected[1:] == expected[:1]).mean() if len(expected) > 1 else 0.0
    for share, what in (
        (float(counts[most]) / expected.size, f"are {value}"),
        (float(np.isin(expected, ends).mean()), f"are at the ends of {spec.dtype}'s range"),
        (float(same), f"are the same in all {len(expected)} vectors"),
    ):
        if share >= _NEARLY_ALL:
            return (
                f"{spec.name}: {int(100 * share)} % of the expected values {what}, so that this test proves little; "
                "record runs on inputs that the model was made for"
            )
    return None
