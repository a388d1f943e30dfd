"""Relay's abstract syntax.

Expressions are immutable and compare by identity: a Relay program is a graph, and an expression used
twice is computed once. Every node carries the span where it stands in the source text. A type written
in the text stays in ``annotation`` fields; inferred types are held beside the program, in
:class:`TypedModule`, never inside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, Union

import numpy as np

from tvm_model_library.errors import Place
from tvm_model_library.relay.types import FuncType, GlobalTypeVar, Type, TypeVar

AttrValue: TypeAlias = Union[
    int, float, str, bool, tuple["AttrValue", ...], Mapping[str, "AttrValue"], "Expr", "Opaque", None
]


@dataclass(frozen=True, eq=False, slots=True)
class Opaque:
    """A ``meta[...]`` object that we carry and print but give no meaning to (a VirtualDevice, say)."""

    kind: str
    fields: Mapping[str, object]


@dataclass(frozen=True, eq=False, slots=True)
class Expr:
    """Base of all expressions."""

    span: Place


@dataclass(frozen=True, eq=False, slots=True)
class Var(Expr):
    """A local variable: a function parameter or a ``let`` binding. ``name`` is without the ``%``."""

    name: str
    annotation: Type | None = None
    attrs: Mapping[str, AttrValue] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class GlobalVar(Expr):
    """A reference to a global function. ``name`` is without the ``@``."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class OpRef(Expr):
    """A reference to an operator by its name (``nn.conv2d``)."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class ConstructorRef(Expr):
    """A reference to a constructor of an algebraic data type (``Cons``)."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Constant(Expr):
    """A tensor literal: a scalar of the text or a tensor of the metadata section."""

    value: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class MetaReference(Expr):
    """``meta[kind][index]`` in a text that came without its metadata section. It has no value and no type."""

    kind: str
    index: int


@dataclass(frozen=True, eq=False, slots=True)
class Tuple(Expr):
    fields: tuple[Expr, ...]


@dataclass(frozen=True, eq=False, slots=True)
class TupleGetItem(Expr):
    value: Expr
    index: int


@dataclass(frozen=True, eq=False, slots=True)
class Call(Expr):
    """A call of an operator, a constructor, a global function or any expression of function type."""

    func: Expr
    args: tuple[Expr, ...]
    attrs: Mapping[str, AttrValue] = field(default_factory=dict)
    type_args: tuple[Type, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Let(Expr):
    """``let %var = value; body``."""

    var: Var
    value: Expr
    body: Expr


@dataclass(frozen=True, eq=False, slots=True)
class If(Expr):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, eq=False, slots=True)
class Function(Expr):
    params: tuple[Var, ...]
    body: Expr
    result: Type | None = None
    type_params: tuple[TypeVar, ...] = ()
    attrs: Mapping[str, AttrValue] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class RefCreate(Expr):
    value: Expr


@dataclass(frozen=True, eq=False, slots=True)
class RefRead(Expr):
    ref: Expr


@dataclass(frozen=True, eq=False, slots=True)
class RefWrite(Expr):
    ref: Expr
    value: Expr


@dataclass(frozen=True, eq=False, slots=True)
class Pattern:
    """Base of the patterns of ``match``."""

    span: Place


@dataclass(frozen=True, eq=False, slots=True)
class PatternWildcard(Pattern):
    pass


@dataclass(frozen=True, eq=False, slots=True)
class PatternVar(Pattern):
    var: Var


@dataclass(frozen=True, eq=False, slots=True)
class PatternConstructor(Pattern):
    constructor: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, eq=False, slots=True)
class PatternTuple(Pattern):
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Clause:
    pattern: Pattern
    body: Expr


@dataclass(frozen=True, eq=False, slots=True)
class Match(Expr):
    """``match (data) { ... }``; ``complete`` is False for ``match?``."""

    data: Expr
    clauses: tuple[Clause, ...]
    complete: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class Constructor:
    """One constructor of a data type: its name and the types of its fields."""

    name: str
    fields: tuple[Type, ...]
    type_name: str
    span: Place


@dataclass(frozen=True, eq=False, slots=True)
class TypeDefinition:
    """``type List[A] { Cons(A, List[A]), Nil, }``."""

    name: str
    type_params: tuple[TypeVar, ...]
    constructors: tuple[Constructor, ...]
    span: Place

    @property
    def handle(self) -> GlobalTypeVar:
        return GlobalTypeVar(self.name)


@dataclass(frozen=True, eq=False, slots=True)
class Module:
    """A parsed program: functions and data types by name, in source order.

    ``externs`` are types declared by ``extern type``. ``source`` is the text it came from.
    """

    functions: Mapping[str, Function]
    types: Mapping[str, TypeDefinition] = field(default_factory=dict)
    externs: tuple[str, ...] = ()
    attrs: Mapping[str, AttrValue] = field(default_factory=dict)
    source: str = ""

    def constructors(self) -> dict[str, Constructor]:
        return {c.name: c for t in self.types.values() for c in t.constructors}


@dataclass(frozen=True, eq=False, slots=True)
class TypedModule:
    """A module and the inferred type of each of its expressions.

    ``types`` maps ``id(expr)`` to the type; the module keeps the expressions alive.
    ``functions`` gives the inferred type of each global function.
    """

    module: Module
    types: Mapping[int, Type]
    functions: Mapping[str, FuncType]

    def type_of(self, expr: Expr) -> Type:
        return self.types[id(expr)]
