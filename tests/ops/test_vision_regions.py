"""Prior boxes, predictions and features of regions: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty


@pytest.mark.parametrize(
    "attrs",
    [{}, {"sizes": (0.3, 1.5, 0.7), "ratios": (1.3, 2.4), "steps": (2.0, 1.5), "offsets": (0.2, 0.3), "clip": True}],
    ids=str,
)
def test_multibox_prior(attrs: dict[str, Any]) -> None:
    check("vision.multibox_prior", random(1, 3, 5, 4), **attrs)


@pytest.mark.parametrize("keep_background", [False, True])
@pytest.mark.parametrize("clip", [False, True])
def test_multibox_transform_loc(keep_background: bool, clip: bool) -> None:
    anchors = random(1, 9, 4, low=0, high=1)
    anchors[:, :, 2:] += anchors[:, :, :2]
    arguments = (random(2, 4, 9, low=0, high=1), random(2, 36), anchors)
    check("vision.multibox_transform_loc", *arguments, keep_background=keep_background, clip=clip, threshold=0.8)


def regions() -> Any:
    corners = random(6, 4, low=-2, high=14)
    corners[:, 2:] = corners[:, :2] + np.abs(corners[:, 2:])
    return np.concatenate([np.array([[0], [1], [0], [1], [1], [0]], np.float32), corners], axis=1)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("mode", ["avg", "max"])
@pytest.mark.parametrize("sample_ratio", [-1, 2])
def test_roi_align(layout: str, mode: str, sample_ratio: int) -> None:
    data = random(2, 3, 9, 8) if layout == "NCHW" else random(2, 9, 8, 3)
    attrs: dict[str, Any] = {"pooled_size": (3, 2), "spatial_scale": 0.5}
    check("vision.roi_align", data, regions(), layout=layout, mode=mode, sample_ratio=sample_ratio, **attrs)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("scale", [1.0, 0.4])
def test_roi_pool(layout: str, scale: float) -> None:
    data = random(2, 3, 9, 8) if layout == "NCHW" else random(2, 9, 8, 3)
    check("vision.roi_pool", data, regions(), layout=layout, pooled_size=(3, 2), spatial_scale=scale)


def test_roi_align_of_a_constant_is_that_constant() -> None:
    whole = np.array([[0, 1, 1, 5, 5]], np.float32)
    data = np.full((1, 1, 8, 8), 3, np.float32)
    assert (evaluate("vision.roi_align", data, whole, pooled_size=(2, 2), spatial_scale=1.0) == 3).all()


def test_type_rule() -> None:
    attrs: dict[str, Any] = {"pooled_size": (3, 2), "spatial_scale": 1.0}
    assert infer("vision.roi_align", ty(1, 3, None, 8), ty(None, 5), **attrs) == ty(None, 3, 3, 2)
    rejects("vision.roi_pool", ty(1, 3, 8), ty(6, 5), match="4 dimensions", **attrs)
    rejects("vision.roi_pool", ty(1, 3, 8, 8), ty(6, 4), match="5 columns", **attrs)
    rejects("vision.multibox_prior", ty(1, 3, 8), match="4 dimensions")
    rejects("vision.multibox_transform_loc", ty(1, 3, 8), ty(1, 32), ty(1, 7, 4), match="number of anchors")
