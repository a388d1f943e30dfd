"""Reductions along axes, ARG_MAX, ARG_MIN, CUMSUM. Facts: TFLM tensorflow/lite/micro/kernels/reduce_common.cc,
arg_min_max.cc, cumsum.cc.
"""

from __future__ import annotations

from math import prod

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.converters._shared import same_scales
from tvm_model_library.frontends.tflite.registry import ANY, EXACT, INTEGERS, converter
from tvm_model_library.relay import ast

_REAL = ("float32",)


def _axes(call: Call) -> tuple[int, ...]:
    rank = len(call.shape(0))
    return tuple(sorted({call.axis(a, rank) for a in call.integers(1, "the axes of a reduction")}))


@converter("MEAN", "SUM", real=_REAL, exact=EXACT, plain=("int32", "int64"))
def mean_sum(call: Call) -> ast.Expr:
    """The average or the sum."""
    x, axes, keep = call.input(0), _axes(call), bool(call.options["keep_dims"])
    name = call.operator.name.lower()
    if call.is_quantized():
        scales = {**call.scale(0).attributes("input"), **call.output_scale().attributes("output")}
        if not axes:
            return call.tflite("requantize", x, **scales, out_dtype=call.type(x).dtype)
        return call.tflite(name, x, **scales, axis=axes, keepdims=keep)
    if not axes:
        return x
    if call.real:
        return call(name, x, axis=axes, keepdims=keep)
    total = call("sum", x, axis=axes, keepdims=keep)
    if name == "sum":
        return total
    return call("trunc_divide", total, call.number(prod(call.shape(0)[a] for a in axes), total))


_EXTREMES = {"REDUCE_MAX": "max", "REDUCE_MIN": "min"}


@converter(*_EXTREMES, real=_REAL, exact=EXACT, plain=INTEGERS)
def extremes(call: Call) -> ast.Expr:
    """The greatest or the least number; quantized ones stay on their scale."""
    same_scales(call, 0)
    axes = _axes(call)
    if not axes:
        return call.input(0)
    return call(_EXTREMES[call.operator.name], call.input(0), axis=axes, keepdims=bool(call.options["keep_dims"]))


_OTHERS = {"REDUCE_PROD": "prod", "REDUCE_ANY": "any", "REDUCE_ALL": "all"}


@converter("REDUCE_PROD", real=_REAL, plain=("int32", "int64"), through_real=EXACT)
def product(call: Call) -> ast.Expr:
    """The product."""
    axes = _axes(call)
    if not axes:
        return call.input(0)
    return call("prod", call.input(0), axis=axes, keepdims=bool(call.options["keep_dims"]))


@converter("REDUCE_ANY", "REDUCE_ALL", plain=("bool",))
def truth(call: Call) -> ast.Expr:
    """Whether any or all are true."""
    axes = _axes(call)
    if not axes:
        return call.input(0)
    return call(_OTHERS[call.operator.name], call.input(0), axis=axes, keepdims=bool(call.options["keep_dims"]))


@converter("ARG_MAX", "ARG_MIN", real=_REAL, plain=("int8", "uint8", "int16", "int32", "int64", "bool"))
def arg(call: Call) -> ast.Expr:
    """The place of the greatest or the least number; of several the first."""
    axes = call.integers(1, "the axis")
    if len(axes) != 1:
        call.damaged(f"{len(axes)} axes, expected one")
    data = call.cast(call.input(0), "uint8") if call.dtype(0) == "bool" else call.input(0)
    axis = call.axis(axes[0], len(call.shape(0)))
    place = call(call.operator.name.lower().replace("_", ""), data, axis=(axis,), keepdims=False)
    return call.cast(place, call.output().dtype)


@converter("CUMSUM", real=_REAL, plain=("int32", "int64"), through_real=EXACT)
def cumsum(call: Call) -> ast.Expr:
    """The sums of all numbers up to each."""
    x = call.input(0)
    axis = call.axis(call.integers(1, "the axis")[0], len(call.shape(0)))
    reverse = call.options["reverse"]
    data = call("reverse", x, axis=axis) if reverse else x
    sums = call("cumsum", data, axis=axis, exclusive=bool(call.options["exclusive"]))
    return call("reverse", sums, axis=axis) if reverse else sums


@converter("TOPK_V2", real=_REAL, plain=ANY[2:7])
def top_k(call: Call) -> list[ast.Expr]:
    """The greatest numbers of each row, and their places."""
    k = call.integers(1, "the number of the greatest")[0]
    both = call("topk", call.input(0), k=k, axis=-1, ret_type="both", is_ascend=False, dtype="int32")
    return [call.at.field(both, 0), call.at.field(both, 1)]
