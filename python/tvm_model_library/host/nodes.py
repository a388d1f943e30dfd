"""A model on this machine call by call: the time and the outputs of every kernel, as a debugger shows them."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tvm_model_library.c_text.literals import render
from tvm_model_library.compiled import CompiledModel
from tvm_model_library.compiler.targets.llvm.check import check_runs_here
from tvm_model_library.errors import ToolchainError
from tvm_model_library.executors import kernels
from tvm_model_library.host import FLAGS, build_program
from tvm_model_library.plan.liveness import workspace_bytes, written_arguments
from tvm_model_library.plan.plan import COPY, NOP, KernelCall, Plan
from tvm_model_library.tensors import Array, checked_arrays, numpy_dtype

ALIGNMENT = 64


@dataclass(frozen=True)
class NodeRun:
    """One call of a kernel. ``operations`` are Relay's operators that it computes, ``seconds`` the mean of its runs."""

    name: str
    kernel: str
    operations: tuple[str, ...]
    seconds: float
    outputs: tuple[Array, ...]


class NodeProgram:
    """A model as a program of this machine that calls its kernels one by one. No two tensors share memory, so that each
    call's outputs are there afterwards. Raises ``ToolchainError`` where there is no C compiler.
    """

    def __init__(self, compiled: CompiledModel) -> None:
        check_runs_here(compiled.target)
        self._compiled = compiled
        self._places, self._size = _places(compiled.plan)
        self._folder = tempfile.TemporaryDirectory(prefix="tvm-nodes-")
        self.path = Path(self._folder.name)
        files = {f"{f.folder}/{f.name}": f.data for f in compiled.code if f.folder == "lib"}
        files |= {name: text.encode() for name, text in self._sources().items()}
        self._executable = build_program(self.path, files, [], FLAGS, with_runtime=False)

    def run(self, arrays: Sequence[Array], repeat: int = 1) -> tuple[list[NodeRun], list[Array]]:
        """Every call in order, and the model's outputs, for ``arrays``, which must fit the model's inputs. Each call
        runs ``repeat`` times.
        """
        plan, model = self._compiled.plan, self._compiled.model
        memory = np.zeros(self._size, "uint8")
        known = dict(zip(plan.inputs, checked_arrays("input", model.inputs, arrays), strict=True))
        for buffer, array in {**plan.constants, **known}.items():
            place, data = self._places[buffer], np.frombuffer(np.ascontiguousarray(array).tobytes(), "uint8")
            memory[place : place + data.size] = data
        times, memory = self._call(memory, repeat)
        runs = []
        for call, seconds in zip(plan.calls, times, strict=True):
            outputs = tuple(self._tensor(memory, call.arguments[i]) for i in written_arguments(plan, call))
            runs.append(NodeRun(call.name, call.kernel, tuple(o.name for o in call.operations), seconds, outputs))
        return runs, [self._tensor(memory, b) for b in plan.outputs]

    def _call(self, memory: Array, repeat: int) -> tuple[list[float], Array]:
        before, after = self.path / "before.raw", self.path / "after.raw"
        before.write_bytes(memory.tobytes())
        command = [str(self._executable), str(before), str(after), str(repeat)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise ToolchainError(f"the model's program failed with status {ran.returncode}: {ran.stderr.strip()}")
        return [float(line) for line in ran.stdout.split()], np.frombuffer(after.read_bytes(), "uint8")

    def _tensor(self, memory: Array, buffer: int) -> Array:
        plan = self._compiled.plan
        spec, place = plan.buffers[buffer].spec, self._places[plan.root(buffer)]
        return np.frombuffer(memory[place : place + spec.nbytes].tobytes(), numpy_dtype(spec.dtype)).reshape(spec.shape)

    def _sources(self) -> dict[str, str]:
        compiled, plan = self._compiled, self._compiled.plan
        shared = {"model": plan.name, "prototypes": kernels.prototypes(plan)}
        calls = [self._statement(call) for call in plan.calls]
        main = render("nodes.c.j2", {**shared, "size": max(self._size, 1), "alignment": ALIGNMENT, "calls": calls})
        files = {"src/nodes_main.c": main}
        if not any(f.folder == "lib" for f in compiled.code):
            prelude = kernels.prelude(plan.kernels.values()).rstrip()
            values = {**shared, "target": str(compiled.target), "prelude": prelude, "packed": False}
            files["src/nodes_kernels.c"] = render("kernels.c.j2", {**values, "sources": kernels.sources(plan)})
        return files

    def _statement(self, call: KernelCall) -> str:
        """A call in C."""
        plan = self._compiled.plan
        places = [self._places[plan.root(a)] for a in call.arguments]
        if call.kernel == NOP:
            return "error = 0;"
        if call.kernel == COPY:
            size = plan.buffers[call.arguments[1]].spec.nbytes
            return f"memcpy(memory + {places[1]}, memory + {places[0]}, {size});"
        arguments = [f"(void*)(memory + {place})" for place in places]
        if workspace_bytes(plan, call):
            arguments.append(f"memory + {self._places[-1]}")
        return f"error = {call.kernel}({', '.join(arguments)});"


def _places(plan: Plan) -> tuple[dict[int, int], int]:
    """Where each buffer that owns its bytes lies, and under -1 the calls' scratch memory; and the size of it all."""
    places, end = {}, 0
    scratch = max((workspace_bytes(plan, c) for c in plan.calls), default=0)
    sizes = {b.id: b.spec.nbytes for b in plan.buffers if b.view_of is None}
    for buffer, size in {**sizes, -1: scratch}.items():
        places[buffer] = end
        end += -(-size // ALIGNMENT) * ALIGNMENT
    return places, end
