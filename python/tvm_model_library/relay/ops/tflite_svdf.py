"""``tflite.svdf``: one step of a layer of filters of rank 1 in time, with the state as argument and result.

A feature of each filter is computed from the data and joins the last ones in the state; each unit sums what ``rank``
filters weigh of their features. The state is ``(batch, filters * memory)``, the newest feature of each filter last.
Definition: TFLM tensorflow/lite/micro/kernels/svdf_common.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._contracts import CONTRACTS, wrap32
from tvm_model_library.relay.ops._contracts_te import clipped_expression, saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._qnn import check_dtype
from tvm_model_library.relay.ops._tflite import (
    ACTIVATION,
    KERNELS,
    ROUNDING,
    check_scale,
    checked,
    clipped,
    quantization,
)
from tvm_model_library.relay.ops.tflite_rescale import known_rescaling
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_INPUTS = ("data", "feature_weight", "time_weight", "bias", "state")
_REAL_BOUNDS = {"none": (None, None), "relu": (0.0, None), "relu6": (0.0, 6.0), "relu_n1_to_1": (-1.0, 1.0)}


def _check_quantization(attrs: Attrs, state: TensorType) -> None:
    for name, dtype in (("input", "int8"), ("state", state.dtype), ("output", "int8")):
        checked(attrs, name, dtype)
    for name in ("feature_scale", "time_scale"):
        check_scale(attrs[name], name)
    if attrs.activation != "none":
        raise TypeRuleError(f"TFLM computes no activation of int8 data here, found {attrs.activation!r}")


def _infer(attrs: Attrs, *types: Type) -> TupleType:
    x, feature, time, bias, state = (tensor(t, i, name) for i, (t, name) in enumerate(zip(types, _INPUTS, strict=True)))
    check_dtype(x, ("int8", "float32"), 0, "data")
    real = x.dtype == "float32"
    check_dtype(state, ("float32",) if real else ("int8", "int16"), 4, "state")
    expected = (x.dtype, state.dtype, "float32" if real else "int32")
    for index, (found, dtype) in enumerate(zip((feature, time, bias), expected, strict=True), start=1):
        check_dtype(found, (dtype,), index, _INPUTS[index])
    if x.rank != 2 or feature.rank != 2 or time.rank != 2:
        raise TypeRuleError(f"data and weights must have two dimensions, found {x}, {feature}, {time}")
    filters, memory, batch = feature.shape[0], time.shape[1], x.shape[0]
    if attrs.rank < 1 or (filters is not None and filters % attrs.rank):
        raise TypeRuleError(f"the number of filters, {filters}, must be a multiple of the rank {attrs.rank}")
    units = None if filters is None else filters // attrs.rank
    width = None if filters is None or memory is None else filters * memory
    wanted = {1: (filters, x.shape[1]), 2: (filters, memory), 3: (units,), 4: (batch, width)}
    for index, shape in wanted.items():
        found = tensor(types[index], index, _INPUTS[index])
        fits = found.rank == len(shape) and all(
            None in (a, b) or a == b for a, b in zip(found.shape, shape, strict=True)
        )
        if not fits:
            raise TypeRuleError(f"{_INPUTS[index]} must be {TensorType(shape, found.dtype)}, found {found}", index)
    if not real:
        _check_quantization(attrs, state)
    return TupleType((TensorType((batch, units), x.dtype), state))


def _factors(attrs: Attrs) -> tuple[float, float]:
    """From sums of features to the state, and from weighed sums to the output."""
    source, state, target = (quantization(attrs, n).scale for n in ("input", "state", "output"))
    feature, time = (float(np.float32(attrs[n])) for n in ("feature_scale", "time_scale"))
    return source * feature / state, state * time / target


def _joined(state: Array, features: Array, filters: int) -> Array:
    """The state with a new feature of each filter."""
    table = np.roll(state.reshape(state.shape[0], filters, -1), -1, axis=2)
    table[:, :, -1] = features
    return table


def _evaluate(attrs: Attrs, data: Array, feature: Array, time: Array, bias: Array, state: Array) -> tuple[Array, Array]:
    filters, batch = feature.shape[0], data.shape[0]
    units = filters // attrs.rank
    if data.dtype == np.float32:
        table = _joined(state, data @ feature.T, filters)
        sums = (table * time).reshape(batch, units, -1).sum(axis=2) + bias
        low, high = _REAL_BOUNDS[attrs.activation]
        return np.asarray(np.clip(sums, low, high), np.float32), table.reshape(state.shape)
    to_state, to_output = _factors(attrs)
    multiply, source, kept = (
        CONTRACTS[attrs.rounding].multiply,
        quantization(attrs, "input"),
        quantization(attrs, "state"),
    )
    sums = wrap32((data.astype(np.int64) - source.zero_point) @ feature.T.astype(np.int64))
    features = np.clip(multiply(sums, np.float64(to_state)), *limits(state.dtype.name)) + kept.zero_point
    table = _joined(state, features.astype(state.dtype), filters)
    weighed = (table.astype(np.int64) - kept.zero_point) * time
    total = wrap32(weighed.reshape(batch, units, -1).sum(axis=2) + bias)
    scaled = multiply(total, np.float64(to_output)) + quantization(attrs, "output").zero_point
    return clipped(scaled, -128, 127, "int8"), table.reshape(state.shape)


def _lower(ctx: Lowering, attrs: Attrs, data: Any, feature: Any, time: Any, bias: Any, state: Any) -> Any:
    from tvm import te, tirx

    stages = _Stages(ctx, attrs)
    features = ctx.emit_te(stages.features, data, feature)

    def join(old: Any, new: Any) -> Any:
        batch, width = stages.state.static_shape
        memory = stages.memory

        def element(b: Any, i: Any) -> Any:
            kept = old(b, tirx.min(i + 1, tirx.const(width - 1, "int32")))
            return tirx.Select(i % memory < memory - 1, kept, new(b, i // memory))

        return te.compute((batch, width), element, name="joined")

    joined = ctx.emit_te(join, state, features)
    return ctx.emit_te(stages.output, joined, time, bias), joined


class _Stages:
    """The sums of a step, with what follows each."""

    def __init__(self, ctx: Lowering, attrs: Attrs) -> None:
        self._data, feature, time, _, self.state = (ctx.tensor(i) for i in range(5))
        self._attrs = attrs
        self._filters, self.memory = feature.static_shape[0], time.static_shape[1]
        self._real = self._data.dtype == "float32"
        self._sum = "float32" if self._real else "int32"
        if not self._real:
            self._scalings = [known_rescaling(ctx, [f], attrs.rounding) for f in _factors(attrs)]

    def features(self, x: Any, weight: Any) -> Any:
        """New features, as the state has them."""
        from tvm import te

        batch, width = self._data.static_shape
        zero = 0 if self._real else quantization(self._attrs, "input").zero_point
        k = te.reduce_axis((0, width), "k")

        def addend(b: Any, f: Any) -> Any:
            value = x(b, k).astype(self._sum)
            return te.sum((value - zero if zero else value) * weight(f, k).astype(self._sum), axis=k)

        sums = te.compute((batch, self._filters), addend, name="feature_sum")
        if self._real:
            return sums
        dtype, zero_point = self.state.dtype, quantization(self._attrs, "state").zero_point
        low, high = limits(dtype)

        def scaled(b: Any, f: Any) -> Any:
            feature = clipped_expression(self._scalings[0].apply(sums(b, f)), low, high)
            return (feature + zero_point if zero_point else feature).astype(dtype)

        return te.compute((batch, self._filters), scaled, name="feature")

    def output(self, state: Any, weight: Any, bias: Any) -> Any:
        """The units of this step."""
        from tvm import te

        batch, units = self._data.static_shape[0], self._filters // self._attrs.rank
        zero = 0 if self._real else quantization(self._attrs, "state").zero_point
        r, j = te.reduce_axis((0, self._attrs.rank), "r"), te.reduce_axis((0, self.memory), "j")

        def addend(b: Any, u: Any) -> Any:
            row = u * self._attrs.rank + r
            value = state(b, row * self.memory + j).astype(self._sum)
            return te.sum((value - zero if zero else value) * weight(row, j).astype(self._sum), axis=[r, j])

        sums = te.compute((batch, units), addend, name="time_sum")
        return te.compute((batch, units), lambda b, u: self._finished(sums(b, u) + bias(u)), name="T_svdf")

    def _finished(self, total: Any) -> Any:
        from tvm import tirx

        if not self._real:
            zero_point = quantization(self._attrs, "output").zero_point
            return saturated(self._scalings[1].apply(total), -128, 127, zero_point, "int8")
        low, high = _REAL_BOUNDS[self._attrs.activation]
        if low is not None:
            total = tirx.max(total, tirx.const(low, "float32"))
        return total if high is None else tirx.min(total, tirx.const(high, "float32"))


_QUANTIZATION = (
    Attr("input_scale", "float", 1.0),
    Attr("input_zero_point", "int", 0),
    Attr("feature_scale", "float", 1.0),
    Attr("state_scale", "float", 1.0),
    Attr("state_zero_point", "int", 0),
    Attr("time_scale", "float", 1.0),
    Attr("output_scale", "float", 1.0),
    Attr("output_zero_point", "int", 0),
)

register(
    "tflite.svdf",
    _INPUTS,
    (Attr("rank", "int"), *_QUANTIZATION, ACTIVATION, ROUNDING),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition=f"{KERNELS}svdf_common.cc",
)
