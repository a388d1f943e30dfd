"""The part of ``tvm.micro`` that wrote archives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tvm_model_library.archive.contents import members
from tvm_model_library.archive.writer import tar_bytes
from tvm_model_library.disk import write_file
from tvm_model_library.errors import ExportError
from tvm_model_library.microtvm.factory import ExecutorFactory, code_of, is_ephemeral, module_kind, module_tree
from tvm_model_library.params import save_param_dict


class UnsupportedInModelLibraryFormatError(ExportError):
    """The factory has modules that an archive can't hold."""


def export_model_library_format(factory: ExecutorFactory, path: str | Path) -> Path:
    """Write what ``relay.build`` made as an archive of version 1, and give back its path.

    Raises :class:`UnsupportedInModelLibraryFormatError` when the factory's ``lib``, or anything that it imports, is
    neither C source nor an LLVM object, and ``ExportError`` when the file can't be written.
    """
    modules = [m for m in module_tree(factory.lib) if not is_ephemeral(m)]
    foreign: list[Any] = [m for m in modules if module_kind(m) not in ("c", "llvm")]
    if foreign:
        raise UnsupportedInModelLibraryFormatError(
            f"Don't know how to export non-c or non-llvm modules; found: {foreign!r}"
        )
    name = factory.libmod_name
    files = members(
        factory.archive_metadata(),
        {name: code_of(modules)},
        {name: str(factory.ir_mod)},
        {name: save_param_dict(factory.params)},
        {name: factory.graph_json},
    )
    write_file(Path(path), tar_bytes(files))
    return Path(path)
