"""What the ``tflite`` operators share: attributes, their checks, and the range of a fused activation.

A quantized tensor stands for ``scale * (value - zero_point)``. Scales and zero points of whole tensors are
attributes, as they are in the file: each operator derives its integer multipliers from them. Definitions: TensorFlow
Lite for Microcontrollers (TFLM); paths are in github tensorflow/tflite-micro.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, tensor
from tvm_model_library.relay.ops._dtypes import limits
from tvm_model_library.relay.ops._qnn import check_dtype
from tvm_model_library.relay.types import TensorType, Type
from tvm_model_library.tensors import Array

KERNELS = "TFLM tensorflow/lite/micro/kernels/"
REFERENCE = "TFLM tensorflow/lite/kernels/internal/reference/"

ROUNDING = Attr("rounding", "str", "double", ("double", "single"))
"""The contract of 32-bit products: that of TFLM's default build, or of one with TFLITE_SINGLE_ROUNDING."""
ACTIVATION = Attr("activation", "str", "none", ("none", "relu", "relu6", "relu_n1_to_1"))
_BOUNDS = {"relu": (0.0, None), "relu6": (0.0, 6.0), "relu_n1_to_1": (-1.0, 1.0)}


@dataclass(frozen=True)
class Quantization:
    """Scale and zero point of a tensor. The scale is a float32 number, kept as a Python float."""

    scale: float
    zero_point: int


def parameters(*names: str) -> tuple[Attr, ...]:
    """The attributes ``{name}_scale`` and ``{name}_zero_point`` of each tensor; for an empty name without ``_``."""
    pairs = ((Attr(f"{n}_scale".lstrip("_"), "float"), Attr(f"{n}_zero_point".lstrip("_"), "int", 0)) for n in names)
    return tuple(attr for pair in pairs for attr in pair)


def quantization(attrs: Attrs, name: str) -> Quantization:
    """What :func:`parameters` declares for ``name``. A scale has the precision of float32."""
    scale, zero = (attrs[f"{name}_{what}".lstrip("_")] for what in ("scale", "zero_point"))
    return Quantization(float(np.float32(scale)), int(zero))


def checked(attrs: Attrs, name: str, dtype: str, symmetric: Sequence[str] = ("int16",)) -> Quantization:
    """The quantization of a tensor of ``dtype``; its zero point is 0 for the dtypes in ``symmetric``.

    Raises :class:`TypeRuleError` for what is no scale or zero point.
    """
    found = quantization(attrs, name)
    check_scale(found.scale, f"{name}_scale".lstrip("_"))
    low, high = (0, 0) if dtype in symmetric else limits(dtype)
    if not low <= found.zero_point <= high:
        expected = "0" if low == high else f"from {low} to {high}"
        what = f"{name}_zero_point".lstrip("_")
        raise TypeRuleError(f"{what} of a tensor of {dtype} must be {expected}, found {found.zero_point}")
    return found


def check_scale(scale: float, what: str) -> None:
    """Raise :class:`TypeRuleError` unless ``scale`` is a positive, finite float32 number."""
    if not (np.isfinite(np.float32(scale)) and np.float32(scale) > 0):
        raise TypeRuleError(f"{what} must be positive and finite, found {scale}")


def quantized(type_: Type, allowed: Sequence[str], argument: int, what: str) -> TensorType:
    """``type_`` as a tensor of one of the ``allowed`` dtypes."""
    found = tensor(type_, argument, what)
    check_dtype(found, allowed, argument, what)
    return found


def activation_range(activation: str, dtype: str, output: Quantization) -> tuple[int, int]:
    """The least and greatest quantized number after a fused activation: CalculateActivationRangeQuantized in TFLM's
    tensorflow/lite/kernels/kernel_util.cc.
    """
    low, high = limits(dtype)
    bounds = _BOUNDS.get(activation, (None, None))
    if bounds[0] is not None:
        low = max(low, quantized_number(bounds[0], output))
    if bounds[1] is not None:
        high = min(high, quantized_number(bounds[1], output))
    return low, high


def quantized_number(real: float, target: Quantization) -> int:
    """``real`` on a scale: divided in float32, halves rounded away from zero."""
    ratio = float(np.float32(real) / np.float32(target.scale))
    return target.zero_point + int(np.trunc(ratio + np.copysign(0.5, ratio)))


def clipped(values: Array, low: int, high: int, dtype: str) -> Array:
    """Integers clipped to ``low`` and ``high``, in ``dtype``."""
    return np.asarray(np.clip(values, low, high)).astype(dtype)
