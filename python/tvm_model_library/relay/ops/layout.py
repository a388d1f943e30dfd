"""Change of a tensor's data layout: ``NCHW`` to ``NCHW4c`` and the like.

Definition: TVM 0.18 src/relay/op/tensor/transform.cc (LayoutTransformRel). Blocks must divide their dimensions. The
auto-scheduler's layouts give the size of each axis, and the same letter again, in lower case, for a block of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _layouts(attrs: Attrs) -> tuple[Layout, Layout]:
    source, target = parse_layout(attrs.src_layout), parse_layout(attrs.dst_layout)
    if sorted(source.letters) != sorted(target.letters):
        raise TypeRuleError(f"layouts {source.name} and {target.name} must have the same axes")
    return source, target


def _infer(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    source, target = _layouts(attrs)
    order = source.letters
    return TensorType(target.shape(source.dims(type_.shape, order), order), type_.dtype)


def _evaluate(attrs: Attrs, data: Array) -> Array:
    source, target = _layouts(attrs)
    return target.pack(source.unpack(data, source.letters), source.letters)


def _lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    source, target = _layouts(attrs)
    result = ctx.result

    def function(index: Sequence[Any], load: Any) -> Any:
        places = list(zip(target.axes, index, strict=True))
        coordinates: dict[str, Any] = {axis.letter: i for axis, i in places if axis.block is None}
        for axis, i in places:
            if axis.block is not None:
                coordinates[axis.letter] = coordinates[axis.letter] * axis.block + i
        return load(source.indices([coordinates[letter] for letter in source.letters], source.letters))

    return emit_indexed(ctx, result.static_shape, function, data)


register(
    "layout_transform",
    ("data",),
    (Attr("src_layout", "str"), Attr("dst_layout", "str")),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition="TVM 0.18 src/relay/op/tensor/transform.cc",
)


def _sized_axes(layout: str) -> list[tuple[str, int]]:
    """The axes of an auto-scheduler layout such as ``1N2C112H16c``: letters and sizes, in storage order."""
    parts = re.findall(r"(\d+)([a-zA-Z])", layout)
    if not parts or "".join(size + letter for size, letter in parts) != layout:
        raise TypeRuleError(f"layout {layout!r} must be sizes and letters in turn, as in 1N8C4c")
    return [(letter.lower(), int(size)) for size, letter in parts]


def _blocks(axes: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    """For each letter the positions of its axes, major to minor."""
    result: dict[str, list[int]] = {}
    for place, (letter, _) in enumerate(axes):
        result.setdefault(letter, []).append(place)
    return result


def _sized_layouts(attrs: Attrs) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    source, target = _sized_axes(attrs.src_layout), _sized_axes(attrs.dst_layout)
    sizes = [{k: prod(axes[p][1] for p in places) for k, places in _blocks(axes).items()} for axes in (source, target)]
    if sizes[0] != sizes[1]:
        raise TypeRuleError(f"layouts {attrs.src_layout} and {attrs.dst_layout} must have the same axes and sizes")
    return source, target


def _infer_sized(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    source, target = _sized_layouts(attrs)
    expected = tuple(size for _, size in source)
    if len(expected) != type_.rank or not all(agree(a, b) for a, b in zip(expected, type_.shape, strict=True)):
        raise TypeRuleError(f"src_layout {attrs.src_layout} does not fit {type_}", 0)
    return TensorType(tuple(size for _, size in target), type_.dtype)


def _evaluate_sized(attrs: Attrs, data: Array) -> Array:
    source, target = _sized_layouts(attrs)
    letters = sorted(_blocks(source))
    plain = data.transpose([p for k in letters for p in _blocks(source)[k]])
    order = [p for k in letters for p in _blocks(target)[k]]
    split = plain.reshape([target[p][1] for p in order])
    return np.ascontiguousarray(split.transpose(np.argsort(order)))


def _lower_sized(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    source, target = _sized_layouts(attrs)

    def function(index: Sequence[Any], load: Any) -> Any:
        position: list[Any] = [None] * len(source)
        for letter, places in _blocks(target).items():
            whole: Any = tirx.const(0, "int64")
            for place in places:
                whole = whole * target[place][1] + index[place]
            for place in reversed(_blocks(source)[letter]):
                size = tirx.const(source[place][1], "int64")
                position[place] = tirx.floormod(whole, size)
                whole = tirx.floordiv(whole, size)
        return load(position)

    return emit_indexed(ctx, [size for _, size in target], function, data)


register(
    "auto_scheduler_layout_transform",
    ("data",),
    (Attr("src_layout", "str"), Attr("dst_layout", "str")),
    infer=_infer_sized,
    evaluate=_evaluate_sized,
    lower=_lower_sized,
    definition="TVM 0.18 src/relay/op/tensor/transform.cc, include/tvm/topi/transform.h",
)


def _infer_index_map(attrs: Attrs, data: Type) -> TensorType:
    raise TypeRuleError("an index map of MetaSchedule is a TIR object, which Relay text does not carry")


register(
    "meta_schedule_layout_transform",
    ("data",),
    (Attr("index_map", "any"),),
    infer=_infer_index_map,
    evaluate=None,
    lower=None,
    definition="TVM 0.18 src/relay/op/tensor/transform.cc",
    note="its index map is a TIR object, which Relay text does not carry",
)
