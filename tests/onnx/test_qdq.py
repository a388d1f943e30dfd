"""QDQ graphs: what lies between DequantizeLinear and QuantizeLinear has the bits of the QLinear operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from onnx_models import Op, graph, model
from tvm_model_library.frontends.onnx.load import model_of_file
from tvm_model_library.frontends.onnx.reader import read_bytes
from tvm_model_library.frontends.options import LoadOptions
from tvm_model_library.model import Model

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(8)
IMAGE = RNG.integers(-128, 128, (1, 3, 6, 6)).astype(np.int8)
CONSTANTS: dict[str, Array] = {
    "xs": np.array(0.05, np.float32),
    "xz": np.array(5, np.int8),
    "w": RNG.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8),
    "ws": np.float32([0.01, 0.02, 0.03, 0.015]),
    "wz": np.zeros(4, np.int8),
    "b": RNG.integers(-2000, 2000, 4).astype(np.int32),
    "bs": np.float32(0.05) * np.float32([0.01, 0.02, 0.03, 0.015]),
    "bz": np.zeros(4, np.int32),
    "ys": np.array(0.2, np.float32),
    "yz": np.array(-128, np.int8),
}


def loaded(ops: list[Op], changes: Mapping[str, Array] | None = None, outputs: tuple[str, ...] = ("y",)) -> Model:
    contents = graph(ops, {"x": ("int8", IMAGE.shape)}, {**CONSTANTS, **(changes or {})}, outputs)
    return model_of_file(read_bytes(model(contents, 13), "model.onnx"), LoadOptions())


def layer(*inside: Op) -> list[Op]:
    """A quantized convolution, and operators between it and the QuantizeLinear."""
    return [
        Op("DequantizeLinear", ["x", "xs", "xz"], ["xr"]),
        Op("DequantizeLinear", ["w", "ws", "wz"], ["wr"], {"axis": 0}),
        Op("DequantizeLinear", ["b", "bs", "bz"], ["br"], {"axis": 0}),
        Op("Conv", ["xr", "wr", "br"], ["c"]),
        *inside,
        Op("QuantizeLinear", [inside[-1].outputs[0] if inside else "c", "ys", "yz"], ["y"]),
    ]


EXPECTED = Op("QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], ["y"])


@pytest.mark.parametrize("inside", [[], [Op("Relu", ["c"], ["r"])]], ids=["alone", "with Relu"])
def test_a_convolution_runs_in_integers(inside: list[Op]) -> None:
    network, expected = loaded(layer(*inside)), loaded([EXPECTED])
    assert "qnn.conv2d" in network.text
    assert "nn.conv2d(" not in network.text.replace("qnn.conv2d(", "")
    found = network.reference(IMAGE)[0]
    np.testing.assert_array_equal(found, expected.reference(IMAGE)[0])
    assert len(np.unique(found)) > 20


def test_what_only_moves_numbers_moves_bytes() -> None:
    ops = [
        Op("DequantizeLinear", ["x", "xs", "xz"], ["r"]),
        Op("MaxPool", ["r"], ["p"], {"kernel_shape": [2, 2], "strides": [2, 2]}),
        Op("QuantizeLinear", ["p", "xs", "xz"], ["q"]),
        Op("DequantizeLinear", ["q", "xs", "xz"], ["s"]),
        Op("Transpose", ["s"], ["t"], {"perm": [0, 2, 3, 1]}),
        Op("QuantizeLinear", ["t", "xs", "xz"], ["y"]),
    ]
    network = loaded(ops)
    assert "float32" not in network.text
    pooled = IMAGE.reshape(1, 3, 3, 2, 3, 2).max((3, 5)).transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(network.reference(IMAGE)[0], pooled)


@pytest.mark.parametrize("transposed", [0, 1])
def test_a_dense_layer_runs_in_integers(transposed: int) -> None:
    weight = RNG.integers(-127, 128, (36, 4)).astype(np.int8)
    changes = {"w": weight.T if transposed else weight, "ys": np.array(0.4, np.float32), "yz": np.array(3, np.int8)}
    ops = [
        Op("DequantizeLinear", ["x", "xs", "xz"], ["xr"]),
        Op("Reshape", ["xr", "sizes"], ["f"]),
        Op("QuantizeLinear", ["f", "xs", "xz"], ["q"]),
        Op("DequantizeLinear", ["q", "xs", "xz"], ["fr"]),
        Op("DequantizeLinear", ["w", "ws", "wz"], ["wr"], {"axis": 0 if transposed else 1}),
        Op("DequantizeLinear", ["b", "bs", "bz"], ["br"], {"axis": 0}),
        Op("Gemm", ["fr", "wr", "br"], ["g"], {"transB": transposed}),
        Op("QuantizeLinear", ["g", "ys", "yz"], ["y"]),
    ]
    network = loaded(ops, {**changes, "sizes": np.array([3, 36], np.int64)})
    assert "qnn.dense" in network.text
    sums = (IMAGE.reshape(3, 36).astype(np.int64) - 5) @ weight.astype(np.int64) + CONSTANTS["b"]
    scale = np.float32(0.05) * CONSTANTS["ws"] / np.float32(0.4)
    expected = np.clip(np.rint(sums.astype(np.float32) * scale) + 3, -128, 127)
    np.testing.assert_array_equal(network.reference(IMAGE)[0], expected)


REAL: list[tuple[list[Op], dict[str, Array], tuple[str, ...], str]] = [
    (layer(), {}, ("y", "c"), "the real result is an output as well"),
    (layer(Op("Relu", ["c"], ["r"])), {"yz": np.array(0, np.int8)}, ("y",), "a Relu that quantizing does not do"),
    (layer(Op("Abs", ["c"], ["r"])), {}, ("y",), "an operator between"),
    (layer(), {"bs": CONSTANTS["bs"] * 2}, ("y",), "a bias on another scale"),
    (layer(), {"bz": np.ones(4, np.int32)}, ("y",), "a bias with zero points"),
]


@pytest.mark.parametrize(("ops", "changes", "outputs"), [r[:3] for r in REAL], ids=[r[3] for r in REAL])
def test_what_fits_no_pattern_stays_real_and_right(
    ops: list[Op], changes: dict[str, Array], outputs: tuple[str, ...]
) -> None:
    network = loaded(ops, changes, outputs)
    assert "qnn.conv2d" not in network.text
    c = {**CONSTANTS, **changes}
    image = (IMAGE.astype(np.float64) - 5) * 0.05
    weight = c["w"] * c["ws"][:, None, None, None].astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3), (2, 3))
    bias = (c["b"] - c["bz"]) * c["bs"].astype(np.float64)
    real = np.einsum("ncyxij,ocij->noyx", windows, weight) + bias[:, None, None]
    inside = {"Relu": np.maximum(real, 0), "Abs": np.abs(real)}.get(ops[-2].name, real)
    expected = np.clip(np.rint(inside / 0.2) + int(c["yz"]), -128, 127)
    assert np.abs(network.reference(IMAGE)[0] - expected).max() <= 1
