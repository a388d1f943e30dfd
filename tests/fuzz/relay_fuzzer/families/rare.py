"""Operators that few programs have: gradients, packed and sparse products, signals, random numbers."""

from __future__ import annotations

import numpy as np

from relay_fuzzer.builder import FLOATS, INTEGERS, Builder, Calls, RejectedError, scalar
from relay_fuzzer.families.windows import image, sizes_of, window_attributes


def like(b: Builder) -> None:
    """What takes shape or dtype from a second operand."""
    way = b.choose(["cast", "full", "sum", "sum_to"])
    value = b.tensor(FLOATS + INTEGERS, low=1)
    if way == "cast":
        other = b.pick(lambda v: v.dtype in FLOATS + INTEGERS and (v.is_float or not value.is_float))
        b.call("cast_like", value, other)
    elif way == "full":
        b.call("full_like", value, b.constant(scalar(b.integer(0, 5), value.dtype)))
    else:
        shape = tuple(1 if b.chance(0.5) else d for d in value.shape)[b.integer(0, value.rank - 1) :]
        if way == "sum":
            b.call("collapse_sum_like", value, b.like(value, shape))
        else:
            b.call("collapse_sum_to", value, b.constant(np.asarray(shape, np.int32)), shape=shape)


def filled(b: Builder) -> None:
    """Constants that the program computes."""
    dtype = b.dtype(("float32", "int32", "int8", "int64"))
    if b.chance(0.5):
        b.call(b.choose(["zeros", "ones"]), shape=b.shape(1, 3, 60), dtype=dtype)
        return
    start, count, step = b.integer(-3, 3), b.integer(1, 9), b.choose([1, 2, -1])
    ends = (b.constant(scalar(v, dtype)) for v in (start, start + count * step, step))
    b.call("arange", *ends, start=start, stop=start + count * step, step=step, dtype=dtype)


def gradient(b: Builder) -> None:
    data = image(b, 2, "NCHW", (("float32", 1),))
    kernel, attrs = window_attributes(b, sizes_of(data, "NCHW"))
    attrs["dilation"] = [1, 1]
    attrs["padding"] = [min(p, k - 1) for p, k in zip(attrs["padding"], kernel * 2, strict=True)]
    if any(k > s for k, s in zip(kernel, sizes_of(data, "NCHW"), strict=True)):
        raise RejectedError
    name = b.choose(["max", "avg"])
    extra = {"count_include_pad": b.chance(0.5)} if name == "avg" else {}
    pooled = b.call(f"nn.{name}_pool2d", data, pool_size=kernel, **attrs, **extra)
    b.call(f"nn.{name}_pool2d_grad", b.like(pooled), data, pool_size=kernel, **attrs, **extra)


def correlation(b: Builder) -> None:
    data = image(b, 2, "NCHW", (("float32", 1),))
    reach = b.integer(0, 2)
    b.call(
        "nn.correlation", data, b.like(data), kernel_size=b.choose([1, 3]), max_displacement=reach,
        stride1=b.integer(1, 2), stride2=b.integer(1, 2), padding=[b.integer(0, 2) + reach], is_multiply=b.chance(0.6),
    )  # fmt: skip


def buffer(b: Builder) -> None:
    value = b.tensor(FLOATS + INTEGERS, low=1, high=3)
    axis = b.integer(0, value.rank - 1)
    shape = (*value.shape[:axis], value.shape[axis] + b.integer(0, 4), *value.shape[axis + 1 :])
    b.call("nn.fifo_buffer", value, b.like(value, shape), axis=axis)


def packed(b: Builder) -> None:
    """Dense weights in blocks; bits of integers."""
    if b.chance(0.5):
        rows, inner, blocks, block = b.integer(1, 4), b.integer(1, 9), b.integer(1, 3), b.choose([2, 4, 8])
        data = b.pick(lambda v: v.dtype == "float32" and v.rank == 2, lambda: b.new((rows, inner), "float32"))
        weight = b.leaf((blocks, data.shape[1], block), "float32")
        b.call("nn.contrib_dense_pack", data, weight, units=blocks * block, weight_layout=f"NC{block}n")
        return
    data = b.leaf((b.integer(1, 3), 8 * b.integer(1, 2)), "uint8", "index", 4)
    bits = b.integer(1, 2)
    b.call("nn.bitpack", data, bits=bits, pack_axis=1, bit_axis=b.choose([1, 2]), pack_type="uint8")


