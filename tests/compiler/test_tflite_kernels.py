"""Kernels of ``tflite`` operators, in C and in LLVM code, against their meaning; networks of integers stay integers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from native import plan_of, relay, run_plan, same
from recorded_operators import Case, joined, recorded
from tvm_model_library.executors.kernels import sources
from tvm_model_library.frontends import load
from tvm_model_library.library import compile as compile_model
from tvm_model_library.relay.operator import find_operator

INTEGERS = [name for name in recorded() if "float" not in name and not name.startswith("DEQUANTIZE")]
REAL = [name for name in recorded() if name not in INTEGERS]
TOGETHER = 8
"""So many operators are compiled into one program."""
NETWORKS = Path(__file__).resolve().parents[2] / "examples" / "models"


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


def c_of(network: str, executor: str = "aot", target: str = "c") -> str:
    """The C of a network of the examples, without comments, includes and headers, where the scales are."""
    path = NETWORKS / network
    params = path.with_suffix(".params") if path.suffix == ".relay" else None
    library = compile_model(load(path, params), executor=executor, target=target)
    text = "\n".join(file.data.decode() for file in library.code if file.name.endswith(".c"))
    return re.sub(r"/\*.*?\*/|^#include.*?$", "", text, flags=re.DOTALL | re.MULTILINE)


def real_arithmetic(code: str) -> set[str]:
    """What the code says of real numbers: their types, their literals, the functions of math.h."""
    functions = (
        "exp|expm1|log|log1p|pow|sqrt|sin|cos|tanh|erf|fabs|floor|ceil|trunc|round|rint|nearbyint|fmin|fmax|ldexp"
    )
    words = rf"\b(?:float|double)\b|\b\d+\.\d*f?|\b\d+[eE][-+]?\d+f?\b|\b(?:{functions})f?(?=\()"
    return set(re.findall(words, code))


@pytest.mark.parametrize("executor", ["aot", "graph"])
@pytest.mark.parametrize("target", ["c", "c -mcpu=cortex-m4"])
def test_a_network_of_integers_has_no_real_arithmetic(executor: str, target: str) -> None:
    code = c_of("kws_ref_model.tflite", executor, target)
    assert "tflite_softmax(" in code
    assert real_arithmetic(code) == set()


def test_real_arithmetic_is_found() -> None:
    assert {"float", "0.0f", "expf"} <= real_arithmetic(c_of("pretrainedResnet.relay"))


def with_rounding(case: Case, rounding: str) -> Case:
    """The network under another contract, where its operators leave the choice."""

    def chosen(line: str) -> str:
        found = re.search(r"tflite\.\w+", line)
        operator = find_operator(found[0]) if found else None
        free = operator and "rounding" in operator.attributes_by_name and "rounding=" not in line
        return line.replace(");", f', rounding="{rounding}");') if free else line

    return replace(case, body=tuple(map(chosen, case.body)))


def test_kernels_of_builds_with_a_single_rounding() -> None:
    double = [cases[0] for name, cases in recorded().items() if name in INTEGERS]
    single = [with_rounding(case, "single") for case in double]
    changed = [case for case, before in zip(single, double, strict=True) if case != before]
    assert len(changed) > len(INTEGERS) // 2
    model = joined(changed)
    inputs = [array for case in changed for array in (*case.steps[0][0], *case.states)]
    expected, plan = model.reference(*inputs), plan_of(model)
    same(run_plan(plan, inputs), expected)
    same(run_plan(plan, inputs, llvm=True), expected)


CHANNELS = 12
EDGES = [0, 1, -1, 2, -2, 3, -3, 127, -128, 2**15, -(2**15), 2**30, -(2**30), 2**31 - 1, -(2**31)]


@pytest.mark.parametrize("rounding", ["double", "single", "tonearest", "wide16", "float32"])
def test_contracts_on_random_sums_and_factors(rounding: str) -> None:
    generator = np.random.default_rng(1)
    dtype = "int64" if rounding == "wide16" else "int32"
    random = generator.integers(-(2**31), 2**31, (2000, CHANNELS)) >> generator.integers(0, 31, (2000, CHANNELS))
    sums = np.concatenate([random, np.repeat(np.asarray(EDGES)[:, None], CHANNELS, axis=1)]).astype(dtype)
    weights = (2.0 ** generator.uniform(-24, 1, CHANNELS)).astype(np.float32)
    weights[:3] = [0.5, 2.0**-8, 2.0**-31]
    attributes = f'input_scale=1f, output_scale=1f, rounding="{rounding}", out_dtype="int16"'
    for kind, scale in (("", weights[5]), (f"({CHANNELS})", weights)):
        type_ = f"Tensor[{kind}, float32]" if kind else "float32"
        model = relay(
            f"  tflite.rescale(%x, %w, {attributes})", f"%x: Tensor[{sums.shape}, {dtype}], %w: {type_}", w=scale
        )
        expected, plan = model.reference(sums), plan_of(model)
        same(run_plan(plan, [sums]), expected)
        same(run_plan(plan, [sums], llvm=True), expected)


def test_a_number_that_is_wrong_by_one_is_found() -> None:
    (case, *_) = recorded()["ADD_int8"]
    model, inputs = case.model, case.steps[0][0]
    expected = model.reference(*inputs)
    expected[0].flat[0] ^= 1
    with pytest.raises(AssertionError):
        same(run_plan(plan_of(model), inputs), expected)
