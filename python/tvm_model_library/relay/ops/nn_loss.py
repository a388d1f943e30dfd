"""Losses: cross entropy and negative log likelihood.

Definitions: TVM 0.18 src/relay/op/nn/nn.cc, python/tvm/relay/op/nn/_nn.py, include/tvm/topi/nn.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dtypes import is_float, is_integer, wide, widen
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.ops.indexing import check_indices, nearest_expression
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer_cross_entropy(attrs: Attrs, predictions: Type, targets: Type) -> TensorType:
    x, y = tensor(predictions, 0, "predictions"), tensor(targets, 1, "targets")
    if x.rank != 2 or y.rank != 2 or not all(map(agree, x.shape, y.shape)) or x.dtype != y.dtype:
        raise TypeRuleError(f"predictions and targets must be 2-d and of one type, found {x} and {y}", 1)
    return TensorType((), x.dtype)


def _evaluate_cross_entropy(attrs: Attrs, predictions: Array, targets: Array) -> Array:
    total = (np.log(widen(predictions)) * widen(targets)).sum()
    return np.asarray(-total / predictions.shape[0]).astype(predictions.dtype)


def _evaluate_with_logits(attrs: Attrs, predictions: Array, targets: Array) -> Array:
    total = (widen(predictions) * widen(targets)).sum()
    return np.asarray(-total / predictions.shape[0]).astype(predictions.dtype)


def _lower_cross_entropy(ctx: Lowering, attrs: Attrs, predictions: Any, targets: Any) -> Any:
    from tvm import te, tirx

    source = ctx.tensor(0)
    rows, classes = source.static_shape
    dtype = wide(source.dtype)

    def compute(x: Any, y: Any) -> Any:
        i, j = te.reduce_axis((0, rows), "i"), te.reduce_axis((0, classes), "j")
        value = x(i, j).astype(dtype)
        value = te.log(value) if ctx.operator == "nn.cross_entropy" else value
        total = te.compute((), lambda: te.sum(value * y(i, j).astype(dtype), axis=[i, j]), name="sum")
        number = tirx.const(-rows or float("nan"), dtype)  # TIR refuses a division by 0
        return te.compute((), lambda: (total() / number).astype(source.dtype), name="cross_entropy")

    return ctx.emit_te(compute, predictions, targets)


for _name, _meaning in (
    ("nn.cross_entropy", _evaluate_cross_entropy),
    ("nn.cross_entropy_with_logits", _evaluate_with_logits),
):
    register(
        _name,
        ("predictions", "targets"),
        infer=_infer_cross_entropy,
        evaluate=_meaning,
        lower=_lower_cross_entropy,
        definition="TVM 0.18 src/relay/op/nn/nn.cc",
    )


def _infer_nll_loss(attrs: Attrs, predictions: Type, targets: Type, weights: Type) -> TensorType:
    p, t, w = tensor(predictions, 0, "predictions"), tensor(targets, 1, "targets"), tensor(weights, 2, "weights")
    if p.rank != t.rank + 1:
        raise TypeRuleError(f"predictions must have one dimension more than targets, found {p} and {t}", 0)
    classes = p.shape[1] if p.rank > 1 else p.shape[0]
    if w.rank != 1 or not agree(w.shape[0], classes):
        raise TypeRuleError(f"weights must hold one value for each of {classes} classes, found {w}", 2)
    if p.dtype != w.dtype or not is_float(p.dtype):
        raise TypeRuleError(f"predictions and weights must be floats of one dtype, found {p} and {w}", 2)
    if not is_integer(t.dtype):
        raise TypeRuleError(f"targets must be integers, found {t}", 1)
    return TensorType(t.shape if attrs.reduction == "none" else (), p.dtype)


def _evaluate_nll_loss(attrs: Attrs, predictions: Array, targets: Array, weights: Array) -> Array:
    classes_last = np.moveaxis(widen(predictions), 1, -1) if predictions.ndim > 1 else widen(predictions)
    kept = targets != attrs.ignore_index
    chosen = check_indices(np.where(kept, targets, 0), len(weights), "target")
    weight = np.where(kept, widen(weights)[chosen], 0).astype(classes_last.dtype)
    loss = -np.take_along_axis(classes_last, chosen[..., None], -1)[..., 0] * weight
    if attrs.reduction == "sum":
        loss = loss.sum()
    elif attrs.reduction == "mean":
        loss = loss.sum() / weight.sum()
    return np.asarray(loss).astype(predictions.dtype)


def _lower_nll_loss(ctx: Lowering, attrs: Attrs, predictions: Any, targets: Any, weights: Any) -> Any:
    from tvm import te, tirx

    source, target_type = ctx.tensor(0), ctx.tensor(1)
    shape, dtype = target_type.static_shape, wide(source.dtype)
    classes = source.static_shape[1 if source.rank > 1 else 0]
    zero = tirx.const(0, dtype)

    def compute(p: Any, t: Any, w: Any) -> Any:
        def kept(index: Any, value: Any) -> Any:
            return tirx.if_then_else(t(*index).astype("int64") != tirx.const(attrs.ignore_index, "int64"), value, zero)

        def loss(*index: Any) -> Any:
            chosen = nearest_expression(t(*index), classes)
            place = (index[0], chosen, *index[1:]) if index else (chosen,)
            return kept(index, zero - p(*place).astype(dtype) * w(chosen).astype(dtype))

        def weight(*index: Any) -> Any:
            return kept(index, w(nearest_expression(t(*index), classes)).astype(dtype))

        if attrs.reduction == "none":
            return te.compute(shape, lambda *i: loss(*i).astype(source.dtype), name="nll_loss")

        def total(term: Any, name: str) -> Any:
            axes = [te.reduce_axis((0, d), f"r{i}") for i, d in enumerate(shape)]
            return te.compute((), lambda: te.sum(term(*axes), axis=axes) if axes else term(), name=name)

        losses = total(loss, "losses")
        if attrs.reduction == "sum":
            return te.compute((), lambda: losses().astype(source.dtype), name="nll_loss")
        weights_total = total(weight, "weights")
        return te.compute((), lambda: (losses() / weights_total()).astype(source.dtype), name="nll_loss")

    return ctx.emit_te(compute, predictions, targets, weights)


register(
    "nn.nll_loss",
    ("predictions", "targets", "weights"),
    (Attr("reduction", "str", "mean", ("mean", "sum", "none")), Attr("ignore_index", "int", -100)),
    infer=_infer_nll_loss,
    evaluate=_evaluate_nll_loss,
    lower=_lower_nll_loss,
    definition="TVM 0.18 src/relay/op/nn/nn.cc",
)
