"""``tvm-mlf print``: the canonical text."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.relay.equal import structural_equal
from tvm_model_library.relay.parser import parse_module

KWS = Path(__file__).resolve().parents[2] / "examples/models/kws_ref_model.relay"


def test_print_parses_back_equal() -> None:
    result = CliRunner().invoke(main, ["print", str(KWS)])
    assert result.exit_code == 0
    assert structural_equal(parse_module(result.output), parse_module(KWS.read_text()))


def test_without_metadata() -> None:
    result = CliRunner().invoke(main, ["print", str(KWS), "--no-show-meta"])
    assert result.exit_code == 0
    assert "meta[relay.Constant][0]" in result.output
    assert "#[metadata]" not in result.output


def test_missing_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["print", str(tmp_path / "none.relay")])
    assert result.exit_code == 1
    assert "none.relay: cannot read the model" in result.output
