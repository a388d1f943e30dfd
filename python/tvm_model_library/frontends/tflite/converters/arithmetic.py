"""Arithmetic and comparisons of two tensors, which broadcast.

Facts: TFLM tensorflow/lite/micro/kernels/add_common.cc, sub_common.cc, mul_common.cc, div.cc, comparisons.cc,
maximum_minimum.cc, squared_difference.cc, add_n.cc, logical_common.cc, floor_div.cc, floor_mod.cc.
"""

from __future__ import annotations

from functools import partial, reduce

import numpy as np

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.converters._shared import activated, exact_activation, out_dtype
from tvm_model_library.frontends.tflite.model import Tensor
from tvm_model_library.frontends.tflite.registry import EXACT, INTEGERS, QUANTIZED, WIDE, converter
from tvm_model_library.relay import ast

_REAL = ("float32",)
_OPERATORS = {"ADD": "add", "SUB": "subtract", "MUL": "multiply", "SQUARED_DIFFERENCE": "subtract"}


def _scales(call: Call) -> dict[str, float | int]:
    return {
        **call.scale(0).attributes("lhs"),
        **call.scale(1).attributes("rhs"),
        **call.output_scale().attributes("output"),
    }


def _is_quantized(call: Call) -> bool:
    return all(map(call.is_quantized, range(len(call.operator.inputs))))


@converter("ADD", "SUB", "MUL", real=_REAL, exact=EXACT, plain=WIDE)
def add_sub_mul(call: Call) -> ast.Expr:
    """Sum, difference, product, with a fused activation."""
    operands = call.input(0), call.input(1)
    if call.dtype(0) in WIDE and call.operator.name == "ADD" and call.options["fused_activation_function"] != "NONE":
        call.refuse(f"ADD of {call.dtype(0)} with a fused activation, which TFLite Micro leaves out, is not supported")
    if call.dtype(0) not in QUANTIZED:
        return activated(call, call(_OPERATORS[call.operator.name], *operands))
    _check_quantized(call)
    if call.operator.name == "MUL" and any(map(_is_nothing, call.operator.inputs)):
        zeros = np.full(np.broadcast_shapes(call.shape(0), call.shape(1)), call.output_scale().zero_point)
        return call.array(zeros, out_dtype(call))
    name = call.operator.name.lower()
    return call.tflite(name, *operands, **_scales(call), activation=exact_activation(call))


def _is_nothing(tensor: Tensor | None) -> bool:
    """Whether a tensor stands for zeros by its scale, which is 0: some converters write that for a constant."""
    if tensor is None or not tensor.is_constant or tensor.quantization is None:
        return False
    return not tensor.quantization.scales.any()


def _check_quantized(call: Call) -> None:
    if not _is_quantized(call):
        call.refuse(f"{call.operator.name} of {call.dtype(0)} without scale and zero point has no meaning")
    if call.dtype(0) != call.dtype(1):
        call.refuse(f"operands of {call.dtype(0)} and {call.dtype(1)}: they must have one type")


@converter("SQUARED_DIFFERENCE", real=_REAL, exact=EXACT, plain=WIDE)
def squared_difference(call: Call) -> ast.Expr:
    """The square of the difference."""
    if call.dtype(0) in QUANTIZED:
        _check_quantized(call)
        return call.tflite("squared_difference", call.input(0), call.input(1), **_scales(call))
    difference = call("subtract", call.input(0), call.input(1))
    return call("multiply", difference, difference)


@converter("DIV", real=_REAL, exact=("int8",), plain=("int32",), through_real=("int16",))
def div(call: Call) -> ast.Expr:
    """The quotient; that of integers is truncated."""
    operands = call.input(0), call.input(1)
    if call.dtype(0) == "float32":
        return activated(call, call("divide", *operands))
    if call.dtype(0) == "int32":
        return activated(call, call("trunc_divide", *operands))
    _check_quantized(call)
    return call.tflite("div", *operands, **_scales(call), activation=exact_activation(call))


