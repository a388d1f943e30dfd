"""One-operator ``.tflite`` models with random shapes, scales, zero points and extreme inputs, by seed.

Run as a program, with the package ``tflite-micro`` installed, it writes what TensorFlow Lite for Microcontrollers makes
of them, for :mod:`test_operators`: ``python tests/support/tflite_operators.py tests/tflite/operators.json``.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "python")]

from tflite_models import Graph, Op, Tensor, model  # noqa: E402
from tvm_model_library.frontends.tflite.reader import read_bytes  # noqa: E402

SEEDS = 4
_RANGES = {"INT8": (-128, 127), "INT16": (-32768, 32767), "UINT8": (0, 255), "INT32": (-99, 99), "INT64": (-99, 99)}
_NUMPY = {"FLOAT32": np.float32, "BOOL": np.bool_}


@dataclass
class Random:
    """A source of tensors, of one type of data."""

    rng: np.random.Generator
    dtype: str

    def shape(self, rank: int, most: int = 4) -> tuple[int, ...]:
        return tuple(int(d) for d in self.rng.integers(1, most + 1, rank))

    def scale(self, low: float = 0.005, high: float = 0.2) -> float:
        return float(np.float32(np.exp(self.rng.uniform(np.log(low), np.log(high)))))

    def zero_point(self) -> int:
        return int(self.rng.integers(-128, 128)) if self.dtype == "INT8" else 0

    @property
    def quantized(self) -> bool:
        return self.dtype in ("INT8", "INT16")

    def tensor(self, *shape: int, like: Tensor | None = None, dtype: str = "", data: Any = None) -> Tensor:
        """A tensor of the type of data, quantized if that is; ``like`` has its scale and zero point."""
        dtype = dtype or self.dtype
        if dtype not in ("INT8", "INT16"):
            return Tensor(shape, dtype, data=data)
        scale, zero = (like.scale, like.zero_point) if like else (self.scale(), self.zero_point())
        return Tensor(shape, dtype, scale=scale, zero_point=zero, data=data)

    def fixed(self, shape: Sequence[int], int8: tuple[float, int], int16: tuple[float, int]) -> Tensor:
        """An output whose scale the operator defines."""
        if not self.quantized:
            return Tensor(shape, self.dtype)
        scale, zero = int8 if self.dtype == "INT8" else int16
        return Tensor(shape, self.dtype, scale=scale, zero_point=zero)

    def values(self, tensor: Tensor) -> np.ndarray[Any, Any]:
        """Random values, with extreme ones among them."""
        shape = tuple(tensor.shape)
        if tensor.dtype == "BOOL":
            return self.rng.integers(0, 2, shape).astype(np.bool_)
        if tensor.dtype == "FLOAT32":
            return (self.rng.standard_normal(shape) * 3).astype(np.float32)
        low, high = _RANGES[tensor.dtype]
        found = self.rng.integers(low, high, shape, endpoint=True)
        ends = self.rng.random(shape)
        found = np.where(ends < 0.05, low, np.where(ends > 0.95, high, found))
        return np.asarray(found, tensor.dtype.lower())

    def weights(self, *shape: int, channel: int | None = None) -> Tensor:
        """Constant weights; quantized ones along a dimension, or as a whole."""
        if not self.quantized:
            return Tensor(shape, "FLOAT32", data=(self.rng.standard_normal(shape)).astype(np.float32))
        data = self.rng.integers(-127, 128, shape).astype(np.int8)
        scale: Any = self.scale()
        if channel is not None:
            scale = [self.scale() for _ in range(shape[channel])]
        return Tensor(shape, "INT8", data=data, scale=scale, axis=channel or 0)

    def bias(self, count: int) -> Tensor | None:
        """A bias for sums, or none."""
        if self.rng.random() < 0.2:
            return None
        if not self.quantized:
            return Tensor((count,), "FLOAT32", data=self.rng.standard_normal(count).astype(np.float32))
        dtype = "INT32" if self.dtype == "INT8" else "INT64"
        data = self.rng.integers(-(2**14), 2**14, count).astype(dtype.lower())
        return Tensor((count,), dtype, data=data, scale=0.001)

    def choice(self, *values: Any) -> Any:
        return values[int(self.rng.integers(len(values)))]

    def activation(self) -> str:
        return str(self.choice("NONE", "RELU", "RELU6", "RELU_N1_TO_1"))


def ints(*values: int) -> Tensor:
    """A constant of int32."""
    return Tensor((len(values),), "INT32", data=np.array(values, np.int32))


def _windows(r: Random) -> dict[str, Any]:
    h, w = r.shape(2, 2)
    return {"padding": r.choice("SAME", "VALID"), "stride_h": h, "stride_w": w}


def _count(size: int, window: int, stride: int, padding: str) -> int:
    return -(-size // stride) if padding == "SAME" else -(-(size - window + 1) // stride)


def conv_2d(r: Random) -> Op:
    kernel, out, depth = r.shape(2, 3), *r.shape(2)
    options = {**_windows(r), "fused_activation_function": r.activation()}
    size = tuple(k + int(r.rng.integers(0, 5)) for k in kernel)
    counts = [
        _count(s, k, options[f"stride_{d}"], options["padding"]) for s, k, d in zip(size, kernel, "hw", strict=True)
    ]
    weights = r.weights(out, *kernel, depth, channel=r.choice(None, 0) if r.dtype == "INT8" else 0)
    inputs = [r.tensor(2, *size, depth), weights, r.bias(out)]
    return Op("CONV_2D", inputs, [r.tensor(2, *counts, out)], options)


def depthwise_conv_2d(r: Random) -> Op:
    kernel, (depth, multiplier) = r.shape(2, 3), r.shape(2, 3)
    options = {**_windows(r), "fused_activation_function": r.activation(), "depth_multiplier": multiplier}
    options["stride_w"] = options["stride_h"]
    size = tuple(k + int(r.rng.integers(0, 5)) for k in kernel)
    counts = [_count(s, k, options["stride_h"], options["padding"]) for s, k in zip(size, kernel, strict=True)]
    weights = r.weights(1, *kernel, depth * multiplier, channel=3)
    inputs = [r.tensor(1, *size, depth), weights, r.bias(depth * multiplier)]
    return Op("DEPTHWISE_CONV_2D", inputs, [r.tensor(1, *counts, depth * multiplier)], options)


def transpose_conv(r: Random) -> Op:
    kernel, out, depth = r.shape(2, 3), *r.shape(2, 3)
    options = {**_windows(r), "fused_activation_function": "NONE"}
    counts, size = r.shape(2), []
    for count, k, d in zip(counts, kernel, "hw", strict=True):
        stride = options[f"stride_{d}"]
        size.append(count * stride if options["padding"] == "SAME" else (count - 1) * stride + k)
    inputs = [ints(1, *size, out), r.weights(out, *kernel, depth, channel=0), r.tensor(1, *counts, depth), r.bias(out)]
    return Op("TRANSPOSE_CONV", inputs[: 3 + (inputs[3] is not None)], [r.tensor(1, *size, out)], options)


def fully_connected(r: Random) -> Op:
    rows, depth, out = r.shape(3, 6)
    weights = r.weights(out, depth, channel=r.choice(None, 0) if r.dtype == "INT8" else None)
    options = {"fused_activation_function": r.activation()}
    x, bias = r.tensor(rows, depth), r.bias(out)
    if bias is not None and r.quantized:  # TFLite Micro looks at its scale
        scale = np.float32(x.scale) * np.atleast_1d(np.asarray(weights.scale, np.float32))
        bias = Tensor(bias.shape, bias.dtype, data=bias.data, scale=list(map(float, scale)))
    return Op("FULLY_CONNECTED", [x, weights, bias], [r.tensor(rows, out)], options)


def batch_matmul(r: Random) -> Op:
    batch, rows, depth, columns = r.shape(4)
    flags = {"adj_x": bool(r.rng.integers(2)), "adj_y": bool(r.rng.integers(2))}
    a = (depth, rows) if flags["adj_x"] else (rows, depth)
    b = (columns, depth) if flags["adj_y"] else (depth, columns)
    return Op("BATCH_MATMUL", [r.tensor(batch, *a), r.tensor(batch, *b)], [r.tensor(batch, rows, columns)], flags)


def _pool(name: str) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        window, depth = r.shape(2, 3), r.shape(1)[0]
        options = {**_windows(r), "filter_height": window[0], "filter_width": window[1]}
        options["fused_activation_function"] = r.activation()
        size = tuple(k + int(r.rng.integers(0, 4)) for k in window)
        counts = [
            _count(s, k, options[f"stride_{d}"], options["padding"]) for s, k, d in zip(size, window, "hw", strict=True)
        ]
        x = r.tensor(1, *size, depth)
        return Op(name, [x], [r.tensor(1, *counts, depth, like=x)], options)

    return make


def _binary(name: str, *, same: bool = False, activated: bool = True, bool_out: bool = False) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        shape = r.shape(3)
        other = tuple(1 if r.rng.random() < 0.3 else d for d in shape)
        x = r.tensor(*shape)
        y = r.tensor(*other, like=x if same else None)
        out = Tensor(shape, "BOOL") if bool_out else r.tensor(*shape, like=x if same else None)
        activation = r.activation() if activated and r.dtype != "INT32" else "NONE"
        options = {"fused_activation_function": activation} if activated else {}
        return Op(name, [x, y], [out], options)

    return make


def _unary(name: str, options: Mapping[str, Any] | None = None, *, same: bool = False) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        x = r.tensor(*r.shape(3))
        return Op(name, [x], [r.tensor(*x.shape, like=x if same else None)], options or {})

    return make


def leaky_relu(r: Random) -> Op:
    x = r.tensor(*r.shape(3))
    return Op("LEAKY_RELU", [x], [r.tensor(*x.shape)], {"alpha": float(r.rng.uniform(-0.5, 0.9))})


def prelu(r: Random) -> Op:
    shape = r.shape(4)
    slope = r.tensor(1, 1, shape[3])
    slope = Tensor(slope.shape, slope.dtype, data=r.values(slope), scale=slope.scale, zero_point=slope.zero_point)
    return Op("PRELU", [r.tensor(*shape), slope], [r.tensor(*shape)])


def _defined(
    name: str, int8: tuple[float, int], int16: tuple[float, int] = (2.0**-15, 0), **options: Any
) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        x = r.tensor(*r.shape(2, 8))
        return Op(name, [x], [r.fixed(x.shape, int8, int16)], options)

    return make


def _reduction(name: str, *, same: bool = False) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        shape = r.shape(4)
        axes = sorted(int(a) for a in r.rng.choice(4, int(r.rng.integers(1, 4)), replace=False))
        keep = bool(r.rng.integers(2))
        x = r.tensor(*shape)
        out = [1 if a in axes else d for a, d in enumerate(shape) if keep or a not in axes]
        return Op(name, [x, ints(*axes)], [r.tensor(*out, like=x if same else None)], {"keep_dims": keep})

    return make


def _arg(name: str) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        shape = r.shape(3, 5)
        axis = int(r.rng.integers(3))
        out = Tensor([d for a, d in enumerate(shape) if a != axis], "INT32")
        return Op(name, [r.tensor(*shape), ints(axis)], [out], {"output_type": "INT32"})

    return make


def _moved(
    name: str, make_shape: Callable[[Random], tuple[Sequence[int], list[Tensor], Sequence[int], dict[str, Any]]]
) -> Callable[[Random], Op]:
    """An operator that moves elements: data's shape, further inputs, the result's shape, options."""

    def make(r: Random) -> Op:
        shape, more, out, options = make_shape(r)
        x = r.tensor(*shape)
        return Op(name, [x, *more], [r.tensor(*out, like=x)], options)

    return make


def _transpose(r: Random) -> Any:
    shape, order = r.shape(4), [int(a) for a in r.rng.permutation(4)]
    return shape, [ints(*order)], [shape[a] for a in order], {}


def _reshape(r: Random) -> Any:
    a, b, c = r.shape(3)
    return (a, b, c), [ints(a * b, c)], (a * b, c), {"new_shape": (a * b, c)}


def _strided_slice(r: Random) -> Any:
    shape = r.shape(3, 6)
    begin = [int(r.rng.integers(0, d)) for d in shape]
    strides = [int(r.rng.integers(1, 3)) for _ in shape]
    end = [int(r.rng.integers(b + 1, d + 1)) for b, d in zip(begin, shape, strict=True)]
    masks = int(r.rng.integers(8)), int(r.rng.integers(8))
    begin = [b - d if r.rng.random() < 0.3 else b for b, d in zip(begin, shape, strict=True)]
    out = []
    for i, (b, e, s, d) in enumerate(zip(begin, end, strides, shape, strict=True)):
        picked = range(d)[slice(None if masks[0] >> i & 1 else b, None if masks[1] >> i & 1 else e, s)]
        out.append(len(picked))
    return shape, [ints(*begin), ints(*end), ints(*strides)], out, {"begin_mask": masks[0], "end_mask": masks[1]}


def _slice(r: Random) -> Any:
    shape = r.shape(3, 5)
    begin = [int(r.rng.integers(0, d)) for d in shape]
    size = [int(r.rng.integers(1, d - b + 1)) for b, d in zip(begin, shape, strict=True)]
    given = [-1 if b + s == d else s for b, s, d in zip(begin, size, shape, strict=True)]
    return shape, [ints(*begin), ints(*given)], size, {}


def _pad(r: Random) -> Any:
    shape = r.shape(4, 3)
    width = r.rng.integers(0, 3, (4, 2)).astype(np.int32)
    return (
        shape,
        [Tensor((4, 2), "INT32", data=width)],
        [int(d + w.sum()) for d, w in zip(shape, width, strict=True)],
        {},
    )


def _mirror_pad(r: Random) -> Any:
    shape = tuple(d + 1 for d in r.shape(2))
    width = r.rng.integers(0, 2, (2, 2)).astype(np.int32)
    out = [int(d + w.sum()) for d, w in zip(shape, width, strict=True)]
    return shape, [Tensor((2, 2), "INT32", data=width)], out, {"mode": r.choice("REFLECT", "SYMMETRIC")}


def _gather(r: Random) -> Any:
    shape, axis = r.shape(3), int(r.rng.integers(3))
    places = r.rng.integers(0, shape[axis], 3)
    return shape, [ints(*map(int, places))], (*shape[:axis], 3, *shape[axis + 1 :]), {"axis": axis}


def _gather_nd(r: Random) -> Any:
    shape = r.shape(3)
    places = np.stack([r.rng.integers(0, shape[a], 4) for a in range(2)], axis=1).astype(np.int32)
    return shape, [Tensor((4, 2), "INT32", data=places)], (4, shape[2]), {}


def _space_to_depth(r: Random) -> Any:
    a, b, c = r.shape(3, 3)
    return (1, 2 * a, 2 * b, c), [], (1, a, b, 4 * c), {"block_size": 2}


def _depth_to_space(r: Random) -> Any:
    a, b, c = r.shape(3, 3)
    return (1, a, b, 4 * c), [], (1, 2 * a, 2 * b, c), {"block_size": 2}


def space_to_batch(r: Random) -> Op:
    """Zero is the integer 0: TFLite Micro pads with what its memory holds, which is 0 at first."""
    a, b, c = r.shape(3, 3)
    pads = Tensor((2, 2), "INT32", data=np.array([[0, 0], [2, 0]], np.int32))
    x = Tensor((1, 2 * a, 2 * b, c), r.dtype, scale=r.scale() if r.quantized else ())
    return Op("SPACE_TO_BATCH_ND", [x, ints(2, 2), pads], [Tensor((4, a, b + 1, c), x.dtype, scale=x.scale)])


def _batch_to_space(r: Random) -> Any:
    a, b, c = r.shape(3, 3)
    crops = Tensor((2, 2), "INT32", data=np.array([[0, 0], [1, 0]], np.int32))
    return (4, a, b, c), [ints(2, 2), crops], (1, 2 * a, 2 * b - 1, c), {}


def _resize(name: str, *, same: bool) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        h, w, c = (d + 1 for d in r.shape(3, 3))
        size = r.shape(2, 7)
        mode = int(r.rng.integers(3))
        x = r.tensor(1, h, w, c)
        options = {"align_corners": mode == 1, "half_pixel_centers": mode == 2}
        return Op(name, [x, ints(*size)], [r.tensor(1, *size, c, like=x)], options)

    return make


def concatenation(r: Random) -> Op:
    shape, axis = list(r.shape(3)), int(r.rng.integers(3))
    first = r.tensor(*shape)
    sizes = r.shape(2)
    rest = [r.tensor(*(s if a == axis else d for a, d in enumerate(shape)), like=first) for s in sizes]
    out = [d + sum(sizes) if a == axis else d for a, d in enumerate(shape)]
    options = {"axis": axis - 3 if r.rng.random() < 0.5 else axis}
    return Op("CONCATENATION", [first, *rest], [r.tensor(*out, like=first)], options)


def pack(r: Random) -> Op:
    shape, axis = r.shape(2), int(r.rng.integers(3))
    x = r.tensor(*shape)
    out = (*shape[:axis], 2, *shape[axis:])
    options = {"values_count": 2, "axis": axis}
    return Op("PACK", [x, r.tensor(*shape, like=x)], [r.tensor(*out, like=x)], options)


def unpack(r: Random) -> Op:
    shape, axis = r.shape(3), int(r.rng.integers(3))
    x, rest = r.tensor(*shape), (*shape[:axis], *shape[axis + 1 :])
    outputs = [r.tensor(*rest, like=x) for _ in range(shape[axis])]
    return Op("UNPACK", [x], outputs, {"num": shape[axis], "axis": axis})


def split(r: Random) -> Op:
    shape, axis = list(r.shape(3)), int(r.rng.integers(3))
    whole = [2 * d if a == axis else d for a, d in enumerate(shape)]
    x = r.tensor(*whole)
    return Op("SPLIT", [ints(axis), x], [r.tensor(*shape, like=x) for _ in range(2)], {"num_splits": 2})


def select_v2(r: Random) -> Op:
    shape = r.shape(3)
    x = r.tensor(*shape)
    return Op("SELECT_V2", [Tensor(shape, "BOOL"), x, r.tensor(*shape, like=x)], [r.tensor(*shape, like=x)])


def _requantize(target: str) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        x = r.tensor(*r.shape(3))
        zero = int(r.rng.integers(-128, 128)) if target == "INT8" else 0
        return Op("QUANTIZE", [x], [Tensor(x.shape, target, scale=r.scale(), zero_point=zero)])

    return make


def dequantize(r: Random) -> Op:
    x = r.tensor(*r.shape(3))
    return Op("DEQUANTIZE", [x], [Tensor(x.shape, "FLOAT32")])


def svdf(r: Random) -> Op:
    units, rank, memory, depth = (d + 1 for d in r.shape(4, 3))
    filters = units * rank
    if not r.quantized:
        inputs = [Tensor((1, depth)), r.weights(filters, depth), r.weights(filters, memory), r.weights(units)]
        state = Tensor((1, filters * memory), "FLOAT32", variable=True)
        return Op("SVDF", [*inputs, state], [Tensor((1, units))], {"rank": rank, "fused_activation_function": "RELU"})
    time = Tensor(
        (filters, memory), "INT16", data=r.values(Tensor((filters, memory), "INT16")), scale=r.scale(1e-5, 1e-4)
    )
    state = Tensor((1, filters * memory), "INT16", scale=r.scale(0.0005, 0.002), variable=True)
    bias = Tensor((units,), "INT32", data=r.rng.integers(-999, 999, units).astype(np.int32), scale=1e-6)
    inputs = [r.tensor(1, depth), r.weights(filters, depth), time, bias]
    options = {"rank": rank, "fused_activation_function": "RELU"}
    return Op("SVDF", [*inputs, state], [r.tensor(1, units)], options)


def _reverse(r: Random) -> Any:
    return (shape := r.shape(3)), [ints(int(r.rng.integers(3)))], shape, {}


def _expand_dims(r: Random) -> Any:
    shape, axis = r.shape(3), int(r.rng.integers(4))
    return shape, [ints(axis)], (*shape[:axis], 1, *shape[axis:]), {}


def _squeeze(r: Random) -> Any:
    a, b = r.shape(2)
    return (1, a + 1, 1, b + 1), [], (a + 1, 1, b + 1), {"squeeze_dims": [0]}


def _broadcast_to(r: Random) -> Any:
    a, b, c = r.shape(3)
    return (1, b, 1), [ints(a, b, c)], (a, b, c), {}


def _cumsum(r: Random) -> Any:
    shape = r.shape(3)
    flags = {"exclusive": bool(r.rng.integers(2)), "reverse": bool(r.rng.integers(2))}
    return shape, [ints(int(r.rng.integers(3)))], shape, flags


def _dynamic_update_slice(r: Random) -> Op:
    shape = [d + 2 for d in r.shape(2)]
    x = r.tensor(*shape)
    inputs = [x, r.tensor(2, 2, like=x), Tensor((2,), "INT32")]
    return Op("DYNAMIC_UPDATE_SLICE", inputs, [r.tensor(*shape, like=x)])


def split_v(r: Random) -> Op:
    a, b, c = r.shape(3)
    x = r.tensor(a + b, c)
    sizes = ints(a, -1) if r.rng.random() < 0.5 else ints(a, b)
    return Op("SPLIT_V", [x, sizes, ints(0)], [r.tensor(n, c, like=x) for n in (a, b)], {"num_splits": 2})


def padv2(r: Random) -> Op:
    a, b = r.shape(2)
    x = r.tensor(a, b)
    value = Tensor((1,), x.dtype, data=r.values(Tensor((1,), x.dtype)), scale=x.scale, zero_point=x.zero_point)
    width = Tensor((2, 2), "INT32", data=np.array([[1, 0], [0, 2]], np.int32))
    return Op("PADV2", [x, width, value], [r.tensor(a + 1, b + 2, like=x)])


def add_n(r: Random) -> Op:
    x = r.tensor(*r.shape(3))
    return Op("ADD_N", [x, r.tensor(*x.shape, like=x), r.tensor(*x.shape, like=x)], [r.tensor(*x.shape)])


def div(r: Random) -> Op:
    """No divisor is zero and no quotient nothing: TFLite Micro shifts beyond 31 bits then, which is undefined."""
    shape = r.shape(3)
    x = r.tensor(*shape)
    out = Tensor(shape, "INT8", scale=r.scale(0.005, 0.02), zero_point=r.zero_point())
    data = r.rng.integers(1, 100, shape).astype(np.int8)
    return Op("DIV", [x, Tensor(shape, "INT8", data=data, scale=r.scale())], [out], {})


def rsqrt(r: Random) -> Op:
    x = Tensor(r.shape(3), "INT8", scale=r.scale(), zero_point=-128)
    return Op("RSQRT", [x], [Tensor(x.shape, "INT8", scale=r.scale(), zero_point=-128)])


def embedding_lookup(r: Random) -> Op:
    rows, columns = r.shape(2)
    table = r.weights(rows, columns)
    ids = r.rng.integers(0, rows, 3)
    return Op("EMBEDDING_LOOKUP", [ints(*map(int, ids)), table], [r.tensor(3, columns, like=table)])


def _cast(target: str) -> Callable[[Random], Op]:
    def make(r: Random) -> Op:
        x = r.tensor(*r.shape(3))
        return Op("CAST", [x], [Tensor(x.shape, target)])

    return make


_COMPARISONS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
_ALL = ("FLOAT32", "INT8", "INT16")
_DATA = ("FLOAT32", "INT8", "INT32")

MAKERS: dict[str, tuple[Callable[[Random], Op], Sequence[str]]] = {
    "CONV_2D": (conv_2d, _ALL),
    "DEPTHWISE_CONV_2D": (depthwise_conv_2d, _ALL),
    "TRANSPOSE_CONV": (transpose_conv, _ALL),
    "FULLY_CONNECTED": (fully_connected, _ALL),
    "BATCH_MATMUL": (batch_matmul, _ALL),
    "AVERAGE_POOL_2D": (_pool("AVERAGE_POOL_2D"), _ALL),
    "MAX_POOL_2D": (_pool("MAX_POOL_2D"), _ALL),
    "L2_POOL_2D": (_pool("L2_POOL_2D"), ("FLOAT32",)),
    **{name: (_binary(name), (*_ALL, "INT32")) for name in ("ADD", "SUB", "MUL")},
    "DIV": (_binary("DIV"), ("FLOAT32",)),
    "SQUARED_DIFFERENCE": (_binary("SQUARED_DIFFERENCE", activated=False), ("FLOAT32", "INT8")),
    **{
        name: (_binary(name, same=True, activated=False), ("FLOAT32", "INT8", "INT16", "INT32"))
        for name in ("MAXIMUM", "MINIMUM")
    },
    **{name: (_binary(name, activated=False, bool_out=True), _DATA) for name in _COMPARISONS},
    "LOGICAL_AND": (_binary("LOGICAL_AND", same=True, activated=False), ("BOOL",)),
    "LOGICAL_OR": (_binary("LOGICAL_OR", same=True, activated=False), ("BOOL",)),
    "LOGICAL_NOT": (_unary("LOGICAL_NOT"), ("BOOL",)),
    "FLOOR_DIV": (_binary("FLOOR_DIV", activated=False), ("FLOAT32",)),
    "FLOOR_MOD": (_binary("FLOOR_MOD", activated=False), ("FLOAT32",)),
    **{name: (_unary(name), ("FLOAT32",)) for name in ("SIN", "COS", "FLOOR", "CEIL", "NEG", "SQUARE", "ROUND", "EXP")},
    "RELU": (_unary("RELU"), _ALL[:2]),
    "RELU6": (_unary("RELU6", same=True), _ALL[:2]),
    "ELU": (_unary("ELU"), _ALL[:2]),
    "HARD_SWISH": (_unary("HARD_SWISH"), _ALL[:2]),
    "ABS": (_unary("ABS"), ("FLOAT32", "INT8", "INT16")),
    "LEAKY_RELU": (leaky_relu, _ALL),
    "PRELU": (prelu, _ALL[:2]),
    "LOGISTIC": (_defined("LOGISTIC", (1 / 256, -128)), _ALL),
    "TANH": (_defined("TANH", (1 / 128, 0)), _ALL),
    "SOFTMAX": (_defined("SOFTMAX", (1 / 256, -128), beta=1.0), _ALL),
    "LOG_SOFTMAX": (_defined("LOG_SOFTMAX", (16 / 256, 127)), _ALL[:2]),
    "L2_NORMALIZATION": (_defined("L2_NORMALIZATION", (1 / 128, 0)), _ALL[:2]),
    "MEAN": (_reduction("MEAN"), _ALL),
    "SUM": (_reduction("SUM"), _ALL),
    "REDUCE_MAX": (_reduction("REDUCE_MAX", same=True), _ALL[:2]),
    "REDUCE_MIN": (_reduction("REDUCE_MIN", same=True), _ALL[:2]),
    "ARG_MAX": (_arg("ARG_MAX"), _ALL[:2]),
    "ARG_MIN": (_arg("ARG_MIN"), _ALL[:2]),
    "TRANSPOSE": (_moved("TRANSPOSE", _transpose), _ALL[:2]),
    "RESHAPE": (_moved("RESHAPE", _reshape), _DATA),
    "STRIDED_SLICE": (_moved("STRIDED_SLICE", _strided_slice), (*_ALL, "INT32")),
    "SLICE": (_moved("SLICE", _slice), _DATA),
    "PAD": (_moved("PAD", _pad), (*_ALL, "INT32")),
    "MIRROR_PAD": (_moved("MIRROR_PAD", _mirror_pad), _ALL[:2]),
    "GATHER": (_moved("GATHER", _gather), _ALL[:2]),
    "GATHER_ND": (_moved("GATHER_ND", _gather_nd), _ALL[:2]),
    "SPACE_TO_DEPTH": (_moved("SPACE_TO_DEPTH", _space_to_depth), _ALL[:2]),
    "DEPTH_TO_SPACE": (_moved("DEPTH_TO_SPACE", _depth_to_space), _ALL[:2]),
    "SPACE_TO_BATCH_ND": (space_to_batch, _ALL[:2]),
    "BATCH_TO_SPACE_ND": (_moved("BATCH_TO_SPACE_ND", _batch_to_space), _ALL[:2]),
    "RESIZE_BILINEAR": (_resize("RESIZE_BILINEAR", same=True), _ALL[:2]),
    "RESIZE_NEAREST_NEIGHBOR": (_resize("RESIZE_NEAREST_NEIGHBOR", same=True), _ALL[:2]),
    "CONCATENATION": (concatenation, (*_ALL, "INT32")),
    "PACK": (pack, _DATA),
    "UNPACK": (unpack, _DATA),
    "SPLIT": (split, _ALL),
    "SELECT_V2": (select_v2, _ALL),
    "REVERSE_V2": (_moved("REVERSE_V2", _reverse), _DATA),
    "EXPAND_DIMS": (_moved("EXPAND_DIMS", _expand_dims), _ALL[:2]),
    "SQUEEZE": (_moved("SQUEEZE", _squeeze), _ALL[:2]),
    "BROADCAST_TO": (_moved("BROADCAST_TO", _broadcast_to), ("FLOAT32", "INT32")),
    "CUMSUM": (_moved("CUMSUM", _cumsum), ("FLOAT32",)),
    "DYNAMIC_UPDATE_SLICE": (_dynamic_update_slice, _ALL[:2]),
    "SPLIT_V": (split_v, _ALL),
    "PADV2": (padv2, _ALL),
    "ADD_N": (add_n, _ALL[:2]),
    "DIV of int8": (div, ("INT8",)),
    "RSQRT": (rsqrt, ("INT8",)),
    "EMBEDDING_LOOKUP": (embedding_lookup, _ALL[:2]),
    **{
        f"CAST to {t}": (_cast(t), s)
        for t, s in {"INT32": ("FLOAT32", "INT8", "INT16"), "FLOAT32": ("INT8", "INT32")}.items()
    },
    "DEQUANTIZE": (dequantize, ("INT8", "INT16")),
    "SVDF": (svdf, _ALL[:2]),
    **{f"QUANTIZE to {t}": (_requantize(t), s) for t, s in {"INT8": _ALL, "INT16": _ALL, "INT32": _ALL[1:]}.items()},
}


def cases() -> list[tuple[str, str, int]]:
    """Operator, type of data, seed."""
    return [(name, dtype, seed) for name, (_, dtypes) in MAKERS.items() for dtype in dtypes for seed in range(SEEDS)]


def case(name: str, dtype: str, seed: int) -> tuple[bytes, list[list[np.ndarray[Any, Any]]]]:
    """The model, and inputs of one run, or of several in sequence where the operator keeps state."""
    key = zlib.crc32(f"{name} {dtype} {seed}".encode())
    r = Random(np.random.default_rng(key), dtype)
    op = MAKERS[name][0](r)
    inputs, _ = Graph([op]).ends()
    steps = 3 if name == "SVDF" else 1
    return model(op), [[r.values(t) for t in inputs] for _ in range(steps)]


def _record(name: str, dtype: str, seed: int) -> list[list[list[Any]]]:
    """What TFLite Micro computes: the outputs of each run, flat."""
    from tflite_micro.python.tflite_micro import runtime

    data, steps = case(name, dtype, seed)
    count = _outputs(data)
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 20)
    outputs = []
    for arrays in steps:
        for index, array in enumerate(arrays):
            interpreter.set_input(array, index)
        interpreter.invoke()
        outputs.append([interpreter.get_output(i).reshape(-1).tolist() for i in range(count)])
    return outputs


def _outputs(data: bytes) -> int:
    return len(read_bytes(data, "case").subgraphs[0].outputs)


def main() -> None:
    """Record what TFLite Micro computes, each case in a process of its own: some end it."""
    recorded = {}
    context = multiprocessing.get_context("fork")
    for given in cases():
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            try:
                recorded[" ".join(map(str, given))] = pool.submit(_record, *given).result()
            except Exception as error:  # noqa: BLE001  (the wheel's errors have no type of their own)
                print(*given, str(error)[:200].replace("\n", " "), file=sys.stderr)
    lines = (f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in recorded.items())
    Path(sys.argv[1]).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
