"""A Model Library Format archive of TVM 0.8 to 0.18 (graph executor, target c) as a program of the harness."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np

_KINDS = {"i": "TVM_HARNESS_INT", "u": "TVM_HARNESS_UINT", "f": "TVM_HARNESS_FLOAT", "b": "TVM_HARNESS_BOOL"}

_SOURCE = """#include <tvm/runtime/crt/graph_executor.h>
#include <tvm/runtime/crt/module.h>
#include <tvm/runtime/crt/workspace.h>

#include "tvm_harness_graph.h"
#include "tvm_model_harness.h"

const TVMModule* TVMSystemLibEntryPoint(void);

static const char graph[] = {graph};
static const unsigned char params[] __attribute__((aligned(16))) = {params};
TVM_HARNESS_POOL(arena, {arena}, 64);
TVM_HARNESS_POOL(workspace, {workspace}, 64);
static const tvm_harness_pool_t pools[] = {{TVM_HARNESS_POOL_OF(arena), TVM_HARNESS_POOL_OF(workspace)}};
{tensors}
static const tvm_harness_tensor_t inputs[] = {{{inputs}}};
static const tvm_harness_tensor_t outputs[] = {{{outputs}}};
{buffers}
static void* const input_buffers[] = {{{input_buffers}}};
static void* const output_buffers[] = {{{output_buffers}}};
static tvm_harness_result_t results[{num_outputs}];
static TVMGraphExecutor* executor;

static int32_t open_model(void) {{
  int32_t error = (int32_t)TVMWorkspaceInit(workspace.memory, sizeof workspace.memory);
  if (error == 0) {{
    error = TVMGraphExecutor_CreateInArena(graph, sizeof graph, TVMSystemLibEntryPoint(), arena.memory,
                                           sizeof arena.memory, &executor);
  }}
  return error != 0 ? error : TVMGraphExecutor_LoadParams(executor, params, sizeof params);
}}

static int32_t run_model(const void* const* in, void* const* out) {{
  return tvm_harness_graph_run(executor, inputs, {num_inputs}, in, outputs, {num_outputs}, out);
}}

static void usage_of_model(tvm_harness_usage_t* usage) {{
  usage->arena_peak = TVMGraphExecutor_ArenaUsed(executor) + TVMWorkspacePeak();
}}

static const tvm_harness_model_t model = {{
    .name = "peer", .executor = "graph", .num_inputs = {num_inputs}, .inputs = inputs, .num_outputs = {num_outputs},
    .outputs = outputs, .num_recorded = 1, .rtol = 1e-4, .atol = 1e-5, .open = open_model, .run = run_model,
    .usage = usage_of_model, .output_buffers = output_buffers, .input_buffers = input_buffers, .results = results,
    .num_pools = 2, .pools = pools}};
const tvm_harness_model_t* const tvm_harness_models[] = {{&model}};
const size_t tvm_harness_num_models = 1;
"""


def unpack(archive: Path, vectors: Path, folder: Path) -> None:
    """Extract ``archive`` into ``folder`` and write ``peer_harness.c`` beside it, to run on ``vectors`` (in0, ...,
    out0, ...). Raises ``SystemExit`` for an archive of another kind.
    """
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    metadata = json.loads((folder / "metadata.json").read_text())
    modules = metadata.get("modules") or {metadata.get("model_name", "default"): metadata}
    name, module = next(iter(modules.items()))
    graphs = list((folder / "executor-config" / "graph").glob("*"))
    if len(modules) != 1 or not graphs or not list((folder / "codegen" / "host" / "src").glob("*.c")):
        raise SystemExit(f"{archive}: expected one model for the graph executor with C sources")
    main = module["memory"]["functions"]["main"][0]
    with np.load(vectors) as run:
        recorded = {key: run[key] for key in run.files}
    inputs = [recorded[f"in{i}"] for i in range(sum(k.startswith("in") for k in recorded))]
    outputs = [recorded[f"out{i}"] for i in range(sum(k.startswith("out") for k in recorded))]
    names = _names(json.loads(graphs[0].read_text()), main, len(inputs))
    scratch = max(
        (
            w["workspace_size_bytes"]
            for f in module["memory"]["functions"]["operator_functions"]
            for w in f["workspace"]
        ),
        default=0,
    )
    text = _SOURCE.format(
        graph=_bytes(graphs[0].read_bytes()),
        params=_bytes((folder / "parameters" / f"{name}.params").read_bytes()),
        arena=int(main["workspace_size_bytes"]) + 65536,
        workspace=max(64, 2 * scratch + 1024),
        tensors="\n".join(
            f"static const int64_t {k}{i}_shape[] = {{{', '.join(map(str, a.shape)) or '0'}}};\n"
            f"static const unsigned char {k}{i}_data[] __attribute__((aligned(16))) = {_bytes(a.tobytes())};"
            for k, arrays in (("in", inputs), ("out", outputs))
            for i, a in enumerate(arrays)
        ),
        inputs=", ".join(_tensor(n, f"in{i}", a) for i, (n, a) in enumerate(zip(names, inputs, strict=True))),
        outputs=", ".join(_tensor(f"output{i}", f"out{i}", a) for i, a in enumerate(outputs)),
        buffers="\n".join(
            f"TVM_HARNESS_POOL({k}{i}, {max(1, a.nbytes)}, {a.dtype.itemsize});"
            for k, arrays in (("given", inputs), ("got", outputs))
            for i, a in enumerate(arrays)
        ),
        input_buffers=", ".join(f"given{i}.memory" for i in range(len(inputs))),
        output_buffers=", ".join(f"got{i}.memory" for i in range(len(outputs))),
        num_inputs=len(inputs),
        num_outputs=len(outputs),
    )
    (folder / "peer_harness.c").write_text(text)


def _names(graph: dict[str, object], main: dict[str, object], count: int) -> list[str]:
    """The model's inputs in the order of the graph's arguments."""
    nodes, arguments, known = graph["nodes"], graph["arg_nodes"], main.get("inputs", {})
    assert isinstance(nodes, list)
    assert isinstance(arguments, list)
    assert isinstance(known, dict)
    names = [str(nodes[i]["name"]) for i in arguments if nodes[i]["name"] in known]
    return names if names else [str(nodes[i]["name"]) for i in arguments[:count]]


def _tensor(name: str, symbol: str, array: np.ndarray) -> str:
    kind, bits = _KINDS[array.dtype.kind], 8 * array.dtype.itemsize
    shape = f"{symbol}_shape" if array.ndim else "NULL"
    return f'{{"{name}", {kind}, {bits}, {array.ndim}, {shape}, {array.nbytes}, {symbol}_data}}'


def _bytes(data: bytes) -> str:
    return "{" + ",".join(map(str, data)) + "}"
