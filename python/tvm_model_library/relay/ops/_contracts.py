"""Integer contracts: by what rule an integer is multiplied by a real factor, as NumPy computes it.

Quantized operators end in ``y = round(x * factor) + zero_point``. Engines agree on the factor (a ratio of scales) but
not on how it is represented, how wide the product is and how often it is rounded; each such rule has a name here.
:mod:`_contracts_te` has the same rules as TIR, written apart from these, so that either can judge the other.

Definitions: ``double``, ``single`` and ``wide16`` TensorFlow Lite for Microcontrollers (TFLM)
tensorflow/lite/kernels/internal/common.cc and gemmlowp fixedpoint.h; ``tonearest`` TVM 0.18 src/relay/qnn/utils.cc;
``float32`` onnxruntime's QLinearConv.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tvm_model_library.relay.operator import EvaluationRuleError
from tvm_model_library.relay.ops._fixed_point import fixed_point_multiply, multiplier_and_shift
from tvm_model_library.tensors import Array

Integers: TypeAlias = "Array | int"

_LEAST_SHIFT = -31
_GREATEST_DOUBLE_SHIFT = 31
_GREATEST_SINGLE_SHIFT = 30
_GREATEST_WIDE_SHIFT = 14


@dataclass(frozen=True)
class Contract:
    """A rule for ``round(x * factor)``.

    ``accumulators`` are the dtypes that it takes. ``multiply(x, factors)`` is its meaning: integers and float64 factors
    that broadcast, to int32 values (in int64), wrapped around where the engine would. ``says`` describes it in a line.
    """

    name: str
    accumulators: tuple[str, ...]
    multiply: Callable[[Array, Array], Array]
    says: str

    def factor(self, lhs_scale: Array, rhs_scale: Array, output_scale: Array) -> Array:
        """``lhs_scale * rhs_scale / output_scale`` of float32 scales, as precise as the contract wants it."""
        dtype = np.float32 if self.name == "float32" else np.float64
        lhs, rhs, out = (np.asarray(s, np.float32).astype(dtype) for s in (lhs_scale, rhs_scale, output_scale))
        return np.asarray(lhs * rhs / out, np.float64)


def wrap32(values: Array) -> Array:
    """Integers wrapped around to int32, in int64."""
    return np.asarray(values, np.int64).astype(np.int32).astype(np.int64)


def quantized_multiplier(factors: Array) -> tuple[Array, Array]:
    """Multiplier of 31 bits and shift of each factor; both 0 where the shift would be below -31.

    Definition: TFLM tensorflow/lite/kernels/internal/quantization_util.cc.
    """
    multiplier, shift = multiplier_and_shift(factors)
    tiny = shift < _LEAST_SHIFT
    return np.where(tiny, 0, multiplier), np.where(tiny, 0, shift)


def doubling_high_product(a: Integers, b: Integers) -> Array:
    """``a * b / 2**31`` of int32 numbers, halves rounded up: gemmlowp's SaturatingRoundingDoublingHighMul."""
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    return np.asarray(np.minimum((product + (1 << 30)) >> 31, (1 << 31) - 1))


def rounding_shift(values: Array, bits: Integers) -> Array:
    """``values / 2**bits``, halves rounded away from zero: gemmlowp's RoundingDivideByPOT."""
    values, bits = np.asarray(values, np.int64), np.asarray(bits, np.int64)
    half = np.left_shift(np.int64(1), bits) >> 1
    return np.asarray((values + half - ((values < 0) & (bits > 0))) >> bits)


def multiply_double(values: Array, multiplier: Array, shift: Array) -> Array:
    """TFLM's MultiplyByQuantizedMultiplier on int32, in its default build. It shifts int32 numbers: by more bits than
    they have is undefined in C. Raises :class:`EvaluationRuleError` there.
    """
    if np.any(np.asarray(shift) > _GREATEST_DOUBLE_SHIFT):
        factor = float(np.max(np.asarray(multiplier) * 2.0 ** (np.asarray(shift, np.float64) - 31)))
        raise EvaluationRuleError(f"a factor of {factor} is too large for rounding double")
    shifted = wrap32(np.left_shift(np.asarray(values, np.int64), np.maximum(shift, 0)))
    return rounding_shift(doubling_high_product(shifted, multiplier), np.maximum(-np.asarray(shift), 0))


def multiply_single(values: Array, multiplier: Array, shift: Array) -> Array:
    """The same in a build with TFLITE_SINGLE_ROUNDING."""
    large = np.asarray(shift) > _GREATEST_SINGLE_SHIFT
    multiplier = np.where(large, (1 << 31) - 1, multiplier)
    total = 31 - np.minimum(shift, _GREATEST_SINGLE_SHIFT)
    product = np.asarray(values, np.int64) * np.asarray(multiplier, np.int64)
    return wrap32((product + np.left_shift(np.int64(1), total - 1)) >> total)


def _double(values: Array, factors: Array) -> Array:
    return multiply_double(values, *quantized_multiplier(factors))


def _single(values: Array, factors: Array) -> Array:
    return multiply_single(values, *quantized_multiplier(factors))


def _wide16(values: Array, factors: Array) -> Array:
    multiplier, shift = quantized_multiplier(factors)
    if np.any(shift > _GREATEST_WIDE_SHIFT):
        raise EvaluationRuleError(f"a factor of {np.max(factors)} is too large for rounding wide16")
    reduced = np.where(multiplier < 0x7FFF0000, (multiplier + (1 << 15)) >> 16, 0x7FFF)
    total = 15 - shift
    with np.errstate(over="ignore"):
        product = np.asarray(values, np.int64) * reduced + np.left_shift(np.int64(1), total - 1)
    return wrap32(product >> total)


def _tonearest(values: Array, factors: Array) -> Array:
    multiplier, shift = multiplier_and_shift(factors)
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    return fixed_point_multiply(values, multiplier, left, right, to_nearest=True).astype(np.int64)


def _float32(values: Array, factors: Array) -> Array:
    product = np.asarray(values).astype(np.float32) * np.asarray(factors).astype(np.float32)
    limit = np.float32(2.0**31)
    return np.clip(np.rint(product), -limit, np.nextafter(limit, np.float32(0))).astype(np.int64)


_NARROW = ("int32",)

CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        Contract("double", _NARROW, _double, "31-bit multiplier; rounded half up to 31 bits, then half away from zero"),
        Contract("single", _NARROW, _single, "31-bit multiplier; the 64-bit product is rounded half up, once"),
        Contract("tonearest", _NARROW, _tonearest, "31-bit multiplier; rounded half away from zero, once"),
        Contract("wide16", ("int64",), _wide16, "15-bit multiplier for 64-bit sums; rounded half up, once"),
        Contract("float32", _NARROW, _float32, "float32 factor and product; rounded half to even"),
    )
}
"""All contracts by name. TVM 0.18's rounding ``UPWARD`` is ``single``."""
