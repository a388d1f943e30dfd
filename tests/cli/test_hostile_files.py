"""Files that mean harm: each is one message that a terminal can show, in no time and in little memory."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tvm_model_library as tml
from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.errors import ModelLibraryError, printable

MODEL = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) { exp(%x) }\n'


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def refused(message: str, *arguments: object) -> None:
    code, output = run(*arguments)
    assert code == 1
    assert output.startswith("error: ")
    assert output.count("\n") == 1
    assert message in output
    assert output == printable(output)


def archive(path: Path, metadata: object, name: str = "./metadata.json") -> Path:
    data = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return path


def described(**changes: Any) -> dict[str, Any]:
    base = {"model_name": "m", "export_datetime": "now", "target": ["c"], "executors": ["aot"], "memory": {}}
    return {"version": 7, "modules": {"m": {**base, **changes}}}


@pytest.mark.parametrize("command", ["inspect", "export", "interpret", "verify", "print", "corpus"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file(tmp_path: Path, command: str, kind: str) -> None:
    path = tmp_path / ("texts.jsonl" if command == "corpus" else "model.relay")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    options = {"export": ("-o", tmp_path / "out.tar"), "interpret": ("--inputs", path, "-o", tmp_path / "out.npz")}
    refused(f"not a regular file, but a {kind}", command, path, *options.get(command, ()))


def test_pipes_in_other_places(tmp_path: Path) -> None:
    model, pipe = tmp_path / "model.relay", tmp_path / "pipe"
    model.write_text(MODEL, encoding="utf-8")
    os.mkfifo(pipe)
    refused("not a regular file", "export", model, "--params", pipe, "-o", tmp_path / "out.tar")
    refused("not a regular file", "verify", model, "--vectors", pipe)
    refused("not a regular file", "interpret", model, "--inputs", pipe, "-o", tmp_path / "out.npz")
    refused("not a regular file", "footprint", pipe, model)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    for name, command in (("model.relay", "print"), ("model.tar", "inspect")):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(1 << 40)
        refused("1099511627776 bytes; at most 2147483648 are read", command, path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        pytest.param(described(model_name="\ud800", export_datetime=5), "found 5", id="surrogate"),
        pytest.param(b'{"version": ' + b"7" * 5000 + b"}", "not JSON", id="more digits than Python reads"),
        pytest.param(b'{"version": ' + b"7" * 4290 + b"}", "version must be a number below", id="many digits"),
        pytest.param(b'{"version": -' + b"7" * 4290 + b"}", "found -7777", id="a negative number"),
        pytest.param(b"[" * 100_000, "not JSON", id="deep"),
        pytest.param(described(export_datetime=[[[[["\x1b[2J"]]]]]), "must be a string", id="lists"),
        pytest.param(described(memory={"sids": [{"storage_id": 2**63, "size_bytes": 1}]}), "below", id="2**63"),
    ],
)
def test_archives_with_odd_metadata(tmp_path: Path, metadata: object, message: str) -> None:
    refused(message, "inspect", archive(tmp_path / "a.tar", metadata))
    refused(message, "inspect", "--json", tmp_path / "a.tar")


def test_what_a_terminal_would_act_upon_is_escaped(tmp_path: Path) -> None:
    metadata = described(model_name="\x1b]0;title\x07\ud800", export_datetime="\u202enow", target=["c\x9b2J"])
    for options in ((), ("--json",)):
        code, output = run("inspect", archive(tmp_path / "a.tar", metadata), *options)
        assert code == 0
        assert "title" in output
        assert output == printable(output)
    assert r"\x1b]0;title\x07\ud800" in run("inspect", tmp_path / "a.tar")[1]
    refused(r"\x1b[31m", "inspect", archive(tmp_path / "b.tar", {}, "../\x1b[31m"))
    refused(r"\x1b[31m", "inspect", tmp_path / "\x1b[31m")


def test_printed_programs_show_control_characters_as_escapes(tmp_path: Path) -> None:
    path = tmp_path / "model.relay"
    path.write_text(MODEL.replace("exp(%x)", 'annotation.compiler_begin(%x, compiler="\x1b[2J\x9b")'), encoding="utf-8")
    code, output = run("print", path)
    assert code == 0
    assert r'compiler="\033[2J\233"' in output
    (tmp_path / "again.relay").write_text(output, encoding="utf-8")
    assert run("print", tmp_path / "again.relay") == (0, output)


def test_arrays_that_mean_harm(tmp_path: Path) -> None:
    model = tmp_path / "model.relay"
    model.write_text(MODEL, encoding="utf-8")
    good = io.BytesIO()
    np.save(good, np.zeros(2, np.float32))
    header = good.getvalue()[:128]
    files = {
        "cut off": header,
        "huge": header.replace(b"(2,), ", b"(2" + b"0" * 17 + b",)", 1).replace(b" " * 18, b" ", 1),
        "no array": b"nothing",
        "an object": header.replace(b"'<f4'", b"'|O' "),
    }
    for name, data in files.items():
        with zipfile.ZipFile(tmp_path / f"{name}.npz", "w") as file:
            file.writestr("in0.npy", data)
    (tmp_path / "single.npz").write_bytes(good.getvalue())
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as file:
        for i in range(130):
            file.writestr(f"in{i}.npy", bytes(1 << 24))
    names = [*files, "single", "bomb"]
    for name in names:
        refused(f"{name}.npz: ", "interpret", model, "--inputs", tmp_path / f"{name}.npz", "-o", tmp_path / "out.npz")
        assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("name", ["\ud800.relay", "nul\0.relay", "x" * 300 + ".relay"])
def test_names_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    (tmp_path / "model.relay").write_text(MODEL, encoding="utf-8")
    with pytest.raises(ModelLibraryError) as caught:
        tml.load(tmp_path / name)
    str(caught.value).encode()
    model = tml.load(tmp_path / "model.relay")
    with pytest.raises(ModelLibraryError):
        tml.compile(model).export(tmp_path / name)
    with pytest.raises(ModelLibraryError):
        tml.load(tmp_path / "model.relay", tmp_path / name)
    with pytest.raises(ModelLibraryError):
        tml.compile(model, name=name)


def test_surrogates_through_the_script_surface() -> None:
    with pytest.raises(ModelLibraryError, match="surrogate"):
        tml.relay.build(tml.relay.fromtext(MODEL + "// \ud800"), "c")
    with pytest.raises(ModelLibraryError, match=r"\\ud800"):
        tml.relay.save_param_dict({"\ud800": np.zeros(2)})
    with pytest.raises(ModelLibraryError, match=r"\\ud800"):
        tml.relay.build(tml.relay.fromtext(MODEL), "c", params={"\ud800": np.zeros(2, np.float32)})
    with pytest.raises(ModelLibraryError, match=r"\\ud800"):
        tml.relay.build(tml.relay.fromtext(MODEL), "c", mod_name="\ud800")
