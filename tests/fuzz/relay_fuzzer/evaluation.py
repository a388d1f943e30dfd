"""The value of every expression of a straight-line program, with the operators' NumPy meanings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import ml_dtypes  # noqa: F401  (numpy learns bfloat16)
import numpy as np
from tvm_model_library.relay import ast
from tvm_model_library.relay.checks import call_attrs
from tvm_model_library.relay.operator import Attrs, Operator, find_operator
from tvm_model_library.relay.visit import post_order
from tvm_model_library.tensors import Array

Operate: TypeAlias = Callable[[Operator, Attrs, Sequence[Any]], Any]
"""An operator's value for its arguments: arrays, and tuples of them."""

FLOAT_DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
HALF = ("float16", "bfloat16")


def meaning(operator: Operator, attrs: Attrs, args: Sequence[Any]) -> Any:
    """What the operator's definition says."""
    assert operator.evaluate is not None
    return _arrays(operator.evaluate(attrs, *args))


class Program:
    """A function without control flow and calls of functions, as a list of steps."""

    def __init__(self, function: ast.Function) -> None:
        self.function = function
        self.steps = [e for e in post_order(function.body) if not isinstance(e, ast.OpRef)]
        lets = {id(e.var): e.value for e in self.steps if isinstance(e, ast.Let)}
        self._bound = {id(e): lets[id(e)] for e in self.steps if isinstance(e, ast.Var) and id(e) in lets}
        self.calls: dict[int, tuple[Operator, Attrs]] = {}
        for step in self.steps:
            if isinstance(step, ast.Call):
                assert isinstance(step.func, ast.OpRef), "only operators are called"
                operator = find_operator(step.func.name)
                assert operator is not None
                self.calls[id(step)] = operator, call_attrs(operator, step)

    def run(self, inputs: Sequence[Array], operate: Operate = meaning) -> dict[int, Any]:
        """The value of each expression, by its id."""
        values: dict[int, Any] = {id(p): a for p, a in zip(self.function.params, inputs, strict=True)}
        with np.errstate(all="ignore"):
            for step in self.steps:
                if isinstance(step, ast.Call):
                    values[id(step)] = operate(*self.calls[id(step)], [values[id(a)] for a in step.args])
                elif isinstance(step, ast.Constant):
                    values[id(step)] = step.value
                elif isinstance(step, ast.Var):
                    values[id(step)] = values[id(self._bound.get(id(step), step))]
                elif isinstance(step, ast.Tuple):
                    values[id(step)] = tuple(values[id(f)] for f in step.fields)
                elif isinstance(step, ast.TupleGetItem):
                    values[id(step)] = values[id(step.value)][step.index]
                elif isinstance(step, ast.Let):
                    values[id(step)] = values[id(step.body)]
        return values

    def results(self, values: dict[int, Any]) -> list[Array]:
        """The function's tensors, left to right."""
        return leaves(values[id(self.function.body)])


def leaves(value: Any) -> list[Array]:
    """The arrays of nested tuples, left to right."""
    return [leaf for v in value for leaf in leaves(v)] if isinstance(value, tuple) else [value]


def mapped(function: Callable[[Array], Any], value: Any) -> Any:
    """The same nested tuples with ``function`` of each array."""
    return tuple(mapped(function, v) for v in value) if isinstance(value, tuple) else function(value)


def is_float(array: Array) -> bool:
    """Whether the array holds floats, half precision included."""
    return array.dtype.name in FLOAT_DIGITS


def floats_of(value: Any) -> list[Array]:
    """The arrays of floats among nested tuples."""
    return [a for a in leaves(value) if is_float(a)]


def _arrays(value: Any) -> Any:
    return tuple(map(_arrays, value)) if isinstance(value, tuple | list) else np.asarray(value)
