"""``tvm.relay.expr``: Relay's expressions."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.control import If, Let, RefCreate, RefRead, RefWrite
from tvm_model_library.relay.script.expr import (
    Call,
    Constant,
    ExprLike,
    GlobalVar,
    Op,
    Tuple,
    TupleGetItem,
    TupleWrapper,
    Var,
    const,
    var,
)

__all__ = [
    "Call",
    "Constant",
    "Expr",
    "ExprLike",
    "GlobalVar",
    "If",
    "Let",
    "Op",
    "RefCreate",
    "RefRead",
    "RefWrite",
    "Tuple",
    "TupleGetItem",
    "TupleWrapper",
    "Var",
    "const",
    "var",
]
RelayExpr = Expr
__getattr__ = names.missing(__name__)
