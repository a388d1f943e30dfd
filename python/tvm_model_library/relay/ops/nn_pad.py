"""Padding, mirroring and dilation.

Definitions: TVM 0.18 src/relay/op/nn/pad.cc, nn.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Array, Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed
from tvm_model_library.relay.types import TensorType, Type

if TYPE_CHECKING:
    from tvm_model_library.compiler.lowering import Lowering


def _pairs(attrs: Attrs, x: TensorType, least: int | None = None) -> list[tuple[int, int]]:
    """``pad_width`` as one ``(before, after)`` for each dimension. Raises ``TypeRuleError``."""
    widths = attrs.pad_width
    well_formed = isinstance(widths, tuple) and all(
        isinstance(p, tuple) and len(p) == 2 and all(isinstance(w, int) for w in p) for p in widths
    )
    if not well_formed or len(widths) != x.rank:
        raise TypeRuleError(f"pad_width needs {x.rank} pairs of integers for {x}, found {widths}")
    if least is not None and any(w < least for p in widths for w in p):
        raise TypeRuleError(f"pad_width must not be below {least}, found {widths}")
    return [(p[0], p[1]) for p in widths]


def _padded_type(attrs: Attrs, x: TensorType, least: int | None, mirror: int | None) -> TensorType:
    """The padded type; with ``mirror`` (elements left out at the edge), widths must not exceed what can be mirrored."""
    shape = []
    for size, (before, after) in zip(x.shape, _pairs(attrs, x, least), strict=True):
        if size is not None and size + before + after < 0:
            raise TypeRuleError(f"pad_width {attrs.pad_width} leaves less than nothing of {x}")
        if size is not None and mirror is not None and max(before, after) > max(size - mirror, 0):
            raise TypeRuleError(f"a dimension of {size} can't be mirrored by {max(before, after)}")
        shape.append(None if size is None else size + before + after)
    return TensorType(tuple(shape), x.dtype)


def _infer_pad(attrs: Attrs, data: Type, pad_value: Type) -> TensorType:
    value = tensor(pad_value, 1, "pad_value")
    if value.rank and value.shape != (1,):
        raise TypeRuleError(f"pad_value must be a scalar, found {value}", 1)
    constant = attrs.pad_mode == "constant"
    return _padded_type(
        attrs, tensor(data, 0, "data"), None if constant else 0, 1 if attrs.pad_mode == "reflect" else None
    )


def _constrain_pad(attrs: Attrs, data: Type | None, pad_value: Type | None) -> list[Type | None]:
    if pad_value is not None or not isinstance(data, TensorType):
        return [None, None]
    return [None, TensorType((), data.dtype)]


def _evaluate_pad(attrs: Attrs, data: Array, pad_value: Array) -> Array:
    pairs = [(int(b), int(a)) for b, a in attrs.pad_width]
    if attrs.pad_mode != "constant":
        return np.pad(data, pairs, mode=attrs.pad_mode) if data.ndim else data
    kept = tuple(slice(max(-b, 0), max(n - max(-a, 0), 0)) for n, (b, a) in zip(data.shape, pairs, strict=True))
    shape = tuple(n + b + a for n, (b, a) in zip(data.shape, pairs, strict=True))
    result = np.full(shape, pad_value.astype(data.dtype).reshape(()), data.dtype)
    source = data[kept]
    # where a crop exceeds the data, part of the other side's padding goes too
    place = tuple(
        slice(min(max(b, 0), n), min(max(b, 0) + s, n)) for (b, _), s, n in zip(pairs, source.shape, shape, strict=True)
    )
    result[place] = source[tuple(slice(p.stop - p.start) for p in place)]
    return result


def _reflected(index: Any, size: int, symmetric: bool) -> Any:
    """The index into ``size`` elements that ``index`` mirrors to."""
    from tvm import tirx

    shift = 1 if symmetric else 0
    low = tirx.if_then_else(index < 0, -index - shift, index)
    return tirx.if_then_else(index >= size, 2 * (size - 1) - index + shift, low)


def _emit_mapped(ctx: Lowering, attrs: Attrs, data: Any, mapping: Any) -> Any:
    """Emit a copy whose padded dimensions read at ``mapping(index, size)``."""
    source, result = ctx.argument_types[0], ctx.result_type
    assert isinstance(source, TensorType)
    assert isinstance(result, TensorType)
    shape = source.static_shape

    def element(index: Any, load: Any) -> Any:
        where = [
            mapping(i - before, n) if before or after else i
            for i, n, (before, after) in zip(index, shape, attrs.pad_width, strict=True)
        ]
        return load(where)

    return emit_indexed(ctx, result.static_shape, element, data)


def _lower_pad(ctx: Lowering, attrs: Attrs, data: Any, pad_value: Any) -> Any:
    from tvm import tirx

    if attrs.pad_mode == "edge":
        return _emit_mapped(ctx, attrs, data, lambda i, n: tirx.max(tirx.min(i, n - 1), 0))
    if attrs.pad_mode == "reflect":
        return _emit_mapped(ctx, attrs, data, lambda i, n: _reflected(i, n, symmetric=False))
    source, result = ctx.argument_types[0], ctx.result_type
    assert isinstance(source, TensorType)
    assert isinstance(result, TensorType)
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
            value_type = ctx.argument_types[1]
            assert isinstance(value_type, TensorType)
            fill = load_value([0] * value_type.rank).astype(dtype)
        else:
            fill = tirx.const(known.astype(_carrier(dtype)).item(), dtype)
        return tirx.if_then_else(tirx.all(*conditions), load(where), fill)

    arguments = [data] if known is not None else [data, pad_value]
    return emit_indexed(ctx, result.static_shape, element, *arguments)


def _carrier(dtype: str) -> str:
    """The NumPy dtype whose Python value stands for a constant of ``dtype``."""
    return "float32" if dtype == "bfloat16" else dtype


register(
    "nn.pad",
    ("data", "pad_value"),
    (Attr("pad_width", "any"), Attr("pad_mode", "str", "constant", ("constant", "edge", "reflect"))),
    infer=_infer_pad,
    constrain=_constrain_pad,
    evaluate=_evaluate_pad,
    lower=_lower_pad,
    definition="TVM 0.18 src/relay/op/nn/pad.cc",
)


def _infer_mirror_pad(attrs: Attrs, data: Type) -> TensorType:
    return _padded_type(attrs, tensor(data, 0, "data"), 0, 0 if attrs.mode == "SYMMETRIC" else 1)


def _evaluate_mirror_pad(attrs: Attrs, data: Array) -> Array:
    return np.pad(data, attrs.pad_width, mode="symmetric" if attrs.mode == "SYMMETRIC" else "reflect")


def _lower_mirror_pad(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    symmetric = attrs.mode == "SYMMETRIC"
    return _emit_mapped(ctx, attrs, data, lambda i, n: _reflected(i, n, symmetric))


register(
    "nn.mirror_pad",
    ("data",),
    (Attr("mode", "str", "SYMMETRIC", ("SYMMETRIC", "REFLECT")), Attr("pad_width", "any")),
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
    result = np.full(shape, attrs.dilation_value).astype(data.dtype)
    result[tuple(slice(None, None, s) for s in attrs.strides)] = data
    return result


def _lower_dilate(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    result = ctx.result_type
    assert isinstance(result, TensorType)
    fill = np.asarray(attrs.dilation_value).astype(_carrier(result.dtype)).item()

    def element(index: Any, load: Any) -> Any:
        spread = [(i, s) for i, s in zip(index, attrs.strides, strict=True) if s > 1]
        value = load([tirx.floordiv(i, s) if s > 1 else i for i, s in zip(index, attrs.strides, strict=True)])
        if not spread:
            return value
        hit = tirx.all(*(tirx.floormod(i, s) == 0 for i, s in spread))
        return tirx.if_then_else(hit, value, tirx.const(fill, result.dtype))

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
