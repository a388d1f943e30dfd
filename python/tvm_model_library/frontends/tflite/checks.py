"""What must hold of a file's graphs before anybody follows them: order of operators, calls of subgraphs."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from tvm_model_library.errors import GraphPlace, ModelFileError
from tvm_model_library.frontends.tflite.flatbuffer import table_type
from tvm_model_library.frontends.tflite.model import Model, Operator, Subgraph, Tensor
from tvm_model_library.frontends.tflite.schema import SCALARS, Vector
from tvm_model_library.frontends.tflite.schema_operators import options_of


def check_model(model: Model) -> None:
    """Raises ``ModelFileError`` where a tensor is read before it is made or made twice, where a subgraph does not
    exist, and where one runs itself.
    """
    for subgraph in model.subgraphs:
        _check_order(subgraph)
    _check_calls(model)


def _check_order(subgraph: Subgraph) -> None:
    makers = {t.index: operator for operator in subgraph.operators for t in operator.outputs}
    ready = {t.index: "an input" for t in subgraph.inputs}
    ready |= {t.index: "a constant" for t in subgraph.tensors if t.stored is not None}
    held = {t.index for t in subgraph.tensors if t.is_constant or t.is_variable}
    for operator in subgraph.operators:
        for tensor in operator.inputs:
            if tensor is None or tensor.index in ready or tensor.index in held:
                continue
            # What a custom operator does with a tensor that nobody makes, scratch memory say, is its own matter.
            if not operator.is_custom or tensor.index in makers:
                raise ModelFileError(f"reads {_why_not(tensor, makers)}", operator.place)
        for tensor in operator.outputs:
            if tensor.index in ready:
                raise ModelFileError(f"makes {_name(tensor)}, which is {ready[tensor.index]}", operator.place)
            ready[tensor.index] = f"made by operator {operator.index} {operator.name} already"
    for tensor in subgraph.outputs:
        if tensor.index not in ready and tensor.index not in held:
            raise ModelFileError(f"gives back {_why_not(tensor, makers)}", subgraph.place)


def _name(tensor: Tensor) -> str:
    return tensor.place.where


def _why_not(tensor: Tensor, makers: dict[int, Operator]) -> str:
    maker = makers.get(tensor.index)
    if maker is None:
        return f"{_name(tensor)}, which nothing makes"
    order = "operators must stand in the order in which they run"
    return f"{_name(tensor)}, which operator {maker.index} {maker.name} makes only later: {order}"


def called_subgraphs(operator: Operator) -> Iterator[int]:
    """The numbers of the subgraphs that an operator runs."""
    table = options_of(operator.name)
    for field in table_type(table).fields.values() if table and not operator.is_custom else ():
        if field.type == SCALARS["subgraph"]:
            yield operator.options[field.name]
        elif field.type == Vector(SCALARS["subgraph"]):
            yield from operator.options[field.name]


def _check_calls(model: Model) -> None:
    """Subgraphs that run one another must not do so in a circle: they would never end."""
    calls: dict[int, list[int]] = {}
    for subgraph in model.subgraphs:
        for operator in subgraph.operators:
            for number in called_subgraphs(operator):
                if not 0 <= number < len(model.subgraphs):
                    message = f"runs subgraph {number}, which does not exist, there are {len(model.subgraphs)}"
                    raise ModelFileError(message, operator.place)
                calls.setdefault(subgraph.index, []).append(number)
    try:
        TopologicalSorter(calls).prepare()
    except CycleError as error:
        circle = " runs ".join(f"subgraph {i}" for i in reversed(error.args[1]))
        raise ModelFileError(f"{circle}: it would never end", GraphPlace(model.source, "model")) from error
