"""Integer intrinsics in C: each is a ``static inline`` function, printed from its own definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from tvm_model_library.c_text.lines import folded
from tvm_model_library.c_text.types import Interval, dtype_range, value_type
from tvm_model_library.compiler.printer.helpers import HELPERS, PREFIX, helper_definitions
from tvm_model_library.compiler.printer.terms import PRIMARY, ExprPrinter, Term
from tvm_model_library.relay.ops._intrinsics import Intrinsic, Parameter, Step, Steps, intrinsics


def intrinsic_call(printer: ExprPrinter, intrinsic: Intrinsic, arguments: Sequence[Any]) -> Term:
    """The call of an intrinsic, with the values that it can have for what its arguments can be."""
    terms = [printer.term(a) for a in arguments]
    intervals = [_within(p, t.interval) for p, t in zip(intrinsic.parameters, terms, strict=True)]
    text = f"{PREFIX}{intrinsic.name}({', '.join(t.text for t in terms)})"
    printer.helpers.add(intrinsic.name)
    return Term(text, PRIMARY, intrinsic.result, _printed(intrinsic, tuple(intervals))[1].range)


def function_definitions(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The definitions of helpers and intrinsics of these names (without :data:`PREFIX`) and of all that they call, each
    with its place among all functions: a function comes after those that it calls.
    """
    wanted = set(names)
    for place, intrinsic in reversed(list(enumerate(intrinsics().values(), len(HELPERS)))):
        if intrinsic.name in wanted:
            whole = tuple(_within(p, dtype_range(p.dtype)) for p in intrinsic.parameters)
            lines, _, called = _printed(intrinsic, whole)
            wanted |= called
            yield place, "\n".join(lines) + "\n"
    yield from helper_definitions(wanted)


def _within(known: Parameter | Step, interval: Interval) -> Interval:
    """The part of an interval in which a value is known to lie."""
    low = interval.low if known.low is None else max(interval.low, known.low)
    high = interval.high if known.high is None else min(interval.high, known.high)
    assert low <= high, f"{known} is never in {interval}"
    return Interval(low, high)


@cache
def _printed(intrinsic: Intrinsic, intervals: tuple[Interval, ...]) -> tuple[tuple[str, ...], Term, frozenset[str]]:
    """The lines of the function's definition, its result, and the functions that it calls."""
    from tvm_model_library.compiler.printer.expressions import RULES  # which print calls of intrinsics

    printer, steps, variables = ExprPrinter(RULES), Steps(), intrinsic.variables()
    for variable, interval in zip(variables, intervals, strict=True):
        printer.names[variable] = str(variable.name)
        printer.ranges[variable] = interval
    result = intrinsic.body(steps, *variables)
    lines = []
    for step in steps.bound:
        name = printer.names[step.variable] = str(step.variable.name)
        term = printer.term(step.value)
        printer.ranges[step.variable] = _within(step, term.interval)
        lines.append(f"const {value_type(term.dtype)} {name} = {printer.local(term)};")
    term = printer.term(result)
    lines.append(f"return {term.text};")
    parameters = ", ".join(f"{value_type(p.dtype)} {p.name}" for p in intrinsic.parameters)
    head = folded(f"static inline {value_type(intrinsic.result)} {PREFIX}{intrinsic.name}({parameters}) {{")
    body = [line for text in (f"/* {intrinsic.says} */", *lines) for line in folded(f"  {text}")]
    return (*head, *body, "}"), term, frozenset(printer.helpers)
