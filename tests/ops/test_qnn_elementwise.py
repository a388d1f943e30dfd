"""Quantized arithmetic, tables, activations, concatenation and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, random, refuses, rejects, ty

ALL_INT8 = np.arange(-128, 128, dtype=np.int8)


def f32(value: object) -> Any:
    return np.asarray(value, np.float32)


def i32(value: object) -> Any:
    return np.asarray(value, np.int32)


def binary(lhs: Any, rhs: Any, scales: Any, zeros: Any) -> tuple[Any, ...]:
    (a, b, c), (x, y, z) = scales, zeros
    return lhs, rhs, f32(a), i32(x), f32(b), i32(y), f32(c), i32(z)


@pytest.mark.parametrize("name", ["qnn.add", "qnn.subtract", "qnn.mul"])
@pytest.mark.parametrize(
    ("scales", "zeros"),
    [((0.5, 0.5, 0.5), (0, 0, 0)), ((0.1, 0.3, 0.2), (3, -5, 7)), ((0.02, 0.9, 0.05), (-128, 4, -128))],
)
def test_binary(name: str, scales: Any, zeros: Any) -> None:
    lhs, rhs = random(20, 30, dtype="int8", low=-128, high=127), random(30, dtype="int8", low=-128, high=127)
    check(name, *binary(lhs, rhs, scales, zeros), constants=range(2, 8))


def test_add_known_values() -> None:
    lhs, rhs = np.asarray([[10, 20, 100]], np.int8), np.asarray([[1, 3, 120]], np.int8)
    assert evaluate("qnn.add", *binary(lhs, rhs, (1, 1, 1), (0, 0, 0))).tolist() == [[11, 23, 127]]
    # 10 * 0.5 = 5 and 1 * 0.5 = 0.5, which rounds up to 1, on a scale of 1
    assert evaluate("qnn.add", *binary(lhs, rhs, (0.5, 0.5, 1), (0, 0, 0))).tolist() == [[6, 12, 110]]
    assert evaluate("qnn.subtract", *binary(lhs, rhs, (1, 1, 1), (0, 0, 5))).tolist() == [[14, 22, -15]]
    assert evaluate("qnn.mul", *binary(lhs, rhs, (0.5, 0.5, 0.5), (0, 0, 0))).tolist() == [[5, 30, 127]]


@pytest.mark.parametrize("name", ["qnn.add", "qnn.subtract", "qnn.mul"])
def test_binary_by_channel(name: str) -> None:
    lhs, rhs = random(4, 3, dtype="uint8", high=255), random(4, 3, dtype="uint8", high=255, seed=1)
    arguments = binary(lhs, rhs, ([0.1, 0.2, 0.3], [0.3, 0.1, 0.2], 0.25), ([1, 2, 3], [4, 5, 6], 7))
    check(name, *arguments, constants=range(2, 8), lhs_axis=1, rhs_axis=1)


NAMES = ["tanh", "sigmoid", "erf", "exp", "sqrt", "rsqrt", "hardswish", "log", "abs"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_tables(name: str, dtype: str) -> None:
    arguments = (ALL_INT8.view(dtype), f32(0.05), i32(10), f32(0.03), i32(-4))
    check(f"qnn.{name}", *arguments, constants=range(1, 5))


def test_table_known_values() -> None:
    arguments = (np.asarray([-16, 0, 16, 64], np.int8), f32(1), i32(0), f32(0.5), i32(1))
    with np.errstate(all="ignore"):
        assert evaluate("qnn.sqrt", *arguments).tolist() == [127, 1, 9, 17]  # no root: the greatest number
    assert evaluate("qnn.abs", *arguments).tolist() == [33, 1, 33, 127]
    refuses("qnn.abs", *arguments, match="scale must be known")


@pytest.mark.parametrize("alpha", [0.25, 0.1, 0.9])
def test_leaky_relu(alpha: float) -> None:
    arguments = (ALL_INT8, f32(0.125), i32(5), f32(0.2), i32(-17))
    check("qnn.leaky_relu", *arguments, constants=range(1, 5), alpha=alpha)


def test_leaky_relu_known_values() -> None:
    arguments = (np.asarray([-8, -4, 0, 8], np.int8), f32(1), i32(0), f32(1), i32(0))
    assert evaluate("qnn.leaky_relu", *arguments, alpha=0.25).tolist() == [-2, -1, 0, 8]


@pytest.mark.parametrize("axis", [-1, 0])
@pytest.mark.parametrize("scale", [1.0, 0.1, 0.02])
def test_softmax(axis: int, scale: float) -> None:
    data = random(5, 7, dtype="int8", low=-128, high=127)
    arguments = (data, f32(scale), i32(3), f32(1 / 256), i32(-128))
    result = check("qnn.softmax", *arguments, constants=range(1, 5), axis=axis)
    real = np.exp((data - data.max(axis=axis, keepdims=True).astype(int)) * scale)
    share = (result.astype(int) + 128) / 256
    assert np.abs(share - real / real.sum(axis=axis, keepdims=True)).max() < 0.06


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concatenate(axis: int) -> None:
    parts = tuple(random(2, 3, dtype="int8", low=-128, high=127, seed=s) for s in range(3))
    scales, zeros = tuple(map(f32, (0.5, 0.25, 0.1))), tuple(map(i32, (0, 3, -9)))
    arguments = (parts, scales, zeros, f32(0.25), i32(3))
    result = check("qnn.concatenate", *arguments, constants=range(1, 5), axis=axis)
    middle = np.split(result, 3, axis)[1]
    np.testing.assert_array_equal(middle, parts[1])  # already on the output's scale


@pytest.mark.parametrize("same", [True, False])
def test_average_pool(same: bool) -> None:
    data = random(1, 6, 6, 3, dtype="int8", low=-128, high=127)
    out = (f32(0.5), i32(4)) if same else (f32(0.3), i32(-2))
    arguments = (data, f32(0.5), i32(4), *out)
    check(
        "qnn.avg_pool2d", *arguments, constants=range(1, 5), pool_size=(2, 3), strides=(2, 2), padding=(1, 1, 0, 0),
        layout="NHWC",
    )  # fmt: skip


def test_type_rules() -> None:
    x, zero, scale = ty(2, 3, dtype="int8"), ty(dtype="int32"), ty()
    six = (scale, zero, scale, zero, scale, zero)
    rejects("qnn.add", x, ty(2, 4, dtype="int8"), *six, match="do not broadcast")
    rejects("qnn.add", x, x, ty(2), *six[1:], match="lhs_scale", argument=2)
    rejects("qnn.add", x, x, *six[:4], ty(3), zero, match="output_scale", argument=6)
    rejects("qnn.mul", x, x, ty(2), zero, ty(3), zero, scale, zero, match="equal axes", lhs_axis=0, rhs_axis=1)
    rejects("qnn.tanh", ty(2), scale, zero, scale, zero, match="x must be", argument=0)
    rejects("qnn.softmax", ty(2, dtype="uint8"), scale, zero, scale, zero, match="int8")


@pytest.mark.parametrize("name", ["qnn.add", "qnn.subtract", "qnn.mul"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32"])
def test_binary_beyond_32_bits(name: str, dtype: str) -> None:
    """Sums and products of numbers, zero points and scales at their limits."""
    info = np.iinfo(dtype)
    data = np.asarray([info.max, info.min, info.max, info.min, 5, 0], dtype)
    ends = 2**31 - 1
    for scales in ((1, 1, 1), (65536, 3.7, 0.25), (1e9, 1e-9, 1)):
        for zeros in ((0, 0, ends), (-ends, 100, -ends), (ends, ends, 255)):
            pairs = [v for s, z in zip(scales, zeros, strict=True) for v in (np.float32(s), np.int32(z))]
            check(name, data, data[::-1].copy(), *pairs, constants=range(2, 8))
