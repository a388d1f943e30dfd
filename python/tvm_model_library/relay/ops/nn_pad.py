"""Padding, mirroring and dilation.

Definitions: TVM 0.18 src/relay/op/nn/pad.cc, nn.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, EvaluationRuleError, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed
from tvm_model_library.relay.ops._scalars import constant, scalar
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _pairs(attrs: Attrs, x: TensorType) -> list[tuple[int, int]]:
    """``pad_width`` as one ``(before, after)`` for each dimension. Raises ``TypeRuleError``."""
    widths = attrs.pad_width
    well_formed = isinstance(widths, tuple) and all(
        isinstance(p, tuple) and len(p) == 2 and all(isinstance(w, int) for w in p) for p in widths
    )
    if not well_formed or len(widths) != x.rank:
        raise TypeRuleError(f"pad_width needs {x.rank} pairs of integers for {x}, found {widths}")
    return [(p[0], p[1]) for p in widths]


def _padded_type(attrs: Attrs, x: TensorType) -> TensorType:
    shape = []
    for size, (before, after) in zip(x.shape, _pairs(attrs, x), strict=True):
        if size is not None and size + before + after < 0:
            raise TypeRuleError(f"pad_width {attrs.pad_width} leaves less than nothing of {x}")
        shape.append(None if size is None else size + before + after)
    return TensorType(tuple(shape), x.dtype)


def _infer_pad(attrs: Attrs, data: Type, pad_value: Type) -> TensorType:
    value = tensor(pad_value, 1, "pad_value")
    if value.rank and value.shape != (1,):
        raise TypeRuleError(f"pad_value must be a scalar, found {value}", 1)
    return _padded_type(attrs, tensor(data, 0, "data"))


def _constrain_pad(attrs: Attrs, data: Type | None, pad_value: Type | None) -> list[Type | None]:
    if pad_value is not None or not isinstance(data, TensorType):
        return [None, None]
    return [None, TensorType((), data.dtype)]


def _source(kind: str, index: int, size: int) -> int:
    """The element that a place ``index`` in or beside ``size`` elements repeats or mirrors."""
    if kind == "edge":
        return min(max(index, 0), size - 1)
    shift = 1 if kind == "symmetric" else 0
    if index < 0:
        return -index - shift
    return 2 * (size - 1) - index + shift if index >= size else index


def _mirror_problem(kind: str, shape: tuple[int, ...], pairs: Sequence[tuple[int, int]]) -> str | None:
    """Why the data can't be padded with themselves: TVM would read outside of them."""
    out = [n + before + after for n, (before, after) in zip(shape, pairs, strict=True)]
    if 0 in out:
        return None
    for size, count, (before, _) in zip(shape, out, pairs, strict=True):
        if any(not 0 <= _source(kind, i - before, size) < size for i in (0, count - 1)):
            return f"{size} elements can't be padded with themselves to {count}"
    return None


def _evaluate_mapped(kind: str, data: Array, pairs: Sequence[tuple[int, int]]) -> Array:
    problem = _mirror_problem(kind, data.shape, pairs)
    if problem:
        raise EvaluationRuleError(problem)
    for axis, (before, after) in enumerate(pairs):
        size = data.shape[axis]
        data = data.take([_source(kind, i - before, size) for i in range(size + before + after)], axis)
    contiguous: Array = np.ascontiguousarray(data).reshape(data.shape)
    return contiguous


def _evaluate_pad(attrs: Attrs, data: Array, pad_value: Array) -> Array:
    pairs = [(int(b), int(a)) for b, a in attrs.pad_width]
    if attrs.pad_mode != "constant":
        return _evaluate_mapped(attrs.pad_mode, data, pairs)
    shape = tuple(n + b + a for n, (b, a) in zip(data.shape, pairs, strict=True))
    result = np.full(shape, pad_value.astype(data.dtype).reshape(()), data.dtype)
    place, source = [], []
    for n, out, (before, _) in zip(data.shape, shape, pairs, strict=True):
        low, high = max(before, 0), min(before + n, out)
        place.append(slice(low, max(high, low)))
        source.append(slice(low - before, max(high, low) - before))
    result[tuple(place)] = data[tuple(source)]
    return result


def _mirrored(index: Any, size: int, kind: str) -> Any:
    """The element that ``index`` repeats or mirrors, as an expression."""
    from tvm import tirx

    if kind == "edge":
        return tirx.max(tirx.min(index, size - 1), 0)
    shift = 1 if kind == "symmetric" else 0
    low = tirx.if_then_else(index < 0, -index - shift, index)
    return tirx.if_then_else(index >= size, 2 * (size - 1) - index + shift, low)


