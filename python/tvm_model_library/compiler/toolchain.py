"""The apache-tvm that the compiler needs, checked before it is imported."""

from __future__ import annotations

from importlib import metadata

from tvm_model_library.errors import ToolchainError

TVM_SERIES = "0.27"
"""The apache-tvm releases that this package is written and tested for: TVM's Python API has no stability promise
between minor releases."""


def require_tvm() -> str:
    """The installed version of apache-tvm. Raises ``ToolchainError`` when it is absent or of another series."""
    install = f"pip install 'apache-tvm>={TVM_SERIES},<{_next(TVM_SERIES)}'"
    try:
        version = metadata.version("apache-tvm")
    except metadata.PackageNotFoundError:
        raise ToolchainError(f"apache-tvm is not installed; compiling needs {TVM_SERIES}.x: {install}") from None
    if version.split(".")[:2] != TVM_SERIES.split("."):
        raise ToolchainError(f"apache-tvm is {version}; compiling needs {TVM_SERIES}.x: {install}")
    return version


def _next(series: str) -> str:
    major, minor = series.split(".")
    return f"{major}.{int(minor) + 1}"
