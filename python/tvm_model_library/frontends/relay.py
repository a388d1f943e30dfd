"""Relay text (and its parameters) to a Model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tvm_model_library.disk import read_file, read_text
from tvm_model_library.errors import ParameterError
from tvm_model_library.model import Model, model_of
from tvm_model_library.params import load_param_dict
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.relay.script.module import IRModule
from tvm_model_library.tensors import Array


def load(path: str | Path, params: str | Path | Mapping[str, Array] | None = None) -> Model:
    """Read a Relay text file; ``params`` is a parameter file or a mapping from names to arrays.

    Raises ``ModelLibraryError`` with the place of what is wrong.
    """
    path = Path(path)
    text = read_text(path, "the model")
    if isinstance(params, str | Path):
        params = read_params(Path(params))
    return from_text(text, params, str(path), path)


def read_params(path: Path) -> dict[str, Array]:
    """The arrays of a ``.params`` file. Raises ``ParameterError`` naming the file."""
    return load_param_dict(read_file(path, "the parameters", error=ParameterError), str(path))


def from_text(
    text: str, params: Mapping[str, Array] | None = None, source: str = "<string>", path: Path | None = None
) -> Model:
    """Parse, type-check and bind ``params`` to the parameters of ``@main`` that have their names."""
    return model_of(infer(parse_module(text, source)), params, text, path)


def from_module(module: IRModule, params: Mapping[str, Array] | None = None) -> Model:
    """The model of a module that a script made or read; as :func:`from_text`."""
    return model_of(module.inferred.program, params, str(module))
