"""``tvm.relay.ty``: Relay's types."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.ty import (
    Any,
    FuncType,
    GlobalTypeVar,
    IncompleteType,
    RefType,
    TensorType,
    TupleType,
    Type,
    TypeCall,
    TypeVar,
)

__all__ = [
    "Any",
    "FuncType",
    "GlobalTypeVar",
    "IncompleteType",
    "RefType",
    "TensorType",
    "TupleType",
    "Type",
    "TypeCall",
    "TypeVar",
]

__getattr__ = names.missing(__name__)
