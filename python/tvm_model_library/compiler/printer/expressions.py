"""TIR expressions in C99, free of undefined behaviour and of implicit conversions that change a value.

Each printed expression comes with the interval of its integer values: arithmetic that provably stays in range is
printed as it is (all index arithmetic), the rest detours through unsigned types and wraps around.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tvm_model_library.c_text.types import (
    HALF_TYPES,
    INT_RANGE,
    Interval,
    dtype_range,
    float_literal,
    int_bits,
    int_literal,
    is_float,
    is_narrow,
    is_unsigned,
    value_type,
)
from tvm_model_library.compiler.printer.idioms import Clamp, clamp, high_product
from tvm_model_library.compiler.printer.intrinsics import call_term
from tvm_model_library.compiler.printer.terms import (
    ADD,
    ALWAYS,
    AND,
    BIT_AND,
    BIT_OR,
    BIT_XOR,
    EQUALITY,
    FALSE,
    MULTIPLY,
    NEVER,
    OR,
    PRIMARY,
    RELATION,
    SHIFT,
    TRUE,
    UNARY,
    ExprPrinter,
    Term,
    cast,
    choice,
    dtype_of,
    suffix_of,
)


def _var(printer: ExprPrinter, expr: Any) -> Term:
    if expr in printer.lets:
        return printer.lets[expr]
    dtype = dtype_of(expr)
    return Term(printer.names[expr], PRIMARY, dtype, printer.ranges.get(expr))


def _int(printer: ExprPrinter, expr: Any) -> Term:
    dtype = dtype_of(expr)
    value = int(expr.value)
    if is_unsigned(dtype):
        value %= 2 ** int_bits(dtype)
    text = int_literal(value, dtype)
    return Term(text, UNARY if text.startswith("-") else PRIMARY, dtype, Interval(value, value))


def _float(printer: ExprPrinter, expr: Any) -> Term:
    dtype = dtype_of(expr)
    text = float_literal(float(expr.value), dtype)
    return Term(text, UNARY if text[0] in "-(" else PRIMARY, dtype)


def _load(printer: ExprPrinter, expr: Any) -> Term:
    dtype = str(expr.source.dtype)
    text = printer.element(expr.source, expr.indices[0])
    if dtype in HALF_TYPES:
        return Term(printer.call(f"from_{HALF_TYPES[dtype]}", text), PRIMARY, dtype)
    if dtype == "bool":
        return Term(f"{text} != 0", EQUALITY, dtype)
    return Term(text, PRIMARY, dtype, printer.ranges.get(expr.source))


_Exact = Callable[[Interval, Interval], Interval]
_ARITHMETIC: Mapping[str, tuple[str, int, _Exact]] = {
    "Add": ("+", ADD, lambda a, b: Interval(a.low + b.low, a.high + b.high)),
    "Sub": ("-", ADD, lambda a, b: Interval(a.low - b.high, a.high - b.low)),
    "Mul": ("*", MULTIPLY, lambda a, b: _corners(a, b)),
}


def _corners(a: Interval, b: Interval) -> Interval:
    products = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Interval(min(products), max(products))


def _arithmetic(printer: ExprPrinter, expr: Any) -> Term:
    symbol, precedence, exact_of = _ARITHMETIC[type(expr).__name__]
    a, b = printer.term(expr.a), printer.term(expr.b)
    dtype = dtype_of(expr)
    right = precedence + 1
    text = f"{a.inside(precedence)} {symbol} {b.inside(right)}"
    if is_float(dtype):
        return printer.rounded(text, precedence, dtype)
    exact = exact_of(a.interval, b.interval)
    if exact.within(dtype_range(dtype)) or dtype in ("uint32", "uint64"):
        return Term(text, precedence, dtype, exact if exact.within(dtype_range(dtype)) else None)
    if is_narrow(dtype) and exact.within(INT_RANGE):
        return printer.wrapped(text, precedence, dtype, exact)
    left, other = _as_unsigned(a, dtype), _as_unsigned(b, dtype)
    unsigned = Term(f"{left.inside(precedence)} {symbol} {other.inside(right)}", precedence, "")
    return Term(f"({value_type(dtype)})({unsigned.text})", UNARY, dtype, None, unsigned)


def _as_unsigned(term: Term, dtype: str) -> Term:
    """A signed or narrow value in the unsigned type in which its dtype's arithmetic wraps around."""
    if term.wrapping is not None and term.dtype == dtype:
        return term.wrapping
    wide = "uint64" if dtype == "int64" else "uint32"
    if term.interval.low == term.interval.high >= 0:
        return Term(int_literal(term.interval.low, wide), PRIMARY, "")
    return Term(f"({wide}_t){term.inside(UNARY)}", UNARY, "")


