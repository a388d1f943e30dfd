"""Bias, activations, softmax, flattening: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, evaluate, infer, operator, random, rejects, ty
from tvm_model_library.relay.operator import Attrs
from tvm_model_library.relay.types import TupleType


@pytest.mark.parametrize(("axis", "dtype"), [(1, "float32"), (0, "int32"), (-1, "int8"), (2, "float32")])
def test_bias_add(axis: int, dtype: str) -> None:
    data = random(2, 3, 4, dtype=dtype)
    check("nn.bias_add", data, random(data.shape[axis], dtype=dtype), axis=axis)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
@pytest.mark.parametrize("bias", [[3, 3, 3], [1, 2, 3]])
def test_constant_bias_of_integers(bias: list[int], dtype: str) -> None:
    check("nn.bias_add", random(2, 3, dtype=dtype), np.asarray(bias, dtype), constants=[1])
    check("nn.bias_add", np.full((1, 3), np.iinfo(dtype).max, dtype), np.asarray(bias, dtype), constants=[1])


@pytest.mark.parametrize("axis", [1, -1, 0])
def test_prelu(axis: int) -> None:
    data = random(2, 3, 4)
    check("nn.prelu", data, random(data.shape[axis]), axis=axis)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "int32"])
def test_relu(dtype: str) -> None:
    check("nn.relu", random(2, 30, dtype=dtype))
    check("nn.leaky_relu", random(2, 30, dtype=dtype), alpha=0.1)


def test_leaky_relu_without_a_slope_is_relu() -> None:
    result = check("nn.leaky_relu", np.asarray([-np.inf, -1, 2, np.inf], np.float32), alpha=0.0)
    assert result.tolist() == [0, 0, 2, np.inf]


@pytest.mark.parametrize("name", ["softmax", "fast_softmax", "log_softmax"])
@pytest.mark.parametrize(("axis", "dtype"), [(-1, "float32"), (0, "float16"), (1, "float64")])
def test_softmax(name: str, axis: int, dtype: str) -> None:
    check(f"nn.{name}", random(2, 5, 7, dtype=dtype), axis=axis)


def test_softmax_of_large_values() -> None:
    assert evaluate("nn.softmax", np.array([1000, 1000], np.float32)).tolist() == [0.5, 0.5]
    check("nn.softmax", np.array([1000, 0, -1000], np.float32))


def test_batch_flatten() -> None:
    check("nn.batch_flatten", random(2, 3, 4))
    check("nn.batch_flatten", random(2))
    check("nn.batch_flatten", random(2, 4, 0))
    assert infer("nn.batch_flatten", ty(None, 3, 4)) == ty(None, 12)
    assert infer("nn.batch_flatten", ty(2, None, 4)) == ty(2, None)
    rejects("nn.batch_flatten", ty(), match="at least one dimension")


def test_dropout_drops_nothing() -> None:
    _, mask = check("nn.dropout", random(2, 3))
    assert (mask == 1).all()
    assert infer("nn.dropout", ty(2)) == TupleType((ty(2), ty(2)))


def test_type_rule() -> None:
    rejects("nn.bias_add", ty(2, 3), ty(4), match="axis 1", argument=1)
    rejects("nn.bias_add", ty(2, 3), ty(3), match=r"axis must be in \[-2, 2\)", axis=2)
    rejects("nn.bias_add", ty(2, 3), ty(3, dtype="int32"), match="float32")
    rejects("nn.softmax", ty(2, 3), match="axis", axis=5)


def test_untyped_bias() -> None:
    op = operator("nn.bias_add")
    assert op.constrain is not None
    assert op.constrain(Attrs({"axis": -1}), ty(2, 3), None) == [None, ty(3)]
