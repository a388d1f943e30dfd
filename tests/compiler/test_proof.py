"""What is shown of each kernel before its code is printed, and that nothing wrong gets through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tvm_ffi
from native import plan_of, relay, run_plan, same
from tvm import tirx
from tvm.script import tirx as TS
from tvm_model_library.c_text.types import Interval
from tvm_model_library.compiler import kernels
from tvm_model_library.compiler.loops.plain import flat_forms
from tvm_model_library.compiler.loops.proof import flaw_of, shared_scratch_flaw
from tvm_model_library.compiler.targets.generic.schedule import schedules
from tvm_model_library.errors import UnsupportedError


def flaw(func: Any, **ranges: Interval) -> str | None:
    """The flaw of a function whose last parameter is written; ``ranges`` of what its inputs hold, by name."""
    func = func.without_attr("global_symbol")
    flat = list(flat_forms(func))[-1]
    known = {p: ranges[str(p.name)] for p in flat.params if str(p.name) in ranges}
    return flaw_of(flat, len(func.params) - 1, known)


@TS.prim_func(s_tir=True)
def reads_behind_the_end(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(8):
        with TS.sblock("element"):
            out[i] = x[i + 1]


@TS.prim_func(s_tir=True)
def reads_before_the_begin_on_one_path(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(8):
        with TS.sblock("element"):
            out[i] = TS.if_then_else(i < 7, x[i - 1], 0)


@TS.prim_func(s_tir=True)
def reads_what_one_iteration_leaves_out(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    part = TS.sblock_alloc_buffer((8,), "int32")
    for i in range(8):
        with TS.sblock("first"):
            if i != 5:
                part[i] = x[i]
    for i in range(8):
        with TS.sblock("second"):
            out[i] = part[i]


@TS.prim_func(s_tir=True)
def reads_the_next_row_too_early(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    part = TS.sblock_alloc_buffer((9,), "int32")
    for i in range(8):
        with TS.sblock("element"):
            part[i] = x[i]
            out[i] = part[i] + part[i + 1]


@TS.prim_func(s_tir=True)
def depends_on_data_for_what_it_writes(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(8):
        with TS.sblock("element"):
            if x[i] > 0:
                out[i] = x[i]


@TS.prim_func(s_tir=True)
def writes_either_of_two_elements(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(8):
        with TS.sblock("element"):
            if x[i] > 0:
                out[i] = x[i]
            else:
                out[7 - i] = x[i]


@TS.prim_func(s_tir=True)
def writes_one_way_only_under_a_further_condition(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(8):
        with TS.sblock("element"):
            if x[i] > 0:
                out[i] = x[i]
            else:
                if x[i] < -5:
                    out[i] = 0


@TS.prim_func(s_tir=True)
def takes_indices_from_data(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(8):
        with TS.sblock("element"):
            out[i] = x[x[i]]


@TS.prim_func(s_tir=True)
def divides_an_index_by_a_negative_number(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(8):
        with TS.sblock("element"):
            out[i] = x[TS.max(TS.min(TS.floordiv(i, x[0] * 2) + 7, 7), 0)]


WRONG = [
    (reads_behind_the_end, "reads x[1 to 8] of 8 elements"),
    (reads_before_the_begin_on_one_path, "reads x[-1 to 5] of 8 elements"),
    (reads_what_one_iteration_leaves_out, "part may be read before it is written"),
    (reads_the_next_row_too_early, "part may be read before it is written"),
    (depends_on_data_for_what_it_writes, "out[0] may not be written"),
    (writes_either_of_two_elements, "out[0] may not be written"),
    (writes_one_way_only_under_a_further_condition, "out[0] may not be written"),
    (takes_indices_from_data, "reads x[-2147483648 to 2147483647] of 8 elements"),
    (divides_an_index_by_a_negative_number, "an index is divided by a number from"),
]


@pytest.mark.parametrize(("func", "expected"), WRONG, ids=[func.attrs["global_symbol"] for func, _ in WRONG])
def test_what_is_wrong_is_found(func: Any, expected: str) -> None:
    found = flaw(func)
    assert found is not None
    assert found.startswith(expected)


@TS.prim_func(s_tir=True)
def guards_its_indices(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    for i in range(8):
        with TS.sblock("element"):
            out[i] = TS.if_then_else(x[i] >= 0 and x[i] < 8, x[x[i]], x[TS.floormod(x[i], 8)])


@TS.prim_func(s_tir=True)
def sums_up(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    total = TS.sblock_alloc_buffer((9,), "int32")
    with TS.sblock("all"):
        total[0] = 0
        for i in range(8):
            total[i + 1] = total[i] + x[i]
            out[i] = total[i + 1]


@TS.prim_func(s_tir=True)
def searches(x: TS.Buffer((8,), "int32"), out: TS.Buffer((1,), "int32")) -> None:
    low = TS.sblock_alloc_buffer((1,), "int32")
    high = TS.sblock_alloc_buffer((1,), "int32")
    with TS.sblock("all"):
        low[0] = 0
        high[0] = 8
        while low[0] < high[0]:
            if x[TS.floordiv(low[0] + high[0], 2)] < 5:
                low[0] = TS.floordiv(low[0] + high[0], 2) + 1
            else:
                high[0] = TS.floordiv(low[0] + high[0], 2)
        out[0] = low[0]


@TS.prim_func(s_tir=True)
def writes_an_element_whichever_way(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
    part = TS.sblock_alloc_buffer((8,), "int32")
    for i in range(8):
        with TS.sblock("element"):
            if x[i] > 0:
                part[i] = x[i]
            else:
                if x[i] < -5:
                    part[i] = 1
                else:
                    part[i] = 0
    for i in range(8):
        with TS.sblock("result"):
            out[i] = part[7 - i]


@pytest.mark.parametrize("func", [guards_its_indices, sums_up, searches, writes_an_element_whichever_way])
def test_what_is_right_is_shown(func: Any) -> None:
    assert flaw(func) is None


def test_indices_that_are_constants_need_no_guard() -> None:
    assert flaw(takes_indices_from_data, x=Interval(0, 7)) is None
    assert flaw(takes_indices_from_data, x=Interval(0, 8)) == "reads x[0 to 8] of 8 elements"


@TS.prim_func(s_tir=True)
def uses_two_buffers_in_turn(x: TS.Buffer((100,), "int32"), out: TS.Buffer((100,), "int32")) -> None:
    with TS.sblock("all"):
        first = TS.sblock_alloc_buffer((100,), "int32")
        second = TS.sblock_alloc_buffer((100,), "int32")
        for i in range(100):
            first[i] = x[99 - i]
        for i in range(100):
            out[i] = first[99 - i]
        for i in range(100):
            second[i] = out[99 - i]
        for i in range(100):
            out[i] = second[99 - i]


@TS.prim_func(s_tir=True)
def reads_one_while_it_fills_the_other(x: TS.Buffer((100,), "int32"), out: TS.Buffer((100,), "int32")) -> None:
    with TS.sblock("all"):
        first = TS.sblock_alloc_buffer((100,), "int32")
        second = TS.sblock_alloc_buffer((100,), "int32")
        for i in range(100):
            first[i] = x[99 - i]
        for i in range(100):
            second[i] = first[99 - i]
        for i in range(100):
            out[i] = second[99 - i]


def flat_with_scratch(func: Any) -> tuple[Any, list[Any]]:
    """The flat form of a function and its scratch buffers in order."""
    (flat,) = flat_forms(func.without_attr("global_symbol"))
    allocated: list[Any] = []

    def visit(node: Any) -> None:
        allocated.append(node.buffer)

    tvm_ffi.structural_walk(flat.body, (tirx.AllocBuffer, visit))
    return flat, allocated


def test_scratch_that_shares_memory_is_used_in_turn() -> None:
    flat, (first, second) = flat_with_scratch(uses_two_buffers_in_turn)
    assert shared_scratch_flaw(flat, {first: (0, 400), second: (0, 400)}) is None
    flat, (first, second) = flat_with_scratch(reads_one_while_it_fills_the_other)
    assert shared_scratch_flaw(flat, {first: (0, 400), second: (400, 800)}) is None
    assert shared_scratch_flaw(flat, {first: (0, 400), second: (396, 796)}) == (
        "first and second share bytes 396 to 400 of the workspace while both are in use"
    )


CONCATENATED_TWICE = "  %0 = abs(%x);\n  concatenate((%0, %0, %x), axis=0)"


def test_a_schedule_that_is_wrong_gives_way_to_a_simpler_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """TVM's own regions say that a concatenation reads one of its operands at one place only."""
    monkeypatch.setattr("tvm_model_library.compiler.targets.generic.schedule.with_declared_reads", lambda func: func)
    tried: list[int] = []

    def counted(*how: Any) -> Any:
        for number, form in enumerate(schedules(*how)):
            tried.append(number)
            yield form

    monkeypatch.setattr(kernels, "schedules", counted)
    x = np.arange(-4, 4, dtype="int32").reshape(2, 4)
    model = relay(CONCATENATED_TWICE, "%x: Tensor[(2, 4), int32]")
    same(run_plan(plan_of(model), [x]), model.reference(x))
    assert max(tried) > 0


