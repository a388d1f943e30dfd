"""Small ONNX files, written from the same description of the messages that the reader reads by."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tvm_model_library.frontends.onnx.schema import DTYPES, MESSAGES

_NUMBERS = {name: number for number, name in DTYPES.items()}


def write(kind: str, values: Mapping[str, Any]) -> bytes:
    """A message; fields by name, messages as mappings. Repeated numbers are packed."""
    by_name = {f.name: (number, f) for number, f in MESSAGES[kind].items()}
    result = b""
    for name, value in values.items():
        number, found = by_name[name]
        if found.repeated and found.type in ("int", "float", "double"):
            result += _key(number, 2) + _sized(b"".join(_single(found.type, v) for v in value))
            continue
        for one in value if found.repeated else [value]:
            wire = {"int": 0, "float": 5, "double": 1}.get(found.type, 2)
            result += _key(number, wire) + _single(found.type, one)
    return result


def _single(type_: str, value: Any) -> bytes:
    if type_ == "int":
        return _varint(int(value) % 2**64)
    if type_ in ("float", "double"):
        return struct.pack("<f" if type_ == "float" else "<d", value)
    if type_ in ("text", "bytes"):
        return _sized(value.encode() if isinstance(value, str) else value)
    return _sized(write(type_, value))


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _sized(data: bytes) -> bytes:
    return _varint(len(data)) + data


def _varint(number: int) -> bytes:
    result = bytearray()
    while number >= 128:
        result.append(number & 127 | 128)
        number >>= 7
    return bytes([*result, number])


@dataclass(frozen=True)
class Op:
    """An operator on named values; attributes are numbers, texts, sequences, arrays and graphs (mappings)."""

    name: str
    inputs: Sequence[str]
    outputs: Sequence[str] = ("y",)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    domain: str = ""


def tensor(array: np.ndarray[Any, Any], name: str = "", **fields: Any) -> dict[str, Any]:
    """A tensor with raw data."""
    raw = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
    return {"dims": array.shape, "data_type": _NUMBERS[array.dtype.name], "name": name, "raw_data": raw, **fields}


def value(name: str, dtype: str, shape: Sequence[int | str] | None) -> dict[str, Any]:
    """An input or output."""
    type_: dict[str, Any] = {"elem_type": _NUMBERS[dtype]}
    if shape is not None:
        type_["shape"] = {"dim": [{"dim_param" if isinstance(d, str) else "dim_value": d} for d in shape]}
    return {"name": name, "type": {"tensor_type": type_}}


def _attribute(name: str, given: Any) -> dict[str, Any]:
    if isinstance(given, np.ndarray):
        return {"name": name, "type": 4, "t": tensor(given)}
    if isinstance(given, Mapping):
        return {"name": name, "type": 5, "g": given}
    if isinstance(given, str):
        return {"name": name, "type": 3, "s": given}
    if isinstance(given, float):
        return {"name": name, "type": 1, "f": given}
    if isinstance(given, int):
        return {"name": name, "type": 2, "i": given}
    if all(isinstance(v, int) for v in given):
        return {"name": name, "type": 7, "ints": given}
    if all(isinstance(v, str) for v in given):
        return {"name": name, "type": 8, "strings": given}
    return {"name": name, "type": 6, "floats": given}


def graph(
    ops: Sequence[Op],
    inputs: Mapping[str, tuple[str, Sequence[int | str] | None]],
    constants: Mapping[str, np.ndarray[Any, Any]] | None = None,
    outputs: Sequence[str] | None = None,
) -> dict[str, Any]:
    """A graph; its outputs are those of the last operator unless they are named."""
    nodes = [
        {
            "input": op.inputs,
            "output": op.outputs,
            "op_type": op.name,
            "domain": op.domain,
            "attribute": [_attribute(n, v) for n, v in op.attributes.items()],
        }
        for op in ops
    ]
    return {
        "node": nodes,
        "name": "g",
        "initializer": [tensor(a, n) for n, a in (constants or {}).items()],
        "input": [value(n, *t) for n, t in inputs.items()],
        "output": [{"name": n} for n in (outputs or ops[-1].outputs)],
    }


def model(contents: Mapping[str, Any], opset: int = 17, **fields: Any) -> bytes:
    """The bytes of a file."""
    imports = [{"domain": "", "version": opset}]
    return write("Model", {"ir_version": 8, "opset_import": imports, "graph": contents, **fields})
