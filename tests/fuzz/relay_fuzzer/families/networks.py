"""Programs like those of real networks: stems, residuals, depthwise chains, branches, squeeze and excite, heads; in
floats, or in integers as the TFLite importer writes them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from relay_fuzzer.builder import Builder, RejectedError, Value
from relay_fuzzer.families.windows import sizes_of


class _Network:
    """One network: its layout, and how it multiplies, adds and activates."""

    def __init__(self, b: Builder) -> None:
        self.b = b
        self.layout: str = b.choose(["NCHW", "NHWC"])
        self.axis = self.layout.index("C")
        self.dtype = b.weighted([("float32", 5), ("int8", 6), ("uint8", 2)])
        self.quantized = self.dtype != "float32"

    # -- values

    def channels(self, x: Value) -> int:
        return x.shape[self.axis]

    def stem(self) -> Value:
        b = self.b
        size = (b.integer(3, 12), b.integer(3, 12))
        count = b.choose([1, 2, 3, 3, 4, 8])
        return b.new((1, count, *size) if self.layout == "NCHW" else (1, *size, count), self.dtype)

    def _scale(self, channels: int = 0) -> Value:
        low, high = 0.01, 0.2
        values = [round(self.b.rng.uniform(low, high), 4) for _ in range(max(channels, 1))]
        return self.b.constant(np.asarray(values if channels else values[0], np.float32))

    def _zero(self) -> Value:
        b = self.b
        low, high = (0, 255) if self.dtype == "uint8" else (-128, 127)
        return b.constant(np.asarray(b.choose([0, low, high, b.integer(low, high)]), np.int32))

    # -- layers

    def conv(self, x: Value, outputs: int, kernel: int, stride: int = 1, depthwise: bool = False) -> Value:
        """A convolution of size-keeping padding, with bias and activation; requantized where integers are."""
        b = self.b
        inputs = self.channels(x)
        groups = inputs if depthwise else 1
        outputs = inputs * (2 if b.chance(0.15) else 1) if depthwise else outputs
        taps = [min(kernel, s + 2 * (kernel // 2)) for s in sizes_of(x, self.layout)]
        low, high = (kernel - 1) // 2, kernel // 2
        pads = [low, low, high, high]
        if b.chance(0.25) and kernel > 1:  # as frameworks that pad by a layer of their own
            x, pads = self._padded(x, low, high), [0, 0, 0, 0]
        attrs = {
            "strides": [stride, stride], "padding": pads, "groups": groups, "channels": outputs, "kernel_size": taps,
            "data_layout": self.layout,
        }  # fmt: skip
        shape, kernel_layout = self._weight(inputs, outputs, taps, depthwise)
        if not self.quantized:
            weight = b.leaf(shape, "float32", constant=0.8)
            y = b.call("nn.conv2d", x, weight, kernel_layout=kernel_layout, **attrs)
            return self._activated(self._biased(y))
        weight = b.leaf(shape, "int8", "full", constant=0.85)
        per_channel = outputs if b.chance(0.6) and not depthwise else 0
        zeros = self._zero(), b.constant(np.asarray(0, np.int32))
        scales = self._scale(), self._scale(per_channel)
        attrs |= {"kernel_layout": kernel_layout, "out_dtype": "int32"}
        y = b.call("qnn.conv2d", x, weight, *zeros, *scales, **attrs)
        return self._requantized(self._biased(y), per_channel)

    def _weight(self, inputs: int, outputs: int, taps: list[int], depthwise: bool) -> tuple[tuple[int, ...], str]:
        if depthwise:
            if self.layout == "NHWC":
                return (*taps, inputs, outputs // inputs), "HWOI"
            return (inputs, outputs // inputs, *taps), "OIHW"
        if self.layout == "NHWC":
            return (*taps, inputs, outputs), "HWIO"
        return (outputs, inputs, *taps), "OIHW"

    def _padded(self, x: Value, low: int, high: int) -> Value:
        pairs = [[0, 0], [low, high], [low, high]]
        pairs.insert(self.axis, [0, 0])
        value = self.b.choose([0, -128]) if self.dtype == "int8" else 0
        fill = self.b.constant(np.asarray(value, self.dtype))
        return self.b.call("nn.pad", x, fill, pad_width=pairs)

    def _biased(self, y: Value) -> Value:
        b = self.b
        if b.chance(0.25):
            return y
        size = self.channels(y) if y.rank == 4 else y.shape[-1]
        axis = self.axis if y.rank == 4 else 1
        bias = b.leaf((size,), y.dtype, constant=0.9)
        if not self.quantized and y.rank == 4 and b.chance(0.3):
            variance = b.leaf((size,), "float32", "positive", constant=0.9)
            gamma, mean = (b.leaf((size,), "float32", constant=0.9) for _ in range(2))
            return b.call("nn.batch_norm", y, gamma, bias, mean, variance, axis=axis)[0]
        return b.call("nn.bias_add", y, bias, axis=axis)

    def _activated(self, y: Value) -> Value:
        b = self.b
        way = b.weighted(
            [("relu", 5), ("none", 3), ("relu6", 2), ("leaky", 1), ("sigmoid", 1), ("swish", 1), ("tanh", 1)]
        )
        if way == "relu":
            return b.call("nn.relu", y)
        if way == "relu6":
            return b.call("clip", y, a_min=0.0, a_max=6.0)
        if way == "leaky":
            return b.call("nn.leaky_relu", y, alpha=0.1)
        if way == "swish":
            return b.call("multiply", y, b.call("sigmoid", y))
        return y if way == "none" else b.call(way, y)

    def _requantized(self, y: Value, channels: int = 0) -> Value:
        b = self.b
        axis = self.axis if y.rank == 4 else 1
        scale = b.constant(
            np.asarray(
                [b.rng.uniform(1e-4, 0.02) for _ in range(channels)] if channels else b.rng.uniform(1e-4, 0.02),
                np.float32,
            )
        )
        rounding = b.choose(["UPWARD", "TONEAREST", "None"])
        out = b.call(
            "qnn.requantize", y, scale, b.constant(np.asarray(0, np.int32)), self._scale(), self._zero(), axis=axis,
            rounding=rounding, compute_dtype=b.choose(["int64", "None", "float32"]) if b.chance(0.3) else "int64",
            out_dtype=self.dtype,
        )  # fmt: skip
        if b.chance(0.4):
            low = self.b.choose([-128, 0, -5]) if self.dtype == "int8" else 0
            out = b.call("clip", out, a_min=float(low), a_max=127.0)
        return out

    def add(self, x: Value, y: Value) -> Value:
        b = self.b
        if not self.quantized:
            return b.call("add", x, y) if b.chance(0.8) else b.call("multiply", x, y)
        scales = [p for _ in range(3) for p in (self._scale(), self._zero())]
        return b.call(b.weighted([("qnn.add", 5), ("qnn.mul", 1), ("qnn.subtract", 1)]), x, y, *scales)

    def join(self, parts: list[Value]) -> Value:
        b = self.b
        if not self.quantized or b.chance(0.4):
            return b.call("concatenate", parts, axis=self.axis)
        scales, zeros = [self._scale() for _ in parts], [self._zero() for _ in parts]
        return b.call("qnn.concatenate", parts, scales, zeros, self._scale(), self._zero(), axis=self.axis)

    def pool(self, x: Value) -> Value:
        b = self.b
        size = b.choose([2, 2, 3])
        if min(sizes_of(x, self.layout)) < size:
            raise RejectedError
        pads = [b.integer(0, 1)] * 2 + [b.integer(0, 1)] * 2 if size == 3 else [0] * 4
        attrs = {"pool_size": [size, size], "strides": [b.choose([1, 2])] * 2, "padding": pads, "layout": self.layout}
        if b.chance(0.5):
            return b.call("nn.max_pool2d", x, **attrs)
        return self._averaged(x, lambda v: b.call("nn.avg_pool2d", v, **attrs))

    def _averaged(self, x: Value, average: Callable[[Value], Value]) -> Value:
        """Integers are averaged in int32, as the importer writes it."""
        if not self.quantized:
            return average(x)
        return self.b.call("cast", average(self.b.call("cast", x, dtype="int32")), dtype=self.dtype)

    def squeeze_excite(self, x: Value) -> Value:
        b = self.b
        channels = self.channels(x)
        y = self._averaged(x, lambda v: b.call("nn.global_avg_pool2d", v, layout=self.layout))
        y = self.conv(y, max(channels // 2, 1), 1)
        y = self.conv(y, channels, 1)
        if self.quantized:
            gate = b.call("qnn.sigmoid", y, self._scale(), self._zero(), self._scale(), self._zero())
            scales = [p for _ in range(3) for p in (self._scale(), self._zero())]
            return b.call("qnn.mul", x, gate, *scales)
        return b.call("multiply", x, b.call("sigmoid", y))

    # -- blocks

    def residual(self, x: Value) -> Value:
        y = self.conv(x, self.channels(x), 3)
        if self.b.chance(0.5):
            y = self.conv(y, self.channels(x), self.b.choose([1, 3]))
        if y.shape != x.shape:
            x = self.conv(x, self.channels(y), 1)
        return self.add(y, x) if self.b.chance(0.7) else self.add(x, y)

    def separable(self, x: Value) -> Value:
        y = self.conv(x, 0, self.b.choose([3, 3, 5]), self.b.choose([1, 1, 2]), depthwise=True)
        return self.conv(y, self.b.choose([2, 4, 6, 8, 16]), 1)

    def inverted(self, x: Value) -> Value:
        b = self.b
        y = self.conv(x, self.channels(x) * b.choose([2, 3]), 1)
        y = self.conv(y, 0, 3, depthwise=True)
        y = self.conv(y, self.channels(x), 1)
        return self.add(x, y) if y.shape == x.shape else y

    def branches(self, x: Value) -> Value:
        b = self.b
        parts = [self.conv(x, b.choose([1, 2, 4]), b.choose([1, 3])) for _ in range(b.integer(2, 3))]
        if b.chance(0.3):
            parts.append(x)
        if b.chance(0.2):
            parts.append(parts[0])
        return self.join(parts)

    def upsampled(self, x: Value) -> Value:
        y = self.b.call("nn.upsampling", x, scale_h=2.0, scale_w=2.0, layout=self.layout, method="nearest_neighbor")
        return self.conv(y, self.b.choose([2, 4]), 3)

    def strided(self, x: Value) -> Value:
        return self.conv(x, self.b.choose([2, 4, 8]), 3, 2)

    def shuffled(self, x: Value) -> Value:
        """Channels in two groups, interleaved."""
        b = self.b
        channels = self.channels(x)
        if channels % 2 or self.layout != "NHWC":
            raise RejectedError
        _, height, width, _ = x.shape
        y = b.call("reshape", x, newshape=[1, height, width, 2, channels // 2])
        y = b.call("transpose", y, axes=[0, 1, 2, 4, 3])
        y = b.call("reshape", y, newshape=[1, height, width, channels])
        left, right = b.call("split", y, indices_or_sections=2, axis=3)
        return self.join([left, self.separable(right)]) if b.chance(0.5) else self.join([right, left])

    def head(self, x: Value) -> Value:
        b = self.b
        if b.chance(0.6):
            x = self._averaged(x, lambda v: b.call("nn.global_avg_pool2d", v, layout=self.layout))
        x = b.call("reshape", x, newshape=[1, -1]) if b.chance(0.7) else b.call("nn.batch_flatten", x)
        units = b.choose([2, 3, 5, 10])
        if x.shape[1] > 400:
            raise RejectedError
        if not self.quantized:
            y = self._biased(b.call("nn.dense", x, b.leaf((units, x.shape[1]), "float32", constant=0.8), units=units))
            return b.call("nn.softmax", y) if b.chance(0.6) else y
        weight = b.leaf((units, x.shape[1]), "int8", "full", constant=0.9)
        zero = b.constant(np.asarray(0, np.int32))
        y = b.call(
            "qnn.dense", x, weight, self._zero(), zero, self._scale(), self._scale(), units=units, out_dtype="int32"
        )
        y = self._requantized(self._biased(y))
        if b.chance(0.5):
            z = b.call("qnn.dequantize", y, self._scale(), self._zero())
            soft = b.call("nn.softmax", z)
            return (
                soft
                if b.chance(0.5)
                else b.call(
                    "qnn.quantize",
                    b.call("clip", z, a_min=-4.0, a_max=4.0),
                    self._scale(),
                    self._zero(),
                    out_dtype=self.dtype,
                )
            )
        return y

    def blocks(self) -> list[tuple[Callable[[Value], Value], float]]:
        return [
            (self.residual, 4), (self.separable, 4), (self.inverted, 2), (self.branches, 3), (self.squeeze_excite, 2),
            (self.pool, 2), (self.upsampled, 1), (self.strided, 2), (self.shuffled, 1),
        ]  # fmt: skip


def network(b: Builder) -> None:
    """Grow a network of one to four blocks, with a head more often than not."""
    net = _Network(b)
    x = net.stem()
    if b.chance(0.3) and net.quantized:
        real = b.parameter(x.shape, "float32")
        x = b.call("qnn.quantize", real, net._scale(), net._zero(), out_dtype=net.dtype)
    for _ in range(b.integer(1, 4)):
        if len(b.operators) > 24:
            break
        try:
            x = b.weighted(net.blocks())(x)
        except RejectedError:
            continue
    if b.chance(0.7) or not b.operators:
        try:
            net.head(x)
        except RejectedError:
            if not b.operators:
                b.call("reshape", x, newshape=[-1])
