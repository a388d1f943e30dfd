"""The export cache: shared by build folders, safe when they run at the same time, and never needed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

LIBRARY = "tvm_add_model_library(first first.relay)\n"


@pytest.fixture
def two_builds(project: Any, multiply: Any, folder: Path) -> Any:
    """A project whose cache is empty; its second build folder is the attribute ``second``."""
    project.cache = folder / "own cache"
    project.environment["TVM_MODEL_LIBRARY_CACHE_DIR"] = str(project.cache)
    project.write(LIBRARY, first_relay=multiply(2.0))
    project.second = project.build_folder.with_name("second build")
    return project


def test_a_second_build_folder_exports_nothing(two_builds: Any) -> None:
    project = two_builds
    project.configure()
    assert project.python.exported() == ["first.relay"]
    first = (project.build_folder / "first.model" / "first.tar").read_bytes()
    project.build_folder = project.second
    output = project.configure()
    assert project.python.exported() == []
    assert "found in the cache" in output
    assert (project.second / "first.model" / "first.tar").read_bytes() == first
    project.build()
    project.test()


def test_two_builds_at_once_export_once(two_builds: Any) -> None:
    project = two_builds
    commands = [project.configure_command()]
    project.build_folder = project.second
    commands.append(project.configure_command())
    running = [
        subprocess.Popen(c, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for c in commands
    ]
    for process in running:
        output, _ = process.communicate()
        assert process.returncode == 0, output
    assert project.python.exported() == ["first.relay"]
    project.build()
    project.test()


def test_the_variable_goes_before_the_environment(two_builds: Any, folder: Path) -> None:
    other = folder / "other cache"
    two_builds.configure(f"-DTVM_MODEL_LIBRARY_CACHE={other}")
    assert len(list(other.glob("*/key"))) == 1
    assert not two_builds.cache.exists()


def test_no_cache(two_builds: Any, folder: Path) -> None:
    project = two_builds
    project.environment["HOME"] = str(folder)
    project.configure("-DTVM_MODEL_LIBRARY_CACHE=OFF")
    project.build()
    project.test()
    assert not project.cache.exists()
    assert not (folder / ".cache").exists()
    assert list(project.build_folder.glob("first.model.*")) == []
    project.python.starts()
    project.configure()
    assert project.python.starts() == []


def test_a_cache_that_cannot_be_written(two_builds: Any, folder: Path) -> None:
    project = two_builds
    (folder / "file").write_text("")
    project.environment["TVM_MODEL_LIBRARY_CACHE_DIR"] = str(folder / "file" / "cache")
    output = project.configure()
    assert "cannot be written" in output
    assert "TVM_MODEL_LIBRARY_CACHE" in output
    assert project.python.exported() == ["first.relay"]
