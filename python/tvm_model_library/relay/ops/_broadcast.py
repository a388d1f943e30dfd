"""Broadcasting: the type rules that all broadcasting operators share, and their lowering.

Definition: TVM 0.18 src/relay/op/type_relations.cc. Shapes are aligned at their last dimension; two
dimensions agree when they are equal or one of them is 1. An unknown dimension agrees with everything and
yields to a known one other than 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Attrs, TypeRuleError, tensor
from tvm_model_library.relay.types import Dim, Shape, TensorType, Type

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def broadcast_dim(a: Dim, b: Dim) -> Dim:
    """The dimension that ``a`` and ``b`` broadcast to. Raises ``ValueError`` when they do not."""
    if a == 1:
        return b
    if b == 1:
        return a
    if a is None:
        return b
    if b is None or a == b:
        return a
    raise ValueError(f"{a} and {b} do not broadcast")


def broadcast_shape(a: Shape, b: Shape) -> Shape:
    """The shape that ``a`` and ``b`` broadcast to. Raises :class:`TypeRuleError` when they do not."""
    rank = max(len(a), len(b))
    left: Shape = (1,) * (rank - len(a)) + a
    right: Shape = (1,) * (rank - len(b)) + b
    try:
        return tuple(broadcast_dim(x, y) for x, y in zip(left, right, strict=True))
    except ValueError as error:
        raise TypeRuleError(f"shapes {show(a)} and {show(b)} do not broadcast: {error}", 1) from None


def show(shape: Shape) -> str:
    """A shape as Relay's text writes it."""
    return f"({', '.join('?' if d is None else str(d) for d in shape)})"


def same_dtype(a: TensorType, b: TensorType, argument: int) -> None:
    """Raise :class:`TypeRuleError` about ``argument`` unless both tensors have one dtype."""
    if a.dtype != b.dtype:
        raise TypeRuleError(f"both operands must have one dtype, found {a.dtype} and {b.dtype}; cast one", argument)


def binary_rule(attrs: Attrs, lhs: Type, rhs: Type) -> TensorType:
    """Type rule of arithmetic: two tensors of one dtype, broadcast."""
    a, b = tensor(lhs, 0, "lhs"), tensor(rhs, 1, "rhs")
    same_dtype(a, b, 1)
    return TensorType(broadcast_shape(a.shape, b.shape), a.dtype)


def comparison_rule(attrs: Attrs, lhs: Type, rhs: Type) -> TensorType:
    """Type rule of comparisons: two tensors of one dtype, broadcast, to ``bool``."""
    return TensorType(binary_rule(attrs, lhs, rhs).shape, "bool")


def identity_rule(attrs: Attrs, data: Type) -> TensorType:
    """Type rule of elementwise operators: the result has the argument's type."""
    return tensor(data, 0, "data")


def predicate_rule(attrs: Attrs, data: Type) -> TensorType:
    """Type rule of elementwise tests: the argument's shape, ``bool``."""
    return TensorType(tensor(data, 0, "data").shape, "bool")


def broadcast_index(index: Sequence[Any], shape: Sequence[int], result: Sequence[int] | None = None) -> list[Any]:
    """The index into a tensor of ``shape`` that broadcasts to output position ``index``.

    With the ``result``'s shape, an axis of one element that isn't stretched keeps its index: fusion sees that
    nothing is broadcast.
    """
    aligned = index[len(index) - len(shape) :]
    stretched = [True] * len(shape) if result is None else [d != 1 for d in result[len(result) - len(shape) :]]
    return [0 if extent == 1 and s else i for i, extent, s in zip(aligned, shape, stretched, strict=True)]


def emit_pointwise(ctx: Lowering, function: Callable[..., Any], *args: Any) -> Any:
    """Emit ``out[i] = function(arg0[i], arg1[i], ...)`` over the result's shape, arguments broadcast to it."""
    result = ctx.result
    return emit_indexed(
        ctx, result.static_shape, lambda index, *loads: function(*(load(index) for load in loads)), *args
    )


def emit_indexed(ctx: Lowering, shape: Sequence[int], function: Callable[..., Any], *args: Any) -> Any:
    """Emit ``out[i] = function(i, load0, load1, ...)`` over ``shape``.

    ``load_k(index)`` reads argument k at ``index``, broadcast: dimensions of extent 1 are read at 0.
    """
    from tvm import te

    def compute(*tensors: Any) -> Any:
        shapes = [[int(d) for d in t.shape] for t in tensors]

        def body(*axes: Any) -> Any:
            def loader(t: Any, dims: list[int]) -> Callable[[Sequence[Any]], Any]:
                # The output's own axes stay, also those of extent 1: fusion recognises an elementwise read by them.
                same = len(axes) > 0 and dims == list(shape)

                def own(index: Sequence[Any]) -> bool:
                    return same and len(index) == len(axes) and all(i is a for i, a in zip(index, axes, strict=True))

                return lambda index: t(*(axes if own(index) else broadcast_index(index, dims)))

            return function(axes, *(loader(t, dims) for t, dims in zip(tensors, shapes, strict=True)))

        return te.compute(tuple(shape), body, name=kernel_name(ctx.operator))

    return ctx.emit_te(compute, *args)


def kernel_name(operator: str) -> str:
    """A name for the TE stage of an operator."""
    return "T_" + operator.replace(".", "_")


def pointwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """The lowering of a broadcasting operator from its function of TIR expressions."""

    def lower(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
        return emit_pointwise(ctx, function, *args)

    return lower
