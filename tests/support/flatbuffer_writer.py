"""Flatbuffers written from the same description of the schema that the reader reads by.

Written front to back: each table before what it refers to, so that all offsets lead forward.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from tvm_model_library.frontends.tflite.flatbuffer import table_type
from tvm_model_library.frontends.tflite.schema import (
    FILE_IDENTIFIER,
    SCALARS,
    Enum,
    FieldType,
    Reference,
    Scalar,
    TableType,
    Text,
    Union,
    Vector,
)


def write(table: str, values: Mapping[str, Any]) -> bytes:
    """A flatbuffer whose root is ``table``.

    ``values`` gives fields by name: numbers, names of enumerations' members, ``str``, ``bytes``, sequences, mappings
    for tables, and ``(name of the table, fields)`` for unions. A field that is not given, or None, is left out.
    """
    writer = _Writer()
    writer.data += bytes(4) + FILE_IDENTIFIER
    writer.point(0, lambda: writer.table(table_type(table), values))
    return bytes(writer.data)


class _Writer:
    def __init__(self) -> None:
        self.data = bytearray()

    def align(self, size: int, ahead: int = 0) -> int:
        """Fill up until ``ahead`` bytes from here are aligned to ``size``."""
        self.data += bytes(-(len(self.data) + ahead) % size)
        return len(self.data)

    def point(self, place: int, target: Callable[[], int]) -> None:
        """Write what ``target`` writes, and at ``place`` the offset that leads there."""
        struct.pack_into("<I", self.data, place, target() - place)

    def table(self, type_: TableType, values: Mapping[str, Any]) -> int:
        slots: dict[int, tuple[FieldType, Any]] = {}
        for name, value in values.items():
            field = type_.fields[name]
            if value is None:
                continue
            if isinstance(field.type, Union):
                slots[field.number - 1] = SCALARS["ubyte"], 1 + field.type.members.index(value[0])
                slots[field.number] = Reference(value[0]), value[1]
            else:
                slots[field.number] = field.type, value
        offsets, size = {}, 4
        for number, (field_type, _) in slots.items():
            width = _width(field_type)
            offsets[number] = size = -(-size // width) * width
            size += width
        entries = [offsets.get(n, 0) for n in range(max(slots, default=-1) + 1)]
        vtable = self.align(8, 4 + 2 * len(entries))
        self.data += struct.pack(f"<{2 + len(entries)}H", 4 + 2 * len(entries), size, *entries)
        start = len(self.data)
        self.data += struct.pack("<i", start - vtable) + bytes(size - 4)
        for number, (field_type, value) in slots.items():
            self.value(field_type, value, start + offsets[number])
        return start

    def value(self, type_: FieldType, value: Any, place: int) -> None:
        """Put a value, or the offset of what is written now, at ``place``."""
        if isinstance(type_, Enum):
            type_, value = type_.base, type_.members.index(value) if isinstance(value, str) else value
        if isinstance(type_, Scalar):
            struct.pack_into("<" + type_.code, self.data, place, value)
        elif isinstance(type_, Reference):
            self.point(place, lambda: self.table(table_type(type_.table), value))
        elif isinstance(type_, Text):
            self.point(place, lambda: self.block(value.encode() + b"\0", len(value.encode()), 4))
        else:
            assert isinstance(type_, Vector)
            self.point(place, lambda: self.vector(type_.element, value))

    def block(self, content: bytes, count: int, alignment: int) -> int:
        start = self.align(max(alignment, 4), 4)
        self.data += struct.pack("<I", count) + content
        return start

    def vector(self, element: Scalar | Enum | Text | Reference, values: Sequence[Any]) -> int:
        if isinstance(element, Scalar):
            content = bytes(values) if element.code == "B" else np.asarray(values, "<" + element.code).tobytes()
            return self.block(content, len(values), 16 if element.code == "B" else element.size)
        width = _width(element)
        start = self.block(bytes(width * len(values)), len(values), width)
        for i, value in enumerate(values):
            self.value(element, value, start + 4 + i * width)
        return start


def _width(type_: FieldType) -> int:
    base = type_.base if isinstance(type_, Enum) else type_
    return base.size if isinstance(base, Scalar) else 4
