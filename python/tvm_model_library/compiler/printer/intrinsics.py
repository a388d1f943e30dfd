"""TIR's calls in C99: the functions of ``math.h`` and integer tricks."""

from __future__ import annotations

from typing import Any

from tvm_model_library.c_text.types import (
    Interval,
    dtype_range,
    int_bits,
    is_float,
    is_narrow,
    is_unsigned,
    value_type,
)
from tvm_model_library.compiler.printer.functions import intrinsic_call
from tvm_model_library.compiler.printer.terms import (
    ADD,
    CONDITION,
    EQUALITY,
    MULTIPLY,
    PRIMARY,
    UNARY,
    ExprPrinter,
    Term,
    cast,
    choice,
)
from tvm_model_library.errors import UnsupportedError
from tvm_model_library.relay.ops._intrinsics import called

# TIR's ``round`` is C's ``nearbyint``: halves to even in the default rounding mode, as TVM's LLVM code does.
_LIBM = {
    "exp": "exp",
    "exp2": "exp2",
    "log": "log",
    "log2": "log2",
    "log10": "log10",
    "log1p": "log1p",
    "sqrt": "sqrt",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "asin": "asin",
    "acos": "acos",
    "atan": "atan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "asinh": "asinh",
    "acosh": "acosh",
    "atanh": "atanh",
    "erf": "erf",
    "floor": "floor",
    "ceil": "ceil",
    "trunc": "trunc",
    "round": "nearbyint",
    "nearbyint": "nearbyint",
    "fabs": "fabs",
    "pow": "pow",
    "fmod": "fmod",
    "atan2": "atan2",
    "hypot": "hypot",
    "copysign": "copysign",
    "nextafter": "nextafter",
    "ldexp": "ldexp",
    "fma": "fma",
}
_EXTERNS = frozenset(_LIBM.values()) | {"round", "fmax", "fmin"}


def call_term(printer: ExprPrinter, expr: Any) -> Term:
    """The C text of a call of an intrinsic. Raises ``UnsupportedError`` for one that has no C form."""
    intrinsic = called(expr)
    if intrinsic is not None:
        return intrinsic_call(printer, intrinsic, list(expr.args))
    name = str(expr.op.name).split(".", 1)[-1]
    if name in ("call_pure_extern", "call_extern"):
        return _extern(printer, expr)
    if name in _LIBM:
        return _libm(printer, _LIBM[name], list(expr.args), _dtype(expr))
    rule = globals().get(f"_call_{name}")
    if rule is None:
        raise UnsupportedError(f"the C code generator has no form of the intrinsic {expr.op.name}")
    term: Term = rule(printer, expr)
    return term


def _dtype(expr: Any) -> str:
    return str(expr.ty)


def _libm(printer: ExprPrinter, function: str, args: list[Any], dtype: str) -> Term:
    if not is_float(dtype):
        raise UnsupportedError(f"{function} of {dtype} has no C form")
    ending = "" if dtype == "float64" else "f"
    texts = [_int_argument(printer, a) if not is_float(_dtype(a)) else printer.text(a) for a in args]
    return printer.rounded(f"{function}{ending}({', '.join(texts)})", PRIMARY, dtype)


def _int_argument(printer: ExprPrinter, arg: Any) -> str:
    return f"(int){printer.term(arg).inside(14)}"


def _extern(printer: ExprPrinter, expr: Any) -> Term:
    name = str(expr.args[0].value)
    dtype = _dtype(expr)
    base = name.removesuffix("f") if dtype != "float64" and name.endswith("f") and name != "erf" else name
    if base not in _EXTERNS:
        raise UnsupportedError(f"the C code generator can't call the external function {name}")
    return _libm(printer, base, list(expr.args[1:]), dtype)


def _call_if_then_else(printer: ExprPrinter, expr: Any) -> Term:
    return choice(printer, *expr.args)


def _call_likely(printer: ExprPrinter, expr: Any) -> Term:
    return printer.term(expr.args[0])


def _call_rsqrt(printer: ExprPrinter, expr: Any) -> Term:
    dtype = _dtype(expr)
    root = _libm(printer, "sqrt", list(expr.args), dtype).text
    return printer.rounded(f"{'1.0' if dtype == 'float64' else '1.0f'} / {root}", MULTIPLY, dtype)


def _call_exp10(printer: ExprPrinter, expr: Any) -> Term:
    dtype = _dtype(expr)
    ten, ending = ("10.0", "") if dtype == "float64" else ("10.0f", "f")
    return printer.rounded(f"pow{ending}({ten}, {printer.text(expr.args[0])})", PRIMARY, dtype)


def _call_sigmoid(printer: ExprPrinter, expr: Any) -> Term:
    dtype = _dtype(expr)
    one, ending = ("1.0", "") if dtype == "float64" else ("1.0f", "f")
    x = printer.term(expr.args[0]).inside(UNARY)
    return printer.rounded(f"{one} / ({one} + exp{ending}(-{x}))", MULTIPLY, dtype)


def _test(printer: ExprPrinter, expr: Any, macro: str) -> Term:
    arg = expr.args[0]
    if not is_float(_dtype(arg)):
        return Term("1" if macro == "isfinite" else "0", PRIMARY, "bool")
    return Term(f"{macro}({printer.text(arg)}) != 0", EQUALITY, "bool")


def _call_isnan(printer: ExprPrinter, expr: Any) -> Term:
    return _test(printer, expr, "isnan")


def _call_isinf(printer: ExprPrinter, expr: Any) -> Term:
    return _test(printer, expr, "isinf")


