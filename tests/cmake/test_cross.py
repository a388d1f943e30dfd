"""Cross-compiling: who runs the test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

TOOLCHAIN = "set(CMAKE_SYSTEM_NAME Linux)\nset(CMAKE_SYSTEM_PROCESSOR other)\nset(CMAKE_C_COMPILER cc)\n"
COMMON = f'include("{Path(__file__).resolve().parents[2]}/cmake/toolchains/common.cmake")\n'
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


def test_a_missing_emulator_is_skipped_with_the_line_that_installs_it(cross: Any) -> None:
    cross.toolchain.write_text(TOOLCHAIN + COMMON + "_tvm_toolchain_emulator(qemu-missing qemu-package -M board)\n")
    configure(cross)
    cross.build()
    output = cross.run("ctest", "--test-dir", cross.build_folder, "-V")
    assert re.search(r"first.matches_reference \.*\*\*\*Skipped", output)
    assert "skipped: qemu-missing is not installed: apt-get install qemu-package" in output


def test_the_command_line_overrides_a_toolchain_file(cross: Any, folder: Path) -> None:
    """Its emulator and its compiler take the place of the file's; its flags are added to the file's."""
    runner = folder / "runner"
    runner.write_text('#!/bin/sh\necho "my own"\nexec "$@"\n')
    runner.chmod(0o755)
    cross.toolchain.write_text(
        "set(CMAKE_SYSTEM_NAME Linux)\nset(CMAKE_SYSTEM_PROCESSOR other)\n"
        + COMMON
        + "_tvm_toolchain_compiler(no-such-gcc some-package)\n"
        "_tvm_toolchain_flags(-DTOOLCHAIN)\n_tvm_toolchain_emulator(env env)\n"
    )
    cross.write(
        LIBRARY + "add_executable(flags flags.c)\n",
        flags_c="#if !defined(TOOLCHAIN) || !defined(USER)\n#error\n#endif\nint main(void) { return 0; }\n",
    )
    options = ("-DCMAKE_C_FLAGS=-DUSER", f"-DCMAKE_CROSSCOMPILING_EMULATOR={runner}")
    toolchain = f"-DCMAKE_TOOLCHAIN_FILE={cross.toolchain}"
    output = " ".join(cross.configure(toolchain, *options, ok=False).split())
    assert "no-such-gcc is not installed; this toolchain file needs it: apt-get install some-package" in output
    cross.configure(toolchain, *options, "-DCMAKE_C_COMPILER=cc")
    cross.build()
    assert "my own" in cross.run("ctest", "--test-dir", cross.build_folder, "-V")


def test_llvm_needs_to_know_the_machine(cross: Any) -> None:
    cross.write("tvm_add_model_library(first first.relay TARGET llvm)\n")
    assert "add -mtriple=" in " ".join(configure(cross, ok=False).split())
