"""The memory report says what the plan says, and budgets are kept."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.executors import graph_embedding
from tvm_model_library.params import save_param_dict

PLAIN = """#[version = "0.0.5"]
def @main(%x: Tensor[(1, 16, 8, 4), float32]) {
  %0 = nn.max_pool2d(%x, pool_size=[3, 3], padding=[1, 1, 1, 1], layout="NHWC");
  %1 = nn.avg_pool2d(%0, pool_size=[2, 2], strides=[2, 2], layout="NHWC");
  %2 = add(%1, 1f);
  nn.max_pool2d(%2, pool_size=[3, 3], padding=[1, 1, 1, 1], layout="NHWC")
}
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "chain.relay"
    path.write_text(PLAIN, encoding="utf-8")
    return path


def program(folder: Path, parameters: str, body: str) -> Path:
    path = folder / "model.relay"
    path.write_text(f'#[version = "0.0.5"]\ndef @main({parameters}) {{ {body} }}\n', encoding="utf-8")
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def figures(model: Path, *options: object) -> tuple[dict[str, Any], str, str]:
    """The report as JSON, as a page, and as printed."""
    files = model.with_suffix(".json"), model.with_suffix(".html")
    code, output = run("report", model, "--json", files[0], "--html", files[1], *options)
    assert code == 0, output
    return json.loads(files[0].read_text("utf-8")), files[1].read_text("utf-8"), output


@pytest.mark.parametrize(
    "options", [("--executor", "graph"), ("--executor", "aot"), ("--executor", "aot", "--io-in-arena")]
)
def test_the_figures_agree_with_each_other(model: Path, options: tuple[str, ...]) -> None:
    report, page, printed = figures(model, *options)
    assert report["ram"] == sum(p["bytes"] for p in report["pools"]) > 0
    assert report["lower_bound"] <= report["ram"]
    assert report["ram"] == max(t["offset"] + t["bytes"] for t in report["tensors"])
    assert max(c["live"] for c in report["calls"]) <= report["ram"]
    assert report["input_bytes"] == report["output_bytes"] * 4 == 2048
    assert ("input" in {t["kind"] for t in report["tensors"]}) == (
        "--executor aot" not in " ".join(options) or len(options) > 2
    )
    for number in (report["ram"], report["lower_bound"]):
        assert f"{number:,}" in page
        assert f"{number:,}" in printed


def test_the_graph_executor_keeps_its_inputs(tmp_path: Path) -> None:
    """What is in use, and the bound, count them to the end: as its arena does."""
    parameters = "%a: Tensor[(16, 16), float32], %b: Tensor[(9, 16), int8], %unused: Tensor[(32), int8]"
    report, _, _ = figures(program(tmp_path, parameters, "(sum(%a, axis=[1]), sum(%b, axis=[1]))"))
    inputs = 1024 + 144 + 32
    assert {t["last"] for t in report["tensors"] if t["kind"] == "input"} == {2}
    assert [c["live"] for c in report["calls"]] == [inputs + 64, inputs + 64 + 9]
    assert report["lower_bound"] == inputs + 64 + 9
    assert report["ram"] == inputs + 64 + 16
    assert [p["bytes"] for p in report["pools"]] == [report["ram"]]


def test_the_graph_executors_arena_is_drawn_as_it_is_sized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_embedding, "STORAGE_ALIGNMENT", 256)
    report, _, _ = figures(
        program(tmp_path, "%a: Tensor[(9), int8], %b: Tensor[(300), int8]", "(negative(%a), negative(%b))")
    )
    places = sorted((t["offset"], t["bytes"]) for t in report["tensors"])
    assert places == [(0, 9), (256, 300), (768, 9), (1024, 300)]
    assert report["ram"] == 1024 + 512


