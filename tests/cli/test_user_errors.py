"""Each mistake of a user gives one line that says where and what, exit status 1, and leaves nothing half-written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.compiler import toolchain
from tvm_model_library.params import save_param_dict

VERSION = '#[version = "0.0.5"]\n'
GOOD = VERSION + "def @main(%x: Tensor[(2, 3), float32], %w: Tensor[(3), float32]) { %x * %w }\n"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def check_mistake(folder: Path, message: str, *arguments: object) -> None:
    """The command ends with status 1 and one line that contains ``message``; the folder's files stay as they were."""
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    code, output = run(*arguments)
    assert code == 1, output
    assert message in output
    assert output.startswith("error: ")
    assert output.count("\n") == 1, output
    assert "Traceback" not in output
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def export(folder: Path, text: str, *options: object) -> tuple[Any, ...]:
    model = folder / "model.relay"
    model.write_text(text, encoding="utf-8")
    return ("export", model, "-o", folder / "model.tar", *options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            VERSION + "def @main(%x: Tensor[(2), float32]) {\n  add(%x, \n}\n", "model.relay:4:1: ", id="syntax"
        ),
        pytest.param(VERSION + "def @main(%x: float32) {\n  nn.rleu(%x)\n}\n", "nn.relu", id="unknown operator"),
        pytest.param(VERSION + "def @main(%x: float32) {\n  add(%x)\n}\n", "model.relay:3:3: ", id="arity"),
        pytest.param(
            VERSION + "def @main(%x: float32, %y: int32) {\n  add(%x, %y)\n}\n", "model.relay:3:3: ", id="dtype"
        ),
        pytest.param(
            VERSION + "def @main(%x: Tensor[(2), float32], %y: Tensor[(3), float32]) {\n  add(%x, %y)\n}\n",
            "model.relay:3:3: ",
            id="shape",
        ),
        pytest.param(
            VERSION + "def @main(%x: Tensor[(2), float32], %y: Tensor[(3), float32]) {\n  (%x * %y)\n}\n",
            "model.relay:3:4: ",
            id="shape, infix",
        ),
        pytest.param(
            VERSION + "def @main(%x: Tensor[(2), float32]) {\n  nn.softmax(%x, axes=1)\n}\n", "axis", id="attribute"
        ),
        pytest.param(VERSION + "def @main(%x: float32) {\n  add(%x, %y)\n}\n", "model.relay:3:11: ", id="variable"),
        pytest.param("def @main(%x: float32) { %x }\n", "0.0.5", id="no version"),
        pytest.param('#[version = "9.9.9"]\ndef @main(%x: float32) { %x }\n', "9.9.9", id="version"),
        pytest.param(VERSION + "def @other(%x: float32) { %x }\n", "@main", id="no main"),
        pytest.param(
            VERSION + "def @main(%x: Tensor[(?, 2), float32]) {\n  add(%x, %x)\n}\n", "model.relay:2:11: ", id="dynamic"
        ),
        pytest.param(
            VERSION + "def @main(%c: bool, %x: float32) {\n  if (%c) { %x } else { negative(%x) }\n}\n",
            "model.relay:3:3: ",
            id="control flow",
        ),
    ],
)
def test_program(tmp_path: Path, text: str, message: str) -> None:
    check_mistake(tmp_path, message, *export(tmp_path, text))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        pytest.param({"v": np.ones(3, np.float32)}, "'v'", id="extra"),
        pytest.param({"w": np.ones(4, np.float32)}, "Tensor[(4), float32]", id="shape"),
        pytest.param({"w": np.ones(3, np.int32)}, "Tensor[(3), int32]", id="dtype"),
    ],
)
def test_parameters(tmp_path: Path, params: dict[str, Any], message: str) -> None:
    (tmp_path / "model.params").write_bytes(save_param_dict(params))
    check_mistake(tmp_path, message, *export(tmp_path, GOOD, "--params", tmp_path / "model.params"))


@pytest.mark.parametrize("length", [0, 7, 20, 60])
def test_truncated_parameters(tmp_path: Path, length: int) -> None:
    blob = save_param_dict({"w": np.ones(3, np.float32)})
    (tmp_path / "model.params").write_bytes(blob[:length])
    check_mistake(tmp_path, "model.params", *export(tmp_path, GOOD, "--params", tmp_path / "model.params"))


def test_missing_parameters_file(tmp_path: Path) -> None:
    check_mistake(tmp_path, "none.params", *export(tmp_path, GOOD, "--params", tmp_path / "none.params"))


