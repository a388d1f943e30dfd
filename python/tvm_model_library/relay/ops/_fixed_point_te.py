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


def wrapped(value: int, bits: int = 64) -> int:
    """``value`` wrapped around to a signed number of ``bits``."""
    return (value + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))


def wrapped_to_32(x: Any) -> Any:
    """The int64 expression ``x`` in int32, wrapped around. TVM's simplifier takes a cast for one that changes no
    number, and drops limits that it then finds never reached; it doesn't look into this one.
    """
    from tvm import tirx

    if isinstance(x, tirx.IntImm):
        return tirx.const(wrapped(int(x.value), 32), "int32")
    return tirx.reinterpret("int32", (x & tirx.const((1 << 32) - 1, "int64")).astype("uint32"))


def halves(factor: int) -> tuple[int, int]:
    """The low 31 bits of a factor, and what is above them, wrapped around to 32 bits."""
    return factor % (1 << 31), wrapped(factor >> 31, 32)


def multiply_by_halves(x: Any, low: Any, high: Any, shift: Any, negative: Any | None) -> Any:
    """``x * factor / 2**(shift + 1)`` rounded, in int32, wrapped around; no sum or product on the way overflows, which
    TVM takes for granted. ``x`` is an int32 expression, or one of int64 that 33 bits hold; ``low`` and ``high`` are the
    :func:`halves` of the factor, of int64, where ``high`` is not 0 only if ``shift`` is 30. Halves go up, or away
    from zero with ``negative``, which tells whether the exact product is below zero.
    """
    from tvm import tirx

    one = tirx.const(1, "int64")
    product = x.astype("int64") * low
    if negative is not None:
        product = product - negative.astype("int64")
    rounded = ((product >> shift) + one) >> one
    narrow = wrapped_to_32(x) if x.ty.dtype == "int64" else x
    return wrapped_to_32(rounded + narrow.astype("int64") * high)


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
        # A product has at most 63 bits: from a shift of 64 on, every result is zero.
        pairs = [(0 if s < -32 else m, s) for m, s in pairs]
        self._lift = max(max(s for _, s in pairs), 0)
        self._multipliers = [m << max(s, 0) for m, s in pairs]
        self._totals = [min(31 + max(-s, 0), 63) for _, s in pairs]
        narrow = bits <= 32 and (self._lift == 0 or len(pairs) == 1)
        need = max(33 - min(self._totals), 0)
        lift = self._lift + need
        self._overflows = bits > 32 or bits + self._lift > 32
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
        if self._overflows:
            lows, highs = zip(*map(halves, self._multipliers), strict=True)
            signs = [np.asarray([m < 0 for m in self._multipliers])] if self._nearest else []
            lasts = np.asarray([t - 1 for t in self._totals], np.int8)
            return [np.asarray(lows, np.int32), np.asarray(highs, np.int32), lasts, *signs]
        dtype = np.int32 if max(map(abs, self._multipliers)) < 1 << 31 else np.int64
        shifts = [t - 1 - (32 if self._high_word else 0) for t in self._totals]
        return [np.asarray(self._multipliers, dtype), np.asarray(shifts, np.int8)]

    def apply(self, x: Any, tables: Sequence[Load], channel: Any) -> Any:
        """The expression ``x``, of int64 where 32 ``bits`` do not hold it and else of int32, scaled and rounded to
        int32; ``tables`` read the constants of :attr:`tables`.
        """
        from tvm import tirx

        if self.identity:
            return x
        if self._overflows:
            return self._apply_halves(x, tables, channel)
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

    def _apply_halves(self, x: Any, tables: Sequence[Load], channel: Any) -> Any:
        """:meth:`apply` where the product with a factor above 1 may need more than 64 bits."""
        from tvm import tirx

        x = x & tirx.const(-1, str(x.ty.dtype))  # the simplifier would multiply out a difference
        zero = tirx.const(0, str(x.ty.dtype))
        if tables:
            low, high, shift = (t(channel).astype("int64") for t in tables[:3])
            shift = shift & tirx.const(63, "int64")
            below = tirx.Select(tables[3](channel), x > zero, x < zero) if self._nearest else None
        else:
            low, high, shift = (tirx.const(v, "int64") for v in (*halves(self._multipliers[0]), self._totals[0] - 1))
            below = (x > zero if self._multipliers[0] < 0 else x < zero) if self._nearest else None
        return multiply_by_halves(x, low, high, shift, below)
