"""Reductions over some or all dimensions of a tensor.

Definitions: TVM 0.18 src/relay/op/tensor/reduce.cc. ``axis`` unset or empty means all dimensions, ``exclude`` those
that ``axis`` does not name. Half-precision sums are accumulated in float32. The mean of integers is the sum in
their own dtype divided with truncation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import broadcast_shape, kernel_name, same_dtype
from tvm_model_library.relay.ops._dtypes import is_float, limits, wide, widen
from tvm_model_library.relay.ops._shapes import normalize_axes
from tvm_model_library.relay.types import Shape, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/reduce.cc"
_AXIS = (Attr("axis", "int[]?", None), Attr("keepdims", "bool", False), Attr("exclude", "bool", False))


def reduced_axes(attrs: Attrs, rank: int) -> tuple[int, ...]:
    """The dimensions to reduce, ascending."""
    if not attrs.axis:
        if attrs.exclude and attrs.axis is None:
            raise TypeRuleError("exclude needs axis")
        return tuple(range(rank))
    named = normalize_axes(attrs.axis, rank)
    return tuple(i for i in range(rank) if (i in named) != attrs.exclude)


def reduced_shape(attrs: Attrs, shape: Shape) -> Shape:
    """The shape of a reduction over the dimensions that ``attrs`` names."""
    axes = reduced_axes(attrs, len(shape))
    if attrs.keepdims:
        return tuple(1 if i in axes else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axes)


def _infer(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    return TensorType(reduced_shape(attrs, type_.shape), type_.dtype)


@dataclass(frozen=True)
class Reducer:
    """An associative, commutative function of two TIR expressions, and its identity for a dtype."""

    combine: Callable[[Any, Any], Any]
    identity: Callable[[str], Any]

    def over(self, expression: Any, axes: Sequence[Any]) -> Any:
        """The TE reduction of ``expression`` over reduction axes."""
        from tvm import te

        reducer = te.comm_reducer(lambda x, y: self.combine(x, y), lambda dtype: self.identity(dtype))
        return reducer(expression, axis=list(axes))


def emit_reduction(
    ctx: Lowering,
    attrs: Attrs,
    reducer: Reducer,
    element: Callable[..., Any],
    finish: Callable[[Any, int], Any] | None,
    *args: Any,
) -> Any:
    """Emit a reduction of ``element(index, *tensors)`` over the first argument's dimensions that ``attrs`` names.

    Elements are in the dtype of the data, or float32 for half precision. ``finish`` maps the reduced value and the
    number of elements behind it to the result; None leaves it as it is.
    """
    from tvm import te

    result, data = ctx.result, ctx.tensor(0)
    shape, target = data.static_shape, result.static_shape
    axes = reduced_axes(attrs, len(shape))
    elements = prod(shape[a] for a in axes)
    kept = [i for i in range(len(shape)) if i not in axes]
    name = kernel_name(ctx.operator)
    done = finish or (lambda value, count: value)

    def compute(*tensors: Any) -> Any:
        if elements == 0:  # a loop without iterations would not even write the identity
            return te.compute(target, lambda *i: done(reducer.identity(wide(data.dtype)), 0), name=name)
        loops = {a: te.reduce_axis((0, shape[a]), name=f"r{a}") for a in axes}

        def at(index: Sequence[Any]) -> Any:
            free = dict(zip(kept, [index[a] for a in kept] if attrs.keepdims else index, strict=True))
            return element([loops[a] if a in loops else free[a] for a in range(len(shape))], *tensors)

        if not axes:
            return te.compute(target, lambda *i: done(at(i), 1), name=name)
        reduced = te.compute(target, lambda *i: reducer.over(at(i), list(loops.values())), name=name + "_red")
        return te.compute(target, lambda *i: done(reduced(*i), elements), name=name) if finish else reduced

    return ctx.emit_te(compute, *args)


def lowest(dtype: str) -> Any:
    """TIR constant below or equal to every value of ``dtype``."""
    from tvm import tirx

    if dtype == "bool":
        return tirx.const(False, "bool")
    return tirx.const(float("-inf"), dtype) if is_float(dtype) else tirx.min_value(dtype)


def highest(dtype: str) -> Any:
    """TIR constant above or equal to every value of ``dtype``."""
    from tvm import tirx

    if dtype == "bool":
        return tirx.const(True, "bool")
    return tirx.const(float("inf"), dtype) if is_float(dtype) else tirx.max_value(dtype)


def largest(expression: Any, axes: Sequence[Any], dtype: str) -> Any:
    """The TE reduction of an expression of ``dtype`` to its greatest value; of truth values, whether one is true."""
    from tvm import te

    return _ANY.over(expression, axes) if dtype == "bool" else te.max(expression, axis=list(axes))


def _tirx(name: str) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        from tvm import tirx

        return getattr(tirx, name)(*args)

    return call


def _number(value: int) -> Callable[[str], Any]:
    return lambda dtype: _tirx("const")(value, dtype)


SUM = Reducer(lambda a, b: a + b, _number(0))
_PROD = Reducer(lambda a, b: a * b, _number(1))
_MAX = Reducer(_tirx("Max"), lowest)
_MIN = Reducer(_tirx("Min"), highest)
_ALL = Reducer(_tirx("And"), highest)
_ANY = Reducer(_tirx("Or"), lowest)


def _extreme(name: str) -> Callable[[Array, tuple[int, ...], bool], Array]:
    """Maximum or minimum; of no elements, the identity: an infinity, or the end of the integer range."""

    def reduce(data: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
        sign = -1 if name == "max" else 1
        dtype = data.dtype.name
        initial = sign * np.inf if is_float(dtype) else limits(dtype)[0 if name == "max" else 1]
        if dtype == "bool":
            initial = bool(initial)
        return np.asarray(getattr(np, name)(data, axis=axes, keepdims=keepdims, initial=initial))

    return reduce


def _sums(function: Any) -> Callable[[Array, tuple[int, ...], bool], Array]:
    """A sum or product in the data's own dtype: integers wrap around."""

    def reduce(data: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
        return np.asarray(function(data, axis=axes, dtype=data.dtype, keepdims=keepdims))

    return reduce


def _register(
    name: str,
    meaning: Callable[[Array, tuple[int, ...], bool], Array],
    reducer: Reducer,
    on_bool: Reducer,
    only_bool: bool = False,
) -> None:
    """Register a plain reduction; ``on_bool`` is the reducer of truth values."""

    def refused(dtype: str) -> str:
        return f"needs a bool tensor, found {dtype}; cast it" if only_bool and dtype != "bool" else ""

    def evaluate(attrs: Attrs, data: Array) -> Array:
        if refused(data.dtype.name):
            raise EvaluationRuleError(refused(data.dtype.name))
        return meaning(widen(data), reduced_axes(attrs, data.ndim), attrs.keepdims).astype(data.dtype)

    def lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        type_ = ctx.tensor(0)
        dtype = type_.dtype
        if refused(dtype):
            ctx.refuse(refused(dtype))
        chosen = on_bool if dtype == "bool" else reducer
        finish = None if wide(dtype) == dtype else lambda v, n: v.astype(dtype)
        return emit_reduction(ctx, attrs, chosen, lambda i, t: t(*i).astype(wide(dtype)), finish, data)

    register(name, ("data",), _AXIS, infer=_infer, evaluate=evaluate, lower=lower, definition=_DEFINITION)


# truth values add up to their disjunction and multiply to their conjunction
_register("sum", _sums(np.sum), SUM, _ANY)
_register("prod", _sums(np.prod), _PROD, _ALL)
_register("max", _extreme("max"), _MAX, _ANY)
_register("min", _extreme("min"), _MIN, _ALL)
_register("all", lambda d, a, k: np.asarray(np.all(d, axis=a, keepdims=k)), _ALL, _ALL, only_bool=True)
_register("any", lambda d, a, k: np.asarray(np.any(d, axis=a, keepdims=k)), _ANY, _ANY, only_bool=True)


def _quotient(total: Array, count: int, dtype: np.dtype[Any]) -> Array:
    """``total / count``: integers truncate toward zero."""
    if is_float(dtype.name):
        return np.asarray(total / np.asarray(count, total.dtype)).astype(dtype)
    if count == 0:
        raise EvaluationRuleError("integer division by zero: there are no elements")
    if count > limits(dtype.name)[1]:
        raise EvaluationRuleError(_too_many(count, dtype.name))
    low = total // count  # not by way of the magnitude, which the least integer does not have
    return np.asarray(low + ((low * count != total) & (total < 0))).astype(dtype)


def _too_many(count: int, dtype: str) -> str:
    return f"{count} elements are more than {dtype} counts; cast the data to a wider dtype"


def _divided(value: Any, count: int, dtype: str) -> Any:
    """TIR: ``value``, accumulated in the wide dtype, over ``count``, rounded to ``dtype``; NaN for a count of zero."""
    from tvm import tirx

    if count == 0:
        return tirx.const(float("nan"), dtype)
    divide = tirx.Div if is_float(dtype) else tirx.truncdiv
    return divide(value, tirx.const(count, wide(dtype))).astype(dtype)


def _evaluate_mean(attrs: Attrs, data: Array) -> Array:
    axes = reduced_axes(attrs, data.ndim)
    wider = widen(data)
    total = np.sum(wider, axis=axes, dtype=wider.dtype, keepdims=attrs.keepdims)
    return _quotient(np.asarray(total), prod(data.shape[a] for a in axes), data.dtype)


def _check_count(ctx: Lowering, count: int, dtype: str, what: str) -> None:
    """Refuse the mean or variance of integers whose number has no value in their dtype, or is 0."""
    if is_float(dtype):
        return
    if count == 0:
        ctx.refuse(f"the {what} of no integers has no value")
    if count > limits(dtype)[1]:
        ctx.refuse(_too_many(count, dtype))


def _lower_mean(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    type_ = ctx.tensor(0)
    dtype = type_.dtype
    _check_count(ctx, prod(type_.static_shape[a] for a in reduced_axes(attrs, type_.rank)), dtype, "mean")
    return emit_reduction(
        ctx, attrs, SUM, lambda i, t: t(*i).astype(wide(dtype)), lambda v, n: _divided(v, n, dtype), data
    )


register("mean", ("data",), _AXIS, infer=_infer, evaluate=_evaluate_mean, lower=_lower_mean, definition=_DEFINITION)


def _infer_variance(attrs: Attrs, data: Type, mean: Type) -> TensorType:
    type_, means = tensor(data, 0, "data"), tensor(mean, 1, "mean")
    if type_.rank == 0 or type_.rank != means.rank:
        raise TypeRuleError(f"mean must have the rank of data (keepdims=True), found {type_} and {means}", 1)
    same_dtype(type_, means, 1)
    broadcast_shape(type_.shape, means.shape)
    return TensorType(reduced_shape(attrs, type_.shape), type_.dtype)


def _variance_count(attrs: Attrs, shape: Sequence[int]) -> int:
    return prod(shape[a] for a in reduced_axes(attrs, len(shape))) - int(attrs.unbiased)


def _evaluate_variance(attrs: Attrs, data: Array, mean: Array) -> Array:
    axes = reduced_axes(attrs, data.ndim)
    difference = widen(data) - widen(mean)
    total = np.sum(difference * difference, axis=axes, dtype=difference.dtype, keepdims=attrs.keepdims)
    return _quotient(np.asarray(total), _variance_count(attrs, data.shape), data.dtype)


def _lower_variance(ctx: Lowering, attrs: Attrs, data: Any, mean: Any) -> Any:
    type_, means = ctx.argument_types
    assert isinstance(type_, TensorType)
    assert isinstance(means, TensorType)
    dtype = type_.dtype
    number = _variance_count(attrs, type_.static_shape)
    _check_count(ctx, number, dtype, "variance")

    def element(index: Sequence[Any], values: Any, centers: Any) -> Any:
        center = centers(*[0 if d == 1 else i for i, d in zip(index, means.shape, strict=True)])
        difference = values(*index).astype(wide(dtype)) - center.astype(wide(dtype))
        return difference * difference

    return emit_reduction(ctx, attrs, SUM, element, lambda v, n: _divided(v, number, dtype), data, mean)


register(
    "variance",
    ("data", "mean"),
    (*_AXIS, Attr("unbiased", "bool", False)),
    infer=_infer_variance,
    evaluate=_evaluate_variance,
    lower=_lower_variance,
    definition=_DEFINITION,
)
