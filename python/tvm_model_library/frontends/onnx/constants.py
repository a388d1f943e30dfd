"""Tensors that a file holds. Facts: onnx/onnx.proto, TensorProto (which field holds which type)."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np

from tvm_model_library.errors import GraphPlace, ModelFileError, UnsupportedError
from tvm_model_library.frontends.onnx.protobuf import Message
from tvm_model_library.frontends.onnx.schema import DTYPES
from tvm_model_library.tensors import Array

TENSOR_LIMIT = 2**31 - 1
"""Bytes of the largest tensor; the executors' indices are 32-bit."""

_FIELDS = {
    "float32": "float_data",
    "float64": "double_data",
    "int64": "int64_data",
    "uint32": "uint64_data",
    "uint64": "uint64_data",
}
_IN_INT32 = ("int8", "uint8", "int16", "uint16", "int32", "bool", "float16", "bfloat16")
_FLOATS_AS_BITS = ("float16", "bfloat16")
_EXTERNAL = 1


def decode(tensor: Message, place: GraphPlace) -> Array:
    """The values of a tensor, read-only. Raises ``ModelLibraryError`` where type, shape and data do not agree."""
    name = DTYPES.get(tensor["data_type"] or 0)
    if name is None:
        raise ModelFileError(f"a tensor has the type {tensor['data_type']}, which ONNX does not have", place)
    if name not in _FIELDS and name not in _IN_INT32:
        raise UnsupportedError(f"a tensor of {name} is not supported", place)
    if tensor["data_location"] == _EXTERNAL:
        what = "the tensor's values lie in another file, which is not read"
        raise UnsupportedError(
            f"{what}; save the model as one file (onnx.save with save_as_external_data=False)", place
        )
    dtype = np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    shape = tuple(int(d) for d in tensor["dims"])
    count = math.prod(shape)
    if min(shape, default=0) < 0 or count * dtype.itemsize > TENSOR_LIMIT:
        raise ModelFileError(f"a tensor has the shape {list(shape)}", place)
    values = _values(tensor, name, dtype, place)
    if values.size != count:
        raise ModelFileError(f"a tensor of shape {list(shape)} holds {values.size} values, expected {count}", place)
    result = values.reshape(shape)
    result.flags.writeable = False
    return result


def _values(tensor: Message, name: str, dtype: np.dtype[Any], place: GraphPlace) -> Array:
    raw = tensor["raw_data"]
    if raw is not None:
        if len(raw) % dtype.itemsize:
            raise ModelFileError(f"a tensor of {name} has {len(raw)} bytes", place)
        array = np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype)
        return np.asarray(array.view(np.uint8) != 0) if name == "bool" else array
    found = tensor[_FIELDS.get(name, "int32_data")]
    if name in _FLOATS_AS_BITS:
        return np.asarray(found.astype(np.uint16).view(dtype))
    if name == "bool":
        return np.asarray(found != 0)
    if found.dtype == np.int64 and name not in ("int64", "uint64"):
        info = np.iinfo(dtype)
        if found.size and (found.min() < info.min or found.max() > info.max):
            raise ModelFileError(f"a tensor of {name} holds values that {name} does not have", place)
    return np.array(found.astype(dtype))
