"""Small ``.tflite`` models for tests: tensors and operators are objects, numbers follow from who uses whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flatbuffer_writer import write
from tvm_model_library.frontends.tflite.schema import UNIONS, VERSION
from tvm_model_library.frontends.tflite.schema_operators import OPERATORS, options_of


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor; with ``data`` a constant. Several ``scale`` lie along ``axis``. ``fields`` are further ones of the
    schema's table, or replace what follows from the others.
    """

    shape: Sequence[int]
    dtype: str = "FLOAT32"
    name: str = ""
    data: Any = None
    scale: float | Sequence[float] = ()
    zero_point: int | Sequence[int] = 0
    axis: int = 0
    variable: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Op:
    """An operator; ``custom`` for one that is not among TFLite's. ``fields`` as those of :class:`Tensor`."""

    name: str
    inputs: Sequence[Tensor | None]
    outputs: Sequence[Tensor]
    options: Mapping[str, Any] = field(default_factory=dict)
    custom: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Graph:
    """A subgraph. Inputs are, if not given, what operators read and nothing makes; outputs what nothing reads."""

    operators: Sequence[Op]
    inputs: Sequence[Tensor] | None = None
    outputs: Sequence[Tensor] | None = None
    name: str = ""

    def tensors(self) -> list[Tensor]:
        """All tensors, each once, in the order of their use."""
        used = [
            *(self.inputs or ()),
            *(t for o in self.operators for t in (*o.inputs, *o.outputs)),
            *(self.outputs or ()),
        ]
        return list(dict.fromkeys(t for t in used if t is not None))

    def ends(self) -> tuple[list[Tensor], list[Tensor]]:
        """The inputs and the outputs."""
        read = [t for o in self.operators for t in o.inputs if t is not None]
        made = [t for o in self.operators for t in o.outputs]
        free = [t for t in dict.fromkeys(read) if t not in made and t.data is None and not t.variable]
        inputs = free if self.inputs is None else list(self.inputs)
        outputs = [t for t in made if t not in read] if self.outputs is None else list(self.outputs)
        return inputs, outputs


def model(*graphs: Graph | Op, **fields: Any) -> bytes:
    """The file with these subgraphs; an operator alone is a graph. ``fields`` are further ones of the table Model."""
    subgraphs = [g if isinstance(g, Graph) else Graph([g]) for g in graphs]
    codes = list(dict.fromkeys((o.name, o.custom) for g in subgraphs for o in g.operators))
    buffers: list[dict[str, Any]] = [{}]
    tables = [_subgraph(g, codes, buffers) for g in subgraphs]
    root = {"version": VERSION, "operator_codes": [_code(*c) for c in codes], "subgraphs": tables, "buffers": buffers}
    return write("Model", {**root, **fields})


def _code(name: str, custom: bool) -> dict[str, Any]:
    number = OPERATORS.index("CUSTOM" if custom else name)
    return {
        "deprecated_builtin_code": min(number, 127),
        "builtin_code": number,
        "custom_code": name if custom else None,
        "version": 1,
    }


def _subgraph(graph: Graph, codes: list[tuple[str, bool]], buffers: list[dict[str, Any]]) -> dict[str, Any]:
    tensors = graph.tensors()
    numbers = {id(t): i for i, t in enumerate(tensors)} | {id(None): -1}
    inputs, outputs = graph.ends()
    operators = []
    for op in graph.operators:
        table = {
            "opcode_index": codes.index((op.name, op.custom)),
            "inputs": [numbers[id(t)] for t in op.inputs],
            "outputs": [numbers[id(t)] for t in op.outputs],
            **_options(op),
        }
        operators.append({**table, **op.fields})
    return {
        "tensors": [_tensor(t, i, buffers) for i, t in enumerate(tensors)],
        "inputs": [numbers[id(t)] for t in inputs],
        "outputs": [numbers[id(t)] for t in outputs],
        "operators": operators,
        "name": graph.name,
    }


def _options(op: Op) -> dict[str, Any]:
    table = None if op.custom else options_of(op.name)
    if table is None:
        return {}
    second = table in UNIONS["BuiltinOptions2"].members
    return {"builtin_options_2" if second else "builtin_options": (table, op.options)}


def _tensor(tensor: Tensor, index: int, buffers: list[dict[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {
        "shape": tensor.shape,
        "type": tensor.dtype,
        "name": tensor.name or f"t{index}",
        "is_variable": tensor.variable,
        "buffer": 0,
    }
    if tensor.data is not None:
        table["buffer"] = len(buffers)
        buffers.append({"data": stored(tensor.data, tensor.dtype)})
    scales = np.atleast_1d(np.asarray(tensor.scale, np.float32))
    if len(scales):
        zero_points = np.broadcast_to(np.asarray(tensor.zero_point, np.int64), scales.shape)
        table["quantization"] = {"scale": scales, "zero_point": zero_points, "quantized_dimension": tensor.axis}
    return {**table, **tensor.fields}


def stored(data: Any, dtype: str) -> bytes:
    """A constant's bytes; elements narrower than a byte lie in it from the lowest bits up."""
    if isinstance(data, bytes):
        return data
    bits = {"INT2": 2, "INT4": 4, "UINT4": 4}.get(dtype)
    if bits is None:
        array = np.asarray(data)
        return array.astype(array.dtype.newbyteorder("<")).tobytes()
    values = np.asarray(data).reshape(-1).astype(np.int64) & (1 << bits) - 1
    values = np.concatenate([values, np.zeros(-len(values) * bits % 8 // bits, np.int64)]).reshape(-1, 8 // bits)
    return (values << np.arange(0, 8, bits)).sum(axis=1).astype(np.uint8).tobytes()
