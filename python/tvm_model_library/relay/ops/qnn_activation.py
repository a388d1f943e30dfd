"""``qnn.leaky_relu`` and ``qnn.softmax``: activations of quantized tensors in integer arithmetic.

Definitions: TVM 0.18 src/relay/qnn/op/leaky_relu.cc, softmax.cc; the softmax is algorithm 1 of I-ViT
(arXiv:2207.01405): powers of two with a linear fraction.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._fixed_point import scale_integers
from tvm_model_library.relay.ops._fixed_point_te import Scaling, quantize_factor, wrapped, wrapped_to_32
from tvm_model_library.relay.ops._qnn import check_dtype, known, known_scale, saturate, saturate_expression
from tvm_model_library.relay.ops._requantize import Requantizer, known_requantizer, requantize
from tvm_model_library.relay.ops._shapes import normalize_axis
from tvm_model_library.relay.ops.qnn_unary import UNARY_INPUTS, infer_unary
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_NO_ZERO = np.zeros((), np.int32)
_MOST_HALVINGS = 20
_OUT_BITS = 7
"""The softmax's own result has a scale of 2**-7."""


def _infer_leaky_relu(attrs: Attrs, *types: Type) -> TensorType:
    if not math.isfinite(attrs.alpha):
        raise TypeRuleError(f"alpha must be a finite number, found {attrs.alpha}")
    return infer_unary(attrs, *types)


def _evaluate_leaky_relu(attrs: Attrs, x: Array, scale: Array, zero: Array, out_scale: Array, out_zero: Array) -> Array:
    moved = requantize(x, scale, zero, out_scale, out_zero, -1, "int32")
    alpha = np.asarray(attrs.alpha, np.float64)
    below = scale_integers(moved, alpha) + scale_integers(out_zero, 1 - alpha)
    return saturate(np.where(x.astype(np.int32) < zero, below, moved), x.dtype.name)


def _lower_leaky_relu(ctx: Lowering, attrs: Attrs, x: Any, *parameters: Any) -> Any:
    from tvm import te, tirx

    type_ = ctx.tensor(0)
    requantizer = known_requantizer(ctx, parameters, type_.dtype, "int32")
    zero = int(known(ctx, parameters[1], "the zero point"))
    out_zero = int(known(ctx, parameters[3], "the output zero point"))
    slope = Scaling([attrs.alpha])
    offset = _scaled(out_zero, 1 - attrs.alpha)
    exact = requantizer.greatest * max(abs(attrs.alpha), 1) + abs(offset) + 1 < 1 << 31

    def compute(data: Any) -> Any:
        def element(*index: Any) -> Any:
            moved = requantizer.apply(data(*index), [], 0)
            below = slope.apply(moved, [], 0)
            below = below + offset if exact else wrapped_to_32(below.astype("int64") + offset)
            chosen = tirx.Select(data(*index).astype("int32") < zero, below, moved)
            return saturate_expression(chosen, type_.dtype)

        return te.compute(type_.static_shape, element, name="T_leaky_relu")

    return ctx.emit_te(compute, x)


def _scaled(value: int, factor: float) -> int:
    """``value * factor`` in fixed-point arithmetic."""
    multiplier, shift = quantize_factor(factor)
    total = 31 + max(-shift, 0)
    product = wrapped(wrapped(value << max(shift, 0)) * multiplier) if total <= 63 else 0
    scaled = wrapped(product + (1 << (min(total, 63) - 1))) >> min(total, 63)
    return wrapped(scaled, 32)


def _infer_softmax(
    attrs: Attrs, x: Type, scale: Type, zero_point: Type, out_scale: Type, out_zero_point: Type
) -> TensorType:
    data = tensor(x, 0, "x")
    check_dtype(data, ("int8",), 0, "x")
    normalize_axis(attrs.axis, data.rank)
    return infer_unary(attrs, x, scale, zero_point, out_scale, out_zero_point)


