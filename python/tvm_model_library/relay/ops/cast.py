"""Operators that change a tensor's element type.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc. A cast of a floating-point number to an integer truncates;
the result for numbers that the integer type doesn't hold is not defined. A cast to ``bool`` tells whether the number
differs from zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_pointwise
from tvm_model_library.relay.ops._dtypes import HALF, width
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"


def cast_expression(x: Any, source: str, target: str) -> Any:
    """A TIR expression of dtype ``source`` in dtype ``target``."""
    from tvm import tirx

    if source == target:
        return x
    if target == "bool":
        return tirx.NE(x, tirx.const(0, source))
    if source in HALF or target in HALF:
        return x.astype("float32").astype(target)
    return x.astype(target)


def lower_cast(ctx: Lowering, data: Any) -> Any:
    """Emit the cast of argument 0 to the result's dtype."""
    source, target = ctx.tensor(0), ctx.result
    return emit_pointwise(ctx, lambda x: cast_expression(x, source.dtype, target.dtype), data)


def cast_array(data: Array, dtype: str) -> Array:
    """``data`` cast with TVM's meaning."""
    if dtype == "bool":
        return np.asarray(data != np.zeros((), data.dtype))
    return data.astype(numpy_dtype(dtype))


def _infer_cast(attrs: Attrs, data: Type) -> TensorType:
    return TensorType(tensor(data, 0, "data").shape, attrs.dtype)


def _evaluate_cast(attrs: Attrs, data: Array) -> Array:
    return cast_array(data, attrs.dtype)


def _lower_cast(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    return lower_cast(ctx, data)


register(
    "cast",
    ("data",),
    (Attr("dtype", "dtype"),),
    infer=_infer_cast,
    evaluate=_evaluate_cast,
    lower=_lower_cast,
    definition=_DEFINITION,
)


def _infer_cast_like(attrs: Attrs, data: Type, dtype_like: Type) -> TensorType:
    return TensorType(tensor(data, 0, "data").shape, tensor(dtype_like, 1, "dtype_like").dtype)


def _evaluate_cast_like(attrs: Attrs, data: Array, dtype_like: Array) -> Array:
    return cast_array(data, dtype_like.dtype.name)


def _lower_cast_like(ctx: Lowering, attrs: Attrs, data: Any, dtype_like: Any) -> Any:
    return lower_cast(ctx, data)


register(
    "cast_like",
    ("data", "dtype_like"),
    infer=_infer_cast_like,
    evaluate=_evaluate_cast_like,
    lower=_lower_cast_like,
    definition=_DEFINITION,
)


def _infer_reinterpret(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    if "bool" in (type_.dtype, attrs.dtype) and type_.dtype != attrs.dtype:
        raise TypeRuleError(
            f"reinterpret from {type_.dtype} to {attrs.dtype}: bool has no bits to reinterpret; cast it", 0
        )
    if width(type_.dtype) != width(attrs.dtype):
        raise TypeRuleError(f"reinterpret needs dtypes of one width, found {type_.dtype} and {attrs.dtype}", 0)
    return TensorType(type_.shape, attrs.dtype)


def _evaluate_reinterpret(attrs: Attrs, data: Array) -> Array:
    return np.asarray(np.ascontiguousarray(data).view(numpy_dtype(attrs.dtype)).reshape(data.shape))


def _lower_reinterpret(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    source = ctx.tensor(0)
    if source.dtype == attrs.dtype:
        return emit_pointwise(ctx, lambda x: x, data)
    return emit_pointwise(ctx, lambda x: tirx.reinterpret(attrs.dtype, x), data)


register(
    "reinterpret",
    ("data",),
    (Attr("dtype", "dtype"),),
    infer=_infer_reinterpret,
    evaluate=_evaluate_reinterpret,
    lower=_lower_reinterpret,
    definition=_DEFINITION,
)
