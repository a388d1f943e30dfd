"""Functions of one number, and casts."""

from __future__ import annotations

from collections.abc import Mapping

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import ANY, BOOL, NUMBERS, REAL, SIGNED, converter
from tvm_model_library.frontends.onnx.schema import DTYPES
from tvm_model_library.relay import ast

_REAL: Mapping[str, str] = {
    "Acos": "acos",
    "Acosh": "acosh",
    "Asin": "asin",
    "Asinh": "asinh",
    "Atan": "atan",
    "Atanh": "atanh",
    "Ceil": "ceil",
    "Cos": "cos",
    "Cosh": "cosh",
    "Erf": "erf",
    "Exp": "exp",
    "Floor": "floor",
    "Log": "log",
    "Sin": "sin",
    "Sinh": "sinh",
    "Sqrt": "sqrt",
    "Tan": "tan",
    "Tanh": "tanh",
}


@converter(*_REAL, types=REAL)
def real(call: Call) -> ast.Expr:
    """Relay has the same function."""
    return call(_REAL[call.node.operator], call.input(0))


@converter("IsNaN", types=REAL)
def is_nan(call: Call) -> ast.Expr:
    """Whether a number is none."""
    return call("isnan", call.input(0))


@converter("IsInf", types=REAL, attributes="detect_negative detect_positive")
def is_inf(call: Call) -> ast.Expr:
    """Whether a number is infinite, of either sign or of one."""
    x = call.input(0)
    found = call("isinf", x)
    if not call.flag("detect_negative", True):
        found = call("logical_and", found, call("greater", x, call.number(0, x)))
    if not call.flag("detect_positive", True):
        found = call("logical_and", found, call("less", x, call.number(0, x)))
    return found


@converter("Abs", types=NUMBERS)
def absolute(call: Call) -> ast.Expr:
    """The absolute value."""
    return call("abs", call.input(0)) if call.dtype() in (*REAL, *SIGNED) else call.input(0)


@converter("Neg", types=(*REAL, *SIGNED))
def negative(call: Call) -> ast.Expr:
    """With the other sign."""
    return call("negative", call.input(0))


@converter("Sign", types=(*REAL, *SIGNED))
def sign(call: Call) -> ast.Expr:
    """-1, 0 or 1."""
    return call("sign", call.input(0))


@converter("Reciprocal", types=REAL)
def reciprocal(call: Call) -> ast.Expr:
    """``1 / x``."""
    x = call.input(0)
    return call("divide", call.number(1, x), x)


@converter("Round", types=REAL)
def round_(call: Call) -> ast.Expr:
    """To the next integer, halves to the even one."""
    return half_to_even(call, call.input(0))


def half_to_even(call: Call, x: ast.Expr) -> ast.Expr:
    """Real numbers rounded to the next integer, halves to the even one."""
    low = call("floor", x)
    rest, half = call("subtract", x, low), call.number(0.5, x)
    is_odd = call("not_equal", call("floor_mod", low, call.number(2, x)), call.number(0, x))
    up = call("logical_or", call("greater", rest, half), call("logical_and", call("equal", rest, half), is_odd))
    return call("where", up, call("ceil", x), low)


@converter("Not", types=BOOL)
def not_(call: Call) -> ast.Expr:
    """The other truth value."""
    return call("logical_not", call.input(0))


@converter("Identity", types=ANY)
def identity(call: Call) -> ast.Expr:
    """The input."""
    return call.input(0)


@converter("Dropout", types=ANY, attributes="ratio seed")
def dropout(call: Call) -> ast.Expr | list[ast.Expr]:
    """The input: a model that runs drops nothing. The second output says so of each number."""
    if call.has(2) and bool(call.known(2, "whether the model is being trained").any()):
        call.refuse("a Dropout of a model in training is not supported")
    x = call.input(0)
    if len(call.node.outputs) < 2 or not call.node.outputs[1]:
        return x
    dtype = "bool" if call.version >= 10 else call.dtype()
    return [x, call("full", call.array(1, dtype), shape=call.shape(), dtype=dtype)]


@converter("Cast", types=ANY, attributes="to saturate")
def cast(call: Call) -> ast.Expr:
    """To another type."""
    dtype = DTYPES.get(call.integer("to", 0), "")
    if dtype not in ANY:
        call.refuse(f"a cast to {dtype or 'an unknown type'} is not supported; supported: {', '.join(ANY)}")
    x = call.input(0)
    if dtype == "bool" and call.dtype() != "bool":
        return call("not_equal", x, call.number(0, x))
    return call.cast(x, dtype)


@converter("CastLike", types=ANY, attributes="saturate")
def cast_like(call: Call) -> ast.Expr:
    """To the type of the second input."""
    x, dtype = call.input(0), call.dtype(1)
    if dtype == "bool" and call.dtype() != "bool":
        return call("not_equal", x, call.number(0, x))
    return call.cast(x, dtype)
