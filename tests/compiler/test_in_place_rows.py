"""Convolutions whose output takes the input's memory, run on aliased buffers under the sanitizers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from native import inputs_of, plan_around, plan_of, relay, run_plan, same
from tvm.script import tirx as TS
from tvm_model_library.compiler.kernels import make_kernel
from tvm_model_library.compiler.loops.in_place import in_place_pairs
from tvm_model_library.compiler.loops.plain import flat_forms
from tvm_model_library.plan.memory import ArenaOptions, plan_arena, pool_sizes, verify_plan
from tvm_model_library.plan.plan import Kernel, Parameter, Plan
from tvm_model_library.tensors import TensorSpec

CONV = """  nn.conv2d(%x, %w, padding=[{pad}], strides=[{stride}, {stride}], dilation=[{dilation}, {dilation}],
    groups={groups}, channels={channels}, kernel_size=[{size}, {size}], data_layout="NHWC",
    kernel_layout="{layout}", out_dtype="{dtype}")"""


def convolution(depthwise: bool, shape: tuple[int, ...], dtype: str, **how: Any) -> Any:
    """A convolution with random weights that keeps the number of channels."""
    how = {"size": 3, "pad": "1, 1, 1, 1", "stride": 1, "dilation": 1, **how}
    channels, size = shape[3], how["size"]
    weights = (size, size, channels, 1) if depthwise else (size, size, channels, channels)
    layout, groups = ("HWOI", channels) if depthwise else ("HWIO", 1)
    body = CONV.format(**how, groups=groups, channels=channels, layout=layout, dtype=dtype)
    values = np.random.default_rng(1).integers(-9, 9, weights).astype(dtype)
    params = f"%x: Tensor[{shape}, {dtype}], %w: Tensor[{weights}, {dtype}]"
    return relay(body, params, w=values)


def kernels_of(plan: Plan) -> list[tuple[Plan, Kernel]]:
    """The plan with its only kernel, and with that kernel's variant where there is one."""
    (kernel,) = plan.kernels.values()
    kernels = [kernel] if kernel.variant is None else [kernel, kernel.variant]
    return [(replace(plan, kernels={k.symbol: k}), k) for k in kernels]


def check_aliased(model: Any) -> list[Kernel]:
    """Each kernel computes the same on buffers of its own and, if it says so, over its input; those that say so."""
    plan = plan_of(model)
    inputs = inputs_of(model)
    expected = model.reference(*inputs)
    over = []
    for with_kernel, kernel in kernels_of(plan):
        same(run_plan(with_kernel, inputs), expected)
        (call,) = with_kernel.calls
        for source, target in kernel.in_place:
            if call.arguments[source] in plan.inputs:
                pair = {call.arguments[target]: call.arguments[source]}
                same(run_plan(with_kernel, inputs, in_place=pair), expected)
                over.append(kernel)
    return over


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("shape", [(1, 7, 5, 16), (1, 4, 4, 64), (1, 5, 6, 20)])
def test_depthwise_rows_are_read_before_they_are_overwritten(dtype: str, shape: tuple[int, ...]) -> None:
    assert check_aliased(convolution(True, shape, dtype))


@pytest.mark.parametrize("shape", [(1, 5, 3, 64), (2, 3, 3, 72)])
def test_a_pointwise_convolution_copies_its_pixel(shape: tuple[int, ...]) -> None:
    model = convolution(False, shape, "float32", size=1, pad="0, 0, 0, 0")
    (kernel,) = plan_of(model).kernels.values()
    assert kernel.in_place == ()
    assert kernel.variant is not None
    assert [k.in_place for k in check_aliased(model)] == [kernel.variant.in_place]


