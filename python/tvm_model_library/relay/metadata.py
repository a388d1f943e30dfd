"""The ``#[metadata]`` section: objects that have no spelling in the text, in TVM's JSON graph format.

A graph is a list of nodes that name each other by index, with serialized tensors beside it; its root maps a type key
to the list that ``meta[key][index]`` refers to (TVM 0.18 src/node/serialization.cc, src/relay/printer/meta_data.h).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from tvm_model_library.errors import ParameterError
from tvm_model_library.params import decode_tensor, encode_tensor
from tvm_model_library.relay import ast
from tvm_model_library.relay.lexer import MetaName
from tvm_model_library.relay.literals import dtype_name
from tvm_model_library.relay.meta_schemas import attribute_structs, schemas
from tvm_model_library.relay.visit import Steps, trampoline
from tvm_model_library.tensors import Array

_INT_LIMIT = 2**63
_SIZE_LIMIT = 10_000_000
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def _integer(text: str) -> int:
    """A number as TVM holds it, in 64 bits. Raises ``ValueError``."""
    if len(text) > 20:  # Python refuses some longer ones by itself, with a message about its own limit
        raise ValueError(f"{text[:20]}... is no integer of 64 bits")
    value = int(text)
    if not -_INT_LIMIT <= value < _INT_LIMIT:
        raise ValueError(f"{text} is no integer of 64 bits")
    return value


_LITERALS: Mapping[str, Any] = {
    "int": _integer,
    "float": float,
    "bool": lambda text: bool(_integer(text)),
    "str": str,
    "dtype": lambda text: dtype_name(text) or text,
}


class MetadataError(Exception):
    """The section is damaged; the message says how."""


class MetaTable:
    """What ``meta[key][index]`` stands for in one text.

    Objects become Python values: numbers, strings, tuples, mappings, :class:`ast.Opaque`, attribute structs a
    mapping of their fields, and a ``relay.Constant`` the ndarray of its value.
    """

    def __init__(self, text: str | None) -> None:
        self.present = text is not None
        self._values: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}  # how many nodes a value has when it is written out
        self._active: dict[int, int] = {}  # the nodes being decoded, from the outside in, and their sizes so far
        self._nodes: list[Any] = []
        self._tensors: list[Any] = []
        self._root: Mapping[str, tuple[int, ...]] = {}
        if text is not None:
            self._read(text)

    def _read(self, text: str) -> None:
        try:
            graph = json.loads(text)
        except RecursionError:
            raise MetadataError("the #[metadata] section is nested too deeply") from None
        except ValueError as error:
            raise MetadataError(f"the #[metadata] section is not JSON: {error}") from None
        _check_characters(text, graph)
        match graph:
            case {"root": int(root), "nodes": list(nodes), "b64ndarrays": list(tensors)}:
                self._nodes, self._tensors = nodes, tensors
            case _:
                raise MetadataError("the #[metadata] section lacks root, nodes or b64ndarrays")
        match self._node(root):
            case {"type_key": "Map", "keys": list(keys), "data": list(data)} if len(keys) == len(data):
                self._root = {str(k): self._indices(d) for k, d in zip(keys, data, strict=True)}
            case {"type_key": "Map"}:
                pass
            case _:
                raise MetadataError("the root of the #[metadata] section is no Map from type keys")

    def _node(self, index: object) -> Mapping[str, Any]:
        if not isinstance(index, int) or not 0 <= index < len(self._nodes):
            raise MetadataError(f"the #[metadata] section has no node {index}")
        node = self._nodes[index]
        if not isinstance(node, dict) or not isinstance(node.get("type_key"), str):
            raise MetadataError(f"node {index} of the #[metadata] section has no type_key")
        return node

    def _indices(self, index: object) -> tuple[int, ...]:
        match self._node(index):
            case {"type_key": "Array", "data": list(data)}:
                return tuple(data)
            case {"type_key": "Array"}:
                return ()
        raise MetadataError(f"node {index} of the #[metadata] section is no Array")

    def lookup(self, name: MetaName) -> Any:
        """The value of ``name``. Raises :class:`MetadataError`."""
        if name.kind not in self._root:
            raise MetadataError(f"no entry for {name.kind} in the #[metadata] section")
        entries = self._root[name.kind]
        if name.index >= len(entries):
            raise MetadataError(f"{name} is out of range: the #[metadata] section has {len(entries)} of that kind")
        self._active.clear()
        try:
            return trampoline(self._value(entries[name.index]))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise MetadataError(f"{name} is damaged in the #[metadata] section: {error}") from None

    def _value(self, index: object) -> Steps:
        node = self._node(index)
        assert isinstance(index, int)
        if index not in self._values:
            if index in self._active:
                raise MetadataError(f"node {index} of the #[metadata] section contains itself")
            self._active[index] = 1
            self._values[index] = yield self._decode(node)
            self._sizes[index] = self._active.pop(index)
        self._count(self._sizes[index])
        return self._values[index]

    def _count(self, size: int) -> None:
        """Add a part's size to that of the node being decoded: nodes that share parts can double it again and again."""
        if self._active:
            outer = next(reversed(self._active))
            self._active[outer] += size
            if self._active[outer] > _SIZE_LIMIT:
                raise MetadataError(f"node {outer} of the #[metadata] section has more than {_SIZE_LIMIT} parts")

    def _decode(self, node: Mapping[str, Any]) -> Steps:
        kind = node["type_key"]
        if kind == "":
            return None
        if kind in _BOXES:
            return _BOXES[kind](node.get("repr_str", ""))
        if kind == "Array":
            return (yield self._sequence(node.get("data", [])))
        if kind == "Map":
            data = yield self._sequence(node.get("data", []))
            keys = node.get("keys")
            if keys is None:
                keys, data = data[::2], data[1::2]
            return dict(zip(keys, data, strict=True))
        if kind == "relay.Constant":
            return self._tensor(int(node["attrs"]["data"]))
        if "repr_str" in node:
            return ast.Opaque(kind, {"repr_str": node["repr_str"]})
        fields = yield self._fields(kind, node.get("attrs", {}))
        if kind in attribute_structs():
            return fields
        if kind in ("IntImm", "FloatImm"):
            return bool(fields["value"]) if fields["dtype"] == "bool" else fields["value"]
        return ast.Opaque(kind, fields)

    def _sequence(self, indices: list[object]) -> Steps:
        values = []
        for index in indices:
            values.append((yield self._value(index)))
        return tuple(values)

    def _fields(self, kind: str, attrs: Mapping[str, str]) -> Steps:
        schema = schemas().get(kind, {})
        fields: dict[str, Any] = {}
        for name in sorted(attrs):
            field = schema.get(name, "str")
            fields[name] = (yield self._value(int(attrs[name]))) if field == "object" else _LITERALS[field](attrs[name])
        return fields

    def _tensor(self, index: int) -> Any:
        if not 0 <= index < len(self._tensors):
            raise ValueError(f"there is no tensor {index} in b64ndarrays")
        try:
            return decode_tensor(base64.b64decode(self._tensors[index], validate=True), f"tensor {index}")
        except ParameterError as error:
            raise ValueError(str(error)) from None
        except binascii.Error as error:
            raise ValueError(f"tensor {index} is not base64: {error}") from None


