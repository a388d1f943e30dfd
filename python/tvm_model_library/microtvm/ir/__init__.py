"""``tvm.ir``: modules, equality, memory pools."""

from __future__ import annotations

from typing import Any

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.microtvm import names, transform
from tvm_model_library.microtvm.ir import memory_pools
from tvm_model_library.microtvm.ir.memory_pools import (
    ConstantMemoryPools,
    ConstantPoolInfo,
    PoolInfo,
    PoolInfoProperties,
    WorkspaceMemoryPools,
    WorkspacePoolInfo,
)
from tvm_model_library.relay import equal
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.expr import GlobalVar, Op
from tvm_model_library.relay.script.module import IRModule, as_function
from tvm_model_library.relay.script.ty import FuncType, TensorType, TupleType, Type

__all__ = [
    "ConstantMemoryPools", "ConstantPoolInfo", "FuncType", "GlobalVar", "IRModule", "Op", "PoolInfo",
    "PoolInfoProperties", "RelayExpr", "TensorType", "TupleType", "Type", "WorkspaceMemoryPools", "WorkspacePoolInfo",
    "assert_structural_equal", "memory_pools", "structural_equal", "transform",
]  # fmt: skip

RelayExpr = Expr


def structural_equal(lhs: IRModule | Expr, rhs: IRModule | Expr, map_free_vars: bool = False) -> bool:
    """Whether both are one program, up to the names of variables, to attributes that are left to their default, and to
    types that are left to inference. With ``map_free_vars``, free variables of one stand for those of the other.
    """
    return equal.structural_equal(_node(lhs, map_free_vars), _node(rhs, map_free_vars), loose=True)


def assert_structural_equal(lhs: IRModule | Expr, rhs: IRModule | Expr, map_free_vars: bool = False) -> None:
    """Raises ``ModelLibraryError`` with both texts unless they are one program."""
    if not structural_equal(lhs, rhs, map_free_vars):
        texts = [p.astext(show_meta_data=False) for p in (lhs, rhs)]
        raise ModelLibraryError(f"the programs differ:\n{texts[0]}\nand\n{texts[1]}")


def _node(program: IRModule | Expr, map_free_vars: bool) -> Any:
    return as_function(program).node if map_free_vars and isinstance(program, Expr) else program.node


__getattr__ = names.missing(__name__)
