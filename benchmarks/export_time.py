"""Seconds of an export and of CMake configurations with a model, beside those of an empty CMake project."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import interleaved, summary, table

ROOT = Path(__file__).resolve().parent.parent
MODELS = {
    "example": ROOT / "examples" / "add" / "model.relay",
    "ResNet-8": ROOT / "examples" / "models" / "pretrainedResnet.relay",
}
_EMPTY = "cmake_minimum_required(VERSION 3.25)\nproject(benchmark LANGUAGES C)\n"


def projects(models: dict[str, Path], folder: Path) -> dict[str, Path]:
    """A CMake project for each model, and one without any, as source folders."""
    found = {"empty project": folder / "empty"}
    texts = {"empty project": _EMPTY}
    for name, model in models.items():
        params = f' PARAMS "{model.with_suffix(".params")}"' if model.with_suffix(".params").exists() else ""
        package = f'find_package(TVMModelLibrary REQUIRED NO_DEFAULT_PATH PATHS "{ROOT / "cmake"}")\n'
        found[name] = folder / name
        texts[name] = f'{_EMPTY}{package}tvm_add_model_library(model "{model}"{params} NO_TEST)\n'
    for name, path in found.items():
        path.mkdir()
        (path / "CMakeLists.txt").write_text(texts[name])
    return found


def seconds(command: list[str]) -> float:
    """How long a command takes. Raises ``SystemExit`` with what it printed when it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    begin = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    elapsed = time.perf_counter() - begin
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nfailed with status {result.returncode}:\n{result.stderr}")
    return elapsed


def export(model: Path, folder: Path) -> Callable[[], float]:
    """Times ``tvm-mlf export`` in a process of its own."""
    params = model.with_suffix(".params")
    command = [sys.executable, "-m", "tvm_model_library", "export", str(model), "-o", str(folder / f"{model.stem}.tar")]
    command += ["--params", str(params)] if params.exists() else []
    return lambda: seconds(command)


def configure(source: Path, *, fresh: bool) -> Callable[[], float]:
    """Times CMake's configuration of a project: from nothing, without the package's cache, or with all unchanged."""
    build = source.parent / f"{source.name}-{'fresh' if fresh else 'unchanged'}"
    options = ["-DTVM_MODEL_LIBRARY_CACHE=OFF", f"-DTVM_MODEL_LIBRARY_PYTHON={sys.executable}"]
    command = ["cmake", "-S", str(source), "-B", str(build), *options]

    def run() -> float:
        if fresh and build.exists():
            shutil.rmtree(build)
        return seconds(command)

    if not fresh:
        run()
    return run


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=list(MODELS), help="one model (default: all)")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    models = {arguments.only: MODELS[arguments.only]} if arguments.only else MODELS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sources = projects(models, folder)
        exports = {name: export(model, folder) for name, model in models.items()}
        nothing = {"python -c pass": lambda: seconds([sys.executable, "-c", "pass"])}
        _report("tvm-mlf export (s)", interleaved({**nothing, **exports}, rounds), None, 1)
        for title, fresh, scale in (
            ("first configuration (s)", True, 1),
            ("unchanged configuration (ms)", False, 1000),
        ):
            runs = {name: configure(source, fresh=fresh) for name, source in sources.items()}
            _report(title, interleaved(runs, rounds), "empty project", scale)


def _report(title: str, results: dict[str, list[float]], peer: str | None, scale: float) -> None:
    heading = [title, "median", "best", *([f"median / {peer}"] if peer else [])]
    rows = [row[: len(heading)] for row in summary(results, peer, scale, 2)]
    print(f"\n{table(heading, rows)}")


if __name__ == "__main__":
    main()
