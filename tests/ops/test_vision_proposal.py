"""Proposals and YOLO's reorganization: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, random, rejects, ty


@pytest.mark.parametrize("iou_loss", [False, True])
@pytest.mark.parametrize("pre", [0, 20])
def test_proposal(iou_loss: bool, pre: int) -> None:
    attrs: dict[str, Any] = {"scales": (0.5, 1.0), "ratios": (0.5, 1.0, 2.0), "rpn_min_size": 4, "threshold": 0.4}
    scores, moves = random(2, 12, 4, 5, low=0, high=1), random(2, 24, 4, 5, low=-0.3, high=0.3)
    info = np.array([[64, 70, 1], [50, 80, 1]], np.float32)
    check(
        "vision.proposal", scores, moves, info, iou_loss=iou_loss, rpn_pre_nms_top_n=pre, rpn_post_nms_top_n=9, **attrs
    )


@pytest.mark.parametrize("stride", [1, 2])
def test_yolo_reorg(stride: int) -> None:
    check("vision.yolo_reorg", random(2, 8, 4, 6), stride=stride)


def test_type_rule() -> None:
    rejects("vision.yolo_reorg", ty(1, 3, 4, 4), match="blocks of 4", stride=2)
    rejects("vision.yolo_reorg", ty(1, 4, 3, 4), match="multiples", stride=2)
    rejects("vision.proposal", ty(1, 24, 4, 4), ty(1, 40, 4, 4), ty(1, 3), match="12 anchors")
