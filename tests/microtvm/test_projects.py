"""Projects: what is written, what is refused, and archives as their source. That they run: test_scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tvm_model_library.microtvm as tvm
from tvm_model_library.archive.reader import read_archive
from tvm_model_library.microtvm import relay

pytest.importorskip("tvm")

CRT = tvm.micro.get_microtvm_template_projects("crt")


def built(executor: str = "aot", bound: bool = False, **options: Any) -> Any:
    x, w = relay.var("x", shape=(1, 4)), relay.var("w", shape=(3, 4))
    function, params = relay.Function([x, w], relay.nn.dense(x, w)), {"w": np.ones((3, 4), "float32")}
    if bound:
        function, params = relay.build_module.bind_params_by_name(function, params), {}
    mod = tvm.IRModule.from_expr(function)
    return relay.build(mod, "c", executor=relay.backend.Executor(executor), params=params, mod_name="net", **options)


def test_what_is_written(tmp_path: Path) -> None:
    pools = tvm.WorkspaceMemoryPools([tvm.WorkspacePoolInfo("ram", [], tvm.PoolInfoProperties(size_hint_bytes=4096))])
    project = tvm.micro.generate_project(CRT, built(workspace_memory_pools=pools), tmp_path / "a" / "p")
    files = sorted(p.relative_to(project.folder).as_posix() for p in project.folder.rglob("*") if p.is_file())
    assert files == [
        "CMakeLists.txt", "microtvm_project.json", "model.tar", "model/model.cmake", "model/model.params",
        "model/model.relay", "template.json",
    ]  # fmt: skip
    command = (project.folder / "model" / "model.cmake").read_text()
    for line in ("MODEL_NAME net", "TARGET c", "EXECUTOR aot", "POOLS ram=4096", "ARENA caller", "ALIGNMENT 16"):
        assert f"  {line}\n" in command
    assert list(read_archive(project.archive).metadata.modules) == ["net"]
    assert json.loads((project.folder / "microtvm_project.json").read_text())["model_name"] == "net"
    assert tvm.micro.GeneratedProject.from_directory(project.folder).info() == project.info()


@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_an_archive_with_all_of_the_model_will_do(executor: str, tmp_path: Path) -> None:
    factory = built(executor, bound=True)
    path = tvm.micro.export_model_library_format(factory, tmp_path / "net.tar")
    project = tvm.micro.project.generate_project_from_mlf(CRT, tmp_path / "p", path)
    assert f"EXECUTOR {executor}" in (project.folder / "model" / "model.cmake").read_text()
    assert project.library is not None
    value = np.array([[1, 2, 3, 4]], "float32")
    assert project.library.run(value)[0].tolist() == [[10, 10, 10]]


@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_an_archive_without_its_parameters_is_refused(executor: str, tmp_path: Path) -> None:
    path = tvm.micro.export_model_library_format(built(executor), tmp_path / "net.tar")
    with pytest.raises(tvm.TVMError, match="the archive has the values of w in its code only"):
        tvm.micro.generate_project(CRT, path, tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_mistakes(tmp_path: Path) -> None:
    factory = built()
    (tmp_path / "there").mkdir()
    for arguments, message in (
        (
            (CRT, factory, tmp_path / "p", {"bord": "x"}),
            "the template 'crt' has no option 'bord'; its options: verbose",
        ),
        ((CRT, factory, tmp_path / "there"), "exists already"),
        ((tmp_path, factory, tmp_path / "p"), "no template of a project"),
        ((CRT, "no.tar", tmp_path / "p"), "no.tar: cannot read the archive"),
        ((CRT, 42, tmp_path / "p"), "not of int"),
        ((tvm.micro.get_microtvm_template_projects("emulated"), factory, tmp_path / "p"), "the option board is one of"),
        ((tvm.micro.get_microtvm_template_projects("zephyr"), factory, tmp_path / "p"), "needs the option board"),
    ):
        with pytest.raises(tvm.TVMError, match=message):
            tvm.micro.generate_project(*arguments)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there"]
    with pytest.raises(tvm.TVMError, match="there is no template 'arduino': put the files"):
        tvm.micro.get_microtvm_template_projects("arduino")
    with pytest.raises(tvm.TVMError, match=r"no project of generate_project|no template"):
        tvm.micro.GeneratedProject.from_directory(tmp_path)


def test_a_project_is_built_before_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tvm.micro.generate_project(CRT, built(), tmp_path / "p")
    with pytest.raises(tvm.TVMError, match=r"call build\(\) first"):
        project.flash()
    with pytest.raises(tvm.TVMError, match=r"call build\(\) first"), tvm.micro.Session(project.transport()):
        pass
    with pytest.raises(tvm.TVMError, match="the session is not open"):
        tvm.micro.Session(project.transport()).get_system_lib()
    (project.folder / "CMakeLists.txt").write_text("message(FATAL_ERROR broken)\n")
    with pytest.raises(tvm.TVMError, match=r"(?s)failed with status 1.*broken"):
        project.build()
    zephyr = tvm.micro.get_microtvm_template_projects("zephyr")
    board = tvm.micro.generate_project(zephyr, built(), tmp_path / "z", {"board": "mps2_an521"})
    assert "  NO_TEST\n" in (board.folder / "model" / "model.cmake").read_text()
    assert "NO_TEST" not in (project.folder / "model" / "model.cmake").read_text()
    monkeypatch.delenv("ZEPHYR_BASE", raising=False)
    with pytest.raises(tvm.TVMError, match="the environment variable ZEPHYR_BASE is not set"):
        board.build()
