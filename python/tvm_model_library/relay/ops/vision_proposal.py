"""Region proposals of Faster R-CNN.

Definition: TVM 0.18 src/relay/op/vision/rcnn_op.cc, python/tvm/topi/vision/rcnn/proposal.py.
"""

from __future__ import annotations

from math import floor, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._scalars import constant
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.ops.sorting import merge_memory, merge_sort, order
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _anchors(attrs: Attrs) -> list[tuple[float, float, float, float]]:
    """Corners of the anchors around the first cell, for each ratio and scale."""
    base = float(attrs.feature_stride)
    middle = (base - 1) / 2
    result = []
    for ratio in attrs.ratios:
        for scale in attrs.scales:
            width = floor(sqrt(floor(base * base / ratio)) + 0.5) * scale
            height = floor(width / scale * ratio + 0.5) * scale
            x, y = (width - 1) / 2, (height - 1) / 2
            result.append((middle - x, middle - y, middle + x, middle + y))
    return result


def _infer(attrs: Attrs, cls_prob: Type, bbox_pred: Type, im_info: Type) -> TensorType:
    c, p, i = tensor(cls_prob, 0, "cls_prob"), tensor(bbox_pred, 1, "bbox_pred"), tensor(im_info, 2, "im_info")
    if c.rank != 4 or p.rank != 4 or i.rank != 2 or not agree(i.shape[1], 3):
        raise TypeRuleError(f"cls_prob and bbox_pred must have 4 dimensions, im_info 3 columns; found {c}, {p}, {i}")
    number = len(attrs.scales) * len(attrs.ratios)
    if not agree(c.shape[1], 2 * number) or not agree(p.shape[1], 4 * number):
        raise TypeRuleError(f"{number} anchors need {2 * number} scores and {4 * number} moves, found {c} and {p}")
    batch = c.shape[0]
    return TensorType((None if batch is None else batch * attrs.rpn_post_nms_top_n, 5), c.dtype)


def _predict(attrs: Attrs, scores: Array, moves: Array, info: Array) -> Array:
    """Boxes and scores ``(height * width * anchors, 5)`` of one image."""
    height, width = scores.shape[1:]
    anchors = np.array(_anchors(attrs), np.float32)
    y, x = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    shift = np.stack([x, y, x, y], -1).astype(np.float32)[:, :, None] * attrs.feature_stride
    boxes = anchors + shift
    deltas = moves.reshape(len(anchors), 4, height, width).transpose(2, 3, 0, 1)
    if attrs.iou_loss:
        moved = boxes + deltas
    else:
        size = boxes[..., 2:] - boxes[..., :2] + 1
        center = boxes[..., :2] + (size - 1) / 2 + deltas[..., :2] * size
        half = (np.exp(deltas[..., 2:]) * size - 1) / 2
        moved = np.concatenate([center - half, center + half], -1)
    limits = np.array([info[1], info[0], info[1], info[0]], np.float32) - 1
    moved = np.maximum(np.minimum(moved, limits), 0)
    score = scores[len(anchors) :].transpose(1, 2, 0).copy()
    score[int(info[0] / attrs.feature_stride) :] = -1
    score[:, int(info[1] / attrs.feature_stride) :] = -1
    least = np.float32(info[2] * attrs.rpn_min_size)
    small = (moved[..., 2:] - moved[..., :2] + 1 < least).any(-1)
    score[small] = -1
    moved[small] += np.array([-1, -1, 1, 1], np.float32) * (least / 2)
    return np.concatenate([moved, score[..., None]], -1).reshape(-1, 5).astype(np.float32)