def _call_isfinite(printer: ExprPrinter, expr: Any) -> Term:
    return _test(printer, expr, "isfinite")


def _bits_of(printer: ExprPrinter, arg: Any) -> tuple[str, str]:
    """The argument's bits as unsigned text, and the suffix of the helper for it."""
    dtype = _dtype(arg)
    bits = int_bits(dtype)
    text = printer.term(arg).inside(UNARY)
    if bits <= 32:
        exact = f"(uint{bits}_t)" if bits in (8, 16) else ""
        return f"(uint32_t){exact}{text}", "u32"
    return f"(uint64_t){text}", "u64"


def _call_popcount(printer: ExprPrinter, expr: Any) -> Term:
    text, suffix = _bits_of(printer, expr.args[0])
    return cast(printer, Term(printer.call(f"popcount_{suffix}", text), PRIMARY, "int32"), _dtype(expr))


def _call_clz(printer: ExprPrinter, expr: Any) -> Term:
    text, suffix = _bits_of(printer, expr.args[0])
    bits = int_bits(_dtype(expr.args[0]))
    spare = (64 if suffix == "u64" else 32) - bits
    count = printer.call(f"clz_{suffix}", text)
    known = _leading_zeros(printer.term(expr.args[0]).interval, bits)
    term = Term(f"{count} - {spare}", ADD, "int32", known) if spare else Term(count, PRIMARY, "int32", known)
    return cast(printer, term, _dtype(expr))


def _leading_zeros(values: Interval, bits: int) -> Interval:
    """Of numbers of so many bits; a negative one has none."""
    least = 0 if values.low < 0 else bits - values.high.bit_length()
    return Interval(least, bits if values.low <= 0 <= values.high else bits - max(values.low, 1).bit_length())


def _call_reinterpret(printer: ExprPrinter, expr: Any) -> Term:
    source, target = _dtype(expr.args[0]), _dtype(expr)
    value = printer.term(expr.args[0])
    if source == target:
        return value
    if source in ("float16", "bfloat16"):
        bits = Term(printer.call(f"to_{'f16' if source == 'float16' else 'bf16'}", value.text), PRIMARY, "uint16")
    elif is_float(source):
        name = "f32_as_u32" if source == "float32" else "f64_as_u64"
        bits = Term(printer.call(name, value.text), PRIMARY, "uint32" if source == "float32" else "uint64")
    else:
        bits = value
    if target in ("float16", "bfloat16"):
        half = "f16" if target == "float16" else "bf16"
        return Term(printer.call(f"from_{half}", f"(uint16_t){bits.inside(UNARY)}"), PRIMARY, target)
    if is_float(target):
        name, wide = ("u32_as_f32", "uint32_t") if target == "float32" else ("u64_as_f64", "uint64_t")
        return Term(printer.call(name, f"({wide}){bits.inside(UNARY)}"), PRIMARY, target)
    return Term(f"({value_type(target)}){bits.inside(UNARY)}", UNARY, target)


def _call_q_multiply_shift(printer: ExprPrinter, expr: Any) -> Term:
    """``x * y * 2^-fraction_bits * 2^s``: a negative ``s`` shifts right, with rounding, a positive one left first."""
    x, y, fraction, shift = (printer.term(a) for a in expr.args)
    span = shift.interval
    if span.low == span.high:
        left, right = str(max(span.low, 0)), str(max(-span.low, 0))
    else:
        amount = shift.inside(CONDITION + 1)
        left, right = f"{amount} > 0 ? {amount} : 0", f"{amount} < 0 ? -({amount}) : 0"
    text = printer.call("q_multiply_shift", x.text, y.text, fraction.text, left, right)
    return Term(text, PRIMARY, "int32")


def _call_q_multiply_shift_per_axis(printer: ExprPrinter, expr: Any) -> Term:
    x, y, left, right, fraction = (printer.text(a) for a in expr.args[:5])
    left_used, right_used = (bool(a.value) for a in expr.args[5:7])
    text = printer.call("q_multiply_shift", x, y, fraction, left if left_used else "0", right if right_used else "0")
    return Term(text, PRIMARY, "int32")


def _call_large_uint_imm(printer: ExprPrinter, expr: Any) -> Term:
    low, high = (int(a.value) for a in expr.args[:2])
    value = (high % 2**32) << 32 | (low % 2**32)
    return Term(f"UINT64_C({value})", PRIMARY, _dtype(expr))


def _call_abs(printer: ExprPrinter, expr: Any) -> Term:
    dtype = _dtype(expr)
    if is_float(dtype):
        return _libm(printer, "fabs", list(expr.args), dtype)
    value = printer.term(expr.args[0])
    if is_unsigned(dtype):
        return value
    wide = "uint64_t" if dtype == "int64" else "uint32_t"
    negated = f"({value_type(dtype)})(0u - ({wide}){value.inside(UNARY)})"
    text = f"{value.inside(PRIMARY)} < 0 ? {negated} : {value.inside(CONDITION + 1)}"
    return Term(text, CONDITION, dtype, dtype_range(dtype) if is_narrow(dtype) else None)


def _shift_call(printer: ExprPrinter, expr: Any, node: str) -> Term:
    from tvm import tirx

    return printer.term(getattr(tirx, node)(expr.args[0], expr.args[1]))


def _call_shift_left(printer: ExprPrinter, expr: Any) -> Term:
    return _shift_call(printer, expr, "LShift")


def _call_shift_right(printer: ExprPrinter, expr: Any) -> Term:
    return _shift_call(printer, expr, "RShift")
