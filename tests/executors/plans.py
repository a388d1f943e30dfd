"""Plans and kernels made by hand, for tests of what comes behind the compiler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tvm_model_library.c_text.types import storage_type
from tvm_model_library.model import Model
from tvm_model_library.plan.plan import COPY, NOP, Buffer, Code, Kernel, KernelCall, Parameter, Plan, Role
from tvm_model_library.relay import ast
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.tensors import Array, TensorSpec


def kernel_in_c(symbol: str, parameters: Sequence[Parameter], workspace: int, body: str) -> Code:
    """The code of a kernel, given the C text between its braces."""
    parts = [f"{'' if p.written else 'const '}{storage_type(p.spec.dtype)}* {p.spec.name}" for p in parameters]
    if workspace:
        parts.append("uint8_t* workspace")
    prototype = f"int32_t {symbol}({', '.join(parts)})"
    return Code(prototype, f"{prototype} {{\n{body}\n  return 0;\n}}\n")


@dataclass
class PlanBuilder:
    """Builds a Plan call by call; tensors are buffer ids."""

    name: str = "test"
    buffers: list[Buffer] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    constants: dict[int, np.ndarray[Any, Any]] = field(default_factory=dict)
    kernels: dict[str, Kernel] = field(default_factory=dict)
    calls: list[KernelCall] = field(default_factory=list)

    def buffer(self, spec: TensorSpec, role: Role, view_of: int | None = None) -> int:
        self.buffers.append(Buffer(len(self.buffers), spec, role, view_of=view_of))
        return len(self.buffers) - 1

    def input(self, name: str, shape: Sequence[int], dtype: str = "float32") -> int:
        self.inputs.append(self.buffer(TensorSpec(name, tuple(shape), dtype), Role.INPUT))
        return self.inputs[-1]

    def constant(self, array: np.ndarray[Any, Any]) -> int:
        name = f"p{len(self.constants)}"
        id_ = self.buffer(TensorSpec(name, array.shape, array.dtype.name), Role.CONSTANT)
        self.constants[id_] = array
        return id_

    def call(
        self,
        kernel: str,
        reads: Sequence[int],
        shapes: Sequence[tuple[Sequence[int], str]],
        body: str = "",
        workspace: int = 0,
        in_place: Sequence[tuple[int, int]] = (),
        traffic: Sequence[int] = (),
    ) -> list[int]:
        """Add a kernel of that name, if new, and a call of it; gives the ids of its outputs."""
        writes = [
            self.buffer(TensorSpec(f"t{len(self.buffers)}", tuple(shape), dtype), Role.INTERMEDIATE)
            for shape, dtype in shapes
        ]
        symbol = f"tvmgen_{self.name}_{kernel}"
        parameters = [
            Parameter(TensorSpec(f"in{i}", self.buffers[b].spec.shape, self.buffers[b].spec.dtype), False)
            for i, b in enumerate(reads)
        ]
        parameters += [
            Parameter(TensorSpec(f"out{i}", self.buffers[b].spec.shape, self.buffers[b].spec.dtype), True)
            for i, b in enumerate(writes)
        ]
        code = kernel_in_c(symbol, parameters, workspace, body)
        options = {"in_place": tuple(in_place), "traffic": tuple(traffic)}
        self.kernels.setdefault(symbol, Kernel(symbol, tuple(parameters), workspace, code, **options))
        self.calls.append(KernelCall(f"{kernel}_{len(self.calls)}", symbol, (*reads, *writes)))
        return writes

    def reshape(self, source: int, shape: Sequence[int]) -> int:
        spec = TensorSpec(f"t{len(self.buffers)}", tuple(shape), self.buffers[source].spec.dtype)
        view = self.buffer(spec, Role.INTERMEDIATE, view_of=source)
        self.calls.append(KernelCall(f"reshape_{len(self.calls)}", NOP, (source, view)))
        return view

    def copy(self, source: int) -> int:
        target = self.buffer(self.buffers[source].spec, Role.INTERMEDIATE)
        self.calls.append(KernelCall(f"copy_{len(self.calls)}", COPY, (source, target)))
        return target

    def finish(self, *outputs: int) -> Plan:
        for output in outputs:
            b = self.buffers[output]
            self.buffers[output] = Buffer(b.id, b.spec, Role.OUTPUT, view_of=b.view_of)
        return Plan(
            self.name,
            tuple(self.inputs),
            tuple(outputs),
            tuple(self.buffers),
            self.constants,
            self.kernels,
            tuple(self.calls),
        )


def add_plan(name: str = "add") -> Plan:
    """The reference example: cast(a) + b * c with c = [[2, 4]] bound."""
    build = PlanBuilder(name)
    a, b = build.input("a", (1, 2), "uint8"), build.input("b", (1, 2))
    c = build.constant(np.array([[2, 4]], "float32"))
    body = "  for (int32_t i = 0; i < 2; ++i) {\n    out0[i] = (float)in0[i] + in1[i] * in2[i];\n  }"
    (out,) = build.call("fused_cast_multiply_add", [a, b, c], [((1, 2), "float32")], body)
    return build.finish(out)


@dataclass(frozen=True)
class PlanModel(Model):
    """A model that is nothing but the signature of a plan, with a reference of its own."""

    run: Callable[..., list[Array]] | None = None

    def reference(self, *arrays: Array, limits: Limits = DEFAULT_LIMITS) -> list[Array]:
        assert self.run is not None
        return self.run(*arrays)


def model_of(plan: Plan, reference: Callable[..., list[Array]] | None = None, text: str = "") -> Model:
    """A Model with the plan's signature."""
    names = ["output"] if len(plan.outputs) == 1 else [f"output{i}" for i in range(len(plan.outputs))]
    specs = [plan.buffers[o].spec for o in plan.outputs]
    outputs = tuple(TensorSpec(n, s.shape, s.dtype) for n, s in zip(names, specs, strict=True))
    inputs = tuple(plan.buffers[i].spec for i in plan.inputs)
    program = ast.TypedModule(ast.Module({}), {}, {})
    return PlanModel(None, program, {}, inputs, outputs, text, run=reference)
