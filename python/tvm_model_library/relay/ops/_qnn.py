"""What the ``qnn`` operators share: checks of scales and zero points, channels, saturation.

A quantized tensor stands for ``scale * (value - zero_point)``; scale and zero point are scalars or vectors along
one axis. Definitions: TVM 0.18 src/relay/qnn/utils.h and op/op_common.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import EvaluationRuleError, TypeRuleError, tensor
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._fixed_point_te import wrapped_to_32
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def check_dtype(type_: TensorType, allowed: Sequence[str], argument: int, what: str) -> None:
    """Raise :class:`TypeRuleError` unless the tensor's dtype is one of ``allowed``."""
    if type_.dtype not in allowed:
        raise TypeRuleError(f"{what} must be of {', '.join(allowed)}, found {type_.dtype}", argument)


def check_out_dtype(dtype: str | None, allowed: Sequence[str]) -> str:
    """``out_dtype``, which must be one of ``allowed``."""
    if dtype is None or dtype not in allowed:
        raise TypeRuleError(f"out_dtype must be one of {', '.join(allowed)}, found {dtype or 'none'}")
    return dtype


def check_scalar(type_: Type, dtype: str, argument: int, what: str) -> None:
    """Raise :class:`TypeRuleError` unless the argument is a scalar of ``dtype``."""
    found = tensor(type_, argument, what)
    if found.rank or found.dtype != dtype:
        raise TypeRuleError(f"{what} must be a scalar of {dtype}, found {found}", argument)


def check_channelwise(type_: Type, dtype: str, extent: Dim, argument: int, what: str) -> None:
    """Raise :class:`TypeRuleError` unless the argument is a scalar or a vector with one ``dtype`` for each channel."""
    found = tensor(type_, argument, what)
    fits = found.rank == 0 or (found.rank == 1 and (None in (extent, found.shape[0]) or found.shape[0] == extent))
    if not fits or found.dtype != dtype:
        shown = "?" if extent is None else extent
        raise TypeRuleError(f"{what} must be a scalar or Tensor[({shown}), ...] of {dtype}, found {found}", argument)


def channel_axis(axis: int, rank: int) -> int:
    """The axis as a non-negative number; 0 for a scalar."""
    return max(axis + rank, 0) if axis < 0 else axis


def axis_extent(data: TensorType, axis: int) -> Dim:
    """The extent of ``axis`` in the data, 1 for a scalar. Raises :class:`TypeRuleError` when it is out of range."""
    limit = max(data.rank, 1)
    if not -limit <= axis < limit:
        raise TypeRuleError(f"axis {axis} is out of range for {data.rank} dimensions")
    return data.shape[axis] if data.rank else 1


def along(values: Array, rank: int, axis: int) -> Array:
    """A scalar as it is; a vector shaped so that it broadcasts along ``axis`` of a tensor of ``rank``."""
    if values.ndim == 0 or values.size == 1:
        return values.reshape(())
    shape = [1] * rank
    shape[channel_axis(axis, rank)] = values.size
    return values.reshape(shape)


def saturate(values: Array, dtype: str) -> Array:
    """Integers clipped to what ``dtype`` holds, in that dtype; int32 wraps around instead, as in TVM."""
    if dtype == "int32":
        return values.astype(np.int32)
    low, high = limits(dtype)
    return np.asarray(np.clip(values, low, high).astype(dtype))


def scale_problem(scale: Array, what: str) -> str | None:
    """Why a scale is none."""
    if np.all(np.isfinite(scale)) and np.all(scale):
        return None
    return f"{what} must be a finite number other than 0"


def nonzero_scale(scale: Array, what: str) -> Array:
    """The scale in float64; an error when it holds a zero or what is no finite number."""
    if problem := scale_problem(scale, what):
        raise EvaluationRuleError(problem)
    return np.asarray(scale, np.float64)


def known(ctx: Lowering, value: Any, what: str) -> Array:
    """The compile-time value of an argument, or a refusal that names it."""
    found = ctx.value_of(value)
    if found is None:
        ctx.refuse(f"{what} must be known at compile time; make it a constant or bind it as a parameter")
    return found


def known_scale(ctx: Lowering, value: Any, what: str) -> list[float]:
    """The compile-time scale(s), finite and none of them 0."""
    scale = known(ctx, value, what)
    if problem := scale_problem(scale, what):
        ctx.refuse(problem)
    return [float(s) for s in scale.reshape(-1)]


def saturate_expression(x: Any, dtype: str, offset: int = 0, *, exact: bool = False) -> Any:
    """The expression ``x + offset``, of int32 or of int64, clipped to ``dtype``; int32 wraps around instead, unless the
    sum is known to be ``exact``.

    The sum is as if exact: clipping first keeps it within int32.
    """
    from tvm import tirx

    low, high = limits(dtype)
    wide = "int64" if x.ty.dtype == "int64" else "int32"
    if dtype == "int32":
        if wide == "int32" and (exact or not offset):
            return x + tirx.const(offset, wide) if offset else x
        return wrapped_to_32(x.astype("int64") + tirx.const(offset, "int64"))
    least, greatest = limits(wide)
    if low - offset > greatest or high - offset < least:  # the same for every x
        return tirx.const(low if low - offset > greatest else high, dtype)
    bottom, top = max(low - offset, least), min(high - offset, greatest)
    clipped = tirx.min(tirx.max(x, tirx.const(bottom, wide)), tirx.const(top, wide))
    return (clipped + tirx.const(offset, wide) if offset else clipped).astype(dtype)


class ChannelValues:
    """Integers for each channel as a kernel reads them: one immediate, or a table at the channel's index."""

    def __init__(self, values: Array) -> None:
        flat = [int(v) for v in values.reshape(-1)]
        self.uniform = flat[0] if len(set(flat)) == 1 else None
        self.table = np.asarray(flat, np.int32)

    @property
    def tables(self) -> list[Array]:
        return [] if self.uniform is not None else [self.table]

    def subtract_from(self, x: Any, tables: Sequence[Any], channel: Any) -> Any:
        """``x``, of int32 or int64, minus the channel's value; ``tables`` read the constants of :attr:`tables`."""
        from tvm import tirx

        dtype = "int64" if x.ty.dtype == "int64" else "int32"
        if self.uniform is None:
            return x - tables[0](channel).astype(dtype)
        return x - tirx.const(self.uniform, dtype) if self.uniform else x
