"""Non-maximum suppression for each class: ONNX's and TensorFlow's form, and TensorFlow Lite's.

Definitions: TVM 0.18 src/relay/op/vision/nms.cc, python/tvm/topi/vision/nms.py. What TVM leaves undefined behind the
selected boxes is 0 here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._boxes import overlap, overlap_expression
from tvm_model_library.relay.ops._kernels import emit_sequential, held
from tvm_model_library.relay.ops._scalars import constant
from tvm_model_library.relay.ops._shapes import agree, count
from tvm_model_library.relay.ops.sorting import merge_memory, merge_sort, order
from tvm_model_library.relay.ops.vision_nms import boxes_type
from tvm_model_library.relay.types import TensorType, TupleType, Type, flatten
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/vision/nms.cc"


def _infer_all_class(attrs: Attrs, boxes: Type, scores: Type, *limits: Type) -> TupleType:
    b, s = boxes_type(boxes, 0, "boxes"), boxes_type(scores, 1, "scores")
    if not agree(b.shape[2], 4) or not agree(b.shape[0], s.shape[0]) or not agree(b.shape[1], s.shape[2]):
        raise TypeRuleError(f"boxes (batch, n, 4) need scores (batch, classes, n), found {b} and {s}", 1)
    batch, classes, number = b.shape[0], s.shape[1], b.shape[1]
    if attrs.output_format == "onnx":
        rows = count((batch, classes, number))
        return TupleType((TensorType((rows, 3), "int64"), TensorType((1,), "int64")))
    rows = count((classes, number))
    return TupleType(
        (
            TensorType((batch, rows, 2), "int64"),
            TensorType((batch, rows), "float32"),
            TensorType((batch,), "int64"),
        )
    )


def _select(boxes: Array, scores: Array, limit: int, iou_threshold: Any, score_threshold: Any) -> list[int]:
    """Boxes of one class, best first, none of which overlaps a better one by the threshold or more."""
    ranks = order(scores, 0, ascending=False)
    ranks = ranks[: int((scores > score_threshold).sum())]
    if iou_threshold <= 0:
        return []
    left = scores[ranks].copy()
    chosen: list[int] = []
    for j, rank in enumerate(ranks):
        if len(chosen) == (limit if limit > 0 else len(ranks)):
            break
        if left[j] > -1:
            chosen.append(int(rank))
            rest = ranks[j + 1 :]
            hit = (left[j + 1 :] > 0) & (overlap(boxes[rank], boxes[rest]) >= iou_threshold)
            left[j + 1 :][hit] = -1
    return chosen


def _evaluate_all_class(
    attrs: Attrs, boxes: Array, scores: Array, max_boxes: Array, iou_threshold: Array, score_threshold: Array
) -> tuple[Array, ...]:
    batch, classes, number = scores.shape
    limit = int(max_boxes.reshape(()))
    iou, least = iou_threshold.reshape(())[()], score_threshold.reshape(())[()]
    chosen = [[_select(boxes[b], scores[b, c], limit, iou, least) for c in range(classes)] for b in range(batch)]
    if attrs.output_format == "onnx":
        rows = [(b, c, i) for b in range(batch) for c in range(classes) for i in chosen[b][c]]
        out = np.zeros((batch * classes * number, 3), np.int64)
        out[: len(rows)] = np.array(rows, np.int64).reshape(-1, 3)
        return out, np.array([len(rows)], np.int64)
    indices = np.zeros((batch, classes * number, 2), np.int64)
    values, counts = np.zeros((batch, classes * number), np.float32), np.zeros(batch, np.int64)
    for b in range(batch):
        pairs = [(c, i) for c in range(classes) for i in chosen[b][c]]
        counts[b] = len(pairs)
        indices[b, : len(pairs)] = np.array(pairs, np.int64).reshape(-1, 2)
        values[b, : len(pairs)] = [scores[b, c, i] for c, i in pairs]
    return indices, values, counts


def _lower_all_class(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types = [t for t in ctx.argument_types if isinstance(t, TensorType)]
    outputs = list(flatten(ctx.result_type))
    batch, classes, number = types[1].static_shape
    dtype = types[1].dtype
    onnx = attrs.output_format == "onnx"
    scratch = [(max(number, 2), dtype)] + [(1, "int32")] * 3 + merge_memory(number)

    def body(boxes: Any, scores: Any, limit: Any, iou: Any, least: Any, *rest: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        results, (left, found, total, kept, *memory) = rest[: len(outputs)], rest[len(outputs) :]
        ranks, zero = memory[0], tirx.const(0, "int32")
        for result, type_ in zip(results, outputs, strict=True):
            with T.serial(0, type_.size) as i:
                result[i] = tirx.const(0, type_.dtype)
        total[0] = zero

        def record(b: Any, c: Any, rank: Any, score: Any) -> None:
            if onnx:
                for k, value in enumerate((b, c, rank)):
                    results[0][held(total[0], batch * classes * number) * 3 + k] = value.astype("int64")
            else:
                place = b * (classes * number) + held(total[0], classes * number)
                results[0][place * 2] = c.astype("int64")
                results[0][place * 2 + 1] = rank.astype("int64")
                results[1][place] = score.astype("float32")

        def corner(b: Any, rank: Any) -> Any:
            return lambda i: boxes[(b * number + rank) * 4 + i]

        def select(b: Any, c: Any) -> None:
            start = (b * classes + c) * number
            merge_sort(scores, start, 1, number, False, dtype, memory)
            kept[0] = zero
            with T.serial(0, number) as j:
                left[j] = scores[start + ranks[j]]
                with T.If(left[j] > least[0].astype(dtype)), T.Then():
                    kept[0] = kept[0] + 1
            found[0] = zero
            most = tirx.if_then_else(limit[0] > 0, limit[0].astype("int32"), tirx.const(number, "int32"))
            alive = tirx.const(-1, dtype)
            threshold = iou[0].astype(dtype)
            active = tirx.all(threshold > tirx.const(0, dtype))
            with T.serial(0, number) as j:
                ready = tirx.all(active, j < kept[0], found[0] < most, left[j] > alive)
                with T.If(ready), T.Then():
                    record(b, c, ranks[j], left[j])
                    found[0] = found[0] + 1
                    total[0] = total[0] + 1
                    with T.serial(0, number) as k:
                        open_ = tirx.all(k > j, k < kept[0], left[k] > tirx.const(0, dtype))
                        ratio = overlap_expression(corner(b, ranks[j]), corner(b, ranks[k]), types[0].dtype)
                        with T.If(tirx.all(open_, ratio >= iou[0].astype(types[0].dtype))), T.Then():
                            left[k] = alive

        with T.serial(0, batch) as b:
            if not onnx:
                total[0] = zero
            with T.serial(0, classes) as c:
                select(b, c)
            if not onnx:
                results[2][b] = total[0].astype("int64")
        if onnx:
            results[1][0] = total[0].astype("int64")

    return emit_sequential(ctx, args, types, outputs, body, scratch)


register(
    "vision.all_class_non_max_suppression",
    ("boxes", "scores", "max_output_boxes_per_class", "iou_threshold", "score_threshold"),
    (Attr("output_format", "str", "onnx", ("onnx", "tensorflow")),),
    infer=_infer_all_class,
    evaluate=_evaluate_all_class,
    lower=_lower_all_class,
    definition=_DEFINITION,
)


def _infer_regular(attrs: Attrs, boxes: Type, scores: Type) -> TupleType:
    b, s = boxes_type(boxes, 0, "boxes"), boxes_type(scores, 1, "scores")
    if not agree(b.shape[2], 4) or not agree(b.shape[0], s.shape[0]) or not agree(b.shape[1], s.shape[1]):
        raise TypeRuleError(f"boxes (batch, n, 4) need scores (batch, n, classes), found {b} and {s}", 1)
    if s.shape[2] is not None and not 0 < attrs.num_classes <= s.shape[2]:
        raise TypeRuleError(f"num_classes is {attrs.num_classes}, but scores are for {s.shape[2]} classes", 1)
    batch, rows = b.shape[0], attrs.max_detections
    return TupleType(
        (
            TensorType((batch, rows, 4), "float32"),
            TensorType((batch, rows), "float32"),
            TensorType((batch, rows), "float32"),
            TensorType((batch,), "int32"),
        )
    )


def _plain_overlap(box: Array, others: Array) -> Array:
    """Intersection over union of boxes (y0, x0, y1, x1); 0 where one of the two is empty."""
    sides = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0)
    inter = sides[:, 0] * sides[:, 1]
    area, areas = (box[2:] - box[:2]).prod(), (others[:, 2:] - others[:, :2]).prod(axis=1)
    full = (area > 0) & (areas > 0)
    return np.where(full, inter / np.where(full, area + areas - inter, 1), 0)


def _evaluate_regular(attrs: Attrs, boxes: Array, scores: Array) -> tuple[Array, ...]:
    batch, _, width = scores.shape
    rows, offset = attrs.max_detections, width - attrs.num_classes
    out, out_classes = np.zeros((batch, rows, 4), np.float32), np.zeros((batch, rows), np.float32)
    out_scores, counts = np.zeros((batch, rows), np.float32), np.zeros(batch, np.int32)
    for b in range(batch):
        best: list[tuple[float, int, int]] = []
        for c in range(attrs.num_classes):
            values = scores[b, :, c + offset]
            kept = np.flatnonzero(values >= np.float32(attrs.score_threshold))
            ranks = kept[order(values[kept], 0, ascending=False)]
            active = np.ones(len(ranks), bool)
            chosen = 0
            for i, rank in enumerate(ranks):
                if not active[i] or chosen >= min(len(ranks), attrs.max_detections_per_class):
                    continue
                chosen += 1
                best.append((float(values[rank]), c, int(rank)))
                rest = _plain_overlap(boxes[b, rank], boxes[b, ranks[i + 1 :]])
                active[i + 1 :] &= ~(rest > np.float32(attrs.iou_threshold))
            best = sorted(best, key=lambda entry: -entry[0])[:rows]
        counts[b] = len(best)
        for i, (score, c, rank) in enumerate(best):
            out[b, i], out_classes[b, i], out_scores[b, i] = boxes[b, rank], c, score
    return out, out_classes, out_scores, counts


def _lower_regular(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types = [t for t in ctx.argument_types if isinstance(t, TensorType)]
    batch, number, width = types[1].static_shape
    rows, offset = attrs.max_detections, width - attrs.num_classes
    room = rows + number
    scratch = [(max(number, 2), "float32"), (max(number, 2), "int32")]
    scratch += [(room, "float32"), (room, "int32"), (room, "int32")] * 2
    scratch += [(1, "int32")] * 2 + merge_memory(room)

    def body(boxes: Any, scores: Any, *rest: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        out, out_classes, out_scores, counts, values, active, *rest_memory = rest
        best, spare, (total, chosen, *memory) = rest_memory[:3], rest_memory[3:6], rest_memory[6:]
        ranks, zero, one = memory[0], tirx.const(0, "int32"), tirx.const(1, "int32")
        lowest = tirx.min_value("float32")

        def corner(b: Any, box: Any, i: int) -> Any:
            return boxes[(b * number + box) * 4 + i].astype("float32")

        def ratio(b: Any, p: Any, q: Any) -> Any:
            low = [tirx.Max(corner(b, p, i), corner(b, q, i)) for i in (0, 1)]
            high = [tirx.Min(corner(b, p, i), corner(b, q, i)) for i in (2, 3)]
            none = tirx.const(0, "float32")
            inter = tirx.Max(high[0] - low[0], none) * tirx.Max(high[1] - low[1], none)
            areas = [(corner(b, k, 2) - corner(b, k, 0)) * (corner(b, k, 3) - corner(b, k, 1)) for k in (p, q)]
            full = tirx.all(areas[0] > none, areas[1] > none)
            return tirx.if_then_else(full, inter / (areas[0] + areas[1] - inter), none)

        def one_class(b: Any, c: Any) -> None:
            with T.serial(0, number) as i:
                values[i] = scores[(b * number + i) * width + c + offset].astype("float32")
                good = values[i] >= constant(attrs.score_threshold, "float32")
                active[i] = tirx.if_then_else(good, one, zero)
                with T.If(active[i] == zero), T.Then():
                    values[i] = lowest
            merge_sort(values, 0, 1, number, False, "float32", memory)
            chosen[0] = zero
            with T.serial(0, number) as i:
                ready = tirx.all(active[ranks[i]] == one, chosen[0] < attrs.max_detections_per_class)
                with T.If(ready), T.Then():
                    chosen[0] = chosen[0] + one
                    best[0][total[0]] = values[ranks[i]]
                    best[1][total[0]] = c
                    best[2][total[0]] = ranks[i]
                    total[0] = total[0] + one
                    with T.serial(0, number) as j:
                        over = ratio(b, ranks[i], ranks[j]) > constant(attrs.iou_threshold, "float32")
                        with T.If(tirx.all(j > i, over)), T.Then():
                            active[ranks[j]] = zero

        def keep_best() -> None:
            with T.serial(0, room) as i, T.If(i >= total[0]), T.Then():
                best[0][i] = lowest
            merge_sort(best[0], 0, 1, room, False, "float32", memory)
            for source, target in zip(best, spare, strict=True):
                with T.serial(0, room) as i:
                    target[i] = source[i]
            for source, target in zip(spare, best, strict=True):
                with T.serial(0, room) as i:
                    target[i] = source[ranks[i]]
            total[0] = tirx.Min(total[0], tirx.const(rows, "int32"))

        with T.serial(0, batch) as b:
            with T.serial(0, room) as i:
                for memory_buffer, type_ in zip(best, ("float32", "int32", "int32"), strict=True):
                    memory_buffer[i] = tirx.const(0, type_)
            total[0] = zero
            with T.serial(0, attrs.num_classes) as c:
                one_class(b, c)
                keep_best()
            counts[b] = total[0]
            with T.serial(0, rows) as i:
                place, filled, none = b * rows + i, i < total[0], tirx.const(0, "float32")
                for k in range(4):
                    out[place * 4 + k] = tirx.if_then_else(filled, corner(b, best[2][i], k), none)
                out_classes[place] = tirx.if_then_else(filled, best[1][i].astype("float32"), none)
                out_scores[place] = tirx.if_then_else(filled, best[0][i], none)

    return emit_sequential(ctx, args, types, list(flatten(ctx.result_type)), body, scratch)


register(
    "vision.regular_non_max_suppression",
    ("boxes", "scores"),
    (
        Attr("max_detections_per_class", "int"),
        Attr("max_detections", "int"),
        Attr("num_classes", "int"),
        Attr("iou_threshold", "float"),
        Attr("score_threshold", "float"),
    ),
    infer=_infer_regular,
    evaluate=_evaluate_regular,
    lower=_lower_regular,
    definition=_DEFINITION,
)
