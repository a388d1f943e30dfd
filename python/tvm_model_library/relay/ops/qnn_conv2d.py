"""``qnn.conv2d`` and ``qnn.conv2d_transpose``: convolution of quantized tensors into 32-bit sums.

The result is ``sum((x - zx) * (w - zw))`` over the window; padding contributes nothing. Scales only label the
result. Definitions: TVM 0.18 src/relay/qnn/op/convolution.cc, convolution_transpose.cc.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._conv import (
    Geometry,
    conv_attributes,
    evaluate_convolution,
    evaluate_transposed,
    geometry,
    infer_convolution,
)
from tvm_model_library.relay.ops._conv_te import ConvolutionStages
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._qnn import check_channelwise, check_dtype, check_out_dtype
from tvm_model_library.relay.ops._qnn_products import (
    ZeroPoint,
    read_channel,
    shifted_weight_sums,
    zero_point,
)
from tvm_model_library.relay.ops._scalars import constant
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_INPUTS = ("data", "weight", "input_zero_point", "kernel_zero_point", "input_scale", "kernel_scale")
_OUT_DTYPES = ("int16", "int32", "int64")
_DTYPES = {
    False: (("int8", "uint8", "int16"), ("int8", "uint8", "int16")),
    True: (("int8", "uint8", "int16", "uint16"), ("int8", "uint8")),
}


def _infer(
    attrs: Attrs,
    data: Type,
    weight: Type,
    input_zero_point: Type,
    kernel_zero_point: Type,
    input_scale: Type,
    kernel_scale: Type,
    transposed: bool,
) -> TensorType:
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    check_dtype(x, _DTYPES[transposed][0], 0, "data")
    check_dtype(w, _DTYPES[transposed][1], 1, "weight")
    check_out_dtype(attrs.out_dtype, _OUT_DTYPES)
    result = infer_convolution(attrs, x, w, 2, transposed)
    geo = geometry(attrs, 2, transposed)
    if geo.out.blocks("C") or geo.data.blocks("C"):
        raise TypeRuleError("quantized convolutions need layouts with whole channels, such as NCHW and NHWC")
    channels = geo.out.dims(result.shape, geo.order)[1]
    check_channelwise(input_zero_point, "int32", 1, 2, "input_zero_point")
    check_channelwise(kernel_zero_point, "int32", _zero_point_extent(geo, w, kernel_zero_point), 3, "kernel_zero_point")
    check_channelwise(input_scale, "float32", 1, 4, "input_scale")
    check_channelwise(kernel_scale, "float32", channels, 5, "kernel_scale")
    return result


def _zero_point_extent(geo: Geometry, weight: TensorType, zero_point: Type) -> Dim:
    """How many kernel zero points there may be: one for each index of the kernel's axis O, or each channel.

    They differ for depthwise kernels, whose axis O counts input channels, and for grouped transposed ones.
    """
    along_o = geo.kernel.dims(weight.shape, geo.kernel_order)[geo.kernel_order.index("O")]
    kernel = geo.kernel_dims(weight.shape)
    every = kernel[1] if geo.transposed else kernel[0]
    if every is None or (kernel[1] is None and geo.is_depthwise(geo.groups, kernel)):
        return along_o
    channels = every * geo.groups if geo.transposed else every
    if geo.is_depthwise(geo.groups, kernel):
        channels = every * (kernel[1] or 1)
    found = tensor(zero_point, 3, "kernel_zero_point")
    return channels if found.shape == (channels,) else along_o


def _evaluate(
    attrs: Attrs,
    data: Array,
    weight: Array,
    input_zero_point: Array,
    kernel_zero_point: Array,
    input_scale: Array,
    kernel_scale: Array,
    transposed: bool,
) -> Array:
    dtype = np.int64 if attrs.out_dtype == "int64" else np.int32
    shifted_data = data.astype(dtype) - input_zero_point.reshape(()).astype(dtype)
    shifted_weight = weight.astype(dtype) - _spread(attrs, kernel_zero_point, weight, transposed).astype(dtype)
    if transposed:
        return evaluate_transposed(attrs, shifted_data, shifted_weight, 2)
    return evaluate_convolution(attrs, shifted_data, shifted_weight, 2)


def _spread(attrs: Attrs, zero: Array, weight: Array, transposed: bool) -> Array:
    """Kernel zero points shaped to be subtracted from the stored kernel."""
    if zero.size == 1:
        return zero.reshape(())
    geo = geometry(attrs, 2, transposed)
    dims = [d or 0 for d in geo.kernel.dims(weight.shape, geo.kernel_order)]
    place = geo.kernel_order.index("O")
    spread: Array
    if zero.size == dims[place]:
        spread = zero.reshape([-1 if i == place else 1 for i in range(len(dims))])
    elif geo.kernel_order[0] == "G":
        spread = zero.reshape([-1 if i == place else d if i == 0 else 1 for i, d in enumerate(dims)])
    elif transposed:
        spread = np.repeat(zero.reshape(geo.groups, -1), dims[0] // geo.groups, axis=0)[..., None, None]
    else:
        spread = zero.reshape(dims[0], dims[1], 1, 1)
    return geo.kernel.pack(np.broadcast_to(spread, dims), geo.kernel_order)


class _QuantizedStages(ConvolutionStages):
    """A convolution of stored integers; ``x_zero`` is None where its part is folded into a constant."""

    x_zero: ZeroPoint | None = None
    x_loads: tuple[Any, ...] = ()
    w_zero: ZeroPoint
    w_loads: tuple[Any, ...] = ()

    def __init__(self, geo: Geometry, data: TensorType, weight: TensorType, result: TensorType) -> None:
        super().__init__(geo, data, weight, result)
        self.accumulator = "int64" if result.dtype == "int64" else "int32"

    def term(self, value: Any, factor: Any, out_channel: Any) -> Any:
        x, w = value.astype(self.accumulator), factor.astype(self.accumulator)
        if self.x_zero is not None:
            x = self.x_zero.subtract_from(x, self.accumulator, self.x_loads, 0)
        return x * self.w_zero.subtract_from(w, self.accumulator, self.w_loads, self._zero_point_index(out_channel))

    def _zero_point_index(self, out_channel: Any) -> Any:
        """Where the kernel zero point of an output channel stands; see :func:`_zero_point_extent`."""
        if not self.w_loads or len(self.w_loads[0].shape) == 0:
            return 0
        count = int(self.w_loads[0].shape[0])
        if count == self.channels:
            return out_channel
        per_group = self.channels // self.geo.groups
        return out_channel % per_group if count == per_group else out_channel // (self.channels // count)


def _channel_sums(geo: Geometry, stages: ConvolutionStages, weight: Array, zero: ZeroPoint) -> Array:
    """``sum(w - zw)`` for each output channel."""
    kernel = geo.kernel.unpack(weight, geo.kernel_order)
    if geo.kernel_order[0] == "G":
        kernel = kernel.reshape(-1, *kernel.shape[2:])
    if geo.transposed:
        grouped = kernel.reshape(geo.groups, -1, *kernel.shape[1:])
        kernel = grouped.swapaxes(1, 2).reshape(stages.channels, -1)
    assert zero.known is not None
    flat = kernel.reshape(stages.channels, -1)
    values = zero.known.table
    if values.size not in (1, stages.channels):
        per_group = stages.channels // geo.groups
        repeats = stages.channels // values.size
        values = np.tile(values, repeats) if values.size == per_group else np.repeat(values, repeats)
    return shifted_weight_sums(flat, values)


def _lower(
    ctx: Lowering,
    attrs: Attrs,
    data: Any,
    weight: Any,
    input_zero_point: Any,
    kernel_zero_point: Any,
    input_scale: Any,
    kernel_scale: Any,
    transposed: bool,
) -> Any:
    result = ctx.result
    geo = geometry(attrs, 2, transposed)
    x_zero, w_zero = zero_point(ctx, input_zero_point), zero_point(ctx, kernel_zero_point)
    x_type = ctx.tensor(0)
    constant_weight = ctx.value_of(weight)
    low, high = limits(x_type.dtype)
    if any(map(any, geo.padding)) and x_zero.uniform is not None and not low <= x_zero.uniform <= high:
        ctx.refuse(f"the input zero point {x_zero.uniform} pads data of {x_type.dtype}, which can't hold it")
    folds = constant_weight is not None and x_zero.uniform is not None and w_zero.known is not None

    def compute(x: Any, w: Any, x_arguments: list[Any], w_arguments: list[Any]) -> Any:
        stages = _QuantizedStages(geo, x_type, ctx.tensor(1), result)
        stages.x_zero, stages.w_zero = (None if folds else x_zero), w_zero
        stages.x_loads, stages.w_loads = tuple(x_arguments), tuple(w_arguments)
        if x_zero.uniform is not None:
            stages.fill = constant(x_zero.uniform, x_type.dtype)
        else:
            stages.fill = read_channel(x_arguments[0], 0).astype(x_type.dtype)
        return stages.compute(x, w)

    sums = ctx.emit_te(compute, data, weight, x_zero.tables(ctx), w_zero.tables(ctx))
    if not folds:
        return sums
    assert constant_weight is not None
    assert x_zero.uniform is not None
    stages = _QuantizedStages(geo, x_type, ctx.tensor(1), result)
    constants = -x_zero.uniform * _channel_sums(geo, stages, constant_weight, w_zero)
    return ctx.add_channel_constants(sums, constants, geo.out.index("C"))


for _transposed in (False, True):
    register(
        "qnn.conv2d_transpose" if _transposed else "qnn.conv2d",
        _INPUTS,
        conv_attributes(2, _transposed),
        infer=partial(_infer, transposed=_transposed),
        evaluate=partial(_evaluate, transposed=_transposed),
        lower=partial(_lower, transposed=_transposed),
        definition=f"TVM 0.18 src/relay/qnn/op/convolution{'_transpose' * _transposed}.cc",
    )
