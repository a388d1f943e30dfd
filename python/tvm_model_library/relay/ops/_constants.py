"""Adding constants to the channels of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering, Value


def wrap(values: Array, type_: Type) -> Array:
    """Integers in the dtype of a tensor type, wrapped around."""
    assert isinstance(type_, TensorType)
    return values.astype(type_.dtype)


def emit_channel_constants(ctx: Lowering, value: Value, constants: Array, axis: int) -> Value:
    """What :meth:`Lowering.add_channel_constants` emits where nothing is known of ``value``."""
    wrapped = wrap(constants, ctx.result_type)
    if not np.any(wrapped):
        return value
    uniform = bool(np.all(wrapped == wrapped[0]))

    def compute(x: Any, tables: list[Any]) -> Any:
        from tvm import te, tirx

        def element(*index: Any) -> Any:
            # Not a plain number: with int8 and the like that gives int32.
            return x(*index) + (tables[0](index[axis]) if tables else tirx.const(int(wrapped[0]), x.dtype))

        return te.compute(x.shape, element, name="T_channel_constants")

    return ctx.emit_te(compute, value, [] if uniform else [ctx.constant(wrapped)])
