"""What an ``.onnx`` file becomes: names, shapes, versions; and what is refused, with one clear error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from onnx_models import Op, graph, model
from tvm_model_library.cli.main import main
from tvm_model_library.errors import ModelLibraryError, ParameterError
from tvm_model_library.frontends import load

SHAPE = ["batch", 3, "width"]


def written(path: Path, shape: Any = (2, 3), opset: int = 17, **fields: Any) -> Path:
    contents = graph([Op("Add", ["x:0", "w/kernel"], ["sum:0"])], {"x:0": ("float32", shape)}, {"w/kernel": WEIGHTS})
    (path / "m.onnx").write_bytes(model(contents, opset, **fields))
    return path / "m.onnx"


WEIGHTS = np.float32([[1], [2], [3]])


def test_names_are_identifiers_and_the_files_own_are_kept(tmp_path: Path) -> None:
    network = load(written(tmp_path, (3, 2)))
    assert [s.name for s in network.inputs] == ["x_0"]
    assert [s.name for s in network.outputs] == ["sum_0"]
    assert list(network.params) == ["w_kernel"]
    assert network.origin is not None
    assert network.origin.format == "onnx"
    assert network.origin.names == {"x_0": "x:0", "sum_0": "sum:0", "w_kernel": "w/kernel"}


def test_an_open_batch_is_one_and_other_sizes_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, SHAPE)
    with pytest.raises(ModelLibraryError, match=r"sizes of inputs are open: x:0=1x3x\?; .*such as x:0=1x3x16"):
        load(path)
    assert load(path, input_shapes={"x:0": (4, 3, 5)}).outputs[0].shape == (4, 3, 5)
    with pytest.raises(
        ModelLibraryError, match=r"the shape 4x2x5 of input 'x:0' does not fit: .*x:0 \(float32 \?x3x\?\)"
    ):
        load(path, input_shapes={"x:0": (4, 2, 5)})
    with pytest.raises(ModelLibraryError, match="there is no input 'y'"):
        load(path, input_shapes={"y": (1,)})


def test_a_name_with_a_line_break_does_not_break_the_message(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(model(graph([Op("Neg", ["a\nb"])], {"a\nb": ("string", [1])})))
    with pytest.raises(ModelLibraryError, match="an input of type string") as caught:
        load(tmp_path / "m.onnx")
    assert "\n" not in str(caught.value)


def test_a_named_size_is_one_size(tmp_path: Path) -> None:
    contents = graph([Op("Add", ["a", "b"])], {"a": ("float32", ["n", 2]), "b": ("float32", [1, "n", 2])})
    (tmp_path / "m.onnx").write_bytes(model(contents))
    assert [s.shape for s in load(tmp_path / "m.onnx").inputs] == [(1, 2), (1, 1, 2)]
    found = load(tmp_path / "m.onnx", input_shapes={"a": (4, 2)})
    assert [s.shape for s in found.inputs] == [(4, 2), (1, 4, 2)]
    with pytest.raises(ModelLibraryError, match="does not fit"):
        load(tmp_path / "m.onnx", input_shapes={"a": (4, 2), "b": (1, 5, 2)})


@pytest.mark.parametrize("opset", [1, 6, 29, 10**6])
def test_versions_whose_meaning_may_differ_are_refused(opset: int, tmp_path: Path) -> None:
    with pytest.raises(
        ModelLibraryError, match=rf"version {opset} of ONNX's operators is not supported; supported: 7 to"
    ):
        load(written(tmp_path, (3, 2), opset))


def test_what_a_file_has_no_use_for(tmp_path: Path) -> None:
    path = written(tmp_path, (3, 2))
    with pytest.raises(ParameterError, match="holds its parameters"):
        load(path, {})
    with pytest.raises(ModelLibraryError, match="no contract to choose"):
        load(path, contract="litert")
    with pytest.raises(ModelLibraryError, match="the model has functions of its own"):
        load(written(tmp_path, (3, 2), functions=[{"name": "f"}]))


def test_the_command_line_interprets_and_reports_mistakes_in_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, SHAPE)
    np.savez(tmp_path / "in.npz", in0=np.ones((1, 3, 2), np.float32))
    command = ["interpret", str(path), "--inputs", str(tmp_path / "in.npz"), "-o", str(tmp_path / "out.npz")]
    refused = CliRunner().invoke(main, command)
    assert refused.exit_code == 1
    assert "sizes of inputs are open" in refused.stderr
    assert CliRunner().invoke(main, [*command, "--input-shape", "x:0=1x3x2"]).exit_code == 0
    np.testing.assert_array_equal(np.load(tmp_path / "out.npz")["out0"], 1 + np.broadcast_to(WEIGHTS, (1, 3, 2)))
