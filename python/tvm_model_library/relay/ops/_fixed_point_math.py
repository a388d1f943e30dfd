"""Transcendental functions in 32-bit fixed point, as gemmlowp defines them, in NumPy.

Qm.n is a signed number with m integer and n fraction bits, m + n = 31. Arguments and results are int64 arrays of int32
values. Definitions: github google/gemmlowp fixedpoint/fixedpoint.h; TFLM tensorflow/lite/kernels/internal/common.h.
"""

from __future__ import annotations

import numpy as np

from tvm_model_library.relay.ops._contracts import Integers, rounding_shift, wrap32
from tvm_model_library.relay.ops._contracts import doubling_high_product as times
from tvm_model_library.tensors import Array

ONE = 2**31 - 1
"""1 in Q0.31: the greatest number."""


def _constant(real: float, integer_bits: int = 0) -> int:
    return int(np.floor(real * 2.0 ** (31 - integer_bits) + 0.5))


def saturating_shift(values: Array, bits: Integers) -> Array:
    """``values * 2**bits``: numbers that leave int32 become its ends; as gemmlowp decides that by their magnitude, also
    the one that would just fit.
    """
    values, bits = np.asarray(values, np.int64), np.asarray(bits, np.int64)
    threshold = np.left_shift(np.int64(1), 31 - bits) - 1
    shifted = np.left_shift(values, bits)
    shifted = np.where(values > threshold, ONE, np.where(values < -threshold, -ONE - 1, shifted))
    return np.where(bits == 0, values, shifted)


def count_leading_zeros(values: Array) -> Array:
    """Of 32 bits: of the unsigned number that a non-negative int32 is."""
    _, exponent = np.frexp(np.asarray(values, np.float64))
    return np.asarray(32 - exponent, np.int64)


def _exp_just_below_zero(values: Array) -> Array:
    """``exp(a)`` of a in [-1/4, 0), Q0.31: a Taylor polynomial around -1/8."""
    around, third = _constant(np.exp(-1 / 8)), _constant(1 / 3)
    x = values + (1 << 28)
    x2 = times(x, x)
    x3, x4 = times(x2, x), times(x2, x2)
    tail = rounding_shift(times(rounding_shift(x4, 2) + x3, third) + x2, 1)
    return around + times(around, x + tail)


def exp_of_negative(values: Array, integer_bits: int) -> Array:
    """``exp(a)`` in Q0.31 of a <= 0 in Q(integer_bits).*; at most 5 integer bits."""
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    inside = (values & (quarter - 1)) - quarter
    result = _exp_just_below_zero(saturating_shift(inside, integer_bits))
    rest = inside - values
    for exponent in range(-2, integer_bits):
        factor = _constant(np.exp(-(2.0**exponent)))
        result = np.where(rest >> (fraction_bits + exponent) & 1, times(result, factor), result)
    return np.where(np.asarray(values) == 0, ONE, result)


def _newton_reciprocal(half_denominator: Array) -> Array:
    """``1 / d`` in Q2.29 of d in [1/2, 1], Q0.31."""
    x = _constant(48 / 17, 2) + times(half_denominator, _constant(-32 / 17, 2))
    for _ in range(3):
        missing = (1 << 29) - times(half_denominator, x)
        x = x + saturating_shift(times(x, missing), 2)
    return np.asarray(x)


def _half_sum_with_one(values: Array) -> Array:
    total = np.asarray(values, np.int64) + ONE
    return np.asarray(np.trunc((total + np.where(total >= 0, 1, -1)) / 2), np.int64)


def one_over_one_plus(values: Array) -> Array:
    """``1 / (1 + a)`` in Q0.31 of a in [0, 1], Q0.31."""
    return saturating_shift(_newton_reciprocal(_half_sum_with_one(values)), 1)


def _one_minus_over_one_plus(values: Array) -> Array:
    """``(1 - a) / (1 + a)`` in Q0.31 of a in [0, 1], Q0.31."""
    return saturating_shift(_newton_reciprocal(_half_sum_with_one(values)) - (1 << 29), 2)


def reciprocal(values: Array, integer_bits: int) -> tuple[Array, Array]:
    """``1 / a`` of a > 0 in Q(integer_bits).*: a Q0.31 number in [1/2, 1], and by how many bits it is too large."""
    zeros = count_leading_zeros(values)
    fraction = np.left_shift(np.asarray(values, np.int64), zeros) - (1 << 31)
    return one_over_one_plus(fraction), integer_bits - zeros


