"""The fuzzer itself: what it generates, and that it finds what is wrong. Each check is broken on purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from relay_fuzzer import campaign, judge
from relay_fuzzer.build import RunError, run_library
from relay_fuzzer.evaluation import Program
from relay_fuzzer.expectation import UndecidedError, differences, expect
from relay_fuzzer.generate import PROFILES, Case
from relay_fuzzer.judge import Finding, Judgement, fails_alike, probe
from relay_fuzzer.shrink import shrink
from relay_fuzzer.variants import TOOLCHAINS, Variant, all_variants
from relay_fuzzer.vectors import Source
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import Library
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model
from tvm_model_library.plan.arena import ArenaOptions
from tvm_model_library.plan.packing import Pool
from tvm_model_library.relay import ast
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.verification.corpus.outcome import Program as Seed
from tvm_model_library.verification.corpus.outcome import Verdict

TOOLCHAIN = {t.name: t for t in TOOLCHAINS}
IN_ARENA = AotOptions(ArenaOptions(io=True), caller_pools=True)
ADD = "  nn.relu(add(%x, %y))", "%x: Tensor[(4), float32], %y: Tensor[(4), float32]"


def text_of(body: str, params: str) -> str:
    return f'#[version = "0.0.5"]\ndef @main({params}) {{\n{body}\n}}\n'


def model_of(body: str, params: str) -> Model:
    return from_text(text_of(body, params))


def quarters(*shape: int) -> Any:
    return np.random.default_rng(1).integers(1, 20, shape).astype(np.float32) / 4


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_seed_is_a_legal_program(profile: str) -> None:
    for seed in range(40):
        case = PROFILES[profile](seed)
        assert case == PROFILES[profile](seed)
        program = Program(parse_module(case.text).functions["main"])
        assert len(case.sources) == len(from_text(case.text).inputs)
        assert program.calls
        assert profile != "operators" or len(case.operators) <= 18  # the last family may add some more


def test_programs_use_values_twice_and_have_several_outputs() -> None:
    texts = [PROFILES["fusion"](seed).text for seed in range(40)]
    steps = [step for t in texts for step in Program(parse_module(t).functions["main"]).steps]
    fields = [list(map(id, s.fields)) for s in steps if isinstance(s, ast.Tuple)]
    assert any(len(set(f)) < len(f) for f in fields)
    assert any(len(from_text(t).outputs) > 2 for t in texts)
    assert any(isinstance(s, ast.Let) for s in steps)


# -- what is expected


def test_exact_programs_have_no_tolerance() -> None:
    model = model_of("  sum(multiply(%x, %y))", "%x: Tensor[(50), float32], %y: Tensor[(50), float32]")
    expected = expect(model, [quarters(50), quarters(50)], 0)
    assert expected.tolerances == (None,)
    assert differences(expected, expected.outputs) is None
    moved = np.nextafter(expected.outputs[0], np.float32(np.inf))
    assert "1 of 1 elements differ" in str(differences(expected, [moved]))


def test_inexact_programs_have_the_tolerance_that_they_give_themselves() -> None:
    model = model_of("  (exp(%x), subtract(exp(%x), exp(%y)))", ADD[1])
    x = np.asarray([0.5, 1, 2, 3], np.float32)
    expected = expect(model, [x, x + np.float32(1e-3)], 0)
    plain, cancelled = (t / np.abs(o) for t, o in zip(expected.tolerances, expected.outputs, strict=True))
    assert (plain > 2e-7).all()
    assert (plain < 2e-5).all()
    assert (cancelled > 50 * plain).all()
    assert differences(expected, [o * np.float32(1 + 3e-7) for o in expected.outputs]) is None
    assert differences(expected, [o * np.float32(1 + 1e-4) for o in expected.outputs]) is not None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("argmax(nn.softmax(%x))", [1, 1, 1, 1]),  # equal but for rounding
        ("floor(exp(%x))", None),
        ('cast(%x, dtype="int8")', [1e3, 0, 0, 0]),
        ("exp(%x)", [np.inf, 0, 0, 0]),
        ("exp(%x)", [1e-40, 0, 0, 0]),
        ("sum(%x)", [3e38, 3e38, -3e38, 0]),
    ],
)
def test_inputs_that_say_nothing_are_not_used(body: str, value: list[float] | None) -> None:
    model = model_of(f"  {body}", "%x: Tensor[(4), float32]")
    x = np.asarray(value if value is not None else np.log([1, 2, 3, 4]), np.float32)
    if body.startswith("floor"):  # a float: its tolerance says that it may be any of two numbers
        assert np.asarray(expect(model, [x], 0).tolerances[0]).max() >= 1
        return
    with pytest.raises(UndecidedError):
        expect(model, [x], 0)


# -- what a run finds


def broken(library: Library, old: str, new: str) -> Library:
    """A library whose kernels say something else."""
    code = tuple(
        replace(f, data=f.data.replace(old.encode(), new.encode())) if f.name == "lib1.c" else f for f in library.code
    )
    assert code != library.code
    return replace(library, code=code)


def run(library: Library, toolchain: str, limit: float = 60) -> list[Any]:
    return run_library(library, TOOLCHAIN[toolchain], [[quarters(4), -quarters(4) / 2], [quarters(4)] * 2], limit)


@pytest.fixture(scope="module")
def added() -> Library:
    return compile_model(model_of(*ADD), executor="aot", name="m")


@pytest.fixture(scope="module")
def in_arena() -> Library:
    return compile_model(model_of(*ADD), executor="aot", name="m", aot=IN_ARENA)


def test_right_programs_run_in_every_variant() -> None:
    text = text_of(*ADD)
    for variant in all_variants():
        assert probe(text, [quarters(4), quarters(4)], variant) is None, variant


def test_wrong_numbers(added: Library) -> None:
    expected = expect(added.model, [quarters(4), quarters(4)], 0)
    assert differences(expected, run(added, "gcc-O2")[1]) is None
    message = differences(expected, run(broken(added, "x[i0] + y[i0]", "x[i0] - y[i0]"), "gcc-O2")[1])
    assert message is not None
    assert "4 of 4 elements differ; at [0] got 0.0, expected" in message


@pytest.mark.parametrize(
    ("toolchain", "old", "new", "kind"),
    [
        ("gcc-O2", "  return 0;", "  int unused; return 0;", "warning"),
        ("gcc-asan", "  return 0;", "  output[4] = 1.0f; return 0;", "sanitizer"),
        ("gcc-asan", "  return 0;", "  output[0] = x[4]; return 0;", "sanitizer"),
        ("gcc-asan", "  return 0;", "  int32_t big = INT32_MAX; big += x[0] > 0.0f; return big < 0;", "sanitizer"),
        ("clang-msan", "    output[i0] =", "    if (i0 > 0) output[i0] =", "sanitizer"),
        ("gcc-O0", "    output[i0] =", "    if (i0 > 0) output[i0] =", "unstable"),
        ("gcc-O0", "  return 0;", "  ((float*)(uintptr_t)x)[0] = 99.0f; return 0;", "changed-input"),
        ("gcc-O0", "  return 0;", "  return 3;", "failed"),
        ("gcc-O0", "  return 0;", "  *(volatile int32_t*)(uintptr_t)8 = 1; return 0;", "signal"),
    ],
)
def test_broken_kernels(added: Library, toolchain: str, old: str, new: str, kind: str) -> None:
    with pytest.raises(RunError) as error:
        run(broken(added, old, new), toolchain)
    assert error.value.kind == kind, error.value.message


def test_bytes_written_beside_the_arena(in_arena: Library) -> None:
    size = in_arena.memory()["arena_size"]
    run(in_arena, "gcc-O0")
    with pytest.raises(RunError, match="outside"):
        run(broken(in_arena, "  return 0;", f"  output[{size // 4}] = 1.0f; return 0;"), "gcc-O0")


def test_endless_loops(added: Library) -> None:
    with pytest.raises(RunError, match="timeout"):
        run(broken(added, "  return 0;", "  while (x[0] > 0.0f) { output[0] = 1.0f; } return 0;"), "gcc-O0", 5)


# -- what becomes of a program


def case_of(body: str, params: str, *sources: Source) -> Case:
    return Case(text_of(body, params), sources, (), 0, "test")


def test_refusals_crashes_and_undecided_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source((4,), "float32")
    case = case_of(*ADD, source, source)
    plain = Variant(TOOLCHAIN["gcc-O0"], "c", "aot", None)
    assert judge.judge(case, [plain]).outcome == "passed"
    small = AotOptions(ArenaOptions(io=True, pools=(Pool("tiny", 4),)))
    refused = judge.judge(case, [plain, replace(plain, aot=small)])
    assert (refused.outcome, refused.finding) == ("refused", None)
    assert "tiny" in refused.message
    assert judge.judge(case_of("  divide(%x, 0)", "%x: int32", Source((), "int32")), [plain]).outcome == "undecided"

    def fail(*arguments: Any) -> Any:
        raise KeyError("a defect")

    monkeypatch.setattr(judge, "assemble", fail)
    crash = judge.judge(case, [plain])
    assert crash.outcome == "crash"
    assert crash.message.startswith("KeyError")


def test_findings_are_alike_by_kind_and_message() -> None:
    variant = Variant(TOOLCHAIN["gcc-O0"], "c", "aot", None)
    one = Finding("warning", "src/lib1.c:118:50: error: unused parameter 'in0' [-Werror]", variant)
    assert one.is_like(Finding("warning", "src/lib1.c:3:5: error: unused parameter 'x' [-Werror]", variant))
    assert not one.is_like(Finding("warning", "src/lib1.c:3:5: error: self-comparison [-Werror]", variant))
    assert Finding("wrong", "3 of 4", variant).is_like(Finding("wrong", "1 of 1", variant))
    assert not Finding("wrong", "", variant).is_like(one)
    assert not fails_alike(text_of(*ADD), [quarters(4), quarters(4)], one, 0)


# -- making it small


def test_the_smallest_program_that_fails_alike() -> None:
    body = """
  %0 = exp(%x);
  let %v = nn.softmax(%0);
  %1 = nn.conv2d(%y, %w, channels=3, kernel_size=[3, 3], padding=[1, 1, 1, 1]);
  %2 = concatenate((%v, reverse(%v, axis=1), %0), axis=0);
  (%1, (tanh(%2), sum(%2)))"""
    params = "%x: Tensor[(5, 7), float32], %y: Tensor[(1, 2, 6, 6), float32], %w: Tensor[(3, 2, 3, 3), float32]"
    inputs = [quarters(5, 7), quarters(1, 2, 6, 6), quarters(3, 2, 3, 3)]

    def fails(text: str, arrays: Any) -> bool:
        from_text(text).reference(*arrays)
        return "reverse(" in text and "tanh(" in text

    text, arrays = shrink(text_of(body, params), inputs, fails)
    program = Program(parse_module(text).functions["main"])
    assert sorted(o.name for o, _ in program.calls.values()) == ["reverse", "tanh"]
    assert [a.size for a in arrays] == [1]


def test_what_does_not_fail_stays_as_it_is() -> None:
    text, inputs = text_of(*ADD), [quarters(4), quarters(4)]
    assert shrink(text, inputs, lambda t, a: False) == (text, inputs)


# -- findings in files


def test_findings_are_saved_with_their_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = Variant(TOOLCHAIN["gcc-O0"], "c", "graph", None)
    found = Judgement("wrong", "all of it", Finding("wrong", "all of it", variant))
    monkeypatch.setattr(campaign, "judge", lambda *a: found)
    plan = campaign.Plan("operators", tmp_path, shrink_seconds=0)
    outcome = plan(Seed("3", tmp_path))
    assert outcome.verdict is Verdict.WRONG
    text, inputs = campaign.read_program(tmp_path / "wrong-operators-3.relay")
    assert text == PROFILES["operators"](3).text
    assert len(inputs) == len(from_text(text).inputs)
    assert "wrong in gcc-O0 c graph" in (tmp_path / "wrong-operators-3.txt").read_text()
    assert replace(plan, avoid="def @main")(Seed("3", tmp_path)).message == '{"outcome": "avoided", "message": ""}'


def test_programs_in_files(tmp_path: Path) -> None:
    text = text_of("  add(%x, %x)", "%x: Tensor[(3), bfloat16]")
    array = np.asarray([1, 2, 3], ml_dtypes.bfloat16)
    campaign.write_program(tmp_path / "wrong-1.small", text, [array])
    again, (read,) = campaign.read_program(tmp_path / "wrong-1.small.relay")
    assert again == text
    assert (read.dtype, read.tolist()) == (array.dtype, array.tolist())
