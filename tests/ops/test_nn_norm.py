"""Normalizations: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, rejects, ty
from tvm_model_library.relay.types import TupleType


@pytest.mark.parametrize(
    ("axis", "scale", "dtype"), [(1, True, "float32"), (-1, False, "float32"), (0, True, "float16")]
)
def test_batch_norm(axis: int, scale: bool, dtype: str) -> None:
    data = random(2, 3, 4, dtype=dtype)
    vectors = [random(data.shape[axis], dtype=dtype, seed=s, low=0.5) for s in range(4)]
    check("nn.batch_norm", data, *vectors, axis=axis, scale=scale, center=not scale)


def test_batch_norm_normalizes() -> None:
    data = random(50, 3)
    mean, variance = data.mean(0), data.var(0)
    out = evaluate("nn.batch_norm", data, np.ones(3, np.float32), np.zeros(3, np.float32), mean, variance)[0]
    np.testing.assert_allclose(out.std(0), 1, rtol=1e-3)


@pytest.mark.parametrize(("axis", "dtype"), [(1, "float32"), (-1, "float16"), (2, "float32")])
@pytest.mark.parametrize("name", ["layer", "instance", "group"])
def test_norms(axis: int, dtype: str, name: str) -> None:
    data = random(2, 4, 6, 4, dtype=dtype)
    attrs: dict[str, Any] = {"num_groups": 2} if name == "group" else {}
    vectors = [random(data.shape[axis], dtype=dtype, seed=s) for s in range(2)]
    check(f"nn.{name}_norm", data, *vectors, axis=axis, atol=2e-2 if dtype == "float16" else 1e-5, **attrs)


def test_group_norm_of_one_channel_each_is_instance_norm() -> None:
    data, one, zero = random(2, 4, 3, 3), np.ones(4, np.float32), np.zeros(4, np.float32)
    groups = evaluate("nn.group_norm", data, one, zero, num_groups=4)
    np.testing.assert_allclose(groups, evaluate("nn.instance_norm", data, one, zero), rtol=1e-5)


@pytest.mark.parametrize("axis", [(1,), (-1, 0), (1, 2), None])
def test_l2_normalize(axis: tuple[int, ...] | None) -> None:
    check("nn.l2_normalize", random(2, 3, 4), eps=0.001, axis=axis)


@pytest.mark.parametrize("axis", [1, 3, -1])
def test_lrn(axis: int) -> None:
    check("nn.lrn", random(2, 6, 3, 4), axis=axis, size=3, alpha=0.5, beta=0.6, bias=1.5)


def test_type_rule() -> None:
    assert infer("nn.batch_norm", ty(None, 3), ty(3), ty(3), ty(3), ty(3)) == TupleType((ty(None, 3), ty(3), ty(3)))
    rejects("nn.batch_norm", ty(2, 3), ty(3), ty(3), ty(4), ty(3), match="axis 1", argument=3)
    rejects("nn.layer_norm", ty(2, 3), ty(2), ty(3), match="axis -1", argument=1)
    rejects("nn.instance_norm", ty(2, 3), ty(3), ty(3), match="at least 3 dimensions")
    rejects("nn.group_norm", ty(2, 3, 4), ty(3), ty(3), match="num_groups is 2", num_groups=2)
    rejects("nn.lrn", ty(2, 3, 4, 4), match="odd", size=4)
    rejects("nn.l2_normalize", ty(2, 3), match="axis", eps=0.1, axis=(5,))