def test_the_graph_executors_figures_are_called_tensors(model: Path, tmp_path: Path) -> None:
    """Firmware has to allocate more: the executor's tables as well."""
    report, page, printed = figures(model)
    number, on_top = f"{report['ram']:,}", "(the executor's tables come on top)"
    assert re.search(rf"RAM, tensors {re.escape(on_top)} +│ +{number} ", printed)
    assert f"<h2>Tensors in the arena: {number} bytes {on_top}</h2>" in html.unescape(page)
    code, output = run("export", model, "-o", tmp_path / "m.tar", "--ram-budget", report["ram"] - 1)
    assert code == 1
    assert f"chain needs {number} bytes of RAM for tensors {on_top}, 1 more than" in output
    assert "RAM, arena" not in printed

    report, page, printed = figures(model, "--executor", "aot")
    assert re.search(rf"RAM, arena +│ +{report['ram']:,} ", printed)
    assert f"<h2>Pool arena: {report['ram']:,} bytes</h2>" in page
    assert "tables" not in page + printed


def test_no_two_tensors_overlap_in_time_and_place(model: Path) -> None:
    report, _, _ = figures(model, "--executor", "aot", "--io-in-arena")
    tensors = report["tensors"]
    for i, a in enumerate(tensors):
        for b in tensors[:i]:
            apart = a["last"] < b["first"] or b["last"] < a["first"]
            apart |= a["offset"] + a["bytes"] <= b["offset"] or b["offset"] + b["bytes"] <= a["offset"]
            handed_over = a["last"] == b["first"] or b["last"] == a["first"]
            in_place = handed_over and a["offset"] == b["offset"] and a["bytes"] == b["bytes"]
            assert apart or in_place, (a, b)