def _keep(boxes: Array, threshold: Any) -> list[int]:
    """Boxes that no better one overlaps by more than the threshold; sides count their last pixel."""
    removed = np.zeros(len(boxes), bool)
    area = (boxes[:, 2:4] - boxes[:, :2] + 1).prod(axis=1)
    for i, box in enumerate(boxes[:-1]):
        if removed[i]:
            continue
        rest = boxes[i + 1 :]
        sides = np.maximum(np.minimum(box[2:4], rest[:, 2:4]) - np.maximum(box[:2], rest[:, :2]) + 1, 0)
        shared = sides.prod(axis=1)
        removed[i + 1 :] |= shared / (area[i] + area[i + 1 :] - shared) > threshold
    return [int(i) for i in np.flatnonzero(~removed)]


def _evaluate(attrs: Attrs, cls_prob: Array, bbox_pred: Array, im_info: Array) -> Array:
    rows = attrs.rpn_post_nms_top_n
    out = np.zeros((len(cls_prob), rows, 5), cls_prob.dtype)
    for b in range(len(cls_prob)):
        boxes = _predict(attrs, cls_prob[b], bbox_pred[b], im_info[b])
        top = _kept_before(attrs, len(boxes))
        boxes = boxes[order(boxes[:, 4], 0, ascending=False)[:top]]
        kept = _keep(boxes, np.float32(attrs.threshold))
        out[b, :, 0] = b
        out[b, :, 1:] = boxes[[kept[i % len(kept)] for i in range(rows)], :4]
    return out.reshape(-1, 5)


def _kept_before(attrs: Attrs, number: int) -> int:
    """How many boxes enter the suppression."""
    return min(attrs.rpn_pre_nms_top_n, number) if attrs.rpn_pre_nms_top_n > 0 else number


