"""Single-shot detection: prior boxes, and predictions made into boxes.

Definitions: TVM 0.18 src/relay/op/vision/multibox_op.cc, python/tvm/topi/vision/ssd/multibox.py. Rows behind the valid
boxes of ``multibox_transform_loc``, which TVM leaves undefined, are 0.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._kernels import emit_sequential, held
from tvm_model_library.relay.ops._scalars import constant
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.types import Dim, TensorType, TupleType, Type, flatten
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/vision/multibox_op.cc"


def _infer_prior(attrs: Attrs, data: Type) -> TensorType:
    x = tensor(data, 0, "data")
    if x.rank != 4:
        raise TypeRuleError(f"data must have 4 dimensions, found {x}", 0)
    if not attrs.sizes or not attrs.ratios or len(attrs.steps) != 2 or len(attrs.offsets) != 2:
        raise TypeRuleError("sizes and ratios must not be empty, steps and offsets must have 2 values")
    height, width = x.shape[2:]
    anchors = len(attrs.sizes) + len(attrs.ratios) - 1
    number: Dim = None if height is None or width is None else height * width * anchors
    return TensorType((1, number, 4), x.dtype)


def _evaluate_prior(attrs: Attrs, data: Array) -> Array:
    height, width = data.shape[2:]
    steps = [step if step > 0 else 1 / size for step, size in zip(attrs.steps, (height, width), strict=True)]
    sizes = [(size, 1.0) for size in attrs.sizes] + [(attrs.sizes[0], ratio) for ratio in attrs.ratios[1:]]
    half_width = np.array([size * height / width * sqrt(ratio) / 2 for size, ratio in sizes])
    half_height = np.array([size / sqrt(ratio) / 2 for size, ratio in sizes])
    y, x = np.meshgrid(
        (np.arange(height) + attrs.offsets[0]) * steps[0],
        (np.arange(width) + attrs.offsets[1]) * steps[1],
        indexing="ij",
    )
    y, x = y[..., None], x[..., None]
    boxes = np.stack([x - half_width, y - half_height, x + half_width, y + half_height], axis=-1)
    if attrs.clip:
        boxes = boxes.clip(0, 1)
    return boxes.reshape(1, -1, 4).astype(data.dtype)


def _lower_prior(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    """The boxes depend on the shape of the data only; the size and ratio of an anchor are chosen by conditions."""
    from tvm import te, tirx

    source, result = ctx.tensor(0), ctx.result
    height, width = source.static_shape[2:]
    anchors = len(attrs.sizes) + len(attrs.ratios) - 1
    dtype = result.dtype

    def number(value: float) -> Any:
        return constant(value, dtype)

    def of_anchor(anchor: Any, values: list[float]) -> Any:
        chosen = number(values[-1])
        for i in reversed(range(len(values) - 1)):
            chosen = tirx.Select(anchor == i, number(values[i]), chosen)
        return chosen

    wides = [s * height / width / 2 for s in attrs.sizes]
    talls = [s / 2 for s in attrs.sizes]
    for ratio in attrs.ratios[1:]:
        wides.append(attrs.sizes[0] * height / width * sqrt(ratio) / 2)
        talls.append(attrs.sizes[0] / sqrt(ratio) / 2)
    step_y = attrs.steps[0] if attrs.steps[0] > 0 else 1 / height
    step_x = attrs.steps[1] if attrs.steps[1] > 0 else 1 / width

    def element(_: Any, row: Any, k: Any) -> Any:
        anchor, place = row % anchors, row // anchors
        y = ((place // width).astype(dtype) + number(attrs.offsets[0])) * number(step_y)
        x = ((place % width).astype(dtype) + number(attrs.offsets[1])) * number(step_x)
        horizontal = k % 2 == 0
        middle = tirx.Select(horizontal, x, y)
        half = tirx.Select(horizontal, of_anchor(anchor, wides), of_anchor(anchor, talls))
        value = tirx.Select(k < 2, middle - half, middle + half)
        return tirx.Max(tirx.Min(value, number(1)), number(0)) if attrs.clip else value

    return ctx.emit_te(lambda: te.compute(result.static_shape, element, name="multibox_prior"))


register(
    "vision.multibox_prior",
    ("data",),
    (
        Attr("sizes", "float[]", (1.0,)),
        Attr("ratios", "float[]", (1.0,)),
        Attr("steps", "float[]", (-1.0, -1.0)),
        Attr("offsets", "float[]", (0.5, 0.5)),
        Attr("clip", "bool", False),
    ),
    infer=_infer_prior,
    evaluate=_evaluate_prior,
    lower=_lower_prior,
    definition=_DEFINITION,
)


def _infer_transform(attrs: Attrs, cls_prob: Type, loc_pred: Type, anchor: Type) -> TupleType:
    c, p, a = tensor(cls_prob, 0, "cls_prob"), tensor(loc_pred, 1, "loc_pred"), tensor(anchor, 2, "anchor")
    if (c.rank, p.rank, a.rank) != (3, 2, 3):
        raise TypeRuleError(f"cls_prob, loc_pred, anchor must have 3, 2, 3 dimensions, found {c}, {p}, {a}")
    four = None if c.shape[2] is None else c.shape[2] * 4
    if not agree(c.shape[2], a.shape[1]) or not agree(four, p.shape[1]) or not agree(a.shape[2], 4):
        raise TypeRuleError(f"class probabilities {c}, locations {p} and anchors {a} differ in the number of anchors")
    if len(attrs.variances) != 4:
        raise TypeRuleError(f"variances must have 4 values, found {list(attrs.variances)}")
    return TupleType((TensorType((c.shape[0], a.shape[1], 6), c.dtype), TensorType((c.shape[0],), "int32")))


def _evaluate_transform(attrs: Attrs, cls_prob: Array, loc_pred: Array, anchor: Array) -> tuple[Array, Array]:
    batch, _, number = cls_prob.shape
    first = 0 if attrs.keep_background else 1
    out, counts = np.zeros((batch, number, 6), cls_prob.dtype), np.zeros(batch, np.int32)
    low, high = anchor[0, :, :2], anchor[0, :, 2:]
    size, middle = high - low, (low + high) / 2
    variances = np.array(attrs.variances, loc_pred.dtype)
    for b in range(batch):
        classes = cls_prob[b, first:].argmax(axis=0) + first
        scores = cls_prob[b, first:].max(axis=0)
        classes = np.where(scores > -1, classes, 0)
        classes = np.where((classes > 0) & (scores < np.float32(attrs.threshold)), 0, classes)
        moves = loc_pred[b].reshape(number, 4) * variances
        center, half = moves[:, :2] * size + middle, np.exp(moves[:, 2:]) * size / 2
        boxes = np.concatenate([center - half, center + half], axis=1)
        if attrs.clip:
            boxes = boxes.clip(0, 1)
        kept = np.arange(number) if attrs.keep_background else np.flatnonzero(classes > 0)
        counts[b] = len(kept)
        out[b, : len(kept), 0] = classes[kept] - first
        out[b, : len(kept), 1] = np.maximum(scores, -1)[kept]
        out[b, : len(kept), 2:] = boxes[kept]
    return out, counts


def _lower_transform(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types = [t for t in ctx.argument_types if isinstance(t, TensorType)]
    batch, classes, number = types[0].static_shape
    dtype, first = types[0].dtype, 0 if attrs.keep_background else 1

    def body(prob: Any, pred: Any, anchor: Any, out: Any, counts: Any, score: Any, label: Any) -> None:
        from tvm import te, tirx
        from tvm.script.ir_builder import tirx as T

        def coordinates(b: Any, j: Any) -> list[Any]:
            result = []
            for i in (0, 1):
                low, high = anchor[j * 4 + i], anchor[j * 4 + i + 2]
                move = [pred[(b * number + j) * 4 + k] * constant(attrs.variances[k], dtype) for k in (i, i + 2)]
                center = move[0] * (high - low) + (low + high) / tirx.const(2, dtype)
                result.append((center, te.exp(move[1]) * (high - low) / tirx.const(2, dtype)))
            (x, wide), (y, tall) = result
            corners = [x - wide, y - tall, x + wide, y + tall]
            if attrs.clip:
                corners = [tirx.Max(tirx.const(0, dtype), tirx.Min(tirx.const(1, dtype), c)) for c in corners]
            return corners

        with T.serial(0, batch * number * 6) as i:
            out[i] = tirx.const(0, dtype)
        with T.serial(0, batch) as b:
            counts[b] = tirx.const(0, "int32")
            with T.serial(0, number) as j:
                score[0] = tirx.const(-1, dtype)
                label[0] = tirx.const(0, "int32")
                with T.serial(first, classes) as k:
                    value = prob[(b * classes + k) * number + j]
                    with T.If(value > score[0]), T.Then():
                        label[0] = k
                        score[0] = value
                with T.If(tirx.all(label[0] > 0, score[0] < constant(attrs.threshold, dtype))), T.Then():
                    label[0] = tirx.const(0, "int32")
                with T.If(label[0] >= first), T.Then():
                    start = (b * number + held(counts[b], number)) * 6
                    out[start] = (label[0] - first).astype(dtype)
                    out[start + 1] = score[0]
                    for k, corner in enumerate(coordinates(b, j)):
                        out[start + 2 + k] = corner
                    counts[b] = held(counts[b], number) + 1

    return emit_sequential(ctx, args, types, list(flatten(ctx.result_type)), body, [(1, dtype), (1, "int32")])


register(
    "vision.multibox_transform_loc",
    ("cls_prob", "loc_pred", "anchor"),
    (
        Attr("clip", "bool", True),
        Attr("threshold", "float", 0.01),
        Attr("variances", "float[]", (0.1, 0.1, 0.2, 0.2)),
        Attr("keep_background", "bool", False),
    ),
    infer=_infer_transform,
    evaluate=_evaluate_transform,
    lower=_lower_transform,
    definition=_DEFINITION,
)
