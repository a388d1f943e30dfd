"""Folders with characters in their names that CMake, make, ninja or the shell may take for something else.

Not in them: & and ', with which ninja 1.11 compiles every C file again and again.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("name", ["one#1", "[2] (3) $4 5=ü,+@"])
def test_a_folder(any_tool: Any, multiply: Any, name: str, tmp_path: Path) -> None:
    project = type(any_tool)(tmp_path / name, any_tool.python, any_tool.cache, any_tool.generator)
    project.write("tvm_add_model_library(first first.relay EXECUTOR aot)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    project.test()
    if "#" in name and "Makefiles" in project.generator:
        return  # with # in the folder's name, CMake's makefiles never build a second time, whatever the project
    state, tree = project.state(), project.tree("first")
    project.configure()
    project.build()
    assert project.state() == state

    model = project.source / "first.relay"
    model.write_text(multiply(3.0))
    later = time.time() + 1
    os.utime(model, (later, later))
    time.sleep(1.1)
    project.build()
    project.test()
    assert project.tree("first") != tree
    assert project.state() != state
