"""Quantized convolutions and matrix products: kernels against the meaning, the meaning against plain arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty

KNOWN = ([], [1, 2, 3])
SCALES = (np.asarray(0.5, np.float32), np.asarray(0.25, np.float32))


def i32(value: object) -> Any:
    return np.asarray(value, np.int32)


def operands(data: tuple[int, ...], weight: tuple[int, ...], dtype: str = "int8") -> tuple[Any, Any]:
    return (random(*data, dtype=dtype, low=-128, high=127), random(*weight, dtype="int8", low=-128, high=127, seed=1))


@pytest.mark.parametrize("constants", KNOWN)
@pytest.mark.parametrize(("x_zero", "w_zero"), [(0, 0), (5, 0), (0, -7), (5, -7), (-128, [1, -2, 3, -4])])
def test_conv2d(constants: list[int], x_zero: int, w_zero: Any) -> None:
    x, w = operands((1, 5, 6, 3), (4, 3, 3, 2))
    attrs = {"padding": (1, 0, 2, 1), "strides": (2, 1), "channels": 4, "kernel_size": (3, 3), "out_dtype": "int32"}
    w = w[..., 0].transpose(1, 2, 0).reshape(3, 3, 1, 4).repeat(3, axis=2).copy()
    check(
        "qnn.conv2d", x, w, i32(x_zero), i32(w_zero), *SCALES,
        constants=constants, data_layout="NHWC", kernel_layout="HWIO", **attrs,
    )  # fmt: skip


def test_conv2d_is_a_convolution_of_shifted_numbers() -> None:
    x, w = operands((2, 3, 6, 6), (4, 3, 3, 3))
    attrs = {"padding": (1, 1, 1, 1), "channels": 4, "kernel_size": (3, 3), "out_dtype": "int32"}
    result = evaluate("qnn.conv2d", x, w, i32(9), i32(-3), *SCALES, **attrs)
    plain = evaluate("nn.conv2d", x.astype(np.int32) - 9, w.astype(np.int32) + 3, **attrs)
    np.testing.assert_array_equal(result, plain)


@pytest.mark.parametrize("constants", [[], [1, 2, 3]])
@pytest.mark.parametrize("multiplier", [1, 2])
@pytest.mark.parametrize("per_channel", [False, True])
def test_depthwise(constants: list[int], multiplier: int, per_channel: bool) -> None:
    x, w = operands((1, 6, 6, 4), (3, 3, 4, multiplier), "uint8")
    w_zero = i32([1, -2, 3, 4]) if per_channel else i32(2)
    check(
        "qnn.conv2d", x, w, i32(11), w_zero, *SCALES, constants=constants, padding=(1, 1, 1, 1), groups=4,
        channels=4 * multiplier, kernel_size=(3, 3), data_layout="NHWC", kernel_layout="HWOI", out_dtype="int32",
    )  # fmt: skip


@pytest.mark.parametrize("constants", [[], [1, 2, 3]])
def test_groups_and_dilation(constants: list[int]) -> None:
    x, w = operands((1, 4, 9, 9), (6, 2, 3, 3))
    check(
        "qnn.conv2d", x, w, i32(3), i32([1, 2, 3, 4, 5, 6]), *SCALES, constants=constants, dilation=(2, 2),
        groups=2, channels=6, kernel_size=(3, 3), out_dtype="int32",
    )  # fmt: skip


@pytest.mark.parametrize("constants", [[], [1, 2, 3]])
@pytest.mark.parametrize(("groups", "w_zero"), [(1, 4), (1, [1, 2, 3]), (2, [1, 2, 3])])
def test_transposed(constants: list[int], groups: int, w_zero: Any) -> None:
    x, w = operands((1, 4, 5, 5), (4, 3, 3, 3))
    check(
        "qnn.conv2d_transpose", x, w, i32(7), i32(w_zero), *SCALES, constants=constants, padding=(1, 1, 1, 1),
        strides=(2, 2), groups=groups, channels=3 * groups, kernel_size=(3, 3), out_dtype="int32",
    )  # fmt: skip


@pytest.mark.parametrize("out_dtype", ["int16", "int64"])
def test_conv2d_widths(out_dtype: str) -> None:
    x, w = operands((1, 2, 3, 3), (2, 2, 3, 3))
    attrs = {"channels": 2, "kernel_size": (3, 3), "out_dtype": out_dtype}
    check("qnn.conv2d", x // 16, w // 16, i32(1), i32(2), *SCALES, constants=[1, 2, 3], **attrs)


@pytest.mark.parametrize("constants", KNOWN)
@pytest.mark.parametrize(("x_zero", "w_zero"), [(0, 0), (-128, 0), (0, 3), (5, [1, -2, 3])])
def test_dense(constants: list[int], x_zero: int, w_zero: Any) -> None:
    x, w = operands((2, 8), (3, 8))
    arguments = (x, w, i32(x_zero), i32(w_zero), *SCALES)
    result = check("qnn.dense", *arguments, constants=constants, units=3, out_dtype="int32")
    expected = (x.astype(int) - x_zero) @ (w.astype(int) - np.reshape(w_zero, (-1, 1))).T
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("constants", [[], [1, 2, 3]])
def test_dense_pack_is_dense_of_the_unpacked_weight(constants: list[int]) -> None:
    x, w = operands((3, 8), (4, 8))
    packed = np.ascontiguousarray(w.reshape(2, 2, 2, 4).transpose(0, 2, 1, 3))
    arguments = (i32(4), i32(-2), *SCALES)
    result = check("qnn.contrib_dense_pack", x, packed, *arguments, constants=constants, units=4, out_dtype="int32")
    np.testing.assert_array_equal(result, evaluate("qnn.dense", x, w, *arguments, units=4, out_dtype="int32"))


def test_batch_matmul() -> None:
    x, y = random(2, 3, 4, dtype="uint8", high=255), random(2, 5, 4, dtype="uint8", high=255, seed=1)
    arguments = (x, y, i32(100), i32(7), *SCALES)
    result = check("qnn.batch_matmul", *arguments, constants=[2, 3], transpose_b=True, out_dtype="int32")
    np.testing.assert_array_equal(result, (x.astype(int) - 100) @ (y.astype(int) - 7).transpose(0, 2, 1))


def test_type_rules() -> None:
    x, w, zero, scale = ty(1, 3, 6, 6, dtype="int8"), ty(4, 3, 3, 3, dtype="int8"), ty(dtype="int32"), ty()
    attrs = {"channels": 4, "kernel_size": (3, 3), "out_dtype": "int32"}
    assert infer("qnn.conv2d", x, w, zero, zero, scale, ty(4), **attrs) == ty(1, 4, 4, 4, dtype="int32")
    rejects("qnn.conv2d", ty(1, 3, 6, 6), w, zero, zero, scale, scale, match="data must be", argument=0, **attrs)
    rejects("qnn.conv2d", x, w, scale, zero, scale, scale, match="input_zero_point", argument=2, **attrs)
    rejects("qnn.conv2d", x, w, zero, zero, scale, ty(3), match="kernel_scale", argument=5, **attrs)
    rejects("qnn.conv2d", x, w, zero, zero, scale, scale, match="out_dtype", **(attrs | {"out_dtype": "int8"}))
    rejects(
        "qnn.dense", ty(2, 8, dtype="int8"), ty(3, 8, dtype="int16"), zero, zero, scale, scale,
        match="weight must be", argument=1, units=3, out_dtype="int32",
    )  # fmt: skip
    square = ty(1, 2, 2, dtype="int8")
    rejects("qnn.batch_matmul", square, square, ty(2, dtype="int32"), zero, scale, scale, match="x_zero_point",
            out_dtype="int32")  # fmt: skip
