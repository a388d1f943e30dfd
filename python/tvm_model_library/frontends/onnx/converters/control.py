"""Control flow, where the file decides it. Facts: onnx docs/Operators.md."""

from __future__ import annotations

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.model import Graph
from tvm_model_library.frontends.onnx.registry import BOOL, converter
from tvm_model_library.relay import ast


@converter("If", types=BOOL, attributes="then_branch else_branch")
def if_(call: Call) -> list[ast.Expr]:
    """One of two graphs, converted in the place of the operator: the condition must be known."""
    condition = call.known(0, "the condition")
    if condition.size != 1:
        call.damaged(f"the condition has {condition.size} values, expected one")
    name = "then_branch" if bool(condition.reshape(())) else "else_branch"
    branch = call.node.attributes.get(name)
    if not isinstance(branch, Graph):
        call.damaged(f"has no graph {name}")
    return call.scope.inner(branch)
