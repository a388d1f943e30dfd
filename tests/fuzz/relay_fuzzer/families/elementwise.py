"""Elementwise operators: arithmetic, comparisons, logic, bits, casts, choices."""

from __future__ import annotations

from relay_fuzzer.builder import FLOATS, INTEGERS, SIGNED, Builder, Calls, RejectedError, Value, scalar

_SMOOTH = ("tanh", "sigmoid", "erf", "sin", "cos", "atan", "exp", "asinh", "sinh", "cosh", "tan")
_POSITIVE = ("log", "log2", "log10", "rsqrt", "sqrt", "acosh")
_UNIT = ("asin", "acos", "atanh")
_ROUNDING = ("floor", "ceil", "round", "trunc")
_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")


def unary(b: Builder) -> None:
    kind = b.weighted([("plain", 5), ("smooth", 4), ("rounding", 2), ("domain", 2), ("test", 1), ("logic", 1)])
    if kind == "plain":
        name = b.choose(["abs", "negative", "sign", "nn.relu", "copy"])
        value = b.tensor(FLOATS + (SIGNED if name in ("abs", "negative", "sign", "nn.relu") else INTEGERS))
        b.call(name, value)
    elif kind == "smooth":
        name = b.choose(_SMOOTH)
        value = b.tensor(FLOATS)
        if name in ("exp", "sinh", "cosh", "tan") and b.chance(0.7):
            value = b.call("clip", value, a_min=-1.25, a_max=1.25)
        b.call(name, value)
    elif kind == "rounding":
        b.call(b.choose(_ROUNDING), b.tensor(FLOATS, exact=b.chance(0.97)))
    elif kind == "domain":
        _in_domain(b)
    elif kind == "test":
        b.call(b.choose(["isnan", "isinf", "isfinite"]), b.tensor(("float32", "float64")))
    elif b.chance(0.5):
        b.call("logical_not", b.tensor(("bool",)))
    else:
        b.call("bitwise_not", b.tensor((*INTEGERS, "bool")))


def _in_domain(b: Builder) -> None:
    """Functions that are not defined everywhere, mostly where they are."""
    if b.chance(0.5):
        value = b.tensor(FLOATS)
        if b.chance(0.9):
            one = b.constant(scalar(1, value.dtype))
            value = b.call("add", b.call("abs", value), one)
        b.call(b.choose(_POSITIVE), value)
        return
    value = b.tensor(FLOATS)
    if b.chance(0.9):
        value = b.call("clip", value, a_min=-0.75, a_max=0.75)
    b.call(b.choose(_UNIT), value)


def clip(b: Builder) -> None:
    value = b.tensor(FLOATS + INTEGERS)
    low, high = b.weighted([((-2, 3), 4), ((0, 6), 4), ((-128, 127), 2), ((0, 255), 1), ((-0.5, 0.25), 2), ((3, 3), 1)])
    b.call("clip", value, a_min=float(low), a_max=float(high))


def activation(b: Builder) -> None:
    if b.chance(0.5):
        b.call("nn.leaky_relu", b.tensor(FLOATS), alpha=b.choose([0.25, 0.1, 0.0, -0.5]))
        return
    value = b.tensor(FLOATS, low=1)
    axis = b.integer(0, value.rank - 1)
    b.call("nn.prelu", value, b.leaf((value.shape[axis],), value.dtype), axis=axis)


def binary(b: Builder) -> None:
    """Two tensors, broadcast over each other."""
    kind = b.weighted(
        [
            ("arithmetic", 8),
            ("extreme", 3),
            ("compare", 3),
            ("divide", 2),
            ("bits", 2),
            ("logic", 1),
            ("shift", 1),
            ("power", 1),
        ]
    )
    if kind == "arithmetic":
        name = b.choose(["add", "add", "subtract", "multiply"])
        value = b.tensor(FLOATS + INTEGERS)
        b.call(name, *_operands(b, value))
    elif kind == "extreme":
        value = b.tensor(FLOATS + INTEGERS)
        b.call(b.choose(["maximum", "minimum"]), *_operands(b, value))
    elif kind == "compare":
        value = b.tensor((*FLOATS, *INTEGERS, "bool"), exact=b.chance(0.97))
        b.call(b.choose(_COMPARISONS), *_operands(b, value))
    elif kind == "divide":
        _division(b)
    elif kind == "bits":
        value = b.tensor((*INTEGERS, "bool"))
        b.call(b.choose(["bitwise_and", "bitwise_or", "bitwise_xor"]), *_operands(b, value))
    elif kind == "logic":
        b.call(b.choose(["logical_and", "logical_or", "logical_xor"]), *_operands(b, b.tensor(("bool",))))
    elif kind == "shift":
        value = b.tensor(INTEGERS)
        bits = int("".join(c for c in value.dtype if c.isdigit()))
        amount = b.leaf(broadcastable(b, value), value.dtype, "index", bits)
        b.call(b.choose(["left_shift", "right_shift"]), value, amount)
    else:
        value = b.tensor(("float32", "float64"))
        if b.chance(0.8):
            value = b.call("add", b.call("abs", value), b.constant(scalar(0.5, value.dtype)))
        b.call("power", value, b.constant(scalar(b.choose([2, 0.5, -1, 3, 0]), value.dtype)))


