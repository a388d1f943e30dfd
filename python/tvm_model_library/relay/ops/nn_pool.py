"""Max and average pooling over 1, 2 and 3 spatial dimensions.

Definitions: TVM 0.18 src/relay/op/nn/pooling.cc, include/tvm/topi/nn/pooling.h. Integer averages truncate
towards zero after a sum in the data's dtype.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, register
from tvm_model_library.relay.ops._dtypes import is_float, wide, widen
from tvm_model_library.relay.ops._pool import Pool, infer_pool, least, pool, pool_attributes
from tvm_model_library.relay.ops._pool_te import divisor, pad_stage
from tvm_model_library.relay.ops._windows import pad_spatial, sliding_windows
from tvm_model_library.relay.ops.reduction import largest
from tvm_model_library.relay.types import TensorType
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _windows(geo: Pool, data: Array, fill: float) -> tuple[Array, list[int]]:
    """Windows of the padded data, pooled axes moved to the end; and their number along each pooled axis."""
    rank = len(geo.axes)
    moved = np.moveaxis(data, geo.axes, range(-rank, 0))
    counts = [geo.count(i, data.shape[axis]) or 0 for i, axis in enumerate(geo.axes)]
    padding = []
    for i, (before, after) in enumerate(geo.padding):
        reach = (counts[i] - 1) * geo.strides[i] + (geo.size[i] - 1) * geo.dilation[i] + 1
        padding.append((before, max(after, reach - before - moved.shape[i - rank])))
    padded = pad_spatial(moved, tuple(padding), fill)
    return sliding_windows(padded, geo.size, geo.strides, geo.dilation, counts), counts


def _evaluate_max(attrs: Attrs, data: Array, rank: int) -> Array:
    geo = pool(attrs, TensorType(data.shape, data.dtype.name), rank)
    floor = least(data.dtype.name)
    windows, _ = _windows(geo, data, floor)
    result = np.maximum(windows.max(axis=tuple(range(-rank, 0))), np.asarray(floor, data.dtype))
    return np.ascontiguousarray(np.moveaxis(result, range(-rank, 0), geo.axes))


def _evaluate_average(attrs: Attrs, data: Array, rank: int) -> Array:
    geo = pool(attrs, TensorType(data.shape, data.dtype.name), rank)
    wider = widen(data)
    windows, _ = _windows(geo, wider, 0)
    total = windows.sum(axis=tuple(range(-rank, 0)), dtype=wider.dtype)
    number = np.ones((), np.int64)
    for i, axis in enumerate(geo.axes):
        number = number[..., None] * geo.divisors(i, data.shape[axis], bool(attrs.count_include_pad))
    if not attrs.count_include_pad:
        number = np.maximum(number, 1)
    if is_float(data.dtype.name):
        result = (total / number.astype(total.dtype)).astype(data.dtype)
    else:
        signed = total.astype(np.int64)
        result = (np.sign(signed) * (np.abs(signed) // number)).astype(data.dtype)
    return np.ascontiguousarray(np.moveaxis(result, range(-rank, 0), geo.axes))


def _emit(ctx: Lowering, attrs: Attrs, data: Any, rank: int, average: bool) -> Any:
    from tvm import te

    source_type, result = ctx.tensor(0), ctx.result
    geo = pool(attrs, source_type, rank)
    shape = source_type.static_shape

    def compute(x: Any) -> Any:
        padded = pad_stage(geo, x, shape, 0 if average else least(result.dtype))
        axes = [te.reduce_axis((0, k), f"r{letter}") for k, letter in zip(geo.size, "xyz", strict=False)]

        def window(indices: Any) -> Any:
            where = list(indices)
            for i, axis in enumerate(geo.axes):
                where[axis] = indices[axis] * geo.strides[i] + axes[i] * geo.dilation[i]
            return padded(*where)

        if not average:
            return te.compute(result.static_shape, lambda *i: largest(window(i), axes, result.dtype), name="pool_max")
        accumulator = wide(result.dtype)
        total = te.compute(
            result.static_shape, lambda *i: te.sum(window(i).astype(accumulator), axis=axes), name="pool_sum"
        )
        number = divisor(geo, shape, bool(attrs.count_include_pad))
        return te.compute(result.static_shape, lambda *i: _divide(total(*i), number(i), result.dtype), name="pool_avg")

    return ctx.emit_te(compute, data)


def _divide(total: Any, number: Any, dtype: str) -> Any:
    from tvm import tirx

    if is_float(dtype):
        return (total / number.astype(wide(dtype))).astype(dtype)
    exact = "int64" if dtype in ("uint32", "int64", "uint64") else "int32"
    return tirx.truncdiv(total.astype(exact), number.astype(exact)).astype(dtype)


for _rank in (1, 2, 3):
    for _average in (False, True):
        register(
            f"nn.{'avg' if _average else 'max'}_pool{_rank}d",
            ("data",),
            pool_attributes(_rank, _average),
            infer=partial(infer_pool, rank=_rank),
            evaluate=partial(_evaluate_average if _average else _evaluate_max, rank=_rank),
            lower=partial(_emit, rank=_rank, average=_average),
            definition="TVM 0.18 src/relay/op/nn/pooling.cc",
        )
