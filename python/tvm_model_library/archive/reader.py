"""Reading archives, ours and those of TVM 0.8 to 0.18, without trusting them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

from tvm_model_library.archive.metadata import Layout, MainEntry, Metadata, ModuleMetadata, parse_metadata
from tvm_model_library.disk import MAX_BYTES, read_file
from tvm_model_library.errors import ExportError, printable
from tvm_model_library.params import load_param_dict
from tvm_model_library.tensors import Array

MAX_MEMBERS = 20_000


@dataclass(frozen=True)
class Archive:
    """What an archive holds. ``files`` are its members by relative path, without the leading ``./``."""

    source: str
    metadata: Metadata
    files: Mapping[str, bytes] = field(repr=False)

    def relay(self, model: str) -> str | None:
        """The Relay text of a model, where the archive has one."""
        data = self.files.get(Layout(self.metadata.version).relay(model))
        return None if data is None else data.decode("utf-8", errors="replace")

    def graph_json(self, model: str) -> str | None:
        """graph.json of a model for the graph executor."""
        data = self.files.get(Layout(self.metadata.version).graph(model))
        return None if data is None else data.decode("utf-8", errors="replace")

    def params(self, model: str) -> dict[str, Array]:
        """The parameters of a model. Raises ``ParameterError``."""
        path = Layout(self.metadata.version).params(model)
        return load_param_dict(self.files[path], f"{self.source}:{path}") if path in self.files else {}

    def code(self) -> list[str]:
        """Paths of sources, headers and objects."""
        return sorted(p for p in self.files if p.startswith("codegen/"))

    def to_json(self) -> str:
        """All of the metadata, the parameters' types and the files' sizes as JSON."""
        models = {}
        for name, module in self.metadata.modules.items():
            parameters = {k: {"dtype": a.dtype.name, "shape": list(a.shape)} for k, a in self.params(name).items()}
            models[name] = {**asdict(module), "parameters": parameters}
        files = {path: len(data) for path, data in sorted(self.files.items())}
        return json.dumps({"version": self.metadata.version, "models": models, "files": files}, indent=2)

    def text(self) -> str:
        """A description for people. Names in it come from the archive: what a terminal would act upon is escaped."""
        lines = [f"{self.source}: Model Library Format version {self.metadata.version}"]
        for name, module in self.metadata.modules.items():
            lines += _describe(module, self.params(name))
        lines.append("files:")
        lines += [f"  {len(data):>9,}  {path}" for path, data in sorted(self.files.items())]
        return printable("\n".join(lines))


def _describe(module: ModuleMetadata, params: Mapping[str, Array]) -> list[str]:
    executors = ", ".join(module.executors) or "no"
    targets = "; ".join(t.strip() for t in module.targets)
    lines = [f"model {module.model_name}: {executors} executor, target {targets}, exported {module.export_datetime}"]
    for main in module.main:
        lines += _describe_main(main)
    if module.sids:
        total = sum(s.size_bytes for s in module.sids)
        bound = [f"{s.input_binding} {s.size_bytes:,}" for s in module.sids if s.input_binding is not None]
        lines.append(f"  storages: {len(module.sids)}, {total:,} bytes together; bound to inputs: {', '.join(bound)}")
    if module.functions:
        scratch = max(sum(f.workspace.values()) for f in module.functions)
        lines.append(f"  functions: {len(module.functions)}, largest scratch memory {scratch:,} bytes")
    size = sum(a.nbytes for a in params.values())
    lines.append(f"  parameters: {len(params)}, {size:,} bytes")
    return lines


def _describe_main(main: MainEntry) -> list[str]:
    lines = []
    for what, tensors in (("input", main.inputs), ("output", main.outputs)):
        lines += [f"  {what} {name}: {t.dtype}, {t.size:,} bytes" for name, t in tensors.items()]
    sizes = [
        f"{what} {size:,} bytes"
        for what, size in (("workspace", main.workspace_size_bytes), ("constants", main.constants_size_bytes),
                           ("inputs and outputs", main.io_size_bytes))
        if size is not None
    ]  # fmt: skip
    return [*lines, f"  memory on device {main.device}: {', '.join(sizes) or 'not recorded'}"]


def read_archive(path: str | Path) -> Archive:
    """Read an archive of version 1 to 7.

    Nothing is written to disk. Raises ``ExportError`` for a file that is no such archive, is truncated, or has members
    outside its own folder, links, devices, one name twice, or more than ``MAX_BYTES`` of contents.
    """
    source = str(path)
    files = _read_tar(read_file(Path(path), "the archive", MAX_BYTES, ExportError), source)
    if "metadata.json" not in files:
        raise ExportError(f"{source}: no metadata.json in it: this is no Model Library Format archive")
    return Archive(source, parse_metadata(files["metadata.json"], source), files)


def _read_tar(data: bytes, source: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for count, member in enumerate(tar):
                path = _checked_path(member, source)
                total += member.size
                if count >= MAX_MEMBERS or total > MAX_BYTES:
                    raise ExportError(f"{source}: more than {MAX_MEMBERS} members or {MAX_BYTES} bytes: refused")
                if member.isdir():
                    continue
                if path in files:
                    raise ExportError(f"{source}: the member {path!r} stands there twice")
                if member.size < 0 or member.offset_data + member.size > len(data):
                    raise ExportError(f"{source}: truncated: {path!r} needs {member.size} bytes")
                files[path] = data[member.offset_data : member.offset_data + member.size]
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
        raise ExportError(f"{source}: not an uncompressed tar, or damaged: {error}") from None
    return files


def _checked_path(member: tarfile.TarInfo, source: str) -> str:
    """The member's path under the archive's root."""
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise ExportError(f"{source}: the member {member.name!r} is a link or a device; expected files and folders")
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name or ":" in member.name:
        raise ExportError(f"{source}: the member {member.name!r} would lie outside the archive's folder")
    return str(path)
