"""One call of an operator, made in Python: its node, and its type as soon as its arguments have theirs.

What builds programs a call at a time shares this: the importers' builder and Relay in Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tvm_model_library.errors import Place
from tvm_model_library.relay import ast
from tvm_model_library.relay.checks import call_attrs
from tvm_model_library.relay.constraints import Solver, check_arity, operator_rule
from tvm_model_library.relay.operator import Operator
from tvm_model_library.relay.types import IncompleteType, Type


def operator_call(
    place: Place, operator: str, arguments: Sequence[ast.Expr], attributes: Mapping[str, Any] | None = None
) -> ast.Call:
    """A call of ``operator``. Attributes are numbers, strings, and (nested) sequences of them, NumPy's included."""
    attrs = {name: plain(value) for name, value in (attributes or {}).items()}
    return ast.Call(place, ast.OpRef(place, operator), tuple(arguments), attrs)


def type_of_call(operator: Operator, call: ast.Call, types: Sequence[Type]) -> Type:
    """The type of a call whose arguments have complete types. Raises ``RelayTypeError`` at the call itself: its
    arguments may have been made elsewhere, but it is here that they do not fit.
    """
    rule = operator_rule(operator, call, types, IncompleteType())
    rule.spans = [call.span] * len(call.args)
    return rule.conclude(Solver())


def check_call(operator: Operator, call: ast.Call) -> None:
    """Check what can be checked before the arguments have types. Raises ``RelayTypeError`` on wrong attributes or
    arity.
    """
    check_arity(operator, len(call.args), call.span)
    call_attrs(operator, call)


def plain(value: Any) -> Any:
    """An attribute's value as the syntax tree has it."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value
