"""``qnn.add``, ``qnn.subtract`` and ``qnn.mul``: arithmetic of quantized tensors.

Addition and subtraction requantize both operands to the output's scale and zero point in int32, then add; a product
of shifted operands is requantized from the product of the scales. Definitions: TVM 0.18 src/relay/qnn/op/add.cc,
subtract.cc, mul.cc and op_common.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import binary_rule, broadcast_index
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._fixed_point_te import wrapped_to_32
from tvm_model_library.relay.ops._qnn import (
    ChannelValues,
    along,
    axis_extent,
    channel_axis,
    check_channelwise,
    check_scalar,
    known,
    known_scale,
    nonzero_scale,
    saturate,
    saturate_expression,
    scale_problem,
)
from tvm_model_library.relay.ops._requantize import Requantizer, known_requantizer, requantize
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_INPUTS = (
    "lhs",
    "rhs",
    "lhs_scale",
    "lhs_zero_point",
    "rhs_scale",
    "rhs_zero_point",
    "output_scale",
    "output_zero_point",
)


def _infer(attrs: Attrs, *types: Type) -> TensorType:
    operands = (tensor(types[0], 0, "lhs"), tensor(types[1], 1, "rhs"))
    for index, (operand, side) in enumerate(zip(operands, ("lhs", "rhs"), strict=True)):
        scale, zero = types[2 + 2 * index], types[3 + 2 * index]
        scalar = tensor(scale, 2 + 2 * index, "scale").rank == tensor(zero, 3 + 2 * index, "zero").rank == 0
        axis = attrs[f"{side}_axis"]
        extent = 1 if scalar else axis_extent(operand, axis if operand.rank > 1 else 0)
        check_channelwise(scale, "float32", extent, 2 + 2 * index, f"{side}_scale")
        check_channelwise(zero, "int32", extent, 3 + 2 * index, f"{side}_zero_point")
    check_scalar(types[6], "float32", 6, "output_scale")
    check_scalar(types[7], "int32", 7, "output_zero_point")
    return binary_rule(attrs, *operands)


def _axis(attrs: Attrs, side: str, rank: int) -> int:
    return 0 if rank <= 1 else channel_axis(attrs[f"{side}_axis"], rank)


def _evaluate_sum(attrs: Attrs, *args: Array, sign: int) -> Array:
    lhs, rhs, *rest = args
    scale_out, zero_out = rest[4:]
    parts = []
    for index, (side, operand) in enumerate((("lhs", lhs), ("rhs", rhs))):
        scale, zero = rest[2 * index : 2 * index + 2]
        if scale.shape == zero.shape == () and scale == scale_out and zero == zero_out:
            parts.append(operand.astype(np.int32))
        else:
            axis = _axis(attrs, side, operand.ndim)
            parts.append(requantize(operand, scale, zero, scale_out, zero_out, axis, "int32"))
    total = parts[0] + sign * parts[1] - sign * zero_out
    return saturate(total, lhs.dtype.name)


def _product_scale(scales: Sequence[Array]) -> Array:
    """The scale of a product: multiplied in float32 for scalars; in double, then rounded, for channels."""
    with np.errstate(over="ignore"):
        if not any(s.ndim for s in scales):
            return np.asarray(scales[0].astype(np.float32) * scales[1].astype(np.float32))
        return np.asarray((scales[0].astype(np.float64) * scales[1].astype(np.float64)).astype(np.float32))


def _evaluate_product(attrs: Attrs, *args: Array) -> Array:
    lhs, rhs, lhs_scale, lhs_zero, rhs_scale, rhs_zero, scale_out, zero_out = args
    shifted = [
        operand.astype(np.int32) - along(zero, operand.ndim, _axis(attrs, side, operand.ndim))
        for side, operand, zero in (("lhs", lhs, lhs_zero), ("rhs", rhs, rhs_zero))
    ]
    product = np.asarray(shifted[0] * shifted[1])
    side = "lhs" if lhs_scale.ndim else "rhs"
    axis = _axis(attrs, side, product.ndim)
    scale = nonzero_scale(_product_scale((lhs_scale, rhs_scale)), "the product of the input scales")
    return requantize(product, scale, np.zeros((), np.int32), scale_out, zero_out, axis, lhs.dtype.name)


def _emit(ctx: Lowering, lhs: Any, rhs: Any, tables: Sequence[Sequence[Array]], element: Any) -> Any:
    """Emit ``element(index, lhs load, rhs load, kernel tables by group)`` over the result's shape."""
    from tvm import te

    result = ctx.result
    shapes = [ctx.tensor(i).static_shape for i in (0, 1)]

    def compute(a: Any, b: Any, *groups: Any) -> Any:
        def at(*index: Any) -> Any:
            places = [broadcast_index(index, shape, result.static_shape) for shape in shapes]
            return element(index, places, a(*places[0]), b(*places[1]), groups)

        return te.compute(result.static_shape, at, name="T_" + ctx.operator.replace(".", "_"))

    constants = [[ctx.constant(t) for t in group] for group in tables]
    return ctx.emit_te(compute, lhs, rhs, *constants)


