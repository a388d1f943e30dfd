"""Pieces of a model's code as TVM's runtime modules present themselves, and walks over trees of them.

A module of others' making takes part where it has ``kind`` or ``type_key``, and ``imports`` or ``imported_modules``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tvm_model_library.c_text.literals import CodeFile
from tvm_model_library.disk import write_file
from tvm_model_library.errors import ExportError, ModelLibraryError
from tvm_model_library.library import Library
from tvm_model_library.microtvm import names

_EXPORTABLE = ("c", "llvm")
_EPHEMERAL = ("metadata_module",)  # TVM's name for modules that hold no code


class Module:
    """One piece of code: C source (kind ``c``) or an object file (``llvm``), and the modules that it imports.

    Two of them are equal when they are one and the same. ``library`` is the model whose root module this is, where
    ``relay.build`` made it: what executors run.
    """

    def __init__(self, kind: str, data: bytes = b"", imports: Iterable[Any] = ()) -> None:
        self.kind = kind
        self.data = data
        self.imports: list[Any] = list(imports)
        self.library: Library | None = None

    @property
    def type_key(self) -> str:
        """The older name of ``kind``."""
        return self.kind

    @property
    def imported_modules(self) -> list[Any]:
        """The older name of ``imports``."""
        return self.imports

    @property
    def format(self) -> str:
        """``"c"`` or ``"o"``."""
        return "c" if self.kind == "c" else "o"

    def import_module(self, module: Any) -> None:
        """Add a module to the tree."""
        self.imports.append(module)

    def get_source(self, format: str = "") -> str:
        """C source; empty for an object file."""
        return self.data.decode() if self.kind == "c" else ""

    inspect_source = get_source

    def save(self, file_name: str | Path, fmt: str = "") -> None:
        """Write the source or the object file. Raises ``ExportError``."""
        write_file(Path(file_name), self.data)

    write_to_file = save

    def get_function(self, name: str, query_imports: bool = False) -> Any:
        """Raises ``AttributeError``: code is compiled before it is called."""
        raise AttributeError(
            f"the module of kind {self.kind!r} has no function {name!r} to call: compile it with CMake, or run the "
            "model with micro.generate_project or contrib.graph_executor"
        )

    __getitem__ = get_function

    if not TYPE_CHECKING:
        __getattr__ = names.absent("runtime.Module")

    def _collect_from_import_tree(self, filter_func: Callable[[Any], bool]) -> list[Any]:
        return collect(self, filter_func)

    def _collect_dso_modules(self) -> list[Any]:
        return collect(self, is_exportable)

    def __repr__(self) -> str:
        return f"Module({self.kind})"


class FrontendTestModule(Module):
    """A module that no archive can hold, which has the functions that are added to it."""

    def __init__(self, entry_name: str = "__tvm_main__") -> None:
        super().__init__("ffi_testing")
        self.entry_name = entry_name
        self._functions: dict[str, Callable[..., Any]] = {}

    def add_function(self, name: str, function: Callable[..., Any]) -> None:
        """Add a function that :meth:`get_function` gives back."""
        self._functions[name] = function

    def __setitem__(self, name: str, function: Callable[..., Any]) -> None:
        self.add_function(name, function)

    def get_function(self, name: str, query_imports: bool = False) -> Any:
        """The function of that name. Raises ``AttributeError`` where there is none."""
        if name not in self._functions:
            raise AttributeError(f"the module has no function {name!r}")
        return self._functions[name]

    __getitem__ = get_function

    def __call__(self, *args: Any) -> Any:
        return self.get_function(self.entry_name)(*args)


def module_kind(module: Any) -> str:
    """``kind``, which older modules call ``type_key``."""
    kind = getattr(module, "kind", None)
    return str(getattr(module, "type_key", "") if kind is None else kind)


def is_exportable(module: Any) -> bool:
    """Whether an archive can hold a module."""
    return module_kind(module) in _EXPORTABLE


def is_ephemeral(module: Any) -> bool:
    """Whether a module exists at compile time only and is left out of archives."""
    return module_kind(module) in _EPHEMERAL


def module_tree(root: Any) -> Iterator[Any]:
    """A module and everything it imports, each once, importers first."""
    seen: list[Any] = []
    pending = [root]
    while pending:
        module = pending.pop()
        if any(module is known for known in seen):
            continue
        seen.append(module)
        yield module
        imports = getattr(module, "imports", None)
        if imports is None:
            imports = getattr(module, "imported_modules", None)
        pending.extend(reversed(list(imports or ())))


def collect(root: Any, wanted: Callable[[Any], bool]) -> list[Any]:
    """The modules of a tree for which ``wanted`` holds."""
    return [module for module in module_tree(root) if wanted(module)]


def code_of(modules: Iterable[Any]) -> list[CodeFile]:
    """The files of c and llvm modules, each kind numbered by itself. Raises ``ExportError``."""
    counts = {"src": 0, "lib": 0}
    files = []
    for module in modules:
        folder, suffix = ("src", "c") if module_kind(module) == "c" else ("lib", "o")
        files.append(CodeFile(folder, f"lib{counts[folder]}.{suffix}", _bytes_of(module, suffix)))
        counts[folder] += 1
    return files


def _bytes_of(module: Any, suffix: str) -> bytes:
    if isinstance(module, Module):
        return module.data
    write = getattr(module, "write_to_file", None) or getattr(module, "save", None)
    if write is None:
        raise ExportError(f"cannot export {module!r}: it has neither write_to_file nor save")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"module.{suffix}"
        write(str(path))
        if not path.is_file():
            raise ModelLibraryError(f"cannot export {module!r}: it wrote nothing to {path.name}")
        return path.read_bytes()


__getattr__ = names.missing(__name__)
