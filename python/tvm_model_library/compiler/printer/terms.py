"""The text of a C expression and what is known of its value; the state that printing shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tvm_model_library.c_text.types import (
    HALF_TYPES,
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
from tvm_model_library.compiler.printer.helpers import HELPERS, PREFIX
from tvm_model_library.errors import UnsupportedError

PRIMARY, UNARY, MULTIPLY, ADD, SHIFT, RELATION, EQUALITY = 16, 14, 13, 12, 11, 10, 9
BIT_AND, BIT_XOR, BIT_OR, AND, OR, CONDITION = 8, 7, 6, 5, 4, 3
NEVER, ALWAYS = Interval(0, 0), Interval(1, 1)


@dataclass(frozen=True)
class Term:
    """C text, its precedence, its TIR dtype, and for integers the values it can have.

    ``wrapping`` is the same value as an unsigned integer of 32 or 64 bits, where the text was computed as one.
    """

    text: str
    precedence: int
    dtype: str
    range: Interval | None = None
    wrapping: Term | None = None

    def inside(self, precedence: int) -> str:
        """The text as an operand of an operator of that precedence."""
        return self.text if self.precedence >= precedence else f"({self.text})"

    @property
    def interval(self) -> Interval:
        return self.range or dtype_range(self.dtype)


TRUE, FALSE = Term("1", PRIMARY, "bool", ALWAYS), Term("0", PRIMARY, "bool", NEVER)


def dtype_of(expr: Any) -> str:
    return str(expr.ty)


def suffix_of(dtype: str) -> str:
    """The ending of the helpers that compute on the dtype: narrow integers compute in ``int32_t``."""
    if is_float(dtype):
        return "f64" if dtype == "float64" else "f32"
    if is_narrow(dtype):
        return "i32"
    return f"{'u' if is_unsigned(dtype) else 'i'}{int_bits(dtype)}"


@dataclass
class ExprPrinter:
    """Prints expressions: each by the one of ``rules`` that is for its kind of node.

    ``names`` maps variables and buffers to C identifiers (``scalars`` are buffers that are plain variables), ``ranges``
    integer variables, and buffers for their elements, to what they can be; ``helpers`` collects what the text calls.
    """

    rules: Mapping[str, Callable[[ExprPrinter, Any], Term]]
    names: dict[Any, str] = field(default_factory=dict)
    scalars: set[Any] = field(default_factory=set)
    ranges: dict[Any, Interval] = field(default_factory=dict)
    lets: dict[Any, Term] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)

    def term(self, expr: Any) -> Term:
        rule = self.rules.get(type(expr).__name__)
        if rule is None:
            raise UnsupportedError(f"the C code generator has no rule for {type(expr).__name__}: {expr}")
        return rule(self, expr)

    def element(self, buffer: Any, index: Any) -> str:
        """The element of a buffer as an lvalue."""
        name = self.names[buffer]
        return name if buffer in self.scalars else f"{name}[{self.text(index)}]"

    def text(self, expr: Any) -> str:
        return self.term(expr).text

    def condition(self, expr: Any) -> str:
        return self.term(expr).text

    def stored(self, expr: Any, dtype: str) -> str:
        """The text of a value as it is written to memory of the dtype."""
        term = self.term(expr)
        if dtype in HALF_TYPES:
            return self.call(f"to_{HALF_TYPES[dtype]}", term.text)
        return self.local(term)

    def knowing(self, ranges: Mapping[Any, Interval], expr: Any) -> Term:
        """The term of an expression that is evaluated only where variables are in these ranges."""
        before = {variable: self.ranges.get(variable) for variable in ranges}
        self.ranges.update(ranges)
        term = self.term(expr)
        for variable, interval in before.items():
            if interval is None:
                del self.ranges[variable]
            else:
                self.ranges[variable] = interval
        return term

    def local(self, term: Term) -> str:
        """The text of a value as it initialises a variable of :func:`value_type`."""
        narrow_c_type = value_type(term.dtype)
        if is_narrow(term.dtype) and not term.text.startswith(f"({narrow_c_type})"):
            return f"({narrow_c_type}){term.inside(UNARY)}"
        return term.text

    def call(self, helper: str, *arguments: str) -> str:
        assert helper in HELPERS, helper
        self.helpers.add(helper)
        return f"{PREFIX}{helper}({', '.join(arguments)})"

    def rounded(self, text: str, precedence: int, dtype: str) -> Term:
        """A floating-point result, rounded to the dtype where C computes it wider."""
        if dtype in HALF_TYPES:
            return Term(self.call(f"round_{HALF_TYPES[dtype]}", text), PRIMARY, dtype)
        return Term(text, precedence, dtype)

    def wrapped(self, text: str, precedence: int, dtype: str, exact: Interval) -> Term:
        """A narrow integer result, computed in ``int``, brought back into the dtype's range where it can leave it."""
        if exact.within(dtype_range(dtype)):
            return Term(text, precedence, dtype, exact)
        operand = text if precedence >= UNARY else f"({text})"
        if dtype == "bool":
            return Term(f"({text} != 0)", PRIMARY, dtype)
        return Term(f"({value_type(dtype)}){operand}", UNARY, dtype)


