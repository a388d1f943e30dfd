"""Every way in which a file can be damaged, over every file of the cache's entry and of the build folder's tree.

Each is noticed before anything of it is used, and mended.

TVM_MODEL_LIBRARY_LONG_TESTS=1 damages the trees of more models.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Damage = Callable[[Path, Path], None]
LONG = bool(os.environ.get("TVM_MODEL_LIBRARY_LONG_TESTS"))


def rewritten(change: Callable[[bytes], bytes]) -> Damage:
    """A damage that keeps the file's time, as a disk's would."""

    def damage(path: Path, _: Path) -> None:
        facts = path.stat()
        path.write_bytes(change(path.read_bytes()))
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    return damage


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def missing(path: Path, _: Path) -> None:
    path.unlink()


def unreadable(path: Path, _: Path) -> None:
    path.chmod(0)


def folder_instead(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "file").write_text("")


def link_instead(path: Path, spare: Path) -> None:
    """To the same contents."""
    shutil.move(path, spare)
    path.symlink_to(spare)


def dangling_link(path: Path, spare: Path) -> None:
    path.unlink()
    path.symlink_to(spare / "nowhere")


def pipe_instead(path: Path, _: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def another_file(path: Path, _: Path) -> None:
    (path.parent / "extra.h").write_text("#error\n")


def another_hidden_file(path: Path, _: Path) -> None:
    (path.parent / ".extra").write_text("")


def another_folder(path: Path, _: Path) -> None:
    (path.parent / "a new [folder").mkdir()
    (path.parent / "a new [folder" / "with; one").write_text("")


OF_FILES: dict[str, Damage] = {
    "half of it": rewritten(lambda data: data[: len(data) // 2]),
    "the last byte missing": rewritten(lambda data: data[:-1]),
    "empty": rewritten(lambda _: b""),
    "one bit changed": rewritten(flipped),
    "zeros": rewritten(lambda data: bytes(len(data))),
    "a byte more": rewritten(lambda data: data + b"\n"),
    "missing": missing,
    "unreadable": unreadable,
    "a folder": folder_instead,
    "a link": link_instead,
    "a dangling link": dangling_link,
    "a pipe": pipe_instead,
    "another file beside it": another_file,
    "a hidden file beside it": another_hidden_file,
    "a folder beside it": another_folder,
}


def as_anybody(project: Any) -> None:
    """Root reads every file: give that right up."""
    if os.geteuid() == 0:
        project.wrapper = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


def each_file(folder: Path) -> Iterator[str]:
    """The files of a tree; of the C runtime, whose files are all alike, in the short form only one."""
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    runtime = [f for f in files if "/runtime/" in f]
    yield from files if LONG else [f for f in files if f not in runtime[1:]]


@pytest.fixture(params=["graph", "aot", "llvm"] if LONG else ["graph"])
def damaged(request: pytest.FixtureRequest, replaying: Any, folder: Path) -> Any:
    """A project whose tree and entry are whole; ``good`` has what they hold."""
    project = replaying
    options = {"graph": "", "aot": "EXECUTOR aot", "llvm": "EXECUTOR aot TARGET llvm"}[request.param]
    if options:
        shutil.rmtree(project.python.replay)
        shutil.rmtree(project.cache)
        lists = project.source / "CMakeLists.txt"
        lists.write_text(lists.read_text().replace("NO_TEST", f"NO_TEST {options}"))
        project.configure()
        (project.entry,) = (k.parent for k in project.cache.glob("*/key"))
        shutil.copytree(project.entry, project.python.replay, ignore=shutil.ignore_patterns("key", "archive"))
    as_anybody(project)
    project.python.starts()
    project.good = project.tree("first")
    project.spare = folder / "spare"
    return project


def whole(project: Any) -> bool:
    """Are entry and tree as they were?"""
    return all(p == project.good for p in (project.contents(project.entry), project.tree("first")))


@pytest.mark.parametrize("damage", OF_FILES)
def test_an_entry_of_the_cache(damaged: Any, damage: str) -> None:
    """Thrown away with a line that says so, and exported again."""
    project = damaged
    for name in each_file(project.entry):
        OF_FILES[damage](project.entry / name, project.spare)
        (project.build_folder / "first.model" / "key").unlink()
        output = project.configure()
        assert f"throwing the cache's entry {project.entry} away: " in output, name
        assert project.python.exported() == ["first.relay"], name
        assert whole(project), name


@pytest.mark.parametrize("cache", ["with a cache", "without"])
@pytest.mark.parametrize("damage", OF_FILES)
def test_a_tree_of_the_build_folder(damaged: Any, damage: str, cache: str) -> None:
    """Put right from the cache, or exported again where there is none."""
    project = damaged
    options = [] if cache == "with a cache" else ["-DTVM_MODEL_LIBRARY_CACHE=OFF"]
    tree = project.build_folder / "first.model"
    for name in list(each_file(tree))[:: 1 if LONG or not options else 4]:
        OF_FILES[damage](tree / name, project.spare)
        output = project.configure(*options)
        assert name == "key" or f"putting {tree} right: " in output, name
        assert project.python.exported() == (["first.relay"] if options else []), name
        assert whole(project), name


def every_damage(tree: Path, project: Any) -> Iterator[str]:
    """Damages of a tree as a whole; each is done before its name is given."""
    other = "0" * 64
    key = (tree / "key").read_text()
    (tree / "key").write_text(other + key[64:])
    yield "the key of another tree"
    (tree / "key").write_text(key[:64] + "\n")
    yield "a key of one line"
    (tree / "key").write_bytes(os.urandom(131))
    yield "noise as the key"
    (tree / "key").write_text(key * 1000)
    yield "a key of many lines"
    (tree / "files.txt").write_text("")
    (tree / "report.html").unlink()
    yield "a list of nothing"
    lines = (tree / "files.txt").read_text().splitlines(keepends=True)
    (tree / "files.txt").write_text("".join(lines[1:]))
    yield "a list without its first line"
    (tree / "files.txt").write_text("".join([*lines, lines[0].replace("archive/", "../first.model/archive/")]))
    yield "a list with a line more"
    (tree / "manifest.cmake").write_text(f'file(WRITE "{project.spare}" "")\n')
    yield "a manifest that does something"
    shutil.rmtree(tree / "archive")
    yield "a folder missing"
    shutil.move(tree / "generated", project.spare)
    (tree / "generated").write_text("")
    yield "a file in place of a folder"
    shutil.rmtree(project.spare)
    shutil.move(tree / "generated", project.spare)
    (tree / "generated").symlink_to(project.spare)
    yield "a link in place of a folder"
    (tree / "generated").chmod(0)
    yield "an unreadable folder"
    shutil.rmtree(project.spare)
    shutil.move(tree, project.spare)
    tree.write_text("")
    yield "a file in place of the tree"
    shutil.rmtree(project.spare)
    shutil.move(tree, project.spare)
    tree.symlink_to(project.spare)
    yield "a link in place of the tree"
    shutil.rmtree(tree)
    tree.mkdir()
    yield "nothing"


def test_entries_as_a_whole(damaged: Any) -> None:
    project = damaged
    for damage in every_damage(project.entry, project):
        (project.build_folder / "first.model" / "key").unlink()
        output = project.configure()
        assert f"throwing the cache's entry {project.entry} away: " in output, damage
        assert project.python.exported() == ["first.relay"], damage
        assert whole(project), damage
        assert not project.spare.is_file(), damage


def test_trees_as_a_whole(damaged: Any) -> None:
    project = damaged
    for damage in every_damage(project.build_folder / "first.model", project):
        project.configure()
        assert project.python.exported() == [], damage
        assert whole(project), damage
        assert not project.spare.is_file(), damage


def test_both_at_once(damaged: Any) -> None:
    project = damaged
    for folder in (project.entry, project.build_folder / "first.model"):
        (folder / "manifest.cmake").write_text("message(FATAL_ERROR no)\n")
    project.configure()
    assert project.python.exported() == ["first.relay"]
    assert whole(project)


def test_the_build_mends_a_tree(any_tool: Any, multiply: Any) -> None:
    """Without a configure of the user's; only what was damaged is compiled again."""
    project = any_tool
    project.write("tvm_add_model_library(first first.relay EXECUTOR aot)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    good, state = project.tree("first"), project.state()
    project.python.starts()
    tree = project.build_folder / "first.model"
    source = next((tree / "archive" / "codegen").rglob("*lib0.c"))
    for damage in ("missing", "changed", "header"):
        if damage == "missing":
            source.unlink()
        elif damage == "changed":
            source.write_text(source.read_text() + "#error\n")
        else:
            next(tree.rglob("tvmgen_first.h")).unlink()
        project.build()
        assert project.tree("first") == good, damage
        assert project.python.exported() == [], damage
    project.test()
    changed = {Path(p).name for p, facts in project.state().items() if state.get(p) != facts}
    assert changed
    assert not any("graph" in name or "tvm_model_library" in name for name in changed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_entry_that_cannot_be_thrown_away(replaying: Any) -> None:
    """Another user's, in a cache that is shared: a warning, and the build goes on without."""
    project = replaying
    project.wrapper = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--"]
    (project.entry / "report.json").write_text("")
    for path in (project.entry, *project.entry.rglob("*")):
        os.chown(path, 12345, 12345)
    project.build_folder = project.build_folder.with_name("second build")
    output = project.configure()
    assert "throwing the cache's entry" in output
    assert f"the model cannot be kept as {project.entry}" in " ".join(output.split())
    assert project.python.exported() == ["first.relay"]
    assert [p.name for p in project.cache.glob("*.tmp")] == []
    project.build()
