"""What an archive of one model holds: names and bytes of its members, for any version of the format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from tvm_model_library import __version__
from tvm_model_library.archive.metadata import (
    CPU,
    VERSIONS,
    Dependency,
    FunctionEntry,
    Layout,
    MainEntry,
    Metadata,
    ModuleMetadata,
    StorageEntry,
    TensorEntry,
)
from tvm_model_library.archive.writer import export_datetime
from tvm_model_library.c_text.literals import CodeFile
from tvm_model_library.compiled import CompiledModel
from tvm_model_library.errors import ExportError
from tvm_model_library.files import crt_dir
from tvm_model_library.plan.plan import Plan, Role, Storage
from tvm_model_library.tensors import dtype_bits

DEFAULT_VERSION = {"graph": 1, "aot": 7}
OLDEST_VERSION = {"graph": 1, "aot": 5}


def check_version(executor: str, format_version: int | None) -> int:
    """The version to write: version 1 for the graph executor and 7 for AOT, if not told. Raises ``ExportError`` for one
    that does not exist or lacks the executor.
    """
    version = DEFAULT_VERSION[executor] if format_version is None else format_version
    oldest = OLDEST_VERSION[executor]
    if version not in VERSIONS or version < oldest:
        raise ExportError(
            f"format version {version} does not exist for the {executor} executor; expected {oldest} to {VERSIONS[-1]}"
        )
    return version


def archive_members(compiled: CompiledModel, format_version: int | None = None) -> dict[str, bytes]:
    """The files of a compiled model's archive by path. As in TVM, an AOT archive of version 7 carries the C runtime's
    sources, for projects that build other models with them; this model's code does not need them.
    """
    version = check_version(compiled.executor, format_version)
    module = module_metadata(compiled.plan, str(compiled.target), compiled.executor, compiled.graph_json)
    if compiled.model.origin is not None:
        module = replace(module, source=asdict(compiled.model.origin))
    runtime: dict[str, bytes] = {}
    if compiled.aot is not None and version >= 7:
        runtime = runtime_sources()
        module = replace(module, external_dependencies=(runtime_dependency(),))
    name = compiled.name
    files = members(
        Metadata(version, {name: module}),
        {name: list(compiled.code)},
        {name: compiled.model.text},
        {name: compiled.params},
        {name: compiled.graph_json} if compiled.graph_json is not None else {},
    )
    return {**files, **runtime}


def members(
    metadata: Metadata, code: Mapping[str, list[CodeFile]], texts: Mapping[str, str], params: Mapping[str, bytes],
    graphs: Mapping[str, str],
) -> dict[str, bytes]:  # fmt: skip
    """The files of an archive by path. ``code``, ``texts``, ``params`` and ``graphs`` are by model."""
    layout = Layout(metadata.version)
    files = {"metadata.json": metadata.to_json().encode()}
    for model in metadata.modules:
        files[layout.relay(model)] = texts[model].encode()
        files[layout.params(model)] = params[model]
        if model in graphs:
            files[layout.graph(model)] = graphs[model].encode()
        for file in code[model]:
            files[code_path(layout, model, file)] = file.data
    return files


def code_path(layout: Layout, model: str, file: CodeFile) -> str:
    """Where a generated file lies in an archive."""
    name = file.name if file.folder == "include" else layout.code_name(model, file.name)
    return f"codegen/host/{file.folder}/{name}"


def runtime_sources() -> dict[str, bytes]:
    """The C runtime as archives carry it: sources and headers under ``runtime/``."""
    root = crt_dir()
    paths = sorted(p for folder in ("include", "src") for p in (root / folder).rglob("*") if p.suffix in (".c", ".h"))
    return {f"runtime/{p.relative_to(root).as_posix()}": p.read_bytes() for p in paths}


def runtime_dependency() -> Dependency:
    """How metadata.json names those sources. Tools look for TVM's own name of them."""
    return Dependency("tvm_standalone_crt", "./runtime", "mlf_path", __version__)


def module_metadata(plan: Plan, target: str, executor: str, graph_json: str | None) -> ModuleMetadata:
    """The metadata of a compiled model."""
    return ModuleMetadata(
        model_name=plan.name,
        export_datetime=export_datetime(),
        targets=(target,),
        executors=(executor,),
        sids=storage_map(graph_json) if graph_json is not None else (),
        functions=tuple(FunctionEntry(k.symbol, {CPU: k.workspace_bytes}) for k in plan.kernels.values()),
        main=(_main_entry(plan),),
    )


def storage_map(graph_json: str) -> tuple[StorageEntry, ...]:
    """One entry for each storage id of a graph, in order of first appearance, with the size of its largest tensor.

    A storage is bound to an input when the first tensor in it is an argument of the graph.
    """
    graph = json.loads(graph_json)
    attrs: dict[str, Any] = {key: value[1] for key, value in graph["attrs"].items()}
    arguments = {graph["node_row_ptr"][n]: graph["nodes"][n]["name"] for n in graph["arg_nodes"]}
    sizes: dict[int, int] = {}
    bindings: dict[int, str | None] = {}
    for entry, storage in enumerate(attrs["storage_id"]):
        elements = 1
        for dim in attrs["shape"][entry]:
            elements *= dim
        size = (elements * dtype_bits(attrs["dltype"][entry]) + 7) // 8
        sizes[storage] = max(sizes.get(storage, 0), size)
        bindings.setdefault(storage, arguments.get(entry))
    return tuple(StorageEntry(s, size, bindings[s]) for s, size in sizes.items())


def _main_entry(plan: Plan) -> MainEntry:
    inputs = {plan.buffers[b].spec.name: _tensor(plan, b) for b in plan.inputs}
    outputs = {plan.buffers[b].spec.name: _tensor(plan, b) for b in plan.outputs}
    io = sum(t.size for t in (*inputs.values(), *outputs.values()))
    constants = sum(a.nbytes for a in plan.constants.values())
    return MainEntry(CPU, _workspace_bytes(plan), constants, io, inputs, outputs)


def _tensor(plan: Plan, buffer: int) -> TensorEntry:
    spec = plan.buffers[buffer].spec
    return TensorEntry(spec.nbytes, spec.dtype)


def _workspace_bytes(plan: Plan) -> int:
    """Bytes of memory beside constants, inputs and outputs."""
    outside = {plan.buffers[plan.root(b)].storage for b in (*plan.inputs, *plan.outputs)}
    outside |= {b.storage for b in plan.buffers if b.role is Role.CONSTANT}
    inside = [s for s in plan.storages if s.id not in outside]
    placed: dict[str, int] = {}
    for storage in inside:
        if storage.offset is not None:
            placed[storage.pool] = max(placed.get(storage.pool, 0), _end(storage))
    return sum(placed.values()) + sum(s.size_bytes for s in inside if s.offset is None)


def _end(storage: Storage) -> int:
    return (storage.offset or 0) + storage.size_bytes
