"""Changes of the element type."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, infer, random, rejects, ty

DTYPES = ["float32", "float16", "bfloat16", "int32", "bool", "uint8", "int64", "float64"]


@pytest.mark.parametrize("target", DTYPES)
@pytest.mark.parametrize("source", DTYPES)
def test_cast(source: str, target: str) -> None:
    check("cast", random(2, 3, dtype=source, low=0), dtype=target)


def test_cast_truncates() -> None:
    assert check("cast", np.array([1.9, -1.9], np.float32), dtype="int32").tolist() == [1, -1]


def test_cast_to_bool_asks_for_zero() -> None:
    assert check("cast", np.array([0.0, 0.25, -0.0], np.float32), dtype="bool").tolist() == [False, True, False]


def test_cast_like() -> None:
    assert infer("cast_like", ty(2, None), ty(5, dtype="int8")) == ty(2, None, dtype="int8")
    check("cast_like", random(2, 3), random(1, dtype="int8"))


@pytest.mark.parametrize(("source", "target"), [("float32", "int32"), ("int8", "uint8"), ("float16", "float16")])
def test_reinterpret(source: str, target: str) -> None:
    check("reinterpret", random(2, 3, dtype=source), dtype=target)


def test_reinterpret_keeps_the_width() -> None:
    rejects("reinterpret", ty(2), dtype="int8", match="one width", argument=0)
    rejects("reinterpret", ty(2, dtype="int8"), dtype="bool", match="no bits", argument=0)
