"""Reductions, scans, norms, products of matrices."""

from __future__ import annotations

from relay_fuzzer.builder import FLOATS, INTEGERS, Builder, Calls, RejectedError, Value

_REAL = ("float32", "float64")


def reduce(b: Builder) -> None:
    name = b.weighted(
        [
            ("sum", 4),
            ("max", 3),
            ("min", 2),
            ("mean", 3),
            ("prod", 1),
            ("all", 1),
            ("any", 1),
            ("arg", 3),
            ("variance", 1),
        ]
    )
    if name == "variance":
        value = b.tensor(_REAL, low=1)
        attrs = {"axis": [b.integer(0, value.rank - 1)], "keepdims": True}
        mean = b.call("mean", value, **attrs)
        b.call("variance", value, mean, axis=attrs["axis"], keepdims=b.chance(0.5))
        return
    if name in ("all", "any"):
        b.call(name, b.tensor(("bool",), low=1), **_axes(b, 1))
        return
    value = b.tensor(FLOATS + INTEGERS, low=1, exact=name == "arg" or (name == "prod" and b.chance(0.5)))
    if name == "arg":
        b.call(b.choose(["argmax", "argmin"]), value, select_last_index=b.chance(0.3), **_axes(b, value.rank))
        return
    b.call(name, value, **_axes(b, value.rank))


def _axes(b: Builder, rank: int) -> dict[str, object]:
    if b.chance(0.15):
        return {"axis": None, "keepdims": b.chance(0.5)}
    axes = sorted({b.integer(0, rank - 1) for _ in range(b.integer(1, 2))})
    exclude = b.chance(0.2) and len(axes) < rank
    return {"axis": [a if b.chance(0.8) else a - rank for a in axes], "keepdims": b.chance(0.4), "exclude": exclude}


def scan(b: Builder) -> None:
    value = b.tensor((*FLOATS, *INTEGERS) if b.chance(0.95) else ("bool",), low=1)
    axis = None if b.chance(0.2) else b.integer(0, value.rank - 1)
    name = "cumsum" if b.chance(0.75) else "cumprod"
    dtype = "int64" if value.dtype == "int32" and b.chance(0.3) else None
    b.call(name, value, axis=axis, exclusive=b.chance(0.3), dtype=dtype)


def softmax(b: Builder) -> None:
    value = b.tensor(FLOATS, low=1)
    b.call(b.choose(["nn.softmax", "nn.softmax", "nn.log_softmax"]), value, axis=b.integer(-1, value.rank - 1))


def norm(b: Builder) -> None:
    way = b.weighted([("batch", 3), ("layer", 2), ("l2", 1), ("instance", 1), ("group", 1), ("lrn", 1)])
    low = {"batch": 1, "layer": 1, "l2": 2, "instance": 3, "group": 3, "lrn": 4}[way]
    value = b.tensor(("float32", "float64", "float16"), low=low, high=4)
    if way == "lrn":
        b.call(
            "nn.lrn", value, size=b.choose([1, 3, 5]), axis=b.choose([1, 3]), alpha=b.choose([0.0001, 0.5]), bias=2.0
        )
    elif way == "l2":
        b.call("nn.l2_normalize", value, eps=1e-3, axis=[b.integer(0, value.rank - 1)])
    elif way == "layer":
        axis = b.integer(-1, value.rank - 1)
        b.call("nn.layer_norm", value, *_pair(b, value, value.shape[axis]), axis=axis, epsilon=0.125)
    elif way == "group":
        channels = value.shape[1]
        groups = b.choose([n for n in range(1, channels + 1) if channels % n == 0])
        b.call("nn.group_norm", value, *_pair(b, value, channels), num_groups=groups, axis=1, epsilon=0.125)
    elif way == "instance":
        b.call("nn.instance_norm", value, *_pair(b, value, value.shape[1]), axis=1, epsilon=0.125)
    else:
        axis = b.integer(0, value.rank - 1)
        size = value.shape[axis]
        variance = b.leaf((size,), value.dtype, "positive")
        b.call(
            "nn.batch_norm",
            value,
            *_pair(b, value, size),
            b.leaf((size,), value.dtype),
            variance,
            axis=axis,
            epsilon=0.001,
        )


def _pair(b: Builder, value: Value, size: int) -> tuple[Value, Value]:
    return b.leaf((size,), value.dtype), b.leaf((size,), value.dtype)


def bias(b: Builder) -> None:
    value = b.tensor(FLOATS + INTEGERS, low=1)
    axis = b.integer(-value.rank, value.rank - 1)
    b.call("nn.bias_add", value, b.leaf((value.shape[axis],), value.dtype), axis=axis)


def dense(b: Builder) -> None:
    dtype = b.weighted([("float32", 6), ("int8", 3), ("uint8", 1), ("float64", 1), ("float16", 1), ("int32", 1)])
    value = b.pick(lambda v: v.dtype == dtype and v.rank == 2, lambda: b.new((b.size(), b.size()), dtype))
    if max(value.shape) > 64:
        raise RejectedError
    units = b.size()
    out = "int32" if dtype in ("int8", "uint8") and b.chance(0.8) else None
    if b.chance(0.7):
        weight = b.like(value, (units, value.shape[1]), _weight_dtype(b, dtype))
        b.call("nn.dense", value, weight, units=units, out_dtype=out)
        return
    first, second = b.chance(0.5), b.chance(0.5)
    inner = value.shape[0] if first else value.shape[1]
    weight = b.like(value, (units, inner) if second else (inner, units))
    b.call("nn.matmul", value, weight, transpose_a=first, transpose_b=second, out_dtype=out)


def _weight_dtype(b: Builder, dtype: str) -> str:
    return "int8" if dtype == "uint8" and b.chance(0.5) else dtype


def batch_matmul(b: Builder) -> None:
    dtype = b.weighted([("float32", 6), ("int8", 3), ("float64", 1), ("float16", 1)])
    shape = (b.integer(1, 3), b.integer(1, 9), b.integer(1, 9))
    value = b.pick(lambda v: v.dtype == dtype and v.rank == 3, lambda: b.new(shape, dtype))
    first, second = b.chance(0.3), b.chance(0.7)
    batch, m, k = value.shape
    inner = m if first else k
    units = b.integer(1, 9)
    other = b.like(value, (batch if b.chance(0.8) else 1, units, inner) if second else (batch, inner, units))
    out = "int32" if dtype == "int8" else None
    b.call("nn.batch_matmul", value, other, transpose_a=first, transpose_b=second, out_dtype=out)


def einsum(b: Builder) -> None:
    value = b.tensor(("float32", "int32"), low=2, high=2)
    m, k = value.shape
    equation, shapes = b.choose(
        [
            ("ij,jk->ik", [(k, 4)]),
            ("ij,ij->i", [(m, k)]),
            ("ij->ji", []),
            ("ij,kj->ki", [(3, k)]),
            ("ij->", []),
            ("ij,i->j", [(m,)]),
        ]
    )
    b.call("einsum", [value, *(b.like(value, s) for s in shapes)], equation=equation)


CALLS: Calls = (
    (reduce, 7),
    (scan, 2),
    (softmax, 2),
    (norm, 2),
    (bias, 1.5),
    (dense, 3),
    (batch_matmul, 2),
    (einsum, 0.7),
)
