"""Archives: exact contents, equal bytes, every version, and tars that nobody should trust."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import PlanBuilder, add_plan, model_of
from tvm_model_library.archive.contents import storage_map
from tvm_model_library.archive.metadata import VERSIONS
from tvm_model_library.archive.reader import read_archive
from tvm_model_library.archive.writer import tar_bytes
from tvm_model_library.build_tree import harness_source, manifest
from tvm_model_library.compiler.targets.target import C
from tvm_model_library.errors import ExportError, ModelLibraryError
from tvm_model_library.library import Library, assemble

MEMORY = [
    {"storage_id": 0, "size_bytes": 2, "input_binding": "a"},
    {"storage_id": 1, "size_bytes": 8, "input_binding": "b"},
    {"storage_id": 2, "size_bytes": 8, "input_binding": "p0"},
    {"storage_id": 3, "size_bytes": 8},
]


def library(executor: str = "graph", text: str = "the text") -> Library:
    plan = add_plan()
    target = C
    reference: Callable[..., Any] = lambda a, b: [a.astype("float32") + b * np.array([[2, 4]], "float32")]  # noqa: E731
    return assemble(model_of(plan, reference, text), plan, target, executor)


def test_version_1_exactly(tmp_path: Path) -> None:
    path = library().export(tmp_path / "add.tar")
    with tarfile.open(path, "r:") as tar:
        members = tar.getmembers()
        metadata = tar.extractfile("./metadata.json")
        assert metadata is not None
        text = metadata.read().decode()
    assert [m.name for m in members if m.isfile()] == [
        "./codegen/host/src/lib0.c",
        "./codegen/host/src/lib1.c",
        "./metadata.json",
        "./parameters/add.params",
        "./relay.txt",
        "./runtime-config/graph/graph.json",
    ]
    assert {(m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, "root", "root")}
    assert json.loads(text) == {
        "version": 1,
        "model_name": "add",
        "export_datetime": "1980-01-01 00:00:00Z",
        "memory": MEMORY,
        "target": {"1": "c"},
        "runtimes": ["graph"],
    }
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True)


def test_shared_storage_has_the_size_of_its_largest_tensor() -> None:
    """TVM indexed shapes by storage id and took the first tensor that uses it."""
    graph = {
        "nodes": [{"op": "null", "name": "x", "inputs": []}, {"op": "tvm_op", "name": "k", "inputs": [[0, 0, 0]]}],
        "arg_nodes": [0],
        "node_row_ptr": [0, 1, 4],
        "attrs": {
            "dltype": ["list_str", ["int8", "int16", "float32", "bool"]],
            "storage_id": ["list_int", [0, 7, 7, 2]],
            "shape": ["list_shape", [[3], [4], [5], []]],
        },
    }
    entries = [(e.storage_id, e.size_bytes, e.input_binding) for e in storage_map(json.dumps(graph))]
    assert entries == [(0, 3, "x"), (7, 20, None), (2, 1, None)]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = library().export(tmp_path / "a.tar").read_bytes()
    assert library().export(tmp_path / "b.tar").read_bytes() == first
    assert library(text="other").export(tmp_path / "c.tar").read_bytes() != first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    dated = library().export(tmp_path / "d.tar")
    assert dated.read_bytes() != first
    assert read_archive(dated).metadata.modules["add"].export_datetime == "2001-09-09 01:46:40Z"
    with tarfile.open(dated) as tar:
        assert {m.mtime for m in tar.getmembers()} == {1_000_000_000}


@pytest.mark.parametrize("value", ["yesterday", "-1", "1.5", "9" * 20, "٣"])
def test_bad_source_date_epoch(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(ExportError, match="SOURCE_DATE_EPOCH"):
        library().export(tmp_path / "add.tar")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("executor", "version"), [("graph", v) for v in VERSIONS] + [("aot", v) for v in (5, 6, 7)])
def test_every_version_reads_back(executor: str, version: int, tmp_path: Path) -> None:
    archive = read_archive(library(executor).export(tmp_path / "add.tar", version))
    module = archive.metadata.modules["add"]
    assert archive.metadata.version == version
    assert (module.model_name, module.targets, module.executors) == ("add", ("c",), (executor,))
    assert archive.relay("add") == "the text"
    prefix = "add_" if version >= 3 else ""
    assert f"codegen/host/src/{prefix}lib0.c" in archive.files
    if executor == "graph":
        assert [s.size_bytes for s in module.sids] == [2, 8, 8, 8]
        assert json.loads(archive.graph_json("add") or "")["arg_nodes"] == [0, 1, 2]
        np.testing.assert_array_equal(archive.params("add")["p0"], [[2, 4]])
    else:
        assert "codegen/host/include/tvmgen_add.h" in archive.files
        assert archive.graph_json("add") is None
        assert ("runtime/include/tvm/runtime/c_runtime_api.h" in archive.files) == (version == 7)
        assert [d.url for d in module.external_dependencies] == (["./runtime"] if version == 7 else [])
        assert archive.params("add") == {}
    if version >= 2:
        assert module.main[0].inputs["a"].size == 2
        assert module.main[0].io_size_bytes == 18
        assert module.main[0].constants_size_bytes == 8
        assert module.functions[0].name == "tvmgen_add_fused_cast_multiply_add"
    assert f"version {version}" in archive.text()
    assert json.loads(archive.to_json())["version"] == version


@pytest.mark.parametrize(("executor", "version"), [("graph", 0), ("graph", 8), ("aot", 1), ("aot", 4)])
def test_versions_that_do_not_exist(executor: str, version: int, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=f"format version {version} does not exist for the {executor} executor"):
        library(executor).export(tmp_path / "add.tar", version)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"no/such/add\.tar: cannot write: No such file"):
        library().export(tmp_path / "no/such/add.tar")
    (tmp_path / "folder.tar").mkdir()
    with pytest.raises(ExportError, match="cannot write"):
        library().export(tmp_path / "folder.tar")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.tar"], "no temporary file is left"


def test_a_failed_export_keeps_the_old_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = library().export(tmp_path / "add.tar")
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ExportError, match="No space left"):
        library(text="newer").export(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["add.tar"]


# Hostile tars


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b"x") -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info, data if kind == tarfile.REGTYPE else b""


def read_bytes(tmp_path: Path, data: bytes) -> Any:
    (tmp_path / "bad.tar").write_bytes(data)
    return read_archive(tmp_path / "bad.tar")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (member("/etc/passwd"), "outside"),
        (member("../up"), "outside"),
        (member("./a/../../up"), "outside"),
        (member("a\\..\\b"), "outside"),
        (member("C:/x"), "outside"),
        (member("link", tarfile.SYMTYPE, "/etc/passwd"), "link or a device"),
        (member("hard", tarfile.LNKTYPE, "metadata.json"), "link or a device"),
        (member("pipe", tarfile.FIFOTYPE), "link or a device"),
        (member("tty", tarfile.CHRTYPE), "link or a device"),
        (member("./metadata.json"), "twice"),
    ],
)
def test_hostile_members(bad: tuple[tarfile.TarInfo, bytes], message: str, tmp_path: Path) -> None:
    good = member("./metadata.json", data=b"{}")
    with pytest.raises(ExportError, match=message):
        read_bytes(tmp_path, tar_of(good, bad))


def test_other_files_are_refused(tmp_path: Path) -> None:
    for data in (b"", b"\0" * 1024, b"PK\x03\x04" * 300, b"\x1f\x8b" * 600, b"a" * 512):
        with pytest.raises(ExportError, match=r"bad\.tar: "):
            read_bytes(tmp_path, data)
    with pytest.raises(ExportError, match=r"absent\.tar: cannot read the archive: No such file"):
        read_archive(tmp_path / "absent.tar")
    with pytest.raises(ExportError, match="cannot read"):
        read_archive(tmp_path)


def test_a_member_larger_than_the_file(tmp_path: Path) -> None:
    info = tarfile.TarInfo("metadata.json")
    info.size = 1 << 40
    header = info.tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(ExportError, match=r"bad\.tar"):
        read_bytes(tmp_path, header + b"{}".ljust(1024, b"\0"))


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tvm_model_library.archive.reader.MAX_MEMBERS", 3)
    with pytest.raises(ExportError, match="more than 3 members"):
        read_bytes(tmp_path, tar_of(*(member(f"f{i}") for i in range(9))))


def read_archive_or_none(tmp_path: Path, data: bytes) -> Any:
    try:
        return read_bytes(tmp_path, data)
    except ExportError as error:
        message = str(error)
    assert "bad.tar" in message
    return None


def test_truncations(tmp_path: Path) -> None:
    data = library().export(tmp_path / "add.tar").read_bytes()
    (tmp_path / "add.tar").unlink()
    end = data.rindex(b"}") // 512 * 512  # the last member's last block: what follows is padding
    for cut in [*range(0, end, 512), *range(100, end, 1111)]:
        # A cut between two members leaves a shorter tar: whatever is left must be whole.
        whole = read_archive_or_none(tmp_path, data[:cut])
        assert whole is None or "runtime-config/graph/graph.json" not in whole.files


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_archives_never_end_in_a_traceback(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(tar_bytes(library().archive_members()))
    for at, value in changes:
        data[at % len(data)] = value
    archive = read_archive_or_none(tmp_path, bytes(data))
    with contextlib.suppress(ModelLibraryError):
        if archive is not None:
            archive.text()
            archive.to_json()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "metadata.json is not JSON"),
        ("[" * 100_000, "metadata.json is not JSON"),
        ('{"version": ' + "9" * 5000 + "}", r"metadata.json is not JSON|version"),
        ("[]", r"metadata\.json must be an object, found \[\]"),
        ("{}", "version must be a number of 0 or more, found nothing"),
        ('{"version": true}', "version must be a number"),
        ('{"version": 8}', "version 8; this reader knows 1 to 7"),
        ('{"version": 7, "modules": {"a": {"memory": {}, "target": 3}}}', r"modules\.a\.model_name must be a string"),
        ('{"version": 1, "memory": [{"storage_id": -1}]}', "storage_id must be a number of 0 or more, found -1"),
        ('{"version": 1, "memory": 5}', "memory must be an object, found 5"),
    ],
)
def test_bad_metadata(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=message):
        read_bytes(tmp_path, tar_of(member("./metadata.json", data=text.encode())))


# What is written beside an archive


def build_tree(tmp_path: Path, lib: Library, **options: Any) -> Path:
    folder = tmp_path / "tree with space"
    folder.mkdir(exist_ok=True)
    archive = lib.export(folder / "add.tar")
    lib.write_build_tree(folder, archive=archive, **options)
    return folder


@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_manifest_names_files_that_exist(executor: str, tmp_path: Path) -> None:
    folder = build_tree(tmp_path, library(executor))
    with tarfile.open(folder / "add.tar") as tar:
        tar.extractall(folder / "archive")
    script = tmp_path / "read.cmake"
    names = ["SOURCES", "OBJECTS", "HEADERS", "INCLUDE_DIRS", "HARNESS_SOURCES", "NAME", "EXECUTOR"]
    lines = [f'message("{n}=${{TVM_MODEL_{n}}}")' for n in names]
    script.write_text("\n".join([f'include("{folder}/manifest.cmake")', *lines]))
    result = subprocess.run(["cmake", "-P", str(script)], check=True, capture_output=True, text=True)
    values = dict(line.split("=", 1) for line in result.stderr.splitlines() if "=" in line)
    assert (values["NAME"], values["EXECUTOR"], values["OBJECTS"]) == ("add", executor, "")
    assert str(tmp_path) not in (folder / "manifest.cmake").read_text()
    for key in ("SOURCES", "HEADERS", "INCLUDE_DIRS", "HARNESS_SOURCES"):
        assert values[key]
        for path in values[key].split(";"):
            assert (folder / path).exists(), path
    written = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.suffix in (".c", ".h")}
    listed = {p for key in ("SOURCES", "HEADERS", "HARNESS_SOURCES") for p in values[key].split(";")}
    assert {p for p in written if not p.startswith("archive/runtime/")} == listed


def test_a_build_tree_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = build_tree(tmp_path, library())
    stale = folder / "generated/src/stale.c"
    stale.write_text("")
    build_tree(tmp_path, library())
    assert not stale.exists()
    assert sorted(p.name for p in folder.iterdir()) == [
        "add.tar",
        "files.txt",
        "generated",
        "manifest.cmake",
        "report.html",
        "report.json",
    ]


@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_the_list_of_files_is_what_is_there(executor: str, tmp_path: Path) -> None:
    """Once the archive is unpacked, and to the byte."""
    folder = build_tree(tmp_path, library(executor))
    with tarfile.open(folder / "add.tar") as tar:
        tar.extractall(folder / "archive")
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    lines = files.pop("files.txt").decode().splitlines()
    assert lines == [f"{sha256(data).hexdigest()} {len(data)} {path}" for path, data in sorted(files.items())]


def test_an_archive_elsewhere_is_not_listed(tmp_path: Path) -> None:
    lib = library()
    lib.write_build_tree(tmp_path / "tree", archive=lib.export(tmp_path / "add.tar"))
    assert "add.tar" not in (tmp_path / "tree" / "files.txt").read_text()


@pytest.mark.parametrize("mask", [0o077, 0o027, 0o022, 0o002])
def test_the_umask_is_respected(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        folder = build_tree(tmp_path, library())
    finally:
        os.umask(before)
    modes = {p.stat().st_mode & 0o777 for p in folder.rglob("*") if p.is_file()}
    assert modes == {0o666 & ~mask}
    assert {p.stat().st_mode & 0o777 for p in folder.rglob("*") if p.is_dir()} == {0o777 & ~mask}


NAMES = ['a"b', "a;b", "${a}", "a]==]) message(FATAL_ERROR x) #", "a\\", "$ENV{HOME}", "a\nb", "a[", "ü", "@a@", "#a"]


def test_the_manifest_is_no_code_whatever_names_say(tmp_path: Path) -> None:
    """A name is one element of the list, as it is but for what CMake's lists cannot hold."""
    build = PlanBuilder("names")
    inputs = [build.input(name, (2,), "int8") for name in NAMES]
    body = "  for (int32_t i = 0; i < 2; ++i) {\n    out0[i] = in0[i];\n  }"
    (y,) = build.call("k", [inputs[0]], [((2,), "int8")], body)
    plan = build.finish(y)
    target = C
    text = manifest(assemble(model_of(plan), plan, target, "aot"), 7, ["src/names_harness.c"])
    (tmp_path / "manifest.cmake").write_text(text, encoding="utf-8")
    loop = 'foreach(name IN LISTS TVM_MODEL_INPUTS)\n  message("<${name}>")\nendforeach()\n'
    (tmp_path / "read.cmake").write_text(f'cmake_policy(VERSION 3.25)\ninclude("{tmp_path}/manifest.cmake")\n{loop}')
    result = subprocess.run(["cmake", "-P", tmp_path / "read.cmake"], check=True, capture_output=True, text=True)
    expected = [re.sub(r"[\[\]\\\n]", "_", name) for name in NAMES]
    assert result.stderr.splitlines() == [f"<{name}>" for name in expected]


