"""``qnn.requantize``: a quantized tensor on another scale and zero point, in another integer type.

Definition: TVM 0.18 src/relay/qnn/op/requantize.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Attr, Attrs, register, tensor
from tvm_model_library.relay.ops._qnn import (
    axis_extent,
    channel_axis,
    check_channelwise,
    check_dtype,
    check_out_dtype,
    check_scalar,
)
from tvm_model_library.relay.ops._requantize import (
    COMPUTE_DTYPES,
    ROUNDINGS,
    Mode,
    emit_requantize,
    known_requantizer,
    requantize,
)
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _mode(attrs: Attrs) -> Mode:
    return Mode(attrs.rounding, attrs.compute_dtype)


def _infer(
    attrs: Attrs,
    data: Type,
    input_scale: Type,
    input_zero_point: Type,
    output_scale: Type,
    output_zero_point: Type,
) -> TensorType:
    x = tensor(data, 0, "data")
    check_dtype(x, ("int8", "uint8", "int16", "int32", "int64"), 0, "data")
    extent = axis_extent(x, attrs.axis)
    check_channelwise(input_scale, "float32", extent, 1, "input_scale")
    check_channelwise(input_zero_point, "int32", extent, 2, "input_zero_point")
    check_scalar(output_scale, "float32", 3, "output_scale")
    check_scalar(output_zero_point, "int32", 4, "output_zero_point")
    return TensorType(x.shape, check_out_dtype(attrs.out_dtype, ("int8", "uint8", "int16", "int32")))


def _evaluate(
    attrs: Attrs, data: Array, scale: Array, zero_point: Array, output_scale: Array, output_zero_point: Array
) -> Array:
    return requantize(
        data, scale, zero_point, output_scale, output_zero_point, attrs.axis, attrs.out_dtype, _mode(attrs)
    )


def _lower(ctx: Lowering, attrs: Attrs, data: Any, *parameters: Any) -> Any:
    type_ = ctx.tensor(0)
    requantizer = known_requantizer(ctx, parameters, type_.dtype, attrs.out_dtype, _mode(attrs))
    return emit_requantize(ctx, requantizer, data, type_.static_shape, channel_axis(attrs.axis, type_.rank))


register(
    "qnn.requantize",
    ("data", "input_scale", "input_zero_point", "output_scale", "output_zero_point"),
    (
        Attr("axis", "int", -1),
        Attr("rounding", "str", "None", ROUNDINGS),
        Attr("compute_dtype", "str", "None", COMPUTE_DTYPES),
        Attr("out_dtype", "dtype?", None),
    ),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition="TVM 0.18 src/relay/qnn/op/requantize.cc",
)
