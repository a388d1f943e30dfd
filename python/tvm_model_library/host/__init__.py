"""Compiled models on this machine: the host's C compiler, the runtime and the harness make one program of them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import IO

import numpy as np

from tvm_model_library.build_tree import generated_files, harness_files
from tvm_model_library.compiled import CompiledModel
from tvm_model_library.compiler.targets.llvm.check import check_runs_here
from tvm_model_library.errors import ToolchainError
from tvm_model_library.files import crt_dir, harness_dir
from tvm_model_library.tensors import Array, TensorSpec, checked_arrays, numpy_dtype

FLAGS = ("-std=c99", "-O2", "-D_POSIX_C_SOURCE=200809L")
HARNESS_FLAG = "-DTVMGEN_HARNESS"
"""For a model's code that goes into a test program: the harness sees its constants, and the pools get guards."""


def c_compiler() -> list[str]:
    """The command of the host's C compiler: the variable ``CC``, or the first of cc, gcc and clang that exists.

    Raises ``ToolchainError``.
    """
    given = os.environ.get("CC")
    candidates = [shlex.split(given)] if given else [["cc"], ["gcc"], ["clang"]]
    for command in candidates:
        if command and shutil.which(command[0]):
            return command
    found = f"CC is {given!r}, which is no command" if given else "neither cc nor gcc nor clang is on the PATH"
    raise ToolchainError(f"running a model here needs a C compiler: {found}; install one or set CC")


class HostProgram:
    """A model as a program of this machine, in a folder of its own that goes with the object. ``flags`` are for the
    model's own code; the runtime has ``FLAGS``.
    """

    def __init__(self, compiled: CompiledModel, flags: Sequence[str] = FLAGS) -> None:
        check_runs_here(compiled.target)
        self.compiled = compiled
        self._folder = tempfile.TemporaryDirectory(prefix="tvm-model-")
        self.path = Path(self._folder.name)
        own = self.path / "include", self.path / "src"
        includes = [*own, crt_dir() / "include", harness_dir() / "include"]
        options = [*flags, HARNESS_FLAG]
        self.executable = build_program(self.path, _sources(compiled), includes, options, with_runtime=True)

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs for ``arrays``, which must fit the model's inputs."""
        model = self.compiled.model
        arrays = checked_arrays("input", model.inputs, arrays)
        raw_inputs, raw_outputs = self.path / "inputs.raw", self.path / "outputs.raw"
        raw_inputs.write_bytes(b"".join(a.tobytes() for a in arrays))
        raw_outputs.unlink(missing_ok=True)
        _check([str(self.executable), "--raw-inputs", str(raw_inputs), "--raw-outputs", str(raw_outputs)])
        data = raw_outputs.read_bytes()
        specs = [self.compiled.plan.buffers[b].spec for b in self.compiled.plan.outputs]
        expected = sum(s.nbytes for s in specs)
        if len(data) != expected:
            raise ToolchainError(f"the model's program gave {len(data)} bytes of outputs, expected {expected}")
        return outputs_of(specs, data)


class HostSession:
    """A running program of a model, which keeps its state from one run to the next."""

    def __init__(self, program: HostProgram) -> None:
        self._program = program
        self._model = program.compiled.model
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the session)
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [str(program.executable), "--stream"], stdin=pipe, stdout=pipe, stderr=self._errors
        )
        finalizer = weakref.finalize(self, _end, self._process, self._errors)
        self.close = finalizer

    def run(self, *arrays: Array) -> list[Array]:
        """The outputs for ``arrays``, with the state that the run before left. Raises ``ModelLibraryError``."""
        checked = checked_arrays("input", self._model.inputs, arrays)
        self._send(b"r" + b"".join(a.tobytes() for a in checked))
        plan = self._program.compiled.plan
        specs = [plan.buffers[b].spec for b in plan.outputs]
        expected = sum(s.nbytes for s in specs)
        assert self._process.stdout is not None
        data = self._process.stdout.read(1 + expected)
        if len(data) != 1 + expected:
            self._process.wait()
            self._errors.seek(0)
            printed = self._errors.read().decode(errors="replace").strip()
            raise ToolchainError(f"the model's program ended with status {self._process.returncode}: {printed}")
        return outputs_of(specs, data[1:])

    def reset(self) -> None:
        """Let the next run find what the first one found."""
        self._send(b"o")

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:
            pass  # the program has ended; what it printed is told where its answer is read


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()
    errors.close()


def outputs_of(specs: Sequence[TensorSpec], data: bytes) -> list[Array]:
    """The outputs whose bytes lie one after the other."""
    outputs = []
    for spec in specs:
        chunk, data = data[: spec.nbytes], data[spec.nbytes :]
        outputs.append(np.frombuffer(chunk, numpy_dtype(spec.dtype)).reshape(spec.shape).copy())
    return outputs


def build_program(
    folder: Path, files: Mapping[str, bytes], includes: Sequence[Path], flags: Sequence[str], *, with_runtime: bool
) -> Path:
    """Write sources (``.c``) and objects (``.o``) into a folder and make a program of them, with the runtime and the
    harness where asked. Raises ``ToolchainError``.
    """
    compiler = c_compiler()
    sources = _write(folder, files)
    objects = _compile(compiler, [s for s in sources if s.suffix == ".c"], includes, folder, flags)
    objects += [s for s in sources if s.suffix == ".o"]
    runtime = runtime_objects(tuple(compiler)) if with_runtime else ()
    executable = folder / "model"
    _check([*compiler, *map(str, objects), *map(str, runtime), "-lm", "-o", str(executable)])
    return executable


def _sources(compiled: CompiledModel) -> Mapping[str, bytes]:
    files = {f"{f.folder}/{f.name}": f.data for f in compiled.code}
    texts = generated_files(compiled) | harness_files(compiled, None)
    files.update({path: text.encode() for path, text in texts.items()})
    return files


def _write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    paths = []
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        paths.append(path)
    return paths


@cache
def _runtime_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tvm-runtime-")


@cache
def runtime_objects(compiler: tuple[str, ...]) -> tuple[Path, ...]:
    """The runtime and the harness, compiled once in the life of the process for each compiler."""
    crt, harness = crt_dir(), harness_dir()
    sources = [*sorted((crt / "src").rglob("*.c")), *sorted((harness / "src").glob("*.c"))]
    includes = [crt / "include", crt / "src", harness / "include", harness / "src"]
    folder = Path(tempfile.mkdtemp(dir=_runtime_folder().name))
    return tuple(_compile(list(compiler), sources, includes, folder))


def _compile(
    compiler: Sequence[str],
    sources: Sequence[Path],
    includes: Sequence[Path],
    folder: Path,
    flags: Sequence[str] = FLAGS,
) -> list[Path]:
    """Object files of C sources, compiled a few at a time."""
    objects = [folder / f"{source.stem}.o" for source in sources]
    options = [*flags, *(f"-I{i}" for i in includes)]
    commands = [[*compiler, *options, "-c", str(s), "-o", str(o)] for s, o in zip(sources, objects, strict=True)]
    with ThreadPoolExecutor(max(1, min(4, os.cpu_count() or 1))) as pool:
        list(pool.map(_check, commands))
    return objects


def _check(command: Sequence[str]) -> None:
    """Run a command. Raises ``ToolchainError`` with the end of what it printed when it fails."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise ToolchainError(f"cannot run {command[0]}: {error.strerror or error}") from None
    if result.returncode != 0:
        printed = (result.stderr or result.stdout).strip()[-2000:]
        raise ToolchainError(f"{shlex.join(command)} failed with status {result.returncode}: {printed}")
