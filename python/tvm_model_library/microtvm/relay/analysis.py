"""``tvm.relay.analysis``: walks over expressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import cast

from tvm_model_library.microtvm import names
from tvm_model_library.relay import ast, visit
from tvm_model_library.relay.script.base import Expr, wrap
from tvm_model_library.relay.script.expr import Var
from tvm_model_library.relay.script.module import IRModule

__all__ = ["all_vars", "bound_vars", "free_vars", "list_op_freqs", "post_order_visit"]


def post_order_visit(expr: Expr, fvisit: Callable[[Expr], None]) -> None:
    """Call ``fvisit`` with every expression inside ``expr`` and itself once, operands before their users."""
    for node in visit.post_order(expr.node):
        fvisit(expr if node is expr.node else expr._part(node))


def free_vars(expr: Expr) -> list[Var]:
    """Variables that nothing inside the expression binds, in order of their first use."""
    return [cast(Var, wrap(v)) for v in visit.free_vars(expr.node)]


def bound_vars(expr: Expr) -> list[Var]:
    """Variables that something inside the expression binds."""
    bound = (v for node in visit.post_order(expr.node) for v in visit.bound_vars(node))
    return [cast(Var, wrap(v)) for v in {id(v): v for v in bound}.values()]


def all_vars(expr: Expr) -> list[Var]:
    """Variables bound or used inside the expression."""
    used = (node for node in visit.post_order(expr.node) if isinstance(node, ast.Var))
    every = {id(v): v for v in (*used, *(b.node for b in bound_vars(expr)))}
    return [cast(Var, wrap(v)) for v in every.values()]


def list_op_freqs(mod: IRModule) -> dict[str, int]:
    """How often each operator is called in a module."""
    nodes = visit.post_order(*mod.node.functions.values())
    return dict(Counter(n.func.name for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.OpRef)))


__getattr__ = names.missing(__name__)
