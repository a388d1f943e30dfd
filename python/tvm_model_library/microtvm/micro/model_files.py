"""The model of a project: Relay text, parameters, and the CMake command that makes a library of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tvm_model_library.archive.metadata import ModuleMetadata
from tvm_model_library.archive.reader import Archive, read_archive
from tvm_model_library.c_text.names import identifier
from tvm_model_library.errors import ExportError
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import Library, compile
from tvm_model_library.microtvm.relay.backend.executor_factory import ExecutorFactoryModule
from tvm_model_library.microtvm.target.target import Target
from tvm_model_library.params import save_param_dict
from tvm_model_library.plan.arena import ArenaOptions


def model_files(
    module: ExecutorFactoryModule | str | Path, *, with_test: bool = True
) -> tuple[Library, dict[str, bytes]]:
    """The compiled model of a factory or an archive, and the files under ``model/`` that make it again in CMake,
    ``with_test`` or without the program that runs it.

    Raises ``ExportError`` for an archive that lacks parameters.
    """
    if isinstance(module, str | Path):
        library = _of_archive(read_archive(module))
    elif isinstance(module, ExecutorFactoryModule):
        library = module.require_library()
    else:
        raise ExportError(
            f"a project is made of what relay.build made, or of an archive, not of {type(module).__name__}"
        )
    files = {
        "model/model.relay": library.model.text.encode(),
        "model/model.cmake": _command(library, with_test).encode(),
    }
    if library.model.params:
        files["model/model.params"] = save_param_dict(dict(library.model.params))
    return library, files


def _command(library: Library, with_test: bool) -> str:
    """``model.cmake``."""
    lines = [f"  MODEL_NAME {library.name}", f"  TARGET {library.target}", f"  EXECUTOR {library.executor}"]
    if library.model.params:
        lines.insert(0, '  PARAMS "${CMAKE_CURRENT_LIST_DIR}/model.params"')
    if library.aot is not None:
        arena = library.aot.arena
        lines.append(f"  ALIGNMENT {arena.alignment}")
        if arena.pools != ArenaOptions().pools:
            sizes = (f"{p.name}={p.size}" if p.size is not None else p.name for p in arena.pools)
            lines.append(f"  POOLS {' '.join(sizes)}")
        lines += ["  ARENA caller"] * library.aot.caller_pools + ["  IO_IN_ARENA"] * arena.io
    if not with_test:
        lines.append("  NO_TEST")
    model = '"${CMAKE_CURRENT_LIST_DIR}/model.relay"'
    call = "\n".join([f"tvm_add_model_library(model {model}", *lines]) + "\n)\n"
    return f"# The model. Made by micro.generate_project.\n{call}set(TVM_MODEL_NAME {library.name})\n"


def _of_archive(archive: Archive) -> Library:
    """An archive's model, compiled anew from its Relay text."""
    if len(archive.metadata.modules) != 1:
        found = ", ".join(archive.metadata.modules)
        raise ExportError(f"{archive.source}: a project is made of one model, the archive has {found}")
    ((name, metadata),) = archive.metadata.modules.items()
    text = archive.relay(name)
    if text is None:
        raise ExportError(f"{archive.source}: the archive has no Relay text to compile for the project")
    declared = from_text(text, None, archive.source)
    known = {s.name for s in declared.inputs}
    params = {n: a for n, a in archive.params(name).items() if n in known}
    model = from_text(text, params, archive.source)
    wanted = _inputs(archive, name, metadata)
    unbound = [s.name for s in model.inputs if identifier(s.name) not in wanted]
    if unbound:
        raise ExportError(
            f"{archive.source}: the archive has the values of {', '.join(unbound)} in its code only; make the project "
            "of what relay.build gave, or bind the parameters first: relay.build_module.bind_params_by_name"
        )
    target = Target(metadata.targets[0]).compiler_target
    return compile(model, target=target, executor=metadata.executors[0], name=name)


def _inputs(archive: Archive, name: str, metadata: ModuleMetadata) -> set[str]:
    """The names of what a caller gives to the archive's model, as C identifiers."""
    if any(m.inputs for m in metadata.main):
        return {identifier(n) for m in metadata.main for n in m.inputs}
    graph: Mapping[str, Any] = json.loads(archive.graph_json(name) or '{"nodes": []}')
    arguments = {n["name"] for n in graph["nodes"] if n["op"] == "null"}
    return {identifier(n) for n in arguments - archive.params(name).keys()}
