"""What ``tflite`` operators refuse, and results worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import evaluate, infer, rejects, ty

ALL_INT8 = np.arange(-128, 128, dtype=np.int8)
SAME = {"input_scale": 0.5, "input_zero_point": 3, "output_scale": 0.5, "output_zero_point": 3}
SUMMANDS = {"lhs_scale": 0.5, "rhs_scale": 0.25, "output_scale": 1.0}


def f32(value: object) -> Any:
    return np.asarray(value, np.float32)


def i8(*values: int) -> Any:
    return np.asarray(values, np.int8)


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        # Times 3/8: 37.5 and 1.5 are ties; 0.375 becomes 1/2 first, where there are two roundings, and then 1.
        ("double", [38, -38, 2, -2, 1, 1]),
        ("single", [38, -37, 2, -1, 1, 0]),
        ("tonearest", [38, -38, 2, -2, 1, 0]),
        ("float32", [38, -38, 2, -2, 1, 0]),
    ],
)
def test_rescale_rounds_as_its_contract_says(rounding: str, expected: list[int]) -> None:
    sums = np.asarray([100, -100, 4, -4, 2, 1], np.int32)
    result = evaluate(
        "tflite.rescale", sums, f32(0.75), input_scale=0.5, output_scale=1.0, rounding=rounding, out_dtype="int8"
    )
    assert result.tolist() == expected


def test_rescale_per_channel_adds_the_zero_point_and_saturates() -> None:
    sums = np.asarray([[10, 10], [1000, -1000]], np.int32)
    attrs = {"input_scale": 1.0, "output_scale": 1.0, "output_zero_point": 5, "out_dtype": "int8"}
    assert evaluate("tflite.rescale", sums, f32([0.5, 2.0]), **attrs).tolist() == [[10, 25], [127, -128]]
    active = evaluate("tflite.rescale", sums, f32([0.5, 2.0]), activation="relu6", **attrs)
    assert active.tolist() == [[10, 11], [11, 5]]


def test_sums_of_64_bits_have_a_multiplier_of_15_bits() -> None:
    sums = np.asarray([2**33, -(2**33), 3], np.int64)
    attrs = {"input_scale": 1.0, "output_scale": 1.0, "rounding": "wide16", "out_dtype": "int16"}
    assert evaluate("tflite.rescale", sums, f32(2.0**-20), **attrs).tolist() == [8192, -8192, 0]
    rejects("tflite.rescale", ty(3, dtype="int32"), ty(), match="int64", argument=0, **attrs)


def test_operands_are_brought_onto_a_common_scale() -> None:
    assert evaluate("tflite.add", i8(10, -10, 100), i8(4, 4, 127), **SUMMANDS).tolist() == [6, -4, 82]
    assert evaluate("tflite.sub", i8(10, -10, 100), i8(4, 4, -128), **SUMMANDS).tolist() == [4, -6, 82]
    assert evaluate("tflite.mul", i8(10, -10, 100), i8(4, 4, 127), **SUMMANDS).tolist() == [5, -5, 127]


def test_an_average_counts_what_is_inside_and_rounds_halves_away_from_zero() -> None:
    data = i8(1, 2, -1, -2).reshape(1, 1, 4, 1)
    attrs = {"scale": 0.5, "zero_point": 3}
    pooled = evaluate("tflite.avg_pool2d", data, pool_size=[1, 2], strides=[1, 2], **attrs)
    assert pooled.reshape(-1).tolist() == [2, -2]
    padded = evaluate("tflite.avg_pool2d", data, pool_size=[1, 3], strides=[1, 3], padding=[0, 1, 0, 1], **attrs)
    assert padded.reshape(-1).tolist() == [2, -2]


def test_tables_meet_their_functions() -> None:
    """Within one step of the real function, over all numbers."""
    real = (ALL_INT8.astype(np.float64) - 7) * 0.05
    logistic = evaluate("tflite.logistic", ALL_INT8, input_scale=0.05, input_zero_point=7)
    assert np.abs(logistic - (256 / (1 + np.exp(-real)) - 128)).max() <= 1
    tanh = evaluate("tflite.tanh", ALL_INT8, input_scale=0.05, input_zero_point=7)
    assert np.abs(tanh - np.clip(128 * np.tanh(real), -128, 127)).max() <= 1


def test_a_softmax_is_that_of_real_numbers() -> None:
    data = np.random.default_rng(0).integers(-128, 128, (5, 20)).astype(np.int8)
    real = np.exp(data.astype(np.float64) * 0.1)
    expected = 256 * real / real.sum(axis=1, keepdims=True) - 128
    result = evaluate("tflite.softmax", data, input_scale=0.1, beta=1.0, out_dtype="int8")
    assert np.abs(result - expected).max() <= 1


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "hard_swish", "elu", "rsqrt"])
def test_scales_are_positive_and_zero_points_fit(name: str) -> None:
    more = {"alpha": 0.1} if name == "leaky_relu" else {}
    data = ty(2, 3, dtype="int8")
    assert infer(f"tflite.{name}", data, **SAME, **more) == data
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        rejects(f"tflite.{name}", data, match="output_scale", **SAME | more | {"output_scale": wrong})
    rejects(f"tflite.{name}", data, match="input_zero_point.*found 128", **SAME | more | {"input_zero_point": 128})
    rejects(f"tflite.{name}", ty(2, 3), match="found float32", argument=0, **SAME, **more)


def test_int16_is_symmetric() -> None:
    data = ty(2, dtype="int16")
    rejects("tflite.add", data, data, match="rhs_zero_point.*must be 0", **SUMMANDS, rhs_zero_point=1)


def test_what_tflm_does_not_requantize_is_refused() -> None:
    attrs = {"input_scale": 1.0, "output_scale": 1.0}
    rejects("tflite.requantize", ty(2, dtype="uint8"), match="out_dtype", out_dtype="int16", **attrs)
    rejects("tflite.requantize", ty(2, dtype="int64"), match="int64", argument=0, out_dtype="int8", **attrs)


def test_operands_have_one_dtype_and_broadcast() -> None:
    rejects("tflite.add", ty(2, dtype="int8"), ty(2, dtype="int16"), match="int16", **SUMMANDS)
    rejects("tflite.mul", ty(2, dtype="int8"), ty(3, dtype="int8"), match="broadcast", **SUMMANDS)


def test_pools_are_checked() -> None:
    data, attrs = ty(1, 4, 4, 2, dtype="int8"), {"scale": 1.0}
    rejects("tflite.avg_pool2d", ty(4, 4, dtype="int8"), match="NHWC", argument=0, pool_size=[2, 2], **attrs)
    rejects("tflite.avg_pool2d", data, match="padding", pool_size=[2, 2], padding=[2, 0, 0, 0], **attrs)


def test_a_mean_of_nothing_is_refused() -> None:
    rejects("tflite.mean", ty(0, 2, dtype="int8"), match="nothing", argument=0, axis=[0], **SAME)


def test_division_by_zero_has_the_sign_of_the_dividend() -> None:
    attrs = {"lhs_scale": 1.0, "rhs_scale": 1.0, "output_scale": 1.0}
    assert evaluate("tflite.div", i8(5, -5, 0, 7), i8(0, 0, 0, 2), **attrs).tolist() == [127, -128, 0, 4]
