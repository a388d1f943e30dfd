"""``qnn.simulated_quantize`` and ``qnn.simulated_dequantize``: quantization whose dtype is known only at run time.

The dtype comes as a code: 0 leaves the data alone, 1 is int8, 2 uint8, 3 int32. Data stay real numbers. Scale and zero
point are vectors, read round and round along the axis. Definitions: TVM 0.18 python/tvm/topi/nn/qnn.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops.unary import round_expression
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

CODES = {1: "int8", 2: "uint8", 3: "int32"}


def _infer(attrs: Attrs, data: Type, dtype: Type, scale: Type, zero_point: Type) -> TensorType:
    x, code = tensor(data, 0, "data"), tensor(dtype, 1, "the dtype's code")
    if code.rank or not code.dtype.startswith("int"):
        raise TypeRuleError(f"the dtype's code must be an integer scalar, found {code}", 1)
    for index, (type_, what) in enumerate(((scale, "scale"), (zero_point, "zero point")), start=2):
        if tensor(type_, index, f"the {what}").rank > 1:
            raise TypeRuleError(f"the {what} must be a scalar or a vector, found {type_}", index)
    if not -max(x.rank, 1) <= attrs.axis < max(x.rank, 1):
        raise TypeRuleError(f"axis {attrs.axis} is out of range for {x.rank} dimensions")
    return x


def _round_and_round(values: Array, x: Array, axis: int) -> Array:
    flat: Array = values.reshape(-1)
    if x.ndim == 0:
        return np.asarray(flat[0])
    taken: Array = flat[np.arange(x.shape[axis]) % flat.size]
    return taken.reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])


def _evaluate_quantize(attrs: Attrs, x: Array, code: Array, scale: Array, zero: Array) -> Array:
    dtype = CODES.get(int(code))
    if dtype is None:
        return x
    ratio = x / _round_and_round(scale, x, attrs.axis).astype(x.dtype)
    whole = np.trunc(ratio)
    rounded = whole + np.where(np.abs(ratio - whole) >= 0.5, np.sign(ratio), 0)
    low, high = (np.asarray(v, x.dtype) for v in limits(dtype))
    shifted = (rounded + _round_and_round(zero, x, attrs.axis).astype(x.dtype)).astype(x.dtype)
    return np.asarray(np.where(np.isnan(shifted), high, np.clip(shifted, low, high)))


def _evaluate_dequantize(attrs: Attrs, x: Array, code: Array, scale: Array, zero: Array) -> Array:
    if int(code) not in CODES:
        return x
    shifted = x - _round_and_round(zero, x, attrs.axis).astype(x.dtype)
    return np.asarray((shifted * _round_and_round(scale, x, attrs.axis).astype(x.dtype)).astype(x.dtype))


def _lower(ctx: Lowering, attrs: Attrs, data: Any, code: Any, scale: Any, zero: Any) -> Any:
    from tvm import te, tirx

    type_ = ctx.tensor(0)
    quantizing = ctx.operator == "qnn.simulated_quantize"

    def read(parameter: Any, index: Any) -> Any:
        if len(parameter.shape) == 0:
            return parameter().astype(type_.dtype)
        count = int(parameter.shape[0])
        place = index[attrs.axis] if index and count > 1 else 0
        wraps = index and count < type_.static_shape[attrs.axis]
        return parameter(place % count if wraps and count > 1 else place).astype(type_.dtype)

    def compute(x: Any, dtype: Any, scales: Any, zeros: Any) -> Any:
        def element(*index: Any) -> Any:
            factor, offset = read(scales, index), read(zeros, index)
            result = x(*index)
            if not quantizing:
                return tirx.Select(tirx.all(dtype() >= 1, dtype() <= 3), (result - offset) * factor, result)
            shifted = round_expression(x(*index) / factor, type_.dtype) + offset
            for number, name in CODES.items():
                low, high = (tirx.const(float(v), type_.dtype) for v in limits(name))
                result = tirx.Select(dtype().equal(number), tirx.max(tirx.min(shifted, high), low), result)
            return result

        return te.compute(type_.static_shape, element, name="T_simulated")

    return ctx.emit_te(compute, data, code, scale, zero)


register(
    "qnn.simulated_quantize",
    ("data", "out_dtype", "output_scale", "output_zero_point"),
    (Attr("axis", "int", -1),),
    infer=_infer,
    evaluate=_evaluate_quantize,
    lower=_lower,
    definition="TVM 0.18 src/relay/qnn/op/simulated_quantize.cc",
)
register(
    "qnn.simulated_dequantize",
    ("data", "in_dtype", "input_scale", "input_zero_point"),
    (Attr("out_dtype", "dtype?", None), Attr("axis", "int", -1)),
    infer=_infer,
    evaluate=_evaluate_dequantize,
    lower=_lower,
    definition="TVM 0.18 src/relay/qnn/op/simulated_dequantize.cc",
)
