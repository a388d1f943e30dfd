"""Element types: their names in Relay, their NumPy counterparts, and what the operators ask of them."""

from __future__ import annotations

import re

import numpy as np

from tvm_model_library.tensors import Array

HALF = frozenset({"float16", "bfloat16"})
FLOATS = HALF | {"float32", "float64"}


def is_float(name: str) -> bool:
    return name in FLOATS


def needs_float(name: str) -> str | None:
    """What to say of an operator of real numbers that is given ``name``; None where that is a type of such."""
    return None if is_float(name) else f"needs one of {', '.join(sorted(FLOATS))}, found {name}; cast the argument"


def is_signed(name: str) -> bool:
    return name.startswith("int")


def is_unsigned(name: str) -> bool:
    return name.startswith("uint")


def is_integer(name: str) -> bool:
    """Signed or unsigned; ``bool`` is not an integer here."""
    return is_signed(name) or is_unsigned(name)


def wide(name: str) -> str:
    """The dtype to compute in: float32 for the half-precision types, the dtype itself otherwise."""
    return "float32" if name in HALF else name


def widen(array: Array) -> Array:
    """The array in the dtype that NumPy computes it in with full accuracy: float32 for half precision."""
    return array.astype(np.float32) if array.dtype.name in HALF else array


def limits(name: str) -> tuple[int, int]:
    """The least and the greatest value of an integer dtype or ``bool``."""
    if name == "bool":
        return 0, 1
    info = np.iinfo(name)
    return int(info.min), int(info.max)


def width(name: str) -> int:
    """Bits of an element, also of dtypes that NumPy lacks (``float8``, ``int4x2``)."""
    match = re.search(r"([0-9]+)(?:x([0-9]+))?$", name)
    return int(match[1]) * int(match[2] or 1) if match else 8


def given(name: str | None) -> bool:
    """Whether a dtype attribute is set: Relay's text writes an unset one as an empty name or ``void``."""
    return name not in (None, "", "void")


def float_limits(name: str) -> tuple[float, float]:
    """The least and the greatest number of float32 that an integer dtype holds."""
    low, high = (np.float32(limit) for limit in limits(name))
    return float(low), float(high if float(high) <= limits(name)[1] else np.nextafter(high, np.float32(0)))
