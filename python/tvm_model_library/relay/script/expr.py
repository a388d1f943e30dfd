"""Relay's expressions under TVM's names, as a script makes them.

Each object stands for a node of the syntax tree, ``node``, and equals another one of the same node: an expression used
twice is one expression. A node carries the line of the script that made it. The type is known as soon as those of the
operands are, so that a mistake is found where it is made; what needs the whole function (a variable without a type) is
left to inference. Definition: TVM 0.18 python/tvm/relay/expr.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, Union

import numpy as np
from tvm_model_library.errors import Place, RelayTypeError
from tvm_model_library.relay import ast, types
from tvm_model_library.relay.calls import check_call, plain, type_of_call
from tvm_model_library.relay.checks import call_attrs, require_operator
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.operator import Attrs, find_operator
from tvm_model_library.relay.printer import print_expr
from tvm_model_library.relay.script import ty
from tvm_model_library.relay.script.nd import NDArray, as_array
from tvm_model_library.relay.script.places import caller
from tvm_model_library.relay.visit import free_vars
from tvm_model_library.tensors import Array, numpy_dtype

ExprLike: TypeAlias = Union[
    "Expr", "TupleWrapper", NDArray, Array, bool, int, float, Sequence["ExprLike"]
]  # fmt: skip
"""What stands for an expression: numbers and arrays become constants, sequences become tuples."""

_TRUTHS = ("less", "greater", "less_equal", "greater_equal", "equal", "not_equal", "logical_and", "logical_or")


class Expr:
    """Base of all expressions."""

    __slots__ = ("_type", "_typed", "node")
    node: ast.Expr
    _type: types.Type | None
    _typed: ast.TypedModule | None

    def _set(self, node: ast.Expr, type_: types.Type | None = None, typed: ast.TypedModule | None = None) -> None:
        self.node, self._type, self._typed = node, type_, typed

    def _part(self, node: ast.Expr) -> Expr:
        """What is in this expression; it knows its type where this one does."""
        return wrap(node, typed=self._typed)

    # -- types

    @property
    def known_type(self) -> types.Type | None:
        """The type as far as it is known without inference."""
        if self._type is None and self._typed is not None:
            self._type = self._typed.types.get(id(self.node))
        return self._type

    @property
    def checked_type(self) -> ty.Type:
        """The type. Raises ``RelayTypeError`` where there is none."""
        if self.known_type is None:
            self._typed = infer(_module_of(self.node))
        assert self.known_type is not None, "inference gives every expression its type"
        return ty.wrap(self.known_type)

    @property
    def span(self) -> Place:
        """Where it was made."""
        return self.node.span

    # -- text

    def astext(self, show_meta_data: bool = True) -> str:
        """Its Relay text; constants are in the metadata section, which ``show_meta_data=False`` leaves out."""
        return print_expr(self.node, show_meta_data)

    def __str__(self) -> str:
        return self.astext(show_meta_data=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    # -- identity

    def same_as(self, other: Expr) -> bool:
        """Whether both are one expression."""
        return self == other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expr) and self.node is other.node

    def __hash__(self) -> int:
        return id(self.node)

    def __bool__(self) -> bool:
        operator = self.node.func if isinstance(self.node, ast.Call) else None
        if isinstance(operator, ast.OpRef) and operator.name in _TRUTHS:
            raise RelayTypeError(f"{operator.name} has no value yet: use relay.If, or relay.where", caller())
        return True

    # -- arithmetic

    def astype(self, dtype: ty.Dtype) -> Call:
        """``cast`` to ``dtype``."""
        return operator("cast", [self], {"dtype": ty.checked_dtype(dtype)})

    def __neg__(self) -> Call:
        return operator("negative", [self])

    def __add__(self, other: ExprLike) -> Call:
        return binary("add", self, other)

    def __radd__(self, other: ExprLike) -> Call:
        return binary("add", other, self)

    def __sub__(self, other: ExprLike) -> Call:
        return binary("subtract", self, other)

    def __rsub__(self, other: ExprLike) -> Call:
        return binary("subtract", other, self)

    def __mul__(self, other: ExprLike) -> Call:
        return binary("multiply", self, other)

    def __rmul__(self, other: ExprLike) -> Call:
        return binary("multiply", other, self)

    def __truediv__(self, other: ExprLike) -> Call:
        return binary("divide", self, other)

    def __rtruediv__(self, other: ExprLike) -> Call:
        return binary("divide", other, self)

    def __lt__(self, other: ExprLike) -> Call:
        return binary("less", self, other)

    def __gt__(self, other: ExprLike) -> Call:
        return binary("greater", self, other)

    def __le__(self, other: ExprLike) -> Call:
        return binary("less_equal", self, other)

    def __ge__(self, other: ExprLike) -> Call:
        return binary("greater_equal", self, other)

    def __call__(self, *args: ExprLike) -> Call:
        return Call(self, args)


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


_CLASSES: dict[type[ast.Expr], type[Expr]] = {
    ast.Var: Var,
    ast.GlobalVar: GlobalVar,
    ast.OpRef: Op,
    ast.Constant: Constant,
    ast.Tuple: Tuple,
    ast.TupleGetItem: TupleGetItem,
    ast.Call: Call,
}


def stands_for(node: type[ast.Expr], class_: type[Expr]) -> None:
    """Say which class stands for a kind of node."""
    _CLASSES[node] = class_


def wrap(node: ast.Expr, type_: types.Type | None = None, typed: ast.TypedModule | None = None) -> Expr:
    """A node of the syntax tree as a script sees it; ``typed`` knows the types of the node and what is in it."""
    result: Expr = object.__new__(_CLASSES.get(type(node), Expr))
    result._set(node, type_, typed)
    return result


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


def _module_of(expr: ast.Expr) -> ast.Module:
    """A module whose ``@main`` holds the expression; its free variables are parameters."""
    return ast.Module({"main": ast.Function(expr.span, free_vars(expr), expr)})
