"""The reference interpreter: what a Relay program means, in NumPy.

It evaluates every construct of the language, control flow, closures, data types and references included, and
calls the NumPy meanings of :mod:`tvm_model_library.relay.operator`. It shares no code with the compiler, so that
one can judge the other. An expression used twice in one activation of a function is computed once, as Relay's
graph form says. Depth of the program or of its recursion costs heap, never Python stack.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from tvm_model_library.errors import EvaluationError, Place, UnknownOperatorError
from tvm_model_library.relay import ast
from tvm_model_library.relay.inference import call_attrs
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits, Meter
from tvm_model_library.relay.operation import fits, operate
from tvm_model_library.relay.operator import close_names, find_operator
from tvm_model_library.relay.types import TensorType
from tvm_model_library.relay.visit import trampoline
from tvm_model_library.tensors import Array


@dataclass(frozen=True, eq=False, slots=True)
class Data:
    """A value of an algebraic data type."""

    constructor: str
    fields: tuple[Value, ...]


@dataclass(eq=False, slots=True)
class Cell:
    """A reference: the one value that changes."""

    value: Value


@dataclass(eq=False, slots=True)
class Frame:
    """One activation of a function: its variables and what it has computed so far.

    A branch that may not be taken computes in the same frame: expressions are evaluated on demand only.
    """

    parent: Frame | None
    variables: dict[int, Value] = field(default_factory=dict)
    computed: dict[int, Value] = field(default_factory=dict)

    def lookup(self, var: ast.Var) -> Value:
        frame: Frame | None = self
        while frame is not None:
            if id(var) in frame.variables:
                return frame.variables[id(var)]
            frame = frame.parent
        raise EvaluationError(f"variable %{var.name} has no value here", var.span)


@dataclass(frozen=True, eq=False, slots=True)
class Closure:
    function: ast.Function
    frame: Frame | None


@dataclass(frozen=True, eq=False, slots=True)
class Primitive:
    """An operator or a constructor used as a function value."""

    expr: ast.OpRef | ast.ConstructorRef


Value: TypeAlias = "Array | tuple[Value, ...] | Data | Cell | Closure | Primitive"
Steps: TypeAlias = Generator[Any, Any, Value]


class Interpreter:
    """Evaluates functions of one typed module.

    Arguments and results are compared with the inferred types; :mod:`tvm_model_library.relay.operation` says what
    becomes of a difference.
    """

    def __init__(self, typed: ast.TypedModule, limits: Limits = DEFAULT_LIMITS) -> None:
        self._module = typed.module
        self._types = typed.types
        self._limits = limits
        self._meter = Meter(limits)

    def call(self, name: str, arguments: Sequence[Value]) -> Value:
        """Call a global function. Raises :class:`EvaluationError`, also when the call takes more than the limits."""
        function = self._module.functions[name]
        self._meter = Meter(self._limits)
        with np.errstate(all="ignore"):
            result: Value = trampoline(self._apply(Closure(function, None), tuple(arguments), function.span))
        return result

    def _eval(self, expr: ast.Expr, frame: Frame) -> Steps:
        lets: list[ast.Let] = []
        while isinstance(expr, ast.Let) and id(expr) not in frame.computed:
            value = yield self._eval(expr.value, frame)
            frame.variables[id(expr.var)] = value
            lets.append(expr)
            expr = expr.body
        result: Value
        if isinstance(expr, ast.Var):
            result = frame.lookup(expr)
        elif id(expr) in frame.computed:
            result = frame.computed[id(expr)]
        else:
            result = yield _RULES[type(expr)](self, expr, frame)
            frame.computed[id(expr)] = result
        for let in lets:
            frame.computed[id(let)] = result
        return result

    def _eval_all(self, exprs: Sequence[ast.Expr], frame: Frame) -> Generator[Any, Any, tuple[Value, ...]]:
        values = []
        for expr in exprs:
            values.append((yield self._eval(expr, frame)))
        return tuple(values)

    def _constant(self, expr: ast.Constant, frame: Frame) -> Steps:
        return expr.value
        yield

    def _global(self, expr: ast.GlobalVar, frame: Frame) -> Steps:
        function = self._module.functions.get(expr.name)
        if function is None:
            raise EvaluationError(f"there is no function @{expr.name}", expr.span)
        return Closure(function, None)
        yield

    def _primitive(self, expr: ast.OpRef | ast.ConstructorRef, frame: Frame) -> Steps:
        return Primitive(expr)
        yield

    def _function(self, expr: ast.Function, frame: Frame) -> Steps:
        return Closure(expr, frame)
        yield

    def _tuple(self, expr: ast.Tuple, frame: Frame) -> Steps:
        return (yield self._eval_all(expr.fields, frame))  # type: ignore[no-any-return]

    def _projection(self, expr: ast.TupleGetItem, frame: Frame) -> Steps:
        value = yield self._eval(expr.value, frame)
        if not isinstance(value, tuple):
            raise EvaluationError(f".{expr.index} needs a tuple, found {_describe(value)}", expr.span)
        return value[expr.index]  # type: ignore[no-any-return]

    def _if(self, expr: ast.If, frame: Frame) -> Steps:
        condition = yield self._eval(expr.condition, frame)
        if not isinstance(condition, np.ndarray) or condition.size != 1:
            raise EvaluationError(f"the condition must be a scalar, found {_describe(condition)}", expr.condition.span)
        return (yield self._eval(expr.then if condition.item() else expr.otherwise, frame))  # type: ignore[no-any-return]

    def _call(self, expr: ast.Call, frame: Frame) -> Steps:
        arguments = yield self._eval_all(expr.args, frame)
        if isinstance(expr.func, ast.OpRef):
            return self._operate(expr, arguments)
        if isinstance(expr.func, ast.ConstructorRef):
            return Data(expr.func.name, arguments)
        function = yield self._eval(expr.func, frame)
        return (yield self._apply(function, arguments, expr.span))  # type: ignore[no-any-return]

    def _apply(self, function: Value, arguments: tuple[Value, ...], span: Place) -> Steps:
        if isinstance(function, Primitive):
            if isinstance(function.expr, ast.ConstructorRef):
                return Data(function.expr.name, arguments)
            return self._operate(ast.Call(span, function.expr, ()), arguments)
        if not isinstance(function, Closure):
            raise EvaluationError(f"only a function can be called, found {_describe(function)}", span)
        self._meter.step(span)
        params = function.function.params
        if len(params) != len(arguments):
            raise EvaluationError(f"the function takes {len(params)} arguments, found {len(arguments)}", span)
        for param, argument in zip(params, arguments, strict=True):
            found, declared = _tensor_type(argument), self._types.get(id(param))
            if not fits(found, declared):
                raise EvaluationError(f"%{param.name} is {found}, but the program says {declared}", span)
        frame = Frame(function.frame, {id(p): a for p, a in zip(params, arguments, strict=True)})
        result: Value = yield self._eval(function.function.body, frame)
        found, declared = _tensor_type(result), function.function.result
        if not fits(found, declared):
            raise EvaluationError(f"the function's result is {found}, but the program says {declared}", span)
        return result

    def _operate(self, call: ast.Call, arguments: tuple[Value, ...]) -> Value:
        assert isinstance(call.func, ast.OpRef)
        operator = find_operator(call.func.name)
        if operator is None:
            hint = ", ".join(close_names(call.func.name))
            raise UnknownOperatorError(
                f"unknown operator {call.func.name}" + (f"; did you mean {hint}?" if hint else ""), call.span
            )
        if operator.evaluate is None:
            raise EvaluationError(f"the interpreter has no {operator.name}: {operator.note}", call.span)
        self._meter.step(call.span)
        types = [self._types.get(id(a)) for a in call.args]
        result: Value = operate(
            operator, call_attrs(operator, call), arguments, types, self._types.get(id(call)), call.span
        )
        self._meter.computed(result.nbytes if isinstance(result, np.ndarray) else 0, call.span)
        return result

    def _match(self, expr: ast.Match, frame: Frame) -> Steps:
        data = yield self._eval(expr.data, frame)
        for clause in expr.clauses:
            bound = _bind(clause.pattern, data)
            if bound is not None:
                frame.variables.update(bound)
                return (yield self._eval(clause.body, frame))  # type: ignore[no-any-return]
        raise EvaluationError(f"no clause matches {_describe(data)}", expr.span)

    def _ref_create(self, expr: ast.RefCreate, frame: Frame) -> Steps:
        return Cell((yield self._eval(expr.value, frame)))

    def _ref_read(self, expr: ast.RefRead, frame: Frame) -> Steps:
        cell = yield self._eval(expr.ref, frame)
        if not isinstance(cell, Cell):
            raise EvaluationError(f"only a reference can be read, found {_describe(cell)}", expr.span)
        return cell.value

    def _ref_write(self, expr: ast.RefWrite, frame: Frame) -> Steps:
        cell = yield self._eval(expr.ref, frame)
        if not isinstance(cell, Cell):
            raise EvaluationError(f"only a reference can be written, found {_describe(cell)}", expr.span)
        cell.value = yield self._eval(expr.value, frame)
        return ()


_RULES: Mapping[type[ast.Expr], Any] = {
    ast.Constant: Interpreter._constant,
    ast.GlobalVar: Interpreter._global,
    ast.OpRef: Interpreter._primitive,
    ast.ConstructorRef: Interpreter._primitive,
    ast.Function: Interpreter._function,
    ast.Tuple: Interpreter._tuple,
    ast.TupleGetItem: Interpreter._projection,
    ast.If: Interpreter._if,
    ast.Call: Interpreter._call,
    ast.Match: Interpreter._match,
    ast.RefCreate: Interpreter._ref_create,
    ast.RefRead: Interpreter._ref_read,
    ast.RefWrite: Interpreter._ref_write,
    ast.Let: Interpreter._eval,
}


def _bind(pattern: ast.Pattern, value: Value) -> dict[int, Value] | None:
    """The variables that ``pattern`` binds when it matches ``value``; None when it does not match."""
    bound: dict[int, Value] = {}
    pending: list[tuple[ast.Pattern, Value]] = [(pattern, value)]
    while pending:
        pattern, value = pending.pop()
        if isinstance(pattern, ast.PatternVar):
            bound[id(pattern.var)] = value
        elif isinstance(pattern, ast.PatternConstructor):
            if not isinstance(value, Data) or value.constructor != pattern.constructor:
                return None
            pending.extend(zip(pattern.patterns, value.fields, strict=True))
        elif isinstance(pattern, ast.PatternTuple):
            if not isinstance(value, tuple):
                return None
            pending.extend(zip(pattern.patterns, value, strict=True))
    return bound


def _tensor_type(value: Value) -> TensorType | None:
    return TensorType(value.shape, value.dtype.name) if isinstance(value, np.ndarray) else None


def _describe(value: Value) -> str:
    if isinstance(value, np.ndarray):
        return str(TensorType(value.shape, value.dtype.name))
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, Data):
        return f"a {value.constructor}"
    return "a reference" if isinstance(value, Cell) else "a function"
