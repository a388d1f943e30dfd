"""Fixed-point multiplication by factors that are known at compile time, as TIR expressions.

Written apart from :mod:`_fixed_point`, the meaning, so that either can judge the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from tvm_model_library.tensors import Array

Load = Callable[[Any], Any]


def quantize_factor(factor: float) -> tuple[int, int]:
    """``(multiplier, shift)`` with ``factor`` close to ``multiplier * 2**(shift - 31)``, multiplier of 31 bits."""
    if factor == 0:
        return 0, 0
    shift = math.frexp(factor)[1]
    exact = abs(Fraction(factor)) * Fraction(2) ** (31 - shift)
    multiplier = math.floor(exact + Fraction(1, 2))
    if multiplier == 1 << 31:
        multiplier, shift = multiplier // 2, shift + 1
    return (-multiplier if factor < 0 else multiplier), shift


class Scaling:
    """Multiplication of int32 expressions by one real factor, or by one for each channel.

    ``bits`` bounds the magnitude of the numbers, where it is below 32: ``abs(x) < 2**bits``. ``tables`` are
    constants (multipliers and shifts) that the kernel reads at the channel; there are none for a single factor.

    The 64-bit product is shifted right by ``t``. Where ``t`` is at least 33, the rounding constant is a multiple
    of 2**32, so that the product's high word alone decides: one widening multiplication, and the rest in 32 bits.
    Small numbers are scaled up front to get there.
    """

    def __init__(self, factors: Sequence[float], to_nearest: bool = False, bits: int = 32) -> None:
        distinct = list(factors) if len(set(factors)) > 1 else list(factors[:1])
        pairs = [quantize_factor(f) for f in distinct]
        self.identity = all(f == 1.0 for f in distinct)
        self._nearest = to_nearest
        self._lift = max(max(s for _, s in pairs), 0)
        self._multipliers = [m << max(s, 0) for m, s in pairs]
        self._totals = [min(31 + max(-s, 0), 63) for _, s in pairs]
        narrow = self._lift == 0 or len(pairs) == 1
        need = max(33 - min(self._totals), 0)
        lift = self._lift + need
        self._high_word = narrow and (lift == 0 or bits + lift <= 31) and max(self._totals) + need <= 63
        if self._high_word:
            self._multipliers = [m for m, _ in pairs]
            self._totals = [t + need for t in self._totals]
            self._lift += need

    @property
    def tables(self) -> list[Array]:
        """Constants to pass to the kernel, read at the channel: multipliers, and shifts less the last bit."""
        if len(self._multipliers) == 1 or self.identity:
            return []
        dtype = np.int32 if max(map(abs, self._multipliers)) < 1 << 31 else np.int64
        shifts = [t - 1 - (32 if self._high_word else 0) for t in self._totals]
        return [np.asarray(self._multipliers, dtype), np.asarray(shifts, np.int8)]

    def apply(self, x: Any, tables: Sequence[Load], channel: Any) -> Any:
        """The int32 expression ``x`` scaled and rounded; ``tables`` read the constants of :attr:`tables`."""
        from tvm import tirx

        if self.identity:
            return x
        multiplier = tables[0](channel) if tables else tirx.const(self._multipliers[0], "int64")
        if self._high_word and self._lift:
            x = x * (1 << self._lift)
        # The mask changes nothing, but keeps TIR's simplifier from widening the terms of a sum one by one: a product
        # of two 32-bit numbers is one instruction, one of 64-bit numbers is not.
        narrow = x & tirx.const(-1, "int32")
        product = narrow.astype("int64") * multiplier.astype("int64")
        if self._nearest:
            product = product + (product >> tirx.const(63, "int64"))
        dtype = "int64"
        if self._high_word:
            dtype = "int32"
            product = (product >> tirx.const(32, "int64")).astype(dtype)
        if not tables:
            shift = self._totals[0] - (32 if self._high_word else 0)
            half, total = (tirx.const(c, dtype) for c in (1 << (shift - 1), shift))
            return ((product + half) >> total).astype("int32")
        # A shift by all but the last bit, then that one with rounding: the same, for a shift known only at run time.
        # The mask says that no shift is negative.
        shift = tables[1](channel).astype(dtype) & tirx.const(31 if self._high_word else 63, dtype)
        one = tirx.const(1, dtype)
        return (((product >> shift) + one) >> one).astype("int32")
