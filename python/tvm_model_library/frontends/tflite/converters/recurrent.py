"""Layers with state: SVDF, UNIDIRECTIONAL_SEQUENCE_LSTM.

Facts: TFLM tensorflow/lite/micro/kernels/svdf_common.cc, unidirectional_sequence_lstm.cc, lstm_shared.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tvm_model_library.frontends.tflite.call import Call, is_quantized
from tvm_model_library.frontends.tflite.converters._shared import exact_activation
from tvm_model_library.frontends.tflite.registry import converter
from tvm_model_library.relay import ast
from tvm_model_library.tensors import numpy_dtype

_REAL = ("float32",)


@converter("SVDF", real=_REAL, exact=("int8",))
def svdf(call: Call) -> ast.Expr:
    """Data, weights of features, weights in time, perhaps a bias, the state."""
    rank = call.options["rank"]
    scales: dict[str, Any] = {}
    if is_quantized(call.tensor(1)) and call.real:
        call.refuse("quantized weights of real data are not supported here")
    if not call.real:
        scales = {
            **call.scale(0).attributes("input"),
            "feature_scale": call.scale(1).scale,
            "time_scale": call.scale(2).scale,
            **call.scale(4).attributes("state"),
            **call.output_scale().attributes("output"),
        }
    elif exact_activation(call) != "none":
        scales = {"activation": exact_activation(call)}
    units = call.shape(1)[0] // max(rank, 1)
    dtype = "float32" if call.real else "int32"
    bias = call.input(3) if call.has(3) else call.array(np.zeros(units, numpy_dtype(dtype)))
    operands = (call.input(0), call.input(1), call.input(2), bias, call.input(4))
    both = call.tflite("svdf", *operands, rank=rank, **scales)
    call.graph.variables.assign_tensor(call, 4, call.at.field(both, 1))
    return call.at.field(both, 0)


_HIDDEN, _CELL = 18, 19
_ABSENT = {
    9: "peephole connections",
    10: "peephole connections",
    11: "peephole connections",
    16: "a projection",
    17: "a projection",
    20: "layer normalization",
    21: "layer normalization",
    22: "layer normalization",
    23: "layer normalization",
}


@converter("UNIDIRECTIONAL_SEQUENCE_LSTM", real=_REAL, exact=("int8", "int16"))
def unidirectional_sequence_lstm(call: Call) -> ast.Expr:
    """Data (batch, time, inputs), weights and biases of four gates, and the two states."""
    for index, what in _ABSENT.items():
        if call.has(index):
            call.refuse(f"an LSTM with {what} (input {index}) is not supported")
    if not call.has(1) or not call.has(5):
        call.refuse("an LSTM whose input gate is coupled to its forget gate is not supported")
    if call.options["fused_activation_function"] != "TANH":
        call.refuse(
            f"an LSTM with the activation {call.options['fused_activation_function']} is not supported: only TANH"
        )
    if call.options["proj_clip"]:
        call.refuse("an LSTM with a clipped projection is not supported")
    if call.real and is_quantized(call.tensor(1)):
        call.refuse("quantized weights of real data are not supported here")
    weights = [call.input(i) for i in (*range(1, 5), *range(5, 9), *range(12, 16))]
    result = call.tflite(
        "unidirectional_sequence_lstm",
        call.input(0),
        *weights,
        call.input(_HIDDEN),
        call.input(_CELL),
        time_major=bool(call.options["time_major"]),
        cell_clip=call.options["cell_clip"],
        **({} if call.real else _lstm_scales(call)),
    )
    call.graph.variables.assign_tensor(call, _HIDDEN, call.at.field(result, 1))
    call.graph.variables.assign_tensor(call, _CELL, call.at.field(result, 2))
    return call.at.field(result, 0)


def _lstm_scales(call: Call) -> dict[str, Any]:
    """Scale and zero point of everything; TFLite Micro takes the hidden state's for the output as well."""
    if call.scale(_HIDDEN) != call.output_scale():
        call.refuse("the hidden state has another scale or zero point than the output")
    return {
        **call.scale(0).attributes("input"),
        **call.scale(_HIDDEN).attributes("hidden"),
        "cell_scale": call.scale(_CELL).scale,
        "weight_scales": [call.scale(i).scale for i in range(1, 5)],
        "recurrent_weight_scales": [call.scale(i).scale for i in range(5, 9)],
    }
