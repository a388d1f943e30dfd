"""QDQ graphs: products between DequantizeLinear and QuantizeLinear become QLinearConv and QLinearMatMul.

Exporters write a quantized layer as DequantizeLinear of data, weights and bias, the real operator, and QuantizeLinear.
Here, where operators and scales still have names, such a group is one quantized operator, which onnxruntime makes of it
too; operators that only move numbers are moved before the DequantizeLinear. What fits no pattern stays as it is.
Facts: onnxruntime onnxruntime/core/optimizer/qdq_transformer/selectors_actions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tvm_model_library.frontends.onnx.model import Graph, Node
from tvm_model_library.tensors import Array

_BYTES = ("int8", "uint8")
_MOVES = ("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Gather", "MaxPool")


def fused(graph: Graph) -> Graph:
    """The graph with quantized operators in the place of groups. Nodes that nothing needs any more stay: they are not
    converted. A graph with graphs in it stays as it is: what those read can't be seen from here.
    """
    if any(isinstance(value, Graph) for node in graph.nodes for value in node.attributes.values()):
        return graph
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    uses.update(value.name for value in graph.outputs)
    made = {name: node for node in graph.nodes for name in node.outputs if name}
    groups = _Groups(graph, made, uses)
    return replace(graph, nodes=tuple(groups.replaced(node) for node in graph.nodes))


@dataclass(frozen=True, eq=False)
class _Groups:
    """``made`` has the operator that makes each value, ``uses`` how often a value is read."""

    graph: Graph
    made: Mapping[str, Node]
    uses: Mapping[str, int]

    def replaced(self, node: Node) -> Node:
        """The quantized operator of the group that ends with ``node``; ``node`` itself where there is none."""
        if node.qualified != "QuantizeLinear" or len(node.inputs) != 3 or not self._is_whole(node):
            return node
        layer = self._only_made(node.inputs[0])
        if layer is not None and layer.qualified == "Relu" and self._saturates_at_zero(node):
            layer = self._only_made(layer.inputs[0])
        if layer is None or layer.domain:
            return node
        if layer.operator == "Conv":
            return self._product(node, layer, "QLinearConv") or node
        if layer.operator == "MatMul":
            return self._product(node, layer, "QLinearMatMul") or node
        if layer.operator == "Gemm" and _is_plain(layer):
            return self._product(node, layer, "QGemm") or node
        if layer.operator in _MOVES:
            return self._moved(node, layer) or node
        return node

    def _only_made(self, name: str) -> Node | None:
        """The operator that makes a value which is read once."""
        return self.made.get(name) if self.uses[name] == 1 else None

    def _saturates_at_zero(self, last: Node) -> bool:
        """Whether the least byte stands for 0, so that quantizing does what a Relu does."""
        zero_point = self.constant(last.inputs[2])
        return zero_point is not None and bool((zero_point == np.iinfo(zero_point.dtype).min).all())

    def _product(self, last: Node, layer: Node, operator: str) -> Node | None:
        data, weight = (self._dequantized(name) for name in layer.inputs[:2])
        if data is None or weight is None or not self._is_whole(data) or not self._scales_fit(weight, layer):
            return None
        bias: tuple[str, ...] = ()
        if len(layer.inputs) > 2 and layer.inputs[2]:
            integers = self._bias(layer.inputs[2], data, weight)
            if integers is None:
                return None
            bias = (integers,)
        operands, output = (*data.inputs, *weight.inputs), last.inputs[1:]
        if operator != "QGemm":
            return replace(layer, operator=operator, inputs=(*operands, *output, *bias), outputs=last.outputs)
        kept = {name: value for name, value in layer.attributes.items() if name == "transB"}
        inputs = (*operands, *(bias or ("",)), *output)
        return replace(
            layer, operator=operator, domain="com.microsoft", attributes=kept, inputs=inputs, outputs=last.outputs
        )

    def _dequantized(self, name: str) -> Node | None:
        """The DequantizeLinear, with zero point, of bytes that makes a value."""
        node = self.made.get(name)
        if node is None or node.qualified != "DequantizeLinear" or len(node.inputs) != 3:
            return None
        zero_point, scale = (self.constant(n) for n in (node.inputs[2], node.inputs[1]))
        if zero_point is None or zero_point.dtype.name not in _BYTES or scale is None or scale.dtype != np.float32:
            return None
        return node

    def _is_whole(self, node: Node) -> bool:
        """Whether scale and zero point are known, one of each, and the numbers bytes."""
        scale, zero_point = (self.constant(name) for name in node.inputs[1:3])
        known = scale is not None and zero_point is not None and scale.size == zero_point.size == 1
        return known and zero_point is not None and zero_point.dtype.name in _BYTES

    def _scales_fit(self, weight: Node, layer: Node) -> bool:
        """Whether the weights have one scale, or one for each output: the first axis of a convolution's and of
        transposed matrices, else the last.
        """
        if self._is_whole(weight):
            return True
        values = self.constant(weight.inputs[0])
        if values is None or weight.attributes.get("block_size"):
            return False
        axis = weight.attributes.get("axis", 1)
        first = layer.operator == "Conv" or bool(layer.attributes.get("transB", 0))
        fits = layer.operator == "Conv" or values.ndim == 2
        return fits and isinstance(axis, int) and axis % max(values.ndim, 1) == (0 if first else 1)

    def _bias(self, name: str, data: Node, weight: Node) -> str | None:
        """The integers of a bias that is on the scale of the sums. One of real numbers is on no scale."""
        node = self.made.get(name)
        if node is None or node.qualified != "DequantizeLinear":
            return None
        values, scale, of_data, of_weight = (
            self.constant(n) for n in (node.inputs[0], node.inputs[1], data.inputs[1], weight.inputs[1])
        )
        zero_point = self.constant(node.inputs[2]) if len(node.inputs) > 2 and node.inputs[2] else np.zeros(1)
        if values is None or scale is None or of_data is None or of_weight is None or zero_point is None:
            return None
        if values.dtype != np.int32 or zero_point.any():
            return None
        expected = of_data.reshape(-1) * of_weight.reshape(-1)
        if scale.size not in (1, expected.size) or not np.allclose(scale.reshape(-1), expected, rtol=1e-5, atol=0):
            return None
        return node.inputs[0]

    def _moved(self, last: Node, layer: Node) -> Node | None:
        """An operator that only moves numbers, on the bytes themselves: both scales are one."""
        data = self._dequantized(layer.inputs[0])
        if data is None or len([n for n in layer.outputs if n]) != 1:
            return None
        pairs = zip(data.inputs[1:], last.inputs[1:], strict=True)
        if not self._is_whole(data) or not all(_equal(self.constant(a), self.constant(b)) for a, b in pairs):
            return None
        return replace(layer, inputs=(data.inputs[0], *layer.inputs[1:]), outputs=last.outputs)

    def constant(self, name: str) -> Array | None:
        """The value of an initializer or a Constant; None for others."""
        if name in self.graph.initializers:
            return self.graph.initializers[name]
        node = self.made.get(name)
        value = node.attributes.get("value") if node is not None and node.qualified == "Constant" else None
        return value if isinstance(value, np.ndarray) else None


def _equal(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None or one.dtype != other.dtype:
        return False
    return np.array_equal(one.reshape(-1), other.reshape(-1))


def _is_plain(gemm: Node) -> bool:
    """Whether a Gemm has no factors, and does not transpose the data."""
    expected = {"alpha": 1, "beta": 1, "transA": 0}
    return all(gemm.attributes.get(name, value) == value for name, value in expected.items())
