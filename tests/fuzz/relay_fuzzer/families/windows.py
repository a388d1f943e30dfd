"""Convolutions, pooling and other sliding windows."""

from __future__ import annotations

from typing import Any

from relay_fuzzer.builder import FLOATS, Builder, Calls, RejectedError, Value

SPATIAL = {1: "W", 2: "HW", 3: "DHW"}
_CHANNELS = ((1, 3), (2, 3), (3, 3), (4, 3), (5, 1), (6, 1), (8, 2), (12, 1), (16, 1), (17, 1))


def layout_of(b: Builder, rank: int) -> str:
    """Of data: channels first or last."""
    return b.choose([f"NC{SPATIAL[rank]}", f"N{SPATIAL[rank]}C"])


def image(
    b: Builder, rank: int, layout: str, dtypes: tuple[tuple[str, float], ...], channels: int | None = None
) -> Value:
    """A value that can be an image of that layout: one that exists, or a new one."""
    dtype = str(b.weighted(dtypes))

    def make() -> Value:
        count = channels or int(b.weighted(_CHANNELS))
        sizes = tuple(
            b.weighted([(1, 1), (2, 1), (3, 2), (4, 3), (5, 3), (6, 2), (7, 2), (8, 2), (11, 1)]) for _ in range(rank)
        )
        if rank == 3:
            sizes = tuple(min(s, 4) for s in sizes)
        batch = b.weighted([(1, 5), (2, 1)])
        return b.new(_arranged(layout, batch, count, sizes), dtype)

    return b.pick(
        lambda v: v.rank == rank + 2 and v.dtype == dtype and (channels is None or channels_of(v, layout) == channels),
        make,
        0.25,
    )


