"""The graph executor: a Plan as graph.json, a parameter blob, and C for TVM's packed calling convention."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tvm_model_library.c_text.literals import CodeFile, char_array, render
from tvm_model_library.errors import UnsupportedError
from tvm_model_library.executors import kernels
from tvm_model_library.params import save_param_dict
from tvm_model_library.plan.liveness import workspace_bytes, written_arguments
from tvm_model_library.plan.plan import Kernel, KernelCall, Plan, Role
from tvm_model_library.plan.storage_ids import node_order
from tvm_model_library.tensors import Array, TensorSpec, dtype_bits

PACKED_PARAMETERS = (
    "TVMValue* args, int* type_codes, int num_args,\n"
    "    TVMValue* out_ret_value, int* out_ret_tcode, void* resource_handle"
)


@dataclass(frozen=True)
class GraphCounts:
    """What the executor's tables need memory for."""

    nodes: int
    node_inputs: int
    entries: int
    dims: int
    storages: int
    max_arguments: int
    outputs: int


@dataclass
class _Graph:
    nodes: list[dict[str, Any]]
    arg_nodes: list[int]
    row_ptr: list[int]
    specs: list[TensorSpec]
    storage_ids: list[int]
    entry_of: dict[int, tuple[int, int]]

    def add(self, node: dict[str, Any], outputs: list[tuple[TensorSpec, int | None]]) -> int:
        for spec, storage in outputs:
            if storage is None:
                raise ValueError(f"{spec.name} has no storage: plan memory first")
            self.specs.append(spec)
            self.storage_ids.append(storage)
        self.nodes.append(node)
        self.row_ptr.append(self.row_ptr[-1] + len(outputs))
        return len(self.nodes) - 1


def graph_json(plan: Plan) -> str:
    """graph.json of a plan whose storage ids are planned; one node a line.

    A kernel's scratch memory is one more output of its node, a ``uint8[n]``: it gets a storage from the plan and
    the kernel a pointer to it, and nothing is allocated at run time.
    """
    graph = _build(plan)
    attrs = (
        f'  "dltype": {json.dumps(["list_str", [s.dtype for s in graph.specs]])},\n'
        f'  "storage_id": {json.dumps(["list_int", graph.storage_ids])},\n'
        f'  "shape": {json.dumps(["list_shape", [list(s.shape) for s in graph.specs]])}\n'
    )
    parts = [
        '"nodes": [\n' + ",\n".join(f"  {json.dumps(n, ensure_ascii=False)}" for n in graph.nodes) + "\n ]",
        f'"arg_nodes": {json.dumps(graph.arg_nodes)}',
        f'"heads": {json.dumps([[*graph.entry_of[o], 0] for o in plan.outputs])}',
        f'"attrs": {{\n{attrs} }}',
        f'"node_row_ptr": {json.dumps(graph.row_ptr)}',
    ]
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def counts(plan: Plan) -> GraphCounts:
    """The sizes of the graph's tables."""
    graph = _build(plan)
    inputs = sum(len(n["inputs"]) for n in graph.nodes)
    dims = sum(len(s.shape) for s in graph.specs)
    outputs = [b - a for a, b in zip(graph.row_ptr, graph.row_ptr[1:], strict=False)]
    arguments = (len(n["inputs"]) + o for n, o in zip(graph.nodes, outputs, strict=True) if n["op"] == "tvm_op")
    most = max(arguments, default=0)
    return GraphCounts(len(graph.nodes), inputs, len(graph.specs), dims, len(plan.storages), most, len(plan.outputs))


def _build(plan: Plan) -> _Graph:
    graph = _Graph([], [], [0], [], [], {})
    for item in node_order(plan):
        if isinstance(item, int):
            buffer = plan.buffers[item]
            node = graph.add({"op": "null", "name": buffer.spec.name, "inputs": []}, [(buffer.spec, buffer.storage)])
            graph.arg_nodes.append(node)
            graph.entry_of[item] = (node, 0)
        else:
            _add_call(graph, plan, item)
    return graph


