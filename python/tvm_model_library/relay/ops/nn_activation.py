"""Bias, activations, softmax, dropout and flattening.

Definitions: TVM 0.18 src/relay/op/nn/nn.cc, include/tvm/topi/nn.h, include/tvm/topi/nn/softmax.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed, emit_pointwise, identity_rule
from tvm_model_library.relay.ops._dtypes import is_float, wide, widen
from tvm_model_library.relay.ops._reals import lower_reals, of_reals
from tvm_model_library.relay.ops._scalars import constant, scalar
from tvm_model_library.relay.ops._shapes import agree, count, normalize_axis
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/nn/nn.cc"


def per_channel_rule(attrs: Attrs, data: Type, parameter: Type) -> TensorType:
    """The result has the type of the data; the parameter has one value for each index of ``axis``."""
    x, p = tensor(data, 0, "data"), tensor(parameter, 1, "the per-channel parameter")
    axis = normalize_axis(attrs.axis, x.rank)
    if p.rank != 1 or not agree(p.shape[0], x.shape[axis]) or p.dtype != x.dtype:
        raise TypeRuleError(f"axis {attrs.axis} of {x} needs {TensorType((x.shape[axis],), x.dtype)}, found {p}", 1)
    return x


def constrain_per_channel(attrs: Attrs, data: Type | None, *others: Type | None) -> list[Type | None]:
    """Parameters of one value for each index of ``axis``, in the dtype of the data."""
    if not isinstance(data, TensorType):
        return [None] * (1 + len(others))
    vector = TensorType((data.shape[normalize_axis(attrs.axis, data.rank)],), data.dtype)
    return [None, *(vector if other is None else None for other in others)]


def along(vector: Array, axis: int, rank: int) -> Array:
    """A vector shaped to broadcast along ``axis`` of a tensor of ``rank`` dimensions."""
    return vector.reshape([-1 if i == axis % rank else 1 for i in range(rank)])


def _evaluate_bias_add(attrs: Attrs, data: Array, bias: Array) -> Array:
    return np.asarray(data + along(bias, attrs.axis, data.ndim))


def _lower_bias_add(ctx: Lowering, attrs: Attrs, data: Any, bias: Any) -> Any:
    result = ctx.result
    axis = attrs.axis % result.rank
    constants = None if is_float(result.dtype) else ctx.value_of(bias)
    if constants is not None:
        return ctx.add_channel_constants(data, constants, axis)
    return emit_indexed(
        ctx,
        result.static_shape,
        lambda index, load, load_bias: load(index) + load_bias([index[axis]]),
        data,
        bias,
    )


register(
    "nn.bias_add",
    ("data", "bias"),
    (Attr("axis", "int", 1),),
    infer=per_channel_rule,
    constrain=constrain_per_channel,
    evaluate=_evaluate_bias_add,
    lower=_lower_bias_add,
    definition=_DEFINITION,
)


def _lower_relu(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    dtype = _dtype(ctx)
    return emit_pointwise(ctx, lambda x: tirx.max(x, tirx.const(0, dtype)), data)


def _dtype(ctx: Lowering) -> str:
    data = ctx.tensor(0)
    return data.dtype


register(
    "nn.relu",
    ("data",),
    infer=identity_rule,
    evaluate=lambda attrs, data: np.where(data > 0, data, np.zeros((), data.dtype)),
    lower=_lower_relu,
    definition=_DEFINITION,
)


def _evaluate_leaky_relu(attrs: Attrs, data: Array) -> Array:
    slope = scalar(attrs.alpha, data.dtype.name)
    below = data * slope if slope else np.zeros_like(data)  # TVM takes x * 0 for 0, be x infinite or not a number
    return np.where(data > 0, data, below)


def _lower_leaky_relu(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    dtype = _dtype(ctx)
    slope = constant(attrs.alpha, dtype)
    return emit_pointwise(ctx, lambda x: tirx.Select(x > tirx.const(0, dtype), x, x * slope), data)


register(
    "nn.leaky_relu",
    ("data",),
    (Attr("alpha", "float", 0.25),),
    infer=identity_rule,
    evaluate=_evaluate_leaky_relu,
    lower=_lower_leaky_relu,
    definition=_DEFINITION,
)


def _evaluate_prelu(attrs: Attrs, data: Array, alpha: Array) -> Array:
    return np.where(data > 0, data, data * along(alpha, attrs.axis, data.ndim))


def _lower_prelu(ctx: Lowering, attrs: Attrs, data: Any, alpha: Any) -> Any:
    from tvm import tirx

    result = ctx.result
    axis = attrs.axis % result.rank

    def element(index: Any, load: Any, load_alpha: Any) -> Any:
        value = load(index)
        return tirx.Select(value > tirx.const(0, result.dtype), value, value * load_alpha([index[axis]]))

    return emit_indexed(ctx, result.static_shape, element, data, alpha)


register(
    "nn.prelu",
    ("data", "alpha"),
    (Attr("axis", "int", 1),),
    infer=per_channel_rule,
    constrain=constrain_per_channel,
    evaluate=_evaluate_prelu,
    lower=_lower_prelu,
    definition=_DEFINITION,
)


def _infer_softmax(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    normalize_axis(attrs.axis, x.rank)
    return x


def _evaluate_softmax(attrs: Attrs, data: Array) -> Array:
    x = widen(data)
    powers = np.exp(x - x.max(axis=attrs.axis, keepdims=True))
    return np.asarray((powers / powers.sum(axis=attrs.axis, keepdims=True)).astype(data.dtype))


def _evaluate_log_softmax(attrs: Attrs, data: Array) -> Array:
    x = widen(data)
    shifted = x - x.max(axis=attrs.axis, keepdims=True)
    return np.asarray((shifted - np.log(np.exp(shifted).sum(axis=attrs.axis, keepdims=True))).astype(data.dtype))


def _lower_softmax(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te

    result = ctx.result
    shape, axis, dtype = result.static_shape, attrs.axis % result.rank, wide(result.dtype)
    rows = tuple(1 if i == axis else d for i, d in enumerate(shape))
    logarithm = ctx.operator == "nn.log_softmax"

    def put(index: Any, value: Any) -> list[Any]:
        return [*index[:axis], value, *index[axis + 1 :]]

    def compute(x: Any) -> Any:
        k, j = te.reduce_axis((0, shape[axis]), "k"), te.reduce_axis((0, shape[axis]), "j")
        largest = te.compute(rows, lambda *i: te.max(x(*put(i, k)).astype(dtype), axis=k), name="softmax_max")
        if logarithm:
            total = te.compute(
                rows,
                lambda *i: te.sum(te.exp(x(*put(i, j)).astype(dtype) - largest(*i)), axis=j),
                name="softmax_sum",
            )
            return te.compute(
                shape,
                lambda *i: (x(*i).astype(dtype) - largest(*put(i, 0)) - te.log(total(*put(i, 0)))).astype(result.dtype),
                name="log_softmax",
            )
        powers = te.compute(shape, lambda *i: te.exp(x(*i).astype(dtype) - largest(*put(i, 0))), name="softmax_exp")
        total = te.compute(rows, lambda *i: te.sum(powers(*put(i, j)), axis=j), name="softmax_sum")
        return te.compute(shape, lambda *i: (powers(*i) / total(*put(i, 0))).astype(result.dtype), name="softmax")

    return ctx.emit_te(compute, data)


for _name in ("nn.softmax", "nn.fast_softmax", "nn.log_softmax"):
    register(
        _name,
        ("data",),
        (Attr("axis", "int", -1),),
        infer=_infer_softmax,
        evaluate=of_reals(_evaluate_log_softmax if _name == "nn.log_softmax" else _evaluate_softmax),
        lower=lower_reals(_lower_softmax),
        definition=_DEFINITION,
    )


def _infer_dropout(attrs: Attrs, data: Type) -> TupleType:
    x = tensor(data, 0, "data")
    return TupleType((x, x))


def _lower_dropout(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    type_ = ctx.tensor(0)
    return data, ctx.constant(np.ones(type_.static_shape, numpy_dtype(type_.dtype)))


register(
    "nn.dropout",
    ("data",),
    (Attr("rate", "float", 0.5),),
    infer=_infer_dropout,
    evaluate=lambda attrs, data: (data, np.ones_like(data)),
    lower=_lower_dropout,
    definition=_DEFINITION,
    note="inference drops nothing: the data and a mask of ones",
)


def _infer_batch_flatten(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    if x.rank == 0:
        raise TypeRuleError("batch_flatten needs at least one dimension, found a scalar", 0)
    return TensorType((x.shape[0], count(x.shape[1:])), x.dtype)


def _lower_batch_flatten(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import relax, topi

    result = ctx.result
    if result.size == 0:  # relax.reshape reads a dimension of 0 as "copy the input's"
        return ctx.emit_te(topi.full, result.static_shape, result.dtype, 0)
    return ctx.emit(relax.op.reshape(data, result.static_shape))


register(
    "nn.batch_flatten",
    ("data",),
    infer=_infer_batch_flatten,
    evaluate=lambda attrs, data: data.reshape(data.shape[0], int(np.prod(data.shape[1:]))),
    lower=_lower_batch_flatten,
    definition=_DEFINITION,
)
