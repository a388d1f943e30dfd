"""Quantized operators: ``qnn.*``."""

from __future__ import annotations

import numpy as np
from tvm_model_library.tensors import Array

from relay_fuzzer.builder import Builder, Calls, RejectedError, Value
from relay_fuzzer.families.windows import channels_of, image, layout_of, sizes_of, window_attributes

EIGHT = ("int8", "uint8")
_SCALES = (0.5, 0.25, 0.1, 0.0371, 0.0078125, 1.0, 2.25, 0.0117647)


def scale(b: Builder, channels: int = 0) -> Value:
    """A scale, or one for each channel."""
    values = [b.choose(_SCALES) for _ in range(channels)] if channels else b.choose(_SCALES)
    return b.constant(np.asarray(values, np.float32))


def zero(b: Builder, dtype: str, channels: int = 0) -> Value:
    """A zero point that the dtype holds, or one for each channel."""
    return b.constant(_zeros(b, dtype, channels))


def _zeros(b: Builder, dtype: str, channels: int = 0) -> Array:
    ends = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-300, 300), "int32": (-9, 9)}.get(dtype, (0, 0))
    draws = [b.choose([0, 0, *ends, b.integer(*ends), b.integer(*ends)]) for _ in range(max(channels, 1))]
    draws = [min(max(z, ends[0]), ends[1]) for z in draws]
    return np.asarray(draws if channels else draws[0], np.int32)


def _quantized(b: Builder, low: int = 0, high: int = 4) -> Value:
    return b.tensor(EIGHT, low=low, high=high)


def quantize(b: Builder) -> None:
    value = b.tensor(("float32",), high=4, exact=True)
    out = b.choose(["int8", "uint8", "int16", "int32"])
    axis = b.integer(-1, max(value.rank - 1, 0)) if value.rank else -1
    channels = value.shape[axis] if value.rank > 1 and b.chance(0.3) else 0
    b.call("qnn.quantize", value, scale(b, channels), zero(b, out, channels), out_dtype=out, axis=axis)


def dequantize(b: Builder) -> None:
    value = b.tensor((*EIGHT, "int16", "int32"), high=4)
    axis = b.integer(-1, max(value.rank - 1, 0)) if value.rank else -1
    channels = value.shape[axis] if value.rank > 1 and b.chance(0.3) else 0
    b.call("qnn.dequantize", value, scale(b, channels), zero(b, value.dtype, channels), axis=axis)


def requantize(b: Builder, value: Value | None = None, axis: int | None = None) -> Value:
    """Of any integers that requantize takes; per channel along ``axis`` now and then."""
    value = value or b.tensor((*EIGHT, "int16", "int32"), high=4)
    out = b.weighted([("int8", 5), ("uint8", 3), ("int16", 1), ("int32", 1)])
    axis = axis if axis is not None else b.integer(-1, max(value.rank - 1, 0)) if value.rank else -1
    channels = value.shape[axis] if value.rank > 1 and b.chance(0.35) else 0
    rounding = b.choose(["None", "UPWARD", "TONEAREST"])
    compute = b.weighted([("None", 5), ("int64", 2), ("float32", 1), ("float64", 1)])
    result: Value = b.call(
        "qnn.requantize", value, scale(b, channels), zero(b, value.dtype, channels), scale(b), zero(b, out), axis=axis,
        rounding=rounding, compute_dtype=compute, out_dtype=out,
    )  # fmt: skip
    return result


def binary(b: Builder) -> None:
    value = _quantized(b)
    other = b.like(value)
    if value.rank and b.chance(0.3):
        axis = b.integer(0, value.rank - 1)
        other = b.like(value, tuple(1 if i == axis else d for i, d in enumerate(value.shape)))
    parameters = [p for _ in range(3) for p in (scale(b), zero(b, value.dtype))]
    b.call(b.choose(["qnn.add", "qnn.subtract", "qnn.mul"]), value, other, *parameters)


def unary(b: Builder) -> None:
    name = b.choose(["tanh", "sigmoid", "exp", "sqrt", "rsqrt", "erf", "log", "hardswish", "abs"])
    value = _quantized(b, 1)
    b.call(f"qnn.{name}", value, scale(b), zero(b, value.dtype), scale(b), zero(b, value.dtype))


def activation(b: Builder) -> None:
    if b.chance(0.5):
        value = _quantized(b, 1)
        b.call(
            "qnn.leaky_relu",
            value,
            scale(b),
            zero(b, value.dtype),
            scale(b),
            zero(b, value.dtype),
            alpha=b.choose([0.25, 0.1]),
        )
        return
    value = b.tensor(("int8",), low=1, high=3)
    units = b.constant(np.asarray(b.choose([0.5, 0.1, 0.0371, 1.0]), np.float32))
    b.call("qnn.softmax", value, units, zero(b, "int8"), scale(b), zero(b, "int8"), axis=b.integer(-1, value.rank - 1))


def concatenate(b: Builder) -> None:
    value = _quantized(b, 1)
    axis = b.integer(0, value.rank - 1)
    count = b.integer(2, 3)
    parts = [value]
    for _ in range(count - 1):
        parts.append(b.like(value, (*value.shape[:axis], b.integer(1, 3), *value.shape[axis + 1 :]), same=0.3))
    b.call("qnn.concatenate", parts, [scale(b) for _ in parts], [zero(b, value.dtype) for _ in parts], scale(b),
           zero(b, value.dtype), axis=axis)  # fmt: skip


