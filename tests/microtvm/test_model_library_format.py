"""What the commit that introduced the Model Library Format says of it, in TVM's own words but for the import."""

from __future__ import annotations

import json
import pathlib
import re
import tarfile
from datetime import datetime, timezone
from typing import TypeAlias

import numpy as np
import pytest
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm.contrib import utils
from tvm_model_library.microtvm.relay.backend import graph_runtime_factory

pytest.importorskip("tvm")

PROGRAM = """
#[version = "0.0.5"]
def @main(%a : Tensor[(1, 2), uint8], %b : Tensor[(1, 2), float32], %c : Tensor[(1, 2), float32]) {
  %0 = cast(%a, dtype="float32") + %b * %c;
  %0
}
"""
C_PARAM = np.array([[2.0, 4.0]], dtype="float32")


Factory: TypeAlias = tvm.relay.backend.executor_factory.ExecutorFactoryModule


def exported(
    target: tvm.target.Target,
) -> tuple[Factory, pathlib.Path]:
    relay_mod = tvm.parser.fromtext(PROGRAM)
    with tvm.transform.PassContext(opt_level=3, config={"tir.disable_vectorize": True}):
        factory = tvm.relay.build(relay_mod, target, target_host=target, mod_name="add", params={"c": C_PARAM})
    temp_dir = utils.tempdir()
    mlf_tar_path = temp_dir.relpath("lib.tar")
    tvm.micro.export_model_library_format(factory, mlf_tar_path)
    extract_dir = temp_dir.relpath("extract")
    pathlib.Path(extract_dir).mkdir()
    with tarfile.open(mlf_tar_path) as tf:
        tf.extractall(extract_dir)
    folder = pathlib.Path(extract_dir)
    folder_owners.append(temp_dir)
    return factory, folder


folder_owners: list[utils.TempDirectory] = []
"""Temporary folders, which would go with their objects."""


