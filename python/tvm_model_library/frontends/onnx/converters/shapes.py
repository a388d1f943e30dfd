"""Shapes, and tensors made of nothing but shapes."""

from __future__ import annotations

import math

import numpy as np

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import ANY, NUMBERS, converter
from tvm_model_library.relay import ast

_LONGEST_RANGE = 2**24


@converter("Reshape", types=ANY, attributes="allowzero")
def reshape(call: Call) -> ast.Expr:
    """Another shape: -1 takes what is left, 0 the size of the data."""
    shape, count = call.shape(), math.prod(call.shape())
    wanted = list(call.listed(1, "the sizes"))
    if not call.flag("allowzero", False):
        if any(d == 0 and i >= len(shape) for i, d in enumerate(wanted)):
            call.damaged(f"the sizes {wanted} take one of {list(shape)} that does not exist")
        wanted = [shape[i] if d == 0 else d for i, d in enumerate(wanted)]
    known = math.prod(d for d in wanted if d != -1)
    if wanted.count(-1) > 1 or min(wanted, default=0) < -1 or (-1 in wanted and (not known or count % known)):
        call.damaged(f"{call.type(call.input(0))} can't have the sizes {wanted}")
    sizes = [count // known if d == -1 else d for d in wanted]
    if math.prod(sizes) != count:
        call.damaged(f"{call.type(call.input(0))} can't have the sizes {wanted}")
    return call.reshape(call.input(0), sizes)


@converter("Flatten", types=ANY, attributes="axis")
def flatten(call: Call) -> ast.Expr:
    """A matrix: the dimensions before an axis, and those from it on."""
    shape, axis = call.shape(), call.integer("axis", 1)
    if not -len(shape) <= axis <= len(shape):
        call.damaged(f"axis {axis} does not exist in a tensor of {len(shape)} dimensions")
    axis = axis + len(shape) if axis < 0 else axis
    return call.reshape(call.input(0), (math.prod(shape[:axis]), math.prod(shape[axis:])))


@converter("Squeeze", types=ANY, attributes="axes")
def squeeze(call: Call) -> ast.Expr:
    """Without dimensions of size 1, or without those that are named."""
    shape = call.shape()
    axes = call.axes(len(shape))
    if axes is None:
        axes = tuple(a for a, d in enumerate(shape) if d == 1)
    for axis in axes:
        if shape[axis] != 1:
            call.damaged(f"dimension {axis} of {list(shape)} can't be left out")
    return call.reshape(call.input(0), [d for a, d in enumerate(shape) if a not in axes])


@converter("Unsqueeze", types=ANY, attributes="axes")
def unsqueeze(call: Call) -> ast.Expr:
    """Dimensions of size 1 more, named as they are in the result."""
    shape = call.shape()
    count = len(call.listed(1, "the axes") if call.has(1) else call.integers("axes") or ())
    axes = call.axes(len(shape) + count)
    if not axes:
        return call.input(0)
    rest = iter(shape)
    return call.reshape(call.input(0), [1 if a in axes else next(rest) for a in range(len(shape) + count)])


@converter("Shape", types=ANY, attributes="start end")
def shape_(call: Call) -> ast.Expr:
    """The sizes, which are known, or some of them."""
    shape = call.shape()
    return call.array(np.array(shape[call.integer("start", 0) : call.integer("end", len(shape))], np.int64))


@converter("Size", types=ANY)
def size(call: Call) -> ast.Expr:
    """The number of elements."""
    return call.array(math.prod(call.shape()), "int64")


@converter("Transpose", types=ANY, attributes="perm")
def transpose(call: Call) -> ast.Expr:
    """The axes in another order; without one in the reverse."""
    rank = len(call.shape())
    axes = call.integers("perm") or tuple(reversed(range(rank)))
    if sorted(axes) != list(range(rank)):
        call.damaged(f"perm is {list(axes)}, expected the numbers 0 to {rank - 1}")
    return call.transpose(call.input(0), axes)


@converter("Expand", types=ANY)
def expand(call: Call) -> ast.Expr:
    """Repeated along dimensions of size 1; sizes of 1 keep those of the data."""
    shape, wanted = call.shape(), call.listed(1, "the sizes")
    try:
        result = np.broadcast_shapes(shape, wanted)
    except ValueError:
        call.damaged(f"the shapes {list(shape)} and {list(wanted)} do not broadcast")
    return call.input(0) if result == shape else call("broadcast_to", call.input(0), shape=result)


@converter("Tile", types=ANY)
def tile(call: Call) -> ast.Expr:
    """Repeated along each dimension."""
    repeats = call.listed(1, "the repeats")
    if len(repeats) != len(call.shape()) or min(repeats, default=1) < 0:
        call.damaged(f"repeats are {list(repeats)}, expected {len(call.shape())} numbers from 0 on")
    return call.input(0) if set(repeats) <= {1} else call("tile", call.input(0), reps=repeats)


_CONSTANTS = {
    "value": None,
    "value_float": "float32",
    "value_floats": "float32",
    "value_int": "int64",
    "value_ints": "int64",
}


@converter("Constant", attributes=" ".join(_CONSTANTS))
def constant(call: Call) -> ast.Expr:
    """The value of the one attribute."""
    if len(call.node.attributes) != 1:
        call.damaged(f"has {len(call.node.attributes)} attributes, expected one")
    ((name, value),) = call.node.attributes.items()
    if _CONSTANTS[name] is None and not isinstance(value, np.ndarray):
        call.damaged("the attribute value is not a tensor")
    outputs = call.node.outputs
    return call.at.constant(value, _CONSTANTS[name], outputs[0] if outputs else "")


@converter("ConstantOfShape", attributes="value")
def constant_of_shape(call: Call) -> ast.Expr:
    """One value everywhere."""
    sizes = call.listed(0, "the sizes")
    value = np.asarray(call.node.attributes.get("value", np.zeros(1, np.float32)))
    if value.size != 1 or min(sizes, default=0) < 0:
        call.damaged(f"{value.size} values in the sizes {list(sizes)}; expected one value and sizes from 0 on")
    single = call.array(value.reshape(()))
    return call("full", single, shape=sizes, dtype=value.dtype.name) if sizes else single


@converter("Range", types=NUMBERS)
def range_(call: Call) -> ast.Expr:
    """Numbers from a first one on to before a last one."""
    start, limit, step = (call.known(i, "the ends of a range").reshape(-1)[0] for i in range(3))
    if step == 0:
        call.damaged("a range in steps of 0")
    count = max(math.ceil((float(limit) - float(start)) / float(step)), 0)
    if count > _LONGEST_RANGE:
        call.refuse(f"a range of {count} numbers; at most {_LONGEST_RANGE} are supported")
    return call.array(start + np.arange(count) * step, call.dtype())
