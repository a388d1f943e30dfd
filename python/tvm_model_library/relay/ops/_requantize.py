"""Requantization, as ``qnn.requantize`` and the operators built on it do it.

``out = zero_point_out + (scale_in / scale_out) * (x - zero_point_in)``. Definition: TVM 0.18
src/relay/qnn/op/requantize.cc, whose 32-bit sums are taken not to overflow: zero points are subtracted and added as
if exactly, so that a number beyond the output's range saturates, except for int32, which wraps around. What is no
number becomes the greatest integer. Without explicit settings rounding is UPWARD and the arithmetic that of 64-bit
integers, TVM's defaults for every target but x86 with SSE 4.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._fixed_point import scale_integers
from tvm_model_library.relay.ops._fixed_point_te import Scaling
from tvm_model_library.relay.ops._qnn import (
    ChannelValues,
    along,
    known,
    known_scale,
    nonzero_scale,
    saturate,
    saturate_expression,
)
from tvm_model_library.relay.ops._scalars import constant
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

ROUNDINGS = ("None", "UPWARD", "TONEAREST")
COMPUTE_DTYPES = ("None", "int64", "float32", "float64")
_MAGNITUDES = {"int8": 1 << 7, "uint8": 1 << 8, "int16": 1 << 15, "uint16": 1 << 16}


@dataclass(frozen=True)
class Mode:
    """How a requantization computes."""

    rounding: str = "None"
    compute_dtype: str = "None"

    @property
    def to_nearest(self) -> bool:
        return self.rounding == "TONEAREST"

    @property
    def float_dtype(self) -> str | None:
        return self.compute_dtype if self.compute_dtype.startswith("float") else None


def requantize(
    x: Array,
    input_scale: Array,
    input_zero_point: Array,
    output_scale: Array,
    output_zero_point: Array,
    axis: int,
    out_dtype: str,
    mode: Mode = Mode(),
) -> Array:
    """The meaning: ``x`` on the output's scale, saturated to ``out_dtype``."""
    scale_in, scale_out = nonzero_scale(input_scale, "input_scale"), nonzero_scale(output_scale, "output_scale")
    factors = along(scale_in / scale_out.reshape(()), x.ndim, axis)
    zero_in = along(input_zero_point, x.ndim, axis)
    zero_out = output_zero_point.reshape(())
    if mode.float_dtype is not None:
        real = (x.astype(mode.float_dtype) - zero_in.astype(mode.float_dtype)) * factors.astype(mode.float_dtype)
        rounded = _round_real(real + zero_out.astype(mode.float_dtype), mode.to_nearest).astype(np.float64)
        low, high = limits(out_dtype)
        return np.where(np.isnan(rounded), high, np.clip(rounded, low, high)).astype(np.int64).astype(out_dtype)
    shifted = x.astype(np.int32).astype(np.int64) - zero_in
    if not np.all(factors == 1.0):
        shifted = scale_integers(shifted, factors, mode.to_nearest).astype(np.int64)
    return saturate(shifted + zero_out, out_dtype)


def _round_real(real: Array, to_nearest: bool) -> Array:
    half = np.asarray(0.5, real.dtype)
    if to_nearest:
        return np.asarray(np.trunc(np.abs(real) + half) * np.where(real < 0, -1, 1))
    return np.asarray(np.floor(real + half))


def saturate_real(x: Any, dtype: str, out_dtype: str) -> Any:
    """The whole number ``x``, an expression of a floating-point ``dtype``, held within an integer type; what is no
    number becomes the greatest integer.
    """
    from tvm import tirx

    low, high = limits(out_dtype)
    exact = 24 if dtype == "float32" else 53
    top = high if high.bit_length() <= exact else high + 1 - (1 << (high.bit_length() - exact))
    # In this order, what is no number becomes the upper bound.
    clipped = tirx.max(tirx.min(x, tirx.const(float(top), dtype)), tirx.const(float(low), dtype)).astype(out_dtype)
    if top == high:
        return clipped
    # The greatest number of the type is none of the dtype's.
    return tirx.Select(x <= tirx.const(float(top), dtype), clipped, tirx.const(high, out_dtype))


