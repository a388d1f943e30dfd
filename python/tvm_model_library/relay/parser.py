"""Relay text, version 0.0.5, to the syntax tree.

Definition: TVM 0.18 src/relay/parser/parser.cc. Where TVM reads a text in a way that nobody means (a second ``%0``
in another function standing for the first one's expression, variables leaking out of parentheses, a missing comma),
this parser reads it lexically or refuses it.
"""

from __future__ import annotations

from tvm_model_library.errors import RelaySyntaxError
from tvm_model_library.relay import ast
from tvm_model_library.relay.expr_parser import ExprParser
from tvm_model_library.relay.lexer import Token
from tvm_model_library.relay.types import TypeVar
from tvm_model_library.relay.visit import trampoline

VERSION = "0.0.5"


def parse_module(text: str, source: str = "<string>", base: ast.Module | None = None) -> ast.Module:
    """Parse a whole program. ``source`` names it in error messages.

    ``base`` is a module whose definitions the text may use and which the result includes (see
    :mod:`tvm_model_library.relay.prelude`). Raises :class:`RelaySyntaxError`.
    """
    return _ModuleParser(text, source, base).module(text)


def parse_expr(text: str, source: str = "<string>") -> ast.Expr:
    """Parse one expression, as TVM's ``parse_expr`` does: the version header may be missing, variables may be free
    when ``free_var`` declares them, operators must exist. Raises :class:`RelaySyntaxError` or ``RelayTypeError``.
    """
    from tvm_model_library.relay.checks import check_operator_calls

    expr = _ModuleParser(text, source, None).lone_expression()
    check_operator_calls(expr)
    return expr


class _ModuleParser(ExprParser):
    def __init__(self, text: str, source: str, base: ast.Module | None) -> None:
        super().__init__(text, source)
        self._functions: dict[str, ast.Function] = dict(base.functions) if base else {}
        self._types: dict[str, ast.TypeDefinition] = dict(base.types) if base else {}
        self._externs: list[str] = list(base.externs) if base else []
        self.constructors.update(base.constructors() if base else {})

    def module(self, text: str) -> ast.Module:
        self._header(required=True)
        while self.token.kind != "end":
            self._definition()
        self._check_type_names()
        return ast.Module(self._functions, self._types, tuple(self._externs), source=text)

    def lone_expression(self) -> ast.Expr:
        self._header(required=False)
        self.needs_metadata = True
        expr: ast.Expr = trampoline(self.expression())
        if self.token.kind != "end":
            self.fail(f"expected the end of the text, found {self.found()}")
        return expr

    def _header(self, required: bool) -> None:
        token = self.token
        if not self.accept("version"):
            if required:
                self.fail(f'expected the version header #[version = "{VERSION}"], found {self.found()}')
        elif token.value != f'"{VERSION}"':
            self.fail(f'unknown text format version {token.value}: expected "{VERSION}"', token)

    def _definition(self) -> None:
        token = self.next()
        if token.kind == "def":
            self._function_definition()
        elif token.kind == "type":
            self._type_definition(extern=False)
        elif token.kind == "extern":
            self.expect("type", " behind extern")
            self._type_definition(extern=True)
        else:
            raise RelaySyntaxError(
                f"expected def, type, extern type or #[metadata], found {token.value or token.kind}", self.span(token)
            )

    def _function_definition(self) -> None:
        name = self.expect("global", " behind def")
        if name.value in self._functions:
            self.fail(f"function @{name.value} is defined twice", name)
        self._graph.clear()
        self._free.clear()
        self._functions[name.value] = trampoline(self.function(self.span(name)))

    def _type_definition(self, extern: bool) -> None:
        name = self.expect("name", " of the type")
        if name.value in self._types:
            self.fail(f"type {name.value} is defined twice", name)
        type_params: tuple[TypeVar, ...] = self.type_params() if self.accept("[") else ()
        constructors: list[ast.Constructor] = []
        if self.accept("{"):
            while not self.accept("}"):
                constructors.append(self._constructor(name))
                self.separator("}")
        self.type_scope.clear()
        if extern:
            if constructors:
                self.fail(f"the extern type {name.value} must not have constructors", name)
            self._externs.append(name.value)
        self._types[name.value] = ast.TypeDefinition(name.value, type_params, tuple(constructors), self.span(name))

    def _constructor(self, type_name: Token) -> ast.Constructor:
        token = self.expect("name", " of a constructor")
        if token.value in self.constructors:
            self.fail(f"constructor {token.value} is defined twice", token)
        fields = trampoline(self.types(")")) if self.accept("(") else ()
        constructor = ast.Constructor(token.value, fields, type_name.value, self.span(token))
        self.constructors[token.value] = constructor
        return constructor

    def _check_type_names(self) -> None:
        for name, (span, count) in self.used_types.items():
            definition = self._types.get(name)
            if definition is None and name == "Storage":  # TVM declares it beside its memory operators
                definition = self._types[name] = ast.TypeDefinition(name, (), (), span)
                self._externs.append(name)
            if definition is None:
                raise RelaySyntaxError(f"type {name} is not defined", span)
            if len(definition.type_params) != count:
                expected = len(definition.type_params)
                raise RelaySyntaxError(f"type {name} takes {expected} type arguments, found {count}", span)
