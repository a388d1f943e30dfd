"""TVM's serialized tensors: one alone, as ``#[metadata]`` sections have them, and the parameter blob (``.params``),
arrays by name as ``tvm.runtime.save_param_dict`` writes them.

The layouts, little-endian throughout, are those of TVM's ``src/runtime/params.cc`` and ``NDArray::Save``. A blob: a
magic number and a reserved word, the names, then one tensor for each name. A tensor: a magic number and a reserved
word, device type and id, rank, dtype (code, bits, lanes), dimensions, size of the data, data. Nothing is aligned.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from tvm_model_library.errors import ParameterError
from tvm_model_library.tensors import Array, numpy_dtype

BLOB_MAGIC = 0xF7E58D4F05049CB7
TENSOR_MAGIC = 0xDD5E40F096B4A13F
CPU = 1

_WORD = struct.Struct("<Q")
_TENSOR_HEAD = struct.Struct("<QQiiiBBH")
_MAX_RANK = 64  # of a NumPy array

_SUPPORTED: tuple[tuple[int, tuple[str, ...]], ...] = (
    (0, ("int8", "int16", "int32", "int64")),
    (1, ("uint8", "uint16", "uint32", "uint64")),
    (2, ("float16", "float32", "float64")),
    (4, ("bfloat16",)),
    (6, ("bool",)),
)
_OLD_BOOL = (1, 1)  # TVM up to 0.18 wrote booleans, a byte each, as uint1


def _codes() -> dict[tuple[int, int], str]:
    codes = {(code, numpy_dtype(name).itemsize * 8): name for code, names in _SUPPORTED for name in names}
    return {**codes, _OLD_BOOL: "bool"}


_DTYPE_OF_CODE = _codes()
_CODE_OF_DTYPE = {name: key for key, name in _DTYPE_OF_CODE.items() if key != _OLD_BOOL}


def save_param_dict(params: Mapping[str, Array]) -> bytes:
    """The blob of ``params``, in their order. Raises ``ParameterError`` for a dtype that the format lacks."""
    names = [_name_bytes(name) for name in params]
    parts = [_WORD.pack(BLOB_MAGIC), _WORD.pack(0), _WORD.pack(len(names))]
    for name in names:
        parts += [_WORD.pack(len(name)), name]
    parts.append(_WORD.pack(len(names)))
    for key, value in params.items():
        try:
            parts.append(encode_tensor(np.asarray(value)))
        except ParameterError as error:
            raise ParameterError(f"parameter {key!r}: {error}") from None
    return b"".join(parts)


def _name_bytes(name: str) -> bytes:
    try:
        return name.encode("utf-8")
    except UnicodeEncodeError:
        raise ParameterError(f"the parameter name {name!r} can't be written in UTF-8") from None


def load_param_dict(blob: bytes, source: str = "<parameters>") -> dict[str, Array]:
    """The arrays of a blob, by name, in its order.

    ``source`` names the blob in errors. Raises ``ParameterError``, with the byte offset, when the blob is
    truncated, damaged, followed by more bytes, or holds a dtype that NumPy lacks.
    """
    return {name: tensor.array for name, tensor in read_tensors(blob, source).items()}


def encode_tensor(array: Array, *, old_booleans: bool = False) -> bytes:
    """One tensor, on the CPU. ``old_booleans``: as TVM up to 0.18 wrote them, under the code of ``uint1``.

    Raises ``ParameterError`` for a dtype that the format lacks.
    """
    name = array.dtype.name
    if name not in _CODE_OF_DTYPE:
        raise ParameterError(f"dtype {name} can't be serialized; these can: {', '.join(_CODE_OF_DTYPE)}")
    code, bits = _OLD_BOOL if old_booleans and name == "bool" else _CODE_OF_DTYPE[name]
    head = _TENSOR_HEAD.pack(TENSOR_MAGIC, 0, CPU, 0, array.ndim, code, bits, 1)
    sizes = struct.pack(f"<{array.ndim + 1}q", *array.shape, array.nbytes)
    return head + sizes + array.astype(array.dtype.newbyteorder("<"), order="C", copy=False).tobytes()


def decode_tensor(data: bytes, source: str) -> Array:
    """The tensor that is all of ``data``. ``source`` names it in errors. Raises as :func:`load_param_dict`."""
    reader = _Reader(data, source)
    array = _read_tensor(reader, "the tensor").array
    reader.end("the tensor")
    return array


@dataclass(frozen=True)
class StoredTensor:
    """One tensor of a blob: its value, and where its raw data begin."""

    array: Array
    data_offset: int


def read_tensors(blob: bytes, source: str = "<parameters>") -> dict[str, StoredTensor]:
    """As :func:`load_param_dict`, with the place of each tensor's data."""
    reader = _Reader(blob, source)
    magic = reader.word("the magic number")
    if magic != BLOB_MAGIC:
        raise reader.error(0, f"not a parameter file: it begins with {magic:#018x}, expected {BLOB_MAGIC:#018x}")
    reader.word("the reserved word")
    names = _read_names(reader)
    start = reader.offset
    count = reader.word("the tensor count")
    if count != len(names):
        raise reader.error(start, f"{count} tensors for {len(names)} names; the counts must be equal")
    tensors = {name: _read_tensor(reader, f"tensor {name!r}") for name in names}
    reader.end("the last tensor")
    return tensors


