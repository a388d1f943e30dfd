"""Lowering one operator as another: a view of a lowering context with other types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tvm_model_library.relay.lowering import Lowering, Value
from tvm_model_library.relay.operator import REQUIRED, Attrs, Operator, find_operator
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array


class _View(Lowering):
    """``ctx`` as the lowering of another operator call sees it; what it emits counts as the original's."""

    def __init__(self, ctx: Lowering, operator: str, argument_types: Sequence[Type], result_type: Type) -> None:
        self._ctx = ctx
        self.operator = operator
        self.span = ctx.span
        self.argument_types = tuple(argument_types)
        self.result_type = result_type

    def emit_te(self, compute: Callable[..., Any], *args: Any, **kwargs: Any) -> Value:
        return self._ctx.emit_te(compute, *args, **kwargs)

    def emit(self, expr: Any) -> Value:
        return self._ctx.emit(expr)

    def emit_tir(self, func: Any, args: Sequence[Value], outputs: Sequence[TensorType]) -> Value:
        return self._ctx.emit_tir(func, args, outputs)

    def constant(self, array: Array) -> Value:
        return self._ctx.constant(array)

    def value_of(self, arg: Value) -> Array | None:
        return self._ctx.value_of(arg)


def the_operator(name: str) -> Operator:
    """An operator that must exist."""
    found = find_operator(name)
    assert found is not None, name
    return found


def fill_attrs(name: str, **given: Any) -> Attrs:
    """Attributes of a call of ``name``, defaults filled in."""
    values = {a.name: given.get(a.name, a.default) for a in the_operator(name).attributes}
    assert REQUIRED not in values.values()
    assert set(given) <= set(values)
    return Attrs(values)


def lower_as(
    ctx: Lowering, name: str, attrs: Attrs, args: Sequence[Value], argument_types: Sequence[Type], result_type: Type
) -> Value:
    """Lower a call of operator ``name`` in the place of the current one."""
    lower = the_operator(name).lower
    assert lower is not None, name
    return lower(_View(ctx, name, argument_types, result_type), attrs, *args)
