"""Adaptive and global pooling: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, infer, random, rejects, ty


@pytest.mark.parametrize("kind", ["avg", "max"])
@pytest.mark.parametrize(
    ("rank", "size"), [(1, (3,)), (1, ()), (2, (1,)), (2, (4, 3)), (2, (7, 9)), (3, (2, 3, 4))], ids=str
)
def test_adaptive(kind: str, rank: int, size: tuple[int, ...]) -> None:
    check(f"nn.adaptive_{kind}_pool{rank}d", random(2, 3, *(6, 7, 5)[:rank]), output_size=size)


@pytest.mark.parametrize("kind", ["avg", "max"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32", "int8", "uint8"])
def test_dtypes(kind: str, dtype: str) -> None:
    data = random(1, 2, 5, 6, dtype=dtype, low=-10, high=10)
    check(f"nn.adaptive_{kind}_pool2d", data, output_size=[3, 4])
    check(f"nn.global_{kind}_pool2d", data)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_maximum_of_infinities_is_the_least_number(dtype: str) -> None:
    data = np.full((1, 2, 3, 3), -np.inf, dtype)
    check("nn.adaptive_max_pool2d", data, output_size=[2, 1])
    check("nn.global_max_pool2d", data)


@pytest.mark.parametrize("kind", ["avg", "max"])
def test_layouts(kind: str) -> None:
    check(f"nn.global_{kind}_pool2d", random(2, 5, 6, 3), layout="NHWC")
    check(f"nn.adaptive_{kind}_pool2d", random(2, 1, 5, 6, 4), layout="NCHW4c", output_size=[2, 2])
    check(f"nn.adaptive_{kind}_pool1d", random(2, 5, 6), layout="NWC", output_size=[2])


def test_type_rule() -> None:
    assert infer("nn.adaptive_avg_pool2d", ty(1, 2, None, 5), output_size=(3,)) == ty(1, 2, 3, 3)
    assert infer("nn.adaptive_avg_pool1d", ty(1, 2, None), output_size=None) == ty(1, 2, None)
    rejects("nn.adaptive_avg_pool2d", ty(1, 2, 5, 5), match="output_size", output_size=(1, 2, 3))
    rejects("nn.global_avg_pool2d", ty(1, 2, 5), match="4 dimensions")
