"""An ONNX file as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tvm_model_library.errors import GraphPlace
from tvm_model_library.tensors import Array

AttributeValue: TypeAlias = "int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | Array | Graph"
"""Tensors are arrays, read-only."""


@dataclass(frozen=True)
class Value:
    """An input or output of a graph. ``shape`` is None where the file says nothing of it; a size is a number, or the
    name of a size that stays open, or None for one without a name.
    """

    name: str
    dtype: str
    shape: tuple[int | str | None, ...] | None
    place: GraphPlace = field(repr=False)


@dataclass(frozen=True, eq=False)
class Node:
    """An operator. An optional input that is left out has the name ``""``."""

    index: int
    operator: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, AttributeValue] = field(repr=False)
    place: GraphPlace = field(repr=False)

    @property
    def qualified(self) -> str:
        """The operator with its domain, where that is not ONNX's own."""
        return f"{self.domain}.{self.operator}" if self.domain else self.operator


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph: its nodes in the order in which they run. ``inputs`` leaves out what an initializer gives."""

    name: str
    nodes: tuple[Node, ...]
    initializers: Mapping[str, Array]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    place: GraphPlace = field(repr=False)


@dataclass(frozen=True, eq=False)
class Model:
    """A file. ``opsets`` has the version of each domain, ONNX's own as ``""``. ``source`` is the file's name."""

    source: str
    producer: str
    opsets: Mapping[str, int]
    graph: Graph
