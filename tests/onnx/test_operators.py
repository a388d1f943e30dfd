"""Each operator as the standard defines it, in NumPy, in the interpreter; and networks of them in C."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from onnx_models import Op, graph, model
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.onnx.load import model_of_file
from tvm_model_library.frontends.onnx.reader import read_bytes
from tvm_model_library.frontends.options import LoadOptions
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(14)
X = RNG.normal(size=(2, 3, 4)).astype(np.float32)
IMAGE = RNG.normal(size=(1, 2, 5, 6)).astype(np.float32)


def loaded(
    ops: Sequence[Op],
    inputs: Mapping[str, Array],
    constants: Mapping[str, Array] | None = None,
    outputs: Sequence[str] | None = None,
    opset: int = 17,
) -> Model:
    types = {n: (a.dtype.name, a.shape) for n, a in inputs.items()}
    data = model(graph(ops, types, constants, outputs), opset)
    return model_of_file(read_bytes(data, "model.onnx"), LoadOptions())


def one(
    name: str,
    x: Array,
    constants: Sequence[Array | None] = (),
    opset: int = 17,
    outputs: Sequence[str] = ("y",),
    **attributes: Any,
) -> list[Array]:
    """The outputs of one operator whose further inputs are constants."""
    held = {f"c{i}": c for i, c in enumerate(constants) if c is not None}
    names = [f"c{i}" if c is not None else "" for i, c in enumerate(constants)]
    return loaded([Op(name, ["x", *names], outputs, attributes)], {"x": x}, held, opset=opset).reference(x)


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


def _softplus(x: Array) -> Array:
    return np.asarray(np.log1p(np.exp(x)))


_erf = np.vectorize(math.erf)

FUNCTIONS: list[tuple[str, dict[str, Any], Callable[[Array], Array]]] = [
    ("Relu", {}, lambda x: np.maximum(x, 0)),
    ("LeakyRelu", {"alpha": 0.1}, lambda x: np.where(x < 0, x * 0.1, x)),
    ("ThresholdedRelu", {"alpha": 0.5}, lambda x: np.where(x > 0.5, x, 0)),
    ("Elu", {"alpha": 2.0}, lambda x: np.where(x > 0, x, 2 * np.expm1(x))),
    ("Selu", {"alpha": 2.0, "gamma": 3.0}, lambda x: 3 * np.where(x > 0, x, 2 * np.expm1(x))),
    ("Celu", {"alpha": 2.0}, lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2))),
    ("Sigmoid", {}, lambda x: 1 / (1 + np.exp(-x))),
    ("HardSigmoid", {"alpha": 0.5, "beta": 0.6}, lambda x: np.clip(0.5 * x + 0.6, 0, 1)),
    ("HardSwish", {}, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    ("Softplus", {}, _softplus),
    ("Softsign", {}, lambda x: x / (1 + np.abs(x))),
    ("Mish", {}, lambda x: x * np.tanh(_softplus(x))),
    ("Gelu", {}, lambda x: 0.5 * x * (1 + _erf(x / math.sqrt(2)))),
    ("Round", {}, np.rint),
    ("Reciprocal", {}, lambda x: 1 / x),
    ("Erf", {}, _erf),
    ("Sign", {}, np.sign),
    ("Identity", {}, lambda x: x),
    ("Dropout", {}, lambda x: x),
    ("Softmax", {"axis": 1}, lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
    ("LogSoftmax", {}, lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True))),
    ("ReduceMean", {"axes": [1]}, lambda x: x.mean(1, keepdims=True)),
    ("ReduceMax", {"axes": [0, -1], "keepdims": 0}, lambda x: x.max((0, 2))),
    ("ReduceL1", {}, lambda x: np.abs(x).sum(keepdims=True)),
    ("ReduceL2", {"axes": [2]}, lambda x: np.sqrt((x * x).sum(2, keepdims=True))),
    ("ReduceLogSumExp", {"axes": [1], "keepdims": 0}, lambda x: np.log(np.exp(x).sum(1))),
    ("ArgMax", {"axis": 2, "keepdims": 0}, lambda x: x.argmax(2)),
    ("Transpose", {"perm": [2, 0, 1]}, lambda x: x.transpose(2, 0, 1)),
    ("Flatten", {"axis": 2}, lambda x: x.reshape(6, 4)),
    ("Flatten", {"axis": -3}, lambda x: x.reshape(1, 24)),
    ("Shape", {"start": 1}, lambda x: ints(3, 4)),
    ("Size", {}, lambda x: np.array(24, np.int64)),
    ("Cast", {"to": 7}, lambda x: np.trunc(x)),
    ("LpNormalization", {"axis": 0, "p": 1}, lambda x: x / np.abs(x).sum(0)),
]


@pytest.mark.parametrize(("name", "attributes", "function"), FUNCTIONS, ids=[f"{n}{a}" for n, a, _ in FUNCTIONS])
def test_functions_of_one_input(name: str, attributes: dict[str, Any], function: Callable[[Array], Array]) -> None:
    x = np.concatenate([X, np.broadcast_to(np.float32([0.5, 1.5, -2.5, -0.5]), (2, 3, 4))], axis=0)[1:3]
    expected = function(x.astype(np.float64))
    (found,) = one(name, x, opset=20 if name == "Gelu" else 17, **attributes)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


WITH_CONSTANTS: list[tuple[str, list[Array | None], dict[str, Any], Callable[[Array], Array]]] = [
    ("Clip", [None, np.float32(0.5)], {}, lambda x: np.minimum(x, np.float32(0.5))),
    (
        "PRelu",
        [np.float32([[0.1], [0.2], [0.3]])],
        {},
        lambda x: np.where(x < 0, x * np.float32([[0.1], [0.2], [0.3]]), x),
    ),
    ("Reshape", [ints(0, -1)], {}, lambda x: x.reshape(2, 12)),
    ("Unsqueeze", [ints(0, -1)], {}, lambda x: x[None, ..., None]),
    ("Expand", [ints(5, 1, 3, 1)], {}, lambda x: np.broadcast_to(x, (5, 2, 3, 4))),
    ("Tile", [ints(1, 2, 3)], {}, lambda x: np.tile(x, (1, 2, 3))),
    ("Slice", [ints(-1, 0), ints(-(2**63), 2), ints(2, 1), ints(-2, 1)], {}, lambda x: x[:, 0:2, ::-2]),
    ("Slice", [ints(-9), ints(2**62)], {}, lambda x: x),
    ("Gather", [np.array([[0, -1], [1, 0]])], {"axis": 2}, lambda x: x[:, :, [[0, -1], [1, 0]]]),
    ("GatherND", [np.array([[1, -1], [0, 2]])], {}, lambda x: x[[1, 0], [-1, 2]]),
    ("GatherElements", [np.array([[[1, 0, -1, 0]]])], {"axis": 0}, lambda x: x[[[[1, 0, -1, 0]]], 0, range(4)]),
    (
        "Pad",
        [ints(0, 1, 0, 0, -1, 2), np.float32(7)],
        {},
        lambda x: np.pad(x[:, :2], ((0, 0), (1, 0), (0, 2)), constant_values=7),
    ),
    ("Pad", [ints(0, 2, 0, 0, 1, 0)], {"mode": "reflect"}, lambda x: np.pad(x, ((0, 0), (2, 1), (0, 0)), "reflect")),
    ("MatMul", [np.ones((4, 5), np.float32)], {}, lambda x: x @ np.ones((4, 5), np.float32)),
    ("MatMul", [np.arange(4, dtype=np.float32)], {}, lambda x: x @ np.arange(4)),
    ("Mod", [np.float32(0.7)], {"fmod": 1}, lambda x: np.fmod(x, np.float32(0.7))),
    ("CumSum", [np.array(1)], {"exclusive": 1, "reverse": 1}, lambda x: np.cumsum(x[:, ::-1], 1)[:, ::-1] - x),
    ("ReduceSum", [ints(1)], {"keepdims": 0}, lambda x: x.sum(1)),
    ("Pow", [np.array(2, np.int64)], {}, lambda x: x * x),
]


@pytest.mark.parametrize(("name", "constants", "attributes", "function"), WITH_CONSTANTS)
def test_operators_with_constants(
    name: str, constants: list[Array | None], attributes: dict[str, Any], function: Callable[[Array], Array]
) -> None:
    (found,) = one(name, X, constants, **attributes)
    expected = function(X)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_split_in_given_and_in_equal_parts() -> None:
    parts = one("Split", X, [ints(1, 3)], outputs=("a", "b"), axis=-1)
    # Only the last operator's outputs are the model's: both are.
    np.testing.assert_array_equal(parts[0], X[:, :, :1])
    np.testing.assert_array_equal(parts[1], X[:, :, 1:])
    parts = one("Split", X, opset=18, outputs=("a", "b"), axis=1, num_outputs=2)
    assert [p.shape for p in parts] == [(2, 2, 4), (2, 1, 4)]


def test_softmax_before_version_13_is_over_all_that_follows() -> None:
    (found,) = one("Softmax", X, opset=11)
    whole = np.exp(X).reshape(2, 12)
    np.testing.assert_allclose(found.reshape(2, 12), whole / whole.sum(1, keepdims=True), rtol=1e-5)


def windows(x: Array, size: int, stride: int, dilation: int = 1) -> Array:
    """All windows of (N, C, H, W): (N, C, rows, columns, size, size)."""
    reach = (size - 1) * dilation + 1
    whole = np.lib.stride_tricks.sliding_window_view(x, (reach, reach), (2, 3))
    return np.asarray(whole[:, :, ::stride, ::stride, ::dilation, ::dilation])


def test_convolutions() -> None:
    weights, bias = RNG.normal(size=(4, 1, 3, 3)).astype(np.float32), np.float32([1, 2, 3, 4])
    (found,) = one("Conv", IMAGE, [weights, bias], group=2, pads=[1, 0, 2, 1], strides=[2, 2])
    data = windows(np.pad(IMAGE, ((0, 0), (0, 0), (1, 2), (0, 1))), 3, 2).repeat(2, axis=1)
    expected = np.einsum("ncyxij,cij->ncyx", data, weights[:, 0]) + bias[:, None, None]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_a_transposed_convolution_is_the_gradient() -> None:
    weights = RNG.normal(size=(2, 3, 3, 3)).astype(np.float32)
    (found,) = one("ConvTranspose", IMAGE, [weights], strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    whole = np.zeros((1, 3, 12, 14))
    for y in range(5):
        for x in range(6):
            whole[0, :, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3] += np.einsum("c,cdij->dij", IMAGE[0, :, y, x], weights)
    np.testing.assert_allclose(found, whole[:, :, 1:11, 1:13], rtol=1e-4, atol=1e-5)


def test_pools() -> None:
    (found,) = one("MaxPool", IMAGE, kernel_shape=[2, 2], strides=[2, 2])
    np.testing.assert_array_equal(found, windows(IMAGE, 2, 2).max((4, 5)))
    padded = np.pad(IMAGE, ((0, 0), (0, 0), (1, 1), (1, 1)))
    counts = windows(np.pad(np.ones_like(IMAGE), ((0, 0), (0, 0), (1, 1), (1, 1))), 3, 1).sum((4, 5))
    for include, divisor in ((0, counts), (1, 9)):
        (found,) = one("AveragePool", IMAGE, kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=include)
        np.testing.assert_allclose(found, windows(padded, 3, 1).sum((4, 5)) / divisor, rtol=1e-4, atol=1e-5)
    (found,) = one("GlobalAveragePool", IMAGE)
    np.testing.assert_allclose(found, IMAGE.mean((2, 3), keepdims=True), rtol=1e-5)


def test_normalization() -> None:
    scale, bias, mean = np.float32([2, 3]), np.float32([-1, 1]), np.float32([0.5, -0.5])
    variance = np.float32([4, 0.25])
    (found,) = one("BatchNormalization", IMAGE, [scale, bias, mean, variance], epsilon=0.5)
    wide = [a[:, None, None] for a in (scale, bias, mean, variance)]
    np.testing.assert_allclose(found, (IMAGE - wide[2]) / np.sqrt(wide[3] + 0.5) * wide[0] + wide[1], rtol=1e-4)
    (found,) = one("InstanceNormalization", IMAGE, [scale, bias])
    inner = (IMAGE - IMAGE.mean((2, 3), keepdims=True)) / np.sqrt(IMAGE.var((2, 3), keepdims=True) + 1e-5)
    np.testing.assert_allclose(found, inner * wide[0] + wide[1], rtol=1e-4, atol=1e-5)
    (found,) = one("LayerNormalization", X, [np.full((3, 4), 2, np.float32)], axis=1)
    inner = (X - X.mean((1, 2), keepdims=True)) / np.sqrt(X.var((1, 2), keepdims=True) + 1e-5)
    np.testing.assert_allclose(found, 2 * inner, rtol=1e-4, atol=1e-5)


def test_gemm() -> None:
    a, b, c = (RNG.normal(size=s).astype(np.float32) for s in ((3, 2), (4, 3), (4,)))
    (found,) = one("Gemm", a, [b, c], alpha=0.5, beta=2.0, transA=1, transB=1)
    np.testing.assert_allclose(found, 0.5 * a.T @ b.T + 2 * c, rtol=1e-5)


@pytest.mark.parametrize("rounding", ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"])
@pytest.mark.parametrize("kind", ["asymmetric", "half_pixel", "align_corners"])
def test_nearest_resize_rounds_as_it_is_told(rounding: str, kind: str) -> None:
    sizes = ints(1, 2, 10, 3)
    attributes = {"nearest_mode": rounding, "coordinate_transformation_mode": kind}
    (found,) = one("Resize", IMAGE, [None, None, sizes], **attributes)
    rounded = {
        "floor": math.floor,
        "ceil": math.ceil,
        "round_prefer_floor": lambda v: math.ceil(v - 0.5),
        "round_prefer_ceil": lambda v: math.floor(v + 0.5),
    }[rounding]

    def places(size: int, target: int) -> list[int]:
        where = {
            "asymmetric": lambda i: i * size / target,
            "half_pixel": lambda i: (i + 0.5) * size / target - 0.5,
            "align_corners": lambda i: i * (size - 1) / (target - 1),
        }[kind]
        return [min(max(rounded(where(i)), 0), size - 1) for i in range(target)]

    np.testing.assert_array_equal(found, IMAGE[:, :, places(5, 10)][:, :, :, places(6, 3)])


def test_quantizing_rounds_half_to_even_and_saturates() -> None:
    x = np.float32([0.5, 1.5, 2.5, -0.5, -1.5, 300, -300])
    scale, zero = np.float32(1), np.int8(3)
    (found,) = one("QuantizeLinear", x, [scale, np.array(zero)])
    np.testing.assert_array_equal(found, np.int8([3, 5, 5, 3, 1, 127, -128]))
    (found,) = one("DequantizeLinear", found.reshape(7, 1), [np.full(1, 0.5, np.float32), np.array([3], np.int8)])
    np.testing.assert_array_equal(found[:, 0], np.float32([0, 1, 1, 0, -1, 62, -65.5]))


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


TIME, BATCH, SIZE, HIDDEN = 4, 2, 3, 5


def _recurrent(gates: int, directions: int) -> tuple[Array, list[Array]]:
    x = RNG.normal(size=(TIME, BATCH, SIZE)).astype(np.float32)
    shapes = (gates * HIDDEN, SIZE), (gates * HIDDEN, HIDDEN), (2 * gates * HIDDEN,)
    return x, [RNG.normal(size=(directions, *s)).astype(np.float32) for s in shapes]


def test_a_bidirectional_lstm() -> None:
    x, weights = _recurrent(4, 2)
    y, last_h, last_c = one("LSTM", x, weights, outputs=("y", "h", "c"), hidden_size=HIDDEN, direction="bidirectional")
    for d in range(2):
        w, r, b = (a[d] for a in weights)
        h = c = np.zeros((BATCH, HIDDEN))
        for t in range(TIME) if d == 0 else reversed(range(TIME)):
            i, o, f, g = np.split(x[t] @ w.T + h @ r.T + b[: 4 * HIDDEN] + b[4 * HIDDEN :], 4, 1)
            c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
            h = _sigmoid(o) * np.tanh(c)
            np.testing.assert_allclose(y[t, d], h, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(last_h[d], h, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(last_c[d], c, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("after", [0, 1])
def test_a_gru(after: int) -> None:
    x, weights = _recurrent(3, 1)
    (y,) = one("GRU", x, weights, hidden_size=HIDDEN, linear_before_reset=after)
    w, r, b = (a[0] for a in weights)
    wb, rb = b[: 3 * HIDDEN], b[3 * HIDDEN :]
    h = np.zeros((BATCH, HIDDEN))
    for t in range(TIME):
        xz, xr, xh = np.split(x[t] @ w.T + wb, 3, 1)
        z, g = (_sigmoid(a + h @ r[k].T + rb[k]) for a, k in ((xz, slice(0, 5)), (xr, slice(5, 10))))
        inner = g * (h @ r[10:].T + rb[10:]) if after else (g * h) @ r[10:].T + rb[10:]
        h = (1 - z) * np.tanh(xh + inner) + z * h
        np.testing.assert_allclose(y[t, 0], h, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("condition", [True, False])
def test_a_known_condition_chooses_a_branch_that_sees_the_graph_around_it(condition: bool) -> None:
    branches = {f"{n}_branch": graph([Op(o, ["x"])], {}) for n, o in (("then", "Neg"), ("else", "Abs"))}
    network = loaded([Op("If", ["c"], ["y"], branches)], {"x": X}, {"c": np.array(condition)})
    np.testing.assert_array_equal(network.reference(X)[0], -X if condition else np.abs(X))


def test_shape_arithmetic_disappears() -> None:
    ops = [
        Op("Shape", ["x"], ["s"]),
        Op("Gather", ["s", "first"], ["n"]),
        Op("Unsqueeze", ["n", "zero"], ["n1"]),
        Op("Concat", ["n1", "rest"], ["sizes"], {"axis": 0}),
        Op("Reshape", ["x", "sizes"]),
    ]
    constants = {"first": np.array(0), "zero": ints(0), "rest": ints(-1)}
    network = loaded(ops, {"x": X}, constants)
    assert network.outputs[0].shape == (2, 12)
    assert not network.params
    assert network.text.count("reshape") == 1


def test_a_network_in_c() -> None:
    """The compiler, which shares no code with the interpreter, computes the same."""
    ops = [
        Op("Conv", ["x", "w", "b"], ["h0"], {"pads": [1, 1, 1, 1]}),
        Op("BatchNormalization", ["h0", "b", "b", "b", "v"], ["h1"]),
        Op("Relu", ["h1"], ["h2"]),
        Op("Resize", ["h2", "", "scales"], ["h3"], {"mode": "nearest", "nearest_mode": "floor"}),
        Op("MaxPool", ["h3"], ["h4"], {"kernel_shape": [2, 2], "strides": [2, 2]}),
        Op("Flatten", ["h4"], ["h5"]),
        Op("Gemm", ["h5", "m"], ["h6"], {"transB": 1}),
        Op("Softmax", ["h6"], ["y"]),
    ]
    constants = {
        "w": RNG.normal(size=(3, 2, 3, 3)).astype(np.float32),
        "b": np.float32([0.1, 0.2, 0.3]),
        "v": np.float32([1, 2, 3]),
        "scales": np.float32([1, 1, 2, 2]),
        "m": RNG.normal(size=(4, 90)).astype(np.float32) / 10,
    }
    network = loaded(ops, {"x": IMAGE}, constants)
    (found,), (expected,) = compile_model(network, executor="aot").run(IMAGE), network.reference(IMAGE)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert found.shape == (1, 4)


REFUSALS: list[tuple[Op, str]] = [
    (Op("Attention", ["x", "x", "x"]), "the operator Attention is not supported; supported: Abs"),
    (Op("Quant", ["x"], domain="onnx.brevitas"), "the operator onnx.brevitas.Quant is not supported"),
    (Op("Relu", ["x"], attributes={"consumed_inputs": [0]}), "the attribute consumed_inputs of Relu"),
    (Op("Not", ["x"]), "Not of .* is not supported; supported types: bool"),
    (Op("Reshape", ["x", "x"]), r"the sizes \(input 1\) are computed at run time"),
    (Op("Neg", ["z"]), "nothing before makes the value 'z'"),
    (Op("Neg", []), "input 0 is missing"),
    (Op("Transpose", ["x"], attributes={"perm": [0, 0, 1]}), "perm is"),
    (Op("Gemm", ["x", "x"]), "expected two matrices"),
    (Op("Softmax", ["x"], attributes={"axis": 3}), "axis 3 does not exist in a tensor of 3 dimensions"),
    (Op("MaxPool", ["x"], attributes={"kernel_shape": [2, 2]}), "the kernel has the sizes"),
    (Op("LeakyRelu", ["x"], attributes={"alpha": "much"}), "the attribute alpha is a str, expected a float"),
    (Op("Relu", ["x"], ["y", "more"]), "the output 1 .more. of Relu is not supported"),
]


@pytest.mark.parametrize(("op", "message"), REFUSALS, ids=[m[:30] for _, m in REFUSALS])
def test_what_is_refused_says_where_and_why(op: Op, message: str) -> None:
    with pytest.raises(ModelLibraryError, match=message) as caught:
        loaded([op], {"x": X})
    assert str(caught.value).startswith("model.onnx: operator 0 ")