def _emit_mapped(ctx: Lowering, attrs: Attrs, data: Any, kind: str) -> Any:
    """Emit a copy whose padded dimensions read mirrored or repeated elements."""
    source, result = ctx.tensor(0), ctx.result
    shape = source.static_shape
    problem = _mirror_problem(kind, shape, attrs.pad_width)
    if problem:
        ctx.refuse(problem)

    def element(index: Any, load: Any) -> Any:
        where = [
            _mirrored(i - before, n, kind) if before or after else i
            for i, n, (before, after) in zip(index, shape, attrs.pad_width, strict=True)
        ]
        return load(where)

    return emit_indexed(ctx, result.static_shape, element, data)


def _lower_pad(ctx: Lowering, attrs: Attrs, data: Any, pad_value: Any) -> Any:
    from tvm import tirx

    if attrs.pad_mode != "constant":
        return _emit_mapped(ctx, attrs, data, attrs.pad_mode)
    source, result = ctx.tensor(0), ctx.result
    shape, dtype = source.static_shape, source.dtype
    known = ctx.value_of(pad_value)

    def element(index: Any, load: Any, load_value: Any = None) -> Any:
        where, conditions = [], []
        for i, n, (before, after) in zip(index, shape, attrs.pad_width, strict=True):
            where.append(i - before if before else i)
            if before > 0:
                conditions.append(i >= before)
            if after > 0:
                conditions.append(i < before + n)
        if not conditions:
            return load(where)
        if known is None:
            value_type = ctx.tensor(1)
            fill = load_value([0] * value_type.rank).astype(dtype)
        else:
            fill = constant(known.reshape(()).item(), dtype)
        return tirx.if_then_else(tirx.all(*conditions), load(where), fill)

    arguments = [data] if known is not None else [data, pad_value]
    return emit_indexed(ctx, result.static_shape, element, *arguments)


register(
    "nn.pad",
    ("data", "pad_value"),
    (Attr("pad_width", "int[][]"), Attr("pad_mode", "str", "constant", ("constant", "edge", "reflect"))),
    infer=_infer_pad,
    constrain=_constrain_pad,
    evaluate=_evaluate_pad,
    lower=_lower_pad,
    definition="TVM 0.18 src/relay/op/nn/pad.cc",
)


def _infer_mirror_pad(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    if any(w < 0 for pair in _pairs(attrs, x) for w in pair):
        raise TypeRuleError(f"pad_width must not be negative, found {attrs.pad_width}")
    return _padded_type(attrs, x)


def _evaluate_mirror_pad(attrs: Attrs, data: Array) -> Array:
    return _evaluate_mapped(attrs.mode.lower(), data, attrs.pad_width)


def _lower_mirror_pad(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    return _emit_mapped(ctx, attrs, data, attrs.mode.lower())


register(
    "nn.mirror_pad",
    ("data",),
    (Attr("mode", "str", "SYMMETRIC", ("SYMMETRIC", "REFLECT")), Attr("pad_width", "int[][]")),
    infer=_infer_mirror_pad,
    evaluate=_evaluate_mirror_pad,
    lower=_lower_mirror_pad,
    definition="TVM 0.18 src/relay/op/nn/pad.cc",
)


def _infer_dilate(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    if len(attrs.strides) != x.rank or any(s < 1 for s in attrs.strides):
        raise TypeRuleError(f"strides needs {x.rank} integers of at least 1 for {x}, found {list(attrs.strides)}")
    shape = tuple(None if n is None else max((n - 1) * s + 1, 0) for n, s in zip(x.shape, attrs.strides, strict=True))
    return TensorType(shape, x.dtype)


def _evaluate_dilate(attrs: Attrs, data: Array) -> Array:
    shape = [max((n - 1) * s + 1, 0) for n, s in zip(data.shape, attrs.strides, strict=True)]
    result = np.full(shape, scalar(attrs.dilation_value, data.dtype.name))
    result[tuple(slice(None, None, s) for s in attrs.strides)] = data
    return result


def _lower_dilate(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    result = ctx.result
    fill = constant(attrs.dilation_value, result.dtype)

    def element(index: Any, load: Any) -> Any:
        spread = [(i, s) for i, s in zip(index, attrs.strides, strict=True) if s > 1]
        value = load([tirx.floordiv(i, s) if s > 1 else i for i, s in zip(index, attrs.strides, strict=True)])
        if not spread:
            return value
        hit = tirx.all(*(tirx.floormod(i, s) == 0 for i, s in spread))
        return tirx.if_then_else(hit, value, fill)

    return emit_indexed(ctx, result.static_shape, element, data)


register(
    "nn.dilate",
    ("data",),
    (Attr("strides", "int[]", (1, 1)), Attr("dilation_value", "float", 0.0)),
    infer=_infer_dilate,
    evaluate=_evaluate_dilate,
    lower=_lower_dilate,
    definition="TVM 0.18 src/relay/op/nn/nn.cc",
)
