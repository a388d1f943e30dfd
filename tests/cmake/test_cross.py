"""Cross-compiling: who runs the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TOOLCHAIN = "set(CMAKE_SYSTEM_NAME Linux)\nset(CMAKE_SYSTEM_PROCESSOR other)\nset(CMAKE_C_COMPILER cc)\n"
LIBRARY = "tvm_add_model_library(first first.relay)\n"


@pytest.fixture
def cross(project: Any, multiply: Any, folder: Path) -> Any:
    """A project that is compiled for another machine, as it believes."""
    project.write(LIBRARY, first_relay=multiply(2.0))
    project.toolchain = folder / "toolchain.cmake"
    project.toolchain.write_text(TOOLCHAIN)
    return project


def configure(project: Any, ok: bool = True) -> str:
    output: str = project.configure(f"-DCMAKE_TOOLCHAIN_FILE={project.toolchain}", ok=ok)
    return output


def test_with_an_emulator(cross: Any, folder: Path) -> None:
    emulator = folder / "emulator"
    emulator.write_text('#!/bin/sh\necho emulating "$1"\nshift\nexec "$@"\n')
    emulator.chmod(0o755)
    cross.toolchain.write_text(TOOLCHAIN + f'set(CMAKE_CROSSCOMPILING_EMULATOR "{emulator};a-board")\n')
    configure(cross)
    cross.build()
    output = cross.run("ctest", "--test-dir", cross.build_folder, "-V")
    assert "emulating a-board" in output
    assert "PASSED first" in output


def test_without_an_emulator(cross: Any) -> None:
    configure(cross)
    cross.build()
    assert (cross.build_folder / "libfirst.a").exists()
    assert not cross.program("first_host").exists()
    assert "No tests were found" in cross.run("ctest", "--test-dir", cross.build_folder, ok=None)


def test_llvm_needs_to_know_the_machine(cross: Any) -> None:
    cross.write("tvm_add_model_library(first first.relay TARGET llvm)\n")
    assert "add -mtriple=" in " ".join(configure(cross, ok=False).split())
