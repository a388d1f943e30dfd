"""How the time and memory of an export grow with the number of operators, beside ``import tvm`` in the same run.

Chains of equal operators, exported for the AOT executor, each in a process of its own: processor seconds and the
peak of resident memory of that process. "beyond a line" is how far the time lies from the line through the shortest
and the longest chain of the same operator.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from measure import interleaved, table
from tvm_model_library.params import save_param_dict

ROOT = Path(__file__).resolve().parent.parent
CHAINS = {"conv2d and relu": (200, 800, 3200), "max_pool2d": (200, 800, 2000)}
_HEAD = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(1, 8, 8, 4), float32], %w: Tensor[(3, 3, 4, 4), float32]) {\n'
_LINES = {
    "conv2d and relu": (
        "nn.conv2d(%{0}, %w, padding=[1, 1, 1, 1], channels=4, kernel_size=[3, 3], data_layout='NHWC', "
        "kernel_layout='HWIO')",
        "nn.relu(%{0})",
    ),
    "max_pool2d": ("nn.max_pool2d(%{0}, pool_size=[3, 3], padding=[1, 1, 1, 1], layout='NHWC')",),
}


def chain(kind: str, length: int) -> str:
    """Relay text of ``length`` steps of a kind, one after the other."""
    calls = _LINES[kind] * length
    names = ["x", *(str(i) for i in range(len(calls)))]
    lines = [f"  %{i} = {call.format(names[i])};".replace("'", '"') for i, call in enumerate(calls)]
    return f"{_HEAD}{chr(10).join(lines)}\n  %{names[-1]}\n}}\n"


def cost(command: list[str]) -> tuple[float, float]:
    """Processor seconds and peak MiB of a command. Raises ``SystemExit`` with what it printed when it fails."""
    with tempfile.TemporaryFile() as printed:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
        process = subprocess.Popen(command, stdout=printed, stderr=printed, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status != 0:
            printed.seek(0)
            raise SystemExit(f"{' '.join(command)}\n{printed.read().decode(errors='replace')}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print a table for each kind of chain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--longest", type=int, default=10**6, help="leave out longer chains")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        commands = {"import tvm": [sys.executable, "-c", "import tvm"]}
        for kind, lengths in CHAINS.items():
            for length in (n for n in lengths if n <= arguments.longest):
                model = Path(temporary) / f"{kind.split()[0]}{length}.relay"
                model.write_text(chain(kind, length))
                commands[f"{kind}, {length}"] = _export(model)
        peaks: dict[str, float] = {}

        def timed(name: str) -> float:
            seconds, peaks[name] = cost(commands[name])
            return seconds

        results = interleaved({name: lambda name=name: timed(name) for name in commands}, arguments.rounds)
    best = {name: min(values) for name, values in results.items()}
    print(f"import tvm: {best['import tvm']:.2f} s, {peaks['import tvm']:.0f} MiB")
    for kind, lengths in CHAINS.items():
        _report(kind, {n: f"{kind}, {n}" for n in lengths if n <= arguments.longest}, best, peaks)


def _export(model: Path) -> list[str]:
    archive = model.with_suffix(".tar")
    options = ["--executor", "aot", "-o", str(archive)]
    params = model.with_suffix(".params")
    params.write_bytes(save_param_dict({"w": np.ones((3, 3, 4, 4), np.float32)}))
    return [sys.executable, "-m", "tvm_model_library", "export", str(model), "--params", str(params), *options]


def _report(kind: str, names: dict[int, str], best: dict[str, float], peaks: dict[str, float]) -> None:
    first, last = min(names), max(names)
    slope = (best[names[last]] - best[names[first]]) / max(last - first, 1)
    rows = []
    for length, name in names.items():
        line = best[names[first]] + slope * (length - first)
        rows.append(
            [
                str(length),
                f"{best[name]:.2f}",
                f"{best[name] / best['import tvm']:.1f}",
                f"{100 * (best[name] / line - 1):+.0f} %",
                f"{peaks[name]:.0f}",
            ]
        )
    heading = [kind, "processor s, best", "ratio to import tvm", "beyond a line", "peak MiB"]
    print(f"\n{table(heading, rows)}")


if __name__ == "__main__":
    main()
