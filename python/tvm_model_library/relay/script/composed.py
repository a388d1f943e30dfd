"""Functions of tensors that are more than one call of an operator, or take what the operator does not.

Definitions: TVM 0.18 python/tvm/relay/op/transform.py, reduce.py, tensor.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from tvm_model_library.errors import RelayTypeError
from tvm_model_library.relay.script import ty
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.expr import Call, ExprLike, Tuple, TupleWrapper, const, operator
from tvm_model_library.relay.script.nd import Device
from tvm_model_library.relay.script.operators import as_argument
from tvm_model_library.relay.script.places import caller
from tvm_model_library.relay.script.ty import Dtype
from tvm_model_library.relay.script.written import dtype_of, is_number, known_numbers, written

Axis: TypeAlias = "int | Sequence[int] | None"

# -- making and cutting tensors


@written("arange")
def arange(
    start: ExprLike, stop: ExprLike | None = None, step: ExprLike | None = None, dtype: Dtype = "float32"
) -> Call:
    """Numbers from start to before stop, step apart; with one argument, from 0 to before it."""
    name = ty.checked_dtype(dtype)
    if stop is None:
        start, stop = 0, start
    limits = [as_argument(v, name) for v in (start, stop, 1 if step is None else step)]
    return operator("arange", limits, {"dtype": name})


@written("split")
def split(data: ExprLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> TupleWrapper:
    """Parts along an axis: a number of equal ones, or cut at indices."""
    cut = indices_or_sections
    fields = int(cut) if isinstance(cut, int | np.integer) else len(cut) + 1
    call = operator("split", [as_argument(data)], {"indices_or_sections": cut, **({"axis": axis} if axis else {})})
    return TupleWrapper(call, fields)


@written("strided_slice")
def strided_slice(
    data: ExprLike,
    begin: Sequence[int] | Expr,
    end: Sequence[int] | Expr,
    strides: Sequence[int] | Expr | None = None,
    axes: Sequence[int] | None = None,
    slice_mode: str = "end",
) -> Call:
    """A slice with strides, as NumPy's data[begin:end:stride]; with slice_mode "size", end holds sizes.

    Limits may be known only at run time, unless ``axes`` chooses some axes.
    """
    limits = [known_numbers(v) for v in (begin, end, [1] if strides is None else strides)]
    if any(isinstance(v, Expr) for v in limits):
        return _dynamic_slice(as_argument(data), [as_argument(v) for v in limits], axes, slice_mode)
    attributes: dict[str, Any] = {"begin": limits[0], "end": limits[1]}
    if limits[2] != [1]:
        attributes["strides"] = limits[2]
    if slice_mode != "end":
        attributes["slice_mode"] = slice_mode
    if axes is not None:
        attributes["axes"] = axes
    return operator("strided_slice", [as_argument(data)], attributes)


def _dynamic_slice(data: Expr, limits: list[Expr], axes: Sequence[int] | None, slice_mode: str) -> Call:
    if axes is not None:
        raise RelayTypeError("strided_slice: axes can't be chosen where a limit is known only at run time", caller())
    begin, end, strides = limits
    # The operator takes its begin as it is: negative ones count from the end, and none lies behind it.
    shape = operator("slice_like", [operator("cast_like", [operator("shape_of", [data]), begin]), begin])
    begin = operator("where", [begin < operator("cast_like", [const(0), begin]), begin + shape, begin])
    begin = operator("where", [begin >= shape, shape, begin])
    attributes = {} if slice_mode == "end" else {"slice_mode": slice_mode}
    return operator("dyn.strided_slice", [data, begin, end, strides], attributes)


@written("strided_set")
def strided_set(data: ExprLike, v: ExprLike, begin: ExprLike, end: ExprLike, strides: ExprLike | None = None) -> Call:
    """The tensor with the slice data[begin:end:stride] replaced by v."""
    return operator("strided_set", [as_argument(a) for a in (data, v, begin, end, [1] if strides is None else strides)])


@written("sparse_to_dense")
def sparse_to_dense(
    sparse_indices: ExprLike,
    output_shape: Sequence[int] | Expr,
    sparse_values: ExprLike,
    default_value: ExprLike = 0,
) -> Call:
    """A dense tensor from indices and values."""
    values, shape = as_argument(sparse_values), known_numbers(output_shape)
    default = as_argument(default_value, dtype_of(values) if is_number(default_value) else None)
    if isinstance(shape, Expr):
        return operator("dyn.sparse_to_dense", [as_argument(sparse_indices), values, default, shape])
    return operator("sparse_to_dense", [as_argument(sparse_indices), values, default], {"output_shape": shape})


@written("matrix_set_diag")
def matrix_set_diag(data: ExprLike, diagonal: ExprLike, k: int | Sequence[int] = 0, align: str = "RIGHT_LEFT") -> Call:
    """Matrices with the diagonals from k[0] to k[1] replaced; align says where shorter ones lie in ``diagonal``:
    those above the main one, then those below it.
    """
    sides = align.split("_")
    if len(sides) != 2 or not {"LEFT", "RIGHT"}.issuperset(sides):
        raise RelayTypeError(f"matrix_set_diag: align is for example 'RIGHT_LEFT', found {align!r}", caller())
    first, last = (k, k) if isinstance(k, int | np.integer) else (k[0], k[-1])
    attributes: dict[str, Any] = {"k1": int(first), "k2": int(last)}
    attributes |= {"super_diag_right_align": sides[0] == "RIGHT", "sub_diag_right_align": sides[1] == "RIGHT"}
    return operator("matrix_set_diag", [as_argument(data), as_argument(diagonal)], attributes)


@written("stft")
def stft(
    data: ExprLike,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: ExprLike | None = None,
    normalized: bool = False,
    onesided: bool = True,
) -> Call:
    """Short-time Fourier transform: a window moves by hop_length (a quarter of n_fft, if not given)."""
    used = operator("ones", [], {"shape": (n_fft,), "dtype": "int32"}) if window is None else as_argument(window)
    attributes = {
        "n_fft": n_fft,
        "hop_length": n_fft // 4 if hop_length is None else hop_length,
        "win_length": n_fft if win_length is None else win_length,
        "normalized": normalized,
        "onesided": onesided,
    }
    return operator("stft", [as_argument(data), used], attributes)


@written("sparse_fill_empty_rows")
def sparse_fill_empty_rows(
    sparse_indices: ExprLike, sparse_values: ExprLike, dense_shape: ExprLike, default_value: ExprLike
) -> Tuple:
    """A sparse matrix with a default value in its empty rows: indices, values, and which rows were empty."""
    indices, values = as_argument(sparse_indices), as_argument(sparse_values)
    call = operator("sparse_fill_empty_rows", [indices, values, as_argument(dense_shape), as_argument(default_value)])
    filled = TupleWrapper(call, 3)
    return Tuple(
        [
            operator("cast_like", [filled[0], indices]),
            operator("cast_like", [filled[1], values]),
            operator("cast", [filled[2]], {"dtype": "bool"}),
        ]
    )


@written("segment_sum")
def segment_sum(data: ExprLike, segment_ids: ExprLike, num_segments: int | Expr | None = None) -> Call:
    """Sums of the slices that have one segment id. Without ``num_segments``, their number is known at run time."""
    values, ids = as_argument(data), as_argument(segment_ids)
    one = operator("cast_like", [const([1]), ids])
    if num_segments is None:
        greatest = operator("max", [ids], {"axis": (0,)})
        count: Expr = operator("reshape", [greatest], {"newshape": (-1,)}) + one
    else:
        count = operator("cast_like", [as_argument([num_segments] if is_number(num_segments) else num_segments), ids])
    shape = operator("shape_of", [values], {"dtype": "int32"})
    row = operator("strided_slice", [shape], {"begin": (1,), "end": (-1,), "slice_mode": "size"})
    row = operator("cast_like", [row, count])
    # One id for each element of a row, in the shape of the data.
    repeats = operator("concatenate", [Tuple([operator("reverse", [row], {"axis": 0}), one])])
    spread = operator("transpose", [operator("dyn.tile", [ids, repeats])])
    empty = operator("dyn.zeros", [operator("concatenate", [Tuple([count, row])])], {"dtype": "float64"})
    zeros = operator("cast_like", [empty, values])
    return operator("scatter_elements", [zeros, spread, values], {"axis": 0, "reduction": "add"})


@written("device_copy")
def device_copy(data: ExprLike, src_device: Device, dst_device: Device) -> Call:
    """The tensor on another device; there is one, the CPU."""
    for on in (src_device, dst_device):
        if not isinstance(on, Device):
            raise RelayTypeError(f"device_copy: a device is expected, such as tvm.cpu(0), found {on!r}", caller())
    return operator("device_copy", [as_argument(data)])


# -- reductions


@written("variance")
def variance(
    data: ExprLike, axis: Axis = None, keepdims: bool = False, exclude: bool = False, unbiased: bool = False,
    with_mean: ExprLike | None = None,
) -> Call:  # fmt: skip
    """Variance over some axes, or over all; ``with_mean`` is the mean, kept in its dimensions, if it is known."""
    values = as_argument(data)
    mean = _mean(values, axis, exclude) if with_mean is None else as_argument(with_mean)
    return _variance(values, mean, axis, keepdims, exclude, unbiased)


@written("std")
def std(
    data: ExprLike, axis: Axis = None, keepdims: bool = False, exclude: bool = False, unbiased: bool = False
) -> Call:
    """Standard deviation over some axes, or over all."""
    values = as_argument(data)
    mean = _mean(values, axis, exclude)
    return operator("sqrt", [_variance(values, mean, axis, keepdims, exclude, unbiased)])


@written("mean_variance")
def mean_variance(
    data: ExprLike, axis: Axis = None, keepdims: bool = False, exclude: bool = False, unbiased: bool = False
) -> TupleWrapper:
    """Mean and variance over some axes, or over all."""
    values = as_argument(data)
    mean = _mean(values, axis, exclude)
    spread = _variance(values, mean, axis, keepdims, exclude, unbiased)
    return TupleWrapper(Tuple([_squeezed(values, mean, axis, keepdims, exclude), spread]), 2)


@written("mean_std")
def mean_std(data: ExprLike, axis: Axis = None, keepdims: bool = False, exclude: bool = False) -> TupleWrapper:
    """Mean and standard deviation over some axes, or over all."""
    values = as_argument(data)
    mean = _mean(values, axis, exclude)
    deviation = operator("sqrt", [_variance(values, mean, axis, keepdims, exclude, unbiased=False)])
    return TupleWrapper(Tuple([_squeezed(values, mean, axis, keepdims, exclude), deviation]), 2)


@written("logsumexp")
def logsumexp(data: ExprLike, axis: Axis = None, keepdims: bool = False) -> Call:
    """Logarithm of the sum of exponentials over some axes, or over all, without overflow."""
    values = as_argument(data)
    reduced = _reduction(axis, keepdims=True)
    greatest = operator("max", [values], reduced)
    result = operator("log", [operator("sum", [operator("exp", [values - greatest])], reduced)]) + greatest
    return result if keepdims else operator("squeeze", [result], {} if axis is None else {"axis": axis})


def _mean(values: Expr, axis: Axis, exclude: bool) -> Call:
    return operator("mean", [values], _reduction(axis, keepdims=True, exclude=exclude))


def _variance(values: Expr, mean: Expr, axis: Axis, keepdims: bool, exclude: bool, unbiased: bool) -> Call:
    attributes = _reduction(axis, keepdims=keepdims, exclude=exclude)
    return operator("variance", [values, mean], {**attributes, **({"unbiased": True} if unbiased else {})})


def _squeezed(values: Expr, mean: Call, axis: Axis, keepdims: bool, exclude: bool) -> Call:
    """A mean that was kept in its dimensions, without those that were reduced."""
    if keepdims:
        return mean
    if exclude:
        return operator("mean", [values], _reduction(axis, exclude=True))
    return operator("squeeze", [mean], {} if axis is None else {"axis": axis})


def _reduction(axis: Axis, *, keepdims: bool = False, exclude: bool = False) -> dict[str, Any]:
    attributes: dict[str, Any] = {} if axis is None else {"axis": axis}
    return attributes | ({"keepdims": True} if keepdims else {}) | ({"exclude": True} if exclude else {})
