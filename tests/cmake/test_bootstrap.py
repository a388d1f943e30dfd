"""The virtual environment of the build folder, with a tiny package in place of the real ones."""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

LISTS = """cmake_minimum_required(VERSION 3.25)
project(bootstrap LANGUAGES NONE)
include("@ROOT@/cmake/Bootstrap.cmake")
bootstrap_python("${CMAKE_CURRENT_SOURCE_DIR}" requirements-dev.txt)
"""


def tiny_wheel(folder: Path, version: str) -> Path:
    """A wheel of the package ``tiny``."""
    path = folder / f"tiny-{version}-py3-none-any.whl"
    information = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tiny.py", f"VERSION = {version!r}\n")
        file.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        file.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{information}/RECORD", "")
    return path


@pytest.fixture
def fresh(project: Any, source_tree: Path) -> Any:
    """A source tree whose requirements are one tiny package, and a Python that has nothing."""
    environment = project.source.parent / "fresh machine"
    project.run(sys.executable, "-m", "venv", "--without-pip", environment)
    project.fresh_python = environment / "bin" / "python3"
    (project.source / "CMakeLists.txt").write_text(LISTS.replace("@ROOT@", str(source_tree)))
    shutil.copytree(source_tree / "cmake", project.source / "cmake")
    wheel = tiny_wheel(project.source.parent, "1.0")
    (project.source / "requirements.txt").write_text(f"tiny @ {wheel.as_uri()}\n")
    (project.source / "requirements-dev.txt").write_text("-r requirements.txt\n")
    return project


def configure(project: Any, *options: str, ok: bool = True) -> str:
    output: str = project.run(
        "cmake", "-S", project.source, "-B", project.build_folder, f"-DPython3_EXECUTABLE={project.fresh_python}",
        *options, ok=ok,
    )  # fmt: skip
    return output


def chosen(project: Any) -> str:
    """The Python that the build folder settled for."""
    text = (project.build_folder / "CMakeCache.txt").read_text()
    found = re.search(r"^TVM_MODEL_LIBRARY_PYTHON:\w+=(.*)$", text, re.MULTILINE)
    assert found
    return found[1]


def version(project: Any) -> str:
    output: str = project.run(chosen(project), "-c", "import tiny; print(tiny.VERSION)")
    return output.strip()


def test_from_nothing_and_again(fresh: Any) -> None:
    output = configure(fresh)
    assert "it lacks" in output
    assert "venv.log" in output
    assert "Successfully installed tiny" in output  # pip's own progress is shown
    assert "tiny" in (fresh.build_folder / "venv.log").read_text()
    assert chosen(fresh) == str(fresh.build_folder / "venv" / "bin" / "python")
    assert version(fresh) == "1.0"

    marker = fresh.build_folder / "venv" / "marker"
    marker.touch()
    assert "virtual environment" not in configure(fresh)
    assert marker.exists()

    wheel = tiny_wheel(fresh.source.parent, "2.0")
    (fresh.source / "requirements.txt").write_text(f"tiny @ {wheel.as_uri()}\n")
    assert "virtual environment" in configure(fresh)
    assert version(fresh) == "2.0"


def test_after_an_interruption(fresh: Any) -> None:
    """Anything may lie there: only a finished environment is used."""
    broken = fresh.build_folder / "venv" / "bin"
    broken.mkdir(parents=True)
    (broken / "python").write_text("#!/bin/sh\nexit 1\n")
    (broken / "python").chmod(0o755)
    configure(fresh)
    assert version(fresh) == "1.0"


def test_a_failure_says_what_failed(fresh: Any) -> None:
    good = (fresh.source / "requirements.txt").read_text()
    (fresh.source / "requirements.txt").write_text("tiny @ file:///nowhere/tiny-1.0-py3-none-any.whl\n")
    output = configure(fresh, ok=False)
    assert "venv.log" in output
    assert '-m" "pip" "install' in output
    (fresh.source / "requirements.txt").write_text(good)
    configure(fresh)
    assert version(fresh) == "1.0"


def test_the_users_choice_stays(fresh: Any) -> None:
    assert "virtual environment" not in configure(fresh, "-DTVM_MODEL_LIBRARY_PYTHON=/my/python")
    assert chosen(fresh) == "/my/python"
    assert not (fresh.build_folder / "venv").exists()


def test_a_python_that_has_everything_is_used(fresh: Any, source_tree: Path) -> None:
    """The Python of these tests has what the real requirements name."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(source_tree / name, fresh.source / name)
    (fresh.source / "python").symlink_to(source_tree / "python")
    fresh.fresh_python = Path(sys.executable)
    assert "Using" in configure(fresh)
    assert chosen(fresh) == sys.executable
    assert not (fresh.build_folder / "venv").exists()
