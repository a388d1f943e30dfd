"""The benchmarks run and measure something, on the smallest model and few repeats; no time is judged."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADD = ROOT / "examples" / "add"


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / script), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def rows(printed: str) -> dict[str, list[str]]:
    """The cells behind the first one of each row."""
    lines = [re.split(r" *\| *", line.strip("| \n")) for line in printed.splitlines() if line.startswith("|")]
    return {first: cells for first, *cells in lines}


def test_host_latency_times_all_ways_to_run() -> None:
    printed = run("host_latency.py", "--models", str(ADD), "--model", "model", "--rounds", "1", "--repeat", "2")
    table = rows(printed)
    for contestant in ("Relax VM, llvm", "C, -O2", "C, -O3", "LLVM objects"):
        assert float(table[contestant][1]) >= 0
    assert table["Relax VM, llvm"][2] == "1.00"


def test_export_time_times_exports_and_configurations() -> None:
    printed = run("export_time.py", "--rounds", "1", "--only", "example")
    for title in ("tvm-mlf export (s)", "first configuration (s)", "unchanged configuration (ms)"):
        assert title in printed
    assert float(rows(printed)["example"][0]) > 0


@pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="needs arm-none-eabi-gcc and qemu-system-arm",
)
def test_instructions_are_counted_the_same_twice() -> None:
    tables = [rows(run("instructions.py", "--model", str(ADD / "model"))) for _ in range(2)]
    assert tables[0] == tables[1]
    instructions = int(tables[0]["model_aot"][0].replace(",", ""))
    assert 0 < instructions <= int(tables[0]["model_graph"][0].replace(",", ""))
