"""Kernels for sequential algorithms: loops, conditions and scratch memory, for what ``te.compute`` can't say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.ops._broadcast import kernel_name
from tvm_model_library.relay.types import TensorType

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def emit_sequential(
    ctx: Lowering,
    args: Sequence[Any],
    types: Sequence[TensorType],
    outputs: Sequence[TensorType],
    body: Callable[..., None],
    scratch: Sequence[tuple[int, str]] = (),
) -> tuple[Any, ...]:
    """Emit a kernel that is written by ``body(*inputs, *outputs, *scratch)`` and give back its outputs.

    ``body`` runs inside a TIR builder (``tvm.script.ir_builder.tirx``): it opens ``T.serial``, ``T.If`` and ``T.While``
    frames and reads and writes the buffers it is given, all of them flat in row-major order, by indexing. ``scratch``
    lists sizes and dtypes of buffers that live during the call; those of size 1 are local variables.
    """
    flat_args = [_flat(ctx, arg, type_) for arg, type_ in zip(args, types, strict=True)]
    flat_outputs = [TensorType((t.size,), t.dtype) for t in outputs]
    kernel = _build(ctx.operator, [t.size for t in types], types, flat_outputs, body, scratch)
    results = ctx.emit_tir(kernel, flat_args, flat_outputs)
    listed = results if isinstance(results, tuple) else (results,)
    return tuple(_shaped(ctx, value, type_) for value, type_ in zip(listed, outputs, strict=True))


def _flat(ctx: Lowering, value: Any, type_: TensorType) -> Any:
    return value if type_.rank == 1 else _view(ctx, value, type_, (type_.size,))


def _shaped(ctx: Lowering, value: Any, type_: TensorType) -> Any:
    return value if type_.rank == 1 else _view(ctx, value, type_, type_.static_shape)


def _view(ctx: Lowering, value: Any, type_: TensorType, shape: tuple[int, ...]) -> Any:
    from tvm import relax, topi

    if prod(shape) == 0:  # relax.reshape reads a dimension of 0 as "copy the input's"
        return ctx.emit_te(topi.full, shape, type_.dtype, 0)
    return ctx.emit(relax.op.reshape(value, shape))


def _build(
    operator: str,
    sizes: Sequence[int],
    types: Sequence[TensorType],
    outputs: Sequence[TensorType],
    body: Callable[..., None],
    scratch: Sequence[tuple[int, str]],
) -> Any:
    from tvm.script.ir_builder import IRBuilder
    from tvm.script.ir_builder import tirx as T

    with IRBuilder() as builder, T.prim_func(is_private=True, s_tir=True):
        T.func_name(kernel_name(operator))
        T.func_attr({"tirx.noalias": True})
        sources = [T.arg(f"in{i}", T.buffer((n,), t.dtype)) for i, (n, t) in enumerate(zip(sizes, types, strict=True))]
        targets = [T.arg(f"out{i}", T.buffer(t.static_shape, t.dtype)) for i, t in enumerate(outputs)]
        with T.sblock("root"):
            T.reads()
            T.writes()
            memory = [
                T.sblock_alloc_buffer((size,), dtype, scope="local" if size == 1 else "global")
                for size, dtype in scratch
            ]
            with T.sblock(kernel_name(operator)):
                T.reads(*[b[0:n] for b, n in zip(sources, sizes, strict=True)])
                T.writes(*[b[0 : t.size] for b, t in zip(targets, outputs, strict=True)])
                body(*map(T.buffer_proxy, [*sources, *targets, *memory]))
    return builder.get()


def around(shape: Sequence[int], axis: int) -> tuple[int, int, int]:
    """Elements before, along and behind ``axis``: the view of a tensor in which a loop over an axis is easy."""
    return prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])


def held(index: Any, size: int) -> Any:
    """A TIR index held within ``[0, size)``. It changes nothing where the algorithm is right; that it reads and writes
    inside of its buffers is then shown without following the algorithm.
    """
    from tvm import tirx

    return tirx.Min(tirx.Max(index, tirx.const(0, "int32")), tirx.const(max(size - 1, 0), "int32"))
