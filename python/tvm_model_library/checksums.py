"""What a build tree holds: every file with its size and hash, for whoever takes files from a disk to check."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

FILE = "files.txt"
"""The list's name in a build tree."""


def checksums(files: Mapping[str, bytes]) -> str:
    """A line for each of ``files`` (by path), sorted: SHA-256, size in bytes, path, a space between them.

    The list is made of what was to be written, not of what a disk gives back. It does not name itself.
    """
    return "".join(f"{hashlib.sha256(files[p]).hexdigest()} {len(files[p])} {p}\n" for p in sorted(files))
