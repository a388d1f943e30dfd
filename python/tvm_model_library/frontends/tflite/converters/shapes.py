"""RESHAPE, EXPAND_DIMS, SQUEEZE, SHAPE, RANK, BROADCAST_TO, BROADCAST_ARGS, FILL, ZEROS_LIKE, RANGE.

Facts: TFLM tensorflow/lite/micro/kernels/reshape_common.cc, squeeze.cc, expand_dims.cc, broadcast_to.cc, fill.cc.
"""

from __future__ import annotations

from math import prod

import numpy as np

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.registry import ANY, INTEGERS, converter
from tvm_model_library.relay import ast
from tvm_model_library.tensors import numpy_dtype

_LONGEST_RANGE = 2**24


@converter("RESHAPE", plain=ANY)
def reshape(call: Call) -> ast.Expr:
    """The same elements in another shape, given as input 1 or as an option; -1 is what is left."""
    given = call.sizes(1, "the sizes") if call.has(1) else call.numbers("new_shape")
    if given == (0,) and call.output().shape == ():
        given = ()  # how old files say that the result is a single number
    return call.reshape(call.input(0), completed(call, given, prod(call.shape(0))))


def completed(call: Call, sizes: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Sizes with the one that is -1 computed. Raises ``ModelFileError`` where they do not hold ``count`` elements."""
    known = prod(d for d in sizes if d != -1)
    whole = tuple(count // known if d == -1 and known else d for d in sizes)
    if sizes.count(-1) > 1 or min(whole, default=0) < 0 or prod(whole) != count:
        call.damaged(f"{count} elements do not have the sizes {list(sizes)}")
    return whole


@converter("EXPAND_DIMS", plain=ANY)
def expand_dims(call: Call) -> ast.Expr:
    """A dimension of size 1 more."""
    shape = call.shape(0)
    axis = call.axis(call.integers(1, "the axis")[0], len(shape) + 1)
    return call.reshape(call.input(0), (*shape[:axis], 1, *shape[axis:]))


@converter("SQUEEZE", plain=ANY)
def squeeze(call: Call) -> ast.Expr:
    """Without dimensions of size 1, or without those that the options name."""
    shape = call.shape(0)
    axes = {call.axis(a, len(shape)) for a in call.numbers("squeeze_dims")}
    for axis in axes:
        if shape[axis] != 1:
            call.damaged(f"dimension {axis} of {list(shape)} can't be left out")
    kept = (d for a, d in enumerate(shape) if (a not in axes if axes else d != 1))
    return call.reshape(call.input(0), tuple(kept))


@converter("SHAPE", plain=ANY)
def shape(call: Call) -> ast.Expr:
    """The sizes, which are known."""
    return call.array(np.asarray(call.shape(0)), call.output().dtype)


@converter("RANK", plain=ANY)
def rank(call: Call) -> ast.Expr:
    """The number of dimensions."""
    return call.array(len(call.type(call.input(0)).shape), call.output().dtype)


@converter("BROADCAST_TO", plain=ANY)
def broadcast_to(call: Call) -> ast.Expr:
    """Repeated along dimensions of size 1."""
    return call("broadcast_to", call.input(0), shape=call.sizes(1, "the sizes"))


@converter("BROADCAST_ARGS", plain=("int32", "int64"))
def broadcast_args(call: Call) -> ast.Expr:
    """The shape that two shapes broadcast to."""
    shapes = call.integers(0, "the sizes"), call.integers(1, "the sizes")
    try:
        return call.array(np.asarray(np.broadcast_shapes(*shapes)), call.output().dtype)
    except ValueError:
        call.damaged(f"the shapes {list(shapes[0])} and {list(shapes[1])} do not broadcast")


@converter("FILL", plain=("int32", "int64"))
def fill(call: Call) -> ast.Expr:
    """One value everywhere."""
    sizes = call.sizes(0, "the sizes")
    if min(sizes, default=0) < 0:
        call.damaged(f"a tensor of the sizes {list(sizes)}")
    value = call.reshape(call.input(1), ())
    return call("full", value, shape=sizes, dtype=call.type(value).dtype)


@converter("ZEROS_LIKE", plain=("float32", *INTEGERS, "bool"))
def zeros_like(call: Call) -> ast.Expr:
    """Zeros, as many as the data has."""
    type_ = call.type(call.input(0))
    if call.is_quantized(0):
        call.refuse("zeros in the place of quantized numbers are not supported")
    zero = call.array(np.zeros((), numpy_dtype(type_.dtype)))
    return call("full", zero, shape=call.shape(0), dtype=type_.dtype)


@converter("RANGE", plain=("float32", "int32", "int64"))
def range_(call: Call) -> ast.Expr:
    """Numbers from a first one on to before a last one."""
    given = [call.constant(i, "the ends of a range") for i in range(3)]
    if any(g.size != 1 or not np.isfinite(g).all() for g in given) or not given[2].any():
        call.damaged(f"a range from, to, by {[g.tolist() for g in given]}; expected finite numbers, and a step but 0")
    start, limit, step = (g.reshape(-1)[0] for g in given)
    if call.real:
        with np.errstate(over="ignore"):
            exact = float(np.ceil((limit - start) / step))
        count = int(min(max(exact, 0), _LONGEST_RANGE + 1))
    else:
        count = max(-((int(start) - int(limit)) // int(step)), 0)
    if count > _LONGEST_RANGE:
        call.refuse(f"a range of {count} numbers; at most {_LONGEST_RANGE} are supported")
    return call.array(start + np.arange(count) * step, call.output().dtype)
