"""Convolutions: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, operator, random, rejects, ty
from tvm_model_library.relay.operator import Attrs
from tvm_model_library.relay.types import TensorType

SPATIAL = {1: (9,), 2: (7, 6), 3: (5, 4, 6)}


@pytest.mark.parametrize(
    "attrs",
    [
        {"padding": [1, 0, 2, 1], "strides": [2, 1]},
        {"dilation": [2, 1], "padding": [2]},
        {"groups": 2, "padding": [1, 1]},
        {"groups": 4, "channels": 4, "kernel_size": [3, 2]},
        {"groups": 4, "channels": 8, "kernel_size": [3, 2]},
        {"data_layout": "NHWC", "kernel_layout": "HWIO", "padding": [1, 1]},
        {"data_layout": "NHWC", "kernel_layout": "HWOI", "groups": 4, "channels": 8, "kernel_size": [3, 2]},
        {"data_layout": "HWCN", "kernel_layout": "HWIO", "padding": [1, 1]},
        {"data_layout": "NCHW2c", "kernel_layout": "OIHW2i4o", "out_layout": "NCHW4c", "padding": [1, 1]},
        {"out_layout": "NHWC"},
        {"kernel_layout": "GOIHW", "groups": 2},
        {"padding": [-1, 0]},
    ],
    ids=str,
)
def test_conv2d(attrs: dict[str, Any]) -> None:
    groups = int(attrs.get("groups", 1))
    x, w = random(2, 4, 7, 6), random(8, 4 // groups, 3, 2)
    if attrs.get("channels") == 4:
        w = w[:4]
    elif attrs.get("channels") == 8:
        w = w.reshape(4, 2, 3, 2)
    transpose = {"NHWC": (0, 2, 3, 1), "HWCN": (2, 3, 1, 0)}
    layout, kernel_layout = str(attrs.get("data_layout", "NCHW")), str(attrs.get("kernel_layout", "OIHW"))
    if layout == "NCHW2c":
        x = x.reshape(2, 2, 2, 7, 6).transpose(0, 1, 3, 4, 2)
        w = w.reshape(2, 4, 2, 2, 3, 2).transpose(0, 2, 4, 5, 3, 1)
    elif layout != "NCHW":
        x = x.transpose(transpose[layout])
    if kernel_layout == "GOIHW":
        w = w.reshape(2, 4, 2, 3, 2)
    elif kernel_layout in ("HWIO", "HWOI"):
        w = w.transpose(2, 3, 1, 0) if kernel_layout == "HWIO" else w.transpose(2, 3, 0, 1)
    check("nn.conv2d", np.ascontiguousarray(x), np.ascontiguousarray(w), **attrs)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("groups", [1, 2])
def test_conv_against_its_sum(rank: int, groups: int) -> None:
    """One element of the result, summed by hand."""
    x, w = random(1, 4, *SPATIAL[rank]), random(6, 4 // groups, *(2,) * rank)
    out = check(f"nn.conv{rank}d", x, w, groups=groups, strides=[2] * rank, padding=[1] * rank, dilation=[2] * rank)
    padded = np.pad(x, [(0, 0), (0, 0)] + [(1, 1)] * rank)
    channel = 5
    start = channel // (6 // groups) * (4 // groups)
    where: tuple[Any, ...] = (0, slice(start, start + 4 // groups), *(slice(2, 5, 2),) * rank)
    window = padded[where]
    np.testing.assert_allclose(out[(0, channel, *(1,) * rank)], (window * w[channel]).sum(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
@pytest.mark.parametrize("out_dtype", ["int32", None])
def test_conv2d_of_integers(dtype: str, out_dtype: str | None) -> None:
    x, w = random(1, 5, 6, 6, dtype=dtype, low=-128, high=127), random(3, 5, 3, 3, dtype=dtype, low=-128, high=127)
    check("nn.conv2d", x, w, out_dtype=out_dtype)


def test_conv2d_of_half() -> None:
    check("nn.conv2d", random(1, 5, 6, 6, dtype="float16"), random(3, 5, 3, 3, dtype="float16"), atol=5e-2)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "attrs",
    [
        {},
        {"strides": 3, "output_padding": 1, "padding": 1},
        {"strides": 2, "groups": 2, "dilation": 2},
        {"strides": 2, "padding": -1},
    ],
    ids=str,
)
def test_conv_transpose(rank: int, attrs: dict[str, Any]) -> None:
    values: dict[str, Any] = {k: v if k == "groups" else [v] * rank for k, v in attrs.items()}
    x, w = random(2, 4, *SPATIAL[rank]), random(4, 3, *(3, 2, 3)[:rank])
    check(f"nn.conv{rank}d_transpose", x, w, **values)


def test_conv2d_transpose_is_the_gradient_of_conv2d() -> None:
    x, y, w = random(1, 2, 7, 7), random(1, 3, 3, 3), random(3, 2, 3, 3)
    forward = evaluate("nn.conv2d", x, w, strides=[2, 2])
    backward = evaluate("nn.conv2d_transpose", y, w, strides=[2, 2])
    np.testing.assert_allclose((forward * y).sum(), (x * backward).sum(), rtol=1e-4)


@pytest.mark.parametrize("kernel_layout", ["IOHW", "OIHW", "HWOI", "HWIO"])
def test_conv2d_transpose_layouts(kernel_layout: str) -> None:
    shape = {"I": 4, "O": 3, "H": 3, "W": 2}
    w = random(*(shape[letter] for letter in kernel_layout))
    check("nn.conv2d_transpose", random(1, 5, 6, 4), w, data_layout="NHWC", kernel_layout=kernel_layout, strides=[2, 2])


def test_type_rule() -> None:
    assert infer("nn.conv2d", ty(None, 3, 8, None), ty(4, 3, 3, 3)) == ty(None, 4, 6, None)
    rejects("nn.conv2d", ty(1, 3, 8, 8), ty(4, 5, 3, 3), match="3 input channels", argument=1)
    rejects("nn.conv2d", ty(1, 3, 8, 8), ty(4, 3, 3, 3), match="kernel_size", kernel_size=[5, 5])
    rejects("nn.conv2d", ty(1, 3, 8, 8), ty(4, 3, 3, 3), match="channels is 7", channels=7)
    rejects("nn.conv2d", ty(1, 3, 8, 8), ty(4, 3, 3, 3), match="is no layout", data_layout="NC?W")
    rejects("nn.conv2d", ty(1, 3, 8, 8), ty(4, 3, 3, 3), match="axes N, C, H, W", data_layout="NCDW")
    rejects("nn.conv2d", ty(1, 3, 8), ty(4, 3, 3, 3), match="needs 4 dimensions")
    rejects("nn.conv2d", ty(1, 3, 8, 8), ty(4, 3, 3, 3), match="padding must have", padding=[1, 2, 3])
    rejects("nn.conv2d", ty(1, 3, 8, 8), ty(4, 3, 3, 3), match="can't be split", groups=2)
    rejects("nn.conv2d", ty(1, 3, 2, 2), ty(4, 3, 9, 9), match="does not fit")


def test_untyped_weight() -> None:
    op = operator("nn.conv2d")
    attrs = Attrs({a.name: a.default for a in op.attributes} | {"channels": 4, "kernel_size": (3, 3)})
    assert op.constrain is not None
    assert op.constrain(attrs, ty(1, 3, 8, 8), None)[1] == TensorType((4, 3, 3, 3), "float32")
