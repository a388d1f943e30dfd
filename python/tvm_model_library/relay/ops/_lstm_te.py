"""Kernels of an LSTM layer, step by step: of real numbers and of integers. Written apart from the meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs
from tvm_model_library.relay.ops._contracts_te import Rescaling, clipped_expression, saturated
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._lstm import CELL, factors_of, sizes_of
from tvm_model_library.relay.ops._tflite import quantization
from tvm_model_library.relay.ops._tflite_sigmoid import sigmoid16_expression, tanh16_expression
from tvm_model_library.relay.ops._tflite_tables import sigmoid_points
from tvm_model_library.relay.ops.tflite_rescale import known_rescaling
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


class _Kernel:
    """The loops of the layer; what differs between real numbers and integers is left to the subclasses."""

    sum_dtype: str
    gate_dtype: str

    def __init__(self, ctx: Lowering, attrs: Attrs) -> None:
        self.attrs = attrs
        self.data, self.hidden, self.cell = (ctx.tensor(i) for i in (0, 13, 14))
        self.sizes = sizes_of(attrs, self.data.shape, self.hidden.shape)

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
                    gates[number] = self.activated(number == CELL, argument[0], tables)
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


class RealKernel(_Kernel):
    """The layer in float32."""

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

        state = gates[1] * cell + gates[0] * gates[CELL]
        if self.attrs.cell_clip <= 0:
            return state
        bound = tirx.const(self.attrs.cell_clip, "float32")
        return tirx.max(tirx.min(state, bound), -bound)

    def tanh_argument(self, cell: Any) -> Any:
        return cell

    def new_hidden(self, gate: Any, activated: Any) -> Any:
        return gate * activated


class IntegerKernel(_Kernel):
    """The layer in integers: sums of 32 bits, or of 64 bits for int16 data."""

    gate_dtype = "int32"

    def __init__(self, ctx: Lowering, attrs: Attrs) -> None:
        super().__init__(ctx, attrs)
        wide = self.data.dtype == "int16"
        self.sum_dtype = "int64" if wide else "int32"
        factors = factors_of(attrs)
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
        new = _clip16(self._update.apply(gates[0] * gates[CELL]))
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
