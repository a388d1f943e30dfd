"""Suppression for each class: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, infer, random, rejects, ty


def boxes_of(batch: int, count: int) -> Any:
    boxes = random(batch, count, 4, low=0, high=1)
    boxes[:, :, 2:] = boxes[:, :, :2] + boxes[:, :, 2:] * 0.7
    return boxes


@pytest.mark.parametrize("output_format", ["onnx", "tensorflow"])
@pytest.mark.parametrize(("limit", "iou", "least"), [(2, 0.5, 0.0), (0, 0.3, 0.4), (5, 0.0, 0.0), (3, 0.9, -2.0)])
def test_all_class(output_format: str, limit: int, iou: float, least: float) -> None:
    scalars = [np.asarray(limit, np.int64), np.asarray(iou, np.float32), np.asarray(least, np.float32)]
    scores = random(2, 3, 12, low=-1.5, high=1)
    check("vision.all_class_non_max_suppression", boxes_of(2, 12), scores, *scalars, output_format=output_format)


@pytest.mark.parametrize(("per_class", "total"), [(2, 5), (100, 40), (3, 1)])
@pytest.mark.parametrize("iou", [0.1, 0.6])
@pytest.mark.parametrize("background", [0, 1])
def test_regular(per_class: int, total: int, iou: float, background: int) -> None:
    check(
        "vision.regular_non_max_suppression",
        boxes_of(2, 12),
        random(2, 12, 3 + background, low=0, high=1),
        max_detections_per_class=per_class,
        max_detections=total,
        num_classes=3,
        iou_threshold=iou,
        score_threshold=0.3,
    )


def test_type_rule() -> None:
    scalars = (ty(dtype="int32"), ty(), ty())
    result = infer("vision.all_class_non_max_suppression", ty(1, None, 4), ty(1, 3, None), *scalars)
    assert str(result) == "(Tensor[(?, 3), int64], Tensor[(1), int64])"
    rejects("vision.all_class_non_max_suppression", ty(1, 5, 4), ty(1, 3, 6), *scalars, match="need scores")
    attrs: dict[str, Any] = {"max_detections_per_class": 1, "max_detections": 2}
    attrs |= {"iou_threshold": 0.5, "score_threshold": 0.1}
    rejects("vision.regular_non_max_suppression", ty(1, 5, 4), ty(1, 5, 2), match="num_classes", num_classes=4, **attrs)
