"""A program of several functions under TVM's name, ``IRModule``. Definition: TVM 0.18 python/tvm/ir/module.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tvm_model_library.errors import RelayTypeError
from tvm_model_library.relay import ast
from tvm_model_library.relay.calls import plain
from tvm_model_library.relay.parser import parse_expr, parse_module
from tvm_model_library.relay.printer import print_module
from tvm_model_library.relay.script import ty
from tvm_model_library.relay.script.base import Expr, Inferred, wrap
from tvm_model_library.relay.script.control import Function, TypeData
from tvm_model_library.relay.script.expr import ExprLike, GlobalVar, Var, as_expr
from tvm_model_library.relay.script.places import caller
from tvm_model_library.relay.visit import free_vars


class IRModule:
    """Functions by name, ``main`` among them, and data types.

    A module read from text prints as that text until it is changed.
    """

    def __init__(
        self,
        functions: Mapping[GlobalVar | str, Expr] | None = None,
        type_definitions: Mapping[ty.GlobalTypeVar, TypeData] | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        given = {_name(n): as_function(f).node for n, f in (functions or {}).items()}
        data = {v.name_hint: d.node for v, d in (type_definitions or {}).items()}
        attributes = {n: plain(v) for n, v in (attrs or {}).items()}
        self._replace(ast.Module(given, data, attrs=attributes))

    @classmethod
    def from_expr(
        cls,
        expr: ExprLike,
        functions: Mapping[GlobalVar | str, Expr] | None = None,
        type_defs: Mapping[ty.GlobalTypeVar, TypeData] | None = None,
    ) -> IRModule:
        """A module whose ``main`` is a function; of any other expression, a function of its free variables."""
        return cls({**(functions or {}), "main": as_function(expr)}, type_defs)

    @classmethod
    def from_text(cls, text: str, source: str = "from_string") -> IRModule:
        """Read Relay text; ``source`` is what errors call it. Raises ``RelaySyntaxError``."""
        module = cls()
        module._replace(parse_module(text, source), text)
        return module

    @classmethod
    def from_typed(cls, program: ast.TypedModule) -> IRModule:
        """A module whose types are known."""
        module = cls()
        module._replace(program.module)
        module.inferred.__dict__["program"] = program
        return module

    def _replace(self, module: ast.Module, text: str | None = None) -> None:
        self.inferred = Inferred(module)
        self._text = text

    @property
    def node(self) -> ast.Module:
        """The module as the syntax tree has it."""
        return self.inferred.module

    # -- functions

    def __getitem__(self, name: GlobalVar | str) -> Function:
        functions, wanted = self.node.functions, _name(name)
        if wanted not in functions:
            known = ", ".join(f"@{n}" for n in functions) or "none"
            raise RelayTypeError(f"the module has no function @{wanted}; its functions: {known}", caller())
        return cast(Function, wrap(functions[wanted], typed=self.inferred))

    def __setitem__(self, name: GlobalVar | ty.GlobalTypeVar | str, value: Expr | TypeData) -> None:
        node = self.node
        functions, data = dict(node.functions), dict(node.types)
        if isinstance(value, TypeData):
            data[value.node.name] = value.node
        else:
            functions[_name(name)] = as_function(value).node
        self._replace(ast.Module(functions, data, node.externs, node.attrs))

    def __contains__(self, name: GlobalVar | str) -> bool:
        return _name(name) in self.node.functions

    def __iter__(self) -> Iterator[GlobalVar]:
        return iter(self.get_global_vars())

    @property
    def functions(self) -> dict[GlobalVar, Function]:
        """The functions by name."""
        return {v: self[v] for v in self.get_global_vars()}

    def functions_items(self) -> list[tuple[GlobalVar, Function]]:
        """Names and functions, sorted by name."""
        return sorted(self.functions.items(), key=lambda item: item[0].name_hint)

    def get_global_vars(self) -> list[GlobalVar]:
        """The names of the functions."""
        return [GlobalVar(name) for name in self.node.functions]

    def get_global_var(self, name: str) -> GlobalVar:
        """The name of a function. Raises ``RelayTypeError`` for one that is not there."""
        self[name]
        return GlobalVar(name)

    def update_func(self, var: GlobalVar | str, func: Expr) -> None:
        """Put a function in the place of the one of that name."""
        self[var] = func

    def update(self, other: IRModule | Mapping[GlobalVar | str, Expr]) -> None:
        """Take over the functions and data types of another module."""
        added = other if isinstance(other, IRModule) else IRModule(other)
        node, more = self.node, added.node
        externs = tuple(dict.fromkeys((*node.externs, *more.externs)))
        self._replace(
            ast.Module({**node.functions, **more.functions}, {**node.types, **more.types}, externs, node.attrs)
        )

    # -- attributes

    @property
    def attrs(self) -> dict[str, Any]:
        """The module's attributes."""
        return dict(self.node.attrs)

    def get_attr(self, name: str) -> Any:
        """One attribute, or None."""
        return self.node.attrs.get(name)

    def with_attr(self, name: str, value: Any) -> IRModule:
        """A copy with an attribute."""
        copy, node = IRModule(), self.node
        copy._replace(ast.Module(node.functions, node.types, node.externs, {**node.attrs, name: plain(value)}))
        return copy

    # -- types and text

    def infer_types(self) -> IRModule:
        """A copy in which every expression has its type. Raises ``RelayTypeError`` where one has none."""
        self.inferred.program  # noqa: B018 (raises)
        copy = IRModule()
        copy.inferred, copy._text = self.inferred, self._text
        return copy

    def astext(self, show_meta_data: bool = True) -> str:
        """The Relay text; constants are in the metadata section, which ``show_meta_data=False`` leaves out."""
        if self._text is not None and show_meta_data:
            return self._text
        return print_module(self.node, show_meta_data)

    def __str__(self) -> str:
        return self.astext()

    def show(self) -> None:
        """Print the text without its constants."""
        print(self.astext(show_meta_data=False))

    def __repr__(self) -> str:
        return f"IRModule({', '.join(f'@{name}' for name in self.node.functions)})"


def as_function(expr: ExprLike) -> Function:
    """The function itself, or one of the expression's free variables in order of their first use."""
    given = as_expr(expr)
    if isinstance(given, Function):
        return given
    variables = [cast(Var, wrap(v)) for v in free_vars(given.node)]
    return Function(variables, given)


def fromtext(text: str, source: str = "from_string") -> IRModule:
    """Read a Relay program. Raises ``RelaySyntaxError`` with the place of what is wrong."""
    return IRModule.from_text(text, source)


def fromtext_expr(text: str) -> Expr:
    """Read one expression. Raises ``RelaySyntaxError`` or ``RelayTypeError``."""
    return wrap(parse_expr(text, "from_string"))


def _name(name: object) -> str:
    if isinstance(name, GlobalVar):
        return name.name_hint
    if isinstance(name, str):
        return name.removeprefix("@")
    raise RelayTypeError(f"a function is found by its name, found {type(name).__name__}", caller())
