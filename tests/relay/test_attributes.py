"""Attributes as TVM's printer writes them: unset ones are None, "" or void, whatever their default is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tvm_model_library.errors import RelayTypeError
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import compile as compile_model

HEADER = '#[version = "0.0.5"]\n'
IMAGE = "%x: Tensor[(1, 4, 4, 4), float32]"


def image(*shape: int) -> Any:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def same(parameters: str, written: str, meant: str, *inputs: Any, compiled: bool = True) -> None:
    """Both calls give the same result, in the interpreter and in compiled code."""
    models = [from_text(f"{HEADER}def @main({parameters}) {{ {call} }}") for call in (written, meant)]
    expected = models[1].reference(*inputs)
    for got in (models[0].reference(*inputs), *([compile_model(models[0]).run(*inputs)] if compiled else [])):
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("mode", ["", "DCR", "CDR", "anything"])
def test_space_to_depth_has_no_mode(mode: str) -> None:
    """The operator's computation never looks at it; its function leaves it empty."""
    written = f'nn.space_to_depth(%x, block_size=2, mode="{mode}")'
    same(IMAGE, written, "nn.space_to_depth(%x, block_size=2)", image(1, 4, 4, 4))


def test_depth_to_space_has_one() -> None:
    with pytest.raises(RelayTypeError, match=r"mode of nn\.depth_to_space must be one of .*, found"):
        from_text(f'{HEADER}def @main({IMAGE}) {{ nn.depth_to_space(%x, block_size=2, mode="") }}')


@pytest.mark.parametrize("name", ["nn.avg_pool2d_grad", "nn.max_pool2d_grad"])
def test_gradients_of_pooling_have_no_dilation(name: str) -> None:
    parameters = "%g: Tensor[(1, 4, 2, 2), float32], %x: Tensor[(1, 4, 4, 4), float32]"
    call = name + "(%g, %x, pool_size=[2, 2], strides=[2, 2]{})"
    same(parameters, call.format(", dilation=None"), call.format(""), image(1, 4, 2, 2), image(1, 4, 4, 4))


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running_sums_are_inclusive_unless_told(name: str) -> None:
    call = f'{name}(%x, axis=0, dtype=""{{}})'
    same("%x: Tensor[(3), int32]", call.format(", exclusive=None"), call.format(""), np.array([1, 2, 3], np.int32))


def test_fourier_transform_goes_forward_unless_told() -> None:
    parameters = "%a: Tensor[(2, 4), float32], %b: Tensor[(2, 4), float32]"
    same(parameters, "dft(%a, %b, inverse=None)", "dft(%a, %b)", image(2, 4), image(2, 4), compiled=False)


def test_slices_have_steps_of_one_unless_told() -> None:
    call = "strided_slice(%x, begin=[1], end=[3]{})"
    same("%x: Tensor[(5, 2), float32]", call.format(", strides=None, axes=None"), call.format(""), image(5, 2))
    same("%x: Tensor[(5, 2), float32]", call.format(", strides=[]"), call.format(""), image(5, 2))


def test_sizes_of_dynamic_operators_are_arguments() -> None:
    parameters = "%x: Tensor[(3, 4), float32], %b: Tensor[(2), int32], %e: Tensor[(2), int32], %s: Tensor[(2), int32]"
    call = "dyn.strided_slice(%x, %b, %e, %s{})"
    bounds = [np.array(v, np.int32) for v in ([0, 3], [3, 0], [2, -1])]
    unset = ", begin=None, end=None, strides=None, axes=None"
    same(parameters, call.format(unset), call.format(""), image(3, 4), *bounds, compiled=False)
    sizes = "%x: Tensor[(2, 3), float32], %s: Tensor[(2), int64]"
    two = np.array([3, 2])
    same(sizes, "dyn.reshape(%x, %s, newshape=None)", "dyn.reshape(%x, %s)", image(2, 3), two, compiled=False)
    same(sizes, "dyn.tile(%x, %s, reps=None)", "dyn.tile(%x, %s)", image(2, 3), two, compiled=False)
    pad = "%x: Tensor[(2, 3), float32], %w: Tensor[(2, 2), int64]"
    widths = np.array([[1, 0], [0, 2]])
    same(pad, "dyn.nn.pad(%x, %w, 0f, pad_width=None)", "dyn.nn.pad(%x, %w, 0f)", image(2, 3), widths, compiled=False)


def test_marks_of_the_partial_evaluator() -> None:
    same("%x: Tensor[(2), float32]", "annotation.with_funcid(%x, fid=-1)", "%x", image(2))


@pytest.mark.parametrize("dtype", ["", "void"])
def test_dtypes_that_are_not_given(dtype: str) -> None:
    x = "%x: Tensor[(2, 3), float32], %w: Tensor[(4, 3), float32]"
    call = f'nn.dense(%x, %w, units=4, out_dtype="{dtype}")'
    same(x, call, "nn.dense(%x, %w, units=4)", image(2, 3), image(4, 3))
    same("%x: Tensor[(3), float32]", f'argsort(%x, dtype="{dtype}")', "argsort(%x)", image(3))
    same("%x: Tensor[(3), float32]", f'shape_of(%x, dtype="{dtype}")', "shape_of(%x)", image(3))
    for needed in ("cast(%x, {})", "reinterpret(%x, {})", "zeros(shape=[2], {})", "one_hot(%x, 1, 0, depth=2, {})"):
        text = needed.format(f'dtype="{dtype}"')
        with pytest.raises(RelayTypeError, match=r"dtype of .* must be a dtype, found"):
            from_text(f"{HEADER}def @main(%x: Tensor[(3), int32]) {{ {text} }}")


@pytest.mark.parametrize(
    "call",
    [
        "nn.pad(%x, 0f, pad_width=[[[[0, 0]]]])",
        "nn.pad(%x, 0f, pad_width=[1, 1, 1, 1])",
        'nn.mirror_pad(%x, pad_width=[["a", 1]])',
        "nn.space_to_batch_nd(%x, block_shape=[1, 1], paddings=None)",
        "nn.batch_to_space_nd(%x, block_shape=[1, 1], crops=[[0, 0], [0, 0f]])",
    ],
)
def test_pairs_of_integers(call: str) -> None:
    with pytest.raises(RelayTypeError, match=r"pad_width|paddings|crops"):
        from_text(f"{HEADER}def @main({IMAGE}) {{ {call} }}")