def _division(printer: ExprPrinter, expr: Any) -> Term:
    kind = type(expr).__name__
    a, b = printer.term(expr.a), printer.term(expr.b)
    dtype = dtype_of(expr)
    if is_float(dtype):
        return _float_division(printer, kind, a, b, dtype)
    x, y = a.interval, b.interval
    remainder = kind in ("Mod", "FloorMod")
    if y.low > 0 and (x.low >= 0 or kind in ("Div", "Mod")):
        text = f"{a.inside(MULTIPLY)} {'%' if remainder else '/'} {b.inside(UNARY)}"
        return Term(text, MULTIPLY, dtype, _quotient_range(x, y, remainder))
    name = {"Div": "div", "Mod": "mod", "FloorDiv": "floordiv", "FloorMod": "floormod"}[kind]
    suffix = suffix_of(dtype)
    if suffix.startswith("u"):
        name = name.removeprefix("floor")
    text = printer.call(f"{name}_{suffix}", a.text, b.text)
    exact = dtype_range(dtype) if remainder else Interval(-abs(x.low) - abs(x.high), abs(x.low) + abs(x.high))
    if y.low > 0:
        exact = Interval(0, y.high - 1) if remainder else Interval(x.low // y.low, max(0, x.high // y.low))
    if is_narrow(dtype):
        return printer.wrapped(text, PRIMARY, dtype, exact)
    return Term(text, PRIMARY, dtype, exact if exact.within(dtype_range(dtype)) else None)


def _quotient_range(x: Interval, y: Interval, remainder: bool) -> Interval:
    """Of truncating division by a positive number."""
    if remainder:
        return Interval(max(x.low, 1 - y.high) if x.low < 0 else 0, min(max(x.high, 0), y.high - 1))
    low = x.low // y.high if x.low >= 0 else -(-x.low // y.low)
    return Interval(low, max(x.high // y.low if x.high >= 0 else 0, low))


def _float_division(printer: ExprPrinter, kind: str, a: Term, b: Term, dtype: str) -> Term:
    ending = "" if dtype == "float64" else "f"
    if kind == "Div":
        return printer.rounded(f"{a.inside(MULTIPLY)} / {b.inside(UNARY)}", MULTIPLY, dtype)
    if kind == "Mod":
        return printer.rounded(f"fmod{ending}({a.text}, {b.text})", PRIMARY, dtype)
    quotient = f"floor{ending}({a.inside(MULTIPLY)} / {b.inside(UNARY)})"
    if kind == "FloorDiv":
        return printer.rounded(quotient, PRIMARY, dtype)
    return printer.rounded(f"{a.inside(ADD)} - {quotient} * {b.inside(UNARY)}", ADD, dtype)


def _min_max(printer: ExprPrinter, expr: Any) -> Term:
    dtype = dtype_of(expr)
    found = None if is_float(dtype) else clamp(expr)
    if found is not None:
        return _clamped(printer, found, dtype)
    a, b = printer.term(expr.a), printer.term(expr.b)
    name = type(expr).__name__.lower()
    text = printer.call(f"{name}_{suffix_of(dtype)}", a.text, b.text)
    if is_float(dtype):
        return Term(text, PRIMARY, dtype)
    pick = max if name == "max" else min
    x, y = a.interval, b.interval
    return Term(text, PRIMARY, dtype, Interval(pick(x.low, y.low), pick(x.high, y.high)))


def _clamped(printer: ExprPrinter, found: Clamp, dtype: str) -> Term:
    value = printer.term(found.value)
    bounds = [int_literal(bound, dtype) for bound in (found.low, found.high)]
    text = printer.call(f"clamp_{suffix_of(dtype)}", value.text, *bounds)
    low, high = (min(max(end, found.low), found.high) for end in (value.interval.low, value.interval.high))
    return Term(text, PRIMARY, dtype, Interval(low, high))


_COMPARISONS = {
    "EQ": ("==", EQUALITY),
    "NE": ("!=", EQUALITY),
    "LT": ("<", RELATION),
    "LE": ("<=", RELATION),
    "GT": (">", RELATION),
    "GE": (">=", RELATION),
}


# Of two intervals: whether the comparison holds for all their values. With a and b exchanged: GT and GE.
_HOLDS: Mapping[str, Callable[[Interval, Interval], bool]] = {
    "LT": lambda a, b: a.high < b.low,
    "LE": lambda a, b: a.high <= b.low,
    "GT": lambda a, b: a.low > b.high,
    "GE": lambda a, b: a.low >= b.high,
}
_OPPOSITE = {"LT": "GE", "LE": "GT", "GT": "LE", "GE": "LT"}
_MIRRORED = {"LT": "GT", "LE": "GE", "GT": "LT", "GE": "LE"}


def _comparison(printer: ExprPrinter, expr: Any) -> Term:
    kind = type(expr).__name__
    symbol, precedence = _COMPARISONS[kind]
    a, b = printer.term(expr.a), printer.term(expr.b)
    if a.text == b.text:
        return _comparison_with_itself(a, kind)
    if kind in _HOLDS and not is_float(a.dtype):
        if _HOLDS[kind](a.interval, b.interval):
            return TRUE
        if _HOLDS[_OPPOSITE[kind]](a.interval, b.interval):
            return FALSE
    return Term(f"{a.inside(SHIFT)} {symbol} {b.inside(SHIFT)}", precedence, "bool")


def _comparison_with_itself(value: Term, kind: str) -> Term:
    """Known, but for what is not a number. Compilers warn of the comparison."""
    if kind in ("LT", "GT"):
        return FALSE
    if not is_float(value.dtype):
        return FALSE if kind == "NE" else TRUE
    return Term(f"isnan({value.text}) {'!=' if kind == 'NE' else '=='} 0", EQUALITY, "bool")


def _logic(printer: ExprPrinter, expr: Any) -> Term:
    """Sides that are known are left out."""
    symbol, precedence = {"And": ("&&", AND), "Or": ("||", OR)}[type(expr).__name__]
    neutral, deciding = (ALWAYS, NEVER) if symbol == "&&" else (NEVER, ALWAYS)
    if symbol == "&&" and _contradicts_itself(printer, expr):
        return FALSE
    a, b = printer.term(expr.a), printer.term(expr.b)
    for side, other in ((a, b), (b, a)):
        if side.range == neutral:
            return other
        if side.range == deciding:
            return side
    sides = []
    for side in (a, b):
        mixed = side.precedence in (AND, OR) and side.precedence != precedence
        sides.append(f"({side.text})" if mixed else side.inside(precedence))
    return Term(f"{sides[0]} {symbol} {sides[1]}", precedence, "bool")


def _contradicts_itself(printer: ExprPrinter, expr: Any) -> bool:
    """Whether two parts of a condition leave an integer no value: padding that an image does not reach."""
    left: dict[str, Interval] = {}
    pending = [expr]
    while pending:
        part = pending.pop()
        kind = type(part).__name__
        if kind == "And":
            pending += [part.a, part.b]
        elif (kind in _HOLDS or kind == "EQ") and not is_float(dtype_of(part.a)):
            for value, bound, how in ((part.a, part.b, kind), (part.b, part.a, _MIRRORED.get(kind, kind))):
                limit, term = printer.term(bound).interval, printer.term(value)
                known = left.get(term.text, term.interval)
                low = max(known.low, limit.low + (how == "GT")) if how in ("GT", "GE", "EQ") else known.low
                high = min(known.high, limit.high - (how == "LT")) if how in ("LT", "LE", "EQ") else known.high
                if low > high:
                    return True
                left[term.text] = Interval(low, high)
    return False


def _not(printer: ExprPrinter, expr: Any) -> Term:
    return Term(f"!{printer.term(expr.a).inside(PRIMARY)}", UNARY, "bool")


def _bitwise(printer: ExprPrinter, expr: Any) -> Term:
    kind = type(expr).__name__
    symbol, precedence = {"BitwiseAnd": ("&", BIT_AND), "BitwiseOr": ("|", BIT_OR), "BitwiseXor": ("^", BIT_XOR)}[kind]
    a, b = printer.term(expr.a), printer.term(expr.b)
    dtype = dtype_of(expr)
    exact = None
    if kind == "BitwiseAnd":
        if b.interval == Interval(-1, -1):  # all bits: a mask that the lowering uses to keep TIR's simplifier away
            return a
        if b.interval.low >= 0:
            exact = Interval(0, b.interval.high)
    return Term(f"{a.inside(UNARY)} {symbol} {b.inside(UNARY)}", precedence, dtype, exact)


def _bitwise_not(printer: ExprPrinter, expr: Any) -> Term:
    value = printer.term(expr.a)
    dtype = dtype_of(expr)
    if dtype == "bool":
        return Term(f"!{value.inside(PRIMARY)}", UNARY, dtype)
    text = f"~{value.inside(UNARY)}"
    if is_narrow(dtype) and is_unsigned(dtype):
        return Term(f"({value_type(dtype)}){text}", UNARY, dtype)
    return Term(text, UNARY, dtype)


def _shift(printer: ExprPrinter, expr: Any) -> Term:
    a, b = printer.term(expr.a), printer.term(expr.b)
    dtype = dtype_of(expr)
    left = type(expr).__name__ == "LShift"
    bits = int_bits(dtype)
    if not Interval(b.interval.low, b.interval.high).within(Interval(0, bits - 1)):
        text = printer.call(f"{'shl' if left else 'shr'}_{suffix_of(dtype)}", a.text, b.text)
        return printer.wrapped(text, PRIMARY, dtype, INT_RANGE) if is_narrow(dtype) else Term(text, PRIMARY, dtype)
    amount = str(b.interval.low) if b.interval.low == b.interval.high else b.inside(UNARY)
    if not left:
        ends = [x >> y for x in (a.interval.low, a.interval.high) for y in (b.interval.low, b.interval.high)]
        return Term(f"{a.inside(UNARY)} >> {amount}", SHIFT, dtype, Interval(min(ends), max(ends)))
    ends = [x << y for x in (a.interval.low, a.interval.high) for y in (b.interval.low, b.interval.high)]
    exact = Interval(min(ends), max(ends))
    known = exact if exact.within(dtype_range(dtype)) else None
    if is_unsigned(dtype) and not is_narrow(dtype):
        return Term(f"{a.inside(UNARY)} << {amount}", SHIFT, dtype, known)
    wide = "uint64_t" if dtype == "int64" else "uint32_t"
    return Term(f"({value_type(dtype)})(({wide}){a.inside(UNARY)} << {amount})", UNARY, dtype, known)


def _cast(printer: ExprPrinter, expr: Any) -> Term:
    factors = high_product(expr)
    if factors is not None:
        a, b = (printer.term(f) for f in factors)
        exact = _corners(a.interval, b.interval)
        text = printer.call("mulhi_i32", a.text, b.text)
        return Term(text, PRIMARY, "int32", Interval(exact.low >> 32, exact.high >> 32))
    value = printer.term(expr.value)
    return cast(printer, value, dtype_of(expr))


def _select(printer: ExprPrinter, expr: Any) -> Term:
    return choice(printer, expr.condition, expr.true_value, expr.false_value)


def _let(printer: ExprPrinter, expr: Any) -> Term:
    printer.lets[expr.var] = printer.term(expr.value)
    return printer.term(expr.body)


def _call(printer: ExprPrinter, expr: Any) -> Term:
    return call_term(printer, expr)


RULES: Mapping[str, Callable[[ExprPrinter, Any], Term]] = {
    "Var": _var,
    "IntImm": _int,
    "FloatImm": _float,
    "TensorLoad": _load,
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    **dict.fromkeys(("Div", "Mod", "FloorDiv", "FloorMod"), _division),
    **dict.fromkeys(("Min", "Max"), _min_max),
    **dict.fromkeys(_COMPARISONS, _comparison),
    **dict.fromkeys(("And", "Or"), _logic),
    "Not": _not,
    **dict.fromkeys(("BitwiseAnd", "BitwiseOr", "BitwiseXor"), _bitwise),
    "BitwiseNot": _bitwise_not,
    **dict.fromkeys(("LShift", "RShift"), _shift),
    "Cast": _cast,
    "Select": _select,
    "Let": _let,
    "Call": _call,
}
