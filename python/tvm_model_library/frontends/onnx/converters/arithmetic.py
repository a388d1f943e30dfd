"""Functions of several numbers: arithmetic, comparison, logic, choice."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import ANY, BOOL, INTEGERS, NUMBERS, REAL, converter
from tvm_model_library.relay import ast

_BINARY: Mapping[str, str] = {"Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide"}
_COMPARISONS: Mapping[str, str] = {
    "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
    "Less": "less",
    "LessOrEqual": "less_equal",
}
_LOGIC: Mapping[str, str] = {"And": "logical_and", "Or": "logical_or", "Xor": "logical_xor"}
_MANY: Mapping[str, str] = {"Max": "maximum", "Min": "minimum", "Sum": "add", "Mean": "add"}


@converter(*_BINARY, types=NUMBERS)
def binary(call: Call) -> ast.Expr:
    """Integers divide toward 0."""
    return call(_BINARY[call.node.operator], call.input(0), call.input(1))


@converter(*_COMPARISONS, types=NUMBERS)
def comparison(call: Call) -> ast.Expr:
    """Which of two numbers is larger."""
    return call(_COMPARISONS[call.node.operator], call.input(0), call.input(1))


@converter("Equal", types=ANY)
def equal(call: Call) -> ast.Expr:
    """Whether two values are equal."""
    return call("equal", call.input(0), call.input(1))


@converter(*_LOGIC, types=BOOL)
def logic(call: Call) -> ast.Expr:
    """Of two truth values."""
    return call(_LOGIC[call.node.operator], call.input(0), call.input(1))


@converter("Max", "Min", types=NUMBERS)
def extreme(call: Call) -> ast.Expr:
    """The largest or smallest of any number of inputs."""
    return _combined(call)


@converter("Sum", "Mean", types=REAL)
def total(call: Call) -> ast.Expr:
    """The sum or mean of any number of inputs."""
    sums = _combined(call)
    if call.node.operator == "Sum":
        return sums
    return call("divide", sums, call.number(len(call.arguments), sums))


def _combined(call: Call) -> ast.Expr:
    if not call.arguments:
        call.damaged("has no inputs")
    name = _MANY[call.node.operator]
    return reduce(lambda a, b: call(name, a, b), call.inputs)


@converter("Pow", types=REAL)
def power(call: Call) -> ast.Expr:
    """A number to the power of another, in the type of the first."""
    return call("power", call.input(0), call.cast(call.input(1), call.dtype()))


@converter("Mod", types=NUMBERS, attributes="fmod")
def modulo(call: Call) -> ast.Expr:
    """The rest of a division, with the sign of the divisor, or, with ``fmod``, of the dividend."""
    if call.flag("fmod", False):
        return call("mod", call.input(0), call.input(1))
    if call.dtype() not in INTEGERS:
        call.refuse("Mod of real numbers without fmod is not defined")
    return call("floor_mod", call.input(0), call.input(1))


@converter("Where", types=BOOL)
def where(call: Call) -> ast.Expr:
    """One of two values."""
    return call("where", call.input(0), call.input(1), call.input(2))
