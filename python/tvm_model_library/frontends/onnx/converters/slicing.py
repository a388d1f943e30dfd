"""Parts of tensors: Slice and Split."""

from __future__ import annotations

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import ANY, converter
from tvm_model_library.relay import ast


@converter("Slice", types=ANY, attributes="starts ends axes")
def slice_(call: Call) -> ast.Expr:
    """Regular parts of some dimensions: attributes up to version 9, inputs from then on."""
    shape = call.shape()
    if "starts" in call.node.attributes:
        starts, ends = call.integers("starts") or (), call.integers("ends") or ()
    else:
        starts, ends = call.listed(1, "the starts"), call.listed(2, "the ends")
    axes = call.axes(len(shape), 3)
    if axes is None:
        axes = tuple(range(len(starts)))
    steps = call.listed(4, "the steps") if call.has(4) else (1,) * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps or len(starts) > len(shape):
        call.damaged(f"starts {list(starts)}, ends {list(ends)}, axes {list(axes)}, steps {list(steps)} do not fit")
    bounds = [_bounds(b, e, s, shape[a]) for b, e, s, a in zip(starts, ends, steps, axes, strict=True)]
    begins, stops = zip(*bounds, strict=True) if bounds else ((), ())
    return call("strided_slice", call.input(0), begin=begins, end=stops, strides=steps, axes=axes)


def _bounds(begin: int, end: int, step: int, size: int) -> tuple[int, int]:
    """First and last as Relay takes them: held inside the dimension; before the first element is ``-size - 1``."""
    begin, end = (v + size if v < 0 else v for v in (begin, end))
    if step > 0:
        return min(max(begin, 0), size), min(max(end, 0), size)
    end = min(max(end, -1), size - 1)
    return min(max(begin, 0), max(size - 1, 0)), end if end >= 0 else -size - 1


@converter("Split", types=ANY, attributes="axis split num_outputs")
def split(call: Call) -> list[ast.Expr]:
    """Parts along an axis: of given sizes, or as equal as they can be."""
    shape, count = call.shape(), len(call.node.outputs)
    axis = call.axis(call.integer("axis", 0), len(shape))
    sizes = call.listed(1, "the sizes") if call.has(1) else call.integers("split")
    if sizes is None:
        part = -(-shape[axis] // max(count, 1))
        sizes = tuple(max(min(part, shape[axis] - i * part), 0) for i in range(count))
    if len(sizes) != count or sum(sizes) != shape[axis] or min(sizes, default=0) < 0:
        call.damaged(f"{count} parts of the sizes {list(sizes)} of dimension {axis} of {list(shape)}")
    begins = [sum(sizes[:i]) for i in range(count)]
    return [
        call("strided_slice", call.input(0), begin=(b,), end=(b + n,), strides=(1,), axes=(axis,))
        for b, n in zip(begins, sizes, strict=True)
    ]
