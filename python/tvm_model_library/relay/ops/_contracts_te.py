"""Integer contracts in kernels: multiplication by factors that are known at compile time.

Written apart from :mod:`_contracts`, the meaning, so that either can judge the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from tvm_model_library.relay.ops._fixed_point_functions import (
    requantize_double,
    requantize_double_by_sign,
    requantize_nearest,
    requantize_single,
    requantize_single_by_sign,
    requantize_wide16,
)
from tvm_model_library.relay.ops._fixed_point_te import quantize_factor
from tvm_model_library.tensors import Array

Load = Callable[[Any], Any]
_SINGLE_ROUNDING = {"single": requantize_single, "tonearest": requantize_nearest, "wide16": requantize_wide16}


class UnsupportedFactorError(Exception):
    """A factor that a contract has no representation of, in words for the user."""


def represented(factor: Fraction | float, rounding: str) -> tuple[int, int]:
    """``(multiplier, shift)`` of a factor under a contract with a multiplier: ``multiplier * 2**(shift - bits)``, with
    15 bits for ``wide16`` and 31 for the others.
    """
    multiplier, shift = quantize_factor(float(factor))
    if rounding == "tonearest":
        greatest, flushed = 30, False
    else:
        greatest, flushed = {"double": 31, "single": 30, "wide16": 14}[rounding], shift < -31
    if flushed:
        return 0, 0
    if shift > greatest:
        raise UnsupportedFactorError(f"a factor of {float(factor)} is too large for rounding {rounding!r}")
    if rounding == "wide16":
        return min((multiplier + (1 << 15)) >> 16, (1 << 15) - 1), shift
    return multiplier, shift


class Rescaling:
    """Multiplication of integer expressions by one factor, or by one for each channel, under a contract.

    ``tables`` are constants that the kernel reads at the channel; there are none for a single factor. ``bits`` bounds
    the magnitude of the numbers, where it is below 32: ``abs(x) < 2**bits``.
    """

    def __init__(self, factors: Sequence[float], rounding: str, bits: int = 32) -> None:
        distinct = list(factors) if len(set(factors)) > 1 else list(factors[:1])
        self.rounding = rounding
        self._bits = bits
        self._factors = np.asarray(distinct, np.float32)
        self._pairs = [] if rounding == "float32" else [represented(f, rounding) for f in distinct]

    @classmethod
    def by(cls, multiplier: int, shift: int, rounding: str) -> Rescaling:
        """Multiplication by ``multiplier * 2**(shift - 31)``, under the contract ``double`` or ``single``."""
        made = cls([0.0], rounding)
        made._pairs = [(multiplier, shift)]
        return made

    @property
    def tables(self) -> list[Array]:
        """What a kernel reads for each channel."""
        if self.rounding == "float32":
            return [self._factors] if len(self._factors) > 1 else []
        if len(self._pairs) == 1:
            return []
        multipliers = np.asarray([m for m, _ in self._pairs], np.int16 if self.rounding == "wide16" else np.int32)
        if self.rounding != "double":
            return [multipliers, np.asarray([self._last_shift(s) for _, s in self._pairs], np.uint8)]
        right = np.asarray([max(-s, 0) for _, s in self._pairs], np.uint8)
        left = np.asarray([max(s, 0) for _, s in self._pairs], np.uint8)
        return [multipliers, right - np.uint8(self._least_right), *([left] if left.any() else [])]

    @property
    def _least_right(self) -> int:
        """1 where all shift to the right: added in the kernel, it tells the C compiler so."""
        return min(1, *(max(-s, 0) for _, s in self._pairs))

    def _last_shift(self, shift: int) -> int:
        """The shift but for the last bit, which is the one that rounds."""
        return (14 if self.rounding == "wide16" else 30) - shift

    @property
    def uniform(self) -> tuple[int, ...]:
        """The arguments, after the value, of the intrinsic that multiplies by the only factor."""
        multiplier, shift = self._pairs[0]
        if self.rounding == "double":
            return multiplier, max(shift, 0), max(-shift, 0)
        return multiplier, self._last_shift(shift)

    def apply(self, x: Any, tables: Sequence[Load] = (), channel: Any = 0) -> Any:
        """The expression ``x`` (int32; int64 for ``wide16``) times its factor, as int32."""
        if self.rounding == "double":
            return self._double(x, tables, channel)
        if self.rounding == "float32":
            return self._float32(x, tables, channel)
        function = _SINGLE_ROUNDING[self.rounding]
        if tables:
            return function(x, tables[0](channel).astype("int32"), tables[1](channel).astype("int32"))
        return function(x, *self.uniform)

    def _double(self, x: Any, tables: Sequence[Load], channel: Any) -> Any:
        if tables:
            right = tables[1](channel).astype("int32") + self._least_right
            left = tables[2](channel).astype("int32") if len(tables) > 2 else 0
            return requantize_double(x, tables[0](channel), left, right)
        multiplier, left, right = self.uniform
        if multiplier == 1 << 30 and left and self._bits + left <= 31:
            return x << (left - 1) if left > 1 else x  # a power of two: nothing to round
        return requantize_double(x, multiplier, left, right)

    def _float32(self, x: Any, tables: Sequence[Load], channel: Any) -> Any:
        from tvm import tirx

        factor = tables[0](channel) if tables else tirx.const(float(self._factors[0]), "float32")
        rounded = tirx.nearbyint(x.astype("float32") * factor)
        least, greatest = float(-(2**31)), float(2**31 - 128)  # what both float32 and int32 hold
        return tirx.max(tirx.min(rounded, tirx.const(greatest, "float32")), tirx.const(least, "float32")).astype(
            "int32"
        )


def rescaled_by_sign(x: Any, slope: Any, sign: int, above: Rescaling, below: Rescaling) -> Any:
    """``x`` (int32, of at most 17 bits) by one factor from 0 on; below, ``x * slope`` by another, times ``sign``.
    Both have a single factor under the contract ``double`` or ``single``.
    """
    if above.rounding == "single":
        return requantize_single_by_sign(x, slope, sign, *above.uniform, *below.uniform)
    return requantize_double_by_sign(x, slope, sign, *above.uniform, *below.uniform)


def clipped_expression(x: Any, low: int, high: int) -> Any:
    """The int32 expression ``x``, at least ``low`` and at most ``high``."""
    from tvm import tirx

    return tirx.min(tirx.max(x, tirx.const(low, "int32")), tirx.const(high, "int32"))


def saturated(x: Any, low: int, high: int, zero_point: int, dtype: str) -> Any:
    """``x + zero_point`` clipped to ``low`` and ``high``, in ``dtype``: int32 as it is, the whole range being allowed.

    Clipping first keeps the sum from overflowing.
    """
    clipped = x if dtype == "int32" else clipped_expression(x, low - zero_point, high - zero_point)
    return (clipped + zero_point if zero_point else clipped).astype(dtype)