def test_the_page_draws_one_box_a_tensor_and_is_self_contained(model: Path) -> None:
    report, page, _ = figures(model, "--executor", "aot", "--io-in-arena")
    (svg,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    drawing = ElementTree.fromstring(svg)
    names = {"s": "http://www.w3.org/2000/svg"}
    boxes = drawing.findall(".//s:rect", names)
    assert len(boxes) == len(report["tensors"])
    assert all(float(b.get("y", "")) >= 0 and float(b.get("height", "")) > 0 for b in boxes)
    titles = [t.text or "" for t in drawing.findall(".//s:title", names)]
    assert any(t.startswith("x: 2,048 bytes") for t in titles)
    assert not re.search(r"(src|href)\s*=", page)


def test_names_of_the_model_are_escaped() -> None:
    from tvm_model_library.frontends.relay import from_text
    from tvm_model_library.library import compile as compile_model
    from tvm_model_library.report import html_page, report_of
    from tvm_model_library.report.figures import Constant, Kernel

    library = compile_model(from_text(PLAIN, {}, "model.relay"), executor="aot", name="m")
    report = report_of(library)
    evil = "<script>&"
    page = html_page(
        replace(
            report,
            model=evil,
            tensors=(replace(report.tensors[0], name=evil, first=-1, last=len(report.calls)),),
            calls=(replace(report.calls[0], name=evil, operations=(evil,)), *report.calls[1:]),
            kernels=(Kernel(evil, 1),),
            constants=(Constant(evil, 4, (), "float32"),),
        )
    )
    assert "<script>" not in page
    # Title, heading, a box with its title and its label, call, operator, kernel, constant.
    assert page.count("&lt;script&gt;&amp;") == 8


def test_a_build_tree_has_the_report(model: Path, tmp_path: Path) -> None:
    code, output = run("export", model, "-o", tmp_path / "chain.tar", "--build-tree", tmp_path / "tree")
    assert code == 0
    assert str(tmp_path / "tree" / "report.html") in output
    assert json.loads((tmp_path / "tree" / "report.json").read_text("utf-8"))["model"] == "chain"
    assert (tmp_path / "tree" / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_budgets_are_kept_to_the_byte(tmp_path: Path, executor: str) -> None:
    parameters = "%x: Tensor[(4, 8), float32], %w: Tensor[(8), float32]"
    model = program(tmp_path, parameters, "nn.softmax(tanh(nn.softmax(%x)) * %w)")
    (tmp_path / "model.params").write_bytes(save_param_dict({"w": np.arange(8, dtype=np.float32)}))
    options = ("--params", tmp_path / "model.params", "--executor", executor)
    report, _, _ = figures(model, *options)
    assert [c["bytes"] for c in report["constants"]] == [32]
    target = tmp_path / "model.tar"
    for option, needed in (
        ("--ram-budget", report["ram"]),
        ("--flash-budget", sum(c["bytes"] for c in report["read_only"])),
    ):
        assert needed > 0
        code, output = run("export", model, *options, "-o", target, option, needed)
        assert code == 0, output
        target.unlink()
        code, output = run("export", model, *options, "-o", target, option, needed - 1)
        assert code == 1
        assert not target.exists()
        assert f"1 more than its budget of {needed - 1:,}" in output
        assert re.search(r"^ +1  over budget$", output, re.MULTILINE)


def test_the_table_of_a_budget_adds_up(model: Path, tmp_path: Path) -> None:
    code, output = run("export", model, "-o", tmp_path / "chain.tar", "--ram-budget", 10, "--flash-budget", 10)
    assert code == 1
    tables = re.split(r"^(?:error: )?chain needs .*$", output, flags=re.MULTILINE)[1:]
    assert len(tables) == 2
    for table in tables:
        rows = [
            (int(size.replace(",", "")), name)
            for size, name in re.findall(r"^ +(-?[\d,]+)  (.*)$", table, re.MULTILINE)
        ]
        needed = next(size for size, name in rows if name == "needed")
        assert sum(size for size, name in rows if name not in ("needed", "budget", "over budget")) == needed
        assert rows[-1][0] == needed - 10


@pytest.mark.parametrize(
    ("parameters", "body", "rows"),
    [
        pytest.param(
            "%x: Tensor[(4), float32], %y: Tensor[(1000), float32]",
            "nn.softmax(%x)",
            {r"y \(input\) at arena\+[0-9]+": 4000, r"x \(input\) at arena\+[0-9]+": 16},
            id="input that nothing reads",
        ),
        pytest.param("%x: Tensor[(4), float32]", "()", {r"x \(input\) at arena\+0": 16}, id="no call"),
    ],
)
def test_the_table_of_a_budget_names_what_is_there_before_the_first_call(
    tmp_path: Path, parameters: str, body: str, rows: dict[str, int]
) -> None:
    model = program(tmp_path, parameters, body)
    options = ("--executor", "aot", "--io-in-arena")
    code, output = run("export", model, "-o", tmp_path / "m.tar", *options, "--ram-budget", 0)
    assert code == 1
    found = re.findall(r"^ +(-?[\d,]+)  (.*)$", output, re.MULTILINE)[:-3]  # the last three are the sums
    assert [int(size.replace(",", "")) for size, _ in found] == list(rows.values())
    assert all(re.fullmatch(pattern, name) for pattern, (_, name) in zip(rows, found, strict=True)), found

    report, page, printed = figures(model, *options)
    assert sum(rows.values()) == report["ram"]
    peak = printed.split("In use at the peak")[1].split("Constants")[0]
    assert re.findall(r"│ (\w+) \(input\) +│", peak) == [pattern[0] for pattern in rows]
    assert "to -1" not in page


def test_a_negative_budget_is_refused(model: Path, tmp_path: Path) -> None:
    code, output = run("export", model, "-o", tmp_path / "chain.tar", "--ram-budget", -1)
    assert code == 1
    assert "--ram-budget" in output


def test_budgets_of_a_report(model: Path, tmp_path: Path) -> None:
    """`tvm-mlf budget` says of a build tree's report what `tvm-mlf export` says of the model."""
    run("export", model, "-o", tmp_path / "chain.tar", "--build-tree", tmp_path / "tree")
    report = tmp_path / "tree" / "report.json"
    figures = json.loads(report.read_text())
    assert run("budget", report) == (0, "")
    assert run("budget", report, "--ram-budget", figures["ram"]) == (0, "")
    for option in (("--ram-budget", figures["ram"] - 1), ("--flash-budget", 10)):
        code, output = run("budget", report, *option)
        assert code == 1
        assert (code, output) == run("export", model, "-o", tmp_path / "chain.tar", *option)
    code, output = run("budget", tmp_path / "none.json", "--ram-budget", 1)
    assert code == 1
    assert "none.json: cannot read the report: No such file" in output