def _division(b: Builder) -> None:
    """By numbers other than 0; of floats only where the quotient is not rounded to a whole number, or exact."""
    name = b.choose(["divide", "floor_divide", "trunc_divide", "mod", "floor_mod", "trunc_mod"])
    value = b.tensor(FLOATS + INTEGERS, exact=name != "divide")
    divisor = b.leaf(broadcastable(b, value), value.dtype, "nonzero")
    b.call(name, value, divisor)


def broadcastable(b: Builder, value: Value) -> tuple[int, ...]:
    """A shape that broadcasts to the value's: fewer dimensions, or some of them 1."""
    if b.chance(0.5):
        return value.shape
    dims = value.shape[b.integer(0, value.rank) :]
    return tuple(1 if b.chance(0.35) else d for d in dims)


def _operands(b: Builder, value: Value) -> tuple[Value, Value]:
    way = b.weighted([("like", 5), ("broadcast", 3), ("scalar", 2), ("wider", 1)])
    if way == "like":
        other = b.like(value)
    elif way == "scalar":
        other = b.leaf((), value.dtype, constant=0.8)
    elif way == "broadcast":
        shape = broadcastable(b, value)
        other = b.pick(
            lambda v: v.dtype == value.dtype and v.rank <= value.rank and _broadcasts(v.shape, value.shape),
            lambda: b.leaf(shape, value.dtype),
            0.5,
        )
    else:  # both broadcast
        if not value.rank:
            raise RejectedError
        shape = tuple(b.integer(1, 4) if d == 1 else d for d in value.shape)
        axis = b.integer(0, value.rank - 1)
        other = b.leaf((*shape[:axis], 1 if value.shape[axis] > 1 else 3, *shape[axis + 1 :]), value.dtype)
    return (value, other) if b.chance(0.7) else (other, value)


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    return all(d in (1, n) for d, n in zip(reversed(shape), reversed(to), strict=False))


def where(b: Builder) -> None:
    value = b.tensor((*FLOATS, *INTEGERS, "bool"))
    other = b.like(value)
    shape = value.shape if b.chance(0.7) else broadcastable(b, value)
    condition = b.pick(lambda v: v.dtype == "bool" and v.shape == shape, lambda: b.leaf(shape, "bool"), 0.4)
    b.call("where", condition, value, other)


def cast(b: Builder) -> None:
    """To any dtype; floats become integers only where they are exact, and small."""
    target = b.dtype()
    value = b.tensor()
    if value.is_float and target not in FLOATS and target != "bool":
        value = b.tensor(FLOATS, exact=True)
        if b.chance(0.9):
            low, high = (0, 100) if target.startswith("u") else (-100, 100)
            value = b.call("clip", value, a_min=float(low), a_max=float(high))
    elif value.is_float and target == "bool":
        value = b.tensor(FLOATS, exact=True)
    b.call("cast", value, dtype=target)


def reinterpret(b: Builder) -> None:
    value = b.tensor(INTEGERS)
    bits = value.dtype.lstrip("uint")
    b.call("reinterpret", value, dtype=b.choose([f"int{bits}", f"uint{bits}"]))


def fixed_point(b: Builder) -> None:
    value = b.tensor(("int32",))
    multiplier, shift = b.integer(1 << 30, (1 << 31) - 1), b.integer(-9, 2)
    b.call("fixed_point_multiply", value, multiplier=multiplier, shift=shift)


CALLS: Calls = (
    (unary, 9),
    (binary, 12),
    (where, 4),
    (cast, 5),
    (clip, 2),
    (activation, 2),
    (reinterpret, 0.5),
    (fixed_point, 0.5),
)
