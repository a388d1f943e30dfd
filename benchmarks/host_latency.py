"""Milliseconds of one inference on this machine, beside TVM's Relax VM and LiteRT.

The contestants take turns; each turn is the fastest of a few runs in one process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tvm_model_library as tml
from measure import interleaved, summary, table
from tvm_model_library.host import FLAGS, HostProgram
from tvm_model_library.model import Model
from tvm_model_library.runs.vectors import input_ranges, inputs_by_rule

MODELS = Path(__file__).resolve().parent.parent / "examples" / "models"
PEER = "Relax VM, llvm"


class Own:
    """Our code as a program of this machine."""

    def __init__(self, model: Model, inputs: list[Any], target: str, level: str) -> None:
        flags = [level if f.startswith("-O") else f for f in FLAGS]
        self._program = HostProgram(tml.compile(model, target=target, executor="aot", name="model"), flags)
        self.outputs = self._program.run(inputs)

    def timer(self, repeat: int) -> Callable[[], float]:
        """Seconds of the fastest of ``repeat`` runs."""
        program = self._program
        path = program.path
        command = [
            *(str(program.executable), "--repeat", str(repeat), "--json"),
            *("--raw-inputs", str(path / "inputs.raw"), "--raw-outputs", str(path / "outputs.raw")),
        ]

        def run(_keep: HostProgram = program) -> float:
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            return float(_first_model(json.loads(printed))["time_ns"]) / 1e9

        return run


def _first_model(report: Any) -> Any:
    return (report["models"] if isinstance(report, dict) else report)[0]


def fastest(run: Callable[[], object], repeat: int) -> Callable[[], float]:
    """Seconds of the fastest of ``repeat`` calls."""

    def timed() -> float:
        times = []
        for _ in range(repeat):
            begin = time.perf_counter()
            run()
            times.append(time.perf_counter() - begin)
        return min(times)

    return timed


def relax_vm(model: Model, inputs: list[Any]) -> tuple[Callable[[], object], list[Any]]:
    """TVM's own compilation of the same Relax module, with operators fused, as a call; and its outputs."""
    import tvm
    from tvm import relax
    from tvm_model_library.compiler.relax.from_relay import to_relax

    passes = [
        relax.transform.DeadCodeElimination(["main"]),
        relax.transform.AnnotateTIROpPattern(),
        relax.transform.FuseOps(),
        relax.transform.FuseTIR(),
    ]
    module = tvm.transform.Sequential(passes)(to_relax(model.program, model.params))
    machine = relax.VirtualMachine(relax.build(module, target="llvm"), tvm.cpu())
    arrays = [tvm.runtime.tensor(a) for a in inputs]
    main = machine["main"]
    result = main(*arrays)
    outputs = [result] if isinstance(result, tvm.runtime.Tensor) else list(result)
    return lambda: main(*arrays), [o.numpy() for o in outputs]


def litert(path: Path, inputs: list[Any]) -> Callable[[], object] | None:
    """LiteRT on a ``.tflite`` file, one thread, as a call; ``None`` where it is not installed."""
    try:
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    for detail, array in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], array)
    invoke: Callable[[], object] = interpreter.invoke
    return invoke


def compare(name: str, folder: Path, tflite: Path | None, rounds: int, repeat: int) -> str:
    """The table of one network."""
    params = folder / f"{name}.params"
    model = tml.load(folder / f"{name}.relay", params=params if params.exists() else None)
    ranges = input_ranges(model, [None] * len(model.inputs))
    inputs = inputs_by_rule(model.inputs, ranges, 0, num_random=1)
    vm, expected = relax_vm(model, inputs)
    contestants = {PEER: fastest(vm, repeat)}
    for label, target, level in (("C, -O2", "c", "-O2"), ("C, -O3", "c", "-O3"), ("LLVM objects", "llvm", "-O2")):
        own = Own(model, inputs, target, level)
        for got, wanted in zip(own.outputs, expected, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4)
        contestants[label] = own.timer(repeat)
    notes = []
    if tflite is not None:
        invoke = litert(tflite / f"{name}.tflite", inputs)
        if invoke is None:
            notes.append("\nLiteRT: not installed (pip install ai-edge-litert)")
        else:
            contestants["LiteRT, 1 thread"] = fastest(invoke, repeat)
    rows = summary(interleaved(contestants, rounds), PEER, 1000)
    return "\n".join([table([f"{name} (ms)", "median", "best", f"median / {PEER}"], rows), *notes])


def main() -> None:
    """Print one table for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of NAME.relay, NAME.params")
    parser.add_argument("--model", action="append", help="NAME (default: all in the folder)")
    parser.add_argument("--tflite", type=Path, help="folder of NAME.tflite: also time LiteRT")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=20, help="runs in one turn, of which the fastest counts")
    arguments = parser.parse_args()
    for name in arguments.model or sorted(p.stem for p in arguments.models.glob("*.relay")):
        print(f"\n{compare(name, arguments.models, arguments.tflite, arguments.rounds, arguments.repeat)}", flush=True)


if __name__ == "__main__":
    main()
