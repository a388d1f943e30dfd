"""metadata.json of the Model Library Format, versions 1 to 7, as typed values.

What the versions share is one schema here; :class:`Layout` says how each one spells it. Taken from the files that
TVM 0.8 to 0.18 write (``python/tvm/micro/model_library_format.py`` of those releases).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tvm_model_library.errors import ExportError

VERSIONS = range(1, 8)
_SIZE_LIMIT = 2**63
_SHOWN = 60
_LONGEST = 64 << 20
CPU = 1  # DLDeviceType


@dataclass(frozen=True)
class Layout:
    """Where a version of the format keeps things."""

    version: int

    def code_name(self, model: str, name: str) -> str:
        """File name of ``lib<N>.c`` or ``lib<N>.o``."""
        return f"{model}_{name}" if self.version >= 3 else name

    def relay(self, model: str) -> str:
        return f"src/{model}.relay" if self.version >= 7 else "src/relay.txt" if self.version >= 4 else "relay.txt"

    def graph(self, model: str) -> str:
        if self.version >= 7:
            return f"executor-config/graph/{model}.graph"
        return f"{'executor-config' if self.version >= 5 else 'runtime-config'}/graph/graph.json"

    def params(self, model: str) -> str:
        return f"parameters/{model}.params"

    @property
    def executors_key(self) -> str:
        return "executors" if self.version >= 5 else "runtimes"


@dataclass(frozen=True)
class StorageEntry:
    """One storage id of the graph executor."""

    storage_id: int
    size_bytes: int
    input_binding: str | None = None


@dataclass(frozen=True)
class TensorEntry:
    """An input or output of the model."""

    size: int
    dtype: str


@dataclass(frozen=True)
class FunctionEntry:
    """An operator function and its scratch memory in bytes, by DLDeviceType."""

    name: str
    workspace: Mapping[int, int]


@dataclass(frozen=True)
class MainEntry:
    """The memory of a whole run on one device. Figures that the version does not record are None."""

    device: int
    workspace_size_bytes: int | None = None
    constants_size_bytes: int | None = None
    io_size_bytes: int | None = None
    inputs: Mapping[str, TensorEntry] = field(default_factory=dict)
    outputs: Mapping[str, TensorEntry] = field(default_factory=dict)


@dataclass(frozen=True)
class Dependency:
    """Something that the code needs beside what the archive holds, or holds elsewhere."""

    short_name: str
    url: str
    url_type: str
    version_spec: str


@dataclass(frozen=True)
class ModuleMetadata:
    """One model of an archive. ``source`` is what this package says of a model that is not Relay text: where it came
    from, whose integers it computes, its names for tensors. TVM's tools do not know it.
    """

    model_name: str
    export_datetime: str
    targets: tuple[str, ...]
    executors: tuple[str, ...]
    style: str = "full-model"
    sids: tuple[StorageEntry, ...] = ()
    functions: tuple[FunctionEntry, ...] = ()
    main: tuple[MainEntry, ...] = ()
    external_dependencies: tuple[Dependency, ...] = ()
    source: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Metadata:
    """metadata.json."""

    version: int
    modules: Mapping[str, ModuleMetadata]

    def to_json(self) -> str:
        """The text of metadata.json: indented by 2, keys sorted."""
        if self.version >= 7:
            value: dict[str, Any] = {name: _module_json(m, self.version) for name, m in self.modules.items()}
            return _dump({"version": self.version, "modules": value})
        (module,) = self.modules.values()
        return _dump({"version": self.version, **_module_json(module, self.version)})


def _dump(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True)


def _module_json(module: ModuleMetadata, version: int) -> dict[str, Any]:
    value: dict[str, Any] = {
        "model_name": module.model_name,
        "export_datetime": module.export_datetime,
        "memory": _memory_json(module, version),
        "target": list(module.targets) if version >= 6 else {str(CPU): module.targets[0]},
        Layout(version).executors_key: list(module.executors),
    }
    if version >= 4:
        value["style"] = module.style
    if module.external_dependencies:
        value["external_dependencies"] = [vars(d) for d in module.external_dependencies]
    if module.source is not None:
        value["source"] = module.source
    return value


def _memory_json(module: ModuleMetadata, version: int) -> Any:
    sids = []
    for entry in module.sids:
        sid: dict[str, Any] = {"storage_id": entry.storage_id, "size_bytes": entry.size_bytes}
        if entry.input_binding is not None:
            sid["input_binding"] = entry.input_binding
        sids.append(sid)
    if version == 1:
        return sids
    operators = [
        {
            "function_name": f.name,
            "workspace": [{"device": d, "workspace_size_bytes": n} for d, n in f.workspace.items()],
        }
        for f in module.functions
    ]
    main = [
        {
            "device": m.device,
            "workspace_size_bytes": m.workspace_size_bytes,
            "constants_size_bytes": m.constants_size_bytes,
            "io_size_bytes": m.io_size_bytes,
            "inputs": {n: vars(t) for n, t in m.inputs.items()},
            "outputs": {n: vars(t) for n, t in m.outputs.items()},
        }
        for m in module.main
    ]
    memory: dict[str, Any] = {"functions": {"operator_functions": operators, "main": main}}
    return {"sids": sids, **memory} if "graph" in module.executors else memory


def parse_metadata(data: bytes, source: str) -> Metadata:
    """Read metadata.json of any version. Raises ``ExportError`` naming ``source`` and what is wrong."""
    if len(data) > _LONGEST:
        raise ExportError(f"{source}: metadata.json has {len(data)} bytes; at most {_LONGEST} are read")
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{source}: metadata.json is not JSON: {error}") from None
    reader = _Reader(source)
    root = reader.object(value, "metadata.json")
    version = reader.integer(root.get("version"), "version")
    if version not in VERSIONS:
        raise ExportError(f"{source}: Model Library Format version {version}; this reader knows 1 to {VERSIONS[-1]}")
    if version < 7 or "modules" not in root:  # archives of single operators stayed flat
        module = reader.module(root, version)
        return Metadata(version, {module.model_name: module})
    modules = reader.object(root["modules"], "modules")
    return Metadata(version, {name: reader.module(m, version, f"modules.{name}") for name, m in modules.items()})


def _shown(found: Any) -> str:
    """The beginning of a JSON value."""
    try:
        text = json.dumps(found)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists within lists
        text = type(found).__name__
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


class _Reader:
    """Typed access to parsed JSON: errors say the place, what was found and what was expected."""

    def __init__(self, source: str) -> None:
        self.source = source

    def error(self, where: str, expected: str, found: Any) -> ExportError:
        text = "nothing" if found is None else _shown(found)
        return ExportError(f"{self.source}: metadata.json: {where} must be {expected}, found {text}")

    def object(self, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.error(where, "an object", value)
        return value

    def items(self, value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.error(where, "a list", value)
        return value

    def integer(self, value: Any, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.error(where, "a number of 0 or more", value)
        if value >= _SIZE_LIMIT:
            raise self.error(where, f"a number below {_SIZE_LIMIT}", value)
        return value

    def optional(self, value: Any, where: str) -> int | None:
        return None if value is None else self.integer(value, where)

    def text(self, value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise self.error(where, "a string", value)
        return value

    def texts(self, value: Any, where: str) -> tuple[str, ...]:
        return tuple(self.text(v, f"{where}[{i}]") for i, v in enumerate(self.items(value, where)))

    def module(self, value: Any, version: int, where: str = "metadata.json") -> ModuleMetadata:
        root = self.object(value, where)
        layout = Layout(version)
        target = root.get("target")
        if isinstance(target, dict):
            target = [target[key] for key in sorted(target)]
        functions, main, sids = self.memory(root.get("memory"))
        return ModuleMetadata(
            model_name=self.text(root.get("model_name"), f"{where}.model_name"),
            export_datetime=self.text(root.get("export_datetime"), f"{where}.export_datetime"),
            targets=self.texts(target, f"{where}.target"),
            executors=self.texts(root.get(layout.executors_key), f"{where}.{layout.executors_key}"),
            style=self.text(root.get("style", "full-model"), f"{where}.style"),
            sids=sids,
            functions=functions,
            main=main,
            external_dependencies=self.dependencies(root.get("external_dependencies", [])),
            source=None if root.get("source") is None else self.object(root["source"], f"{where}.source"),
        )

    def memory(self, value: Any) -> tuple[tuple[FunctionEntry, ...], tuple[MainEntry, ...], tuple[StorageEntry, ...]]:
        if isinstance(value, list):
            return (), (), self.sids(value)
        memory = self.object(value, "memory")
        sids = self.sids(self.items(memory.get("sids", []), "memory.sids"))
        if "functions" not in memory:
            return (), (), sids
        functions = self.object(memory["functions"], "memory.functions")
        operators = self.items(functions.get("operator_functions", []), "memory.functions.operator_functions")
        main = self.items(functions.get("main", []), "memory.functions.main")
        return tuple(self.function(f) for f in operators), tuple(self.main(m) for m in main), sids

    def sids(self, value: list[Any]) -> tuple[StorageEntry, ...]:
        entries = []
        for item in value:
            entry = self.object(item, "a storage id's entry")
            binding = entry.get("input_binding")
            entries.append(
                StorageEntry(
                    self.integer(entry.get("storage_id"), "storage_id"),
                    self.integer(entry.get("size_bytes"), "size_bytes"),
                    None if binding is None else self.text(binding, "input_binding"),
                )
            )
        return tuple(entries)

    def function(self, value: Any) -> FunctionEntry:
        entry = self.object(value, "operator_functions entry")
        workspace = {}
        for item in self.items(entry.get("workspace", []), "workspace"):
            item = self.object(item, "workspace entry")
            size = self.integer(item.get("workspace_size_bytes"), "workspace_size_bytes")
            workspace[self.integer(item.get("device"), "device")] = size
        return FunctionEntry(self.text(entry.get("function_name"), "function_name"), workspace)

    def main(self, value: Any) -> MainEntry:
        entry = self.object(value, "main entry")
        return MainEntry(
            self.integer(entry.get("device"), "device"),
            self.optional(entry.get("workspace_size_bytes"), "workspace_size_bytes"),
            self.optional(entry.get("constants_size_bytes"), "constants_size_bytes"),
            self.optional(entry.get("io_size_bytes"), "io_size_bytes"),
            self.tensors(entry.get("inputs", {}), "inputs"),
            self.tensors(entry.get("outputs", {}), "outputs"),
        )

    def tensors(self, value: Any, where: str) -> dict[str, TensorEntry]:
        result = {}
        for name, item in self.object(value, where).items():
            item = self.object(item, f"{where}.{name}")
            size = self.integer(item.get("size"), f"{where}.{name}.size")
            result[name] = TensorEntry(size, self.text(item.get("dtype"), f"{where}.{name}.dtype"))
        return result

    def dependencies(self, value: Any) -> tuple[Dependency, ...]:
        keys: Sequence[str] = ("short_name", "url", "url_type", "version_spec")
        items = self.items(value, "external_dependencies")
        found = (self.object(item, "external_dependencies entry") for item in items)
        return tuple(Dependency(*(self.text(item.get(k), k) for k in keys)) for item in found)
