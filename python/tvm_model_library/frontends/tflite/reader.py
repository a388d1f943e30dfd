"""A ``.tflite`` file to a :class:`Model`, with every number in it checked.

Facts: tensorflow/lite/schema/schema.fbs; tensorflow/lite/core/interpreter_builder.cc (which of two operator codes
counts, where large buffers lie, quantization parameters).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tvm_model_library.errors import GraphPlace, ModelFileError, ModelLibraryError
from tvm_model_library.frontends.file_kind import kind_of
from tvm_model_library.frontends.tflite.checks import check_model
from tvm_model_library.frontends.tflite.constants import WITHOUT_ELEMENTS, Level, Sparsity, Stored, element_type
from tvm_model_library.frontends.tflite.flatbuffer import BYTES_PER_WORK, Flatbuffer, Table, absent, table_type
from tvm_model_library.frontends.tflite.model import Model, Operator, Quantization, Signature, Subgraph, Tensor
from tvm_model_library.frontends.tflite.schema import FILE_IDENTIFIER, VERSION
from tvm_model_library.frontends.tflite.schema_operators import OPERATORS, options_of
from tvm_model_library.relay.operator import Attrs

SIZE_LIMIT = 512 << 20
"""Bytes of the largest file that is read, and of all its constants together: far above any firmware's flash."""
TENSOR_LIMIT = 2**31 - 1
"""Bytes of the largest tensor; the executors' indices are 32-bit."""
SPARSE_LIMIT = 8 << 20
"""Elements of all sparse constants together."""

_T = TypeVar("_T")


