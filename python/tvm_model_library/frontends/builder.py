"""Making a Relay program a call at a time: what all importers of graphs share.

An importer says where it stands in its file (:meth:`Builder.at`) and calls operators there. Each call gets its type at
once, so an error names the place in the user's file. What is known is computed: a call on constants becomes its value
in the operator's NumPy meaning, so that shape arithmetic and what a converter does to weights disappear. Constants that
remain become parameters of ``@main`` with a name; single numbers stand in the text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from tvm_model_library.c_text.names import distinct, identifier
from tvm_model_library.errors import Place, RelayTypeError, UnsupportedError
from tvm_model_library.model import STATE
from tvm_model_library.relay import ast
from tvm_model_library.relay.calls import operator_call, type_of_call
from tvm_model_library.relay.checks import call_attrs, require_operator
from tvm_model_library.relay.operation import operate
from tvm_model_library.relay.operator import Operator
from tvm_model_library.relay.types import FuncType, TensorType, TupleType, Type, flatten
from tvm_model_library.relay.visit import post_order
from tvm_model_library.tensors import Array, TensorSpec, numpy_dtype

_ALWAYS_FOLDED_BYTES = 4096
_GROWTH = 4
"""A result may replace its call when it has at most this many times the bytes of the constants that it comes from."""


@dataclass(frozen=True)
class Port:
    """An input or output of a program: a C identifier, the file's own name, the type, scale and zero point if any."""

    name: str
    original: str
    type: TensorType
    quantization: tuple[float, int] | None = None

    @property
    def spec(self) -> TensorSpec:
        """What a Model says of it. Its type must be static."""
        return TensorSpec(self.name, self.type.static_shape, self.type.dtype)


@dataclass(frozen=True, eq=False)
class Program:
    """A finished program. ``@main`` takes ``inputs``, ``states``, then ``params`` (in their order); it returns the
    tensors of ``outputs`` and the next ``states``, as a tuple where they are not one. ``originals`` has the file's own
    name of each parameter. ``initial`` has by name what the states start with.
    """

    module: ast.TypedModule
    inputs: tuple[Port, ...]
    states: tuple[Port, ...]
    outputs: tuple[Port, ...]
    initial: Mapping[str, Array]
    params: Mapping[str, Array]
    originals: Mapping[str, str]


