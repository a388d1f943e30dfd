"""``tvm.relay``: programs in Python, and what builds and runs them."""

from __future__ import annotations

import sys

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.parser import fromtext, parse, parse_expr
from tvm_model_library.microtvm.relay import (
    adt,
    analysis,
    backend,
    build_module,
    expr,
    frontend,
    function,
    op,
    param_dict,
    scope_builder,
    transform,
    ty,
)
from tvm_model_library.microtvm.relay.adt import (
    Clause,
    Constructor,
    Match,
    Pattern,
    PatternConstructor,
    PatternTuple,
    PatternVar,
    PatternWildcard,
    TypeData,
)
from tvm_model_library.microtvm.relay.build_module import bind_params_by_name, build, create_executor
from tvm_model_library.microtvm.relay.expr import (
    Call,
    Constant,
    Expr,
    GlobalVar,
    If,
    Let,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    TupleWrapper,
    Var,
    const,
    var,
)
from tvm_model_library.microtvm.relay.function import Function
from tvm_model_library.microtvm.relay.op import *  # noqa: F403 (a function for every operator)
from tvm_model_library.microtvm.relay.param_dict import load_param_dict, save_param_dict
from tvm_model_library.microtvm.relay.scope_builder import ScopeBuilder
from tvm_model_library.microtvm.relay.ty import (
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
from tvm_model_library.relay.script.expr import Op
from tvm_model_library.relay.script.module import IRModule

__all__ = [
    "Any",
    "Call",
    "Clause",
    "Constant",
    "Constructor",
    "Expr",
    "FuncType",
    "Function",
    "GlobalTypeVar",
    "GlobalVar",
    "If",
    "IncompleteType",
    "Let",
    "Match",
    "Op",
    "Pattern",
    "PatternConstructor",
    "PatternTuple",
    "PatternVar",
    "PatternWildcard",
    "RefCreate",
    "RefRead",
    "RefType",
    "RefWrite",
    "ScopeBuilder",
    "TensorType",
    "Tuple",
    "TupleGetItem",
    "TupleType",
    "TupleWrapper",
    "Type",
    "TypeCall",
    "TypeData",
    "TypeVar",
    "Var",
    "adt",
    "analysis",
    "backend",
    "bind_params_by_name",
    "build",
    "build_module",
    "const",
    "create_executor",
    "expr",
    "fromtext",
    "frontend",
    "function",
    "load_param_dict",
    "op",
    "param_dict",
    "parse",
    "parse_expr",
    "save_param_dict",
    "scalar_type",
    "scope_builder",
    "setrecursionlimit",
    "transform",
    "ty",
    "var",
]  # fmt: skip

Module = IRModule


def scalar_type(dtype: str) -> TensorType:
    """The type of a tensor without dimensions."""
    return TensorType((), dtype)


def setrecursionlimit(limit: int) -> None:
    """Nothing: programs of any depth are walked without recursion."""


for _path in ("qnn", "qnn.op"):  # which TVM has beside relay.op
    sys.modules[f"{__name__}.{_path}"] = sys.modules[f"{op.__name__}.{_path}"]

__getattr__ = names.missing(__name__)
