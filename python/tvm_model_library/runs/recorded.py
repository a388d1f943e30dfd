"""Recorded runs: ``.npz`` files of inputs ``in0``, ``in1``, ... and outputs ``out0``, ``out1``, ...

Each array has its tensor's shape, or a leading axis of runs, which all of a file's arrays then have. Of a model that
keeps state, a recorded run is a sequence: the arrays have an axis of steps before the tensor's own. NumPy's files have
no bfloat16: such a tensor is an array of uint16 there, its bits.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from tvm_model_library.disk import MAX_BYTES, read_file, reason, write_file
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.model import Model
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.runs.sequences import in_steps, recorded_steps
from tvm_model_library.tensors import Array, TensorSpec, checked_arrays, to_bits

Recorded = tuple[Sequence[Array], Sequence[Array]]
"""Arrays of recorded runs: inputs and outputs, each of its tensor's shape (one run), or with a leading axis of runs."""


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


def read_recorded(model: Model, path: Path) -> Recorded:
    """The recorded runs of a file: inputs and outputs, that fit the model.

    Raises ``ModelLibraryError`` naming the file and what is missing or does not fit.
    """
    arrays = read_npz(path)
    inputs = numbered(arrays, "in", len(model.inputs), path)
    outputs = numbered(arrays, "out", len(model.outputs), path)
    with _naming(path):
        recorded_runs(model, (inputs, outputs))
    return inputs, outputs


def stepped(model: Model, recorded: Recorded) -> tuple[Model, Recorded]:
    """Of a model that keeps state that of the recorded steps, and the arrays with that axis; else the same."""
    model, has_axis = recorded_steps(model, *recorded)
    if has_axis:
        return model, recorded
    return model, ([a[np.newaxis] for a in recorded[0]], [a[np.newaxis] for a in recorded[1]])


def recorded_runs(model: Model, recorded: Recorded) -> tuple[list[Array], list[Array], int]:
    """Inputs and outputs with a leading axis of runs, and how many runs they are.

    Raises ``ModelLibraryError`` when the arrays do not fit the model or each other.
    """
    model, recorded = stepped(model, recorded)
    count, inputs = _with_runs("input", model.inputs, recorded[0])
    others, outputs = _with_runs("output", model.outputs, recorded[1])
    if inputs and outputs and count != others:
        raise ModelLibraryError(f"the inputs have {_runs(count)} and the outputs {_runs(others)}; expected as many")
    return inputs, outputs, max(count or 1, others or 1)


def read_inputs(model: Model, path: Path) -> tuple[int | None, list[Array]]:
    """The inputs alone, with a leading axis of runs, and how many runs the file has: None where it has no such axis."""
    arrays: Sequence[Array] = numbered(read_npz(path), "in", len(model.inputs), path)
    model, (arrays, _) = stepped(model, (arrays, ()))
    with _naming(path):
        return _with_runs("input", model.inputs, arrays)


def reference_runs(
    model: Model, count: int | None, inputs: Sequence[Array], limits: Limits = DEFAULT_LIMITS
) -> list[Array]:
    """The reference's outputs for what :func:`read_inputs` gives, with a leading axis where the inputs had one.

    Raises ``ModelLibraryError`` where the runs' outputs have different shapes.
    """
    if model.states:
        model = in_steps(model, inputs[0].shape[1] if inputs else 1)
    if count is None:
        return model.reference(*(a[0] for a in inputs), limits=limits)
    runs = [model.reference(*(a[i] for a in inputs), limits=limits) for i in range(count)]
    for i, outputs in enumerate(zip(*runs, strict=True)):
        if len({a.shape for a in outputs}) > 1:
            shapes = ", ".join(sorted({str(list(a.shape)) for a in outputs}))
            raise ModelLibraryError(f"out{i} has another shape in other runs ({shapes}): interpret them one by one")
    return [np.stack(outputs) for outputs in zip(*runs, strict=True)]


def _with_runs(what: str, specs: Sequence[TensorSpec], arrays: Sequence[Array]) -> tuple[int | None, list[Array]]:
    """The arrays with a leading axis, and its length where they had one."""
    extra = {np.ndim(a) - len(s.shape) for s, a in zip(specs, arrays, strict=False)}
    if extra == {2}:
        raise ModelLibraryError(
            f"the {what}s have two axes more than the model's: of runs and of steps; only a model that keeps state "
            "between runs has steps"
        )
    if extra != {1} or len(specs) != len(arrays):
        return None, [a[np.newaxis] for a in checked_arrays(what, specs, arrays)]
    count = len(arrays[0])
    if count == 0:
        raise ModelLibraryError(f"the {what}s have no runs: the length of their first axis is 0")
    stacked = [replace(s, shape=(count, *s.shape)) for s in specs]
    return count, checked_arrays(what, stacked, arrays)


def _runs(count: int | None) -> str:
    return "no axis of runs" if count is None else f"{count} run{'s' if count > 1 else ''}"


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors name the file."""
    try:
        yield
    except ModelLibraryError as error:
        raise ModelLibraryError(f"{path}: {error}") from None


def save_npz(path: Path, arrays: dict[str, Array]) -> None:
    """Write an .npz file, whole or not at all; bfloat16 arrays as their bits, of dtype uint16."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **{name: to_bits(a) for name, a in arrays.items()})
    write_file(path, stream.getvalue())
