"""Sorting: sort, argsort, topk.

Definitions: TVM 0.18 src/relay/op/algorithm and src/runtime/contrib/sort. Equal elements keep their order,
in descending order too. NaN has no place in an order: where it ends up is not defined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dtypes import given, wide, widen
from tvm_model_library.relay.ops._kernels import around, emit_sequential, held
from tvm_model_library.relay.ops._shapes import normalize_axis
from tvm_model_library.relay.types import Dim, TensorType, TupleType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def order(data: Array, axis: int, ascending: bool) -> Array:
    """Indices that sort ``data`` along ``axis``, equal elements in their order."""
    values = widen(data)
    if ascending:
        return np.asarray(np.argsort(values, axis=axis, kind="stable"))
    backwards = np.argsort(np.flip(values, axis), axis=axis, kind="stable")
    return np.flip(values.shape[axis] - 1 - backwards, axis)


def merge_sort(values: Any, start: Any, stride: int, size: int, ascending: bool, dtype: str, memory: Any) -> None:
    """Inside a kernel: leave in the first buffer of ``memory`` the indices that sort ``size`` elements of ``values``.

    Bottom-up merge sort over indices, stable. The elements stand at ``start``, ``start + stride``, ... ``memory``
    is made as :func:`merge_memory` says.
    """
    from tvm import tirx
    from tvm.script.ir_builder import tirx as T

    indices, other, width, run, left, right = memory
    zero, one, all_ = (tirx.const(n, "int32") for n in (0, 1, size))

    def value(index: Any) -> Any:
        return values[start + index * stride].astype("uint8" if dtype == "bool" else wide(dtype))

    def comes_first(a: Any, b: Any) -> Any:
        """Whether the right element goes before the left one: only when it is strictly in front."""
        return value(b) < value(a) if ascending else value(b) > value(a)

    with T.serial(0, size) as i:
        indices[i] = i
    width[0] = one
    with T.While(width[0] < all_):
        with T.serial(0, size) as i:
            other[i] = indices[i]
        run[0] = zero
        with T.While(run[0] < all_):
            low = run[0]
            middle, high = tirx.Min(low + width[0], all_), tirx.Min(low + width[0] * 2, all_)
            left[0] = low
            right[0] = middle
            with T.serial(0, high - low) as k:
                after = held(right[0], size)
                second = comes_first(other[held(left[0], size)], other[after])
                with T.If(tirx.all(left[0] < middle, tirx.any(right[0] >= high, tirx.Not(second)))):
                    with T.Then():
                        indices[low + k] = other[left[0]]
                        left[0] = left[0] + one
                    with T.Else():
                        indices[low + k] = other[after]
                        right[0] = after + one
            run[0] = high
        width[0] = width[0] * 2


def merge_memory(size: int) -> list[tuple[int, str]]:
    """Scratch of :func:`merge_sort`: two lists of indices and four counters."""
    return [(max(size, 2), "int32")] * 2 + [(1, "int32")] * 4


def _emit_sorted(
    ctx: Lowering, axis: int, ascending: bool, keep: int, data: Any, wanted: list[TensorType | None]
) -> Any:
    """Emit the first ``keep`` sorted values and their indices; ``wanted`` gives their types, None for not wanted."""
    source = ctx.tensor(0)
    outer, size, inner = around(source.static_shape, axis)
    values_type, indices_type = wanted

    def body(values: Any, *rest: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        outputs, memory = rest[: -len(merge_memory(size))], rest[-len(merge_memory(size)) :]
        sorted_values, sorted_indices = outputs[0], outputs[-1]
        with T.serial(0, outer * inner) as k:
            row, column = tirx.floordiv(k, inner), tirx.floormod(k, inner)
            start = row * (size * inner) + column
            merge_sort(values, start, inner, size, ascending, source.dtype, memory)
            with T.serial(0, keep) as i:
                at = row * (keep * inner) + i * inner + column
                if values_type:
                    sorted_values[at] = values[start + memory[0][i] * inner]
                if indices_type:
                    sorted_indices[at] = memory[0][i].astype(indices_type.dtype)

    outputs = [t for t in wanted if t is not None]
    return emit_sequential(ctx, (data,), [source], outputs, body, merge_memory(size))


def _infer_sort(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    normalize_axis(attrs.axis, type_.rank)
    return type_


def _evaluate_sort(attrs: Attrs, data: Array) -> Array:
    return np.take_along_axis(data, order(data, attrs.axis, attrs.is_ascend), attrs.axis)


def _lower_sort(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    result = ctx.result
    axis = attrs.axis % result.rank
    return _emit_sorted(ctx, axis, attrs.is_ascend, result.static_shape[axis], data, [result, None])[0]


def _infer_argsort(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    normalize_axis(attrs.axis, type_.rank)
    return TensorType(type_.shape, attrs.dtype if given(attrs.dtype) else "int32")


def _evaluate_argsort(attrs: Attrs, data: Array) -> Array:
    dtype = attrs.dtype if given(attrs.dtype) else "int32"
    return order(data, attrs.axis, attrs.is_ascend).astype(numpy_dtype(dtype))


def _lower_argsort(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    result = ctx.result
    axis = attrs.axis % result.rank
    return _emit_sorted(ctx, axis, attrs.is_ascend, result.static_shape[axis], data, [None, result])[0]


_SORT_ATTRIBUTES = (Attr("axis", "int", -1), Attr("is_ascend", "bool", True), Attr("dtype", "dtype?", None))

register(
    "sort",
    ("data",),
    _SORT_ATTRIBUTES,
    infer=_infer_sort,
    evaluate=_evaluate_sort,
    lower=_lower_sort,
    definition="TVM 0.18 src/relay/op/algorithm/sort.cc",
)
register(
    "argsort",
    ("data",),
    _SORT_ATTRIBUTES,
    infer=_infer_argsort,
    evaluate=_evaluate_argsort,
    lower=_lower_argsort,
    definition="TVM 0.18 src/relay/op/algorithm/argsort.cc",
)


def _infer_topk(attrs: Attrs, data: Type) -> Type:
    type_ = tensor(data, 0, "data")
    axis = normalize_axis(attrs.axis, type_.rank)
    size: Dim = type_.shape[axis]
    kept = attrs.k if attrs.k is not None and attrs.k >= 1 else size
    if kept is not None and size is not None and kept > size:
        raise TypeRuleError(f"k is {kept}, but dimension {axis} has only {size} elements", 0)
    shape = (*type_.shape[:axis], kept, *type_.shape[axis + 1 :])
    values = TensorType(shape, type_.dtype)
    indices = TensorType(shape, attrs.dtype if given(attrs.dtype) else "int32")
    both = TupleType((values, indices))
    return {"both": both, "values": values, "indices": indices}[attrs.ret_type]


def _evaluate_topk(attrs: Attrs, data: Array) -> Any:
    indices = order(data, attrs.axis, attrs.is_ascend)
    if attrs.k is not None and attrs.k >= 1:
        indices = np.take(indices, range(attrs.k), attrs.axis)
    values = np.take_along_axis(data, indices, attrs.axis)
    dtype = attrs.dtype if given(attrs.dtype) else "int32"
    numbers = indices.astype(numpy_dtype(dtype))
    return {"both": (values, numbers), "values": values, "indices": numbers}[attrs.ret_type]


def _lower_topk(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    both = _infer_topk(Attrs({**attrs, "ret_type": "both"}), ctx.argument_types[0])
    assert isinstance(both, TupleType)
    values, indices = both.fields
    assert isinstance(values, TensorType)
    assert isinstance(indices, TensorType)
    axis = attrs.axis % values.rank
    wanted: list[TensorType | None] = [
        values if attrs.ret_type != "indices" else None,
        indices if attrs.ret_type != "values" else None,
    ]
    result = _emit_sorted(ctx, axis, attrs.is_ascend, values.static_shape[axis], data, wanted)
    return result if attrs.ret_type == "both" else result[0]


register(
    "topk",
    ("data",),
    (
        Attr("k", "int?", 1),
        Attr("axis", "int", -1),
        Attr("ret_type", "str", "both", ("both", "values", "indices")),
        Attr("is_ascend", "bool", False),
        Attr("dtype", "dtype?", None),
    ),
    infer=_infer_topk,
    evaluate=_evaluate_topk,
    lower=_lower_topk,
    definition="TVM 0.18 src/relay/op/algorithm/topk.cc",
)
