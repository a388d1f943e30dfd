"""How many bytes a kernel reads and writes: what decides which tensors deserve the fast memory."""

from __future__ import annotations

from math import prod
from typing import Any

from tvm_model_library.compiler.loops.analysis import leaves, loads, variables_of
from tvm_model_library.tensors import dtype_bits


def bytes_accessed(func: Any) -> tuple[int, ...]:
    """Bytes loaded and stored through each pointer parameter of a plain-pointer PrimFunc, in one run.

    An element that stays the same over the innermost loops is in a register there: it counts once. Both sides of a
    branch count, and a loop whose length is known only at run time counts as one iteration.
    """
    from tvm import tirx

    totals = [0] * len(func.params)
    owners = {p: i for i, p in enumerate(func.params)}
    for node, loops in leaves(func.body):
        if isinstance(node, tirx.DeclBuffer):
            _alias(owners, node.buffer, node.data)
        elif isinstance(node, tirx.Bind):
            _alias(owners, node.var, node.value)
        accesses = [(load.source, load.indices[0]) for load in loads(node)]
        if isinstance(node, tirx.BufferStore):
            accesses.append((node.buffer, node.indices[0]))
        for buffer, index in accesses:
            if buffer in owners:
                totals[owners[buffer]] += _times(index, loops) * dtype_bits(str(buffer.dtype)) // 8
    return tuple(totals)


def _times(index: Any, loops: tuple[Any, ...]) -> int:
    """How often another element is meant: the loops out to the innermost one on which the index depends."""
    used = list(variables_of(index))
    own = [loop.loop_var if hasattr(loop, "loop_var") else None for loop in loops]
    if all(any(v.same_as(o) for o in own if o is not None) for v in used):
        while own and not any(v.same_as(own[-1]) for v in used if own[-1] is not None):
            own.pop()
    return prod(_extent(loop) for loop in loops[: len(own)])


def _alias(owners: dict[Any, int], name: Any, pointer: Any) -> None:
    """A buffer over a pointer, or a pointer into the workspace: the parameter's too."""
    import tvm

    origin = pointer.args[0] if isinstance(pointer, tvm.ir.Call) and len(pointer.args) else pointer
    if origin in owners:
        owners[name] = owners[origin]


def _extent(loop: Any) -> int:
    from tvm import tirx

    known = isinstance(loop, tirx.For) and isinstance(loop.extent, tirx.IntImm)
    return int(loop.extent) if known else 1
