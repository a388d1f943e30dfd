"""Adaptive and global pooling.

Definitions: TVM 0.18 src/relay/op/nn/pooling.cc, include/tvm/topi/nn/pooling.h. Window ``i`` of ``out`` over ``n``
elements reaches from ``floor(i n / out)`` to ``ceil((i + 1) n / out)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._conv import SPATIAL
from tvm_model_library.relay.ops._dtypes import is_float, wide, widen
from tvm_model_library.relay.ops._pool import least, pool_layout
from tvm_model_library.relay.ops.reduction import largest
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _output_size(attrs: Attrs, sizes: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """The pooled extents: 1 for global pooling; those of the data where ``output_size`` is empty."""
    if "output_size" not in attrs:
        return (1,) * len(sizes)
    wanted = tuple(attrs.output_size or ())
    if not wanted:
        return sizes
    if len(wanted) == 1:
        wanted = wanted * len(sizes)
    if len(wanted) != len(sizes) or any(w < 1 for w in wanted):
        raise TypeRuleError(f"output_size must be 0, 1 or {len(sizes)} positive integers, found {list(wanted)}")
    return wanted


def _infer(attrs: Attrs, data: Type, rank: int) -> TensorType:
    x = tensor(data, 0, "data")
    _, axes = pool_layout(attrs, x, rank)
    shape = list(x.shape)
    for axis, size in zip(axes, _output_size(attrs, tuple(x.shape[a] for a in axes)), strict=True):
        shape[axis] = size
    return TensorType(tuple(shape), x.dtype)


def _problem(shape: Sequence[int], axes: Sequence[int]) -> str | None:
    """Why there is nothing to pool."""
    return "there is nothing to pool in a dimension of 0" if any(shape[a] == 0 for a in axes) else None


def _evaluate(attrs: Attrs, data: Array, rank: int, average: bool) -> Array:
    x = TensorType(data.shape, data.dtype.name)
    _, axes = pool_layout(attrs, x, rank)
    if problem := _problem(data.shape, axes):
        raise EvaluationRuleError(problem)
    result, number = widen(data), np.ones((1,) * data.ndim, np.int64)
    for axis, size in zip(axes, _output_size(attrs, tuple(data.shape[a] for a in axes)), strict=True):
        assert size is not None
        extent = data.shape[axis]
        bounds = [(i * extent // size, -(-(i + 1) * extent // size)) for i in range(size)]
        parts = [result.take(range(*b), axis) for b in bounds]
        reduced = [p.sum(axis=axis, dtype=result.dtype) if average else p.max(axis=axis) for p in parts]
        result = np.stack(reduced, axis)
        lengths = np.array([end - start for start, end in bounds])
        number = number * lengths.reshape([-1 if a == axis else 1 for a in range(data.ndim)])
    if not average:
        return np.asarray(np.maximum(result, np.asarray(least(x.dtype), result.dtype)).astype(data.dtype))
    if is_float(x.dtype):
        return np.asarray((result / number.astype(result.dtype)).astype(data.dtype))
    signed, divisor = result.astype(np.int64), number.astype(data.dtype).astype(np.int64)
    return np.asarray((np.sign(signed) * np.sign(divisor) * (abs(signed) // abs(divisor))).astype(data.dtype))


def _lower(ctx: Lowering, attrs: Attrs, data: Any, rank: int, average: bool) -> Any:
    from tvm import te, tirx

    source, result = ctx.tensor(0), ctx.result
    _, axes = pool_layout(attrs, source, rank)
    shape, dtype = source.static_shape, wide(result.dtype)
    if problem := _problem(shape, axes):
        ctx.refuse(problem)
    spans = [(shape[a], result.static_shape[a]) for a in axes]
    # the longest window; it is the only length where the output divides the input
    extents = [max(-(-(i + 1) * n // out) - i * n // out for i in range(out)) for n, out in spans]

    def bounds(place: Any, n: int, out: int) -> tuple[Any, Any]:
        if n % out == 0:
            return place * (n // out), None
        return tirx.floordiv(place * n, out), tirx.floordiv((place + 1) * n + (out - 1), out)

    def compute(x: Any) -> Any:
        reduced = [te.reduce_axis((0, e), f"r{letter}") for e, letter in zip(extents, "xyz", strict=False)]
        neutral = tirx.const(0, dtype) if average else tirx.const(least(result.dtype), dtype)

        def window(indices: Any) -> Any:
            where, conditions = list(indices), []
            for axis, r, (n, out) in zip(axes, reduced, spans, strict=True):
                start, end = bounds(indices[axis], n, out)
                where[axis] = start + r
                if end is not None:
                    conditions.append(start + r < end)
            value = x(*where).astype(dtype)
            return tirx.if_then_else(tirx.all(*conditions), value, neutral) if conditions else value

        if not average:
            best = te.compute(result.static_shape, lambda *i: largest(window(i), reduced, dtype), name="pool_max")
            if dtype == result.dtype:
                return best
            floor = tirx.const(least(result.dtype), dtype)  # above that of the wider dtype
            return te.compute(
                result.static_shape, lambda *i: tirx.max(best(*i), floor).astype(result.dtype), name="cast"
            )
        total = te.compute(result.static_shape, lambda *i: te.sum(window(i), axis=reduced), name="pool_sum")

        def mean(*indices: Any) -> Any:
            number = tirx.const(1, "int32")
            for axis, (n, out) in zip(axes, spans, strict=True):
                start, end = bounds(indices[axis], n, out)
                number = number * (n // out if end is None else end - start)
            if is_float(result.dtype):
                return (total(*indices) / number.astype(dtype)).astype(result.dtype)
            return tirx.truncdiv(total(*indices), number.astype(dtype))

        return te.compute(result.static_shape, mean, name="pool_avg")

    return ctx.emit_te(compute, data)


def _register(name: str, rank: int, average: bool, attributes: tuple[Attr, ...]) -> None:
    layout = (Attr("layout", "str", "NC" + SPATIAL[rank]), Attr("out_layout", "str", ""))
    register(
        name,
        ("data",),
        attributes + layout,
        infer=partial(_infer, rank=rank),
        evaluate=partial(_evaluate, rank=rank, average=average),
        lower=partial(_lower, rank=rank, average=average),
        definition="TVM 0.18 src/relay/op/nn/pooling.cc",
    )


for _average in (False, True):
    _kind = "avg" if _average else "max"
    _register(f"nn.global_{_kind}_pool2d", 2, _average, ())
    for _rank in (1, 2, 3):
        _register(f"nn.adaptive_{_kind}_pool{_rank}d", _rank, _average, (Attr("output_size", "int[]?", ()),))
