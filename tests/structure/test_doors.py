"""The doors of the house: which room may import which, where TVM may be imported, and what starts without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import house  # noqa: E402


def test_every_room_has_a_floor() -> None:
    rooms = {house.room_of(file) for file in house.files()}
    named = {room for floor in house.FLOORS for room in floor}
    assert rooms == named


def test_no_room_imports_one_above_or_beside_it_and_tvm_is_where_it_may_be() -> None:
    assert house.wrong_doors() == []


def test_a_wrong_door_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    upside_down = tuple(reversed(house.FLOORS))
    monkeypatch.setattr(house, "FLOORS", upside_down)
    monkeypatch.setattr(house, "WITH_TVM", ("relay/ops/",))
    wrong = house.wrong_doors()
    assert any("library imports model, which is not below it" in line for line in wrong)
    assert any(line.startswith("compiler/") and line.endswith("imports TVM") for line in wrong)


def test_exceptions_are_in_use() -> None:
    doors = {(file, door.target) for file in house.files() for door in house.imports(file)}
    assert doors >= house.EXCEPTIONS


WITHOUT_TVM = {
    "interpreting": "tml.load(sys.argv[1]).reference(*[np.ones((1, 2), d) for d in ('uint8', 'float32', 'float32')])",
    "inspecting": "from tvm_model_library.archive.reader import read_archive",
    "reporting": "from tvm_model_library.report import html_page, report_of, footprint_of",
    "the command line": "from tvm_model_library.cli import main",
}


@pytest.mark.parametrize("what", WITHOUT_TVM)
def test_what_does_not_compile_starts_without_tvm(what: str) -> None:
    code = f"import sys, numpy as np, tvm_model_library as tml\n{WITHOUT_TVM[what]}\nassert 'tvm' not in sys.modules"
    model = ROOT / "examples" / "add" / "model.relay"
    ran = subprocess.run([sys.executable, "-c", code, str(model)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
