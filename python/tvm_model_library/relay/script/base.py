"""What all expressions of a script have: a node of the syntax tree, a type, text, arithmetic.

A node carries the line of the script that made it. The type is known as soon as those of the operands are, so that a
mistake is found where it is made; what needs the whole function (a variable without a type) is left to inference.
Definition: TVM 0.18 python/tvm/relay/expr.py.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tvm_model_library.errors import Place, RelayTypeError
from tvm_model_library.relay import ast, types
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.printer import print_expr
from tvm_model_library.relay.script import ty
from tvm_model_library.relay.script.places import caller
from tvm_model_library.relay.visit import free_vars

if TYPE_CHECKING:
    from tvm_model_library.relay.script.expr import Call, ExprLike

_TRUTHS = ("less", "greater", "less_equal", "greater_equal", "equal", "not_equal", "logical_and", "logical_or")


class Inferred:
    """The types of all expressions of a module, found when the first one is asked for."""

    def __init__(self, module: ast.Module) -> None:
        self.module = module

    @cached_property
    def program(self) -> ast.TypedModule:
        """The module with its types. Raises ``RelayTypeError`` where one can't be inferred."""
        return infer(self.module)

    def type_of(self, node: ast.Expr) -> types.Type | None:
        """The type of an expression of the module; None for one that is not in it."""
        return self.program.types.get(id(node))


class Expr:
    """Base of all expressions."""

    __slots__ = ("_type", "_typed", "node")
    __array_ufunc__ = None  # NumPy leaves arithmetic of an array and an expression to the expression
    node: ast.Expr
    _type: types.Type | None
    _typed: Inferred | None

    def _set(self, node: ast.Expr, type_: types.Type | None = None, typed: Inferred | None = None) -> None:
        self.node, self._type, self._typed = node, type_, typed

    def _part(self, node: ast.Expr) -> Expr:
        """What is in this expression; it knows its type where this one does."""
        return wrap(node, typed=self._typed)

    # -- types

    @property
    def known_type(self) -> types.Type | None:
        """The type as far as the parts of the expression, or the module that it is in, tell."""
        if self._type is None and self._typed is not None:
            self._type = self._typed.type_of(self.node)
        return self._type

    @property
    def checked_type(self) -> ty.Type:
        """The type. Raises ``RelayTypeError`` where there is none."""
        if self.known_type is None:
            self._typed = Inferred(_module_of(self.node))
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
        from tvm_model_library.relay.script.expr import operator

        return operator("cast", [self], {"dtype": ty.checked_dtype(dtype)})

    def __neg__(self) -> Call:
        from tvm_model_library.relay.script.expr import operator

        return operator("negative", [self])

    def __add__(self, other: ExprLike) -> Call:
        return _binary("add", self, other)

    def __radd__(self, other: ExprLike) -> Call:
        return _binary("add", other, self)

    def __sub__(self, other: ExprLike) -> Call:
        return _binary("subtract", self, other)

    def __rsub__(self, other: ExprLike) -> Call:
        return _binary("subtract", other, self)

    def __mul__(self, other: ExprLike) -> Call:
        return _binary("multiply", self, other)

    def __rmul__(self, other: ExprLike) -> Call:
        return _binary("multiply", other, self)

    def __truediv__(self, other: ExprLike) -> Call:
        return _binary("divide", self, other)

    def __rtruediv__(self, other: ExprLike) -> Call:
        return _binary("divide", other, self)

    def __lt__(self, other: ExprLike) -> Call:
        return _binary("less", self, other)

    def __gt__(self, other: ExprLike) -> Call:
        return _binary("greater", self, other)

    def __le__(self, other: ExprLike) -> Call:
        return _binary("less_equal", self, other)

    def __ge__(self, other: ExprLike) -> Call:
        return _binary("greater_equal", self, other)

    def __call__(self, *args: ExprLike) -> Call:
        from tvm_model_library.relay.script.expr import Call

        return Call(self, args)


_CLASSES: dict[type[ast.Expr], type[Expr]] = {}


def stands_for(node: type[ast.Expr], class_: type[Expr]) -> None:
    """Say which class stands for a kind of node."""
    _CLASSES[node] = class_


def wrap(node: ast.Expr, type_: types.Type | None = None, typed: Inferred | None = None) -> Expr:
    """A node of the syntax tree as a script sees it; ``typed`` knows the types of the node and what is in it."""
    result: Expr = object.__new__(_CLASSES.get(type(node), Expr))
    result._set(node, type_, typed)
    return result


def _module_of(expr: ast.Expr) -> ast.Module:
    """A module whose ``@main`` holds the expression; its free variables are parameters."""
    return ast.Module({"main": ast.Function(expr.span, free_vars(expr), expr)})


def _binary(name: str, left: ExprLike, right: ExprLike) -> Call:
    from tvm_model_library.relay.script.expr import binary  # which is made of expressions

    return binary(name, left, right)
