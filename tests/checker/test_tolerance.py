"""Integers are exact whatever the tolerances of floats are; who wants steps asks for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tvm_model_library as tml
from click.testing import CliRunner
from harness_program import HarnessProgram, generated_sources
from tvm_model_library.cli.main import main
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.runs.tolerance import Tolerance
from tvm_model_library.runs.vectors import vectors_of
from tvm_model_library.verification.verify import compare, verify

TEXT = """#[version = "0.0.5"]
def @main(%a: Tensor[(3), int8], %b: Tensor[(3), bool]) { (%a, cast(%a, dtype="int64") * 1000000007i64, %b) }
"""
INPUTS = [np.array([1, -128, 127], np.int8), np.array([True, False, True])]


def off_by(steps: int, *, booleans: bool = False) -> tuple[list[Any], list[Any]]:
    """A recorded run whose integers are so many steps off."""
    a, wide, b = tml.Model.reference(from_text(TEXT), *INPUTS)
    return INPUTS, [a - np.int8(steps) * np.array([1, -1, 1], np.int8), wide + steps, b ^ booleans]


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("tolerance", [Tolerance(), Tolerance(1e6, 1e6), Tolerance(steps=1), Tolerance(steps=3)])
def test_harness_and_verify_agree(steps: int, tolerance: Tolerance) -> None:
    model = from_text(TEXT)
    recorded = off_by(steps)
    passes = steps <= tolerance.steps
    vectors = vectors_of(model, recorded, 0)
    ran = HarnessProgram(generated_sources(tml.compile(model, executor="aot"), vectors, tolerance)).run()
    assert ran.status == (0 if passes else 1), ran.printed
    assert (f"equal within {tolerance.steps} step(s); largest error {steps}" in ran.printed) == passes
    assert "equal exactly" in ran.printed  # the booleans
    report = verify(
        model,
        recorded=recorded,
        random_vectors=0,
        rtol=tolerance.rtol,
        atol=tolerance.atol,
        integer_tolerance=tolerance.steps,
    )
    assert report.passed == passes
    assert (f"equal within {tolerance.steps} step(s), largest error {steps}" in report.text()) == passes
    if not passes:
        assert "output1 against the recorded run: 3 of 3 elements differ" in report.text()
        assert "(vector: recorded 0)" in report.text()


def test_booleans_are_exact() -> None:
    recorded = off_by(0, booleans=True)
    report = verify(from_text(TEXT), recorded=recorded, random_vectors=0, integer_tolerance=5)
    assert [c.mismatches for c in report.comparisons] == [0, 0, 0, 0, 0, 3]


def test_wide_integers_are_compared_without_rounding() -> None:
    a = np.array([2**62, -(2**63), 2**63 - 1], np.int64)
    b = np.array([2**62 + 1, 2**63 - 1, 2**63 - 1], np.int64)
    assert compare("x", "y", a, b, 0.0, 0.0).mismatches == 2
    found = compare("x", "y", a, b, 0.0, 0.0, 1)
    assert (found.mismatches, found.worst) == (1, 1)
    assert "got -9223372036854775808, expected 9223372036854775807" in found.text()
    unsigned = np.array([2**64 - 1, 0], np.uint64)
    assert compare("x", "y", unsigned, unsigned[::-1].copy(), 0.0, 0.0, 2**31 - 1).mismatches == 2


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"integer_tolerance": -1}, "the integer tolerance is -1; expected a whole number of steps from 0"),
        ({"integer_tolerance": 1.5}, "the integer tolerance is 1.5; expected a whole number"),
        ({"integer_tolerance": True}, "the integer tolerance is True; expected a whole number"),
        ({"integer_tolerance": 2**31}, "the integer tolerance is 2147483648; expected a whole number"),
        ({"rtol": -1.0}, "the relative tolerance is -1.0; expected a finite number of 0 or more"),
        ({"atol": float("nan")}, "the absolute tolerance is nan; expected a finite number"),
        ({"rtol": float("inf")}, "the relative tolerance is inf; expected a finite number"),
    ],
)
def test_tolerances_that_cannot_be(keywords: dict[str, Any], message: str, tmp_path: Any) -> None:
    model = from_text(TEXT)
    with pytest.raises(ModelLibraryError, match=message):
        verify(model, **keywords)
    with pytest.raises(ModelLibraryError, match=message):
        tml.compile(model).write_build_tree(tmp_path, **keywords)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["verify", "export"])
@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--integer-tolerance", "-1", "-1 is not in the range 0<=x<=2147483647"),
        ("--integer-tolerance", "1.5", "'1.5' is not a valid int"),
        ("--integer-tolerance", "x", "'x' is not a valid int"),
        ("--rtol", "nan", "'nan' is not a finite number of 0 or more"),
        ("--atol", "1e999", "'1e999' is not a finite number of 0 or more"),
        ("--atol", "-1", "'-1' is not a finite number of 0 or more"),
        ("--random-vectors", "-1", "-1 is not in the range 0<=x<=1000"),
        ("--random-vectors", "1001", "1001 is not in the range 0<=x<=1000"),
    ],
)
def test_options_that_cannot_be(command: str, option: str, value: str, message: str, tmp_path: Any) -> None:
    path = tmp_path / "model.relay"
    path.write_text(TEXT)
    output = ["-o", str(tmp_path / "model.tar")] if command == "export" else []
    result = CliRunner().invoke(main, [command, str(path), *output, option, value])
    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["model.relay"]
