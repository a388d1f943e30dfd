"""Consumer projects in temporary folders, and a Python that keeps a log of its starts."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

CFLAGS = "-pedantic -Wall -Wextra -Wconversion -Wshadow -Werror"
"""What a strict consumer compiles with: the generated code and the runtime have to bear it."""


def model_text(factor: float) -> str:
    """Relay text of a model that multiplies by ``factor``."""
    return f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(4), float32]) -> Tensor[(4), float32] {{ %x * {factor}f }}\n'


class LoggingPython:
    """A Python for TVM_MODEL_LIBRARY_PYTHON whose starts are seen, and which waits, lies or, in place of an export,
    copies the folder ``replay`` on request.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.path = folder / "python"
        self.log = folder / "log"
        self.hang = folder / "hang"
        self.metadata = folder / "METADATA"
        self.replay = folder / "replay"
        self.path.write_text(
            "#!/bin/sh\n"
            f'printf "%s\\n" "$*" >> {shlex.quote(str(self.log))}\n'
            f'if [ "$2" = export ] && [ -e {shlex.quote(str(self.hang))} ]; then\n'
            f"  echo $$ > {shlex.quote(str(self.hang))}\n"
            f"  while [ -e {shlex.quote(str(self.hang))} ]; do sleep 0.1; done\n"
            "fi\n"
            f"if [ -d {shlex.quote(str(self.replay))} ]; then\n"
            '  case "$*" in *" export "*) for last; do :; done\n'
            f'    cp -r {shlex.quote(str(self.replay))}/. "$last"; exit;;\n  esac\nfi\n'
            f'case "$1" in *check_python.py) if [ -e {shlex.quote(str(self.metadata))} ]; then\n'
            f"  echo {shlex.quote(str(self.metadata))}; exit 0; fi;;\nesac\n"
            f'exec {shlex.quote(sys.executable)} "$@"\n'
        )
        self.path.chmod(0o755)

    def starts(self) -> list[str]:
        """The command lines since the last call."""
        if not self.log.exists():
            return []
        lines = self.log.read_text().splitlines()
        self.log.unlink()
        return lines

    def exported(self) -> list[str]:
        """File names of the models exported since the last call."""
        return [
            line.split(" export ")[1].split(" --")[0].split("/")[-1] for line in self.starts() if " export " in line
        ]


