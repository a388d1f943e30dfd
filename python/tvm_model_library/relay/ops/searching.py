"""Searching: argmax, argmin, searchsorted, unique, argwhere.

Definitions: TVM 0.18 src/relay/op/tensor/reduce.cc and transform.cc, src/relay/op/algorithm/searchsorted.cc.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dtypes import wide, widen
from tvm_model_library.relay.ops._kernels import emit_sequential, held
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.ops.reduction import reduced_axes, reduced_shape
from tvm_model_library.relay.ops.sorting import merge_memory, merge_sort
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/reduce.cc"


def _infer_arg(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    if type_.rank == 0:
        raise TypeRuleError("needs a tensor with dimensions, found a scalar", 0)
    return TensorType(reduced_shape(attrs, type_.shape), "int32")


def _register_arg(name: str) -> None:
    best = np.argmax if name == "argmax" else np.argmin

    def evaluate(attrs: Attrs, data: Array) -> Array:
        """The position among the reduced elements in row-major order, the first or the last of equal ones."""
        axes = reduced_axes(attrs, data.ndim)
        kept = [i for i in range(data.ndim) if i not in axes]
        number = prod(data.shape[a] for a in axes)
        shape = reduced_shape(attrs, data.shape)
        rows = widen(np.transpose(data, (*kept, *axes))).reshape(-1, number) if data.size else np.zeros((0, 1))
        if not data.size and 0 not in shape:
            raise EvaluationRuleError("there are no elements to choose from")
        where = number - 1 - best(rows[:, ::-1], axis=1) if attrs.select_last_index else best(rows, axis=1)
        return np.asarray(where).astype(np.int32).reshape([d or 0 for d in shape])

    def lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        from tvm import tirx

        source, result = ctx.tensor(0), ctx.result
        shape, axes = source.static_shape, reduced_axes(attrs, source.rank)
        if source.size == 0 and result.size:
            ctx.refuse("there are no elements to choose from")
        computed = "uint8" if source.dtype == "bool" else wide(source.dtype)
        compare = (tirx.GE if attrs.select_last_index else tirx.GT) if name == "argmax" else None
        compare = compare or (tirx.LE if attrs.select_last_index else tirx.LT)
        return _emit_arg(ctx, data, shape, axes, computed, compare)

    register(
        name,
        ("data",),
        (
            Attr("axis", "int[]?", None),
            Attr("keepdims", "bool", False),
            Attr("select_last_index", "bool", False),
            Attr("exclude", "bool", False),
        ),
        infer=_infer_arg,
        evaluate=evaluate,
        lower=lower,
        definition=_DEFINITION,
    )


def _emit_arg(ctx: Lowering, data: Any, shape: tuple[int, ...], axes: tuple[int, ...], computed: str, wins: Any) -> Any:
    """Emit a loop over the reduced elements of each result; a later ``a`` replaces ``b`` where ``wins(a, b)``."""
    result, source = ctx.result, ctx.tensor(0)
    kept = [i for i in range(len(shape)) if i not in axes]
    strides = [prod(shape[i + 1 :]) for i in range(len(shape))]
    results, number = prod(shape[i] for i in kept), prod(shape[i] for i in axes)

    def body(values: Any, target: Any, best: Any, where: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        def offset(flat: Any, dims: list[int]) -> Any:
            total: Any = tirx.const(0, "int32")
            for i in reversed(dims):
                total = total + tirx.floormod(flat, shape[i]) * strides[i]
                flat = tirx.floordiv(flat, shape[i])
            return total

        with T.serial(0, results) as k:
            start = offset(k, kept)
            best[0] = values[start].astype(computed)
            where[0] = tirx.const(0, "int32")
            with T.serial(1, number) as i:
                value = values[start + offset(i, list(axes))].astype(computed)
                with T.If(wins(value, best[0])), T.Then():
                    best[0] = value
                    where[0] = i
            target[k] = where[0]

    return emit_sequential(ctx, (data,), [source], [result], body, [(1, computed), (1, "int32")])[0]


_register_arg("argmax")
_register_arg("argmin")


def _infer_searchsorted(attrs: Attrs, sequence: Type, values: Type) -> TensorType:
    ordered, wanted = tensor(sequence, 0, "sorted_sequence"), tensor(values, 1, "values")
    if not ordered.rank or not wanted.rank:
        raise TypeRuleError("sorted_sequence and values must have dimensions", 0 if not ordered.rank else 1)
    if ordered.rank > 1 and (
        ordered.rank != wanted.rank
        or not all(agree(a, b) for a, b in zip(ordered.shape[:-1], wanted.shape[:-1], strict=True))
    ):
        raise TypeRuleError(f"values {wanted} must match sorted_sequence {ordered} but for the last dimension", 1)
    return TensorType(wanted.shape, attrs.dtype)


def _evaluate_searchsorted(attrs: Attrs, sequence: Array, values: Array) -> Array:
    side = "right" if attrs.right else "left"
    result = np.zeros(values.shape, numpy_dtype(attrs.dtype))
    for row in np.ndindex(*values.shape[:-1]):
        ordered = sequence[row] if sequence.ndim > 1 else sequence
        result[row] = np.searchsorted(widen(ordered), widen(values[row]), side)  # type: ignore[call-overload]
    return result


def _lower_searchsorted(ctx: Lowering, attrs: Attrs, sequence: Any, values: Any) -> Any:
    types = [t for t in ctx.argument_types if isinstance(t, TensorType)]
    result = ctx.result
    size = types[0].static_shape[-1]
    width, single = types[1].static_shape[-1], types[0].rank == 1

    def body(ordered: Any, wanted: Any, target: Any, low: Any, high: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, types[1].size) as k:
            start = 0 if single else tirx.floordiv(k, width) * size
            low[0] = tirx.const(0, "int32")
            high[0] = tirx.const(size, "int32")
            with T.While(low[0] < high[0]):
                middle = tirx.floordiv(low[0] + high[0], 2)
                element = ordered[start + middle]
                with T.If(element <= wanted[k] if attrs.right else element < wanted[k]):
                    with T.Then():
                        low[0] = tirx.floordiv(low[0] + high[0], 2) + 1
                    with T.Else():
                        high[0] = tirx.floordiv(low[0] + high[0], 2)
            target[k] = low[0].astype(attrs.dtype)

    return emit_sequential(ctx, (sequence, values), types, [result], body, [(1, "int32"), (1, "int32")])[0]


register(
    "searchsorted",
    ("sorted_sequence", "values"),
    (Attr("right", "bool", False), Attr("dtype", "dtype", "int32")),
    infer=_infer_searchsorted,
    evaluate=_evaluate_searchsorted,
    lower=_lower_searchsorted,
    definition="TVM 0.18 src/relay/op/algorithm/searchsorted.cc",
)


def _infer_unique(attrs: Attrs, data: Type) -> TupleType:
    type_ = tensor(data, 0, "data")
    if type_.rank != 1:
        raise TypeRuleError(f"data must be a vector, found {type_}", 0)
    positions = TensorType(type_.shape, "int32")
    fields = (type_, positions, positions, TensorType((1,), "int32"))
    return TupleType((*fields, positions) if attrs.return_counts else fields)


def _evaluate_unique(attrs: Attrs, data: Array) -> tuple[Array, ...]:
    """Unique values, where each occurs first, which one each element is, their number, and how often each occurs.

    The lists have the length of ``data``: behind the unique values stand zeros, behind the first places
    ``data``'s length, behind the counts zeros.
    """
    size = data.size
    values, first, inverse, counts = np.unique(data, return_index=True, return_inverse=True, return_counts=True)
    if not attrs.sorted:
        by_place = np.argsort(first, kind="stable")
        rank = np.empty_like(by_place)
        rank[by_place] = np.arange(by_place.size)
        values, first, counts, inverse = values[by_place], first[by_place], counts[by_place], rank[inverse]
    found = np.zeros(size, data.dtype)
    places, times = np.full(size, size, np.int32), np.zeros(size, np.int32)
    found[: values.size], places[: values.size], times[: values.size] = values, first, counts
    result = (found, places, inverse.reshape(-1).astype(np.int32), np.asarray([values.size], np.int32))
    return (*result, times) if attrs.return_counts else result


def _lower_unique(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    source, result = ctx.tensor(0), ctx.result_type
    assert isinstance(result, TupleType)
    outputs = [t for t in result.fields if isinstance(t, TensorType)]
    size, counted = source.size, len(outputs) == 5

    def body(values: Any, found: Any, places: Any, inverse: Any, number: Any, *rest: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        times, memory = rest[0], rest[counted:]  # without counts, times is not used
        ordered, numbers, first = memory[0], memory[1], memory[4]
        zero, one = tirx.const(0, "int32"), tirx.const(1, "int32")
        merge_sort(values, 0, 1, size, True, source.dtype, memory)
        # Each element gets its value below, and first with the first element; but a C compiler can't know.
        first[0] = zero
        with T.serial(0, size) as i:
            numbers[i] = zero
            inverse[i] = zero
        with T.serial(0, size) as i:  # for now, inverse holds the place where each value occurs first
            changes = tirx.if_then_else(i > 0, _differ(values, ordered[i], ordered[tirx.Max(i - 1, 0)]), True)
            with T.If(changes), T.Then():
                first[0] = ordered[i]
            inverse[ordered[i]] = held(first[0], size)
            found[i] = tirx.const(0, source.dtype)
            places[i] = tirx.const(size, "int32")
            if counted:
                times[i] = zero
        number[0] = zero
        with T.serial(0, size) as i:
            element = ordered[i] if attrs.sorted else i
            with T.If(tirx.EQ(inverse[element], element)), T.Then():
                place = held(number[0], size)
                numbers[element] = place
                found[place] = values[element]
                places[place] = element
                number[0] = place + one
            inverse[element] = numbers[inverse[element]]
            if counted:
                times[inverse[element]] = times[inverse[element]] + one

    return emit_sequential(ctx, (data,), [source], outputs, body, merge_memory(size))


def _differ(values: Any, a: Any, b: Any) -> Any:
    from tvm import tirx

    return tirx.NE(values[a], values[b])


register(
    "unique",
    ("data",),
    (Attr("sorted", "bool", True), Attr("return_counts", "bool", False)),
    infer=_infer_unique,
    evaluate=_evaluate_unique,
    lower=_lower_unique,
    definition="TVM 0.18 src/relay/op/tensor/transform.cc, python/tvm/topi/unique.py",
)


def _infer_argwhere(attrs: Attrs, condition: Type) -> TensorType:
    return TensorType((None, tensor(condition, 0, "condition").rank), "int32")


def _evaluate_argwhere(attrs: Attrs, condition: Array) -> Array:
    return np.argwhere(condition).astype(np.int32)


register(
    "argwhere",
    ("condition",),
    infer=_infer_argwhere,
    evaluate=_evaluate_argwhere,
    lower=None,
    definition="TVM 0.18 src/relay/op/tensor/transform.cc",
    note="the shape of its result depends on the values of its argument",
)
