"""Importers under TVM's names, over this package's own: each gives a module and the parameters of its ``main``."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tvm_model_library import frontends
from tvm_model_library.c_text.names import identifier
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.model import Model
from tvm_model_library.relay.script.module import IRModule
from tvm_model_library.relay.script.nd import NDArray

Imported = tuple[IRModule, dict[str, NDArray]]


def from_tflite(
    model: Any, shape_dict: Mapping[str, Sequence[int]] | None = None, dtype_dict: Mapping[str, str] | None = None
) -> Imported:
    """A TensorFlow Lite model: its bytes, its path, or what ``tflite.Model.GetRootAsModel`` gives.

    ``shape_dict`` and ``dtype_dict`` say what the script takes the inputs to be; where the file says otherwise that is
    an error. Raises ``ModelLibraryError``.
    """
    table = getattr(model, "_tab", None)  # of the flatbuffers library: the whole file is behind it
    return _imported(model if table is None else bytes(table.Bytes), ".tflite", "from_tflite", shape_dict, dtype_dict)


def from_onnx(
    model: Any,
    shape: Mapping[str, Sequence[int]] | None = None,
    dtype: str | Mapping[str, str] | None = None,
    opset: int | None = None,
    freeze_params: bool = True,
    convert_config: Mapping[str, Any] | None = None,
) -> Imported:
    """An ONNX model: its bytes, its path, or an ``onnx.ModelProto``. As :func:`from_tflite`."""
    if opset is not None or convert_config:
        what = "opset" if opset is not None else "convert_config"
        raise ModelLibraryError(f"from_onnx: {what} is not an option here: the file says it; leave it out")
    proto = model.SerializeToString() if hasattr(model, "SerializeToString") else model
    return _imported(proto, ".onnx", "from_onnx", shape, dtype if isinstance(dtype, Mapping) else None)


def from_pytorch(script_module: Any, input_infos: Any = None, *_: Any, **__: Any) -> Imported:
    """A program of PyTorch in a file that ``torch.export.save`` wrote (``.pt2``). As :func:`from_tflite`."""
    return _imported(script_module, ".pt2", "from_pytorch", None, None)


def _imported(
    source: Any,
    suffix: str,
    function: str,
    shapes: Mapping[str, Sequence[int]] | None,
    dtypes: Mapping[str, str] | None,
) -> Imported:
    if suffix not in frontends.READERS:
        known = ", ".join(frontends.READERS)
        raise ModelLibraryError(f"relay.frontend.{function}: there is no reader of {suffix} files yet; known: {known}")
    model = _loaded(source, suffix, function)
    for name, shape in (shapes or {}).items():
        _check(model, function, name, "shape", tuple(shape))
    for name, dtype in (dtypes or {}).items():
        _check(model, function, name, "dtype", np.dtype(dtype).name)
    if getattr(model, "states", ()):
        raise ModelLibraryError(
            f"relay.frontend.{function}: the model keeps state from run to run, which a module can't say: compile the "
            "file with tvm_model_library.load and compile, or tvm_add_model_library"
        )
    params = {name: NDArray(array) for name, array in model.params.items()}
    return IRModule.from_typed(model.program), params


def _loaded(source: Any, suffix: str, function: str) -> Model:
    if isinstance(source, str | Path):
        return frontends.load(source)
    if not isinstance(source, bytes | bytearray | memoryview):
        found = type(source).__name__
        raise ModelLibraryError(f"relay.frontend.{function}: expected the bytes or the path of a model, found {found}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{suffix}"
        path.write_bytes(source)
        return frontends.load(path)


def _check(model: Model, function: str, name: str, what: str, given: Any) -> None:
    specs = {spec.name: spec for spec in model.inputs}
    spec = specs.get(name) or specs.get(identifier(name))
    if spec is None:
        known = ", ".join(specs) or "none"
        raise ModelLibraryError(f"relay.frontend.{function}: the model has no input {name!r}; its inputs: {known}")
    found = getattr(spec, what)
    if found != given:
        raise ModelLibraryError(f"relay.frontend.{function}: input {name!r} has the {what} {found}, not {given}")
