"""Arithmetic at the ends of its dtypes: C and LLVM objects compute what the interpreter computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from native import plan_of, relay, run_plan
from tvm_model_library.tensors import Array, numpy_dtype

INTEGERS = """abs(add(%x, %y))
less(add(%x, %y), %x)
greater(add(%x, 1), %x)
greater_equal(subtract(%x, 1), %x)
minimum(negative(%x), negative(%y))
maximum(add(%x, %y), add(%x, %x))
less(multiply(%x, 2), multiply(%y, 2))
sign(add(%x, %y))
minimum(add(%x, 1), add(%x, 2))
equal(negative(%x), %x)
equal(add(%x, %y), subtract(%x, %y))
max(negative(%x))
max(add(%x, 2))
min(subtract(%x, %y))
sum(abs(%x))
floor_divide(multiply(%x, 2), 2)
subtract(add(%x, %y), %y)
abs(negative(%x))
clip(add(%x, %y), a_min=-5f, a_max=5f)
where(less(add(%x, %y), %x), %x, %y)
add(multiply(%x, %y), multiply(%x, %y))
right_shift(add(%x, %y), 1)
less(subtract(%x, %y), 2)""".splitlines()

FLOATS = """subtract(%x, %x)
multiply(%x, 0)
divide(%x, %x)
equal(%x, %x)
not_equal(%x, %x)
less_equal(%x, %x)
subtract(add(%x, %y), %y)
add(multiply(%x, %y), subtract(%x, %y))
maximum(%x, %x)
abs(negative(%x))
sqrt(multiply(%x, %x))""".splitlines()

BOOLS = """cumsum(%x, axis=0)
cumprod(%x, axis=0)
cumsum(%x, axis=0, exclusive=True)
maximum(%x, %y)
minimum(%x, %y)
equal(%x, %y)
not_equal(%x, %y)
less(%x, %y)
logical_xor(%x, %y)
sum(cast(%x, dtype="int32"))
all(%x)
any(%x)""".splitlines()


def agrees(expression: str, dtype: str, x: Array, y: Array) -> None:
    """C and LLVM give the interpreter's values of ``expression``, whose literals are of the dtype."""
    for literal in ("0", "1", "2"):
        expression = expression.replace(f", {literal})", f', cast({literal}, dtype="{dtype}"))')
    params = f"%x: Tensor[({len(x)}), {dtype}], %y: Tensor[({len(x)}), {dtype}]"
    model = relay(f"  {expression}", params)
    with np.errstate(all="ignore"):
        (expected,) = model.reference(x, y)
    for llvm in (False, True):
        (found,) = run_plan(plan_of(model), [x, y][: len(plan_of(model).inputs)], llvm=llvm)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(*(a.astype("float64") if "float" in dtype else a for a in (found, expected)))


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint32"])
def test_integers_wrap_around(dtype: str) -> None:
    info, random = np.iinfo(dtype), np.random.default_rng(0)
    x, y = (random.integers(info.min, info.max, 48, dtype=dtype, endpoint=True) for _ in range(2))
    x[:6] = info.min, info.max, 0, 1, info.min + 1, info.max - 1
    y[:6] = info.min, info.max, info.max, info.min, 0, 1
    for expression in INTEGERS:
        agrees(expression, dtype, x, y)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_floats_keep_infinities_and_round_after_each_operation(dtype: str) -> None:
    random = np.random.default_rng(0)
    x, y = (random.standard_normal(48).astype(numpy_dtype(dtype)) for _ in range(2))
    special: list[Any] = [0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 1e-7]
    x[: len(special)] = special
    for expression in FLOATS:
        agrees(expression, dtype, x, y)


@pytest.mark.parametrize("function", ["tanh", "atanh"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_of_small_numbers_have_all_their_digits(function: str, dtype: str) -> None:
    x = np.asarray([3e-8, -1e-8, 1e-4, -0.5, 0.3, 0.9], dtype)
    model = relay(f"  {function}(%x)", f"%x: Tensor[(6), {dtype}]")
    for llvm in (False, True):
        (found,) = run_plan(plan_of(model), [x], llvm=llvm)
        np.testing.assert_allclose(found, model.reference(x)[0], rtol=4 * np.finfo(dtype).eps)


def test_quotients_and_shifts_are_defined_where_processors_differ() -> None:
    x = np.asarray([-(2**31), 7, -7, 2**31 - 1], "int32")
    y = np.asarray([-1, 0, -1, 33], "int32")
    body = "  (divide(%x, %y), floor_mod(%x, %y), left_shift(%x, %y), right_shift(%x, %y))"
    plan = plan_of(relay(body, "%x: Tensor[(4), int32], %y: Tensor[(4), int32]"))
    expected = [[-(2**31), 0, 7, 65075262], [0, 0, 0, 1], [0, 7, 0, 0], [-1, 7, -1, 0]]
    for llvm in (False, True):
        found = run_plan(plan, [x, y], llvm=llvm)
        assert [list(map(int, f)) for f in found] == expected


def test_truth_values_are_computed_as_in_c() -> None:
    x = np.asarray([False, True, True, False, True], bool)
    y = np.asarray([False, False, True, True, True], bool)
    for expression in BOOLS:
        agrees(expression, "bool", x, y)
