"""Growing a random legal program, one operator at a time.

A family adds a call to the values that exist; the operator's own type rule says what the result is, and a call that it
refuses is drawn again. Sizes stay small: what goes wrong in a compiler goes wrong on a few elements.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

import numpy as np
from tvm_model_library.errors import ModelLibraryError, Span
from tvm_model_library.relay import ast
from tvm_model_library.relay.inference import call_attrs
from tvm_model_library.relay.operator import TypeRuleError, find_operator
from tvm_model_library.relay.printer import print_module
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array, numpy_dtype

from relay_fuzzer.exactness import keeps_exact
from relay_fuzzer.vectors import Source, draw

Shape = tuple[int, ...]

HERE = Span("<fuzzer>", 1, 1)
FLOATS = ("float32", "float64", "float16", "bfloat16")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
_DTYPES = (
    ("float32", 34), ("int32", 13), ("int8", 13), ("uint8", 9), ("int64", 6), ("int16", 5), ("float64", 5),
    ("float16", 4), ("bool", 4), ("bfloat16", 2), ("uint16", 2), ("uint32", 2), ("uint64", 1),
)  # fmt: skip
_SIZES = ((1, 14), (2, 14), (3, 14), (4, 12), (5, 10), (6, 6), (7, 6), (8, 5), (9, 3), (12, 2), (15, 2), (16, 3),
          (17, 3), (24, 2), (31, 1), (32, 1), (33, 2))  # fmt: skip
_MAX_ELEMENTS = 1500


class RejectedError(Exception):
    """This draw does not give a legal call: draw again."""


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the program. ``exact``: its floats are computed without rounding that could differ."""

    expr: ast.Expr
    type: TensorType
    exact: bool = True

    @property
    def shape(self) -> Shape:
        return self.type.static_shape

    @property
    def rank(self) -> int:
        return self.type.rank

    @property
    def dtype(self) -> str:
        return self.type.dtype

    @property
    def is_float(self) -> bool:
        return self.dtype in FLOATS


