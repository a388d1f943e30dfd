"""``qnn.concatenate`` and ``qnn.avg_pool2d``: requantize to the output's scale, then the operator on integers.

Definitions: TVM 0.18 src/relay/qnn/op/concatenate.cc, avg_pool2d.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor, tensors
from tvm_model_library.relay.ops._delegate import lower_as, the_operator
from tvm_model_library.relay.ops._pool import pool_attributes
from tvm_model_library.relay.ops._qnn import check_dtype, check_scalar, saturate, saturate_expression
from tvm_model_library.relay.ops._requantize import emit_requantize, known_requantizer, requantize
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer_concatenate(
    attrs: Attrs, data: Type, scales: Type, zero_points: Type, output_scale: Type, output_zero_point: Type
) -> Type:
    fields = tensors(data, 0, "data")
    for argument, (type_, dtype, what) in enumerate(
        ((scales, "float32", "input_scales"), (zero_points, "int32", "input_zero_points")), start=1
    ):
        found = tensors(type_, argument, what)
        if len(found) != len(fields):
            raise TypeRuleError(f"{what} must have one entry for each of {len(fields)} tensors", argument)
        for field in found:
            check_scalar(field, dtype, argument, what)
    check_scalar(output_scale, "float32", 3, "output_scale")
    check_scalar(output_zero_point, "int32", 4, "output_zero_point")
    return the_operator("concatenate").infer(attrs, data)


def _evaluate_concatenate(
    attrs: Attrs,
    data: tuple[Array, ...],
    scales: tuple[Array, ...],
    zero_points: tuple[Array, ...],
    output_scale: Array,
    output_zero_point: Array,
) -> Array:
    parts = [
        x
        if scale == output_scale and zero == output_zero_point
        else requantize(x, scale, zero, output_scale, output_zero_point, -1, x.dtype.name)
        for x, scale, zero in zip(data, scales, zero_points, strict=True)
    ]
    return np.concatenate(parts, attrs.axis)


def _lower_concatenate(
    ctx: Lowering, attrs: Attrs, data: Any, scales: Any, zero_points: Any, output_scale: Any, output_zero_point: Any
) -> Any:
    types = ctx.argument_types[0]
    assert isinstance(types, TupleType)
    parts = []
    for x, type_, scale, zero in zip(data, types.fields, scales, zero_points, strict=True):
        assert isinstance(type_, TensorType)
        parameters = (scale, zero, output_scale, output_zero_point)
        if all(
            np.array_equal(_known_or_nan(ctx, a), _known_or_nan(ctx, b))
            for a, b in ((scale, output_scale), (zero, output_zero_point))
        ):
            parts.append(x)
        else:
            requantizer = known_requantizer(ctx, parameters, type_.dtype, type_.dtype)
            parts.append(emit_requantize(ctx, requantizer, x, type_.static_shape, 0))
    return lower_as(ctx, "concatenate", attrs, (tuple(parts),), (types,), ctx.result_type)


def _known_or_nan(ctx: Lowering, value: Any) -> Array:
    """The known value; what is not known equals nothing."""
    found = ctx.value_of(value)
    return np.asarray(np.nan) if found is None else found


def _infer_pool(attrs: Attrs, data: Type, *parameters: Type) -> TensorType:
    x = tensor(data, 0, "data")
    check_dtype(x, ("int8", "uint8"), 0, "data")
    names = ("input_scale", "input_zero_point", "output_scale", "output_zero_point")
    for index, (type_, name) in enumerate(zip(parameters, names, strict=True), start=1):
        check_scalar(type_, "float32" if name.endswith("scale") else "int32", index, name)
    result = the_operator("nn.avg_pool2d").infer(attrs, x)
    assert isinstance(result, TensorType)
    return result


def _evaluate_pool(attrs: Attrs, x: Array, scale: Array, zero: Array, out_scale: Array, out_zero: Array) -> Array:
    same = scale == out_scale and zero == out_zero
    wide = x.astype(np.int32) if same else requantize(x, scale, zero, out_scale, out_zero, -1, "int32")
    evaluate = the_operator("nn.avg_pool2d").evaluate
    assert evaluate is not None
    return saturate(evaluate(attrs, wide), x.dtype.name)


def _lower_pool(ctx: Lowering, attrs: Attrs, x: Any, *parameters: Any) -> Any:
    from tvm import te

    type_, result = ctx.tensor(0), ctx.result
    requantizer = known_requantizer(ctx, parameters, type_.dtype, "int32")
    wide = emit_requantize(ctx, requantizer, x, type_.static_shape, 0)
    wide_type, sums_type = TensorType(type_.shape, "int32"), TensorType(result.shape, "int32")
    averages = lower_as(ctx, "nn.avg_pool2d", attrs, (wide,), (wide_type,), sums_type)

    def narrow(t: Any) -> Any:
        return te.compute(result.static_shape, lambda *i: saturate_expression(t(*i), result.dtype), name="T_narrow")

    return ctx.emit_te(narrow, averages)


register(
    "qnn.concatenate",
    ("data", "input_scales", "input_zero_points", "output_scale", "output_zero_point"),
    (Attr("axis", "int", 0),),
    infer=_infer_concatenate,
    evaluate=_evaluate_concatenate,
    lower=_lower_concatenate,
    definition="TVM 0.18 src/relay/qnn/op/concatenate.cc",
)
register(
    "qnn.avg_pool2d",
    ("data", "input_scale", "input_zero_point", "output_scale", "output_zero_point"),
    pool_attributes(2, True),
    infer=_infer_pool,
    evaluate=_evaluate_pool,
    lower=_lower_pool,
    definition="TVM 0.18 src/relay/qnn/op/avg_pool2d.cc",
)
