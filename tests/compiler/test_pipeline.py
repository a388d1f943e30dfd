"""Plans: fusion, views, copies, constants, shared kernels."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from native import HOST, check, inputs_of, plan_of, relay, run_plan, same
from tvm_model_library.compiler.targets.llvm.objects import kernels_object
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import UnsupportedError
from tvm_model_library.plan.plan import COPY, NOP, Plan, Role


def roles(plan: Plan) -> list[tuple[str, str]]:
    return [(b.spec.name, b.role.value) for b in plan.buffers]


def test_reference_example_is_one_kernel_and_four_tensors() -> None:
    model = relay(
        '  %0 = cast(%a, dtype="float32") + %b * %c;\n  %0',
        "%a: Tensor[(1, 2), uint8], %b: Tensor[(1, 2), float32], %c: Tensor[(1, 2), float32]",
        c=np.array([[2, 4]], "float32"),
    )
    plan = check(model)
    assert list(plan.kernels) == ["tvmgen_m_fused_cast_multiply_add"]
    assert [c.kernel for c in plan.calls] == list(plan.kernels)
    assert roles(plan) == [("a", "input"), ("b", "input"), ("p0", "constant"), ("output", "output")]
    kernel = plan.kernels["tvmgen_m_fused_cast_multiply_add"]
    (operations,) = plan.uses()[kernel.symbol]
    assert {o.name for o in operations} == {"cast", "multiply", "add"}
    assert all(o.span is not None and o.span.line in (2, 3) for o in operations)
    assert kernel.workspace_bytes == 0


CONV = """  %0 = nn.conv2d(%x, %w, padding=[1, 1, 1, 1], channels=8, kernel_size=[3, 3],
    data_layout="NHWC", kernel_layout="HWIO");
  %1 = nn.bias_add(%0, %b, axis=3);
  %2 = add(%1, %r);
  nn.relu(%2)"""
CONV_PARAMS = (
    "%x: Tensor[(1, 6, 6, 4), float32], %w: Tensor[(3, 3, 4, 8), float32], %b: Tensor[(8), float32], "
    "%r: Tensor[(1, 6, 6, 8), float32]"
)


def test_padding_bias_residual_and_activation_run_inside_the_convolution() -> None:
    plan = check(relay(CONV, CONV_PARAMS))
    (kernel,) = plan.kernels.values()
    assert kernel.workspace_bytes == 0
    assert kernel.macs == 6 * 6 * 8 * 9 * 4
    assert kernel.in_place == ((3, 4),)


def test_quantized_convolution_requantizes_in_its_epilogue() -> None:
    body = """  %0 = qnn.conv2d(%x, %w, 3, 0, 0.5f, 0.25f, padding=[1, 1, 1, 1], channels=8, kernel_size=[3, 3],
    data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32");
  %1 = nn.bias_add(%0, %b, axis=3);
  %2 = qnn.requantize(%1, 0.125f, 0, 0.75f, -5, axis=3, out_dtype="int8");
  clip(%2, a_min=-5f, a_max=100f)"""
    params = "%x: Tensor[(1, 6, 6, 4), int8], %w: Tensor[(3, 3, 4, 8), int8], %b: Tensor[(8), int32]"
    weights = np.random.default_rng(1).integers(-128, 128, (3, 3, 4, 8)).astype("int8")
    bias = np.arange(-400, 400, 100).astype("int32")
    plan = check(relay(body, params, w=weights, b=bias))
    (kernel,) = plan.kernels.values()
    assert kernel.workspace_bytes == 0


CHANNELWISE = """  %0 = qnn.conv2d(%x, %w, 3, 0, 0.5f, %s, padding=[1, 1, 1, 1], channels=8, kernel_size=[3, 3],
    data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32");
  %1 = nn.bias_add(%0, %b, axis=3);
  %2 = qnn.requantize(%1, %s, 0, 0.75f, -5, axis=3, out_dtype="int8");
  clip(%2, a_min=-128f, a_max=127f)"""


def test_zero_point_and_bias_share_a_table_and_shifts_take_a_byte() -> None:
    params = (
        "%x: Tensor[(1, 6, 6, 4), int8], %w: Tensor[(3, 3, 4, 8), int8], %b: Tensor[(8), int32], "
        "%s: Tensor[(8), float32]"
    )
    weights = np.random.default_rng(1).integers(-128, 128, (3, 3, 4, 8)).astype("int8")
    bias = np.arange(-400, 400, 100).astype("int32")
    scales = np.geomspace(1e-4, 0.3, 8).astype("float32")
    plan = check(relay(CHANNELWISE, params, w=weights, b=bias, s=scales))
    (kernel,) = plan.kernels.values()
    # Weights; bias with the zero point's part; multipliers; shifts. The clip to all of int8 is gone.
    assert [a.dtype.name for a in plan.constants.values()] == ["int8", "int32", "int32", "int8"]
    assert "clip" not in kernel.symbol


def test_a_sum_that_is_used_twice_stays_right() -> None:
    body = """  %0 = nn.bias_add(%x, %b, axis=1);
  %1 = nn.bias_add(%0, %c, axis=1);
  %2 = nn.bias_add(%1, %b, axis=0);
  (%0, %1, %2)"""
    params = "%x: Tensor[(3, 3), int32], %b: Tensor[(3), int32], %c: Tensor[(3), int32]"
    b, c = np.array([1, -2, 2**31 - 1], "int32"), np.array([5, 2, 1], "int32")
    check(relay(body, params, b=b, c=c))


def test_softmax_keeps_one_row_of_scratch_at_most() -> None:
    plan = check(relay("  nn.softmax(%x, axis=-1)", "%x: Tensor[(7, 300), float32]"))
    (kernel,) = plan.kernels.values()
    assert kernel.workspace_bytes <= 1200 + 16


def test_reshapes_are_views_and_cost_no_kernel() -> None:
    plan = check(
        relay("  %0 = nn.relu(%x);\n  %1 = reshape(%0, newshape=[6]);\n  sqrt(%1)", "%x: Tensor[(2, 3), float32]")
    )
    kinds = [c.kernel == NOP for c in plan.calls]
    assert kinds == [False, True, False]
    assert plan.buffers[plan.calls[1].arguments[1]].view_of == plan.calls[1].arguments[0]


def test_equal_functions_share_a_kernel() -> None:
    body = "  %0 = tanh(%x);\n  %1 = reshape(%0, newshape=[2, 3]);\n  %2 = tanh(%1);\n  nn.softmax(%2)"
    plan = check(relay(body, "%x: Tensor[(2, 3), float32]"))
    calls = [c.kernel for c in plan.calls if "tanh" in c.kernel]
    assert len(calls) == 2
    assert len(set(calls)) == 1
    assert [o.span.line for use in plan.uses()[calls[0]] for o in use if o.span] == [3, 5]


def test_outputs_that_are_inputs_constants_or_repeated_are_copies() -> None:
    body = "  %0 = nn.relu(%x);\n  (%x, %0, %0, %c, reshape(%x, newshape=[4]))"
    plan = check(relay(body, "%x: Tensor[(2, 2), float32], %c: Tensor[(3), int8]", c=np.arange(3, dtype="int8")))
    assert len(set(plan.outputs)) == 5
    assert all(plan.buffers[o].role is Role.OUTPUT for o in plan.outputs)
    assert sum(c.kernel == COPY for c in plan.calls) == 4


def test_unused_calls_and_inputs_leave_no_trace_but_the_input() -> None:
    plan = check(relay("  %0 = exp(%y);\n  nn.relu(%x)", "%x: Tensor[(2), float32], %y: Tensor[(2), float32]"))
    assert len(plan.inputs) == 2
    assert list(plan.kernels) == ["tvmgen_m_fused_nn_relu"]


def test_functions_tuples_and_closures_are_inlined() -> None:
    body = """  let %scale = fn (%v: Tensor[(3), float32]) { multiply(%v, %k) };
  let %pair = (%scale(%x), %x);
  add(%scale(%pair.0), %pair.1)"""
    check(relay(body, "%x: Tensor[(3), float32], %k: Tensor[(3), float32]"))


def test_an_if_with_a_known_condition_is_decided() -> None:
    body = "  if (greater(2f, 1f)) {\n    nn.relu(%x)\n  } else {\n    exp(%x)\n  }"
    assert list(check(relay(body, "%x: Tensor[(3), float32]")).kernels) == ["tvmgen_m_fused_nn_relu"]


@pytest.mark.parametrize(
    ("body", "params", "line", "message"),
    [
        ("  if (%c) {\n    nn.relu(%x)\n  } else {\n    %x\n  }", "%c: bool, %x: Tensor[(3), float32]", 3, "`if`"),
        ("  %0 = ref(%x);\n  ref_read(%0)", "%x: Tensor[(3), float32]", 4, "reference"),
    ],
)
def test_what_needs_a_running_program_is_refused_with_its_place(
    body: str, params: str, line: int, message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message) as caught:
        plan_of(relay(body, params))
    assert caught.value.span is not None
    assert caught.value.span.line == line


def test_a_long_chain_of_lets_costs_no_stack() -> None:
    lets = "\n".join(f"  let %v{i + 1} = %v{i};" for i in range(20000))
    plan = plan_of(relay(f"{lets}\n  nn.relu(%v20000)", "%v0: Tensor[(3), float32]"))
    assert len(plan.calls) == 1


def test_doubling_again_and_again_does_not_double_the_code() -> None:
    body = "\n".join(f"  %{i} = add(%{i - 1 if i else 'x'}, %{i - 1 if i else 'x'});" for i in range(40))
    check(relay(f"{body}\n  nn.relu(%39)", "%x: Tensor[(3), float32]"))


def test_zero_sizes_scalars_and_bools() -> None:
    check(relay("  concatenate((%x, %y), axis=0)", "%x: Tensor[(0, 2), float32], %y: Tensor[(3, 2), float32]"))
    check(relay("  logical_and(greater(%x, %y), %b)", "%x: float32, %y: float32, %b: bool"))
    assert plan_of(relay("  nn.relu(%x)", "%x: Tensor[(0, 2), float32]")).outputs


def test_llvm_objects_compute_the_same_and_are_reproducible() -> None:
    model = relay(CONV, CONV_PARAMS)
    plan = plan_of(model)
    inputs = inputs_of(model)
    same(run_plan(plan, inputs, llvm=True), model.reference(*inputs))
    target = Target.parse(HOST)
    assert kernels_object(plan, target) == kernels_object(plan_of(model), target)


def test_llvm_objects_for_other_processors() -> None:
    plan = plan_of(relay("  nn.softmax(%x)", "%x: Tensor[(2, 3), float32]"))
    arm = kernels_object(plan, Target.parse("llvm -mtriple=thumbv7em-none-eabihf -mcpu=cortex-m4"))
    riscv = kernels_object(plan, Target.parse("llvm -mtriple=riscv32-unknown-elf"))
    assert (arm[:4], arm[18], riscv[18]) == (b"\x7fELF", 40, 243)


@pytest.mark.parametrize(
    ("body", "params", "pairs"),
    [
        ("  nn.relu(add(%x, %y))", "%x: Tensor[(5, 7), float32], %y: Tensor[(5, 7), float32]", ((0, 2), (1, 2))),
        ("  cumsum(%x, axis=0)", "%x: Tensor[(9), int16]", ((0, 1),)),
        ("  nn.dense(%x, %w)", "%x: Tensor[(4, 4), float32], %w: Tensor[(4, 4), float32]", ((0, 2),)),
        ("  nn.softmax(%x)", "%x: Tensor[(4, 9), float32]", ((0, 1),)),
        (CONV, CONV_PARAMS, ((3, 4),)),
    ],
)
def test_in_place_kernels_compute_the_same_in_place(body: str, params: str, pairs: tuple[tuple[int, int], ...]) -> None:
    model = relay(body, params)
    plan = plan_of(model)
    (kernel,) = plan.kernels.values()
    assert kernel.in_place == pairs
    inputs = inputs_of(model)
    arguments = plan.calls[0].arguments
    for source, output in pairs:
        result = run_plan(plan, inputs, in_place={arguments[output]: arguments[source]})
        same(result, model.reference(*inputs))


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ("  transpose(%x, axes=[1, 0])", "%x: Tensor[(4, 4), float32]"),
        ("  reverse(%x, axis=0)", "%x: Tensor[(4), float32]"),
        ('  cast(%x, dtype="int32")', "%x: Tensor[(4), float32]"),
        ("  nn.dense(%x, %w)", "%x: Tensor[(4, 40), float32], %w: Tensor[(40, 40), float32]"),
        ("  nn.max_pool2d(%x, pool_size=[3, 3], padding=[1, 1])", "%x: Tensor[(1, 1, 8, 8), float32]"),
        ("  add(%x, reverse(%x, axis=0))", "%x: Tensor[(8), float32]"),
    ],
)
def test_kernels_that_read_what_they_overwrote_are_not_in_place(body: str, params: str) -> None:
    for kernel in plan_of(relay(body, params)).kernels.values():
        assert not kernel.in_place


def test_traffic_counts_what_a_run_loads_and_stores() -> None:
    plan = check(relay("  %0 = nn.relu(%x);\n  add(%0, %0)", "%x: Tensor[(1, 6, 5), float32]"))
    (kernel,) = plan.kernels.values()
    assert kernel.traffic[-1] == 4 * 30  # each output element once
    body = """  nn.conv2d(%x, %w, padding=[0, 0], channels=16, kernel_size=[3, 3],
    data_layout="NHWC", kernel_layout="HWIO")"""
    plan = check(relay(body, "%x: Tensor[(1, 6, 6, 4), float32], %w: Tensor[(3, 3, 4, 16), float32]"))
    (kernel,) = plan.kernels.values()
    products = 4 * 4 * 16 * 9 * 4
    assert kernel.macs == products
    assert kernel.traffic == (4 * products // 16, 4 * products, 4 * 4 * 4 * 16)


def test_traffic_of_scratch_is_counted_too() -> None:
    plan = check(relay("  nn.softmax(%x, axis=-1)", "%x: Tensor[(7, 300), float32]"))
    (kernel,) = plan.kernels.values()
    assert kernel.workspace_bytes
    assert len(kernel.traffic) == 3
    assert kernel.traffic[2] >= 2 * 4 * 7 * 300  # exponentials: written and read


def test_a_plan_can_be_printed_and_pickled() -> None:
    plan = plan_of(relay("  nn.softmax(nn.relu(%x))", "%x: Tensor[(2, 3), float32]"))
    copy = pickle.loads(pickle.dumps(plan))
    assert copy == plan
    assert str(copy) == str(plan)
    assert "fused_nn_relu" in str(plan)
    x = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)
    same(run_plan(copy, [x]), run_plan(plan, [x]))
