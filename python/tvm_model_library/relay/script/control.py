"""Relay's expressions with a scope: functions, ``let``, ``if``, references, and matching on data types.

Definitions: TVM 0.18 python/tvm/relay/function.py, expr.py, adt.py, scope_builder.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from tvm_model_library.errors import RelayTypeError
from tvm_model_library.relay import ast, types
from tvm_model_library.relay.calls import plain
from tvm_model_library.relay.script import ty
from tvm_model_library.relay.script.base import Expr, stands_for, wrap
from tvm_model_library.relay.script.expr import ExprLike, Var, as_expr
from tvm_model_library.relay.script.places import caller


class Function(Expr):
    """``fn (params) { body }``. Raises ``RelayTypeError`` where a parameter stands there twice."""

    __slots__ = ()
    node: ast.Function

    def __init__(
        self,
        params: Iterable[Var],
        body: ExprLike,
        ret_type: ty.Type | None = None,
        type_params: Iterable[ty.TypeVar] | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        variables, inner, place = [_variable(p) for p in params], as_expr(body), caller()
        if len({id(v) for v in variables}) < len(variables):
            raise RelayTypeError("a parameter stands in the function twice", place)
        result = None if ret_type is None else ty.unwrap(ret_type)
        generics = tuple(v.node for v in type_params or ())
        attributes = {name: plain(value) for name, value in (attrs or {}).items()}
        node = ast.Function(place, tuple(variables), inner.node, result, generics, attributes)
        known = [types.IncompleteType() if v.annotation is None else v.annotation for v in variables]
        body_type = inner.known_type
        type_ = None if body_type is None else types.FuncType(tuple(known), result or body_type, generics)
        self._set(node, type_ if type_ is not None and types.is_complete(type_) else None)

    @property
    def params(self) -> list[Var]:
        """The parameters."""
        return [cast(Var, self._part(p)) for p in self.node.params]

    @property
    def body(self) -> Expr:
        """What it computes."""
        return self._part(self.node.body)

    @property
    def ret_type(self) -> ty.Type | None:
        """The type of the result, where it was given or inferred."""
        known = self.known_type
        result = known.result if isinstance(known, types.FuncType) else self.node.result
        return None if result is None else ty.wrap(result)

    @property
    def type_params(self) -> list[ty.Type]:
        """The type variables that it is generic over."""
        return [ty.wrap(v) for v in self.node.type_params]

    @property
    def attrs(self) -> Mapping[str, Any]:
        """Its attributes, such as ``Primitive``."""
        return dict(self.node.attrs)

    def with_attr(self, name: str | Mapping[str, Any], value: Any = None) -> Function:
        """The same function with an attribute, or with several given by name."""
        added = {name: value} if isinstance(name, str) else dict(name)
        node, attributes = self.node, {**self.node.attrs, **{n: plain(v) for n, v in added.items()}}
        changed = ast.Function(node.span, node.params, node.body, node.result, node.type_params, attributes)
        return cast(Function, wrap(changed, self.known_type, self._typed))


class Let(Expr):
    """``let %variable = value; body``."""

    __slots__ = ()
    node: ast.Let

    def __init__(self, variable: Var, value: ExprLike, body: ExprLike) -> None:
        bound, inner = as_expr(value), as_expr(body)
        self._set(ast.Let(caller(), _variable(variable), bound.node, inner.node), inner.known_type)

    @property
    def var(self) -> Var:
        """The variable."""
        return cast(Var, self._part(self.node.var))

    @property
    def value(self) -> Expr:
        """What it stands for."""
        return self._part(self.node.value)

    @property
    def body(self) -> Expr:
        """Where it does."""
        return self._part(self.node.body)


class If(Expr):
    """``if (cond) { true_branch } else { false_branch }``; the condition is a scalar of bool.

    Raises ``RelayTypeError`` where the condition is not, or the branches differ in type.
    """

    __slots__ = ()
    node: ast.If

    def __init__(self, cond: ExprLike, true_branch: ExprLike, false_branch: ExprLike) -> None:
        condition, then, otherwise, place = as_expr(cond), as_expr(true_branch), as_expr(false_branch), caller()
        if condition.known_type not in (None, types.TensorType((), "bool")):
            raise RelayTypeError(f"a condition is a scalar of bool, found {condition.checked_type}", place)
        yes, no = then.known_type, otherwise.known_type
        if yes is not None and no is not None and yes != no and _is_static(yes) and _is_static(no):
            raise RelayTypeError(f"both branches must have one type, found {ty.wrap(yes)} and {ty.wrap(no)}", place)
        self._set(ast.If(place, condition.node, then.node, otherwise.node), yes if yes == no else None)

    @property
    def cond(self) -> Expr:
        """The condition."""
        return self._part(self.node.condition)

    @property
    def true_branch(self) -> Expr:
        """The value where it holds."""
        return self._part(self.node.then)

    @property
    def false_branch(self) -> Expr:
        """The value where it does not."""
        return self._part(self.node.otherwise)


class RefCreate(Expr):
    """``ref(value)``: a new cell."""

    __slots__ = ()
    node: ast.RefCreate

    def __init__(self, value: ExprLike) -> None:
        inner = as_expr(value)
        known = inner.known_type
        self._set(ast.RefCreate(caller(), inner.node), None if known is None else types.RefType(known))

    @property
    def value(self) -> Expr:
        """What it holds at first."""
        return self._part(self.node.value)


class RefRead(Expr):
    """``ref_read(ref)``: what a cell holds."""

    __slots__ = ()
    node: ast.RefRead

    def __init__(self, ref: Expr) -> None:
        known = ref.known_type
        self._set(ast.RefRead(caller(), ref.node), known.value if isinstance(known, types.RefType) else None)

    @property
    def ref(self) -> Expr:
        """The cell."""
        return self._part(self.node.ref)


class RefWrite(Expr):
    """``ref_write(ref, value)``: makes a cell hold a value; the result is ``()``."""

    __slots__ = ()
    node: ast.RefWrite

    def __init__(self, ref: Expr, value: ExprLike) -> None:
        self._set(ast.RefWrite(caller(), ref.node, as_expr(value).node), types.TupleType(()))

    @property
    def ref(self) -> Expr:
        """The cell."""
        return self._part(self.node.ref)

    @property
    def value(self) -> Expr:
        """The new value."""
        return self._part(self.node.value)


class Pattern:
    """Base of what a clause of :class:`Match` compares with."""

    __slots__ = ("node",)
    node: ast.Pattern


class PatternWildcard(Pattern):
    """``_``: anything."""

    __slots__ = ()

    def __init__(self) -> None:
        self.node = ast.PatternWildcard(caller())


class PatternVar(Pattern):
    """Anything, which the variable then stands for."""

    __slots__ = ()

    def __init__(self, var: Var) -> None:
        self.node = ast.PatternVar(caller(), _variable(var))


class PatternConstructor(Pattern):
    """What a constructor has made."""

    __slots__ = ()

    def __init__(self, constructor: Constructor, patterns: Iterable[Pattern] = ()) -> None:
        self.node = ast.PatternConstructor(caller(), constructor.name_hint, tuple(p.node for p in patterns))


class PatternTuple(Pattern):
    """A tuple whose fields match."""

    __slots__ = ()

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        self.node = ast.PatternTuple(caller(), tuple(p.node for p in patterns))


class Clause:
    """``pattern => body``."""

    __slots__ = ("node",)

    def __init__(self, lhs: Pattern, rhs: ExprLike) -> None:
        self.node = ast.Clause(lhs.node, as_expr(rhs).node)


class Match(Expr):
    """``match (data) { clauses }``; with ``complete=False`` some value may match none of them."""

    __slots__ = ()
    node: ast.Match

    def __init__(self, data: ExprLike, clauses: Iterable[Clause], complete: bool = True) -> None:
        self._set(ast.Match(caller(), as_expr(data).node, tuple(c.node for c in clauses), complete))

    @property
    def data(self) -> Expr:
        """What is matched."""
        return self._part(self.node.data)


class Constructor(Expr):
    """One constructor of a data type: a function from the values of its fields."""

    __slots__ = ("inputs",)
    node: ast.ConstructorRef

    def __init__(self, name_hint: str, inputs: Iterable[ty.Type], belong_to: ty.GlobalTypeVar) -> None:
        place = caller()
        fields = tuple(map(ty.unwrap, inputs))
        self._set(ast.ConstructorRef(place, name_hint))
        self.inputs = ast.Constructor(name_hint, fields, belong_to.name_hint, place)

    @property
    def name_hint(self) -> str:
        """Its name."""
        return self.node.name


class TypeData:
    """An algebraic data type: ``type List[A] { Cons(A, List[A]), Nil, }``."""

    def __init__(
        self, header: ty.GlobalTypeVar, type_vars: Sequence[ty.TypeVar], constructors: Sequence[Constructor]
    ) -> None:
        parts = tuple(c.inputs for c in constructors)
        self.node = ast.TypeDefinition(header.name_hint, tuple(v.node for v in type_vars), parts, caller())
        self.constructors = list(constructors)


class ScopeBuilder:
    """Writes ``let`` after ``let`` from top to bottom; :meth:`ret` says what they are for, :meth:`get` gives it all."""

    def __init__(self) -> None:
        self._bindings: list[tuple[Var, Expr]] = []
        self._result: Expr | None = None

    def let(self, var: Var | str, value: ExprLike) -> Var:
        """Bind a value to a variable, or to a new one of that name."""
        bound = as_expr(value)
        if isinstance(var, str):
            known = bound.known_type
            var = Var(var, None if known is None else ty.wrap(known))
        self._bindings.append((var, bound))
        return var

    def ret(self, value: ExprLike) -> None:
        """The value of the scope. Raises ``RelayTypeError`` the second time."""
        if self._result is not None:
            raise RelayTypeError("the scope has its value already", caller())
        self._result = as_expr(value)

    def get(self) -> Expr:
        """The expression. Raises ``RelayTypeError`` where :meth:`ret` was not called."""
        if self._result is None:
            raise RelayTypeError("the scope has no value: call ret first", caller())
        result = self._result
        for variable, value in reversed(self._bindings):
            result = Let(variable, value, result)
        return result


for _node, _class in (
    (ast.Function, Function), (ast.Let, Let), (ast.If, If), (ast.RefCreate, RefCreate), (ast.RefRead, RefRead),
    (ast.RefWrite, RefWrite), (ast.Match, Match),
):  # fmt: skip
    stands_for(_node, _class)


def _variable(var: object) -> ast.Var:
    if not isinstance(var, Var):
        raise RelayTypeError(f"a variable is expected, found {type(var).__name__}", caller())
    return var.node


def _is_static(type_: types.Type) -> bool:
    try:
        return all(t.is_static for t in types.flatten(type_))
    except TypeError:
        return False
