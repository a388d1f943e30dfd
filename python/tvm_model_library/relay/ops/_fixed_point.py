"""Fixed-point multiplication: what it means, in NumPy.

A real factor is ``multiplier * 2**(shift - 31)`` with a 31-bit multiplier in [0.5, 1); the product with an int32
number is computed exactly in 64 bits and rounded once. Definitions: TVM 0.18 src/relay/qnn/utils.cc,
python/tvm/topi/math.py; the factorization is that of gemmlowp and TFLite.
"""

from __future__ import annotations

import numpy as np

from tvm_model_library.tensors import Array

FRACTION_BITS = 31


def multiplier_and_shift(factors: Array) -> tuple[Array, Array]:
    """Multiplier (int64, below 2**31) and shift (int64) of each real factor; both 0 for the factor 0."""
    fraction, exponent = np.frexp(np.asarray(factors, np.float64))
    scaled = fraction * 2.0**FRACTION_BITS
    rounded = np.where(scaled < 0, np.ceil(scaled - 0.5), np.floor(scaled + 0.5)).astype(np.int64)
    carried = rounded == 1 << FRACTION_BITS
    return np.where(carried, rounded // 2, rounded), np.where(carried, exponent + 1, exponent).astype(np.int64)


def fixed_point_multiply(x: Array, multiplier: Array, left: Array, right: Array, to_nearest: bool = False) -> Array:
    """``x * 2**left * multiplier / 2**(31 + right)``, rounded: halves go up, or away from zero with ``to_nearest``.

    All arguments are integers that broadcast; the result is int32, wrapped around like TVM's.
    """
    product = np.left_shift(np.asarray(x, np.int64), np.asarray(left, np.int64)) * np.asarray(multiplier, np.int64)
    # A product has at most 63 bits: from a shift of 64 on, every result is zero.
    total = np.asarray(right, np.int64) + FRACTION_BITS
    product = np.where(total > 63, 0, product)
    total = np.minimum(total, 63)
    if to_nearest:
        product = product - (np.sign(x) * np.sign(multiplier) < 0)
    # All bits but one off, then that one with rounding: the sum can't overflow.
    return np.asarray(((np.right_shift(product, total - 1) + 1) >> 1).astype(np.int32))


def scale_integers(x: Array, factors: Array, to_nearest: bool = False) -> Array:
    """``x * factors`` in fixed-point arithmetic; ``factors`` are real numbers that broadcast against ``x``."""
    multiplier, shift = multiplier_and_shift(factors)
    return fixed_point_multiply(x, multiplier, np.maximum(shift, 0), np.maximum(-shift, 0), to_nearest)
