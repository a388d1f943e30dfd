"""Sizes and real factors of an LSTM layer: what its meaning and its kernels both start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tvm_model_library.relay.operator import Attrs
from tvm_model_library.relay.ops._tflite import quantization
from tvm_model_library.relay.types import Shape

CELL = 2
"""The gate that takes the hyperbolic tangent."""
_GATE_SCALE, _ACTIVATED_SCALE = 2.0**-12, 2.0**-15
"""Of Q3.12 and Q0.15 numbers."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of the layer; unknown ones are 0."""

    steps: int
    batch: int
    inputs: int
    units: int

    def place(self, attrs: Attrs, step: Any, batch: Any) -> Any:
        """The index of a sequence element's vector in the flat data or output."""
        return step * self.batch + batch if attrs.time_major else batch * self.steps + step


def sizes_of(attrs: Attrs, data: Shape, hidden: Shape) -> Sizes:
    """The sizes by the shapes of the data, (batch, time, inputs) or time first, and of the hidden state."""
    first, second, inputs = (d or 0 for d in data)
    steps, batch = (first, second) if attrs.time_major else (second, first)
    return Sizes(steps, batch, inputs, hidden[-1] or 0)


@dataclass(frozen=True)
class Factors:
    """The real factors of the integer layer.

    ``data`` and ``recurrent`` bring the sums of each gate to Q3.12, ``forget`` and ``update`` products to the cell
    state, ``hidden`` one to the output. ``clip`` bounds the cell state where it is bounded; ``tanh`` are the multiplier
    and right shift from it to the argument of :mod:`_tflite_sigmoid`.
    """

    data: tuple[float, ...]
    recurrent: tuple[float, ...]
    forget: float
    update: float
    hidden: float
    clip: int | None
    tanh: tuple[int, int]


def factors_of(attrs: Attrs) -> Factors:
    """The factors by the scales of the data, the weights of each gate, and both states."""
    source, hidden = quantization(attrs, "input").scale, quantization(attrs, "hidden").scale
    cell = float(np.float32(attrs.cell_scale))
    scales = [[float(np.float32(s)) for s in attrs[f"{kind}weight_scales"]] for kind in ("", "recurrent_")]
    shift = 12 + int(np.round(np.log2(cell)))
    limit = int(np.clip(float(np.float32(attrs.cell_clip)) / cell, -32768.0, 32767.0))
    return Factors(
        tuple(source * s / _GATE_SCALE for s in scales[0]),
        tuple(hidden * s / _GATE_SCALE for s in scales[1]),
        _ACTIVATED_SCALE * cell / cell,
        _ACTIVATED_SCALE * _ACTIVATED_SCALE / cell,
        _ACTIVATED_SCALE * _ACTIVATED_SCALE / hidden,
        limit if attrs.cell_clip > 0 else None,
        (3 << shift, 0) if shift >= 0 else (3, -shift),
    )