def _lower_sum(ctx: Lowering, attrs: Attrs, *args: Any, sign: int) -> Any:
    dtype = ctx.tensor(0).dtype
    zero_out = int(known(ctx, args[7], "the output zero point"))
    sides: list[Requantizer] = []
    for index in (0, 1):
        parameters = (*args[2 + 2 * index : 4 + 2 * index], *args[6:])
        sides.append(known_requantizer(ctx, parameters, dtype, "int32"))
    axes = [_axis(attrs, side, ctx.tensor(i).rank) for i, side in enumerate(("lhs", "rhs"))]
    exact = sum(side.greatest for side in sides) + abs(zero_out) < 1 << 31

    def element(index: Any, places: Any, a: Any, b: Any, groups: Any) -> Any:
        parts = [
            side.apply(x, list(group), place[axis] if place else 0)
            for side, x, group, place, axis in zip(sides, (a, b), groups, places, axes, strict=True)
        ]
        if exact:
            total = parts[0] + parts[1] - zero_out if sign > 0 else parts[0] - parts[1] + zero_out
        else:
            total = _wrapping_sum(parts[0], parts[1], sign, -sign * zero_out)
        return saturate_expression(total, dtype)

    return _emit(ctx, args[0], args[1], [s.tables for s in sides], element)


def _wrapping_sum(a: Any, b: Any, sign: int, constant: int) -> Any:
    """``a + sign * b + constant`` in int32, wrapped around."""
    from tvm import tirx

    a, b = a.astype("int64"), b.astype("int64")
    return wrapped_to_32((a + b if sign > 0 else a - b) + tirx.const(constant, "int64"))


def _lower_product(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    dtype = ctx.tensor(0).dtype
    ranks = [ctx.tensor(i).rank for i in (0, 1)]
    result = ctx.result
    scales = [known(ctx, args[i], "a scale") for i in (2, 4)]
    zeros = [ChannelValues(known(ctx, args[i], "a zero point")) for i in (3, 5)]
    factors = _lowered_scale(scales)
    if problem := scale_problem(np.asarray(factors), "the product of the input scales"):
        ctx.refuse(problem)
    scale_out = known_scale(ctx, args[6], "the output scale")[0]
    zero_out = int(known(ctx, args[7], "the output zero point"))
    greatest = prod(_distance(dtype, z.table) for z in zeros)
    source = "int16" if greatest <= 1 << 15 else "int32"
    exact = greatest < 1 << 31
    out = Requantizer(factors, np.zeros((), np.int32), scale_out, zero_out, source, dtype)
    axes = [_axis(attrs, side, rank) for side, rank in zip(("lhs", "rhs"), ranks, strict=True)]
    out_axis = _axis(attrs, "lhs" if scales[0].ndim else "rhs", result.rank)

    def element(index: Any, places: Any, a: Any, b: Any, groups: Any) -> Any:
        parts = [
            zero.subtract_from(x.astype("int32" if exact else "int64"), list(group), place[axis] if place else 0)
            for zero, x, group, place, axis in zip(zeros, (a, b), groups, places, axes, strict=False)
        ]
        if exact:
            product = parts[0] * parts[1]
        else:
            product = wrapped_to_32(wrapped_to_32(parts[0]).astype("int64") * wrapped_to_32(parts[1]).astype("int64"))
        return out.apply(product, list(groups[2]), index[out_axis] if index else 0)

    return _emit(ctx, args[0], args[1], [*(z.tables for z in zeros), out.tables], element)


def _distance(dtype: str, zeros: Array) -> int:
    """How far a number of ``dtype`` can be from one of the zero points."""
    return max(abs(bound - int(zero)) for bound in limits(dtype) for zero in zeros)


def _lowered_scale(scales: Sequence[Array]) -> list[float]:
    """The scales of the products, one for each channel; see the definition for the roundings."""
    left, right = (s.reshape(-1).astype(np.float32) for s in scales)
    with np.errstate(over="ignore"):
        if all(s.ndim == 0 for s in scales):
            return [float(left[0] * right[0])]
        size = max(left.size, right.size)
        pairs = zip(np.resize(left, size).tolist(), np.resize(right, size).tolist(), strict=True)
        return [float(np.float32(a * b)) for a, b in pairs]


def _infer_product(attrs: Attrs, *types: Type) -> TensorType:
    result = _infer(attrs, *types)
    ranks = [tensor(types[i], i, "scale").rank for i in (2, 4)]
    if any(ranks) and attrs.lhs_axis != attrs.rhs_axis:
        raise TypeRuleError(
            f"a product with a scale for each channel needs equal axes, found {attrs.lhs_axis} and {attrs.rhs_axis}"
        )
    return result


_ATTRIBUTES = (Attr("lhs_axis", "int", -1), Attr("rhs_axis", "int", -1))

for _name, _sign in (("add", 1), ("subtract", -1)):
    register(
        f"qnn.{_name}",
        _INPUTS,
        _ATTRIBUTES,
        infer=_infer,
        evaluate=partial(_evaluate_sum, sign=_sign),
        lower=partial(_lower_sum, sign=_sign),
        definition=f"TVM 0.18 src/relay/qnn/op/{_name}.cc",
    )
register(
    "qnn.mul",
    _INPUTS,
    _ATTRIBUTES,
    infer=_infer_product,
    evaluate=_evaluate_product,
    lower=_lower_product,
    definition="TVM 0.18 src/relay/qnn/op/mul.cc",
)
