"""The syntax tree to Relay text, in the canonical form of TVM's ``astext()``.

Each operand that is not a name or a constant becomes a graph variable ``%0``, ``%1``, ...; the value of a ``let`` and
the result of a scope stay in place unless they are used elsewhere too. Constants that have no literal go to the
``#[metadata]`` section. Reading the text gives an equal program, sharing included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tvm_model_library.relay import ast
from tvm_model_library.relay.literals import escape, float_text, scalar_text
from tvm_model_library.relay.metadata import MetaWriter
from tvm_model_library.relay.parser import VERSION
from tvm_model_library.relay.printer_scopes import INDENT, NEWLINE, OUTDENT, Names, Rope, flatten
from tvm_model_library.relay.type_text import type_text
from tvm_model_library.relay.types import Type, TypeVar
from tvm_model_library.relay.visit import Steps, children, post_order, trampoline

_HEADER = f'#[version = "{VERSION}"]\n'
_LEAVES = (ast.GlobalVar, ast.Constant, ast.OpRef, ast.ConstructorRef, ast.MetaReference)


def print_module(module: ast.Module, show_meta: bool = True) -> str:
    """The text of ``module``; without its ``#[metadata]`` section unless ``show_meta``."""
    meta = MetaWriter()
    parts = [_type_definition(module.types[name]) for name in sorted(module.types)]
    constructors = module.constructors()
    for name in sorted(module.functions):
        function = module.functions[name]
        printer = _Printer(function, meta, constructors)
        parts.append(flatten(trampoline(printer.function(f"def @{name}", function))) + "\n")
    return _HEADER + "\n".join(parts) + _section(meta, show_meta)


def print_expr(expr: ast.Expr, show_meta: bool = True) -> str:
    """The text of a lone expression; its free variables are declared by ``free_var``."""
    meta = MetaWriter()
    scope = trampoline(_Printer(expr, meta, {}).scope(expr))
    return _HEADER + flatten(scope) + "\n" + _section(meta, show_meta)


def _section(meta: MetaWriter, show: bool) -> str:
    section = meta.section() if show else ""
    return f"\n#[metadata]\n{section}\n" if section else ""


def _type_definition(definition: ast.TypeDefinition) -> str:
    generics = f"[{', '.join(v.name for v in definition.type_params)}]" if definition.type_params else ""
    lines = [f"type {definition.name}{generics} {{"]
    for constructor in definition.constructors:
        fields = f"({', '.join(map(type_text, constructor.fields))})" if constructor.fields else ""
        lines.append(f"  {constructor.name}{fields},")
    return "\n".join([*lines, "}", ""])


