"""The messages of ONNX files, as far as models need them. Facts: onnx/onnx.proto (IR version 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """``type``: ``int``, ``float``, ``double``, ``text``, ``bytes``, or the name of a message."""

    name: str
    type: str
    repeated: bool = False


def _message(**fields: tuple[int, str]) -> dict[int, Field]:
    """Fields by number; a type that ends with ``*`` is repeated."""
    return {n: Field(name, type_.removesuffix("*"), type_.endswith("*")) for name, (n, type_) in fields.items()}


MESSAGES: Mapping[str, Mapping[int, Field]] = {
    "Model": _message(
        ir_version=(1, "int"),
        producer_name=(2, "text"),
        producer_version=(3, "text"),
        graph=(7, "Graph"),
        opset_import=(8, "OperatorSet*"),
        functions=(25, "Function*"),
    ),
    "OperatorSet": _message(domain=(1, "text"), version=(2, "int")),
    "Function": _message(name=(1, "text"), domain=(10, "text")),
    "Graph": _message(
        node=(1, "Node*"),
        name=(2, "text"),
        initializer=(5, "Tensor*"),
        input=(11, "Value*"),
        output=(12, "Value*"),
        sparse_initializer=(15, "SparseTensor*"),
    ),
    "Node": _message(
        input=(1, "text*"),
        output=(2, "text*"),
        name=(3, "text"),
        op_type=(4, "text"),
        attribute=(5, "Attribute*"),
        domain=(7, "text"),
    ),
    "Attribute": _message(
        name=(1, "text"),
        f=(2, "float"),
        i=(3, "int"),
        s=(4, "bytes"),
        t=(5, "Tensor"),
        g=(6, "Graph"),
        floats=(7, "float*"),
        ints=(8, "int*"),
        strings=(9, "bytes*"),
        type=(20, "int"),
        ref_attr_name=(21, "text"),
    ),
    "Tensor": _message(
        dims=(1, "int*"),
        data_type=(2, "int"),
        float_data=(4, "float*"),
        int32_data=(5, "int*"),
        int64_data=(7, "int*"),
        name=(8, "text"),
        raw_data=(9, "bytes"),
        double_data=(10, "double*"),
        uint64_data=(11, "int*"),
        external_data=(13, "Entry*"),
        data_location=(14, "int"),
    ),
    "SparseTensor": _message(),
    "Entry": _message(key=(1, "text"), value=(2, "text")),
    "Value": _message(name=(1, "text"), type=(2, "Type")),
    "Type": _message(
        tensor_type=(1, "TensorType"),
        sequence_type=(4, "Other"),
        map_type=(5, "Other"),
        optional_type=(9, "Other"),
        sparse_tensor_type=(8, "Other"),
    ),
    "Other": _message(),
    "TensorType": _message(elem_type=(1, "int"), shape=(2, "Shape")),
    "Shape": _message(dim=(1, "Dimension*")),
    "Dimension": _message(dim_value=(1, "int"), dim_param=(2, "text")),
}

DTYPES: Mapping[int, str] = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8e4m3fn",
    18: "float8e4m3fnuz",
    19: "float8e5m2",
    20: "float8e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4e2m1",
}
"""Names of ``TensorProto.DataType``."""

ATTRIBUTES: Mapping[int, str] = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g", 6: "floats", 7: "ints", 8: "strings"}
"""The field that ``AttributeProto.AttributeType`` says an attribute's value stands in; others are refused."""
