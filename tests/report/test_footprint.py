"""The size of compiled code is what the object files hold, and the budget counts it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.report import Report, footprint_of
from tvm_model_library.report.footprint import FootprintError

SOURCE = """
#include <stdint.h>
extern uint8_t zeroed[100], later[40];
uint8_t zeroed[100];
uint8_t later[40] = {1};
extern const uint8_t table[24];
const uint8_t table[24] = {1, 2};
int function(int x);
int function(int x) { return x * 3 + table[x & 7]; }
int alias(int x) __attribute__((alias("function")));
"""


def compiled(folder: Path, source: str, *flags: str, compiler: str = "gcc") -> Path:
    (folder / "code.c").write_text(source)
    subprocess.run([compiler, "-c", "-O2", *flags, "code.c", "-o", "code.o"], cwd=folder, check=True)
    return folder / "code.o"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_sections_and_symbols(tmp_path: Path) -> None:
    flags = ("-fno-asynchronous-unwind-tables", "-fcf-protection=none")
    found = footprint_of([compiled(tmp_path, SOURCE, *flags)])
    assert (found.data, found.zeroed, found.read_only) == (40, 100, 24)
    assert found.ram == 140
    assert found.flash == found.code + 24 + 40
    symbols = {s.name: (s.kind, s.bytes) for s in found.symbols}
    assert symbols["table"] == ("read_only", 24)
    assert symbols["later"] == ("data", 40)
    assert "zeroed" not in symbols
    functions = [s for s in found.symbols if s.kind == "code"]
    assert [s.name for s in functions] in (["function"], ["alias"])  # one piece of code, two names
    assert functions[0].bytes <= found.code


def test_agrees_with_size(tmp_path: Path) -> None:
    path = compiled(tmp_path, SOURCE)
    text, data, bss = subprocess.check_output(["size", path], text=True).splitlines()[1].split()[:3]
    found = footprint_of([path])
    assert (found.code + found.read_only, found.data, found.zeroed) == (int(text), int(data), int(bss))
    twice = footprint_of([path, path])
    assert twice.flash == 2 * found.flash


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_code_left_to_the_linker_has_no_size_yet(tmp_path: Path, compiler: str) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed: apt-get install {compiler}")
    path = compiled(tmp_path, SOURCE, "-flto", compiler=compiler)
    with pytest.raises(FootprintError, match=re.escape(str(path)) + r".*link-time optimization"):
        footprint_of([path])


def test_fat_objects_count(tmp_path: Path) -> None:
    assert footprint_of([compiled(tmp_path, SOURCE, "-flto", "-ffat-lto-objects")]).code > 0


def test_damaged_and_missing_files(tmp_path: Path) -> None:
    whole = compiled(tmp_path, SOURCE).read_bytes()
    damaged = tmp_path / "damaged.o"
    for content in (b"", b"!<arch>\n", whole[:100], whole[:-200]):
        damaged.write_bytes(content)
        with pytest.raises(FootprintError, match=r"damaged\.o"):
            footprint_of([damaged])
    with pytest.raises(ModelLibraryError, match=r"none\.o: cannot read the object file: No such file"):
        footprint_of([tmp_path / "none.o"])


def exported(folder: Path, executor: str) -> Path:
    """The report of an exported model."""
    model = folder / "chain.relay"
    body = "  %0 = tanh(%x);\n  %1 = exp(%0);\n  %2 = nn.softmax(%1);\n  (%2, tanh(%1))"
    model.write_text(f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(4, 8), float32]) {{\n{body}\n}}\n')
    code, output = run("export", model, "-o", folder / "m.tar", "--executor", executor, "--build-tree", folder / "tree")
    assert code == 0, output
    return folder / "tree" / "report.json"


def build_tree(folder: Path) -> tuple[Path, list[Path]]:
    """The report of an exported model, and its compiled objects."""
    report = exported(folder, "aot")
    subprocess.run(["tar", "xf", "m.tar"], cwd=folder, check=True)
    sources = sorted((folder / "codegen/host/src").glob("*.c"))
    headers = folder / "codegen/host/include"
    subprocess.run(["gcc", "-c", "-O2", f"-I{headers}", *map(str, sources)], cwd=folder, check=True)
    return report, sorted(folder.glob("*lib*.o"))


def test_the_command_completes_the_report(tmp_path: Path) -> None:
    report, objects = build_tree(tmp_path)
    before = json.loads(report.read_text())
    assert before["built"] is None
    assert {k["code"] for k in before["kernels"]} == {None}

    code, output = run("footprint", report, *objects, "--json", tmp_path / "r.json", "--html", tmp_path / "r.html")

    assert code == 0, output
    found = footprint_of(objects)
    assert f"flash {found.flash:,} bytes (code {found.code:,}" in output
    after: dict[str, Any] = json.loads((tmp_path / "r.json").read_text())
    assert after["built"]["code"] == found.code
    assert all(k["code"] > 0 for k in after["kernels"])
    assert sum(k["code"] for k in after["kernels"]) < found.code
    page = (tmp_path / "r.html").read_text()
    assert f"<td>{found.flash:,}</td>" in page
    assert "not built" not in page
    assert Report.from_json((tmp_path / "r.json").read_text()).to_json() == (tmp_path / "r.json").read_text()
    assert json.loads(report.read_text()) == before


@pytest.mark.parametrize(
    ("executor", "memory"),
    [("aot", "arena {} bytes,"), ("graph", "tensors {} bytes (the executor's tables come on top),")],
)
def test_the_printed_line_says_which_memory(tmp_path: Path, executor: str, memory: str) -> None:
    report = exported(tmp_path, executor)
    code, output = run("footprint", report, compiled(tmp_path, SOURCE))
    assert code == 0
    assert output.startswith(f"chain: {memory.format(format(json.loads(report.read_text())['ram'], ','))} flash ")


def test_split_off_parts_count_for_their_kernel(tmp_path: Path) -> None:
    report, _ = build_tree(tmp_path)
    figures = Report.from_json(report.read_text())
    symbol = figures.kernels[0].symbol
    lines = [f".globl {symbol}", f"{symbol}:", ".skip 7", f".size {symbol}, 7"]
    lines += [f'"{symbol}.part.0":', ".skip 5", f'.size "{symbol}.part.0", 5']
    (tmp_path / "asm.s").write_text(".text\n" + "\n".join(lines) + "\n")
    subprocess.run(["gcc", "-c", "asm.s", "-o", "asm.o"], cwd=tmp_path, check=True)
    built = figures.with_footprint(footprint_of([tmp_path / "asm.o"]))
    assert [k.code for k in built.kernels] == [12, *[0] * (len(figures.kernels) - 1)]


def test_the_budget_counts_code_and_its_table_adds_up(tmp_path: Path) -> None:
    report, objects = build_tree(tmp_path)
    flash = footprint_of(objects).flash
    assert run("footprint", report, *objects, "--flash-budget", flash)[0] == 0
    code, output = run("footprint", report, *objects, "--flash-budget", flash - 1)
    assert code == 1
    assert f"chain needs {flash:,} bytes of flash, 1 more than its budget of {flash - 1:,}:" in output
    rows = re.findall(r"^ +(-?[\d,]+)  (.*)$", output, re.MULTILINE)
    sizes = {name: int(size.replace(",", "")) for size, name in rows}
    assert sizes.pop("needed") == flash
    assert sizes.pop("budget") == flash - 1
    assert sizes.pop("over budget") == 1
    assert sum(sizes.values()) == flash
    assert any(name.endswith("_tanh (code)") for name in sizes)


def test_unknown_sizes_fail_only_a_budget(tmp_path: Path) -> None:
    report, _ = build_tree(tmp_path)
    lto = compiled(tmp_path, SOURCE, "-flto")
    code, output = run("footprint", report, lto, "--html", tmp_path / "r.html")
    assert code == 0
    assert "the size of the code is not known" in output
    assert "not built" in (tmp_path / "r.html").read_text()
    code, output = run("footprint", report, lto, "--flash-budget", "1M")
    assert code == 1
    assert "the flash budget of chain can't be checked" in output


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1}', '{"schema": 1, "pools": 3}'])
def test_a_report_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    code, output = run("footprint", tmp_path / "report.json", tmp_path / "x.o")
    assert code == 1
    assert output.startswith(f"error: {tmp_path / 'report.json'}: ")
    assert output.count("\n") == 1
