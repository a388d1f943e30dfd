"""Tensors: their dtypes, their names and shapes, and whether arrays fit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np

from tvm_model_library.errors import ModelLibraryError

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

DYNAMIC = -1
"""Stands in a ``TensorSpec`` of a model for a dimension known only at run time."""


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The NumPy dtype of a tensor's dtype, ``bfloat16`` included. Raises ``TypeError`` for an unknown one."""
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def is_numpy_dtype(name: str) -> bool:
    """Whether arrays can have a tensor's dtype."""
    try:
        numpy_dtype(name)
    except TypeError:
        return False
    return True


def from_bits(array: Array, dtype: str) -> Array:
    """``array`` as a tensor of ``dtype``: where that is ``bfloat16`` and the array holds 16-bit integers (or the raw
    16 bits that ``np.save`` makes of bfloat16), they are the bits of the numbers.

    This is the one form of bfloat16 in files of NumPy's, which has no such dtype; TVM's recordings have it too.
    """
    if dtype == "bfloat16" and array.dtype in (np.dtype(np.uint16), np.dtype("V2")):
        return array.view(ml_dtypes.bfloat16)
    return array


def to_bits(array: Array) -> Array:
    """What :func:`from_bits` reads: bfloat16 numbers as their bits, of dtype uint16, other arrays as they are."""
    return array.view(np.uint16) if array.dtype.name == "bfloat16" else array


def dtype_bits(dtype: str) -> int:
    """Bits of one element in memory (``bool`` takes a byte)."""
    if dtype == "bool":
        return 8
    return int("".join(c for c in dtype.removeprefix("bfloat").removeprefix("float") if c.isdigit()))


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, shape and dtype of a tensor."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def nbytes(self) -> int:
        return (prod(self.shape) * dtype_bits(self.dtype) + 7) // 8

    @property
    def alignment(self) -> int:
        """Bytes of one element: what the address of the tensor must be a multiple of."""
        return dtype_bits(self.dtype) // 8


def checked_arrays(what: str, specs: Sequence[TensorSpec], arrays: Sequence[Array]) -> list[Array]:
    """``arrays`` in row-major order and this machine's byte order, one for each of ``specs``; ``what`` is "input" or
    "output". Where a bfloat16 tensor is asked for, an array of uint16 holds its bits.

    Raises ``ModelLibraryError`` when their number, or the shape or dtype of one, does not fit.
    """
    if len(arrays) != len(specs):
        names = ", ".join(s.name for s in specs) or "none"
        raise ModelLibraryError(f"the model has {len(specs)} {what}s ({names}), found {len(arrays)}")
    checked = []
    for spec, value in zip(specs, arrays, strict=True):
        if not is_numpy_dtype(spec.dtype):
            raise ModelLibraryError(f"{what} {spec.name!r} is of {spec.dtype}, a dtype that NumPy lacks")
        array = from_bits(np.asarray(value), spec.dtype)
        fits = len(array.shape) == len(spec.shape) and all(
            d in (n, DYNAMIC) for d, n in zip(spec.shape, array.shape, strict=True)
        )
        if not fits or array.dtype.name != spec.dtype:
            expected = f"{spec.dtype}[{', '.join('?' if d == DYNAMIC else str(d) for d in spec.shape)}]"
            raise ModelLibraryError(f"{what} {spec.name!r} is {expected}, found {array.dtype.name}{list(array.shape)}")
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        checked.append(np.ascontiguousarray(native).reshape(array.shape))
    return checked
