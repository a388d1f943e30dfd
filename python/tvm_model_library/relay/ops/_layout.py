"""Data layouts: ``NCHW``, ``NHWC``, ``OIHW4i8o`` and the like.

A capital letter is an axis; a number and the small letter name a block split off that axis, the later the
more minor. Definitions: TVM 0.18 ``include/tvm/tir/data_layout.h`` and its user documentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.relay.operator import TypeRuleError
from tvm_model_library.relay.types import Dim, Shape
from tvm_model_library.tensors import Array

_PART = re.compile(r"([A-Z])|([1-9][0-9]*)([a-z])|([a-z])")


@dataclass(frozen=True)
class Axis:
    """One dimension of a layout: the capital letter it belongs to, and the block size if it is a block."""

    letter: str
    block: int | None = None


@dataclass(frozen=True)
class Layout:
    """A parsed layout. ``axes`` are in storage order."""

    name: str
    axes: tuple[Axis, ...]

    @property
    def rank(self) -> int:
        return len(self.axes)

    @property
    def letters(self) -> str:
        """The capital letters in storage order."""
        return "".join(a.letter for a in self.axes if a.block is None)

    def index(self, letter: str) -> int:
        """Position of the (outer) axis of that letter; ``TypeRuleError`` when absent or split."""
        if Axis(letter) not in self.axes or self.blocks(letter):
            raise TypeRuleError(f"layout {self.name} must have an axis {letter} that is not split")
        return self.axes.index(Axis(letter))

    def blocks(self, letter: str) -> list[int]:
        """Block sizes of that letter, major to minor."""
        return [a.block for a in self.axes if a.letter == letter and a.block is not None]

    def shape(self, dims: Sequence[Dim], order: str) -> Shape:
        """The storage shape of a tensor whose dimensions in ``order`` (``"NCHW"``) are ``dims``.

        Raises ``TypeRuleError`` when a block does not divide its dimension.
        """
        sizes = dict(zip(order, dims, strict=True))
        result: list[Dim] = []
        for axis in self.axes:
            size = sizes[axis.letter]
            block = prod(self.blocks(axis.letter))
            if axis.block is not None:
                result.append(axis.block)
            elif size is None:
                result.append(None)
            elif size % block:
                raise TypeRuleError(f"layout {self.name} splits axis {axis.letter} of {size} into blocks of {block}")
            else:
                result.append(size // block)
        return tuple(result)

    def dims(self, shape: Sequence[Dim], order: str) -> Shape:
        """The dimensions in ``order`` of a tensor stored with ``shape``; checks rank and block sizes."""
        if len(shape) != self.rank:
            raise TypeRuleError(f"layout {self.name} needs {self.rank} dimensions, found shape {_show(shape)}")
        sizes: dict[str, Dim] = {}
        for axis, size in zip(self.axes, shape, strict=True):
            if axis.block is not None:
                if size is not None and size != axis.block:
                    raise TypeRuleError(f"layout {self.name} needs a block of {axis.block}, found shape {_show(shape)}")
            else:
                block = prod(self.blocks(axis.letter))
                sizes[axis.letter] = None if size is None else size * block
        return tuple(sizes[letter] for letter in order)

    def unpack(self, array: Array, order: str) -> Array:
        """The array with its blocks joined and its axes in ``order``."""
        permutation = []
        for letter in order:
            permutation.append(self.axes.index(Axis(letter)))
            permutation += [i for i, a in enumerate(self.axes) if a.letter == letter and a.block is not None]
        shape = [int(d) for d in self.dims(array.shape, order) if d is not None]
        packed: Array = array.transpose(permutation).reshape(shape)
        return packed

    def pack(self, array: Array, order: str) -> Array:
        """The inverse of :meth:`unpack`. Blocks must divide their dimensions."""
        split: list[int] = []
        position: dict[Axis | tuple[str, int], int] = {}
        for letter, size in zip(order, array.shape, strict=True):
            blocks = self.blocks(letter)
            position[Axis(letter)] = len(split)
            split.append(size // prod(blocks))
            for i, block in enumerate(blocks):
                position[letter, i] = len(split)
                split.append(block)
        seen: dict[str, int] = {}
        permutation = []
        for axis in self.axes:
            if axis.block is None:
                permutation.append(position[axis])
            else:
                permutation.append(position[axis.letter, seen.get(axis.letter, 0)])
                seen[axis.letter] = seen.get(axis.letter, 0) + 1
        return np.ascontiguousarray(array.reshape(split).transpose(permutation))

    def indices(self, coordinates: Sequence[Any], order: str) -> list[Any]:
        """Storage indices of the element at ``coordinates`` (one for each letter of ``order``).

        Coordinates are ints or TVM expressions.
        """
        by_letter = dict(zip(order, coordinates, strict=True))
        inner = {letter: prod(self.blocks(letter)) for letter in order}
        result = []
        for axis in self.axes:
            if axis.block is None:
                block = prod(self.blocks(axis.letter))
                index = by_letter[axis.letter]
                result.append(index // block if block > 1 else index)
            else:
                inner[axis.letter] //= axis.block
                step = inner[axis.letter]
                index = by_letter[axis.letter]
                result.append((index // step if step > 1 else index) % axis.block)
        return result

    def coordinates(self, indices: Sequence[Any], order: str) -> list[Any]:
        """The inverse of :meth:`indices`."""
        result: dict[str, Any] = {}
        scale = {letter: prod(self.blocks(letter)) for letter in order}
        for axis, index in zip(self.axes, indices, strict=True):
            if axis.block is not None:
                continue
            result[axis.letter] = index * scale[axis.letter] if scale[axis.letter] > 1 else index
        for axis, index in zip(self.axes, indices, strict=True):
            if axis.block is not None:
                scale[axis.letter] //= axis.block
                step = scale[axis.letter]
                result[axis.letter] = result[axis.letter] + (index * step if step > 1 else index)
        return [result[letter] for letter in order]


@lru_cache(maxsize=1024)
def parse_layout(name: str, letters: str | None = None) -> Layout:
    """Parse a layout; with ``letters``, it must have exactly these axes in any order.

    Raises ``TypeRuleError``.
    """
    axes = []
    end = 0
    for match in _PART.finditer(name):
        if match.start() != end or match.group(4):
            break
        end = match.end()
        axes.append(Axis(match.group(1)) if match.group(1) else Axis(match.group(3).upper(), int(match.group(2))))
    outer = [a.letter for a in axes if a.block is None]
    if end != len(name) or not axes or len(set(outer)) != len(outer) or any(a.letter not in outer for a in axes):
        raise TypeRuleError(f"{name!r} is no layout; write one such as NCHW, NHWC or NCHW4c")
    if letters is not None and sorted(outer) != sorted(letters):
        raise TypeRuleError(f"layout {name} must consist of the axes {', '.join(letters)} (as {letters} does)")
    return Layout(name, tuple(axes))


def _show(shape: Sequence[Dim]) -> str:
    return "(" + ", ".join("?" if d is None else str(d) for d in shape) + ")"
