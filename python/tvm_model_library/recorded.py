"""Recorded runs: ``.npz`` files of inputs ``in0``, ``in1``, ... and outputs ``out0``, ``out1``, ..."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.model import Model
from tvm_model_library.relay.operator import Array


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
    """A recorded run: inputs and outputs."""
    arrays = read_npz(path)
    return numbered(arrays, "in", len(model.inputs), path), numbered(arrays, "out", len(model.outputs), path)


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