def sparse(b: Builder) -> None:
    """A dense matrix times a sparse one in rows."""
    rows, inner = b.integer(1, 6), b.integer(1, 6)
    generator = np.random.default_rng(b.rng.getrandbits(32))
    counts = generator.integers(0, inner + 1, rows)
    columns = [np.sort(generator.permutation(inner)[:n]) for n in counts]
    indices = b.constant(np.concatenate([*columns, np.zeros(0)]).astype(np.int32))
    pointers = b.constant(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    if not indices.shape[0]:
        raise RejectedError
    values = b.leaf(indices.shape, "float32")
    dense = b.pick(
        lambda v: v.dtype == "float32" and v.rank == 2 and v.shape[1] == inner, lambda: b.new((3, inner), "float32")
    )
    if b.chance(0.7):
        b.call("nn.sparse_dense", dense, values, indices, pointers)
    elif dense.shape[0] == rows:
        b.call("nn.sparse_add", dense, values, indices, pointers)


def signal(b: Builder) -> None:
    if b.chance(0.5):
        value = b.tensor(("float32",), low=1, high=2)
        b.call("dft", value, b.like(value), inverse=b.chance(0.5))
        return
    size = b.choose([2, 4])
    value = b.leaf((b.integer(size, 12),), "float32")
    b.call("stft", value, b.leaf((size,), "float32"), n_fft=size, hop_length=b.integer(1, 2), win_length=size,
           normalized=b.chance(0.5), onesided=b.chance(0.5))  # fmt: skip


def reorganised(b: Builder) -> None:
    shape = (1, 4 * b.integer(1, 2), 2 * b.integer(1, 3), 2 * b.integer(1, 3))
    b.call("vision.yolo_reorg", b.pick(lambda v: v.shape == shape, lambda: b.leaf(shape, "float32")), stride=2)


def random_numbers(b: Builder) -> None:
    key = b.leaf((10,), "uint64", "full", constant=0.5)
    shape = b.shape(1, 2, 12)
    way = b.choose(["generate", "split", "uniform"])
    if way == "generate":
        b.call("random.threefry_generate", key, out_shape=shape)
    elif way == "split":
        b.call("random.threefry_split", key)
    else:
        ends = (b.constant(scalar(v, "float32")) for v in (0, 1))
        b.call("random.uniform", key, *ends, out_shape=shape, out_dtype="float32")


def fixed_point(b: Builder) -> None:
    value = b.tensor(("int32",), low=2, high=4)
    axis = b.integer(0, value.rank - 1)
    channels = value.shape[axis]
    generator = np.random.default_rng(b.rng.getrandbits(32))
    multipliers = b.constant(generator.integers(1 << 30, (1 << 31) - 1, channels).astype(np.int32))
    left, right = (b.constant(generator.integers(0, n, channels).astype(np.int32)) for n in (2, 9))
    b.call(
        "fixed_point_multiply_per_axis", value, multipliers, left, right, is_lshift_required=b.chance(0.5),
        is_rshift_required=True, axes=[axis],
    )  # fmt: skip


def simulated(b: Builder) -> None:
    value = b.tensor(("float32",), exact=True)
    dtype = b.constant(np.asarray(b.choose([0, 1, 2, 3]), np.int32))
    b.call("qnn.simulated_quantize", value, dtype, b.constant(scalar(0.25, "float32")), b.constant(scalar(3, "int32")))


CALLS: Calls = (
    (like, 1),
    (filled, 1),
    (gradient, 0.5),
    (correlation, 0.4),
    (buffer, 0.4),
    (packed, 0.5),
    (sparse, 0.5),
    (signal, 0.4),
    (reorganised, 0.3),
    (random_numbers, 0.4),
    (fixed_point, 0.5),
    (simulated, 0.3),
)
