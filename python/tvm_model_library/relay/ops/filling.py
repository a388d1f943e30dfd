"""Operators that make a tensor from a shape or a value: zeros, full, arange, meshgrid, shape_of and their kin.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc and unary.cc.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor, tensors
from tvm_model_library.relay.ops._broadcast import emit_indexed, identity_rule
from tvm_model_library.relay.ops._dtypes import given, wide
from tvm_model_library.relay.ops.cast import cast_array, cast_expression
from tvm_model_library.relay.types import Shape, TensorType, TupleType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"
_SHAPE = Attr("shape", "int[]")


def _dtype(ctx: Lowering, argument: int) -> str:
    type_ = ctx.tensor(argument)
    return type_.dtype


def _register_constant(name: str, value: int) -> None:
    """Register the operator that fills a shape with ``value``, and its ``_like`` form."""

    def infer(attrs: Attrs) -> TensorType:
        return TensorType(attrs.shape, attrs.dtype)

    def evaluate(attrs: Attrs) -> Array:
        return np.full(attrs.shape, value, numpy_dtype(attrs.dtype))

    def evaluate_like(attrs: Attrs, data: Array) -> Array:
        return np.full(data.shape, value, data.dtype)

    def lower(ctx: Lowering, attrs: Attrs, *data: Any) -> Any:
        from tvm import tirx

        filled = tirx.const(bool(value) if ctx.result.dtype == "bool" else value, ctx.result.dtype)
        return emit_indexed(ctx, ctx.result.static_shape, lambda index: filled)

    attributes = (_SHAPE, Attr("dtype", "dtype", "float32"))
    register(name, (), attributes, infer=infer, evaluate=evaluate, lower=lower, definition=_DEFINITION)
    register(
        f"{name}_like", ("data",), infer=identity_rule, evaluate=evaluate_like, lower=lower, definition=_DEFINITION
    )


_register_constant("zeros", 0)
_register_constant("ones", 1)


def _scalar(type_: Type, argument: int, what: str) -> TensorType:
    result = tensor(type_, argument, what)
    if result.rank:
        raise TypeRuleError(f"{what} must be a scalar, found {result}", argument)
    return result


def _infer_full(attrs: Attrs, fill_value: Type) -> TensorType:
    value = _scalar(fill_value, 0, "fill_value")
    return TensorType(attrs.shape, attrs.dtype if given(attrs.dtype) else value.dtype)


def _evaluate_full(attrs: Attrs, fill_value: Array) -> Array:
    dtype = attrs.dtype if given(attrs.dtype) else fill_value.dtype.name
    return np.full(attrs.shape, cast_array(fill_value, dtype))


def _infer_full_like(attrs: Attrs, data: Type, fill_value: Type) -> TensorType:
    _scalar(fill_value, 1, "fill_value")
    return tensor(data, 0, "data")


def _evaluate_full_like(attrs: Attrs, data: Array, fill_value: Array) -> Array:
    return np.full(data.shape, cast_array(fill_value, data.dtype.name))


def _lower_full(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    result, source = ctx.result, _dtype(ctx, len(args) - 1)
    return emit_indexed(
        ctx, result.static_shape, lambda index, load: cast_expression(load([]), source, result.dtype), args[-1]
    )


register(
    "full",
    ("fill_value",),
    (_SHAPE, Attr("dtype", "dtype?", None)),
    infer=_infer_full,
    evaluate=_evaluate_full,
    lower=_lower_full,
    definition=_DEFINITION,
)
register(
    "full_like",
    ("data", "fill_value"),
    infer=_infer_full_like,
    evaluate=_evaluate_full_like,
    lower=_lower_full,
    definition=_DEFINITION,
)


def _arange_count(start: float, stop: float, step: float) -> int:
    if step == 0:
        raise ValueError("step must not be zero")
    return max(math.ceil((stop - start) / step), 0)


def _constant(value: Any) -> float | None:
    """The number behind one of arange's attributes, which name the argument's expression; None when not constant."""
    held = getattr(value, "value", value)
    if isinstance(held, np.ndarray | np.generic) and held.size == 1:
        return float(held.item())
    return float(held) if isinstance(held, int | float) else None


def _infer_arange(attrs: Attrs, start: Type, stop: Type, step: Type) -> TensorType:
    for argument, (what, type_) in enumerate((("start", start), ("stop", stop), ("step", step))):
        if _scalar(type_, argument, what).dtype != attrs.dtype:
            raise TypeRuleError(f"{what} must be {attrs.dtype} as the dtype attribute says, found {type_}", argument)
    numbers = [_constant(attrs[name]) for name in ("start", "stop", "step")]
    known = [n for n in numbers if n is not None]
    if len(known) < 3:
        return TensorType((None,), attrs.dtype)
    try:
        count = _arange_count(*known)
    except ValueError as error:
        raise TypeRuleError(str(error), 2) from None
    if count == 0:
        raise TypeRuleError(f"arange from {known[0]} to {known[1]} by {known[2]} has no elements")
    return TensorType((count,), attrs.dtype)


def _evaluate_arange(attrs: Attrs, start: Array, stop: Array, step: Array) -> Array:
    try:
        count = _arange_count(float(start), float(stop), float(step))
    except ValueError as error:
        raise EvaluationRuleError(str(error)) from None
    dtype = numpy_dtype(attrs.dtype)
    computed = np.dtype(wide(attrs.dtype))
    steps = np.arange(count).astype(computed)
    return np.asarray(start.astype(computed) + step.astype(computed) * steps).astype(dtype)


def _lower_arange(ctx: Lowering, attrs: Attrs, start: Any, stop: Any, step: Any) -> Any:
    computed = wide(attrs.dtype)

    def function(index: Sequence[Any], first: Any, stride: Any) -> Any:
        value = first([]).astype(computed) + stride([]).astype(computed) * index[0].astype(computed)
        return value.astype(attrs.dtype)

    return emit_indexed(ctx, ctx.result.static_shape, function, start, step)


register(
    "arange",
    ("start", "stop", "step"),
    (
        Attr("start", "any", None),
        Attr("stop", "any", None),
        Attr("step", "any", None),
        Attr("dtype", "dtype", "float32"),
    ),
    infer=_infer_arange,
    evaluate=_evaluate_arange,
    lower=_lower_arange,
    definition=_DEFINITION,
)


def _grid_order(attrs: Attrs, count: int) -> list[int]:
    """For each dimension of a grid the input that it runs over: Cartesian indexing swaps the first two."""
    order = list(range(count))
    if attrs.indexing == "xy" and count >= 2:
        order[:2] = [1, 0]
    return order


def _infer_meshgrid(attrs: Attrs, data: Type) -> TupleType:
    fields = tensors(data, 0, "data")
    if not fields:
        raise TypeRuleError("meshgrid needs at least one tensor", 0)
    for i, field in enumerate(fields):
        if field.rank > 1 or field.dtype != fields[0].dtype:
            raise TypeRuleError(f"meshgrid needs scalars and vectors of one dtype, found {field} (field {i})", 0)
    sizes = [f.shape[0] if f.rank else 1 for f in fields]
    shape: Shape = tuple(sizes[i] for i in _grid_order(attrs, len(fields)))
    return TupleType(tuple(TensorType(shape, f.dtype) for f in fields))


def _evaluate_meshgrid(attrs: Attrs, data: tuple[Array, ...]) -> tuple[Array, ...]:
    return tuple(grid.copy() for grid in np.meshgrid(*data, indexing=attrs.indexing))


def _lower_meshgrid(ctx: Lowering, attrs: Attrs, data: tuple[Any, ...]) -> Any:
    result, types = ctx.result_type, ctx.argument_types[0]
    assert isinstance(result, TupleType)
    assert isinstance(types, TupleType)
    order = _grid_order(attrs, len(data))
    grids = []
    for i, (type_, source, value) in enumerate(zip(result.fields, types.fields, data, strict=True)):
        assert isinstance(type_, TensorType)
        assert isinstance(source, TensorType)

        def function(index: Sequence[Any], load: Any, dim: int = order.index(i), rank: int = source.rank) -> Any:
            return load([index[dim]] if rank else [])

        grids.append(emit_indexed(ctx, type_.static_shape, function, value))
    return tuple(grids)


register(
    "meshgrid",
    ("data",),
    (Attr("indexing", "str", "ij", ("ij", "xy")),),
    infer=_infer_meshgrid,
    evaluate=_evaluate_meshgrid,
    lower=_lower_meshgrid,
    definition=_DEFINITION,
)


def _infer_shape_of(attrs: Attrs, data: Type) -> TensorType:
    rank = tensor(data, 0, "data").rank
    return TensorType((rank,) if rank else (), attrs.dtype if given(attrs.dtype) else "int32")


def _evaluate_shape_of(attrs: Attrs, data: Array) -> Array:
    """The shape as a vector; a scalar's shape is the scalar 0, as in TVM."""
    dtype = attrs.dtype if given(attrs.dtype) else "int32"
    return np.asarray(data.shape if data.ndim else 0).astype(numpy_dtype(dtype))


