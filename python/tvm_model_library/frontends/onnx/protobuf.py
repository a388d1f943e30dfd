"""Protocol buffers of any content, read with every access checked.

A file may come from anywhere: each length is checked before it is followed, the depth is bounded, and so is the work.
Facts: the protocol buffers documentation "Encoding" (the wire format). Numbers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from tvm_model_library.errors import GraphPlace, ModelFileError
from tvm_model_library.frontends.onnx.schema import MESSAGES, Field
from tvm_model_library.tensors import Array

WORK_LIMIT = 4_000_000
"""How many fields and single numbers a file may have: far above any model that fits firmware."""
DEPTH_LIMIT = 64
"""How deep messages may lie in one another: an attribute's graph takes three levels."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIRE_OF = {"int": _VARINT, "float": _FIXED32, "double": _FIXED64}
_PACKED: dict[str, np.dtype[Any]] = {"float": np.dtype("<f4"), "double": np.dtype("<f8")}


@dataclass(frozen=True, eq=False)
class Message:
    """A message: its fields by name. A field that stands once is a value or None, a repeated one is a list.

    ``int`` is a number of 64 bits with sign, ``text`` and ``bytes`` are such, a message is a :class:`Message`. Repeated
    numbers are arrays: int64, float32, float64.
    """

    kind: str
    start: int
    fields: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]


class Reader:
    """The bytes of a file. ``source`` is its name for messages."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data = memoryview(data)
        self.source = source
        self._work = WORK_LIMIT

    def root(self, kind: str) -> Message:
        """The message that the file consists of. Raises ``ModelFileError``."""
        return self._message(kind, 0, len(self.data), 0)

    def fail(self, position: int, message: str) -> NoReturn:
        """Refuse the file. Raises ``ModelFileError`` at the byte ``position``."""
        raise ModelFileError(
            f"{message}: the file is damaged or cut short", GraphPlace(self.source, f"byte {position}")
        )

    def _message(self, kind: str, start: int, end: int, depth: int) -> Message:
        if depth > DEPTH_LIMIT:
            self.fail(start, f"messages lie in one another more than {DEPTH_LIMIT} deep")
        schema = MESSAGES[kind]
        fields: dict[str, Any] = {f.name: [] if f.repeated else None for f in schema.values()}
        for number, wire, position, value in self._raw(start, end):
            field = schema.get(number)
            if field is not None:
                self._put(fields, field, wire, position, value, f"{kind}.{field.name}", depth)
        for field in schema.values():
            if field.repeated and field.type in ("int", "float", "double"):
                fields[field.name] = _joined(field.type, fields[field.name])
        return Message(kind, start, fields)

    def _put(
        self, fields: dict[str, Any], field: Field, wire: int, position: int, value: Any, what: str, depth: int
    ) -> None:
        packed = field.repeated and wire == _BYTES and field.type in _WIRE_OF
        if wire != _WIRE_OF.get(field.type, _BYTES) and not packed:
            self.fail(position, f"{what} has the wire type {wire}")
        decoded = self._numbers(field.type, value, what) if packed else self._single(field.type, value, what, depth)
        if field.repeated:
            fields[field.name].append(decoded)
        else:
            fields[field.name] = decoded

    def _single(self, type_: str, value: Any, what: str, depth: int) -> Any:
        if type_ == "int":
            return _signed(value)
        if type_ in _PACKED:
            return struct.unpack("<f" if type_ == "float" else "<d", value)[0]
        start, end = value
        if type_ == "bytes":
            return self.data[start:end]
        if type_ == "text":
            # Names stand in messages, which have one line.
            return bytes(self.data[start:end]).decode("utf-8", "backslashreplace").replace("\n", "\\n")
        return self._message(type_, start, end, depth + 1)

    def _numbers(self, type_: str, value: tuple[int, int], what: str) -> Array:
        """Packed numbers."""
        start, end = value
        if type_ == "int":
            return self._packed_integers(start, end)
        dtype = _PACKED[type_]
        if (end - start) % dtype.itemsize:
            self.fail(start, f"{what} has {end - start} bytes, not a multiple of {dtype.itemsize}")
        return np.frombuffer(self.data[start:end], dtype)

    def _packed_integers(self, start: int, end: int) -> Array:
        found = []
        position = start
        while position < end:
            number, position = self._varint(position, end)
            found.append(_signed(number))
        self._spend(len(found), start)
        return np.array(found, np.int64)

    def _raw(self, position: int, end: int) -> Iterator[tuple[int, int, int, Any]]:
        """Field number, wire type, place and raw value: an integer, bytes, or the first and last place of bytes."""
        while position < end:
            self._spend(1, position)
            start = position
            key, position = self._varint(position, end)
            number, wire = key >> 3, key & 7
            if number == 0:
                self.fail(start, "a field has the number 0")
            value: Any
            if wire == _VARINT:
                value, position = self._varint(position, end)
            elif wire in (_FIXED64, _FIXED32):
                size = 8 if wire == _FIXED64 else 4
                if end - position < size:
                    self.fail(start, f"a number of {size} bytes ends outside its message")
                value, position = bytes(self.data[position : position + size]), position + size
            elif wire == _BYTES:
                size, position = self._varint(position, end)
                if size > end - position:
                    self.fail(start, f"a field of {size} bytes ends outside its message")
                value, position = (position, position + size), position + size
            else:
                self.fail(start, f"a field has the wire type {wire}")
            yield number, wire, start, value

    def _varint(self, position: int, end: int) -> tuple[int, int]:
        result = shift = 0
        start = position
        while True:
            if position >= end or shift > 63:
                self.fail(start, "a number does not end")
            byte = self.data[position]
            position += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result & (2**64 - 1), position
            shift += 7

    def _spend(self, work: int, position: int) -> None:
        self._work -= work
        if self._work < 0:
            message = f"the file describes more than {WORK_LIMIT} fields, more than any model for firmware has"
            raise ModelFileError(message, GraphPlace(self.source, f"byte {position}"))


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def _joined(type_: str, parts: list[Any]) -> Array:
    """Repeated numbers, each part packed or single."""
    dtype: np.dtype[Any] = np.dtype(np.int64) if type_ == "int" else _PACKED[type_]
    return np.concatenate([np.atleast_1d(np.asarray(p, dtype)) for p in parts]) if parts else np.zeros(0, dtype)
