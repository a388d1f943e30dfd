"""What an operator's lowering may use: the compiler's side of :mod:`tvm_model_library.relay.operator`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias

from tvm_model_library.errors import Place, UnsupportedError
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

# A lowered value: a relax expression, or a tuple of values for a Relay tuple.
Value: TypeAlias = Any


class Lowering:
    """The context of lowering one call of one operator into a Relax dataflow block.

    ``argument_types`` and ``result_type`` are the Relay types, static.
    """

    operator: str
    span: Place | None
    argument_types: tuple[Type, ...]
    result_type: Type

    def tensor(self, index: int) -> TensorType:
        """The type of an argument that the operator's type rule has found to be a tensor."""
        type_ = self.argument_types[index]
        assert isinstance(type_, TensorType)
        return type_

    @property
    def result(self) -> TensorType:
        """The type of the result of an operator that gives one tensor."""
        assert isinstance(self.result_type, TensorType)
        return self.result_type

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
        from tvm_model_library.relay.ops._constants import emit_channel_constants

        return emit_channel_constants(self, value, constants, axis)

    def value_of(self, arg: Value) -> Array | None:
        """The array behind an argument that is a constant (or computed from constants only), else None.
        For operators whose parameters must be known at compile time (scales, indices, pad widths).
        """
        raise NotImplementedError

    def refuse(self, reason: str) -> NoReturn:
        """Raise :class:`UnsupportedError` that names the operator and its place."""
        raise UnsupportedError(f"{self.operator}: {reason}", self.span)
