"""Pooling: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty

SPATIAL = {1: (11,), 2: (9, 8), 3: (6, 5, 7)}


@pytest.mark.parametrize(("name", "count_include_pad"), [("max", None), ("avg", False), ("avg", True)])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "geometry", [(3, 2, 1, 1, False), (3, 2, 1, 1, True), (2, 1, 2, 0, True), (3, 3, 2, 2, False)], ids=str
)
def test_pool(name: str, rank: int, geometry: tuple[int, ...], count_include_pad: bool | None) -> None:
    size, stride, dilation, padding, ceil_mode = geometry
    attrs: dict[str, Any] = {"count_include_pad": count_include_pad} if name == "avg" else {}
    check(
        f"nn.{name}_pool{rank}d",
        random(1, 2, *SPATIAL[rank]),
        pool_size=[size] * rank,
        strides=[stride] * rank,
        dilation=[dilation] * rank,
        padding=[padding] * rank,
        ceil_mode=ceil_mode,
        **attrs,
    )


@pytest.mark.parametrize("name", ["avg", "max"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "float16", "float64"])
def test_dtypes(name: str, dtype: str) -> None:
    data = random(1, 2, 5, 5, dtype=dtype, low=-100, high=100)
    check(f"nn.{name}_pool2d", data, pool_size=[2, 2], padding=[1, 0, 0, 1])


@pytest.mark.parametrize("name", ["avg", "max"])
@pytest.mark.parametrize("layout", ["NHWC", "HWCN", "NCHW3c", "CHWN"])
def test_layouts(name: str, layout: str) -> None:
    shape = {"NHWC": (2, 6, 5, 3), "HWCN": (6, 5, 3, 2), "NCHW3c": (2, 1, 6, 5, 3), "CHWN": (3, 6, 5, 2)}[layout]
    check(f"nn.{name}_pool2d", random(*shape), pool_size=[3, 2], layout=layout, padding=[1, 1, 0, 0], strides=[2, 1])


def test_integer_averages_truncate() -> None:
    data = np.array([[[-1, -2, 1, 2]]], np.int32)
    assert evaluate("nn.avg_pool1d", data, pool_size=[2], strides=[2]).tolist() == [[[-1, 1]]]


def test_padding_is_not_counted_unless_asked() -> None:
    data = np.ones((1, 1, 4), np.float32)
    assert evaluate("nn.avg_pool1d", data, pool_size=[2], padding=[1, 0]).tolist() == [[[1, 1, 1, 1]]]
    included = evaluate("nn.avg_pool1d", data, pool_size=[2], padding=[1, 0], count_include_pad=True)
    assert included.tolist() == [[[0.5, 1, 1, 1]]]


def test_type_rule() -> None:
    assert infer("nn.max_pool2d", ty(1, None, None, 9), pool_size=[3, 3], strides=[2, 2]) == ty(1, None, None, 4)
    assert infer("nn.max_pool2d", ty(1, 2, 9, 8), pool_size=[2, 2], strides=[2, 2], ceil_mode=True) == ty(1, 2, 5, 4)
    rejects("nn.max_pool2d", ty(1, 2, 9, 9), match="axis H", pool_size=[2, 2], layout="NCW")
    rejects("nn.max_pool2d", ty(1, 2, 9), match="needs 4 dimensions", pool_size=[2, 2])
    rejects("nn.max_pool2d", ty(1, 2, 9, 9), match="pool_size must be 2", pool_size=[2])
    rejects("nn.max_pool2d", ty(1, 2, 9, 9), match="out_layout", pool_size=[2, 2], out_layout="NHWC")
    rejects("nn.avg_pool2d", ty(1, 2, 3, 3), match="does not fit", pool_size=[8, 8])
