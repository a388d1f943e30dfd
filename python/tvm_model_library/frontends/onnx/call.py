"""What a converter sees of its operator: attributes, operands with their types, and the calls that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.frontends.builder import At, value_of
from tvm_model_library.frontends.call import OperatorCall
from tvm_model_library.frontends.onnx.model import Node
from tvm_model_library.relay import ast
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.frontends.onnx.graph import Scope


@dataclass(frozen=True, eq=False)
class Call(OperatorCall):
    """An operator of the file in the course of its conversion. ``arguments`` are its inputs as expressions, None for
    one that is left out. ``version`` is that of the operator's domain.
    """

    node: Node
    at: At
    scope: Scope = field(repr=False)
    arguments: tuple[ast.Expr | None, ...]
    version: int

    # -- attributes

    def integer(self, name: str, default: int) -> int:
        """An attribute that is a number. Raises ``ModelFileError`` for one of another kind, as all of these do."""
        return self._attribute(name, default, int)  # type: ignore[no-any-return]

    def real(self, name: str, default: float) -> float:
        """An attribute that is a real number: of float32 in the file."""
        return self._attribute(name, default, float)  # type: ignore[no-any-return]

    def text(self, name: str, default: str) -> str:
        """An attribute that is a text."""
        return self._attribute(name, default, str)  # type: ignore[no-any-return]

    def integers(self, name: str, default: Sequence[int] | None = None) -> tuple[int, ...] | None:
        """An attribute that lists integers."""
        found = self._attribute(name, default, tuple)
        if found is not None and not all(isinstance(v, int) for v in found):
            self.damaged(f"the attribute {name} does not list integers")
        return None if found is None else tuple(found)

    def flag(self, name: str, default: bool) -> bool:
        """An attribute that is 0 or 1."""
        return bool(self.integer(name, int(default)))

    def choice(self, name: str, default: str, *allowed: str) -> str:
        """An attribute that is one of some words. Raises ``UnsupportedError`` for others."""
        found = self.text(name, default)
        if found not in allowed:
            self.refuse(f"{name} {found!r} is not supported; supported: {', '.join(allowed)}")
        return found

    def _attribute(self, name: str, default: Any, type_: type) -> Any:
        found = self.node.attributes.get(name)
        if found is None:
            return default
        if not isinstance(found, type_):
            self.damaged(f"the attribute {name} is a {type(found).__name__}, expected a {type_.__name__}")
        return found

    # -- operands

    @property
    def inputs(self) -> list[ast.Expr]:
        """All inputs, which must be there."""
        return [self.input(i) for i in range(len(self.arguments))]

    def has(self, index: int) -> bool:
        """Whether the input is there: optional ones may be missing at the end, or be left out."""
        return index < len(self.arguments) and self.arguments[index] is not None

    def input(self, index: int) -> ast.Expr:
        """An input. Raises ``ModelFileError`` where it is missing."""
        argument = self.arguments[index] if index < len(self.arguments) else None
        if argument is None:
            self.damaged(f"input {index} is missing, the operator has {len(self.arguments)}")
        return argument

    def dtype(self, index: int = 0) -> str:
        """The type of an input's elements."""
        return self.type(self.input(index)).dtype

    def known(self, index: int, what: str) -> Array:
        """The values of an input that must be known now. Raises ``UnsupportedError`` where they are not."""
        value = value_of(self.input(index))
        if value is None:
            self.refuse(f"{what} (input {index}) are computed at run time; they must be constants")
        return np.asarray(value)

    def listed(self, index: int, what: str) -> tuple[int, ...]:
        """A known list of integers: axes, sizes, begins."""
        return tuple(int(v) for v in self.known(index, what).reshape(-1))

    def axes(self, rank: int, index: int = 1) -> tuple[int, ...] | None:
        """Axes from the attribute ``axes`` or, in newer operators, from an input; None where neither is there."""
        given = self.listed(index, "the axes") if self.has(index) else self.integers("axes")
        if given is None:
            return None
        axes = tuple(self.axis(a, rank) for a in given)
        if len(set(axes)) != len(axes):
            self.damaged(f"the axes {list(given)} name a dimension twice")
        return axes

    # -- calls

    def transpose(self, expr: ast.Expr, axes: Sequence[int]) -> ast.Expr:
        """``expr`` with its axes in another order."""
        return expr if tuple(axes) == tuple(range(len(axes))) else self("transpose", expr, axes=tuple(axes))
