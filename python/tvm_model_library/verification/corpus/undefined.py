"""What TVM leaves undefined in the outputs of a program, so that no recording of it can be right or wrong.

TVM 0.18's kernels do not write the rows of some outputs behind the number that another output gives, and a cast of a
number that the integer type does not hold has whatever the processor makes of it (on x86-64 the vector part of a loop
saturates where its scalar tail wraps). Only outputs that come straight from such an operator are concerned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tvm_model_library.relay import ast
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.relay.types import TensorType, TupleType
from tvm_model_library.tensors import Array


@dataclass(frozen=True)
class Counted:
    """Of the results ``outputs`` only the first ``n`` rows along ``axis`` are defined, with ``n`` from the result
    ``count``: one number for axis 0, one for each batch element for axis 1.
    """

    outputs: tuple[int, ...]
    count: int
    axis: int


# By operator and the number of its results.
COUNTED: Mapping[tuple[str, int], Counted] = {
    ("unique", 4): Counted((0,), 3, 0),
    ("unique", 5): Counted((0, 4), 3, 0),
    ("vision.all_class_non_max_suppression", 2): Counted((0,), 1, 0),
    ("vision.all_class_non_max_suppression", 3): Counted((0, 1), 2, 1),
}
# Operators whose float argument has a defined result only where the integer result type holds it.
RANGED = frozenset({"cast", "cast_like"})


@dataclass(frozen=True)
class _Leaf:
    """Where an output of the program comes from: a result of ``call``, or the value of another expression."""

    expr: ast.Expr
    field: int | None


def defined_parts(text: str, inputs: Sequence[Array], expected: Sequence[Array]) -> list[Array | None]:
    """For each output of a program a mask of the elements that TVM defines, None where it defines all of them."""
    typed = infer(parse_module(text))
    main = typed.module.functions["main"]
    leaves = list(_leaves(typed, main.body))
    if len(leaves) != len(expected):
        return [None] * len(expected)
    given = {id(v): a for v, a in zip(main.params, inputs, strict=False)}
    results = {(id(leaf.expr), leaf.field): a for leaf, a in zip(leaves, expected, strict=True)}
    masks: list[Array | None] = []
    for leaf, array in zip(leaves, expected, strict=True):
        call = leaf.expr
        mask = None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.OpRef):
            type_ = typed.type_of(call)
            fields = len(type_.fields) if isinstance(type_, TupleType) else 0
            rule = COUNTED.get((call.func.name, fields))
            if rule and leaf.field in rule.outputs:
                mask = _counted(rule, array, results.get((id(call), rule.count)))
            elif call.func.name in RANGED:
                mask = _held(given.get(id(call.args[0])), array)
        masks.append(mask)
    return masks


def _counted(rule: Counted, array: Array, count: Array | None) -> Array | None:
    if count is None:
        return None
    limits = count.reshape(-1)[0] if rule.axis == 0 else count.reshape(-1, 1)
    rows = np.arange(array.shape[rule.axis]) < limits
    return np.broadcast_to(rows.reshape(rows.shape + (1,) * (array.ndim - rows.ndim)), array.shape)


def _held(argument: Array | None, result: Array) -> Array | None:
    if argument is None or argument.dtype.kind in "biu" or result.dtype.kind not in "iu":
        return None
    limits = np.iinfo(result.dtype)
    whole = np.trunc(argument.astype(np.float64))
    return np.asarray((whole >= limits.min) & (whole < float(limits.max) + 1))


def _leaves(typed: ast.TypedModule, root: ast.Expr) -> Iterator[_Leaf]:
    """The tensors of a result, left to right, each with the expression that it comes from."""
    bound: dict[int, ast.Expr] = {}
    pending: list[tuple[ast.Expr, tuple[int, ...]]] = [(root, ())]
    while pending:
        expr, path = pending.pop()
        if isinstance(expr, ast.Let):
            bound[id(expr.var)] = expr.value
            pending.append((expr.body, path))
        elif isinstance(expr, ast.Var) and id(expr) in bound:
            pending.append((bound[id(expr)], path))
        elif isinstance(expr, ast.TupleGetItem):
            pending.append((expr.value, (expr.index, *path)))
        elif isinstance(expr, ast.Tuple):
            wanted = [expr.fields[path[0]]] if path else list(reversed(expr.fields))
            pending.extend((e, path[1:]) for e in wanted)
        else:
            type_ = typed.types.get(id(expr))
            if isinstance(type_, TupleType) and not path:
                pending.extend((expr, (i,)) for i in reversed(range(len(type_.fields))))
            elif isinstance(type_, TensorType) or path:
                yield _Leaf(expr, path[0] if len(path) == 1 else None)
