"""Pad."""

from __future__ import annotations

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import ANY, converter
from tvm_model_library.relay import ast


@converter("Pad", types=ANY, attributes="mode pads value")
def pad(call: Call) -> ast.Expr:
    """More or, with negative pads, less at the ends of dimensions: attributes up to version 10, inputs from then on."""
    x, rank = call.input(0), len(call.shape())
    given = call.integers("pads") if "pads" in call.node.attributes else call.listed(1, "the pads")
    axes = tuple(call.axis(a, rank) for a in call.listed(3, "the axes")) if call.has(3) else tuple(range(rank))
    if given is None or len(given) != 2 * len(axes) or len(set(axes)) != len(axes):
        call.damaged(f"pads are {list(given or ())}, expected two for each of {len(axes)} dimensions")
    widths = [(0, 0)] * rank
    for number, axis in enumerate(axes):
        widths[axis] = (given[number], given[number + len(axes)])
    mode = call.choice("mode", "constant", "constant", "reflect", "edge")
    if mode == "constant":
        value = call.reshape(call.input(2), ()) if call.has(2) else call.number(call.real("value", 0.0), x)
        return call("nn.pad", x, value, pad_width=widths, pad_mode=mode)
    if min(w for pair in widths for w in pair) < 0:
        call.refuse(f"negative pads in the mode {mode} are not supported")
    return call("nn.pad", x, call.number(0, x), pad_width=widths, pad_mode=mode)
