"""Boxes above a threshold, and non-maximum suppression of one list of boxes.

Definitions: TVM 0.18 src/relay/op/vision/nms.cc, python/tvm/topi/vision/nms.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._boxes import overlap, overlap_expression
from tvm_model_library.relay.ops._kernels import emit_sequential, held
from tvm_model_library.relay.ops.sorting import merge_memory, merge_sort, order
from tvm_model_library.relay.types import TensorType, TupleType, Type, flatten
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/vision/nms.cc"


def boxes_type(type_: Type, argument: int, what: str) -> TensorType:
    """A tensor of 3 dimensions, or a ``TypeRuleError``."""
    found = tensor(type_, argument, what)
    if found.rank != 3:
        raise TypeRuleError(f"{what} must have 3 dimensions, found {found}", argument)
    return found


def _check_columns(attrs: Attrs, x: TensorType) -> None:
    """The columns that the attributes name must exist."""
    width = x.shape[2]
    named = {name: attrs[name] for name in ("score_index", "id_index", "coord_start") if name in attrs}
    for name, column in named.items():
        least, reach = (-1, 1) if name == "id_index" else (0, 4 if name == "coord_start" else 1)
        if column < least or (width is not None and column + reach > width):
            raise TypeRuleError(f"{name} is {column}, but a box has {width} values", 0)


def _infer_valid_counts(attrs: Attrs, data: Type, score_threshold: Type) -> TupleType:
    x = boxes_type(data, 0, "data")
    _check_columns(attrs, x)
    batch, count, _ = x.shape
    return TupleType((TensorType((batch,), "int32"), x, TensorType((batch, count), "int32")))


def _evaluate_valid_counts(attrs: Attrs, data: Array, score_threshold: Array) -> tuple[Array, Array, Array]:
    kept = data[:, :, attrs.score_index] > score_threshold.reshape(())
    if attrs.id_index >= 0:
        kept &= data[:, :, attrs.id_index] >= 0
    out, indices = np.full_like(data, -1), np.full(data.shape[:2], -1, np.int32)
    for b, row in enumerate(kept):
        chosen = np.flatnonzero(row)
        out[b, : len(chosen)] = data[b, chosen]
        indices[b, : len(chosen)] = chosen
    return kept.sum(axis=1).astype(np.int32), out, indices


def _lower_valid_counts(ctx: Lowering, attrs: Attrs, data: Any, score_threshold: Any) -> Any:
    source, threshold_type = (t for t in ctx.argument_types if isinstance(t, TensorType))
    batch, count, width = source.static_shape

    def body(boxes: Any, threshold: Any, counts: Any, out: Any, indices: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, batch) as b:
            counts[b] = tirx.const(0, "int32")
            with T.serial(0, count) as j:
                row = b * count + j
                indices[row] = tirx.const(-1, "int32")
                with T.serial(0, width) as k:
                    out[row * width + k] = tirx.const(-1, source.dtype)
                kept = boxes[row * width + attrs.score_index] > threshold[0].astype(source.dtype)
                if attrs.id_index >= 0:
                    kept = tirx.all(kept, boxes[row * width + attrs.id_index] >= tirx.const(0, source.dtype))
                with T.If(kept), T.Then():
                    place = b * count + held(counts[b], count)
                    indices[place] = j
                    with T.serial(0, width) as k:
                        out[place * width + k] = boxes[row * width + k]
                    counts[b] = held(counts[b], count) + 1

    assert ctx.result_type is not None
    types = list(flatten(ctx.result_type))
    return emit_sequential(ctx, (data, score_threshold), [source, threshold_type], types, body)


register(
    "vision.get_valid_counts",
    ("data", "score_threshold"),
    (Attr("score_threshold", "any", None), Attr("id_index", "int", 0), Attr("score_index", "int", 1)),
    infer=_infer_valid_counts,
    evaluate=_evaluate_valid_counts,
    lower=_lower_valid_counts,
    definition=_DEFINITION,
)


def _infer_nms(
    attrs: Attrs, data: Type, valid_count: Type, indices: Type, max_output_size: Type, iou_threshold: Type
) -> Type:
    x = boxes_type(data, 0, "data")
    count = tensor(valid_count, 1, "valid_count")
    if count.rank != 1:
        raise TypeRuleError(f"valid_count must have 1 dimension, found {count}", 1)
    _check_columns(attrs, x)
    if not attrs.return_indices:
        return x
    return TupleType((TensorType(x.shape[:2], "int32"), TensorType((x.shape[0], 1), "int32")))


def _suppress(attrs: Attrs, data: Array, count: int, limit: int, threshold: Any) -> tuple[Array, Array]:
    """The boxes of one batch, sorted by score, the suppressed ones overwritten by -1; and where they come from."""
    out, chosen = np.full_like(data, -1), np.full(len(data), -1, np.int64)
    if threshold <= 0:
        out[:count], chosen[:count] = data[:count], np.arange(count)
        return out, chosen
    kept = min(count, attrs.top_k) if attrs.top_k > 0 else count
    ranks = order(data[:count, attrs.score_index], 0, ascending=False)[:kept]
    out[:kept], chosen[:kept] = data[ranks], ranks
    columns = slice(attrs.coord_start, attrs.coord_start + 4)
    valid = 0
    for j in range(count):
        if valid != limit:
            if not out[j, attrs.score_index] > 0:
                continue
            rivals = out[:j, attrs.score_index] > 0
            if attrs.id_index >= 0:
                rivals &= out[:j, attrs.id_index] >= 0
                if not attrs.force_suppress:
                    rivals &= out[:j, attrs.id_index] == out[j, attrs.id_index]
            if not (overlap(out[j, columns], out[:j][rivals][:, columns]) >= threshold).any():
                valid += 1
                continue
        out[j], chosen[j] = -1, -1
    return out, chosen


def _evaluate_nms(
    attrs: Attrs, data: Array, valid_count: Array, indices: Array, max_output_size: Array, iou_threshold: Array
) -> Any:
    limit, threshold = int(max_output_size.reshape(())), iou_threshold.astype(data.dtype).reshape(())[()]
    boxes, picked = [], []
    for b in range(len(data)):
        out, chosen = _suppress(attrs, data[b], int(valid_count[b]), limit, threshold)
        if attrs.invalid_to_bottom and not attrs.return_indices:
            top = out[out[:, 0] >= 0]
            out = np.concatenate([top, np.full((len(out) - len(top), out.shape[1]), -1, out.dtype)])
        boxes.append(out)
        picked.append(chosen[chosen >= 0])
    if not attrs.return_indices:
        return np.stack(boxes)
    result = np.full(data.shape[:2], -1, np.int32)
    for b, chosen in enumerate(picked):
        original = indices[b, chosen]
        original = original[original >= 0]
        result[b, : len(original)] = original
    return result, (result >= 0).sum(axis=1, keepdims=True).astype(np.int32)


def _lower_nms(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
    types = [t for t in ctx.argument_types if isinstance(t, TensorType)]
    outputs = list(flatten(ctx.result_type))
    _, count, width = types[0].static_shape
    scratch = [(count * width, types[0].dtype), (max(count, 2), "int32"), (max(count, 2), types[0].dtype)]
    scratch += [(1, "int32")] * 3 + merge_memory(count)

    def body(*buffers: Any) -> None:
        _NmsKernel(attrs, types[0], buffers[:5], buffers[5 : 5 + len(outputs)], buffers[5 + len(outputs) :]).write()

    results = emit_sequential(ctx, args, types, outputs, body, scratch)
    return results if attrs.return_indices else results[0]


class _NmsKernel:
    """Writes the loops of ``non_max_suppression``."""

    def __init__(self, attrs: Attrs, data: TensorType, inputs: Any, outputs: Any, scratch: Any) -> None:
        self.attrs = attrs
        self.dtype = data.dtype
        self.batch, self.count, self.width = data.static_shape
        self.boxes, self.valid, self.ids, self.limit, self.threshold = inputs
        self.outputs = outputs
        self.rows, self.chosen, self.keys, self.keep, self.found, self.good, *self.memory = scratch

    def write(self) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, self.batch) as b:
            with T.serial(0, self.count) as j:
                self.clear(j)
            self.keep[0] = tirx.Min(self.valid[b], self.count)
            with T.If(self.threshold[0].astype(self.dtype) > tirx.const(0, self.dtype)):
                with T.Then():
                    self.sort(b)
                    self.suppress(b)
                with T.Else(), T.serial(0, self.count) as j, T.If(j < self.keep[0]), T.Then():
                    self.take(b, j, j)
            if self.attrs.return_indices:
                self.write_indices(b)
            else:
                self.write_boxes(b)

    def clear(self, j: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        self.chosen[j] = tirx.const(-1, "int32")
        with T.serial(0, self.width) as k:
            self.rows[j * self.width + k] = tirx.const(-1, self.dtype)

    def take(self, b: Any, j: Any, source: Any) -> None:
        from tvm.script.ir_builder import tirx as T

        self.chosen[j] = source
        with T.serial(0, self.width) as k:
            self.rows[j * self.width + k] = self.boxes[(b * self.count + source) * self.width + k]

    def sort(self, b: Any) -> None:
        """Boxes behind the valid ones get the least score: they stay behind."""
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        with T.serial(0, self.count) as j:
            score = self.boxes[(b * self.count + j) * self.width + self.attrs.score_index]
            self.keys[j] = tirx.if_then_else(j < self.valid[b], score, tirx.min_value(self.dtype))
        merge_sort(self.keys, 0, 1, self.count, False, self.dtype, self.memory)
        if self.attrs.top_k > 0:
            self.keep[0] = tirx.Min(self.keep[0], self.attrs.top_k)
        with T.serial(0, self.count) as j, T.If(j < self.keep[0]), T.Then():
            self.take(b, j, self.memory[0][j])

    def suppress(self, b: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        zero, one = tirx.const(0, "int32"), tirx.const(1, "int32")
        self.found[0] = zero
        with T.serial(0, self.count) as j, T.If(j < self.valid[b]), T.Then():
            full = self.found[0] == self.limit[0].astype("int32")
            with T.If(full):
                with T.Then():
                    self.clear(j)
                with T.Else(), T.If(self.score(j) > tirx.const(0, self.dtype)), T.Then():
                    self.good[0] = one
                    with T.serial(0, j) as k, T.If(self.is_suppressed_by(j, k)), T.Then():
                        self.good[0] = zero
                    with T.If(self.good[0] == zero):
                        with T.Then():
                            self.clear(j)
                        with T.Else():
                            self.found[0] = self.found[0] + one

    def score(self, j: Any) -> Any:
        return self.rows[j * self.width + self.attrs.score_index]

    def is_suppressed_by(self, j: Any, k: Any) -> Any:
        from tvm import tirx

        zero = tirx.const(0, self.dtype)
        conditions = [self.good[0] == 1, self.score(k) > zero]
        if self.attrs.id_index >= 0:
            mine, other = (self.rows[i * self.width + self.attrs.id_index] for i in (j, k))
            conditions.append(other >= zero)
            if not self.attrs.force_suppress:
                conditions.append(mine == other)

        def corner(row: Any) -> Any:
            return lambda i: self.rows[row * self.width + (self.attrs.coord_start + i)]

        ratio = overlap_expression(corner(j), corner(k), self.dtype)
        return tirx.all(*conditions, ratio >= self.threshold[0].astype(self.dtype))

    def write_indices(self, b: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        indices, counts = self.outputs
        self.found[0] = tirx.const(0, "int32")
        with T.serial(0, self.count) as j:
            indices[b * self.count + j] = tirx.const(-1, "int32")
            with T.If(self.chosen[j] >= 0), T.Then():
                original = self.ids[b * self.count + self.chosen[j]].astype("int32")
                with T.If(original >= 0), T.Then():
                    place = held(self.found[0], self.count)
                    indices[b * self.count + place] = original
                    self.found[0] = place + 1
        counts[b] = self.found[0]

    def write_boxes(self, b: Any) -> None:
        from tvm import tirx
        from tvm.script.ir_builder import tirx as T

        out = self.outputs[0]
        self.found[0] = tirx.const(0, "int32")
        with T.serial(0, self.count) as j:
            with T.serial(0, self.width) as k:
                out[(b * self.count + j) * self.width + k] = (
                    tirx.const(-1, self.dtype) if self.attrs.invalid_to_bottom else self.rows[j * self.width + k]
                )
            if self.attrs.invalid_to_bottom:
                with T.If(self.rows[j * self.width] >= tirx.const(0, self.dtype)), T.Then():
                    with T.serial(0, self.width) as k:
                        place = (b * self.count + held(self.found[0], self.count)) * self.width + k
                        out[place] = self.rows[j * self.width + k]
                    self.found[0] = held(self.found[0], self.count) + 1


register(
    "vision.non_max_suppression",
    ("data", "valid_count", "indices", "max_output_size", "iou_threshold"),
    (
        Attr("force_suppress", "bool", False),
        Attr("top_k", "int", -1),
        Attr("coord_start", "int", 2),
        Attr("score_index", "int", 1),
        Attr("id_index", "int", 0),
        Attr("return_indices", "bool", True),
        Attr("invalid_to_bottom", "bool", False),
    ),
    infer=_infer_nms,
    evaluate=_evaluate_nms,
    lower=_lower_nms,
    definition=_DEFINITION,
)
