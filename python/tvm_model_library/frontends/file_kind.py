"""What a file is that is not what its suffix says: for error messages."""

from __future__ import annotations

_BEGINNINGS = (
    (b"PK\x03\x04", "a ZIP archive, as .keras and .pt2 files are"),
    (b"\x89HDF\r\n", "an HDF5 file, as Keras writes .h5 files"),
    (b"version https://git-lfs", "a Git LFS pointer: fetch the file itself with `git lfs pull`"),
    (b"<!DOCTYPE", "a web page: download the file itself"),
    (b"<html", "a web page: download the file itself"),
    (b"\x1f\x8b", "compressed with gzip: unpack it first"),
    (b"\x7fELF", "an ELF file"),
    (b"#", "text"),
    (b"def @", "Relay text: give it the suffix .relay"),
)


def kind_of(head: bytes) -> str:
    """What a file that begins with ``head`` is, in words; the bytes themselves where that is not known."""
    if not head:
        return "empty"
    if head[4:8] == b"TFL3":
        return "a TFLite model"
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    return f"unknown, it begins with {head[:8]!r}"