def read(path: Path) -> Model:
    """Read and check a ``.tflite`` file. Raises ``ModelFileError`` for one that is damaged or of another format."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
            _check_head(head, str(path))
            size = path.stat().st_size
            if size > SIZE_LIMIT:
                limit = f"files above {SIZE_LIMIT >> 20} MiB are not read"
                raise ModelFileError(f"{path}: the model has {size >> 20} MiB; {limit}")
            data = head + file.read()
    except OSError as error:
        raise ModelLibraryError(f"{path}: cannot read the model: {error.strerror or error}") from error
    return read_bytes(data, str(path))


def read_bytes(data: bytes, source: str) -> Model:
    """Read and check the contents of a ``.tflite`` file; ``source`` names it in messages. As :func:`read`."""
    _check_head(data[:64], source)
    model = _Reader(Flatbuffer(data, source)).model()
    check_model(model)
    return model


def _check_head(head: bytes, source: str) -> None:
    if head[4:8] == FILE_IDENTIFIER:
        return
    if head[4:7] == FILE_IDENTIFIER[:3]:
        found, expected = head[4:8].decode("latin-1"), FILE_IDENTIFIER.decode()
        raise ModelFileError(f"{source}: the file identifier is {found!r}, expected {expected!r}")
    raise ModelFileError(
        f"{source}: this is not a TFLite model: no file identifier TFL3 in bytes 4 to 7; the file is {kind_of(head)}"
    )


def shown(name: str) -> str:
    """A name of the file in a message: on one line and not too long."""
    short = name if len(name) <= 80 else f"{name[:60]}...{name[-17:]}"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in short)


class _Reader:
    def __init__(self, buffer: Flatbuffer) -> None:
        self._buffer = buffer
        self._root = buffer.root("Model")
        version = self._root["version"]
        if version != VERSION:
            raise ModelFileError(f"schema version {version}, expected {VERSION}", self._place("model"))
        self._codes = self._root["operator_codes"]
        self._buffers = [self._bytes(table, i) for i, table in enumerate(self._root["buffers"])]
        self._constant_bytes = 0
        self._sparse_elements = 0

    def _place(self, where: str) -> GraphPlace:
        return GraphPlace(self._buffer.source, where)

    def _ints(self, values: Any) -> tuple[int, ...]:
        self._buffer.spend(len(values))
        return tuple(int(v) for v in values)

    def model(self) -> Model:
        subgraphs = tuple(self._subgraph(table, i) for i, table in enumerate(self._root["subgraphs"]))
        if not subgraphs:
            raise ModelFileError("the model has no subgraph", self._place("model"))
        signatures = tuple(self._signature(table, subgraphs) for table in self._root["signature_defs"])
        return Model(self._buffer.source, self._root["description"], subgraphs, signatures)

    # -- buffers

    def _bytes(self, table: Table, index: int) -> memoryview:
        """A buffer's contents, which in files above 2 GB lie after the tables."""
        if table["offset"] > 1:
            return self._slice(table["offset"], table["size"], f"buffer {index}")
        data = table["data"]
        assert isinstance(data, memoryview)
        return data

    def _slice(self, offset: int, size: int, what: str) -> memoryview:
        data = self._buffer.data
        if offset + size > len(data):
            end = f"bytes {offset} to {offset + size} lie outside the file of {len(data)} bytes"
            raise ModelFileError(f"{end}: the file is damaged or cut short", self._place(what))
        return memoryview(data)[offset : offset + size]

    # -- tensors

    def _tensor(self, table: Table, index: int, prefix: str) -> Tensor:
        name = table["name"]
        place = self._place(f"{prefix}tensor {index} {shown(name)}".rstrip())
        shape, dtype = self._ints(table["shape"]), str(table["type"]).lower()
        self._check_shape(shape, dtype, place)
        return Tensor(
            index=index,
            name=name,
            shape=shape,
            shape_signature=self._ints(table["shape_signature"]) or shape,
            dtype=dtype,
            quantization=self._quantization(table["quantization"]),
            is_variable=table["is_variable"],
            stored=self._stored(table, shape, dtype, place),
            place=place,
        )

    def _check_shape(self, shape: tuple[int, ...], dtype: str, place: GraphPlace) -> None:
        if len(shape) > 32 or any(d < 0 for d in shape):
            raise ModelFileError(f"shape {list(shape[:40])}: expected up to 32 sizes from 0 on", place)
        # NumPy computes the bytes of an array without elements from its other sizes, and so refuses it, too.
        count = prod(max(d, 1) for d in shape)
        size = count if dtype in WITHOUT_ELEMENTS else element_type(dtype, place).stored_bytes(count)
        if size > TENSOR_LIMIT:
            raise ModelFileError(f"{dtype}{list(shape)} has {size} bytes, more than {TENSOR_LIMIT}", place)

    def _stored(self, table: Table, shape: tuple[int, ...], dtype: str, place: GraphPlace) -> Stored | None:
        """The bytes of a constant, which must fill its shape."""
        if table["external_buffer"]:
            raise ModelFileError("its values lie in another file; put them into the .tflite file", place)
        raw = self._item(self._buffers, table["buffer"], "buffer", place) if table["buffer"] else memoryview(b"")
        if not raw and table["sparsity"] is None:
            return None
        if table["is_variable"]:
            raise ModelFileError("a variable with constant values", place)
        sparsity = self._sparsity(table["sparsity"])
        if dtype in WITHOUT_ELEMENTS:
            return Stored(raw, sparsity)
        type_ = element_type(dtype, place)
        if sparsity is None and len(raw) != type_.stored_bytes(prod(shape)):
            needed = f"{dtype}{list(shape)} needs {type_.stored_bytes(prod(shape))} bytes"
            raise ModelFileError(f"{needed}, buffer {table['buffer']} has {len(raw)}: the file is damaged", place)
        self._constant_bytes += prod(shape) * type_.array.itemsize
        self._sparse_elements += prod(shape) if sparsity is not None else 0
        if self._constant_bytes > SIZE_LIMIT or self._sparse_elements > SPARSE_LIMIT:
            limits = f"{SIZE_LIMIT >> 20} MiB, or the sparse ones more than {SPARSE_LIMIT} elements"
            raise ModelFileError(f"the file's constants take more than {limits}", place)
        return Stored(raw, sparsity)

    def _sparsity(self, table: Table | None) -> Sparsity | None:
        if table is None:
            return None
        levels = tuple(self._level(level) for level in table["dim_metadata"])
        return Sparsity(self._ints(table["traversal_order"]), self._ints(table["block_map"]), levels)

    def _level(self, table: Table) -> Level:
        if table["format"] == "DENSE":
            return Level(table["dense_size"], None, None)
        segments, indices = (table[name] for name in ("array_segments", "array_indices"))
        empty = np.zeros(0, np.int32)
        return Level(0, *(empty if t is None else np.asarray(t["values"]) for t in (segments, indices)))

    def _quantization(self, table: Table | None) -> Quantization | None:
        if table is None:
            return None
        axis, details = table["quantized_dimension"], table["details"]
        if details is not None:
            empty = np.zeros(0, np.float32), np.zeros(0, np.int64)
            return Quantization(*empty, axis, details.type.name, self._options(details))
        scales, zero_points = np.asarray(table["scale"], np.float32), np.asarray(table["zero_point"], np.int64)
        return Quantization(scales, zero_points, axis) if len(scales) and len(zero_points) else None

    # -- graphs

    def _item(self, items: Sequence[_T], index: int, what: str, place: GraphPlace) -> _T:
        if not 0 <= index < len(items):
            raise ModelFileError(f"{what} {index} does not exist, there are {len(items)}", place)
        return items[index]

    def _subgraph(self, table: Table, index: int) -> Subgraph:
        prefix = f"subgraph {index} " if index else ""
        place = self._place(f"subgraph {index} {shown(table['name'])}".rstrip())
        tensors = tuple(self._tensor(t, i, prefix) for i, t in enumerate(table["tensors"]))
        inputs, outputs = (self._some(table, name, tensors, place) for name in ("inputs", "outputs"))
        operators = tuple(self._operator(t, i, tensors, prefix) for i, t in enumerate(table["operators"]))
        return Subgraph(index, table["name"], tensors, inputs, outputs, operators, place)

    def _some(self, table: Table, name: str, tensors: Sequence[Tensor], place: GraphPlace) -> tuple[Tensor, ...]:
        """The tensors that a field lists."""
        return tuple(self._item(tensors, i, f"{name}: tensor", place) for i in self._ints(table[name]))

    def _operator(self, table: Table, index: int, tensors: Sequence[Tensor], prefix: str) -> Operator:
        place = self._place(f"{prefix}operator {index}")
        code = self._item(self._codes, table["opcode_index"], "operator code", place)
        number = max(code["builtin_code"], code["deprecated_builtin_code"])
        builtin = self._item(OPERATORS, number, "builtin operator", place)
        is_custom = builtin == "CUSTOM"
        name = code["custom_code"] if is_custom else builtin
        place = self._place(f"{place.where} {'CUSTOM ' if is_custom else ''}{shown(name)}")
        outputs = self._some(table, "outputs", tensors, place)
        if outputs:
            place = self._place(f"{place.where} {shown(outputs[0].name)}".rstrip())
        return Operator(
            index=index,
            name=name,
            is_custom=is_custom,
            version=code["version"],
            options=Attrs(self._builtin_options(table, builtin)),
            custom_options=self._custom_options(table, place),
            inputs=tuple(
                None if i == -1 else self._item(tensors, i, "inputs: tensor", place)
                for i in self._ints(table["inputs"])
            ),
            outputs=outputs,
            intermediates=self._some(table, "intermediates", tensors, place),
            place=place,
        )

    def _builtin_options(self, table: Table, operator: str) -> dict[str, Any]:
        """The fields of the operator's options; as in TFLite, another operator's table counts as none."""
        name = options_of(operator)
        if name is None:
            return {}
        for field in ("builtin_options", "builtin_options_2"):
            options = table[field]
            if options is not None and options.type.name == name:
                return self._options(options)
        return {f.name: absent(f) for f in table_type(name).fields.values()}

    def _options(self, table: Table) -> dict[str, Any]:
        return {name: self._plain(table[name]) for name in table.type.fields}

    def _plain(self, value: Any) -> Any:
        """A field's value without a view of the file."""
        if isinstance(value, memoryview):
            return self._copy(value)
        if isinstance(value, np.ndarray | list):
            self._buffer.spend(len(value))
            return tuple(value.tolist() if isinstance(value, np.ndarray) else value)
        return value

    def _copy(self, value: memoryview) -> bytes:
        self._buffer.spend(len(value) // BYTES_PER_WORK)
        return bytes(value)

    def _custom_options(self, table: Table, place: GraphPlace) -> bytes:
        if table["large_custom_options_offset"] > 1:
            where = f"{place.where}: custom options"
            offset, size = table["large_custom_options_offset"], table["large_custom_options_size"]
            return self._copy(self._slice(offset, size, where))
        return self._copy(table["custom_options"])

    def _signature(self, table: Table, subgraphs: Sequence[Subgraph]) -> Signature:
        key = table["signature_key"]
        place = self._place(f"signature {shown(key)}".rstrip())
        subgraph = self._item(subgraphs, table["subgraph_index"], "subgraph", place)
        maps = []
        for name in ("inputs", "outputs"):
            entries = table[name]
            found = {t["name"]: self._item(subgraph.tensors, t["tensor_index"], "tensor", place) for t in entries}
            if len(found) != len(entries):
                raise ModelFileError(f"two {name} have the same name", place)
            maps.append(found)
        return Signature(key, subgraph, *maps)
