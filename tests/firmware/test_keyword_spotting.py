"""The example firmware, built with its preset and run in the emulator."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "firmware_keyword_spotting"
TOOLS = {
    "arm-none-eabi-gcc": "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "qemu-system-arm": "apt-get install qemu-system-arm",
}


def run(*command: object) -> str:
    result = subprocess.run(
        [str(c) for c in command],
        cwd=EXAMPLE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for tool, installation in TOOLS.items():
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {installation}")
    folder = tmp_path_factory.mktemp("firmware") / "build"
    run("cmake", "--preset", "cortex-m4f", "-B", folder, f"-DTVM_MODEL_LIBRARY_PYTHON={sys.executable}")
    assert "FLASH:" in run("cmake", "--build", folder)
    return folder


def test_hears_the_word(build: Path) -> None:
    output = run("ctest", "--test-dir", build, "-V", "--no-tests=error")
    assert output.count("heard unknown") == 3
    gauges = re.findall(r"stack (\d+) of (\d+) bytes", output)
    assert len(gauges) == 3
    assert all(0 < int(used) < int(size) for used, size in gauges)


def test_there_is_no_heap(build: Path) -> None:
    symbols = run("arm-none-eabi-nm", build / "firmware.elf")
    assert "tvmgen_kws_run" in symbols
    assert not re.search(r"\b_?(malloc|calloc|realloc|free|sbrk)(_r)?\b", symbols)


def test_memory_lies_where_the_linker_script_says(build: Path) -> None:
    header = (build / "kws.model/archive/codegen/host/include/tvmgen_kws.h").read_text()
    arena = re.search(r"#define TVMGEN_KWS_WORKSPACE_SIZE (\d+)", header)
    assert arena
    sections = dict(re.findall(r"(?m)^(\.\S+)\s+(\d+)", run("arm-none-eabi-size", "-A", build / "firmware.elf")))
    assert int(sections[".tvm_arena"]) == int(arena[1])
    assert int(sections[".tvm_constants"]) > int(sections[".rodata"])
