"""TVM's serialized tensors, as ``#[metadata]`` sections and parameter files hold them.

Layout (TVM 0.18 include/tvm/runtime/ndarray.h, SaveDLTensor), little-endian: magic, reserved (8 bytes each), device
type and id, rank, dtype (code, bits, lanes), the dimensions (8 bytes each), number of data bytes, data.
"""

from __future__ import annotations

import struct
from math import prod
from typing import Any

import ml_dtypes
import numpy as np

MAGIC = 0xDD5E40F096B4A13F
_HEAD = struct.Struct("<QQiiiBBH")
_CODES = {"i": 0, "u": 1, "f": 2}
_INT, _UINT, _FLOAT, _BFLOAT, _BOOL = 0, 1, 2, 4, 6


def decode_tensor(data: bytes) -> np.ndarray[Any, np.dtype[Any]]:
    """The tensor in ``data``. Raises ``ValueError`` with a message for the user."""
    if len(data) < _HEAD.size:
        raise ValueError(f"the tensor is truncated: {len(data)} bytes, expected at least {_HEAD.size}")
    magic, _, _, _, rank, code, bits, lanes = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise ValueError(f"not a serialized tensor: it begins with {magic:#x}, expected {MAGIC:#x}")
    if not 0 <= rank <= 64 or len(data) < _HEAD.size + 8 * (rank + 1):
        raise ValueError(f"the tensor is truncated or has the impossible rank {rank}")
    *shape, size = struct.unpack_from(f"<{rank + 1}q", data, _HEAD.size)
    dtype = _dtype(code, bits, lanes)
    begin = _HEAD.size + 8 * (rank + 1)
    if any(d < 0 for d in shape) or size != prod(shape) * dtype.itemsize:
        raise ValueError(f"the tensor's shape {tuple(shape)} of {dtype} does not fit its {size} data bytes")
    if len(data) - begin < size:
        raise ValueError(f"the tensor is truncated: {len(data) - begin} data bytes, expected {size}")
    array: np.ndarray[Any, np.dtype[Any]] = np.frombuffer(data, dtype, prod(shape), begin).reshape(shape).copy()
    return array


def encode_tensor(array: np.ndarray[Any, np.dtype[Any]]) -> bytes:
    """The bytes that TVM writes for ``array`` on the CPU."""
    array = np.asarray(array)
    name = array.dtype.name
    if name == "bool":
        code, bits = _UINT, 1
    elif name == "bfloat16":
        code, bits = _BFLOAT, 16
    elif array.dtype.kind in _CODES:
        code, bits = _CODES[array.dtype.kind], array.dtype.itemsize * 8
    else:
        raise ValueError(f"TVM has no tensors of {name}")
    head = _HEAD.pack(MAGIC, 0, 1, 0, array.ndim, code, bits, 1)
    shape = struct.pack(f"<{array.ndim + 1}q", *array.shape, array.nbytes)
    return head + shape + array.astype(array.dtype.newbyteorder("<"), order="C", copy=False).tobytes()


def _dtype(code: int, bits: int, lanes: int) -> np.dtype[Any]:
    if lanes == 1:
        if (code == _UINT and bits == 1) or (code == _BOOL and bits in (1, 8)):
            return np.dtype(np.bool_)
        if code in (_INT, _UINT) and bits in (8, 16, 32, 64):
            return np.dtype(f"<{'i' if code == _INT else 'u'}{bits // 8}")
        if code == _FLOAT and bits in (16, 32, 64):
            return np.dtype(f"<f{bits // 8}")
        if code == _BFLOAT and bits == 16:
            bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
            return bfloat16
    raise ValueError(f"tensors of type code {code}, {bits} bits, {lanes} lanes are not supported")
