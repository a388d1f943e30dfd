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
    """``arrays`` in row-major order, one for each of ``specs``; ``what`` is "input" or "output".

    Raises ``ModelLibraryError`` when their number, or the shape or dtype of one, does not fit.
    """
    if len(arrays) != len(specs):
        names = ", ".join(s.name for s in specs) or "none"
        raise ModelLibraryError(f"the model has {len(specs)} {what}s ({names}), found {len(arrays)}")
    checked = []
    for spec, value in zip(specs, arrays, strict=True):
        array = np.asarray(value)
        fits = len(array.shape) == len(spec.shape) and all(
            d in (n, DYNAMIC) for d, n in zip(spec.shape, array.shape, strict=True)
        )
        if not fits or array.dtype.name != spec.dtype:
            expected = f"{spec.dtype}[{', '.join('?' if d == DYNAMIC else str(d) for d in spec.shape)}]"
            raise ModelLibraryError(f"{what} {spec.name!r} is {expected}, found {array.dtype.name}{list(array.shape)}")
        checked.append(np.ascontiguousarray(array).reshape(array.shape))
    return checked
