"""Kernels built around micro-kernels: convolutions of any shape give what the interpreter gives, with sanitizers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from native import relay, run_plan, same
from tvm_model_library.compiler.forms.requantization import _fitted, _steps, _value
from tvm_model_library.compiler.pipeline import build_plan
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.model import Model
from tvm_model_library.plan.memory import plan_arena, verify_plan

DSP = Target.parse("c -mcpu=cortex-m4")


def convolution(
    image: tuple[int, ...],
    filters: int,
    window: tuple[int, int] = (3, 3),
    *,
    strides: tuple[int, int] = (1, 1),
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
    ending: str = 'qnn.requantize(%1, %s, 0, 1f, -3, axis=3, out_dtype="int8")',
    low: int = -127,
    dtype: str = "int8",
) -> Model:
    """A quantized NHWC convolution with random weights, biases and scales."""
    rng = np.random.default_rng(sum(image) + filters + groups)
    depthwise = groups == image[-1] > 1
    kernel = (*window, image[-1], filters // groups) if depthwise else (*window, image[-1] // groups, filters)
    params = {
        "w": rng.integers(low, 127, kernel, endpoint=True).astype("int8"),
        "b": rng.integers(-900, 900, filters).astype("int32"),
        "s": rng.uniform(0.001, 0.004, filters).astype("float32"),
    }
    zero_point = 7 if dtype == "uint8" else -7
    body = f"""  %0 = qnn.conv2d(%x, %w, {zero_point}, 0, 1f, 1f, strides={list(strides)}, padding={list(padding)},
    dilation={list(dilation)}, groups={groups}, channels={filters}, kernel_size={list(window)}, data_layout="NHWC",
    kernel_layout="{"HWOI" if depthwise else "HWIO"}", out_dtype="int32");
  %1 = nn.bias_add(%0, %b, axis=3);
  {ending}"""
    inputs = f"%x: Tensor[{image}, {dtype}], "
    if "%r" in ending:
        rows, columns = (
            (image[1 + i] + padding[i] + padding[2 + i] - (window[i] - 1) * dilation[i] - 1) // strides[i] + 1
            for i in (0, 1)
        )
        inputs += f"%r: Tensor[({image[0]}, {rows}, {columns}, {filters}), int8], "
    types = f"%w: Tensor[{kernel}, int8], %b: Tensor[({filters}), int32], %s: Tensor[({filters}), float32]"
    return relay(body, inputs + types, **params)


def dense(features: int, units: int, rows: int = 1) -> Model:
    """A quantized dense layer with random weights."""
    rng = np.random.default_rng(features + units)
    params = {
        "w": rng.integers(-127, 127, (units, features), endpoint=True).astype("int8"),
        "b": rng.integers(-900, 900, units).astype("int32"),
    }
    body = f"""  %0 = qnn.dense(%x, %w, -7, 0, 1f, 1f, units={units}, out_dtype="int32");
  %1 = nn.bias_add(%0, %b);
  qnn.requantize(%1, 0.002f, 0, 1f, 5, out_dtype="int8")"""
    inputs = f"%x: Tensor[({rows}, {features}), int8], %w: Tensor[({units}, {features}), int8]"
    return relay(body, f"{inputs}, %b: Tensor[({units}), int32]", **params)


def inputs_of(model: Model, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    ends = (np.iinfo(model.inputs[0].dtype).min, np.iinfo(model.inputs[0].dtype).max)
    return [rng.integers(*ends, spec.shape, endpoint=True).astype(spec.dtype) for spec in model.inputs]


SAME = (1, 1, 1, 1)
RESIDUAL = """%2 = qnn.requantize(%1, %s, 0, 1f, 4, axis=3, out_dtype="int8");
  qnn.add(%r, %2, 0.0393936f, -128, 0.104195f, 4, 0.0509457f, -128)"""
CLIP = """%2 = qnn.requantize(%1, %s, 0, 1f, -128, axis=3, out_dtype="int8");
  clip(%2, a_min=-120f, a_max=90f)"""
TWICE_ROUNDED = """tflite.rescale(%1, %s, input_scale=0.5f, output_scale=0.7f, output_zero_point=-128, axis=3,
    activation="relu", out_dtype="int8")"""
TWICE_ROUNDED_BOTH_SIGNS = """tflite.rescale(%1, %s, input_scale=0.5f, output_scale=0.7f, output_zero_point=-3, axis=3,
    out_dtype="int8")"""
LAYERS: dict[str, tuple[Model, str]] = {
    "1x1": (convolution((1, 5, 5, 8), 8, (1, 1)), "tvmgen_dsp_dots"),
    "1x1, odd channels": (convolution((1, 5, 3, 13), 11, (1, 1)), "tvmgen_dsp_spread"),
    "fewer windows than a tile": (convolution((1, 3, 1, 9), 5, (1, 1)), "tvmgen_dsp_dots"),
    "3x3": (convolution((1, 6, 7, 8), 6, padding=SAME), "tvmgen_dsp_widen"),
    "3x3 of three channels": (convolution((1, 6, 7, 3), 5, padding=SAME, strides=(2, 2)), "tvmgen_dsp_spread"),
    "of one channel": (convolution((1, 9, 6, 1), 4, (4, 2), strides=(2, 2), padding=(2, 1, 1, 0)), "tvmgen_dsp_dots"),
    "dilated": (convolution((1, 9, 8, 4), 3, padding=(2, 2, 2, 2), dilation=(2, 2)), "tvmgen_dsp_dots"),
    "groups": (convolution((1, 6, 5, 8), 12, padding=SAME, groups=2), "tvmgen_dsp_dots"),
    "several images": (convolution((3, 4, 4, 4), 4, padding=SAME), "tvmgen_dsp_dots"),
    "residual": (convolution((1, 5, 6, 4), 8, padding=SAME, ending=RESIDUAL), "tvmgen_dsp_dots"),
    "clip": (convolution((1, 5, 6, 4), 8, padding=SAME, ending=CLIP), "tvmgen_dsp_dots"),
    "rounded twice": (convolution((1, 5, 6, 8), 6, padding=SAME, ending=TWICE_ROUNDED), "multipliers"),
    "rounded twice, of both signs": (
        convolution((1, 5, 6, 8), 6, padding=SAME, ending=TWICE_ROUNDED_BOTH_SIGNS),
        "tvmgen_requantize_double",
    ),
    "depthwise, rounded twice": (
        convolution((1, 5, 6, 4), 4, padding=SAME, groups=4, ending=TWICE_ROUNDED),
        "multipliers",
    ),
    "sums": (convolution((1, 5, 6, 4), 8, padding=SAME, ending="%1"), "tvmgen_dsp_dots"),
    "depthwise": (convolution((1, 6, 5, 6), 6, padding=SAME, groups=6), "tvmgen_dsp_rows3_stride1"),
    "depthwise, stride 2": (
        convolution((1, 7, 8, 5), 5, padding=(0, 0, 1, 1), strides=(2, 2), groups=5),
        "tvmgen_dsp_rows3_stride2",
    ),
    "depthwise 5x4": (convolution((1, 8, 7, 3), 3, (5, 4), padding=SAME, groups=3), "tvmgen_dsp_row("),
    "depthwise, dilated": (
        convolution((2, 8, 9, 3), 3, padding=(2, 2, 2, 2), dilation=(2, 2), groups=3),
        "tvmgen_dsp_row(",
    ),
    "depthwise, two filters each": (convolution((1, 5, 5, 3), 6, padding=SAME, groups=3), "tvmgen_dsp_rows3"),
    "depthwise, one window": (convolution((1, 5, 1, 6), 6, (5, 1), groups=6), "tvmgen_dsp_row(plane"),
    "depthwise, one row": (convolution((1, 1, 7, 3), 3, (1, 3), groups=3), "tvmgen_dsp_row("),
    "one window": (convolution((1, 5, 1, 8), 6, (5, 1)), "tvmgen_dsp_dense"),
    "one window and one filter": (convolution((1, 2, 2, 4), 1, (2, 2)), "tvmgen_dsp_"),
    "dense": (dense(24, 20), "tvmgen_dsp_dense8"),
    "dense, odd": (dense(19, 3), "tvmgen_dsp_dense2"),
    "dense of several rows": (dense(12, 5, 6), "tvmgen_dsp_dots"),
    "weights of -128": (convolution((1, 5, 5, 8), 8, (1, 1), low=-128), ""),
    "unsigned data": (convolution((1, 5, 5, 8), 8, (1, 1), dtype="uint8"), ""),
}


@pytest.mark.parametrize("name", LAYERS)
def test_forms_compute_what_the_interpreter_computes(name: str) -> None:
    model, micro_kernel = LAYERS[name]
    plan = plan_arena(build_plan(model, name="m", target=DSP))
    verify_plan(plan)
    (kernel,) = plan.kernels.values()
    assert micro_kernel in kernel.code.definition
    for seed in (1, 2):
        inputs = inputs_of(model, seed)
        same(run_plan(plan, inputs), model.reference(*inputs))
    (call,) = plan.calls
    for source, target in kernel.in_place:
        over = {call.arguments[target]: call.arguments[source]}
        same(run_plan(plan, inputs, in_place=over), model.reference(*inputs))


@pytest.mark.parametrize("seed", range(6))
def test_random_layers_compute_what_the_interpreter_computes(seed: int) -> None:
    """Sizes of 1 on every axis among others."""
    model = random_layer(seed)
    plan = plan_arena(build_plan(model, name="m", target=DSP))
    verify_plan(plan)
    inputs = inputs_of(model, seed)
    same(run_plan(plan, inputs), model.reference(*inputs))


def random_layer(seed: int) -> Model:
    """A convolution or dense layer of small, random sizes."""
    rng = np.random.default_rng(seed)
    if rng.random() < 0.15:
        return dense(*(int(rng.integers(1, n)) for n in (40, 12, 4)))
    window = (int(rng.integers(1, 6)), int(rng.integers(1, 6)))
    dilation = (int(rng.integers(1, 3)), int(rng.integers(1, 3)))
    padding = tuple(int(rng.integers(0, w)) for w in (*window, *window))
    reach = [(w - 1) * d + 1 for w, d in zip(window, dilation, strict=True)]
    least = [max(1, r - padding[i] - padding[2 + i]) for i, r in enumerate(reach)]
    rows, columns = (n + int(rng.integers(0, 5)) for n in least)
    channels = int(rng.choice([1, 1, 2, 3, 4, 8, 9]))
    kind = rng.random()
    groups = channels if kind < 0.5 else 1
    filters = channels * int(rng.integers(1, 3)) if groups > 1 else int(rng.integers(1, 10))
    return convolution(
        (int(rng.integers(1, 3)), rows, columns, channels),
        filters,
        window,
        strides=(int(rng.integers(1, 3)), int(rng.integers(1, 3))),
        padding=padding,
        dilation=dilation,
        groups=groups,
    )


def test_weights_that_do_not_fit_a_halfword_take_another_kernel() -> None:
    weights = np.full((1, 1, 8, 2), -128, "int8")
    body = """  qnn.conv2d(%x, %w, 0, 0, 1f, 1f, channels=2, kernel_size=[1, 1], data_layout="NHWC",
    kernel_layout="HWIO", out_dtype="int32")"""
    model = relay(body, "%x: Tensor[(1, 4, 4, 8), int8], %w: Tensor[(1, 1, 8, 2), int8]", w=weights)
    (kernel,) = build_plan(model, name="m", target=DSP).kernels.values()
    assert "tvmgen_dsp" not in kernel.code.definition


def test_convolutions_of_one_window_and_of_single_channels_overwrite_their_input() -> None:
    for model in (convolution((1, 5, 5, 8), 8, (1, 1)), convolution((1, 6, 5, 6), 6, padding=SAME, groups=6)):
        (kernel,) = build_plan(model, name="m", target=DSP).kernels.values()
        assert [pair[0] for pair in kernel.in_place] == [0]


def test_other_targets_have_no_micro_kernels() -> None:
    model, _ = LAYERS["3x3"]
    for target in ("c", "c -mcpu=cortex-m0plus", "c -mcpu=cortex-m33+nodsp", "c -mcpu=cortex-a9"):
        (kernel,) = build_plan(model, name="m", target=Target.parse(target)).kernels.values()
        assert "tvmgen_dsp" not in kernel.code.definition


@pytest.mark.parametrize("shift", [4, 9])
def test_a_requantization_is_fitted_only_where_it_is_equal_for_every_sum(shift: int) -> None:
    lowest, highest = np.asarray([-3000, -2000]), np.asarray([2500, 40000])
    scale = np.asarray([[0.9137], [1.0]]) / (1 << shift)

    def upward(sums: Any) -> Any:
        return np.clip(np.floor((sums + 17) * scale + 0.5).astype(np.int64) - 5, -128, 127)

    offsets = np.asarray([17, 17])
    steps = _steps(upward, lowest, highest, -128, 127)
    found = _fitted(steps, offsets, -5, -128, 127)
    assert found is not None
    for channel in (0, 1):
        sums = np.arange(lowest[channel], highest[channel] + 1)[None].repeat(2, 0)
        assert np.array_equal(_value(found, sums)[channel], upward(sums)[channel])

    def uneven(sums: Any) -> Any:
        return upward(np.where(sums > 300, sums + 200, sums))

    assert _fitted(_steps(uneven, lowest, highest, -128, 127), offsets, -5, -128, 127) is None