@pytest.mark.parametrize("seed", [5, 8, 9, 10, 11, 12, 14, 23, 26, 27, 29, 30])
def test_whatever_is_said_to_be_in_place_is(seed: int) -> None:
    """Random shapes; the seeds are those of convolutions that can be computed in place."""
    rng = np.random.default_rng(seed)
    size, dilation = int(rng.integers(1, 5)), int(rng.integers(1, 3))
    reach = (size - 1) * dilation
    before = [int(rng.integers(0, reach + 1)) for _ in range(2)]
    pad = ", ".join(str(p) for p in (before[0], before[1], reach - before[0], reach - before[1]))
    shape = (int(rng.integers(1, 3)), int(rng.integers(2, 8)), int(rng.integers(1, 7)), int(rng.integers(1, 5)) * 16)
    how = {"size": size, "dilation": dilation, "pad": pad}
    assert check_aliased(convolution(bool(rng.integers(0, 2)), shape, "int32", **how))


@TS.inline
def three_rows(x: Any, y: Any, row: Any, out: Any) -> None:
    """A window of three rows, each the row of this iteration."""
    window = TS.sblock_alloc_buffer((3, 8), "float32")
    for c in range(8):
        row[c] = x[y, c] * TS.float32(2)
    for r, c in TS.grid(3, 8):
        window[r, c] = row[c]
    for c in range(8):
        out[y, c] = window[0, c] + window[1, c] + window[2, c]


@TS.prim_func(s_tir=True)
def rows_of_scratch(x: TS.Buffer((4, 8), "float32"), out: TS.Buffer((4, 8), "float32")) -> None:
    for y in range(4):
        with TS.sblock("rows"):
            row = TS.sblock_alloc_buffer((8,), "float32")
            three_rows(x, y, row, out)


@TS.prim_func(s_tir=True)
def rows_of_what_the_loop_stores(x: TS.Buffer((4, 8), "float32"), out: TS.Buffer((4, 8), "float32")) -> None:
    row = TS.sblock_alloc_buffer((8,), "float32")
    for y in range(4):
        with TS.sblock("rows"):
            three_rows(x, y, row, out)
    for c in range(8):
        with TS.sblock("last"):
            out[0, c] = out[0, c] + row[c] * TS.float32(0)


@pytest.mark.parametrize("func", [rows_of_scratch, rows_of_what_the_loop_stores])
def test_rows_of_what_each_iteration_computes_are_not_kept(func: Any) -> None:
    """The row of an iteration is not that of the one before, though its index doesn't change."""
    kernel = make_kernel(func.without_attr("global_symbol"), "tvmgen_m_kernel", 1)
    x = np.arange(32, dtype="float32").reshape(4, 8)
    same(run_plan(plan_around(kernel), [x]), [6 * x])


@TS.prim_func(s_tir=True)
def downwards(x: TS.Buffer((20,), "int32"), out: TS.Buffer((20,), "int32")) -> None:
    for i in range(16):
        with TS.sblock("element"):
            value = TS.sblock_alloc_buffer((1,), "int32")
            for k in range(2):
                value[0] = x[19 - i] + k
            out[15 - i] = value[0]


def test_loops_that_walk_downwards_are_not_in_place_however_far_ahead_they_read() -> None:
    tensors = Parameter(TensorSpec("x", (20,), "int32"), False), Parameter(TensorSpec("out", (20,), "int32"), True)
    (flat,) = flat_forms(downwards.without_attr("global_symbol"))
    assert in_place_pairs(flat, tensors) == ()


@TS.prim_func(s_tir=True)
def interleaved(x: TS.Buffer((12,), "int32"), out: TS.Buffer((12,), "int32")) -> None:
    row = TS.sblock_alloc_buffer((4,), "int32")
    for c in range(3):
        with TS.sblock("row"):
            for k in range(4):
                row[k] = x[k * 3 + c]
            for k in range(4):
                out[k * 3 + c] = row[3 - k]


@TS.prim_func(s_tir=True)
def interleaved_with_the_next(x: TS.Buffer((13,), "int32"), out: TS.Buffer((13,), "int32")) -> None:
    row = TS.sblock_alloc_buffer((4,), "int32")
    for c in range(4):
        with TS.sblock("row"):
            for k in range(4):
                row[k] = x[k * 3 + c]
            for k in range(4):
                out[k * 3 + c] = row[3 - k]


