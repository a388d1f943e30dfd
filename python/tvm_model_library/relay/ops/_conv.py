"""Convolutions of any rank: geometry, type rules and NumPy meaning.

Definitions: TVM 0.18 src/relay/op/nn/convolution.cc. Inside, data are ``(N, C, *spatial)``, kernels
``(O, C/groups, *window)``, or ``(C, O/groups, *window)`` for transposed convolutions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, tensor
from tvm_model_library.relay.ops._broadcast import show
from tvm_model_library.relay.ops._dtypes import given, wide
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.ops._matmul import matmul
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.ops._windows import (
    Padding,
    pad_spatial,
    padding_pairs,
    sliding_windows,
    spatial_attribute,
    window_count,
)
from tvm_model_library.relay.types import Dim, Shape, TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

SPATIAL = {1: "W", 2: "HW", 3: "DHW"}


def conv_attributes(rank: int, transposed: bool = False) -> tuple[Attr, ...]:
    """Attributes of ``nn.conv{rank}d`` or ``nn.conv{rank}d_transpose``."""
    spatial = SPATIAL[rank]
    attributes = [
        Attr("strides", "int[]", (1,) * rank),
        Attr("padding", "int[]", (0,) * rank),
        Attr("dilation", "int[]", (1,) * rank),
        Attr("groups", "int", 1),
        Attr("channels", "int?", None),
        Attr("kernel_size", "int[]?", None),
        Attr("data_layout", "str", "NC" + spatial),
        Attr("kernel_layout", "str", ("IO" if transposed else "OI") + spatial),
        Attr("out_layout", "str", ""),
        Attr("out_dtype", "dtype?", None),
        Attr("auto_scheduler_rewritten_layout", "str", ""),
        Attr("meta_schedule_original_shape", "any", ()),
    ]
    if transposed:
        attributes.insert(4, Attr("output_padding", "int[]", (0,) * rank))
    return tuple(attributes)


@dataclass(frozen=True)
class Geometry:
    """The attributes of one convolution, checked."""

    rank: int
    transposed: bool
    data: Layout
    kernel: Layout
    out: Layout
    strides: tuple[int, ...]
    padding: Padding
    dilation: tuple[int, ...]
    output_padding: tuple[int, ...]
    groups: int
    channels: int | None
    kernel_size: tuple[int, ...] | None

    @property
    def order(self) -> str:
        """Canonical axes of data and result."""
        return "NC" + SPATIAL[self.rank]

    @property
    def kernel_order(self) -> str:
        """Canonical axes of the kernel as it is stored: ``G`` in front where the layout separates groups."""
        group = "G" if "G" in self.kernel.letters else ""
        return group + ("IO" if self.transposed else "OI") + SPATIAL[self.rank]

    def kernel_dims(self, shape: Shape) -> Shape:
        """Canonical dimensions of a stored kernel, groups joined with the first axis."""
        dims = self.kernel.dims(shape, self.kernel_order)
        if self.kernel_order[0] != "G":
            return dims
        if dims[0] not in (None, self.groups):
            raise TypeRuleError(f"kernel layout {self.kernel.name} needs {self.groups} groups, found {dims[0]}", 1)
        return (None if dims[1] is None else dims[1] * self.groups, *dims[2:])

    def is_depthwise(self, in_channels: Dim, kernel: Shape) -> bool:
        """Whether the kernel is stored as ``(C, channels/C, ...)``, the depthwise form."""
        return (
            not self.transposed
            and self.groups > 1
            and self.channels is not None
            and in_channels == self.groups == kernel[0]
            and "G" not in self.kernel_order
        )


def geometry(attrs: Attrs, rank: int, transposed: bool = False) -> Geometry:
    """The checked attributes of a convolution. Raises ``TypeRuleError``."""
    if attrs.get("auto_scheduler_rewritten_layout") or attrs.get("meta_schedule_original_shape"):
        raise TypeRuleError("a weight rewritten by TVM's tuners has no portable meaning; export before tuning")
    letters = "NC" + SPATIAL[rank]
    kernel_letters = "OI" + SPATIAL[rank]
    groups = attrs.groups
    if groups < 1:
        raise TypeRuleError(f"groups must be at least 1, found {groups}")
    if groups > 1 and "G" in attrs.kernel_layout:
        kernel_letters = "G" + kernel_letters
    return Geometry(
        rank,
        transposed,
        parse_layout(attrs.data_layout, letters),
        parse_layout(attrs.kernel_layout, kernel_letters),
        parse_layout(attrs.out_layout or attrs.data_layout, letters),
        spatial_attribute(attrs, "strides", rank),
        padding_pairs(attrs.padding, rank),
        spatial_attribute(attrs, "dilation", rank),
        spatial_attribute(attrs, "output_padding", rank, 0) if transposed else (0,) * rank,
        groups,
        attrs.channels,
        tuple(attrs.kernel_size) if attrs.kernel_size else None,
    )


def result_dtype(attrs: Attrs, data: TensorType) -> str:
    """``out_dtype`` where it is set, else the dtype of the data."""
    return str(attrs.out_dtype) if given(attrs.out_dtype) else data.dtype


def infer_convolution(attrs: Attrs, data: Type, weight: Type, rank: int, transposed: bool = False) -> TensorType:
    """Type rule of all convolutions. Raises ``TypeRuleError``."""
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    geo = geometry(attrs, rank, transposed)
    dims = geo.data.dims(x.shape, geo.order)
    kernel = geo.kernel_dims(w.shape)
    channels = _out_channels(geo, dims[1], kernel)
    window = kernel[2:]
    if geo.kernel_size is not None:
        if len(geo.kernel_size) != rank or not all(map(agree, window, geo.kernel_size)):
            raise TypeRuleError(f"kernel_size is {list(geo.kernel_size)}, but the kernel has {show(window)}", 1)
        window = geo.kernel_size
    sizes = (_out_size(geo, i, dims[2 + i], window[i]) for i in range(rank))
    return TensorType(geo.out.shape((dims[0], channels, *sizes), geo.order), result_dtype(attrs, x))


def _out_size(geo: Geometry, i: int, size: Dim, kernel: Dim) -> Dim:
    if not geo.transposed:
        return window_count(size, geo.padding[i], kernel, geo.dilation[i], geo.strides[i])
    if size is None or kernel is None:
        return None
    out = geo.strides[i] * (size - 1) + (kernel - 1) * geo.dilation[i] + 1 - sum(geo.padding[i]) + geo.output_padding[i]
    if out < 0:
        raise TypeRuleError(f"padding {geo.padding[i]} leaves nothing of the result")
    return out


def _out_channels(geo: Geometry, in_channels: Dim, kernel: Shape) -> Dim:
    """Check the channels of data, kernel and attributes against each other."""
    groups = geo.groups
    if in_channels is not None and in_channels % groups:
        raise TypeRuleError(f"{in_channels} input channels can't be split into {groups} groups", 0)
    first, second = kernel[0], kernel[1]
    if geo.transposed:
        expected_in, found_in = in_channels, first
        channels = None if second is None else second * groups
    elif geo.is_depthwise(in_channels, kernel):
        expected_in, found_in = in_channels, first
        channels = None if first is None or second is None else first * second
    else:
        expected_in = None if in_channels is None else in_channels // groups
        found_in, channels = second, first
    if None not in (expected_in, found_in) and expected_in != found_in:
        raise TypeRuleError(
            f"data of {in_channels} channels in {groups} groups needs a kernel with {expected_in} input channels, "
            f"found {found_in} in kernel layout {geo.kernel.name}",
            1,
        )
    if channels is not None and channels % groups:
        raise TypeRuleError(f"{channels} output channels can't be split into {groups} groups", 1)
    if geo.channels is not None and channels not in (None, geo.channels):
        raise TypeRuleError(f"channels is {geo.channels}, but the kernel makes {channels}", 1)
    return geo.channels if channels is None else channels


def constrain_weight(
    attrs: Attrs, data: Type | None, weight: Type | None, rank: int, transposed: bool = False
) -> list[Type | None]:
    """The weight's type, when ``channels`` and ``kernel_size`` give it."""
    if weight is not None or not isinstance(data, TensorType):
        return [None, None]
    geo = geometry(attrs, rank, transposed)
    if geo.channels is None or geo.kernel_size is None or "G" in geo.kernel_order:
        return [None, None]
    in_channels = geo.data.dims(data.shape, geo.order)[1]
    if transposed:
        dims: Shape = (in_channels, geo.channels // geo.groups, *geo.kernel_size)
    else:
        dims = (geo.channels, None if in_channels is None else in_channels // geo.groups, *geo.kernel_size)
    return [None, TensorType(geo.kernel.shape(dims, geo.kernel_order), data.dtype)]


def _unpack_kernel(geo: Geometry, weight: Array) -> Array:
    kernel = geo.kernel.unpack(weight, geo.kernel_order)
    if geo.kernel_order[0] == "G":
        kernel = kernel.reshape(-1, *kernel.shape[2:])
    return kernel


def evaluate_convolution(attrs: Attrs, data: Array, weight: Array, rank: int) -> Array:
    """Correlate each group of channels with its kernels, over windows of the zero-padded data."""
    geo = geometry(attrs, rank)
    dtype = str(attrs.out_dtype) if given(attrs.out_dtype) else data.dtype.name
    x = geo.data.unpack(data, geo.order)
    kernel = _unpack_kernel(geo, weight)
    if geo.is_depthwise(x.shape[1], kernel.shape):
        kernel = kernel.reshape(-1, 1, *kernel.shape[2:])
    out = convolve(x, kernel, geo.strides, geo.padding, geo.dilation, geo.groups, dtype)
    return geo.out.pack(out.astype(numpy_dtype(dtype)), geo.order)


def convolve(
    x: Array,
    kernel: Array,
    strides: tuple[int, ...],
    padding: Padding,
    dilation: tuple[int, ...],
    groups: int,
    dtype: str,
) -> Array:
    """Convolution of ``(N, C, *spatial)`` with ``(O, C/groups, *window)``, summed as ``dtype``."""
    batch, channels, *sizes = x.shape
    window = kernel.shape[2:]
    counts = [
        window_count(s, p, k, d, t) or 0
        for s, p, k, d, t in zip(sizes, padding, window, dilation, strides, strict=True)
    ]
    rank = len(window)
    windows = sliding_windows(pad_spatial(x, padding), window, strides, dilation, counts)
    per_group = channels // groups
    out_per_group = kernel.shape[0] // groups
    grouped = windows.reshape(batch, groups, per_group, *counts, *window) if groups > 1 else windows[:, None]
    places = tuple(range(3, 3 + rank))
    columns = grouped.transpose(1, 0, *places, 2, *range(3 + rank, 3 + 2 * rank))
    columns = columns.reshape(groups, batch * int(np.prod(counts)), per_group * int(np.prod(window)))
    rows = kernel.reshape(groups, out_per_group, -1).transpose(0, 2, 1)
    out = matmul(columns, rows, dtype).reshape(groups, batch, *counts, out_per_group)
    ordered: Array = out.transpose(1, 0, 2 + rank, *range(2, 2 + rank)).reshape(batch, kernel.shape[0], *counts)
    return ordered


def evaluate_transposed(attrs: Attrs, data: Array, weight: Array, rank: int) -> Array:
    """Each input element spreads its kernel, scaled by it, over the result."""
    geo = geometry(attrs, rank, transposed=True)
    dtype = str(attrs.out_dtype) if given(attrs.out_dtype) else data.dtype.name
    x = geo.data.unpack(data, geo.order)
    kernel = _unpack_kernel(geo, weight)
    batch, channels, *sizes = x.shape
    window = kernel.shape[2:]
    groups, per_group, out_per_group = geo.groups, channels // geo.groups, kernel.shape[1]
    columns = x.reshape(batch, groups, per_group, -1).transpose(1, 0, 3, 2).reshape(groups, -1, per_group)
    spread = matmul(columns, kernel.reshape(groups, per_group, -1), dtype)
    spread = spread.reshape(groups, batch, *sizes, out_per_group, *window)
    full = [(s - 1) * t + (k - 1) * d + 1 for s, t, k, d in zip(sizes, geo.strides, window, geo.dilation, strict=True)]
    result = np.zeros((groups, batch, *full, out_per_group), wide(dtype))
    for tap in product(*map(range, window)):
        steps = zip(tap, geo.dilation, sizes, geo.strides, strict=True)
        taps = (slice(k * d, k * d + (s - 1) * t + 1, t) for k, d, s, t in steps)
        where = (slice(None), slice(None), *taps)
        source: tuple[Any, ...] = (Ellipsis, *tap)
        result[where] += spread[source]
    result = result.transpose(1, 0, 2 + rank, *range(2, 2 + rank)).reshape(batch, groups * out_per_group, *full)
    margins = tuple((-b, o - a) for (b, a), o in zip(geo.padding, geo.output_padding, strict=True))
    return geo.out.pack(pad_spatial(result, margins).astype(numpy_dtype(dtype)), geo.order)
