"""Quantization, dequantization and requantization: known values, and kernels against the meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, refuses, rejects, ty

PARAMETERS = [1, 2, 3, 4]


def f32(value: object) -> Any:
    return np.asarray(value, np.float32)


def i32(value: object) -> Any:
    return np.asarray(value, np.int32)


def test_quantize_rounds_halves_away_from_zero_and_saturates() -> None:
    data = f32([-0.75, -0.25, 0.25, 0.75, 0.2499, 1000, -1000, np.inf, -np.inf, np.nan])
    result = check("qnn.quantize", data, f32(0.5), i32(3), constants=[1, 2], out_dtype="int8")
    assert result.tolist() == [1, 2, 4, 5, 3, 127, -128, 127, -128, 127]


def test_just_below_a_half() -> None:
    data = f32([np.nextafter(f32(0.5), f32(0)), np.nextafter(f32(-0.5), f32(0)), 8388609.0])
    result = check("qnn.quantize", data, f32(1), i32(0), constants=[1, 2], out_dtype="int32")
    assert result.tolist() == [0, 0, 8388609]


@pytest.mark.parametrize("out_dtype", ["int8", "uint8", "int16", "uint16", "int32"])
@pytest.mark.parametrize("constants", [[], [1, 2]])
def test_quantize_by_channel(out_dtype: str, constants: list[int]) -> None:
    scale, zero = f32([0.1, 0.02, 3]), i32([0, 5, 100])
    check("qnn.quantize", random(4, 3, 5), scale, zero, constants=constants, axis=1, out_dtype=out_dtype)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32"])
@pytest.mark.parametrize("out_dtype", ["float32", "float16"])
def test_dequantize(dtype: str, out_dtype: str) -> None:
    data = random(4, 6, dtype=dtype, low=-100, high=100)
    check("qnn.dequantize", data, f32(0.5), i32(7), constants=[1, 2], out_dtype=out_dtype)
    check("qnn.dequantize", data, f32([0.5, 2, 1, 4]), i32([1, 2, 3, 4]), axis=-2, out_dtype=out_dtype)


def test_dequantize_known_values() -> None:
    result = evaluate("qnn.dequantize", np.asarray([0, 128, 255], np.uint8), f32(0.25), i32(128), out_dtype="float32")
    assert result.tolist() == [-32, 0, 31.75]


def test_requantize_known_values() -> None:
    data = i32([-5, -3, -1, 0, 1, 3, 5, 1000])
    arguments = (data, f32(0.5), i32(0), f32(1), i32(0))
    upward = check("qnn.requantize", *arguments, constants=PARAMETERS, out_dtype="int8")
    assert upward.tolist() == [-2, -1, 0, 0, 1, 2, 3, 127]
    nearest = check("qnn.requantize", *arguments, constants=PARAMETERS, rounding="TONEAREST", out_dtype="int8")
    assert nearest.tolist() == [-3, -2, -1, 0, 1, 2, 3, 127]


@pytest.mark.parametrize("rounding", ["UPWARD", "TONEAREST"])
@pytest.mark.parametrize("compute_dtype", ["int64", "float32", "float64"])
@pytest.mark.parametrize(("scale", "dtype"), [(0.001, "int32"), (0.3, "int8"), (1.0, "int32"), (1.7, "int8")])
def test_requantize(rounding: str, compute_dtype: str, scale: float, dtype: str) -> None:
    limit = 128 if dtype == "int8" else 100000
    data = np.arange(-limit, limit, max(limit // 200, 1)).astype(dtype)
    settings = {"rounding": rounding, "compute_dtype": compute_dtype, "out_dtype": "int16"}
    check("qnn.requantize", data, f32(scale), i32(3), f32(1), i32(-7), constants=PARAMETERS, **settings)


@pytest.mark.parametrize("factors", [[0.001, 0.0002, 0.003], [0.7, 0.001, 0.4], [2.0, 0.3, 1.0]])
@pytest.mark.parametrize("rounding", ["UPWARD", "TONEAREST"])
def test_requantize_by_channel(factors: list[float], rounding: str) -> None:
    data = random(50, 3, dtype="int32", low=-90000, high=90000)
    arguments = (data, f32(factors), i32([0, 4, -9]), f32(0.5), i32(12))
    check("qnn.requantize", *arguments, constants=PARAMETERS, axis=-1, rounding=rounding, out_dtype="int8")
    check("qnn.requantize", data.T.copy(), *arguments[1:], constants=PARAMETERS, axis=0, out_dtype="uint8")


def test_requantize_to_int32_keeps_everything() -> None:
    data = i32([2**30, -(2**30), 2**31 - 1])
    result = check("qnn.requantize", data, f32(0.5), i32(0), f32(1), i32(0), constants=PARAMETERS, out_dtype="int32")
    assert result.tolist() == [2**29, -(2**29), 2**30]


def test_scales_must_be_known() -> None:
    arguments = (i32([1]), f32(0.5), i32(0), f32(1), i32(0))
    refuses("qnn.requantize", *arguments, match="input scale must be known", out_dtype="int8")
    zero = (i32([1]), f32(0.5), i32(0), f32(0), i32(0))
    refuses(
        "qnn.requantize",
        *zero,
        constants=PARAMETERS,
        match="output scale must be a finite number other than 0",
        out_dtype="int8",
    )


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_simulated(code: int) -> None:
    data, scale, zero = random(3, 4, low=-90, high=90), f32([0.5, 2, 0.1]), i32([0, 9, -3])
    for name in ("qnn.simulated_quantize", "qnn.simulated_dequantize"):
        check(name, data, i32(code), scale, zero, axis=0)
        check(name, data, i32(code), scale[:1], zero[:1], axis=-1)
    if code == 1:
        exact = evaluate("qnn.quantize", data, scale, zero, axis=0, out_dtype="int8")
        simulated = evaluate("qnn.simulated_quantize", data, i32(1), scale, zero, axis=0)
        np.testing.assert_array_equal(simulated, exact.astype(np.float32))


def test_type_rules() -> None:
    scalar, zero = ty(), ty(dtype="int32")
    assert infer("qnn.quantize", ty(None, 3), ty(3), ty(3, dtype="int32"), out_dtype="int8") == ty(
        None, 3, dtype="int8"
    )
    rejects("qnn.quantize", ty(2, dtype="int8"), scalar, zero, match="float32", argument=0, out_dtype="int8")
    rejects("qnn.quantize", ty(2), scalar, zero, match="out_dtype", out_dtype="int64")
    rejects("qnn.quantize", ty(2, 3), ty(2), zero, match="output_scale", argument=1, out_dtype="int8")
    rejects("qnn.quantize", ty(2, 3), ty(3), zero, match="axis 2 is out of range", axis=2, out_dtype="int8")
    rejects("qnn.dequantize", ty(2), scalar, zero, match="data", argument=0)
    rejects("qnn.dequantize", ty(2, dtype="int8"), scalar, scalar, match="input_zero_point", argument=2)
    arguments = (ty(2, dtype="int32"), scalar, zero, scalar, zero)
    rejects("qnn.requantize", ty(2), *arguments[1:], match="data", argument=0, out_dtype="int8")
    rejects("qnn.requantize", *arguments[:3], ty(2), zero, match="output_scale", argument=3, out_dtype="int8")
    rejects("qnn.requantize", *arguments, match="out_dtype", out_dtype="int64")
    rejects("qnn.simulated_quantize", ty(2), ty(2, dtype="int32"), scalar, zero, match="code", argument=1)


@pytest.mark.parametrize("rounding", ["UPWARD", "TONEAREST"])
@pytest.mark.parametrize("compute_dtype", ["int64", "float32", "float64"])
def test_requantize_saturates_beyond_32_bits(rounding: str, compute_dtype: str) -> None:
    """Zero points are added as if exactly: with a scale of 1 a great number stays one."""
    data = i32([2**31 - 1, -(2**31), 100, -100])
    settings = {"rounding": rounding, "compute_dtype": compute_dtype}
    for dtype, limits in (("int16", (-32768, 32767)), ("int8", (-128, 127)), ("uint8", (0, 255))):
        for zero_in, zero_out in ((0, 100), (0, -100), (7, 0), (-7, 3)):
            arguments = (data, f32(1), i32(zero_in), f32(1), i32(zero_out))
            result = check("qnn.requantize", *arguments, constants=PARAMETERS, out_dtype=dtype, **settings)
            assert result.tolist() == [limits[1], limits[0], *np.clip([100, -100] - i32(zero_in) + zero_out, *limits)]


@pytest.mark.parametrize("rounding", ["UPWARD", "TONEAREST"])
@pytest.mark.parametrize("factors", [9.0, 65536.0, 1e9, [9.0, 0.5, 1.0], [1e9, 3.7, 1e-9]])
def test_products_beyond_32_bits_wrap_around(rounding: str, factors: Any) -> None:
    """What the fixed-point product does not hold wraps around before the zero point is added, as in TVM."""
    ends = [2**31 - 1, -(2**31), 2**30, -(2**30), 477218589, 5, -5, 0]
    data = np.repeat(i32(ends)[:, None], 3, axis=1)
    for dtype, zero in (("int8", -128), ("int16", 255), ("int32", 2**31 - 1)):
        for zero_in in (0, -(2**31), 2**31 - 1):
            arguments = (data, f32(factors), i32(zero_in), f32(1), i32(zero))
            check("qnn.requantize", *arguments, constants=PARAMETERS, axis=1, rounding=rounding, out_dtype=dtype)
    arguments = (data[:, 0], f32(9), i32(0), f32(1), i32(-128))
    result = check("qnn.requantize", *arguments, constants=PARAMETERS, rounding=rounding, out_dtype="int8")
    wrapped = [(9 * e + 2**31) % 2**32 - 2**31 for e in ends]
    assert result.tolist() == [min(max(w - 128, -128), 127) for w in wrapped]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32"])
def test_quantize_saturates_to_the_last_integer(dtype: str) -> None:
    info = np.iinfo(dtype)
    data = f32([3e38, -3e38, np.inf, -np.inf, np.nan, 2.0**31, 2147483520, -(2.0**31)])
    result = check("qnn.quantize", data, f32(1), i32(0), constants=[1, 2], out_dtype=dtype)
    near = min(2147483520, info.max)
    assert result.tolist() == [info.max, info.min, info.max, info.min, info.max, info.max, near, info.min]
