"""Kernels of ``tflite`` operators, in C and in LLVM code, against their meaning; networks of integers stay integers."""

from __future__ import annotations

import re

import pytest
from native import plan_of, run_plan, same
from recorded_operators import joined, recorded
from tvm_model_library.executors.kernels import sources

INTEGERS = [name for name in recorded() if "float" not in name and not name.startswith("DEQUANTIZE")]
REAL = [name for name in recorded() if name not in INTEGERS]
TOGETHER = 8
"""So many operators are compiled into one program."""


@pytest.mark.parametrize(
    "names",
    [*(INTEGERS[i : i + TOGETHER] for i in range(0, len(INTEGERS), TOGETHER)), REAL],
    ids=lambda names: f"{names[0]}...",
)
def test_kernels(names: list[str]) -> None:
    cases = [case for name in names for case in recorded()[name]]
    model = joined(cases)
    inputs = [array for case in cases for array in (*case.steps[0][0], *case.states)]
    expected, plan = model.reference(*inputs), plan_of(model)
    if names[0] in INTEGERS:
        assert not re.search(r"\b(float|double)\b", "".join(sources(plan)))
    same(run_plan(plan, inputs), expected)
    same(run_plan(plan, inputs, "clang", ("-O2",)), expected)
    same(run_plan(plan, inputs, llvm=True), expected)


def test_a_number_that_is_wrong_by_one_is_found() -> None:
    (case, *_) = recorded()["ADD_int8"]
    model, inputs = case.model, case.steps[0][0]
    expected = model.reference(*inputs)
    expected[0].flat[0] ^= 1
    with pytest.raises(AssertionError):
        same(run_plan(plan_of(model), inputs), expected)
