"""Random numbers that depend on nothing but a key: ``random.threefry_generate``, ``split``, ``uniform`` and the like.

Definitions: TVM 0.18 src/relay/op/random/kernel.cc, python/tvm/topi/random/kernel.py.
"""

from __future__ import annotations

import math
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._kernels import emit_sequential
from tvm_model_library.relay.ops._threefry import KEY_WORDS, PARITY, ROTATIONS, WORDS, generate, split
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

KEY = TensorType((KEY_WORDS,), "uint64")
_DEFINITION = "TVM 0.18 src/relay/op/random/kernel.cc"
_FLOATS = {"float32": ("uint32", 32, 23), "float64": ("uint64", 64, 52)}
"""For each result dtype: its bits' dtype, their number, and how many of them are the fraction."""


def _check_key(type_: Type) -> None:
    if tensor(type_, 0, "key") != KEY:
        raise TypeRuleError(f"key must be {KEY}, found {type_}", 0)


def _float_dtype(attrs: Attrs) -> str:
    if attrs.out_dtype not in _FLOATS:
        raise TypeRuleError(f"out_dtype must be float32 or float64, found {attrs.out_dtype}")
    return str(attrs.out_dtype)


def _infer_generate(attrs: Attrs, key: Type) -> TupleType:
    _check_key(key)
    return TupleType((KEY, TensorType(tuple(attrs.out_shape), "uint64")))


def _evaluate_generate(attrs: Attrs, key: Array) -> tuple[Array, Array]:
    state, values = generate(key, prod(attrs.out_shape))
    return state, values.reshape(attrs.out_shape)


def _add(a: Any, b: Any) -> Any:
    """``a + b`` modulo 2**64, by halves: TVM's LLVM code generator declares that unsigned sums never wrap around."""
    from tvm import tirx

    half, mask = tirx.const(32, "uint64"), tirx.const(2**32 - 1, "uint64")
    low = (a & mask) + (b & mask)
    high = (a >> half) + (b >> half) + (low >> half)
    return (high << half) | (low & mask)


class _Cipher:
    """The cipher over buffers of a sequential kernel; ``scratch`` holds the extended key."""

    SCRATCH = ((5, "uint64"), (WORDS, "uint64"))

    def __init__(self, extended: Any, words: Any) -> None:
        self._extended = extended
        self._words = words

    def set_key(self, source: Any) -> None:
        """Take the key from the first four words of ``source``."""
        from tvm import tirx

        parity = tirx.const(PARITY, "uint64")
        for j in range(WORDS):
            self._extended[j] = source[j]
            parity = parity ^ source[j]
        self._extended[4] = parity

    def run(self, counter: list[Any]) -> None:
        """Leave the cipher of ``counter`` in :attr:`words`."""
        from tvm import tirx

        for j in range(WORDS):
            self._words[j] = counter[j]
        order = list(range(WORDS))  # a permutation of the words costs nothing: it renames them
        for group in range(5):
            for j in range(WORDS):
                added = self._extended[(group + j) % 5]
                added = _add(added, tirx.const(group, "uint64")) if group and j == 3 else added
                self._words[order[j]] = _add(self._words[order[j]], added)
            for k in range(4):
                for pair, rotation in enumerate(ROTATIONS[(group * 4 + k) % 8]):
                    a, b = order[2 * pair], order[2 * pair + 1]
                    self._words[a] = _add(self._words[a], self._words[b])
                    left, right = (tirx.const(r, "uint64") for r in (rotation, 64 - rotation))
                    self._words[b] = self._words[a] ^ ((self._words[b] << left) | (self._words[b] >> right))
                order = [order[0], order[3], order[2], order[1]]
        self.order = order


def _shifted_marker(key: Any) -> tuple[Any, Any]:
    from tvm import tirx

    zero, one = tirx.const(0, "uint64"), tirx.const(1, "uint64")
    top = one << tirx.const(63, "uint64")
    high = tirx.Select(key[8].equal(1), zero, key[8] >> one)
    low = tirx.Select(key[8].equal(1), top, tirx.Select(key[8].equal(0), key[9] >> one, zero))
    return high, low


