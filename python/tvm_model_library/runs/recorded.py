"""Recorded runs: ``.npz`` files of inputs ``in0``, ``in1``, ... and outputs ``out0``, ``out1``, ..."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.model import Model
from tvm_model_library.tensors import Array, TensorSpec, checked_arrays


def read_npz(path: Path) -> dict[str, Array]:
    """All arrays of an .npz file. Raises ``ModelLibraryError`` naming the file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelLibraryError(f"{path}: cannot read the arrays: {reason}") from error


def numbered(arrays: dict[str, Array], prefix: str, count: int, path: Path) -> list[Array]:
    """The arrays ``<prefix>0`` to ``<prefix><count - 1>``."""
    names = [f"{prefix}{i}" for i in range(count)]
    missing = [n for n in names if n not in arrays]
    if missing:
        raise ModelLibraryError(
            f"{path}: missing {', '.join(missing)}; found: {', '.join(sorted(arrays)) or 'nothing'}"
        )
    return [arrays[n] for n in names]


def read_recorded(model: Model, path: Path) -> tuple[list[Array], list[Array]]:
    """A recorded run: inputs and outputs, of the model's shapes and dtypes; of a model that keeps state a sequence of
    runs, along the first axis of each array.

    Raises ``ModelLibraryError`` naming the file and what is missing or does not fit.
    """
    arrays = read_npz(path)
    inputs, outputs = _with_steps(model, arrays)
    return _fitting(arrays, "input", inputs, path), _fitting(arrays, "output", outputs, path)


def _with_steps(model: Model, arrays: dict[str, Array]) -> tuple[Sequence[TensorSpec], Sequence[TensorSpec]]:
    """The specs of a recorded run: of a model that keeps state it is a sequence, along the first axis of each array."""
    first = arrays.get("in0" if model.inputs else "out0")
    if not model.states or first is None or not first.ndim:
        return model.inputs, model.outputs
    inputs, outputs = ([replace(s, shape=(len(first), *s.shape)) for s in t] for t in (model.inputs, model.outputs))
    return inputs, outputs


def read_inputs(model: Model, path: Path) -> list[Array]:
    """The inputs alone; see :func:`read_recorded`."""
    return _fitting(read_npz(path), "input", model.inputs, path)


def _fitting(arrays: dict[str, Array], what: str, specs: Sequence[TensorSpec], path: Path) -> list[Array]:
    chosen = numbered(arrays, what.removesuffix("put"), len(specs), path)
    try:
        return checked_arrays(what, specs, chosen)
    except ModelLibraryError as error:
        raise ModelLibraryError(f"{path}: {error}") from None


def save_npz(path: Path, arrays: dict[str, Array]) -> None:
    """Write an .npz file, whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ModelLibraryError(f"{path}: cannot write: {error.strerror}") from error
