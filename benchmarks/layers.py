"""Networks of one quantized layer, of any shape: what kernels are counted and tested on.

Weights and biases are random but the same for a name; scales are such that outputs use their whole range.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.model import Model

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Layer:
    """A network of one layer. ``macs``: its multiply-accumulates; for pools and the like, the elements that it
    reads.
    """

    name: str
    text: str
    params: Mapping[str, Array]
    macs: int

    def model(self) -> Model:
        """The network with its parameters bound."""
        return from_text(self.text, self.params, f"{self.name}.relay")


@dataclass(frozen=True)
class Convolution:
    """An int8 convolution of an image of ``(height, width, channels)``, with what follows it.

    ``filters``: output channels; with ``groups`` of one channel each, ``filters / channels`` for each of them.
    ``padding``: top, left, bottom, right. ``ending``: ``requantize``, ``clip`` (a ReLU6), ``add`` (a residual) or
    ``sums``.
    """

    image: tuple[int, int, int]
    filters: int
    window: tuple[int, int] = (3, 3)
    strides: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    ending: str = "requantize"
    dtype: str = "int8"
    zero_point: int = -5
    out_zero_point: int = -128
    weights: tuple[int, int] = (-127, 127)

    @property
    def is_depthwise(self) -> bool:
        """Whether each group has one channel."""
        return self.groups == self.image[2] > 1

    @property
    def result(self) -> tuple[int, int]:
        """The height and width of the output."""
        top, left, bottom, right = self.padding
        sizes = self.image[0] + top + bottom, self.image[1] + left + right
        spans = [(k - 1) * d + 1 for k, d in zip(self.window, self.dilation, strict=True)]
        return (sizes[0] - spans[0]) // self.strides[0] + 1, (sizes[1] - spans[1]) // self.strides[1] + 1

    def layer(self, name: str) -> Layer:
        """The network."""
        rng = _rng(name)
        height, width, channels = self.image
        taps = prod(self.window) * channels // self.groups
        kernel = (*self.window, channels, self.filters // channels) if self.is_depthwise else (
            *self.window, channels // self.groups, self.filters
        )  # fmt: skip
        weights = rng.integers(self.weights[0], self.weights[1], kernel, endpoint=True).astype(np.int8)
        bias = rng.integers(-20 * taps, 20 * taps, self.filters, endpoint=True).astype(np.int32)
        scales = (rng.uniform(0.5, 1.5, self.filters) / (70 * 70 * np.sqrt(taps) / 60)).astype(np.float32)
        attributes = (
            f"strides={list(self.strides)}, padding={list(self.padding)}, dilation={list(self.dilation)}, "
            f"groups={self.groups}, channels={self.filters}, kernel_size={list(self.window)}, "
            f'data_layout="NHWC", kernel_layout="{"HWOI" if self.is_depthwise else "HWIO"}", out_dtype="int32"'
        )
        rows, columns = self.result
        lines = [
            f"%0 = qnn.conv2d(%x, %w, {self.zero_point}, 0, 1f, 1f, {attributes});",
            "%1 = nn.bias_add(%0, %b, axis=3);",
        ]
        inputs = f"%x: Tensor[(1, {height}, {width}, {channels}), {self.dtype}]"
        if self.ending == "add":
            inputs += f", %r: Tensor[(1, {rows}, {columns}, {self.filters}), int8]"
        lines += _ending(self.ending, self.out_zero_point)
        params = (
            f"%w: Tensor[{kernel}, int8], %b: Tensor[({self.filters}), int32], %s: Tensor[({self.filters}), float32]"
        )
        macs = rows * columns * self.filters * taps
        return Layer(name, _program(f"{inputs}, {params}", lines), {"w": weights, "b": bias, "s": scales}, macs)


def _ending(kind: str, zero_point: int, axis: int = 3) -> list[str]:
    if kind == "sums":
        return ["%1"]
    if kind == "add":
        zero_point = 4
    requantize = f'qnn.requantize(%1, %s, 0, 1f, {zero_point}, axis={axis}, out_dtype="int8")'
    if kind == "clip":
        return [f"%2 = {requantize};", f"clip(%2, a_min={max(zero_point, -120)}f, a_max=100f)"]
    if kind == "add":
        return [f"%2 = {requantize};", "qnn.add(%r, %2, 0.0393936f, -128, 0.104195f, 4, 0.0509457f, -128)"]
    return [requantize]


def transposed(name: str, image: tuple[int, int, int], filters: int, window: int, stride: int) -> Layer:
    """An int8 transposed convolution without padding."""
    rng = _rng(name)
    height, width, channels = image
    weights = rng.integers(-127, 127, (channels, filters, window, window), endpoint=True).astype(np.int8)
    bias = rng.integers(-1000, 1000, filters).astype(np.int32)
    scales = (rng.uniform(0.5, 1.5, filters) / (70 * 70 * np.sqrt(channels * window) / 60)).astype(np.float32)
    lines = [
        f"%0 = qnn.conv2d_transpose(%x, %w, -5, 0, 1f, 1f, channels={filters}, kernel_size=[{window}, {window}], "
        f'strides=[{stride}, {stride}], data_layout="NHWC", kernel_layout="IOHW", out_dtype="int32");',
        "%1 = nn.bias_add(%0, %b, axis=3);",
        *_ending("requantize", -3),
    ]
    params = (
        f"%x: Tensor[(1, {height}, {width}, {channels}), int8], %w: Tensor[{weights.shape}, int8], "
        f"%b: Tensor[({filters}), int32], %s: Tensor[({filters}), float32]"
    )
    macs = height * width * channels * filters * window * window
    return Layer(name, _program(params, lines), {"w": weights, "b": bias, "s": scales}, macs)


def dense(name: str, features: int, units: int, rows: int = 1, *, zero_point: int = -5, out_zero: int = -128) -> Layer:
    """An int8 dense layer with one scale."""
    rng = _rng(name)
    weights = rng.integers(-127, 127, (units, features), endpoint=True).astype(np.int8)
    bias = rng.integers(-20 * features, 20 * features, units, endpoint=True).astype(np.int32)
    scale = 60 / (70 * 70 * np.sqrt(features))
    lines = [
        f'%0 = qnn.dense(%x, %w, {zero_point}, 0, 1f, 1f, units={units}, out_dtype="int32");',
        "%1 = nn.bias_add(%0, %b);",
        f'qnn.requantize(%1, {scale:.8g}f, 0, 1f, {out_zero}, out_dtype="int8")',
    ]
    params = (
        f"%x: Tensor[({rows}, {features}), int8], %w: Tensor[({units}, {features}), int8], %b: Tensor[({units}), int32]"
    )
    return Layer(name, _program(params, lines), {"w": weights, "b": bias}, rows * features * units)


def elementwise(name: str, expression: str, *shapes: Sequence[int], dtype: str = "int8") -> Layer:
    """A layer without parameters: ``expression`` over ``%x0``, ``%x1``, ... of these shapes."""
    params = ", ".join(f"%x{i}: Tensor[{tuple(s)}, {dtype}]" for i, s in enumerate(shapes))
    return Layer(name, _program(params, [expression]), {}, sum(prod(s) for s in shapes))


def _program(params: str, lines: Sequence[str]) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f'#[version = "0.0.5"]\ndef @main({params}) {{\n{body}\n}}\n'


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))
