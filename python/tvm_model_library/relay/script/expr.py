"""Relay's expressions under TVM's names, as a script makes them.

Each object stands for a node of the syntax tree, ``node``, and equals another one of the same node: an expression used
twice is one expression. Definition: TVM 0.18 python/tvm/relay/expr.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, Union

import numpy as np
from tvm_model_library.errors import RelayTypeError
from tvm_model_library.relay import ast, types
from tvm_model_library.relay.calls import check_call, plain, type_of_call
from tvm_model_library.relay.checks import call_attrs, require_operator
from tvm_model_library.relay.operator import Attrs, find_operator
from tvm_model_library.relay.script import ty
from tvm_model_library.relay.script.base import Expr, stands_for
from tvm_model_library.relay.script.nd import NDArray, as_array
from tvm_model_library.relay.script.places import caller
from tvm_model_library.tensors import Array, numpy_dtype

ExprLike: TypeAlias = Union[
    "Expr", "TupleWrapper", NDArray, Array, bool, int, float, Sequence["ExprLike"]
]  # fmt: skip
"""What stands for an expression: numbers and arrays become constants, sequences become tuples."""


class Var(Expr):
    """A local variable: a parameter, or what ``let`` binds. It is itself and no other of the same name."""

    __slots__ = ()
    node: ast.Var

    def __init__(self, name_hint: str, type_annotation: ty.Type | None = None) -> None:
        if not isinstance(name_hint, str) or not name_hint:
            raise RelayTypeError(f"a variable's name is text, found {name_hint!r}", caller())
        type_ = None if type_annotation is None else ty.unwrap(type_annotation)
        self._set(
            ast.Var(caller(), name_hint, type_), type_ if type_ is not None and types.is_complete(type_) else None
        )

    @property
    def name_hint(self) -> str:
        """The name, without ``%``."""
        return self.node.name

    @property
    def type_annotation(self) -> ty.Type | None:
        """The type that it was given."""
        return None if self.node.annotation is None else ty.wrap(self.node.annotation)


class GlobalVar(Expr):
    """A function of the module by its name, without ``@``."""

    __slots__ = ()
    node: ast.GlobalVar

    def __init__(self, name_hint: str) -> None:
        self._set(ast.GlobalVar(caller(), name_hint))

    @property
    def name_hint(self) -> str:
        """The function's name."""
        return self.node.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GlobalVar) and self.node.name == other.node.name

    def __hash__(self) -> int:
        return hash(self.node.name)


class Op(Expr):
    """An operator. Calling it with expressions is a call without attributes."""

    __slots__ = ()
    node: ast.OpRef

    def __init__(self, name: str) -> None:
        node = ast.OpRef(caller(), name)
        require_operator(node)
        self._set(node)

    @staticmethod
    def get(name: str) -> Op:
        """The operator of a name. Raises ``UnknownOperatorError``."""
        return Op(name)

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Op) and self.node.name == other.node.name

    def __hash__(self) -> int:
        return hash(self.node.name)


class Constant(Expr):
    """A tensor of known values."""

    __slots__ = ()
    node: ast.Constant

    def __init__(self, data: Any) -> None:
        value = as_array(data).copy()
        self._set(ast.Constant(caller(), value), types.TensorType(value.shape, value.dtype.name))

    @property
    def data(self) -> NDArray:
        """A copy of the values."""
        return NDArray(self.node.value.copy())


class Tuple(Expr):
    """Several expressions as one."""

    __slots__ = ()
    node: ast.Tuple

    def __init__(self, fields: Iterable[ExprLike]) -> None:
        parts = [as_expr(f) for f in fields]
        known = [p.known_type for p in parts]
        type_ = None if None in known else types.TupleType(tuple(t for t in known if t is not None))
        self._set(ast.Tuple(caller(), tuple(p.node for p in parts)), type_)

    @property
    def fields(self) -> list[Expr]:
        """Its parts."""
        return [self._part(f) for f in self.node.fields]

    def __getitem__(self, index: int) -> Expr:
        return self.fields[index]

    def __len__(self) -> int:
        return len(self.node.fields)

    def __iter__(self) -> Iterator[Expr]:
        return iter(self.fields)


class TupleGetItem(Expr):
    """One field of a tuple, counted from 0."""

    __slots__ = ()
    node: ast.TupleGetItem

    def __init__(self, tuple_value: ExprLike, index: int) -> None:
        value, place = as_expr(tuple_value), caller()
        type_ = value.known_type
        if type_ is not None and not isinstance(type_, types.TupleType):
            raise RelayTypeError(f"a tuple is expected, found {ty.wrap(type_)}", place)
        if index < 0 or (type_ is not None and index >= len(type_.fields)):
            of = "" if type_ is None else f" of {ty.wrap(type_)}"
            raise RelayTypeError(f"there is no field {index}{of}", place)
        self._set(ast.TupleGetItem(place, value.node, index), None if type_ is None else type_.fields[index])

    @property
    def tuple_value(self) -> Expr:
        """The tuple."""
        return self._part(self.node.value)

    @property
    def index(self) -> int:
        """Which field."""
        return self.node.index


class TupleWrapper:
    """A tuple of known size that unpacks as Python's do: ``values, indices = relay.topk(x)``."""

    def __init__(self, tuple_value: Expr, size: int) -> None:
        self.tuple_value = tuple_value
        self.size = size

    def astuple(self) -> Expr:
        """The tuple."""
        return self.tuple_value

    def __getitem__(self, index: int) -> TupleGetItem:
        if not -self.size <= index < self.size:
            raise IndexError(f"there is no field {index} of {self.size}")
        return TupleGetItem(self.tuple_value, index % self.size)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[TupleGetItem]:
        return (self[i] for i in range(self.size))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.tuple_value, name)

    def __repr__(self) -> str:
        return f"TupleWrapper({self.tuple_value!r}, {self.size})"


