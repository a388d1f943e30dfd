"""The values of constants: from the bytes of a buffer to an array.

Facts: tensorflow/lite/schema/schema.fbs (types, sparsity), tensorflow/lite/kernels/internal/portable_tensor_utils.h
(the order of elements narrower than a byte: the first has the lowest bits).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import ml_dtypes
import numpy as np

from tvm_model_library.errors import GraphPlace, ModelFileError, UnsupportedError
from tvm_model_library.tensors import Array

_NARROW = {"int2": ("int8", 2), "int4": ("int8", 4), "uint4": ("uint8", 4)}
_FEW_BITS = ("bfloat16", "float8_e4m3fn", "float8_e5m2")
WITHOUT_ELEMENTS = {
    "string": "strings",
    "resource": "a resource",
    "variant": "a variant",
}
"""Types whose tensors hold no numbers, and what they hold."""


@dataclass(frozen=True)
class ElementType:
    """How elements of a type are kept: ``bits`` each in the file, as ``array`` in NumPy."""

    bits: int
    array: np.dtype[np.generic]

    def stored_bytes(self, count: int) -> int:
        """Bytes that ``count`` elements take in the file."""
        return -(-count * self.bits // 8)


@dataclass(frozen=True, eq=False)
class Level:
    """One level of a sparse tensor: ``size`` coordinates, or those of ``indices``; ``segments`` divides them among
    the positions of the level before, as in a compressed sparse row.
    """

    size: int
    segments: Array | None
    indices: Array | None


@dataclass(frozen=True, eq=False)
class Sparsity:
    """Which elements of a sparse tensor are stored, as the schema's SparsityParameters has it.

    Level ``i`` is the dimension ``order[i]``; those from the tensor's rank on are blocks inside the dimension that
    ``block_map`` gives.
    """

    order: tuple[int, ...]
    block_map: tuple[int, ...]
    levels: tuple[Level, ...]


@dataclass(frozen=True, eq=False)
class Stored:
    """The bytes of a constant as the file has them."""

    raw: memoryview
    sparsity: Sparsity | None


def element_type(dtype: str, place: GraphPlace) -> ElementType:
    """The elements of a type. Raises ``UnsupportedError`` for one without numbers."""
    if dtype in WITHOUT_ELEMENTS:
        raise UnsupportedError(f"holds {WITHOUT_ELEMENTS[dtype]}: only tensors of numbers can be used", place)
    if dtype in _FEW_BITS:
        array = np.dtype(getattr(ml_dtypes, dtype))
        return ElementType(array.itemsize * 8, array)
    name, bits = _NARROW.get(dtype, (dtype, 0))
    array = np.dtype(name)
    return ElementType(bits or array.itemsize * 8, array)


def decode(stored: Stored, shape: tuple[int, ...], dtype: str, place: GraphPlace) -> Array:
    """The values of a constant, read-only. Raises ``ModelFileError`` where the bytes do not fill the shape."""
    type_ = element_type(dtype, place)
    if len(stored.raw) * 8 % type_.bits:
        raise ModelFileError(f"{len(stored.raw)} bytes are not a whole number of {dtype}", place)
    values: Array = _elements(stored.raw, dtype, type_)
    if stored.sparsity is None:
        result = values[: prod(shape)].reshape(shape)
    else:
        result = _densify(values, 8 // type_.bits, shape, stored.sparsity, place)
    result.flags.writeable = False
    return result


def _elements(raw: memoryview, dtype: str, type_: ElementType) -> Array:
    """All elements in a row; of narrow ones also those that fill the last byte."""
    if dtype == "bool":
        return np.frombuffer(raw, np.uint8).astype(bool)
    if type_.bits >= 8:
        return np.frombuffer(raw, type_.array.newbyteorder("<")).astype(type_.array, copy=False)
    places = np.arange(0, 8, type_.bits, dtype=np.uint8)
    values = np.frombuffer(raw, np.uint8)[:, None] >> places & (1 << type_.bits) - 1
    if dtype.startswith("int"):
        sign = 1 << type_.bits - 1
        values = (values ^ sign) - np.uint8(sign)
    return np.asarray(values, np.uint8).view(type_.array).reshape(-1)


def _densify(values: Array, per_byte: int, shape: tuple[int, ...], sparsity: Sparsity, place: GraphPlace) -> Array:
    """A dense tensor with ``values`` at the stored places and zero elsewhere.

    Where a byte holds several elements (``per_byte``), some of the last may be none.
    """
    sizes = _level_sizes(shape, sparsity, place)
    steps = _level_steps(shape, sizes, sparsity)
    dense = np.zeros(prod(shape), values.dtype)
    index = np.zeros(1, np.int32)
    for number, (dimension, level) in enumerate(zip(sparsity.order, sparsity.levels, strict=True)):
        repeats, new = _expand(level, len(index), sizes[dimension], dense.size, f"level {number}", place)
        index = np.repeat(index, repeats) + new * np.int32(steps[dimension])
    stored = np.zeros(dense.size, bool)
    stored[index] = True
    places = np.count_nonzero(stored)
    if len(index) != places or not 0 <= len(values) - places < max(per_byte, 1):
        raise ModelFileError(f"sparse tensor with {len(values)} values for {places} places: the file is damaged", place)
    dense[index] = values[: len(index)]
    return dense.reshape(shape)


def _level_steps(shape: tuple[int, ...], sizes: list[int], sparsity: Sparsity) -> list[int]:
    """How far a step along each dimension, and each block after them, goes in the dense tensor."""
    rank = len(shape)
    steps = [prod(shape[d + 1 :]) for d in range(rank)] + [0] * len(sparsity.block_map)
    for block, target in reversed(list(enumerate(sparsity.block_map, rank))):
        steps[block] = steps[target]
        steps[target] *= sizes[block]
    return steps


def _level_sizes(shape: tuple[int, ...], sparsity: Sparsity, place: GraphPlace) -> list[int]:
    """The size of each dimension and, after them, of each block."""
    rank, blocks = len(shape), len(sparsity.block_map)
    levels = len(sparsity.levels)
    if max(rank, blocks) > 8 or sorted(sparsity.order) != list(range(rank + blocks)) or levels != rank + blocks:
        found = f"the order {list(sparsity.order[:20])} and {levels} levels"
        expected = "a level for each dimension and block, up to 8 of both"
        raise ModelFileError(f"sparse tensor of rank {rank} with {blocks} blocks: {found}, expected {expected}", place)
    sizes = list(shape)
    for block, target in enumerate(sparsity.block_map, rank):
        level = sparsity.levels[sparsity.order.index(block)]
        fits = 0 <= target < rank and level.indices is None and level.size > 0 and sizes[target] % level.size == 0
        if not fits:
            raise ModelFileError(f"blocks of {level.size} along dimension {target} do not divide {list(shape)}", place)
        sizes[target] //= level.size
        sizes.append(level.size)
    return sizes


def _expand(level: Level, count: int, size: int, limit: int, what: str, place: GraphPlace) -> tuple[Array, Array]:
    """How often each of ``count`` positions of the level before repeats, and the coordinates of this one."""
    if level.segments is None or level.indices is None:
        if level.size != size or count * size > limit:
            raise ModelFileError(f"{what} of a sparse tensor has the size {level.size}, expected {size}", place)
        return np.asarray(size), np.tile(np.arange(size, dtype=np.int32), count)
    segments, indices = level.segments, level.indices
    fits = len(segments) == count + 1 and segments[0] == 0 and segments[-1] == len(indices) <= limit
    if not fits or (segments[1:] < segments[:-1]).any():
        raise ModelFileError(
            f"{what} of a sparse tensor: its {len(segments)} segments do not fit {count} places", place
        )
    if ((indices < 0) | (indices >= size)).any():
        raise ModelFileError(f"{what} of a sparse tensor: an index is outside 0 to {size - 1}", place)
    return np.diff(segments.astype(np.int32)), indices.astype(np.int32)
