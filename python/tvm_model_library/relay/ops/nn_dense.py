"""Matrix products: dense, matmul, batch_matmul and the packed dense.

Definitions: TVM 0.18 src/relay/op/nn/nn.h and nn.cc.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import show
from tvm_model_library.relay.ops._dtypes import given, wide
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.ops._matmul import matmul
from tvm_model_library.relay.types import Dim, Shape, TensorType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/nn/nn.h"
_TUNED = (
    Attr("auto_scheduler_rewritten_layout", "str", ""),
    Attr("meta_schedule_original_shape", "any", ()),
)
_DENSE = (Attr("units", "int?", None), Attr("out_dtype", "dtype?", None), *_TUNED)
_MATMUL = (*_DENSE, Attr("transpose_a", "bool", False), Attr("transpose_b", "bool", False))
_BATCH_MATMUL = (
    Attr("out_dtype", "dtype?", None),
    Attr("transpose_a", "bool", False),
    Attr("transpose_b", "bool", False),
    *_TUNED,
)


def _transposes(attrs: Attrs) -> tuple[bool, bool]:
    """``nn.dense`` has no such attributes: its weight is ``(units, in)``."""
    return bool(attrs.get("transpose_a", False)), bool(attrs.get("transpose_b", True))


def _check_plain(attrs: Attrs) -> None:
    if attrs.auto_scheduler_rewritten_layout or attrs.meta_schedule_original_shape:
        raise TypeRuleError("a weight rewritten by TVM's tuners has no portable meaning; export before tuning", 1)


def _out_dtype(attrs: Attrs, data: str) -> str:
    return str(attrs.out_dtype) if given(attrs.out_dtype) else data


def _agree(a: Dim, b: Dim, left: Shape, right: Shape) -> None:
    if a is not None and b is not None and a != b:
        raise TypeRuleError(f"inner dimensions differ: {a} of {show(left)} and {b} of {show(right)}", 1)


def _infer_matmul(attrs: Attrs, data: Type, weight: Type) -> TensorType:
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    _check_plain(attrs)
    transpose_a, transpose_b = _transposes(attrs)
    if x.rank < (2 if transpose_a else 1):
        raise TypeRuleError(f"data must have at least {2 if transpose_a else 1} dimensions, found {x}", 0)
    if w.rank != 2:
        raise TypeRuleError(f"the weight must have 2 dimensions, found {w}", 1)
    lead = x.shape[:-2] + x.shape[-1:] if transpose_a else x.shape[:-1]
    inner = x.shape[-2] if transpose_a else x.shape[-1]
    units, weight_inner = w.shape if transpose_b else w.shape[::-1]
    _agree(inner, weight_inner, x.shape, w.shape)
    if attrs.units is not None and units not in (None, attrs.units):
        raise TypeRuleError(f"units is {attrs.units}, but the weight {show(w.shape)} makes {units}", 1)
    return TensorType((*lead, attrs.units if units is None else units), _out_dtype(attrs, x.dtype))


def _constrain_matmul(attrs: Attrs, data: Type | None, weight: Type | None) -> list[Type | None]:
    if weight is not None or not isinstance(data, TensorType) or attrs.units is None or data.rank < 1:
        return [None, None]
    transpose_a, transpose_b = _transposes(attrs)
    inner = data.shape[-2] if transpose_a else data.shape[-1]
    shape = (attrs.units, inner) if transpose_b else (inner, attrs.units)
    return [None, TensorType(shape, data.dtype)]


def _evaluate_matmul(attrs: Attrs, data: Array, weight: Array) -> Array:
    transpose_a, transpose_b = _transposes(attrs)
    a = data.swapaxes(-1, -2) if transpose_a else data
    b = weight.T if transpose_b else weight
    dtype = _out_dtype(attrs, data.dtype.name)
    flat = matmul(a.reshape(prod(a.shape[:-1]), a.shape[-1]), b, dtype)
    return flat.reshape(*a.shape[:-1], b.shape[1]).astype(numpy_dtype(dtype))


def _emit_product(ctx: Lowering, inner: int, load_a: Any, load_b: Any, a: Any, b: Any) -> Any:
    """Emit ``out[i] = sum_k load_a(a, i, k) * load_b(b, i, k)``."""
    from tvm import te

    result = ctx.result
    accumulator = wide(result.dtype)

    def compute(x: Any, w: Any) -> Any:
        k = te.reduce_axis((0, inner), "k")
        out = te.compute(
            result.static_shape,
            lambda *i: te.sum(load_a(x, i, k).astype(accumulator) * load_b(w, i, k).astype(accumulator), axis=k),
            name="matmul",
        )
        if accumulator == result.dtype:
            return out
        return te.compute(result.static_shape, lambda *i: out(*i).astype(result.dtype), name="cast")

    return ctx.emit_te(compute, a, b)


def _lower_matmul(ctx: Lowering, attrs: Attrs, data: Any, weight: Any) -> Any:
    transpose_a, transpose_b = _transposes(attrs)
    shape = _static(ctx, 0)
    inner = shape[-2] if transpose_a else shape[-1]

    def load_a(x: Any, i: Any, k: Any) -> Any:
        return x(*i[:-2], k, i[-2]) if transpose_a else x(*i[:-1], k)

    def load_b(w: Any, i: Any, k: Any) -> Any:
        return w(i[-1], k) if transpose_b else w(k, i[-1])

    return _emit_product(ctx, inner, load_a, load_b, data, weight)


def _static(ctx: Lowering, argument: int) -> tuple[int, ...]:
    type_ = ctx.tensor(argument)
    return type_.static_shape


def _infer_batch_matmul(attrs: Attrs, x: Type, y: Type) -> TensorType:
    a, b = tensor(x, 0, "x"), tensor(y, 1, "y")
    _check_plain(attrs)
    for index, operand in enumerate((a, b)):
        if operand.rank != 3:
            raise TypeRuleError(f"batch_matmul multiplies tensors of 3 dimensions, found {operand}", index)
    rows, inner = (a.shape[2], a.shape[1]) if attrs.transpose_a else a.shape[1:]
    columns, other = b.shape[1:] if attrs.transpose_b else (b.shape[2], b.shape[1])
    _agree(inner, other, a.shape, b.shape)
    batches = {a.shape[0], b.shape[0]}
    if None not in batches and len(batches - {1}) > 1:
        raise TypeRuleError(f"batches of {a.shape[0]} and {b.shape[0]} don't fit; they must be equal or 1", 1)
    batch = None if a.shape[0] is None or b.shape[0] is None else max(a.shape[0], b.shape[0])
    return TensorType((batch, rows, columns), _out_dtype(attrs, a.dtype))


def _evaluate_batch_matmul(attrs: Attrs, x: Array, y: Array) -> Array:
    a = x.swapaxes(1, 2) if attrs.transpose_a else x
    b = y.swapaxes(1, 2) if attrs.transpose_b else y
    dtype = _out_dtype(attrs, x.dtype.name)
    return matmul(a, b, dtype).astype(numpy_dtype(dtype))


def _lower_batch_matmul(ctx: Lowering, attrs: Attrs, x: Any, y: Any) -> Any:
    left, right = _static(ctx, 0), _static(ctx, 1)

    def load_a(t: Any, i: Any, k: Any) -> Any:
        batch = 0 if left[0] == 1 else i[0]
        return t(batch, k, i[1]) if attrs.transpose_a else t(batch, i[1], k)

    def load_b(t: Any, i: Any, k: Any) -> Any:
        batch = 0 if right[0] == 1 else i[0]
        return t(batch, i[2], k) if attrs.transpose_b else t(batch, k, i[2])

    return _emit_product(ctx, left[1] if attrs.transpose_a else left[2], load_a, load_b, x, y)


def _packed_layout(attrs: Attrs, weight: Shape) -> Layout:
    """Layout of a packed weight; TVM's default ``NC`` stands for ``NC{b}n`` with the block of the shape."""
    if attrs.weight_layout == "NC" and len(weight) == 3:
        return parse_layout(f"NC{weight[2]}n", "NC")
    return parse_layout(attrs.weight_layout, "NC")


