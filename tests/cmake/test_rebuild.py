"""Never stale, never slow: what a configure or a build does again, and what it leaves alone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tvm_model_library.params import save_param_dict

TWO_MODELS = "tvm_add_model_library(first first.relay)\ntvm_add_model_library(second second.relay)\n"


def outputs(project: Any, name: str) -> str:
    """What the harness prints of a model's outputs, times left out."""
    text = project.run(project.program(f"{name}_host"))
    return re.sub(r".*(time|run).*\n", "", text)


def edit(path: Path, text: str) -> None:
    """Writes a file with a time that no build took for its own."""
    path.write_text(text)
    later = time.time() + 1
    os.utime(path, (later, later))
    while time.time() < later:
        time.sleep(0.05)


def test_unchanged(any_generator: Any, multiply: Any) -> None:
    project = any_generator
    project.write(TWO_MODELS, first_relay=multiply(2.0), second_relay=multiply(3.0))
    project.configure()
    project.build()
    project.test()
    project.python.starts()
    before = project.state()

    project.configure()
    output = project.build()

    assert project.python.starts() == []
    assert project.state() == before
    if "Ninja" in project.generator:
        assert "no work to do" in output
    else:
        assert "Building" not in output
        assert "Linking" not in output


def test_an_edited_model_is_exported_alone(any_generator: Any, multiply: Any) -> None:
    project = any_generator
    project.write(TWO_MODELS, first_relay=multiply(2.0), second_relay=multiply(3.0))
    project.configure()
    project.build()
    first, second = outputs(project, "first"), outputs(project, "second")
    state = project.state()
    project.python.starts()

    edit(project.source / "second.relay", multiply(100.0 + len(project.generator)))  # not in the cache
    project.build()

    assert project.python.exported() == ["second.relay"]
    assert outputs(project, "first") == first
    assert outputs(project, "second") != second
    changed = {path for path, facts in project.state().items() if state.get(path) != facts}
    assert changed
    assert not any("first" in path for path in changed)
    project.test()


def test_going_back_to_an_older_model(any_tool: Any, multiply: Any) -> None:
    """The older model comes from the cache, and its files, though older than the objects, are compiled again."""
    project = any_tool
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    first = outputs(project, "first")
    edit(project.source / "first.relay", multiply(7.0))
    project.build()
    assert outputs(project, "first") != first
    project.python.starts()

    edit(project.source / "first.relay", multiply(2.0))
    project.build()

    assert project.python.exported() == []
    assert outputs(project, "first") == first
    project.test()


def test_a_touched_model_is_not_exported(project: Any, multiply: Any) -> None:
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    project.python.starts()
    state = project.state()
    edit(project.source / "first.relay", multiply(2.0))
    project.build()
    assert project.python.starts() == []
    assert project.state() == state


def test_options_and_parameters(project: Any) -> None:
    model = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(4), float32], %w: Tensor[(4), float32]) { %x * %w }\n'

    def parameters(value: float) -> bytes:
        return save_param_dict({"w": np.full(4, value, "float32")})

    project.write("tvm_add_model_library(first first.relay PARAMS first.params)\n", first_relay=model)
    (project.source / "first.params").write_bytes(parameters(2.0))
    project.configure()
    project.build()
    first = outputs(project, "first")

    (project.source / "first.params").write_bytes(parameters(3.0))
    later = time.time() + 1
    os.utime(project.source / "first.params", (later, later))
    time.sleep(1)
    project.python.starts()
    project.build()
    assert project.python.exported() == ["first.relay"]
    assert outputs(project, "first") != first

    lists = project.source / "CMakeLists.txt"
    edit(lists, lists.read_text().replace("first.params)", "first.params EXECUTOR aot)"))
    project.build()
    assert project.python.exported() == ["first.relay"]
    project.test()


def test_a_failed_export_leaves_the_last_good_state(any_tool: Any, multiply: Any) -> None:
    project = any_tool
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    first = outputs(project, "first")
    tree = {p: p.read_bytes() for p in (project.build_folder / "first.model").rglob("*") if p.is_file()}

    edit(project.source / "first.relay", multiply(2.0).replace("%x *", "%y *"))
    output = project.build(ok=False)
    assert "first.relay:2:" in output
    assert "%y" in output
    assert "Traceback" not in output
    assert {p: p.read_bytes() for p in (project.build_folder / "first.model").rglob("*") if p.is_file()} == tree
    assert outputs(project, "first") == first
    project.build(ok=False)  # and it stays an error

    project.python.starts()
    edit(project.source / "first.relay", multiply(2.0))
    project.build()
    assert project.python.starts() == []
    assert outputs(project, "first") == first


@pytest.mark.parametrize("with_cache", [True, False])
def test_an_interrupted_export(project: Any, multiply: Any, with_cache: bool, folder: Path) -> None:
    project.environment["TVM_MODEL_LIBRARY_CACHE_DIR"] = str(folder / "own cache")
    options = [] if with_cache else ["-DTVM_MODEL_LIBRARY_CACHE=OFF"]
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    project.configure(*options)
    project.build()
    first = outputs(project, "first")
    tree = project.build_folder / "first.model"
    good = {p: p.read_bytes() for p in tree.rglob("*") if p.is_file()}

    (project.source / "first.relay").write_text(multiply(11.0))
    project.python.hang.touch()
    process = subprocess.Popen(
        project.configure_command(*options), env=project.environment, start_new_session=True, stdout=subprocess.DEVNULL
    )
    while not project.python.hang.read_text():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    project.python.hang.unlink()
    assert {p: p.read_bytes() for p in tree.rglob("*") if p.is_file()} == good

    project.build()
    assert outputs(project, "first") != first
    project.test()
    assert list(project.build_folder.rglob("*.tmp")) == []
    assert list(folder.glob("own cache/*.tmp")) == []


def test_an_interrupted_copy_is_noticed(any_tool: Any, multiply: Any) -> None:
    """A tree without its key is one whose update did not finish."""
    project = any_tool
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    tree = project.build_folder / "first.model"
    good = {p: p.read_bytes() for p in tree.rglob("*") if p.is_file()}
    (tree / "key").unlink()
    next(tree.rglob("*_data.c")).write_text("broken")
    project.build()
    assert {p: p.read_bytes() for p in tree.rglob("*") if p.is_file()} == good
    project.test()


def test_another_apache_tvm(any_tool: Any, multiply: Any) -> None:
    """Its METADATA file stands for its version; an upgrade puts another in its place."""
    project = any_tool
    version = f"Version: 0.27 {project.generator}\n"
    project.python.metadata.write_text(version)
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    project.python.starts()

    edit(project.python.metadata, version + "Later\n")
    project.build()
    assert project.python.exported() == ["first.relay"]

    key = (project.build_folder / "first.model" / "key").read_text()
    project.python.metadata.unlink()
    project.build()  # the Python is checked again, and the real METADATA found
    assert "check_python.py" in project.python.starts()[0]
    assert (project.build_folder / "first.model" / "key").read_text() != key
    project.build()
    assert project.python.starts() == []
