"""``tvm.micro.export_model_library_format``. Definition: TVM 0.18 python/tvm/micro/model_library_format.py."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tvm_model_library.archive.contents import members, runtime_dependency, runtime_sources, storage_map
from tvm_model_library.archive.metadata import VERSIONS, Metadata
from tvm_model_library.archive.writer import export_datetime, tar_bytes
from tvm_model_library.c_text.literals import CodeFile
from tvm_model_library.disk import write_file
from tvm_model_library.errors import ExportError
from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.relay.backend.executor_factory import ExecutorFactoryModule, GraphExecutorFactoryModule
from tvm_model_library.microtvm.runtime.module import code_of, is_ephemeral, is_exportable, module_kind, module_tree
from tvm_model_library.params import save_param_dict

_GENERATED_VERSION = VERSIONS[-1]


class UnsupportedInModelLibraryFormatError(ExportError):
    """The factory has modules that an archive can't hold."""


def export_model_library_format(
    mods: ExecutorFactoryModule | Sequence[ExecutorFactoryModule],
    file_name: str | Path,
    format_version: int | None = None,
) -> Path:
    """Write what ``relay.build`` made as an archive, and give back its path.

    One model of the graph executor is an archive of version 1, one of the AOT executor, or a list of models, of version
    7, if ``format_version`` does not say otherwise. Raises :class:`UnsupportedInModelLibraryFormatError` when a
    factory's ``lib``, or anything that it imports, is neither C source nor an LLVM object, and ``ExportError`` when the
    file can't be written.
    """
    factories: list[ExecutorFactoryModule] = list(mods) if isinstance(mods, Sequence) else [mods]
    by_name = {factory.libmod_name: factory for factory in factories}
    if not factories or len(by_name) < len(factories):
        found = ", ".join(f.libmod_name for f in factories) or "none"
        raise ExportError(f"an archive holds models of distinct names, found {found}: build each with its mod_name=")
    version = _version(mods, factories, format_version)
    time = export_datetime() if os.environ.get("SOURCE_DATE_EPOCH") else _now()
    metadata = {name: factory.archive_metadata(time) for name, factory in by_name.items()}
    runtime: dict[str, bytes] = {}
    if version >= 7 and any(f.kind == "aot" for f in factories):
        runtime = runtime_sources()
        metadata = {n: _with_runtime(m) if by_name[n].kind == "aot" else m for n, m in metadata.items()}
    files = members(
        Metadata(version, metadata),
        {name: _code(factory) for name, factory in by_name.items()},
        {name: str(factory.ir_mod) for name, factory in by_name.items()},
        {name: save_param_dict(factory.params) for name, factory in by_name.items()},
        {name: f.graph_json for name, f in by_name.items() if isinstance(f, GraphExecutorFactoryModule)},
    )
    path = Path(file_name)
    write_file(path, tar_bytes({**files, **runtime}))
    return path


def _version(mods: Any, factories: Sequence[ExecutorFactoryModule], given: int | None) -> int:
    wanted = given
    if wanted is None:
        wanted = 1 if not isinstance(mods, list | tuple) and factories[0].kind == "graph" else _GENERATED_VERSION
    oldest = 7 if len(factories) > 1 else 5 if factories[0].kind == "aot" else 1
    if wanted not in VERSIONS or wanted < oldest:
        what = "several models" if len(factories) > 1 else f"the {factories[0].kind} executor"
        raise ExportError(f"format version {wanted} does not hold {what}; expected {oldest} to {VERSIONS[-1]}")
    return wanted


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")


def _with_runtime(module: Any) -> Any:
    return replace(module, external_dependencies=(runtime_dependency(),))


def _code(factory: ExecutorFactoryModule) -> list[CodeFile]:
    """The files of a factory's modules, and the header of the AOT executor's entry point."""
    headers = [f for f in factory.library.code if f.folder == "include"] if factory.library is not None else []
    return headers + code_of(_exportable(factory.lib))


def _exportable(root: Any) -> list[Any]:
    modules = [m for m in module_tree(root) if not is_ephemeral(m)]
    foreign = [m for m in modules if not is_exportable(m)]
    if foreign:
        kinds = ", ".join(map(module_kind, foreign))
        raise UnsupportedInModelLibraryFormatError(
            f"Don't know how to export non-c or non-llvm modules; found: {kinds}"
        )
    return modules


def _populate_codegen_dir(mods: Any, codegen_dir: str | Path) -> None:
    """Write the C sources and objects of a module, a factory, or a list of either into ``codegen_dir``/host.

    Raises :class:`UnsupportedInModelLibraryFormatError`.
    """
    for mod in mods if isinstance(mods, list | tuple) else [mods]:
        named = isinstance(mod, ExecutorFactoryModule) and isinstance(mods, list | tuple)
        files = code_of(_exportable(mod.lib if isinstance(mod, ExecutorFactoryModule) else mod))
        _write(Path(codegen_dir) / "host", f"{mod.libmod_name}_" if named else "", files)


def _write(folder: Path, prefix: str, files: Sequence[CodeFile]) -> None:
    for file in files:
        path = folder / file.folder / f"{prefix}{file.name}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ExportError(f"{path.parent}: cannot make the folder: {error.strerror or error}") from None
        write_file(path, file.data)


def _build_sid_map(graph_json: str) -> list[Mapping[str, Any]]:
    """The storages of a graph, as metadata.json has them."""
    entries = [{"storage_id": s.storage_id, "size_bytes": s.size_bytes} | _binding(s) for s in storage_map(graph_json)]
    return list(entries)


_build_memory_map = _build_sid_map


def _binding(storage: Any) -> dict[str, Any]:
    return {} if storage.input_binding is None else {"input_binding": storage.input_binding}


__getattr__ = names.missing(__name__)