def _emit_generate(ctx: Lowering, key: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Emit the advanced generator and random words of ``shape``."""
    from tvm import tirx
    from tvm.script.ir_builder import tirx as T

    count = prod(shape)
    zero, one = tirx.const(0, "uint64"), tirx.const(1, "uint64")

    def fresh_state(source: Any, state: Any, cipher: _Cipher) -> None:
        """The counter is used up: take the next path, or a new key when there is none."""
        with T.If(tirx.all(source[8].equal(0), source[9].equal(0))):
            with T.Then():
                cipher.set_key(source)
                all_ones = ~source[8]  # of a word that is zero here; TIR has no such constant
                cipher.run([all_ones, all_ones, zero, zero])
                for j in range(WORDS):
                    state[j] = cipher._words[cipher.order[j]]
                state[4] = zero
                state[5] = zero
                state[8] = one << tirx.const(63, "uint64")
                state[9] = zero
            with T.Else():
                state[4] = source[4] | source[8]
                state[5] = source[5] | source[9]
                high, low = _shifted_marker(source)
                state[8] = high
                state[9] = low
        state[7] = zero

    def body(source: Any, state: Any, values: Any, extended: Any, words: Any) -> None:
        cipher = _Cipher(extended, words)
        for j in range(KEY_WORDS):
            state[j] = source[j]
        with T.If(~source[7] <= tirx.const(count, "uint64")), T.Then():
            state[6] = zero
            fresh_state(source, state, cipher)
        cipher.set_key(state)
        full = count // WORDS
        if full:
            with T.serial(full) as i:
                cipher.run([_add(state[4 + j], i.astype("uint64")) for j in range(WORDS)])
                for j in range(WORDS):
                    values[i * WORDS + j] = words[cipher.order[j]]
        if count % WORDS:
            state[7] = _add(state[7], tirx.const(full * WORDS, "uint64"))
            cipher.run([state[4 + j] for j in range(WORDS)])
            for j in range(count % WORDS):
                values[full * WORDS + j] = words[cipher.order[j]]
        state[7] = _add(state[7], tirx.const(WORDS if count % WORDS else count, "uint64"))
        state[6] = zero

    outputs = [KEY, TensorType(shape, "uint64")]
    state, values = emit_sequential(ctx, (key,), [KEY], outputs, body, _Cipher.SCRATCH)
    return state, values


def _lower_generate(ctx: Lowering, attrs: Attrs, key: Any) -> Any:
    return _emit_generate(ctx, key, tuple(attrs.out_shape))


def _infer_split(attrs: Attrs, key: Type) -> TupleType:
    _check_key(key)
    return TupleType((KEY, KEY))


def _evaluate_split(attrs: Attrs, key: Array) -> tuple[Array, Array]:
    return split(key)


def _lower_split(ctx: Lowering, attrs: Attrs, key: Any) -> Any:
    from tvm import tirx
    from tvm.script.ir_builder import tirx as T

    def body(source: Any, left: Any, right: Any, extended: Any, words: Any) -> None:
        zero, one = tirx.const(0, "uint64"), tirx.const(1, "uint64")
        with T.If(tirx.all(source[8].equal(0), source[9].equal(0))):
            with T.Then():
                cipher = _Cipher(extended, words)
                cipher.set_key(source)
                cipher.run([source[4 + j] for j in range(WORDS)])
                for side, path in ((left, zero), (right, one << tirx.const(63, "uint64"))):
                    for j in range(WORDS):
                        side[j] = words[cipher.order[j]]
                    side[4] = path
                    for j in (5, 6, 7, 9):
                        side[j] = zero
                    side[8] = one << tirx.const(62, "uint64")
            with T.Else():
                high, low = _shifted_marker(source)
                for side in (left, right):
                    for j in range(8):
                        side[j] = source[j]
                    side[8] = high
                    side[9] = low
                right[4] = source[4] | source[8]
                right[5] = source[5] | source[9]

    return emit_sequential(ctx, (key,), [KEY], [KEY, KEY], body, _Cipher.SCRATCH)


def _infer_two_parameters(attrs: Attrs, key: Type, first: Type, second: Type) -> TupleType:
    """Type rule of uniform (low, high) and normal (mean, scale)."""
    _check_key(key)
    dtype = _float_dtype(attrs)
    for index, type_ in enumerate((first, second), start=1):
        if tensor(type_, index, "a parameter") != TensorType((), dtype):
            raise TypeRuleError(f"the distribution's parameters must be scalars of {dtype}, found {type_}", index)
    return TupleType((KEY, TensorType(tuple(attrs.out_shape), dtype)))


def _constrain_two_parameters(attrs: Attrs, key: Type | None, *parameters: Type | None) -> list[Type | None]:
    return [KEY, TensorType((), _float_dtype(attrs)), TensorType((), _float_dtype(attrs))]


def _unit_interval(words: Array, dtype: str) -> Array:
    """Random words as numbers in [0, 1): their upper bits become the fraction of a number in [1, 2)."""
    bits, width, fraction = _FLOATS[dtype]
    mantissa = words.astype(bits) >> np.asarray(width - fraction, bits)
    exponent = np.asarray(((1 << (width - fraction - 2)) - 1) << fraction, bits)
    return np.asarray((mantissa | exponent).view(dtype) - np.asarray(1, dtype))


def _evaluate_uniform(attrs: Attrs, key: Array, low: Array, high: Array) -> tuple[Array, Array]:
    state, words = generate(key, prod(attrs.out_shape))
    values = _unit_interval(words, attrs.out_dtype) * (high - low) + low
    return state, values.reshape(attrs.out_shape).astype(attrs.out_dtype)


def _unit_expression(word: Any, dtype: str) -> Any:
    from tvm import tirx

    bits, width, fraction = _FLOATS[dtype]
    mantissa = word.astype(bits) >> tirx.const(width - fraction, bits)
    exponent = tirx.const(((1 << (width - fraction - 2)) - 1) << fraction, bits)
    return tirx.reinterpret(dtype, mantissa | exponent) - tirx.const(1, dtype)


def _lower_uniform(ctx: Lowering, attrs: Attrs, key: Any, low: Any, high: Any) -> Any:
    from tvm import te

    shape, dtype = tuple(attrs.out_shape), attrs.out_dtype
    state, words = _emit_generate(ctx, key, shape)

    def compute(w: Any, a: Any, b: Any) -> Any:
        return te.compute(shape, lambda *i: _unit_expression(w(*i), dtype) * (b() - a()) + a(), name="T_uniform")

    return state, ctx.emit_te(compute, words, low, high)


def _evaluate_normal(attrs: Attrs, key: Array, mean: Array, scale: Array) -> tuple[Array, Array]:
    """Box and Muller's transformation, its sine half."""
    dtype = np.dtype(attrs.out_dtype)
    state, words = generate(key, 2 * prod(attrs.out_shape))
    first, second = _unit_interval(words, attrs.out_dtype).reshape(2, *attrs.out_shape)
    radius = np.sqrt(dtype.type(-2) * np.log(dtype.type(1) - first))
    values = radius * np.sin(dtype.type(2 * math.pi) * second) * scale + mean
    return state, np.asarray(values, dtype)


def _lower_normal(ctx: Lowering, attrs: Attrs, key: Any, mean: Any, scale: Any) -> Any:
    from tvm import te, tirx

    shape, dtype = tuple(attrs.out_shape), attrs.out_dtype
    state, words = _emit_generate(ctx, key, (2, *shape))

    def compute(w: Any, m: Any, s: Any) -> Any:
        def element(*i: Any) -> Any:
            u, v = (_unit_expression(w(half, *i), dtype) for half in (0, 1))
            radius = tirx.sqrt(tirx.const(-2, dtype) * tirx.log(tirx.const(1, dtype) - u))
            return radius * tirx.sin(tirx.const(2 * math.pi, dtype) * v) * s() + m()

        return te.compute(shape, element, name="T_normal")

    return state, ctx.emit_te(compute, words, mean, scale)


def _infer_multinomial(attrs: Attrs, key: Type, probs: Type) -> TupleType:
    _check_key(key)
    p = tensor(probs, 1, "probs")
    if p.rank < 1 or None in p.shape:
        raise TypeRuleError(f"probs must be a static tensor of one dimension or more, found {p}", 1)
    return TupleType((KEY, TensorType((*p.shape[:-1], attrs.num_samples), "int32")))


def _evaluate_multinomial(attrs: Attrs, key: Array, probs: Array) -> tuple[Array, Array]:
    weights = np.maximum(probs.astype(np.float32), 0)
    bounds = np.cumsum(weights / weights.sum(axis=-1, keepdims=True), axis=-1, dtype=np.float32)
    shape = (*probs.shape[:-1], attrs.num_samples)
    state, words = generate(key, prod(shape))
    draws = _unit_interval(words, "float32").reshape(shape)
    ahead = bounds[..., :, None] - draws[..., None, :]
    return state, np.where(ahead > 0, ahead, np.float32(1)).argmin(axis=-2).astype(np.int32)


def _lower_multinomial(ctx: Lowering, attrs: Attrs, key: Any, probs: Any) -> Any:
    from tvm import tirx
    from tvm.script.ir_builder import tirx as T

    source = ctx.tensor(1)
    classes, samples = source.static_shape[-1], attrs.num_samples
    rows = prod(source.static_shape[:-1])
    shape = (*source.static_shape[:-1], samples)
    state, words = _emit_generate(ctx, key, shape)

    def body(weights: Any, random: Any, out: Any, bounds: Any, total: Any, best: Any) -> None:
        zero, one = tirx.const(0, "float32"), tirx.const(1, "float32")
        with T.serial(rows) as row:
            total[0] = zero
            with T.serial(classes) as c:
                total[0] = total[0] + tirx.max(weights[row * classes + c].astype("float32"), zero)
            best[0] = zero
            with T.serial(classes) as c:
                best[0] = best[0] + tirx.max(weights[row * classes + c].astype("float32"), zero) / total[0]
                bounds[c] = best[0]
            with T.serial(samples) as s:
                at = row * samples + s
                out[at] = tirx.const(0, "int32")
                best[0] = tirx.const(2, "float32")
                with T.serial(classes) as c:
                    ahead = bounds[c] - _unit_expression(random[at], "float32")
                    total[0] = tirx.Select(ahead > zero, ahead, one)
                    with T.If(total[0] < best[0]), T.Then():
                        best[0] = total[0]
                        out[at] = c.astype("int32")

    scratch = ((classes, "float32"), (1, "float32"), (1, "float32"))
    types, outputs = [source, TensorType(shape, "uint64")], [TensorType(shape, "int32")]
    return state, emit_sequential(ctx, (probs, words), types, outputs, body, scratch)[0]


_SHAPE = Attr("out_shape", "int[]")
_SHAPE_AND_DTYPE = (_SHAPE, Attr("out_dtype", "dtype?", None))

register(
    "random.threefry_generate",
    ("key",),
    (_SHAPE,),
    infer=_infer_generate,
    constrain=lambda attrs, key: [KEY],
    evaluate=_evaluate_generate,
    lower=_lower_generate,
    definition=_DEFINITION,
)
register(
    "random.threefry_split",
    ("key",),
    infer=_infer_split,
    constrain=lambda attrs, key: [KEY],
    evaluate=_evaluate_split,
    lower=_lower_split,
    definition=_DEFINITION,
)
register(
    "random.uniform",
    ("key", "low", "high"),
    _SHAPE_AND_DTYPE,
    infer=_infer_two_parameters,
    constrain=_constrain_two_parameters,
    evaluate=_evaluate_uniform,
    lower=_lower_uniform,
    definition=_DEFINITION,
)
register(
    "random.normal",
    ("key", "mean", "scale"),
    _SHAPE_AND_DTYPE,
    infer=_infer_two_parameters,
    constrain=_constrain_two_parameters,
    evaluate=_evaluate_normal,
    lower=_lower_normal,
    definition=_DEFINITION,
)
register(
    "random.multinomial",
    ("key", "probs"),
    (Attr("num_samples", "int", 1),),
    infer=_infer_multinomial,
    constrain=lambda attrs, key, probs: [KEY, probs],
    evaluate=_evaluate_multinomial,
    lower=_lower_multinomial,
    definition=_DEFINITION,
)