def _check_characters(text: str, graph: Any) -> None:
    """Raise :class:`MetadataError` for strings that can't be written in UTF-8: JSON's escapes can spell them."""
    if _SURROGATE_ESCAPE.search(text):
        try:
            json.dumps(graph, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise MetadataError("a string of the #[metadata] section holds half of a surrogate pair") from None


def _box_bool(text: str) -> bool:
    return text not in ("0", "False", "false", "")


_BOXES: Mapping[str, Any] = {
    "runtime.String": str,
    "runtime.BoxInt": _integer,
    "runtime.BoxFloat": float,
    "runtime.BoxBool": _box_bool,
}


class MetaWriter:
    """Collects the objects that a text refers to, and writes its ``#[metadata]`` section."""

    def __init__(self) -> None:
        self._kinds: dict[str, list[Any]] = {}
        self._names: dict[int, MetaName] = {}
        self._nodes: list[dict[str, Any]] = []
        self._tensors: list[str] = []

    def name(self, kind: str, value: Any) -> MetaName:
        """How the text refers to ``value``; the same object gets the same name."""
        if id(value) not in self._names:
            entries = self._kinds.setdefault(kind, [])
            self._names[id(value)] = MetaName(kind, len(entries))
            entries.append(value)
        return self._names[id(value)]

    def section(self) -> str:
        """The JSON text, or "" when nothing was named."""
        if not self._kinds:
            return ""
        self._nodes = [{"type_key": ""}, {"type_key": "Map"}]
        kinds = sorted(self._kinds)
        data = [trampoline(self._encode(tuple(self._kinds[k]))) for k in kinds]
        self._nodes[1].update(keys=kinds, data=data)
        graph = {
            "root": 1,
            "nodes": self._nodes,
            "b64ndarrays": self._tensors,
            "attrs": {"tvm_version": "0.18.0"},
        }
        return json.dumps(graph, indent=2)

    def _add(self, kind: str, **rest: Any) -> int:
        self._nodes.append({"type_key": kind, **rest})
        return len(self._nodes) - 1

    def _encode(self, value: Any) -> Steps:
        if value is None:
            return 0
        if isinstance(value, bool):
            return self._add("IntImm", attrs={"dtype": "bool", "span": "0", "value": str(int(value))})
        if isinstance(value, int):
            dtype = "int32" if -(2**31) <= value < 2**31 else "int64"
            return self._add("IntImm", attrs={"dtype": dtype, "span": "0", "value": str(value)})
        if isinstance(value, float):
            return self._add("FloatImm", attrs={"dtype": "float64", "span": "0", "value": repr(value)})
        if isinstance(value, str):
            return self._add("runtime.String", repr_str=value)
        if isinstance(value, ast.Constant | np.ndarray):
            return self._constant(value.value if isinstance(value, ast.Constant) else value)
        if isinstance(value, tuple):
            return self._add("Array", data=(yield self._encode_all(value)))
        if isinstance(value, ast.Opaque):
            return (yield self._opaque(value))
        if isinstance(value, Mapping):
            if all(isinstance(key, str) for key in value):
                keys = sorted(value)
                return self._add("Map", keys=keys, data=(yield self._encode_all(tuple(value[k] for k in keys))))
            return self._add("Map", data=(yield self._encode_all(tuple(x for item in value.items() for x in item))))
        raise TypeError(f"{type(value).__name__} cannot stand in a metadata section")

    def _encode_all(self, values: tuple[Any, ...]) -> Steps:
        indices = []
        for value in values:
            indices.append((yield self._encode(value)))
        return indices

    def _constant(self, value: Array) -> int:
        self._tensors.append(base64.b64encode(encode_tensor(value, old_booleans=True)).decode("ascii"))
        scope = self._add("runtime.String")
        fields = {"device_type_int": "-1", "memory_scope": str(scope), "target": "0", "virtual_device_id": "-1"}
        device = self._add("VirtualDevice", attrs=fields)
        data = str(len(self._tensors) - 1)
        return self._add(
            "relay.Constant", attrs={"_checked_type_": "0", "data": data, "span": "0", "virtual_device_": str(device)}
        )

    def _opaque(self, value: ast.Opaque) -> Steps:
        if "repr_str" in value.fields:
            return self._add(value.kind, repr_str=value.fields["repr_str"])
        schema = schemas().get(value.kind, {})
        attrs: dict[str, str] = {}
        for name, field in sorted(value.fields.items()):
            kind = schema.get(name, "str")
            if kind == "object":
                attrs[name] = str((yield self._encode(field)))
            else:
                attrs[name] = str(int(field)) if kind == "bool" else str(field)  # type: ignore[call-overload]
        return self._add(value.kind, attrs=attrs)
