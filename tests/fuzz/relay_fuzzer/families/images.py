"""Images: resizing, cropping, sampling, regions."""

from __future__ import annotations

import numpy as np

from relay_fuzzer.builder import Builder, Calls
from relay_fuzzer.families.windows import SPATIAL, image, layout_of

_KINDS = (("float32", 6), ("int8", 1), ("uint8", 1), ("float64", 0.5), ("float16", 0.5))


def resize(b: Builder) -> None:
    rank = b.weighted([(1, 1), (2, 5), (3, 1)])
    layout = layout_of(b, rank)
    data = image(b, rank, layout, _KINDS)
    method = b.weighted([("nearest_neighbor", 3), ("linear", 4), ("cubic", 2)])
    mode = b.choose(["half_pixel", "align_corners", "asymmetric"])
    rounding = b.choose(["round", "floor", "ceil"]) if method == "nearest_neighbor" else "round"
    size = [b.integer(1, 9 if rank < 3 else 5) for _ in range(rank)]
    b.call(
        f"image.resize{rank}d", data, size=size, layout=layout, method=method, coordinate_transformation_mode=mode,
        rounding_method=rounding, roi=[0.0] * (2 * rank), cubic_alpha=-0.75, cubic_exclude=b.integer(0, 1),
    )  # fmt: skip


def upsample(b: Builder) -> None:
    rank = b.weighted([(2, 4), (3, 1)])
    layout = f"NC{SPATIAL[rank]}" if b.chance(0.6) else f"N{SPATIAL[rank]}C"
    data = image(b, rank, layout, (("float32", 5), ("int8", 1), ("uint8", 1)))
    scales = {f"scale_{a}": float(b.choose([1, 2, 2, 3, 1.5])) for a in SPATIAL[rank].lower()}
    if rank == 2:
        method = b.choose(["nearest_neighbor", "bilinear", "bicubic"])
        b.call("nn.upsampling", data, layout=layout, method=method, align_corners=b.chance(0.3), **scales)
        return
    mode = b.choose(["half_pixel", "align_corners", "asymmetric"])
    method = b.choose(["nearest_neighbor", "trilinear"])
    b.call("nn.upsampling3d", data, layout=layout, method=method, coordinate_transformation_mode=mode, **scales)


def crop(b: Builder) -> None:
    layout = b.choose(["NCHW", "NHWC"])
    data = image(b, 2, layout, (("float32", 1),))
    count = b.integer(1, 3)
    boxes = b.leaf((count, 4), "float32", "probability")
    which = b.leaf((count,), "int32", "index", data.shape[0])
    method = b.choose(["bilinear", "nearest_neighbor"])
    size = [b.integer(2, 5), b.integer(2, 5)]
    b.call(
        "image.crop_and_resize",
        data,
        boxes,
        which,
        crop_size=size,
        layout=layout,
        method=method,
        extrapolation_value=0.5,
    )


def sample(b: Builder) -> None:
    data = image(b, 2, "NCHW", (("float32", 1),))
    batch = data.shape[0]
    if b.chance(0.5):
        grid = b.call(
            "image.affine_grid", b.leaf((batch, 2, 3), "float32"), target_shape=[b.integer(2, 4), b.integer(2, 4)]
        )
    else:
        grid = b.leaf((batch, 2, b.integer(1, 4), b.integer(1, 4)), "float32", "real")
    b.call(
        "image.grid_sample", data, grid, method=b.choose(["bilinear", "nearest", "bicubic"]), layout="NCHW",
        padding_mode=b.choose(["zeros", "border", "reflection"]), align_corners=b.chance(0.5),
    )  # fmt: skip


def regions(b: Builder) -> None:
    data = image(b, 2, "NCHW", (("float32", 1),))
    count = b.integer(1, 3)
    corners = np.sort(np.random.default_rng(b.rng.getrandbits(32)).integers(0, 6, (count, 2, 2)), axis=1).reshape(
        count, 4
    )
    batch = np.zeros((count, 1))
    rois = b.constant(np.concatenate([batch, corners], axis=1).astype(np.float32))
    size = [b.integer(1, 3), b.integer(1, 3)]
    if b.chance(0.5):
        attrs = {"spatial_scale": b.choose([1.0, 0.5]), "sample_ratio": b.choose([-1, 1, 2])}
        b.call("vision.roi_align", data, rois, pooled_size=size, mode=b.choose(["avg", "max"]), **attrs)
    else:
        b.call("vision.roi_pool", data, rois, pooled_size=size, spatial_scale=b.choose([1.0, 0.5]))


CALLS: Calls = (
    (resize, 2),
    (upsample, 1),
    (crop, 0.7),
    (sample, 0.7),
    (regions, 0.7),
)
