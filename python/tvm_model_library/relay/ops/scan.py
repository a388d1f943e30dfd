"""Running sums and products.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc (ScanopRel) and python/tvm/topi/scan.py. Values are cast to the
result's dtype first; without ``axis`` the tensor is flattened; ``exclusive`` leaves each element out of its own result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, register, tensor
from tvm_model_library.relay.ops._dtypes import given, wide
from tvm_model_library.relay.ops._kernels import around, emit_sequential
from tvm_model_library.relay.ops._scalars import constant
from tvm_model_library.relay.ops._shapes import count, normalize_axis
from tvm_model_library.relay.ops.cast import cast_array, cast_expression
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def _infer(attrs: Attrs, data: Type) -> TensorType:
    type_ = tensor(data, 0, "data")
    dtype = attrs.dtype if given(attrs.dtype) else type_.dtype
    if attrs.axis is None:
        return TensorType((count(type_.shape),), dtype)
    normalize_axis(attrs.axis, type_.rank)
    return TensorType(type_.shape, dtype)


def _combine(name: str, a: Any, b: Any, dtype: str) -> Any:
    """The sum or product of two TIR expressions; of truth values they are ``or`` and ``and``, as in ``add``."""
    from tvm import tirx

    if dtype == "bool":
        return tirx.Or(a, b) if name == "cumsum" else tirx.And(a, b)
    return a + b if name == "cumsum" else a * b


def _register(name: str, identity: int) -> None:
    accumulate = np.cumsum if name == "cumsum" else np.cumprod

    def evaluate(attrs: Attrs, data: Array) -> Array:
        dtype = attrs.dtype if given(attrs.dtype) else data.dtype.name
        values = cast_array(data, dtype)
        if attrs.axis is None:
            values = values.reshape(-1)
        axis = 0 if attrs.axis is None else attrs.axis
        computed = np.dtype(wide(dtype))
        if attrs.exclusive and values.shape[axis]:
            first = np.full_like(np.take(values, [0], axis), identity)
            values = np.concatenate([first, np.delete(values, -1, axis)], axis)
        return np.asarray(accumulate(values.astype(computed), axis=axis, dtype=computed)).astype(values.dtype)

    def lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
        source, result = ctx.tensor(0), ctx.result
        computed = wide(result.dtype)
        shape = result.static_shape
        outer, size, inner = around(shape, 0 if attrs.axis is None else attrs.axis % len(shape))

        def body(values: Any, target: Any, total: Any) -> None:
            from tvm import tirx
            from tvm.script.ir_builder import tirx as T

            with T.serial(0, outer * inner) as k:
                start = tirx.floordiv(k, inner) * (size * inner) + tirx.floormod(k, inner)
                total[0] = constant(identity, computed)
                with T.serial(0, size) as i:
                    at = start + i * inner
                    if attrs.exclusive:
                        target[at] = total[0].astype(result.dtype)
                    value = cast_expression(values[at], source.dtype, result.dtype).astype(computed)
                    total[0] = _combine(name, total[0], value, result.dtype)
                    if not attrs.exclusive:
                        target[at] = total[0].astype(result.dtype)

        return emit_sequential(ctx, (data,), [source], [result], body, [(1, computed)])[0]

    register(
        name,
        ("data",),
        (
            Attr("axis", "int?", None),
            Attr("dtype", "dtype?", None),
            Attr("exclusive", "bool", False, null_is_default=True),
        ),
        infer=_infer,
        evaluate=evaluate,
        lower=lower,
        definition="TVM 0.18 src/relay/op/tensor/transform.cc",
    )


_register("cumsum", 0)
_register("cumprod", 1)
