"""A subgraph in the course of its conversion: which expression each tensor is, operator after operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tvm_model_library.errors import GraphPlace, ModelFileError, UnsupportedError
from tvm_model_library.frontends.builder import At, Builder
from tvm_model_library.frontends.call import errors_of
from tvm_model_library.frontends.tflite.call import UINT8_SHIFT, Call, is_quantized
from tvm_model_library.frontends.tflite.contract import Contract
from tvm_model_library.frontends.tflite.model import Model, Operator, Subgraph, Tensor
from tvm_model_library.frontends.tflite.registry import Converter, converters, find
from tvm_model_library.frontends.tflite.through_real import through_real
from tvm_model_library.relay import ast
from tvm_model_library.relay.types import TensorType

if TYPE_CHECKING:
    from tvm_model_library.frontends.tflite.variables import Variables

_EFFECTS = ("ASSIGN_VARIABLE", "CALL_ONCE")
STORED_AS = {"int4": "int8", "int2": "int8", "uint4": "uint8"}
"""Types of constants narrower than a byte, and as what they are used."""


@dataclass(frozen=True, eq=False)
class Whole:
    """What the subgraphs of a file share. ``as_declared`` says that all inputs have the shapes of the file, so that
    those of the other tensors hold as well.
    """

    model: Model
    builder: Builder
    contract: Contract
    as_declared: bool


@dataclass(frozen=True, eq=False)
class Graph:
    """One subgraph. ``operands`` grows with the conversion; a quantized ``uint8`` tensor may be ``int8`` there."""

    whole: Whole
    subgraph: Subgraph
    operands: dict[int, ast.Expr]
    variables: Variables
    in_main: bool = True
    resources: dict[int, str] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """By what rule quantized numbers are rounded."""
        return self.whole.contract

    def at(self, place: GraphPlace) -> At:
        """Where calls come from."""
        return self.whole.builder.at(place, in_main=self.in_main)

    def convert(self) -> list[ast.Expr]:
        """Convert the operators that the outputs and the state depend on; the outputs, in their own types."""
        for operator in self._needed():
            self._operator(operator)
        return [self.raw(tensor, self.subgraph.place) for tensor in self.subgraph.outputs]

    def _needed(self) -> list[Operator]:
        """Operators that something depends on, in order: what is dead need not be supported."""
        wanted = {t.index for t in self.subgraph.outputs}
        found = []
        for operator in reversed(self.subgraph.operators):
            if operator.name in _EFFECTS or any(t.index in wanted for t in operator.outputs):
                found.append(operator)
                wanted |= {t.index for t in operator.inputs if t is not None}
        return found[::-1]

    def _operator(self, operator: Operator) -> None:
        with errors_of(operator.place):
            self._convert(operator)

    def _convert(self, operator: Operator) -> None:
        chosen = _chosen(operator)
        call = Call(operator, self.at(operator.place), self, self._arguments(operator))
        results = through_real(chosen, call) if chosen.through(call) else chosen.convert(call)
        exprs = [results] if isinstance(results, ast.Expr) else list(results)
        if len(exprs) != len(operator.outputs):
            call.damaged(f"has {len(operator.outputs)} outputs, expected {len(exprs)}")
        for tensor, expr in zip(operator.outputs, exprs, strict=True):
            if tensor.dtype != "resource":
                self.operands[tensor.index] = self._fitted(call, tensor, expr)

    def _arguments(self, operator: Operator) -> tuple[ast.Expr | None, ...]:
        return tuple(
            None if t is None or t.dtype == "resource" else self.operand(t, operator.place) for t in operator.inputs
        )

    def operand(self, tensor: Tensor, place: GraphPlace) -> ast.Expr:
        """A tensor as converters take it: a quantized ``uint8`` tensor as ``int8``. Raises ``ModelLibraryError``."""
        expr = self._value(tensor, place)
        if not (is_quantized(tensor) and self._dtype(expr) == "uint8"):
            return expr
        return self._moved(tensor, expr, place, -UINT8_SHIFT, "int8")

    def raw(self, tensor: Tensor, place: GraphPlace) -> ast.Expr:
        """A tensor in the type that the file says. As :meth:`operand`."""
        expr = self._value(tensor, place)
        if not (tensor.dtype == "uint8" and self._dtype(expr) == "int8"):
            return expr
        return self._moved(tensor, expr, place, UINT8_SHIFT, "uint8")

    def _moved(self, tensor: Tensor, expr: ast.Expr, place: GraphPlace, by: int, dtype: str) -> ast.Expr:
        here = self.at(place)
        wide = here.call("cast", expr, dtype="int16")
        return here.call("cast", here.call("add", wide, here.constant(by, "int16")), dtype=dtype)

    def _dtype(self, expr: ast.Expr) -> str:
        type_ = self.whole.builder.type_of(expr)
        return type_.dtype if isinstance(type_, TensorType) else ""

    def _value(self, tensor: Tensor, place: GraphPlace) -> ast.Expr:
        if tensor.index not in self.operands:
            if tensor.is_variable:
                return self.variables.of_tensor(self, tensor)
            data = tensor.data
            if data is None:
                raise UnsupportedError(f"{tensor.place.where} has no value here", place)
            dtype = STORED_AS.get(tensor.dtype, tensor.dtype)
            # A constant belongs to the program, not to the operator that reads it first.
            self.operands[tensor.index] = self.at(tensor.place).constant(data, dtype, tensor.name)
        return self.operands[tensor.index]

    def _fitted(self, call: Call, tensor: Tensor, expr: ast.Expr) -> ast.Expr:
        """What an operator made, in the shape that the file says where that can hold."""
        type_ = self.whole.builder.type_of(expr)
        if not isinstance(type_, TensorType):
            return expr
        if type_.dtype != tensor.dtype and (type_.dtype, tensor.dtype) != ("int8", "uint8"):
            call.damaged(f"makes {type_.dtype}, but {tensor.place.where} is declared as {tensor.dtype}")
        declared = self.declared_shape(tensor)
        if declared is None or type_.shape == declared:
            return expr
        if not type_.is_static or type_.size != int(np.prod(declared, dtype=np.int64)):
            call.damaged(f"makes {type_}, but {tensor.place.where} is declared as {tensor.dtype}{list(declared)}")
        return call.reshape(expr, declared)

    def declared_shape(self, tensor: Tensor) -> tuple[int, ...] | None:
        """The shape that the file says, where that holds: no size is open, and the inputs have the file's sizes."""
        return tensor.shape if self.whole.as_declared and -1 not in tensor.shape_signature else None

    def inlined(self, call: Call, number: int, arguments: Sequence[ast.Expr], variables: Variables) -> list[ast.Expr]:
        """The outputs of another subgraph on ``arguments``, converted in the place of the call."""
        subgraph = self.whole.model.subgraphs[number]
        operands = self.bound(call, subgraph, arguments)
        return replace(self, subgraph=subgraph, operands=operands, variables=variables, resources={}).convert()

    def bound(self, call: Call, subgraph: Subgraph, arguments: Sequence[ast.Expr]) -> dict[int, ast.Expr]:
        """Operands of a subgraph whose inputs are ``arguments``. Raises ``ModelFileError`` where they do not fit."""
        if len(arguments) != len(subgraph.inputs):
            found = f"{subgraph.place.where} takes {len(subgraph.inputs)} inputs, found {len(arguments)}"
            raise ModelFileError(found, call.operator.place)
        return {t.index: a for t, a in zip(subgraph.inputs, arguments, strict=True)}


def _chosen(operator: Operator) -> Converter:
    """The converter of an operator. Raises ``UnsupportedError`` for an operator or a type without one."""
    if operator.is_custom:
        known = "only TFLite's builtin operators can be converted"
        raise UnsupportedError(f"the custom operator {operator.name} is not supported: {known}", operator.place)
    found = find(operator.name)
    if found is None:
        known = ", ".join(sorted(converters()))
        raise UnsupportedError(f"the operator {operator.name} is not supported; supported: {known}", operator.place)
    if not found.types:
        return found
    tensor = operator.inputs[found.data] if found.data < len(operator.inputs) else None
    if tensor is None:
        raise ModelFileError(f"input {found.data} is missing", operator.place)
    dtype = STORED_AS.get(tensor.dtype, tensor.dtype)
    if dtype not in found.types:
        supported = ", ".join(found.types)
        message = f"{operator.name} of {dtype} ({tensor.place.where}) is not supported; supported types: {supported}"
        raise UnsupportedError(message, operator.place)
    return found
