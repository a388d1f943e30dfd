"""A graph in the course of its conversion: which expression each value is, operator after operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tvm_model_library.errors import GraphPlace, ModelFileError, UnsupportedError
from tvm_model_library.frontends.builder import At, Builder
from tvm_model_library.frontends.call import errors_of
from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.model import Graph, Node
from tvm_model_library.frontends.onnx.registry import Converter, converters, find
from tvm_model_library.relay import ast
from tvm_model_library.relay.types import TensorType


@dataclass(frozen=True, eq=False)
class Scope:
    """One graph. ``values`` grows with the conversion; ``outer`` is the graph around it, whose values it sees."""

    builder: Builder
    opsets: Mapping[str, int]
    graph: Graph
    values: dict[str, ast.Expr]
    outer: Scope | None = None

    def convert(self) -> list[ast.Expr]:
        """Convert the operators that the outputs depend on; the outputs."""
        for node in self._needed():
            self._node(node)
        return [self.value(v.name, v.place) for v in self.graph.outputs]

    def inner(self, graph: Graph) -> list[ast.Expr]:
        """The outputs of a graph inside this one that takes no inputs."""
        if graph.inputs:
            raise ModelFileError(f"takes {len(graph.inputs)} inputs, expected none", graph.place)
        return Scope(self.builder, self.opsets, graph, {}, self).convert()

    def value(self, name: str, place: GraphPlace) -> ast.Expr:
        """The value called ``name``. Raises ``ModelFileError`` where nothing has made it yet."""
        if name in self.values:
            return self.values[name]
        if name in self.graph.initializers:
            # A constant belongs to the program, not to the operator that reads it first.
            here = self.builder.at(GraphPlace(self.builder.source, f"initializer {name}"))
            self.values[name] = here.constant(self.graph.initializers[name], name=name)
            return self.values[name]
        if self.outer is None:
            raise ModelFileError(f"nothing before makes the value {name!r}", place)
        return self.outer.value(name, place)

    def _needed(self) -> list[Node]:
        """Operators that something depends on, in order: what is dead need not be supported."""
        wanted = {v.name for v in self.graph.outputs}
        found = []
        for node in reversed(self.graph.nodes):
            if any(name in wanted for name in node.outputs):
                found.append(node)
                wanted |= _read(node)
        return found[::-1]

    def _node(self, node: Node) -> None:
        with errors_of(node.place):
            self._convert(node)

    def _convert(self, node: Node) -> None:
        arguments = tuple(self.value(name, node.place) if name else None for name in node.inputs)
        at = self.builder.at(node.place)
        chosen = _chosen(node, arguments, at)
        call = Call(node, at, self, arguments, self.opsets.get(node.domain, 0))
        results = chosen.convert(call)
        exprs = [results] if isinstance(results, ast.Expr) else list(results)
        for number, name in enumerate(node.outputs):
            if number < len(exprs):
                self.values[name] = exprs[number]
            elif name:
                call.refuse(f"the output {number} ({name}) of {node.qualified} is not supported")


def _read(node: Node) -> set[str]:
    """The values that an operator reads, those of the graphs in it included."""
    found = set(filter(None, node.inputs))
    for value in node.attributes.values():
        if isinstance(value, Graph):
            found |= {v.name for v in value.outputs}
            for inner in value.nodes:
                found |= _read(inner)
    return found


def _chosen(node: Node, arguments: tuple[ast.Expr | None, ...], at: At) -> Converter:
    """The converter of an operator. Raises ``UnsupportedError`` for an operator, type or attribute without one."""
    found = find(node.qualified)
    if found is None:
        known = ", ".join(sorted(converters()))
        raise UnsupportedError(f"the operator {node.qualified} is not supported; supported: {known}", node.place)
    unknown = sorted(set(node.attributes) - found.attributes)
    if unknown:
        known = ", ".join(sorted(found.attributes)) or "none"
        message = f"the attribute {unknown[0]} of {node.qualified} is not supported; supported: {known}"
        raise UnsupportedError(message, node.place)
    if not found.types:
        return found
    data = arguments[found.data] if found.data < len(arguments) else None
    if data is None:
        raise ModelFileError(f"input {found.data} is missing", node.place)
    type_ = at.builder.type_of(data)
    if not isinstance(type_, TensorType) or type_.dtype not in found.types:
        supported = ", ".join(found.types)
        message = f"{node.qualified} of {type_} is not supported; supported types: {supported}"
        raise UnsupportedError(message, node.place)
    return found
