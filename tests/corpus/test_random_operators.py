"""Random shapes and attributes, one call of each operator family: compiled C against the interpreter.

All calls of an example are the outputs of one program, so that one build judges all of them; hypothesis shrinks a
failing program to the call that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes  # noqa: F401  (numpy learns bfloat16)
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import compile as compile_model
from tvm_model_library.verification.corpus.compare import difference

FLOATS, INTS = ["float32", "float64", "float16"], ["int8", "uint8", "int16", "int32", "int64"]
sizes = st.integers(1, 5)
shapes = st.lists(sizes, min_size=1, max_size=4).map(tuple)


@dataclass(frozen=True)
class Call:
    """A call with ``{0}``, ``{1}``, ... for its arguments, and the arguments' shapes and dtypes."""

    text: str
    arguments: tuple[tuple[tuple[int, ...], str], ...]


@st.composite
def elementwise(draw: Any) -> Call:
    name = draw(st.sampled_from(["abs", "negative", "nn.relu", "clip", "floor", "exp", "tanh", "sigmoid", "round"]))
    rounds = name in ("abs", "negative", "nn.relu", "clip")
    dtype = draw(st.sampled_from(["float32", "int32", "int8"] if rounds else ["float32", "float64"]))
    extra = ", a_min=-2f, a_max=3f" if name == "clip" else ""
    return Call(f"{name}({{0}}{extra})", ((draw(shapes), dtype),))


@st.composite
def broadcast(draw: Any) -> Call:
    name = draw(st.sampled_from(["add", "subtract", "multiply", "maximum", "less", "not_equal", "divide", "floor_mod"]))
    a = draw(shapes)
    b = tuple(draw(st.sampled_from([1, n])) for n in a[draw(st.integers(0, len(a) - 1)) :])
    dtype = draw(st.sampled_from([*FLOATS[:2], *INTS] if name not in ("divide", "floor_mod") else FLOATS[:2]))
    return Call(f"{name}({{0}}, {{1}})", ((a, dtype), (b, dtype)))


@st.composite
def reduction(draw: Any) -> Call:
    name, shape = draw(st.sampled_from(["sum", "max", "min", "mean", "prod", "argmax", "argmin"])), draw(shapes)
    axes = draw(st.lists(st.integers(-len(shape), len(shape) - 1), min_size=1, max_size=2))
    axes = sorted({a % len(shape) for a in axes})
    dtype = draw(st.sampled_from(["float32", "int32"] if name != "mean" else ["float32"]))
    keep, exclude = draw(st.booleans()), draw(st.booleans()) and len(axes) < len(shape)
    return Call(f"{name}({{0}}, axis={axes}, keepdims={keep}, exclude={exclude})", ((shape, dtype),))


@st.composite
def transform(draw: Any) -> Call:
    shape, dtype = draw(shapes), draw(st.sampled_from([*FLOATS, *INTS]))
    axis = draw(st.integers(0, len(shape) - 1))
    order = draw(st.permutations(range(len(shape))))
    begin = [draw(st.integers(0, n - 1)) for n in shape]
    end = [draw(st.integers(b + 1, n)) for b, n in zip(begin, shape, strict=True)]
    text = draw(
        st.sampled_from(
            [
                f"transpose({{0}}, axes={list(order)})",
                f"reverse({{0}}, axis={axis})",
                f"expand_dims({{0}}, axis={axis})",
                f"repeat({{0}}, repeats=3, axis={axis})",
                f"tile({{0}}, reps={[2] * len(shape)})",
                f"strided_slice({{0}}, begin={begin}, end={end}, strides={[1] * len(shape)})",
                f"concatenate(({{0}}, {{0}}), axis={axis})",
                f"stack(({{0}}, {{0}}), axis={axis})",
                "reshape({0}, newshape=[-1])",
            ]
        )
    )
    return Call(text, ((shape, dtype),))


@st.composite
def indexing(draw: Any) -> Call:
    shape, where = draw(shapes), draw(st.lists(sizes, min_size=1, max_size=2).map(tuple))
    axis, dtype = draw(st.integers(0, len(shape) - 1)), draw(st.sampled_from(["float32", "int16"]))
    mode = draw(st.sampled_from(["clip", "wrap"]))
    return Call(f'take({{0}}, {{1}}, axis={axis}, mode="{mode}")', ((shape, dtype), (where, "int32")))


@st.composite
def sorting(draw: Any) -> Call:
    shape, dtype = draw(shapes), draw(st.sampled_from(["float32", "int8"]))
    axis, up = draw(st.integers(0, len(shape) - 1)), draw(st.booleans())
    name = draw(st.sampled_from(["sort", "argsort", "cumsum"]))
    extra = "" if name == "cumsum" else f", is_ascend={up}"
    return Call(f"{name}({{0}}, axis={axis}{extra})", ((shape, dtype),))


