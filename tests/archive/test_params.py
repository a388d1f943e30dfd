"""The parameter blob: the bytes that TVM writes, and errors that say where a file is broken."""

from __future__ import annotations

import contextlib
import struct

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_model_library.errors import ParameterError
from tvm_model_library.params import load_param_dict, read_tensors, save_param_dict

DTYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"]


def sample() -> dict[str, np.ndarray]:
    arrays = {f"p_{d}": np.arange(6).reshape(2, 3).astype(d) for d in DTYPES}
    return {
        **arrays,
        "flag": np.array([True, False]),
        "brain": np.array([1.5, -2], dtype=ml_dtypes.bfloat16),
        "scalar": np.array(7, dtype="int32"),
        "empty": np.zeros((0, 4), dtype="float32"),
        "größe": np.ones(1, dtype="int8"),
    }


def test_bytes_equal_tvm() -> None:
    runtime = pytest.importorskip("tvm").runtime
    arrays = sample()
    ours = save_param_dict(arrays)
    assert ours == bytes(runtime.save_param_dict({k: runtime.tensor(v) for k, v in arrays.items()}))
    assert set(runtime.load_param_dict(ours)) == set(arrays)


def test_round_trip() -> None:
    arrays = sample()
    loaded = load_param_dict(save_param_dict(arrays))
    assert list(loaded) == list(arrays)
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype
        assert loaded[name].shape == array.shape
        np.testing.assert_array_equal(loaded[name], array)


def test_data_offsets() -> None:
    blob = save_param_dict({"a": np.array([1, 2], "int8"), "b": np.array([3.0], "float32")})
    stored = read_tensors(blob)
    assert blob[stored["a"].data_offset :][:2] == b"\1\2"
    assert struct.unpack_from("<f", blob, stored["b"].data_offset) == (3.0,)


def test_old_boolean() -> None:
    blob = bytearray(save_param_dict({"a": np.array([True, False])}))
    at = blob.index(bytes([6, 8, 1, 0]))
    blob[at : at + 2] = bytes([1, 1])
    loaded = load_param_dict(bytes(blob))["a"]
    assert loaded.dtype == np.bool_
    assert loaded.tolist() == [True, False]


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=10_000))
def test_every_truncation_is_refused(cut: int) -> None:
    blob = save_param_dict({"weights": np.arange(8, dtype="float32"), "bias": np.zeros((), "int32")})
    with pytest.raises(ParameterError, match=r"^net\.params: byte \d+: "):
        load_param_dict(blob[: cut % len(blob)], "net.params")


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=0, max_value=255))
def test_a_changed_byte_is_an_array_or_a_parameter_error(at: int, value: int) -> None:
    blob = bytearray(save_param_dict({"weights": np.arange(8, dtype="float32"), "b": np.array([True])}))
    blob[at % len(blob)] = value
    with contextlib.suppress(ParameterError):
        load_param_dict(bytes(blob))


def patched(offset: int, data: bytes) -> bytes:
    blob = bytearray(save_param_dict({"w": np.arange(4, dtype="float32")}))
    blob[offset : offset + len(data)] = data
    return bytes(blob)


# Of {"w": float32[4]}: name count at 16, length at 24, name at 32, tensor count at 33, tensor at 41, its rank at 65.
@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (b"", "byte 0: truncated: the magic number needs 8 bytes, 0 are left"),
        (b"PK\x03\x04" + bytes(30), "byte 0: not a parameter file"),
        (patched(16, struct.pack("<Q", 2**63)), "byte 16: truncated: 9223372036854775808 names"),
        (patched(24, struct.pack("<Q", 2**64 - 1)), "byte 32: truncated: name 0 needs 18446744073709551615 bytes"),
        (patched(32, b"\xff"), "byte 32: name 0 is not UTF-8"),
        (patched(33, struct.pack("<Q", 2)), "byte 33: 2 tensors for 1 names"),
        (patched(41, bytes(8)), "byte 41: tensor 'w' begins with"),
        (patched(65, struct.pack("<i", -1)), "byte 65: tensor 'w' has -1 dimensions"),
        (patched(65, struct.pack("<i", 2**31 - 1)), "byte 65: tensor 'w' has 2147483647 dimensions"),
    ],
)
def test_errors_name_file_and_offset(blob: bytes, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        load_param_dict(blob, "net.params")
    assert str(caught.value).startswith(f"net.params: {message}")


def test_size_must_match_the_shape() -> None:
    blob = bytearray(save_param_dict({"w": np.arange(4, dtype="float32")}))
    at = len(blob) - 16 - 8
    blob[at : at + 8] = struct.pack("<Q", 12)
    with pytest.raises(ParameterError, match=f"byte {at}: tensor 'w' has 12 bytes; float32"):
        load_param_dict(bytes(blob))


def test_shapes_that_overflow_are_refused() -> None:
    blob = bytearray(save_param_dict({"w": np.zeros((1, 1), "int8")}))
    at = len(blob) - 1 - 8 - 16
    blob[at : at + 16] = struct.pack("<qq", 2**62, 4)
    with pytest.raises(ParameterError, match="needs 18446744073709551616"):
        load_param_dict(bytes(blob))


def test_bytes_behind_the_last_tensor_are_refused() -> None:
    with pytest.raises(ParameterError, match="1 bytes follow the last tensor"):
        load_param_dict(save_param_dict({}) + b"\0")


def test_unknown_dtype_cannot_be_saved() -> None:
    with pytest.raises(ParameterError, match="parameter 'z': dtype complex64 can't be serialized"):
        save_param_dict({"z": np.zeros(1, "complex64")})
