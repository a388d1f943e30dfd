"""``qnn.dense``, ``qnn.contrib_dense_pack`` and ``qnn.batch_matmul``: matrix products of quantized tensors.

They are ``nn.dense`` and so on of ``x - zx`` and ``w - zw``, summed in 32 or 64 bits; scales only label the result.
Definitions: TVM 0.18 src/relay/qnn/op/dense.cc, batch_matmul.cc.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, Operator, find_operator, register, tensor
from tvm_model_library.relay.ops._layout import Layout, parse_layout
from tvm_model_library.relay.ops._qnn import check_channelwise, check_dtype, check_out_dtype, check_scalar
from tvm_model_library.relay.ops._qnn_products import shifted_weight_sums, zero_point
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/qnn/op/dense.cc"
_TUNED = (Attr("auto_scheduler_rewritten_layout", "str", ""), Attr("meta_schedule_original_shape", "any", ()))


def _plain(name: str) -> Operator:
    """The operator on real numbers that a quantized one stands for."""
    found = find_operator(name)
    assert found is not None
    return found


def _wide(attrs: Attrs) -> str:
    return "int64" if attrs.out_dtype == "int64" else "int32"


def _shifted(values: Array, zero: Array, dtype: str) -> Array:
    return np.asarray(values.astype(dtype) - zero.astype(dtype))


def _infer_dense(attrs: Attrs, data: Type, weight: Type, zx: Type, zw: Type, sx: Type, sw: Type) -> TensorType:
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    check_dtype(x, ("int8", "uint8", "int16", "uint16"), 0, "data")
    check_dtype(w, ("int8", "uint8"), 1, "weight")
    check_out_dtype(attrs.out_dtype, ("int32", "int64"))
    result = _plain("nn.dense").infer(attrs, x, w)
    assert isinstance(result, TensorType)
    check_scalar(zx, "int32", 2, "input_zero_point")
    check_channelwise(zw, "int32", result.shape[-1], 3, "kernel_zero_point")
    check_scalar(sx, "float32", 4, "input_scale")
    check_channelwise(sw, "float32", result.shape[-1], 5, "kernel_scale")
    return result


def _evaluate_dense(attrs: Attrs, data: Array, weight: Array, zx: Array, zw: Array, sx: Array, sw: Array) -> Array:
    wide = _wide(attrs)
    evaluate = _plain("nn.dense").evaluate
    assert evaluate is not None
    result: Array = evaluate(attrs, _shifted(data, zx, wide), _shifted(weight, zw.reshape(-1, 1), wide))
    return result


def _emit_product(
    ctx: Lowering,
    inner: int,
    load_x: Callable[..., Any],
    load_w: Callable[..., Any],
    operands: tuple[Any, Any, Any, Any],
    weight_rows: Callable[[Array], Array] | None,
) -> Any:
    """Emit ``out[i] = sum_k (x - zx) * (w - zw)`` with channels along the last axis of the result.

    ``weight_rows(weight)`` gives a constant weight as ``(channels, k)``; without it, nothing is folded.
    """
    from tvm import te

    result = ctx.result
    data, weight = operands[:2]
    x_zero, w_zero = zero_point(ctx, operands[2]), zero_point(ctx, operands[3])
    constant = ctx.value_of(weight)
    folds = constant is not None and weight_rows is not None and x_zero.uniform is not None and w_zero.known is not None

    def compute(x: Any, w: Any, x_zeros: list[Any], w_zeros: list[Any]) -> Any:
        k = te.reduce_axis((0, inner), "k")

        def element(*i: Any) -> Any:
            left, right = load_x(x, i, k).astype(result.dtype), load_w(w, i, k).astype(result.dtype)
            if not folds:
                left = x_zero.subtract_from(left, result.dtype, x_zeros, 0)
            return te.sum(left * w_zero.subtract_from(right, result.dtype, w_zeros, i[-1]), axis=k)

        return te.compute(result.static_shape, element, name="matmul")

    sums = ctx.emit_te(compute, data, weight, x_zero.tables(ctx), w_zero.tables(ctx))
    if not folds:
        return sums
    assert constant is not None
    assert weight_rows is not None
    assert x_zero.uniform is not None
    assert w_zero.known is not None
    constants = -x_zero.uniform * shifted_weight_sums(weight_rows(constant), w_zero.known.table)
    return ctx.add_channel_constants(sums, constants, len(result.shape) - 1)


def _lower_dense(ctx: Lowering, attrs: Attrs, data: Any, weight: Any, zx: Any, zw: Any, sx: Any, sw: Any) -> Any:
    return _emit_product(
        ctx,
        ctx.tensor(1).static_shape[1],
        lambda x, i, k: x(*i[:-1], k),
        lambda w, i, k: w(i[-1], k),
        (data, weight, zx, zw),
        lambda w: w,
    )


def _packed_layout(attrs: Attrs, weight: TensorType) -> Layout:
    """TVM's default ``NC`` stands for the layout with the blocks of the weight's shape."""
    if attrs.weight_layout == "NC" and weight.rank == 4:
        return parse_layout(f"NC{weight.shape[2]}n{weight.shape[3]}c", "NC")
    return parse_layout(attrs.weight_layout, "NC")


def _infer_pack(attrs: Attrs, data: Type, weight: Type, zx: Type, zw: Type, sx: Type, sw: Type) -> TensorType:
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    check_dtype(x, ("int8", "uint8"), 0, "data")
    check_dtype(w, ("int8", "uint8"), 1, "weight")
    check_out_dtype(attrs.out_dtype, ("int32", "int64"))
    check_scalar(zx, "int32", 2, "input_zero_point")
    units, inner = _packed_layout(attrs, w).dims(w.shape, "NC")
    check_channelwise(zw, "int32", units, 3, "kernel_zero_point")
    result = _plain("nn.dense").infer(
        Attrs({"units": None, "out_dtype": attrs.out_dtype, **{a.name: a.default for a in _TUNED}}),
        x,
        TensorType((units, inner), w.dtype),
    )
    assert isinstance(result, TensorType)
    return result


def _evaluate_pack(attrs: Attrs, data: Array, weight: Array, zx: Array, zw: Array, sx: Array, sw: Array) -> Array:
    layout = _packed_layout(attrs, TensorType(weight.shape, weight.dtype.name))
    return _evaluate_dense(attrs, data, layout.unpack(weight, "NC"), zx, zw, sx, sw)


def _lower_pack(ctx: Lowering, attrs: Attrs, data: Any, weight: Any, zx: Any, zw: Any, sx: Any, sw: Any) -> Any:
    layout = _packed_layout(attrs, ctx.tensor(1))
    return _emit_product(
        ctx,
        ctx.tensor(0).static_shape[1],
        lambda x, i, k: x(i[0], k),
        lambda w, i, k: w(*layout.indices([i[1], k], "NC")),
        (data, weight, zx, zw),
        lambda w: layout.unpack(w, "NC"),
    )


def _infer_batch(attrs: Attrs, x: Type, y: Type, zx: Type, zy: Type, sx: Type, sy: Type) -> TensorType:
    for index, (operand, zero, scale) in enumerate(((x, zx, sx), (y, zy, sy))):
        check_dtype(tensor(operand, index, "xy"[index]), ("int8", "uint8"), index, "xy"[index])
        check_scalar(zero, "int32", 2 + index, "xy"[index] + "_zero_point")
        check_scalar(scale, "float32", 4 + index, "xy"[index] + "_scale")
    check_out_dtype(attrs.out_dtype, ("int32",))
    result = _plain("nn.batch_matmul").infer(attrs, x, y)
    assert isinstance(result, TensorType)
    return result


def _evaluate_batch(attrs: Attrs, x: Array, y: Array, zx: Array, zy: Array, sx: Array, sy: Array) -> Array:
    evaluate = _plain("nn.batch_matmul").evaluate
    assert evaluate is not None
    return np.asarray(evaluate(attrs, _shifted(x, zx, "int32"), _shifted(y, zy, "int32")))


def _lower_batch(ctx: Lowering, attrs: Attrs, x: Any, y: Any, zx: Any, zy: Any, sx: Any, sy: Any) -> Any:
    left, right = ctx.tensor(0).static_shape, ctx.tensor(1).static_shape

    def load_x(t: Any, i: Any, k: Any) -> Any:
        batch = 0 if left[0] == 1 else i[0]
        return t(batch, k, i[1]) if attrs.transpose_a else t(batch, i[1], k)

    def load_y(t: Any, i: Any, k: Any) -> Any:
        batch = 0 if right[0] == 1 else i[0]
        return t(batch, i[2], k) if attrs.transpose_b else t(batch, k, i[2])

    return _emit_product(ctx, left[1] if attrs.transpose_a else left[2], load_x, load_y, (x, y, zx, zy), None)


_INPUTS = ("data", "weight", "input_zero_point", "kernel_zero_point", "input_scale", "kernel_scale")

register(
    "qnn.dense",
    _INPUTS,
    (Attr("units", "int?", None), Attr("out_dtype", "dtype?", None), *_TUNED),
    infer=_infer_dense,
    evaluate=_evaluate_dense,
    lower=_lower_dense,
    definition=_DEFINITION,
)
register(
    "qnn.contrib_dense_pack",
    _INPUTS,
    (
        Attr("units", "int?", None),
        Attr("out_dtype", "dtype?", None),
        Attr("weight_layout", "str", "NC"),
        *_TUNED,
    ),
    infer=_infer_pack,
    evaluate=_evaluate_pack,
    lower=_lower_pack,
    definition=_DEFINITION,
)
register(
    "qnn.batch_matmul",
    ("x", "y", "x_zero_point", "y_zero_point", "x_scale", "y_scale"),
    (
        Attr("out_dtype", "dtype?", None),
        Attr("transpose_a", "bool", False),
        Attr("transpose_b", "bool", False),
        *_TUNED,
    ),
    infer=_infer_batch,
    evaluate=_evaluate_batch,
    lower=_lower_batch,
    definition="TVM 0.18 src/relay/qnn/op/batch_matmul.cc",
)