class Builder:
    """A program in the making. ``source`` is the file's name as the user gave it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._types: dict[int, Type] = {}
        self._exprs: list[ast.Expr] = []  # keeps the ids of _types in use
        self._names: dict[int, str] = {}
        self._inputs: list[tuple[ast.Var, Port]] = []
        self._states: dict[int, tuple[Port, Array]] = {}
        self._params: dict[int, tuple[ast.Var, Array]] = {}
        self._by_value: dict[tuple[str, tuple[int, ...], bytes], ast.Var] = {}
        self._taken: set[str] = set()
        self._originals: dict[str, str] = {}
        self._functions: dict[str, ast.Function] = {}
        self._signatures: dict[str, FuncType] = {}

    def at(self, place: Place, *, in_main: bool = True) -> At:
        """Where calls come from. Outside ``@main`` constants stay in the text, since they can't be its parameters."""
        return At(self, place, in_main)

    def input(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str,
        place: Place,
        quantization: tuple[float, int] | None = None,
    ) -> ast.Var:
        """A new input of the program, which gets a C identifier like ``name``."""
        type_ = TensorType(tuple(shape), dtype)
        var = self.variable(self._unique(name or "input"), type_, place)
        self._inputs.append((var, Port(var.name, name, type_, quantization)))
        return var

    def state(self, name: str, start: Array, place: Place) -> ast.Var:
        """A new state of the program: what a run finds, ``start`` before the first one."""
        type_ = TensorType(start.shape, start.dtype.name)
        var = self.variable(self._unique(name or "state"), type_, place, {STATE: True})
        self._states[id(var)] = Port(var.name, name, type_), start
        return var

    def variable(
        self, name: str, type_: Type, place: Place, attrs: Mapping[str, ast.AttrValue] | None = None
    ) -> ast.Var:
        """A parameter for a function of its own."""
        var = ast.Var(place, name, type_, attrs or {})
        self._add(var, type_)
        return var

    def declare(self, name: str, params: Sequence[Type], result: Type) -> str:
        """The name of a new global function, like ``name``: it can be called before it is defined."""
        unique = distinct(identifier(name), {"MAIN", *map(str.upper, self._signatures)}, str.upper)
        self._signatures[unique] = FuncType(tuple(params), result)
        return unique

    def define(self, name: str, params: Sequence[ast.Var], body: ast.Expr, place: Place) -> None:
        """Give the declared function ``name`` its body. Raises ``RelayTypeError`` where it does not fit."""
        signature = self._signatures[name]
        found = FuncType(tuple(self.type_of(p) for p in params), self.type_of(body))
        if found != signature:
            raise RelayTypeError(f"@{name} is {found}, expected {signature}", place)
        function = ast.Function(place, tuple(params), body, signature.result)
        self._add(function, signature)
        self._functions[name] = function

    def type_of(self, expr: ast.Expr) -> Type:
        """The type of an expression of this program."""
        return self._types[id(expr)]

    def finish(
        self,
        outputs: Iterable[tuple[ast.Expr, str, tuple[float, int] | None]],
        place: Place,
        states: Sequence[tuple[ast.Var, ast.Expr]] = (),
    ) -> Program:
        """The program that returns ``outputs``: each an expression, its name in the file, its scale and zero point.
        ``states`` are pairs of a state and what the next run finds; those that no output depends on are left out.

        Raises ``UnsupportedError`` for an output that is not a tensor.
        """
        here = self.at(place)
        results, ports, taken = [], [], set[str]()
        for number, (expr, name, quantization) in enumerate(outputs):
            results.append(here.hold(expr))
            type_ = self.type_of(expr)
            if not isinstance(type_, TensorType):
                here.error(f"output {name or number} is {type_}, not a tensor")
            ports.append(Port(distinct(identifier(name or "output"), taken, str.upper), name, type_, quantization))
        kept = [(var, here.hold(next_)) for var, next_ in _read(results, states)]
        results += [next_ for _, next_ in kept]
        body = results[0] if len(results) == 1 else here.tuple(results)
        used = {id(e) for e in post_order(body)}
        params = {var.name: (var, array) for var, array in self._params.values() if id(var) in used}
        main_vars = (*(v for v, _ in self._inputs), *(v for v, _ in kept), *(v for v, _ in params.values()))
        self._signatures["main"] = FuncType(tuple(self.type_of(v) for v in main_vars), self.type_of(body))
        self.define("main", main_vars, body, place)
        return Program(
            module=self._typed(),
            inputs=tuple(port for _, port in self._inputs),
            states=tuple(self._states[id(var)][0] for var, _ in kept),
            outputs=tuple(ports),
            initial={var.name: self._states[id(var)][1] for var, _ in kept},
            params={name: array for name, (_, array) in params.items()},
            originals={name: self._originals[name] for name in params},
        )

    # -- what At needs

    def _add(self, expr: ast.Expr, type_: Type) -> None:
        self._types[id(expr)] = type_
        self._exprs.append(expr)

    def _unique(self, name: str) -> str:
        return distinct(identifier(name), self._taken, str.upper)

    def _parameter(self, constant: ast.Constant) -> ast.Var:
        """The parameter that holds a constant; equal constants share one."""
        if id(constant) not in self._params:
            array = np.ascontiguousarray(constant.value).reshape(constant.value.shape)
            key = (array.dtype.name, array.shape, hashlib.sha256(array.tobytes()).digest())
            if key not in self._by_value:
                original = self._names.get(id(constant), "")
                type_ = self.type_of(constant)
                self._by_value[key] = self.variable(self._unique(original or "constant"), type_, constant.span)
                self._originals[self._by_value[key].name] = original
            self._params[id(constant)] = self._by_value[key], array
        return self._params[id(constant)][0]

    def _typed(self) -> ast.TypedModule:
        module = ast.Module(self._functions, source=self.source)
        reached = [e for f in self._functions.values() for e in (*post_order(f), *f.params)]
        types = {id(e): self._types[id(e)] for e in reached if id(e) in self._types}
        return ast.TypedModule(module, types, {name: self._signatures[name] for name in self._functions})


