"""bfloat16 in NumPy's files: arrays of uint16, the bits of the numbers, wherever such a file is read or written."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import tvm_model_library as tml
from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.params import load_param_dict, save_param_dict

MODEL = """#[version = "0.0.5"]
def @main(%x: Tensor[(3), bfloat16], %w: Tensor[(3), bfloat16]) { (add(%x, %w), cast(%x, dtype="float32")) }
"""
X = np.array([1.5, -2.0, 3.140625], np.float32)
W = np.array([0.25, 4.0, -1.0], np.float32)


def bits(values: np.ndarray) -> np.ndarray:
    """By the definition: the upper half of a float32."""
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "model.relay").write_text(MODEL, encoding="utf-8")
    return tmp_path / "model.relay"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_interpret_reads_and_writes_bits(model: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", in0=bits(X), in1=bits(W))
    run("interpret", model, "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    outputs = np.load(tmp_path / "out.npz")
    assert outputs["out0"].dtype == np.uint16
    np.testing.assert_array_equal(outputs["out0"], bits(X + W))
    np.testing.assert_array_equal(outputs["out1"], X)


def test_what_numpy_makes_of_bfloat16_is_read_too(model: Path, tmp_path: Path) -> None:
    arrays = {"in0": X.astype(ml_dtypes.bfloat16), "in1": W.astype(ml_dtypes.bfloat16)}
    np.savez(tmp_path / "in.npz", **arrays)
    assert np.load(tmp_path / "in.npz")["in0"].dtype == "V2"
    run("interpret", model, "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    np.testing.assert_array_equal(np.load(tmp_path / "out.npz")["out0"], bits(X + W))


def test_recorded_runs(model: Path, tmp_path: Path) -> None:
    recorded = tmp_path / "run.npz"
    np.savez(recorded, in0=bits(X), in1=bits(W), out0=bits(X + W), out1=X)
    for executor in ("graph", "aot"):
        assert "passed" in run("verify", model, "--executor", executor, "--vectors", recorded)
    run("export", model, "-o", tmp_path / "m.tar", "--build-tree", tmp_path / "tree", "--vectors", recorded)
    harness = (tmp_path / "tree" / "generated" / "src" / "model_harness.c").read_text(encoding="utf-8")
    assert ", ".join(map(str, bits(X + W))) in harness
    np.savez(recorded, in0=bits(X), in1=bits(W), out0=bits(X + 2 * W), out1=X)
    result = CliRunner().invoke(main, ["verify", str(model), "--vectors", str(recorded)])
    assert result.exit_code == 1
    assert "FAILED" in result.output


def test_parameters(model: Path, tmp_path: Path) -> None:
    tml.relay.save_param_dict({"w": W})
    for array in (bits(W), W.astype(ml_dtypes.bfloat16)):
        loaded = tml.load(model, {"w": array})
        assert [s.name for s in loaded.inputs] == ["x"]
        for outputs in (loaded.reference(bits(X)), tml.compile(loaded).run(bits(X))):
            assert outputs[0].dtype == ml_dtypes.bfloat16
            np.testing.assert_array_equal(outputs[0].astype(np.float32), X + W)
        blob = save_param_dict(loaded.params)
        assert load_param_dict(blob)["w"].dtype == ml_dtypes.bfloat16


def test_corpus(tmp_path: Path) -> None:
    (tmp_path / "a.relay").write_text(MODEL, encoding="utf-8")
    np.savez(tmp_path / "a.npz", in0=bits(X), in1=bits(W), out0=bits(X + W), out1=X)
    for executor in ("interpreter", "graph"):
        run("corpus", tmp_path, "--executor", executor, "--jobs", 1)
    np.savez(tmp_path / "a.npz", in0=bits(X), in1=bits(W), out0=bits(X * 2), out1=X)
    assert CliRunner().invoke(main, ["corpus", str(tmp_path), "--executor", "interpreter"]).exit_code == 1


def test_other_integers_are_not_taken_for_bits(model: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", in0=bits(X).astype(np.int16), in1=bits(W))
    arguments = ["interpret", model, "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz"]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 1
    assert "input 'x' is bfloat16[3], found int16[3]" in result.output


def test_arrays_of_the_other_byte_order(tmp_path: Path) -> None:
    (tmp_path / "m.relay").write_text('#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), int32]) { add(%x, 1) }\n')
    model = tml.load(tmp_path / "m.relay")
    swapped = np.array([1, 258], ">i4")
    assert model.reference(swapped)[0].tolist() == tml.compile(model).run(swapped)[0].tolist() == [2, 259]
