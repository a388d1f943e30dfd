"""A library in one of its variants as a program of this machine, and what its runs give."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
from tvm_model_library.build_tree import generated_files, harness_source
from tvm_model_library.files import crt_dir, harness_dir
from tvm_model_library.library import Library
from tvm_model_library.tensors import Array, numpy_dtype

from relay_fuzzer.variants import WARNINGS, Toolchain

_SHARED = "RELAY_FUZZER_RUNTIMES"
_DRIVER = Path(__file__).with_name("driver.c")
_STATUS = {20: "unstable", 21: "changed-input", 22: "outside", 23: "failed"}


class RunError(Exception):
    """What a compiler or a run says: ``kind`` is ``warning``, ``sanitizer``, ``signal``, ``timeout``, or one of the
    driver's: ``unstable`` (outputs depend on what memory held), ``changed-input``, ``outside`` (bytes written beside
    the memory), ``failed``.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


def run_library(
    library: Library, toolchain: Toolchain, vectors: Sequence[Sequence[Array]], limit: float
) -> list[list[Array]]:
    """The outputs for each vector of inputs. Raises :class:`RunError`."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        executable = _compile(library, toolchain, folder, limit)
        swap = toolchain.is_big_endian
        raw = [b"\1" + b"".join(_bytes(a, swap) for a in vector) for vector in vectors]
        (folder / "in.raw").write_bytes(b"".join([*raw, b"\0"]))
        _run([*toolchain.emulator, str(executable), str(folder / "in.raw"), str(folder / "out.raw")], limit)
        data = (folder / "out.raw").read_bytes()
    results = []
    for _ in vectors:
        outputs = []
        for spec in library.model.outputs:
            chunk = np.frombuffer(data[: spec.nbytes], f"u{numpy_dtype(spec.dtype).itemsize}")
            chunk = chunk.byteswap() if swap else chunk
            outputs.append(chunk.view(numpy_dtype(spec.dtype)).reshape(spec.shape))
            data = data[spec.nbytes :]
        results.append(outputs)
    return results


def _bytes(array: Array, swap: bool) -> bytes:
    flat = np.ascontiguousarray(array).reshape(-1).view(f"u{array.dtype.itemsize}")
    return (flat.byteswap() if swap else flat).tobytes()


def _compile(library: Library, toolchain: Toolchain, folder: Path, limit: float) -> Path:
    sources: list[str] = []
    objects: list[str] = []
    files = {f"{f.folder}/{f.name}": f.data for f in library.code}
    files |= {path: text.encode() for path, text in generated_files(library).items()}
    files[f"src/{library.name}_harness.c"] = harness_source(library, None).encode()
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        if place.suffix in (".c", ".o"):
            (sources if place.suffix == ".c" else objects).append(str(place))
    executable = folder / "model"
    command = [
        toolchain.command, *WARNINGS, *toolchain.flags, "-I", str(folder / "include"), *_includes(), *sources, *objects,
        *_runtime(toolchain), "-lm", "-o", str(executable),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise RunError("timeout", f"{toolchain.command} took more than {limit:g} s") from None
    if done.returncode != 0:
        raise RunError("warning", _first_lines(done.stderr.replace(f"{folder}/", "")))
    return executable


def _run(command: Sequence[str], limit: float) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise RunError("timeout", f"the program ran more than {limit:g} s") from None
    if done.returncode == 0:
        return
    said = done.stderr
    if "Sanitizer" in said or "runtime error" in said:
        raise RunError("sanitizer", _first_lines(said))
    if done.returncode in _STATUS:
        raise RunError(_STATUS[done.returncode], said.strip()[-300:])
    raise RunError("signal", f"status {done.returncode}: {said.strip()[-300:]}")


def _first_lines(text: str) -> str:
    telling = [
        line
        for line in text.splitlines()
        if "error" in line.lower() or "warning" in line.lower() or "#1 " in line or "#0 " in line
    ]
    return "\n".join((telling or text.splitlines())[:4])[:800]


def _includes() -> list[str]:
    folders = (crt_dir() / "include", harness_dir() / "include")
    return [part for f in folders for part in ("-I", str(f))]


@contextmanager
def shared_runtimes() -> Iterator[None]:
    """Meanwhile this process and those that it starts compile the runtime once for each toolchain, together."""
    with tempfile.TemporaryDirectory(prefix="fuzz-runtime-") as folder:
        os.environ[_SHARED] = folder
        try:
            yield
        finally:
            del os.environ[_SHARED]


@cache
def _own_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fuzz-runtime-")


def _runtime(toolchain: Toolchain) -> list[str]:
    """The C runtime and the driver as objects of that toolchain."""
    shared = Path(os.environ.get(_SHARED) or _own_folder().name)
    folder = shared / toolchain.name
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(dir=shared))
        _compile_runtime(toolchain, fresh)
        try:
            fresh.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    return sorted(map(str, folder.glob("*.o")))


def _compile_runtime(toolchain: Toolchain, folder: Path) -> None:
    crt = crt_dir()
    flags = [f for f in toolchain.flags if not f.startswith("-O")]
    includes = [f"-I{crt / 'src'}", *_includes()]
    sources = [_DRIVER, *sorted((crt / "src").glob("*.c"))]
    command = [toolchain.command, "-std=c99", "-O1", *flags, "-D_POSIX_C_SOURCE=200809L", *includes, "-c"]
    done = subprocess.run([*command, *map(str, sources)], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{toolchain.name} does not compile the runtime: {done.stderr[-2000:]}")
