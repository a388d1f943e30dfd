"""Fourier transforms: ``dft`` along the last axis, and ``stft`` over sliding windows.

Definitions: TVM 0.18 src/relay/op/tensor/transform.cc, python/tvm/topi/signal.py.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._dtypes import is_float, wide
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.types import Dim, TensorType, TupleType, Type
from tvm_model_library.tensors import Array, numpy_dtype

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/tensor/transform.cc"


def _real(type_: Type, argument: int, what: str) -> TensorType:
    found = tensor(type_, argument, what)
    if not is_float(found.dtype):
        raise TypeRuleError(f"{what} must be floating point, found {found.dtype}", argument)
    return found


def _infer_dft(attrs: Attrs, re_data: Type, im_data: Type) -> TupleType:
    re, im = _real(re_data, 0, "re_data"), _real(im_data, 1, "im_data")
    if re.rank < 1 or re != im:
        raise TypeRuleError(f"real and imaginary part must be tensors of one type, found {re} and {im}", 1)
    return TupleType((re, im))


def _waves(angles: Array, dtype: str) -> Array:
    """``cos + i sin`` of float32 angles: TVM computes them in float32 whatever the data, so that large angles
    lose accuracy.
    """
    narrow = angles.astype(np.float32)
    return np.asarray(np.cos(narrow).astype(dtype) + 1j * np.sin(narrow).astype(dtype))


def _evaluate_dft(attrs: Attrs, re_data: Array, im_data: Array) -> tuple[Array, Array]:
    size = re_data.shape[-1]
    steps = np.arange(size, dtype=np.float32)
    turn = np.float32((2 if attrs.inverse else -2) * math.pi)
    waves = _waves((turn * steps / np.float32(size))[:, None] * steps, "float64")
    signal = re_data.astype(np.float64) + 1j * im_data.astype(np.float64)
    result = signal @ waves.T * (1.0 / size if attrs.inverse else 1.0)
    return result.real.astype(re_data.dtype), result.imag.astype(re_data.dtype)


def _lower_dft(ctx: Lowering, attrs: Attrs, re_data: Any, im_data: Any) -> Any:
    from tvm import te, tirx

    type_ = ctx.tensor(0)
    shape, dtype = type_.static_shape, wide(type_.dtype)
    size = shape[-1]
    turn = (2 if attrs.inverse else -2) * math.pi

    def compute(re: Any, im: Any) -> Any:
        def part(imaginary: bool) -> Any:
            k = te.reduce_axis((0, size), "k")

            def term(*index: Any) -> Any:
                step = tirx.const(turn, "float32") * index[-1].astype("float32") / tirx.const(size, "float32")
                angle = step * k.astype("float32")
                c, s = tirx.cos(angle).astype(dtype), tirx.sin(angle).astype(dtype)
                a, b = re(*index[:-1], k).astype(dtype), im(*index[:-1], k).astype(dtype)
                return te.sum(a * s + b * c if imaginary else a * c - b * s, axis=k)

            total = te.compute(shape, term, name="sum_im" if imaginary else "sum_re")
            factor = tirx.const(1.0 / size if attrs.inverse else 1.0, dtype)
            return te.compute(shape, lambda *i: (total(*i) * factor).astype(type_.dtype), name="T_dft")

        return part(False), part(True)

    return ctx.emit_te(compute, re_data, im_data)


def _infer_stft(attrs: Attrs, data: Type, window: Type) -> TensorType:
    x, w = _real(data, 0, "data"), tensor(window, 1, "window")
    if x.rank not in (1, 2) or w.rank != 1:
        raise TypeRuleError(f"stft needs data (batch, time) and a window vector, found {x} and {w}", 0)
    if min(attrs.n_fft, attrs.hop_length, attrs.win_length) < 1:
        raise TypeRuleError("n_fft, hop_length and win_length must be positive")
    if attrs.win_length > attrs.n_fft or not agree(w.shape[0], attrs.win_length):
        raise TypeRuleError(f"the window must have win_length <= n_fft values, found {w}", 1)
    samples = x.shape[-1]
    frames: Dim = None
    if samples is not None:
        frames = (samples - attrs.n_fft) // attrs.hop_length + 1
        if frames < 1:
            raise TypeRuleError(f"{samples} samples are fewer than n_fft, {attrs.n_fft}", 0)
    frequencies = attrs.n_fft // 2 + 1 if attrs.onesided else attrs.n_fft
    return TensorType((*x.shape[:-1], frequencies, frames, 2), x.dtype)


def _evaluate_stft(attrs: Attrs, data: Array, window: Array) -> Array:
    size = attrs.win_length
    frames = (data.shape[-1] - attrs.n_fft) // attrs.hop_length + 1
    starts = np.arange(frames) * attrs.hop_length
    pieces = data.astype(np.float64)[..., starts[:, None] + np.arange(size)] * window.astype(np.float64)
    frequencies = attrs.n_fft // 2 + 1 if attrs.onesided else attrs.n_fft
    turns = np.float32(-2 * math.pi) * np.arange(frequencies, dtype=np.float32)
    waves = _waves(turns[:, None] * np.arange(size, dtype=np.float32) / np.float32(size), "float64")
    result = np.einsum("fw,...tw->...ft", waves, pieces)
    if attrs.normalized:
        result = result / np.sqrt(attrs.n_fft)
    return np.stack([result.real, result.imag], axis=-1).astype(numpy_dtype(data.dtype.name))


def _lower_stft(ctx: Lowering, attrs: Attrs, data: Any, window: Any) -> Any:
    from tvm import te, tirx

    result = ctx.result
    dtype, size = wide(result.dtype), attrs.win_length
    factor = 1.0 / math.sqrt(attrs.n_fft) if attrs.normalized else 1.0

    def compute(x: Any, w: Any) -> Any:
        k = te.reduce_axis((0, size), "k")

        def term(*index: Any) -> Any:
            *batch, frequency, frame, part = index
            turns = tirx.const(-2 * math.pi, "float32") * frequency.astype("float32")
            angle = turns * k.astype("float32") / tirx.const(size, "float32")
            wave = tirx.if_then_else(part.equal(0), tirx.cos(angle), tirx.sin(angle)).astype(dtype)
            sample = x(*batch, frame * attrs.hop_length + k).astype(dtype)
            return te.sum(w(k).astype(dtype) * sample * wave, axis=k)

        total = te.compute(result.static_shape, term, name="stft_sum")
        scale = tirx.const(factor, dtype)
        return te.compute(result.static_shape, lambda *i: (total(*i) * scale).astype(result.dtype), name="T_stft")

    return ctx.emit_te(compute, data, window)


register(
    "dft",
    ("re_data", "im_data"),
    (Attr("inverse", "bool", False, null_is_default=True),),
    infer=_infer_dft,
    evaluate=_evaluate_dft,
    lower=_lower_dft,
    definition=_DEFINITION,
)
register(
    "stft",
    ("data", "window"),
    (
        Attr("n_fft", "int", -1),
        Attr("hop_length", "int", -1),
        Attr("win_length", "int", -1),
        Attr("normalized", "bool", False),
        Attr("onesided", "bool", True),
    ),
    infer=_infer_stft,
    evaluate=_evaluate_stft,
    lower=_lower_stft,
    definition=_DEFINITION,
)
