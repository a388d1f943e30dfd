"""Flatbuffers of any content, read with every access checked.

A file may come from anywhere: each offset, size and alignment is checked before it is followed, and the work is
bounded, since offsets may overlap and a small file could describe endless tables. Facts: the flatbuffers documentation
"Internals" (the binary format). Numbers are little-endian; offsets are relative to where they stand.
"""

from __future__ import annotations

import struct
from typing import Any, NoReturn

import numpy as np

from tvm_model_library.errors import GraphPlace, ModelFileError
from tvm_model_library.frontends.tflite.schema import (
    TABLES,
    Enum,
    Field,
    FieldType,
    Reference,
    Scalar,
    TableType,
    Text,
    Union,
    Vector,
)

_OFFSET = Scalar("offset", "I")
_VTABLE_OFFSET = Scalar("vtable offset", "i")
_VTABLE_ENTRY = Scalar("vtable entry", "H")
_BYTE = Scalar("member", "B")

WORK_LIMIT = 1_000_000
"""How much may be read, in elements: far above any model that fits a microcontroller, and read in about a second."""
BYTES_PER_WORK = 16
"""How many bytes that are copied, or decoded as text, count as an element."""
_TABLE_COST = 30


class Flatbuffer:
    """The bytes of a file, and what of :data:`WORK_LIMIT` is left. ``source`` is the file's name for messages."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data = data
        self.source = source
        self._work = WORK_LIMIT

    def root(self, table: str) -> Table:
        """The table that the file consists of."""
        return Table(self, self.follow(0, f"the root table {table}"), TABLES[table])

    def fail(self, position: int, message: str) -> NoReturn:
        """Refuse the file. Raises :class:`ModelFileError` at the byte ``position``."""
        raise ModelFileError(
            f"{message}: the file is damaged or cut short", GraphPlace(self.source, f"byte {position}")
        )

    def spend(self, work: int) -> None:
        """Count elements that are read one by one."""
        self._work -= work
        if self._work < 0:
            message = f"the file describes more than {WORK_LIMIT} elements, more than any model for firmware has"
            raise ModelFileError(message, GraphPlace(self.source, "tables"))

    def need(self, position: int, size: int, alignment: int, what: str) -> None:
        """Check that ``size`` bytes at ``position`` lie in the file and are aligned."""
        if position < 0 or position + size > len(self.data):
            self.fail(position, f"{what} of {size} bytes lies outside the file of {len(self.data)} bytes")
        if position % alignment:
            self.fail(position, f"{what} is not aligned to {alignment} bytes")

    def scalar(self, type_: Scalar, position: int) -> Any:
        """The number at ``position``."""
        self.need(position, type_.size, type_.size, f"a number ({type_.name})")
        return struct.unpack_from("<" + type_.code, self.data, position)[0]

    def follow(self, position: int, what: str) -> int:
        """Where the offset at ``position`` leads."""
        offset = self.scalar(_OFFSET, position)
        if offset == 0:
            self.fail(position, f"{what} has the offset 0")
        return position + int(offset)

    def value(self, type_: FieldType, position: int) -> Any:
        """What stands at ``position``: see :meth:`Table.__getitem__` for the types."""
        if isinstance(type_, Scalar):
            return self.scalar(type_, position)
        if isinstance(type_, Enum):
            return self._member(type_, position, self.scalar(type_.base, position))
        if isinstance(type_, Text):
            return self._text(self.follow(position, "a string"))
        if isinstance(type_, Reference):
            return Table(self, self.follow(position, type_.table), table_type(type_.table))
        assert isinstance(type_, Vector)
        return self._vector(type_, self.follow(position, "a vector"))

    def _member(self, type_: Enum, position: int, number: int) -> str:
        if not 0 <= number < len(type_.members):
            known = ", ".join(type_.members)
            self.fail(position, f"{type_.name} {number} is not one of 0 to {len(type_.members) - 1} ({known})")
        return type_.members[number]

    def _elements(self, position: int, size: int, alignment: int, what: str) -> tuple[int, int]:
        """Start and number of a vector's elements of ``size`` bytes each."""
        count = int(self.scalar(_OFFSET, position))
        self.need(position + 4, count * size, alignment, f"{what} of {count} elements")
        return position + 4, count

    def _text(self, position: int) -> str:
        start, count = self._elements(position, 1, 1, "a string")
        self.need(start + count, 1, 1, "the end of a string")
        if self.data[start + count]:
            self.fail(start + count, "a string is not closed by a zero byte")
        self.spend(count // BYTES_PER_WORK)
        return self.data[start : start + count].decode("utf-8", "backslashreplace")

    def _vector(self, type_: Vector, position: int) -> Any:
        element = type_.element
        if isinstance(element, Scalar):
            start, count = self._elements(position, element.size, element.size, "a vector")
            return _numbers(element, self.data, start, count)
        base = element.base if isinstance(element, Enum) else _OFFSET
        start, count = self._elements(position, base.size, base.size, "a vector")
        self.spend(count)
        return [self.value(element, start + i * base.size) for i in range(count)]


def table_type(name: str) -> TableType:
    """The table of that name; those without fields are not written down in the schema."""
    return TABLES.get(name) or TableType(name, {}, 0)


class Table:
    """A table of the file. Fields are read when they are asked for."""

    __slots__ = ("_buffer", "_entries", "_position", "_size", "type")

    def __init__(self, buffer: Flatbuffer, position: int, type_: TableType) -> None:
        buffer.spend(_TABLE_COST)
        what = f"a table ({type_.name})"
        vtable = position - int(buffer.scalar(_VTABLE_OFFSET, position))
        size, self._size = (int(buffer.scalar(_VTABLE_ENTRY, vtable + i)) for i in (0, 2))
        if size < 4 or size % 2 or self._size < 4:
            buffer.fail(vtable, f"the layout of {what} has the sizes {size} and {self._size}")
        buffer.need(vtable, size, 2, f"the layout of {what}")
        buffer.need(position, self._size, 4, what)
        self.type = type_
        self._buffer = buffer
        self._position = position
        self._entries = struct.unpack_from(f"<{(size - 4) // 2}H", buffer.data, vtable + 4)
        if any(self._entries[type_.count :]):
            message = f"a table ({type_.name}) has a field that schema.fbs 3d lacks: the file is newer, or damaged"
            raise ModelFileError(message, GraphPlace(buffer.source, f"byte {position}"))

    def __getitem__(self, name: str) -> Any:
        """A field: numbers and truth values as such, an enumeration's member by its name, a string as ``str``, a
        table or a union's member as :class:`Table`, bytes as ``memoryview``, a vector of numbers as an array, one of
        other elements as a list. A field that the file leaves out has its default, or is empty, or None for a table.
        """
        field = self.type.fields[name]
        if isinstance(field.type, Union):
            return self._union(field.type, field.number)
        position = self._place(field.number, _field_size(field.type))
        return absent(field) if position is None else self._buffer.value(field.type, position)

    def _union(self, union: Union, number: int) -> Table | None:
        member_place, place = self._place(number - 1, 1), self._place(number, 4)
        member = 0 if member_place is None else int(self._buffer.scalar(_BYTE, member_place))
        if member == 0 or place is None:
            return None
        if member > len(union.members):
            self._buffer.fail(place, f"{union.name} has the member {member} of {len(union.members)}")
        table = self._buffer.value(Reference(union.members[member - 1]), place)
        assert isinstance(table, Table)
        return table

    def _place(self, number: int, size: int) -> int | None:
        """Where a field stands; None when the file leaves it out."""
        offset = self._entries[number] if number < len(self._entries) else 0
        if offset == 0:
            return None
        if offset + size > self._size:
            self._buffer.fail(self._position, f"a field of {self.type.name} lies outside its table")
        return self._position + offset


def _field_size(type_: FieldType) -> int:
    base = type_.base if isinstance(type_, Enum) else type_
    return base.size if isinstance(base, Scalar) else _OFFSET.size


def absent(field: Field) -> Any:
    """The value of a field that the file leaves out, of the types that :meth:`Table.__getitem__` has."""
    if isinstance(field.type, Vector):
        element = field.type.element
        return _numbers(element, b"", 0, 0) if isinstance(element, Scalar) else []
    return "" if isinstance(field.type, Text) else field.default


def _numbers(element: Scalar, data: bytes, start: int, count: int) -> Any:
    """A vector's numbers as an array without a copy, bytes as a memoryview."""
    if element.code == "B":
        return memoryview(data)[start : start + count]
    values = np.frombuffer(data, "<" + element.code.replace("?", "B"), count, start)
    return values != 0 if element.code == "?" else values
