"""``tflite.equal``, ``not_equal``, ``less``, ``less_equal``, ``greater`` and ``greater_equal`` of quantized int8
tensors.

Both operands are multiplied by their own scale, with 8 fraction bits and the contract's rounding, and then compared.
Definition: TFLM tensorflow/lite/kernels/internal/reference/comparisons.h.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attrs, TypeRuleError, register
from tvm_model_library.relay.ops._broadcast import comparison_rule, emit_pointwise
from tvm_model_library.relay.ops._contracts import CONTRACTS
from tvm_model_library.relay.ops._tflite import REFERENCE, ROUNDING, checked, parameters, quantization, quantized
from tvm_model_library.relay.ops.tflite_rescale import known_rescaling
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_FRACTION_BITS = 8
_SIDES = ("lhs", "rhs")


def _infer(attrs: Attrs, lhs: Type, rhs: Type) -> TensorType:
    operands = [quantized(t, ("int8",), i, w) for i, (t, w) in enumerate(zip((lhs, rhs), _SIDES, strict=True))]
    for name in _SIDES:
        if checked(attrs, name, "int8").scale >= 1:
            raise TypeRuleError(f"{name}_scale must be less than 1, found {attrs[f'{name}_scale']}")
    return comparison_rule(attrs, *operands)


def _evaluate(attrs: Attrs, lhs: Array, rhs: Array, function: Callable[[Array, Array], Array]) -> Array:
    sides = []
    for values, name in zip((lhs, rhs), _SIDES, strict=True):
        source = quantization(attrs, name)
        shifted = (values.astype(np.int64) - source.zero_point) << _FRACTION_BITS
        sides.append(CONTRACTS[attrs.rounding].multiply(shifted, np.float64(source.scale)))
    return function(*sides)


def _lower(ctx: Lowering, attrs: Attrs, lhs: Any, rhs: Any, compare: Callable[[Any, Any], Any]) -> Any:
    sources = [quantization(attrs, name) for name in _SIDES]
    scalings = [known_rescaling(ctx, [s.scale], attrs.rounding, 8 + _FRACTION_BITS) for s in sources]

    def element(*operands: Any) -> Any:
        sides = (
            scaling.apply((x.astype("int32") - source.zero_point) * (1 << _FRACTION_BITS))
            for x, source, scaling in zip(operands, sources, scalings, strict=True)
        )
        return compare(*sides)

    return emit_pointwise(ctx, element, lhs, rhs)


def _equal(a: Any, b: Any) -> Any:
    from tvm import tirx

    return tirx.EQ(a, b)


def _not_equal(a: Any, b: Any) -> Any:
    from tvm import tirx

    return tirx.NE(a, b)


_COMPARISONS: tuple[tuple[str, Callable[[Array, Array], Array], Callable[[Any, Any], Any]], ...] = (
    ("equal", np.equal, _equal),
    ("not_equal", np.not_equal, _not_equal),
    ("less", np.less, lambda a, b: a < b),
    ("less_equal", np.less_equal, lambda a, b: a <= b),
    ("greater", np.greater, lambda a, b: a > b),
    ("greater_equal", np.greater_equal, lambda a, b: a >= b),
)

for _name, _function, _compare in _COMPARISONS:
    register(
        f"tflite.{_name}",
        _SIDES,
        (*parameters(*_SIDES), ROUNDING),
        infer=_infer,
        evaluate=partial(_evaluate, function=_function),
        lower=partial(_lower, compare=_compare),
        definition=f"{REFERENCE}comparisons.h",
    )
