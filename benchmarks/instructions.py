"""Instructions, RAM and flash of one inference on emulated microcontrollers.

QEMU counts instructions (-icount; on Arm in steps of up to 40), the same in every run; they are not cycles.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

from measure import table
from peer_archive import unpack

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "examples" / "models"
SHARED = ("common", "arm-none-eabi", "riscv-none-elf")
TOOLCHAINS = [p.stem for p in (ROOT / "cmake" / "toolchains").glob("*.cmake") if p.stem not in SHARED]
_NUMBER = r"([0-9]+)"


@dataclass(frozen=True)
class Figures:
    """Of one model on one board, in bytes but for ``instructions``; ``None`` where the board can't tell, or where the
    code is another compiler's.
    """

    instructions: int | None
    arena: int | None
    lower_bound: int | None
    stack: int | None
    code: int | None
    constants: int | None
    program_flash: int


def build(toolchain: str, models: list[Path], target: str, peer: Path | None, folder: Path, flags: str) -> list[str]:
    """Build all programs for a toolchain of cmake/toolchains in ``folder``; the emulator's command."""
    programs = [f"-DBENCHMARK_MODELS={';'.join(map(str, models))}", f"-DBENCHMARK_TARGET={target}"]
    programs += [f"-DBENCHMARK_PEER={peer}"] if peer else []
    return _built(toolchain, programs, folder, flags)


def build_trees(toolchain: str, trees: list[Path], folder: Path, flags: str) -> list[str]:
    """The same for models that are compiled already: build trees as the CMake package makes them."""
    return _built(toolchain, [f"-DBENCHMARK_TREES={';'.join(map(str, trees))}"], folder, flags)


def _built(toolchain: str, programs: list[str], folder: Path, flags: str) -> list[str]:
    configure = [
        *("cmake", "-S", str(ROOT / "benchmarks" / "emulated"), "-B", str(folder)),
        f"-DCMAKE_TOOLCHAIN_FILE={ROOT / 'cmake' / 'toolchains' / f'{toolchain}.cmake'}",
        f"-DTVM_MODEL_LIBRARY_PYTHON={sys.executable}",
        *("-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_C_FLAGS_RELEASE={flags}"),
    ]
    _run([*configure, *programs])
    _run(["cmake", "--build", str(folder), "-j2"])
    return (folder / "emulator.txt").read_text().splitlines()


def measure(name: str, folder: Path, emulator: list[str]) -> Figures:
    """Run one program; raises ``SystemExit`` when its outputs are not the recorded ones."""
    program = folder / f"{name}_host"
    printed = _run([*emulator, str(program)], with_errors=True)
    report = folder / f"{name}.report.json"  # of our models: the memory report
    known = json.loads(report.read_text()) if report.exists() else {}
    built = known.get("built") or {}
    return Figures(
        _figure(rf"instructions per run: {_NUMBER}", printed),
        _figure(rf"peak {_NUMBER} bytes", printed) or _figure(rf"arena: {_NUMBER} bytes", printed),
        known.get("lower_bound"),
        _figure(rf"stack: {_NUMBER} bytes", printed),
        built.get("code"),
        built["read_only"] + built["data"] if built else None,
        _flash(program),
    )


def _figure(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text)
    return int(found[1]) if found else None


def _flash(path: Path) -> int:
    """Code, constants and initialised data: text + data of size(1), which reads every ELF."""
    text, data = _run(["size", str(path)]).splitlines()[1].split()[:2]
    return int(text) + int(data)


def _run(command: list[str], *, with_errors: bool = False) -> str:
    """What a command prints; an emulator may print what the program says as its errors."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(
            f"{' '.join(command)}\nfailed with status {result.returncode}:\n{result.stdout}{result.stderr}"
        )
    return result.stdout + (result.stderr if with_errors else "")


def main() -> None:
    """Print one table for each toolchain. A run whose outputs are not the recorded ones ends everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--toolchain", action="append", choices=sorted(TOOLCHAINS), help="default: cortex-m4f")
    parser.add_argument("--model", action="append", type=Path, help="path of a .relay file without its suffix")
    parser.add_argument("--target", default="c", help="as of tvm-mlf export, as --target='c -mcpu=cortex-m4'")
    parser.add_argument("--archive", type=Path, help="archive of TVM 0.8 to 0.18 (graph, c): the peer")
    parser.add_argument("--vectors", type=Path, help="the peer's recorded run (default: MODEL.npz of MODEL-....tar)")
    parser.add_argument("--flags", default="-O3", help="the compiler's, as --flags=-Os (default: -O3)")
    arguments = parser.parse_args()
    models = [m.resolve() for m in arguments.model or [MODELS / "kws_ref_model", MODELS / "pretrainedResnet_quant"]]
    with tempfile.TemporaryDirectory() as temporary:
        peer = None
        if arguments.archive:
            vectors = arguments.vectors or arguments.archive.with_name(f"{arguments.archive.name.split('-')[0]}.npz")
            peer = Path(temporary) / "peer"
            unpack(arguments.archive, vectors, peer)
        for toolchain in arguments.toolchain or ["cortex-m4f"]:
            folder = Path(temporary) / toolchain
            emulator = build(toolchain, models, arguments.target, peer, folder, arguments.flags)
            names = [f"{m.name}_{executor}" for m in models for executor in ("aot", "graph")]
            figures = {n: measure(n, folder, emulator) for n in names}
            if peer:
                figures["peer"] = measure("peer", folder, emulator)
            print(f"\n{toolchain}, {arguments.target}, {arguments.flags}\n")
            print(_report(figures, arguments.archive.name.split("-")[0] if peer else ""))


def _report(figures: dict[str, Figures], model: str) -> str:
    """The table, with ratios to ``peer`` for the networks whose name begins with ``model``."""
    heading = ["model", "instructions", "arena", "lower bound", "stack", "code", "constants", "flash of the program"]
    peer = figures.get("peer")
    if peer is None:
        return table(heading, [_row(name, f) for name, f in figures.items()])
    rows = []
    for name, f in figures.items():
        ratio = ""
        if name.startswith(model) and f.instructions and peer.instructions:
            ratio = f"{f.instructions / peer.instructions:.2f}"
        rows.append([*_row(name, f), ratio])
    return table([*heading, "instructions / peer"], rows)


def _row(name: str, figures: Figures) -> list[str]:
    return [name, *("" if v is None else f"{v:,}" for v in astuple(figures))]


if __name__ == "__main__":
    main()