@st.composite
def convolution(draw: Any) -> Call:
    groups, inner, outer = draw(st.integers(1, 2)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    kernel, stride, pad, dilation = (draw(st.integers(low, 2)) for low in (1, 1, 0, 1))
    size = draw(st.integers((kernel - 1) * dilation + 1, 6))
    layout = draw(st.sampled_from(["NCHW", "NHWC"]))
    data = (1, groups * inner, size, size) if layout == "NCHW" else (1, size, size, groups * inner)
    weights = (groups * outer, inner, kernel, kernel)
    attrs = f"strides=[{stride}, {stride}], padding=[{pad}, {pad}, {pad}, {pad}], dilation=[{dilation}, {dilation}]"
    text = f'nn.conv2d({{0}}, {{1}}, {attrs}, groups={groups}, data_layout="{layout}", kernel_layout="OIHW")'
    return Call(text, ((data, "float32"), (weights, "float32")))


@st.composite
def pooling(draw: Any) -> Call:
    name, pool, size = draw(st.sampled_from(["max", "avg"])), draw(st.integers(1, 3)), draw(st.integers(3, 6))
    stride, pad, ceil = draw(st.integers(1, 3)), draw(st.integers(0, pool - 1)), draw(st.booleans())
    extra = f", count_include_pad={draw(st.booleans())}" if name == "avg" else ""
    attrs = f"pool_size=[{pool}, {pool}], strides=[{stride}, {stride}], padding=[{pad}, {pad}, {pad}, {pad}]"
    return Call(f"nn.{name}_pool2d({{0}}, {attrs}, ceil_mode={ceil}{extra})", (((1, 2, size, size), "float32"),))


@st.composite
def products(draw: Any) -> Call:
    m, n, k, b = (draw(sizes) for _ in range(4))
    if draw(st.booleans()):
        return Call("nn.dense({0}, {1}, units=None)", (((m, k), "float32"), ((n, k), "float32")))
    return Call("nn.batch_matmul({0}, {1}, transpose_b=True)", (((b, m, k), "float32"), ((b, n, k), "float32")))


@st.composite
def quantized(draw: Any) -> Call:
    shape, zero, out = draw(shapes), draw(st.integers(-5, 5)), draw(st.sampled_from(["int8", "uint8", "int16"]))
    scale = draw(st.sampled_from([0.5, 0.1, 0.0371, 2.25]))
    low = 0 if out == "uint8" else zero
    if draw(st.booleans()):
        return Call(f'qnn.quantize({{0}}, {scale}f, {low}, out_dtype="{out}", axis=-1)', ((shape, "float32"),))
    way = draw(st.sampled_from(["UPWARD", "TONEAREST"]))
    attrs = f'axis=-1, rounding="{way}", out_dtype="{out}"'
    return Call(f"qnn.requantize({{0}}, {scale}f, {zero}, 0.25f, {low}, {attrs})", ((shape, "int32"),))


@st.composite
def casts(draw: Any) -> Call:
    source = draw(st.sampled_from([*FLOATS, *INTS]))
    return Call(f'cast({{0}}, dtype="{draw(st.sampled_from([*FLOATS, "int8", "int32"]))}")', ((draw(shapes), source),))


FAMILIES: list[Callable[[], st.SearchStrategy[Call]]] = [
    *(elementwise, broadcast, reduction, transform, indexing, sorting, convolution, pooling, products, quantized, casts)
]


def program(calls: list[Call]) -> str:
    parameters, lines, count = [], [], 0
    for i, call in enumerate(calls):
        names = [f"%x{count + k}" for k in range(len(call.arguments))]
        count += len(names)
        for name, (shape, dtype) in zip(names, call.arguments, strict=True):
            parameters.append(f"{name}: Tensor[({', '.join(map(str, shape))}), {dtype}]")
        lines.append(f"  let %y{i} = {call.text.format(*names)};\n")
    results = ", ".join(f"%y{i}" for i in range(len(calls)))
    return f'#[version = "0.0.5"]\ndef @main({", ".join(parameters)}) {{\n{"".join(lines)}  ({results},)\n}}\n'


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.tuples(*(family() for family in FAMILIES)).map(list), st.integers(0, 2**16))
def test_compiled_calls_equal_the_interpreter(calls: list[Call], seed: int) -> None:
    text = program(calls)
    generator = np.random.default_rng(seed)
    inputs = []
    for call in calls:
        for shape, dtype in call.arguments:
            low = 0 if dtype.startswith("uint") else -9
            values = generator.uniform(low, 9, shape) if dtype in FLOATS else generator.integers(low, 9, shape)
            inputs.append(np.asarray(values).astype(dtype))
    model = from_text(text)
    expected = model.reference(*inputs)
    library = compile_model(model, executor=("graph", "aot")[seed % 2], name="random")
    assert difference(library.run(*inputs), expected) is None, text


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_shapes_and_attributes_end_in_a_result_or_a_message(data: st.DataObject) -> None:
    """Calls whose arguments and attributes do not fit each other, through inference and the interpreter."""
    call = data.draw(data.draw(st.sampled_from(FAMILIES))())
    text = call.text
    for found in ("=[", "=1", "=-", "=2"):  # spoil an attribute
        if found in text and data.draw(st.booleans()):
            text = text.replace(found, data.draw(st.sampled_from(["=[-7, ", "=99", "=-3", "=None", "=[]", '="x"'])), 1)
    unknown = data.draw(st.booleans())
    types, inputs = [], []
    for shape, dtype in call.arguments:
        actual = data.draw(st.one_of(st.just(shape), shapes)) if unknown else shape
        types.append((tuple("?" for _ in actual) if unknown else shape, dtype))
        inputs.append(np.zeros(actual, dtype))
    source = program([Call(text, tuple(types))])  # type: ignore[arg-type]
    refusal = None
    try:
        from_text(source).reference(*inputs)
    except ModelLibraryError as error:
        refusal = error
    assert refusal is None or refusal.message, source