class _Reader:
    """A cursor that checks every length against what is left."""

    def __init__(self, blob: bytes, source: str) -> None:
        self.blob = blob
        self.source = source
        self.offset = 0

    def error(self, offset: int, message: str) -> ParameterError:
        return ParameterError(f"{self.source}: byte {offset}: {message}")

    def take(self, size: int, what: str) -> bytes:
        left = len(self.blob) - self.offset
        if size > left:
            raise self.error(self.offset, f"truncated: {what} needs {size} bytes, {left} are left")
        start = self.offset
        self.offset += size
        return self.blob[start : self.offset]

    def word(self, what: str) -> int:
        (value,) = _WORD.unpack(self.take(8, what))
        return int(value)

    def end(self, last: str) -> None:
        if self.offset != len(self.blob):
            raise self.error(self.offset, f"{len(self.blob) - self.offset} bytes follow {last}, expected none")


def _read_names(reader: _Reader) -> list[str]:
    start = reader.offset
    count = reader.word("the name count")
    if count > (len(reader.blob) - reader.offset) // 8:
        raise reader.error(start, f"truncated: {count} names do not fit into the bytes that are left")
    names: dict[str, None] = {}
    for index in range(count):
        what = f"name {index}"
        length = reader.word(f"the length of {what}")
        start = reader.offset
        try:
            name = reader.take(length, what).decode("utf-8")
        except UnicodeDecodeError:
            raise reader.error(start, f"{what} is not UTF-8 text") from None
        if name in names:
            raise reader.error(start, f"the name {name!r} stands there twice")
        names[name] = None
    return list(names)


def _read_tensor(reader: _Reader, what: str) -> StoredTensor:
    start = reader.offset
    head = _TENSOR_HEAD.unpack(reader.take(_TENSOR_HEAD.size, f"the header of {what}"))
    magic, _, _, _, rank, code, bits, lanes = head
    if magic != TENSOR_MAGIC:
        raise reader.error(start, f"{what} begins with {magic:#018x}, expected {TENSOR_MAGIC:#018x}")
    if not 0 <= rank <= _MAX_RANK:
        raise reader.error(start + 24, f"{what} has {rank} dimensions, expected 0 to {_MAX_RANK}")
    dtype = _DTYPE_OF_CODE.get((code, bits))
    if dtype is None or lanes != 1:
        raise reader.error(
            start + 28,
            f"{what} has type code {code}, {bits} bits, {lanes} lanes; expected one of "
            f"{', '.join(_CODE_OF_DTYPE)}, 1 lane",
        )
    start = reader.offset
    shape = struct.unpack(f"<{rank}q", reader.take(8 * rank, f"the shape of {what}"))
    if any(d < 0 for d in shape):
        raise reader.error(start, f"{what} has the shape {shape}, with a negative dimension")
    stored = numpy_dtype(dtype).newbyteorder("<")
    start = reader.offset
    size = reader.word(f"the size of {what}")
    if size != prod(shape) * stored.itemsize:
        expected = prod(shape) * stored.itemsize
        raise reader.error(start, f"{what} has {size} bytes; {dtype}{list(shape)} needs {expected}")
    start = reader.offset
    data = reader.take(size, f"the data of {what}")
    if dtype == "bool" and data.strip(b"\0\1"):
        raise reader.error(start, f"{what} is of booleans, but holds bytes other than 0 and 1")
    try:
        array = np.frombuffer(data, dtype=stored).reshape(shape)
    except ValueError:  # NumPy limits the product of the dimensions other than 0
        raise reader.error(start, f"{what} has the impossible shape {list(shape)}") from None
    return StoredTensor(array.astype(numpy_dtype(dtype)), start)
