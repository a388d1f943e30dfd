"""Numbers of attributes as constants of an element type."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tvm_model_library.relay.ops._dtypes import is_float, limits
from tvm_model_library.tensors import Array, numpy_dtype


def in_dtype(value: float, dtype: str) -> float | int | bool:
    """``value`` as ``dtype`` holds it: rounded to a floating-point number, infinite beyond the range; truncated toward
    zero to an integer and held within the range, NaN as 0; as bool, whether it differs from 0.

    An attribute is a double or an integer of 64 bits whatever the tensor's type is, and ``3.4e38f`` is what TVM's
    importers write for "no bound".
    """
    if dtype == "bool":
        return bool(value)
    if is_float(dtype):
        with np.errstate(over="ignore"):
            return float(np.asarray(value, np.float64).astype(numpy_dtype(dtype)))
    low, high = limits(dtype)
    if isinstance(value, float):
        if math.isnan(value):
            return 0
        value = math.trunc(value) if math.isfinite(value) else high if value > 0 else low
    return min(max(int(value), low), high)


def scalar(value: float, dtype: str) -> Array:
    """:func:`in_dtype` as an array without dimensions."""
    return np.asarray(in_dtype(value, dtype)).astype(numpy_dtype(dtype))


def constant(value: float, dtype: str) -> Any:
    """:func:`in_dtype` as a TIR constant."""
    from tvm import tirx

    return tirx.const(in_dtype(value, dtype), dtype)
