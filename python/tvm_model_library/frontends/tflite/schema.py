"""The TFLite schema as data: what tables, enumerations and unions a ``.tflite`` file is made of.

Facts: tensorflow/lite/schema/schema.fbs, version 3 with its revisions 3a to 3d. A table is one line of fields in the
order of their numbers, ``name:type=default``; a field that only files of the past have is ``-``. Types are those of
flatbuffers, ``[type]`` for vectors, the name of an enumeration, union or table, and ``subgraph`` for the number of a
subgraph. The tables of operators' options are in :mod:`schema_operators`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tvm_model_library.frontends.tflite.schema_operators import OPTIONS, OPTIONS_UNIONS

FILE_IDENTIFIER = b"TFL3"
VERSION = 3


@dataclass(frozen=True)
class Scalar:
    """A number or a truth value; ``code`` is its format for :mod:`struct` and, little-endian, for NumPy."""

    name: str
    code: str

    @property
    def size(self) -> int:
        """Bytes, which are also its alignment."""
        return struct.calcsize("<" + self.code)


@dataclass(frozen=True)
class Enum:
    """Names for the values 0, 1, ... of a scalar."""

    name: str
    base: Scalar
    members: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """A string: UTF-8, closed by a zero byte."""


@dataclass(frozen=True)
class Reference:
    """A table, by its name."""

    table: str


@dataclass(frozen=True)
class Union:
    """One of several tables, or none. Takes two fields: the number of the member, from 1, and its place."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Vector:
    """A sequence; never of unions or of vectors."""

    element: Scalar | Enum | Text | Reference


FieldType: TypeAlias = Scalar | Enum | Text | Reference | Union | Vector


@dataclass(frozen=True)
class Field:
    """A field of a table. ``number`` is its place in the vtable; a union's member number has the one before.

    ``default`` is the value of a scalar that the file leaves out: the name of an enumeration's member, not its number.
    """

    name: str
    number: int
    type: FieldType
    default: Any


@dataclass(frozen=True)
class TableType:
    """A table: its fields by name, and the count of field numbers, those of the past included."""

    name: str
    fields: Mapping[str, Field]
    count: int


SCALARS = {
    name: Scalar(name, code)
    for name, code in {
        "bool": "?",
        "byte": "b",
        "ubyte": "B",
        "short": "h",
        "ushort": "H",
        "int": "i",
        "uint": "I",
        "long": "q",
        "ulong": "Q",
        "float": "f",
        "subgraph": "i",
    }.items()
}

_ENUMS = {
    "TensorType": """byte: FLOAT32 FLOAT16 INT32 UINT8 INT64 STRING BOOL INT16 COMPLEX64 INT8 FLOAT64 COMPLEX128 UINT64
        RESOURCE VARIANT UINT32 UINT16 INT4 BFLOAT16 INT2 UINT4 FLOAT8_E4M3FN FLOAT8_E5M2""",
    "DimensionType": "byte: DENSE SPARSE_CSR",
    "Padding": "byte: SAME VALID",
    "ActivationFunctionType": "byte: NONE RELU RELU_N1_TO_1 RELU6 TANH SIGN_BIT",
    "LSHProjectionType": "byte: UNKNOWN SPARSE DENSE",
    "WeightsFormat": "byte: DEFAULT SHUFFLED4x16INT8",
    "LSTMKernelType": "byte: FULL BASIC",
    "CombinerType": "byte: SUM MEAN SQRTN",
    "MirrorPadMode": "byte: REFLECT SYMMETRIC",
    "CustomOptionsFormat": "byte: FLEXBUFFERS",
    "RngAlgorithm": "byte: DEFAULT PHILOX THREEFRY",
    "ReduceWindowFunction": "int: UNSUPPORTED ADD MUL MINIMUM MAXIMUM ALL ANY",
    "StablehloPrecisionConfig": "uint: DEFAULT HIGH HIGHEST",
    "StablehloComparisonDirection": "uint: EQ NE GE GT LE LT",
    "StablehloComparisonType": "uint: NOTYPE FLOAT FLOAT_TOTAL_ORDER SIGNED UNSIGNED",
}

