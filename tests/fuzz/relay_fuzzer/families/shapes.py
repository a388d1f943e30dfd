"""Operators that move elements: shapes, slices, joins, paddings, diagonals."""

from __future__ import annotations

import numpy as np

from relay_fuzzer.builder import FLOATS, INTEGERS, Builder, Calls, RejectedError, Value, scalar


def reshape(b: Builder) -> None:
    value = b.tensor()
    dims = _factored(b, int(np.prod(value.shape, dtype=int)))
    if dims and b.chance(0.3):
        dims[b.integer(0, len(dims) - 1)] = -1
    way = b.weighted([("reshape", 8), ("flatten", 1), ("batch", 1), ("like", 1), ("reverse", 1)])
    if way == "reshape":
        b.call("reshape", value, newshape=dims)
    elif way == "flatten":
        b.call("reshape", value, newshape=[-1])
    elif way == "batch" and value.rank >= 1:
        b.call("nn.batch_flatten", value)
    elif way == "like":
        b.call("reshape_like", value, b.leaf(tuple(_factored(b, int(np.prod(value.shape, dtype=int)))), "float32"))
    elif value.rank:
        b.call("contrib_reverse_reshape", value, newshape=[-1, *value.shape[1:]])


def _factored(b: Builder, size: int) -> list[int]:
    dims = []
    while size > 1 and len(dims) < 3:
        factor = b.choose([f for f in range(2, size + 1) if size % f == 0])
        dims.append(factor)
        size //= factor
    if size > 1:
        dims.append(size)
    if b.chance(0.3) or not dims:
        dims.insert(b.integer(0, len(dims)), 1)
    b.rng.shuffle(dims)
    return dims


def transpose(b: Builder) -> None:
    value = b.tensor(low=2)
    axes = list(range(value.rank))
    b.rng.shuffle(axes)
    b.call("transpose", value, axes=None if b.chance(0.2) else axes)


def expand(b: Builder) -> None:
    value = b.tensor(high=4)
    if b.chance(0.5):
        b.call(
            "expand_dims", value, axis=b.integer(-value.rank - 1, value.rank), num_newaxis=b.weighted([(1, 3), (2, 1)])
        )
        return
    ones = [i for i, d in enumerate(value.shape) if d == 1]
    if not ones:
        raise RejectedError
    b.call("squeeze", value, axis=None if b.chance(0.4) else [b.choose(ones)])


def mirror(b: Builder) -> None:
    """Reversals, by all three names that they have."""
    value = b.tensor(low=1)
    axis = b.integer(0, value.rank - 1)
    way = b.weighted([("reverse", 4), ("slice", 3), ("sequence", 2)])
    if way == "reverse":
        b.call("reverse", value, axis=axis)
    elif way == "slice":
        b.call("strided_slice", value, begin=[-1], end=[-value.shape[axis] - 1], strides=[-1], axes=[axis])
    elif value.rank >= 2:
        batch = b.choose([i for i in range(value.rank) if i != axis])
        lengths = b.leaf((value.shape[batch],), "int32", "index", value.shape[axis] + 1)
        b.call("reverse_sequence", value, lengths, seq_axis=axis, batch_axis=batch)


def repeat(b: Builder) -> None:
    value = b.tensor(low=1)
    if b.chance(0.5):
        b.call("repeat", value, repeats=b.integer(1, 4), axis=b.integer(-value.rank, value.rank - 1))
        return
    reps = [b.weighted([(1, 3), (2, 3), (3, 1)]) for _ in range(value.rank + b.weighted([(0, 4), (1, 1)]))]
    b.call("tile", value, reps=reps)


def spread(b: Builder) -> None:
    value = b.tensor(high=3)
    shape = tuple(b.integer(2, 5) if d == 1 else d for d in value.shape)
    shape = (*([b.integer(1, 3)] if b.chance(0.5) else []), *shape)
    if b.chance(0.6):
        b.call("broadcast_to", value, shape=shape)
    else:
        b.call("broadcast_to_like", value, b.like(value, shape, "float32"))


def strided_slice(b: Builder) -> None:
    value = b.tensor(low=1)
    begin, end, strides = [], [], []
    for size in value.shape:
        step = b.weighted([(1, 5), (2, 3), (-1, 3), (-2, 2), (3, 1)])
        first, last = sorted((b.integer(0, size - 1), b.integer(0, size - 1)))
        if b.chance(0.3):
            first, last = 0, size - 1
        if step > 0:
            begin.append(first if b.chance(0.7) else first - size)
            end.append(b.choose([last + 1, last + 1, size, size + 5, 2**31 - 1]))
        else:
            begin.append(b.choose([last, last, last - size, size + 3]))
            end.append(first - 1 - size if first == 0 or b.chance(0.3) else first - 1)
        strides.append(step)
    if b.chance(0.15):
        counts = [b.integer(1, n) for n in value.shape]
        starts = [b.integer(0, n - c) for n, c in zip(value.shape, counts, strict=True)]
        b.call("strided_slice", value, begin=starts, end=counts, strides=[1], slice_mode="size")
        return
    if b.chance(0.3):
        axis = b.integer(0, value.rank - 1)
        begin, end, strides, axes = [begin[axis]], [end[axis]], [strides[axis]], [axis]
        b.call("strided_slice", value, begin=begin, end=end, strides=strides, axes=axes)
        return
    b.call("strided_slice", value, begin=begin, end=end, strides=strides)


