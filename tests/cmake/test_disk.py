"""Disks that are full, files with a limit, clocks that differ, a umask that hides: no damage, and one clear error."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LONG = bool(os.environ.get("TVM_MODEL_LIBRARY_LONG_TESTS"))
PAGE = 4096
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")


class SmallDisk:
    """A file system of a few megabytes in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.filler = folder / "filler"

    def leave(self, free: int) -> None:
        """Fill it but for some bytes."""
        self.filler.unlink(missing_ok=True)
        facts = os.statvfs(self.folder)
        self.filler.write_bytes(bytes(facts.f_bavail * facts.f_frsize - free))

    def make_room(self) -> None:
        self.filler.unlink(missing_ok=True)


@pytest.fixture
def disk(folder: Path) -> Iterator[SmallDisk]:
    path = folder / "small disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk can't be mounted here: {mounted.stderr.strip()}")
    yield SmallDisk(path)
    subprocess.run(["umount", path], check=True)


def words(output: str) -> str:
    """The output as one line."""
    return " ".join(output.split())


@needs_root
def test_every_moment_at_which_the_disk_of_the_cache_is_full(replaying: Any, disk: SmallDisk) -> None:
    """However much is left: a whole model, or an error and nothing that a later build would take for whole."""
    project = replaying
    good = project.tree("first")
    failed = 0
    size = sum(len(data) + PAGE for data in good.values())
    for free in range(0, size + 20 * PAGE, PAGE if LONG else 2 * PAGE):
        cache = disk.folder / f"cache {free}"
        cache.mkdir()
        (cache / "last_use").touch()
        (project.build_folder / "first.model" / "key").unlink(missing_ok=True)
        disk.leave(free)
        output = project.run(*project.configure_command(f"-DTVM_MODEL_LIBRARY_CACHE={cache}"), ok=None)
        disk.make_room()
        if "Configuring incomplete" in output:
            failed += 1
            assert list(cache.glob("*/key")) == [], free
            assert not (project.build_folder / "first.model" / "key").exists()
        else:
            assert project.tree("first") == good, free
        project.configure(f"-DTVM_MODEL_LIBRARY_CACHE={cache}")
        assert project.tree("first") == good, free
        (entry,) = (key.parent for key in cache.glob("*/key"))
        assert project.contents(entry) == good, free
        subprocess.run(["rm", "-r", cache], check=True)
    assert failed > 5


@needs_root
def test_every_moment_at_which_the_disk_of_the_build_is_full(replaying: Any, disk: SmallDisk) -> None:
    project = replaying
    good = project.tree("first")
    project.build_folder = disk.folder / "build"
    project.configure()
    tree = project.build_folder / "first.model"
    # CMake's own cache of variables, which a full disk may cut off, is CMake's matter.
    variables = project.build_folder / "CMakeCache.txt"
    whole = variables.read_bytes()
    failed = 0
    for free in range(0, sum(len(data) + PAGE for data in good.values()), PAGE if LONG else 2 * PAGE):
        subprocess.run(["rm", "-r", tree], check=True)
        disk.leave(free)
        output = project.run(*project.configure_command(), ok=None)
        disk.make_room()
        variables.write_bytes(whole)
        if "cannot be written whole" in output:
            failed += 1
            assert not (tree / "key").exists()
        project.configure()
        assert project.tree("first") == good, free
    assert failed > 5


