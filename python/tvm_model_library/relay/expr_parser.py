"""Expressions, patterns and attributes of Relay text.

Recursive descent in generators (see :func:`tvm_model_library.relay.visit.trampoline`), so that nesting costs heap
only. Scoping is lexical; a graph variable (``%0 = ...;``) stands for its expression from its binding to the end of
the ``def``.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias

import numpy as np

from tvm_model_library.errors import Span
from tvm_model_library.relay import ast
from tvm_model_library.relay.lexer import Token
from tvm_model_library.relay.type_parser import TypeParser
from tvm_model_library.relay.types import Type, TypeVar

Steps: TypeAlias = Generator[Any, Any, ast.Expr]

# Symbol: (precedence, operator). All associate to the left.
INFIX = {
    "*": (12, "multiply"),
    "/": (12, "divide"),
    "+": (10, "add"),
    "-": (10, "subtract"),
    "<": (8, "less"),
    "<=": (8, "less_equal"),
    ">": (8, "greater"),
    ">=": (8, "greater_equal"),
    "==": (7, "equal"),
    "!=": (7, "not_equal"),
}
_NULLS = ("None", "nullptr")
TYPE_KEY = "attrs_type_key"


class ExprParser(TypeParser):
    """``constructors`` are the constructors known so far, by name."""

    def __init__(self, text: str, source: str) -> None:
        super().__init__(text, source)
        self.constructors: dict[str, ast.Constructor] = {}
        self._variables: dict[str, ast.Var] = {}
        self._free: dict[str, ast.Var] = {}
        self._graph: dict[int, ast.Expr] = {}
        self._trail: list[tuple[str, ast.Var | None]] = []

    # -- scopes

    def _bind(self, token: Token, annotation: Type | None = None, attrs: dict[str, Any] | None = None) -> ast.Var:
        var = ast.Var(self.span(token), token.value, annotation, attrs or {})
        self._trail.append((token.value, self._variables.get(token.value)))
        self._variables[token.value] = var
        return var

    def _leave(self, mark: int) -> None:
        """Forget the variables bound since the trail was ``mark`` long."""
        while len(self._trail) > mark:
            name, outer = self._trail.pop()
            if outer is None:
                del self._variables[name]
            else:
                self._variables[name] = outer

    def _annotation(self) -> Generator[Any, Any, Type | None]:
        return (yield self._type()) if self.accept(":") else None

    # -- expressions

    def expression(self) -> Steps:
        """Bindings and statements, then the expression that is their value."""
        mark = len(self._trail)
        bindings: list[tuple[Span, ast.Var | None, ast.Expr]] = []
        while True:
            token = self.token
            if token.kind == "let":
                self.next()
                name = self.expect("local", " behind let")
                attrs = yield self._var_attributes()
                var = self._bind(name, (yield self._annotation()), attrs)
                self.expect("=")
                bindings.append((self.span(token), var, (yield self.operation())))
                self.expect(";", " behind the let binding")
            elif token.kind == "graph" and self.ahead(1) == "=":
                yield self._graph_binding()
            elif token.kind == "free_var":
                yield self._free_var()
            else:
                value = yield (self._block() if token.kind == "{" else self.operation())
                if not self.accept(";"):
                    break
                bindings.append((self.span(token), None, value))
        self._leave(mark)
        for span, bound, bound_value in reversed(bindings):
            value = ast.Let(span, bound or ast.Var(span, ""), bound_value, value)
        return value  # type: ignore[no-any-return]

    def _graph_binding(self) -> Generator[Any, Any, None]:
        name = self.next()
        self.expect("=")
        value = yield self.operation()
        self.expect(";", " behind the graph binding")
        if name.value in self._graph:
            self.fail(f"graph variable %{name.value} is bound twice", name)
        self._graph[name.value] = value

    def _free_var(self) -> Generator[Any, Any, None]:
        self.next()
        name = self.expect("local", " behind free_var")
        attrs = yield self._var_attributes()
        annotation = yield self._annotation()
        if name.value in self._free:
            self.fail(f"free variable %{name.value} is declared twice", name)
        self._free[name.value] = ast.Var(self.span(name), name.value, annotation, attrs)
        self.expect(";", " behind free_var")

    def operation(self) -> Steps:
        """Operands and infix operators, by precedence."""
        # An operand's own span may be far away: that of a variable is where it is declared.
        start = self.span(self.token)
        left = yield self._operand()
        if self.token.kind not in INFIX:
            return left  # type: ignore[no-any-return]
        operands, operators = [(left, start)], [self.next().kind]
        while True:
            start = self.span(self.token)
            operands.append(((yield self._operand()), start))
            infix = self.token.kind
            precedence = INFIX[infix][0] if infix in INFIX else 0
            while operators and INFIX[operators[-1]][0] >= precedence:
                (right, _), (left, start) = operands.pop(), operands.pop()
                operator = ast.OpRef(start, INFIX[operators.pop()][1])
                operands.append((ast.Call(start, operator, (left, right)), start))
            if not precedence:
                return operands[0][0]  # type: ignore[no-any-return]
            operators.append(self.next().kind)

    def _operand(self) -> Steps:
        """An atom, a projection of it, and calls of that."""
        token = self.token
        expr = self._leaf()
        if expr is None:
            rule = _NESTED.get(token.kind)
            if rule is None:
                self.fail(f"expected an expression, found {self.found()}")
            expr = yield rule(self)
        if self.accept("."):
            expr = ast.TupleGetItem(self.span(token), expr, self._index())
        while self.token.kind == "(":
            expr = yield self._call(expr, self.span(token))
        if isinstance(expr, ast.ConstructorRef) and not self.constructors[expr.name].fields:
            expr = ast.Call(expr.span, expr, ())
        return expr

    def _leaf(self) -> ast.Expr | None:
        """The expression of one token (or one dotted name), if the current token is that."""
        token = self.token
        kind = token.kind
        if kind == "local":
            var = self._variables.get(token.value) or self._free.get(token.value)
            if var is None:
                self.fail(f"variable %{token.value} is not defined here")
            self.next()
            return var
        if kind == "graph":
            if token.value not in self._graph:
                self.fail(f"graph variable %{token.value} is not defined here")
            self.next()
            return self._graph[token.value]
        if kind in ("int", "float", "bool"):
            self.next()
            return ast.Constant(self.span(token), np.asarray(token.value if kind == "bool" else token.value.scalar))
        if kind == "global":
            self.next()
            return ast.GlobalVar(self.span(token), token.value)
        if kind == "name":
            if token.value in self.constructors:
                self.next()
                return ast.ConstructorRef(self.span(token), token.value)
            return ast.OpRef(self.span(token), self._dotted_name())
        if kind == "meta":
            value = self.meta()
            if not isinstance(value, ast.Expr):
                self.fail(f"{token.value} is no expression", token)
            return value
        return None

    def _index(self) -> int:
        token = self.expect("int", " as the index of a projection")
        if token.value.exact < 0:
            self.fail(f"the index of a projection must not be negative, found {token.value}", token)
        return int(token.value.exact)

    def _dotted_name(self) -> str:
        parts = [self.expect("name").value]
        while self.token.kind == "." and self.ahead(1) == "name":
            self.next()
            parts.append(self.next().value)
        return ".".join(parts)

    def _block(self) -> Steps:
        """``{ expression }``."""
        self.expect("{")
        value = yield self.expression()
        self.expect("}", " at the end of the block")
        return value  # type: ignore[no-any-return]

    def _parenthesized(self) -> Steps:
        """``(e)``, or a tuple."""
        start = self.next()
        if self.accept(")"):
            return ast.Tuple(self.span(start), ())
        first = yield self.expression()
        if self.accept(")"):
            return first  # type: ignore[no-any-return]
        fields = [first]
        self.separator(")")
        while not self.accept(")"):
            fields.append((yield self.expression()))
            self.separator(")")
        return ast.Tuple(self.span(start), tuple(fields))

    def _if(self) -> Steps:
        start = self.next()
        self.expect("(", " and the condition behind if")
        condition = yield self.expression()
        self.expect(")", " behind the condition")
        then = yield self._block()
        self.expect("else", " behind the if branch")
        return ast.If(self.span(start), condition, then, (yield self._block()))

    def _fn(self) -> Steps:
        start = self.next()
        return (yield self.function(self.span(start)))  # type: ignore[no-any-return]

    def _reference(self) -> Steps:
        start = self.next()
        self.expect("(", f" behind {start.kind}")
        first = yield self.expression()
        span = self.span(start)
        if start.kind == "ref_write":
            self.expect(",", " and the new value")
            result: ast.Expr = ast.RefWrite(span, first, (yield self.expression()))
        else:
            result = ast.RefCreate(span, first) if start.kind == "ref" else ast.RefRead(span, first)
        self.expect(")", f" behind the operands of {start.kind}")
        return result

    # -- match

    def _match(self) -> Steps:
        start = self.next()
        rule = _NESTED.get(self.token.kind)
        data = self._leaf() or (yield (rule(self) if rule else self._operand()))
        if self.accept("."):
            data = ast.TupleGetItem(data.span, data, self._index())
        self.expect("{", " and the clauses of match")
        clauses = []
        while not self.accept("}"):
            clauses.append((yield self._clause()))
            self.separator("}")
        return ast.Match(self.span(start), data, tuple(clauses), start.kind == "match")

    def _clause(self) -> Generator[Any, Any, ast.Clause]:
        mark = len(self._trail)
        pattern = yield self._pattern()
        names = [name for name, _ in self._trail[mark:]]
        if len(set(names)) != len(names):
            self.fail("a pattern binds the same variable twice")
        self.expect("=>", " behind the pattern")
        body = yield self.expression()
        self._leave(mark)
        return ast.Clause(pattern, body)

    def _pattern(self) -> Generator[Any, Any, ast.Pattern]:
        token = self.token
        span = self.span(token)
        if self.accept("_"):
            return ast.PatternWildcard(span)
        if self.accept("local"):
            attrs = yield self._var_attributes()
            return ast.PatternVar(span, self._bind(token, (yield self._annotation()), attrs))
        if self.accept("name"):
            if token.value not in self.constructors:
                name = token.value
                self.fail(f"unknown constructor {name}; a variable in a pattern is written %{name}", token)
            patterns = (yield self._patterns()) if self.accept("(") else ()
            return ast.PatternConstructor(span, token.value, patterns)
        self.expect("(", ", _, a variable or a constructor as pattern")
        return ast.PatternTuple(span, (yield self._patterns()))

    def _patterns(self) -> Generator[Any, Any, tuple[ast.Pattern, ...]]:
        patterns = []
        while not self.accept(")"):
            patterns.append((yield self._pattern()))
            self.separator(")")
        return tuple(patterns)

    # -- functions and calls

    def function(self, span: Span) -> Generator[Any, Any, ast.Function]:
        """``[A](%x: T, attr=value) -> R { body }``."""
        mark = len(self._trail)
        outer_types = dict(self.type_scope)
        type_params: tuple[TypeVar, ...] = self.type_params() if self.accept("[") else ()
        self.expect("(", " and the parameters")
        params: list[ast.Var] = []
        attrs: dict[str, Any] = {}
        while not self.accept(")"):
            if self._at_attribute():
                attrs = yield self._attributes(")")
            else:
                params.append((yield self._parameter([p.name for p in params])))
                self.separator(")")
        result = (yield self._type()) if self.accept("->") else None
        body = yield self._block()
        self._leave(mark)
        self.type_scope = outer_types
        return ast.Function(span, tuple(params), body, result, type_params, attrs)

    def _parameter(self, earlier: list[str]) -> Generator[Any, Any, ast.Var]:
        token = self.expect("local", " as a parameter")
        if token.value in earlier:
            self.fail(f"parameter %{token.value} is given twice", token)
        attrs = yield self._var_attributes()
        return self._bind(token, (yield self._annotation()), attrs)

    def _var_attributes(self) -> Generator[Any, Any, dict[str, Any]]:
        """``{virtual_device=...}`` behind a variable that is being bound."""
        if not self.accept("{"):
            return {}
        attrs: dict[str, Any] = yield self._attributes("}")
        self.expect("}")
        return attrs

    def _call(self, func: ast.Expr, span: Span) -> Steps:
        self.expect("(")
        args: list[ast.Expr] = []
        attrs: dict[str, Any] = {}
        while not self.accept(")"):
            if self._at_attribute():
                at = self.token
                attrs = yield self._attributes(")")
                if not isinstance(func, ast.OpRef) and TYPE_KEY not in attrs:
                    self.fail(f"only a call of an operator has attributes, or one with {TYPE_KEY}=...", at)
            elif self.token.kind == "meta" and self.ahead(1) == ")":
                value = self.meta()
                if isinstance(value, ast.Expr) and not _is_attrs(value):
                    args.append(value)
                elif isinstance(value, dict):
                    attrs = value
                elif not isinstance(value, ast.MetaReference):
                    self.fail("expected an argument or attributes")
            else:
                args.append((yield self.expression()))
                self.separator(")")
        return ast.Call(span, func, tuple(args), attrs)

    # -- attributes

    def _at_attribute(self) -> bool:
        """Whether ``name =`` or ``dotted.name =`` comes next."""
        if self.token.kind != "name":
            return False
        ahead = 1
        while self.ahead(ahead) == "." and self.ahead(ahead + 1) == "name":
            ahead += 2
        return self.ahead(ahead) == "="

    def _attributes(self, close: str) -> Generator[Any, Any, dict[str, Any]]:
        """``key=value, ...`` up to, not including, ``close``."""
        attrs: dict[str, Any] = {}
        while self.token.kind != close:
            token = self.token
            if token.kind != "name":
                self.fail(f"expected an attribute such as axis=1, or {close}, found {self.found()}")
            key = self._dotted_name()
            self.expect("=", f" behind the attribute name {key}")
            if key in attrs:
                self.fail(f"attribute {key} is given twice", token)
            attrs[key] = yield self._attribute_value()
            self.separator(close)
        return attrs

    def _attribute_value(self) -> Generator[Any, Any, Any]:
        token = self.token
        if token.kind in ("int", "float"):
            return self.next().value.exact
        if token.kind in ("bool", "string"):
            return self.next().value
        if token.kind == "meta":
            return self.meta()
        if token.kind == "name" and token.value in _NULLS:
            self.next()
            return None
        if self.accept("("):
            value = yield self._attribute_value()
            self.expect(")")
            return value
        if self.accept("["):
            values = []
            while not self.accept("]"):
                values.append((yield self._attribute_value()))
                self.separator("]")
            return tuple(values)
        return (yield self._operand())


def _is_attrs(value: ast.Expr) -> bool:
    return isinstance(value, ast.MetaReference) and "attrs." in value.kind


_NESTED: dict[str, Any] = {
    "(": ExprParser._parenthesized,
    "fn": ExprParser._fn,
    "if": ExprParser._if,
    "match": ExprParser._match,
    "match?": ExprParser._match,
    "ref": ExprParser._reference,
    "ref_read": ExprParser._reference,
    "ref_write": ExprParser._reference,
}