def test_what_cannot_be_shown_in_any_form_is_refused_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "flaw_of", lambda *_: "reads x[8 to 9] of 8 elements")
    model = relay("  abs(%x)", "%x: Tensor[(2, 4), int32]")
    with pytest.raises(UnsupportedError, match=r":3:3: abs: no code .* safe \(reads x\[8 to 9\] of 8 elements\)"):
        plan_of(model)


PROGRAMS = {
    "a value used twice by one consumer": (CONCATENATED_TWICE, (2, 4), "int32"),
    "a value and its reverse": ("  %0 = exp(%x);\n  add(%0, reverse(%0, axis=0))", (3, 4), "float32"),
    "the reverse of a repetition": ("  reverse(repeat(%x, repeats=2, axis=0), axis=0)", (6,), "int8"),
    "a repetition backwards": (
        "  strided_slice(repeat(%x, repeats=3, axis=0), begin=[17], end=[0], strides=[-4])",
        (6,),
        "int8",
    ),
    "the reverse of a tiled tensor": ("  reverse(tile(%x, reps=[2, 3]), axis=1)", (2, 4), "int16"),
    "a value split and joined": (
        "  %0 = negative(%x);\n  %1 = split(%0, indices_or_sections=2, axis=1);\n"
        "  concatenate((%1.1, %0, %1.0), axis=1)",
        (3, 4),
        "int32",
    ),
    "a value padded and plain": (
        "  %0 = abs(%x);\n  %1 = nn.pad(%0, 0, pad_width=[[1, 1], [0, 0]]);\n  add(%1, concatenate((%0, %0), axis=0))",
        (2, 3),
        "int32",
    ),
}


@pytest.mark.parametrize(("body", "shape", "dtype"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs_whose_schedules_were_wrong(body: str, shape: tuple[int, ...], dtype: str) -> None:
    model = relay(body, f"%x: Tensor[{shape}, {dtype}]")
    x = np.random.default_rng(0).integers(-5, 5, shape).astype(dtype)
    for llvm in (False, True):
        same(run_plan(plan_of(model), [x], llvm=llvm), model.reference(x))
