"""``fixed_point_multiply`` and ``fixed_point_multiply_per_axis``: int32 numbers times fixed-point factors.

A factor is ``multiplier * 2**(shift - 31)``; halves round up. Definitions: TVM 0.18 src/relay/op/tensor/unary.cc,
transform.cc, python/tvm/topi/math.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_pointwise
from tvm_model_library.relay.ops._fixed_point import fixed_point_multiply
from tvm_model_library.relay.ops._fixed_point_te import halves, multiply_by_halves
from tvm_model_library.relay.ops._qnn import check_dtype
from tvm_model_library.relay.ops._shapes import normalize_axes
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer_scalar(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    for name in ("multiplier", "shift"):
        if not -(2**31) <= attrs[name] < 2**31:
            raise TypeRuleError(f"{name} must be an integer of 32 bits, found {attrs[name]}")
    check_dtype(x, ("int32",), 0, "data")
    return x


def _evaluate_scalar(attrs: Attrs, data: Array) -> Array:
    multiplier, shift = np.asarray(attrs.multiplier, np.int64), int(attrs.shift)
    left, right = np.asarray(max(shift, 0)), np.asarray(max(-shift, 0))
    return fixed_point_multiply(data, multiplier, left, right)


def _lower_scalar(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    left, total = max(attrs.shift, 0), min(31 + max(-attrs.shift, 0), 63)
    # Every shift by 64 or more leaves nothing.
    factor = attrs.multiplier << left if -32 <= attrs.shift < 64 else 0
    low, high, shift = (tirx.const(v, "int64") for v in (*halves(factor), total - 1))

    def function(x: Any) -> Any:
        if left:
            return multiply_by_halves(x, low, high, shift, None)
        product = x.astype("int64") * tirx.const(factor, "int64")
        rounded = product + tirx.const(1 << (total - 1), "int64")
        return (rounded >> tirx.const(total, "int64")).astype("int32")

    return emit_pointwise(ctx, function, data)


def _infer_per_axis(attrs: Attrs, data: Type, multiplier: Type, left: Type, right: Type) -> TensorType:
    x = tensor(data, 0, "data")
    check_dtype(x, ("int32",), 0, "data")
    axes = normalize_axes(attrs.axes, x.rank, "axes")
    expected = tuple(x.shape[a] for a in axes)
    for index, type_ in enumerate((multiplier, left, right), start=1):
        found = tensor(type_, index, "a factor")
        fits = found.rank == len(expected) and all(
            None in (a, b) or a == b for a, b in zip(found.shape, expected, strict=True)
        )
        if not fits or found.dtype != "int32":
            raise TypeRuleError(f"multipliers and shifts must be {TensorType(expected, 'int32')}, found {found}", index)
    return x


def _constrain_per_axis(
    attrs: Attrs, data: Type | None, multiplier: Type | None, left: Type | None, right: Type | None
) -> list[Type | None]:
    if not isinstance(data, TensorType):
        return [None] * 4
    axes = normalize_axes(attrs.axes, data.rank, "axes")
    return [None, *[TensorType(tuple(data.shape[a] for a in axes), "int32")] * 3]


def _evaluate_per_axis(attrs: Attrs, data: Array, multiplier: Array, left: Array, right: Array) -> Array:
    axes = normalize_axes(attrs.axes, data.ndim, "axes")
    order = np.argsort(axes)
    shape = [data.shape[i] if i in axes else 1 for i in range(data.ndim)]
    factors = [np.transpose(f, order).reshape(shape) for f in (multiplier, left, right)]
    shift = factors[1] if attrs.is_lshift_required else np.zeros((), np.int64)
    return fixed_point_multiply(data, factors[0], shift, factors[2])


def _lower_per_axis(ctx: Lowering, attrs: Attrs, data: Any, multiplier: Any, left: Any, right: Any) -> Any:
    from tvm import te, tirx

    type_ = ctx.tensor(0)
    axes = normalize_axes(attrs.axes, type_.rank, "axes")

    def compute(x: Any, m: Any, l_shift: Any, r_shift: Any) -> Any:
        def element(*index: Any) -> Any:
            where = [index[a] for a in axes]
            product = x(*index).astype("int64")
            if attrs.is_lshift_required:
                product = product * (tirx.const(1, "int64") << l_shift(*where).astype("int64"))
            total = tirx.min(r_shift(*where).astype("int64") + 31, tirx.const(63, "int64"))
            product = product * m(*where).astype("int64")
            return ((product + (tirx.const(1, "int64") << (total - 1))) >> total).astype("int32")

        return te.compute(type_.static_shape, element, name="T_fixed_point_multiply")

    return ctx.emit_te(compute, data, multiplier, left, right)


register(
    "fixed_point_multiply",
    ("data",),
    (Attr("multiplier", "int"), Attr("shift", "int")),
    infer=_infer_scalar,
    evaluate=_evaluate_scalar,
    lower=_lower_scalar,
    definition="TVM 0.18 src/relay/op/tensor/unary.cc",
)
register(
    "fixed_point_multiply_per_axis",
    ("data", "fp_multiplier", "left_shift", "right_shift"),
    (
        Attr("is_lshift_required", "bool", False),
        Attr("is_rshift_required", "bool", False),
        Attr("axes", "int[]"),
    ),
    infer=_infer_per_axis,
    constrain=_constrain_per_axis,
    evaluate=_evaluate_per_axis,
    lower=_lower_per_axis,
    definition="TVM 0.18 src/relay/op/tensor/transform.cc",
)
