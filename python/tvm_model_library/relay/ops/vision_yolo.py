"""YOLO's reorganization of space into channels.

Definition: TVM 0.18 include/tvm/topi/vision/reorg.h, which reads the image as Darknet does: the element at
``(k, j, i)`` of the data's own shape comes from a flat position in an image of ``C / stride**2`` channels and
``stride`` times the height and width, and the result is that, reshaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    s = attrs.stride
    if x.rank != 4 or s < 1:
        raise TypeRuleError(f"yolo_reorg needs 4 dimensions and a positive stride, found {x} and {s}", 0)
    batch, channels, height, width = x.shape
    if channels is not None and channels % (s * s):
        raise TypeRuleError(f"{channels} channels can't be split into blocks of {s * s}", 0)
    if any(d is not None and d % s for d in (height, width)):
        raise TypeRuleError(f"height and width of {x} must be multiples of the stride {s}", 0)
    return TensorType(
        (
            batch,
            None if channels is None else channels * s * s,
            None if height is None else height // s,
            None if width is None else width // s,
        ),
        x.dtype,
    )


def _evaluate(attrs: Attrs, data: Array) -> Array:
    s = attrs.stride
    batch, channels, height, width = data.shape
    depth = channels // (s * s)
    large = data.reshape(batch, depth, height, s, width, s)
    moved = large.transpose(0, 3, 5, 1, 2, 4)
    return np.ascontiguousarray(moved).reshape(batch, channels * s * s, height // s, width // s)


def _lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import te

    source, result = ctx.tensor(0), ctx.result
    s = attrs.stride
    _, channels, height, width = source.static_shape
    depth, area = channels // (s * s), height * width
    _, _, rows, columns = result.static_shape

    def compute(x: Any) -> Any:
        def element(b: Any, c: Any, y: Any, i: Any) -> Any:
            flat = (c * rows + y) * columns + i
            block, rest = flat // (depth * area), flat % (depth * area)
            d, place = rest // area, rest % area
            row = (place // width) * s + block // s
            column = (place % width) * s + block % s
            position = (d * (height * s) + row) * (width * s) + column
            return x(b, position // area, (position % area) // width, position % width)

        return te.compute(result.static_shape, element, name="yolo_reorg")

    return ctx.emit_te(compute, data)


register(
    "vision.yolo_reorg",
    ("data",),
    (Attr("stride", "int", 1),),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition="TVM 0.18 include/tvm/topi/vision/reorg.h",
)
