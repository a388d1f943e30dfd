"""Programs through compiled C: each compiled by itself, all linked into one harness program, each run alone.

The generated C must compile without a warning; what an output is compared with is the interpreter's result on the
recorded inputs.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tvm_model_library import host
from tvm_model_library.build_tree import generated_files, harness_files, harness_list_source
from tvm_model_library.errors import ToolchainError
from tvm_model_library.files import crt_dir, harness_dir
from tvm_model_library.library import compile as compile_model
from tvm_model_library.runs.recorded import numbered, read_npz, save_npz
from tvm_model_library.tensors import from_bits, numpy_dtype
from tvm_model_library.verification.corpus.compare import difference
from tvm_model_library.verification.corpus.interpreted import load_program
from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict
from tvm_model_library.verification.corpus.workers import run_all

FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror")


def run_compiled(
    executor: str, programs: Sequence[Program], jobs: int, limit: float, on_built: Callable[[], None]
) -> Iterator[Outcome]:
    """One outcome a program: those that do not compile first, then those that ran. ``on_built`` hears of each program
    that compiled.
    """
    with tempfile.TemporaryDirectory(prefix="tvm-corpus-") as name:
        folder = Path(name)
        built = []
        by_id = {p.id: p for p in programs}
        for outcome in run_all(_Build(folder, executor), programs, jobs, limit):
            if outcome.verdict is Verdict.PASSED:
                built.append(outcome)
                on_built()
            else:
                yield outcome
        linked: list[Program] = []
        seconds = {o.program: o.seconds for o in built}
        for group, problem in _link(folder, [by_id[o.program] for o in built]):
            if problem:
                yield Outcome(group[0].id, Verdict.CRASHED, f"does not link: {problem}", seconds[group[0].id])
            else:
                linked += group
        for outcome in run_all(_Run(folder), linked, jobs, limit) if linked else ():
            yield replace(outcome, seconds=outcome.seconds + seconds[outcome.program])


def _name(program: Program) -> str:
    return "p_" + "".join(c if c.isalnum() else "_" for c in program.id)


@dataclass(frozen=True)
class _Build:
    """Compile one program to object files in ``folder/<name>/`` and record the interpreter's outputs there."""

    folder: Path
    executor: str

    def __call__(self, program: Program) -> Outcome:
        name = _name(program)
        model, inputs, _ = load_program(program)
        library = compile_model(model, executor=self.executor, name=name)
        expected = model.reference(*inputs)
        place = self.folder / name
        files = {f"{f.folder}/{f.name}": f.data for f in library.code}
        texts = generated_files(library) | harness_files(library, None, is_list=False)
        files.update({path: text.encode() for path, text in texts.items()})
        for path, data in files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(data)
        own = place / "include", place / "src"
        includes = [*own, crt_dir() / "include", harness_dir() / "include"]
        command = [*host.c_compiler(), *FLAGS, host.HARNESS_FLAG, *(f"-I{i}" for i in includes), "-c"]
        sources = sorted(str(p) for p in place.rglob("*.c"))
        result = subprocess.run([*command, *sources], cwd=place, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            message = next((line for line in result.stderr.splitlines() if "error" in line), result.stderr)
            return Outcome(program.id, Verdict.CRASHED, f"the C does not compile: {message}")
        save_npz(place / "expected.npz", {f"out{i}": a for i, a in enumerate(expected)})
        (place / "dtypes").write_text(" ".join(a.dtype.name for a in expected), encoding="utf-8")
        (place / "inputs.raw").write_bytes(b"".join(np.ascontiguousarray(a).tobytes() for a in inputs))
        return Outcome(program.id, Verdict.PASSED)


def _link(folder: Path, programs: list[Program]) -> Iterator[tuple[list[Program], str]]:
    """Link programs into as few executables as work: (programs, "") where it did, (one program, reason) where not."""
    pending = [programs] if programs else []
    while pending:
        group = pending.pop()
        executable = folder / f"harness_{_name(group[0])}_{len(group)}"
        names = [_name(p) for p in group]
        source = executable.with_suffix(".c")
        source.write_text(harness_list_source(names), encoding="utf-8")
        objects = [str(o) for n in names for o in sorted((folder / n).glob("*.o"))]
        arguments = executable.with_suffix(".args")
        arguments.write_text("\n".join([str(source), *objects]), encoding="utf-8")
        compiler = host.c_compiler()
        command = [*compiler, "-std=c99", f"-I{harness_dir() / 'include'}", f"@{arguments}"]
        runtime = map(str, host.runtime_objects(tuple(compiler)))
        result = subprocess.run(
            [*command, *runtime, "-lm", "-o", str(executable)], capture_output=True, text=True, check=False
        )
        if result.returncode == 0:
            for name in names:
                (folder / name / "executable").write_text(str(executable), encoding="utf-8")
            yield group, ""
        elif len(group) == 1:
            yield group, result.stderr.strip().splitlines()[0]
        else:
            pending += [group[: len(group) // 2], group[len(group) // 2 :]]


@dataclass(frozen=True)
class _Run:
    """Run one linked program on its recorded inputs."""

    folder: Path

    def __call__(self, program: Program) -> Outcome:
        name = _name(program)
        place = self.folder / name
        executable = (place / "executable").read_text(encoding="utf-8")
        raw_outputs = place / "outputs.raw"
        raw = ["--raw-inputs", str(place / "inputs.raw"), "--raw-outputs", str(raw_outputs)]
        result = subprocess.run(
            [executable, "--model", name, "--quiet", *raw],
            capture_output=True,
            text=True,
            check=False,
            errors="replace",
        )
        if result.returncode != 0:
            raise ToolchainError(f"the harness ended with status {result.returncode}: {result.stderr.strip()[-300:]}")
        arrays = read_npz(place / "expected.npz")
        dtypes = (place / "dtypes").read_text(encoding="utf-8").split()
        stored = numbered(arrays, "out", len(arrays), place / "expected.npz")
        expected = [from_bits(a, dtype) for a, dtype in zip(stored, dtypes, strict=True)]
        data, got = raw_outputs.read_bytes(), []
        for array in expected:
            chunk, data = data[: array.nbytes], data[array.nbytes :]
            got.append(np.frombuffer(chunk, numpy_dtype(array.dtype.name)).reshape(array.shape))
        message = difference(got, expected)
        return Outcome(program.id, Verdict.PASSED if message is None else Verdict.WRONG, message or "")
