"""A ``.tflite`` file as plain data, checked and with names instead of numbers: what converters read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tvm_model_library.errors import GraphPlace, ModelFileError
from tvm_model_library.frontends.tflite import constants
from tvm_model_library.relay.operator import Attrs
from tvm_model_library.tensors import Array

_INTEGER_BITS = {"int2": 2, "int4": 4, "int8": 8, "int16": 16, "int32": 32}


@dataclass(frozen=True, eq=False)
class Quantization:
    """How real numbers follow from integers: ``scales[i] * (q - zero_points[i])``, ``i`` along dimension ``axis``.

    As the file has it: float32 and int64 arrays, of length 1 for a whole tensor; :meth:`Tensor.scales_and_zero_points`
    checks them where they are used, since files have nonsense where no kernel looks. ``details`` holds the fields of a
    scheme by blocks or several axes, named by ``scheme``; scales are then empty.
    """

    scales: Array
    zero_points: Array
    axis: int
    scheme: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor of a subgraph.

    ``shape`` has the sizes that the file's maker used, ``shape_signature`` has -1 where a dimension is open. ``dtype``
    is TFLite's name of the type in lower case: ``float32``, ``int4``, ``string``. ``stored`` are the bytes of a
    constant. ``is_variable`` marks state that an operator keeps between runs.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    shape_signature: tuple[int, ...]
    dtype: str
    quantization: Quantization | None
    is_variable: bool
    stored: constants.Stored | None = field(repr=False)
    place: GraphPlace = field(repr=False)

    @property
    def is_constant(self) -> bool:
        """Whether the file holds its values; a tensor without elements needs none."""
        return self.stored is not None or (0 in self.shape and not self.is_variable)

    @cached_property
    def data(self) -> Array | None:
        """A constant's values, read-only: in ``shape``, of ``dtype``, int2 and int4 as int8, uint4 as uint8, sparse
        ones as dense. None for other tensors. Raises ``ModelLibraryError``.
        """
        if not self.is_constant:
            return None
        if self.stored is None:
            return np.zeros(self.shape, constants.element_type(self.dtype, self.place).array)
        return constants.decode(self.stored, self.shape, self.dtype, self.place)

    def scale_and_zero_point(self) -> tuple[np.float32, int]:
        """Those of a tensor quantized as a whole. Raises ``ModelFileError`` for others."""
        scales, zero_points = self.scales_and_zero_points(None)
        return np.float32(scales[0]), int(zero_points[0])

    def scales_and_zero_points(self, axis: int | None) -> tuple[Array, Array]:
        """Those of a tensor quantized as a whole, one of each, or along the dimension ``axis``, one for each index.

        Raises ``ModelFileError`` for other tensors, and for a scale that is no positive number.
        """
        found = self.quantization
        expected = "one scale and zero point" + (
            f" or {self.shape[axis]} along dimension {axis}" if axis is not None else ""
        )
        if found is None or found.scheme:
            raise ModelFileError(f"expected {expected}, found {found.scheme if found else 'none'}", self.place)
        counts = len(found.scales), len(found.zero_points)
        along = axis is not None and found.axis == axis and counts[0] == self.shape[axis]
        if counts[0] != counts[1] or (counts[0] != 1 and not along):
            how = f"{counts[0]} scales and {counts[1]} zero points along dimension {found.axis}"
            raise ModelFileError(f"expected {expected}, found {how}", self.place)
        if not (np.isfinite(found.scales) & (found.scales > 0)).all():
            raise ModelFileError("a scale is not a positive number", self.place)
        self._check_zero_points(found.zero_points)
        return found.scales, found.zero_points

    def _check_zero_points(self, zero_points: Array) -> None:
        """A zero point is a number that the tensor can hold. Raises ``ModelFileError``."""
        bits = _INTEGER_BITS.get(self.dtype.removeprefix("u"))
        if bits is None:
            return
        low, high = (0, 2**bits - 1) if self.dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        outside = zero_points[(zero_points < low) | (zero_points > high)]
        if len(outside):
            message = f"the zero point {outside[0]} of a tensor of {self.dtype}; expected {low} to {high}"
            raise ModelFileError(message, self.place)


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator of a subgraph.

    ``name`` is the builtin operator's or the custom operator's. ``options`` has all fields of the operator's own table,
    enumerations by their names; what the file leaves out has the schema's default. An optional input that is not there
    is None.
    """

    index: int
    name: str
    is_custom: bool
    version: int
    options: Attrs
    custom_options: bytes
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    intermediates: tuple[Tensor, ...]
    place: GraphPlace = field(repr=False)


@dataclass(frozen=True, eq=False)
class Subgraph:
    """A graph: its operators in the order in which they run."""

    index: int
    name: str
    tensors: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    place: GraphPlace = field(repr=False)


@dataclass(frozen=True, eq=False)
class Signature:
    """An entry point: a subgraph whose inputs and outputs have names of their own."""

    key: str
    subgraph: Subgraph
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Model:
    """A file. ``subgraphs[0]`` is the main one. ``source`` is the file's name as the user gave it."""

    source: str
    description: str
    subgraphs: tuple[Subgraph, ...]
    signatures: tuple[Signature, ...]
