"""Normalizations as they are computed in inference.

Definitions: TVM 0.18 src/relay/op/nn/nn.cc and src/relay/transforms/simplify_inference.cc, which says what each of
them means; lrn: include/tvm/topi/nn/local_response_norm.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed
from tvm_model_library.relay.ops._dtypes import is_float, wide, widen
from tvm_model_library.relay.ops._reals import lower_reals, of_reals
from tvm_model_library.relay.ops._scalars import constant, scalar
from tvm_model_library.relay.ops._shapes import agree, normalize_axes, normalize_axis
from tvm_model_library.relay.ops.nn_activation import along, constrain_per_channel
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/nn/nn.cc"


def _normalized_type(attrs: Attrs, data: Type, parameters: Sequence[Type]) -> TensorType:
    """The type of the data, after a check of the per-channel parameters."""
    x = tensor(data, 0, "data")
    axis = normalize_axis(attrs.axis, x.rank)
    for index, parameter in enumerate(parameters, 1):
        p = tensor(parameter, index, "a per-channel parameter")
        if p.rank != 1 or not agree(p.shape[0], x.shape[axis]) or p.dtype != x.dtype:
            expected = TensorType((x.shape[axis],), x.dtype)
            raise TypeRuleError(f"axis {attrs.axis} of {x} needs {expected}, found {p}", index)
    return x


def _infer_batch_norm(attrs: Attrs, data: Type, *parameters: Type) -> TupleType:
    x = _normalized_type(attrs, data, parameters)
    vector = TensorType((x.shape[normalize_axis(attrs.axis, x.rank)],), x.dtype)
    return TupleType((x, vector, vector))


def _evaluate_batch_norm(
    attrs: Attrs, data: Array, gamma: Array, beta: Array, mean: Array, variance: Array
) -> tuple[Array, Array, Array]:
    scale = 1 / np.sqrt(widen(variance) + scalar(attrs.epsilon, widen(variance).dtype.name))
    if attrs.scale:
        scale = scale * widen(gamma)
    shift = -widen(mean) * scale
    if attrs.center:
        shift = shift + widen(beta)
    rank = data.ndim
    out = widen(data) * along(scale, attrs.axis, rank) + along(shift, attrs.axis, rank)
    return out.astype(data.dtype), mean, variance


def _lower_batch_norm(
    ctx: Lowering, attrs: Attrs, data: Any, gamma: Any, beta: Any, mean: Any, variance: Any
) -> tuple[Any, Any, Any]:
    """Scale and shift are values of their own, so that constant ones are folded."""
    from tvm import te, tirx

    x = ctx.tensor(0)
    axis, dtype = attrs.axis % x.rank, wide(x.dtype)
    channels = (x.static_shape[axis],)

    def scale_of(index: Any, load_variance: Any, load_gamma: Any) -> Any:
        deviation = te.sqrt(load_variance(index).astype(dtype) + constant(attrs.epsilon, dtype))
        scale = tirx.const(1, dtype) / deviation
        return scale * load_gamma(index).astype(dtype) if attrs.scale else scale

    def shift_of(index: Any, load_mean: Any, load_scale: Any, load_beta: Any) -> Any:
        shift = tirx.const(0, dtype) - load_mean(index).astype(dtype) * load_scale(index)
        return shift + load_beta(index).astype(dtype) if attrs.center else shift

    def element(index: Any, load: Any, load_scale: Any, load_shift: Any) -> Any:
        channel = [index[axis]]
        return (load(index).astype(dtype) * load_scale(channel) + load_shift(channel)).astype(x.dtype)

    scale = emit_indexed(ctx, channels, scale_of, variance, gamma)
    shift = emit_indexed(ctx, channels, shift_of, mean, scale, beta)
    return emit_indexed(ctx, x.static_shape, element, data, scale, shift), mean, variance


def _norm_attributes(axis: int, *extra: Attr) -> tuple[Attr, ...]:
    return (
        *extra,
        Attr("axis", "int", axis),
        Attr("epsilon", "float", 1e-5),
        Attr("center", "bool", True),
        Attr("scale", "bool", True),
    )


register(
    "nn.batch_norm",
    ("data", "gamma", "beta", "moving_mean", "moving_var"),
    _norm_attributes(1),
    infer=_infer_batch_norm,
    constrain=constrain_per_channel,
    evaluate=of_reals(_evaluate_batch_norm),
    lower=lower_reals(_lower_batch_norm),
    definition=_DEFINITION,
)


def _groups(operator: str, attrs: Attrs) -> int:
    """Groups that the channel axis is split into; 0 when it is not split."""
    return int(attrs.num_groups) if operator == "nn.group_norm" else 0


def _reduced(operator: str, axis: int, rank: int) -> tuple[int, ...]:
    """Axes that share mean and variance; for ``group_norm`` of the data with the channel axis split in two."""
    if operator == "nn.layer_norm":
        return (axis,)
    if operator == "nn.instance_norm":
        return tuple(i for i in range(1, rank) if i != axis)
    return tuple(range(axis + 1, rank + 1))


def _infer_norm(operator: str) -> Any:
    def infer(attrs: Attrs, data: Type, gamma: Type, beta: Type) -> TensorType:
        x = _normalized_type(attrs, data, (gamma, beta))
        channels = x.shape[normalize_axis(attrs.axis, x.rank)]
        if operator == "nn.instance_norm" and x.rank < 3:
            raise TypeRuleError(f"instance_norm needs at least 3 dimensions, found {x}", 0)
        if operator == "nn.group_norm" and (
            attrs.num_groups < 1 or (channels is not None and channels % attrs.num_groups)
        ):
            raise TypeRuleError(f"num_groups is {attrs.num_groups}, which does not divide {channels} channels")
        return x

    return infer


def _evaluate_norm(operator: str) -> Any:
    def evaluate(attrs: Attrs, data: Array, gamma: Array, beta: Array) -> Array:
        axis, x = attrs.axis % data.ndim, widen(data)
        groups = _groups(operator, attrs)
        if groups:
            x = x.reshape(*data.shape[:axis], groups, data.shape[axis] // groups, *data.shape[axis + 1 :])
        reduced = _reduced(operator, axis, data.ndim)
        centered = x - x.mean(axis=reduced, keepdims=True)
        variance = (centered * centered).mean(axis=reduced, keepdims=True)
        out = (centered / np.sqrt(variance + scalar(attrs.epsilon, x.dtype.name))).reshape(data.shape)
        if attrs.scale:
            out = out * along(widen(gamma), axis, data.ndim)
        if attrs.center:
            out = out + along(widen(beta), axis, data.ndim)
        return np.asarray(out.astype(data.dtype))

    return evaluate


def _lower_norm(ctx: Lowering, attrs: Attrs, data: Any, gamma: Any, beta: Any) -> Any:
    """Mean, variance around it, and the result as three stages."""
    from tvm import te, tirx

    result = ctx.result
    shape, axis, dtype = result.static_shape, attrs.axis % result.rank, wide(result.dtype)
    groups = _groups(ctx.operator, attrs)
    width = shape[axis] // groups if groups else 0
    split = (*shape[:axis], groups, width, *shape[axis + 1 :]) if groups else shape
    reduced = _reduced(ctx.operator, axis, result.rank)
    rows = tuple(1 if i in reduced else d for i, d in enumerate(split))
    number = tirx.const(prod(split[i] for i in reduced), dtype)

    def joined(index: Sequence[Any]) -> Sequence[Any]:
        return [*index[:axis], index[axis] * width + index[axis + 1], *index[axis + 2 :]] if groups else index

    def row(index: Sequence[Any]) -> list[Any]:
        parts = [*index[:axis], index[axis] // width, 0, *index[axis + 1 :]] if groups else list(index)
        return [0 if i in reduced else p for i, p in enumerate(parts)]

    def compute(x: Any, g: Any, b: Any) -> Any:
        def total(term: Any, name: str) -> Any:
            axes = [te.reduce_axis((0, split[i]), f"r{i}") for i in reduced]

            def body(*index: Any) -> Any:
                inner = dict(zip(reduced, axes, strict=True))
                where = joined([inner.get(i, p) for i, p in enumerate(index)])
                return te.sum(term(index, x(*where).astype(dtype)), axis=axes)

            return te.compute(rows, body, name=name)

        sums = total(lambda _, value: value, "sum")
        mean = te.compute(rows, lambda *i: sums(*i) / number, name="mean")
        squares = total(lambda i, value: (value - mean(*i)) * (value - mean(*i)), "squares")
        inverse = te.compute(
            rows,
            lambda *i: tirx.const(1, dtype) / te.sqrt(squares(*i) / number + constant(attrs.epsilon, dtype)),
            name="inverse_deviation",
        )

        def element(*index: Any) -> Any:
            value = (x(*index).astype(dtype) - mean(*row(index))) * inverse(*row(index))
            if attrs.scale:
                value = value * g(index[axis]).astype(dtype)
            if attrs.center:
                value = value + b(index[axis]).astype(dtype)
            return value.astype(result.dtype)

        return te.compute(shape, element, name="normalize")

    return ctx.emit_te(compute, data, gamma, beta)


for _name, _attributes in (
    ("nn.layer_norm", _norm_attributes(-1)),
    ("nn.instance_norm", _norm_attributes(1)),
    ("nn.group_norm", _norm_attributes(1, Attr("num_groups", "int", 0))),
):
    register(
        _name,
        ("data", "gamma", "beta"),
        _attributes,
        infer=_infer_norm(_name),
        constrain=constrain_per_channel,
        evaluate=of_reals(_evaluate_norm(_name)),
        lower=lower_reals(_lower_norm),
        definition=_DEFINITION,
    )


def _infer_l2_normalize(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    normalize_axes(attrs.axis or (), x.rank)
    return x


def _l2_axes(attrs: Attrs, rank: int) -> tuple[int, ...]:
    return tuple(a % rank for a in attrs.axis) if attrs.axis else tuple(range(rank))


def _evaluate_l2_normalize(attrs: Attrs, data: Array) -> Array:
    x = widen(data)
    squares = (x * x).sum(axis=_l2_axes(attrs, data.ndim), keepdims=True)
    return np.asarray((x / np.sqrt(np.maximum(squares, scalar(attrs.eps, x.dtype.name)))).astype(data.dtype))


def _lower_l2_normalize(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te, tirx

    result = ctx.result
    shape, reduced, dtype = result.static_shape, _l2_axes(attrs, result.rank), wide(result.dtype)
    rows = tuple(1 if i in reduced else d for i, d in enumerate(shape))

    def compute(x: Any) -> Any:
        axes = {i: te.reduce_axis((0, shape[i]), f"r{i}") for i in reduced}

        def square(*index: Any) -> Any:
            value = x(*(axes.get(i, p) for i, p in enumerate(index))).astype(dtype)
            return te.sum(value * value, axis=list(axes.values()))

        squares = te.compute(rows, square, name="squares")
        norm = te.compute(rows, lambda *i: te.sqrt(tirx.max(squares(*i), constant(attrs.eps, dtype))), name="norm")
        return te.compute(
            shape,
            lambda *i: (x(*i).astype(dtype) / norm(*(0 if k in reduced else p for k, p in enumerate(i)))).astype(
                result.dtype
            ),
            name="l2_normalize",
        )

    return ctx.emit_te(compute, data)


register(
    "nn.l2_normalize",
    ("data",),
    (Attr("eps", "float"), Attr("axis", "int[]?", None)),
    infer=_infer_l2_normalize,
    evaluate=of_reals(_evaluate_l2_normalize),
    lower=lower_reals(_lower_l2_normalize),
    definition=_DEFINITION,
)


def _infer_lrn(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    normalize_axis(attrs.axis, x.rank)
    if attrs.size < 1 or attrs.size % 2 == 0:
        raise TypeRuleError(f"size must be a positive odd number, found {attrs.size}")
    if not is_float(x.dtype):
        raise TypeRuleError(f"lrn needs a tensor of floats, found {x}", 0)
    return x


def _evaluate_lrn(attrs: Attrs, data: Array) -> Array:
    x, half = widen(data), attrs.size // 2
    axis, extent = attrs.axis % data.ndim, data.shape[attrs.axis]
    padded = np.pad(x * x, [(half, half) if i == axis else (0, 0) for i in range(data.ndim)])
    squares = np.zeros_like(x)
    for shift in range(attrs.size):
        squares = squares + padded.take(range(shift, shift + extent), axis)
    bias, alpha, beta = (scalar(v, x.dtype.name) for v in (attrs.bias, attrs.alpha / attrs.size, attrs.beta))
    return np.asarray((x / (bias + alpha * squares) ** beta).astype(data.dtype))


def _lower_lrn(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te, tirx

    result = ctx.result
    shape, axis, dtype = result.static_shape, attrs.axis % result.rank, wide(result.dtype)
    half, extent = attrs.size // 2, shape[attrs.axis % result.rank]

    def compute(x: Any) -> Any:
        k = te.reduce_axis((0, attrs.size), "k")

        def square(*index: Any) -> Any:
            where = index[axis] + k - half
            value = x(*index[:axis], where, *index[axis + 1 :]).astype(dtype)
            inside = tirx.all(where >= 0, where < extent)
            return te.sum(tirx.if_then_else(inside, value * value, tirx.const(0, dtype)), axis=k)

        squares = te.compute(shape, square, name="squares")

        def element(*index: Any) -> Any:
            base = constant(attrs.bias, dtype) + constant(attrs.alpha / attrs.size, dtype) * squares(*index)
            return (x(*index).astype(dtype) / te.power(base, constant(attrs.beta, dtype))).astype(result.dtype)

        return te.compute(shape, element, name="lrn")

    return ctx.emit_te(compute, data)


register(
    "nn.lrn",
    ("data",),
    (
        Attr("size", "int", 5),
        Attr("axis", "int", 1),
        Attr("bias", "float", 2.0),
        Attr("alpha", "float", 0.0001),
        Attr("beta", "float", 0.75),
    ),
    infer=_infer_lrn,
    evaluate=_evaluate_lrn,
    lower=_lower_lrn,
    definition="TVM 0.18 include/tvm/topi/nn/local_response_norm.h",
)
