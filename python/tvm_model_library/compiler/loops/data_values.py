"""Rewriting what a kernel computes on data, and nothing of what it computes on indices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tvm_model_library.compiler.loops.analysis import variables_of

Rule: TypeAlias = Callable[[Any, Mapping[Any, Any]], Any]


def map_values(func: Any, kinds: tuple[type, ...], rule: Rule) -> Any:
    """A PrimFunc with ``rule`` applied to the nodes of those ``kinds`` in its stored values and conditions, innermost
    first, as far as they depend on what is loaded. The indices of loads and stores stay as they are.

    Variables stand in for loads meanwhile: the rule takes a node and what each of them stands for.
    """
    import tvm_ffi
    from tvm import tirx

    def mapped(expr: Any) -> Any:
        return _mapped(expr, kinds, rule)

    def store(node: Any) -> Any:
        return tirx.BufferStore(node.buffer, mapped(node.value), node.indices)

    def branch(node: Any) -> Any:
        return tirx.IfThenElse(mapped(node.condition), node.then_case, node.else_case)

    def loop(node: Any) -> Any:
        return tirx.While(mapped(node.condition), node.body)

    def bind(node: Any) -> Any:
        return tirx.Bind(node.var, mapped(node.value))

    rules = [(tirx.BufferStore, store), (tirx.IfThenElse, branch), (tirx.While, loop), (tirx.Bind, bind)]
    return tirx.PrimFunc(func.params, tvm_ffi.structural_map(func.body, rules), func.ret_type, attrs=func.attrs)


def _mapped(expr: Any, kinds: tuple[type, ...], rule: Rule) -> Any:
    """An expression with the rule applied. Meanwhile variables stand in for loads and all that is in their indices."""
    import tvm
    import tvm_ffi
    from tvm import tirx

    loads: dict[Any, Any] = {}

    def take_out(load: Any) -> Any:
        stand_in = tirx.Var("load", load.ty)
        loads[stand_in] = load
        return stand_in

    def apply(node: Any) -> Any:
        return rule(node, loads) if any(variable in loads for variable in variables_of(node)) else node

    bare = tvm_ffi.structural_map(expr, (tvm.ir.expr.TensorLoad, take_out), order="pre")
    if not loads:
        return expr
    done = tvm_ffi.structural_map(bare, (kinds, apply))
    return tvm_ffi.structural_map(done, (tvm.ir.Var, lambda variable: loads.get(variable, variable)))