def _evaluate_softmax(attrs: Attrs, x: Array, scale: Array, zero: Array, out_scale: Array, out_zero: Array) -> Array:
    if scale > 1:
        raise EvaluationRuleError(f"the scale of the data must be at most 1, found {scale}")
    axis = attrs.axis
    unit = np.int32(min(float(np.floor(np.float32(1) / scale.astype(np.float32) + np.float32(0.5))), 2.0**31 - 1))
    shifted = x.astype(np.int64) - zero
    below = (shifted - shifted.max(axis=axis, keepdims=True)).astype(np.int32)
    exponent = below + (below >> 1) - (below >> 4)
    halvings = np.clip(-exponent // unit, 0, _MOST_HALVINGS)
    fraction = ((exponent + halvings * unit) >> 1) + unit
    powers = np.left_shift(fraction, halvings.max(axis=axis, keepdims=True) - halvings)
    total = powers.sum(axis=axis, keepdims=True, dtype=np.int32)
    whole = np.asarray(np.trunc((1 << 30) / total.astype(np.float64)), np.int32)
    shares = (whole * powers) >> (30 - _OUT_BITS)
    own_scale = np.asarray(2.0**-_OUT_BITS, np.float32)
    return requantize(shares, own_scale, _NO_ZERO, out_scale, out_zero, 0, "int8")


def _lower_softmax(ctx: Lowering, attrs: Attrs, x: Any, scale: Any, zero: Any, out_scale: Any, out_zero: Any) -> Any:
    type_ = ctx.tensor(0)
    factor = known_scale(ctx, scale, "the scale")[0]
    if factor > 1:
        ctx.refuse(f"the scale of the data must be at most 1, found {factor}")
    unit = min(int(min(np.floor(np.float32(1) / np.float32(factor) + np.float32(0.5)), 2.0**31)), 2**31 - 1)
    zero_out = int(known(ctx, out_zero, "the output zero point"))
    out = Requantizer(
        [2.0**-_OUT_BITS], _NO_ZERO, known_scale(ctx, out_scale, "the output scale")[0], zero_out, "int16", "int8"
    )
    # The data's zero point cancels out: only differences to the maximum count.
    stages = _SoftmaxStages(type_.static_shape, normalize_axis(attrs.axis, type_.rank), unit, out)
    return ctx.emit_te(stages.compute, x)


class _SoftmaxStages:
    """The softmax over one axis as TE stages."""

    def __init__(self, shape: tuple[int, ...], axis: int, unit: int, out: Requantizer) -> None:
        self._shape = shape
        self._reduced = shape[:axis] + shape[axis + 1 :]
        self._axis = axis
        self._unit = unit
        self._out = out

    def compute(self, x: Any) -> Any:
        from tvm import te, tirx

        unit = tirx.const(self._unit, "int32")
        data = te.compute(self._shape, lambda *i: x(*i).astype("int32"), name="wide")
        greatest = self._reduce(te.max, data, "greatest")

        def exponent(*i: Any) -> Any:
            below = data(*i) - greatest(*self._rest(i))
            return below + (below >> 1) - (below >> 4)

        powers_of = te.compute(self._shape, exponent, name="exponent")

        def halving(*i: Any) -> Any:
            count = tirx.truncdiv(tirx.const(0, "int32") - powers_of(*i), unit)
            return tirx.max(tirx.min(count, tirx.const(_MOST_HALVINGS, "int32")), tirx.const(0, "int32"))

        halvings = te.compute(self._shape, halving, name="halvings")
        most = self._reduce(te.max, halvings, "most_halvings")

        def power(*i: Any) -> Any:
            fraction = ((powers_of(*i) + halvings(*i) * unit) >> 1) + unit
            return fraction << (most(*self._rest(i)) - halvings(*i))

        powers = te.compute(self._shape, power, name="powers")
        total = self._reduce(te.sum, powers, "total")

        def share(*i: Any) -> Any:
            whole = tirx.truncdiv(tirx.const(1 << 30, "int32"), total(*self._rest(i)))
            return self._out.apply((whole * powers(*i)) >> (30 - _OUT_BITS), [], 0)

        return te.compute(self._shape, share, name="T_qnn_softmax")

    def _rest(self, index: tuple[Any, ...]) -> tuple[Any, ...]:
        return index[: self._axis] + index[self._axis + 1 :]

    def _reduce(self, reducer: Any, source: Any, name: str) -> Any:
        from tvm import te

        k = te.reduce_axis((0, self._shape[self._axis]), "k")
        return te.compute(
            self._reduced, lambda *i: reducer(source(*i[: self._axis], k, *i[self._axis :]), axis=k), name=name
        )


register(
    "qnn.leaky_relu",
    UNARY_INPUTS,
    (Attr("alpha", "float", 0.25),),
    infer=_infer_leaky_relu,
    evaluate=_evaluate_leaky_relu,
    lower=_lower_leaky_relu,
    definition="TVM 0.18 src/relay/qnn/op/leaky_relu.cc",
)
register(
    "qnn.softmax",
    UNARY_INPUTS,
    (Attr("axis", "int", -1),),
    infer=_infer_softmax,
    evaluate=_evaluate_softmax,
    lower=_lower_softmax,
    definition="TVM 0.18 src/relay/qnn/op/softmax.cc",
)
