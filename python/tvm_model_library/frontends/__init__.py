"""Frontends: model file -> Model. The file's suffix decides which one reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends import relay
from tvm_model_library.model import Model
from tvm_model_library.tensors import Array

READERS = {".relay": relay.load}


def load(path: str | Path, params: str | Path | Mapping[str, Array] | None = None) -> Model:
    """Load a model.

    ``path``: a Relay text (``.relay``). ``params``: a ``.params`` file, or arrays by name; what it names is bound to
    the parameters of ``@main``, the others stay inputs. Raises ``ModelLibraryError``.
    """
    path = Path(path)
    reader = READERS.get(path.suffix)
    if reader is None:
        known = ", ".join(READERS)
        raise ModelLibraryError(f"{path}: unknown model format {path.suffix!r}; expected one of: {known}")
    return reader(path, params)
