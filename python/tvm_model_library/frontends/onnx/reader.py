"""A ``.onnx`` file to a :class:`Model`, with every number in it checked. Facts: onnx/onnx.proto, docs/IR.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tvm_model_library.disk import read_file
from tvm_model_library.errors import GraphPlace, ModelFileError, UnsupportedError
from tvm_model_library.frontends.file_kind import kind_of
from tvm_model_library.frontends.onnx.constants import decode
from tvm_model_library.frontends.onnx.model import AttributeValue, Graph, Model, Node, Value
from tvm_model_library.frontends.onnx.protobuf import Message, Reader
from tvm_model_library.frontends.onnx.schema import ATTRIBUTES, DTYPES
from tvm_model_library.tensors import Array

_OWN_DOMAIN = ("", "ai.onnx")


def read(path: Path) -> Model:
    """Read and check an ``.onnx`` file. Raises ``ModelLibraryError`` for one that is damaged or of another format."""
    return read_bytes(read_file(path, "the model"), str(path))


def read_bytes(data: bytes, source: str) -> Model:
    """Read and check the contents of an ``.onnx`` file; ``source`` names it in messages. As :func:`read`."""
    try:
        root = Reader(data, source).root("Model")
    except ModelFileError as error:
        # The format has no mark of its own: what begins as something else is that.
        kind = kind_of(data[:64])
        if kind.startswith("unknown"):
            raise
        raise ModelFileError(f"{source}: not an ONNX model: the file is {kind}") from error
    if root["graph"] is None:
        kind = kind_of(data[:64])
        raise ModelFileError(f"{source}: not an ONNX model: it has no graph; the file is {kind}")
    opsets = _opsets(root["opset_import"], source)
    if root["functions"]:
        names = ", ".join(str(f["name"]) for f in root["functions"][:3])
        message = f"the model has functions of its own ({names}), which are not supported; inline them first"
        raise UnsupportedError(f"{message} (onnx.inliner.inline_local_functions)", GraphPlace(source, "functions"))
    producer = " ".join(filter(None, (root["producer_name"], root["producer_version"])))
    return Model(source, producer, opsets, _graph(root["graph"], source, ""))


def _opsets(imports: Sequence[Message], source: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in imports:
        domain = _domain(entry["domain"])
        version = entry["version"] or 0
        if found.setdefault(domain, version) != version:
            message = f"the domain {domain or 'ai.onnx'!r} is imported in the versions {found[domain]} and {version}"
            raise ModelFileError(message, GraphPlace(source, "opset_import"))
    return found


def _domain(domain: str | None) -> str:
    return "" if (domain or "") in _OWN_DOMAIN else str(domain)


def _graph(message: Message, source: str, within: str) -> Graph:
    place = GraphPlace(source, f"{within}graph {message['name'] or ''}".strip())
    if message["sparse_initializer"]:
        raise UnsupportedError("sparse initializers are not supported", place)
    initializers: dict[str, Array] = {}
    for tensor in message["initializer"]:
        name = tensor["name"] or ""
        if not name or name in initializers:
            raise ModelFileError(f"an initializer has the name {name!r}; expected one of its own", place)
        initializers[name] = decode(tensor, GraphPlace(source, f"{within}initializer {name}"))
    inputs = [_value(v, source, f"{within}input") for v in message["input"] if v["name"] not in initializers]
    outputs = tuple(_value(v, source, f"{within}output") for v in message["output"])
    nodes = tuple(_node(n, i, source, within) for i, n in enumerate(message["node"]))
    graph = Graph(message["name"] or "", nodes, initializers, tuple(inputs), outputs, place)
    _check_names(graph)
    return graph


def _check_names(graph: Graph) -> None:
    """Each value is made once. Raises ``ModelFileError``."""
    made = set(graph.initializers)
    for value in graph.inputs:
        if not value.name or value.name in made:
            raise ModelFileError(f"the name {value.name!r} is not one of its own", value.place)
        made.add(value.name)
    for node in graph.nodes:
        for name in filter(None, node.outputs):
            if name in made:
                raise ModelFileError(f"makes {name!r}, which is made already", node.place)
            made.add(name)
    if not graph.outputs:
        raise ModelFileError("the graph has no outputs", graph.place)


def _value(message: Message, source: str, what: str) -> Value:
    name = message["name"] or ""
    place = GraphPlace(source, f"{what} {name}")
    type_ = message["type"]
    tensor = type_ and type_["tensor_type"]
    kinds = [k.removesuffix("_type") for k, v in type_.fields.items() if v is not None] if type_ else []
    if not kinds:
        return Value(name, "", None, place)
    if tensor is None:
        raise UnsupportedError(f"is a {kinds[0].replace('_', ' ')}; expected a tensor", place)
    dtype = DTYPES.get(tensor["elem_type"] or 0, "")
    shape = tensor["shape"]
    return Value(name, dtype, None if shape is None else tuple(_size(d, place) for d in shape["dim"]), place)


def _size(dimension: Message, place: GraphPlace) -> int | str | None:
    size, name = dimension["dim_value"], dimension["dim_param"]
    if size is None:
        return name or None
    if size < 0:
        # Paddle's exporter writes -1 for a size that stays open.
        if size == -1:
            return None
        raise ModelFileError(f"a size is {size}", place)
    return int(size)


def _node(message: Message, index: int, source: str, within: str) -> Node:
    operator, domain = message["op_type"] or "", _domain(message["domain"])
    label = f"{within}operator {index} {operator} {message['name'] or ''}".strip()
    place = GraphPlace(source, label)
    attributes: dict[str, AttributeValue] = {}
    for attribute in message["attribute"]:
        name = attribute["name"] or ""
        if name in attributes:
            raise ModelFileError(f"the attribute {name!r} is given twice", place)
        attributes[name] = _attribute(attribute, name, place, within + f"operator {index} {operator}, {name}, ")
    inputs, outputs = tuple(message["input"]), tuple(message["output"])
    return Node(index, operator, domain, message["name"] or "", inputs, outputs, attributes, place)


def _attribute(message: Message, name: str, place: GraphPlace, within: str) -> AttributeValue:
    field = ATTRIBUTES.get(message["type"] or 0) or _only_field(message)
    if message["ref_attr_name"] or field is None:
        raise UnsupportedError(f"the attribute {name!r} has a type that is not supported", place)
    value = message[field]
    if field == "t":
        if value is None:
            raise ModelFileError(f"the attribute {name!r} is empty", place)
        return decode(value, place)
    if field == "g":
        if value is None:
            raise ModelFileError(f"the attribute {name!r} is empty", place)
        return _graph(value, place.source, within)
    return _plain(field, value)


def _only_field(message: Message) -> str | None:
    """Where files of IR version 1, which need not say the type, have the value."""
    given = [f for f in ATTRIBUTES.values() if message[f] is not None and len(_sized(message[f]))]
    return given[0] if len(given) == 1 else None


def _sized(value: Any) -> Any:
    return value if hasattr(value, "__len__") else (value,)


def _plain(field: str, value: Any) -> AttributeValue:
    if field == "s":
        return _text(b"" if value is None else value)
    if field == "strings":
        return tuple(map(_text, value))
    if field in ("ints", "floats"):
        return tuple(value.tolist())
    return (0 if field == "i" else 0.0) if value is None else value


def _text(value: Any) -> str:
    return bytes(value).decode("utf-8", "backslashreplace")
