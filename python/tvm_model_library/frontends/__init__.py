"""Frontends: model file -> Model. The file's suffix decides which one reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends import relay
from tvm_model_library.frontends.onnx.load import load as load_onnx
from tvm_model_library.frontends.options import InputShapes, LoadOptions
from tvm_model_library.frontends.tflite import load as tflite
from tvm_model_library.model import Model
from tvm_model_library.tensors import Array

Params: TypeAlias = "str | Path | Mapping[str, Array] | None"


def _relay(path: Path, params: Params, options: LoadOptions) -> Model:
    if options.given():
        raise ModelLibraryError(f"{path}: Relay text has no {options.given()[0].replace('_', ' ')} to choose")
    return relay.load(path, params)


READERS: Mapping[str, Callable[[Path, Params, LoadOptions], Model]] = {
    ".relay": _relay,
    ".tflite": tflite.load,
    ".onnx": load_onnx,
}


def load(
    path: str | Path,
    params: Params = None,
    *,
    signature: str | None = None,
    input_shapes: InputShapes | None = None,
    contract: str | None = None,
) -> Model:
    """Load a model.

    ``path``: a Relay text (``.relay``), a TensorFlow Lite model (``.tflite``) or an ONNX model (``.onnx``).
    ``params``, for Relay: a ``.params`` file, or arrays by name; what it names is bound to the parameters of ``@main``,
    the others stay inputs. ``signature``: the entry point of a file that has several. ``input_shapes``: of inputs whose
    sizes the file leaves open, by name. ``contract``: whose integers a quantized TFLite network computes,
    ``tflite-micro`` (the default), ``tflite-micro-single`` or ``litert``. Raises ``ModelLibraryError``.
    """
    path = Path(path)
    reader = READERS.get(path.suffix)
    if reader is None:
        known = ", ".join(READERS)
        raise ModelLibraryError(f"{path}: unknown model format {path.suffix!r}; expected one of: {known}")
    return reader(path, params, LoadOptions(signature, input_shapes, contract))
