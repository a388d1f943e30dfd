"""Where the package keeps what is not Python: the CMake package, the runtime's and the harness's sources.

They lie beside this file in an installed wheel, and at the top of the source tree otherwise.
"""

from __future__ import annotations

from pathlib import Path

from tvm_model_library.errors import ToolchainError

_PACKAGE = Path(__file__).resolve().parent


def cmake_dir() -> Path:
    """The folder to put into ``TVMModelLibrary_DIR``: it holds TVMModelLibraryConfig.cmake."""
    return _find("cmake")


def crt_dir() -> Path:
    """The C runtime: ``include/`` and ``src/``."""
    return _find("crt")


def harness_dir() -> Path:
    """The harness: ``include/`` and ``src/``."""
    return _find("crt_host_harness")


def _find(name: str) -> Path:
    for base in (_PACKAGE, _PACKAGE.parent.parent):
        if (base / name).is_dir():
            return base / name
    raise ToolchainError(f"the package's folder {name!r} is missing beside {_PACKAGE}: reinstall tvm-model-library")
