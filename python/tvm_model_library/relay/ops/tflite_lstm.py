"""``tflite.unidirectional_sequence_lstm``: an LSTM layer over a sequence, with both states as arguments and results.

Per step, of the gates input, forget, cell and output: ``act(x W + b + h R)``; then ``c = f * c + i * g`` and ``h = o
* tanh(c)``. In integers all gates are Q0.15, from Q3.12, and the cell state is int16 on a scale that is a power of
two. Definition: TFLM tensorflow/lite/micro/kernels/lstm_eval.h, lstm_eval.cc, lstm_eval_common.cc.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._contracts import CONTRACTS
from tvm_model_library.relay.ops._contracts_te import Rescaling, clipped_expression, saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._qnn import check_dtype, known
from tvm_model_library.relay.ops._requantize import static_type
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
    sigmoid16_expression,
    tanh16,
    tanh16_expression,
)
from tvm_model_library.relay.ops._tflite_tables import sigmoid_points
from tvm_model_library.relay.ops.tflite_rescale import known_rescaling
from tvm_model_library.relay.types import Shape, TensorType, TupleType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_GATES = ("input", "forget", "cell", "output")
_CELL = 2
"""The gate that takes the hyperbolic tangent."""
_INPUTS = (
    "data",
    *(f"{gate}_weight" for gate in _GATES),
    *(f"{gate}_recurrent_weight" for gate in _GATES),
    *(f"{gate}_bias" for gate in _GATES),
    "hidden_state",
    "cell_state",
)
_BIASES = {"int8": "int32", "int16": "int64", "float32": "float32"}
_GATE_SCALE, _ACTIVATED_SCALE = 2.0**-12, 2.0**-15


@dataclass(frozen=True)
class _Sizes:
    """Sizes of the layer; unknown ones are 0."""

    steps: int
    batch: int
    inputs: int
    units: int

    def place(self, attrs: Attrs, step: Any, batch: Any) -> Any:
        """The index of a sequence element's vector in the flat data or output."""
        return step * self.batch + batch if attrs.time_major else batch * self.steps + step


def _sizes(attrs: Attrs, data: Shape, hidden: Shape) -> _Sizes:
    first, second, inputs = (d or 0 for d in data)
    steps, batch = (first, second) if attrs.time_major else (second, first)
    return _Sizes(steps, batch, inputs, hidden[-1] or 0)


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


@dataclass(frozen=True)
class _Factors:
    """The real factors of the integer layer."""

    data: tuple[float, ...]
    recurrent: tuple[float, ...]
    forget: float
    update: float
    hidden: float
    clip: int | None
    tanh: tuple[int, int]


def _factors(attrs: Attrs) -> _Factors:
    source, hidden = quantization(attrs, "input").scale, quantization(attrs, "hidden").scale
    cell = float(np.float32(attrs.cell_scale))
    scales = [[float(np.float32(s)) for s in attrs[f"{kind}weight_scales"]] for kind in ("", "recurrent_")]
    shift = 12 + int(np.round(np.log2(cell)))
    limit = int(np.clip(float(np.float32(attrs.cell_clip)) / cell, -32768.0, 32767.0))
    return _Factors(
        tuple(source * s / _GATE_SCALE for s in scales[0]),
        tuple(hidden * s / _GATE_SCALE for s in scales[1]),
        _ACTIVATED_SCALE * cell / cell,
        _ACTIVATED_SCALE * _ACTIVATED_SCALE / cell,
        _ACTIVATED_SCALE * _ACTIVATED_SCALE / hidden,
        limit if attrs.cell_clip > 0 else None,
        (3 << shift, 0) if shift >= 0 else (3, -shift),
    )


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

    cell = sigmoid(gate(1)) * cell + sigmoid(gate(0)) * np.tanh(gate(_CELL))
    if attrs.cell_clip > 0:
        cell = np.clip(cell, -attrs.cell_clip, attrs.cell_clip)
    return (sigmoid(gate(3)) * np.tanh(cell)).astype(np.float32), cell.astype(np.float32)


