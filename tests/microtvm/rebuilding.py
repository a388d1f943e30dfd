"""Programs read from text and written again by the functions of relay: what comes out must be the same program."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay
from tvm_model_library.relay import ast, visit
from tvm_model_library.relay.checks import call_attrs, require_operator
from tvm_model_library.relay.script import signatures, ty
from tvm_model_library.relay.script.operators import function_name


class OutOfReachError(Exception):
    """The program has more than calls of operators."""


def rebuilt(module: tvm.IRModule) -> tvm.IRModule:
    """The module's main, made anew. Raises :class:`OutOfReachError` where it has scopes or calls other functions."""
    main = module.node.functions["main"]
    if len(module.node.functions) > 1:
        raise OutOfReachError("several functions")
    made: dict[int, Any] = {}
    for param in main.params:
        assert param.annotation is not None
        made[id(param)] = relay.Var(param.name, ty.wrap(param.annotation))
    for node in visit.post_order(main.body):
        if id(node) not in made and not isinstance(node, ast.OpRef):
            made[id(node)] = _expression(node, made)
    result = ty.wrap(main.result) if main.result is not None else None
    return tvm.IRModule.from_expr(
        relay.Function([made[id(p)] for p in main.params], made[id(main.body)], result, None, main.attrs)
    )


def _expression(node: ast.Expr, made: dict[int, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return relay.Constant(node.value)
    if isinstance(node, ast.Tuple):
        return relay.Tuple([made[id(f)] for f in node.fields])
    if isinstance(node, ast.TupleGetItem):
        return relay.TupleGetItem(made[id(node.value)], node.index)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.OpRef):
        return call(node, [made[id(a)] for a in node.args])
    raise OutOfReachError(type(node).__name__)


def call(node: ast.Call, arguments: list[Any]) -> Any:
    """The call, by the function of its operator."""
    assert isinstance(node.func, ast.OpRef)
    operator = require_operator(node.func)
    function = functools.reduce(getattr, function_name(operator.name).split("."), relay)
    renamed = signatures.RENAMED.get(operator.name, {})
    attributes = call_attrs(operator, node)
    known = dict(zip(operator.inputs, arguments, strict=True))
    known |= {a.name: attributes[a.name] for a in operator.attributes if a.name not in known}
    values = {}
    for parameter in inspect.signature(function).parameters.values():
        name = renamed.get(parameter.name, parameter.name)
        if name in known and known[name] is None and parameter.default not in (None, "", inspect.Parameter.empty):
            raise OutOfReachError(f"{operator.name} without {name}, for which the function has another default")
        if name in known and (known[name] is not None or parameter.default is inspect.Parameter.empty):
            values[parameter.name] = known[name]
    return function(**values)
