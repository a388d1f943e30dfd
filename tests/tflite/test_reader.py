"""What the reader makes of well-formed files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from tflite_models import Graph, Op, Tensor, model
from tvm_model_library.frontends.tflite.model import Model
from tvm_model_library.frontends.tflite.model import Tensor as ReadTensor
from tvm_model_library.frontends.tflite.reader import read, read_bytes

CONV = {"padding": "VALID", "stride_w": 2, "stride_h": 1, "fused_activation_function": "RELU6"}


def convolution(**input_fields: Any) -> Op:
    x = Tensor((1, 8, 8, 2), "INT8", "x", scale=0.5, zero_point=-3, fields=input_fields)
    weights = Tensor((2, 3, 3, 2), "INT8", "w", np.arange(36, dtype=np.int8), scale=(0.25, 0.125))
    bias = Tensor((2,), "INT32", "b", np.array([7, -(2**31)], np.int32), scale=0.125)
    return Op("CONV_2D", [x, weights, bias], [Tensor((1, 6, 3, 2), "INT8", "conv/Relu6", scale=0.1)], CONV)


def read_one(data: bytes) -> Model:
    return read_bytes(data, "folder/model.tflite")


def constant(data: Any, dtype: str, shape: tuple[int, ...], **fields: Any) -> ReadTensor:
    """A constant of that type as it is read."""
    held = Tensor(shape, dtype, "c", data, fields=fields)
    op = Op("ADD", [Tensor(shape, dtype), held], [Tensor(shape, dtype)])
    found = read_one(model(op)).subgraphs[0].operators[0].inputs[1]
    assert found is not None
    return found


def test_a_convolution_with_everything_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(model(convolution(shape_signature=[-1, 8, 8, 2]), description="made by hand"))
    found = read(path)
    assert (found.description, found.source, len(found.subgraphs)) == ("made by hand", str(path), 1)
    graph = found.subgraphs[0]
    assert [t.name for t in graph.inputs] == ["x"]
    assert [t.name for t in graph.outputs] == ["conv/Relu6"]
    (op,) = graph.operators
    assert (op.name, op.version, op.is_custom, op.index) == ("CONV_2D", 1, False, 0)
    assert str(op.place) == f"{path}: operator 0 CONV_2D conv/Relu6"
    defaults = {"dilation_w_factor": 1, "dilation_h_factor": 1, "quantized_bias_type": "FLOAT32"}
    assert dict(op.options) == {**CONV, **defaults}
    x, weights, bias = op.inputs
    assert x is not None
    assert weights is not None
    assert bias is not None
    assert (x.shape, x.shape_signature, x.dtype, x.data) == ((1, 8, 8, 2), (-1, 8, 8, 2), "int8", None)
    assert x.scale_and_zero_point() == (np.float32(0.5), -3)
    assert weights.data is not None
    assert np.array_equal(weights.data, np.arange(36, dtype=np.int8).reshape(2, 3, 3, 2))
    scales, zero_points = weights.scales_and_zero_points(0)
    assert (scales.tolist(), zero_points.tolist()) == ([0.25, 0.125], [0, 0])
    assert bias.data is not None
    assert bias.data.tolist() == [7, -(2**31)]
    assert not bias.data.flags.writeable


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("FLOAT32", np.array([1.5, -2, 3e38, 0], np.float32)),
        ("FLOAT16", np.array([1.5, -2, 6e4, 0], np.float16)),
        ("FLOAT64", np.array([1.5, -2, 1e300, 0], np.float64)),
        ("BFLOAT16", np.array([1.5, -2, 1e38, 0], ml_dtypes.bfloat16)),
        ("FLOAT8_E4M3FN", np.array([1.5, -2, 448, 0], ml_dtypes.float8_e4m3fn)),
        ("FLOAT8_E5M2", np.array([1.5, -2, 57344, 0], ml_dtypes.float8_e5m2)),
        ("INT8", np.array([-128, 127, 0, 1], np.int8)),
        ("UINT8", np.array([0, 255, 128, 1], np.uint8)),
        ("INT16", np.array([-32768, 32767, 0, 1], np.int16)),
        ("UINT16", np.array([0, 65535, 256, 1], np.uint16)),
        ("INT32", np.array([-(2**31), 2**31 - 1, 0, 1], np.int32)),
        ("UINT32", np.array([0, 2**32 - 1, 65536, 1], np.uint32)),
        ("INT64", np.array([-(2**63), 2**63 - 1, 0, 1], np.int64)),
        ("UINT64", np.array([0, 2**64 - 1, 2**32, 1], np.uint64)),
        ("COMPLEX64", np.array([1 + 2j, -1j, 0, 1], np.complex64)),
        ("BOOL", np.array([True, False, False, True])),
    ],
)
def test_constants_of_each_type(dtype: str, values: np.ndarray) -> None:
    found = constant(values, dtype, (2, 2))
    assert found.dtype == dtype.lower()
    assert found.data is not None
    assert found.data.dtype == values.dtype
    assert np.array_equal(found.data, values.reshape(2, 2))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
@pytest.mark.parametrize(("dtype", "low", "high"), [("INT4", -8, 7), ("INT2", -2, 1), ("UINT4", 0, 15)])
def test_elements_narrower_than_a_byte(dtype: str, low: int, high: int, count: int) -> None:
    values = np.resize([low, high, 0, high - 1, 1], count)
    found = constant(values, dtype, (count,)).data
    assert found is not None
    assert found.dtype == (np.uint8 if low == 0 else np.int8)
    assert found.tolist() == values.tolist()


def test_the_first_of_two_narrow_elements_has_the_low_bits() -> None:
    found = constant(b"\xf1\x07", "INT4", (3,)).data
    assert found is not None
    assert found.tolist() == [1, -1, 7]


def test_a_tensor_without_elements_is_a_constant_without_bytes() -> None:
    axes = Tensor((0,), "INT32", "axes")
    op = Op("SQUEEZE", [Tensor((1, 3)), axes], [Tensor((3,))])
    found = read_one(model(Graph([op], inputs=[op.inputs[0]]))).subgraphs[0].operators[0].inputs[1]
    assert found is not None
    assert found.data is not None
    assert (found.is_constant, found.data.shape, found.data.dtype) == (True, (0,), np.int32)


def test_names_may_be_empty_or_equal() -> None:
    x = Tensor((2,), fields={"name": None})
    same = [Tensor((2,), name="same"), Tensor((2,), name="same")]
    ops = [
        Op("RELU", [x], [same[0]]),
        Op("RELU", [same[0]], [same[1]]),
        Op("RELU", [x], [Tensor((2,), fields={"name": ""})]),
    ]
    graph = read_one(model(Graph(ops))).subgraphs[0]
    assert [t.name for t in graph.tensors] == ["", "same", "same", ""]
    assert [o.place.where for o in graph.operators] == [
        "operator 0 RELU same",
        "operator 1 RELU same",
        "operator 2 RELU",
    ]
    assert graph.tensors[0].place.where == "tensor 0"


def test_names_are_shown_on_one_short_line() -> None:
    op = Op("RELU", [Tensor((2,))], [Tensor((2,), name="a\nb\x1b" + "c" * 200)])
    where = read_one(model(op)).subgraphs[0].operators[0].place.where
    assert where.startswith(r"operator 0 RELU a\nb\x1bccc")
    assert len(where) < 120


@pytest.mark.parametrize(("old", "new"), [(32, 0), (0, 32), (32, 32)])
def test_the_larger_of_two_operator_codes_counts(old: int, new: int) -> None:
    op = Op("mine", [Tensor((2,))], [Tensor((2,), name="y")], custom=True, fields={"custom_options": b"\1\2"})
    code = {"deprecated_builtin_code": old, "builtin_code": new, "custom_code": "mine", "version": 3}
    found = read_one(model(op, operator_codes=[code])).subgraphs[0].operators[0]
    assert (found.name, found.is_custom, found.version, found.custom_options) == ("mine", True, 3, b"\1\2")
    assert found.place.where == "operator 0 CUSTOM mine y"


def test_operators_beyond_127_and_options_of_the_second_union() -> None:
    x, y = Tensor((4,)), Tensor((6,))
    pad = {"edge_padding_low": [1], "edge_padding_high": [1], "interior_padding": [0]}
    ops = [Op("CUMSUM", [x, Tensor((), "INT32", data=np.int32(0))], [y], {"reverse": True})]
    ops.append(Op("STABLEHLO_PAD", [y, Tensor(())], [Tensor((8,))], pad))
    found = read_one(model(Graph(ops))).subgraphs[0].operators
    assert dict(found[0].options) == {"exclusive": False, "reverse": True}
    assert dict(found[1].options) == {name: tuple(v) for name, v in pad.items()}


@pytest.mark.parametrize("given", [None, ("MulOptions", {"fused_activation_function": "RELU"})])
def test_options_that_are_missing_or_of_another_operator_have_the_defaults(given: Any) -> None:
    op = Op("ADD", [Tensor((2,)), Tensor((2,))], [Tensor((2,))], fields={"builtin_options": given})
    options = read_one(model(op)).subgraphs[0].operators[0].options
    assert dict(options) == {"fused_activation_function": "NONE", "pot_scale_int16": True}


def test_optional_inputs_intermediates_and_variables() -> None:
    state = Tensor((1, 4), variable=True)
    op = Op("SVDF", [Tensor((1, 2)), None, state], [Tensor((1, 2))], fields={"intermediates": [1, 2]})
    found = read_one(model(op)).subgraphs[0].operators[0]
    assert found.inputs[1] is None
    assert found.inputs[2] is not None
    assert (found.inputs[2].is_variable, found.inputs[2].data) == (True, None)
    assert [t.index for t in found.intermediates] == [1, 2]


def test_subgraphs_and_signatures() -> None:
    cond = Graph(
        [Op("LESS", [a := Tensor((), "INT32"), Tensor((), "INT32", data=np.int32(9))], [Tensor((), "BOOL")])], [a]
    )
    body = Graph([Op("ADD", [b := Tensor((), "INT32"), b], [Tensor((), "INT32", "twice")])], name="body")
    loop = {"cond_subgraph_index": 1, "body_subgraph_index": 2}
    main = Op("WHILE", [Tensor((), "INT32", "n")], [Tensor((), "INT32", "result")], loop)
    signature = {
        "signature_key": "serve",
        "inputs": [{"name": "start", "tensor_index": 0}],
        "outputs": [{"name": "end", "tensor_index": 1}],
        "subgraph_index": 0,
    }
    found = read_one(model(main, cond, body, signature_defs=[signature]))
    assert [s.name for s in found.subgraphs] == ["", "", "body"]
    assert dict(found.subgraphs[0].operators[0].options) == loop
    assert found.subgraphs[2].operators[0].place.where == "subgraph 2 operator 0 ADD twice"
    (entry,) = found.signatures
    assert (entry.key, entry.subgraph) == ("serve", found.subgraphs[0])
    assert {k: t.name for k, t in entry.inputs.items()} == {"start": "n"}
    assert {k: t.name for k, t in entry.outputs.items()} == {"end": "result"}


def test_buffers_after_the_tables_as_in_files_above_two_gigabytes() -> None:
    """The offset counts from the file's begin."""
    values = np.array([3, -4], np.int32)
    op = Op("RESHAPE", [Tensor((2,)), shape := Tensor((2,), "INT32", data=values)], [Tensor((1, 2))])
    size = len(model(op, buffers=[{}, {"offset": 1, "size": 1}]))
    data = model(op, buffers=[{}, {"offset": size, "size": 8}]) + values.tobytes()
    found = read_one(data).subgraphs[0].tensors[1]
    assert found.name == "t1"
    assert shape.data is values
    assert found.data is not None
    assert found.data.tolist() == [3, -4]
    custom = Op("mine", [Tensor((2,))], [Tensor((2,))], custom=True)
    where = {"large_custom_options_offset": 8, "large_custom_options_size": 4}
    op = Op(custom.name, custom.inputs, custom.outputs, custom=True, fields=where)
    data = model(op)
    assert read_one(data).subgraphs[0].operators[0].custom_options == data[8:12]


def test_quantization_by_blocks_is_kept_with_its_name() -> None:
    blocks = ("BlockwiseQuantization", {"scales": 1, "zero_points": -1, "block_size": 32})
    found = constant(np.zeros(4, np.int8), "INT8", (4,), quantization={"details": blocks}).quantization
    assert found is not None
    assert (found.scheme, found.details["block_size"], len(found.scales)) == ("BlockwiseQuantization", 32, 0)


def test_the_same_bytes_serve_several_tensors() -> None:
    values = np.array([1, 2], np.int16)
    first = Tensor((2,), "INT16", data=values)
    second = Tensor((1, 2), "INT16", fields={"buffer": 1})
    ops = [Op("ADD", [Tensor((2,), "INT16"), t], [Tensor((2,), "INT16")]) for t in (first, second)]
    found = read_one(model(Graph(ops, inputs=[ops[0].inputs[0], ops[1].inputs[0]]))).subgraphs[0].operators
    second_read = found[1].inputs[1]
    assert second_read is not None
    assert second_read.data is not None
    assert second_read.data.tolist() == [[1, 2]]