def logistic(values: Array, integer_bits: int) -> Array:
    """``1 / (1 + exp(-a))`` in Q0.31 of a in Q(integer_bits).*."""
    above = one_over_one_plus(exp_of_negative(-np.abs(values), integer_bits))
    return np.where(values == 0, 1 << 30, np.where(values > 0, above, ONE - above))


def tanh(values: Array, integer_bits: int) -> Array:
    """``tanh(a)`` in Q0.31 of a in Q(integer_bits).*."""
    negated = _one_minus_over_one_plus(exp_of_negative(-np.abs(values), integer_bits + 1))
    return np.where(values == 0, 0, np.where(values > 0, negated, -negated))


def inverse_square_root(values: Array) -> tuple[Array, Array]:
    """Multiplier and shift of ``1 / sqrt(a)`` of integers a >= 0: 1 is taken for 0.

    ``1 / sqrt(a) = multiplier * 2**(shift - 31)``. Definition: GetInvSqrtQuantizedMultiplierExp in TFLM's common.h.
    """
    values = np.asarray(values, np.int64)
    large = np.maximum(values, 2)
    right = np.full(large.shape, 11, np.int64)
    while np.any(large >= 1 << 29):
        right += large >= 1 << 29
        large = np.where(large >= 1 << 29, large // 4, large)
    pairs = (count_leading_zeros(large) - 1) // 2 - 1
    right -= pairs
    halved = np.left_shift(large, 2 * pairs) >> 1  # Q3.28
    half_of_it, three_halves = rounding_shift(halved, 1), (1 << 28) + (1 << 27)
    x: Array = np.full(large.shape, 1 << 28, np.int64)
    for _ in range(5):
        cube = saturating_shift(times(times(x, x), x), 6)
        x = saturating_shift(times(three_halves, x) - times(half_of_it, cube), 3)
    x = times(x, _constant(np.sqrt(0.5)))
    x = np.where(right < 0, wrap32(np.left_shift(x, np.maximum(-right, 0))), x)
    right = np.maximum(right, 0)
    tiny = values <= 1
    return np.where(tiny, ONE, x), np.where(tiny, 0, -right)


_ACCUMULATOR_BITS = 6


def logarithm(values: Array) -> Array:
    """``log(a)`` in Q5.26 of a >= 1 in Q12.19.

    Definition: log_x_for_x_greater_than_or_equal_to_1_impl in TFLM's common.h.
    """
    root, middle = _constant(np.sqrt(0.5)), _constant(np.sqrt(np.sqrt(0.5)))
    quarter = 1 << (31 - _ACCUMULATOR_BITS - 2)
    values = np.asarray(values, np.int64)
    zeros = count_leading_zeros(values)
    below = saturating_shift(times(saturating_shift(values, zeros - 1), root), 1)
    headroom = count_leading_zeros(times(values, root)) - 1
    above = saturating_shift(values, headroom)
    power = np.maximum(
        np.left_shift(12 - zeros, 31 - _ACCUMULATOR_BITS) + quarter,
        np.left_shift(12 - headroom, 31 - _ACCUMULATOR_BITS) - quarter,
    )
    ratio = np.minimum(below, above)
    fraction = _log_fraction(ratio, (ratio + middle + 1) >> 1, 2 * (ratio - middle))
    return saturating_shift(times(power, _constant(np.log(2))) + fraction, 1)


def _log_fraction(ratio: Array, half_sum: Array, difference: Array) -> Array:
    """The logarithm of a ratio around ``sqrt(sqrt(1/2))``, in Q6.25: a quotient of polynomials in the difference."""
    bend = np.sqrt(np.sqrt(2.0))
    alphas = {"n": 11 / 240 * bend, "d": bend / 20, "i": 2 / bend - bend, "f": bend / 4}
    alpha = {name: _constant(value) for name, value in alphas.items()}
    square = times(difference, difference)
    numerator = times(difference, ratio) + times(times(difference, square), alpha["n"])
    inner = alpha["i"] + difference + times(alpha["d"], square)
    denominator = times(half_sum, inner) + times(alpha["f"], difference)
    return times(rounding_shift(numerator, _ACCUMULATOR_BITS), one_over_one_plus(denominator))