def cast(printer: ExprPrinter, value: Term, dtype: str) -> Term:
    """A value of one dtype in another: C's conversions. A float beyond the range of the integer type is as
    undefined as in C and TVM: models clip first.
    """
    if value.dtype == dtype:
        return value
    if dtype == "bool":
        zero = float_literal(0.0, value.dtype) if is_float(value.dtype) else int_literal(0, value.dtype)
        return Term(f"{value.inside(RELATION)} != {zero}", EQUALITY, dtype)
    operand = value.inside(UNARY)
    if is_float(dtype):
        same = value_type(dtype) == value_type(value.dtype)
        text = value.text if same else f"({value_type(dtype)}){operand}"
        return printer.rounded(text, value.precedence if same else UNARY, dtype)
    exact = dtype_range(dtype) if is_float(value.dtype) else value.interval
    fits = exact.within(dtype_range(dtype))
    if fits and is_narrow(dtype) and (is_narrow(value.dtype) or value.dtype == "int32"):
        return Term(value.text, value.precedence, dtype, exact)
    return Term(f"({value_type(dtype)}){operand}", UNARY, dtype, exact if fits else None)


def choice(printer: ExprPrinter, condition: Any, then: Any, otherwise: Any) -> Term:
    """C evaluates only the branch it takes: that makes ``Select`` as safe as ``if_then_else``."""
    test = printer.term(condition)
    if test.range in (NEVER, ALWAYS):
        return printer.term(then if test.range == ALWAYS else otherwise)
    held, failed = _consequences(printer, condition)
    a, b = printer.knowing(held, then), printer.knowing(failed, otherwise)
    text = f"{test.inside(OR)} ? {a.inside(OR)} : {b.inside(CONDITION)}"
    exact = None if is_float(a.dtype) else a.interval.union(b.interval)
    return Term(text, CONDITION, a.dtype, exact)


def _consequences(printer: ExprPrinter, condition: Any) -> tuple[dict[Any, Interval], dict[Any, Interval]]:
    """What follows for a variable from its comparison with a number that holds, and from one that does not."""
    from tvm.ir.expr import Var
    from tvm.ir.prim import expr as prim

    kind = type(condition).__name__
    if (
        kind not in ("LT", "GE", "LE", "GT")
        or not isinstance(condition.a, Var)
        or not isinstance(condition.b, prim.IntImm)
    ):
        return {}, {}
    whole = printer.term(condition.a).interval
    least_above = int(condition.b.value) + (kind in ("LE", "GT"))
    below = {condition.a: Interval(whole.low, min(whole.high, least_above - 1))}
    above = {condition.a: Interval(max(whole.low, least_above), whole.high)}
    return (below, above) if kind in ("LT", "LE") else (above, below)