class Call(Expr):
    """A call of an operator, a function, or a constructor.

    Raises ``RelayTypeError`` where the arguments, as far as their types are known, do not fit an operator.
    """

    __slots__ = ()
    node: ast.Call

    def __init__(
        self,
        op: Expr,
        args: Iterable[ExprLike],
        attrs: Mapping[str, Any] | None = None,
        type_args: Iterable[ty.Type] | None = None,
    ) -> None:
        place, function, arguments = caller(), as_expr(op), [as_expr(a) for a in args]
        attributes = {name: plain(value) for name, value in (attrs or {}).items()}
        # An operator stands where it is called: the place of an Op may be another line.
        target = ast.OpRef(place, function.name) if isinstance(function, Op) else function.node
        of = tuple(map(ty.unwrap, type_args or ()))
        node = ast.Call(place, target, tuple(a.node for a in arguments), attributes, of)
        self._set(node, _call_type(node, function, arguments))

    @property
    def op(self) -> Expr:
        """What is called: an :class:`Op`, or an expression."""
        return self._part(self.node.func)

    @property
    def args(self) -> list[Expr]:
        """The arguments."""
        return [self._part(a) for a in self.node.args]

    @property
    def attrs(self) -> Attrs:
        """The attributes, as ``attrs.axis`` or ``attrs["axis"]``; defaults are filled in."""
        found = find_operator(self.node.func.name) if isinstance(self.node.func, ast.OpRef) else None
        return Attrs(self.node.attrs) if found is None else call_attrs(found, self.node)

    @property
    def type_args(self) -> list[ty.Type]:
        """The types that a generic function is called with."""
        return [ty.wrap(t) for t in self.node.type_args]


for _node, _class in (
    (ast.Var, Var), (ast.GlobalVar, GlobalVar), (ast.OpRef, Op), (ast.Constant, Constant), (ast.Tuple, Tuple),
    (ast.TupleGetItem, TupleGetItem), (ast.Call, Call),
):  # fmt: skip
    stands_for(_node, _class)


def as_expr(value: ExprLike) -> Expr:
    """``value`` as an expression. Raises ``RelayTypeError`` for what does not stand for one."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, TupleWrapper):
        return value.tuple_value
    if isinstance(value, list | tuple):
        return Tuple(value)
    if isinstance(value, bool | int | float | np.ndarray | np.generic | NDArray):
        return const(value)
    raise RelayTypeError(f"expected an expression, a number or an array, found {type(value).__name__}", caller())


def var(
    name_hint: str, type_annotation: ty.Type | str | None = None, shape: Any = None, dtype: ty.Dtype = "float32"
) -> Var:
    """A variable: of a type, or of ``shape`` and ``dtype``; a dtype alone is that of a scalar; without any of them
    inference finds the type.
    """
    if type_annotation is not None and shape is not None:
        raise RelayTypeError(f"variable {name_hint!r}: give a type, or a shape and a dtype, not both", caller())
    if shape is not None:
        return Var(name_hint, ty.TensorType(shape, dtype))
    if isinstance(type_annotation, str):
        return Var(name_hint, ty.TensorType((), type_annotation))
    return Var(name_hint, type_annotation)


def const(value: Any, dtype: ty.Dtype | None = None) -> Constant:
    """A constant. Without ``dtype``, int64 becomes int32 and float64 becomes float32, as in TVM: Python's numbers are
    of these. Raises ``RelayTypeError`` for a value that the dtype does not have.
    """
    array = as_array(value)
    chosen = {"int64": "int32", "float64": "float32"}.get(array.dtype.name, array.dtype.name)
    name = chosen if dtype is None else ty.checked_dtype(dtype)
    try:
        with np.errstate(all="ignore"):
            converted = array.astype(numpy_dtype(name))
    except TypeError:
        raise RelayTypeError(f"a constant of {name} can't be made: NumPy has no such dtype", caller()) from None
    if converted.dtype.kind in "iub" and not np.array_equal(array, converted):
        hint = "; give dtype='int64'" if dtype is None and array.dtype.kind == "i" else ""
        raise RelayTypeError(f"the constant has values that {name} does not hold{hint}", caller())
    return Constant(converted)


def operator(name: str, args: Sequence[ExprLike], attrs: Mapping[str, Any] | None = None) -> Call:
    """A call of an operator by its name, with its attributes."""
    return Call(Op(name), args, attrs)


def binary(name: str, left: ExprLike, right: ExprLike) -> Call:
    """A call of an operator on two tensors of one dtype: a number takes the other's dtype, where that is known."""
    return operator(name, [_beside(left, right), _beside(right, left)])


def _beside(value: ExprLike, other: ExprLike) -> ExprLike:
    if isinstance(value, bool | int | float) and isinstance(other, Expr):
        type_ = other.known_type
        return const(value, type_.dtype if isinstance(type_, types.TensorType) else None)
    return value


def _call_type(node: ast.Call, function: Expr, arguments: Sequence[Expr]) -> types.Type | None:
    known = [a.known_type for a in arguments]
    found = tuple(t for t in known if t is not None)
    if isinstance(node.func, ast.OpRef):
        operator = require_operator(node.func)
        if len(found) == len(known):
            return type_of_call(operator, node, found)
        check_call(operator, node)
        return None
    signature = function.known_type
    if isinstance(signature, types.FuncType) and not signature.type_params and found == signature.params:
        return signature.result
    return None
