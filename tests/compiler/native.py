"""Builds the kernels of a plan into a small program and runs it: every buffer is its own heap block of exact size, so
that the sanitizers see any access beyond it, and scratch and outputs start out as noise.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from tvm_model_library.c_text.types import storage_type
from tvm_model_library.compiler.pipeline import build_plan
from tvm_model_library.compiler.targets.llvm.objects import kernels_object
from tvm_model_library.compiler.targets.target import C, Target
from tvm_model_library.executors.kernels import prelude, prototypes, sources
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.model import Model
from tvm_model_library.plan.plan import COPY, NOP, Buffer, Kernel, KernelCall, Plan, Role

Array = Any
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror")
SANITIZERS = ("-O1", "-fsanitize=undefined,address", "-fno-sanitize-recover=all")
HOST = "llvm -mtriple=x86_64-linux-gnu"


def relay(body: str, params: str, **arrays: Array) -> Model:
    """The model ``def @main(params) { body }``."""
    return from_text(f'#[version = "0.0.5"]\ndef @main({params}) {{\n{body}\n}}\n', arrays, "model.relay")


def plan_of(model: Model) -> Plan:
    return build_plan(model, name="m", target=C)


def plan_around(kernel: Kernel) -> Plan:
    """One call of a kernel, with its parameters as the inputs and outputs."""
    buffers = []
    for index, parameter in enumerate(kernel.parameters):
        buffers.append(Buffer(index, parameter.spec, Role.OUTPUT if parameter.written else Role.INPUT))
    written = tuple(i for i, p in enumerate(kernel.parameters) if p.written)
    read = tuple(i for i, p in enumerate(kernel.parameters) if not p.written)
    call = KernelCall("call", kernel.symbol, tuple(range(len(buffers))))
    return Plan("m", read, written, tuple(buffers), {}, {kernel.symbol: kernel}, (call,))


def run_plan(
    plan: Plan,
    inputs: Sequence[Array],
    compiler: str = "gcc",
    flags: Sequence[str] = SANITIZERS,
    llvm: bool = False,
    in_place: Mapping[int, int] | None = None,
) -> list[Array]:
    """The outputs of a plan's kernels, compiled without a warning. ``in_place`` lays output buffers over inputs."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        sources = ["main.c"]
        (home / "main.c").write_text(_program(plan, in_place or {}))
        if llvm:
            (home / "kernels.o").write_bytes(kernels_object(plan, Target.parse(HOST)))
            sources.append("kernels.o")
        else:
            (home / "kernels.c").write_text(_kernels_source(plan))
            sources.append("kernels.c")
        blobs = [np.ascontiguousarray(a).tobytes() for a in (*inputs, *plan.constants.values())]
        (home / "in.bin").write_bytes(b"".join(blobs))
        command = [compiler, *WARNINGS, *flags, *sources, "-lm", "-o", "program"]
        built = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr
        ran = subprocess.run([str(home / "program")], cwd=home, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return _outputs(plan, (home / "out.bin").read_bytes())


def _kernels_source(plan: Plan) -> str:
    return "\n".join([prelude(plan.kernels.values()), *sources(plan)])


def _program(plan: Plan, in_place: Mapping[int, int]) -> str:
    lines = ["#include <stdint.h>", "#include <stdio.h>", "#include <stdlib.h>", "#include <string.h>", ""]
    lines += prototypes(plan)
    lines += [
        "static void* block(size_t size) {",
        "  void* memory = malloc(size ? size : 1);",
        "  if (!memory) { exit(3); }",
        "  memset(memory, 0xa5, size);",
        "  return memory;",
        "}",
        "int main(void) {",
        '  FILE* in = fopen("in.bin", "rb");',
        '  FILE* out = fopen("out.bin", "wb");',
        "  if (!in || !out) { return 2; }",
    ]
    for buffer in plan.buffers:
        c_type = storage_type(buffer.spec.dtype)
        shared = in_place.get(buffer.id, buffer.view_of)
        value = f"b{shared}" if shared is not None else f"block({buffer.spec.nbytes})"
        lines.append(f"  {c_type}* b{buffer.id} = ({c_type}*){value};")
    for id_ in (*plan.inputs, *plan.constants):
        size = plan.buffers[id_].spec.nbytes
        if size:
            lines.append(f"  if (fread(b{id_}, 1, {size}, in) != {size}) {{ return 4; }}")
    lines += [_call(plan, call.kernel, call.arguments) for call in plan.calls]
    for id_ in plan.outputs:
        size = plan.buffers[id_].spec.nbytes
        lines.append(f"  if (fwrite(b{id_}, 1, {size}, out) != {size}) {{ return 5; }}")
    lines += [f"  free(b{b.id});" for b in plan.buffers if b.view_of is None and b.id not in in_place]
    return "\n".join([*lines, "  fclose(in);", "  return fclose(out) == 0 ? 0 : 6;", "}", ""])


def _call(plan: Plan, kernel: str, arguments: Sequence[int]) -> str:
    if kernel == NOP:
        return ""
    if kernel == COPY:
        source, target = arguments
        return f"  memcpy(b{target}, b{source}, {plan.buffers[source].spec.nbytes});"
    names = [f"b{i}" for i in arguments]
    size = plan.kernels[kernel].workspace_bytes
    if not size:
        return f"  if ({kernel}({', '.join(names)}) != 0) {{ return 7; }}"
    call = f"{kernel}({', '.join([*names, '(uint8_t*)scratch'])})"
    return f"  {{ void* scratch = block({size}); if ({call} != 0) {{ return 7; }} free(scratch); }}"


def _outputs(plan: Plan, data: bytes) -> list[Array]:
    arrays = []
    for id_ in plan.outputs:
        spec = plan.buffers[id_].spec
        dtype = np.dtype(ml_dtypes.bfloat16) if spec.dtype == "bfloat16" else np.dtype(spec.dtype)
        arrays.append(np.frombuffer(data[: spec.nbytes], dtype).reshape(spec.shape))
        data = data[spec.nbytes :]
    return arrays


def inputs_of(model: Model, seed: int = 0, low: float = -3, high: float = 3) -> list[Array]:
    """Reproducible inputs."""
    generator = np.random.default_rng(seed)
    arrays = []
    for spec in model.inputs:
        if spec.dtype == "bool":
            arrays.append(np.asarray(generator.integers(0, 2, spec.shape)).astype(np.bool_))
        elif "int" in spec.dtype:
            info = np.iinfo(spec.dtype)
            values = generator.integers(max(int(low) * 10, info.min), min(int(high) * 10, info.max), spec.shape)
            arrays.append(np.asarray(values).astype(spec.dtype))
        else:
            dtype = ml_dtypes.bfloat16 if spec.dtype == "bfloat16" else np.dtype(spec.dtype)
            arrays.append(np.asarray(generator.uniform(low, high, spec.shape)).astype(dtype))
    return arrays


TOLERANCES = {"float16": (1e-2, 1e-3), "bfloat16": (4e-2, 1e-2)}


def same(actual: Sequence[Array], expected: Sequence[Array]) -> None:
    """Assert that arrays agree: integers exactly, floats within the dtype's tolerance."""
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        assert (a.dtype, a.shape) == (e.dtype, e.shape)
        if a.dtype.kind in "biu":
            np.testing.assert_array_equal(a, e)
        else:
            rtol, atol = TOLERANCES.get(a.dtype.name, (1e-4, 1e-5))
            np.testing.assert_allclose(a.astype(np.float64), e.astype(np.float64), rtol=rtol, atol=atol)


def check(model: Model, seed: int = 0, low: float = -3, high: float = 3, **options: Any) -> Plan:
    """Compile, run and compare with the reference; gives the plan."""
    plan = plan_of(model)
    inputs = inputs_of(model, seed, low, high)
    same(run_plan(plan, inputs, **options), model.reference(*inputs))
    return plan
