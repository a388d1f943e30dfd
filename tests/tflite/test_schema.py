"""What the writer writes by the schema, the reader reads back: every table and every kind of field."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from flatbuffer_writer import write
from tvm_model_library.frontends.tflite.flatbuffer import Flatbuffer, Table, table_type
from tvm_model_library.frontends.tflite.schema import (
    TABLES,
    UNIONS,
    Enum,
    FieldType,
    Reference,
    Scalar,
    Text,
    Union,
    Vector,
)
from tvm_model_library.frontends.tflite.schema_operators import OPERATORS, options_of


def some_value(type_: FieldType, rng: random.Random, depth: int) -> Any:
    if isinstance(type_, Enum):
        return rng.choice(type_.members)
    if isinstance(type_, Scalar):
        if type_.code == "f":
            return float(np.float32(rng.uniform(-9, 9)))
        bits = 1 if type_.code == "?" else 8 * type_.size
        number = rng.getrandbits(bits)
        return bool(number) if bits == 1 else number - ((1 << bits - 1) if type_.code.islower() else 0)
    if isinstance(type_, Text):
        return rng.choice(["", "a", "größer", "x" * 300])
    if isinstance(type_, Reference):
        return some_fields(type_.table, rng, depth + 1)
    if isinstance(type_, Union):
        table = rng.choice(type_.members)
        return table, some_fields(table, rng, depth + 1)
    values = [some_value(type_.element, rng, depth) for _ in range(rng.randrange(3 if depth else 4))]
    return bytes(values) if type_.element == Scalar("ubyte", "B") else values


def some_fields(table: str, rng: random.Random, depth: int = 0) -> dict[str, Any]:
    return {f.name: some_value(f.type, rng, depth) for f in table_type(table).fields.values() if rng.random() < 0.7}


def agrees(found: Any, type_: FieldType, expected: Any) -> bool:
    if isinstance(type_, Union):
        return found.type.name == expected[0] and same_fields(found, expected[1])
    if isinstance(type_, Reference):
        return same_fields(found, expected)
    if isinstance(type_, Vector):
        if len(found) != len(expected):
            return False
        return all(agrees(f, type_.element, e) for f, e in zip(found, expected, strict=True))
    return bool(found == expected)


def same_fields(table: Table, fields: Mapping[str, Any]) -> bool:
    """Whether the table has these fields, and of all others that the file leaves out the defaults."""
    empty = {Vector: 0, Union: None, Reference: None, Text: ""}
    for name, field in table.type.fields.items():
        if name in fields:
            fits = agrees(table[name], field.type, fields[name])
        else:
            default = empty.get(type(field.type), field.default)
            fits = (len(table[name]) if isinstance(field.type, Vector) else table[name]) == default
        if not fits:
            return False
    return True


@pytest.mark.parametrize("table", sorted(TABLES))
def test_each_table_is_read_as_it_was_written(table: str) -> None:
    for seed in range(20):
        fields = some_fields(table, random.Random(seed))
        assert same_fields(Flatbuffer(write(table, fields), "x").root(table), fields)


def test_the_comparison_above_sees_a_difference() -> None:
    table = Flatbuffer(write("Buffer", {"data": b"12", "size": 3}), "x").root("Buffer")
    assert same_fields(table, {"data": b"12", "size": 3})
    assert not same_fields(table, {"data": b"13", "size": 3})
    assert not same_fields(table, {"data": b"12"})


def test_tables_that_fields_name_have_a_description() -> None:
    types = [f.type for t in TABLES.values() for f in t.fields.values()]
    elements = [t.element if isinstance(t, Vector) else t for t in types]
    assert {t.table for t in elements if isinstance(t, Reference)} <= set(TABLES)
    members = {m for u in UNIONS.values() for m in u.members}
    assert {name for name in TABLES if name.endswith("Options")} <= members


def test_operators_have_their_codes_and_options() -> None:
    # A few of schema.fbs; the order of the names gives all others.
    codes = {"ADD": 0, "CUSTOM": 32, "REDUCE_ANY": 91, "QUANTIZE": 114, "CUMSUM": 128, "VAR_HANDLE": 142, "DILATE": 203}
    assert {name: OPERATORS.index(name) for name in codes} == codes
    assert len(OPERATORS) == len(set(OPERATORS)) == 210
    assert options_of("MAX_POOL_2D") == "Pool2DOptions"
    assert options_of("DEPTHWISE_CONV_2D") == "DepthwiseConv2DOptions"
    assert options_of("STABLEHLO_COMPOSITE") == "StableHLOCompositeOptions"
    assert options_of("RELU") is None
    without = {"Pool2DOptions", "CustomOptions"}
    assert {name for name in TABLES if name.endswith("Options")} - {options_of(o) for o in OPERATORS} <= without