def _arranged(layout: str, batch: int, channels: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (batch, channels, *sizes) if layout[1] == "C" else (batch, *sizes, channels)


def channels_of(value: Value, layout: str) -> int:
    return value.shape[layout.index("C")]


def sizes_of(value: Value, layout: str) -> tuple[int, ...]:
    return value.shape[2:] if layout[1] == "C" else value.shape[1:-1]


def window_attributes(b: Builder, sizes: tuple[int, ...], most: int = 3) -> tuple[list[int], dict[str, Any]]:
    """A kernel that fits with its padding, and strides, padding, dilation."""
    kernel, strides, before, after, dilation = [], [], [], [], []
    for size in sizes:
        pads = (b.weighted([(0, 4), (1, 3), (2, 1)]), b.weighted([(0, 4), (1, 3), (2, 1)]))
        room = size + sum(pads)
        taps = min(b.weighted([(1, 4), (2, 3), (3, 6), (5, 1)]), most if most > 3 else 5, room)
        step = b.weighted([(1, 6), (2, 1)]) if taps > 1 and (taps - 1) * 2 + 1 <= room else 1
        kernel.append(taps)
        before.append(pads[0])
        after.append(pads[1])
        dilation.append(step)
        strides.append(b.weighted([(1, 6), (2, 3), (3, 1)]))
    return kernel, {"strides": strides, "padding": [*before, *after], "dilation": dilation}


def convolution(b: Builder) -> None:
    """Plain, grouped, depthwise, transposed, of one to three dimensions, in both layouts."""
    rank = b.weighted([(1, 2), (2, 8), (3, 1)])
    layout = layout_of(b, rank)
    kinds = (("float32", 8), ("int8", 3), ("uint8", 2), ("float64", 1), ("float16", 1), ("int16", 0.5), ("int32", 0.5))
    data = image(b, rank, layout, kinds)
    inputs = channels_of(data, layout)
    kernel, attrs = window_attributes(b, sizes_of(data, layout))
    groups = b.choose([n for n in range(1, inputs + 1) if inputs % n == 0]) if b.chance(0.35) else 1
    multiplier = b.weighted([(1, 3), (2, 2), (3, 1), (4, 1), (8, 0.5)]) if groups > 1 else int(b.weighted(_CHANNELS))
    outputs = groups * multiplier
    if outputs > 40:
        raise RejectedError
    weight_dtype = "int8" if data.dtype == "uint8" and b.chance(0.6) else data.dtype
    attrs |= {"groups": groups, "channels": outputs, "kernel_size": kernel, "data_layout": layout}
    if data.dtype in ("int8", "uint8", "int16") and b.chance(0.85):
        attrs["out_dtype"] = "int32"
    if b.chance(0.2) and rank < 3:
        _transposed(b, data, rank, kernel, attrs, inputs, outputs)
        return
    shape, kernel_layout = _weight(b, rank, layout, kernel, inputs // groups, outputs)
    weight = b.like(data, shape, weight_dtype)
    result = b.call(f"nn.conv{rank}d", data, weight, kernel_layout=kernel_layout, **attrs)
    _followed(b, result, layout)


def _weight(
    b: Builder, rank: int, layout: str, kernel: list[int], inner: int, outer: int
) -> tuple[tuple[int, ...], str]:
    spatial = SPATIAL[rank]
    if layout[1] == "C" or b.chance(0.3):
        return (outer, inner, *kernel), f"OI{spatial}"
    if b.chance(0.5):
        return (*kernel, inner, outer), f"{spatial}IO"
    return (outer, *kernel, inner), f"O{spatial}I"


def _transposed(
    b: Builder, data: Value, rank: int, kernel: list[int], attrs: dict[str, Any], inputs: int, outputs: int
) -> None:
    if data.dtype not in FLOATS:
        raise RejectedError
    groups = attrs["groups"]
    attrs["output_padding"] = [b.integer(0, s - 1) for s in attrs["strides"]]
    attrs["dilation"] = [1] * rank
    weight = b.like(data, (inputs, outputs // groups, *kernel))
    b.call(f"nn.conv{rank}d_transpose", data, weight, kernel_layout=f"IO{SPATIAL[rank]}", **attrs)


def _followed(b: Builder, value: Value, layout: str) -> None:
    """What follows convolutions in networks, now and then."""
    axis = layout.index("C")
    if b.chance(0.3):
        value = b.call("nn.bias_add", value, b.leaf((value.shape[axis],), value.dtype), axis=axis)
    if b.chance(0.3):
        b.call("nn.relu", value)


def pooling(b: Builder) -> None:
    rank = b.weighted([(1, 2), (2, 7), (3, 1)])
    layout = layout_of(b, rank)
    name = b.choose(["max", "avg"])
    data = image(
        b, rank, layout, (("float32", 7), ("int8", 3), ("uint8", 2), ("int32", 1), ("float16", 1), ("float64", 1))
    )
    way = b.weighted([("window", 6), ("adaptive", 2), ("global", 1)])
    if way == "global":
        if rank != 2:
            raise RejectedError
        b.call(f"nn.global_{name}_pool2d", data, layout=layout)
        return
    if way == "adaptive":
        b.call(
            f"nn.adaptive_{name}_pool{rank}d", data, output_size=[b.integer(1, 4) for _ in range(rank)], layout=layout
        )
        return
    kernel, attrs = window_attributes(b, sizes_of(data, layout))
    pads = attrs["padding"]
    attrs["padding"] = [min(p, k - 1) for p, k in zip(pads, kernel * 2, strict=True)]
    if any(
        k > s + p + q
        for k, s, p, q in zip(kernel, sizes_of(data, layout), attrs["padding"], attrs["padding"][rank:], strict=False)
    ):
        raise RejectedError
    if b.chance(0.8):
        attrs["dilation"] = [1] * rank
    if name == "avg":
        attrs["count_include_pad"] = b.chance(0.4)
    b.call(f"nn.{name}_pool{rank}d", data, pool_size=kernel, layout=layout, ceil_mode=b.chance(0.25), **attrs)


def dilation(b: Builder) -> None:
    """``image.dilation2d``: the maximum of data plus weight."""
    layout = layout_of(b, 2)
    data = image(b, 2, layout, (("float32", 3), ("int32", 1), ("int8", 1)))
    kernel, attrs = window_attributes(b, sizes_of(data, layout))
    attrs["dilations"] = attrs.pop("dilation")
    channels = channels_of(data, layout)
    first = layout[1] == "C"
    weight = b.like(data, (channels, *kernel) if first else (*kernel, channels))
    b.call("image.dilation2d", data, weight, data_layout=layout, kernel_layout="IHW" if first else "HWI", **attrs)


def blocked(b: Builder) -> None:
    """Convolutions in layouts of blocks, with the layout transforms around them."""
    block = b.choose([2, 4])
    inputs, outputs = block * b.integer(1, 2), block * b.integer(1, 2)
    data = image(b, 2, "NCHW", (("float32", 3), ("int8", 1)), inputs)
    kernel, attrs = window_attributes(b, sizes_of(data, "NCHW"))
    packed = b.call("layout_transform", data, src_layout="NCHW", dst_layout=f"NCHW{block}c")
    weight = b.leaf((outputs // block, inputs // block, *kernel, block, block), data.dtype)
    result = b.call(
        "nn.contrib_conv2d_NCHWc", packed, weight, channels=outputs, kernel_size=kernel, data_layout=f"NCHW{block}c",
        kernel_layout=f"OIHW{block}i{block}o", out_layout=f"NCHW{block}c",
        out_dtype="int32" if data.dtype == "int8" else "float32", **attrs,
    )  # fmt: skip
    b.call("layout_transform", result, src_layout=f"NCHW{block}c", dst_layout="NCHW")


def deformable(b: Builder) -> None:
    data = image(b, 2, "NCHW", (("float32", 1),))
    kernel, attrs = window_attributes(b, sizes_of(data, "NCHW"))
    sizes = []
    for i, size in enumerate(sizes_of(data, "NCHW")):
        room = size + attrs["padding"][i] + attrs["padding"][i + 2] - (kernel[i] - 1) * attrs["dilation"][i] - 1
        sizes.append(room // attrs["strides"][i] + 1)
    offset = b.leaf((data.shape[0], 2 * kernel[0] * kernel[1], *sizes), "float32", "real")
    outputs = b.integer(1, 4)
    weight = b.leaf((outputs, data.shape[1], *kernel), "float32")
    b.call("nn.deformable_conv2d", data, offset, weight, channels=outputs, kernel_size=kernel, **attrs)


CALLS: Calls = (
    (convolution, 7),
    (pooling, 5),
    (dilation, 0.7),
    (blocked, 0.7),
    (deformable, 0.4),
)