@needs_root
def test_the_exporter_on_a_full_disk(project: Any, disk: SmallDisk, multiply: Any, folder: Path) -> None:
    """Each advice of the error helps."""
    project.write("tvm_add_model_library(first first.relay NO_TEST)\n", first_relay=multiply(2.0))
    project.configure("-DTVM_MODEL_LIBRARY_CACHE=OFF")
    pages = {name: len(data) // PAGE + 1 for name, data in project.tree("first").items()}
    unpacked = sum(count for name, count in pages.items() if name.startswith("archive/"))
    exported = sum(pages.values()) - unpacked
    (project.build_folder / "first.model" / "key").unlink()
    (disk.folder / "cache").mkdir()
    (disk.folder / "cache" / "last_use").touch()
    option = f"-DTVM_MODEL_LIBRARY_CACHE={disk.folder / 'cache'}"
    seen = set()
    for free in (0, exported // 2, exported + unpacked // 2):
        disk.leave(free * PAGE)
        output = words(project.configure(option, ok=False))
        assert "Traceback" not in output
        seen.add(
            "exporter" if "cannot write: No space left on device" in output else
            "unpacking" if "cannot be written whole" in output and "Is the disk full?" in output else
            "unpacking" if "No space left on device" in output else output  # CMake 4 says it itself
        )  # fmt: skip
        assert list((disk.folder / "cache").glob("*/key")) == []
    assert seen == {"exporter", "unpacking"}
    project.configure("-DTVM_MODEL_LIBRARY_CACHE=OFF")
    (project.build_folder / "first.model" / "key").unlink()
    project.configure(f"-DTVM_MODEL_LIBRARY_CACHE={folder / 'another cache'}")
    (project.build_folder / "first.model" / "key").unlink()
    disk.make_room()
    project.configure(option)
    assert len(list((disk.folder / "cache").glob("*/key"))) == 1


@pytest.mark.parametrize("limit", [0, 100, 3000, 20000])
def test_files_with_a_limit(replaying: Any, limit: int) -> None:
    """What `ulimit -f` makes of CMake and of the exporter: ended, or whole where all that is written is smaller."""
    project = replaying
    good = project.tree("first")
    (project.build_folder / "first.model" / "key").unlink()
    for path in (project.build_folder / "first.model").rglob("*.c"):
        path.unlink()
    result = subprocess.run(
        project.configure_command(),
        env=project.environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        check=False,
    )
    if result.returncode == 0:
        assert limit > 1000
        assert project.tree("first") == good
    assert project.contents(project.entry) == good
    project.configure()
    assert project.tree("first") == good


def test_the_exporter_under_a_limit(project: Any, multiply: Any) -> None:
    project.write("tvm_add_model_library(first first.relay NO_TEST)\n", first_relay=multiply(2.0))
    project.configure("-DTVM_MODEL_LIBRARY_CACHE=OFF", "-DCMAKE_BUILD_TYPE=Debug")
    good = project.tree("first")
    subprocess.run(["rm", "-r", project.build_folder / "first.model"], check=True)
    # Above what CMake writes of its own, below what the archive needs; ignored, the signal becomes an error.
    lines = project.python.path.read_text().splitlines(keepends=True)
    project.python.path.write_text("".join([lines[0], "trap '' XFSZ; ulimit -f 8\n", *lines[1:]]))
    output = words(project.configure(ok=False))
    assert "first.tar: cannot write: File too large" in output
    project.python.path.write_text("".join(lines))
    project.configure()
    assert project.tree("first") == good


def shown_to_others(folder: Path, mask: int) -> list[Path]:
    """What has a mode that the umask forbids; CMake's own files, which it copies with their mode, aside."""
    found = [p for p in (folder, *folder.rglob("*")) if p.lstat().st_mode & mask and not p.is_symlink()]
    return [p for p in found if not re.search(r"/CMakeFiles/\d", str(p))]


@pytest.mark.parametrize("mask", [0o077, 0o027])
def test_a_umask_is_respected(project: Any, multiply: Any, folder: Path, mask: int) -> None:
    """Also where the model comes from a cache that a wider umask has made."""
    project.cache = folder / "own cache"
    project.environment["TVM_MODEL_LIBRARY_CACHE_DIR"] = str(project.cache)
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    narrow, wide = project.build_folder, project.build_folder.with_name("second build")
    before = os.umask(mask)
    try:
        project.configure()
        project.build()
    finally:
        os.umask(before)
    assert shown_to_others(narrow, mask) == []
    assert shown_to_others(project.cache, mask) == []

    for path in (project.cache, narrow):
        subprocess.run(["rm", "-r", path], check=True)
    project.build_folder = wide
    project.configure()
    os.umask(mask)
    try:
        project.build_folder = narrow
        assert "found in the cache" in project.configure()
    finally:
        os.umask(before)
    assert shown_to_others(narrow, mask) == []


def test_an_input_from_the_future(any_generator: Any, multiply: Any) -> None:
    """Builds end, say why they do not watch it, and do as they were told again after the command of the message."""
    project = any_generator
    project.write("tvm_add_model_library(first first.relay NO_TEST)\n", first_relay=multiply(2.0))
    model = project.source / "first.relay"
    future = time.time() + 3 * 365 * 86400
    os.utime(model, (future, future))
    output = project.configure()
    assert f"{model} has a time in the future" in words(output)
    project.build()
    project.python.starts()

    (command,) = re.findall(r"Run: (\S+ -E touch \"[^\"]+\")", words(output))
    project.run("sh", "-c", command)
    assert "time in the future" not in words(project.configure())
    before = project.tree("first")
    time.sleep(1.1)
    model.write_text(multiply(5.0))
    project.build()
    assert project.tree("first") != before


def test_a_clock_that_was_set_back(any_generator: Any, multiply: Any) -> None:
    """Our own files from the future neither keep a build from ending nor are compiled again and again."""
    project = any_generator
    project.write("tvm_add_model_library(first first.relay NO_TEST)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    future = time.time() + 86400
    for path in (project.build_folder / "first.model").rglob("*"):
        os.utime(path, (future, future))
    project.configure()
    time.sleep(1.1)
    project.build()
    state = project.state()
    project.python.starts()
    project.build()
    assert project.state() == state
    assert project.python.starts() == []


def test_two_configures_of_one_folder(project: Any, multiply: Any, folder: Path) -> None:
    """At the same time: one makes the tree, the other finds it whole."""
    project.environment["TVM_MODEL_LIBRARY_CACHE_DIR"] = str(folder / "own cache")
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    for options in ((), ("-DTVM_MODEL_LIBRARY_CACHE=OFF",)):
        project.configure(*options)
        project.python.starts()
        (project.source / "first.relay").write_text(multiply(3.0 + len(options)))
        command = project.configure_command(*options)
        running = [
            subprocess.Popen(
                command, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for _ in range(3)
        ]
        for process in running:
            output, _ = process.communicate()
            assert process.returncode == 0, output
        assert project.python.exported() == ["first.relay"]
        project.build()
        project.test()


def test_a_model_that_changes_while_it_is_compiled(project: Any, multiply: Any, folder: Path) -> None:
    """What was compiled is not kept under the name of what was there before."""
    project.cache = folder / "own cache"
    project.environment["TVM_MODEL_LIBRARY_CACHE_DIR"] = str(project.cache)
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    project.python.hang.touch()
    process = subprocess.Popen(
        project.configure_command(),
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not project.python.hang.read_text():
        assert process.poll() is None
        time.sleep(0.05)
    (project.source / "first.relay").write_text(multiply(3.0))
    project.python.hang.unlink()
    output, _ = process.communicate()
    assert process.returncode == 1
    assert "changed while it was compiled: configure again" in words(output)
    assert list(project.cache.glob("*/key")) == []
    project.configure()
    project.build()
    project.test()
