"""Elements by place or by condition: GATHER, GATHER_ND, SELECT, SELECT_V2, ONE_HOT, SCATTER_ND.

Facts: TFLM tensorflow/lite/micro/kernels/gather.cc, gather_nd.cc, select.cc; LiteRT tensorflow/lite/kernels/select.cc,
one_hot.cc, scatter_nd.cc.
"""

from __future__ import annotations

from tvm_model_library.frontends.tflite.call import Call, is_quantized, scale_of
from tvm_model_library.frontends.tflite.registry import ANY, INTEGERS, converter
from tvm_model_library.relay import ast


@converter("GATHER", plain=ANY)
def gather(call: Call) -> ast.Expr:
    """Slices along an axis by number."""
    ranks = len(call.shape(0)), len(call.shape(1))
    axis, batch = call.axis(call.options["axis"], ranks[0]), call.options["batch_dims"]
    batch = batch + ranks[1] if batch < 0 else batch
    if not 0 <= batch <= min(axis, ranks[1]):
        call.damaged(f"{batch} batch dimensions; expected at most {min(axis, ranks[1])}")
    known = call.known(1)
    size = call.shape(0)[axis]
    if known is not None and known.size and not (known.min() >= 0 and known.max() < size):
        call.damaged(f"places from {known.min()} to {known.max()} in a dimension of {size}")
    return call("take", call.input(0), call.input(1), axis=axis, batch_dims=batch, mode="clip")


@converter("GATHER_ND", plain=ANY)
def gather_nd(call: Call) -> ast.Expr:
    """Slices by the numbers along the last dimension of the second input."""
    shape = call.shape(1)
    if not shape or not 1 <= shape[-1] <= len(call.shape(0)):
        call.damaged(f"places of the shape {list(shape)} in data of {len(call.shape(0))} dimensions")
    return call("gather_nd", call.input(0), _index_first(call, call.input(1)), batch_dims=0, index_rank=shape[-1])


def _index_first(call: Call, places: ast.Expr) -> ast.Expr:
    rank = len(call.shape_of(places))
    return call("transpose", places, axes=(rank - 1, *range(rank - 1)))


@converter("SCATTER_ND", plain=("int32", "int64"))
def scatter_nd(call: Call) -> ast.Expr:
    """Sums of updates at their places, zeros elsewhere."""
    sizes = call.integers(2, "the sizes")
    updates = call.input(1)
    zero = call.number(0, updates)
    zeros = call("full", zero, shape=sizes, dtype=call.type(updates).dtype)
    return call("scatter_nd", zeros, _index_first(call, call.input(0)), updates, mode="add")


@converter("SELECT", "SELECT_V2", plain=("bool",))
def select(call: Call) -> ast.Expr:
    """Elements of the second input where the first is true, of the third elsewhere."""
    condition, rank = call.input(0), len(call.shape(1))
    if call.operator.name == "SELECT" and len(call.shape(0)) == 1 and rank > 1:
        condition = call.reshape(condition, (call.shape(0)[0], *(1,) * (rank - 1)))
    quantized = [t for t in (call.tensor(1), call.tensor(2), call.output()) if is_quantized(t)]
    if len({scale_of(t) for t in quantized}) > 1:
        call.refuse("operands and output have different scales; selected numbers are not rescaled")
    return call("where", condition, call.input(1), call.input(2))


@converter("ONE_HOT", plain=INTEGERS)
def one_hot(call: Call) -> ast.Expr:
    """A value at the places that the indices give, another one elsewhere."""
    depth = call.integers(1, "the depth")[0]
    on, off = (call.reshape(call.input(i), ()) for i in (2, 3))
    axis = call.options["axis"]
    places = call.input(0)
    if call.dtype(0) in ("int64", "uint32", "uint64"):  # before a cast makes a place of one that is none
        places = call("minimum", places, call.number(max(depth, 0), places))
    if call.dtype(0) == "int64":
        places = call("maximum", places, call.number(-1, places))
    places = call.cast(places, "int32")
    return call("one_hot", places, on, off, depth=depth, axis=axis, dtype=call.type(on).dtype)
