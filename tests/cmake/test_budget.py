"""FLASH_BUDGET and the report know the code once it is compiled."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def report_of(project: Any, name: str) -> dict[str, Any]:
    text = (project.build_folder / f"{name}.report.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def write(project: Any, multiply: Any, options: str = "", factor: float = 2.0) -> None:
    text = f"tvm_add_model_library(first first.relay EXECUTOR aot NO_TEST {options})\n"
    text += 'get_target_property(report first TVM_MODEL_REPORT)\nmessage(STATUS "report: ${report}")\n'
    project.write(text, first_relay=multiply(factor))


def test_the_build_says_what_the_library_takes(any_generator: Any, multiply: Any) -> None:
    project = any_generator
    write(project, multiply)
    configured = project.configure()
    output = project.build()
    report = report_of(project, "first")
    built = report["built"]
    flash = built["code"] + built["read_only"] + built["data"]
    page = project.build_folder / "first.report.html"
    assert f"first: arena {report['ram']:,} bytes, flash {flash:,} bytes" in output
    assert f"report: {page}" in output
    assert f"report: {page}" in configured
    assert "not built" not in page.read_text()
    assert [k["code"] > 0 for k in report["kernels"]] == [True]


def test_the_budget_is_kept_to_the_byte(any_generator: Any, multiply: Any) -> None:
    project = any_generator
    write(project, multiply)
    project.configure()
    project.build()
    built = report_of(project, "first")["built"]
    flash = built["code"] + built["read_only"] + built["data"]

    write(project, multiply, f"FLASH_BUDGET {flash}")
    project.build()

    write(project, multiply, f"FLASH_BUDGET {flash - 1}")
    for _ in range(2):  # a library over its budget is not taken for built the next time
        output = project.build(ok=False)
        assert f"first needs {flash:,} bytes of flash, 1 more than its budget of {flash - 1:,}:" in output
        assert re.search(r"^ +1  over budget$", output, re.MULTILINE)
        assert "Traceback" not in output


def test_another_budget_compiles_nothing(project: Any, multiply: Any) -> None:
    write(project, multiply, "RAM_BUDGET 1K FLASH_BUDGET 1M")
    project.configure()
    project.build()
    objects = {p: f for p, f in project.state().items() if p.endswith(".o")}
    project.python.starts()
    project.configure()
    assert project.python.starts() == []

    write(project, multiply, "RAM_BUDGET 2K FLASH_BUDGET 2M")
    project.build()
    write(project, multiply)
    project.build()
    assert project.python.exported() == []
    assert {p: f for p, f in project.state().items() if p.endswith(".o")} == objects

    write(project, multiply, "RAM_BUDGET 0 IO_IN_ARENA", factor=3.0)
    for _ in range(2):
        output = project.configure(ok=False)
        assert "bytes of RAM" in output
        assert re.search(r"^ +\d+  over budget$", output, re.MULTILINE)
    starts = project.python.starts()
    assert [sum(word in s for s in starts) for word in (" export ", " budget ")] == [1, 2]


def test_link_time_optimization(project: Any, multiply: Any) -> None:
    write(project, multiply)
    project.configure("-DCMAKE_C_FLAGS=-flto")
    output = project.build()
    assert "the size of the code is not known" in output
    assert report_of(project, "first")["built"] is None
    write(project, multiply, "FLASH_BUDGET 1M")
    output = project.build(ok=False)
    assert "the flash budget of first can't be checked" in output
    assert "link-time optimization (-flto)" in output


def test_other_figures_come_without_other_code(project: Any, multiply: Any) -> None:
    """The report of a model whose lines moved is new, though its code, but for a comment, is not."""
    write(project, multiply)
    project.configure()
    project.build()
    before = report_of(project, "first")
    model: Path = project.source / "first.relay"
    lines = model.read_text().splitlines()
    model.write_text("\n".join([lines[0], "", "", *lines[1:]]) + "\n")
    project.build()
    after = report_of(project, "first")
    assert before["calls"][0]["operations"][0].startswith("multiply 2:")
    assert after["calls"][0]["operations"][0].startswith("multiply 4:")
    assert after["built"]["code"] == before["built"]["code"]
