"""Unification of Relay types.

An :class:`IncompleteType` is an unknown. Two types unify when the unknowns can be chosen so that they become equal,
where ``?`` goes with any dimension and stays ``?`` (TVM 0.18 src/relay/analysis/type_solver.cc).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
from tvm_model_library.relay.visit import Steps, trampoline


class MismatchError(Exception):
    """The two innermost types that differ, left and right."""

    def __init__(self, left: Type, right: Type) -> None:
        super().__init__()
        self.left = left
        self.right = right


class Unifier:
    """The unknowns chosen so far. ``on_bind`` hears of each unknown that gets its type."""

    def __init__(self, on_bind: Callable[[IncompleteType], None]) -> None:
        self._bound: dict[int, Type] = {}
        self._unknowns: list[IncompleteType] = []  # keeps the ids of _bound in use
        self._ground: dict[int, Type] = {}
        self._on_bind = on_bind

    def find(self, type_: Type) -> Type:
        """``type_``, or what its unknown stands for by now (outermost level only)."""
        while isinstance(type_, IncompleteType):
            bound = self._bound.get(id(type_))
            if bound is None:
                return type_
            type_ = bound
        return type_

    def unify(self, left: Type, right: Type) -> Type:
        """The type that both become. Raises :class:`MismatchError`."""
        found = self.find(left)
        if found is right or (isinstance(found, TensorType) and found == self.find(right)):
            return found
        result: Type = trampoline(self._unify(left, right))
        return result

    def _unify(self, a: Type, b: Type) -> Steps:
        left, right = self.find(a), self.find(b)
        if left is right:
            return left
        if isinstance(left, IncompleteType):
            return self._bind(left, right)
        if isinstance(right, IncompleteType):
            return self._bind(right, left)
        if type(left) is not type(right):
            raise MismatchError(left, right)
        if isinstance(left, TensorType) and isinstance(right, TensorType):
            merged: Type = _unify_tensors(left, right)
        elif isinstance(left, TupleType) and isinstance(right, TupleType):
            if len(left.fields) != len(right.fields):
                raise MismatchError(left, right)
            merged = self.tuple_type((yield self._unify_all(left.fields, right.fields)))
        elif isinstance(left, FuncType) and isinstance(right, FuncType):
            merged = yield self._unify_functions(left, right)
        elif isinstance(left, RefType) and isinstance(right, RefType):
            merged = RefType((yield self._unify(left.value, right.value)))
        elif isinstance(left, TypeCall) and isinstance(right, TypeCall):
            if left.func != right.func or len(left.args) != len(right.args):
                raise MismatchError(left, right)
            merged = TypeCall(left.func, (yield self._unify_all(left.args, right.args)))
        elif left == right:
            return left
        else:
            raise MismatchError(left, right)
        # An unknown that stood for a static shape follows when it meets a dynamic one.
        for given in (a, b):
            if isinstance(given, IncompleteType):
                self._rebind(given, merged)
        return merged

    def _unify_all(self, left: Sequence[Type], right: Sequence[Type]) -> Steps:
        merged = []
        for a, b in zip(left, right, strict=True):
            merged.append((yield self._unify(a, b)))
        return tuple(merged)

    def _unify_functions(self, left: FuncType, right: FuncType) -> Steps:
        if len(left.params) != len(right.params):
            raise MismatchError(left, right)
        generics = left.type_params
        if len(left.type_params) == len(right.type_params):
            if generics:
                names = dict(zip(right.type_params, left.type_params, strict=True))
                right = FuncType(*self._substituted(right, names))
        else:
            generics = ()
            left, right = self.instantiate(left), self.instantiate(right)
        params = yield self._unify_all(left.params, right.params)
        return FuncType(params, (yield self._unify(left.result, right.result)), generics)

    def _bind(self, unknown: IncompleteType, type_: Type) -> Type:
        if self._occurs(unknown, type_):
            raise MismatchError(unknown, type_)
        self._rebind(unknown, type_)
        self._on_bind(unknown)
        return type_

    def _rebind(self, unknown: IncompleteType, type_: Type) -> None:
        while isinstance(following := self._bound.get(id(unknown)), IncompleteType):
            unknown = following
        if unknown is not type_:
            self._unknowns.append(unknown)
            self._bound[id(unknown)] = type_

    def _occurs(self, unknown: IncompleteType, type_: Type) -> bool:
        return any(u is unknown for u in self.unknowns(type_))

    def unknown_tensors(self, type_: Type) -> list[IncompleteType]:
        """The unknowns left in ``type_`` itself or in its tuples. Operators do not look into functions and cells:
        those that take them at all hand them on as they are.
        """
        return self._search(type_, lambda item: item.fields if isinstance(item, TupleType) else ())[0]

    def unknowns(self, type_: Type) -> list[IncompleteType]:
        """The unknowns left in ``type_``, each once."""
        found, seen = self._search(type_, parts)
        if not found:
            self._ground.update(seen)
        return found

    def _search(
        self, type_: Type, inside: Callable[[Type], tuple[Type, ...]]
    ) -> tuple[list[IncompleteType], dict[int, Type]]:
        """The unknowns in ``type_``, and the types looked at."""
        found: dict[int, IncompleteType] = {}
        seen: dict[int, Type] = {}
        pending = [type_]
        while pending:
            item = self.find(pending.pop())
            if isinstance(item, TensorType) or id(item) in self._ground or id(item) in seen:
                continue
            seen[id(item)] = item
            if isinstance(item, IncompleteType):
                found[id(item)] = item
            else:
                pending.extend(inside(item))
        return list(found.values()), seen

    def tuple_type(self, fields: Sequence[Type]) -> TupleType:
        """A tuple type; known to have no unknowns when its fields are known to have none."""
        result = TupleType(tuple(fields))
        if all(isinstance(f, TensorType) or id(f) in self._ground for f in result.fields):
            self._ground[id(result)] = result
        return result

    def resolve(self, type_: Type, memo: dict[int, tuple[Type, Type]] | None = None) -> Type:
        """``type_`` with every unknown that has a type replaced by it. ``memo`` may be shared between calls while
        nothing is unified.
        """
        type_ = self.find(type_)
        if isinstance(type_, TensorType) or id(type_) in self._ground:
            return type_
        result: Type = trampoline(self._rebuild(type_, {}, {} if memo is None else memo))
        return result

    def instantiate(self, type_: FuncType) -> FuncType:
        """``type_`` with fresh unknowns for its type parameters."""
        if not type_.type_params:
            return type_
        return FuncType(*self._substituted(type_, {v: IncompleteType(v.name) for v in type_.type_params}))

    def substitute(self, type_: Type, mapping: Mapping[TypeVar, Type]) -> Type:
        """``type_`` with type variables replaced."""
        if not mapping:
            return type_
        result: Type = trampoline(self._rebuild(type_, mapping, {}))
        return result

    def _substituted(self, type_: FuncType, mapping: Mapping[TypeVar, Type]) -> tuple[tuple[Type, ...], Type]:
        memo: dict[int, tuple[Type, Type]] = {}
        params = tuple(trampoline(self._rebuild(p, mapping, memo)) for p in type_.params)
        return params, trampoline(self._rebuild(type_.result, mapping, memo))

    def _rebuild(self, given: Type, mapping: Mapping[TypeVar, Type], memo: dict[int, tuple[Type, Type]]) -> Steps:
        type_ = self.find(given)
        if isinstance(type_, TensorType | IncompleteType):
            return type_
        if isinstance(type_, TypeVar):
            return mapping.get(type_, type_)
        if id(type_) in memo:
            return memo[id(type_)][1]
        items = []
        for part in parts(type_):
            items.append((yield self._rebuild(part, mapping, memo)))
        result = with_parts(type_, items)
        memo[id(type_)] = (type_, result)
        return result


def parts(type_: Type) -> tuple[Type, ...]:
    """The types directly inside ``type_``."""
    if isinstance(type_, TupleType):
        return type_.fields
    if isinstance(type_, FuncType):
        return (*type_.params, type_.result)
    if isinstance(type_, TypeCall):
        return (type_.func, *type_.args)
    return (type_.value,) if isinstance(type_, RefType) else ()


def with_parts(type_: Type, items: Sequence[Type]) -> Type:
    """``type_`` made of other parts, in the order of :func:`parts`."""
    if all(new is old for new, old in zip(items, parts(type_), strict=True)):
        return type_
    if isinstance(type_, TupleType):
        return TupleType(tuple(items))
    if isinstance(type_, FuncType):
        return FuncType(tuple(items[:-1]), items[-1], type_.type_params)
    if isinstance(type_, TypeCall):
        return TypeCall(items[0], tuple(items[1:]))
    return RefType(items[0])


def _unify_tensors(left: TensorType, right: TensorType) -> TensorType:
    if left == right:
        return left
    if left.dtype != right.dtype or len(left.shape) != len(right.shape):
        raise MismatchError(left, right)
    dims = []
    for a, b in zip(left.shape, right.shape, strict=True):
        if a != b and a is not None and b is not None:
            raise MismatchError(left, right)
        dims.append(None if a is None or b is None else a)
    return TensorType(tuple(dims), left.dtype)
