"""Programs at the edges: no elements, numbers beyond a type, sizes that grow with the data. Each gives its value in the
interpreter and in compiled code, or one message in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from tvm_model_library.compiler import kernels
from tvm_model_library.compiler.relax import from_relay
from tvm_model_library.compiler.targets.llvm import objects
from tvm_model_library.errors import EvaluationError, ModelLibraryError, RelayTypeError, UnsupportedError
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import compile as compile_model

HEADER = '#[version = "0.0.5"]\n'
VARIANTS = (("c", "graph"), ("c", "aot"), ("llvm", "graph"), ("llvm", "aot"))


def check(text: str, inputs: Sequence[Any], expected: Any, variants: Sequence[tuple[str, str]] = VARIANTS[1:3]) -> None:
    """The interpreter and compiled code give exactly the ``expected`` arrays (NaN equal to NaN)."""
    model = from_text(HEADER + text)
    wanted = list(expected) if isinstance(expected, tuple) else [expected]
    runs = [model.reference(*inputs)]
    runs += [compile_model(model, target=t, executor=e, name="edge").run(*inputs) for t, e in variants]
    for got in runs:
        assert len(got) == len(wanted)
        for a, b in zip(got, wanted, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def refuses(text: str, inputs: Sequence[Any], message: str) -> None:
    """The interpreter and the compiler refuse the program, with the same words and a place."""
    model = from_text(HEADER + text)
    with pytest.raises(EvaluationError, match=message) as evaluated:
        model.reference(*inputs)
    with pytest.raises(UnsupportedError, match=message) as compiled:
        compile_model(model, name="edge")
    assert evaluated.value.span == compiled.value.span
    assert evaluated.value.span is not None


def zeros(*shape: int, dtype: str = "float32") -> Any:
    return np.zeros(shape, dtype)


@pytest.mark.parametrize(
    "call",
    [
        'topk({0}, k=0, axis=0, ret_type="values", dtype="float32")',
        "sort({0}, axis=-1)",
        "argsort({0}, axis=1)",
        "argmax({0}, axis=[0])",
        "nn.softmax({0}, axis=-1)",
        "nn.log_softmax({0}, axis=0)",
        "cumsum({0}, axis=1)",
        "nn.l2_normalize({0}, eps=1e-5f, axis=[1])",
        "sum({0}, axis=[0])",
        "reverse({0}, axis=1)",
        "transpose({0})",
        "take({0}, 0, axis=0)",
        "repeat({0}, repeats=2, axis=1)",
    ],
)
def test_results_without_elements(call: str) -> None:
    model = from_text(f"{HEADER}def @main(%x: Tensor[(20, 0), float32]) {{ {call.format('%x')} }}")
    (spec,) = model.outputs
    assert 0 in spec.shape
    x = zeros(20, 0)
    outputs = [model.reference(x), *(compile_model(model, target=t, executor=e).run(x) for t, e in VARIANTS[1:3])]
    assert all(o[0].shape == spec.shape and o[0].dtype == spec.dtype for o in outputs)


@pytest.mark.parametrize("norm", ["instance_norm", "group_norm", "layer_norm", "batch_norm"])
@pytest.mark.parametrize("shape", [(2, 4, 0), (0, 4, 3), (2, 0, 3)])
def test_norms_without_elements(norm: str, shape: tuple[int, ...]) -> None:
    if norm == "group_norm" and shape[1] == 0:
        return
    count = shape[-1] if norm == "layer_norm" else shape[1]
    names = ["g", "b"] + (["m", "v"] if norm == "batch_norm" else [])
    types = "".join(f", %{n}: Tensor[({count}), float32]" for n in names)
    groups = ", num_groups=2" if norm == "group_norm" else ""
    call = f"nn.{norm}(%x, {', '.join('%' + n for n in names)}{groups})"
    call = f"let %y = {call}; %y.0" if norm == "batch_norm" else call
    text = f"def @main(%x: Tensor[({', '.join(map(str, shape))}), float32]{types}) {{ {call} }}"
    check(text, [zeros(*shape), *(zeros(count) for _ in names)], zeros(*shape))


def test_sums_over_nothing_are_zero() -> None:
    weight = "%x: Tensor[(3, 0), {0}], %y: Tensor[(4, 0), {0}]"
    for dtype in ("float32", "float16", "int8"):
        inputs = [zeros(3, 0, dtype=dtype), zeros(4, 0, dtype=dtype)]
        text = f"def @main({weight.format(dtype)}) {{ nn.dense(%x, %y, units=None) }}"
        check(text, inputs, zeros(3, 4, dtype=dtype))
    text = "def @main(%x: Tensor[(1, 0, 4, 4), float32], %w: Tensor[(2, 0, 3, 3), float32])"
    check(text + " { nn.relu(nn.conv2d(%x, %w)) }", [zeros(1, 0, 4, 4), zeros(2, 0, 3, 3)], zeros(1, 2, 2, 2))
    text = (
        "def @main(%x: Tensor[(2, 0), float32]) { (add(sum(%x, axis=[1]), 1f), max(%x, axis=[1]), prod(%x, axis=[1])) }"
    )
    lowest = np.full(2, -np.inf, np.float32)
    check(text, [zeros(2, 0)], (np.ones(2, np.float32), lowest, np.ones(2, np.float32)))


def test_nothing_to_choose_from() -> None:
    refuses("def @main(%x: Tensor[(3, 0), float32]) { argmax(%x, axis=[1]) }", [zeros(3, 0)], "no elements to choose")
    pool = "nn.adaptive_avg_pool2d(%x, output_size=[2, 2])"
    refuses(f"def @main(%x: Tensor[(1, 2, 0, 4), float32]) {{ {pool} }}", [zeros(1, 2, 0, 4)], "nothing to pool")


def test_one_element_to_choose_from() -> None:
    text = "def @main(%x: Tensor[(3, 1), float32]) { argmin(%x, axis=[1]) }"
    check(text, [np.ones((3, 1), np.float32)], zeros(3, dtype="int32"), VARIANTS)


@pytest.mark.parametrize("dtype", ["int16", "uint8", "int64", "bool"])
@pytest.mark.parametrize("name", ["nn.softmax", "nn.fast_softmax", "nn.log_softmax", "exp"])
def test_real_functions_of_integers(name: str, dtype: str) -> None:
    text = f"def @main(%x: Tensor[(3, 4), {dtype}]) {{ {name}(%x) }}"
    refuses(text, [zeros(3, 4, dtype=dtype)], f"needs one of bfloat16.* found {dtype}; cast the argument")


HUGE = "3.40282e+38f"
X = np.array([-70000, -2.5, 0, 2.5, 70000], np.float64)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int8", "uint8", "int64", "bool"])
def test_attributes_beyond_the_type(dtype: str) -> None:
    """By the definition: rounded to the type, so infinite beyond its range; integers truncated and held in range."""
    numpy = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    with np.errstate(all="ignore"):
        x = np.clip(X, 0, 200).astype(numpy) if dtype in ("uint8", "bool") else np.clip(X, -100, 100).astype(numpy)
        real = "float" in dtype
        inf = np.asarray(np.float32(3.40282e38)).astype(numpy) if real else np.asarray(
            True if dtype == "bool" else np.iinfo(numpy).max).astype(numpy)  # fmt: skip
    param = f"%x: Tensor[(5), {dtype}]"
    if dtype != "bool":
        check(f"def @main({param}) {{ clip(%x, a_min=0f, a_max={HUGE}) }}", [x], np.maximum(x, np.zeros((), numpy)))
        check(f"def @main({param}) {{ clip(%x, a_min=-1e300f64, a_max=1e300f64) }}", [x], x)
    text = f"def @main({param}) {{ nn.dilate(%x, strides=[2], dilation_value={HUGE}) }}"
    check(text, [x], np.stack([x, np.broadcast_to(inf, 5)], 1).reshape(10)[:9])
    column = np.ascontiguousarray(np.stack([x, x], 1))
    masked = f"sequence_mask(%x, %n, mask_value={HUGE}, axis=0)"
    text = f"def @main(%x: Tensor[(5, 2), {dtype}], %n: Tensor[(2), int32]) {{ {masked} }}"
    expected = column.copy()
    expected[2:, 0] = inf
    check(text, [column, np.array([2, 5], np.int32)], expected)
    padded = f"nn.space_to_batch_nd(%x, block_shape=[1], paddings=[[0, 1]], pad_value={HUGE})"
    text = f"def @main(%x: Tensor[(1, 5), {dtype}]) {{ {padded} }}"
    check(text, [x[None]], np.append(x, inf)[None].astype(numpy))


def test_a_slope_beyond_the_type() -> None:
    x = np.array([-2, -1, 0, 3], np.int8)
    text = f"def @main(%x: Tensor[(4), int8]) {{ nn.leaky_relu(%x, alpha={HUGE}) }}"
    check(text, [x], np.array([-254, -127, 0, 3]).astype(np.int8))  # 127 is the greatest slope; products wrap around
    check(text.replace("int8", "float16"), [x.astype(np.float16)], np.array([-np.inf, -np.inf, np.nan, 3], np.float16))


def test_running_sums_of_truth_values() -> None:
    x = np.array([False, True, False, True])
    calls = "(cumsum(%x, axis=0), cumprod(%x, axis=0), cumsum(%x, axis=0, exclusive=True))"
    text = f"def @main(%x: Tensor[(4), bool]) {{ {calls} }}"
    expected = np.logical_or.accumulate(x), np.logical_and.accumulate(x), np.array([False, False, True, True])
    check(text, [x], expected, VARIANTS)
    text = 'def @main(%x: Tensor[(4), bool]) { cumsum(%x, axis=0, dtype="int32") }'
    check(text, [x], np.array([0, 1, 1, 2], np.int32), VARIANTS)


def test_the_greatest_of_truth_values() -> None:
    x = np.array([[[False, True, False, False, False]]])
    pooled = "nn.max_pool1d(%x, pool_size=[2], strides=[1], padding=[1, 0])"
    check(
        f"def @main(%x: Tensor[(1, 1, 5), bool]) {{ {pooled} }}", [x], np.array([[[False, True, True, False, False]]])
    )


def test_the_sign_of_truth_values() -> None:
    x = np.array([True, False])
    check("def @main(%x: Tensor[(2), bool]) { sign(%x) }", [x], x)


def test_positions_in_a_shape_of_many_dimensions() -> None:
    text = "def @main(%x: int32, %s: Tensor[({0}), int32]) {{ unravel_index(%x, %s) }}"
    sizes = np.ones(65536, np.int32)
    sizes[[7, 100, -1]] = 5, 3, 4
    expected = zeros(65536, dtype="int32")
    expected[[7, 100, -1]] = 4, 1, 2
    check(text.format(65536), [np.array(4 * 12 + 1 * 4 + 2, np.int32), sizes], expected)
    text = "def @main(%x: Tensor[(4), int64], %s: Tensor[(3), int64]) { unravel_index(%x, %s) }"
    flat, shape = np.array([0, 5, 23, 11]), np.array([2, 3, 4])
    check(text, [flat, shape], np.stack(np.unravel_index(flat, shape)), VARIANTS)


@pytest.mark.parametrize("name", ["concatenate", "stack"])
def test_hundreds_of_tensors_join(name: str) -> None:
    fields = "%x, %y, " * 300
    text = f"def @main(%x: Tensor[(2), int16], %y: Tensor[(2), int16]) {{ {name}(({fields}), axis=0) }}"
    x, y = np.array([1, 2], np.int16), np.array([3, 4], np.int16)
    joined = np.concatenate([x, y] * 300)
    check(text, [x, y], joined if name == "concatenate" else joined.reshape(600, 2))


@pytest.mark.parametrize(
    ("parameters", "call", "message"),
    [
        ("%x: Tensor[(2), float32], %a: int64", "dyn.expand_dims(%x, %a, num_newaxis=1000000000)", "dimensions"),
        ("%x: Tensor[(2), float32], %a: int64", "dyn.expand_dims(%x, %a, num_newaxis=-1)", "negative"),
        ("%s: Tensor[(9000000000), int64]", 'dyn.zeros(%s, dtype="float32")', "asks for 9000000000 dimensions"),
        ("%x: float32, %s: Tensor[(9000000000), int64]", "dyn.broadcast_to(%x, %s)", "asks for 9000000000 dimensions"),
        ("%x: float32, %s: Tensor[(9000000000), int64]", "collapse_sum_to(%x, %s)", "asks for 9000000000 dimensions"),
        ("%x: Tensor[(9000000000), int8]", "split(%x, indices_or_sections=9000000000)", "too many"),
        ("%x: Tensor[(2, 3, 4, 4), int8]", "nn.depth_to_space(%x, block_size=9223372036854775807)", "a dimension is"),
        ("", "zeros(shape=[-1])", "a dimension is from 0"),
        ("", 'full(1f, shape=[2, -3], dtype="float32")', "a dimension is from 0"),
    ],
)
def test_shapes_that_no_tensor_has(parameters: str, call: str, message: str) -> None:
    with pytest.raises(RelayTypeError, match=message) as caught:
        from_text(f"{HEADER}def @main({parameters}) {{ {call} }}")
    assert caught.value.span is not None


def test_sizes_below_zero_at_run_time() -> None:
    model = from_text(HEADER + 'def @main(%s: Tensor[(2), int64]) { dyn.ones(%s, dtype="float32") }')
    with pytest.raises(EvaluationError, match="a dimension is from 0"):
        model.reference(np.array([2, -1]))


@pytest.mark.parametrize("dtype", ["float8", "e4m3_float8", "uint8x4"])
def test_dtypes_that_nothing_here_has(dtype: str) -> None:
    text = f'{HEADER}def @main(%x: Tensor[(4), {dtype}]) {{ reinterpret(%x, dtype="{dtype}") }}'
    model = from_text(text)
    for attempt in (lambda: model.reference(zeros(4, dtype="uint8")), lambda: compile_model(model, name="edge")):
        with pytest.raises(ModelLibraryError, match=dtype):
            attempt()


@pytest.mark.parametrize("norm", ["nn.l2_normalize(%x, eps=1f, axis=[1])", "nn.layer_norm(%x, %g, %g)"])
def test_norms_of_integers(norm: str) -> None:
    text = f"def @main(%x: Tensor[(3, 4), int16], %g: Tensor[(4), int16]) {{ {norm} }}"
    refuses(text, [zeros(3, 4, dtype="int16"), zeros(4, dtype="int16")], "found int16; cast the argument")


def test_indices_beyond_64_bits_are_beyond_the_dimension() -> None:
    at = np.array([0, 1, 2**63, 2**64 - 1, 2**63 - 1], np.uint64)
    x = np.arange(3, dtype=np.float32)
    params = "def @main(%x: Tensor[(3), float32], %i: Tensor[(5), uint64])"
    expected = np.array([0, 1, 2, 2, 2], np.float32)
    for call in ("take(%x, %i, axis=0)", "gather(%x, %i, axis=0)", "adv_index((%x, %i))"):
        check(f"{params} {{ {call} }}", [x, at], expected, VARIANTS)


def test_sizes_that_are_constants_make_a_static_program() -> None:
    text = "def @main(%x: Tensor[(2), int32]) { dyn.broadcast_to(%x, shape_of(zeros(shape=[3, 2]))) }"
    x = np.array([1, 2], np.int32)
    check(text, [x], np.broadcast_to(x, (3, 2)), VARIANTS)


@pytest.mark.parametrize(
    ("module", "name", "target"),
    [(kernels, "schedules", "c"), (objects, "defined_arithmetic", "llvm"), (from_relay, "_tuples", "c")],
)
def test_what_tvm_has_no_code_for_is_named_with_its_place(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, target: str
) -> None:
    """In lowering, in the passes over loops, in LLVM's code generator."""

    def fail(*args: Any) -> Any:
        raise RuntimeError("\n  Check failed: no code for bool\nStack trace:\n  0: somewhere\n")

    text = HEADER + "def @main(%x: Tensor[(1, 1, 4), float32]) {\n  nn.avg_pool1d(%x, pool_size=[2])\n}\n"
    model = from_text(text, source="edge.relay")
    monkeypatch.setattr(module, name, fail)
    with pytest.raises(UnsupportedError) as caught:
        compile_model(model, target=target, name="edge")
    assert str(caught.value).startswith("edge.relay:3:3: nn.avg_pool1d ")
    assert "can't be compiled by apache-tvm" in str(caught.value)
    assert "RuntimeError: Check failed: no code for bool" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_products_of_half_precision_as_integers_are_cast_first() -> None:
    x = np.array([[1.75, -2.5]], np.float32).astype(ml_dtypes.bfloat16)
    text = "def @main(%x: Tensor[(1, 2), bfloat16], %y: Tensor[(1, 2), bfloat16])"
    text += ' { nn.dense(%x, %y, units=None, out_dtype="int32") }'
    check(text, [x, x], np.array([[5]], np.int32))


def test_sizes_that_types_do_not_tell_but_the_program_does() -> None:
    """The model says ``?``, its plan the numbers."""
    text = 'def @main(%x: Tensor[(2, 3), float32]) { dyn.full(2f, shape_of(%x), shape=[], dtype="float32") }'
    assert from_text(HEADER + text).outputs[0].shape == (-1, -1)
    check(text, [zeros(2, 3)], np.full((2, 3), 2, np.float32), VARIANTS)


def test_a_key_splits_both_ways() -> None:
    """With the key's path full or not: each way writes all of both keys."""
    text = "def @main(%x: Tensor[(10), uint64]) { let %k = random.threefry_split(%x); (%k.1, %k.0) }"
    model = from_text(HEADER + text)
    for marker in ((0, 0), (1 << 62, 0)):
        key = np.asarray([1, 2, 3, 4, 0, 0, 0, 7, *marker], np.uint64)
        check(text, [key], tuple(model.reference(key)), VARIANTS)
