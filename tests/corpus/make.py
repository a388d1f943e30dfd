"""A small corpus of our own: Relay programs, inputs, and outputs from NumPy formulas that know nothing of this package.

``recorded.json`` holds the arrays. ``python tests/corpus/make.py`` writes it anew; ``write_corpus`` unpacks the corpus
as the runner reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).with_name("recorded.json")
Array = Any


@dataclass(frozen=True)
class Case:
    """``body`` follows ``def @main``; ``formula`` gives the outputs, by NumPy alone."""

    name: str
    kind: str
    operators: str
    body: str
    inputs: tuple[Array, ...]
    formula: Callable[..., tuple[Array, ...]]

    @property
    def text(self) -> str:
        body = self.body if self.body.startswith("def ") else f"def @main{self.body}"
        return f'#[version = "0.0.5"]\n{body}\n'


def _floats(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32).round(3)


def _ints(seed: int, low: int, high: int, *shape: int, dtype: str = "int32") -> Array:
    return np.random.default_rng(seed).integers(low, high, shape).astype(dtype)


def _conv2d(x: Array, w: Array) -> tuple[Array, ...]:
    """Stride 2, padding 1, by sums over windows."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    out = np.zeros((1, 4, 3, 3), np.float32)
    for i in range(3):
        for j in range(3):
            window = padded[0, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
            out[0, :, i, j] = (w * window).sum(axis=(1, 2, 3))
    return (out,)


def _max_pool(x: Array) -> tuple[Array, ...]:
    return (x.reshape(1, 2, 3, 2, 3, 2).max(axis=(3, 5)),)


def _softmax(x: Array) -> tuple[Array, ...]:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True),)


def _quantize(x: Array) -> tuple[Array, ...]:
    return (np.clip(np.round(x / np.float32(0.5)) + 3, -128, 127).astype(np.int8),)


def _scatter(x: Array, i: Array, u: Array) -> tuple[Array, ...]:
    out = x.copy()
    for k, row in enumerate(i[0]):
        out[row] += u[k]
    return (out,)


def _sorted(x: Array) -> tuple[Array, ...]:
    order = np.argsort(-x, axis=1, kind="stable")[:, :2]
    return np.take_along_axis(x, order, 1), order.astype(np.int32)


def _unique(x: Array) -> tuple[Array, ...]:
    values, first, inverse = np.unique(x, return_index=True, return_inverse=True)
    n, rest = len(values), len(x) - len(values)
    garbage = np.full(rest, 77, np.int32)  # as a run of TVM leaves it: the tail is not written
    found = np.concatenate([values, garbage]).astype(np.int32)
    places = np.concatenate([first, np.full(rest, len(x))]).astype(np.int32)
    return found, places, inverse.astype(np.int32), np.array([n], np.int32)


def _truncated(a: Array, b: Array) -> tuple[Array, ...]:
    quotient = np.trunc(a.astype(np.float64) / b).astype(np.int32)
    return quotient, np.floor(a.astype(np.float64) / b).astype(np.int32), a - quotient * b


