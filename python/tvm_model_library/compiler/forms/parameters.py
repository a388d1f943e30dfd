"""What a form makes of a fused function: the same function anew, on constants that are packed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from tvm_model_library.compiler.forms.statements import buffer
from tvm_model_library.tensors import Array


@dataclass(frozen=True, eq=False)
class Form:
    """``func`` has parameters of one dimension. ``arguments`` says what its inputs are: positions of the arguments of
    the function that it stands for, or constants made for it.
    """

    func: Any
    arguments: tuple[int | Array, ...]


class Parameters:
    """The parameters of a form's function, all of one dimension: some of the original function's, its output, and
    constants made for the form.
    """

    def __init__(self, original: Any, positions: Sequence[int], constants: Sequence[tuple[str, Array]]) -> None:
        self.given = {i: _flat(original.params[i]) for i in positions}
        self.constants = [buffer(name, array.dtype.name, array.size) for name, array in constants]
        self.output = _flat(original.params[-1])
        self._arguments: list[int | Array] = [*positions, *(array.reshape(-1) for _, array in constants)]

    def form(self, body: Any) -> Form:
        """The form whose function has this body."""
        from tvm import tirx

        inputs = [*self.given.values(), *self.constants]
        return Form(tirx.PrimFunc([*inputs, self.output], body), tuple(self._arguments))


def _flat(parameter: Any) -> Any:
    return buffer(str(parameter.name), str(parameter.dtype), prod(int(d) for d in parameter.shape))
