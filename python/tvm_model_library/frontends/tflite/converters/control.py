"""Variables, subgraphs and control flow: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, CALL_ONCE, CALL, IF, WHILE,
STABLEHLO_COMPOSITE.

Facts: TFLM tensorflow/lite/micro/kernels/var_handle.cc, read_variable.cc, assign_variable.cc, call_once.cc, if.cc,
while.cc; LiteRT tensorflow/lite/kernels/stablehlo_composite.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.registry import converter
from tvm_model_library.frontends.tflite.variables import Variables, name_of, run_once
from tvm_model_library.relay import ast
from tvm_model_library.relay.types import TensorType, TupleType


@converter("VAR_HANDLE")
def var_handle(call: Call) -> ast.Expr:
    """A variable's name: no value that a program could have."""
    call.graph.resources[call.output().index] = name_of(call.operator)
    return call.array(0, "int32")


def _variable(call: Call) -> str:
    tensor = call.tensor(0)
    if tensor.index not in call.graph.resources:
        call.refuse(f"{tensor.place.where} does not come from VAR_HANDLE in this subgraph")
    return call.graph.resources[tensor.index]


@converter("READ_VARIABLE")
def read_variable(call: Call) -> ast.Expr:
    """What a variable holds."""
    output, name = call.output(), _variable(call)
    type_ = TensorType(output.shape, output.dtype)
    return call.graph.variables.read(call.graph, name, type_, name, call.place)


@converter("ASSIGN_VARIABLE")
def assign_variable(call: Call) -> Sequence[ast.Expr]:
    """A variable's new value."""
    name = _variable(call)
    value = call.graph.raw(call.tensor(1), call.place)
    call.graph.variables.assign(call.graph, name, value, name, call.place)
    return ()


@converter("CALL_ONCE")
def call_once(call: Call) -> Sequence[ast.Expr]:
    """A subgraph that runs before the first run."""
    run_once(call, call.options["init_subgraph_index"], call.graph.variables)
    return ()


def _raw(call: Call, first: int = 0) -> list[ast.Expr]:
    """The inputs in the types that the file says."""
    return [call.graph.raw(call.tensor(i), call.place) for i in range(first, len(call.operator.inputs))]


@converter("CALL")
def call_subgraph(call: Call) -> Sequence[ast.Expr]:
    """Another subgraph in the place of the call."""
    return call.graph.inlined(call, call.options["subgraph"], _raw(call), call.graph.variables)


@converter("STABLEHLO_COMPOSITE")
def composite(call: Call) -> Sequence[ast.Expr]:
    """What the subgraph computes that a named composition is decomposed into."""
    number = call.options["decomposition_subgraph_index"]
    return call.graph.inlined(call, number, _raw(call), call.graph.variables)


_REFUSED = Variables(refused="variables in subgraphs of IF and WHILE are not supported")


@converter("IF")
def if_(call: Call) -> Sequence[ast.Expr]:
    """One subgraph or another."""
    condition = call.reshape(call.input(0), ())
    known = call.known(0)
    names = ("then_subgraph_index", "else_subgraph_index")
    if known is not None:
        number = call.options[names[0] if known.reshape(-1)[0] else names[1]]
        return call.graph.inlined(call, number, _raw(call, 1), call.graph.variables)
    both = [
        call.at.tuple(call.graph.inlined(call, call.options[name], _raw(call, 1), replace(_REFUSED))) for name in names
    ]
    chosen = call.at.branch(condition, *both)
    return [call.at.field(chosen, i) for i in range(len(call.operator.outputs))]


@converter("WHILE")
def while_(call: Call) -> Sequence[ast.Expr]:
    """A subgraph as long as another says so: a function that calls itself."""
    start, graph = _raw(call), call.graph
    builder, place = call.at.builder, call.place
    types = tuple(map(call.type, start))
    result = TupleType(types)
    name = builder.declare("loop", types, result)
    params = [builder.variable(f"x{i}", t, place) for i, t in enumerate(types)]
    inner = replace(graph, in_main=False)
    at = inner.at(place)
    inside = replace(call, graph=inner, at=at)
    conditions = inner.inlined(inside, call.options["cond_subgraph_index"], params, replace(_REFUSED))
    if len(conditions) != 1:
        call.damaged(f"the condition has {len(conditions)} outputs, expected one")
    condition = inside.reshape(conditions[0], ())
    step = inner.inlined(inside, call.options["body_subgraph_index"], params, replace(_REFUSED))
    body = at.branch(condition, at.call_function(name, step), at.tuple(params))
    builder.define(name, params, body, place)
    done = call.at.call_function(name, start)
    return [call.at.field(done, i) for i in range(len(types))]
