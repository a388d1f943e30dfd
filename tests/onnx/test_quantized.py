"""Quantized products with the bits of onnxruntime: sums in integers, times a float32 scale, rounded half to even."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx_models import Op, graph, model
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.onnx.load import model_of_file
from tvm_model_library.frontends.onnx.reader import read_bytes
from tvm_model_library.frontends.options import LoadOptions
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(3)


def any_of(dtype: str, *shape: int) -> Array:
    info = np.iinfo(dtype)
    return RNG.integers(info.min, info.max + 1, shape).astype(dtype)


def loaded(op: Op, x: Array, constants: dict[str, Array]) -> Model:
    contents = graph([op], {"x": (x.dtype.name, x.shape)}, constants)
    return model_of_file(read_bytes(model(contents, 13), "model.onnx"), LoadOptions())


def requantized(sums: Array, scale: Array, zero: int, dtype: str) -> Array:
    info = np.iinfo(dtype)
    real = sums.astype(np.float32) * scale.astype(np.float32)
    return np.clip(np.rint(real) + zero, info.min, info.max).astype(dtype)


def scale_constants(weight: Array, x_scale: float, w_scale: Array, y_scale: float, zeros: Array) -> dict[str, Array]:
    dtype = zeros.dtype
    return {
        "xs": np.array(x_scale, np.float32),
        "xz": np.array(zeros[0], dtype),
        "w": weight,
        "ws": w_scale,
        "wz": np.zeros(w_scale.shape, weight.dtype),
        "ys": np.array(y_scale, np.float32),
        "yz": np.array(zeros[1], dtype),
    }


NAMES = ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz"]


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("channels", [True, False])
def test_a_convolution(dtype: str, channels: bool) -> None:
    weight, bias = any_of("int8", 4, 2, 3, 3), RNG.integers(-3000, 3000, 4).astype(np.int32)
    w_scale = np.float32([0.01, 0.02, 0.005, 0.013]) if channels else np.array(0.01, np.float32)
    zeros = np.array([7, 11], dtype)
    constants = {**scale_constants(weight, 0.05, w_scale, 0.11, zeros), "b": bias}
    image = any_of(dtype, 1, 4, 6, 5)
    network = loaded(Op("QLinearConv", [*NAMES, "b"], ["y"], {"group": 2, "pads": [1, 1, 0, 0]}), image, constants)

    shifted = np.pad(image.astype(np.int64) - 7, ((0, 0), (0, 0), (1, 0), (1, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(shifted, (3, 3), (2, 3))
    halves = [np.einsum("ncyxij,ocij->noyx", windows[:, 2 * g : 2 * g + 2], weight[2 * g : 2 * g + 2]) for g in (0, 1)]
    sums = np.concatenate(halves, axis=1) + bias[:, None, None]
    scale = np.float32(0.05) * w_scale / np.float32(0.11)
    expected = requantized(sums, scale[:, None, None] if channels else scale, 11, dtype)
    assert len(np.unique(expected)) > 20
    np.testing.assert_array_equal(network.reference(image)[0], expected)
    np.testing.assert_array_equal(compile_model(network, executor="aot").run(image)[0], expected)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_a_product(dtype: str) -> None:
    weight, rows = any_of("int8", 20, 6), any_of(dtype, 2, 3, 20)
    constants = scale_constants(weight, 0.05, np.array(0.01, np.float32), 0.9, np.array([100, 50], dtype))
    network = loaded(Op("QLinearMatMul", NAMES), rows, constants)
    sums = (rows.astype(np.int64) - 100) @ weight.astype(np.int64)
    expected = requantized(sums, np.float32(0.05) * np.float32(0.01) / np.float32(0.9), 50, dtype)
    np.testing.assert_array_equal(network.reference(rows)[0], expected)


def test_halves_go_to_the_even_number() -> None:
    x = np.int8([[-5], [-3], [-1], [1], [3], [5]])
    constants = scale_constants(np.int8([[1]]), 0.5, np.array(1, np.float32), 1, np.int8([0, 0]))
    (found,) = loaded(Op("QLinearMatMul", NAMES), x, constants).reference(x)
    np.testing.assert_array_equal(found[:, 0], np.int8([-2, -2, 0, 0, 2, 2]))


def test_sums() -> None:
    image, weight = any_of("uint8", 1, 2, 7), any_of("uint8", 3, 2, 4)
    zeros = {"xz": np.array(9, np.uint8), "wz": np.uint8([3, 200, 0])}
    network = loaded(Op("ConvInteger", ["x", "w", "xz", "wz"]), image, {"w": weight, **zeros})
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.int64) - 9, 4, 2)
    expected = np.einsum("ncxi,oci->nox", windows, weight - np.int64([3, 200, 0])[:, None, None])
    (found,) = network.reference(image)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, expected)
    a, b = any_of("uint8", 2, 3, 4), any_of("int8", 2, 4, 5)
    (found,) = loaded(Op("MatMulInteger", ["x", "b"]), a, {"b": b}).reference(a)
    np.testing.assert_array_equal(found, a.astype(np.int64) @ b)


def test_a_product_with_a_bias() -> None:
    weight, rows = any_of("int8", 6, 20), any_of("int8", 3, 20)
    constants = scale_constants(weight, 0.05, np.float32([1, 2, 3, 4, 5, 6]) / 500, 0.9, np.int8([10, 5]))
    bias = RNG.integers(-3000, 3000, 6).astype(np.int32)
    names = [*NAMES[:6], "b", *NAMES[6:]]
    op = Op("QGemm", names, ["y"], {"alpha": 1.0, "transA": 0, "transB": 1}, "com.microsoft")
    network = loaded(op, rows, {**constants, "b": bias})
    sums = (rows.astype(np.int64) - 10) @ weight.T.astype(np.int64) + bias
    expected = requantized(sums, np.float32(0.05) * constants["ws"] / np.float32(0.9), 5, "int8")
    np.testing.assert_array_equal(network.reference(rows)[0], expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xz": np.array(0, np.uint8)}, "a zero point of uint8 of a tensor of int8"),
        ({"xs": np.array(-1, np.float32)}, "expected positive numbers"),
        ({"ws": np.zeros(3, np.float32)}, "expected positive numbers"),
        ({"xs": np.array(1, np.float16)}, "scales of float16 are not supported"),
        ({"w": np.zeros((3, 2), np.int8)}, "do not fit"),
    ],
)
def test_what_is_refused(change: dict[str, Array], message: str) -> None:
    constants = scale_constants(any_of("int8", 4, 2), 0.5, np.array(1, np.float32), 1, np.int8([0, 0]))
    with pytest.raises(ModelLibraryError, match=message) as caught:
        loaded(Op("QLinearMatMul", NAMES), any_of("int8", 1, 4), {**constants, **change})
    assert "operator 0 QLinearMatMul" in str(caught.value)