class Requantizer:
    """A requantization with parameters known at compile time, for use inside a TE compute.

    ``tables`` are constants to hand to the kernel; :meth:`apply` takes functions that read them.
    """

    def __init__(
        self,
        scale_in: Sequence[float],
        zero_in: Array,
        scale_out: float,
        zero_out: int,
        in_dtype: str,
        out_dtype: str,
        mode: Mode = Mode(),
    ) -> None:
        self._factors = [s / scale_out for s in scale_in]
        self._zero_in = ChannelValues(zero_in)
        self._zero_out = zero_out
        self._out_dtype = out_dtype
        self._mode = mode
        magnitude = _MAGNITUDES.get(in_dtype, 1 << 31) + int(np.abs(zero_in.astype(np.int64)).max())
        self.greatest = math.ceil(magnitude * max(map(abs, self._factors))) + 1 + abs(zero_out)
        """At least the absolute value of every result before it saturates or wraps around."""
        self._wide = magnitude > 1 << 31
        self._scaling = Scaling(self._factors, mode.to_nearest, magnitude.bit_length())

    @property
    def tables(self) -> list[Array]:
        if self._mode.float_dtype is None:
            return [*self._zero_in.tables, *self._scaling.tables]
        factors = [np.asarray(self._factors, self._mode.float_dtype)] if len(self._factors) > 1 else []
        return [*self._zero_in.tables, *factors]

    def apply(self, x: Any, tables: Sequence[Any], channel: Any) -> Any:
        """The integer expression ``x``, requantized; in int32 arithmetic, where that holds every difference to the zero
        point and unless the mode says float.
        """
        split = len(self._zero_in.tables)
        if self._mode.float_dtype is not None:
            return self._apply_real(x, tables[:split], tables[split:], channel)
        x = x.astype("int32").astype("int64") if self._wide else x.astype("int32")
        shifted = self._zero_in.subtract_from(x, tables[:split], channel)
        scaled = self._scaling.apply(shifted, tables[split:], channel)
        return saturate_expression(scaled, self._out_dtype, self._zero_out, exact=self.greatest < 1 << 31)

    def _apply_real(self, x: Any, zeros: Sequence[Any], factors: Sequence[Any], channel: Any) -> Any:
        from tvm import tirx

        dtype = str(self._mode.float_dtype)
        zero = zeros[0](channel).astype(dtype) if zeros else constant(self._zero_in.uniform or 0, dtype)
        factor = factors[0](channel) if factors else constant(self._factors[0], dtype)
        real = (x.astype(dtype) - zero) * factor + constant(self._zero_out, dtype)
        half = tirx.const(0.5, dtype)
        if self._mode.to_nearest:
            rounded = tirx.trunc(tirx.abs(real) + half) * tirx.Select(
                real < tirx.const(0, dtype), tirx.const(-1, dtype), tirx.const(1, dtype)
            )
        else:
            rounded = tirx.floor(real + half)
        return saturate_real(rounded, dtype, self._out_dtype)


def known_requantizer(
    ctx: Lowering, parameters: Sequence[Any], in_dtype: str, out_dtype: str, mode: Mode = Mode()
) -> Requantizer:
    """The :class:`Requantizer` of the arguments (input scale and zero point, output scale and zero point)."""
    scale_in = known_scale(ctx, parameters[0], "the input scale")
    zero_in = known(ctx, parameters[1], "the input zero point")
    scale_out = known_scale(ctx, parameters[2], "the output scale")
    zero_out = known(ctx, parameters[3], "the output zero point")
    return Requantizer(scale_in, zero_in, scale_out[0], int(zero_out.reshape(-1)[0]), in_dtype, out_dtype, mode)


def emit_requantize(ctx: Lowering, requantizer: Requantizer, data: Any, shape: Sequence[int], axis: int) -> Any:
    """Emit the requantization of ``data`` as one elementwise kernel."""
    from tvm import te

    def compute(x: Any, tables: list[Any]) -> Any:
        def element(*index: Any) -> Any:
            return requantizer.apply(x(*index), tables, index[axis] if index else 0)

        return te.compute(tuple(shape), element, name="T_requantize")

    return ctx.emit_te(compute, data, [ctx.constant(t) for t in requantizer.tables])
