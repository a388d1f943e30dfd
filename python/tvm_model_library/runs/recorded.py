"""Recorded runs: ``.npz`` files of inputs ``in0``, ``in1``, ... and outputs ``out0``, ``out1``, ...

NumPy's files have no bfloat16: such a tensor is an array of uint16 there, its bits.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.model import Model
from tvm_model_library.reading import MAX_BYTES, read_file, reason
from tvm_model_library.tensors import Array, TensorSpec, checked_arrays, to_bits


def read_npz(path: Path) -> dict[str, Array]:
    """All arrays of an .npz file. Raises ``ModelLibraryError`` naming the file."""
    data = read_file(path, "the arrays")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise ModelLibraryError(f"{path}: cannot read the arrays: {size} bytes; at most {MAX_BYTES} are read")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except ModelLibraryError:
        raise
    except Exception as error:  # what a damaged file makes zipfile, zlib and NumPy raise is of many kinds
        raise ModelLibraryError(f"{path}: cannot read the arrays: {reason(error)}") from error


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
    """A recorded run: inputs and outputs, of the model's shapes and dtypes.

    Raises ``ModelLibraryError`` naming the file and what is missing or does not fit.
    """
    arrays = read_npz(path)
    return _fitting(arrays, "input", model.inputs, path), _fitting(arrays, "output", model.outputs, path)


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
    """Write an .npz file, whole or not at all; bfloat16 arrays as their bits, of dtype uint16."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **{name: to_bits(a) for name, a in arrays.items()})
        temporary.replace(path)
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)
        raise ModelLibraryError(f"{path}: cannot write: {reason(error)}") from error
