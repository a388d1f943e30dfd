"""Kernels whose indices come at run time never leave their tensors, whatever the indices say."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import Array, Value, evaluate, random, run_lowering, same
from tvm_model_library.relay.operator import EvaluationRuleError

FAR = [2**31 - 1, -(2**31), 10**6, -7]


def ints(*values: object) -> Array:
    return np.array(values, "int32")


def test_reads_take_the_nearest_element() -> None:
    data = random(3, 4)
    nearest = [2, 0, 2, 0]
    for mode in ("clip", "fast"):
        same(run_lowering("take", data, ints(*FAR), axis=0, mode=mode), data[nearest])
    same(run_lowering("gather_nd", data, ints(FAR)), data[nearest])
    same(run_lowering("gather", data, ints(FAR), axis=0), data[nearest, range(4)][None])
    same(run_lowering("adv_index", (data, ints(*FAR))), data[nearest])


@pytest.mark.parametrize("reduction", ["update", "add"])
def test_updates_outside_are_left_out(reduction: str) -> None:
    data, updates = random(3, 4), random(5, seed=1)
    expected = data.copy()
    expected[1] = updates[4] if reduction == "update" else expected[1] + updates[4]
    wide = np.broadcast_to(updates[:, None], (5, 4)).copy()
    indices = ints(*FAR, 1)
    same(run_lowering("scatter_nd", data, indices[None], wide, mode=reduction), expected)
    columns = np.broadcast_to(indices[:, None], (5, 4)).copy()
    same(run_lowering("scatter_elements", data, columns, wide, axis=0, reduction=reduction), expected)


def test_values_that_are_no_permutation() -> None:
    assert run_lowering("invert_permutation", ints(*FAR, 1)).tolist() == [0, 4, 0, 0, 0]


def test_classes_outside() -> None:
    scores, weights = random(4, 3), random(3, low=1)
    losses = run_lowering("nn.nll_loss", scores, ints(*FAR), weights, reduction="none")
    nearest = ints(2, 0, 2, 0)
    same(losses, evaluate("nn.nll_loss", scores, nearest, weights, reduction="none"))
    with pytest.raises(EvaluationRuleError, match="target"):
        evaluate("nn.nll_loss", scores, ints(0, 1, 2, 3), weights)
    with pytest.raises(EvaluationRuleError, match="target"):
        evaluate("nn.nll_loss", scores, ints(0, 1, 2, -1), weights)


@pytest.mark.parametrize("name", ["vision.roi_align", "vision.roi_pool"])
def test_regions_of_images_that_do_not_exist(name: str) -> None:
    image, region = random(2, 3, 8, 8), [0.0, 0.0, 5.0, 5.0]
    attrs: dict[str, Value] = {"pooled_size": (2, 2), "spatial_scale": 1.0}
    if name == "vision.roi_align":
        attrs["sample_ratio"] = 2
    good = np.array([[1, *region], [0, *region]], np.float32)
    bad = np.array([[99999, *region], [-99999, *region]], np.float32)
    same(run_lowering(name, image, bad, **attrs), evaluate(name, image, good, **attrs))
    with pytest.raises(EvaluationRuleError, match="batch index"):
        evaluate(name, image, bad, **attrs)


def test_crops_of_images_that_do_not_exist() -> None:
    image, boxes = random(2, 8, 8, 3), np.array([[0, 0, 1, 1]] * 4, np.float32)
    attrs: dict[str, Value] = {"crop_size": (4, 4), "layout": "NHWC"}
    got = run_lowering("image.crop_and_resize", image, boxes, ints(*FAR), **attrs)
    same(got, evaluate("image.crop_and_resize", image, boxes, ints(1, 0, 1, 0), **attrs))


def test_sparse_matrices_that_contradict_themselves() -> None:
    dense, data = random(2, 4), random(3, seed=1)
    indices, indptr = ints(10**6, 1, -5), ints(-(10**6), 2, 10**6)
    matrix = np.zeros((2, 4), np.float32)
    matrix[0, 1] = data[1]
    same(run_lowering("nn.sparse_dense", dense, data, indices, indptr), dense @ matrix.T)
    same(run_lowering("nn.sparse_add", dense, data, indices, indptr), dense + matrix)
    for value in run_lowering("nn.sparse_transpose", data, indices, indptr)[:2]:
        assert value.shape == (3,)
    with pytest.raises(EvaluationRuleError, match="outside"):
        evaluate("nn.sparse_add", dense, data, indices, ints(0, 2, 3))


def test_a_slice_wider_than_what_is_written_into_it() -> None:
    bounds = ints(0), ints(4), ints(1)
    got = run_lowering("strided_set", np.zeros(4, np.float32), np.ones(2, np.float32), *bounds)
    assert got.tolist() == [1, 1, 1, 1]