def _lower_shape_of(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    type_ = ctx.tensor(0)
    shape = type_.static_shape if type_.rank else 0
    return ctx.constant(np.asarray(shape).astype(numpy_dtype(ctx.result.dtype)))


register(
    "shape_of",
    ("data",),
    (Attr("dtype", "dtype?", None),),
    infer=_infer_shape_of,
    evaluate=_evaluate_shape_of,
    lower=_lower_shape_of,
    definition="TVM 0.18 src/relay/op/tensor/unary.cc",
)


def _infer_size(attrs: Attrs, data: Type) -> TensorType:
    tensor(data, 0, "data")
    return TensorType((), attrs.dtype if given(attrs.dtype) else "int32")


def _evaluate_size(attrs: Attrs, data: Array) -> Array:
    return np.asarray(data.size).astype(numpy_dtype(attrs.dtype if given(attrs.dtype) else "int32"))


def _lower_size(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    type_ = ctx.tensor(0)
    return ctx.constant(np.asarray(type_.size).astype(numpy_dtype(ctx.result.dtype)))


register(
    "ndarray_size",
    ("data",),
    (Attr("dtype", "dtype?", None),),
    infer=_infer_size,
    evaluate=_evaluate_size,
    lower=_lower_size,
    definition="TVM 0.18 src/relay/op/tensor/unary.cc",
)
