"""One operator on actual arrays: what inference could not know is checked here, and every failure gets a place.

Inference has checked what is static. A type with ``?`` in it says nothing about a size, so the type rule judges the
actual arrays once more before the operator computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.errors import EvaluationError, ModelLibraryError, Place
from tvm_model_library.relay.limits import machine_memory
from tvm_model_library.relay.operator import Attrs, EvaluationRuleError, Operator, TypeRuleError
from tvm_model_library.relay.types import TensorType, TupleType, Type, flatten, is_empty
from tvm_model_library.relay.visit import Steps, trampoline
from tvm_model_library.tensors import numpy_dtype


def value_type(value: Any) -> Type | None:
    """The type of an array or of nested tuples of arrays; None for other values."""
    result: Type | None = trampoline(_value_type(value))
    return result


def _value_type(value: Any) -> Steps:
    if isinstance(value, np.ndarray):
        return TensorType(value.shape, value.dtype.name)
    if not isinstance(value, tuple):
        return None
    fields = []
    for item in value:
        fields.append((yield _value_type(item)))
    return None if any(f is None for f in fields) else TupleType(tuple(fields))


def fits(actual: Type | None, declared: Type | None) -> bool:
    """Whether a value of type ``actual`` may stand where ``declared`` is expected; what is no tensor always fits."""
    pending = [(actual, declared)]
    while pending:
        found, wanted = pending.pop()
        if isinstance(found, TensorType) and isinstance(wanted, TensorType):
            if not _fits_tensor(found, wanted):
                return False
        elif isinstance(found, TupleType) and isinstance(wanted, TupleType):
            if len(found.fields) != len(wanted.fields):
                return False
            pending.extend(zip(found.fields, wanted.fields, strict=True))
    return True


def _fits_tensor(actual: TensorType, declared: TensorType) -> bool:
    return (
        actual.dtype == declared.dtype
        and actual.rank == declared.rank
        and all(d is None or d == n for d, n in zip(declared.shape, actual.shape, strict=True))
    )


def operate(
    operator: Operator,
    attrs: Attrs,
    arguments: Sequence[Any],
    types: Sequence[Type | None],
    result: Type | None,
    span: Place,
) -> Any:
    """The operator's value for ``arguments``, whose inferred types are ``types``; ``result`` is its own inferred type.

    Raises :class:`EvaluationError` for arguments that the operator has no value for. A value that its type rule
    contradicts is a defect of this package and raises ``AssertionError``.
    """
    actual = [value_type(a) for a in arguments]
    for found, declared in zip(actual, types, strict=False):
        if not fits(found, declared):
            raise EvaluationError(f"{operator.name}: an argument is {found}, but the program says {declared}", span)
    expected = result
    if len(types) != len(actual) or not all(map(_is_static, types)):
        known = [a for a in actual if a is not None]
        expected = _infer(operator, attrs, known, span) if len(known) == len(actual) else result
    if expected is not None:
        _check_memory(operator, expected, span)
    value = _evaluate(operator, attrs, arguments, expected, span)
    found = value_type(value)
    assert fits(found, expected), f"{operator.name}: {expected} != {found}"
    if not fits(found, result):
        raise EvaluationError(f"{operator.name}: the result is {found}, but the program says {result}", span)
    return value


def _is_static(type_: Type | None) -> bool:
    try:
        return type_ is not None and all(t.is_static for t in flatten(type_))
    except TypeError:
        return False


def _infer(operator: Operator, attrs: Attrs, types: Sequence[Type], span: Place) -> Type:
    if len(types) != len(operator.inputs):
        raise EvaluationError(f"{operator.name} takes {len(operator.inputs)} arguments, found {len(types)}", span)
    try:
        return operator.result_type(attrs, *types)
    except TypeRuleError as error:
        raise EvaluationError(f"{operator.name}: {error}", span) from error


def _evaluate(operator: Operator, attrs: Attrs, arguments: Sequence[Any], expected: Type | None, span: Place) -> Any:
    assert operator.evaluate is not None
    if expected is not None and is_empty(expected):  # nothing to compute, whatever the operator
        return trampoline(_empty(expected))
    try:
        return trampoline(_as_arrays(operator.evaluate(attrs, *arguments)))
    except EvaluationRuleError as error:
        raise EvaluationError(f"{operator.name}: {error}", span) from error
    except TypeRuleError as error:  # of an operator that uses another one's rule
        raise EvaluationError(f"{operator.name}: {error}", span) from error
    except (ModelLibraryError, AssertionError):
        raise
    except MemoryError as error:
        raise EvaluationError(f"{operator.name}: not enough memory: {error}", span) from error
    except Exception as error:
        types = ", ".join(str(value_type(a)) for a in arguments)
        reason = f"{type(error).__name__}: {error}"
        raise EvaluationError(f"{operator.name} has no value for arguments {types}: {reason}", span) from error


def _check_memory(operator: Operator, type_: Type, span: Place) -> None:
    """Refuse a result that the machine can't hold: the system would end the process without a word. And one that
    NumPy can't.
    """
    if not isinstance(type_, TensorType | TupleType):
        return
    try:
        need = sum(prod(d or 0 for d in t.shape) * numpy_dtype(t.dtype).itemsize for t in flatten(type_))
    except TypeError:
        raise EvaluationError(f"{operator.name}: its result {type_} has a dtype that NumPy lacks", span) from None
    if need > machine_memory():
        raise EvaluationError(f"{operator.name}: its result {type_} does not fit this machine's memory", span)


def _empty(type_: Type) -> Steps:
    """The one value of a type whose tensors have no elements."""
    if isinstance(type_, TensorType):
        return np.zeros(type_.static_shape, numpy_dtype(type_.dtype))
    assert isinstance(type_, TupleType)
    fields = []
    for item in type_.fields:
        fields.append((yield _empty(item)))
    return tuple(fields)


def _as_arrays(value: Any) -> Steps:
    """Arrays for numbers; what an operator hands on that is no tensor (a function, say) stays as it is."""
    if isinstance(value, np.ndarray | np.generic | int | float):
        return np.asarray(value)
    if not isinstance(value, tuple | list):
        return value
    items = []
    for item in value:
        items.append((yield _as_arrays(item)))
    return tuple(items)
