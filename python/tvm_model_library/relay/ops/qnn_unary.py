"""Elementwise functions of quantized 8-bit tensors, by table.

A table of 256 entries holds the function's quantized value for each quantized argument: computed in float32 as
dequantize, function, quantize. Definitions: TVM 0.18 python/tvm/relay/qnn/op/legalizations.py, canonicalizations.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, register, tensor
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._qnn import check_dtype, check_scalar, known, known_scale
from tvm_model_library.relay.ops.qnn_quantize import dequantize, quantize
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

UNARY_INPUTS = ("x", "scale", "zero_point", "output_scale", "output_zero_point")


def _hardswish(x: Array) -> Array:
    return np.asarray(x * np.clip(x + np.float32(3), 0, 6) / np.float32(6))


def _erf(x: Array) -> Array:
    return np.asarray(np.vectorize(math.erf, otypes=[np.float64])(x), np.float32)


_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "sigmoid": lambda x: np.asarray(1 / (1 + np.exp(-x))),
    "erf": _erf,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: np.asarray(1 / np.sqrt(x)),
    "hardswish": _hardswish,
    "log": np.log,
    "abs": np.abs,
}


def infer_unary(
    attrs: Attrs, x: Type, scale: Type, zero_point: Type, out_scale: Type, out_zero_point: Type
) -> TensorType:
    """Type rule of elementwise quantized operators: an 8-bit tensor, scalar scales and zero points."""
    data = tensor(x, 0, "x")
    check_dtype(data, ("int8", "uint8"), 0, "x")
    check_scalar(scale, "float32", 1, "scale")
    check_scalar(zero_point, "int32", 2, "zero_point")
    check_scalar(out_scale, "float32", 3, "output_scale")
    check_scalar(out_zero_point, "int32", 4, "output_zero_point")
    return data


def _evaluate(attrs: Attrs, x: Array, scale: Array, zero: Array, out_scale: Array, out_zero: Array, name: str) -> Array:
    with np.errstate(all="ignore"):
        real = _FUNCTIONS[name](dequantize(x, scale, zero, -1)).astype(np.float32)
        return quantize(real, out_scale, out_zero, -1, x.dtype.name)


def _table(name: str, dtype: str, scale: float, zero: int, out_scale: float, out_zero: int) -> Array:
    """Quantized results in the order of the argument's bit pattern."""
    patterns = np.arange(256, dtype=np.uint8).view(dtype)
    low, high = limits(dtype)
    entries = []
    with np.errstate(all="ignore"):
        reals = (patterns.astype(np.int32) - np.int32(zero)).astype(np.float32) * np.float32(scale)
        for value in _FUNCTIONS[name](reals).astype(np.float32):
            ratio = value / np.float32(out_scale)
            if math.isnan(ratio):
                entries.append(high)
            elif math.isinf(ratio):
                entries.append(high if ratio > 0 else low)
            else:
                rounded = math.copysign(math.floor(abs(float(ratio)) + 0.5), ratio)
                moved = np.float32(rounded) + np.float32(out_zero)
                entries.append(int(min(max(moved, low), high)))
    return np.asarray(entries, dtype)


def _lower(ctx: Lowering, attrs: Attrs, *args: Any, name: str) -> Any:
    from tvm import te

    type_ = ctx.tensor(0)
    scale, out_scale = (known_scale(ctx, args[i], "a scale")[0] for i in (1, 3))
    zero, out_zero = (int(known(ctx, args[i], "a zero point")) for i in (2, 4))
    table = ctx.constant(_table(name, type_.dtype, scale, zero, out_scale, out_zero))

    def compute(x: Any, entries: Any) -> Any:
        return te.compute(
            type_.static_shape,
            lambda *i: entries(x(*i).astype("uint8").astype("int32")),
            name="T_lookup",
        )

    return ctx.emit_te(compute, args[0], table)


for _name in _FUNCTIONS:
    register(
        f"qnn.{_name}",
        UNARY_INPUTS,
        infer=infer_unary,
        evaluate=partial(_evaluate, name=_name),
        lower=partial(_lower, name=_name),
        definition="TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc",
    )
