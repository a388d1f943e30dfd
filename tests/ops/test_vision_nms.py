"""Thresholds and suppression of one list of boxes: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, infer, random, rejects, ty
from tvm_model_library.relay.types import TupleType


def detections(batch: int, count: int) -> Any:
    """Boxes of (class, score, corners)."""
    data = random(batch, count, 6, low=0, high=1)
    data[:, :, 0] = np.round(data[:, :, 0] * 2) - 0.5
    data[:, :, 1] = data[:, :, 1] * 2 - 0.5
    data[:, :, 4:] = data[:, :, 2:4] + data[:, :, 4:] * 0.5
    return data


@pytest.mark.parametrize("id_index", [0, -1])
@pytest.mark.parametrize("threshold", [-1.0, 0.3, 5.0])
def test_get_valid_counts(id_index: int, threshold: float) -> None:
    check("vision.get_valid_counts", detections(2, 7), np.float32(threshold).reshape(()), id_index=id_index)


@pytest.mark.parametrize("return_indices", [False, True])
@pytest.mark.parametrize(
    ("limit", "threshold", "attrs"),
    [
        (-1, 0.5, {}),
        (3, 0.5, {"force_suppress": True}),
        (-1, 0.3, {"top_k": 5}),
        (3, 0.0, {"id_index": -1}),
        (-1, 0.5, {"invalid_to_bottom": True, "top_k": 12}),
    ],
    ids=str,
)
def test_nms(return_indices: bool, limit: int, threshold: float, attrs: dict[str, Any]) -> None:
    data, indices = detections(2, 20), np.stack([np.arange(20, dtype=np.int32)] * 2)
    arguments = [np.array([17, 9], np.int32), indices, np.asarray(limit, np.int32), np.asarray(threshold, np.float32)]
    check("vision.non_max_suppression", data, *arguments, return_indices=return_indices, **attrs)


def test_nms_keeps_the_best_of_overlapping_boxes() -> None:
    boxes = np.array([[[0, 0.5, 0, 0, 10, 10], [0, 0.9, 1, 1, 10, 10], [1, 0.4, 0, 0, 10, 10]]], np.float32)
    arguments = [np.array([3], np.int32), np.array([[0, 1, 2]], np.int32), np.int32(-1).reshape(())]
    chosen, count = check("vision.non_max_suppression", boxes, *arguments, np.float32(0.5).reshape(()))
    assert chosen.tolist() == [[1, 2, -1]]
    assert count.tolist() == [[2]]


def test_type_rule() -> None:
    integer, number = ty(dtype="int32"), ty()
    kinds = (ty(1, dtype="int32"), ty(1, 5, dtype="int32"), integer, number)
    assert infer("vision.non_max_suppression", ty(1, None, 6), *kinds) == TupleType(
        (ty(1, None, dtype="int32"), ty(1, 1, dtype="int32"))
    )
    rejects("vision.non_max_suppression", ty(1, 6), *kinds, match="3 dimensions", argument=0)
    rejects("vision.non_max_suppression", ty(1, 5, 5), *kinds, match="coord_start")
    rejects("vision.get_valid_counts", ty(1, 5, 5), number, match="score_index", score_index=7)
