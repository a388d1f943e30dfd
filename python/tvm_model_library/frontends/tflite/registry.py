"""The converters by builtin operator: how an operator of a ``.tflite`` file becomes calls of Relay.

A converter says for which types of data it stands, and what becomes of each:

- ``real``: numbers of ``float32``, with the tolerance of floating point;
- ``exact``: quantized integers, bit for bit as TensorFlow Lite for Microcontrollers (TFLM) computes them;
- ``plain``: values that are moved, compared or computed as the integers that they are;
- ``through_real``: quantized integers that TFLM does not compute: dequantized, computed in ``float32`` and quantized
  again, as LiteRT's reference kernels define them; a function of one number becomes a table.

``uint8`` is converted wherever ``int8`` is: a quantized ``uint8`` tensor is the ``int8`` tensor 128 below it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tvm_model_library.relay import ast

if TYPE_CHECKING:
    from tvm_model_library.frontends.tflite.call import Call

Convert: TypeAlias = "Callable[[Call], ast.Expr | Sequence[ast.Expr]]"
"""From an operator to its output, or its outputs in order."""

ANY = ("float32", "float16", "int8", "uint8", "int16", "int32", "int64", "uint16", "uint32", "uint64", "bool")
"""Types that can be moved."""
INTEGERS = ("int8", "uint8", "int16", "int32", "int64", "uint16", "uint32", "uint64")
WIDE = ("int32", "int64", "uint32", "uint64")
"""Integers that stand for themselves: indices, sizes and counts."""
EXACT = ("int8", "int16")
QUANTIZED = ("int8", "uint8", "int16")


@dataclass(frozen=True)
class Converter:
    """The conversion of one builtin operator. ``data`` is the number of the input whose type decides."""

    name: str
    convert: Convert
    real: tuple[str, ...]
    exact: tuple[str, ...]
    plain: tuple[str, ...]
    through_real: tuple[str, ...]
    of_one_number: bool
    data: int

    @property
    def types(self) -> tuple[str, ...]:
        """All types of data that are converted."""
        found = dict.fromkeys((*self.real, *self.exact, *self.plain, *self.through_real))
        return (*found, *(("uint8",) if "int8" in found and "uint8" not in found else ()))

    def through(self, call: Call) -> bool:
        """Whether a call's data is dequantized, computed in ``float32`` and quantized again."""
        return bool(self.types) and self.contract(call.dtype(self.data)) == "through_real"

    def contract(self, dtype: str) -> str | None:
        """What holds for data of ``dtype``, in the words of the module; None where it is not converted."""
        for name in ("real", "exact", "plain", "through_real"):
            types = getattr(self, name)
            if dtype in types or (dtype == "uint8" and "int8" in types):
                return name
        return None


_REGISTRY: dict[str, Converter] = {}


def converter(
    *names: str,
    real: Sequence[str] = (),
    exact: Sequence[str] = (),
    plain: Sequence[str] = (),
    through_real: Sequence[str] = (),
    of_one_number: bool = False,
    data: int = 0,
) -> Callable[[Convert], Convert]:
    """Register a function as the converter of the builtin operators ``names``; see :class:`Converter`."""

    def add(function: Convert) -> Convert:
        for name in names:
            assert name not in _REGISTRY, f"{name} is registered twice"
            types = tuple(real), tuple(exact), tuple(plain), tuple(through_real)
            _REGISTRY[name] = Converter(name, function, *types, of_one_number=of_one_number, data=data)
        return function

    return add


def find(name: str) -> Converter | None:
    """The converter of a builtin operator, or None."""
    return converters().get(name)


def converters() -> dict[str, Converter]:
    """All converters by name."""
    import tvm_model_library.frontends.tflite.converters  # noqa: F401  (registers everything)

    return _REGISTRY