def _infer_dense_pack(attrs: Attrs, data: Type, weight: Type) -> TensorType:
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    if x.rank != 2 or not w.is_static or w.rank not in (3, 4):
        raise TypeRuleError(f"contrib_dense_pack needs 2-d data and a packed static weight, found {x} and {w}")
    units, inner = _packed_layout(attrs, w.shape).dims(w.shape, "NC")
    _agree(x.shape[1], inner, x.shape, w.shape)
    return TensorType((x.shape[0], units), _out_dtype(attrs, x.dtype))


def _evaluate_dense_pack(attrs: Attrs, data: Array, weight: Array) -> Array:
    dtype = _out_dtype(attrs, data.dtype.name)
    unpacked = _packed_layout(attrs, weight.shape).unpack(weight, "NC")
    return np.asarray(matmul(data, unpacked.T, dtype).astype(numpy_dtype(dtype)))


def _lower_dense_pack(ctx: Lowering, attrs: Attrs, data: Any, weight: Any) -> Any:
    layout = _packed_layout(attrs, _static(ctx, 1))

    def load_b(w: Any, i: Any, k: Any) -> Any:
        return w(*layout.indices([i[1], k], "NC"))

    return _emit_product(ctx, _static(ctx, 0)[1], lambda x, i, k: x(i[0], k), load_b, data, weight)


for _name, _attributes in (("nn.dense", _DENSE), ("nn.matmul", _MATMUL)):
    register(
        _name,
        ("data", "weight") if _name == "nn.dense" else ("tensor_a", "tensor_b"),
        _attributes,
        infer=_infer_matmul,
        constrain=_constrain_matmul,
        evaluate=_evaluate_matmul,
        lower=_lower_matmul,
        definition=_DEFINITION,
    )

register(
    "nn.batch_matmul",
    ("tensor_a", "tensor_b"),
    _BATCH_MATMUL,
    infer=_infer_batch_matmul,
    evaluate=_evaluate_batch_matmul,
    lower=_lower_batch_matmul,
    definition=_DEFINITION,
)

register(
    "nn.contrib_dense_pack",
    ("data", "weight"),
    (Attr("units", "int?", None), Attr("out_dtype", "dtype?", None), Attr("weight_layout", "str", "NC")),
    infer=_infer_dense_pack,
    evaluate=_evaluate_dense_pack,
    lower=_lower_dense_pack,
    definition="TVM 0.18 src/relay/op/nn/nn.cc",
)