def strided_set(b: Builder) -> None:
    value = b.tensor(FLOATS + INTEGERS, low=1, high=3)
    begin = [b.integer(0, n - 1) for n in value.shape]
    end = [b.integer(f + 1, n) for f, n in zip(begin, value.shape, strict=True)]
    strides = [b.weighted([(1, 3), (2, 1)]) for _ in value.shape]
    shape = tuple(-(-(e - f) // s) for f, e, s in zip(begin, end, strides, strict=True))
    where = (b.constant(np.asarray(v, np.int32)) for v in (begin, end, strides))
    b.call("strided_set", value, b.like(value, shape), *where)


def split(b: Builder) -> None:
    value = b.tensor(low=1)
    axis = b.integer(0, value.rank - 1)
    size = value.shape[axis]
    if b.chance(0.5):
        b.call(
            "split", value, indices_or_sections=b.choose([n for n in range(1, size + 1) if size % n == 0]), axis=axis
        )
        return
    cuts = sorted({b.integer(1, max(size - 1, 1)) for _ in range(b.integer(1, 3))})
    b.call("split", value, indices_or_sections=cuts, axis=axis)


def concatenate(b: Builder) -> None:
    """Of values that fit each other in all but one dimension; the same one twice is likely."""
    value = b.tensor(low=1, high=4)
    axis = b.integer(0, value.rank - 1)
    parts = [value]
    for _ in range(b.integer(1, 3)):
        if b.chance(0.3):
            parts.append(b.choose(parts))
            continue
        shape = (*value.shape[:axis], b.integer(1, 4), *value.shape[axis + 1 :])
        parts.append(b.pick(lambda v: _joins(v, value, axis), lambda shape=shape: b.leaf(shape, value.dtype), 0.3))
    b.rng.shuffle(parts)
    b.call("concatenate", parts, axis=axis if b.chance(0.8) else axis - value.rank)


def _joins(other: Value, value: Value, axis: int) -> bool:
    return (
        other.dtype == value.dtype
        and other.rank == value.rank
        and all(i == axis or a == c for i, (a, c) in enumerate(zip(other.shape, value.shape, strict=True)))
    )


def stack(b: Builder) -> None:
    value = b.tensor(high=3)
    parts = [value, *(b.like(value, same=0.3) for _ in range(b.integer(1, 2)))]
    b.call("stack", parts, axis=b.integer(-value.rank - 1, value.rank))


def pad(b: Builder) -> None:
    value = b.tensor((*FLOATS, *INTEGERS), low=1, high=4)
    way = b.weighted([("constant", 6), ("edge", 2), ("reflect", 2), ("mirror", 1)])
    if way == "constant":
        widths = [
            [b.weighted([(0, 3), (1, 3), (2, 2), (3, 1)]) for _ in "ab"] if b.chance(0.7) else [0, 0]
            for _ in value.shape
        ]
        if b.chance(0.1):
            axis = b.integer(0, value.rank - 1)
            widths[axis][b.integer(0, 1)] = -1 if value.shape[axis] > 1 else 0
        fill = b.constant(scalar(b.choose([0, 0, 1, 3]), value.dtype))
        b.call("nn.pad", value, fill, pad_width=widths)
        return
    most = [n - 1 if way in ("reflect", "mirror") else 3 for n in value.shape]
    widths = [[b.integer(0, min(m, 3)) for _ in "ab"] for m in most]
    if way == "mirror":
        b.call("nn.mirror_pad", value, pad_width=widths, mode=b.choose(["SYMMETRIC", "REFLECT"]))
    else:
        b.call("nn.pad", value, b.constant(scalar(0, value.dtype)), pad_width=widths, pad_mode=way)


def dilate(b: Builder) -> None:
    value = b.tensor(FLOATS + INTEGERS, low=1, high=4)
    b.call(
        "nn.dilate", value, strides=[b.integer(1, 3) for _ in value.shape], dilation_value=float(b.choose([0, 0, 2]))
    )


def depth_space(b: Builder) -> None:
    layout = b.choose(["NCHW", "NHWC"])
    block, channels, height, width = b.integer(1, 3), b.integer(1, 4), b.integer(1, 4), b.integer(1, 4)
    dtype = b.dtype((*FLOATS, *INTEGERS))
    to_depth = b.chance(0.5)
    if to_depth:
        height, width = height * block, width * block
    else:
        channels *= block * block
    shape = (b.integer(1, 2), channels, height, width) if layout == "NCHW" else (1, height, width, channels)
    value = b.pick(lambda v: v.shape == shape and v.dtype == dtype, lambda: b.new(shape, dtype))
    name = "nn.space_to_depth" if to_depth else "nn.depth_to_space"
    b.call(name, value, block_size=block, layout=layout, mode=b.choose(["DCR", "CDR"]))


def batch_space(b: Builder) -> None:
    block = [b.integer(1, 2), b.integer(1, 2)]
    dtype = b.dtype((*FLOATS, "int32", "int8"))
    if b.chance(0.5):
        shape = (b.integer(1, 2), block[0] * b.integer(1, 3), block[1] * b.integer(1, 3), b.integer(1, 3))
        value = b.pick(lambda v: v.shape == shape and v.dtype == dtype, lambda: b.new(shape, dtype))
        pads = [[n, n] for n in block] if b.chance(0.3) else [[0, 0], [0, 0]]
        b.call("nn.space_to_batch_nd", value, block_shape=block, paddings=pads, pad_value=float(b.choose([0, 1])))
        return
    shape = (block[0] * block[1] * b.integer(1, 2), b.integer(2, 4), b.integer(2, 4), b.integer(1, 3))
    value = b.pick(lambda v: v.shape == shape and v.dtype == dtype, lambda: b.new(shape, dtype))
    b.call("nn.batch_to_space_nd", value, block_shape=block, crops=[[b.integer(0, 1), 0], [0, b.integer(0, 1)]])


def layout_transform(b: Builder) -> None:
    value = b.tensor(low=4, high=4)
    layouts = ["NCHW", "NHWC", "CHWN", "HWNC"]
    source = b.choose(layouts)
    target = b.choose(layouts)
    channels = value.shape[source.index("C")]
    if b.chance(0.4):
        block = b.choose([n for n in range(1, channels + 1) if channels % n == 0])
        source, target = source, f"NCHW{block}c"
    b.call("layout_transform", value, src_layout=source, dst_layout=target)


def sliding_window(b: Builder) -> None:
    value = b.tensor(low=2, high=3)
    axis = b.integer(0, value.rank - 1)
    window = [b.integer(1, n) for n in value.shape[axis:]]
    b.call("sliding_window", value, axis=axis, window_shape=window, strides=[b.integer(1, 2) for _ in window])


def slice_like(b: Builder) -> None:
    value = b.tensor(low=1)
    shape = tuple(b.integer(1, n) for n in value.shape)
    b.call("slice_like", value, b.like(value, shape), axes=None)


def diagonal(b: Builder) -> None:
    value = b.tensor(FLOATS + INTEGERS, low=2, high=3)
    if b.chance(0.5):
        b.call("trilu", value, b.constant(np.asarray(b.integer(-2, 2), np.int32)), upper=b.chance(0.5))
        return
    shape = (*value.shape[:-2], min(value.shape[-2:]))
    b.call("matrix_set_diag", value, b.like(value, shape))


def meshgrid(b: Builder) -> None:
    first = b.tensor(low=1, high=1)
    b.call("meshgrid", [first, b.like(first, (b.integer(1, 4),))], indexing=b.choose(["ij", "xy"]))


def fill(b: Builder) -> None:
    """Tensors of one value, and masks."""
    way = b.weighted([("like", 3), ("mask", 3), ("full", 2), ("one_hot", 3)])
    if way == "like":
        value = b.tensor()
        b.call(b.choose(["zeros_like", "ones_like"]), value)
    elif way == "full":
        dtype = b.dtype()
        b.call("full", b.leaf((), dtype), shape=b.shape(1, 3), dtype=dtype)
    elif way == "mask":
        value = b.tensor(FLOATS + INTEGERS, low=2)
        axis = b.integer(0, 1)
        lengths = b.leaf((value.shape[1 - axis],), "int32", "index", value.shape[axis] + 2)
        b.call("sequence_mask", value, lengths, mask_value=float(b.choose([0, 1])), axis=axis)
    else:
        depth, dtype = b.integer(1, 5), b.dtype(("float32", "int32", "int8", "bool", "int64"))
        where = b.pick(
            lambda v: v.dtype in ("int32", "int64") and v.rank <= 3,
            lambda: b.leaf(b.shape(0, 2), "int32", "index", depth),
        )
        on, off = (b.constant(scalar(v, dtype)) for v in (1, 0))
        b.call("one_hot", where, on, off, depth=depth, axis=b.integer(-1, where.rank), dtype=dtype)


def barrier(b: Builder) -> None:
    b.call("annotation.stop_fusion", b.tensor())


CALLS: Calls = (
    (reshape, 3),
    (transpose, 3),
    (expand, 2),
    (mirror, 4),
    (repeat, 3),
    (spread, 2),
    (strided_slice, 4),
    (strided_set, 1),
    (split, 3),
    (concatenate, 6),
    (stack, 2),
    (pad, 4),
    (dilate, 1),
    (depth_space, 1),
    (batch_space, 1),
    (layout_transform, 1),
    (sliding_window, 1),
    (slice_like, 1),
    (diagonal, 1),
    (meshgrid, 0.5),
    (fill, 2),
    (barrier, 0.7),
)
