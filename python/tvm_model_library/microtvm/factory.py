"""What ``relay.build`` gives to microTVM's scripts: the factory of an executor, and the modules of its code."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tvm_model_library.archive.contents import module_metadata
from tvm_model_library.archive.metadata import Metadata
from tvm_model_library.c_text.literals import CodeFile
from tvm_model_library.errors import ExportError, ModelLibraryError, ParameterError
from tvm_model_library.executors import graph
from tvm_model_library.library import Library, compile
from tvm_model_library.microtvm.target import Target
from tvm_model_library.tensors import Array

_EPHEMERAL = ("metadata_module",)  # TVM's name for modules that hold no code


class RelayModule:
    """A Relay program as text."""

    def __init__(self, text: str, source: str = "from_string") -> None:
        self._text = text
        self.source = source

    def astext(self, show_meta_data: bool = True) -> str:
        """The text as it was given; its metadata section is part of it."""
        return self._text

    def __str__(self) -> str:
        return self._text


@dataclass(eq=False)
class Module:
    """One piece of a model's code, as TVM's runtime modules present themselves: C source or an object file."""

    kind: str
    data: bytes = field(repr=False)
    imports: list[Any] = field(default_factory=list)

    @property
    def type_key(self) -> str:
        """The older name of ``kind``."""
        return self.kind

    @property
    def imported_modules(self) -> list[Any]:
        """The older name of ``imports``."""
        return self.imports

    def import_module(self, module: Any) -> None:
        """Add a module to the tree."""
        self.imports.append(module)

    def get_source(self, format: str = "") -> str:
        """C source; empty for an object file."""
        return self.data.decode() if self.kind == "c" else ""

    inspect_source = get_source


@dataclass
class ExecutorFactory:
    """A built model. ``lib`` is the root of a tree of modules (registry, then kernels); ``params`` holds the constants
    under the names that graph.json has for them; ``metadata`` is that of the archive (version 1).
    """

    ir_mod: Any
    target: Target
    graph_json: str
    lib: Any
    libmod_name: str
    params: dict[str, Array]
    library: Library = field(repr=False)

    @property
    def metadata(self) -> dict[str, Any]:
        """metadata.json of the archive."""
        value: dict[str, Any] = json.loads(self.archive_metadata().to_json())
        return value

    def archive_metadata(self, version: int = 1) -> Metadata:
        """The archive's metadata."""
        module = module_metadata(self.library.plan, str(self.target), "graph", self.graph_json)
        return Metadata(version, {self.libmod_name: replace(module, model_name=self.libmod_name)})

    def get_graph_json(self) -> str:
        """graph.json."""
        return self.graph_json

    get_executor_config = get_graph_json

    def get_params(self) -> dict[str, Array]:
        """The constants by name."""
        return self.params

    def get_lib(self) -> Any:
        """The root of the module tree."""
        return self.lib


def fromtext(text: str, source: str = "from_string") -> RelayModule:
    """Parse Relay text. Raises ``RelaySyntaxError`` with the place of what is wrong."""
    from tvm_model_library.relay.parser import parse_module

    parse_module(text, source)
    return RelayModule(text, source)


def build(
    ir_mod: Any,
    target: Any = None,
    target_host: Any = None,
    params: Mapping[str, Any] | None = None,
    mod_name: str = "default",
) -> ExecutorFactory:
    """Compile a Relay program for the graph executor.

    ``ir_mod``: what :func:`fromtext` gave, or anything whose ``str`` is Relay text. ``target``: a :class:`Target`, its
    text, or a mapping with one such value; ``target_host`` stands in where it is None. ``params``: arrays by the names
    of ``@main``'s parameters. Raises ``ModelLibraryError``.
    """
    from tvm_model_library.frontends.relay import from_text

    chosen = _target(target if target is not None else target_host)
    source = getattr(ir_mod, "source", "from_string")
    model = from_text(str(ir_mod), _arrays(params or {}), source)
    library = compile(model, target=chosen.compiler_target, executor="graph", name=mod_name)
    assert library.graph_json is not None  # the graph executor's libraries have one
    constants, tree = graph.parameters(library.plan), _modules(library.code)
    return ExecutorFactory(ir_mod, chosen, library.graph_json, tree, mod_name, constants, library)


def _target(value: Any) -> Target:
    if isinstance(value, Mapping):
        if len(value) != 1:
            raise ModelLibraryError(f"expected one target, found {len(value)}: the graph runs on one device")
        (value,) = value.values()
    if value is None:
        raise ModelLibraryError('no target given; expected for example tml.target.micro("host")')
    return value if isinstance(value, Target) else Target(str(value))


def _arrays(params: Mapping[str, Any]) -> dict[str, Array]:
    arrays = {}
    for name, value in params.items():
        array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
        if array.dtype.kind == "O":
            raise ParameterError(f"parameter {name!r} must be an array, found {type(value).__name__}")
        arrays[str(name)] = array
    return arrays


def _modules(code: Iterable[CodeFile]) -> Module:
    """The registry with the other modules as imports."""
    root, *rest = (Module("llvm" if f.folder == "lib" else "c", f.data) for f in code)
    root.imports.extend(rest)
    return root


def module_tree(root: Any) -> list[Any]:
    """A module and everything it imports, each once, importers first."""
    found: list[Any] = []
    pending = [root]
    while pending:
        module = pending.pop()
        if any(module is known for known in found):
            continue
        found.append(module)
        imports = getattr(module, "imports", None)
        if imports is None:
            imports = getattr(module, "imported_modules", None)
        pending.extend(reversed(list(imports or ())))
    return found


def module_kind(module: Any) -> str:
    """``kind``, which older modules call ``type_key``."""
    kind = getattr(module, "kind", None)
    return str(getattr(module, "type_key", "") if kind is None else kind)


def code_of(modules: Iterable[Any]) -> list[CodeFile]:
    """The files of c and llvm modules, each kind numbered by itself."""
    counts = {"src": 0, "lib": 0}
    files = []
    for module in modules:
        folder, suffix = ("src", "c") if module_kind(module) == "c" else ("lib", "o")
        files.append(CodeFile(folder, f"lib{counts[folder]}.{suffix}", _module_bytes(module, suffix)))
        counts[folder] += 1
    return files


def _module_bytes(module: Any, suffix: str) -> bytes:
    if isinstance(module, Module):
        return module.data
    write = getattr(module, "write_to_file", None) or getattr(module, "save", None)
    if write is None:
        raise ExportError(f"cannot export {module!r}: it has neither write_to_file nor save")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"module.{suffix}"
        write(str(path))
        return path.read_bytes()


def is_ephemeral(module: Any) -> bool:
    """Whether a module exists at compile time only and is left out of archives."""
    return module_kind(module) in _EPHEMERAL