def _lower(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types = [t for t in ctx.argument_types if isinstance(t, TensorType)]
    batch, _, height, width = types[0].static_shape
    number = height * width * len(attrs.scales) * len(attrs.ratios)
    top = _kept_before(attrs, number)
    scratch = [(number * 4, "float32"), (max(number, 2), "float32"), (max(top, 2), "int32"), (1, "int32")]

    def body(*buffers: Any) -> None:
        _ProposalKernel(attrs, (batch, height, width, number, top), buffers).write()

    return emit_sequential(ctx, args, types, [ctx.result], body, scratch + merge_memory(number))[0]


class _ProposalKernel:
    """Writes the loops of ``proposal``."""

    def __init__(self, attrs: Attrs, sizes: tuple[int, ...], buffers: Any) -> None:
        self.attrs = attrs
        self.batch, self.height, self.width, self.number, self.top = sizes
        self.prob, self.pred, self.info, self.out, self.boxes, self.scores, self.good, self.filled, *memory = buffers
        self.memory = memory
        self.anchors = _anchors(attrs)

    def write(self) -> None:
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, self.batch) as b:
            with T.serial(0, self.height) as y, T.serial(0, self.width) as x:
                for k in range(len(self.anchors)):
                    self.predict(b, y, x, k)
            merge_sort(self.scores, 0, 1, self.number, False, "float32", self.memory)
            self.suppress()
            self.fill(b)

    def predict(self, b: Any, y: Any, x: Any, k: int) -> None:
        from tvm import te, tirx
        from tvm.script.ir_builder import tirx as T

        attrs, anchors = self.attrs, len(self.anchors)
        image = [self.info[b * 3 + i] for i in (1, 0)]

        def number(value: float) -> Any:
            return constant(value, "float32")

        index = (y * self.width + x) * anchors + k
        plane = (y, x)
        stride = number(attrs.feature_stride)
        low, high = [], []
        for axis, place in enumerate((x, y)):
            first = number(self.anchors[k][axis]) + place.astype("float32") * stride
            last = number(self.anchors[k][axis + 2]) + place.astype("float32") * stride
            move = [
                self.pred[(((b * anchors + k) * 4 + i) * self.height + plane[0]) * self.width + plane[1]]
                for i in (axis, axis + 2)
            ]
            if attrs.iou_loss:
                ends = [first + move[0], last + move[1]]
            else:
                size = last - first + number(1)
                center = first + number(0.5) * (size - number(1)) + move[0] * size
                half = number(0.5) * (te.exp(move[1]) * size - number(1))
                ends = [center - half, center + half]
            ends = [tirx.Max(tirx.Min(e, image[axis] - number(1)), number(0)) for e in ends]
            low.append(ends[0])
            high.append(ends[1])
        for i, value in enumerate((*low, *high)):
            self.boxes[index * 4 + i] = value
        channel = (b * anchors * 2 + anchors + k) * self.height
        inside = tirx.all(y < (image[1] / stride).astype("int32"), x < (image[0] / stride).astype("int32"))
        self.scores[index] = tirx.if_then_else(inside, self.prob[(channel + y) * self.width + x], number(-1))
        least = self.info[b * 3 + 2] * number(attrs.rpn_min_size)
        corners = [self.boxes[index * 4 + i] for i in range(4)]
        small = tirx.any(*(corners[i + 2] - corners[i] + number(1) < least for i in (0, 1)))
        with T.If(small), T.Then():
            self.scores[index] = number(-1)
            half = least / number(2)
            for i in range(4):
                self.boxes[index * 4 + i] = corners[i] - half if i < 2 else corners[i] + half

    def corner(self, rank: Any, i: int) -> Any:
        return self.boxes[self.memory[0][rank] * 4 + i]

    def ratio(self, p: Any, q: Any) -> Any:
        from tvm import tirx

        one, shared, areas = tirx.const(1, "float32"), None, []
        for i in (0, 1):
            side = tirx.Min(self.corner(p, i + 2), self.corner(q, i + 2)) - tirx.Max(
                self.corner(p, i), self.corner(q, i)
            )
            side = tirx.Max(side + one, tirx.const(0, "float32"))
            shared = side if shared is None else shared * side
        for r in (p, q):
            width, height = (self.corner(r, i + 2) - self.corner(r, i) + one for i in (0, 1))
            areas.append(width * height)
        return shared / (areas[0] + areas[1] - shared)

    def suppress(self) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        threshold = constant(self.attrs.threshold, "float32")
        with T.serial(0, self.top) as i:
            self.good[i] = tirx.const(1, "int32")
        with T.serial(0, self.top) as i, T.If(self.good[i] == 1), T.Then(), T.serial(0, self.top) as j:
            removed = tirx.all(j > i, self.ratio(i, j) > threshold)
            with T.If(removed), T.Then():
                self.good[j] = tirx.const(0, "int32")

    def fill(self, b: Any) -> None:
        """The kept boxes, over and over again until all rows are filled; the best one is always kept."""
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        rows = self.attrs.rpn_post_nms_top_n
        with T.serial(0, rows * 5) as i:
            self.out[b * (rows * 5) + i] = tirx.const(0, "float32")
        self.filled[0] = tirx.const(0, "int32")
        with T.While(self.filled[0] < rows), T.serial(0, self.top) as j:
            wanted = tirx.all(self.good[j] == 1, self.filled[0] < rows)
            with T.If(wanted), T.Then():
                start = (b * rows + self.filled[0]) * 5
                self.out[start] = b.astype("float32")
                for i in range(4):
                    self.out[start + 1 + i] = self.corner(j, i)
                self.filled[0] = self.filled[0] + 1


register(
    "vision.proposal",
    ("cls_prob", "bbox_pred", "im_info"),
    (
        Attr("scales", "float[]", (4.0, 8.0, 16.0, 32.0)),
        Attr("ratios", "float[]", (0.5, 1.0, 2.0)),
        Attr("feature_stride", "int", 16),
        Attr("threshold", "float", 0.7),
        Attr("rpn_pre_nms_top_n", "int", 6000),
        Attr("rpn_post_nms_top_n", "int", 300),
        Attr("rpn_min_size", "int", 16),
        Attr("iou_loss", "bool", False),
    ),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition="TVM 0.18 src/relay/op/vision/rcnn_op.cc",
)
