"""TIR dtypes in C: how they are stored, computed and written down.

A value narrower than 32 bits is computed in ``int`` and always lies in the range of its dtype; ``bool`` is
computed in ``int`` and stored as ``uint8_t``; ``float16`` and ``bfloat16`` are computed in ``float``, rounded after
each operation, and stored as ``uint16_t``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

DTYPES = frozenset(
    {"bool", "float16", "bfloat16", "float32", "float64", *(f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64))}
)
"""What kernels compute with, on every target."""
HALF_TYPES = {"float16": "f16", "bfloat16": "bf16"}
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


@dataclass(frozen=True)
class Interval:
    """The integers from ``low`` to ``high``."""

    low: int
    high: int

    def within(self, other: Interval) -> bool:
        return other.low <= self.low and self.high <= other.high

    def union(self, other: Interval) -> Interval:
        return Interval(min(self.low, other.low), max(self.high, other.high))


INT_RANGE = Interval(INT32_MIN, INT32_MAX)


def is_float(dtype: str) -> bool:
    return "float" in dtype


def is_unsigned(dtype: str) -> bool:
    return dtype.startswith("uint")


def int_bits(dtype: str) -> int:
    """Bits of an integer dtype; 1 for ``bool``."""
    return 1 if dtype == "bool" else int(dtype.removeprefix("u").removeprefix("int"))


def dtype_range(dtype: str) -> Interval:
    """All values of an integer dtype or ``bool``."""
    bits = int_bits(dtype)
    if dtype == "bool" or is_unsigned(dtype):
        return Interval(0, 2**bits - 1)
    return Interval(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def storage_type(dtype: str) -> str:
    """The C type of an element in memory."""
    if dtype == "bool":
        return "uint8_t"
    if dtype in HALF_TYPES:
        return "uint16_t"
    if is_float(dtype):
        return {"float32": "float", "float64": "double"}[dtype]
    return f"{'u' if is_unsigned(dtype) else ''}int{storage_bits(dtype)}_t"


def storage_bits(dtype: str) -> int:
    """Integer dtypes of odd width (``int4``) live in the next wider C type."""
    bits = int_bits(dtype)
    return next(b for b in (8, 16, 32, 64) if bits <= b)


def value_type(dtype: str) -> str:
    """The C type in which a local variable of the dtype is kept."""
    if dtype in HALF_TYPES:
        return "float"
    return storage_type(dtype)


def is_narrow(dtype: str) -> bool:
    """Whether C computes the dtype in ``int``."""
    return not is_float(dtype) and int_bits(dtype) < 32


def int_literal(value: int, dtype: str) -> str:
    """An integer constant of the C type that values of the dtype are computed in."""
    if is_narrow(dtype):
        return str(value)
    if dtype == "int32":
        return "INT32_MIN" if value == INT32_MIN else str(value)
    if dtype == "uint32":
        return f"{value}u"
    if dtype == "int64":
        return "INT64_MIN" if value == -(2**63) else f"INT64_C({value})"
    return f"UINT64_C({value})"


def float_literal(value: float, dtype: str) -> str:
    """The shortest decimal that gives the value back exactly; ``NAN`` and ``INFINITY`` where it is none."""
    if math.isnan(value):
        return "(double)NAN" if dtype == "float64" else "NAN"
    if math.isinf(value):
        text = "(double)INFINITY" if dtype == "float64" else "INFINITY"
        return text if value > 0 else f"(-{text})"
    if dtype == "float64":
        return _decimal(repr(float(value)))
    if dtype == "float32":
        return _decimal(np.format_float_scientific(np.float32(value), trim="-", unique=True), np.float32(value)) + "f"
    import ml_dtypes

    rounded = np.float32(np.asarray(value).astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else np.float16))
    return float_literal(float(rounded), "float32")


def _decimal(text: str, value: np.float32 | None = None) -> str:
    if value is not None:
        plain = np.format_float_positional(value, trim="0", unique=True)
        text = plain if len(plain) <= 14 else text
    return text if any(c in text for c in ".en") else text + ".0"
