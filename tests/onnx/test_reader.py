"""What the reader makes of well-formed files, and of others: one clear error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from onnx_models import Op, graph, model, tensor
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.onnx.model import Graph, Model
from tvm_model_library.frontends.onnx.reader import read, read_bytes

WEIGHTS = np.arange(36, dtype=np.float32).reshape(2, 2, 3, 3)


def convolution() -> dict[str, Any]:
    op = Op("Conv", ["x", "w", ""], ["y"], {"strides": [2, 1], "auto_pad": "VALID", "group": 1})
    return graph([op], {"x": ("float32", ["batch", 2, 8, 8])}, {"w": WEIGHTS})


def read_one(data: bytes) -> Model:
    return read_bytes(data, "folder/model.onnx")


def test_a_convolution_with_everything_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(model(convolution(), producer_name="hand", producer_version="2"))
    found = read(path)
    assert (found.producer, found.opsets, found.source) == ("hand 2", {"": 17}, str(path))
    (x,) = found.graph.inputs
    assert (x.name, x.dtype, x.shape) == ("x", "float32", ("batch", 2, 8, 8))
    (op,) = found.graph.nodes
    assert (op.operator, op.domain, op.inputs, op.outputs) == ("Conv", "", ("x", "w", ""), ("y",))
    assert op.attributes == {"strides": (2, 1), "auto_pad": "VALID", "group": 1}
    assert str(op.place) == f"{path}: operator 0 Conv"
    np.testing.assert_array_equal(found.graph.initializers["w"], WEIGHTS)


@pytest.mark.parametrize(
    "dtype",
    [
        "float32",
        "float64",
        "float16",
        "bfloat16",
        "bool",
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "int64",
        "uint64",
    ],
)
def test_types_of_tensors(dtype: str) -> None:
    type_ = np.dtype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    values = np.array([[0, 1, 1], [1, 0, 1]]).astype(type_)
    for fields in ({}, _unpacked(dtype, values)):
        constant = {**tensor(values, "c"), **fields}
        constant = {k: v for k, v in constant.items() if v is not None}
        contents = {**graph([Op("Identity", ["c"])], {}), "initializer": [constant]}
        read_back = read_one(model(contents)).graph.initializers["c"]
        assert read_back.dtype == type_
        np.testing.assert_array_equal(read_back, values)


def _unpacked(dtype: str, values: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The same values in the field of their type, instead of as bytes."""
    name = {"float32": "float_data", "float64": "double_data", "int64": "int64_data", "uint64": "uint64_data"}
    raw = values.view(np.uint16) if dtype in ("float16", "bfloat16") else values
    return {"raw_data": None, name.get(dtype, "int32_data"): raw.reshape(-1).tolist()}


def test_a_graph_in_an_attribute() -> None:
    branch = graph([Op("Identity", ["x"])], {})
    op = Op("If", ["c"], ["y"], {"then_branch": branch, "else_branch": branch})
    found = read_one(model(graph([op], {"x": ("float32", [1])}, {"c": np.array(True)})))
    inner = found.graph.nodes[0].attributes["then_branch"]
    assert isinstance(inner, Graph)
    assert inner.nodes[0].inputs == ("x",)


def refusal(data: bytes) -> str | None:
    """What is said of a file; None where it is read."""
    try:
        read_one(data)
    except ModelLibraryError as error:
        return str(error)
    return None


def test_every_cut_ends_in_one_error() -> None:
    data = model(convolution())
    read_one(data)
    messages = [refusal(data[:end]) for end in range(len(data))]
    assert sum(m is not None for m in messages) > len(data) // 2
    for message in filter(None, messages):
        assert message.startswith("folder/model.onnx")
        assert "\n" not in message


def test_every_changed_byte_is_read_or_refused() -> None:
    data = model(convolution())
    changed = [
        data[:place] + bytes([byte]) + data[place + 1 :]
        for place in range(len(data))
        for byte in (0, 0x7F, 0x80, 0xFF, data[place] ^ 1)
    ]
    assert sum(refusal(c) is not None for c in changed) > len(data)


def test_messages_in_one_another_without_end() -> None:
    contents = graph([Op("Identity", ["x"])], {"x": ("float32", [1])})
    for _ in range(40):
        contents = graph([Op("If", ["x"], ["y"], {"then_branch": contents})], {})
    with pytest.raises(ModelLibraryError, match="more than 64 deep"):
        read_one(model(contents))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an ONNX model: it has no graph; the file is empty"),
        (b"PK\x03\x04" + bytes(60), "not an ONNX model: the file is a ZIP archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"\x1c\0\0\0TFL3" + bytes(40), "not an ONNX model: the file is a TFLite model"),
    ],
)
def test_files_of_other_kinds(data: bytes, message: str) -> None:
    with pytest.raises(ModelLibraryError, match=message):
        read_one(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dims": [-1]}, r"has the shape \[-1\]"),
        ({"dims": [5]}, r"shape \[5\] holds 2 values, expected 5"),
        ({"dims": [2**40, 2**40]}, "has the shape"),
        ({"data_type": 99}, "type 99"),
        ({"data_type": 8}, "tensor of string is not supported"),
        ({"raw_data": b"123"}, "has 3 bytes"),
        ({"data_location": 1}, "in another file"),
    ],
)
def test_tensors_that_contradict_themselves(change: dict[str, Any], message: str) -> None:
    constant = tensor(np.zeros(2, np.float32), "c", **change)
    contents = {**graph([Op("Identity", ["c"])], {}), "initializer": [constant]}
    with pytest.raises(ModelLibraryError, match=message) as caught:
        read_one(model(contents))
    assert "initializer c" in str(caught.value)


def test_names_that_are_made_twice() -> None:
    twice = graph([Op("Identity", ["x"]), Op("Neg", ["x"])], {"x": ("float32", [1])})
    with pytest.raises(ModelLibraryError, match="operator 1 Neg: makes 'y', which is made already"):
        read_one(model(twice))