def _add_call(graph: _Graph, plan: Plan, call: KernelCall) -> None:
    written = set(written_arguments(plan, call))
    reads = [a for place, a in enumerate(call.arguments) if place not in written]
    writes = [a for place, a in enumerate(call.arguments) if place in written]
    outputs = [(plan.buffers[a].spec, plan.buffers[a].storage) for a in writes]
    scratch = workspace_bytes(plan, call)
    if scratch:
        outputs.append((TensorSpec(f"{call.name}_workspace", (scratch,), "uint8"), call.workspace))
    attrs = {
        "func_name": call.kernel,
        "num_inputs": str(len(reads)),
        "num_outputs": str(len(outputs)),
        "flatten_data": "0",
    }
    inputs = [[*graph.entry_of[a], 0] for a in reads]
    node = graph.add({"op": "tvm_op", "name": call.name, "attrs": attrs, "inputs": inputs}, outputs)
    for index, buffer in enumerate(writes):
        graph.entry_of[buffer] = (node, index)


def parameters(plan: Plan) -> dict[str, Array]:
    """The constants by name, those of wide dtypes first.

    The blob knows no padding, but the headers between tensors are multiples of 8 bytes long: in this order, when the
    first tensor is aligned to 8 bytes, each one is to its dtype, and the runtime can leave them where they are.
    """
    used = [n for n in node_order(plan) if isinstance(n, int) and plan.buffers[n].role is Role.CONSTANT]
    used.sort(key=lambda n: -dtype_bits(plan.buffers[n].spec.dtype))
    return {plan.buffers[n].spec.name: plan.constants[n] for n in used}


def parameter_blob(plan: Plan) -> bytes:
    """The ``.params`` file."""
    return save_param_dict(parameters(plan))


def code_files(plan: Plan, target: str, object_: bytes | None) -> list[CodeFile]:
    """The model's code: registry (``lib0.c``) and kernels: ``lib1.c``, or ``lib0.o`` where they are the given object
    file.
    """
    if object_ is not None:
        registry = registry_source(plan, with_wrappers=True)
        return [CodeFile("src", "lib0.c", registry.encode()), CodeFile("lib", "lib0.o", object_)]
    return [
        CodeFile("src", "lib0.c", registry_source(plan, with_wrappers=False).encode()),
        CodeFile("src", "lib1.c", kernels_source(plan, target).encode()),
    ]


def registry_source(plan: Plan, *, with_wrappers: bool) -> str:
    """``lib0.c``: names and functions, and the wrappers too where the kernels are an object file."""
    count = len(plan.kernels)
    if count > 0xFFFF:
        raise UnsupportedError(f"the model has {count} kernels; a function registry holds up to 65535")
    names = char_array([count.to_bytes(2, "little"), *(f"{symbol}\0".encode() for symbol in plan.kernels)])
    return render("registry.c.j2", {**_wrapper_values(plan), "names": names, "with_wrappers": with_wrappers})


def kernels_source(plan: Plan, target: str) -> str:
    """``lib1.c``: the kernels in C and their wrappers."""
    prelude = kernels.prelude(plan.kernels.values()).rstrip()
    values = {"target": target, "prelude": prelude, "sources": kernels.sources(plan), "packed": True}
    return render("kernels.c.j2", {**_wrapper_values(plan), **values})


def _wrapper_values(plan: Plan) -> dict[str, Any]:
    functions = [_wrapper(k) for k in plan.kernels.values()]
    return {
        "model": plan.name,
        "prototypes": kernels.prototypes(plan),
        "functions": functions,
        "uses_data": any(f["num_args"] for f in functions),
    }


def _wrapper(kernel: Kernel) -> dict[str, Any]:
    """Arguments arrive as the graph has them, inputs before outputs before scratch; kernels may mix the first two."""
    reads = [i for i, p in enumerate(kernel.parameters) if not p.written]
    writes = [i for i, p in enumerate(kernel.parameters) if p.written]
    place = {parameter: index for index, parameter in enumerate(reads + writes)}
    arguments = [f"data_of(args[{place[i]}])" for i in range(len(kernel.parameters))]
    if kernel.workspace_bytes:
        arguments.append(f"data_of(args[{len(arguments)}])")
    packed = f"{kernel.symbol}_packed"
    return {
        "name": kernel.symbol,
        "symbol": kernel.symbol,
        "packed": packed,
        "signature": f"int {packed}(\n    {PACKED_PARAMETERS})",
        "num_args": len(arguments),
        "arguments": ", ".join(arguments),
    }
