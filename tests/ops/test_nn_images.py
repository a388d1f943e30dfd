"""Upsampling, correlation, deformable convolution: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty


@pytest.mark.parametrize("method", ["nearest_neighbor", "bilinear", "bicubic"])
@pytest.mark.parametrize(
    ("align_corners", "layout", "scales"), [(False, "NHWC", (2.0, 3.0)), (True, "NCHW", (1.7, 0.6))], ids=str
)
def test_upsampling(method: str, align_corners: bool, layout: str, scales: tuple[float, float]) -> None:
    data = random(1, 2, 5, 6) if layout == "NCHW" else random(1, 5, 6, 2)
    attrs: dict[str, Any] = {"scale_h": scales[0], "scale_w": scales[1], "align_corners": align_corners}
    check("nn.upsampling", data, layout=layout, method=method, atol=1e-4, **attrs)


@pytest.mark.parametrize(
    ("method", "mode"),
    [
        ("nearest_neighbor", "half_pixel"),
        ("nearest_neighbor", "align_corners"),
        ("trilinear", "asymmetric"),
        ("tricubic", "half_pixel"),
    ],
)
def test_upsampling3d(method: str, mode: str) -> None:
    attrs: dict[str, Any] = {"scale_d": 2.0, "scale_h": 1.5, "scale_w": 2.0}
    data = random(1, 2, 3, 4, 3)
    check("nn.upsampling3d", data, method=method, coordinate_transformation_mode=mode, atol=1e-4, **attrs)


def test_upsampling_by_two_repeats() -> None:
    data = np.array([[[[1, 2]]]], np.int8)
    assert check("nn.upsampling", data, scale_h=2.0, scale_w=2.0).tolist() == [[[[1, 1, 2, 2]] * 2]]


@pytest.mark.parametrize("is_multiply", [False, True])
def test_correlation(is_multiply: bool) -> None:
    attrs: dict[str, Any] = {"kernel_size": 3, "max_displacement": 2, "stride1": 2, "stride2": 2, "padding": (2, 1)}
    check("nn.correlation", random(2, 3, 8, 9), random(2, 3, 8, 9, seed=1), is_multiply=is_multiply, **attrs)


@pytest.mark.parametrize(("layout", "deformable_groups", "stride"), [("NCHW", 1, 2), ("NCHW", 2, 1), ("NHWC", 2, 2)])
def test_deformable(layout: str, deformable_groups: int, stride: int) -> None:
    data, weight = random(2, 4, 6, 7), random(3, 4, 3, 2)
    attrs: dict[str, Any] = {"padding": (1, 1), "strides": (stride, stride), "dilation": (1, 2)}
    out = evaluate("nn.conv2d", data, weight, **attrs)
    offset = random(2, 12 * deformable_groups, *out.shape[2:], low=-1.5, high=1.5)
    if layout == "NHWC":
        data, offset = (np.ascontiguousarray(a.transpose(0, 2, 3, 1)) for a in (data, offset))
        weight = np.ascontiguousarray(weight.transpose(2, 3, 1, 0))
        attrs |= {"data_layout": "NHWC", "kernel_layout": "HWIO"}
    check("nn.deformable_conv2d", data, offset, weight, deformable_groups=deformable_groups, **attrs)


def test_deformable_without_offsets_is_a_convolution() -> None:
    data, weight = random(1, 4, 6, 7), random(3, 4, 3, 3)
    plain = evaluate("nn.conv2d", data, weight)
    same = evaluate("nn.deformable_conv2d", data, np.zeros((1, 18, 4, 5), np.float32), weight)
    np.testing.assert_allclose(same, plain, rtol=1e-4, atol=1e-4)


def test_type_rule() -> None:
    assert infer("nn.upsampling", ty(1, 2, None, 5), scale_h=2.0, scale_w=1.5) == ty(1, 2, None, 8)
    rejects("nn.upsampling", ty(1, 2, 5), match="layout", scale_h=2.0, scale_w=2.0)
    rejects("nn.correlation", ty(1, 2, 5, 5), ty(1, 2, 5, 6), match="one type")
    rejects("nn.correlation", ty(1, 2, 5, 5), ty(1, 2, 5, 5), match="odd", kernel_size=2)
    rejects("nn.deformable_conv2d", ty(1, 2, 5, 5), ty(1, 17, 3, 3), ty(4, 2, 3, 3), match="offset must", argument=1)