def cases() -> list[Case]:
    """All programs, by name."""
    a, b = _floats(1, 2, 3), _floats(2, 3)
    ia, ib = _ints(3, -20, 20, 12), _ints(4, 1, 5, 12) * np.array([1, -1] * 6, np.int32)
    image, kernel = _floats(5, 1, 2, 6, 6), _floats(6, 4, 2, 3, 3)
    m23, m32 = "Tensor[(2, 3), float32]", "Tensor[(3, 2), float32]"
    v12 = "Tensor[(12), int32]"
    i1 = "Tensor[(1), int32]"
    found = [
        Case(
            "add",
            "static",
            "add",
            f"(%x: {m23}, %y: Tensor[(3), float32]) {{ %x + %y }}",
            (a, b),
            lambda x, y: (x + y,),
        ),
        Case(
            "divide",
            "static",
            "divide,floor_divide,mod",
            f"(%x: {v12}, %y: {v12}) {{ (divide(%x, %y), floor_divide(%x, %y), mod(%x, %y)) }}",
            (ia, ib),
            _truncated,
        ),
        Case(
            "conv2d",
            "static",
            "nn.conv2d",
            "(%x: Tensor[(1, 2, 6, 6), float32], %w: Tensor[(4, 2, 3, 3), float32])"
            " { nn.conv2d(%x, %w, strides=[2, 2], padding=[1, 1, 1, 1]) }",
            (image, kernel),
            _conv2d,
        ),
        Case(
            "max_pool",
            "static",
            "nn.max_pool2d",
            "(%x: Tensor[(1, 2, 6, 6), float32]) { nn.max_pool2d(%x, pool_size=[2, 2], strides=[2, 2]) }",
            (image,),
            _max_pool,
        ),
        Case(
            "dense_relu",
            "static",
            "nn.dense,nn.relu",
            f"(%x: {m23}, %w: Tensor[(4, 3), float32]) {{ nn.relu(nn.dense(%x, %w, units=None)) }}",
            (a, _floats(7, 4, 3)),
            lambda x, w: (np.maximum(x @ w.T, 0),),
        ),
        Case(
            "batch_matmul",
            "static",
            "nn.batch_matmul",
            "(%x: Tensor[(2, 3, 4), float32], %y: Tensor[(2, 5, 4), float32])"
            " { nn.batch_matmul(%x, %y, transpose_b=True) }",
            (_floats(8, 2, 3, 4), _floats(9, 2, 5, 4)),
            lambda x, y: (np.einsum("bik,bjk->bij", x, y),),
        ),
        Case("softmax", "static", "nn.softmax", f"(%x: {m23}) {{ nn.softmax(%x) }}", (a,), _softmax),
        Case(
            "sum_exclude",
            "static",
            "sum",
            f"(%x: {m23}) {{ sum(%x, axis=[0], exclude=True, keepdims=True) }}",
            (a,),
            lambda x: (x.sum(axis=1, keepdims=True),),
        ),
        Case(
            "take_clip",
            "static",
            "take",
            f'(%x: {m23}, %i: Tensor[(4), int32]) {{ take(%x, %i, axis=1, mode="clip") }}',
            (a, np.array([0, -5, 9, 1], np.int32)),
            lambda x, i: (x[:, np.clip(i, 0, 2)],),
        ),
        Case(
            "scatter_nd",
            "static",
            "scatter_nd",
            f"(%x: {m23}, %i: Tensor[(1, 3), int32], %u: Tensor[(3, 3), float32])"
            ' { scatter_nd(%x, %i, %u, mode="add") }',
            (a, np.array([[1, 0, 1]], np.int32), _floats(10, 3, 3)),
            _scatter,
        ),
        Case(
            "strided_slice",
            "static",
            "strided_slice",
            f"(%x: {v12}) {{ strided_slice(%x, begin=[10], end=[1], strides=[-3]) }}",
            (ia,),
            lambda x: (x[10:1:-3],),
        ),
        Case(
            "topk",
            "static",
            "topk",
            f'(%x: {m23}) {{ topk(%x, k=2, axis=1, ret_type="values") }}',
            (a,),
            lambda x: _sorted(x)[:1],
        ),
        Case(
            "topk_ties",
            "static",
            "topk",
            "(%x: Tensor[(2, 6), int32]) { let %r = topk(%x, k=2, axis=1); (%r.0, %r.1) }",
            (_ints(11, 0, 3, 2, 6),),
            _sorted,
        ),
        Case(
            "cumsum",
            "static",
            "cumsum",
            f"(%x: {v12}) {{ cumsum(%x, axis=0, exclusive=True) }}",
            (ia,),
            lambda x: ((np.cumsum(x) - x).astype(np.int32),),
        ),
        Case(
            "one_hot",
            "static",
            "one_hot",
            '(%x: Tensor[(4), int32]) { one_hot(%x, 1f, 0f, depth=3, axis=-1, dtype="float32") }',
            (np.array([0, 2, 1, 7], np.int32),),
            lambda x: ((x[:, None] == np.arange(3)).astype(np.float32),),
        ),
        Case(
            "quantize",
            "static",
            "qnn.quantize",
            f'(%x: {m32}) {{ qnn.quantize(%x, 0.5f, 3, out_dtype="int8", axis=-1) }}',
            (_floats(12, 3, 2),),
            _quantize,
        ),
        Case(
            "split_concatenate",
            "static",
            "split,concatenate",
            f"(%x: {v12}) {{ let %s = split(%x, indices_or_sections=[4, 7]); concatenate((%s.2, %s.0)) }}",
            (ia,),
            lambda x: (np.concatenate([x[7:], x[:4]]),),
        ),
        Case(
            "where_cast",
            "static",
            "where,cast,greater",
            f'(%x: {v12}, %y: {v12}) {{ cast(where(greater(%x, %y), %x, %y), dtype="int8") }}',
            (ia, ib),
            lambda x, y: (np.maximum(x, y).astype(np.int8),),
        ),
        Case("unique", "static", "unique", f"(%x: {v12}) {{ unique(%x) }}", (_ints(13, 0, 5, 12),), _unique),
        Case(
            "function_value",
            "static",
            "multiply,tanh",
            f"(%x: {m23}) {{ let %f = fn (%y: {m23}) {{ tanh(%y) * %y }}; %f(%f(%x)) }}",
            (a,),
            lambda x: (np.tanh(np.tanh(x) * x) * np.tanh(x) * x,),
        ),
        Case(
            "branch",
            "control",
            "less,negative",
            f"(%n: int32, %x: {m23}) {{ if (%n < 3) {{ negative(%x) }} else {{ %x }} }}",
            (np.array(1, np.int32), a),
            lambda n, x: (-x if n < 3 else x,),
        ),
        Case(
            "recursion",
            "control",
            "equal,multiply,subtract",
            f"def @f(%n: {i1}) -> {i1} {{ if (min(%n) < 2) {{ %n }} else {{ %n * @f(%n - 1) }} }}\n"
            f"def @main(%n: {i1}) {{ @f(%n) }}",
            (np.array([5], np.int32),),
            lambda n: (np.array([120], np.int32),),
        ),
        Case(
            "dynamic_rows",
            "dynamic",
            "add",
            f"(%x: Tensor[(?, 3), float32], %y: {m23}) {{ %x + %y }}",
            (b[None], a),
            lambda x, y: (x + y,),
        ),
    ]
    return sorted(found, key=lambda case: case.name)


def _as_text(array: Array) -> dict[str, Any]:
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": array.reshape(-1).tolist()}


def _as_array(text: dict[str, Any]) -> Array:
    return np.array(text["values"], text["dtype"]).reshape(text["shape"])


def compute() -> dict[str, dict[str, Any]]:
    """What ``recorded.json`` holds: arrays by name, by program."""
    recorded = {}
    for case in cases():
        arrays = {f"in{i}": _as_text(x) for i, x in enumerate(case.inputs)}
        outputs = case.formula(*case.inputs)
        recorded[case.name] = arrays | {f"out{i}": _as_text(x) for i, x in enumerate(outputs)}
    return recorded


def write_corpus(folder: Path) -> None:
    """Write the programs, their recorded arrays and the index into ``folder``."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["program\tkind\toperators\torigin"]
    for case in cases():
        (folder / f"{case.name}.relay").write_text(case.text, encoding="utf-8")
        np.savez(folder / f"{case.name}.npz", **{k: _as_array(v) for k, v in recorded[case.name].items()})
        rows.append(f"{case.name}\t{case.kind}\t{case.operators}\tmake.py")
    (folder / "index.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(arrays)}" for name, arrays in compute().items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
