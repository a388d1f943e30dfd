"""Losses: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, infer, random, rejects, ty


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy(dtype: str) -> None:
    predictions, targets = random(3, 5, dtype=dtype, low=0.1, high=1), random(3, 5, dtype=dtype, seed=1)
    check("nn.cross_entropy", predictions, targets)
    check("nn.cross_entropy_with_logits", predictions, targets)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(3,), (2, 4), (2, 3, 2), ()], ids=str)
def test_nll_loss(reduction: str, shape: tuple[int, ...]) -> None:
    predictions = random(*((shape[0], 5, *shape[1:]) if shape else (5,)))
    targets = random(*shape, dtype="int32", low=0, high=5) if shape else np.asarray(2, np.int32)
    check("nn.nll_loss", predictions, targets, random(5, low=0.5), reduction=reduction, ignore_index=1)


def test_ignored_class_may_be_out_of_range() -> None:
    targets = np.array([0, -100, 1], np.int64)
    out = check("nn.nll_loss", random(3, 2), targets, np.ones(2, np.float32), reduction="none", ignore_index=-100)
    assert out[1] == 0


def test_type_rule() -> None:
    assert infer("nn.nll_loss", ty(2, 5), ty(2, dtype="int32"), ty(5), reduction="none") == ty(2)
    rejects("nn.nll_loss", ty(2, 5), ty(2), ty(5), match="must be integers", argument=1)
    rejects("nn.nll_loss", ty(2, 5), ty(2, dtype="int32"), ty(4), match="5 classes", argument=2)
    rejects("nn.nll_loss", ty(2, 5), ty(2, 5, dtype="int32"), ty(5), match="one dimension more")
    rejects("nn.cross_entropy", ty(2, 5), ty(2, 4), match="of one type")
