"""``tflite.add``, ``tflite.sub``, ``tflite.mul``, ``tflite.squared_difference`` and ``tflite.add_n``: quantized
arithmetic.

Sums bring both operands onto a common scale, twice the larger of the two, with as many fraction bits as 32 bits hold;
products are rescaled by the product of the scales. Operands broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensors
from tvm_model_library.relay.ops._broadcast import binary_rule, emit_pointwise
from tvm_model_library.relay.ops._contracts import CONTRACTS
from tvm_model_library.relay.ops._contracts_te import saturated
from tvm_model_library.relay.ops._fixed_point_functions import square
from tvm_model_library.relay.ops._tflite import (
    ACTIVATION,
    KERNELS,
    ROUNDING,
    Quantization,
    activation_range,
    checked,
    clipped,
    parameters,
    quantization,
    quantized,
)
from tvm_model_library.relay.ops.tflite_rescale import known_rescaling
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_FRACTION_BITS = {"int8": 20, "int16": 15}
_SQUARE_BITS = {"int8": 7, "int16": 0}
_INT8, _INT16 = "int8", "int16"
_MAGNITUDE_BITS = {"int8": 8, "int16": 16}
"""Bits of ``abs(x - zero_point)``."""
_MOST_ADDENDS = 15
"""So many fit into 32 bits on the common scale, with the zero that the sum starts from."""


def _infer(attrs: Attrs, lhs: Type, rhs: Type) -> TensorType:
    operands = [quantized(t, (_INT8, _INT16), i, w) for i, (t, w) in enumerate(((lhs, "lhs"), (rhs, "rhs")))]
    result = binary_rule(attrs, *operands)
    for name in ("lhs", "rhs", "output"):
        checked(attrs, name, result.dtype)
    return result


def _infer_sum(attrs: Attrs, lhs: Type, rhs: Type) -> TensorType:
    result = _infer(attrs, lhs, rhs)
    twice = 2 * max(quantization(attrs, "lhs").scale, quantization(attrs, "rhs").scale)
    _check_sum_scale(twice, quantization(attrs, "output").scale, _FRACTION_BITS[result.dtype])
    return result


def _check_sum_scale(twice: float, output: float, bits: int) -> None:
    """TFLM ends the program where the factor behind the sum is 1 or more."""
    if twice / (2**bits * output) >= 1:
        raise TypeRuleError(f"output_scale {output} is too small for operands of scale {twice / 2}")


def _moved(values: Array, source: Quantization, common: float, bits: int, rounding: str) -> Array:
    """An operand on the common scale with ``bits`` fraction bits."""
    shifted = (values.astype(np.int64) - source.zero_point) << bits
    return CONTRACTS[rounding].multiply(shifted, np.float64(source.scale) / np.float64(common))


def _evaluate_sum(attrs: Attrs, lhs: Array, rhs: Array, sign: int) -> Array:
    dtype = lhs.dtype.name
    a, b, out = (quantization(attrs, name) for name in ("lhs", "rhs", "output"))
    twice, bits = 2 * np.maximum(np.float64(a.scale), np.float64(b.scale)), _FRACTION_BITS[dtype]
    left = _moved(lhs, a, twice, bits, attrs.rounding)
    right = _moved(rhs, b, twice, bits, attrs.rounding)
    factor = twice / (np.float64(1 << bits) * np.float64(out.scale))
    scaled = CONTRACTS[attrs.rounding].multiply(left + sign * right, factor)
    return clipped(scaled + out.zero_point, *activation_range(attrs.activation, dtype, out), dtype)


class _Operand:
    """An operand of a sum in a kernel: its distance from the zero point on the common scale."""

    def __init__(self, ctx: Lowering, source: Quantization, twice: float, dtype: str, bits: int, rounding: str) -> None:
        self._zero_point = source.zero_point
        self._bits = bits
        factor = source.scale / twice
        self._half = factor == 0.5  # of numbers with fraction bits: exact
        self._rescaling = known_rescaling(ctx, [factor], rounding, _MAGNITUDE_BITS[dtype] + bits)

    def __call__(self, x: Any) -> Any:
        wide = x.astype("int32")
        shifted = wide - self._zero_point if self._zero_point else wide
        if self._half and self._bits:
            return shifted * (1 << (self._bits - 1))
        return self._rescaling.apply(shifted * (1 << self._bits))


def _lower_sum(ctx: Lowering, attrs: Attrs, lhs: Any, rhs: Any, sign: int) -> Any:
    dtype = ctx.tensor(0).dtype
    a, b, out = (quantization(attrs, name) for name in ("lhs", "rhs", "output"))
    twice, bits = 2 * max(a.scale, b.scale), _FRACTION_BITS[dtype]
    left, right = (_Operand(ctx, q, twice, dtype, bits, attrs.rounding) for q in (a, b))
    low, high = activation_range(attrs.activation, dtype, out)
    rescaling = known_rescaling(ctx, [twice / (2**bits * out.scale)], attrs.rounding)

    def element(x: Any, y: Any) -> Any:
        total = left(x) + right(y) if sign > 0 else left(x) - right(y)
        return saturated(rescaling.apply(total), low, high, out.zero_point, dtype)

    return emit_pointwise(ctx, element, lhs, rhs)


def _evaluate_product(attrs: Attrs, lhs: Array, rhs: Array) -> Array:
    dtype = lhs.dtype.name
    a, b, out = (quantization(attrs, name) for name in ("lhs", "rhs", "output"))
    product = (lhs.astype(np.int64) - a.zero_point) * (rhs.astype(np.int64) - b.zero_point)
    contract = CONTRACTS[attrs.rounding]
    scaled = contract.multiply(product, contract.factor(*(np.float32(q.scale) for q in (a, b, out))))
    return clipped(scaled + out.zero_point, *activation_range(attrs.activation, dtype, out), dtype)


def _shifted(x: Any, zero_point: int) -> Any:
    wide = x.astype("int32")
    return wide - zero_point if zero_point else wide


def _lower_product(ctx: Lowering, attrs: Attrs, lhs: Any, rhs: Any) -> Any:
    dtype = ctx.tensor(0).dtype
    a, b, out = (quantization(attrs, name) for name in ("lhs", "rhs", "output"))
    low, high = activation_range(attrs.activation, dtype, out)
    rescaling = known_rescaling(ctx, [a.scale * b.scale / out.scale], attrs.rounding)

    def element(x: Any, y: Any) -> Any:
        product = _shifted(x, a.zero_point) * _shifted(y, b.zero_point)
        return saturated(rescaling.apply(product), low, high, out.zero_point, dtype)

    return emit_pointwise(ctx, element, lhs, rhs)


def _evaluate_square(attrs: Attrs, lhs: Array, rhs: Array) -> Array:
    dtype = lhs.dtype.name
    a, b, out = (quantization(attrs, name) for name in ("lhs", "rhs", "output"))
    twice, bits = 2 * np.maximum(np.float64(a.scale), np.float64(b.scale)), _SQUARE_BITS[dtype]
    difference = _moved(lhs, a, twice, bits, attrs.rounding) - _moved(rhs, b, twice, bits, attrs.rounding)
    factor = (twice * twice) / (np.float64(1 << 2 * bits) * np.float64(out.scale))
    scaled = CONTRACTS[attrs.rounding].multiply(difference * difference, factor)
    return clipped(scaled + out.zero_point, *activation_range("none", dtype, out), dtype)


def _lower_square(ctx: Lowering, attrs: Attrs, lhs: Any, rhs: Any) -> Any:
    dtype = ctx.tensor(0).dtype
    a, b, out = (quantization(attrs, name) for name in ("lhs", "rhs", "output"))
    twice, bits = 2 * max(a.scale, b.scale), _SQUARE_BITS[dtype]
    left, right = (_Operand(ctx, q, twice, dtype, bits, attrs.rounding) for q in (a, b))
    low, high = activation_range("none", dtype, out)
    rescaling = known_rescaling(ctx, [twice * twice / (4.0**bits * out.scale)], attrs.rounding)

    def element(x: Any, y: Any) -> Any:
        squared = square(left(x) - right(y))
        return saturated(rescaling.apply(squared), low, high, out.zero_point, dtype)

    return emit_pointwise(ctx, element, lhs, rhs)


def _infer_all(attrs: Attrs, inputs: Type) -> TensorType:
    operands = tensors(inputs, 0, "inputs")
    if not 2 <= len(operands) <= _MOST_ADDENDS:
        raise TypeRuleError(f"a sum takes 2 to {_MOST_ADDENDS} tensors, found {len(operands)}", 0)
    for operand in operands:
        quantized(operand, (_INT8,), 0, "each of the inputs")
        if operand != operands[0]:
            raise TypeRuleError(f"all inputs must be of one type, found {operands[0]} and {operand}", 0)
    source, out = (checked(attrs, name, _INT8) for name in ("input", "output"))
    _check_sum_scale(2 * source.scale, out.scale, _FRACTION_BITS[_INT8])
    return operands[0]


def _evaluate_all(attrs: Attrs, inputs: tuple[Array, ...]) -> Array:
    source, out = quantization(attrs, "input"), quantization(attrs, "output")
    twice, bits = 2 * np.float64(source.scale), _FRACTION_BITS[_INT8]
    # The definition's sum starts from a zero that is not on the input's scale.
    start = _moved(np.zeros((), np.int8), source, twice, bits, attrs.rounding)
    total = sum((_moved(x, source, twice, bits, attrs.rounding) for x in inputs), start)
    factor = twice / (np.float64(1 << bits) * np.float64(out.scale))
    scaled = CONTRACTS[attrs.rounding].multiply(total, factor)
    return clipped(scaled + out.zero_point, *activation_range("none", _INT8, out), _INT8)


def _lower_all(ctx: Lowering, attrs: Attrs, inputs: tuple[Any, ...]) -> Any:
    source, out = quantization(attrs, "input"), quantization(attrs, "output")
    bits = _FRACTION_BITS[_INT8]
    rescaling = known_rescaling(ctx, [2 * source.scale / (2**bits * out.scale)], attrs.rounding)
    zero = source.zero_point

    def element(*xs: Any) -> Any:
        total = xs[0].astype("int32")
        for x in xs[1:]:
            total = total + x.astype("int32")
        # Half of a number with fraction bits is exact: the sum may come first.
        halved = (total - (len(xs) + 1) * zero) * (1 << (bits - 1))
        return saturated(rescaling.apply(halved), *activation_range("none", _INT8, out), out.zero_point, _INT8)

    return emit_pointwise(ctx, element, *inputs)


_BINARY: tuple[tuple[str, str, Callable[..., Any], Callable[..., Any], Callable[..., Any], tuple[Attr, ...]], ...] = (
    ("add", "add_common.cc", _infer_sum, partial(_evaluate_sum, sign=1), partial(_lower_sum, sign=1), (ACTIVATION,)),
    ("sub", "sub_common.cc", _infer_sum, partial(_evaluate_sum, sign=-1), partial(_lower_sum, sign=-1), (ACTIVATION,)),
    ("mul", "mul_common.cc", _infer, _evaluate_product, _lower_product, (ACTIVATION,)),
    ("squared_difference", "squared_difference.cc", _infer, _evaluate_square, _lower_square, ()),
)

for _name, _file, _rule, _evaluate, _lower, _more in _BINARY:
    register(
        f"tflite.{_name}",
        ("lhs", "rhs"),
        (*parameters("lhs", "rhs", "output"), *_more, ROUNDING),
        infer=_rule,
        evaluate=_evaluate,
        lower=_lower,
        definition=f"{KERNELS}{_file}",
    )
register(
    "tflite.add_n",
    ("inputs",),
    (*parameters("input", "output"), ROUNDING),
    infer=_infer_all,
    evaluate=_evaluate_all,
    lower=_lower_all,
    definition=f"{KERNELS}add_n.cc",
)