def check_rest(factory: Factory, folder: pathlib.Path) -> None:
    """What archives of both targets have."""
    metadata = json.loads((folder / "metadata.json").read_text())
    assert metadata["version"] == 1
    assert metadata["model_name"] == "add"
    exported_at = datetime.strptime(metadata["export_datetime"], "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert abs((datetime.now(timezone.utc) - exported_at).total_seconds()) < 60 * 60
    assert metadata["target"] == {"1": str(factory.target)}
    assert metadata["memory"] == [
        {"storage_id": 0, "size_bytes": 2, "input_binding": "a"},
        {"storage_id": 1, "size_bytes": 8, "input_binding": "b"},
        {"storage_id": 2, "size_bytes": 8, "input_binding": "p0"},
        {"storage_id": 3, "size_bytes": 8},
    ]
    assert (folder / "relay.txt").read_text() == str(factory.ir_mod)
    graph = json.loads((folder / "runtime-config" / "graph" / "graph.json").read_text())
    assert len(graph["nodes"]) == 4
    params = tvm.relay.load_param_dict((folder / "parameters" / "add.params").read_bytes())
    assert "p0" in params
    tvm.testing.assert_allclose(params["p0"].numpy(), C_PARAM)


@tvm.testing.requires_micro
def test_export_model_library_format_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    target = tvm.target.target.micro("host")
    assert str(target).startswith("c ")
    factory, folder = exported(target)
    assert (folder / "codegen" / "host" / "src" / "lib0.c").exists()
    assert (folder / "codegen" / "host" / "src" / "lib1.c").exists()
    assert not (folder / "codegen" / "host" / "lib").exists()
    check_rest(factory, folder)


@tvm.testing.requires_micro
def test_export_model_library_format_llvm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    target = tvm.target.target.micro("host")
    assert str(target)[:2] == "c "
    target = tvm.target.Target("llvm " + str(target)[2:])
    factory, folder = exported(target)
    assert (folder / "codegen" / "host" / "lib" / "lib0.o").read_bytes().startswith(b"\x7fELF")
    check_rest(factory, folder)


@tvm.testing.requires_micro
def test_export_model() -> None:
    module = tvm.support.FrontendTestModule()
    factory = graph_runtime_factory.GraphRuntimeFactoryModule(
        None, tvm.target.target.micro("host"), '"graph_json"', module, "test_module", {}
    )
    temp_dir = utils.tempdir()
    from tvm_model_library.microtvm import micro
    from tvm_model_library.microtvm.micro import model_library_format

    with pytest.raises(micro.UnsupportedInModelLibraryFormatError) as exc:
        model_library_format._populate_codegen_dir(module, temp_dir.relpath("codegen"))
    assert str(exc.value) == "Don't know how to export non-c or non-llvm modules; found: ffi_testing"
    with pytest.raises(micro.UnsupportedInModelLibraryFormatError):
        model_library_format._populate_codegen_dir([factory], temp_dir.relpath("codegen"))
    assert temp_dir.listdir() == []


def test_populate_codegen_dir_writes_the_code_of_a_tree() -> None:
    factory = tvm.relay.build(tvm.parser.fromtext(PROGRAM), "c", params={"c": C_PARAM})
    temp_dir = utils.tempdir()
    tvm.micro.model_library_format._populate_codegen_dir(factory.lib, temp_dir / "codegen")
    written = sorted(p.relative_to(temp_dir.path).as_posix() for p in temp_dir.path.rglob("*.*"))
    assert written == ["codegen/host/src/lib0.c", "codegen/host/src/lib1.c"]
    assert (temp_dir / "codegen/host/src/lib0.c").read_text() == factory.lib.get_source()
    kernels = factory.lib.imported_modules[0].get_source()
    assert re.search(r"\bint32_t tvmgen_default_\w+\(", kernels)
    assert factory.lib._collect_dso_modules() == [factory.lib, *factory.lib.imports]
    assert factory.lib._collect_from_import_tree(lambda m: m != factory.lib) == factory.lib.imports


def test_a_graph_factory_made_by_hand_is_exported() -> None:
    built = tvm.relay.build(tvm.parser.fromtext(PROGRAM), "c", params={"c": C_PARAM}, mod_name="add")
    by_hand = graph_runtime_factory.GraphRuntimeFactoryModule(
        built.ir_mod, built.target, built.graph_json, built.lib, "add", built.params
    )
    folder = utils.tempdir()
    paths = [tvm.micro.export_model_library_format(f, folder / n) for f, n in ((built, "a.tar"), (by_hand, "b.tar"))]
    contents = []
    for path in paths:
        with tarfile.open(path) as archive:
            files = {m.name: archive.extractfile(m).read() for m in archive.getmembers() if m.isfile()}  # type: ignore[union-attr]
        metadata = json.loads(files.pop("./metadata.json"))
        contents.append((files, metadata["memory"], metadata["target"]))
    assert contents[0] == contents[1]


def test_format_versions() -> None:
    factory = tvm.relay.build(tvm.parser.fromtext(PROGRAM), "c", params={"c": C_PARAM}, mod_name="add")
    folder = utils.tempdir()
    with tarfile.open(tvm.micro.export_model_library_format(factory, folder / "7.tar", format_version=7)) as archive:
        assert "./executor-config/graph/add.graph" in archive.getnames()
    with pytest.raises(tvm.TVMError, match=r"format version 8 does not hold the graph executor; expected 1 to 7"):
        tvm.micro.export_model_library_format(factory, folder / "8.tar", format_version=8)
    with pytest.raises(tvm.TVMError, match="distinct names, found add, add"):
        tvm.micro.export_model_library_format([factory, factory], folder / "twice.tar")
    other = tvm.relay.build(tvm.parser.fromtext(PROGRAM), "c", mod_name="other")
    with pytest.raises(tvm.TVMError, match="several models; expected 7 to 7"):
        tvm.micro.export_model_library_format([factory, other], folder / "old.tar", format_version=5)
    assert folder.listdir() == ["7.tar"]
