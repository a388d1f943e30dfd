"""Files that are damaged, hostile, or not TFLite models: one clear error each."""

from __future__ import annotations

import random
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flatbuffer_writer import write
from tflite_models import Graph, Op, Tensor, model
from tflite_mutations import mutated, outcome, something_of_everything
from tvm_model_library.errors import ModelFileError, ModelLibraryError
from tvm_model_library.frontends.tflite import reader
from tvm_model_library.frontends.tflite.flatbuffer import WORK_LIMIT
from tvm_model_library.frontends.tflite.reader import read, read_bytes


def refused(data: bytes, message: str) -> None:
    """Assert that the file is refused with an error that has ``message`` in it and stands on one line."""
    with pytest.raises(ModelFileError, match=re.escape(message)) as caught:
        read_bytes(data, "m.tflite")
    assert str(caught.value).startswith("m.tflite: ")
    assert "\n" not in str(caught.value)


def relu(**fields: Any) -> Op:
    return Op("RELU", [Tensor((2,), name="x")], [Tensor((2,), name="y")], fields=fields)


# -- whole files


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"TFL3", "unknown"),
        (b"PK\x03\x04" + bytes(60), "a ZIP archive"),
        (b"\x89HDF\r\n\x1a\n" + bytes(60), "an HDF5 file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "a Git LFS pointer"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b'#[version = "0.0.5"]\ndef @main() { 1 }', "text"),
        (b"\x08\x0a\x12\x07pytorch", "unknown, it begins with b'\\x08"),
    ],
)
def test_a_file_of_another_kind(content: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(content)
    with pytest.raises(ModelFileError, match="not a TFLite model") as caught:
        read(tmp_path / "m.tflite")
    assert str(tmp_path / "m.tflite") in str(caught.value)
    assert kind in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ModelLibraryError, match="cannot read the model: No such file"):
        read(tmp_path / "m.tflite")
    with pytest.raises(ModelLibraryError, match="cannot read the model: Is a directory"):
        read(tmp_path)


def test_a_file_of_absurd_size_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(model(relu()))
    with path.open("r+b") as file:
        file.truncate(reader.SIZE_LIMIT + (1 << 20))
    with pytest.raises(ModelFileError, match=r"the model has 513 MiB; files above 512 MiB are not read"):
        read(path)


def test_another_identifier_and_another_version() -> None:
    data = bytearray(model(relu()))
    data[4:8] = b"TFL2"
    refused(bytes(data), "the file identifier is 'TFL2', expected 'TFL3'")
    refused(model(relu(), version=2), "schema version 2, expected 3")
    refused(model(relu(), version=None), "schema version 0, expected 3")


def test_a_file_that_is_cut_short_at_every_eighth_byte() -> None:
    data = something_of_everything()
    assert outcome(data) == "read"
    for end in range(0, len(data), 8):
        assert outcome(data[:end]).startswith("m.tflite: "), end


@pytest.mark.parametrize("seed", range(8))
def test_mutated_files(seed: int) -> None:
    """``python tests/support/tflite_mutations.py`` does this with many more, and measures time and memory."""
    rng = random.Random(seed)
    data = something_of_everything()
    found = [outcome(mutated(data, rng)) for _ in range(100)]
    assert all(f == "read" or re.fullmatch(r"m\.tflite: [^\n]+", f) for f in found)
    assert 0 < found.count("read") < len(found)


# -- flatbuffers


def with_word(data: bytes, place: int, word: int) -> bytes:
    return data[:place] + struct.pack("<I", word) + data[place + 4 :]


def test_offsets_out_of_the_file_of_zero_and_misaligned() -> None:
    data = model(relu())
    root = struct.unpack_from("<I", data, 0)[0]
    refused(with_word(data, 0, len(data)), "lies outside the file")
    refused(with_word(data, 0, 2**32 - 4), "lies outside the file")
    refused(with_word(data, 0, 0), "has the offset 0")
    refused(with_word(data, 0, root + 2), "is not aligned to 4 bytes")
    refused(with_word(data, root, 2**31), "lies outside the file")
    refused(with_word(data, root, root + 1000), "lies outside the file")


