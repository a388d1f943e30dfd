"""Products of few bits and TVM's blocked convolutions: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty


def small(*shape: int, bits: int = 2, seed: int = 0) -> Any:
    return random(*shape, dtype="uint8", low=0, high=2**bits, seed=seed)


@pytest.mark.parametrize("pack_type", ["uint8", "uint32"])
@pytest.mark.parametrize("axes", [(1, 2), (1, 1), (1, 0), (1, 3)], ids=str)
def test_bitpack(pack_type: str, axes: tuple[int, int]) -> None:
    data = small(2, 32, 3)
    check("nn.bitpack", data, bits=2, pack_axis=axes[0], bit_axis=axes[1], pack_type=pack_type)


def test_the_first_element_is_the_highest_bit() -> None:
    data = np.array([[1, 0, 0, 0, 0, 0, 1, 1]], np.uint8)
    assert evaluate("nn.bitpack", data, bits=1, pack_axis=1, bit_axis=0, pack_type="uint8").tolist() == [[[0b10000011]]]


def by_planes(data: Any, weight: Any, bits: int, unipolar: bool) -> Any:
    """The definition: sums over bit planes of matches (minus mismatches) of the data's bits."""
    total = 0
    for i in range(bits):
        for j in range(bits):
            a, w = (data >> i & 1).astype(int), (weight >> j & 1).astype(int)
            total = total + ((a @ w.T - (a @ (1 - w).T if unipolar else 0)) << (i + j))
    return total


@pytest.mark.parametrize("unipolar", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_bitserial_dense(unipolar: bool, packed: bool) -> None:
    data, weight = small(3, 16), small(5, 16, seed=1)
    given = weight
    if packed:
        given = evaluate("nn.bitpack", weight, bits=2, pack_axis=1, bit_axis=1, pack_type="uint8")
    attrs: dict[str, Any] = {"data_bits": 2, "weight_bits": 2, "pack_dtype": "uint8", "out_dtype": "int16"}
    out = check("nn.bitserial_dense", data, given, units=5, unipolar=unipolar, **attrs)
    np.testing.assert_array_equal(out, by_planes(data, weight, 2, unipolar))


@pytest.mark.parametrize(
    ("unipolar", "packed", "layout"), [(False, False, "NHWC"), (True, True, "NCHW"), (True, True, "NHWC")]
)
def test_bitserial_conv2d(unipolar: bool, packed: bool, layout: str) -> None:
    data, weight = small(1, 8, 5, 6), small(3, 8, 3, 3, seed=1)
    axis = 1
    if layout == "NHWC":
        data, weight = data.transpose(0, 2, 3, 1), weight.transpose(2, 3, 1, 0)
        axis = 2
    if packed:
        weight = evaluate("nn.bitpack", weight, bits=2, pack_axis=axis, bit_axis=4, pack_type="uint8")
    attrs: dict[str, Any] = {"activation_bits": 2, "weight_bits": 2, "pack_dtype": "uint8", "out_dtype": "int16"}
    attrs |= {"channels": 3, "padding": (1, 1), "strides": (2, 1), "data_layout": layout}
    attrs["kernel_layout"] = "OIHW" if layout == "NCHW" else "HWIO"
    data, weight = np.ascontiguousarray(data), np.ascontiguousarray(weight)
    check("nn.bitserial_conv2d", data, weight, unipolar=unipolar, **attrs)


def test_blocked_convolutions() -> None:
    data, weight = random(1, 2, 6, 5, 4), random(3, 2, 3, 3, 4, 8)
    attrs: dict[str, Any] = {"kernel_layout": "OIHW4i8o", "out_layout": "NCHW8c", "channels": 24, "padding": (1, 1)}
    check("nn.contrib_conv2d_NCHWc", data, weight, data_layout="NCHW4c", kernel_size=(3, 3), **attrs)
    depth: dict[str, Any] = {"data_layout": "NCHW4c", "kernel_layout": "OIHW1i4o", "groups": 8, "channels": 8}
    check("nn.contrib_depthwise_conv2d_NCHWc", data, random(2, 1, 3, 3, 1, 4), kernel_size=(3, 3), **depth)


def test_transformed_weights_have_types() -> None:
    assert infer("nn.contrib_conv2d_winograd_weight_transform", ty(8, 4, 3, 3), tile_size=4) == ty(6, 6, 8, 4)
    attrs: dict[str, Any] = {"tile_size": 4, "channels": 8, "kernel_size": (3, 3), "padding": (1, 1)}
    name = "nn.contrib_conv2d_winograd_without_weight_transform"
    assert infer(name, ty(1, 4, 7, 7), ty(6, 6, 4, 8), **attrs) == ty(1, 8, 7, 7)
    assert infer("nn.contrib_conv2d_gemm_weight_transform", ty(3, 3, 4, 9), tile_N=4, tile_K=4) == ty(3, 12, 4, 4)


def test_type_rule() -> None:
    attrs: dict[str, Any] = {"pack_axis": 1, "bit_axis": 2}
    rejects("nn.bitpack", ty(2, 12, dtype="uint8"), match="words of 8 bits", pack_type="uint8", **attrs)
    rejects("nn.bitpack", ty(2, 16, dtype="uint8"), match="pack_type", pack_type="int8", **attrs)
    rejects("nn.bitserial_dense", ty(2, 16), ty(3, 8), match="must agree", pack_dtype="uint8")
