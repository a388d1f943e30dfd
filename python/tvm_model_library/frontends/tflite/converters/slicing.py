"""Parts of tensors: SLICE, STRIDED_SLICE, SPLIT, SPLIT_V, UNPACK, DYNAMIC_UPDATE_SLICE.

Facts: TFLM tensorflow/lite/micro/kernels/strided_slice_common.cc, slice.cc, split.cc, split_v.cc, unpack.cc; LiteRT
tensorflow/lite/kernels/internal/strided_slice_logic.h, dynamic_update_slice.cc.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.registry import ANY, converter
from tvm_model_library.relay import ast


def part(call: Call, expr: ast.Expr, begin: list[int], end: list[int], strides: list[int] | None = None) -> ast.Expr:
    """The part of a tensor from ``begin`` to before ``end`` in each dimension; itself where that is all."""
    shape = call.shape_of(expr)
    steps = strides or [1] * len(shape)
    if begin == [0] * len(shape) and end == list(shape) and steps == [1] * len(shape):
        return expr
    return call("strided_slice", expr, begin=begin, end=end, strides=steps)


@converter("SLICE", plain=ANY)
def slice_(call: Call) -> ast.Expr:
    """From ``begin`` on, ``size`` elements, or all the others for -1."""
    shape = call.shape(0)
    begin, size = list(call.integers(1, "the begins")), call.integers(2, "the sizes")
    if not len(begin) == len(size) == len(shape):
        call.damaged(f"{len(begin)} begins and {len(size)} sizes for data of {len(shape)} dimensions")
    end = [n if s == -1 else b + s for b, s, n in zip(begin, size, shape, strict=True)]
    if any(not 0 <= b <= e <= n for b, e, n in zip(begin, end, shape, strict=True)):
        call.damaged(f"the part from {begin} of sizes {list(size)} lies outside {list(shape)}")
    return part(call, call.input(0), begin, end)


@dataclass
class _Slices:
    """A strided slice dimension by dimension of the data, and the shape of the result."""

    begin: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    strides: list[int] = field(default_factory=list)
    shape: list[int] = field(default_factory=list)


@converter("STRIDED_SLICE", plain=ANY)
def strided_slice(call: Call) -> ast.Expr:
    """As ``x[begin:end:stride, ...]`` in NumPy, with masks for what is left out."""
    begin, end, strides = (call.integers(i, "the begins, ends and strides") for i in (1, 2, 3))
    if not len(begin) == len(end) == len(strides) or 0 in strides:
        call.damaged(f"begins {list(begin)}, ends {list(end)} and strides {list(strides)} do not go together")
    slices = _slices(call, begin, end, strides)
    result = part(call, call.input(0), slices.begin, slices.end, slices.strides)
    return call.reshape(result, slices.shape)


def _slices(call: Call, begin: tuple[int, ...], end: tuple[int, ...], strides: tuple[int, ...]) -> _Slices:
    options, data = call.options, call.shape(0)

    def masked(mask: str, index: int) -> bool:
        return bool(options[f"{mask}_mask"] >> index & 1)

    ellipses = [i for i in range(len(begin)) if masked("ellipsis", i)]
    if len(ellipses) > 1:
        call.damaged("more than one ellipsis")
    new = sum(masked("new_axis", i) and i not in ellipses for i in range(len(begin)))
    hidden = len(data) - (len(begin) - new - len(ellipses))
    if hidden < 0:
        call.damaged(f"slices of {len(begin)} dimensions for data of {len(data)}")
    found = _Slices()

    def whole(count: int) -> None:
        for size in data[len(found.begin) : len(found.begin) + count]:
            _take(found, 0, size, 1, [size])

    for index, values in enumerate(zip(begin, end, strides, strict=True)):
        if index in ellipses:
            whole(hidden)
        elif masked("new_axis", index):
            found.shape.append(1)
        elif masked("shrink_axis", index):
            _one(call, found, data[len(found.begin)], 0 if masked("begin", index) else values[0])
        else:
            size = data[len(found.begin)]
            ends = _ends(values, size, options["offset"])
            bounds = slice(
                None if masked("begin", index) else ends[0], None if masked("end", index) else ends[1], values[2]
            )
            _range(found, bounds, size)
    whole(len(data) - len(found.begin))
    return found


def _ends(values: tuple[int, int, int], size: int, offset: bool) -> tuple[int, int]:
    """Begin and end; with ``offset`` the end is a distance from the begin."""
    begin, end, _ = values
    if not offset:
        return begin, end
    first = begin + size if begin < 0 else begin
    return first, first + end


def _take(found: _Slices, begin: int, end: int, stride: int, shape: list[int]) -> None:
    found.begin.append(begin)
    found.end.append(end)
    found.strides.append(stride)
    found.shape += shape


def _one(call: Call, found: _Slices, size: int, place: int) -> None:
    if not -size <= place < size:
        call.damaged(f"takes element {place} of a dimension of {size}")
    _take(found, place % size, place % size + 1, 1, [])


def _range(found: _Slices, bounds: slice, size: int) -> None:
    begin, end, stride = bounds.indices(size)
    count = len(range(begin, end, stride))
    if stride < 0:  # an end before the first element has no number of its own
        end = -(size + 1) if end < 0 else end
    _take(found, begin, begin if not count else end, stride, [count])


@converter("SPLIT", plain=ANY, data=1)
def split(call: Call) -> list[ast.Expr]:
    """Equal parts along an axis."""
    shape = call.shape(1)
    axis = call.axis(call.integers(0, "the axis")[0], len(shape))
    count = len(call.operator.outputs)
    if not count or shape[axis] % count:
        call.damaged(f"a dimension of {shape[axis]} has no {count} equal parts")
    return _parts(call, call.input(1), axis, [shape[axis] // count] * count)


@converter("SPLIT_V", plain=ANY)
def split_v(call: Call) -> list[ast.Expr]:
    """Parts of given sizes along an axis."""
    shape, sizes = call.shape(0), list(call.integers(1, "the sizes"))
    axis = call.axis(call.integers(2, "the axis")[0], len(shape))
    rest = shape[axis] - sum(s for s in sizes if s != -1)
    sizes = [rest if s == -1 else s for s in sizes]
    if min(sizes, default=0) < 0 or sum(sizes) != shape[axis]:
        call.damaged(f"a dimension of {shape[axis]} has no parts of {sizes}")
    return _parts(call, call.input(0), axis, sizes)


def _parts(call: Call, expr: ast.Expr, axis: int, sizes: list[int]) -> list[ast.Expr]:
    shape, place, parts = call.shape_of(expr), 0, []
    for size in sizes:
        begin, end = [0] * len(shape), list(shape)
        begin[axis], end[axis] = place, place + size
        parts.append(part(call, expr, begin, end))
        place += size
    return parts


@converter("UNPACK", plain=ANY)
def unpack(call: Call) -> list[ast.Expr]:
    """Each element along an axis."""
    shape = call.shape(0)
    axis = call.axis(call.options["axis"], len(shape))
    rest = (*shape[:axis], *shape[axis + 1 :])
    return [call.reshape(p, rest) for p in _parts(call, call.input(0), axis, [1] * shape[axis])]


@converter("DYNAMIC_UPDATE_SLICE", plain=ANY)
def dynamic_update_slice(call: Call) -> ast.Expr:
    """The data with a part replaced; where it begins may be computed, and is moved so that the part fits."""
    shape, sizes = call.shape(0), call.shape(1)
    if len(shape) != len(sizes) or any(s > n for s, n in zip(sizes, shape, strict=True)):
        call.damaged(f"an update of {list(sizes)} does not fit data of {list(shape)}")
    starts = call.input(2)
    update, inside = call.input(1), None
    for axis, (size, given) in enumerate(zip(shape, sizes, strict=True)):
        start = call.reshape(part(call, starts, [axis], [axis + 1]), ())
        start = call("minimum", call("maximum", start, call.number(0, start)), call.number(size - given, start))
        start = call.cast(start, "int32")
        place = call("subtract", call.array(np.arange(size), "int32"), start)
        within = call(
            "logical_and",
            call("greater_equal", place, call.array(0, "int32")),
            call("less", place, call.array(given, "int32")),
        )
        within = call.reshape(within, [size if a == axis else 1 for a in range(len(shape))])
        inside = within if inside is None else call("logical_and", inside, within)
        update = call("take", update, place, axis=axis, mode="clip")
    return update if inside is None else call("where", inside, update, call.input(0))
