"""One operator on actual arrays: what inference could not know is checked here, and every failure gets a place.

Inference has checked what is static. A type with ``?`` in it says nothing about a size, so the type rule judges the
actual arrays once more before the operator computes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.errors import EvaluationError, ModelLibraryError, Place
from tvm_model_library.relay.operator import Attrs, EvaluationRuleError, Operator, TypeRuleError
from tvm_model_library.relay.types import TensorType, TupleType, Type, flatten
from tvm_model_library.tensors import numpy_dtype


def value_type(value: Any) -> Type | None:
    """The type of an array or of nested tuples of arrays; None for other values."""
    if isinstance(value, np.ndarray):
        return TensorType(value.shape, value.dtype.name)
    if isinstance(value, tuple):
        fields = [value_type(v) for v in value]
        return None if None in fields else TupleType(tuple(f for f in fields if f is not None))
    return None


def fits(actual: Type | None, declared: Type | None) -> bool:
    """Whether a value of type ``actual`` may stand where ``declared`` is expected; what is no tensor always fits."""
    if isinstance(actual, TensorType) and isinstance(declared, TensorType):
        return (
            actual.dtype == declared.dtype
            and actual.rank == declared.rank
            and all(d is None or d == n for d, n in zip(declared.shape, actual.shape, strict=True))
        )
    if isinstance(actual, TupleType) and isinstance(declared, TupleType):
        return len(actual.fields) == len(declared.fields) and all(map(fits, actual.fields, declared.fields))
    return True


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
    value = _evaluate(operator, attrs, arguments, span)
    found = value_type(value)
    assert found is not None, f"{operator.name}: {value!r} is no array"
    assert fits(found, expected), f"{operator.name}: {expected} != {found}"
    if not fits(found, result):
        raise EvaluationError(f"{operator.name}: the result is {found}, but the program says {result}", span)
    return value


def _is_static(type_: Type | None) -> bool:
    if isinstance(type_, TupleType):
        return all(map(_is_static, type_.fields))
    return isinstance(type_, TensorType) and type_.is_static


def _infer(operator: Operator, attrs: Attrs, types: Sequence[Type], span: Place) -> Type:
    if len(types) != len(operator.inputs):
        raise EvaluationError(f"{operator.name} takes {len(operator.inputs)} arguments, found {len(types)}", span)
    try:
        return operator.infer(attrs, *types)
    except TypeRuleError as error:
        raise EvaluationError(f"{operator.name}: {error}", span) from error


def _evaluate(operator: Operator, attrs: Attrs, arguments: Sequence[Any], span: Place) -> Any:
    assert operator.evaluate is not None
    try:
        return _as_arrays(operator.evaluate(attrs, *arguments))
    except EvaluationRuleError as error:
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
    if need > _memory():
        raise EvaluationError(f"{operator.name}: its result {type_} does not fit this machine's memory", span)


def _memory() -> int:
    """Bytes of physical memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _as_arrays(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return tuple(_as_arrays(v) for v in value)
    return np.asarray(value)