@dataclass
class Builder:
    """The program so far. All choices come from ``rng``."""

    rng: random.Random
    values: list[Value] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    parameters: list[ast.Var] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    again: float = 0.0
    """How much likelier than by age it is that a value that has been used is used again."""
    _lets: list[tuple[ast.Var, ast.Expr]] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)

    # -- choices

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def choose(self, options: Sequence[Any]) -> Any:
        return options[self.rng.randrange(len(options))]

    def weighted(self, options: Sequence[tuple[Any, float]]) -> Any:
        return self.rng.choices([o for o, _ in options], [w for _, w in options])[0]

    def integer(self, low: int, high: int) -> int:
        """Between ``low`` and ``high``, both included."""
        return self.rng.randint(low, high)

    def size(self) -> int:
        return int(self.weighted(_SIZES))

    def dtype(self, allowed: Sequence[str] | None = None) -> str:
        return str(self.weighted([(d, w) for d, w in _DTYPES if allowed is None or d in allowed]))

    def shape(self, low: int = 0, high: int = 4, most: int = _MAX_ELEMENTS) -> Shape:
        """A shape of ``low`` to ``high`` dimensions, scalars seldom."""
        rank = self.integer(max(low, 1), high) if low or self.chance(0.95) else 0
        dims = [self.size() for _ in range(rank)]
        while prod(dims) > most:
            dims[self.rng.randrange(rank)] = self.integer(1, 4)
        return tuple(dims)

    # -- leaves

    def parameter(self, shape: Shape, dtype: str, kind: str = "any", limit: int = 0) -> Value:
        """A new input of the program; ``kind`` and ``limit`` say which numbers it may hold (vectors.py)."""
        type_ = TensorType(tuple(shape), dtype)
        var = ast.Var(HERE, f"x{len(self.parameters)}", type_)
        source = Source(tuple(shape), dtype, kind, limit)
        self.parameters.append(var)
        self.sources.append(source)
        return self.add(var, type_, kind != "real")

    def constant(self, array: Array, exact: bool = True) -> Value:
        """A constant of the program."""
        array = np.asarray(array)
        return Value(ast.Constant(HERE, array), TensorType(array.shape, array.dtype.name), exact)

    def leaf(self, shape: Shape, dtype: str, kind: str = "any", limit: int = 0, constant: float = 0.35) -> Value:
        """A new input or, with probability ``constant``, a constant with values of that kind."""
        if not self.chance(constant):
            return self.parameter(shape, dtype, kind, limit)
        generator = np.random.default_rng(self.rng.getrandbits(32))
        return self.constant(draw(Source(tuple(shape), dtype, kind, limit), generator), kind != "real")

    def new(self, shape: Shape, dtype: str) -> Value:
        """A new input of any values: floats that add and multiply without rounding, or real ones."""
        return self.parameter(shape, dtype, "real" if dtype in FLOATS and self.chance(0.3) else "any")

    # -- what is there

    def pick(
        self, fits: Callable[[Value], bool] = lambda v: True, make: Callable[[], Value] | None = None, new: float = 0.12
    ) -> Value:
        """A value that ``fits``, the latest and those not used yet first; ``make`` makes one where there is none, and
        with probability ``new`` anyway.
        """
        found = [v for v in self.values if fits(v)]
        if make is not None and (not found or self.chance(new * (1 - self.again))):
            return make()
        if not found:
            raise RejectedError
        unused = 1 if self.chance(self.again) else 4
        weights = [(1 + i) * (1 if id(v.expr) in self._used else unused) for i, v in enumerate(found)]
        return self.rng.choices(found, weights)[0]

    def tensor(
        self, dtypes: Sequence[str] | None = None, low: int = 0, high: int = 5, exact: bool = False, new: float = 0.12
    ) -> Value:
        """Any value of these dtypes and ranks. ``exact``: its floats must be (for operators that jump)."""
        return self.pick(
            lambda v: (dtypes is None or v.dtype in dtypes) and low <= v.rank <= high and (v.exact or not exact),
            lambda: self._leaf_of(dtypes, low, high, exact),
            new,
        )

    def _leaf_of(self, dtypes: Sequence[str] | None, low: int, high: int, exact: bool) -> Value:
        dtype, shape = self.dtype(dtypes), self.shape(low, min(high, 4))
        return self.parameter(shape, dtype) if exact else self.new(shape, dtype)

    def like(self, value: Value, shape: Shape | None = None, dtype: str | None = None, same: float = 0.2) -> Value:
        """A second operand of this shape and dtype: one that exists, ``value`` itself now and then, or a new one."""
        shape, dtype = value.shape if shape is None else shape, dtype or value.dtype
        if shape == value.shape and dtype == value.dtype and self.chance(same):
            return value
        kind = "any" if value.exact else "real"
        return self.pick(
            lambda v: v.shape == shape and v.dtype == dtype and v is not value,
            lambda: self.leaf(shape, dtype, kind if dtype in FLOATS else "any"),
            0.3,
        )

    # -- calls

    def call(self, operator: str, *args: Value | Sequence[Value], **attrs: Any) -> Any:
        """The value of a call (a list of values where the result is a tuple); sequences of values become tuples."""
        found = find_operator(operator)
        assert found is not None, operator
        exprs = tuple(a.expr if isinstance(a, Value) else ast.Tuple(HERE, tuple(v.expr for v in a)) for a in args)
        types = [a.type if isinstance(a, Value) else TupleType(tuple(v.type for v in a)) for a in args]
        call = ast.Call(HERE, ast.OpRef(HERE, operator), exprs, {k: _attribute(v) for k, v in attrs.items()})
        try:
            result = found.infer(call_attrs(found, call), *types)
        except (TypeRuleError, ModelLibraryError) as error:
            raise RejectedError(str(error)) from error
        operands = [v for a in args for v in ([a] if isinstance(a, Value) else a)]
        exact = keeps_exact(operator) and all(v.exact for v in operands if v.is_float)
        self._check_size(result)
        self._used.update(id(v.expr) for v in operands)
        self.operators.append(operator)
        if isinstance(result, TupleType):
            return [self.add(ast.TupleGetItem(HERE, call, i), t, exact) for i, t in enumerate(result.fields)]
        assert isinstance(result, TensorType)
        return self.add(call, result, exact)

    def _check_size(self, result: Type) -> None:
        fields = result.fields if isinstance(result, TupleType) else (result,)
        for type_ in fields:
            if not isinstance(type_, TensorType) or not type_.is_static or type_.size > 2 * _MAX_ELEMENTS:
                raise RejectedError("too large, or of a size that only a run tells")

    def add(self, expr: ast.Expr, type_: Type, exact: bool) -> Value:
        """Keep a value for later operators, by a ``let`` now and then."""
        assert isinstance(type_, TensorType)
        if isinstance(expr, ast.Call | ast.TupleGetItem) and self.chance(0.15):
            var = ast.Var(HERE, f"v{len(self._lets)}")
            self._lets.append((var, expr))
            expr = var
        value = Value(expr, type_, exact)
        self.values.append(value)
        return value

    # -- the end

    def text(self) -> str:
        """The program as Relay text: what nobody used is an output, and now and then something else too."""
        computed = [v for v in self.values if not any(v.expr is p for p in self.parameters)]
        results = [v for v in computed if id(v.expr) not in self._used]
        results += [v for v in computed if v not in results and self.chance(0.06)]
        if self.chance(0.03):
            results.append(self.choose(self.values))  # an input or something twice
        self.rng.shuffle(results)
        exprs = [v.expr for v in results]
        body: ast.Expr = exprs[0] if len(exprs) == 1 and self.chance(0.8) else self._results(exprs)
        for var, value in reversed(self._lets):
            body = ast.Let(HERE, var, value, body)
        main = ast.Function(HERE, tuple(self.parameters), body)
        return print_module(ast.Module({"main": main}))

    def _results(self, exprs: Sequence[ast.Expr]) -> ast.Expr:
        if len(exprs) > 2 and self.chance(0.15):
            cut = self.integer(1, len(exprs) - 1)
            return ast.Tuple(HERE, (ast.Tuple(HERE, tuple(exprs[:cut])), *exprs[cut:]))
        return ast.Tuple(HERE, tuple(exprs))


Calls: TypeAlias = tuple[tuple[Callable[[Builder], object], float], ...]
"""What adds a call to a program, and how often."""


def _attribute(value: Any) -> Any:
    return tuple(_attribute(v) for v in value) if isinstance(value, list | tuple) else value


def scalar(value: float, dtype: str) -> Array:
    """A 0-d array."""
    return np.asarray(value).astype(numpy_dtype(dtype))
