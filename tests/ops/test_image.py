"""Image operators: known values, and kernels against the meaning over methods, modes and layouts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty

MODES = [
    "half_pixel",
    "align_corners",
    "asymmetric",
    "pytorch_half_pixel",
    "tf_half_pixel_for_nn",
    "tf_crop_and_resize",
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["nearest_neighbor", "linear", "cubic"])
def test_resize2d(mode: str, method: str) -> None:
    check(
        "image.resize2d", random(1, 2, 5, 7), size=(8, 3), method=method, coordinate_transformation_mode=mode,
        rounding_method="", roi=(0.1, -0.2, 0.8, 1.1), extrapolation_value=7.5,
    )  # fmt: skip


@pytest.mark.parametrize("rounding", ["round", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
def test_nearest_rounding(rounding: str) -> None:
    data = np.arange(6, dtype=np.float32).reshape(1, 1, 6)
    attrs = {"method": "nearest_neighbor", "rounding_method": rounding, "coordinate_transformation_mode": "asymmetric"}
    result = check("image.resize1d", data, size=(12,), **attrs)
    halves = {"round": 1, "round_prefer_floor": 0, "round_prefer_ceil": 1, "floor": 0, "ceil": 1}
    assert result[0, 0, 1] == halves[rounding]


def test_linear_known_values() -> None:
    data = np.asarray([[[0, 10]]], np.float32)
    half = evaluate("image.resize1d", data, size=(4,), method="linear")
    np.testing.assert_allclose(half[0, 0], [0, 2.5, 7.5, 10])
    corners = evaluate("image.resize1d", data, size=(3,), coordinate_transformation_mode="align_corners")
    np.testing.assert_allclose(corners[0, 0], [0, 5, 10])


@pytest.mark.parametrize("exclude", [0, 1])
def test_cubic(exclude: int) -> None:
    attrs = {"size": (9,), "method": "cubic", "cubic_alpha": -0.75, "cubic_exclude": exclude}
    constant = check("image.resize1d", np.full((1, 1, 5), 3, np.float32), **attrs)
    np.testing.assert_allclose(constant, np.full((1, 1, 9), 3), rtol=1e-5)
    check("image.resize1d", random(2, 3, 5), **attrs)


@pytest.mark.parametrize("attrs", [{"method": "linear"}, {"method": "cubic"}, {"method": "cubic", "cubic_exclude": 1}])
def test_resized_integers_are_exact(attrs: dict[str, Any]) -> None:
    """What is cut off to a whole number shows in which order the definition rounds."""
    for size in ((9, 9), (5, 6), (4, 13)):
        check("image.resize2d", random(1, 8, 3, 4, dtype="int8", low=-128, high=127), size=size, **attrs)
        check("image.resize3d", random(1, 4, 2, 3, 2, dtype="uint8", low=0, high=255), size=(3, *size), **attrs)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64", "uint32"])
def test_resized_integers_saturate(dtype: str) -> None:
    """Cubic weights overshoot, and float32 rounds the greatest int32 up."""
    info = np.iinfo(dtype)
    data = np.asarray([[[info.min, info.min, info.max, info.max, 0, info.max]]], dtype)
    for method in ("cubic", "linear"):
        result = check("image.resize1d", data, size=(17,), method=method)
        assert info.max - result.max() < 2**40
    check("image.resize1d", random(1, 1, 6, dtype="int32", low=-1000, high=1000), size=(5,), out_dtype="int8")
    check("image.resize1d", data, size=(5,), coordinate_transformation_mode="tf_crop_and_resize", roi=(0.5, 2),
          extrapolation_value=1e10)  # fmt: skip


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint64", "float64"])
def test_nearest_neighbours_are_the_elements_themselves(dtype: str) -> None:
    data = np.asarray([[[2**24 + 1, 2**31 - 1, 3]]], dtype)  # float32 holds neither
    result = check("image.resize1d", data, size=(6,), method="nearest_neighbor")
    assert set(result.reshape(-1).tolist()) == {2**24 + 1, 2**31 - 1, 3}


@pytest.mark.parametrize("method", ["nearest_neighbor", "linear"])
def test_resize3d(method: str) -> None:
    data, attrs = random(1, 2, 3, 4, 5), {"size": (6, 3, 7), "method": method, "rounding_method": ""}
    first = check("image.resize3d", data, **attrs)
    last = check("image.resize3d", data.transpose(0, 2, 3, 4, 1).copy(), layout="NDHWC", **attrs)
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 4, 1), last)


def test_packed_layout_and_out_dtype() -> None:
    data = random(1, 8, 3, 4, dtype="uint8", high=255)
    packed = np.ascontiguousarray(data.reshape(1, 2, 4, 3, 4).transpose(0, 1, 3, 4, 2))
    attrs = {"size": (5, 5), "out_dtype": "float32"}
    plain, split = evaluate("image.resize2d", data, **attrs), check("image.resize2d", packed, layout="NCHW4c", **attrs)
    np.testing.assert_array_equal(split.transpose(0, 1, 4, 2, 3).reshape(plain.shape), plain)


@pytest.mark.parametrize("method", ["bilinear", "nearest_neighbor"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_crop_and_resize(method: str, layout: str) -> None:
    boxes = np.asarray([[0, 0, 1, 1], [0.2, 0.1, 0.6, 0.9], [0.5, -0.2, 1.2, 0.4]], np.float32)
    data = random(2, 3, 6, 5) if layout == "NCHW" else random(2, 6, 5, 3)
    which = np.asarray([0, 1, 1], np.int32)
    attrs = {"crop_size": (4, 3), "method": method, "layout": layout, "extrapolation_value": -1.0}
    result = check("image.crop_and_resize", data, boxes, which, **attrs)
    corner = data[0, :, 0, 0] if layout == "NCHW" else data[0, 0, 0]
    np.testing.assert_allclose(result[0, :, 0, 0] if layout == "NCHW" else result[0, 0, 0], corner)


@pytest.mark.parametrize("layouts", [("NCHW", "IHW"), ("NHWC", "HWI")])
def test_dilation(layouts: tuple[str, str]) -> None:
    data, weight = random(1, 3, 6, 5), random(3, 3, 2, seed=1)
    if layouts[0] == "NHWC":
        data, weight = data.transpose(0, 2, 3, 1).copy(), weight.transpose(1, 2, 0).copy()
    attrs: dict[str, Any] = {"data_layout": layouts[0], "kernel_layout": layouts[1]}
    check("image.dilation2d", data, weight, strides=(2, 1), padding=(1, 1), dilations=(1, 2), **attrs)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_dilation_of_infinities(dtype: str) -> None:
    check("image.dilation2d", np.full((1, 1, 3, 3), -np.inf, dtype), np.ones((1, 2, 2), dtype))


def test_dilation_known_values() -> None:
    data = np.asarray([[[[1, 2], [3, 4]]]], np.float32)
    weight = np.asarray([[[0.4, 0.3], [0.1, 0]]], np.float32)
    assert evaluate("image.dilation2d", data, weight).tolist() == [[[[4.0]]]]


def test_affine_grid() -> None:
    identity = np.asarray([[[1, 0, 0], [0, 1, 0]]], np.float32)
    grid = check("image.affine_grid", identity, target_shape=(3, 5))
    np.testing.assert_allclose(grid[0, 0, 0], np.linspace(-1, 1, 5), atol=1e-6)
    np.testing.assert_allclose(grid[0, 1, :, 0], np.linspace(-1, 1, 3), atol=1e-6)


@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align", [True, False])
def test_grid_sample(method: str, padding: str, align: bool) -> None:
    grid = random(2, 2, 4, 5, low=-2, high=2)
    attrs = {"method": method, "padding_mode": padding, "align_corners": align}
    check("image.grid_sample", random(2, 3, 6, 7), grid, **attrs)


@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_grid_sample_far_outside(method: str, padding: str) -> None:
    """Coordinates beyond the integers, and those that overflow when they are scaled."""
    far = np.asarray([3e9, -1e12, 1e30, -3.4e38, 3.4e38], np.float32)
    grid = np.ascontiguousarray(np.stack([far, far[::-1]])[None, :, None])
    data = random(1, 2, 4, 3)
    for align in (True, False):
        check("image.grid_sample", data, grid, method=method, padding_mode=padding, align_corners=align)


@pytest.mark.parametrize("method", ["nearest", "bilinear"])
def test_grid_sample_of_volumes(method: str) -> None:
    grid = random(1, 3, 3, 4, 5, low=-2, high=2)
    for padding in ("zeros", "reflection"):
        check("image.grid_sample", random(1, 2, 4, 5, 6), grid, method=method, layout="NCDHW", padding_mode=padding)


def test_sampling_at_the_grid_points_is_the_identity() -> None:
    data = random(1, 2, 4, 6)
    y, x = np.meshgrid(np.linspace(-1, 1, 4), np.linspace(-1, 1, 6), indexing="ij")
    grid = np.stack([x, y])[None].astype(np.float32)
    for method in ("nearest", "bilinear", "bicubic"):
        np.testing.assert_allclose(evaluate("image.grid_sample", data, grid, method=method), data, atol=1e-4)


def test_type_rules() -> None:
    assert infer("image.resize2d", ty(None, 3, 4, 5), size=(6, 7)) == ty(None, 3, 6, 7)
    rejects("image.resize2d", ty(1, 3, 4, 5), match="size must be 2", size=(6,))
    rejects("image.resize2d", ty(1, 3, 4, 5), match="roi must have 4", size=(6, 7), roi=(0.0, 1.0))
    rejects("image.resize2d", ty(1, 3, 4, 5), match="method must be", size=(6, 7), method="area")
    rejects("image.resize2d", ty(1, 3, 4, 5), match="rounding_method", size=(6, 7), rounding_method="up")
    rejects("image.crop_and_resize", ty(1, 3, 4, 5), ty(2, 3), ty(2, dtype="int32"), match="boxes", crop_size=(2, 2))
    rejects("image.dilation2d", ty(1, 3, 4, 5), ty(2, 2, 2), match="channels", argument=1)
    rejects("image.affine_grid", ty(1, 3, 3), match="affine", target_shape=(3, 3))
    rejects("image.grid_sample", ty(1, 3, 4, 5), ty(1, 3, 4, 5), match="grid")
    rejects("image.grid_sample", ty(1, 3, 4, 4, 5), ty(1, 3, 2, 2, 2), match="nearest, bilinear", layout="NCDHW",
            method="bicubic")  # fmt: skip
