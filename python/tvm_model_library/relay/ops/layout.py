"""Change of a tensor's data layout: ``NCHW`` to ``NCHW4c`` and the like.

Definition: TVM 0.18 src/relay/op/tensor/transform.cc (LayoutTransformRel). Blocks must divide their dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Array, Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.types import TensorType, Type

if TYPE_CHECKING:
    from tvm_model_library.compiler.lowering import Lowering


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
    result = ctx.result_type
    assert isinstance(result, TensorType)

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
