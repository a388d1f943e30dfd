"""``tflite.unidirectional_sequence_lstm``: an LSTM layer over a sequence, with both states as arguments and results.

Per step, of the gates input, forget, cell and output: ``act(x W + b + h R)``; then ``c = f * c + i * g`` and ``h = o
* tanh(c)``. In integers all gates are Q0.15, from Q3.12, and the cell state is int16 on a scale that is a power of
two. Definition: TFLM tensorflow/lite/micro/kernels/lstm_eval.h, lstm_eval.cc, lstm_eval_common.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._contracts import CONTRACTS
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._lstm import CELL, factors_of
from tvm_model_library.relay.ops._lstm_te import IntegerKernel, RealKernel
from tvm_model_library.relay.ops._qnn import check_dtype, known
from tvm_model_library.relay.ops._tflite import (
    KERNELS,
    ROUNDING,
    check_scale,
    checked,
    clipped,
    quantization,
)
from tvm_model_library.relay.ops._tflite_sigmoid import (
    sigmoid16,
    tanh16,
)
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_GATES = ("input", "forget", "cell", "output")
_INPUTS = (
    "data",
    *(f"{gate}_weight" for gate in _GATES),
    *(f"{gate}_recurrent_weight" for gate in _GATES),
    *(f"{gate}_bias" for gate in _GATES),
    "hidden_state",
    "cell_state",
)
_BIASES = {"int8": "int32", "int16": "int64", "float32": "float32"}


def _infer(attrs: Attrs, *types: Type) -> TupleType:
    x, *rest = (tensor(t, i, name) for i, (t, name) in enumerate(zip(types, _INPUTS, strict=True)))
    check_dtype(x, tuple(_BIASES), 0, "data")
    if x.rank != 3:
        raise TypeRuleError(f"the data must have three dimensions, batch, time and inputs, found {x}", 0)
    real = x.dtype == "float32"
    units, batch = rest[0].shape[0] if rest[0].rank else None, x.shape[1 if attrs.time_major else 0]
    weight = "float32" if real else "int8"
    cell = "float32" if real else "int16"
    wanted = [TensorType((units, x.shape[2]), weight)] * 4 + [TensorType((units, units), weight)] * 4
    wanted += [TensorType((units,), _BIASES[x.dtype])] * 4
    wanted += [TensorType((batch, units), x.dtype), TensorType((batch, units), cell)]
    for index, (found, expected) in enumerate(zip(rest, wanted, strict=True), start=1):
        same_rank = found.rank == expected.rank and found.dtype == expected.dtype
        dims = zip(found.shape, expected.shape, strict=False)
        if not same_rank or any(None not in (a, b) and a != b for a, b in dims):
            raise TypeRuleError(f"{_INPUTS[index]} must be {expected}, found {found}", index)
    if not real:
        _check_quantization(attrs, x.dtype)
    output = TensorType((*x.shape[:2], units), x.dtype)
    return TupleType((output, rest[-2], rest[-1]))


def _check_quantization(attrs: Attrs, dtype: str) -> None:
    for name in ("input", "hidden"):
        checked(attrs, name, dtype)
    for name in ("weight_scales", "recurrent_weight_scales"):
        if len(attrs[name]) != 4:
            raise TypeRuleError(f"{name} must be those of the gates {', '.join(_GATES)}; found {list(attrs[name])}")
        for scale in attrs[name]:
            check_scale(scale, name)
    check_scale(attrs.cell_scale, "cell_scale")
    power = np.log2(np.float64(np.float32(attrs.cell_scale)))
    if abs(power - np.round(power)) >= 1e-3 or not -27 <= np.round(power) <= 3:
        raise TypeRuleError(f"cell_scale must be a power of two from 2^-27 to 8, found {attrs.cell_scale}")


def _evaluate(attrs: Attrs, data: Array, *arguments: Array) -> tuple[Array, Array, Array]:
    weights, recurrent, biases, (hidden, cell) = (arguments[i : i + 4] for i in (0, 4, 8, 12))
    sequence = data if attrs.time_major else data.swapaxes(0, 1)
    step = _real_step if data.dtype == np.float32 else _integer_step
    outputs = []
    for values in sequence:
        hidden, cell = step(attrs, values, weights, recurrent, biases, hidden, cell)
        outputs.append(hidden)
    stacked = np.stack(outputs, 0 if attrs.time_major else 1)
    return stacked.astype(data.dtype), hidden.astype(data.dtype), cell.astype(arguments[-1].dtype)


def _real_step(attrs: Attrs, x: Array, weights: Any, recurrent: Any, biases: Any, hidden: Array, cell: Array) -> Any:
    def gate(index: int) -> Array:
        return np.asarray(x @ weights[index].T + biases[index] + hidden @ recurrent[index].T)

    def sigmoid(values: Array) -> Array:
        return np.asarray(1 / (1 + np.exp(-values.astype(np.float64))))

    cell = sigmoid(gate(1)) * cell + sigmoid(gate(0)) * np.tanh(gate(CELL))
    if attrs.cell_clip > 0:
        cell = np.clip(cell, -attrs.cell_clip, attrs.cell_clip)
    return (sigmoid(gate(3)) * np.tanh(cell)).astype(np.float32), cell.astype(np.float32)


def _integer_step(attrs: Attrs, x: Array, weights: Any, recurrent: Any, biases: Any, hidden: Array, cell: Array) -> Any:
    factors, source, target = factors_of(attrs), quantization(attrs, "input"), quantization(attrs, "hidden")
    narrow = CONTRACTS[attrs.rounding].multiply
    wide = CONTRACTS["wide16"].multiply if x.dtype == np.int16 else narrow

    def saturated16(values: Array) -> Array:
        return np.clip(values, -32768, 32767)

    def gate(index: int) -> Array:
        inner = (x.astype(np.int64) - source.zero_point) @ weights[index].T.astype(np.int64) + biases[index]
        outer = (hidden.astype(np.int64) - target.zero_point) @ recurrent[index].T.astype(np.int64)
        pair = wide(inner, np.float64(factors.data[index])), wide(outer, np.float64(factors.recurrent[index]))
        total = saturated16(saturated16(pair[0]) + saturated16(pair[1]))
        return tanh16(total * 3) if index == CELL else sigmoid16(total * 3)

    kept = saturated16(narrow(gate(1) * cell, np.float64(factors.forget)))
    new = saturated16(narrow(gate(0) * gate(CELL), np.float64(factors.update)))
    state = saturated16(kept + new)
    if factors.clip is not None:
        state = np.clip(state, -factors.clip, factors.clip)
    multiplier, shift = factors.tanh
    activated = tanh16((state * multiplier + ((1 << shift) >> 1)) >> shift)
    scaled = narrow(activated * gate(3), np.float64(factors.hidden)) + target.zero_point
    return clipped(scaled, *limits(x.dtype.name), x.dtype.name), state


def _lower(ctx: Lowering, attrs: Attrs, data: Any, *arguments: Any) -> Any:
    kinds = ("weights", "recurrent weights", "biases")
    stacked = [
        np.stack([known(ctx, a, f"the {kind}") for a in arguments[4 * i : 4 * i + 4]]) for i, kind in enumerate(kinds)
    ]
    x = ctx.tensor(0)
    kernel = (RealKernel if x.dtype == "float32" else IntegerKernel)(ctx, attrs)
    tables = kernel.tables(*stacked)
    operands = [data, *arguments[-2:], *(ctx.constant(t) for t in tables)]
    types = [ctx.tensor(i) for i in (0, 13, 14)] + [TensorType(t.shape, t.dtype.name) for t in tables]
    assert isinstance(ctx.result_type, TupleType)
    outputs = [t for t in ctx.result_type.fields if isinstance(t, TensorType)]
    locals_ = [(4, kernel.gate_dtype), (1, kernel.gate_dtype), (1, kernel.sum_dtype), (1, kernel.sum_dtype)]
    scratch = [(kernel.sizes.units, x.dtype), *locals_]
    return emit_sequential(ctx, operands, types, outputs, kernel.body, scratch)


register(
    "tflite.unidirectional_sequence_lstm",
    _INPUTS,
    (
        Attr("time_major", "bool", False),
        Attr("cell_clip", "float", 0.0),
        Attr("input_scale", "float", 1.0),
        Attr("input_zero_point", "int", 0),
        Attr("hidden_scale", "float", 1.0),
        Attr("hidden_zero_point", "int", 0),
        Attr("cell_scale", "float", 1.0),
        Attr("weight_scales", "float[]", ()),
        Attr("recurrent_weight_scales", "float[]", ()),
        ROUNDING,
    ),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition=f"{KERNELS}lstm_eval.h",
)
