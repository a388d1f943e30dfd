"""What expressions of a kernel compute, in NumPy: the elementwise stages behind a reduction, for accumulators at will.

With the values comes what is known of them along the last axis: whether they rise, fall, or stay. For accumulators in
ascending order that shows of a requantization, whatever its contract, that it is a monotone step function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tvm_model_library.c_text.types import dtype_range, is_float
from tvm_model_library.relay.ops._intrinsics import Intrinsic, Steps, called
from tvm_model_library.tensors import Array, numpy_dtype

_LARGEST = 1 << 62
UNKNOWN, CONSTANT, RISING, FALLING = None, 0, 1, -1
"""Trends along the last axis: anything, the same value, never less than before, never more than before."""


class NoValueError(Exception):
    """An expression that has no value here; says what it holds."""


@dataclass(frozen=True)
class Values:
    """Integers (in int64), floats, or booleans, and their trend."""

    array: Array
    trend: int | None

    @classmethod
    def constant(cls, value: Any) -> Values:
        """The same value everywhere."""
        return cls(np.asarray(value), CONSTANT)


Load = Callable[[list[Values]], Values]


@dataclass
class Evaluator:
    """Evaluates expressions. ``loads`` reads buffers at indices; ``variables`` have values."""

    loads: Mapping[Any, Load]
    variables: dict[Any, Values] = field(default_factory=dict)

    def value(self, expr: Any) -> Values:
        """The values of an expression, wrapped around to its dtype. Raises :class:`NoValueError`."""
        kind = type(expr).__name__
        rule = _RULES.get(kind)
        if rule is None:
            raise NoValueError(kind)
        found: Values = getattr(self, rule)(expr)
        return found

    def _variable(self, expr: Any) -> Values:
        if expr not in self.variables:
            raise NoValueError(f"the variable {expr}")
        return self.variables[expr]

    def _integer(self, expr: Any) -> Values:
        return Values.constant(np.int64(int(expr.value)))

    def _float(self, expr: Any) -> Values:
        return Values.constant(np.asarray(float(expr.value), numpy_dtype(str(expr.ty))))

    def _load(self, expr: Any) -> Values:
        if expr.source not in self.loads:
            raise NoValueError(f"an element of {expr.source.name}")
        return self.loads[expr.source]([self.value(i) for i in expr.indices])

    def _sum(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        _check_sum(a.array, b.array, str(expr.ty))
        return _fitted(a.array + b.array, _together(a.trend, b.trend), str(expr.ty))

    def _difference(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        _check_sum(a.array, b.array, str(expr.ty))
        return _fitted(a.array - b.array, _together(a.trend, _reversed(b.trend)), str(expr.ty))

    def _product(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        dtype = str(expr.ty)
        if not is_float(dtype) and _magnitude(a.array) * _magnitude(b.array) >= _LARGEST:
            raise NoValueError("a product beyond 64 bits")
        trend = CONSTANT if a.trend == b.trend == CONSTANT else UNKNOWN
        for factor, other in ((a, b), (b, a)):
            if factor.trend == CONSTANT and other.trend not in (UNKNOWN, CONSTANT):
                sign = np.sign(factor.array)
                trend = other.trend if (sign >= 0).all() else _reversed(other.trend) if (sign <= 0).all() else UNKNOWN
        return _fitted(a.array * b.array, trend, dtype)

    def _quotient(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        if is_float(str(expr.ty)) or (b.array <= 0).any():
            raise NoValueError("a quotient of floats, or by less than 1")
        if type(expr).__name__ == "FloorMod":
            return Values(a.array % b.array, CONSTANT if a.trend == b.trend == CONSTANT else UNKNOWN)
        return Values(a.array // b.array, a.trend if b.trend == CONSTANT else UNKNOWN)

    def _shift(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        if (b.array < 0).any() or (b.array > 62).any():
            raise NoValueError("a shift by less than 0 or more than 62")
        trend = a.trend if b.trend == CONSTANT else UNKNOWN
        if type(expr).__name__ == "RShift":
            return Values(a.array >> b.array, trend)
        if _magnitude(a.array) << int(b.array.max(initial=0)) >= _LARGEST:
            raise NoValueError("a shift beyond 64 bits")
        return _fitted(a.array << b.array, trend, str(expr.ty))

    def _extreme(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        pick = np.minimum if type(expr).__name__ == "Min" else np.maximum
        return Values(pick(a.array, b.array), _together(a.trend, b.trend))

    def _cast(self, expr: Any) -> Values:
        value, dtype = self.value(expr.value), str(expr.ty)
        if dtype == "bool":
            return Values(value.array != 0, CONSTANT if value.trend == CONSTANT else UNKNOWN)
        if is_float(dtype):
            return Values(value.array.astype(numpy_dtype(dtype)), value.trend)
        if value.array.dtype.kind == "f":
            whole = dtype_range(dtype)
            if not ((value.array >= whole.low) & (value.array <= whole.high)).all():
                raise NoValueError("a float beyond the integers")
            return Values(np.trunc(value.array).astype(np.int64), value.trend)
        return _fitted(value.array.astype(np.int64), value.trend, dtype)

    def _mask(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        for value, mask in ((a, b), (b, a)):
            if mask.trend == CONSTANT and (mask.array == -1).all():
                return value
        return Values(a.array & b.array, CONSTANT if a.trend == b.trend == CONSTANT else UNKNOWN)

    def _comparison(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        compare, direction = _COMPARISONS[type(expr).__name__]
        trend = CONSTANT if a.trend == b.trend == CONSTANT else UNKNOWN
        rise = _together(a.trend, _reversed(b.trend))  # of a - b
        if trend is UNKNOWN and direction and rise is not UNKNOWN:
            trend = rise * direction
        return Values(compare(a.array, b.array), trend)

    def _logic(self, expr: Any) -> Values:
        a, b = self.value(expr.a), self.value(expr.b)
        combine = np.logical_and if type(expr).__name__ == "And" else np.logical_or
        return Values(combine(a.array, b.array), _together(a.trend, b.trend))

    def _negation(self, expr: Any) -> Values:
        value = self.value(expr.a)
        return Values(np.logical_not(value.array), _reversed(value.trend))

    def _select(self, expr: Any) -> Values:
        return self._chosen(expr.condition, expr.true_value, expr.false_value)

    def _chosen(self, test: Any, then: Any, otherwise: Any) -> Values:
        condition, a, b = self.value(test), self.value(then), self.value(otherwise)
        trend = _together(a.trend, b.trend) if condition.trend == CONSTANT else UNKNOWN
        if a.trend == b.trend == CONSTANT and condition.trend not in (UNKNOWN, CONSTANT):
            step = np.sign(a.array.astype(np.int64) - b.array.astype(np.int64))
            if (step >= 0).all() or (step <= 0).all():
                trend = condition.trend if (step >= 0).all() else _reversed(condition.trend)
        return Values(np.where(condition.array, a.array, b.array), trend)

    def _let(self, expr: Any) -> Values:
        self.variables[expr.var] = self.value(expr.value)
        return self.value(expr.body)

    def _call(self, expr: Any) -> Values:
        intrinsic = called(expr)
        if intrinsic is not None:
            return self._intrinsic(intrinsic, [self.value(a) for a in expr.args])
        name = str(expr.op.name).split(".")[-1]
        if name == "if_then_else":
            return self._chosen(*expr.args)
        if name == "likely":
            return self.value(expr.args[0])
        if name in _ROUNDINGS and is_float(str(expr.ty)):
            value = self.value(expr.args[0])
            return Values(_ROUNDINGS[name](value.array), value.trend)
        raise NoValueError(f"a call of {name}")

    def _intrinsic(self, intrinsic: Intrinsic, arguments: list[Values]) -> Values:
        steps, variables = Steps(), intrinsic.variables()
        inner = Evaluator(self.loads, dict(zip(variables, arguments, strict=True)))
        result = intrinsic.body(steps, *variables)
        for step in steps.bound:
            inner.variables[step.variable] = inner.value(step.value)
        return inner.value(result)


_COMPARISONS: Mapping[str, tuple[Any, int]] = {
    "LT": (np.less, -1),
    "LE": (np.less_equal, -1),
    "GT": (np.greater, 1),
    "GE": (np.greater_equal, 1),
    "EQ": (np.equal, 0),
    "NE": (np.not_equal, 0),
}

_ROUNDINGS: Mapping[str, Callable[[Array], Array]] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "round": np.rint,
    "nearbyint": np.rint,
}

_RULES: Mapping[str, str] = {
    "Var": "_variable",
    "IntImm": "_integer",
    "FloatImm": "_float",
    "TensorLoad": "_load",
    "Add": "_sum",
    "Sub": "_difference",
    "Mul": "_product",
    "FloorDiv": "_quotient",
    "FloorMod": "_quotient",
    "LShift": "_shift",
    "RShift": "_shift",
    "Min": "_extreme",
    "Max": "_extreme",
    "Cast": "_cast",
    "BitwiseAnd": "_mask",
    **dict.fromkeys(_COMPARISONS, "_comparison"),
    "And": "_logic",
    "Or": "_logic",
    "Not": "_negation",
    "Select": "_select",
    "Let": "_let",
    "Call": "_call",
}


def _magnitude(array: Array) -> int:
    return max(abs(int(array.min(initial=0))), abs(int(array.max(initial=0))))


def _check_sum(a: Array, b: Array, dtype: str) -> None:
    if not is_float(dtype) and _magnitude(a) + _magnitude(b) >= _LARGEST:
        raise NoValueError("a sum beyond 64 bits")


def _reversed(trend: int | None) -> int | None:
    return None if trend is None else -trend


def _together(a: int | None, b: int | None) -> int | None:
    """The trend of what rises with both."""
    if a is None or b is None or a * b < 0:
        return UNKNOWN
    return a or b


def _fitted(array: Array, trend: int | None, dtype: str) -> Values:
    """Integers in a dtype: where they leave it they wrap around, and their trend with them. What is monotone stays
    inside where its ends do, and the ends are among the values.
    """
    if is_float(dtype):
        return Values(array.astype(numpy_dtype(dtype)), trend)
    if array.dtype.kind == "b":
        return Values(array.astype(np.int64), trend)
    whole = dtype_range(dtype)
    if ((array >= whole.low) & (array <= whole.high)).all():
        return Values(array, trend)
    span = whole.high - whole.low + 1
    return Values((array - whole.low) % span + whole.low, CONSTANT if trend == CONSTANT else UNKNOWN)