def test_recorded_arrays_must_fit() -> None:
    lib = library()
    a, b, out = np.zeros((1, 2), "uint8"), np.zeros((1, 2), "float32"), np.zeros((1, 2), "float32")
    assert "input0_data" in harness_source(lib, ([a, b], [out]))
    for inputs, outputs, message in (
        ([a], [out], r"the model has 2 inputs \(a, b\), found 1"),
        ([a, b.astype("float64")], [out], r"input 'b' is float32\[1, 2\], found float64\[1, 2\]"),
        ([a, b], [out[0]], r"output 'output' is float32\[1, 2\], found float32\[2\]"),
    ):
        with pytest.raises(ModelLibraryError, match=message):
            harness_source(lib, (inputs, outputs))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ExportError, match="Permission denied"):
        library().export(tmp_path / "add.tar")


def test_odd_input_names_reach_graph_and_harness() -> None:
    build = PlanBuilder("odd")
    x = build.input('in:0 "ü"', (2,), "int8")
    body = "  for (int32_t i = 0; i < 2; ++i) {\n    out0[i] = in0[i];\n  }"
    (y,) = build.call("k", [x], [((2,), "int8")], body)
    plan = build.finish(y)
    target = C
    data = np.array([1, -2], "int8")
    aot = assemble(model_of(plan), plan, target, "aot")
    np.testing.assert_array_equal(aot.run(data)[0], data)
    plain = replace(plan.buffers[x], spec=replace(plan.buffers[x].spec, name="in:0 ü"))
    plan = replace(plan, buffers=(plain, *plan.buffers[1:]))
    np.testing.assert_array_equal(assemble(model_of(plan), plan, target, "graph").run(data)[0], data)
