"""Operators that find elements by index, and those that order them."""

from __future__ import annotations

import numpy as np

from relay_fuzzer.builder import FLOATS, INTEGERS, Builder, Calls, Value

_INDEX = ("int32", "int64")


def _where(b: Builder, shape: tuple[int, ...], limit: int) -> Value:
    """Indices in range, as inputs or constants."""
    return b.leaf(shape, b.weighted([("int32", 4), ("int64", 1)]), "index", limit)


def take(b: Builder) -> None:
    value = b.tensor(low=1)
    mode = b.weighted([("clip", 4), ("wrap", 3), ("fast", 2)])
    axis = None if b.chance(0.15) else b.integer(0, value.rank - 1)
    limit = int(np.prod(value.shape)) if axis is None else value.shape[axis]
    shape = b.shape(0, 2, 30)
    batch = 0
    if mode != "fast" and b.chance(0.4):  # any number is an index
        indices = b.pick(lambda v: v.dtype in _INDEX and v.rank <= 2, lambda: b.leaf(shape, "int32", "any"))
    else:
        indices = _where(b, shape, limit)
    if axis and b.chance(0.2):
        batch, indices = 1, _where(b, (value.shape[0], b.integer(1, 4)), limit)
    b.call("take", value, indices, axis=axis, mode=mode, batch_dims=batch)


def gather(b: Builder) -> None:
    value = b.tensor(low=1, high=4)
    if b.chance(0.5):
        axis = b.integer(0, value.rank - 1)
        shape = (*value.shape[:axis], b.integer(1, 5), *value.shape[axis + 1 :])
        b.call("gather", value, _where(b, shape, value.shape[axis]), axis=axis if b.chance(0.7) else axis - value.rank)
        return
    depth = b.integer(1, min(2, value.rank))
    shape = (depth, *b.shape(0, 2, 20))
    b.call("gather_nd", value, _where(b, shape, min(value.shape[:depth])), batch_dims=0)


def adv_index(b: Builder) -> None:
    value = b.tensor(low=1, high=3)
    count = b.integer(1, value.rank)
    shape = b.shape(1, 2, 20)
    b.call("adv_index", [value, *(_where(b, shape, n) for n in value.shape[:count])])


def scatter(b: Builder) -> None:
    value = b.tensor(FLOATS + INTEGERS, low=1, high=3)
    if b.chance(0.5):
        axis = b.integer(0, value.rank - 1)
        shape = tuple(b.integer(1, n) for n in value.shape)
        where = _where(b, shape, value.shape[axis])
        mode = b.choose(["update", "add", "mul", "min", "max"])
        if mode == "update":  # which of two updates of one element wins is nobody's promise
            shape = (*value.shape[:axis], 1, *value.shape[axis + 1 :])
            where = _where(b, shape, value.shape[axis])
        b.call("scatter_elements", value, where, b.like(value, shape), axis=axis, reduction=mode)
        return
    depth = b.integer(1, value.rank)
    count = b.integer(1, 4)
    mode = b.choose(["update", "add", "mul", "min", "max"])
    count = 1 if mode == "update" else count
    where = _where(b, (depth, count), min(value.shape[:depth]))
    b.call("scatter_nd", value, where, b.like(value, (count, *value.shape[depth:])), mode=mode)


def order(b: Builder) -> None:
    """Sorting; of equal elements the first comes first."""
    value = b.tensor(("float32", "float64", "float16", *INTEGERS), low=1, high=4, exact=True)
    axis = b.integer(-1, value.rank - 1)
    name = b.weighted([("sort", 3), ("argsort", 3), ("topk", 4)])
    dtype = b.choose(["int32", "int64", "float32"])
    if name == "sort":
        b.call("sort", value, axis=axis, is_ascend=b.chance(0.5))
    elif name == "argsort":
        b.call("argsort", value, axis=axis, is_ascend=b.chance(0.5), dtype=dtype)
    else:
        kind = b.choose(["both", "values", "indices"])
        b.call(
            "topk",
            value,
            k=b.integer(1, value.shape[axis]),
            axis=axis,
            ret_type=kind,
            is_ascend=b.chance(0.4),
            dtype=dtype,
        )


def search(b: Builder) -> None:
    dtype = b.choose(["float32", "int32", "int8"])
    size = b.size()
    sequence = b.leaf((size,), dtype, "sorted")
    values = b.pick(lambda v: v.dtype == dtype and v.exact, lambda: b.leaf(b.shape(1, 2), dtype))
    b.call("searchsorted", sequence, values, right=b.chance(0.5), dtype=b.choose(["int32", "int64"]))


def unravel(b: Builder) -> None:
    shape = [b.integer(1, 5) for _ in range(b.integer(1, 3))]
    indices = _where(b, b.shape(1, 1, 20), int(np.prod(shape)))
    b.call("unravel_index", indices, b.constant(np.asarray(shape, np.dtype(indices.dtype))))


def permutation(b: Builder) -> None:
    b.call("invert_permutation", b.leaf((b.size(),), "int32", "permutation"))


def unique(b: Builder) -> None:
    value = b.tensor(("int32", "int64", "float32"), low=1, high=1, exact=True)
    b.call("unique", value, sorted=True, return_counts=b.chance(0.5))


def loss(b: Builder) -> None:
    if b.chance(0.4):
        value = b.tensor(("float32",), low=2, high=2)
        name = b.choose(["nn.cross_entropy", "nn.cross_entropy_with_logits"])
        if name == "nn.cross_entropy":
            value = b.call("nn.softmax", value)
        b.call(name, value, b.leaf(value.shape, "float32", "probability"))
        return
    value = b.tensor(("float32", "float64"), low=2, high=3)
    targets = _where(b, (value.shape[0], *value.shape[2:]), value.shape[1])
    weights = b.leaf((value.shape[1],), value.dtype, "positive")
    b.call(
        "nn.nll_loss",
        value,
        targets,
        weights,
        reduction=b.choose(["mean", "sum", "none"]),
        ignore_index=b.choose([-100, 0]),
    )


CALLS: Calls = (
    (take, 3),
    (gather, 2),
    (adv_index, 0.7),
    (scatter, 2),
    (order, 3),
    (search, 0.7),
    (unravel, 0.4),
    (permutation, 0.3),
    (unique, 0.3),
    (loss, 0.7),
)