def _integer_step(attrs: Attrs, x: Array, weights: Any, recurrent: Any, biases: Any, hidden: Array, cell: Array) -> Any:
    factors, source, target = _factors(attrs), quantization(attrs, "input"), quantization(attrs, "hidden")
    narrow = CONTRACTS[attrs.rounding].multiply
    wide = CONTRACTS["wide16"].multiply if x.dtype == np.int16 else narrow

    def saturated16(values: Array) -> Array:
        return np.clip(values, -32768, 32767)

    def gate(index: int) -> Array:
        inner = (x.astype(np.int64) - source.zero_point) @ weights[index].T.astype(np.int64) + biases[index]
        outer = (hidden.astype(np.int64) - target.zero_point) @ recurrent[index].T.astype(np.int64)
        pair = wide(inner, np.float64(factors.data[index])), wide(outer, np.float64(factors.recurrent[index]))
        total = saturated16(saturated16(pair[0]) + saturated16(pair[1]))
        return tanh16(total * 3) if index == _CELL else sigmoid16(total * 3)

    kept = saturated16(narrow(gate(1) * cell, np.float64(factors.forget)))
    new = saturated16(narrow(gate(0) * gate(_CELL), np.float64(factors.update)))
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
    x = static_type(ctx, 0)
    kernel = (_RealKernel if x.dtype == "float32" else _IntegerKernel)(ctx, attrs)
    tables = kernel.tables(*stacked)
    operands = [data, *arguments[-2:], *(ctx.constant(t) for t in tables)]
    types = [static_type(ctx, i) for i in (0, 13, 14)] + [TensorType(t.shape, t.dtype.name) for t in tables]
    assert isinstance(ctx.result_type, TupleType)
    outputs = [t for t in ctx.result_type.fields if isinstance(t, TensorType)]
    locals_ = [(4, kernel.gate_dtype), (1, kernel.gate_dtype), (1, kernel.sum_dtype), (1, kernel.sum_dtype)]
    scratch = [(kernel.sizes.units, x.dtype), *locals_]
    return emit_sequential(ctx, operands, types, outputs, kernel.body, scratch)


class _Kernel:
    """The loops of the layer; what differs between real numbers and integers is left to the subclasses."""

    sum_dtype: str
    gate_dtype: str

    def __init__(self, ctx: Lowering, attrs: Attrs) -> None:
        self.attrs = attrs
        self.data, self.hidden, self.cell = (static_type(ctx, i) for i in (0, 13, 14))
        self.sizes = _sizes(attrs, self.data.shape, self.hidden.shape)

    def tables(self, weights: Array, recurrent: Array, biases: Array) -> list[Array]:
        """The constants of the kernel: weights and recurrent weights of all gates in one array each, biases, and
        more.
        """
        raise NotImplementedError

    def argument(self, number: int, inner: Any, outer: Any) -> Any:
        """What a gate is the sigmoid or hyperbolic tangent of, from its two sums."""
        raise NotImplementedError

    def activated(self, tanh: bool, argument: Any, tables: Any) -> Any:
        """The sigmoid, or with ``tanh`` the hyperbolic tangent."""
        raise NotImplementedError

    def new_cell(self, gates: Any, cell: Any) -> Any:
        """The cell state of a unit."""
        raise NotImplementedError

    def tanh_argument(self, cell: Any) -> Any:
        """The cell state as the hyperbolic tangent takes it."""
        raise NotImplementedError

    def new_hidden(self, gate: Any, activated: Any) -> Any:
        """The hidden state of a unit."""
        raise NotImplementedError

    def start(self, index: int, place: Any, tables: Any) -> Any:
        """What the sum over the data (0) or over the hidden state (1) starts from."""
        raise NotImplementedError

    def body(self, x: Any, hidden0: Any, cell0: Any, *rest: Any) -> None:
        """Writes the TIR of the kernel; see :func:`emit_sequential`."""
        from tvm.script.ir_builder import tirx as T

        *tables, output, hidden, cell, fresh, gates, argument, inner, outer = rest
        sizes = self.sizes
        with T.serial(0, sizes.batch * sizes.units) as i:
            hidden[i] = hidden0[i]
            cell[i] = cell0[i]
        with T.serial(0, sizes.steps) as step, T.serial(0, sizes.batch) as batch:
            place = sizes.place(self.attrs, step, batch)
            with T.serial(0, sizes.units) as unit:
                here = batch * sizes.units + unit
                for number in range(4):
                    row = number * sizes.units + unit
                    self._sum(inner, 0, row, tables, x, place * sizes.inputs, sizes.inputs)
                    self._sum(outer, 1, row, tables, hidden, batch * sizes.units, sizes.units)
                    argument[0] = self.argument(number, inner[0], outer[0])
                    gates[number] = self.activated(number == _CELL, argument[0], tables)
                cell[here] = self.new_cell(gates, cell[here])
                argument[0] = self.tanh_argument(cell[here])
                fresh[unit] = self.new_hidden(gates[3], self.activated(True, argument[0], tables))
            with T.serial(0, sizes.units) as unit:
                hidden[batch * sizes.units + unit] = fresh[unit]
                output[place * sizes.units + unit] = fresh[unit]

    def _sum(self, total: Any, index: int, row: Any, tables: Any, values: Any, first: Any, count: int) -> None:
        from tvm.script.ir_builder import tirx as T

        total[0] = self.start(index, row, tables)
        with T.serial(0, count) as k:
            product = values[first + k].astype(self.sum_dtype) * tables[index][row * count + k].astype(self.sum_dtype)
            total[0] = total[0] + product


