"""Fixed-point arithmetic: rounding worked out by hand, and the kernels against the meaning over whole ranges."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, evaluate, rejects, ty
from tvm_model_library.relay.ops._fixed_point import fixed_point_multiply, multiplier_and_shift, scale_integers
from tvm_model_library.relay.ops._fixed_point_te import Scaling, quantize_factor


@pytest.mark.parametrize(
    ("factor", "multiplier", "shift"),
    [
        (0.5, 1 << 30, 0),
        (1.0, 1 << 30, 1),
        (0.25, 1 << 30, -1),
        (3.0, 3 << 29, 2),
        (0.75, 3 << 29, 0),
        (-0.75, -(3 << 29), 0),
        (0.0, 0, 0),
        (1 - 2.0**-40, 1 << 30, 1),  # rounds up to one, and carries into the exponent
        (1 / 3, 1431655765, -1),  # 2/3 * 2**31 = 1431655765.33
    ],
)
def test_factors(factor: float, multiplier: int, shift: int) -> None:
    assert [int(v) for v in multiplier_and_shift(np.asarray(factor))] == [multiplier, shift]
    assert quantize_factor(factor) == (multiplier, shift)


@pytest.mark.parametrize(
    ("x", "factor", "upward", "to_nearest"),
    [
        (3, 0.5, 2, 2),
        (-3, 0.5, -1, -2),
        (-1, 0.5, 0, -1),
        (1, 0.25, 0, 0),
        (2, 0.25, 1, 1),
        (-2, 0.25, 0, -1),
        (-6, 0.25, -1, -2),
        (7, 1.5, 11, 11),
        (-7, 1.5, -10, -11),
        (5, 1 / 3, 2, 2),
        (-5, 1 / 3, -2, -2),
        (2**31 - 1, 0.5, 2**30, 2**30),
        (-(2**31), 0.5, -(2**30), -(2**30)),
        (2**31 - 1, 2.0**-31, 1, 1),
        (1000, 2.0**-40, 0, 0),
    ],
)
def test_rounding(x: int, factor: float, upward: int, to_nearest: int) -> None:
    assert int(scale_integers(np.asarray(x), np.asarray(factor))) == upward
    assert int(scale_integers(np.asarray(x), np.asarray(factor), True)) == to_nearest


def test_multiply_and_shift() -> None:
    data = np.asarray([[-7, -1, 0, 1, 7, 2**31 - 1]], np.int32)
    half = check("fixed_point_multiply", data, multiplier=1 << 30, shift=0)
    assert half.tolist() == [[-3, 0, 0, 1, 4, 2**30]]
    assert check("fixed_point_multiply", data[:, :5], multiplier=1 << 30, shift=3).tolist() == [[-28, -4, 0, 4, 28]]
    assert check("fixed_point_multiply", data[:, :5], multiplier=1 << 30, shift=-2).tolist() == [[-1, 0, 0, 0, 1]]
    assert check("fixed_point_multiply", data[:, :5], multiplier=1 << 30, shift=-40).tolist() == [[0, 0, 0, 0, 0]]


def test_multiply_per_axis() -> None:
    data = np.arange(-12, 12, dtype=np.int32).reshape(2, 3, 4)
    multiplier, left, right = (np.asarray(v, np.int32) for v in ([1 << 30] * 3, [0, 1, 2], [1, 0, 0]))
    expected = np.stack([np.floor(data[:, 0] / 4 + 0.5), data[:, 1], data[:, 2] * 2], axis=1)
    result = check("fixed_point_multiply_per_axis", data, multiplier, left, right, axes=[1], is_lshift_required=True)
    np.testing.assert_array_equal(result, expected)
    unshifted = evaluate("fixed_point_multiply_per_axis", data, multiplier, left, right, axes=[1])
    np.testing.assert_array_equal(unshifted[:, 2], np.floor(data[:, 2] / 2 + 0.5))


def test_type_rules() -> None:
    rejects("fixed_point_multiply", ty(3), match="int32", multiplier=1, shift=0)
    factors = [ty(4, dtype="int32")] * 3
    rejects("fixed_point_multiply_per_axis", ty(2, 3, dtype="int32"), *factors, match="multipliers", axes=[1])
    rejects("fixed_point_multiply_per_axis", ty(2, 3, dtype="int32"), *factors, match="axes", axes=[2])


@pytest.mark.parametrize("bits", [9, 17, 32])
def test_high_word_is_chosen_where_it_is_exact(bits: int) -> None:
    """A product's high word must do only where no bit below it can matter."""
    assert Scaling([0.001], bits=bits).tables == []
    assert len(Scaling([0.001, 0.5], bits=bits).tables) == 2
    assert Scaling([1.0]).identity
    assert not Scaling([1.0, 0.5]).identity


def test_shift_beyond_the_product() -> None:
    one = np.asarray(1, np.int64)
    tiny = fixed_point_multiply(np.asarray([-(2**31), 2**31 - 1]), np.asarray(2**31 - 1), one * 0, one * 60)
    assert tiny.tolist() == [0, 0]
