"""The converters by operator: how an operator of an ``.onnx`` file becomes calls of Relay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tvm_model_library.relay import ast

if TYPE_CHECKING:
    from tvm_model_library.frontends.onnx.call import Call

Convert: TypeAlias = "Callable[[Call], ast.Expr | Sequence[ast.Expr]]"
"""From an operator to its output, or its outputs in order. Outputs that are not given can't be asked for."""

REAL = ("float32", "float16", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = (*SIGNED, *UNSIGNED)
NUMBERS = (*REAL, *INTEGERS)
BOOL = ("bool",)
ANY = (*NUMBERS, *BOOL)


@dataclass(frozen=True)
class Converter:
    """The conversion of one operator. ``types`` are those of the input number ``data`` that are converted; where there
    are none, the converter looks itself. ``attributes`` are those that it knows: others are refused.
    """

    name: str
    convert: Convert
    types: tuple[str, ...]
    attributes: frozenset[str]
    data: int


_REGISTRY: dict[str, Converter] = {}


def converter(
    *names: str, types: Sequence[str] = (), attributes: str = "", data: int = 0
) -> Callable[[Convert], Convert]:
    """Register a function as the converter of the operators ``names``; see :class:`Converter`. ``attributes`` are names
    with blanks between them.
    """

    def add(function: Convert) -> Convert:
        for name in names:
            assert name not in _REGISTRY, f"{name} is registered twice"
            _REGISTRY[name] = Converter(name, function, tuple(types), frozenset(attributes.split()), data)
        return function

    return add


def find(name: str) -> Converter | None:
    """The converter of an operator, named with its domain unless that is ONNX's own; or None."""
    return converters().get(name)


def converters() -> dict[str, Converter]:
    """All converters by name."""
    import tvm_model_library.frontends.onnx.converters  # noqa: F401  (registers everything)

    return _REGISTRY
