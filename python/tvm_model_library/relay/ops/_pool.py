"""Pooling geometry: which part of a layout is pooled, and how many elements an average counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, tensor
from tvm_model_library.relay.ops._conv import SPATIAL
from tvm_model_library.relay.ops._dtypes import is_float, limits
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.ops._windows import Padding, padding_pairs, spatial_attribute, window_count
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array


def pool_attributes(rank: int, average: bool) -> tuple[Attr, ...]:
    """Attributes of ``nn.max_pool{rank}d`` or ``nn.avg_pool{rank}d``."""
    attributes = (
        Attr("pool_size", "int[]"),
        Attr("strides", "int[]", (1,) * rank),
        Attr("dilation", "int[]", (1,) * rank),
        Attr("padding", "int[]", (0,) * (1 if rank == 1 else rank)),
        Attr("layout", "str", "NC" + SPATIAL[rank]),
        Attr("out_layout", "str", ""),
        Attr("ceil_mode", "bool", False),
    )
    return (*attributes, Attr("count_include_pad", "bool", False)) if average else attributes


def least(dtype: str) -> float:
    """The value that a maximum starts from: the least finite one of the dtype."""
    if dtype == "bfloat16":
        return -3.3895313892515355e38
    return float(np.finfo(dtype).min) if is_float(dtype) else limits(dtype)[0]


def pool_layout(attrs: Attrs, data: TensorType, rank: int) -> tuple[Layout, tuple[int, ...]]:
    """The layout and the positions of its spatial axes. Raises ``TypeRuleError``."""
    layout = parse_layout(attrs.layout)
    if attrs.out_layout not in ("", attrs.layout):
        raise TypeRuleError(f"out_layout must be the layout {attrs.layout}, found {attrs.out_layout}")
    axes = tuple(layout.index(letter) for letter in SPATIAL[rank])
    if layout.rank != data.rank:
        raise TypeRuleError(f"layout {layout.name} needs {layout.rank} dimensions, found {data}", 0)
    return layout, axes


@dataclass(frozen=True)
class Pool:
    """The checked attributes of one pooling; ``axes`` are the pooled axes of the data."""

    axes: tuple[int, ...]
    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: Padding
    ceil: bool

    def count(self, i: int, extent: Dim) -> Dim:
        """Number of windows along pooled axis ``i``."""
        return window_count(extent, self.padding[i], self.size[i], self.dilation[i], self.strides[i], self.ceil)

    def divisors(self, i: int, extent: int, include_pad: bool) -> Array:
        """How many elements of each window along axis ``i`` an average counts, as TVM 0.18 does.

        With ``include_pad``, those in data and padding, not in what ceil mode adds; else those in the data.
        A window's last element is found by whole steps from its first, so that the count can be below 1 for
        a window that lies beyond (TVM 0.18 include/tvm/topi/nn/pooling.h).
        """
        before, after = self.padding[i]
        step = self.dilation[i]
        windows = self.count(i, extent)
        assert windows is not None
        start = np.arange(windows) * self.strides[i] - before
        end = start + (self.size[i] - 1) * step
        if include_pad:
            end = np.minimum(end, extent + after - 1)
        else:
            start = start + step * np.maximum(_truncated(step - 1 - start, step), 0)
            end = np.minimum(end, extent - 1)
        return _truncated(end - start, step) + 1


def _truncated(a: Array, b: int) -> Array:
    return np.asarray(np.sign(a) * (np.abs(a) // b))


def pool(attrs: Attrs, data: TensorType, rank: int) -> Pool:
    """The checked attributes of a pooling of ``data``. Raises ``TypeRuleError``."""
    _, axes = pool_layout(attrs, data, rank)
    return Pool(
        axes,
        spatial_attribute(attrs, "pool_size", rank),
        spatial_attribute(attrs, "strides", rank),
        spatial_attribute(attrs, "dilation", rank),
        padding_pairs(attrs.padding, rank),
        bool(attrs.ceil_mode),
    )


def infer_pool(attrs: Attrs, data: Type, rank: int) -> TensorType:
    """Type rule of max and average pooling."""
    x = tensor(data, 0, "data")
    geo = pool(attrs, x, rank)
    shape = list(x.shape)
    for i, axis in enumerate(geo.axes):
        shape[axis] = geo.count(i, x.shape[axis])
    return TensorType(tuple(shape), x.dtype)
