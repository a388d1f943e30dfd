"""Sums of products of quantized tensors, as kernels: what quantized convolutions and matrix products share.

``sum((x - zx) * (w - zw))`` is, for constant weights and zero points, ``sum(x * (w - zw)) - zx * sum(w - zw)``: the
last term is a constant of the output channel. The inner loop then multiplies the stored integers, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.ops._qnn import ChannelValues
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


@dataclass(frozen=True)
class ZeroPoint:
    """A zero point in a kernel: known at compile time, or an argument (scalar or one for each channel)."""

    known: ChannelValues | None
    value: Any = None

    @property
    def arguments(self) -> list[Any]:
        """What the kernel must be given for it."""
        return [self.value] if self.known is None else []

    def tables(self, ctx: Lowering) -> list[Any]:
        """Kernel arguments: the unknown zero point itself, or the constant table of a channelwise one."""
        return self.arguments if self.known is None else [ctx.constant(t) for t in self.known.tables]

    @property
    def uniform(self) -> int | None:
        """The one known value, if that is what it is."""
        return None if self.known is None else self.known.uniform

    def subtract_from(self, x: Any, dtype: str, loads: Sequence[Any], channel: Any) -> Any:
        """The expression ``x`` of ``dtype`` minus the channel's zero point, which ``loads`` read."""
        if self.known is None:
            return x - read_channel(loads[0], channel).astype(dtype)
        if self.known.uniform is None:
            return x - loads[0](channel).astype(dtype)
        return x - self.known.uniform if self.known.uniform else x


def read_channel(parameter: Any, channel: Any) -> Any:
    """The element of a scalar or channelwise tensor."""
    if len(parameter.shape) == 0:
        return parameter()
    return parameter(0 if int(parameter.shape[0]) == 1 else channel)


def zero_point(ctx: Lowering, value: Any) -> ZeroPoint:
    """The zero point behind an argument."""
    found = ctx.value_of(value)
    return ZeroPoint(None, value) if found is None else ZeroPoint(ChannelValues(found))


def shifted_weight_sums(weight: Array, zero_points: Array) -> Array:
    """``sum(w - zw)`` in int64 for each row of a weight ``(channels, summed)``; one zero point, or one for each row."""
    return np.asarray(weight.astype(np.int64).sum(axis=1) - zero_points.astype(np.int64) * weight.shape[1])
