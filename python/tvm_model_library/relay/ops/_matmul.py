"""Matrix product in NumPy with an exact meaning for integers."""

from __future__ import annotations

import numpy as np

from tvm_model_library.relay.ops._dtypes import is_float
from tvm_model_library.tensors import Array

_EXACT = 2**53


def matmul(a: Array, b: Array, dtype: str) -> Array:
    """``a @ b`` accumulated as ``dtype``: integers wrap around, narrow floats are summed as float32.

    Integer products whose sums stay below 2**53 go through float64, which is exact there and much faster.
    """
    target = np.dtype(dtype) if dtype != "bfloat16" else np.dtype("float32")
    if target.kind == "f":
        wide = np.dtype("float64" if target.itemsize == 8 else "float32")
        product: Array = np.matmul(a.astype(wide, copy=False), b.astype(wide, copy=False))
        return product
    if is_float(a.dtype.name) or is_float(b.dtype.name):
        a, b = a.astype(target), b.astype(target)
    bound = _magnitude(a) * _magnitude(b) * max(a.shape[-1], 1)
    if bound < _EXACT:
        exact: Array = np.matmul(a.astype(np.float64), b.astype(np.float64)).astype(np.int64).astype(target)
        return exact
    wrapped: Array = np.matmul(a.astype(target, copy=False), b.astype(target, copy=False))
    return wrapped


def _magnitude(array: Array) -> int:
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0
