"""Elements by their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tvm_model_library.frontends.builder import value_of
from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import ANY, converter
from tvm_model_library.relay import ast


def _indices(call: Call, index: int, sizes: Any) -> ast.Expr:
    """An input of indices, none negative. ``sizes`` are those of the dimensions, which broadcast to the indices.

    Raises ``ModelFileError`` for known ones that do not exist.
    """
    expr = call.input(index)
    limit = np.asarray(sizes, np.int64)
    known = value_of(expr)
    if known is not None:
        if known.size and ((known < -limit) | (known >= limit)).any():
            call.damaged(f"an index lies outside of {np.unique(limit).tolist()} elements")
        return call.array(np.where(known < 0, known + limit, known), call.dtype(index))
    more = call("add", expr, call.array(limit, call.dtype(index)))
    return call("where", call("less", expr, call.number(0, expr)), more, expr)


@converter("Gather", types=ANY, attributes="axis")
def gather(call: Call) -> ast.Expr:
    """Slices of an axis by their numbers."""
    shape = call.shape()
    axis = call.axis(call.integer("axis", 0), len(shape))
    return call("take", call.input(0), _indices(call, 1, shape[axis]), axis=axis, mode="clip")


@converter("GatherElements", types=ANY, attributes="axis")
def gather_elements(call: Call) -> ast.Expr:
    """For each element of the indices the one of the data that has this number along an axis."""
    shape = call.shape()
    axis = call.axis(call.integer("axis", 0), len(shape))
    found = call.shape(1)
    if len(found) != len(shape) or any(n > d for a, (n, d) in enumerate(zip(found, shape, strict=True)) if a != axis):
        call.damaged(f"indices of the shape {list(found)} do not fit data of the shape {list(shape)}")
    others = [a for a in range(len(shape)) if a != axis and found[a] != shape[a]]
    data = call.input(0)
    if others:
        ends, ones = [found[a] for a in others], [1] * len(others)
        data = call("strided_slice", data, begin=[0] * len(others), end=ends, strides=ones, axes=others)
    return call("gather", data, _indices(call, 1, shape[axis]), axis=axis)


@converter("GatherND", types=ANY, attributes="batch_dims")
def gather_nd(call: Call) -> ast.Expr:
    """Parts of the data by as many numbers as the last dimension of the indices has."""
    shape, found = call.shape(), call.shape(1)
    batch = call.integer("batch_dims", 0)
    if not found or not 0 <= batch < len(found) or not 1 <= found[-1] <= len(shape) - batch:
        call.damaged(f"indices of the shape {list(found)} do not fit data of the shape {list(shape)}")
    indices = _indices(call, 1, shape[batch : batch + found[-1]])
    rank = len(found)
    first = call.transpose(indices, (rank - 1, *range(rank - 1)))
    return call("gather_nd", call.input(0), first, batch_dims=batch, index_rank=found[-1])


@converter("OneHot", attributes="axis")
def one_hot(call: Call) -> ast.Expr:
    """Tensors that are ``on`` at one place along a new axis, else ``off``."""
    rank = len(call.shape()) + 1
    depth = int(call.known(1, "the depth").reshape(-1)[0])
    if depth < 1 or call.shape(2) != (2,):
        call.damaged(f"a depth of {depth} and values of the shape {list(call.shape(2))}")
    axis = call.axis(call.integer("axis", -1), rank)
    raw = call.cast(call.input(0), "int64")
    wide = call.reshape(raw, (*call.shape()[:axis], 1, *call.shape()[axis:]))
    up = call("where", call("less", wide, call.number(0, wide)), call("add", wide, call.number(depth, wide)), wide)
    places = call.array(np.arange(depth).reshape(-1, *(1,) * (rank - 1 - axis)), "int64")
    off, on = (
        call.reshape(call("strided_slice", call.input(2), begin=(i,), end=(i + 1,), strides=(1,)), ()) for i in (0, 1)
    )
    return call("where", call("equal", up, places), on, off)