def test_layouts_that_make_no_sense() -> None:
    data = model(relu())
    root = struct.unpack_from("<I", data, 0)[0]
    vtable = root - struct.unpack_from("<i", data, root)[0]
    for sizes in [(3, 8), (2, 8), (8, 3), (7, 8)]:
        broken = data[:vtable] + struct.pack("<HH", *sizes) + data[vtable + 4 :]
        refused(broken, f"has the sizes {sizes[0]} and {sizes[1]}")
    refused(data[:vtable] + struct.pack("<HH", 0xFFFE, 8) + data[vtable + 4 :], "lies outside the file")
    refused(data[: vtable + 4] + struct.pack("<H", 200) + data[vtable + 6 :], "a field of Model lies outside its table")


def test_a_field_that_the_schema_lacks() -> None:
    data = model(relu())
    layout = struct.pack("<16H", 32, 8, *[0] * 13, 4)
    table = struct.pack("<iI", len(layout), 3)
    data = with_word(data + bytes(-len(data) % 4), 0, -(-len(data) // 4) * 4 + len(layout)) + layout + table
    refused(data, "a table (Model) has a field that schema.fbs 3d lacks")


def test_strings_must_end() -> None:
    data = model(relu(), description="xyzzy")
    place = data.index(b"xyzzy\0")
    refused(data[: place + 5] + b"!" + data[place + 6 :], "a string is not closed by a zero byte")
    refused(with_word(data, place - 4, 2**31), "a string of 2147483648 elements")


def test_numbers_that_an_enumeration_lacks() -> None:
    refused(
        model(Op("RELU", [Tensor((2,), fields={"type": 77})], [Tensor((2,))])), "TensorType 77 is not one of 0 to 22"
    )
    pad = Op("MIRROR_PAD", [Tensor((2,))], [Tensor((2,))], {"mode": -1})
    refused(model(pad), "MirrorPadMode -1 is not one of 0 to 1 (REFLECT, SYMMETRIC)")


def test_a_small_file_that_describes_endless_tables() -> None:
    """Offsets that lead to the same place: a hundred kilobytes stand for millions of tables."""
    count = WORK_LIMIT // 20
    data = bytearray(write("Model", {"version": 3, "subgraphs": [{"tensors": [{"shape": [1]}] * count}]}))
    first = data.index(struct.pack("<I", count)) + 4
    target = first + struct.unpack_from("<I", data, first)[0]
    end = first + 4 * count
    struct.pack_into(f"<{count}I", data, first, *(target - place for place in range(first, end, 4)))
    assert outcome(bytes(data[: target + 64])).startswith("m.tflite: ")
    refused(bytes(data), f"the file describes more than {WORK_LIMIT} elements")


# -- what the tables say


def test_tensors_that_do_not_exist() -> None:
    for number, field in [(2, "inputs"), (-2, "inputs"), (2, "outputs"), (-1, "outputs"), (9, "intermediates")]:
        op = relu(**{field: [number]})
        refused(model(op), f"{field}: tensor {number} does not exist, there are 2")
    graph = write("Model", {"version": 3, "subgraphs": [{"inputs": [0]}]})
    refused(graph, "subgraph 0: inputs: tensor 0 does not exist, there are 0")


def test_operators_that_do_not_exist() -> None:
    refused(model(relu(opcode_index=1)), "operator 0: operator code 1 does not exist, there are 1")
    for number in (210, 2**31 - 1):
        code = {"builtin_code": number}
        refused(model(relu(), operator_codes=[code]), f"operator 0: builtin operator {number} does not exist")
    refused(model(relu(), operator_codes=[{"builtin_code": -5, "deprecated_builtin_code": -7}]), "builtin operator -5")


def test_models_without_subgraphs() -> None:
    refused(write("Model", {"version": 3}), "model: the model has no subgraph")


def test_shapes_and_buffers() -> None:
    def constant(shape: Any, dtype: str, data: Any, **fields: Any) -> bytes:
        held = Tensor(shape, dtype, "c", data, fields=fields)
        return model(Op("ADD", [Tensor((2,)), held], [Tensor((2,))]))

    values = np.arange(6, dtype=np.float32)
    refused(constant((2, 4), "FLOAT32", values), "tensor 1 c: float32[2, 4] needs 32 bytes, buffer 1 has 24")
    refused(constant((5,), "FLOAT32", values), "float32[5] needs 20 bytes, buffer 1 has 24")
    refused(constant((7,), "INT4", b"123"), "int4[7] needs 4 bytes, buffer 1 has 3")
    refused(constant((6,), "FLOAT32", values, buffer=2), "tensor 1 c: buffer 2 does not exist, there are 2")
    refused(constant((6,), "FLOAT32", values, is_variable=True), "a variable with constant values")
    refused(constant((6,), "FLOAT32", None, external_buffer=1), "its values lie in another file")
    refused(constant((-1, 6), "FLOAT32", values), "shape [-1, 6]: expected up to 32 sizes from 0 on")
    refused(constant((1,) * 33, "FLOAT32", values), "expected up to 32 sizes")
    refused(constant((2**30, 2), "FLOAT32", values), "has 8589934592 bytes, more than 2147483647")
    refused(constant((2**31 - 1,) * 32, "INT8", values), "more than 2147483647")
    refused(constant((0, 2**31 - 1, 2), "INT8", None), "more than 2147483647")
    outside = {"offset": 1 << 40, "size": 4}
    refused(model(relu(), buffers=[{}, outside]), "buffer 1: bytes 1099511627776 to 1099511627780 lie outside the file")
    options = {"large_custom_options_offset": 4, "large_custom_options_size": 2**63}
    refused(model(relu(**options)), "operator 0 RELU y: custom options: bytes 4 to")


def test_constants_that_grow_beyond_all_bounds() -> None:
    """Many tensors share one buffer, or a few stored values stand for a large tensor."""
    level = {"format": "SPARSE_CSR", "array_segments": ("Int32Vector", {"values": [0, 1]})}
    level["array_indices"] = ("Int32Vector", {"values": [0]})
    sparsity = {"traversal_order": [0], "dim_metadata": [level]}
    large = Tensor((reader.SPARSE_LIMIT + 1,), "INT8", data=b"1", fields={"sparsity": sparsity})
    refused(model(Op("DENSIFY", [large], [Tensor((2,), "INT8")])), "the file's constants take more than")
    shared = [Tensor((1 << 22,), "INT4", fields={"buffer": 1}) for _ in range(200)]
    first = Tensor((1 << 22,), "INT4", data=bytes(1 << 21))
    op = Op("CONCATENATION", [first, *shared], [Tensor((2,), "INT4")])
    refused(model(Graph([op], inputs=[])), "the file's constants take more than")


def test_strings_are_refused_where_their_values_are_asked_for() -> None:
    words = Tensor((1,), "STRING", "words", b"\1\0\0\0\x0c\0\0\0\x0d\0\0\0a")
    found = read_bytes(model(Op("HASHTABLE_LOOKUP", [words, words, words], [Tensor((1,))])), "m.tflite")
    with pytest.raises(ModelLibraryError, match=r"m\.tflite: tensor 0 words: holds strings: only tensors of numbers"):
        _ = found.subgraphs[0].tensors[0].data


def test_operators_out_of_order() -> None:
    x, y, z = (Tensor((2,), name=name) for name in "xyz")
    first, second = Op("RELU", [x], [y]), Op("TANH", [y], [z])
    assert outcome(model(Graph([first, second]))) == "read"
    refused(
        model(Graph([second, first])), "operator 0 TANH z: reads tensor 0 y, which operator 1 RELU makes only later"
    )
    circle = Graph([Op("ADD", [x, z], [y]), second])
    refused(model(circle), "operator 0 ADD y: reads tensor 1 z, which operator 1 TANH makes only later")
    refused(
        model(Graph([Op("RELU", [x], [x])], [])), "operator 0 RELU x: reads tensor 0 x, which operator 0 RELU makes"
    )
    refused(model(Graph([first], [])), "operator 0 RELU y: reads tensor 0 x, which nothing makes")
    refused(model(Graph([first], outputs=[z])), "subgraph 0: gives back tensor 2 z, which nothing makes")


def test_tensors_that_are_made_twice() -> None:
    x, y = Tensor((2,), name="x"), Tensor((2,), name="y")
    held = Tensor((2,), name="c", data=np.zeros(2, np.float32))
    refused(
        model(Graph([Op("RELU", [x], [y]), Op("TANH", [x], [y])])),
        "operator 1 TANH y: makes tensor 1 y, which is made by",
    )
    refused(model(Op("RELU", [x], [held])), "operator 0 RELU c: makes tensor 1 c, which is a constant")
    refused(model(Graph([Op("RELU", [y], [x])], [x, y])), "operator 0 RELU x: makes tensor 0 x, which is an input")


def test_subgraphs_that_do_not_exist_or_never_end() -> None:
    def once(number: int) -> Op:
        return Op("CALL_ONCE", [], [], {"init_subgraph_index": number})

    refused(model(once(1)), "operator 0 CALL_ONCE: runs subgraph 1, which does not exist, there are 1")
    refused(model(once(-1)), "operator 0 CALL_ONCE: runs subgraph -1, which does not exist")
    refused(model(once(0)), "model: subgraph 0 runs subgraph 0: it would never end")
    refused(model(once(1), once(2), once(1)), "it would never end")
    assert outcome(model(Graph([once(1), once(2)]), once(2), Graph([]))) == "read"


def test_signatures() -> None:
    def signed(**fields: Any) -> bytes:
        return model(relu(), signature_defs=[{"signature_key": "serve", **fields}])

    refused(signed(subgraph_index=1), "signature serve: subgraph 1 does not exist, there are 1")
    refused(signed(inputs=[{"name": "a", "tensor_index": 5}]), "signature serve: tensor 5 does not exist, there are 2")
    twice = [{"name": "a", "tensor_index": i} for i in (0, 1)]
    refused(signed(outputs=twice), "signature serve: two outputs have the same name")


@pytest.mark.parametrize(
    ("quantization", "message"),
    [
        (None, "expected one scale and zero point or 4 along dimension 1, found none"),
        ({"scale": [1.0], "zero_point": []}, "found none"),
        ({"scale": [1.0, 2.0], "zero_point": [0, 0]}, "found 2 scales and 2 zero points along dimension 0"),
        ({"scale": [1.0] * 4, "zero_point": [0] * 4}, "found 4 scales and 4 zero points along dimension 0"),
        ({"scale": [1.0] * 4, "zero_point": [0], "quantized_dimension": 1}, "found 4 scales and 1 zero points"),
        ({"scale": [0.0], "zero_point": [0]}, "a scale is not a positive number"),
        ({"scale": [-1.0], "zero_point": [0]}, "a scale is not a positive number"),
        ({"scale": [float("nan")], "zero_point": [0]}, "a scale is not a positive number"),
        ({"scale": [float("inf")], "zero_point": [0]}, "a scale is not a positive number"),
        ({"details": ("BlockwiseQuantization", {})}, "found BlockwiseQuantization"),
    ],
)
def test_quantization_is_judged_where_it_is_used(quantization: Any, message: str) -> None:
    x = Tensor((3, 4), "INT8", "x", fields={"quantization": quantization})
    found = read_bytes(model(Op("RELU", [x], [Tensor((3, 4), "INT8")])), "m.tflite").subgraphs[0].tensors[0]
    with pytest.raises(ModelFileError, match="m.tflite: tensor 0 x: .*" + re.escape(message)):
        found.scales_and_zero_points(1)