def test_missing_model(tmp_path: Path) -> None:
    check_mistake(tmp_path, "none.relay", "export", tmp_path / "none.relay", "-o", tmp_path / "model.tar")


def test_unknown_suffix(tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(b"")
    check_mistake(tmp_path, ".relay", "export", tmp_path / "model.h5", "-o", tmp_path / "model.tar")


def test_missing_input(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", in0=np.ones((2, 3), np.float32))
    (tmp_path / "model.relay").write_text(GOOD, encoding="utf-8")
    arguments = ("interpret", tmp_path / "model.relay", "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    check_mistake(tmp_path, "missing in1", *arguments)


def test_input_of_wrong_shape(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", in0=np.ones((2, 3), np.float32), in1=np.ones(4, np.float32))
    (tmp_path / "model.relay").write_text(GOOD, encoding="utf-8")
    arguments = ("interpret", tmp_path / "model.relay", "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    check_mistake(tmp_path, "input 'w' is float32[3], found float32[4]", *arguments)


@pytest.mark.parametrize(
    ("name", "message"),
    [("9lives", "C identifier"), ("my-model", "C identifier"), ("", "C identifier"), ("int", "keyword")],
)
def test_model_name(tmp_path: Path, name: str, message: str) -> None:
    check_mistake(tmp_path, message, *export(tmp_path, GOOD, "--model-name", name))


def test_unwritable_output(tmp_path: Path) -> None:
    model = tmp_path / "model.relay"
    model.write_text(GOOD, encoding="utf-8")
    check_mistake(tmp_path, "out.tar", "export", model, "-o", tmp_path / "no" / "such" / "folder" / "out.tar")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    arguments = export(tmp_path, GOOD)
    tmp_path.chmod(0o500)
    try:
        check_mistake(tmp_path, "model.tar", *arguments)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("target", ["cuda", "llvm -mtripel=arm"])
def test_target(tmp_path: Path, target: str) -> None:
    check_mistake(tmp_path, target.split()[-1], *export(tmp_path, GOOD, "--target", target))


def test_unknown_option(tmp_path: Path) -> None:
    check_mistake(tmp_path, "--parms", *export(tmp_path, GOOD, "--parms", "x"))


@pytest.mark.parametrize(("installed", "message"), [(None, "not installed"), ("0.18.0", "apache-tvm is 0.18.0")])
def test_apache_tvm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: str | None, message: str) -> None:
    def version(name: str) -> str:
        if installed is None:
            raise toolchain.metadata.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(toolchain.metadata, "version", version)
    check_mistake(tmp_path, message, *export(tmp_path, GOOD))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--io-in-arena", "--pool", "a"), "only the AOT executor has --pool, --io-in-arena: add --executor aot"),
        (("--executor", "aot", "--pool", "=1"), "the pool '=1' is not NAME or NAME=SIZE"),
        (("--executor", "aot", "--pool", "a="), "the pool 'a=' is not NAME or NAME=SIZE"),
        (("--executor", "aot", "--pool", "a-b"), "'a-b' is no C identifier; 'a_b' would do"),
        (("--executor", "aot", "--pool", "a", "--pool", "a"), "distinct names"),
        (("--executor", "aot", "--pool", "tiny=8", "--io-in-arena"), "the memory pools are too small"),
        (("--executor", "aot", "--arena-section", "a;b"), "the section of the arena is 'a;b'; expected a name"),
    ],
)
def test_aot_options(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    arguments = export(tmp_path, GOOD, *options)
    check_mistake(tmp_path, message, *arguments)


def test_objects_of_another_machine_do_not_run_here(tmp_path: Path) -> None:
    model = tmp_path / "model.relay"
    model.write_text(GOOD)
    message = "is not for this machine"
    check_mistake(tmp_path, message, "verify", model, "--target", "llvm -mtriple=s390x-linux-gnu")


def test_a_recorded_run_of_another_model_is_named(tmp_path: Path) -> None:
    model, recorded = tmp_path / "model.relay", tmp_path / "other.npz"
    model.write_text(GOOD)
    np.savez(recorded, in0=np.zeros(7, "int8"), in1=np.zeros(3, "float32"), out0=np.zeros(7, "int8"))
    check_mistake(tmp_path, f"{recorded}: input ", "verify", model, "--vectors", recorded)


def test_the_command_that_helps_is_named(tmp_path: Path) -> None:
    check_mistake(tmp_path, "(see 'tvm-mlf export --help')", "export", tmp_path / "model.relay")
