"""Functions of one number. Facts: TFLM tensorflow/lite/micro/kernels/elementwise.cc; LiteRT's reference kernels."""

from __future__ import annotations

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.converters.dense import rounded
from tvm_model_library.frontends.tflite.registry import EXACT, converter
from tvm_model_library.relay import ast

_REAL = ("float32",)
_NAMES = {
    "EXP": "exp",
    "LOG": "log",
    "SQRT": "sqrt",
    "SIN": "sin",
    "COS": "cos",
    "FLOOR": "floor",
    "CEIL": "ceil",
    "SIGN": "sign",
}


@converter(*_NAMES, real=_REAL, through_real=EXACT, of_one_number=True)
def function(call: Call) -> ast.Expr:
    """A function that Relay has as well."""
    return call(_NAMES[call.operator.name], call.input(0))


@converter("NEG", real=_REAL, plain=("int32", "int64"), through_real=EXACT, of_one_number=True)
def negative(call: Call) -> ast.Expr:
    """The number below zero, as it was above."""
    return call("negative", call.input(0))


@converter("SQUARE", real=_REAL, plain=("int32", "int64"), through_real=EXACT, of_one_number=True)
def square(call: Call) -> ast.Expr:
    """The number times itself."""
    return call("multiply", call.input(0), call.input(0))


@converter("ROUND", real=_REAL)
def round_half_even(call: Call) -> ast.Expr:
    """The nearest whole number; of two the even one."""
    x, half = call.input(0), call.array(0.5, "float32")
    down = call("floor", x)
    rest = call("subtract", x, down)
    odd = call(
        "subtract", down, call("multiply", call("floor", call("multiply", down, half)), call.array(2, "float32"))
    )
    up = call("add", down, call.array(1, "float32"))
    tie = call("where", call("equal", odd, call.array(0, "float32")), down, up)
    nearest = call("where", call("less", rest, half), down, up)
    return call("where", call("equal", rest, half), tie, nearest)


@converter("ABS", real=_REAL, exact=EXACT, plain=("int32",))
def absolute(call: Call) -> ast.Expr:
    """The distance from zero."""
    if not call.is_quantized():
        return call("abs", call.input(0))
    scales = {**call.scale(0).attributes("input"), **call.output_scale().attributes("output")}
    return call.tflite("abs", call.input(0), **scales)


@converter("RSQRT", real=_REAL, exact=("int8",), through_real=("int16",))
def inverse_square_root(call: Call) -> ast.Expr:
    """One by the square root."""
    if call.real:
        return call("divide", call.array(1, "float32"), call("sqrt", call.input(0)))
    scales = {**call.scale(0).attributes("input"), **call.output_scale().attributes("output")}
    return call.tflite("rsqrt", call.input(0), **scales)


@converter("LOGICAL_NOT", plain=("bool",))
def logical_not(call: Call) -> ast.Expr:
    """The other truth value."""
    return call("logical_not", call.input(0))


@converter("FAKE_QUANT", real=_REAL)
def fake_quant(call: Call) -> ast.Expr:
    """Real numbers as far as integers of few bits can stand for them; zero is one of those."""
    options = call.options
    low, high, bits = float(options["min"]), float(options["max"]), options["num_bits"]
    if not low < high or not 2 <= bits <= 16 or not low <= 0 <= high:
        call.damaged(f"{bits} bits from {low} to {high}; expected 2 to 16 bits and a range around 0")
    least, most = int(options["narrow_range"]), 2**bits - 1
    scale = (high - low) / (most - least)
    zero = min(max(round(least - low / scale), least), most)
    bottom, top = (least - zero) * scale, (most - zero) * scale
    clipped = call("clip", call.input(0), a_min=bottom, a_max=top)
    step = call.array(scale, "float32")
    whole = rounded(call, call("divide", call("subtract", clipped, call.array(bottom, "float32")), step))
    return call("add", call("multiply", whole, step), call.array(bottom, "float32"))
