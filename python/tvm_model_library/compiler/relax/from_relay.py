"""Typed Relay to Relax: calls inlined, tuples taken apart, everything else refused by name and place.

The result is one straight-line Relax function ``main`` over tensors. Functions, closures and ``let`` are resolved
while walking; an ``if`` is resolved when its condition is known. What is left of Relay's language (control flow,
recursion, references, data types, dynamic shapes) needs the interpreter and is refused.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from tvm_model_library.c_text.types import DTYPES
from tvm_model_library.compiler.relax.emitter import INDEX_LIMIT, Emitter, constant, relay_type
from tvm_model_library.compiler.relax.origins import with_operations
from tvm_model_library.errors import ModelLibraryError, Place, UnknownOperatorError, UnsupportedError, first_line
from tvm_model_library.relay import ast
from tvm_model_library.relay.inference import call_attrs
from tvm_model_library.relay.lowering import Lowering, Value
from tvm_model_library.relay.operator import EvaluationRuleError, Operator, TypeRuleError, close_names, find_operator
from tvm_model_library.relay.types import TensorType, TupleType, Type, flatten, is_empty
from tvm_model_library.relay.visit import trampoline
from tvm_model_library.tensors import Array, numpy_dtype

_MAX_ACTIVATIONS = 64
_MAX_STEPS = 200_000
_ADVICE = "`tvm-mlf interpret` runs it"

Steps = Generator[Any, Any, Value]


def to_relax(typed: ast.TypedModule, params: Mapping[str, Array]) -> Any:
    """The ``tvm.IRModule`` of ``@main``: its parameters are those not in ``params``, its result the flattened tuple
    of tensors.

    Raises ``UnsupportedError`` with the place of what has no static form.
    """
    from tvm import relax

    main = typed.module.functions["main"]
    types = typed.functions["main"].params
    builder = relax.BlockBuilder()
    arguments: list[Value] = []
    variables = []
    for var, type_ in zip(main.params, types, strict=True):
        if var.name in params:
            arguments.append(constant(params[var.name]))
            continue
        variables.append(relax.Var(var.name, _tensor_type(var, type_)))
        arguments.append(variables[-1])
    emitter = Emitter(builder)
    refusal: UnsupportedError | None = None
    with builder.function("main", variables):
        with builder.dataflow():
            walk = _Walk(typed, emitter)
            try:
                result = trampoline(walk.apply(_Closure(main, None), tuple(arguments), main.span))
                leaves = list(_leaves(result, main))
            except UnsupportedError as error:  # TVM complains about a builder that is left in the middle
                refusal, leaves = error, []
            output = builder.emit_output(leaves[0] if len(leaves) == 1 else relax.Tuple(leaves))
        builder.emit_func_output(output)
    if refusal is not None:
        raise refusal
    return with_operations(builder.finalize(), emitter.operations)


@dataclass(eq=False, slots=True)
class _Frame:
    """One activation of a function."""

    parent: _Frame | None
    variables: dict[int, Value] = field(default_factory=dict)
    computed: dict[int, Value] = field(default_factory=dict)

    def find(self, var: ast.Var) -> Value:
        frame: _Frame | None = self
        while frame is not None:
            if id(var) in frame.variables:
                return frame.variables[id(var)]
            frame = frame.parent
        raise UnsupportedError(f"variable %{var.name} has no value here", var.span)


@dataclass(frozen=True, eq=False, slots=True)
class _Closure:
    function: ast.Function
    frame: _Frame | None


@dataclass(frozen=True, eq=False, slots=True)
class _OperatorValue:
    """An operator used as a function value."""

    ref: ast.OpRef


class _Walk:
    def __init__(self, typed: ast.TypedModule, emitter: Emitter) -> None:
        self._typed = typed
        self._emitter = emitter
        self._active: dict[int, int] = {}
        self._steps = 0

    def _step(self, span: Place) -> None:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise UnsupportedError(
                f"more than {_MAX_STEPS} calls are left once functions are inlined, which no firmware holds; {_ADVICE}",
                span,
            )

    def _eval(self, expr: ast.Expr, frame: _Frame) -> Steps:
        lets: list[ast.Let] = []
        while isinstance(expr, ast.Let) and id(expr) not in frame.computed:
            value = yield self._eval(expr.value, frame)
            frame.variables[id(expr.var)] = value
            lets.append(expr)
            expr = expr.body
        if isinstance(expr, ast.Var):
            result = frame.find(expr)
        elif id(expr) in frame.computed:
            result = frame.computed[id(expr)]
        else:
            rule = _RULES.get(type(expr))
            if rule is None:
                _refuse_construct(expr)
            result = yield rule(self, expr, frame)
            frame.computed[id(expr)] = result
        for let in lets:
            frame.computed[id(let)] = result
        return result

    def _eval_all(self, exprs: Sequence[ast.Expr], frame: _Frame) -> Steps:
        values = []
        for expr in exprs:
            values.append((yield self._eval(expr, frame)))
        return tuple(values)

    def _constant(self, expr: ast.Constant, frame: _Frame) -> Steps:
        return constant(expr.value)
        yield

    def _global(self, expr: ast.GlobalVar, frame: _Frame) -> Steps:
        function = self._typed.module.functions.get(expr.name)
        if function is None:
            raise UnsupportedError(f"there is no function @{expr.name}", expr.span)
        return _Closure(function, None)
        yield

    def _operator(self, expr: ast.OpRef, frame: _Frame) -> Steps:
        return _OperatorValue(expr)
        yield

    def _function(self, expr: ast.Function, frame: _Frame) -> Steps:
        return _Closure(expr, frame)
        yield

    def _tuple(self, expr: ast.Tuple, frame: _Frame) -> Steps:
        return (yield self._eval_all(expr.fields, frame))

    def _projection(self, expr: ast.TupleGetItem, frame: _Frame) -> Steps:
        return (yield self._eval(expr.value, frame))[expr.index]

    def _if(self, expr: ast.If, frame: _Frame) -> Steps:
        condition = yield self._eval(expr.condition, frame)
        known = self._emitter.value_of(condition)
        if known is None:
            raise UnsupportedError(
                f"`if` on a value known only at run time: the executors run straight-line programs only; {_ADVICE}",
                expr.span,
            )
        return (yield self._eval(expr.then if known.item() else expr.otherwise, frame))

    def _call(self, expr: ast.Call, frame: _Frame) -> Steps:
        if isinstance(expr.func, ast.ConstructorRef):
            _refuse_construct(expr.func)
        arguments = yield self._eval_all(expr.args, frame)
        if isinstance(expr.func, ast.OpRef):
            return self._operate(expr, arguments)
        function = yield self._eval(expr.func, frame)
        return (yield self.apply(function, arguments, expr.span))

    def apply(self, function: Any, arguments: tuple[Value, ...], span: Place) -> Steps:
        """Inline a call."""
        if isinstance(function, _OperatorValue):
            return self._operate(ast.Call(span, function.ref, ()), arguments)
        if not isinstance(function, _Closure):
            raise UnsupportedError(f"only a function can be called; {_ADVICE}", span)
        self._step(span)
        key = id(function.function)
        depth = self._active.get(key, 0)
        if depth >= _MAX_ACTIVATIONS:
            raise UnsupportedError(f"a recursive function can't be inlined; {_ADVICE}", span)
        self._active[key] = depth + 1
        params = function.function.params
        frame = _Frame(function.frame, {id(p): a for p, a in zip(params, arguments, strict=True)})
        result = yield self._eval(function.function.body, frame)
        self._active[key] = depth
        return result

    def _operate(self, call: ast.Call, arguments: tuple[Value, ...]) -> Value:
        assert isinstance(call.func, ast.OpRef)
        operator = _operator_of(call.func.name, call.span)
        if operator.lower is None:
            raise UnsupportedError(f"{operator.name} has no compiled form: {operator.note}; {_ADVICE}", call.span)
        self._step(call.span)
        types = tuple(_argument_type(a, call) for a in arguments)
        attrs = call_attrs(operator, call)
        result_type = self._result_type(operator, call, attrs, types)
        _check_dtypes(f"{operator.name}: its result", result_type, call.span)
        _check_sizes(f"{operator.name}: its result", result_type, call.span)
        context = self._emitter.context(operator.name, attrs, call.span, types, result_type)
        if is_empty(result_type):
            return trampoline(_empty(context, result_type))
        try:
            return _tuples(operator.lower(context, attrs, *arguments))
        except EvaluationRuleError as error:
            raise UnsupportedError(f"{operator.name}: {error}", call.span) from error
        except (ModelLibraryError, AssertionError):
            raise
        except Exception as error:  # what TVM says of types and sizes that it has no code for
            if isinstance(error, ValueError) and not _is_static(result_type):
                reason = f"gives {result_type}, of a size known only at run time: the executors need every dimension"
            else:
                given = ", ".join(map(str, types))
                reason = f"of {given} can't be compiled by apache-tvm: {first_line(error)}"
            raise UnsupportedError(f"{operator.name} {reason}; {_ADVICE}", call.span) from error

    def _result_type(self, operator: Operator, call: ast.Call, attrs: Any, types: tuple[Type, ...]) -> Type:
        inferred = self._typed.types.get(id(call))
        if inferred is not None and _is_static(inferred):
            return inferred
        try:
            return operator.result_type(attrs, *types)
        except TypeRuleError as error:
            raise UnsupportedError(f"{operator.name}: {error}", call.span) from error


_RULES: Mapping[type[ast.Expr], Any] = {
    ast.Constant: _Walk._constant,
    ast.GlobalVar: _Walk._global,
    ast.OpRef: _Walk._operator,
    ast.Function: _Walk._function,
    ast.Tuple: _Walk._tuple,
    ast.TupleGetItem: _Walk._projection,
    ast.If: _Walk._if,
    ast.Call: _Walk._call,
    ast.Let: _Walk._eval,
}

_CONSTRUCTS: Mapping[type[ast.Expr], str] = {
    ast.ConstructorRef: "an algebraic data type",
    ast.Match: "`match`",
    ast.RefCreate: "a reference",
    ast.RefRead: "a reference",
    ast.RefWrite: "a reference",
}


def _refuse_construct(expr: ast.Expr) -> NoReturn:
    name = f" ({expr.name})" if isinstance(expr, ast.ConstructorRef) else ""
    what = _CONSTRUCTS.get(type(expr), type(expr).__name__)
    raise UnsupportedError(f"the executors run tensors only, found {what}{name}; {_ADVICE}", expr.span)


def _operator_of(name: str, span: Place) -> Operator:
    operator = find_operator(name)
    if operator is None:
        hint = ", ".join(close_names(name))
        raise UnknownOperatorError(f"unknown operator {name}" + (f"; did you mean {hint}?" if hint else ""), span)
    return operator


def _argument_type(value: Value, call: ast.Call) -> Type:
    if isinstance(value, _Closure | _OperatorValue):
        raise UnsupportedError(f"a function is no argument of an operator; {_ADVICE}", call.span)
    if isinstance(value, tuple):
        return TupleType(tuple(_argument_type(v, call) for v in value))
    return relay_type(value)


def _tuples(value: Any) -> Value:
    return tuple(_tuples(v) for v in value) if isinstance(value, tuple | list) else value


def _empty(context: Lowering, type_: Type) -> Steps:
    """The one value of a type whose tensors have no elements."""
    if isinstance(type_, TensorType):
        return context.constant(np.zeros(type_.static_shape, numpy_dtype(type_.dtype)))
    assert isinstance(type_, TupleType)
    fields = []
    for item in type_.fields:
        fields.append((yield _empty(context, item)))
    return tuple(fields)


def _is_static(type_: Type) -> bool:
    try:
        return all(t.is_static for t in flatten(type_))
    except TypeError:
        return False


def _tensor_type(var: ast.Var, type_: Type) -> Any:
    from tvm import relax

    if not isinstance(type_, TensorType):
        raise UnsupportedError(f"%{var.name}: {type_} is no tensor; the executors take tensors only", var.span)
    if not type_.is_static:
        raise UnsupportedError(
            f"%{var.name} has the dynamic shape {type_}; the executors need every dimension: "
            "write numbers for the ? or use `tvm-mlf interpret`",
            var.span,
        )
    _check_dtypes(f"%{var.name}", type_, var.span)
    _check_sizes(f"%{var.name}", type_, var.span)
    return relax.TensorType(type_.static_shape, type_.dtype)


def _check_dtypes(what: str, type_: Type, span: Place) -> None:
    for tensor in flatten(type_) if isinstance(type_, TensorType | TupleType) else ():
        if tensor.dtype not in DTYPES:
            raise UnsupportedError(
                f"{what} is {type_}; no target of the executors has the dtype {tensor.dtype}: they compute with bool, "
                "int8 to int64, uint8 to uint64, float16, bfloat16, float32 and float64",
                span,
            )


def _check_sizes(what: str, type_: Type, span: Place) -> None:
    for tensor in flatten(type_) if _is_static(type_) else ():
        if tensor.size >= INDEX_LIMIT:
            raise UnsupportedError(f"{what}: {tensor} is too large for the executors' 32-bit indices", span)


def _leaves(result: Value, main: ast.Function) -> Generator[Any, None, None]:
    pending = [result]
    while pending:
        value = pending.pop()
        if isinstance(value, tuple):
            pending.extend(reversed(value))
        elif isinstance(value, _Closure | _OperatorValue):
            raise UnsupportedError(
                f"@main returns a function; the executors give back tensors only; {_ADVICE}", main.span
            )
        else:
            yield value