@dataclass(frozen=True, eq=False)
class At:
    """A place in the file, and the calls made there."""

    builder: Builder
    place: Place
    in_main: bool = True

    def error(self, message: str) -> NoReturn:
        """Refuse the file here. Raises ``UnsupportedError``."""
        raise UnsupportedError(message, self.place)

    def constant(self, value: Any, dtype: str | None = None, name: str = "") -> ast.Constant:
        """A known tensor; ``name`` is what the file calls it."""
        array = np.asarray(value, None if dtype is None else numpy_dtype(dtype))
        result = ast.Constant(self.place, array)
        self.builder._add(result, TensorType(array.shape, array.dtype.name))
        if name:
            self.builder._names[id(result)] = name
        return result

    def call(self, operator: str, *arguments: ast.Expr, **attributes: Any) -> ast.Expr:
        """A call of an operator, or its value where all arguments are known.

        Attributes are numbers, strings and sequences of them. Raises ``RelayTypeError`` where the type rule refuses,
        ``EvaluationError`` where the value of known arguments is not defined.
        """
        found = require_operator(ast.OpRef(self.place, operator))
        call = operator_call(self.place, operator, arguments, attributes)
        type_ = type_of_call(found, call, [self.builder.type_of(a) for a in arguments])
        known = [value_of(a) for a in arguments]
        if found.evaluate is not None and all(v is not None for v in known) and _worth_folding(arguments, type_, self):
            return self._fold(found, call, known, type_)
        return self._add(ast.Call(self.place, call.func, tuple(map(self.hold, arguments)), call.attrs), type_)

    def tuple(self, fields: Iterable[ast.Expr]) -> ast.Tuple:
        """A tuple."""
        result = ast.Tuple(self.place, tuple(fields))
        self._add(result, TupleType(tuple(map(self.builder.type_of, result.fields))))
        return result

    def field(self, value: ast.Expr, index: int) -> ast.Expr:
        """A field of a tuple."""
        if isinstance(value, ast.Tuple):
            return value.fields[index]
        type_ = self.builder.type_of(value)
        assert isinstance(type_, TupleType)
        return self._add(ast.TupleGetItem(self.place, value, index), type_.fields[index])

    def branch(self, condition: ast.Expr, then: ast.Expr, otherwise: ast.Expr) -> ast.Expr:
        """``then`` or ``otherwise``. Raises ``RelayTypeError`` where their types differ."""
        types = [self.builder.type_of(e) for e in (condition, then, otherwise)]
        if types[0] != TensorType((), "bool") or types[1] != types[2]:
            message = f"a condition of type bool and two equal types are expected, found {', '.join(map(str, types))}"
            raise RelayTypeError(message, self.place)
        return self._add(ast.If(self.place, *map(self.hold, (condition, then, otherwise))), types[1])

    def call_function(self, name: str, arguments: Sequence[ast.Expr]) -> ast.Expr:
        """A call of a declared function. Raises ``RelayTypeError`` for arguments that do not fit."""
        signature = self.builder._signatures[name]
        types = tuple(map(self.builder.type_of, arguments))
        if types != signature.params:
            expected, found = (", ".join(map(str, t)) for t in (signature.params, types))
            raise RelayTypeError(f"@{name} takes ({expected}), found ({found})", self.place)
        function = ast.GlobalVar(self.place, name)
        self.builder._add(function, signature)
        return self._add(ast.Call(self.place, function, tuple(map(self.hold, arguments))), signature.result)

    def hold(self, expr: ast.Expr) -> ast.Expr:
        """``expr`` as the program holds it: constants but single numbers as parameters."""
        if isinstance(expr, ast.Constant) and expr.value.ndim and self.in_main:
            return self.builder._parameter(expr)
        if isinstance(expr, ast.Tuple):
            fields = tuple(map(self.hold, expr.fields))
            if any(a is not b for a, b in zip(fields, expr.fields, strict=True)):
                return self.tuple(fields)
        return expr

    def _add(self, expr: ast.Expr, type_: Type) -> ast.Expr:
        self.builder._add(expr, type_)
        return expr

    def _fold(self, operator: Operator, call: ast.Call, arguments: Sequence[Any], type_: Type) -> ast.Expr:
        types = [self.builder.type_of(a) for a in call.args]
        with np.errstate(all="ignore"):
            value = operate(operator, call_attrs(operator, call), arguments, types, type_, self.place)
        names = (self.builder._names.get(id(a), "") for a in call.args)
        return self._known(value, next(filter(None, names), ""))

    def _known(self, value: Any, name: str) -> ast.Expr:
        if isinstance(value, tuple):
            return self.tuple(self._known(v, name) for v in value)
        return self.constant(value, name=name)


def value_of(expr: ast.Expr) -> Any:
    """The array, or tuple of arrays, that an expression is known to be; None for others."""
    if isinstance(expr, ast.Constant):
        return expr.value
    if isinstance(expr, ast.Tuple):
        values = tuple(map(value_of, expr.fields))
        return None if any(v is None for v in values) else values
    return None


def _read(results: Sequence[ast.Expr], states: Sequence[tuple[ast.Var, ast.Expr]]) -> list[tuple[ast.Var, ast.Expr]]:
    """The states that ``results`` depend on, in this run or a later one."""
    used: set[int] = set()
    pending = list(results)
    while pending:
        used |= {id(e) for root in pending for e in post_order(root)}
        pending = [next_ for var, next_ in states if id(var) in used and id(next_) not in used]
    return [pair for pair in states if id(pair[0]) in used]


def _worth_folding(arguments: Sequence[ast.Expr], type_: Type, here: At) -> bool:
    """Whether a result may stand in memory instead of its call: a broadcast number may not become a megabyte."""
    given = [t for a in arguments for t in flatten(here.builder.type_of(a))]
    made = list(flatten(type_))
    if not all(t.is_static for t in made):
        return True
    return _bytes(made) <= max(_ALWAYS_FOLDED_BYTES, _GROWTH * _bytes(given))


def _bytes(types: Iterable[TensorType]) -> int:
    return sum(t.size * numpy_dtype(t.dtype).itemsize for t in types)
