"""Integers are widened where they are used: no wide tensor is stored between kernels."""

from __future__ import annotations

import numpy as np
import pytest
from native import check, relay
from tvm_model_library.plan.memory import plan_arena, pool_sizes
from tvm_model_library.plan.plan import Role

PARAMS = "%x: Tensor[(1, 6, 5, 4), int8]"
PRODUCER = '  %0 = nn.max_pool2d(%x, pool_size=[3, 3], padding=[1, 1, 1, 1], layout="NHWC");\n'


@pytest.mark.parametrize(
    "consumer",
    [
        '  %2 = nn.avg_pool2d(%1, pool_size=[6, 5], layout="NHWC");\n  cast(%2, dtype="int8")',
        "  sum(%1, axis=[1, 2])",
        "  add(sum(%1, axis=[1], keepdims=True), %1)",
        "  multiply(%1, transpose(%1, axes=[0, 1, 2, 3]))",
        '  nn.max_pool2d(%1, pool_size=[2, 2], padding=[1, 1, 1, 1], layout="NHWC")',
    ],
)
def test_a_widened_tensor_is_not_stored(consumer: str) -> None:
    plan = check(relay(PRODUCER + '  %1 = cast(%0, dtype="int32");\n' + consumer, PARAMS))
    assert max((b.spec.nbytes for b in plan.buffers if b.role is Role.INTERMEDIATE), default=0) <= 120


def test_unsigned_and_bool_widen_to_their_values() -> None:
    check(relay('  sum(cast(%x, dtype="int32"), axis=[0])', "%x: Tensor[(7, 3), uint8]"))
    check(relay('  sum(cast(%x, dtype="int32"), axis=[0])', "%x: Tensor[(7, 3), bool]"))
    check(relay('  sum(cast(cast(%x, dtype="int16"), dtype="int64"), axis=[0])', "%x: Tensor[(7, 3), int8]"))


def test_a_scan_gets_the_right_values() -> None:
    check(relay(PRODUCER + '  cumsum(cast(%0, dtype="int32"), axis=1)', PARAMS))


def test_narrowing_and_conversions_to_float_stay_where_they_are() -> None:
    body = '  %0 = cast(%x, dtype="int8");\n  sum(cast(%0, dtype="float32"), axis=[0])'
    check(relay(body, "%x: Tensor[(7, 3), int32]"))


def test_a_widened_tensor_that_is_an_output_is_stored_once() -> None:
    plan = check(relay('  %0 = cast(%x, dtype="int32");\n  (%0, sum(%0, axis=[0]))', "%x: Tensor[(7, 3), int8]"))
    assert [plan.buffers[o].spec.dtype for o in plan.outputs] == ["int32", "int32"]


def test_a_quantized_residual_sum_is_in_its_convolution_and_in_place() -> None:
    body = """  %0 = qnn.conv2d(%x, %w, 3, 0, 0.5f, 0.25f, padding=[1, 1, 1, 1], channels=4, kernel_size=[3, 3],
    data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32");
  %1 = qnn.requantize(%0, 0.125f, 0, 0.75f, -5, axis=3, out_dtype="int8");
  %2 = qnn.conv2d(%1, %w, 3, 0, 0.5f, 0.25f, padding=[1, 1, 1, 1], channels=4, kernel_size=[3, 3],
    data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32");
  %3 = qnn.requantize(%2, 0.125f, 0, 0.75f, -5, axis=3, out_dtype="int8");
  %4 = qnn.add(%1, %3, 0.75f, -5, 0.75f, -5, 0.5f, 2);
  nn.max_pool2d(%4, pool_size=[8, 8], layout="NHWC")"""
    weights = np.random.default_rng(1).integers(-128, 128, (3, 3, 4, 4)).astype("int8")
    plan = check(relay(body, "%x: Tensor[(1, 8, 8, 4), int8], %w: Tensor[(3, 3, 4, 4), int8]", w=weights))
    assert len(plan.calls) == 3
    assert pool_sizes(plan_arena(plan)) == {"arena": 2 * 256}
