"""Fills, broadcasts, choices and masks."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import Array, check, infer, random, rejects, ty
from tvm_model_library.relay.types import TupleType


def scalar(value: float, dtype: str = "float32") -> Array:
    return np.array(value, dtype)


@pytest.mark.parametrize("name", ["zeros", "ones"])
@pytest.mark.parametrize("dtype", ["float32", "int8", "bool", "float16"])
def test_constants(name: str, dtype: str) -> None:
    check(name, shape=(2, 3), dtype=dtype)
    check(f"{name}_like", random(2, dtype=dtype))


def test_full() -> None:
    check("full", scalar(2.5), shape=(2,), dtype="int32")
    check("full", scalar(2.5), shape=(2, 0))
    check("full", scalar(2.5), shape=(), dtype="")
    check("full_like", random(2, 3, dtype="int8"), scalar(2.7))
    rejects("full", ty(1), shape=(2,), match="scalar", argument=0)


@pytest.mark.parametrize(("start", "stop", "step"), [(1, 6, 2), (1, -6, -2), (0, 1, 3)])
@pytest.mark.parametrize("dtype", ["float32", "int32", "int64"])
def test_arange(start: int, stop: int, step: int, dtype: str) -> None:
    bounds = [scalar(v, dtype) for v in (start, stop, step)]
    check("arange", *bounds, start=start, stop=stop, step=step, dtype=dtype)


def test_arange_types() -> None:
    assert infer("arange", ty(), ty(), ty()) == ty(None)
    rejects("arange", ty(), ty(), ty(dtype="int32"), match="dtype attribute", argument=2)
    rejects("arange", ty(), ty(), ty(), start=1, stop=0, step=1, match="no elements")
    rejects("arange", ty(), ty(), ty(), start=1, stop=0, step=0, match="zero", argument=2)


@pytest.mark.parametrize("indexing", ["ij", "xy"])
def test_meshgrid(indexing: str) -> None:
    check("meshgrid", (random(2), random(3), random()), indexing=indexing)
    rejects("meshgrid", TupleType((ty(2, 2),)), match="scalars and vectors", argument=0)


def test_shapes_as_values() -> None:
    assert check("shape_of", random(2, 3)).tolist() == [2, 3]
    assert check("shape_of", random(), dtype="int64").shape == ()
    assert check("ndarray_size", random(2, 3), dtype="int64") == 6
    assert infer("shape_of", ty(None, 2), dtype="int64") == ty(2, dtype="int64")


def test_broadcast_to() -> None:
    check("broadcast_to", random(1, 3), shape=(2, 2, 3))
    check("broadcast_to", random(), shape=(2,))
    check("broadcast_to_like", random(1, 3), random(2, 2, 3))
    rejects("broadcast_to", ty(2), shape=(1,), match="does not broadcast", argument=0)
    rejects("broadcast_to", ty(2, 3), shape=(3,), match="does not broadcast", argument=0)


@pytest.mark.parametrize(
    ("shape", "target"), [((2, 3, 4), (3, 1)), ((2, 3, 4), (1, 4)), ((0, 3), (3,)), ((3,), (3,)), ((2, 3), ())]
)
def test_collapse_sum(shape: tuple[int, ...], target: tuple[int, ...]) -> None:
    check("collapse_sum_like", random(*shape), random(*target))
    if target:
        check("collapse_sum_to", random(*shape), np.array(target, np.int32), shape=target)


def test_collapse_sum_types() -> None:
    assert infer("collapse_sum_to", ty(2, 3), ty(2, dtype="int32")) == ty(None, None)
    rejects("collapse_sum_like", ty(2, 3), ty(2), match="do not broadcast")


@pytest.mark.parametrize("axis", [0, -1])
def test_repeat(axis: int) -> None:
    check("repeat", random(2, 3), repeats=2, axis=axis)


@pytest.mark.parametrize(("shape", "reps"), [((2, 3), (2,)), ((2, 3), (2, 1, 2)), ((), (2,)), ((1, 3), (2, 1))])
def test_tile(shape: tuple[int, ...], reps: tuple[int, ...]) -> None:
    check("tile", random(*shape), reps=reps)


def test_repetition_types() -> None:
    assert infer("tile", ty(None, 2), reps=(2, 2)) == ty(None, 4)
    rejects("tile", ty(2), reps=(0,), match="positive")
    rejects("repeat", ty(2), repeats=0, axis=0, match="positive")


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
def test_where(dtype: str) -> None:
    check("where", random(2, 1, dtype=dtype, low=-1, high=2), random(3), random(2, 3, seed=7))


def test_where_types() -> None:
    assert infer("where", ty(2, 1, dtype="bool"), ty(3), ty()) == ty(2, 3)
    rejects("where", ty(2), ty(2), ty(2, dtype="int8"), match="one dtype", argument=2)


@pytest.mark.parametrize("axis", [0, 1])
def test_sequence_mask(axis: int) -> None:
    check("sequence_mask", random(3, 3, 2), np.array([1, 3, 0], np.int32), axis=axis, mask_value=0.5)
    rejects("sequence_mask", ty(3, 2), ty(5, dtype="int32"), axis=axis, match="valid_length", argument=1)


@pytest.mark.parametrize("k", [-1, 0, 2])
@pytest.mark.parametrize("upper", [True, False])
def test_trilu(upper: bool, k: int) -> None:
    check("trilu", random(2, 3, 4), np.array(k, np.int64), upper=upper)


@pytest.mark.parametrize("super_right", [True, False])
@pytest.mark.parametrize("sub_right", [True, False])
def test_matrix_set_diag(super_right: bool, sub_right: bool) -> None:
    alignment = {"super_diag_right_align": super_right, "sub_diag_right_align": sub_right}
    check("matrix_set_diag", random(2, 3, 4), random(2, 4, 3, seed=5), k1=-1, k2=2, **alignment)
    check("matrix_set_diag", random(3, 4), random(3, seed=5), k1=1, k2=1, **alignment)


def test_matrix_set_diag_types() -> None:
    rejects("matrix_set_diag", ty(3, 4), ty(2), match="diagonal must be", argument=1)
    rejects("matrix_set_diag", ty(3, 4), ty(3), k1=4, k2=4, match="do not cross", argument=0)


def test_unravel_index() -> None:
    result = check("unravel_index", np.array([22, 41, 37], np.int32), np.array([7, 6], np.int32))
    assert result.tolist() == [[3, 6, 6], [4, 5, 1]]
    check("unravel_index", np.array(22, np.int64), np.array([7, 6], np.int32))


@pytest.mark.parametrize(
    ("source", "target", "shape"),
    [
        ("NCHW", "NHWC", (1, 8, 3, 2)),
        ("NCHW", "NCHW4c", (1, 8, 3, 2)),
        ("NCHW4c", "NHWC", (1, 2, 3, 2, 4)),
        ("NCHW4c", "NCHW2c", (1, 2, 3, 2, 4)),
        ("OIHW", "OIHW2i4o", (8, 4, 3, 3)),
        ("NCHW", "4cNCHW", (1, 8, 3, 2)),
    ],
)
def test_layout_transform(source: str, target: str, shape: tuple[int, ...]) -> None:
    check("layout_transform", random(*shape), src_layout=source, dst_layout=target)


def test_layouts_must_agree() -> None:
    rejects("layout_transform", ty(1, 2), src_layout="NC", dst_layout="NH", match="same axes")


@pytest.mark.parametrize(
    ("source", "target", "shape"),
    [
        ("1N8C3H2W", "1N2C3H2W4c", (1, 8, 3, 2)),
        ("2N2C3H4c", "3H2N4C2c", (2, 2, 3, 4)),
        ("8O4I", "2I4O2i2o", (8, 4)),
    ],
)
def test_auto_scheduler_layout_transform(source: str, target: str, shape: tuple[int, ...]) -> None:
    check("auto_scheduler_layout_transform", random(*shape), src_layout=source, dst_layout=target)


def test_auto_scheduler_layouts_must_agree() -> None:
    rejects("auto_scheduler_layout_transform", ty(4), src_layout="4N", dst_layout="2N3n", match="same axes and sizes")
    rejects("auto_scheduler_layout_transform", ty(4), src_layout="4N-", dst_layout="4N", match="in turn")
    rejects("auto_scheduler_layout_transform", ty(5), src_layout="4N", dst_layout="2N2n", match="does not fit")
