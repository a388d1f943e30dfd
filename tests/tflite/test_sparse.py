"""Sparse constants: a dense tensor is written in every combination of formats, orders and blocks, and read back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tflite_models import Op, Tensor, model
from tvm_model_library.errors import ModelFileError
from tvm_model_library.frontends.tflite.reader import read_bytes

WIDTHS = {"Int32Vector": np.int32, "Uint16Vector": np.uint16, "Uint8Vector": np.uint8}


def csr(segments: Any, indices: Any, width: str = "Int32Vector") -> dict[str, Any]:
    """A level of the format SPARSE_CSR."""
    vectors = [(width, {"values": v}) for v in (segments, indices)]
    return {"format": "SPARSE_CSR", "array_segments": vectors[0], "array_indices": vectors[1]}


def sparse(
    dense: np.ndarray, order: Sequence[int], blocks: Sequence[tuple[int, int]], formats: str, width: str
) -> tuple[np.ndarray, dict[str, Any]]:
    """The stored values of ``dense`` and its SparsityParameters.

    ``blocks`` are pairs of a dimension and a size; ``formats`` has D or S for each level. Written from schema.fbs by
    listing coordinates, one after the other.
    """
    coordinates = {}
    for index in np.ndindex(*dense.shape):
        outer, inner = list(index), []
        for dimension, size in reversed(blocks):
            inner.insert(0, outer[dimension] % size)
            outer[dimension] //= size
        coordinates[tuple((*outer, *inner)[d] for d in order)] = dense[index]
    sizes = [max(c[i] for c in coordinates) + 1 for i in range(len(order))]
    places: list[tuple[int, ...]] = [()]
    levels = []
    for i, letter in enumerate(formats):
        stored = {c[: i + 1] for c, value in coordinates.items() if value != 0}
        rows = [[(*p, j) for j in range(sizes[i]) if letter == "D" or (*p, j) in stored] for p in places]
        places = [p for row in rows for p in row]
        if letter == "D":
            levels.append({"format": "DENSE", "dense_size": sizes[i]})
            continue
        segments = np.cumsum([0, *map(len, rows)]).astype(WIDTHS[width])
        indices = np.array([p[-1] for p in places], WIDTHS[width])
        vectors = [bytes(v) if width == "Uint8Vector" else v for v in (segments, indices)]
        fields = ("array_segments", "array_indices")
        levels.append(
            {"format": "SPARSE_CSR", **{f: (width, {"values": v}) for f, v in zip(fields, vectors, strict=True)}}
        )
    values = np.array([coordinates[p] for p in places], dense.dtype)
    return values, {"traversal_order": order, "block_map": [d for d, _ in blocks], "dim_metadata": levels}


def read_back(shape: Sequence[int], dtype: str, values: Any, sparsity: dict[str, Any]) -> np.ndarray:
    held = Tensor(shape, dtype, "w", values, fields={"sparsity": sparsity})
    op = Op("DENSIFY", [held], [Tensor(shape, dtype)])
    found = read_bytes(model(op), "m.tflite").subgraphs[0].tensors[0].data
    assert found is not None
    return found


def some_dense(shape: Sequence[int], dtype: Any) -> np.ndarray:
    rng = np.random.default_rng(1)
    values = rng.integers(1, 8, shape) * (rng.random(shape) < 0.3)
    return values.astype(dtype)


@pytest.mark.parametrize("formats", ["".join(f) for f in itertools.product("DS", repeat=3)])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_each_order_and_format(order: tuple[int, ...], formats: str) -> None:
    dense = some_dense((3, 4, 5), np.float32)
    assert np.array_equal(read_back(dense.shape, "FLOAT32", *sparse(dense, order, [], formats, "Int32Vector")), dense)


@pytest.mark.parametrize("width", sorted(WIDTHS))
@pytest.mark.parametrize("blocks", [[(1, 4)], [(0, 2), (1, 4)], [(1, 4), (0, 2)], [(1, 2), (1, 4)]])
@pytest.mark.parametrize("outer", ["SD", "DS", "SS"])
def test_blocks(outer: str, blocks: list[tuple[int, int]], width: str) -> None:
    dense = some_dense((4, 16), np.int8)
    for inner in itertools.permutations(range(2, 2 + len(blocks))):
        written = sparse(dense, (0, 1, *inner), blocks, outer + "D" * len(blocks), width)
        assert np.array_equal(read_back(dense.shape, "INT8", *written), dense)


@pytest.mark.parametrize(("dtype", "kind"), [("FLOAT16", np.float16), ("INT4", np.int8), ("INT16", np.int16)])
def test_types(dtype: str, kind: Any) -> None:
    dense = some_dense((3, 7), kind)
    assert np.array_equal(read_back(dense.shape, dtype, *sparse(dense, (0, 1), [], "DS", "Int32Vector")), dense)


def test_a_tensor_of_zeros_stores_no_value() -> None:
    dense = np.zeros((3, 4), np.float32)
    values, sparsity = sparse(dense, (0, 1), [], "DS", "Int32Vector")
    assert len(values) == 0
    assert np.array_equal(read_back(dense.shape, "FLOAT32", values, sparsity), dense)


DENSE_ROWS = {"format": "DENSE", "dense_size": 2}
THREE = {"format": "DENSE", "dense_size": 3}


@pytest.mark.parametrize(
    ("order", "blocks", "levels", "expected"),
    [
        ([0], [], [DENSE_ROWS], "expected a level for each dimension"),
        ([0, 0], [], [DENSE_ROWS, DENSE_ROWS], "expected a level for each dimension"),
        ([0, 1], [], [DENSE_ROWS], "expected a level for each dimension"),
        ([0, 1], [], [THREE, csr([0, 1, 2, 2], [0, 1])], "size 3, expected 2"),
        ([0, 1], [], [DENSE_ROWS, csr([0, 1], [0])], "2 segments do not fit 2 places"),
        ([0, 1], [], [DENSE_ROWS, csr([0, 2, 1], [0])], "segments do not fit"),
        ([0, 1], [], [DENSE_ROWS, csr([1, 1, 2], [0, 1])], "segments do not fit"),
        ([0, 1], [], [DENSE_ROWS, csr([], [])], "0 segments do not fit"),
        ([0, 1], [], [DENSE_ROWS, {"format": "SPARSE_CSR"}], "0 segments do not fit"),
        ([0, 1], [], [DENSE_ROWS, csr([0, 1, 2], [0, 4])], "an index is outside 0 to 3"),
        ([0, 1], [], [DENSE_ROWS, csr([0, 1, 2], [0, -1])], "an index is outside 0 to 3"),
        ([0, 1], [], [DENSE_ROWS, csr([0, 2, 2], [3, 3])], "for 1 places"),
        ([0, 1], [], [DENSE_ROWS, csr([0, 1, 3], [0, 1, 2])], "with 2 values for 3 places"),
        ([0, 1], [], [DENSE_ROWS, csr([0, 1, 1], [0])], "with 2 values for 1 places"),
        (
            [0, 1, 2],
            [1],
            [DENSE_ROWS, DENSE_ROWS, THREE],
            "blocks of 3 along dimension 1",
        ),
        ([0, 1, 2], [2], [DENSE_ROWS, DENSE_ROWS, DENSE_ROWS], "blocks of 2 along dimension 2"),
        ([0, 1, 2], [1], [DENSE_ROWS, DENSE_ROWS, csr([0, 1, 1, 1, 1], [0])], "blocks of 0 along dimension 1"),
    ],
)
def test_places_that_do_not_fit_the_shape(order: Any, blocks: Any, levels: Any, expected: str) -> None:
    sparsity = {"traversal_order": order, "block_map": blocks, "dim_metadata": levels}
    with pytest.raises(ModelFileError, match=expected) as caught:
        read_back((2, 4), "FLOAT32", np.ones(2, np.float32), sparsity)
    assert str(caught.value).startswith("m.tflite: tensor 0 w: ")