@TS.prim_func(s_tir=True)
def written_one_further(x: TS.Buffer((13,), "int32"), out: TS.Buffer((13,), "int32")) -> None:
    row = TS.sblock_alloc_buffer((4,), "int32")
    for c in range(3):
        with TS.sblock("row"):
            for k in range(4):
                row[k] = x[k * 3 + c]
            for k in range(4):
                out[k * 3 + c + 1] = row[3 - k]


@TS.prim_func(s_tir=True)
def halves(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(4):
        with TS.sblock("lower"):
            out[i] = x[i]
    for i in range(4):
        with TS.sblock("upper"):
            out[i + 4] = x[i + 4]


@TS.prim_func(s_tir=True)
def halves_that_meet(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(4):
        with TS.sblock("lower"):
            out[i] = x[i]
    for i in range(4):
        with TS.sblock("upper"):
            out[i + 4] = x[i + 3]


@pytest.mark.parametrize(
    ("func", "size", "pairs"),
    [
        (interleaved, 12, ((0, 1),)),
        (interleaved_with_the_next, 13, ()),
        (written_one_further, 13, ()),
        (halves, 8, ((0, 1),)),
        (halves_that_meet, 8, ()),
    ],
)
def test_elements_that_no_other_iteration_and_no_other_loop_means_may_be_overwritten(
    func: Any, size: int, pairs: tuple[tuple[int, int], ...]
) -> None:
    tensors = Parameter(TensorSpec("x", (size,), "int32"), False), Parameter(TensorSpec("out", (size,), "int32"), True)
    (flat,) = flat_forms(func.without_attr("global_symbol"))
    assert in_place_pairs(flat, tensors) == pairs


def test_a_chain_of_separable_convolutions_needs_little_more_than_one_tensor() -> None:
    layers = """  %0 = nn.max_pool2d(%x, pool_size=[3, 3], padding=[1, 1, 1, 1], layout="NHWC");
  %1 = nn.conv2d(%0, %d, padding=[1, 1, 1, 1], groups=24, channels=24, kernel_size=[3, 3], data_layout="NHWC",
    kernel_layout="HWOI");
  %2 = nn.conv2d(%1, %p, channels=24, kernel_size=[1, 1], data_layout="NHWC", kernel_layout="HWIO");
  %3 = nn.relu(%2);
  nn.max_pool2d(%3, pool_size=[12, 5], layout="NHWC")"""
    rng = np.random.default_rng(0)
    weights = {"d": rng.random((3, 3, 24, 1), "float32"), "p": rng.random((1, 1, 24, 24), "float32")}
    params = "%x: Tensor[(1, 12, 5, 24), float32], %d: Tensor[(3, 3, 24, 1), float32]"
    plan = plan_of(relay(layers, f"{params}, %p: Tensor[(1, 1, 24, 24), float32]", **weights))
    planned = plan_arena(plan, ArenaOptions())
    verify_plan(planned)
    tensor = 12 * 5 * 24 * 4
    assert tensor < pool_sizes(planned)["arena"] < 2 * tensor
    without = replace(plan, kernels={s: replace(k, variant=None) for s, k in plan.kernels.items()})
    assert pool_sizes(planned)["arena"] < pool_sizes(plan_arena(without, ArenaOptions()))["arena"]


def test_variants_that_save_nothing_are_not_taken() -> None:
    model = convolution(False, (1, 5, 3, 64), "float32", size=1, pad="0, 0, 0, 0")
    plan = plan_of(model)
    assert dict(plan_arena(plan).kernels) == dict(plan.kernels)


@pytest.mark.parametrize("pool", ["vision.roi_pool", "vision.roi_align"])
def test_loops_with_bounds_known_only_at_run_time(pool: str) -> None:
    how = ", sample_ratio=0" if pool == "vision.roi_align" else ""
    model = relay(
        f"{pool}(%x, %rois, pooled_size=[3, 3], spatial_scale=1f{how})",
        "%x: Tensor[(1, 2, 6, 6), float32], %rois: Tensor[(2, 5), float32]",
    )
    rois = np.float32([[0, 1, 1, 4, 4], [0, 0, 2, 5, 5]])
    image = inputs_of(model)[0]
    same(run_plan(plan_of(model), [image, rois]), model.reference(image, rois))
