"""Gradients of pooling and convolution: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty


@pytest.mark.parametrize("kind", ["avg", "max"])
@pytest.mark.parametrize(
    ("ceil_mode", "padding", "layout"), [(False, (0, 0), "NCHW"), (True, (1, 1, 0, 1), "NHWC")], ids=str
)
def test_pool_grad(kind: str, ceil_mode: bool, padding: tuple[int, ...], layout: str) -> None:
    attrs: dict[str, Any] = {"pool_size": (3, 2), "strides": (2, 1), "padding": padding, "ceil_mode": ceil_mode}
    attrs["layout"] = layout
    data = random(2, 3, 6, 5)
    out = evaluate(f"nn.{kind}_pool2d", data, **attrs)
    for include in (False, True) if kind == "avg" else (None,):
        extra: dict[str, Any] = {} if include is None else {"count_include_pad": include}
        check(f"nn.{kind}_pool2d_grad", random(*out.shape, seed=1), data, **attrs, **extra)


def test_max_pool_grad_goes_to_the_maximum() -> None:
    data = np.array([[[[1, 5], [3, 2]]]], np.float32)
    grad = evaluate("nn.max_pool2d_grad", np.full((1, 1, 1, 1), 7, np.float32), data, pool_size=(2, 2))
    assert grad.tolist() == [[[[0, 7], [0, 0]]]]


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("layouts", [("NCHW", "NCHW", "OIHW"), ("NHWC", "NHWC", "HWIO")], ids=str)
def test_conv2d_backward_weight(groups: int, layouts: tuple[str, str, str]) -> None:
    data, weight = random(2, 4, 7, 6), random(8, 4 // groups, 3, 2)
    attrs: dict[str, Any] = {"strides": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": groups}
    grad = random(*evaluate("nn.conv2d", data, weight, **attrs).shape, seed=2)
    inner = (grad * evaluate("nn.conv2d", data, weight, **attrs)).sum()
    if layouts[0] == "NHWC":
        data, grad = (np.ascontiguousarray(a.transpose(0, 2, 3, 1)) for a in (data, grad))
    named: dict[str, Any] = dict(zip(("data_layout", "kernel_layout", "out_layout"), layouts, strict=True))
    out = check("nn.conv2d_backward_weight", grad, data, kernel_size=(3, 2), **named, **attrs)
    moved = out if layouts[0] == "NCHW" else out.transpose(3, 2, 0, 1)
    np.testing.assert_allclose((moved * weight).sum(), inner, rtol=1e-3)


def test_type_rule() -> None:
    rejects("nn.max_pool2d_grad", ty(1, 1, 3, 3), ty(1, 1, 4, 4), match="must have the shape", pool_size=(3, 3))
    assert infer("nn.max_pool2d_grad", ty(1, 1, 2, 2), ty(1, 1, 4, 4), pool_size=(3, 3)) == ty(1, 1, 4, 4)
    attrs: dict[str, Any] = {"kernel_layout": "NCHW"}
    rejects("nn.conv2d_backward_weight", ty(1, 2, 3, 3), ty(1, 2, 5, 5), match="kernel_size", **attrs)
    attrs["kernel_size"] = (2, 2)
    rejects("nn.conv2d_backward_weight", ty(1, 2, 3, 3), ty(1, 2, 5, 5), match="4 windows", **attrs)
