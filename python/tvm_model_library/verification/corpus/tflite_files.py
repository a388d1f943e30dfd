"""Collections of ``.tflite`` files with what engines recorded: ``files/NAME.tflite`` and ``runs/NAME.npz``.

A recording holds inputs ``in0``, ... with a first axis of cases, and a second one of steps for a network that keeps
state; outputs ``tflm0``, ... of TensorFlow Lite for Microcontrollers, ``litert_ref0``, ... of LiteRT's reference
kernels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tvm_model_library import frontends
from tvm_model_library.model import Model
from tvm_model_library.runs.recorded import read_npz
from tvm_model_library.tensors import Array
from tvm_model_library.verification.corpus.compare import ATOL, RTOL
from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict

_MICRO, _LITERT = "tflm", "litert_ref"
NOTHING_RECORDED = "no engine"


def find_files(folder: Path) -> list[Program]:
    """The ``.tflite`` files of a collection, by name; none where the folder is another kind of corpus."""
    place = folder / "files" if (folder / "files").is_dir() else folder
    found = []
    for path in sorted(place.glob("*.tflite")):
        record = next(
            (r for r in (folder / "runs" / f"{path.stem}.npz", path.with_suffix(".npz")) if r.is_file()), None
        )
        found.append(Program(path.stem, path, _kind(record), record=record))
    return found


def _kind(record: Path | None) -> str:
    """Which engine ran a file: the judge of ours."""
    if record is None:
        return NOTHING_RECORDED
    with np.load(record) as file:
        names = file.files
    return next((name for prefix, name in ((_MICRO, "tflite-micro"), (_LITERT, "litert")) if f"{prefix}0" in names),
                NOTHING_RECORDED)  # fmt: skip


@dataclass(frozen=True)
class RunFile:
    """Run one file on all recorded cases and steps, by the ``interpreter`` or compiled for an executor."""

    executor: str

    def __call__(self, program: Program) -> Outcome:
        arrays = read_npz(program.record) if program.record else {}
        inputs = _numbered(arrays, "in")
        model = _loaded(program.path, inputs)
        if program.kind == NOTHING_RECORDED:
            return Outcome(program.id, Verdict.PASSED, "converted; no engine ran it")
        maker: Any = model
        if self.executor != "interpreter":
            from tvm_model_library.library import compile as compile_model

            maker = compile_model(model, executor=self.executor)
        judges = [j for j in (_numbered(arrays, _MICRO), _numbered(arrays, _LITERT)) if j]
        steps = any(a.ndim == len(s.shape) + 2 for a, s in zip(inputs, model.inputs, strict=False))
        notes: set[str] = set()
        cases = len((inputs or judges[0])[0])
        for case in range(cases):
            session = maker.session()
            for step in range((inputs or judges[0])[0].shape[1] if steps else 1):
                place: Any = (case, step) if steps else case
                got = session.run(*(a[place].reshape(s.shape) for a, s in zip(inputs, model.inputs, strict=True)))
                message = _difference(got, [[a[place] for a in judge] for judge in judges], program.kind, notes)
                if message:
                    return Outcome(program.id, Verdict.WRONG, f"case {case}, step {step}: {message}")
        return Outcome(program.id, Verdict.PASSED, "; ".join(sorted(notes)))


def _numbered(arrays: dict[str, Array], prefix: str) -> list[Array]:
    return list(_some(arrays, prefix))


def _some(arrays: dict[str, Array], prefix: str) -> Iterator[Array]:
    number = 0
    while (name := f"{prefix}{number}") in arrays:
        yield arrays[name]
        number += 1


def _loaded(path: Path, inputs: Sequence[Array]) -> Model:
    """The model; inputs whose sizes are open get those of the recording."""
    from tvm_model_library.frontends.tflite.reader import read

    declared = read(path).subgraphs[0].inputs
    shapes = {}
    for tensor, array in zip(declared, inputs, strict=False):
        rank = len(tensor.shape)
        if -1 in tensor.shape_signature and rank and array.shape[-rank:] != tensor.shape:
            shapes[tensor.name] = array.shape[-rank:]
    return frontends.load(path, input_shapes=shapes or None)


def _difference(got: Sequence[Array], judges: Sequence[Sequence[Array]], kind: str, notes: set[str]) -> str | None:
    """None where each output is what an engine says: integers exactly what TFLite Micro computed, real numbers within
    rtol 1e-4 and atol 1e-5 of what it or LiteRT did, integers that only LiteRT computed within one step.
    """
    for number, array in enumerate(got):
        expected = [j[number] for j in judges]
        if any(e.size != array.size or e.dtype != array.dtype for e in expected):
            found, recorded = (f"{a.dtype}{list(a.shape)}" for a in (array, expected[0]))
            return f"out{number} is {found}, recorded is {recorded}"
        flat = [e.reshape(array.shape) for e in expected]
        if array.dtype.kind == "f":
            fits = [bool(np.allclose(array, e, rtol=RTOL, atol=ATOL, equal_nan=True)) for e in flat]
            if not any(fits):
                return f"out{number} differs by up to {np.abs(array - flat[0]).max():.3g}"
            if not fits[0]:
                notes.add("real numbers as LiteRT's, which TFLite Micro's are not")
            continue
        error = np.abs(array.astype(np.int64) - flat[0].astype(np.int64))
        if error.max(initial=0) > (0 if kind == "tflite-micro" or array.dtype.itemsize > 2 else 1):
            return f"out{number}: {np.count_nonzero(error)} of {error.size} elements differ by up to {error.max()}"
        if error.any():
            notes.add("integers within one step of LiteRT's")
    return None
