"""The C printer, node by node: each expression is printed, compiled without a warning under both compilers, run under
the address and undefined-behaviour sanitizers, and compared with NumPy.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from native import Array, plan_around, plan_of, relay, run_plan, same
from tvm import IRModule, te, tirx
from tvm.script import tirx as TS
from tvm_model_library.c_text.lines import WIDTH, folded
from tvm_model_library.c_text.names import comment_text
from tvm_model_library.compiler.kernels import make_kernel
from tvm_model_library.compiler.relax.origins import operations_of, with_operations
from tvm_model_library.errors import GraphPlace, Span
from tvm_model_library.executors.kernels import definition, prelude
from tvm_model_library.plan.plan import Kernel, Operation
from tvm_model_library.tensors import TensorSpec


def elementwise(function: Callable[..., Any], *dtypes: str, size: int = 8) -> Kernel:
    """The kernel ``out[i] = function(in0[i], in1[i], ...)``."""
    inputs = [te.placeholder((size,), dtype, f"x{i}") for i, dtype in enumerate(dtypes)]
    output = te.compute((size,), lambda i: function(*(x[i] for x in inputs)))
    func = te.create_prim_func([*inputs, output]).without_attr("global_symbol")
    return make_kernel(func, "tvmgen_m_kernel", len(inputs))


def stages(function: Callable[[Any], list[Any]], dtype: str, size: int = 8) -> Kernel:
    """A kernel with one input and an output for each expression of it."""
    x = te.placeholder((size,), dtype, "x0")
    count = len(function(x[0]))

    def stage(number: int) -> Any:
        return te.compute((size,), lambda i: function(x[i])[number])

    outputs = [stage(n) for n in range(count)]
    func = te.create_prim_func([x, *outputs]).without_attr("global_symbol")
    return make_kernel(func, "tvmgen_m_kernel", 1)


def computes(function: Callable[..., Any], expected: Array, *arrays: Array) -> None:
    """Assert that the expression has the expected values, as C under gcc and clang, and as LLVM object."""
    kernel = elementwise(function, *(a.dtype.name for a in arrays), size=len(arrays[0]))
    plan = plan_around(kernel)
    same(run_plan(plan, arrays), [expected])
    same(run_plan(plan, arrays, compiler="clang", flags=("-O2",)), [expected])
    same(run_plan(plan, arrays, llvm=True, flags=("-O1",)), [expected])


INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


def extremes(dtype: str) -> Array:
    info = np.iinfo(dtype)
    return np.array([info.min, info.min + 1, info.max, info.max - 1, 0, 1, 7, info.max // 2], dtype)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_arithmetic_wraps_around(dtype: str) -> None:
    a, b = extremes(dtype), extremes(dtype)[::-1].copy()
    with np.errstate(all="ignore"):
        computes(lambda x, y: x * y + (x - y), a * b + (a - b), a, b)


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "uint32"])
def test_integer_division_by_numbers_of_both_signs(dtype: str) -> None:
    a = np.array([7, 100, 0, 1, 5, 13, 127, 64], dtype)
    b = np.array([3, 7, 5, 2, 9, 13, 2, 8], dtype)
    if dtype.startswith("int"):
        a[::2], b[1::2] = -a[::2], -b[1::2]
    computes(tirx.floordiv, a // b, a, b)
    computes(tirx.floormod, np.mod(a, b), a, b)
    computes(tirx.truncdiv, np.trunc(a.astype("float64") / b).astype(dtype), a, b)
    computes(tirx.truncmod, np.fmod(a, b), a, b)


def test_c_division_by_zero_gives_zero_and_the_lowest_quotient_wraps() -> None:
    low = np.iinfo("int32").min
    a, b = np.array([low, 5, -5, low], "int32"), np.array([-1, 0, 0, 0], "int32")
    for function, expected in (
        (tirx.floordiv, [low, 0, 0, 0]),
        (tirx.floormod, [0, 0, 0, 0]),
        (tirx.truncdiv, [low, 0, 0, 0]),
    ):
        kernel = elementwise(function, "int32", "int32", size=4)
        same(run_plan(plan_around(kernel), [a, b]), [np.array(expected, "int32")])


@pytest.mark.parametrize("dtype", INTEGERS)
def test_shifts_and_bits(dtype: str) -> None:
    a = extremes(dtype)
    bits = np.iinfo(dtype).bits
    amount = np.array([0, 1, 2, 3, bits - 1, bits - 1, 1, 2], dtype)
    one = tirx.const(1, dtype)
    computes(lambda x, y: x << y, np.left_shift(a, amount), a, amount)
    computes(lambda x, y: x >> y, np.right_shift(a, amount), a, amount)
    computes(lambda x, y: (x & y) | (~x ^ (y | one)), (a & amount) | (~a ^ (amount | np.ones(8, dtype))), a, amount)


def test_shifts_by_too_much_are_defined() -> None:
    a, amount = np.array([-8, 8, -8, 8], "int32"), np.array([32, 40, -1, 33], "int32")
    for function, expected in ((lambda x, y: x << y, [0, 0, 0, 0]), (lambda x, y: x >> y, [-1, 0, -1, 0])):
        same(
            run_plan(plan_around(elementwise(function, "int32", "int32", size=4)), [a, amount]),
            [np.array(expected, "int32")],
        )


DTYPES = [*INTEGERS, "bool", "float32", "float64", "float16", "bfloat16"]


@pytest.mark.parametrize("source", DTYPES)
def test_casts(source: str) -> None:
    values = np.array([0, 1, 2, 3, 100, 127, 5, 0], "float64")
    kinds = {d: np.dtype(ml_dtypes.bfloat16) if d == "bfloat16" else np.dtype(d) for d in DTYPES}
    a = values.astype(kinds[source])
    kernel = stages(lambda x: [x.astype(target) for target in DTYPES], source)
    same(run_plan(plan_around(kernel), [a]), [a.astype(kinds[target]) for target in DTYPES])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_of_libm(dtype: str) -> None:
    names = ["exp", "exp2", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan"]
    names += ["sinh", "cosh", "tanh", "asinh", "atanh", "floor", "ceil", "trunc"]
    a = np.linspace(0.1, 0.9, 8).astype(dtype)
    kernel = stages(lambda x: [getattr(tirx, name)(x) for name in names], dtype)
    numpy_names = ["arc" + n[1:] if n.startswith("a") else n for n in names]
    same(run_plan(plan_around(kernel), [a]), [getattr(np, n)(a) for n in numpy_names])
    same(run_plan(plan_around(kernel), [a], llvm=True, flags=()), [getattr(np, n)(a) for n in numpy_names])


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_floating_point_arithmetic_rounds_to_its_type(dtype: str) -> None:
    kind = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    a = np.array([0.1, -2.5, 3.25, 1e-3, 100, -7, 0.333, 60], "float64").astype(kind)
    b = np.array([0.7, 1.5, -3, 2e-3, 0.01, 9, 3, 1000], "float64").astype(kind)
    computes(lambda x, y: x * y - x / y, a * b - a / b, a, b)
    computes(lambda x, y: tirx.max(x, y) + tirx.min(x, y), np.maximum(a, b) + np.minimum(a, b), a, b)


def test_every_half_precision_number_survives_and_rounding_is_to_even() -> None:
    every = np.arange(65536, dtype="uint16").view("float16")
    kernel = elementwise(lambda x: x.astype("float32").astype("float16"), "float16", size=65536)
    (result,) = run_plan(plan_around(kernel), [every])
    assert np.array_equal(result[~np.isnan(every)].view("uint16"), every[~np.isnan(every)].view("uint16"))
    assert np.isnan(result[np.isnan(every)]).all()
    values = np.random.default_rng(0).uniform(-1, 1, 4096).astype("float32") * np.exp2(
        np.random.default_rng(1).integers(-28, 17, 4096)
    ).astype("float32")
    kernel = elementwise(lambda x: x.astype("float16"), "float32", size=4096)
    with np.errstate(over="ignore"):
        same(run_plan(plan_around(kernel), [values]), [values.astype("float16")])
    kernel = elementwise(lambda x: x.astype("bfloat16"), "float32", size=4096)
    (result,) = run_plan(plan_around(kernel), [values])
    assert np.array_equal(result.view("uint16"), values.astype(ml_dtypes.bfloat16).view("uint16"))


def test_round_goes_to_even() -> None:
    a = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6, 1e9], "float32")
    computes(tirx.round, np.round(a), a)


def test_not_a_number_infinity_and_comparisons() -> None:
    a = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1, 2, 3], "float32")
    computes(tirx.isnan, np.isnan(a), a)
    computes(tirx.isfinite, np.isfinite(a), a)
    computes(lambda x: tirx.Select(x < tirx.const(float("inf"), "float32"), x, tirx.const(-1, "float32")),
             np.where(a < np.inf, a, np.float32(-1)), a)  # fmt: skip


def test_logic_on_bools() -> None:
    a = np.array([True, True, False, False])
    b = np.array([True, False, True, False])
    computes(lambda x, y: tirx.Or(tirx.And(x, y), tirx.Not(tirx.Or(x, y))), a == b, a, b)


def test_lazy_branches_guard_what_they_must_not_read() -> None:
    data = te.placeholder((4,), "float32", "x")
    output = te.compute(
        (8,), lambda i: tirx.Select(tirx.all(i >= 2, i < 6), data[tirx.max(i, 2) - 2], tirx.const(9, "float32"))
    )
    padded = te.compute((8,), lambda i: tirx.if_then_else(tirx.all(i >= 2, i < 6), data[i - 2], output[i]))
    func = te.create_prim_func([data, padded]).without_attr("global_symbol")
    kernel = make_kernel(func, "tvmgen_m_kernel", 1)
    values = np.arange(4, dtype="float32")
    same(run_plan(plan_around(kernel), [values]), [np.array([9, 9, 0, 1, 2, 3, 9, 9], "float32")])


def test_bit_counting_and_reinterpretation() -> None:
    a = np.array([0, 1, -1, 255, 1 << 30, -(2**31), 12345, 7], "int32")
    ones = np.array([bin(int(v) & 0xFFFFFFFF).count("1") for v in a], "int32")
    zeros = np.array([32 - (int(v) & 0xFFFFFFFF).bit_length() for v in a], "int32")
    kernel = elementwise(tirx.popcount, "int32")
    same(run_plan(plan_around(kernel), [a]), [ones])
    kernel = elementwise(tirx.clz, "int32")
    same(run_plan(plan_around(kernel), [a]), [zeros])
    b = np.array([0, 1.5, -2, np.inf], "float32")
    computes(lambda x: tirx.reinterpret("int32", x), b.view("int32"), b)


@pytest.mark.parametrize("shift", [-7, 0, 3])
def test_fixed_point_multiplication(shift: int) -> None:
    x = np.array([0, 1, -1, 1000, -1000, 123456, -123456, 7], "int32")
    y = np.array([1 << 30, 2**31 - 1, 1 << 30, 1518500250, 1518500250, 1 << 29, 1 << 29, 3], "int32")
    left, right = max(shift, 0), max(-shift, 0)
    exact = [((int(a) << left) * int(b) + (1 << (30 + right))) >> (31 + right) for a, b in zip(x, y, strict=True)]
    kernel = elementwise(lambda a, b: tirx.q_multiply_shift(a, b, tirx.const(31), tirx.const(shift)), "int32", "int32")
    same(run_plan(plan_around(kernel), [x, y]), [np.array(exact, "int32")])


def test_names_from_a_model_can_neither_break_nor_inject_code() -> None:
    x = te.placeholder((2,), "float32", "int; */ evil() /* ")
    func = te.create_prim_func([x, te.compute((2,), lambda i: x[i], name="for")]).without_attr("global_symbol")
    operation = Operation("add", Span('*/ #include "x" \n??/', 1, 1))
    kernel = make_kernel(func, "tvmgen_m_kernel", 1)
    assert "evil()" not in kernel.code.prototype
    assert definition(kernel, [(operation,), (operation,)]).count("*/") == 1
    same(run_plan(plan_around(kernel), [np.ones(2, "float32")]), [np.ones(2, "float32")])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_hide_nothing_that_a_kernel_uses(dtype: str) -> None:
    names = ["exp", "expf", "nearbyint", "isnan", "int32_t", "uint8_t", "INT32_MIN", "NULL", "INFINITY", "memcpy"]
    inputs = [te.placeholder((4,), dtype, name) for name in names]

    def element(i: Any) -> Any:
        x, *others = (v[i] for v in inputs)
        lowest = tirx.const(-(2**31), "int32")
        far = tirx.Select(x.astype("int32") > lowest, tirx.exp(x), tirx.const(float("inf"), dtype))
        close = tirx.Select(tirx.isnan(x), x, tirx.round(far))
        return sum(others, close + tirx.reinterpret(dtype, tirx.reinterpret(dtype.replace("float", "int"), x)))

    func = te.create_prim_func([*inputs, te.compute((4,), element)]).without_attr("global_symbol")
    kernel = make_kernel(func, "tvmgen_m_kernel", len(names))
    assert "* exp_," in kernel.code.prototype
    x = np.arange(4, dtype=dtype)
    same(run_plan(plan_around(kernel), [x] * len(names)), [np.round(np.exp(x)) + x * len(names)])


@pytest.mark.parametrize("text", ["*/", "*\\", "/*", "??/", "???/", "???????/", "\\", "a\nb", "größe", "**//**//*"])
def test_a_comment_ends_where_it_should(text: str, tmp_path: Path) -> None:
    comment = f"// {comment_text(text)}\n/* {comment_text(text)} */"
    (tmp_path / "x.c").write_text(f"#include <stdint.h>\n{comment}\nint32_t x;\n", "ascii")
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Wcomment", "-Wtrigraphs", "-Werror", "-c", "x.c"]
    subprocess.run(command, cwd=tmp_path, check=True)


def test_prototype_and_comment() -> None:
    kernel = elementwise(lambda x: x + tirx.const(1, "uint8"), "uint8")
    assert kernel.code.prototype == "int32_t tvmgen_m_kernel(const uint8_t* x0, uint8_t* output)"
    uses = [[Operation("test", Span("folder/model.relay", line, 2)), Operation("other", None)] for line in (1, 5)]
    comment = "/* test (model.relay:1:2)\n * other\n * and again: test 5:2, other */\n"
    assert definition(kernel, uses).startswith(comment)
    assert kernel.parameters[0].spec == TensorSpec("x0", (8,), "uint8")


def test_the_comment_of_an_operation_from_a_graph_names_its_node() -> None:
    module = with_operations(
        IRModule(), [Operation("add", GraphPlace("folder/m.tflite", f"operator {i}")) for i in (1, 2)]
    )
    kernel = elementwise(lambda x: x + tirx.const(1, "uint8"), "uint8")
    comment = definition(kernel, [[o] for o in operations_of(module)])
    assert comment.startswith("/* add (m.tflite: operator 1)\n * and again: add operator 2 */\n")


def sums(source: str, accumulator: str, terms: int) -> Kernel:
    """The kernel ``out[i] = sum_k x0[i, k] * x0[i, k]``."""
    x = te.placeholder((2, terms), source, "x0")
    k = te.reduce_axis((0, terms), "k")
    output = te.compute((2,), lambda i: te.sum(x[i, k].astype(accumulator) * x[i, k].astype(accumulator), axis=k))
    func = te.create_prim_func([x, output]).without_attr("global_symbol")
    return make_kernel(func, "tvmgen_m_kernel", 1)


@pytest.mark.parametrize(
    ("source", "accumulator", "terms", "plain"),
    [
        ("int8", "int32", 2**17 - 1, True),  # 131,071 * 2**14 is 2**31 - 2**14
        ("int8", "int32", 2**17, False),
        ("int8", "int64", 2**17, True),
        ("int16", "int32", 1, True),
        ("int16", "int32", 2, False),
        ("int32", "int32", 2, False),
        ("float32", "float32", 5, True),
        ("uint32", "uint32", 5, True),
        ("float16", "float16", 5, False),
    ],
)
def test_sums_are_plain_where_they_cannot_overflow(source: str, accumulator: str, terms: int, plain: bool) -> None:
    kernel = sums(source, accumulator, terms)
    assert (" += " in kernel.code.definition) == plain
    x = np.full((2, terms), 2 if "float" in source else np.iinfo(source).min).astype(source)
    with np.errstate(all="ignore"):
        wide = x.astype(accumulator)
        expected = (wide * wide).sum(axis=1, dtype=accumulator)
    same(run_plan(plan_around(kernel), [x]), [expected])


def test_a_clamp_and_the_upper_half_of_a_product_have_helpers() -> None:
    low, high = tirx.const(-5, "int32"), tirx.const(7, "int32")
    a = np.array([-(2**31), 2**31 - 1, -5, 7, -6, 8, 0, 1], "int32")
    for function in (lambda x: tirx.min(tirx.max(x, low), high), lambda x: tirx.max(tirx.min(x, high), low)):
        assert "tvmgen_clamp_i32(x0[i], -5, 7)" in elementwise(function, "int32").code.definition
        computes(function, np.clip(a, -5, 7), a)
    empty = elementwise(lambda x: tirx.min(tirx.max(x, high), low), "int32")  # the bounds crossed: no clamp
    same(run_plan(plan_around(empty), [a]), [np.full(8, -5, "int32")])

    def upper_half(x: Any, y: Any) -> Any:
        return ((x.astype("int64") * y.astype("int64")) >> tirx.const(32, "int64")).astype("int32")

    assert "tvmgen_mulhi_i32(" in elementwise(upper_half, "int32", "int32").code.definition
    b = np.array([-(2**31), 2**31 - 1, 2**31 - 1, -(2**31), 3, -3, 1, 12345], "int32")
    computes(upper_half, ((a.astype("int64") * b) >> 32).astype("int32"), a, b)


def test_masks_and_shifts_bound_their_results() -> None:
    """A shift by a masked amount needs no check."""
    a, amount = extremes("int32"), np.array([0, 1, 31, 32, 33, -1, 5, 64], "int32")
    mask = tirx.const(31, "int32")
    kernel = elementwise(lambda x, y: x >> (y & mask), "int32", "int32")
    assert "x0[i] >> (x1[i] & 31)" in kernel.code.definition
    computes(lambda x, y: x >> (y & mask), a >> (amount & 31), a, amount)


def test_long_lines_are_folded_at_commas_and_operators() -> None:
    line = "    x = f(" + ", ".join(f"argument_{i}[i * 4 + {i}]" for i in range(12)) + ") + g(y);"
    parts = folded(line)
    assert all(len(part) <= WIDTH for part in parts)
    assert " ".join(part.strip() for part in parts) == line.strip()
    assert all(part.startswith(" " * 8) for part in parts[1:])
    assert all(part.count("[") == part.count("]") for part in parts)
    assert folded("  short = 1;") == ["  short = 1;"]
    long_name = "  " + "n" * 200 + ";"
    assert folded(long_name) == [long_name]


def test_conditions_that_are_known_are_left_out() -> None:
    x = te.placeholder((8,), "int32", "x0")

    def element(i: Any) -> Any:
        inside = tirx.all(i >= 0, i < 8, i != 3)
        return tirx.if_then_else(inside, x[i], tirx.floormod(x[i], 5)) + tirx.if_then_else(
            i < 9, i, tirx.floormod(i, 7)
        )

    func = te.create_prim_func([x, te.compute((8,), element)]).without_attr("global_symbol")
    kernel = make_kernel(func, "tvmgen_m_kernel", 1)
    text = kernel.code.definition
    assert not re.search("[<>]=? [0-9]+ (&&|[?])", text)
    a = np.arange(-4, 4, dtype="int32") * 7
    expected = np.where(np.arange(8) != 3, a, a % 5) + np.arange(8, dtype="int32")
    same(run_plan(plan_around(kernel), [a]), [expected.astype("int32")])
    same(run_plan(plan_around(kernel), [a], compiler="clang", flags=("-O2",)), [expected.astype("int32")])


def test_what_is_loaded_and_not_used_draws_no_warning() -> None:
    """A comparison that holds for all of its type, of an input that is read nowhere else."""
    always = elementwise(lambda x, y: tirx.if_then_else(y < tirx.const(200, "int32"), x, x + y), "int32", "int32")
    a, b = np.arange(8, dtype="int32"), np.full(8, 201, "int32")
    same(run_plan(plan_around(always), [a, b]), [a + b])
    narrow = elementwise(lambda x, y: tirx.Select(y.astype("int32") < 200, x, x), "int32", "int8")
    same(run_plan(plan_around(narrow), [a, b.astype("int8")], compiler="clang", flags=("-O2",)), [a])


def test_what_the_text_does_not_use_is_left_out() -> None:
    """A condition that is known needs no value: neither the parameter nor scratch memory draws a warning."""

    def nothing(x: Any) -> Any:
        return tirx.Select(x < x, x, tirx.const(3, "int32"))

    kernel = elementwise(nothing, "int32")
    assert "(void)x0;" in kernel.code.definition
    computes(nothing, np.full(4, 3, "int32"), np.arange(4, dtype="int32"))

    @TS.prim_func(s_tir=True)
    def through_scratch(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "bool")) -> None:
        for i in range(8):
            with TS.sblock("element"):
                value = TS.sblock_alloc_buffer((1,), "int32")
                value[0] = x[i] * 3
                out[i] = value[0] > value[0]

    kernel = make_kernel(through_scratch.without_attr("global_symbol"), "tvmgen_m_kernel", 1)
    assert "value" not in kernel.code.definition
    same(run_plan(plan_around(kernel), [np.arange(8, dtype="int32")]), [np.zeros(8, "bool")])


@pytest.mark.parametrize("dtype", ["int32", "float32", "float16"])
def test_a_comparison_of_a_value_with_itself_draws_no_warning(dtype: str) -> None:
    x = np.asarray([1, 2, 3], dtype)
    if "float" in dtype:
        x[1] = np.nan
    operators = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
    results = ", ".join(f"{operator}(%x, %x)" for operator in operators)
    model = relay(f"  ({results})", f"%x: Tensor[(3), {dtype}]")
    for compiler in ("gcc", "clang"):
        same(run_plan(plan_of(model), [x], compiler), model.reference(x))


def test_conditions_that_exclude_each_other_draw_no_warning() -> None:
    """Padding that an image does not reach."""
    i = te.placeholder((8,), "int32", "x0")

    def outside(k: Any) -> Any:
        never = tirx.all(tirx.EQ(k, 1), k < 1)
        return tirx.if_then_else(never, i[tirx.max(k - 1, 0)], tirx.const(7, "int32"))

    func = te.create_prim_func([i, te.compute((8,), outside)]).without_attr("global_symbol")
    kernel = make_kernel(func, "tvmgen_m_kernel", 1)
    same(run_plan(plan_around(kernel), [np.arange(8, dtype="int32")], "clang"), [np.full(8, 7, "int32")])


def test_loops_with_conditional_loads_are_kept_from_a_vectorizer_that_gets_them_wrong() -> None:
    """GCC 12 -O3 with masked loads: of several vectors each gets the mask of the first."""
    if not has_masked_loads():
        pytest.skip("this processor has no masked loads")
    params = "%c: Tensor[(4, 8), bool], %x: Tensor[(4, 8), float32], %y: Tensor[(4, 8), float32]"
    model = relay("  where(%c, %x, %y)", params)
    plan, random = plan_of(model), np.random.default_rng(0)
    assert all("TVMGEN_CONDITIONAL_LOADS" in k.code.definition for k in plan.kernels.values())
    for _ in range(4):
        arrays = [random.random((4, 8)) < 0.5, *(random.random((4, 8), "float32") for _ in range(2))]
        same(run_plan(plan, arrays, "gcc", ("-O3", "-mavx")), model.reference(*arrays))
    assert "TVMGEN_CONDITIONAL_LOADS" not in prelude([elementwise(lambda x: x + 1, "int32")])


def has_masked_loads() -> bool:
    """Whether this processor has AVX."""
    return " avx " in Path("/proc/cpuinfo").read_text(encoding="utf-8")


def test_accumulators_are_bounded_only_where_additions_and_reads_come_last() -> None:
    """A buffer that is set again after the addition, in a loop, holds more than its first value and the additions; one
    that is read before it, in a loop, more than its first value.
    """
    from tvm_model_library.compiler.loops.accumulators import additions

    total, other = (tirx.decl_buffer((1,), "int32", name=name) for name in ("total", "other"))
    i, k = tirx.Var("i", "int32"), tirx.Var("k", "int32")
    start, add = (tirx.BufferStore(total, value, [0]) for value in (tirx.const(0, "int32"), total[0] + 1))
    read = tirx.BufferStore(other, total[0], [0])

    def loop(variable: Any, extent: Any, *body: Any) -> Any:
        return tirx.For(variable, 0, extent, tirx.ForKind.SERIAL, tirx.SeqStmt([*body, tirx.Evaluate(0)]))

    def found(*body: Any) -> list[int]:
        allocations = [tirx.AllocBuffer(total), tirx.AllocBuffer(other)]
        return list(additions(tirx.SeqStmt([*allocations, *body])).values())

    assert found(start, loop(k, 7, add)) == [7]
    assert found(loop(i, 3, start, loop(k, 7, add))) == [21]
    assert found(start, loop(i, 3, loop(k, 7, add), start)) == []
    assert found(start, add, add) == []
    assert found(start, loop(k, 7, add, read)) == [7]
    assert found(start, loop(k, 7, add), read) == [7]
    assert found(start, loop(k, 7, read, add)) == []
    assert found(start, loop(i, 3, loop(k, total[0], add))) == []
    assert found(start, tirx.DeclBuffer(other, data=tirx.buffer_data(total)), loop(k, 7, add)) == []


def test_a_read_before_the_addition_meets_the_sums_of_earlier_iterations() -> None:
    """A running sum: what is read of it at the loop's start is bounded by nothing but its type."""

    @TS.prim_func
    def running(x: TS.Buffer((8,), "int32"), out: TS.Buffer((8,), "int32")) -> None:
        total = TS.alloc_buffer((1,), "int32")
        total[0] = 0
        for i in range(8):
            out[i] = x[i] + total[0]
            total[0] = total[0] + TS.Cast("int32", TS.Cast("int16", x[i]))

    x = np.full(8, 2**31 - 2, "int32")
    x[0] = 32767
    before = np.concatenate([np.zeros(1, "int32"), np.cumsum(x.astype("int16"), dtype="int32")[:-1]])
    with np.errstate(all="ignore"):
        expected = x + before
    kernel = make_kernel(running.without_attr("global_symbol"), "tvmgen_m_kernel", 1)
    same(run_plan(plan_around(kernel), [x]), [expected])
