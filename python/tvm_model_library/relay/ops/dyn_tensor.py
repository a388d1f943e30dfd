"""Dynamic shapes: ``dyn.reshape``, ``dyn.tile``, ``dyn.broadcast_to`` and the like.

Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc, algorithm/topk.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, check_rank, tensor
from tvm_model_library.relay.ops import (  # noqa: F401  (they register the static operators)
    filling,
    indexing,
    reshape,
    scatter,
    slicing,
    sorting,
    spreading,
)
from tvm_model_library.relay.ops._delegate import lower_as
from tvm_model_library.relay.ops._dtypes import given
from tvm_model_library.relay.ops._dynamic import Dynamic, ints, rank_of, register_dynamic
from tvm_model_library.relay.ops._shapes import normalize_axis
from tvm_model_library.relay.types import TensorType, TupleType, Type

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _unknown(rank: int, dtype: str) -> TensorType:
    return TensorType((None,) * rank, dtype)


def _of_rank(attrs: Attrs, data: Type, sizes: Type) -> TensorType:
    x = tensor(data, 0, "data")
    return _unknown(rank_of(tensor(sizes, 1, "the shape"), 1, "the shape"), x.dtype)


def _tiled(attrs: Attrs, data: Type, reps: Type) -> TensorType:
    x = tensor(data, 0, "data")
    return _unknown(max(x.rank, rank_of(tensor(reps, 1, "reps"), 1, "reps")), x.dtype)


def _filled(attrs: Attrs, sizes: Type) -> TensorType:
    return _unknown(rank_of(tensor(sizes, 0, "the shape"), 0, "the shape"), attrs.dtype)


def _full(attrs: Attrs, fill_value: Type, sizes: Type) -> TensorType:
    value = tensor(fill_value, 0, "fill_value")
    if value.rank:
        raise TypeRuleError(f"fill_value must be a scalar, found {value}", 0)
    dtype = attrs.dtype if given(attrs.dtype) else value.dtype
    return _unknown(rank_of(tensor(sizes, 1, "the shape"), 1, "the shape"), dtype)


def _one_hot(attrs: Attrs, indices: Type, on_value: Type, off_value: Type, depth: Type) -> TensorType:
    x = tensor(indices, 0, "indices")
    axis = normalize_axis(attrs.axis, x.rank + 1)
    return TensorType((*x.shape[:axis], None, *x.shape[axis:]), attrs.dtype)


def _sliced(attrs: Attrs, data: Type, begin: Type, end: Type, strides: Type) -> TensorType:
    x = tensor(data, 0, "data")
    counts = {rank_of(tensor(t, i, "a bound"), i, "a bound") for i, t in enumerate((begin, end, strides), start=1)}
    if len(counts) != 1 or max(counts) > x.rank:
        raise TypeRuleError(f"begin, end and strides must have one length, at most {x.rank}, found {sorted(counts)}")
    count = max(counts)
    return TensorType((None,) * count + x.shape[count:], x.dtype)


def _dense(attrs: Attrs, indices: Type, values: Type, default: Type, shape: Type) -> TensorType:
    found = tensor(values, 1, "sparse_values")
    if tensor(default, 2, "default_value").rank:
        raise TypeRuleError(f"default_value must be a scalar, found {default}", 2)
    return _unknown(rank_of(tensor(shape, 3, "output_shape"), 3, "output_shape"), found.dtype)


def _expanded(attrs: Attrs, data: Type, axis: Type) -> TensorType:
    x = tensor(data, 0, "data")
    if tensor(axis, 1, "axis").rank:
        raise TypeRuleError(f"axis must be a scalar, found {axis}", 1)
    if attrs.num_newaxis < 0:
        raise TypeRuleError(f"num_newaxis must not be negative, found {attrs.num_newaxis}")
    return _unknown(check_rank(x.rank + attrs.num_newaxis, "num_newaxis"), x.dtype)


def _squeezed(attrs: Attrs, data: Type, axes: Type) -> TensorType:
    x = tensor(data, 0, "data")
    count = rank_of(tensor(axes, 1, "axes"), 1, "axes")
    if count > x.rank:
        raise TypeRuleError(f"{count} axes can't be removed from {x.rank} dimensions", 1)
    return _unknown(x.rank - count, x.dtype)


def _top(attrs: Attrs, data: Type, k: Type) -> Type:
    x, found = tensor(data, 0, "data"), tensor(k, 1, "k")
    if found.shape not in ((), (1,)):
        raise TypeRuleError(f"k must be a scalar or a tensor of one element, found {found}", 1)
    axis = normalize_axis(attrs.axis, x.rank)
    shape = (*x.shape[:axis], None, *x.shape[axis + 1 :])
    values = TensorType(shape, x.dtype)
    indices = TensorType(shape, attrs.dtype if given(attrs.dtype) else "int32")
    both = {"both": TupleType((values, indices)), "values": values, "indices": indices}
    if attrs.ret_type not in both:
        raise TypeRuleError(f"ret_type must be one of {', '.join(both)}, found {attrs.ret_type}")
    return both[attrs.ret_type]


class _SparseToDense(Dynamic):
    """Unlike the static operator, it takes a default value of any dtype."""

    def evaluate(self, attrs: Attrs, *args: Any) -> Any:
        indices, values, default, shape = args
        return super().evaluate(attrs, indices, values, default.astype(values.dtype), shape)

    def lower(self, ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
        indices, values, default, shape = args
        types = list(ctx.argument_types)
        assert isinstance(types[1], TensorType)
        cast_type = TensorType((), types[1].dtype)
        cast = lower_as(ctx, "cast", Attrs({"dtype": cast_type.dtype}), (default,), (types[2],), cast_type)
        types[2] = cast_type
        ctx.argument_types = tuple(types)
        return super().lower(ctx, attrs, indices, values, cast, shape)


def _only(name: str) -> Any:
    return lambda attrs, sizes: {name: ints(sizes)}


register_dynamic("dyn.reshape", ("data", "newshape"), Dynamic("reshape", (1,), _only("newshape")), _of_rank)
register_dynamic("dyn.tile", ("data", "reps"), Dynamic("tile", (1,), _only("reps")), _tiled)
register_dynamic("dyn.broadcast_to", ("data", "shape"), Dynamic("broadcast_to", (1,), _only("shape")), _of_rank)
for _name in ("zeros", "ones"):
    register_dynamic(f"dyn.{_name}", ("shape",), Dynamic(_name, (0,), _only("shape")), _filled)
register_dynamic("dyn.full", ("fill_value", "shape"), Dynamic("full", (1,), _only("shape")), _full)
register_dynamic(
    "dyn.one_hot",
    ("indices", "on_value", "off_value", "depth"),
    Dynamic("one_hot", (3,), lambda attrs, depth: {"depth": int(depth.reshape(-1)[0])}),
    _one_hot,
)
register_dynamic(
    "dyn.strided_slice",
    ("data", "begin", "end", "strides"),
    Dynamic(
        "strided_slice",
        (1, 2, 3),
        lambda attrs, begin, end, strides: {
            "begin": ints(begin),
            "end": ints(end),
            "strides": ints(strides),
            "axes": None,
        },
    ),
    _sliced,
)
register_dynamic(
    "dyn.sparse_to_dense",
    ("sparse_indices", "sparse_values", "default_value", "output_shape"),
    _SparseToDense("sparse_to_dense", (3,), _only("output_shape")),
    _dense,
)
register_dynamic(
    "dyn.expand_dims",
    ("data", "axis"),
    Dynamic("expand_dims", (1,), lambda attrs, axis: {"axis": int(axis), "num_newaxis": attrs.num_newaxis}),
    _expanded,
    extra=(Attr("num_newaxis", "int", 1),),
)
register_dynamic("dyn.squeeze", ("data", "axes"), Dynamic("squeeze", (1,), _only("axis")), _squeezed)
register_dynamic(
    "dyn.topk",
    ("data", "k"),
    Dynamic("topk", (1,), lambda attrs, k: {"k": int(k.reshape(-1)[0])}),
    _top,
    definition="TVM 0.18 src/relay/op/dyn/algorithm/topk.cc",
)
