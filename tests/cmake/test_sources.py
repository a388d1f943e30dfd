"""The lists of sources name every file that there is, since nothing is found by globbing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


def listed(file: Path, pattern: str) -> set[str]:
    """The names in a CMake list file."""
    return set(re.findall(rf"(?<![\w/.])({pattern})", file.read_text()))


def there(root: Path, pattern: str) -> set[str]:
    """The files in a folder."""
    return {path.relative_to(root).as_posix() for path in root.glob(pattern)}


@pytest.mark.parametrize("folder", ["crt", "crt_host_harness"])
def test_sources(source_tree: Path, folder: str) -> None:
    root = source_tree / folder
    assert listed(root / "sources.cmake", r"src/\w+\.c") == there(root, "src/*.c")


def test_headers(source_tree: Path) -> None:
    root = source_tree / "crt"
    assert listed(root / "sources.cmake", r"include/[\w/]+\.h") == there(root, "include/**/*.h")


def test_modules_of_the_package(source_tree: Path) -> None:
    """Each module that the configuration includes is installed."""
    cmake = source_tree / "cmake"
    included = re.findall(r"LIST_DIR}/(\w+\.cmake)", (cmake / "TVMModelLibraryConfig.cmake").read_text())
    assert included
    assert {f"cmake/{name}" for name in included} <= listed(cmake / "InstallPackage.cmake", r"cmake/\w+\.cmake")