class _Printer:
    """Prints one definition. A rope is text in pieces, so that nesting costs no copying."""

    def __init__(self, root: ast.Expr, meta: MetaWriter, constructors: Mapping[str, ast.Constructor]) -> None:
        self._meta = meta
        self._constructors = constructors
        self._uses = Counter(id(child) for expr in post_order(root) for child in children(expr))
        self._names = Names()
        self._type_names: dict[TypeVar, str] = {}
        self._known: dict[int, str] = {}
        self._graph_size = 0
        self._lines: list[list[Rope]] = []

    # -- scopes

    def scope(self, expr: ast.Expr) -> Steps:
        """The statements that ``expr`` needs, and its own text behind them."""
        self._lines.append([])
        while isinstance(expr, ast.Let) and self._uses[id(expr)] <= 1:
            binder = yield self._binder(expr.var)  # first: a function literal may use its own name
            value = yield self._print(expr.value, in_place=True)
            self._lines[-1].append(["let ", binder, " = ", value, ";", NEWLINE])
            expr = expr.body
        result = yield self._print(expr, in_place=True)
        return [*self._lines.pop(), result]

    def _block(self, expr: ast.Expr) -> Steps:
        return ["{", INDENT, NEWLINE, (yield self.scope(expr)), OUTDENT, NEWLINE, "}"]

    def _print(self, expr: ast.Expr, in_place: bool = False) -> Steps:
        """The text of ``expr``: itself if it is ``in_place`` and used once, otherwise the graph variable for it."""
        if id(expr) in self._known:
            return self._known[id(expr)]
        if isinstance(expr, ast.Var):
            declaration = yield self._binder(expr)
            self._lines[-1].append(["free_var ", declaration, ";", NEWLINE])
            return self._known[id(expr)]
        if isinstance(expr, _LEAVES):
            return self._leaf(expr)
        text = yield _RULES[type(expr)](self, expr)
        if in_place and self._uses[id(expr)] <= 1:
            return text
        name = f"%{self._graph_size}"
        self._graph_size += 1
        self._known[id(expr)] = name
        self._lines[-1].append([name, " = ", text, ";", NEWLINE])
        return name

    def _print_all(self, exprs: tuple[ast.Expr, ...]) -> Steps:
        texts: list[Rope] = []
        for expr in exprs:
            texts.append((yield self._print(expr)))
        return texts

    # -- variables and types

    def _binder(self, var: ast.Var) -> Steps:
        """``var`` where it is bound, with attributes and type."""
        name = self._known[id(var)] = "%" + self._names.unique(var.name, "v")
        parts: list[Rope] = [name]
        if var.attrs:
            parts += [" {", *(yield self._attributes(var.attrs)), "}"]
        if var.annotation is not None:
            parts += [": ", self._type(var.annotation)]
        return parts

    def _type(self, type_: Type) -> str:
        return type_text(type_, names=self._type_names)

    # -- expressions

    def _leaf(self, expr: ast.Expr) -> Rope:
        if isinstance(expr, ast.Constant):
            literal = scalar_text(expr.value[()]) if expr.value.ndim == 0 else None
            return literal if literal is not None else str(self._meta.name("relay.Constant", expr))
        if isinstance(expr, ast.MetaReference):
            return f"meta[{expr.kind}][{expr.index}]"
        assert isinstance(expr, ast.GlobalVar | ast.OpRef | ast.ConstructorRef)
        return f"@{expr.name}" if isinstance(expr, ast.GlobalVar) else expr.name

    def _tuple(self, expr: ast.Tuple) -> Steps:
        fields = yield self._print_all(expr.fields)
        return ["(", *_comma_separated(fields), ",)" if len(fields) == 1 else ")"]

    def _projection(self, expr: ast.TupleGetItem) -> Steps:
        value = yield self._print(expr.value)
        if isinstance(expr.value, ast.Constant):
            value = ["(", value, ")"]
        return [value, f".{expr.index}"]

    def _if(self, expr: ast.If) -> Steps:
        condition = yield self._print(expr.condition)
        then = yield self._block(expr.then)
        return ["if (", condition, ") ", then, " else ", (yield self._block(expr.otherwise))]

    def _let(self, expr: ast.Let) -> Steps:
        """A ``let`` that is an operand: in parentheses, with a scope of its own."""
        self._lines.append([])
        binder = yield self._binder(expr.var)
        value = yield self._print(expr.value, in_place=True)
        line = ["let ", binder, " = ", value, ";", NEWLINE]
        body = yield self.scope(expr.body)
        return ["(", INDENT, NEWLINE, *self._lines.pop(), line, body, OUTDENT, NEWLINE, ")"]

    def _fn(self, expr: ast.Function) -> Steps:
        return (yield self.function("fn ", expr))

    def function(self, prefix: str, function: ast.Function) -> Steps:
        """``prefix`` and the function behind it."""
        generics = []
        for variable in function.type_params:
            self._type_names[variable] = self._names.unique(variable.name, "t")
            generics.append(self._type_names[variable])
        params: list[Rope] = []
        for param in function.params:
            params.append((yield self._binder(param)))
        params += yield self._attribute_list(function.attrs)
        result = "" if function.result is None else f"-> {self._type(function.result)} "
        head = [prefix, f"[{', '.join(generics)}]" if generics else "", "(", *_comma_separated(params), ") ", result]
        return [*head, (yield self._block(function.body))]

    def _call(self, expr: ast.Call) -> Steps:
        args = yield self._print_all(expr.args)
        args += yield self._attribute_list(expr.attrs)
        func = yield self._print(expr.func)
        if isinstance(expr.func, ast.ConstructorRef) and not args:
            constructor = self._constructors.get(expr.func.name)
            if constructor is not None and not constructor.fields:
                return func
        return [func, "(", *_comma_separated(args), ")"]

    def _ref_create(self, expr: ast.RefCreate) -> Steps:
        return ["ref(", (yield self._print(expr.value)), ")"]

    def _ref_read(self, expr: ast.RefRead) -> Steps:
        return ["ref_read(", (yield self._print(expr.ref)), ")"]

    def _ref_write(self, expr: ast.RefWrite) -> Steps:
        return ["ref_write(", (yield self._print(expr.ref)), ", ", (yield self._print(expr.value)), ")"]

    def _match(self, expr: ast.Match) -> Steps:
        data = yield self._print(expr.data)
        text: list[Rope] = ["match" if expr.complete else "match?", " (", data, ") {", INDENT]
        for clause in expr.clauses:
            pattern = yield self._pattern(clause.pattern)
            text += [NEWLINE, pattern, " => ", (yield self._block(clause.body)), ","]
        return [*text, OUTDENT, NEWLINE, "}"]

    def _pattern(self, pattern: ast.Pattern) -> Steps:
        if isinstance(pattern, ast.PatternVar):
            return (yield self._binder(pattern.var))
        if isinstance(pattern, ast.PatternWildcard):
            return "_"
        assert isinstance(pattern, ast.PatternConstructor | ast.PatternTuple)
        inner: list[Rope] = []
        for item in pattern.patterns:
            inner.append((yield self._pattern(item)))
        fields = ["(", *_comma_separated(inner), ")"]
        if isinstance(pattern, ast.PatternTuple):
            return fields
        return [pattern.constructor, *fields] if inner else pattern.constructor

    # -- attributes

    def _attribute_list(self, attrs: Mapping[str, ast.AttrValue]) -> Steps:
        texts: list[Rope] = []
        for name, value in attrs.items():
            texts.append([name, "=", (yield self._attribute(value))])
        return texts

    def _attributes(self, attrs: Mapping[str, ast.AttrValue]) -> Steps:
        return _comma_separated((yield self._attribute_list(attrs)))

    def _attribute(self, value: object) -> Steps:
        if isinstance(value, tuple):
            items: list[Rope] = []
            for item in value:
                items.append((yield self._attribute(item)))
            return ["[", *_comma_separated(items), "]"]
        if isinstance(value, str):
            return f'"{escape(value)}"'
        if value is None or isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return float_text(value)
        if isinstance(value, ast.Constant):
            return str(self._meta.name("relay.Constant", value))
        if isinstance(value, ast.Opaque):
            return str(self._meta.name(value.kind, value))
        if isinstance(value, Mapping):
            return str(self._meta.name("Map", value))
        if isinstance(value, ast.Expr):
            return (yield self._print(value))
        raise TypeError(f"{type(value).__name__} cannot be an attribute")


def _comma_separated(items: list[Rope]) -> list[Rope]:
    separated: list[Rope] = []
    for item in items:
        separated += (", ", item) if separated else (item,)
    return separated


_RULES: Mapping[type[ast.Expr], Any] = {
    ast.Tuple: _Printer._tuple,
    ast.TupleGetItem: _Printer._projection,
    ast.Call: _Printer._call,
    ast.Let: _Printer._let,
    ast.If: _Printer._if,
    ast.Function: _Printer._fn,
    ast.RefCreate: _Printer._ref_create,
    ast.RefRead: _Printer._ref_read,
    ast.RefWrite: _Printer._ref_write,
    ast.Match: _Printer._match,
}
