"""Reading and writing the files that a user names, which may be anything."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from tvm_model_library.errors import ExportError, ModelLibraryError

MAX_BYTES = 2 << 30


def read_file(
    path: Path, what: str, limit: int = MAX_BYTES, error: type[ModelLibraryError] = ModelLibraryError
) -> bytes:
    """The bytes of a regular file. Raises ``error``, naming the path and ``what`` ("the model"), for a path that can't
    be opened, is no regular file (a pipe would never end), or has more than ``limit`` bytes: those are not read.
    """
    try:
        # Without O_NONBLOCK, opening a pipe waits for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise error(f"{path}: cannot read {what}: not a regular file, but {_kind(status.st_mode)}")
            if status.st_size > limit:
                raise error(f"{path}: cannot read {what}: {status.st_size} bytes; at most {limit} are read")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                data = file.read(limit + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError, MemoryError) as problem:  # ValueError: a path that no system has
        raise error(f"{path}: cannot read {what}: {reason(problem)}") from problem
    if len(data) > limit:
        raise error(f"{path}: cannot read {what}: more than {limit} bytes")
    return data


def read_text(path: Path, what: str, limit: int = MAX_BYTES) -> str:
    """The UTF-8 text of a file; see :func:`read_file`."""
    data = read_file(path, what, limit)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ModelLibraryError(f"{path}: cannot read {what}: not UTF-8 text: {problem.reason}") from problem


def write_file(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and rename it, so that no reader ever sees half of it.

    Raises ``ExportError`` when the place can't be written; nothing is left behind then.
    """
    # Not tempfile: its files are the owner's alone, whatever the umask says.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    opened = False
    try:
        with temporary.open("xb") as file:
            opened = True
            file.write(data)
        temporary.replace(path)
    except (OSError, ValueError) as problem:  # ValueError: a name that no file can have
        if opened:
            temporary.unlink(missing_ok=True)
        raise ExportError(f"{path}: cannot write: {reason(problem)}") from None


def reason(problem: Exception) -> str:
    """What went wrong with a file, in the system's words."""
    if isinstance(problem, UnicodeEncodeError):
        return "its name can't be written in the file system's encoding"
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem) or type(problem).__name__


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")