@converter("ADD_N", real=_REAL, exact=("int8",), plain=("int32",))
def add_n(call: Call) -> ast.Expr:
    """The sum of all inputs."""
    operands = [call.input(i) for i in range(len(call.operator.inputs))]
    if call.dtype(0) != "int8" and call.dtype(0) != "uint8":
        return reduce(partial(call, "add"), operands)
    _check_quantized(call)
    first = call.scale(0)
    if any(call.scale(i) != first for i in range(len(operands))):
        call.refuse("quantized inputs of ADD_N must have one scale and zero point")
    scales = {**first.attributes("input"), **call.output_scale().attributes("output")}
    return call.tflite("add_n", call.at.tuple(map(call.at.hold, operands)), **scales)


@converter("MAXIMUM", "MINIMUM", real=_REAL, exact=EXACT, plain=(*INTEGERS,))
def extremes(call: Call) -> ast.Expr:
    """The greater or the lesser number; quantized ones as they are, of one scale."""
    if call.is_quantized(0) and call.is_quantized(1) and call.scale(0) != call.scale(1):
        call.refuse(f"{call.operator.name} of operands with different scales has no meaning on their integers")
    return call(call.operator.name.lower(), call.input(0), call.input(1))


_COMPARISONS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")


@converter(*_COMPARISONS, real=_REAL, exact=("int8",), plain=(*WIDE, "bool"), through_real=("int16",))
def comparison(call: Call) -> ast.Expr:
    """Truth values."""
    name = call.operator.name.lower()
    if call.dtype(0) not in ("int8", "uint8"):
        return call(name, call.input(0), call.input(1))
    if not _is_quantized(call):
        return call(name, call.input(0), call.input(1))
    scales = {**call.scale(0).attributes("lhs"), **call.scale(1).attributes("rhs")}
    return call.tflite(name, call.input(0), call.input(1), **scales)


_LOGICAL = {"LOGICAL_AND": "logical_and", "LOGICAL_OR": "logical_or"}


@converter(*_LOGICAL, plain=("bool",))
def logical(call: Call) -> ast.Expr:
    """Of truth values."""
    return call(_LOGICAL[call.operator.name], call.input(0), call.input(1))


_DIVISIONS = {"FLOOR_DIV": "floor_divide", "FLOOR_MOD": "floor_mod"}


@converter(*_DIVISIONS, real=_REAL, plain=("int8", "int16", "int32", "int64"))
def floor_division(call: Call) -> ast.Expr:
    """The quotient rounded down, or what it leaves."""
    if call.is_quantized(0):
        call.refuse(f"{call.operator.name} of quantized numbers is not supported")
    return call(_DIVISIONS[call.operator.name], call.input(0), call.input(1))


@converter("POW", real=_REAL, plain=("int32",))
def power(call: Call) -> ast.Expr:
    """The power."""
    if call.dtype(0) == "int32":
        return _integer_power(call)
    exponent = call.known(1)
    if exponent is not None and exponent.size == 1 and float(exponent.reshape(-1)[0]) == 2.0:
        return call("multiply", call.input(0), call.input(0))
    return call("power", call.input(0), call.input(1))


def _integer_power(call: Call) -> ast.Expr:
    exponent = call.constant(1, "exponents of integers").reshape(-1)
    if len(exponent) != 1 or not 1 <= exponent[0] <= 31:
        call.refuse("the exponent of integers must be a single number from 1 to 31")
    return reduce(partial(call, "multiply"), [call.input(0)] * int(exponent[0]))


@converter("BITWISE_XOR", plain=("int8", "uint8", "int16", "uint16", "int32", "uint32", "bool"))
def bitwise_xor(call: Call) -> ast.Expr:
    """Bits that differ."""
    name = "logical_xor" if call.dtype(0) == "bool" else "bitwise_xor"
    return call(name, call.input(0), call.input(1))


@converter("RIGHT_SHIFT", plain=("int8", "uint8", "int16", "uint16", "int32", "uint32"))
def right_shift(call: Call) -> ast.Expr:
    """Shifted, the sign too."""
    bits = 8 * {"8": 1, "6": 2, "2": 4}[call.dtype(0)[-1]]
    low = call("maximum", call.input(1), call.number(0, call.input(1)))
    return call("right_shift", call.input(0), call("minimum", low, call.number(bits - 1, call.input(1))))
