"""What the converters of every format see of their operator: the types of tensors, and the calls that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from tvm_model_library.errors import GraphPlace, ModelFileError, ModelLibraryError, UnsupportedError
from tvm_model_library.frontends.builder import At
from tvm_model_library.relay import ast
from tvm_model_library.relay.types import TensorType


class OperatorCall:
    """An operator of a file in the course of its conversion. A format adds its operands and what its files say."""

    at: At

    @property
    def place(self) -> GraphPlace:
        """Where the operator stands."""
        place = self.at.place
        assert isinstance(place, GraphPlace)
        return place

    def input(self, index: int) -> ast.Expr:
        """An input. Raises ``ModelFileError`` where it is missing."""
        raise NotImplementedError

    def type(self, expr: ast.Expr) -> TensorType:
        """The type of a tensor."""
        type_ = self.at.builder.type_of(expr)
        assert isinstance(type_, TensorType)
        return type_

    def shape(self, index: int = 0) -> tuple[int, ...]:
        """The shape of an input."""
        return self.shape_of(self.input(index))

    def shape_of(self, expr: ast.Expr) -> tuple[int, ...]:
        """The shape of a tensor. Raises ``UnsupportedError`` where a size is known at run time only."""
        type_ = self.type(expr)
        if not type_.is_static:
            self.refuse(f"works on {type_}, a tensor whose shape is known at run time only")
        return type_.static_shape

    def axis(self, axis: int, rank: int, what: str = "axis") -> int:
        """An axis that may count from the end. Raises ``ModelFileError`` for one that does not exist."""
        if not -rank <= axis < rank:
            self.damaged(f"{what} {axis} does not exist in a tensor of {rank} dimensions")
        return axis % rank

    def refuse(self, message: str) -> NoReturn:
        """Refuse the file here. Raises ``UnsupportedError``."""
        raise UnsupportedError(message, self.place)

    def damaged(self, message: str) -> NoReturn:
        """Refuse a file that contradicts itself. Raises ``ModelFileError``."""
        raise ModelFileError(message, self.place)

    def __call__(self, name: str, *arguments: ast.Expr, **attributes: Any) -> ast.Expr:
        """A call of a Relay operator at this place."""
        return self.at.call(name, *arguments, **attributes)

    def array(self, value: Any, dtype: str | None = None, name: str = "") -> ast.Expr:
        """A constant; ``name`` is what the file calls it."""
        return self.at.constant(value, dtype, name)

    def number(self, value: Any, like: ast.Expr) -> ast.Expr:
        """A single number of the dtype of ``like``."""
        return self.at.constant(value, self.type(like).dtype)

    def reshape(self, expr: ast.Expr, shape: Sequence[int]) -> ast.Expr:
        """``expr`` in another shape; itself where it has that shape."""
        if self.type(expr).shape == tuple(shape):
            return expr
        return self("reshape", expr, newshape=tuple(shape))

    def cast(self, expr: ast.Expr, dtype: str) -> ast.Expr:
        """``expr`` in another dtype; itself where it has that dtype."""
        return expr if self.type(expr).dtype == dtype else self("cast", expr, dtype=dtype)


@contextmanager
def errors_of(place: GraphPlace) -> Iterator[None]:
    """Errors about something that an operator uses name the operator too."""
    try:
        yield
    except ModelLibraryError as error:
        if error.span is None or not isinstance(error.span, GraphPlace) or "operator" in error.span.where:
            raise
        raise type(error)(f"{error.span.where}: {error.message}", place) from error
