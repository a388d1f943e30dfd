"""Padding: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, evaluate, infer, random, refuses, rejects, ty
from tvm_model_library.relay.operator import EvaluationRuleError


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect"])
@pytest.mark.parametrize(("known", "dtype"), [(True, "float32"), (False, "int8"), (True, "float16")])
def test_pad(mode: str, known: bool, dtype: str) -> None:
    value = np.asarray(7, dtype)
    widths = ((0, 0), (1, 2), (3, 0))
    check("nn.pad", random(2, 3, 4, dtype=dtype), value, constants=[1] * known, pad_width=widths, pad_mode=mode)


def test_negative_widths_crop() -> None:
    result = check("nn.pad", np.arange(5, dtype=np.float32), np.float32(9).reshape(()), pad_width=((-1, 2),))
    assert result.tolist() == [1, 2, 3, 4, 9, 9]


@pytest.mark.parametrize("mode", ["SYMMETRIC", "REFLECT"])
def test_mirror_pad(mode: str) -> None:
    check("nn.mirror_pad", random(3, 4), mode=mode, pad_width=((2, 1), (0, 3)))


def test_dilate() -> None:
    check("nn.dilate", random(3, 4), strides=[2, 3])
    check("nn.dilate", random(3, 4, dtype="int32"), strides=[1, 3], dilation_value=5.0)
    assert infer("nn.dilate", ty(None, 4), strides=(2, 2)) == ty(None, 7)


def test_type_rule() -> None:
    scalar = ty()
    assert infer("nn.pad", ty(None, 3), scalar, pad_width=((1, 1), (2, 0))) == ty(None, 5)
    rejects("nn.pad", ty(2, 3), scalar, match="2 pairs", pad_width=((1, 1),))
    rejects("nn.pad", ty(2, 3), ty(2), match="must be a scalar", pad_width=((1, 1), (0, 0)), argument=1)
    rejects("nn.pad", ty(2, 3), scalar, match="less than nothing", pad_width=((-1, -2), (0, 0)))
    rejects("nn.mirror_pad", ty(2, 3), match="must not be negative", pad_width=((-1, 0), (0, 0)))
    rejects("nn.dilate", ty(2, 3), match="strides needs 2", strides=(1, 2, 3))


@pytest.mark.parametrize("mode", ["edge", "reflect"])
def test_cropping_in_other_modes(mode: str) -> None:
    value = np.zeros((), np.float32)
    check("nn.pad", random(4, 5), value, pad_width=((-1, 2), (3, -1)), pad_mode=mode)


def test_data_too_small_to_be_mirrored() -> None:
    with pytest.raises(EvaluationRuleError, match="can't be padded"):
        evaluate("nn.mirror_pad", random(2, 3), pad_width=((3, 0), (0, 0)))
    refuses("nn.mirror_pad", random(2, 3), match="can't be padded", pad_width=((3, 0), (0, 0)))
