"""What a ``.tflite`` file becomes: names, shapes, contracts; and what is refused, with one clear error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tflite_models import Graph, Op, Tensor, model
from tvm_model_library.archive.reader import read_archive
from tvm_model_library.cli.main import main
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends import load
from tvm_model_library.frontends.options import LoadOptions
from tvm_model_library.frontends.tflite.load import model_of_file
from tvm_model_library.frontends.tflite.reader import read_bytes
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model
from tvm_model_library.report import report_of


def loaded(*graphs: Graph | Op, options: LoadOptions | None = None, **fields: Any) -> Model:
    return model_of_file(read_bytes(model(*graphs, **fields), "model.tflite"), options or LoadOptions())


def ints(*values: int, dtype: type = np.int32) -> Tensor:
    return Tensor((len(values),), np.dtype(dtype).name.upper(), data=np.array(values, dtype))


def add(shape: tuple[int, ...] = (2, 3), **fields: Any) -> Op:
    x, y = (Tensor(shape, "INT8", f"{n}:0", scale=0.5, zero_point=3, fields=fields) for n in "xy")
    return Op("ADD", [x, y], [Tensor(shape, "INT8", "sum/add", scale=0.25, zero_point=-4)])


def test_names_and_scales() -> None:
    network = loaded(add())
    assert [s.name for s in network.inputs] == ["x_0", "y_0"]
    assert [s.name for s in network.outputs] == ["sum_add"]
    assert network.quantization["x_0"] == (0.5, 3)
    assert network.quantization["sum_add"] == (0.25, -4)
    assert network.origin is not None
    assert network.origin.names["x_0"] == "x:0"
    header = next(f.data.decode() for f in compile_model(network, executor="aot").code if f.name.endswith(".h"))
    assert "_SUM_ADD_SCALE 0.25f" in header
    assert "_X_0_ZERO_POINT 3" in header


def test_the_contract_is_in_archive_and_report(tmp_path: Path) -> None:
    library = compile_model(loaded(add()), executor="aot")
    assert report_of(library).contract.startswith("tflite-micro (checked against tflite-micro ")
    (module,) = read_archive(library.export(tmp_path / "m.tar")).metadata.modules.values()
    assert module.source is not None
    assert module.source["contract"] == "tflite-micro"
    assert module.source["names"]["sum_add"] == "sum/add"


def test_contracts_round_in_their_own_ways() -> None:
    """By one step at most; LiteRT rounds fully connected layers as a build with a single rounding does."""
    x = Tensor((1, 256), "INT8", "x", scale=0.02)
    w = Tensor(
        (64, 256), "INT8", "w", np.random.default_rng(0).integers(-127, 128, (64, 256)).astype(np.int8), scale=0.03
    )
    layer = Op("FULLY_CONNECTED", [x, w, None], [Tensor((1, 64), "INT8", "y", scale=0.7)])
    data = np.random.default_rng(1).integers(-128, 128, (1, 256)).astype(np.int8)
    results = {}
    for contract in ("tflite-micro", "tflite-micro-single", "litert"):
        network = loaded(layer, options=LoadOptions(contract=contract))
        assert network.origin is not None
        assert network.origin.contract == contract
        results[contract] = network.reference(data)[0].astype(int)
    assert np.abs(results["tflite-micro"] - results["litert"]).max() <= 1
    np.testing.assert_array_equal(results["litert"], results["tflite-micro-single"])


def test_an_open_batch_is_one_and_other_sizes_are_asked_for() -> None:
    assert loaded(add((1, 3), shape_signature=(-1, 3))).inputs[0].shape == (1, 3)
    with pytest.raises(ModelLibraryError, match=r"x:0=2x\?.*--input-shape.*x:0=2x16"):
        loaded(add((2, 1), shape_signature=(2, -1)))
    shapes = {"x:0": (2, 5), "y:0": (2, 5)}
    network = loaded(add((2, 1), shape_signature=(2, -1)), options=LoadOptions(input_shapes=shapes))
    assert network.outputs[0].shape == (2, 5)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [({"z": (1,)}, "no input 'z'"), ({"x:0": (1, 2, 3)}, "2 sizes"), ({"x:0": (0, 3)}, "from 1 on")],
)
def test_shapes_that_do_not_fit(shapes: Mapping[str, tuple[int, ...]], message: str) -> None:
    with pytest.raises(ModelLibraryError, match=message):
        loaded(add(), options=LoadOptions(input_shapes=shapes))


def test_signatures() -> None:
    x, y, u, v = (Tensor((2,), name=n) for n in "xyuv")
    graphs = Graph([Op("NEG", [x], [y])]), Graph([Op("FLOOR", [u], [v])])
    signatures = [
        {
            "inputs": [{"name": "data", "tensor_index": 0}],
            "outputs": [{"name": "result", "tensor_index": 1}],
            "signature_key": key,
            "subgraph_index": index,
        }
        for index, key in enumerate(("negate", "round_down"))
    ]
    data = np.array([1.5, -2.5], np.float32)
    chosen = loaded(*graphs, options=LoadOptions(signature="round_down"), signature_defs=signatures)
    assert [s.name for s in (*chosen.inputs, *chosen.outputs)] == ["data", "result"]
    np.testing.assert_array_equal(chosen.reference(data)[0], [1, -3])
    np.testing.assert_array_equal(loaded(*graphs, signature_defs=signatures).reference(data)[0], -data)
    with pytest.raises(ModelLibraryError, match="no signature 'x'; the file has: 'negate', 'round_down'"):
        loaded(*graphs, options=LoadOptions(signature="x"), signature_defs=signatures)


def test_shape_arithmetic_is_gone() -> None:
    """SHAPE, STRIDED_SLICE and PACK on the way to a RESHAPE leave nothing behind."""
    x, shape, rows, both, y = Tensor((4, 6), name="x"), *(Tensor(s, "INT32") for s in ((2,), (), (2,))), Tensor((4, 6))
    ends = ints(0), ints(1), ints(1)
    operators = [
        Op("SHAPE", [x], [shape], {"out_type": "INT32"}),
        Op("STRIDED_SLICE", [shape, *ends], [rows], {"shrink_axis_mask": 1}),
        Op("PACK", [rows, Tensor((), "INT32", data=np.int32(-1))], [both], {"values_count": 2, "axis": 0}),
        Op("RESHAPE", [x, both], [y]),
        Op("NEG", [y], [Tensor((4, 6))]),
    ]
    network = loaded(Graph(operators))
    body = network.text.split("{")[1]
    assert body.strip(" \n}") == "negative(%x)"


def test_control_flow_runs_in_the_interpreter_and_is_refused_by_name() -> None:
    i, a, b = (Tensor((), "INT32", n) for n in "iab")
    loop = Op("WHILE", [i], [Tensor((), "INT32")], {"cond_subgraph_index": 1, "body_subgraph_index": 2})
    condition = Op("LESS", [a, Tensor((), "INT32", data=np.int32(50))], [Tensor((), "BOOL")])
    step = Op("ADD", [b, Tensor((), "INT32", data=np.int32(7))], [Tensor((), "INT32")])
    network = loaded(loop, condition, step)
    assert network.reference(np.int32(3))[0] == 52
    with pytest.raises(ModelLibraryError, match="operator 0 WHILE"):
        compile_model(network)


def test_if_chooses() -> None:
    c, x, u, v = Tensor((), "BOOL", "c"), *(Tensor((2,), name=n) for n in "xuv")
    choice = Op("IF", [c, x], [Tensor((2,))], {"then_subgraph_index": 1, "else_subgraph_index": 2})
    network = loaded(choice, Op("NEG", [u], [Tensor((2,))]), Op("FLOOR", [v], [Tensor((2,))]))
    data = np.array([1.5, -2.5], np.float32)
    np.testing.assert_array_equal(network.reference(np.bool_(True), data)[0], -data)
    np.testing.assert_array_equal(network.reference(np.bool_(False), data)[0], [1, -3])


def test_hybrid_layers_quantize_each_row() -> None:
    """Real data, int8 weights: LiteRT multiplies integers, so the result differs from that of real weights."""
    rng = np.random.default_rng(2)
    data, weights = rng.standard_normal((3, 8)).astype(np.float32), rng.integers(-127, 128, (5, 8)).astype(np.int8)
    w = Tensor((5, 8), "INT8", data=weights, scale=0.01)
    found = loaded(Op("FULLY_CONNECTED", [Tensor((3, 8)), w, None], [Tensor((3, 5))])).reference(data)[0]
    step = np.abs(data).max(axis=1, keepdims=True) / 127
    expected = np.round(data / step) @ weights.T.astype(np.float32) * step * 0.01
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_uint8_is_computed_as_int8() -> None:
    """Quantized numbers of uint8: the same as those 128 below in int8, with the zero point moved."""
    results = []
    for dtype, move in (("INT8", 0), ("UINT8", 128)):
        x, y = (Tensor((2, 3), dtype, n, scale=0.5, zero_point=3 + move) for n in "xy")
        out = Tensor((2, 3), dtype, "z", scale=0.25, zero_point=-4 + move)
        data = np.arange(-3, 3).reshape(2, 3) * 20 + move
        arrays = data.astype(dtype.lower()), data[::-1].astype(dtype.lower())
        results.append(loaded(Op("ADD", [x, y], [out])).reference(*arrays)[0].astype(int) - move)
    np.testing.assert_array_equal(*results)


def test_quantized_functions_that_tflite_micro_lacks_go_by_a_table() -> None:
    x, y = Tensor((256,), "INT8", scale=0.02, zero_point=7), Tensor((256,), "INT8", scale=0.05, zero_point=-100)
    data = np.arange(-128, 128).astype(np.int8)
    network = loaded(Op("EXP", [x], [y]))
    expected = np.clip(np.round(np.exp((data.astype(float) - 7) * 0.02) / 0.05) - 100, -128, 127)
    assert np.abs(network.reference(data)[0] - expected).max() <= 1
    assert "exp" not in network.text


def conv16(name: str) -> Op:
    weights = Tensor((1, 1, 1, 2), "INT8", data=np.ones((1, 1, 1, 2), np.int8), scale=(0.1, 0.1), axis=3)
    bias = Tensor((2,), "INT32", data=np.zeros(2, np.int32), scale=0.01)
    x, y = Tensor((1, 2, 2, 2), "INT16", scale=0.1), Tensor((1, 2, 2, 2), "INT16", "y", scale=0.1)
    options = {"padding": "VALID", "stride_w": 1, "stride_h": 1, "depth_multiplier": 1}
    return Op(name, [x, weights, bias], [y], options)


def unary(name: str, dtype: str = "FLOAT32", **options: Any) -> Op:
    return Op(name, [Tensor((1, 4), dtype, "x")], [Tensor((1, 4), dtype, "y")], options)


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (unary("RFFT2D"), "operator 0 RFFT2D y: the operator RFFT2D is not supported; supported: ABS, ADD"),
        (unary("SIN", "INT32"), r"operator 0 SIN y: SIN of int32 \(tensor 0 x\) is not supported; supported types"),
        (
            Op("Foo", [Tensor((1,))], [Tensor((1,), name="y")], custom=True),
            "operator 0 CUSTOM Foo y: the custom operator",
        ),
        (unary("LOGISTIC", "INT8"), "scale"),
        (
            Op("RELU", [Tensor((4,), "INT8", "x", scale=0.1, zero_point=300)], [Tensor((4,), "INT8", "y", scale=0.1)]),
            "operator 0 RELU y: tensor 0 x: the zero point 300 of a tensor of int8; expected -128 to 127",
        ),
        (Op("RESHAPE", [Tensor((2, 3))], [Tensor((6,), name="y")]), "operator 0 RESHAPE y: 6 elements do not have"),
        (conv16("DEPTHWISE_CONV_2D"), "operator 0 DEPTHWISE_CONV_2D y: .*bias of int32.*int64"),
        (
            Op("LOGISTIC", [Tensor((4,), "INT8", scale=0.1)], [Tensor((4,), "INT8", "y", scale=0.1)]),
            "operator 0 LOGISTIC y: the output has scale .* defines 0.00390625 and -128",
        ),
        (
            Op(
                "CONCATENATION",
                [Tensor((1, 2), "INT8", "a", scale=0.1), Tensor((1, 2), "INT8", "b", scale=0.2)],
                [Tensor((1, 4), "INT8", "y", scale=0.1)],
                {"axis": 1},
            ),
            "operator 0 CONCATENATION y: tensor 1 b has another scale",
        ),
        (
            Op("RESHAPE", [Tensor((2, 3)), ints(5, 1)], [Tensor((5, 1), name="y")]),
            r"operator 0 RESHAPE y: 6 elements do not have the sizes \[5, 1\]",
        ),
        (
            Op("SLICE", [Tensor((2, 3)), Tensor((2,), "INT32", "b"), ints(1, 1)], [Tensor((1, 1), name="y")]),
            "operator 0 SLICE y: the begins are computed at run time",
        ),
        (
            Op(
                "ADD", [Tensor((2,)), Tensor((2,))], [Tensor((2,), name="y")], {"fused_activation_function": "SIGN_BIT"}
            ),
            "operator 0 ADD y: the fused activation SIGN_BIT is not supported",
        ),
        (
            Op("ADD", [Tensor((2,)), Tensor((3,))], [Tensor((2,), name="y")]),
            "operator 0 ADD y: ",
        ),
    ],
)
def test_refusals(op: Op, message: str) -> None:
    """One error that names the file, the operator, its tensor and the cause."""
    with pytest.raises(ModelLibraryError, match=message) as caught:
        loaded(op)
    assert str(caught.value).startswith("model.tflite: operator 0 ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--params", "p.params"], "a .tflite file holds its parameters"),
        (
            ["--contract", "cmsis"],
            "unknown contract 'cmsis'; expected one of: tflite-micro, tflite-micro-single, litert",
        ),
        (["--input-shape", "x"], "'x' is not NAME=SIZES"),
        (["--signature", "s"], "no signature 's'; the file has: none"),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, arguments: list[str], message: str) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(model(add()))
    result = CliRunner().invoke(main, ["export", str(path), "-o", str(tmp_path / "m.tar"), *arguments])
    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1
    assert not (tmp_path / "m.tar").exists()


def test_options_of_tflite_beside_relay(tmp_path: Path) -> None:
    path = tmp_path / "m.relay"
    path.write_text('#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) { nn.relu(%x) }\n')
    with pytest.raises(ModelLibraryError, match="Relay text has no contract to choose"):
        load(path, contract="litert")


def test_a_file_that_is_not_what_its_suffix_says(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ModelLibraryError, match="ZIP archive"):
        load(path)


def test_no_float_in_the_code_of_an_integer_network() -> None:
    code = b"".join(f.data for f in compile_model(loaded(add()), executor="aot").code if f.name.startswith("lib1"))
    assert not re.search(rb"\b(float|double)\b", re.sub(rb"/\*.*?\*/", b"", code, flags=re.DOTALL))