def convolution(b: Builder) -> None:
    layout = layout_of(b, 2)
    data = image(b, 2, layout, (("int8", 3), ("uint8", 2), ("int16", 0.3)))
    inputs = channels_of(data, layout)
    kernel, attrs = window_attributes(b, sizes_of(data, layout))
    groups = inputs if b.chance(0.3) else 1
    outputs = groups * b.integer(1, 2) if groups > 1 else b.choose([1, 2, 3, 4, 8, 16])
    if outputs > 40:
        raise RejectedError
    per_channel = outputs if b.chance(0.4) else 0
    weight_dtype = "int8" if data.dtype == "int8" or b.chance(0.5) else "uint8"
    offsets = _zeros(b, weight_dtype) if b.chance(0.2) else 0
    weight_zero = b.constant(np.full(per_channel or (), offsets, np.int32))
    first = layout[1] == "C" or (groups > 1 and inputs > 1)
    shape = (outputs, inputs // groups, *kernel) if first else (*kernel, inputs // groups, outputs)
    weight = b.leaf(shape, weight_dtype, "full", constant=0.7)
    result = b.call(
        "qnn.conv2d", data, weight, zero(b, data.dtype), weight_zero, scale(b), scale(b, per_channel), groups=groups,
        channels=outputs, kernel_size=kernel, data_layout=layout, kernel_layout="OIHW" if first else "HWIO",
        out_dtype="int32", **attrs,
    )  # fmt: skip
    followed(b, result, layout.index("C"))


def followed(b: Builder, value: Value, axis: int) -> None:
    """Bias, requantization, a clip: as the importers write them."""
    if b.chance(0.5):
        value = b.call("nn.bias_add", value, b.leaf((value.shape[axis],), "int32"), axis=axis)
    if b.chance(0.7):
        value = requantize(b, value, axis)
        if b.chance(0.4) and value.dtype in EIGHT:
            b.call("clip", value, a_min=float(b.choose([-128, 0, -20])), a_max=127.0)


def dense(b: Builder) -> None:
    value = b.pick(lambda v: v.dtype in EIGHT and v.rank == 2, lambda: b.new((b.size(), b.size()), b.choose(EIGHT)))
    units = b.size()
    if max(value.shape) > 64:
        raise RejectedError
    per_channel = units if b.chance(0.3) else 0
    weight = b.leaf((units, value.shape[1]), "int8" if b.chance(0.7) else value.dtype, "full", constant=0.7)
    weight_zero = (
        b.constant(np.zeros(per_channel or (), np.int32)) if b.chance(0.8) else zero(b, weight.dtype, per_channel)
    )
    result = b.call(
        "qnn.dense", value, weight, zero(b, value.dtype), weight_zero, scale(b), scale(b, per_channel), units=units,
        out_dtype="int32",
    )  # fmt: skip
    followed(b, result, 1)


def batch_matmul(b: Builder) -> None:
    value = b.pick(
        lambda v: v.dtype == "int8" and v.rank == 3,
        lambda: b.new((b.integer(1, 2), b.integer(1, 6), b.integer(1, 9)), "int8"),
    )
    batch, _, inner = value.shape
    other = b.like(value, (batch, b.integer(1, 6), inner))
    parameters = zero(b, "int8"), zero(b, "int8"), scale(b), scale(b)
    result = b.call("qnn.batch_matmul", value, other, *parameters, out_dtype="int32", transpose_b=True)
    requantize(b, result)


def pooling(b: Builder) -> None:
    layout = layout_of(b, 2)
    data = image(b, 2, layout, (("int8", 3), ("uint8", 1)))
    kernel, attrs = window_attributes(b, sizes_of(data, layout))
    attrs["dilation"] = [1, 1]
    attrs["padding"] = [min(p, k - 1) for p, k in zip(attrs["padding"], kernel * 2, strict=True)]
    if any(k > s for k, s in zip(kernel, sizes_of(data, layout), strict=True)):
        raise RejectedError
    b.call(
        "qnn.avg_pool2d", data, scale(b), zero(b, data.dtype), scale(b), zero(b, data.dtype), pool_size=kernel,
        layout=layout, ceil_mode=b.chance(0.2), count_include_pad=b.chance(0.3), **attrs,
    )  # fmt: skip


def transposed(b: Builder) -> None:
    data = image(b, 2, "NCHW", (("int8", 2), ("uint8", 1)))
    kernel, attrs = window_attributes(b, sizes_of(data, "NCHW"))
    attrs["dilation"] = [1, 1]
    outputs = b.integer(1, 4)
    weight = b.leaf((data.shape[1], outputs, *kernel), "int8", "full", constant=0.7)
    attrs |= {"channels": outputs, "kernel_size": kernel, "out_dtype": "int32"}
    zeros = zero(b, data.dtype), b.constant(np.asarray(0, np.int32))
    result = b.call("qnn.conv2d_transpose", data, weight, *zeros, scale(b), scale(b), **attrs)
    followed(b, result, 1)


CALLS: Calls = (
    (quantize, 1.5),
    (dequantize, 1.5),
    (requantize, 2),
    (binary, 2),
    (unary, 1),
    (activation, 1),
    (concatenate, 1),
    (convolution, 2),
    (dense, 1.5),
    (batch_matmul, 0.7),
    (pooling, 1),
    (transposed, 0.5),
)