_UNIONS = {
    "QuantizationDetails": "CustomQuantization BlockwiseQuantization MultiAxisQuantization",
    "SparseIndexVector": "Int32Vector Uint16Vector Uint8Vector",
    **OPTIONS_UNIONS,
}

_TABLES = {
    "CustomQuantization": "custom:[ubyte]",
    "BlockwiseQuantization": "scales:int zero_points:int block_size:int block_shape:[int]",
    "MultiAxisQuantization": "scales:int zero_points:int block_size:int quantized_dimensions:[int]",
    "QuantizationParameters": """min:[float] max:[float] scale:[float] zero_point:[long] details:QuantizationDetails
        quantized_dimension:int""",
    "Int32Vector": "values:[int]",
    "Uint16Vector": "values:[ushort]",
    "Uint8Vector": "values:[ubyte]",
    "DimensionMetadata": """format:DimensionType dense_size:int array_segments:SparseIndexVector
        array_indices:SparseIndexVector""",
    "SparsityParameters": "traversal_order:[int] block_map:[int] dim_metadata:[DimensionMetadata]",
    "VariantSubType": "shape:[int] type:TensorType has_rank:bool",
    "Tensor": """shape:[int] type:TensorType buffer:uint name:string quantization:QuantizationParameters
        is_variable:bool sparsity:SparsityParameters shape_signature:[int] has_rank:bool
        variant_tensors:[VariantSubType] external_buffer:uint""",
    "OperatorCode": "deprecated_builtin_code:byte custom_code:string version:int=1 builtin_code:int",
    "Operator": """opcode_index:uint inputs:[int] outputs:[int] builtin_options:BuiltinOptions custom_options:[ubyte]
        custom_options_format:CustomOptionsFormat mutating_variable_inputs:[bool] intermediates:[int]
        large_custom_options_offset:ulong large_custom_options_size:ulong builtin_options_2:BuiltinOptions2
        debug_metadata_index:int=-1""",
    "SubGraph": """tensors:[Tensor] inputs:[int] outputs:[int] operators:[Operator] name:string
        debug_metadata_index:int=-1""",
    "Buffer": "data:[ubyte] offset:ulong size:ulong",
    "ExternalBufferGroup": "name:string",
    "ExternalBuffer": "id:uint group:uint offset:ulong length:ulong packing:string",
    "Metadata": "name:string buffer:uint",
    "TensorMap": "name:string tensor_index:uint",
    "SignatureDef": "inputs:[TensorMap] outputs:[TensorMap] signature_key:string -:string subgraph_index:uint",
    "Model": """version:uint operator_codes:[OperatorCode] subgraphs:[SubGraph] description:string buffers:[Buffer]
        metadata_buffer:[int] metadata:[Metadata] signature_defs:[SignatureDef]
        external_buffer_groups:[ExternalBufferGroup] external_buffers:[ExternalBuffer]""",
    **OPTIONS,
}


def _enum(name: str, text: str) -> Enum:
    base, members = text.split(":")
    return Enum(name, SCALARS[base], tuple(members.split()))


ENUMS = {name: _enum(name, text) for name, text in _ENUMS.items()}
UNIONS = {name: Union(name, tuple(members.split())) for name, members in _UNIONS.items()}


def _type(text: str) -> FieldType:
    if text.startswith("["):
        element = _type(text[1:-1])
        assert not isinstance(element, Union | Vector)
        return Vector(element)
    return SCALARS.get(text) or ENUMS.get(text) or UNIONS.get(text) or (Text() if text == "string" else Reference(text))


def _default(type_: FieldType, text: str) -> Any:
    """The value of a scalar field that the file leaves out."""
    if isinstance(type_, Enum):
        return text or type_.members[0]
    if not isinstance(type_, Scalar):
        return None
    if type_.code == "?":
        return text == "true"
    return float(text or 0) if type_.code == "f" else int(text or 0)


def _table(name: str, text: str) -> TableType:
    fields = {}
    number = 0
    for item in text.split():
        field, _, rest = item.partition(":")
        type_text, _, default = rest.partition("=")
        type_ = _type(type_text)
        number += isinstance(type_, Union)
        if field != "-":
            fields[field] = Field(field, number, type_, _default(type_, default))
        number += 1
    return TableType(name, fields, number)


TABLES = {name: _table(name, text) for name, text in _TABLES.items()}
