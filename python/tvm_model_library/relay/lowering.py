"""What an operator's lowering may use: the compiler's side of :mod:`tvm_model_library.relay.operator`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias

import numpy as np

from tvm_model_library.errors import Place, UnsupportedError
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

# A lowered value: a relax expression, or a tuple of values for a Relay tuple.
Value: TypeAlias = Any


def wrap(values: Array, type_: Type) -> Array:
    """Integers in the dtype of a tensor type, wrapped around."""
    assert isinstance(type_, TensorType)
    return values.astype(type_.dtype)


class Lowering:
    """The context of lowering one call of one operator into a Relax dataflow block.

    ``argument_types`` and ``result_type`` are the Relay types, static.
    """

    operator: str
    span: Place | None
    argument_types: tuple[Type, ...]
    result_type: Type

    def emit_te(self, compute: Callable[..., Any], *args: Any, **kwargs: Any) -> Value:
        """Emit ``call_tir`` to the PrimFunc of ``compute(*args, **kwargs)``; relax expressions among ``args``
        (also in lists) arrive in ``compute`` as ``te.Tensor``. A tuple value comes back for several outputs.
        The usual compute is one of ``tvm.topi`` or an own one with ``te.compute``.
        """
        raise NotImplementedError

    def emit(self, expr: Any) -> Value:
        """Bind a relax expression (a call of a ``relax.op``) and give back its variable."""
        raise NotImplementedError

    def emit_tir(self, func: Any, args: Sequence[Value], outputs: Sequence[TensorType]) -> Value:
        """Emit ``call_tir`` to a hand-written ``tvm.tirx.PrimFunc`` (TVMScript), for sequential algorithms."""
        raise NotImplementedError

    def constant(self, array: Array) -> Value:
        """A tensor constant."""
        raise NotImplementedError

    def add_channel_constants(self, value: Value, constants: Array, axis: int) -> Value:
        """Emit ``value + constants[channel]``, integers (wrapping around) with channels along ``axis`` of the result.

        The constants of all channels being equal, they are one number; being 0, there is nothing to emit.
        """
        wrapped = wrap(constants, self.result_type)
        if not np.any(wrapped):
            return value
        uniform = bool(np.all(wrapped == wrapped[0]))

        def compute(x: Any, tables: list[Any]) -> Any:
            from tvm import te

            def element(*index: Any) -> Any:
                return x(*index) + (tables[0](index[axis]) if tables else int(wrapped[0]))

            return te.compute(x.shape, element, name="T_channel_constants")

        return self.emit_te(compute, value, [] if uniform else [self.constant(wrapped)])

    def value_of(self, arg: Value) -> Array | None:
        """The array behind an argument that is a constant (or computed from constants only), else None.
        For operators whose parameters must be known at compile time (scales, indices, pad widths).
        """
        raise NotImplementedError

    def refuse(self, reason: str) -> NoReturn:
        """Raise :class:`UnsupportedError` that names the operator and its place."""
        raise UnsupportedError(f"{self.operator}: {reason}", self.span)
