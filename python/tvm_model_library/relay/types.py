"""Relay's types.

A dimension is an ``int``, or ``None`` for Relay's ``?`` (``Any``): a size known only at run time.
Types are values: equal when they are structurally equal, except that type variables and incomplete
types are equal only to themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import TypeAlias

Dim: TypeAlias = int | None
Shape: TypeAlias = tuple[Dim, ...]


class Type:
    """Base of all Relay types. ``str()`` of one is its text, of a long one the beginning."""

    __slots__ = ()

    def __str__(self) -> str:
        from tvm_model_library.relay.type_text import short

        return short(self)


@dataclass(frozen=True, slots=True)
class TensorType(Type):
    """``Tensor[(shape), dtype]``; a scalar has shape ``()`` and prints as its dtype alone."""

    shape: Shape
    dtype: str

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_static(self) -> bool:
        return None not in self.shape

    @property
    def static_shape(self) -> tuple[int, ...]:
        """The shape, when every dimension is known; ``ValueError`` otherwise."""
        dims = tuple(d for d in self.shape if d is not None)
        if len(dims) != len(self.shape):
            raise ValueError(f"{self} has a dynamic shape")
        return dims

    @property
    def size(self) -> int:
        """Number of elements of a static tensor."""
        return prod(self.static_shape)

    def __str__(self) -> str:
        if not self.shape:
            return self.dtype
        dims = ", ".join("?" if d is None else str(d) for d in self.shape)
        return f"Tensor[({dims}), {self.dtype}]"


@dataclass(frozen=True, slots=True)
class TupleType(Type):
    """``(T0, T1, ...)``; ``()`` is the unit type."""

    fields: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class RefType(Type):
    """``ref(T)``: a mutable cell."""

    value: Type


@dataclass(frozen=True, slots=True, eq=False)
class TypeVar(Type):
    """A type parameter of a generic function or data type."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class GlobalTypeVar(Type):
    """The name of an algebraic data type."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class TypeCall(Type):
    """An algebraic data type applied to its type arguments: ``List[int32]``."""

    func: Type
    args: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class FuncType(Type):
    """``fn <T>(A, B) -> R``."""

    params: tuple[Type, ...]
    result: Type
    type_params: tuple[TypeVar, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class IncompleteType(Type):
    """A type still to be inferred; each instance is one unknown."""

    hint: str = field(default="_")

    def __str__(self) -> str:
        return "_"


def is_complete(type_: Type) -> bool:
    """Whether nothing in a type is left to inference."""
    pending = [type_]
    while pending:
        item = pending.pop()
        if isinstance(item, IncompleteType):
            return False
        if isinstance(item, TupleType):
            pending.extend(item.fields)
        elif isinstance(item, FuncType):
            pending.extend((*item.params, item.result))
        elif isinstance(item, TypeCall):
            pending.extend((item.func, *item.args))
        elif isinstance(item, RefType):
            pending.append(item.value)
    return True


def is_empty(type_: Type) -> bool:
    """Whether a type is made of tensors, at least one, and all of them are known to have no elements."""
    try:
        tensors = list(flatten(type_))
    except TypeError:
        return False
    return bool(tensors) and all(t.is_static and t.size == 0 for t in tensors)


def flatten(type_: Type) -> Iterator[TensorType]:
    """The tensors of a type of tensors and (nested) tuples, left to right.

    Raises ``TypeError`` for any other type inside.
    """
    pending = [type_]
    while pending:
        item = pending.pop()
        if isinstance(item, TensorType):
            yield item
        elif isinstance(item, TupleType):
            pending.extend(reversed(item.fields))
        else:
            raise TypeError(f"{type_} is not made of tensors and tuples")
