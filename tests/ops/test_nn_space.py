"""Space, depth, batch and the sliding buffer: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("mode", ["DCR", "CDR", "CRD"])
def test_depth_to_space(layout: str, mode: str) -> None:
    shape = (2, 8, 3, 2) if layout == "NCHW" else (2, 3, 2, 8)
    check("nn.depth_to_space", random(*shape), layout=layout, mode=mode, block_size=2)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_space_to_depth_is_the_inverse(layout: str) -> None:
    data = random(2, 4, 6, 4)
    deep = check("nn.space_to_depth", data, layout=layout, block_size=2)
    np.testing.assert_array_equal(evaluate("nn.depth_to_space", deep, layout=layout, block_size=2), data)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_space_to_batch(dtype: str) -> None:
    data = random(2, 3, 5, 2, dtype=dtype)
    attrs: dict[str, Any] = {"block_shape": (2, 3), "paddings": ((1, 0), (0, 1))}
    blocks = check("nn.space_to_batch_nd", data, pad_value=3.0, **attrs)
    back = check("nn.batch_to_space_nd", blocks, block_shape=(2, 3), crops=((1, 0), (0, 1)))
    np.testing.assert_array_equal(back, data)


def test_fifo_buffer() -> None:
    check("nn.fifo_buffer", random(2, 2, 3), random(2, 5, 3), axis=1)
    check("nn.fifo_buffer", random(2, 3), random(2, 3, seed=1), axis=-1)


def test_type_rule() -> None:
    assert infer("nn.depth_to_space", ty(1, 3, 2, 2), block_size=4) == ty(1, 0, 8, 8)
    assert infer("nn.space_to_depth", ty(None, 3, 4, None), block_size=2) == ty(None, 12, 2, None)
    rejects("nn.depth_to_space", ty(1, 4, 2), match="4 dimensions", block_size=2)
    rejects("nn.depth_to_space", ty(1, 4, 2, 2), match="block_size", block_size=0)
    attrs: dict[str, Any] = {"block_shape": (2, 2), "paddings": ((0, 0), (0, 0))}
    rejects("nn.space_to_batch_nd", ty(1, 3, 4, 1), match="no multiple", **attrs)
    rejects("nn.space_to_batch_nd", ty(1, 3), match="block_shape", **attrs)
    rejects("nn.batch_to_space_nd", ty(3, 3), match="no multiple", block_shape=(2,), crops=((0, 0),))
    rejects("nn.fifo_buffer", ty(4, 3), ty(3, 3), match="does not fit")
    rejects("nn.fifo_buffer", ty(1, 2), ty(3, 3), match="along axis")