class _RealKernel(_Kernel):
    sum_dtype = gate_dtype = "float32"

    def tables(self, weights: Array, recurrent: Array, biases: Array) -> list[Array]:
        return [weights, recurrent, biases]

    def start(self, index: int, place: Any, tables: Any) -> Any:
        from tvm import tirx

        return tables[2][place] if index == 0 else tirx.const(0, "float32")

    def argument(self, number: int, inner: Any, outer: Any) -> Any:
        return inner + outer

    def activated(self, tanh: bool, argument: Any, tables: Any) -> Any:
        from tvm import tirx

        return (tirx.tanh if tanh else tirx.sigmoid)(argument)

    def new_cell(self, gates: Any, cell: Any) -> Any:
        from tvm import tirx

        state = gates[1] * cell + gates[0] * gates[_CELL]
        if self.attrs.cell_clip <= 0:
            return state
        bound = tirx.const(self.attrs.cell_clip, "float32")
        return tirx.max(tirx.min(state, bound), -bound)

    def tanh_argument(self, cell: Any) -> Any:
        return cell

    def new_hidden(self, gate: Any, activated: Any) -> Any:
        return gate * activated


class _IntegerKernel(_Kernel):
    gate_dtype = "int32"

    def __init__(self, ctx: Lowering, attrs: Attrs) -> None:
        super().__init__(ctx, attrs)
        wide = self.data.dtype == "int16"
        self.sum_dtype = "int64" if wide else "int32"
        factors = _factors(attrs)
        rounding = "wide16" if wide else attrs.rounding

        def scaling(factor: float, how: str = attrs.rounding) -> Rescaling:
            return known_rescaling(ctx, [factor], how)

        self._inner, self._outer = ([scaling(f, rounding) for f in fs] for fs in (factors.data, factors.recurrent))
        self._forget, self._update, self._hidden = (
            scaling(f) for f in (factors.forget, factors.update, factors.hidden)
        )
        self._factors = factors

    def tables(self, weights: Array, recurrent: Array, biases: Array) -> list[Array]:
        """The zero points are inside the biases; the last table is that of the sigmoid."""
        source, hidden = quantization(self.attrs, "input").zero_point, quantization(self.attrs, "hidden").zero_point
        from_data = biases.astype(np.int64) - source * weights.astype(np.int64).sum(axis=2)
        from_hidden = -hidden * recurrent.astype(np.int64).sum(axis=2)
        starts = [s.astype(self.sum_dtype) for s in (from_data, from_hidden)]
        return [weights, recurrent, *starts, sigmoid_points()]

    def start(self, index: int, place: Any, tables: Any) -> Any:
        return tables[2 + index][place]

    def argument(self, number: int, inner: Any, outer: Any) -> Any:
        parts = (self._inner[number].apply(inner), self._outer[number].apply(outer))
        return _clip16(_clip16(parts[0]) + _clip16(parts[1])) * 3

    def activated(self, tanh: bool, argument: Any, tables: Any) -> Any:
        expression = tanh16_expression if tanh else sigmoid16_expression
        return expression(lambda i: tables[4][i], argument)

    def new_cell(self, gates: Any, cell: Any) -> Any:
        kept = _clip16(self._forget.apply(gates[1] * cell.astype("int32")))
        new = _clip16(self._update.apply(gates[0] * gates[_CELL]))
        bound = self._factors.clip
        state = _clip16(kept + new) if bound is None else clipped_expression(_clip16(kept + new), -bound, bound)
        return state.astype("int16")

    def tanh_argument(self, cell: Any) -> Any:
        multiplier, shift = self._factors.tanh
        product = cell.astype("int32") * multiplier
        return (product + (1 << (shift - 1))) >> shift if shift else product

    def new_hidden(self, gate: Any, activated: Any) -> Any:
        scaled = self._hidden.apply(activated * gate)
        dtype, zero_point = self.data.dtype, quantization(self.attrs, "hidden").zero_point
        return saturated(scaled, *limits(dtype), zero_point, dtype)


def _clip16(x: Any) -> Any:
    return clipped_expression(x, *limits("int16"))


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
