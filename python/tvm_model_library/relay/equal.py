"""Structural equality of programs: equal up to the names of variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tvm_model_library.relay import ast
from tvm_model_library.relay.checks import call_attrs
from tvm_model_library.relay.operator import find_operator
from tvm_model_library.relay.types import (
    FuncType,
    IncompleteType,
    RefType,
    TensorType,
    TupleType,
    Type,
    TypeCall,
    TypeVar,
)
from tvm_model_library.tensors import Array


def structural_equal(left: ast.Module | ast.Expr, right: ast.Module | ast.Expr, *, loose: bool = False) -> bool:
    """Whether both are the same program, whatever its variables are called. Sharing counts: ``(%0, %0)`` differs from
    the same expression written twice.

    With ``loose`` what one side leaves open matches anything on the other: a missing or ``_`` annotation, an attribute
    left to its default, a metadata reference without its section.
    """
    comparison = _Comparison(loose)
    if isinstance(left, ast.Module) and isinstance(right, ast.Module):
        return comparison.modules(left, right)
    if isinstance(left, ast.Expr) and isinstance(right, ast.Expr):
        return comparison.exprs(left, right)
    return False


class _Comparison:
    """``_left`` and ``_right`` map what has been identified with each other: variables and shared expressions."""

    def __init__(self, loose: bool) -> None:
        self._loose = loose
        self._left: dict[int, object] = {}
        self._right: dict[int, object] = {}
        self._pending: list[tuple[Any, Any]] = []

    def modules(self, left: ast.Module, right: ast.Module) -> bool:
        if left.functions.keys() != right.functions.keys() or self._type_names(left, right):
            return False
        same_types = all(self._definitions(left.types[n], right.types[n]) for n in left.types if n in right.types)
        return same_types and all(self.exprs(left.functions[n], right.functions[n]) for n in left.functions)

    def _type_names(self, left: ast.Module, right: ast.Module) -> set[str]:
        """The types that only one side defines. Loosely, one without constructors need not be declared."""
        names = left.types.keys() ^ right.types.keys()
        types = {**left.types, **right.types}
        return {n for n in names if not self._loose or types[n].constructors}

    def _definitions(self, left: ast.TypeDefinition, right: ast.TypeDefinition) -> bool:
        if len(left.type_params) != len(right.type_params) or len(left.constructors) != len(right.constructors):
            return False
        self._identify_all(left.type_params, right.type_params)
        pairs = zip(left.constructors, right.constructors, strict=True)
        return all(a.name == b.name and self._same_types(a.fields, b.fields) for a, b in pairs)

    # -- identities

    def _identify(self, left: object, right: object) -> bool:
        """Whether ``left`` and ``right`` stand for each other, and for nothing else."""
        if id(left) not in self._left and id(right) not in self._right:
            self._left[id(left)] = right
            self._right[id(right)] = left
            return True
        return self._left.get(id(left)) is right and self._right.get(id(right)) is left

    def _identify_all(self, left: Sequence[object], right: Sequence[object]) -> bool:
        return len(left) == len(right) and all(map(self._identify, left, right))

    # -- expressions

    def exprs(self, left: ast.Expr, right: ast.Expr) -> bool:
        self._pending = [(left, right)]
        while self._pending:
            a, b = self._pending.pop()
            if isinstance(a, ast.Var) and isinstance(b, ast.Var):
                if not self._vars(a, b):
                    return False
            elif isinstance(a, ast.MetaReference) or isinstance(b, ast.MetaReference):
                if not self._meta(a, b):
                    return False
            elif type(a) is not type(b):
                return False
            elif type(a) in _LEAVES:
                if not _LEAVES[type(a)](a, b):
                    return False
            elif id(a) in self._left or id(b) in self._right:
                if not self._identify(a, b):
                    return False
            elif not (self._identify(a, b) and _RULES[type(a)](self, a, b)):
                return False
        return True

    def _push(self, left: Sequence[ast.Expr], right: Sequence[ast.Expr]) -> bool:
        if len(left) != len(right):
            return False
        self._pending.extend(reversed(list(zip(left, right, strict=True))))
        return True

    def _vars(self, left: ast.Var, right: ast.Var) -> bool:
        """The same variable; a free one meets its like here for the first time."""
        return (id(left) in self._left and self._identify(left, right)) or self._bind(left, right)

    def _bind(self, left: ast.Var, right: ast.Var) -> bool:
        known = id(left) in self._left or id(right) in self._right
        if known or not self._identify(left, right):
            return False
        return self._annotations(left.annotation, right.annotation) and self._values(left.attrs, right.attrs)

    def _meta(self, left: object, right: object) -> bool:
        if isinstance(left, ast.MetaReference) and isinstance(right, ast.MetaReference):
            return self._loose or (left.kind, left.index) == (right.kind, right.index)
        return self._loose

    def _call(self, left: ast.Call, right: ast.Call) -> bool:
        if not self._values(self._attrs(left), self._attrs(right)):
            return False
        return self._push((left.func, *left.args), (right.func, *right.args))

    def _attrs(self, call: ast.Call) -> Mapping[str, Any]:
        operator = find_operator(call.func.name) if self._loose and isinstance(call.func, ast.OpRef) else None
        return call.attrs if operator is None else call_attrs(operator, call)

    def _let(self, left: ast.Let, right: ast.Let) -> bool:
        return self._bind(left.var, right.var) and self._push((left.value, left.body), (right.value, right.body))

    def _function(self, left: ast.Function, right: ast.Function) -> bool:
        if len(left.params) != len(right.params) or not self._identify_all(left.type_params, right.type_params):
            return False
        return (
            all(map(self._bind, left.params, right.params))
            and self._annotations(left.result, right.result)
            and self._values(left.attrs, right.attrs)
            and self._push((left.body,), (right.body,))
        )

    def _projection(self, left: ast.TupleGetItem, right: ast.TupleGetItem) -> bool:
        return left.index == right.index and self._push((left.value,), (right.value,))

    def _match(self, left: ast.Match, right: ast.Match) -> bool:
        if left.complete != right.complete or len(left.clauses) != len(right.clauses):
            return False
        if not all(self._patterns(a.pattern, b.pattern) for a, b in zip(left.clauses, right.clauses, strict=True)):
            return False
        bodies = [(a.body, b.body) for a, b in zip(left.clauses, right.clauses, strict=True)]
        return self._push((left.data, *(a for a, _ in bodies)), (right.data, *(b for _, b in bodies)))

    def _patterns(self, left: ast.Pattern, right: ast.Pattern) -> bool:
        pending = [(left, right)]
        while pending:
            a, b = pending.pop()
            if isinstance(a, ast.PatternVar) and isinstance(b, ast.PatternVar):
                if not self._bind(a.var, b.var):
                    return False
            elif isinstance(a, ast.PatternConstructor) and isinstance(b, ast.PatternConstructor):
                if a.constructor != b.constructor or len(a.patterns) != len(b.patterns):
                    return False
                pending.extend(zip(a.patterns, b.patterns, strict=True))
            elif isinstance(a, ast.PatternTuple) and isinstance(b, ast.PatternTuple):
                if len(a.patterns) != len(b.patterns):
                    return False
                pending.extend(zip(a.patterns, b.patterns, strict=True))
            elif not (isinstance(a, ast.PatternWildcard) and isinstance(b, ast.PatternWildcard)):
                return False
        return True

    # -- attributes

    def _values(self, left: object, right: object) -> bool:
        pending = [(left, right)]
        while pending:
            a, b = pending.pop()
            if isinstance(a, ast.MetaReference) or isinstance(b, ast.MetaReference):
                if not self._meta(a, b):
                    return False
            elif isinstance(a, ast.Opaque) and isinstance(b, ast.Opaque):
                if a.kind != b.kind:
                    return False
                pending.append((a.fields, b.fields))
            elif isinstance(a, Mapping) and isinstance(b, Mapping):
                if a.keys() != b.keys():
                    return False
                pending.extend((a[k], b[k]) for k in a)
            elif isinstance(a, tuple) and isinstance(b, tuple):
                if len(a) != len(b):
                    return False
                pending.extend(zip(a, b, strict=True))
            elif isinstance(a, ast.Expr) and isinstance(b, ast.Expr):
                self._pending.append((a, b))
            elif isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
                if not _same_arrays(a, b):
                    return False
            elif not (a == b and type(a) is type(b)) and not _both_nan(a, b):
                return False
        return True

    # -- types

    def _annotations(self, left: Type | None, right: Type | None) -> bool:
        if left is None or right is None:
            return self._loose or left is right
        return self._same_types((left,), (right,))

    def _same_types(self, left: Sequence[Type], right: Sequence[Type]) -> bool:
        if len(left) != len(right):
            return False
        pending = list(zip(left, right, strict=True))
        while pending:
            a, b = pending.pop()
            if isinstance(a, IncompleteType) or isinstance(b, IncompleteType):
                if not self._loose and type(a) is not type(b):
                    return False
            elif type(a) is not type(b):
                return False
            elif isinstance(a, TypeVar):
                if not self._identify(a, b):
                    return False
            elif isinstance(a, TensorType):
                if a != b:
                    return False
            else:
                parts = self._type_parts(a, b)
                if parts is None or len(parts[0]) != len(parts[1]):
                    return False
                pending.extend(zip(*parts, strict=True))
        return True

    def _type_parts(self, left: Any, right: Any) -> tuple[tuple[Type, ...], tuple[Type, ...]] | None:
        """What is inside two types of one kind; None when the types themselves differ."""
        if isinstance(left, TupleType):
            return left.fields, right.fields
        if isinstance(left, RefType):
            return (left.value,), (right.value,)
        if isinstance(left, FuncType):
            same = self._identify_all(left.type_params, right.type_params)
            return ((*left.params, left.result), (*right.params, right.result)) if same else None
        if isinstance(left, TypeCall):
            return (left.func, *left.args), (right.func, *right.args)
        return ((), ()) if left == right else None


def _same_arrays(left: Array, right: Array) -> bool:
    return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()


def _both_nan(left: object, right: object) -> bool:
    return isinstance(left, float) and isinstance(right, float) and left != left and right != right


_LEAVES: Mapping[type, Any] = {
    ast.Constant: lambda a, b: _same_arrays(a.value, b.value),
    ast.GlobalVar: lambda a, b: a.name == b.name,
    ast.OpRef: lambda a, b: a.name == b.name,
    ast.ConstructorRef: lambda a, b: a.name == b.name,
}

_RULES: Mapping[type, Any] = {
    ast.Tuple: lambda c, a, b: c._push(a.fields, b.fields),
    ast.TupleGetItem: _Comparison._projection,
    ast.Call: _Comparison._call,
    ast.Let: _Comparison._let,
    ast.If: lambda c, a, b: c._push((a.condition, a.then, a.otherwise), (b.condition, b.then, b.otherwise)),
    ast.Function: _Comparison._function,
    ast.RefCreate: lambda c, a, b: c._push((a.value,), (b.value,)),
    ast.RefRead: lambda c, a, b: c._push((a.ref,), (b.ref,)),
    ast.RefWrite: lambda c, a, b: c._push((a.ref, a.value), (b.ref, b.value)),
    ast.Match: _Comparison._match,
}
