"""Relay's types under TVM's names: what scripts write as annotations and read as ``checked_type``.

Each stands for a type of :mod:`tvm_model_library.relay.types`, which it holds as ``node``, and equals another one of
the same type. Definitions: TVM 0.18 python/tvm/relay/ty.py, python/tvm/ir/tensor_type.py, type.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from tvm_model_library.errors import RelayTypeError
from tvm_model_library.relay import types
from tvm_model_library.relay.literals import dtype_name
from tvm_model_library.relay.script.places import caller
from tvm_model_library.relay.type_text import type_text


class Any:
    """A dimension whose size is known only at run time: Relay's ``?``."""

    def __repr__(self) -> str:
        return "?"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Any)

    def __hash__(self) -> int:
        return hash(Any)


Dim: TypeAlias = int | Any
Dtype: TypeAlias = "str | type[np.generic] | np.dtype[np.generic]"


class Type:
    """Base of all types."""

    __slots__ = ("node",)
    node: types.Type

    def __str__(self) -> str:
        return type_text(self.node)

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and self.node == other.node

    def __hash__(self) -> int:
        return hash(self.node)


class TensorType(Type):
    """``Tensor[(shape), dtype]``. A dimension is a number or :class:`Any`; a scalar has the shape ``()``."""

    __slots__ = ()
    node: types.TensorType

    def __init__(self, shape: int | Dim | Sequence[Dim], dtype: Dtype = "float32") -> None:
        dims = (shape,) if isinstance(shape, int | np.integer | Any) else tuple(shape)
        self.node = types.TensorType(tuple(map(_dim, dims)), checked_dtype(dtype))

    @property
    def shape(self) -> tuple[Dim, ...]:
        """The dimensions."""
        return tuple(Any() if d is None else d for d in self.node.shape)

    @property
    def dtype(self) -> str:
        """The dtype's name."""
        return self.node.dtype

    @property
    def concrete_shape(self) -> tuple[int, ...]:
        """The dimensions as numbers. Raises ``RelayTypeError`` where one is not known."""
        if not self.node.is_static:
            raise RelayTypeError(f"{self} has dimensions that are known only at run time", caller())
        return self.node.static_shape


class TupleType(Type):
    """``(T0, T1, ...)``."""

    __slots__ = ()
    node: types.TupleType

    def __init__(self, fields: Iterable[Type]) -> None:
        self.node = types.TupleType(tuple(map(unwrap, fields)))

    @property
    def fields(self) -> list[Type]:
        """The fields' types."""
        return [wrap(f) for f in self.node.fields]


class FuncType(Type):
    """``fn (A, B) -> R``."""

    __slots__ = ()
    node: types.FuncType

    def __init__(self, arg_types: Iterable[Type], ret_type: Type, type_params: Iterable[TypeVar] | None = None) -> None:
        variables = tuple(v.node for v in type_params or ())
        self.node = types.FuncType(tuple(map(unwrap, arg_types)), unwrap(ret_type), variables)

    @property
    def arg_types(self) -> list[Type]:
        """The parameters' types."""
        return [wrap(p) for p in self.node.params]

    @property
    def ret_type(self) -> Type:
        """The result's type."""
        return wrap(self.node.result)

    @property
    def type_params(self) -> list[Type]:
        """The type variables that it is generic over."""
        return [wrap(v) for v in self.node.type_params]


class RefType(Type):
    """``ref(T)``: a mutable cell."""

    __slots__ = ()
    node: types.RefType

    def __init__(self, value: Type) -> None:
        self.node = types.RefType(unwrap(value))

    @property
    def value(self) -> Type:
        """The type of what it holds."""
        return wrap(self.node.value)


class TypeVar(Type):
    """A type parameter of a generic function or data type; each is one of its own, whatever its name."""

    __slots__ = ()
    node: types.TypeVar

    def __init__(self, name_hint: str) -> None:
        self.node = types.TypeVar(name_hint)

    @property
    def name_hint(self) -> str:
        """Its name."""
        return self.node.name


class GlobalTypeVar(Type):
    """The name of an algebraic data type; called with types, it is that data type of them."""

    __slots__ = ()
    node: types.GlobalTypeVar

    def __init__(self, name_hint: str) -> None:
        self.node = types.GlobalTypeVar(name_hint)

    @property
    def name_hint(self) -> str:
        """Its name."""
        return self.node.name

    def __call__(self, *args: Type) -> TypeCall:
        return TypeCall(self, args)


class TypeCall(Type):
    """An algebraic data type of types: ``List[int32]``."""

    __slots__ = ()
    node: types.TypeCall

    def __init__(self, func: Type, args: Iterable[Type]) -> None:
        self.node = types.TypeCall(unwrap(func), tuple(map(unwrap, args)))

    @property
    def func(self) -> Type:
        """The data type."""
        return wrap(self.node.func)

    @property
    def args(self) -> list[Type]:
        """What it is applied to."""
        return [wrap(a) for a in self.node.args]


class IncompleteType(Type):
    """A type that inference has to find."""

    __slots__ = ()
    node: types.IncompleteType

    def __init__(self) -> None:
        self.node = types.IncompleteType()


_CLASSES: dict[type[types.Type], type[Type]] = {
    types.TensorType: TensorType,
    types.TupleType: TupleType,
    types.FuncType: FuncType,
    types.RefType: RefType,
    types.TypeVar: TypeVar,
    types.GlobalTypeVar: GlobalTypeVar,
    types.TypeCall: TypeCall,
    types.IncompleteType: IncompleteType,
}


def wrap(node: types.Type) -> Type:
    """A type of the language under TVM's name."""
    result = object.__new__(_CLASSES[type(node)])
    result.node = node
    return result


def unwrap(type_: Type | types.Type) -> types.Type:
    """The type of the language. Raises ``RelayTypeError`` for what is not a type."""
    if isinstance(type_, Type):
        return type_.node
    if isinstance(type_, types.Type):
        return type_
    raise RelayTypeError(f"expected a type such as relay.TensorType((1, 8), 'int8'), found {type_!r}", caller())


def checked_dtype(dtype: Dtype) -> str:
    """The name of a dtype given as text or as NumPy's. Raises ``RelayTypeError`` for one that Relay does not have."""
    text = dtype if isinstance(dtype, str) else np.dtype(dtype).name
    name = dtype_name(text)
    if name is None:
        raise RelayTypeError(f"{text!r} is not a dtype; expected one such as 'float32', 'int8' or 'bool'", caller())
    return name


def _dim(dim: object) -> int | None:
    if isinstance(dim, Any):
        return None
    if isinstance(dim, int | np.integer) and not isinstance(dim, bool) and dim >= 0:
        return int(dim)
    raise RelayTypeError(f"a dimension is a number from 0, or relay.Any(); found {dim!r}", caller())
