"""Reductions along axes."""

from __future__ import annotations

from collections.abc import Mapping

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import NUMBERS, REAL, converter
from tvm_model_library.relay import ast

_ATTRIBUTES = "axes keepdims noop_with_empty_axes"
_PLAIN: Mapping[str, str] = {"ReduceSum": "sum", "ReduceMax": "max", "ReduceMin": "min", "ReduceProd": "prod"}


def _reduced(call: Call, name: str, expr: ast.Expr, keep: bool | None = None) -> ast.Expr:
    """``expr`` reduced along the axes that the operator names: all where it names none."""
    rank = len(call.shape())
    axes = call.axes(rank) or tuple(range(rank))
    keep = call.flag("keepdims", True) if keep is None else keep
    return call(name, expr, axis=axes, keepdims=keep) if axes else expr


def _is_noop(call: Call) -> bool:
    return call.flag("noop_with_empty_axes", False) and not call.axes(len(call.shape()))


@converter(*_PLAIN, types=NUMBERS, attributes=_ATTRIBUTES)
def plain(call: Call) -> ast.Expr:
    """Relay has the same reduction."""
    return call.input(0) if _is_noop(call) else _reduced(call, _PLAIN[call.node.operator], call.input(0))


@converter("ReduceMean", types=REAL, attributes=_ATTRIBUTES)
def mean(call: Call) -> ast.Expr:
    """The mean."""
    return call.input(0) if _is_noop(call) else _reduced(call, "mean", call.input(0))


@converter("ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", types=REAL, attributes=_ATTRIBUTES)
def of_function(call: Call) -> ast.Expr:
    """Sums of absolute values or squares, and functions of sums."""
    name, x = call.node.operator, call.input(0)
    if name == "ReduceL1":
        x = call("abs", x)
    elif name in ("ReduceL2", "ReduceSumSquare"):
        x = call("multiply", x, x)
    sums = x if _is_noop(call) else _reduced(call, "sum", x)
    return (
        call({"ReduceL2": "sqrt", "ReduceLogSum": "log"}[name], sums) if name in ("ReduceL2", "ReduceLogSum") else sums
    )


@converter("ReduceLogSumExp", types=REAL, attributes=_ATTRIBUTES)
def log_sum_exp(call: Call) -> ast.Expr:
    """``log(sum(exp(x)))``, around the largest number, so that the exponential stays in its range."""
    x = call.input(0)
    if _is_noop(call):
        return x
    top = _reduced(call, "max", x, keep=True)
    sums = call("log", _reduced(call, "sum", call("exp", call("subtract", x, top))))
    return call("add", sums, call.reshape(top, call.shape_of(sums)))


@converter("ArgMax", "ArgMin", types=NUMBERS, attributes="axis keepdims select_last_index")
def extreme(call: Call) -> ast.Expr:
    """The number of the largest or smallest element along an axis."""
    axis = call.axis(call.integer("axis", 0), len(call.shape()))
    found = call(
        call.node.operator.lower(),
        call.input(0),
        axis=(axis,),
        keepdims=call.flag("keepdims", True),
        select_last_index=call.flag("select_last_index", False),
    )
    return call.cast(found, "int64")


@converter("CumSum", types=NUMBERS, attributes="exclusive reverse")
def cumulative_sum(call: Call) -> ast.Expr:
    """Sums of all elements up to each, along an axis, from either end."""
    axis = call.axis(call.listed(1, "the axis")[0], len(call.shape()))
    reverse, x = call.flag("reverse", False), call.input(0)
    sums = call(
        "cumsum",
        call("reverse", x, axis=axis) if reverse else x,
        axis=axis,
        dtype=call.dtype(),
        exclusive=call.flag("exclusive", False),
    )
    return call("reverse", sums, axis=axis) if reverse else sums
