"""A compiled model with its harness as a program of this machine, whose generated C can be changed before it runs."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tvm_model_library import host
from tvm_model_library.build_tree import generated_files, harness_files
from tvm_model_library.files import crt_dir, harness_dir
from tvm_model_library.library import Library
from tvm_model_library.runs.tolerance import Tolerance
from tvm_model_library.runs.vectors import Vectors

PLAIN = ("-O1",)
SANITIZED = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def generated_sources(library: Library, vectors: Vectors, tolerance: Tolerance | None = None) -> dict[str, str]:
    """The C files and headers of a model and its harness, by name. The model's target is ``c``."""
    files = {f.name: f.data.decode() for f in library.code}
    harness = harness_files(library, vectors, tolerance=tolerance or Tolerance())
    return files | {Path(p).name: text for p, text in (generated_files(library) | harness).items()}


@dataclass(frozen=True)
class Ran:
    """How a program ended: ``status`` is None where it did not compile or did not end in time."""

    status: int | None
    printed: str


class HarnessProgram:
    """The sources compiled with some flags, once; :meth:`run` replaces one of them."""

    def __init__(self, sources: dict[str, str], flags: tuple[str, ...] = PLAIN) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tvm-checker-")
        self.path = Path(self._folder.name)
        self.sources = sources
        self.command = [*host.c_compiler(), *flags]
        for name, text in sources.items():
            (self.path / name).write_text(text, encoding="utf-8")
        self.objects = {name: self._compile(self.path, name) for name in sources if name.endswith(".c")}
        self.runtime = host.runtime_objects(tuple(self.command))

    def _compile(self, folder: Path, name: str) -> Path:
        target = folder / f"{name}.o"
        includes = [f"-I{p}" for p in (self.path, crt_dir() / "include", harness_dir() / "include")]
        flags = ["-std=c99", "-w", host.HARNESS_FLAG, "-c"]
        subprocess.run([*self.command, *flags, *includes, str(folder / name), "-o", str(target)], check=True)
        return target

    def run(self, replaced: dict[str, str] | None = None, *arguments: str, limit: float = 60) -> Ran:
        """Compile what is ``replaced`` (texts by name), link, run with ``arguments`` for at most ``limit`` seconds."""
        with tempfile.TemporaryDirectory(dir=self.path) as name:
            folder = Path(name)
            objects = dict(self.objects)
            texts = self.sources | (replaced or {})
            for file in replaced or {}:
                users = [n for n in objects if n == file or f'#include "{file}"' in texts[n]]
                for changed in {file, *users}:
                    (folder / changed).write_text(texts[changed], encoding="utf-8")
                objects |= {user: self._compile(folder, user) for user in users}
            program = folder / "program"
            linked = [str(o) for o in (*objects.values(), *self.runtime)]
            subprocess.run([*self.command, *linked, "-lm", "-o", str(program)], check=True)
            try:
                result = subprocess.run(
                    [str(program), *arguments],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    timeout=limit,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return Ran(None, f"did not end in {limit:g} s")
        return Ran(result.returncode, result.stdout)
