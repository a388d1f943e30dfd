"""Types of Relay text: tensors and scalars, tuples, functions, references, data types, type variables, ``_``."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tvm_model_library.errors import Span
from tvm_model_library.relay import ast
from tvm_model_library.relay.cursor import Cursor
from tvm_model_library.relay.literals import dtype_name
from tvm_model_library.relay.types import (
    Dim,
    FuncType,
    GlobalTypeVar,
    IncompleteType,
    RefType,
    TensorType,
    TupleType,
    Type,
    TypeCall,
    TypeVar,
)
from tvm_model_library.relay.visit import trampoline

_SCALAR_PREFIXES = ("int", "uint", "float", "bool", "bfloat", "e4m3_float", "e5m2_float")


class TypeParser(Cursor):
    """``type_scope`` holds the type parameters in force; ``used_types`` the data types named: where first, and with
    how many arguments.
    """

    def __init__(self, text: str, source: str) -> None:
        super().__init__(text, source)
        self.type_scope: dict[str, TypeVar] = {}
        self.used_types: dict[str, tuple[Span, int]] = {}

    def type_(self) -> Type:
        """The type at the current token."""
        result: Type = trampoline(self._type())
        return result

    def type_params(self, close: str = "]") -> tuple[TypeVar, ...]:
        """``[A, B]``, from behind the bracket; they are in force from now on."""
        params: list[TypeVar] = []
        while not self.accept(close):
            token = self.expect("name", " as a type parameter")
            if any(p.name == token.value for p in params):
                self.fail(f"type parameter {token.value} is given twice", token)
            params.append(TypeVar(token.value))
            self.separator(close)
        self.type_scope.update((p.name, p) for p in params)
        return tuple(params)

    def separator(self, close: str) -> None:
        """A comma, or ``close`` to come."""
        if self.token.kind != close and not self.accept(","):
            self.fail(f"expected , or {close}, found {self.found()}")

    def _type(self) -> Generator[Any, Any, Type]:
        token = self.token
        if self.accept("("):
            return TupleType((yield self.types(")")))
        if self.accept("fn"):
            return (yield self._function())  # type: ignore[no-any-return]
        if self.accept("ref"):
            self.expect("(", " after ref")
            value = yield self._type()
            self.expect(")")
            return RefType(value)
        if self.accept("_"):
            return IncompleteType()
        if token.kind != "name":
            self.fail(f"expected a type, found {self.found()}")
        self.next()
        if token.value == "Tensor" and self.token.kind == "[":
            return self._tensor()
        if token.value.startswith(_SCALAR_PREFIXES) and self.token.kind != "[" and token.value not in self.type_scope:
            dtype = dtype_name(token.value)
            if dtype is None:
                self.fail(f"unknown dtype {token.value}: expected one such as int32, uint8, float16 or bool", token)
            return TensorType((), dtype)
        args = (yield self.types("]")) if self.accept("[") else ()
        if token.value in self.type_scope:
            head: Type = self.type_scope[token.value]
            return TypeCall(head, args) if args else head
        self.used_types.setdefault(token.value, (self.span(token), len(args)))
        return TypeCall(GlobalTypeVar(token.value), args)

    def types(self, close: str) -> Generator[Any, Any, tuple[Type, ...]]:
        types = []
        while not self.accept(close):
            types.append((yield self._type()))
            self.separator(close)
        return tuple(types)

    def _function(self) -> Generator[Any, Any, Type]:
        outer = dict(self.type_scope)
        generics: tuple[TypeVar, ...] = ()
        if self.accept("["):
            generics = self.type_params("]")
        elif self.accept("<"):
            generics = self.type_params(">")
        self.expect("(", " of a function type")
        params = yield self.types(")")
        self.expect("->", " and the function type's result")
        result = yield self._type()
        self.type_scope = outer
        return FuncType(params, result, generics)

    def _tensor(self) -> Type:
        self.expect("[")
        self.expect("(", " of the tensor's shape")
        shape: list[Dim] = []
        while not self.accept(")"):
            shape.append(self._dim())
            self.separator(")")
        self.expect(",", " and the tensor's dtype")
        token = self.expect("name", " as dtype")
        dtype = dtype_name(token.value)
        if dtype is None:
            self.fail(f"unknown dtype {token.value}: expected one such as int32, uint8, float16 or bool", token)
        self.expect("]")
        return TensorType(tuple(shape), dtype)

    def _dim(self) -> Dim:
        if self.accept("?"):
            return None
        if self.token.kind == "meta":
            token = self.token
            value = self.meta()
            if isinstance(value, int):
                return value
            if isinstance(value, ast.Opaque | ast.MetaReference):  # a symbolic size
                return None
            self.fail("expected a dimension", token)
        token = self.expect("int", " or ? as a dimension")
        dim = int(token.value.exact)
        if dim < 0:
            self.fail(f"a dimension must not be negative, found {dim}", token)
        return dim
