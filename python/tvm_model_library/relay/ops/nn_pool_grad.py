"""Gradients of 2-d pooling.

Definitions: TVM 0.18 src/relay/op/nn/pooling.cc, include/tvm/topi/nn/pooling.h. Each gradient goes to the first maximum
of its window, or in equal parts to the window's elements.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import show
from tvm_model_library.relay.ops._dtypes import wide, widen
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._pool import Pool, least, pool, pool_attributes
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer(attrs: Attrs, out_grad: Type, data: Type) -> TensorType:
    g, x = tensor(out_grad, 0, "out_grad"), tensor(data, 1, "data")
    geo = pool(attrs, x, 2)
    if set(geo.dilation) != {1}:
        raise TypeRuleError("the gradient of dilated pooling is not defined in TVM 0.18")
    expected = list(x.shape)
    for i, axis in enumerate(geo.axes):
        expected[axis] = geo.count(i, x.shape[axis])
    if g.rank != x.rank or not all(map(agree, g.shape, expected)):
        raise TypeRuleError(f"the gradient of the result must have the shape {show(tuple(expected))}, found {g}", 0)
    return x


def _bounds(geo: Pool, i: int, place: int, extent: int) -> tuple[int, int]:
    """The part of a window along pooled axis ``i`` that lies in the data."""
    start = place * geo.strides[i] - geo.padding[i][0]
    return max(start, 0), min(start + geo.size[i], extent)


def _evaluate(attrs: Attrs, out_grad: Array, data: Array, average: bool) -> Array:
    geo = pool(attrs, TensorType(data.shape, data.dtype.name), 2)
    x = np.moveaxis(widen(data), geo.axes, (-2, -1))
    grad = np.moveaxis(widen(out_grad), geo.axes, (-2, -1))
    height, width = x.shape[-2:]
    flat, flat_grad = x.reshape(-1, height, width), grad.reshape(-1, *grad.shape[-2:])
    result = np.zeros_like(flat)
    every = np.arange(len(flat))
    for i, j in product(range(grad.shape[-2]), range(grad.shape[-1])):
        (top, bottom), (left, right) = _bounds(geo, 0, i, height), _bounds(geo, 1, j, width)
        if top >= bottom or left >= right:
            continue
        values = flat_grad[:, i, j]
        if average:
            number = prod(geo.size) if attrs.count_include_pad else (bottom - top) * (right - left)
            result[:, top:bottom, left:right] += (values / number).astype(result.dtype)[:, None, None]
        else:
            best = flat[:, top:bottom, left:right].reshape(len(flat), -1).argmax(axis=1)
            rows, columns = np.divmod(best, right - left)
            result[every, top + rows, left + columns] += values
    moved = np.moveaxis(result.reshape(x.shape), (-2, -1), geo.axes)
    return np.ascontiguousarray(moved).astype(data.dtype)


def _lower(ctx: Lowering, attrs: Attrs, out_grad: Any, data: Any, average: bool) -> Any:
    grad_type, source = ctx.argument_types
    assert isinstance(grad_type, TensorType)
    assert isinstance(source, TensorType)
    geo, shape, counts = pool(attrs, source, 2), source.static_shape, grad_type.static_shape
    dtype = wide(source.dtype)
    vertical, horizontal = geo.axes
    others = [i for i in range(len(shape)) if i not in geo.axes]
    steps = [prod(shape[i + 1 :]) for i in range(len(shape))]
    grad_steps = [prod(counts[i + 1 :]) for i in range(len(shape))]

    def body(grad: Any, x: Any, out: Any, total: Any, best: Any, place: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        def bounds(i: int, index: Any) -> tuple[Any, Any]:
            start = index * geo.strides[i] - geo.padding[i][0]
            return tirx.Max(start, 0), tirx.Min(start + geo.size[i], shape[geo.axes[i]])

        with T.serial(0, source.size) as i:
            total[i] = tirx.const(0, dtype)
        with T.serial(0, prod(shape[i] for i in others)) as outer:
            base, grad_base, rest = tirx.const(0, "int32"), tirx.const(0, "int32"), outer
            for i in reversed(others):
                base, grad_base = base + rest % shape[i] * steps[i], grad_base + rest % shape[i] * grad_steps[i]
                rest = rest // shape[i]
            with T.serial(0, counts[vertical]) as i, T.serial(0, counts[horizontal]) as j:
                (top, bottom), (left, right) = bounds(0, i), bounds(1, j)
                rows, columns = tirx.Max(bottom - top, 0), tirx.Max(right - left, 0)
                value = grad[grad_base + i * grad_steps[vertical] + j * grad_steps[horizontal]].astype(dtype)
                best[0] = tirx.const(least(dtype), dtype)
                place[0] = tirx.const(-1, "int32")
                with T.serial(0, rows) as y, T.serial(0, columns) as z:
                    index = base + (top + y) * steps[vertical] + (left + z) * steps[horizontal]
                    if average:
                        number = tirx.const(prod(geo.size), dtype)
                        if not attrs.count_include_pad:
                            number = (rows * columns).astype(dtype)
                        total[index] = total[index] + value / number
                    else:
                        better = tirx.any(place[0] < 0, x[index].astype(dtype) > best[0])
                        with T.If(better), T.Then():
                            best[0] = x[index].astype(dtype)
                            place[0] = index
                if not average:
                    with T.If(place[0] >= 0), T.Then():
                        total[place[0]] = total[place[0]] + value
        with T.serial(0, source.size) as i:
            out[i] = total[i].astype(source.dtype)

    scratch = [(max(source.size, 2), dtype), (1, dtype), (1, "int32")]
    return emit_sequential(ctx, (out_grad, data), [grad_type, source], [source], body, scratch)[0]


for _average in (False, True):
    register(
        f"nn.{'avg' if _average else 'max'}_pool2d_grad",
        ("out_grad", "data"),
        tuple(replace(a, null_is_default=a.name == "dilation") for a in pool_attributes(2, _average)),
        infer=_infer,
        evaluate=partial(_evaluate, average=_average),
        lower=partial(_lower, average=_average),
        definition="TVM 0.18 src/relay/op/nn/pooling.cc",
    )
