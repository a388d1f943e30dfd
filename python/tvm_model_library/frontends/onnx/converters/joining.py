"""Concat."""

from __future__ import annotations

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import ANY, converter
from tvm_model_library.relay import ast


@converter("Concat", types=ANY, attributes="axis")
def concat(call: Call) -> ast.Expr:
    """One tensor after the other along an axis."""
    if "axis" not in call.node.attributes:
        call.damaged("has no attribute axis")
    axis = call.axis(call.integer("axis", 0), len(call.shape()))
    return call.input(0) if len(call.arguments) == 1 else call("concatenate", call.at.tuple(call.inputs), axis=axis)
