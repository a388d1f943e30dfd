"""Functions of operators that are written by hand, and what they share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tvm_model_library.relay import types
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.expr import Constant, TupleWrapper
from tvm_model_library.relay.script.operators import Function, bound_function

WRITTEN: dict[str, Function] = {}
"""They as scripts call them, by where they are found below ``relay``. The modules that have them fill it."""


def written(path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark the function of an operator, or of several together, that is found at ``path`` below ``relay``."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(values: Mapping[str, Any]) -> Any:
            return function(**values)

        WRITTEN[path] = bound_function(path, inspect.signature(function), call, inspect.getdoc(function) or "")
        return function

    return add


def known_numbers(value: Any) -> Any:
    """Limits that are known, as a list; others as an expression."""
    if isinstance(value, TupleWrapper):
        value = value.tuple_value
    if isinstance(value, Constant):
        return value.node.value.tolist()
    if isinstance(value, Expr):
        return value
    return np.asarray(value).tolist()


def is_number(value: object) -> bool:
    """Whether it is a number of Python or NumPy."""
    return isinstance(value, bool | int | float | np.number)


def dtype_of(value: Expr) -> str | None:
    """The dtype of a tensor, where its type is known."""
    type_ = value.known_type
    return type_.dtype if isinstance(type_, types.TensorType) else None