class Project:
    """A consumer in a folder of its own, with its build folder beside it."""

    def __init__(self, folder: Path, python: LoggingPython, cache: Path, generator: str) -> None:
        self.source = folder / "source"
        self.build_folder = folder / "build"
        self.source.mkdir(parents=True)
        self.python = python
        self.cache = cache
        self.generator = generator
        self.package = ROOT / "cmake"
        self.wrapper: list[str] = []
        self.entry = cache
        # CMake's own variables and ours would change what is tested.
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("CMAKE_", "TVM_MODEL_LIBRARY_", "PYTHONPATH"))},
            "TVM_MODEL_LIBRARY_CACHE_DIR": str(cache),
        }

    def write(self, text: str, **files: str) -> None:
        """CMakeLists.txt with the usual lines before ``text``; other files with ``_`` for the dot of the name."""
        (self.source / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\n"
            "project(consumer LANGUAGES C)\n"
            "find_package(TVMModelLibrary REQUIRED)\n"
            "enable_testing()\n" + text
        )
        for name, content in files.items():
            (self.source / name.replace("_", ".")).write_text(content)

    def run(self, *command: object, ok: bool | None = True) -> str:
        """Runs a command in the source folder; its output. ``ok`` says how it must end, None that both ways will do."""
        result = subprocess.run(
            [*self.wrapper, *(str(c) for c in command)],
            cwd=self.source,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ok is None or (result.returncode == 0) == ok, result.stdout
        return result.stdout

    def configure_command(self, *options: str) -> list[str]:
        return [
            "cmake",
            "-S",
            str(self.source),
            "-B",
            str(self.build_folder),
            "-G",
            self.generator,
            f"-DTVMModelLibrary_DIR={self.package}",
            f"-DTVM_MODEL_LIBRARY_PYTHON={self.python.path}",
            *options,
        ]

    def configure(self, *options: str, ok: bool = True) -> str:
        return self.run(*self.configure_command(*options), ok=ok)

    def build(self, ok: bool = True) -> str:
        return self.run("cmake", "--build", self.build_folder, "--config", "Debug", ok=ok)

    def test(self, ok: bool = True) -> str:
        return self.run(
            "ctest", "--test-dir", self.build_folder, "-C", "Debug", "--output-on-failure", "--no-tests=error", ok=ok
        )

    def program(self, name: str) -> Path:
        """A program of the build."""
        folder = self.build_folder / "Debug" if self.generator == "Ninja Multi-Config" else self.build_folder
        return folder / name

    @staticmethod
    def contents(folder: Path) -> dict[str, bytes]:
        """The files of a folder by path; links and pipes too, but not what they hold."""
        found = [p for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()]
        plain = {p for p in found if p.is_file() and not p.is_symlink()}
        return {p.relative_to(folder).as_posix(): p.read_bytes() if p in plain else b"no file" for p in found}

    def tree(self, name: str) -> dict[str, bytes]:
        """The files of a model's build tree."""
        return self.contents(self.build_folder / f"{name}.model")

    def state(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file that a build makes."""
        made = [p for s in (".o", ".a", "_host") for p in self.build_folder.rglob(f"*{s}")]
        return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in made if p.is_file()}


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for tests that are not about the cache."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a space in its name."""
    path = tmp_path / "a folder"
    path.mkdir()
    return path


@pytest.fixture
def python(folder: Path) -> LoggingPython:
    return LoggingPython(folder / "python")


@pytest.fixture
def project(folder: Path, python: LoggingPython, shared_cache: Path) -> Project:
    return Project(folder / "project", python, shared_cache, "Ninja" if shutil.which("ninja") else "Unix Makefiles")


@pytest.fixture(scope="module")
def module_project(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Project:
    """A project that the tests of a module share."""
    folder = tmp_path_factory.mktemp("a module")
    return Project(folder / "project", LoggingPython(folder / "python"), shared_cache, "Unix Makefiles")


def needs(generator: str) -> str:
    """The generator, or a skipped test where its tool is missing."""
    if "Ninja" in generator and not shutil.which("ninja"):
        pytest.skip("ninja is not installed: apt-get install ninja-build")
    return generator


@pytest.fixture(params=["Unix Makefiles", "Ninja", "Ninja Multi-Config"])
def any_generator(request: pytest.FixtureRequest, folder: Path, python: LoggingPython, shared_cache: Path) -> Project:
    """A project for each generator."""
    return Project(folder / "project", python, shared_cache, needs(request.param))


@pytest.fixture(params=["Unix Makefiles", "Ninja"])
def any_tool(request: pytest.FixtureRequest, folder: Path, python: LoggingPython, shared_cache: Path) -> Project:
    """A project for each build tool."""
    return Project(folder / "project", python, shared_cache, needs(request.param))


@pytest.fixture
def replaying(project: Project, folder: Path) -> Project:
    """A project with a cache of its own and one model, configured, whose next export copies this one's result."""
    project.cache = folder / "own cache"
    project.environment["TVM_MODEL_LIBRARY_CACHE_DIR"] = str(project.cache)
    project.write("tvm_add_model_library(first first.relay NO_TEST)\n", first_relay=model_text(2.0))
    project.configure()
    (project.entry,) = (k.parent for k in project.cache.glob("*/key"))
    shutil.copytree(project.entry, project.python.replay, ignore=shutil.ignore_patterns("key", "archive"))
    project.python.starts()
    return project


@pytest.fixture(scope="session")
def source_tree() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def multiply() -> object:
    """Relay text of a model that multiplies by a number."""
    return model_text


@pytest.fixture(scope="session")
def strict_flags() -> str:
    """Warnings of a strict consumer."""
    return CFLAGS
