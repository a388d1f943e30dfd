"""Sparse coordinates, Fourier transforms, and operators that only mark a value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, random, refuses, rejects, ty


def i64(*values: Any) -> Any:
    return np.asarray(values, np.int64)


@pytest.mark.parametrize("new_shape", [(9, -1), (36,), (2, 3, 6), (3, 2, -1, 2)])
def test_sparse_reshape(new_shape: tuple[int, ...]) -> None:
    coordinates = i64([0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 2, 3])
    found, shape = check("sparse_reshape", coordinates, i64(2, 3, 6), i64(*new_shape))
    dense = np.zeros((2, 3, 6))
    dense[tuple(coordinates.T)] = 1
    np.testing.assert_array_equal(np.argwhere(dense.reshape(new_shape)), found)
    assert shape.tolist() == list(dense.reshape(new_shape).shape)


def test_sparse_reshape_to_the_same_shape_leaves_any_index() -> None:
    found, _ = check("sparse_reshape", i64([0, 100], [200, 1]), i64(2, 3), i64(2, 3))
    assert found.tolist() == [[0, 100], [200, 1]]


@pytest.mark.parametrize("rows", [[0, 0, 2, 5], [1, 3], [6], []])
def test_sparse_fill_empty_rows(rows: list[int]) -> None:
    coordinates = np.asarray([[r, i] for i, r in enumerate(rows)], np.int64).reshape(len(rows), 2)
    values = np.arange(10, 10 + len(rows), dtype=np.int64)
    arguments = (coordinates, values, i64(7, 9), i64(-1))
    places, filled, empty = check("sparse_fill_empty_rows", *arguments, constants=[0, 2])
    assert sorted(set(places[:, 0].tolist())) == list(range(7))
    assert empty.tolist() == [int(r not in rows) for r in range(7)]
    assert [v for v in filled.tolist() if v >= 0] == values.tolist()
    refuses("sparse_fill_empty_rows", *arguments, match="known only at run time")


@pytest.mark.parametrize("inverse", [False, True])
def test_dft(inverse: bool) -> None:
    re, im = random(2, 12), random(2, 12, seed=1)
    found = check("dft", re, im, inverse=inverse, atol=1e-4)
    expected = (np.fft.ifft if inverse else np.fft.fft)(re + 1j * im)
    np.testing.assert_allclose(found[0] + 1j * found[1], expected, atol=1e-3)


@pytest.mark.parametrize("onesided", [True, False])
@pytest.mark.parametrize("normalized", [True, False])
def test_stft(onesided: bool, normalized: bool) -> None:
    data, window = random(2, 30), random(8, seed=1)
    attrs = {"n_fft": 8, "hop_length": 3, "win_length": 8, "normalized": normalized, "onesided": onesided}
    found = check("stft", data, window, atol=1e-4, **attrs)
    expected = (np.fft.rfft if onesided else np.fft.fft)(data[:, 3:11] * window) / (8**0.5 if normalized else 1)
    np.testing.assert_allclose(found[:, :, 1, 0] + 1j * found[:, :, 1, 1], expected, atol=1e-3)


def test_stft_of_one_signal() -> None:
    data = np.asarray([1, 2, 3, 4, 5, 6], np.float32)
    window = np.asarray([4, 3, 2], np.float32)
    found = check("stft", data, window, n_fft=3, hop_length=3, win_length=3)
    # frames (4, 6, 6) and (16, 15, 12): sums 16 and 43; at a third of a turn 4 - 12 / 2 and 16 - 27 / 2
    np.testing.assert_allclose(found[0], [[16, 0], [43, 0]], atol=1e-4)
    np.testing.assert_allclose(found[1], [[-2, 0], [2.5, -3 * 3**0.5 / 2]], atol=1e-4)


@pytest.mark.parametrize(
    "name",
    ["annotation.stop_fusion", "annotation.checkpoint", "annotation.cast_hint", "annotation.compiler_begin", "debug",
     "on_device"],
)  # fmt: skip
def test_marks_are_identities(name: str) -> None:
    data = random(2, 3)
    assert evaluate(name, data) is data
    check(name, data)


def test_type_rules() -> None:
    rejects("sparse_reshape", ty(3, 2), ty(2, dtype="int64"), ty(2, dtype="int64"), match="sparse_indices")
    rejects("sparse_reshape", ty(3, 2, dtype="int64"), ty(3, dtype="int64"), ty(2, dtype="int64"), match="prev_shape")
    rejects("dft", ty(3), ty(4), match="one type")
    rejects("dft", ty(3, dtype="int32"), ty(3, dtype="int32"), match="floating point")
    rejects("stft", ty(2, 30), ty(9), match="win_length", n_fft=8, hop_length=3, win_length=9)
    rejects("stft", ty(2, 5), ty(8), match="fewer", n_fft=8, hop_length=3, win_length=8)
