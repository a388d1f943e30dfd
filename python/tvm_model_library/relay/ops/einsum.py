"""Einstein summation.

Definition: TVM 0.18 src/relay/op/tensor/math.cc and include/tvm/topi/einsum.h, which follow NumPy's ``einsum``: labels
that the output leaves out are summed over, ``...`` stands for broadcast dimensions, and without ``->`` the output
has the labels that occur once, in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensors
from tvm_model_library.relay.ops._broadcast import broadcast_dim, kernel_name, same_dtype
from tvm_model_library.relay.ops._dtypes import wide, widen
from tvm_model_library.relay.types import Dim, Shape, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_ELLIPSIS = "..."


@dataclass(frozen=True)
class Equation:
    """The labels of each operand's dimensions and of the output's; those of an ellipsis are ``.0``, ``.1``, ...
    counted from the last dimension.
    """

    operands: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]

    def sizes(self, shapes: Sequence[Shape]) -> dict[str, Dim]:
        """The size of each label. Raises :class:`TypeRuleError` when operands disagree."""
        result: dict[str, Dim] = {}
        for labels, shape in zip(self.operands, shapes, strict=True):
            for label, size in zip(labels, shape, strict=True):
                try:
                    result[label] = broadcast_dim(result.get(label, 1), size)
                except ValueError:
                    raise TypeRuleError(f"label {label} has size {result[label]} and {size}", 0) from None
        return result


def _terms(text: str) -> list[str]:
    """The labels of one operand, an ellipsis as one item."""
    before, dots, after = text.partition(_ELLIPSIS)
    terms = [*before, *([_ELLIPSIS] if dots else []), *after]
    if any(len(t) == 1 and not t.isalpha() for t in terms):
        raise TypeRuleError(f"equation holds {text!r}; only letters, commas, '...' and '->' are allowed")
    return terms


def parse_equation(equation: str, ranks: Sequence[int]) -> Equation:
    """Read an equation for operands of the given ranks. Raises :class:`TypeRuleError`."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    written = [_terms(part) for part in left.split(",")]
    if len(written) != len(ranks):
        raise TypeRuleError(f"equation {equation!r} has {len(written)} operands, found {len(ranks)}", 0)
    operands, widest = [], 0
    for terms, rank in zip(written, ranks, strict=True):
        spread = rank - len(terms) + 1 if _ELLIPSIS in terms else 0
        if spread < 0 or (_ELLIPSIS not in terms and len(terms) != rank):
            raise TypeRuleError(f"{''.join(terms)} in equation {equation!r} does not fit a tensor of rank {rank}", 0)
        widest = max(widest, spread)
        operands.append(_spread(terms, spread))
    if arrow:
        output = _spread(_terms(right), widest)
    else:
        letters = [t for terms in written for t in terms if t != _ELLIPSIS]
        output = _spread([_ELLIPSIS] if widest else [], widest) + tuple(
            sorted(t for t in set(letters) if letters.count(t) == 1)
        )
    known = {label for labels in operands for label in labels}
    if not set(output) <= known or len(set(output)) != len(output):
        raise TypeRuleError(f"the output of equation {equation!r} must name labels of the operands once each")
    return Equation(tuple(operands), output)


def _spread(terms: Sequence[str], count: int) -> tuple[str, ...]:
    dots = [f".{i}" for i in reversed(range(count))]
    return tuple(label for term in terms for label in (dots if term == _ELLIPSIS else [term]))


def _infer(attrs: Attrs, data: Type) -> TensorType:
    fields = tensors(data, 0, "data")
    if not fields:
        raise TypeRuleError("einsum needs at least one tensor", 0)
    for field in fields:
        same_dtype(fields[0], field, 0)
    equation = parse_equation(attrs.equation, [f.rank for f in fields])
    sizes = equation.sizes([f.shape for f in fields])
    return TensorType(tuple(sizes[label] for label in equation.output), fields[0].dtype)


def _evaluate(attrs: Attrs, data: tuple[Array, ...]) -> Array:
    dtype = data[0].dtype
    wider = [widen(d) for d in data]
    return np.asarray(np.einsum(attrs.equation.replace(" ", ""), *wider)).astype(dtype)


def _lower(ctx: Lowering, attrs: Attrs, data: tuple[Any, ...]) -> Any:
    from tvm import te, tirx

    result, fields = ctx.result, tensors(ctx.argument_types[0], 0, "data")
    equation = parse_equation(attrs.equation, [f.rank for f in fields])
    sizes = equation.sizes([f.shape for f in fields])
    summed = [label for label in sizes if label not in equation.output]
    target, dtype = result.static_shape, result.dtype
    empty = any(sizes[label] == 0 for label in summed)

    def compute(*operands: Any) -> Any:
        loops = {label: te.reduce_axis((0, sizes[label]), name=f"r{i}") for i, label in enumerate(summed)}

        def element(*index: Any) -> Any:
            if empty:
                return tirx.const(0, wide(dtype))
            at = loops | dict(zip(equation.output, index, strict=True))
            value: Any = None
            for operand, labels, field in zip(operands, equation.operands, fields, strict=True):
                position = [0 if n == 1 else at[label] for label, n in zip(labels, field.shape, strict=True)]
                factor = operand(*position).astype(wide(dtype))
                value = factor if value is None else value * factor
            return te.sum(value, axis=list(loops.values())) if loops else value

        total = te.compute(target, element, name=kernel_name(ctx.operator) + "_red")
        if wide(dtype) == dtype:
            return total
        return te.compute(target, lambda *i: total(*i).astype(dtype), name=kernel_name(ctx.operator))

    return ctx.emit_te(compute, *data)


register(
    "einsum",
    ("data",),
    (Attr("equation", "str"),),
    infer=_infer,
    evaluate=_evaluate,
    lower=_lower,
    definition="TVM 0.18 src/relay/op/tensor/math.cc",
)
