"""Type inference: the type of every expression of a module.

One set of unknowns serves the whole module, so that functions may use each other in any order. Every construct adds
equations between types as the walk meets it; operators add their type rule, which waits until its arguments are
known. The rules of the constructs are those of TVM 0.18 src/relay/transforms/type_infer.cc. Walks use explicit stacks:
the depth of a program costs heap only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tvm_model_library.errors import Place, RelayTypeError
from tvm_model_library.relay import ast
from tvm_model_library.relay.checks import call_attrs, require_operator
from tvm_model_library.relay.constraints import OperatorRule, Projection, Solver, operator_rule
from tvm_model_library.relay.matching import unmatched
from tvm_model_library.relay.types import (
    FuncType,
    GlobalTypeVar,
    IncompleteType,
    RefType,
    TensorType,
    Type,
    TypeCall,
)
from tvm_model_library.relay.visit import children

__all__ = ["call_attrs", "infer"]

_BOOL = TensorType((), "bool")


def infer(module: ast.Module) -> ast.TypedModule:
    """Type-check ``module``. Raises :class:`RelayTypeError` at the expression that has no type, and
    :class:`UnknownOperatorError` on an operator that does not exist.
    """
    inference = _Inference(module)
    for function in module.functions.values():
        inference.walk(function)
    return inference.result()


class _Inference:
    def __init__(self, module: ast.Module) -> None:
        self._module = module
        self._solver = Solver()
        self._unifier = self._solver.unifier
        self._types: dict[int, Type] = {}
        self._exprs: list[ast.Expr] = []
        self._constructors = module.constructors()
        self._signatures: dict[int, FuncType] = {}

    # -- the walk

    def walk(self, root: ast.Expr) -> None:
        """Give every expression below ``root`` a type, operands first."""
        pending: list[tuple[Callable[[Any], None], Any]] = [(self._enter, root)]
        self._pending = pending
        while pending:
            action, argument = pending.pop()
            action(argument)

    def _enter(self, expr: ast.Expr) -> None:
        if id(expr) in self._types:
            return
        if isinstance(expr, ast.Var):
            self._var_type(expr)
            return
        for step in reversed(_STEPS[type(expr)](self, expr)):
            self._pending.append(step)

    def _leaf(self, expr: ast.Expr) -> list[tuple[Callable[[Any], None], Any]]:
        return [(self._finish, expr)]

    def _operands(self, expr: ast.Expr) -> list[tuple[Callable[[Any], None], Any]]:
        return [*((self._enter, e) for e in _operands(expr)), (self._finish, expr)]

    def _let(self, expr: ast.Let) -> list[tuple[Callable[[Any], None], Any]]:
        if isinstance(expr.value, ast.Function):
            self._bind_recursive(expr)
        return [(self._enter, expr.value), (self._bind_let, expr), (self._enter, expr.body), (self._finish, expr)]

    def _match(self, expr: ast.Match) -> list[tuple[Callable[[Any], None], Any]]:
        bodies = [(self._enter, c.body) for c in expr.clauses]
        return [(self._enter, expr.data), (self._bind_patterns, expr), *bodies, (self._finish, expr)]

    def _finish(self, expr: ast.Expr) -> None:
        if id(expr) not in self._types:
            self._set(expr, _RULES[type(expr)](self, expr))

    def _set(self, expr: ast.Expr, type_: Type) -> None:
        self._types[id(expr)] = type_
        self._exprs.append(expr)

    def _type(self, expr: ast.Expr) -> Type:
        return self._types[id(expr)]

    # -- variables

    def _var_type(self, var: ast.Var) -> Type:
        if id(var) not in self._types:
            self._set(var, IncompleteType() if var.annotation is None else var.annotation)
        return self._types[id(var)]

    def _signature(self, function: ast.Function) -> FuncType:
        if id(function) not in self._signatures:
            params = tuple(self._var_type(p) for p in function.params)
            result = IncompleteType() if function.result is None else function.result
            self._signatures[id(function)] = FuncType(params, result, function.type_params)
        return self._signatures[id(function)]

    def _bind_recursive(self, let: ast.Let) -> None:
        """The variable of a function literal is in force inside it."""
        assert isinstance(let.value, ast.Function)
        type_: Type = self._signature(let.value)
        if let.var.annotation is not None:
            self._solver.unify(let.var.annotation, type_, let.span, f"the value of %{let.var.name}")
        self._set(let.var, type_)

    def _bind_let(self, let: ast.Let) -> None:
        value = self._unifier.find(self._type(let.value))
        what = f"the value of %{let.var.name}"
        if isinstance(let.value, ast.Function):
            self._solver.unify(self._type(let.var), value, let.span, what)
            return
        if id(let.var) in self._types:
            raise RelayTypeError(f"%{let.var.name} is used in its own definition; only a function can be", let.span)
        if let.var.annotation is not None:
            value = self._solver.unify(let.var.annotation, value, let.span, what)
        self._set(let.var, value)

    def _bind_patterns(self, match: ast.Match) -> None:
        for clause in match.clauses:
            pending = [(clause.pattern, self._type(match.data))]
            while pending:
                pattern, type_ = pending.pop()
                if isinstance(pattern, ast.PatternVar):
                    self._solver.unify(self._var_type(pattern.var), type_, pattern.span, f"pattern %{pattern.var.name}")
                elif isinstance(pattern, ast.PatternConstructor):
                    fields = self._pattern_fields(pattern, type_)
                    pending.extend(zip(pattern.patterns, fields, strict=True))
                elif isinstance(pattern, ast.PatternTuple):
                    fields = tuple(IncompleteType() for _ in pattern.patterns)
                    self._solver.unify(self._unifier.tuple_type(fields), type_, pattern.span, "a tuple pattern")
                    pending.extend(zip(pattern.patterns, fields, strict=True))
        missing = unmatched(match, self._module.types) if match.complete else None
        if missing is not None:
            raise RelayTypeError(f"match does not handle {missing}; add a clause or write match?", match.span)

    def _pattern_fields(self, pattern: ast.PatternConstructor, type_: Type) -> tuple[Type, ...]:
        signature = self._unifier.instantiate(self._constructor_type(pattern.constructor, pattern.span))
        name = pattern.constructor
        self._solver.unify(type_, signature.result, pattern.span, f"pattern {name} does not fit the matched value")
        if len(signature.params) != len(pattern.patterns):
            raise RelayTypeError(
                f"constructor {name} has {len(signature.params)} fields, the pattern has {len(pattern.patterns)}",
                pattern.span,
            )
        return signature.params

    def _constructor_type(self, name: str, span: Place) -> FuncType:
        constructor = self._constructors.get(name)
        if constructor is None:
            raise RelayTypeError(f"constructor {name} is not defined", span)
        definition = self._module.types[constructor.type_name]
        result = TypeCall(GlobalTypeVar(definition.name), definition.type_params)
        return FuncType(constructor.fields, result, definition.type_params)

    # -- rules: the type of one expression whose operands have theirs

    def _constant(self, expr: ast.Constant) -> Type:
        return TensorType(tuple(expr.value.shape), expr.value.dtype.name)

    def _meta_reference(self, expr: ast.MetaReference) -> Type:
        raise RelayTypeError(
            f"meta[{expr.kind}][{expr.index}] has no value: the text comes without its #[metadata] section", expr.span
        )

    def _global(self, expr: ast.GlobalVar) -> Type:
        function = self._module.functions.get(expr.name)
        if function is None:
            raise RelayTypeError(f"function @{expr.name} is not defined", expr.span)
        return self._signature(function)

    def _operator(self, expr: ast.OpRef) -> Type:
        """An operator as a value: a function of unknown types that its rule will tell."""
        operator = require_operator(expr)
        params = tuple(IncompleteType() for _ in operator.inputs)
        result = IncompleteType()
        self._solver.add(operator_rule(operator, ast.Call(expr.span, expr, ()), params, result))
        return FuncType(params, result)

    def _constructor(self, expr: ast.ConstructorRef) -> Type:
        return self._constructor_type(expr.name, expr.span)

    def _tuple(self, expr: ast.Tuple) -> Type:
        return self._unifier.tuple_type([self._unifier.find(self._type(e)) for e in expr.fields])

    def _projection(self, expr: ast.TupleGetItem) -> Type:
        constraint = Projection(expr.span, IncompleteType(), self._type(expr.value), expr.index)
        if not constraint.blocked(self._solver):
            return constraint.conclude(self._solver)
        self._solver.add(constraint)
        return constraint.result

    def _if(self, expr: ast.If) -> Type:
        self._solver.unify(_BOOL, self._type(expr.condition), expr.condition.span, "the condition of if")
        then, otherwise = (self._unifier.find(self._type(e)) for e in (expr.then, expr.otherwise))
        return self._solver.unify(then, otherwise, expr.span, "the branches of if differ")

    def _let_result(self, expr: ast.Let) -> Type:
        return self._type(expr.body)

    def _match_result(self, expr: ast.Match) -> Type:
        result: Type = IncompleteType()
        for clause in expr.clauses:
            found = self._unifier.find(self._type(clause.body))
            result = self._solver.unify(result, found, clause.body.span, "the clauses of match differ")
        return result

    def _function(self, expr: ast.Function) -> Type:
        signature = self._signature(expr)
        body = self._unifier.find(self._type(expr.body))
        result = self._solver.unify(signature.result, body, expr.span, "the result of the function")
        return FuncType(signature.params, result, signature.type_params)

    def _ref_create(self, expr: ast.RefCreate) -> Type:
        return RefType(self._type(expr.value))

    def _ref_read(self, expr: ast.RefRead) -> Type:
        value = IncompleteType()
        self._solver.unify(RefType(value), self._type(expr.ref), expr.span, "the operand of ref_read")
        return value

    def _ref_write(self, expr: ast.RefWrite) -> Type:
        value = IncompleteType()
        self._solver.unify(RefType(value), self._type(expr.ref), expr.span, "the target of ref_write")
        self._solver.unify(value, self._unifier.find(self._type(expr.value)), expr.span, "the value of ref_write")
        return self._unifier.tuple_type(())

    def _call(self, expr: ast.Call) -> Type:
        args = [self._unifier.find(self._type(a)) for a in expr.args]
        if isinstance(expr.func, ast.OpRef):
            rule = operator_rule(require_operator(expr.func), expr, args, IncompleteType())
            return self._operator_call(rule)
        func = self._unifier.find(self._type(expr.func))
        if isinstance(func, IncompleteType):
            result = IncompleteType()
            self._solver.unify(func, FuncType(tuple(args), result), expr.span, "the called function")
            return result
        if not isinstance(func, FuncType):
            raise RelayTypeError(f"only a function can be called, found {self._solver.show(func)}", expr.span)
        func = self._unifier.instantiate(func)
        if len(func.params) != len(args):
            type_ = self._solver.show(func)
            raise RelayTypeError(
                f"the function takes {len(func.params)} arguments, found {len(args)}: {type_}", expr.span
            )
        for index, (param, arg) in enumerate(zip(func.params, args, strict=True)):
            span = expr.span if isinstance(expr.args[index], ast.Var) else expr.args[index].span
            self._solver.unify(param, arg, span, f"argument {index + 1}")
        return func.result

    def _operator_call(self, rule: OperatorRule) -> Type:
        if rule.blocked(self._solver):
            self._solver.add(rule)
            return rule.result
        return rule.conclude(self._solver)

    # -- the end

    def result(self) -> ast.TypedModule:
        """The module with all types. Raises :class:`RelayTypeError` where one is still unknown."""
        self._solver.finish()
        memo: dict[int, tuple[Type, Type]] = {}
        types: dict[int, Type] = {}
        for expr in self._exprs:
            type_ = self._unifier.resolve(self._types[id(expr)], memo)
            if isinstance(type_, IncompleteType) and not isinstance(expr, ast.OpRef):
                what = f"%{expr.name}" if isinstance(expr, ast.Var) else "this expression"
                raise RelayTypeError(f"cannot infer the type of {what}; annotate it", expr.span)
            types[id(expr)] = type_
        functions: dict[str, FuncType] = {}
        for name, function in self._module.functions.items():
            signature = types[id(function)]
            assert isinstance(signature, FuncType)
            functions[name] = signature
        return ast.TypedModule(self._module, types, functions)


def _operands(expr: ast.Expr) -> tuple[ast.Expr, ...]:
    if isinstance(expr, ast.Call):
        return expr.args if isinstance(expr.func, ast.OpRef) else (expr.func, *expr.args)
    return children(expr)


_STEPS: Mapping[type[ast.Expr], Any] = {
    ast.Constant: _Inference._leaf,
    ast.MetaReference: _Inference._leaf,
    ast.GlobalVar: _Inference._leaf,
    ast.OpRef: _Inference._leaf,
    ast.ConstructorRef: _Inference._leaf,
    ast.Tuple: _Inference._operands,
    ast.TupleGetItem: _Inference._operands,
    ast.Call: _Inference._operands,
    ast.If: _Inference._operands,
    ast.Function: _Inference._operands,
    ast.RefCreate: _Inference._operands,
    ast.RefRead: _Inference._operands,
    ast.RefWrite: _Inference._operands,
    ast.Let: _Inference._let,
    ast.Match: _Inference._match,
}

_RULES: Mapping[type[ast.Expr], Any] = {
    ast.Constant: _Inference._constant,
    ast.MetaReference: _Inference._meta_reference,
    ast.GlobalVar: _Inference._global,
    ast.OpRef: _Inference._operator,
    ast.ConstructorRef: _Inference._constructor,
    ast.Tuple: _Inference._tuple,
    ast.TupleGetItem: _Inference._projection,
    ast.Call: _Inference._call,
    ast.If: _Inference._if,
    ast.Function: _Inference._function,
    ast.RefCreate: _Inference._ref_create,
    ast.RefRead: _Inference._ref_read,
    ast.RefWrite: _Inference._ref_write,
    ast.Let: _Inference._let_result,
    ast.Match: _Inference._match_result,
}
