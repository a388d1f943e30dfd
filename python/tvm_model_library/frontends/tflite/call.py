"""What a converter sees of its operator: operands with their types and scales, and the calls that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.errors import ModelFileError
from tvm_model_library.frontends.builder import At, value_of
from tvm_model_library.frontends.call import OperatorCall
from tvm_model_library.frontends.tflite.contract import Contract
from tvm_model_library.frontends.tflite.model import Operator, Tensor
from tvm_model_library.relay import ast
from tvm_model_library.relay.operator import Attrs
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.frontends.tflite.graph import Graph

UINT8_SHIFT = 128


@dataclass(frozen=True)
class Scale:
    """Scale and zero point of a whole tensor, those of ``uint8`` as of the ``int8`` tensor that stands for it."""

    scale: float
    zero_point: int

    def attributes(self, name: str = "") -> dict[str, Any]:
        """As attributes ``<name>_scale`` and ``<name>_zero_point`` of an operator."""
        prefix = f"{name}_" if name else ""
        return {f"{prefix}scale": self.scale, f"{prefix}zero_point": self.zero_point}


@dataclass(frozen=True, eq=False)
class Call(OperatorCall):
    """An operator of the file in the course of its conversion. ``arguments`` are its inputs as expressions."""

    operator: Operator
    at: At
    graph: Graph = field(repr=False)
    arguments: tuple[ast.Expr | None, ...]

    # -- what the file says

    @property
    def options(self) -> Attrs:
        """The operator's options."""
        return self.operator.options

    @property
    def contract(self) -> Contract:
        """By what rule quantized numbers are rounded."""
        return self.graph.contract

    def has(self, index: int) -> bool:
        """Whether the input is there: optional ones may be missing at the end, or be left out."""
        return index < len(self.operator.inputs) and self.operator.inputs[index] is not None

    def tensor(self, index: int) -> Tensor:
        """The file's description of an input. Raises ``ModelFileError`` where it is missing."""
        tensor = self.operator.inputs[index] if index < len(self.operator.inputs) else None
        if tensor is None:
            found = len(self.operator.inputs)
            raise ModelFileError(f"input {index} is missing, the operator has {found}", self.operator.place)
        return tensor

    def output(self, index: int = 0) -> Tensor:
        """The file's description of an output. Raises ``ModelFileError`` where it is missing."""
        if index >= len(self.operator.outputs):
            raise ModelFileError(f"output {index} is missing", self.operator.place)
        return self.operator.outputs[index]

    def dtype(self, index: int) -> str:
        """The type of an input in the file."""
        return self.tensor(index).dtype

    @property
    def real(self) -> bool:
        """Whether the first input holds real numbers."""
        return self.dtype(0) in ("float32", "float16")

    def is_quantized(self, index: int = 0) -> bool:
        """Whether an input is of 8 or 16 bits and has scale and zero point."""
        return is_quantized(self.tensor(index))

    def scale(self, index: int) -> Scale:
        """Scale and zero point of an input. Raises ``ModelFileError`` where it has not one of each."""
        return scale_of(self.tensor(index))

    def output_scale(self, index: int = 0) -> Scale:
        """Scale and zero point of an output. As :meth:`scale`."""
        return scale_of(self.output(index))

    # -- operands

    def input(self, index: int) -> ast.Expr:
        """An input; a quantized ``uint8`` tensor as the ``int8`` tensor that stands for it."""
        self.tensor(index)
        argument = self.arguments[index]
        assert argument is not None
        return argument

    def rank(self, index: int, expected: int, what: str) -> tuple[int, ...]:
        """The shape of an input that must have ``expected`` dimensions. Raises ``ModelFileError``."""
        shape = self.shape(index)
        if len(shape) != expected:
            raise ModelFileError(f"{what} has the shape {list(shape)}, expected {expected} dimensions", self.place)
        return shape

    def known(self, index: int) -> Array | None:
        """The values of an input that is constant, or computed from constants; None for others."""
        value = value_of(self.input(index))
        return None if value is None else np.asarray(value)

    def constant(self, index: int, what: str) -> Array:
        """The values of an input that must be known now. Raises ``UnsupportedError`` where they are not."""
        value = self.known(index)
        if value is None:
            self.refuse(f"{what} are computed at run time; they must be constants")
        return value

    def integers(self, index: int, what: str) -> tuple[int, ...]:
        """A known list of integers: axes, sizes, begins."""
        return tuple(int(v) for v in self.constant(index, what).reshape(-1))

    def numbers(self, option: str) -> tuple[int, ...]:
        """An option that lists numbers; none where the file leaves it out."""
        given = self.options[option]
        return () if given is None else tuple(map(int, given))

    def sizes(self, index: int, what: str) -> tuple[int, ...]:
        """The sizes of the output that an input gives; where that is not known, those that the file declares, as TFLite
        Micro does. Raises ``UnsupportedError`` where they are open.
        """
        if self.known(index) is None:
            declared = self.graph.declared_shape(self.output())
            if declared is not None:
                return declared
        return self.integers(index, what)

    # -- calls

    def tflite(self, name: str, *arguments: ast.Expr, **attributes: Any) -> ast.Expr:
        """A call of an operator ``tflite.<name>`` that rounds by the contract."""
        return self(f"tflite.{name}", *arguments, rounding=self.contract.rounding, **attributes)


def is_quantized(tensor: Tensor) -> bool:
    """Whether a tensor is of 8 or 16 bits and has scale and zero point."""
    return tensor.dtype in ("int8", "uint8", "int16", "int4") and tensor.quantization is not None


def scale_of(tensor: Tensor) -> Scale:
    """Scale and zero point of a whole tensor. Raises ``ModelFileError`` where it has not one of each."""
    scale, zero_point = tensor.scale_and_zero_point()
    return Scale(float(scale), zero_point - (UINT8_SHIFT if tensor.dtype == "uint8" else 0))


def same_scale(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same scale and zero point, or neither has any."""
    if one.quantization is None or other.quantization is None:
        return one.quantization is other.quantization
    return scale_of(one) == scale_of(other)


Operands = Mapping[int, ast.Expr]
"""Expressions of a subgraph's tensors by number."""
