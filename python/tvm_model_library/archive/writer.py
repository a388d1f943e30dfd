"""Writing archives: an uncompressed tar with the same bytes whenever the contents are the same."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import PurePosixPath

from tvm_model_library.errors import ExportError

DEFAULT_EPOCH = 315_532_800
"""1980-01-01 00:00:00 UTC, where ``SOURCE_DATE_EPOCH`` is not set: the earliest time that every archive format,
file system and build tool takes."""


def source_date_epoch() -> int:
    """Seconds since 1970 that stand for now: ``SOURCE_DATE_EPOCH``, or :data:`DEFAULT_EPOCH`.

    Raises ``ExportError`` when the variable is no time that a tar can hold.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return DEFAULT_EPOCH
    if not (text.isascii() and text.isdigit()) or int(text) >= 8**11:
        raise ExportError(f"SOURCE_DATE_EPOCH is {text!r}; expected seconds since 1970-01-01, a whole number")
    return int(text)


def export_datetime() -> str:
    """The time of :func:`source_date_epoch` as metadata.json spells it."""
    return datetime.fromtimestamp(source_date_epoch(), timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")


def tar_bytes(files: Mapping[str, bytes]) -> bytes:
    """An archive of ``files``, whose keys are relative POSIX paths: sorted, folders included, all under ``.``,
    owned by root, dated :func:`source_date_epoch`.
    """
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    members: dict[str, bytes | None] = {**dict.fromkeys(folders | {"."}), **files}
    stream = io.BytesIO()
    mtime = source_date_epoch()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(members, key=lambda p: () if p == "." else PurePosixPath(p).parts):
            tar.addfile(*_member(path, members[path], mtime))
    return stream.getvalue()


def _member(path: str, data: bytes | None, mtime: int) -> tuple[tarfile.TarInfo, io.BytesIO | None]:
    info = tarfile.TarInfo("." if path == "." else f"./{path}")
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = mtime
    if data is None:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        return info, None
    info.size, info.mode = len(data), 0o644
    return info, io.BytesIO(data)
