"""Sliding windows: what convolutions and pooling share of geometry and NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError
from tvm_model_library.relay.types import Dim
from tvm_model_library.tensors import Array

Padding = tuple[tuple[int, int], ...]


def padding_pairs(padding: Sequence[int], rank: int) -> Padding:
    """``(before, after)`` for each spatial dimension.

    ``padding`` has 1 value (for all sides), one for each dimension (for both its sides), or all befores and
    then all afters (TVM 0.18 src/relay/op/op_common.h). Raises ``TypeRuleError`` for another count.
    """
    values = tuple(padding)
    if len(values) == 2 * rank:
        return tuple(zip(values[:rank], values[rank:], strict=True))
    if len(values) == 1:
        values = values * rank
    if len(values) != rank:
        counts = sorted({1, rank, 2 * rank})
        raise TypeRuleError(f"padding must have {', '.join(map(str, counts))} values, found {len(padding)}")
    return tuple((v, v) for v in values)


def spatial_attribute(attrs: Attrs, name: str, rank: int, least: int = 1) -> tuple[int, ...]:
    """Attribute ``name`` with one value for each spatial dimension, each at least ``least``; else ``TypeRuleError``."""
    values: tuple[int, ...] = tuple(attrs[name])
    if len(values) != rank or any(v < least for v in values):
        raise TypeRuleError(f"{name} must be {rank} integers of at least {least}, found {list(values)}")
    return values


def window_count(size: Dim, pad: tuple[int, int], kernel: Dim, dilation: int, stride: int, ceil: bool = False) -> Dim:
    """How many windows fit along a dimension; ``None`` when unknown. ``TypeRuleError`` when none does."""
    if size is None or kernel is None:
        return None
    room = size + sum(pad) - ((kernel - 1) * dilation + 1)
    count = (room + (stride - 1 if ceil else 0)) // stride + 1
    if count < 0:
        raise TypeRuleError(
            f"a window of {kernel} with dilation {dilation} does not fit into a dimension of {size} padded by {pad}"
        )
    return count


def pad_spatial(data: Array, padding: Padding, value: object = 0) -> Array:
    """Pad the last dimensions of ``data``; a negative width crops."""
    first = data.ndim - len(padding)
    crop = tuple(slice(max(-before, 0), max(-after, 0) * -1 or None) for before, after in padding)
    data = data[(slice(None),) * first + crop]
    widths = [(0, 0)] * first + [(max(before, 0), max(after, 0)) for before, after in padding]
    if not any(map(any, widths)):
        return data
    return np.pad(data, widths, constant_values=np.asarray(value, data.dtype))


def sliding_windows(
    data: Array, kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int], counts: Sequence[int]
) -> Array:
    """View of shape ``(*leading, *counts, *kernel)`` over the last dimensions of ``data``."""
    rank = len(kernel)
    lead = data.ndim - rank
    steps = data.strides[lead:]
    for size, k, s, d, n in zip(data.shape[lead:], kernel, strides, dilation, counts, strict=True):
        if n and (n - 1) * s + (k - 1) * d + 1 > size:
            raise ValueError("windows exceed the data")
    shape = data.shape[:lead] + tuple(counts) + tuple(kernel)
    moves = tuple(t * s for t, s in zip(steps, strides, strict=True))
    taps = tuple(t * d for t, d in zip(steps, dilation, strict=True))
    return np.lib.stride_tricks.as_strided(data, shape, data.strides[:lead] + moves + taps, writeable=False)
