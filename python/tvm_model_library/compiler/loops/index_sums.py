"""Expressions of lowered code as sums over loop variables, and conditions on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import ceil, floor, isfinite
from typing import Any, TypeAlias

from tvm_model_library.c_text.types import Interval, dtype_range
from tvm_model_library.compiler.loops.bounds import bounds
from tvm_model_library.compiler.loops.linear import (
    AllOf,
    AnyOf,
    Atom,
    Choice,
    Condition,
    Linear,
    NotNegative,
    Quotient,
    Remainder,
    Undecided,
    Unknown,
    atom,
    constant,
    key_of,
    negation,
)

Facts: TypeAlias = tuple[Condition, ...]

_ROUNDINGS = ("floor", "ceil", "trunc", "round", "nearbyint")


@dataclass
class IndexSums:
    """Turns expressions into sums and conditions, statement by statement.

    ``ranges`` says what the elements of some buffers can be; ``changing`` are the buffers that the code writes.
    ``variables`` are those that have a value, ``divisors`` what was divided by, with the facts there. ``atoms`` holds
    parts of expressions, so that facts about one hold for an equal one; its keys begin with the buffer that a part is
    loaded from, or None.
    """

    ranges: Mapping[Any, Interval]
    changing: set[Any]
    variables: dict[Any, Linear] = field(default_factory=dict)
    divisors: list[tuple[Linear, Facts]] = field(default_factory=list)
    atoms: dict[tuple[Any, ...], Atom] = field(default_factory=dict)

    def forget(self, buffers: set[Any]) -> None:
        """Of buffers that change, what is known of their elements says nothing from here on."""
        # A dictionary of its own: the other branch of a condition goes on with the one before.
        self.atoms = {key: a for key, a in self.atoms.items() if key[0] not in buffers}

    def linear(self, expr: Any, facts: Facts) -> Linear:
        """An integer expression as a sum. What wraps around is unknown."""
        rule = _INTEGERS.get(type(expr).__name__)
        value: Linear = self._unknown(expr) if rule is None else getattr(self, rule)(expr, facts)
        whole = dtype_range(str(expr.ty))
        if value.low < whole.low or value.high > whole.high:
            ends = bounds(value, facts)
            if ends is None or ends[0] < whole.low or ends[1] > whole.high:
                return self._unknown(expr)
        return value

    def _unknown(self, expr: Any) -> Linear:
        whole = dtype_range(str(expr.ty))
        return atom(Unknown(whole.low, whole.high))

    def _interned(self, key: tuple[Any, ...], make: Callable[[], Atom]) -> Linear:
        """The same atom for equal parts of expressions, so that facts about one hold for the other."""
        if key not in self.atoms:
            self.atoms[key] = make()
        return atom(self.atoms[key])

    def _literal(self, expr: Any, facts: Facts) -> Linear:
        return constant(int(expr.value))

    def _variable(self, expr: Any, facts: Facts) -> Linear:
        if expr not in self.variables:
            self.variables[expr] = self._unknown(expr)
        return self.variables[expr]

    def _sum(self, expr: Any, facts: Facts) -> Linear:
        return self.linear(expr.a, facts) + self.linear(expr.b, facts)

    def _difference(self, expr: Any, facts: Facts) -> Linear:
        return self.linear(expr.a, facts) - self.linear(expr.b, facts)

    def _product(self, expr: Any, facts: Facts) -> Linear:
        a, b = self.linear(expr.a, facts), self.linear(expr.b, facts)
        if not a.terms or not b.terms:
            return a.times(b.constant) if not b.terms else b.times(a.constant)
        for one, other in ((a, b), (b, a)):
            choice = _choice_of_two_numbers(one)
            if choice is not None:
                sides = other.times(choice.then.constant), other.times(choice.otherwise.constant)
                return self._either(choice.condition, *sides)
        result = a.times(b.constant) + Linear(b.terms).times(a.constant)
        for (first, x), (second, y) in product(a.terms.items(), b.terms.items()):
            result = result + self._product_of_atoms(first, second, facts).times(x * y)
        return result

    def _product_of_atoms(self, a: Atom, b: Atom, facts: Facts) -> Linear:
        """The ends are part of the key: elsewhere less is known of them."""
        x, y = bounds(atom(a), facts), bounds(atom(b), facts)
        if x is None or y is None:
            return constant(0)  # it never happens
        ends = [first * second for first in x for second in y]
        key = (None, "Mul", frozenset((a, b)), min(ends), max(ends))
        return self._interned(key, lambda: Unknown(min(ends), max(ends)))

    def _division(self, expr: Any, facts: Facts) -> Linear:
        value, divisor = self.linear(expr.a, facts), self.linear(expr.b, facts)
        kind = type(expr).__name__
        self.divisors.append((divisor, facts))
        ends, by_ends = bounds(value, facts), bounds(divisor, facts)
        if ends is None or by_ends is None:
            return constant(0)  # it never happens
        rounds_down = kind.startswith("Floor") or ends[0] >= 0
        if divisor.terms or divisor.constant <= 0 or not rounds_down:
            return self._rough_division(Interval(*ends), Interval(*by_ends), remainder=kind.endswith("Mod"))
        by = divisor.constant
        if kind.endswith("Mod"):
            if ends[0] >= 0 and ends[1] < by:
                return value
            return self._interned((None, "Mod", value.key, by), lambda: Remainder(0, by - 1, value, by))
        return self._quotient(value, by, facts)

    def _quotient(self, value: Linear, by: int, facts: Facts) -> Linear:
        """The ends are part of the key: elsewhere less is known of them."""
        ends = bounds(value, facts) or (0, 0)
        low, high = ends[0] // by, ends[1] // by
        return self._interned((None, "Div", value.key, by, low, high), lambda: Quotient(low, high, value, by))

    def _rough_division(self, value: Interval, divisor: Interval, *, remainder: bool) -> Linear:
        most = max(abs(value.low), abs(value.high))
        if remainder:
            most = max(most, abs(divisor.low), abs(divisor.high))
        positive = value.low >= 0 and divisor.low > 0
        return atom(Unknown(0 if positive else -most, most))

    def _extreme(self, expr: Any, facts: Facts) -> Linear:
        a, b = self.linear(expr.a, facts), self.linear(expr.b, facts)
        smaller = type(expr).__name__ == "Min"
        first, second = (a, b) if smaller else (b, a)  # a where a <= b
        if first.high <= second.low or second.high < first.low:
            return a if (first.high <= second.low) else b
        pick = min if smaller else max
        ends = pick(a.low, b.low), pick(a.high, b.high)
        return self._choice(Choice(*ends, NotNegative(second - first), a, b))

    def _either(self, condition: Condition, then: Linear, otherwise: Linear) -> Linear:
        ends = min(then.low, otherwise.low), max(then.high, otherwise.high)
        return self._choice(Choice(*ends, condition, then, otherwise))

    def _choice(self, choice: Choice) -> Linear:
        condition = key_of(choice.condition)
        key = (None, "choice", condition, choice.then.key, choice.otherwise.key)
        return atom(choice) if condition is None else self._interned(key, lambda: choice)

    def _select(self, expr: Any, facts: Facts) -> Linear:
        return self._chosen(expr.condition, expr.true_value, expr.false_value, facts)

    def _chosen(self, test: Any, then: Any, otherwise: Any, facts: Facts) -> Linear:
        condition = self.condition(test, facts)
        a = self.linear(then, (*facts, condition))
        b = self.linear(otherwise, (*facts, negation(condition)))
        return self._either(condition, a, b)

    def _cast(self, expr: Any, facts: Facts) -> Linear:
        if str(expr.value.ty) == "bool":
            condition = self.condition(expr.value, facts)
            return self._either(condition, constant(1), constant(0))
        if is_integer(expr.value):
            return self.linear(expr.value, facts)
        whole = dtype_range(str(expr.ty))
        low, high = _real_range(expr.value) or (whole.low, whole.high)
        unknown = Unknown(max(whole.low, low), min(whole.high, high))
        if loaded_buffers(expr) & self.changing:
            return atom(unknown)
        return self._interned((None, _Equal(expr)), lambda: unknown)

    def _load(self, expr: Any, facts: Facts) -> Linear:
        buffer = expr.source
        index = self.linear(expr.indices[0], facts)
        whole = self.ranges.get(buffer, dtype_range(str(expr.ty)))
        key = (buffer, index.key)
        return self._interned(key, lambda: Unknown(whole.low, whole.high))

    def _let(self, expr: Any, facts: Facts) -> Linear:
        if is_integer(expr.value):
            self.variables[expr.var] = self.linear(expr.value, facts)
        return self.linear(expr.body, facts)

    def _mask(self, expr: Any, facts: Facts) -> Linear:
        a, b = self.linear(expr.a, facts), self.linear(expr.b, facts)
        if not b.terms and b.constant == -1:  # all bits
            return a
        if b.low >= 0 or a.low >= 0:
            return atom(Unknown(0, min(v.high for v in (a, b) if v.low >= 0)))
        return self._unknown(expr)

    def _call(self, expr: Any, facts: Facts) -> Linear:
        name = str(expr.op.name).split(".")[-1]
        if name == "if_then_else":
            test, then, otherwise = expr.args
            return self._chosen(test, then, otherwise, facts)
        if name == "likely":
            return self.linear(expr.args[0], facts)
        return self._unknown(expr)

    def _shift(self, expr: Any, facts: Facts) -> Linear:
        value, by = self.linear(expr.a, facts), self.linear(expr.b, facts)
        if by.terms or not 0 <= by.constant < 64:
            return self._unknown(expr)
        factor = 1 << by.constant
        if type(expr).__name__ == "LShift":
            return value.times(factor)
        return self._quotient(value, factor, facts)

    def condition(self, expr: Any, facts: Facts) -> Condition:
        """A condition on integers; what depends on anything else is undecided."""
        from tvm.ir.prim import expr as prim

        kind = type(expr).__name__
        if kind in ("And", "Or"):
            parts = self.condition(expr.a, facts), self.condition(expr.b, facts)
            return AllOf(parts) if kind == "And" else AnyOf(parts)
        if kind == "Not":
            return negation(self.condition(expr.a, facts))
        if isinstance(expr, prim.IntImm):
            return NotNegative(constant(0 if int(expr.value) else -1))
        if is_choice(expr):
            test, then, otherwise = (self.condition(a, facts) for a in expr.args)
            return AnyOf((AllOf((test, then)), AllOf((negation(test), otherwise))))
        if kind == "Call" and str(expr.op.name).endswith("likely"):
            return self.condition(expr.args[0], facts)
        if kind not in ("LT", "LE", "GT", "GE", "EQ", "NE") or not is_integer(expr.a):
            return Undecided()
        difference = self.linear(expr.b, facts) - self.linear(expr.a, facts)  # of a < b, positive
        return _COMPARISONS[kind](difference)


def _equal(difference: Linear) -> Condition:
    return AllOf((NotNegative(difference), NotNegative(difference.times(-1))))


_COMPARISONS: Mapping[str, Callable[[Linear], Condition]] = {
    "LT": lambda d: NotNegative(d - 1),
    "LE": NotNegative,
    "GT": lambda d: NotNegative(d.times(-1) - 1),
    "GE": lambda d: NotNegative(d.times(-1)),
    "EQ": _equal,
    "NE": lambda d: negation(_equal(d)),
}

_INTEGERS: Mapping[str, str] = {
    "IntImm": "_literal",
    "Var": "_variable",
    "Add": "_sum",
    "Sub": "_difference",
    "Mul": "_product",
    **dict.fromkeys(("Div", "Mod", "FloorDiv", "FloorMod"), "_division"),
    **dict.fromkeys(("Min", "Max"), "_extreme"),
    "Select": "_select",
    "Cast": "_cast",
    "TensorLoad": "_load",
    "BitwiseAnd": "_mask",
    "Let": "_let",
    "Call": "_call",
    **dict.fromkeys(("LShift", "RShift"), "_shift"),
}


def _choice_of_two_numbers(value: Linear) -> Choice | None:
    """The choice that a sum is, where both sides are constants."""
    if len(value.terms) != 1 or value.constant:
        return None
    ((item, factor),) = value.terms.items()
    plain = factor == 1 and isinstance(item, Choice) and not item.then.terms and not item.otherwise.terms
    return item if plain and isinstance(item, Choice) else None


def is_integer(expr: Any) -> bool:
    """Whether an expression is an integer, and not a condition."""
    dtype = str(expr.ty)
    return dtype != "bool" and dtype.startswith(("int", "uint"))


def _real_range(expr: Any) -> tuple[int, int] | None:
    """The integers between which a number lies that is held between constants, then rounded in any way; None for
    others. Both ways of C and LLVM to write a minimum give the second operand where the first is not a number.
    """
    import tvm
    from tvm.ir.prim import expr as prim

    if isinstance(expr, tvm.ir.Call) and str(expr.op.name).split(".")[-1] in _ROUNDINGS:
        return _real_range(expr.args[0])
    kinds = {"Min": "Max", "Max": "Min"}
    inner = expr.a if type(expr).__name__ in kinds else None
    if inner is None or type(inner).__name__ != kinds[type(expr).__name__]:
        return None
    if not all(isinstance(e.b, prim.FloatImm) and isfinite(float(e.b.value)) for e in (expr, inner)):
        return None
    ends = sorted(float(e.b.value) for e in (expr, inner))
    return floor(ends[0]), ceil(ends[1])


def loaded_buffers(part: Any) -> set[Any]:
    """The buffers that an expression or statement reads."""
    import tvm
    import tvm_ffi

    found: set[Any] = set()

    def visit(load: Any) -> None:
        found.add(load.source)

    tvm_ffi.structural_walk(part, (tvm.ir.expr.TensorLoad, visit))
    return found


def stored_buffers(body: Any) -> set[Any]:
    """The buffers that a statement writes."""
    import tvm_ffi
    from tvm import tirx

    stored: set[Any] = set()

    def visit(node: Any) -> None:
        stored.add(node.buffer)

    tvm_ffi.structural_walk(body, (tirx.BufferStore, visit))
    return stored


def is_choice(node: Any) -> bool:
    """Whether an expression evaluates one of two others only."""
    import tvm

    return isinstance(node, tvm.ir.Call) and str(node.op.name).endswith("if_then_else")


class _Equal:
    """An expression as a key: the same for expressions of equal structure."""

    def __init__(self, expr: Any) -> None:
        self._expr = expr

    def __hash__(self) -> int:
        import tvm_ffi

        return int(tvm_ffi.structural_hash(self._expr))

    def __eq__(self, other: object) -> bool:
        import tvm_ffi

        return isinstance(other, _Equal) and bool(tvm_ffi.structural_equal(self._expr, other._expr))
