"""State that a network keeps from one run to the next: variables by name, and variable tensors of operators.

Facts: TFLite Micro's tensorflow/lite/micro/micro_resource_variable.cc, micro_interpreter_graph.cc (what state is at the
start). The state that a run leaves is an output of the program, that which it finds an input.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from tvm_model_library.errors import GraphPlace, UnsupportedError
from tvm_model_library.frontends.builder import value_of
from tvm_model_library.frontends.tflite.call import Call, is_quantized
from tvm_model_library.frontends.tflite.model import Model, Operator, Subgraph, Tensor
from tvm_model_library.relay import ast
from tvm_model_library.relay.types import TensorType
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.frontends.tflite.graph import Graph

_MOST_STATE = 2**26

Key = Hashable
"""A variable's name, or the number of a variable tensor."""


@dataclass(eq=False)
class Variables:
    """The variables of a run, in the course of the conversion. ``initial`` are the values that a first run sets;
    ``current`` those that the run has set so far. ``constant`` are the names that no run assigns. In a subgraph that
    may not have any, ``refused`` says why.
    """

    constant: frozenset[str] = frozenset()
    initial: dict[Key, Array] = field(default_factory=dict)
    current: dict[Key, ast.Expr] = field(default_factory=dict)
    states: dict[Key, ast.Var] = field(default_factory=dict)
    touched: bool = False
    refused: str = ""

    def read(self, graph: Graph, key: Key, type_: TensorType, name: str, place: GraphPlace) -> ast.Expr:
        """What a variable holds now: what the run has assigned, or what it found."""
        self._check(place)
        self.touched = True
        if key not in self.current:
            self.current[key] = self._found(graph, key, type_, name, place)
        found = graph.whole.builder.type_of(self.current[key])
        if found != type_:
            raise UnsupportedError(f"reads the variable {name} as {type_}, but it holds {found}", place)
        return self.current[key]

    def assign(self, graph: Graph, key: Key, value: ast.Expr, name: str, place: GraphPlace) -> None:
        """A variable's new value."""
        self._check(place)
        self.touched = True
        if key not in self.states:
            type_ = graph.whole.builder.type_of(value)
            assert isinstance(type_, TensorType)
            self._found(graph, key, type_, name, place)
        self.current[key] = value

    def of_tensor(self, graph: Graph, tensor: Tensor) -> ast.Expr:
        """What a variable tensor holds now: 8-bit quantized ones start as their zero point, others as 0."""
        key = graph.subgraph.index, tensor.index
        dtype = tensor.dtype
        if key not in self.initial:
            value = tensor.scale_and_zero_point()[1] if is_quantized(tensor) and dtype == "int8" else 0
            self.initial[key] = _filled(tensor.shape, dtype, value, tensor.place)
        return self.read(graph, key, TensorType(tensor.shape, dtype), tensor.name, tensor.place)

    def assign_tensor(self, call: Call, index: int, value: ast.Expr) -> None:
        """The new value of the variable tensor that is an input of a call."""
        tensor = call.tensor(index)
        if not tensor.is_variable:
            call.damaged(f"keeps its state in {tensor.place.where}, which is not marked as variable")
        self.assign(call.graph, (call.graph.subgraph.index, tensor.index), value, tensor.name, call.place)

    def next_states(self) -> list[tuple[ast.Var, ast.Expr]]:
        """Each state, and what it holds after the run."""
        return [(var, self.current.get(key, var)) for key, var in self.states.items()]

    def _check(self, place: GraphPlace) -> None:
        if self.refused:
            raise UnsupportedError(self.refused, place)

    def _found(self, graph: Graph, key: Key, type_: TensorType, name: str, place: GraphPlace) -> ast.Expr:
        """What the run finds in a variable."""
        start = self.initial.get(key)
        if start is None:
            start = _filled(type_.static_shape, type_.dtype, 0, place)
        if TensorType(start.shape, start.dtype.name) != type_:
            found = TensorType(start.shape, start.dtype.name)
            raise UnsupportedError(f"the variable {name} starts as {found}, but is used as {type_}", place)
        if key in self.constant:
            return graph.at(place).constant(start, name=name)
        self.states[key] = graph.whole.builder.state(name, start, place)
        return self.states[key]


def run_once(call: Call, number: int, variables: Variables) -> None:
    """Run a subgraph that a first run executes: what it assigns to variables is what they start with.

    Raises ``UnsupportedError`` where it computes with what is not known.
    """
    if variables.touched:
        call.refuse("must stand before all operators that use variables")
    start = StartValues()
    call.graph.inlined(call, number, (), start)
    for key, expr in start.current.items():
        value = value_of(expr)
        if value is None:
            call.refuse(f"sets the variable {key} to a value that is not constant")
        variables.initial[key] = np.asarray(value)


class StartValues(Variables):
    """The variables while the subgraph of CALL_ONCE runs: they hold zeros until it sets them."""

    def _found(self, graph: Graph, key: Key, type_: TensorType, name: str, place: GraphPlace) -> ast.Expr:
        return graph.at(place).constant(_filled(type_.static_shape, type_.dtype, 0, place))


def _filled(shape: tuple[int, ...], dtype: str, value: int, place: GraphPlace) -> Array:
    """What a state starts with. Raises ``UnsupportedError`` for one that takes more than any target has."""
    size = prod(shape) * numpy_dtype(dtype).itemsize
    if size > _MOST_STATE:
        raise UnsupportedError(f"a state of {size} bytes; at most {_MOST_STATE} are supported", place)
    return np.full(shape, value, numpy_dtype(dtype))


def never_assigned(model: Model) -> frozenset[str]:
    """The names of variables that no operator assigns after the start: they are constants."""
    at_start = {op.options["init_subgraph_index"] for op in _operators(model, "CALL_ONCE")}
    names: set[str] = set()
    assigned: set[str] = set()
    for subgraph in model.subgraphs:
        handles = {op.outputs[0].index: name_of(op) for op in _operators(subgraph, "VAR_HANDLE") if op.outputs}
        names |= set(handles.values())
        for op in _operators(subgraph, "ASSIGN_VARIABLE") if subgraph.index not in at_start else ():
            handle = op.inputs[0] if op.inputs else None
            if handle is None or handle.index not in handles:
                return frozenset()  # a handle from elsewhere may be any
            assigned.add(handles[handle.index])
    return frozenset(names - assigned)


def name_of(operator: Operator) -> str:
    """The name of the variable that VAR_HANDLE stands for."""
    return "/".join(filter(None, (operator.options["container"], operator.options["shared_name"])))


def _operators(where: Model | Subgraph, name: str) -> Iterator[Operator]:
    subgraphs = where.subgraphs if isinstance(where, Model) else (where,)
    return (op for s in subgraphs for op in s.operators if op.name == name and not op.is_custom)
