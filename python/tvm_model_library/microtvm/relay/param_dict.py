"""``tvm.relay.param_dict``: parameters to bytes and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tvm_model_library import params as blobs
from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.nd import NDArray, as_array

__all__ = ["load_param_dict", "save_param_dict"]


def save_param_dict(params: Mapping[str, Any]) -> bytes:
    """Arrays by name as the bytes that TVM writes. Raises ``ParameterError``."""
    return blobs.save_param_dict({name: as_array(value) for name, value in params.items()})


def load_param_dict(param_bytes: bytes | bytearray) -> dict[str, NDArray]:
    """Arrays by name from bytes that TVM, or this package, wrote. Raises ``ParameterError``."""
    return {name: NDArray(array) for name, array in blobs.load_param_dict(bytes(param_bytes)).items()}


__getattr__ = names.missing(__name__)
