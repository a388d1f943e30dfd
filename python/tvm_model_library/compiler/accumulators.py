"""Local buffers that sum up: how often an element is added to, which bounds what it can become.

With the bound the C printer proves that a sum of small products stays within its type, and prints ``sum += product``
instead of a detour through unsigned arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tvm_model_library.compiler.tir_analysis import leaves, loads_of


def addend(store: Any) -> Any | None:
    """What a ``BufferStore`` adds to its element: ``x`` of ``b[i] = b[i] + x``; None for other stores."""
    import tvm
    import tvm_ffi
    from tvm.ir.prim import expr as prim

    value = store.value
    if not isinstance(value, prim.Add) or not isinstance(value.a, tvm.ir.expr.TensorLoad):
        return None
    same = value.a.source.same_as(store.buffer) and tvm_ffi.structural_equal(value.a.indices, store.indices)
    return value.b if same and not loads_of(value.b, store.buffer) else None


def additions(body: Any) -> Mapping[Any, int]:
    """For each scratch buffer that one statement adds to, and those before it only set: the most additions to one
    element since its buffer came to be.
    """
    from tvm import tirx

    scope: dict[Any, int] = {}  # how many loops are around a buffer's allocation
    counts: dict[Any, int | None] = {}
    for node, loops in leaves(body):
        if isinstance(node, tirx.AllocBuffer):
            scope[node.buffer] = len(loops)
        elif isinstance(node, tirx.BufferStore) and node.buffer in scope:
            if node.buffer in counts:  # set again, or added to at another place
                counts[node.buffer] = None
            elif loads_of(node.value, node.buffer):
                sums_up = addend(node) is not None
                counts[node.buffer] = _repetitions(node, loops[scope[node.buffer] :]) if sums_up else None
    return {buffer: count for buffer, count in counts.items() if count is not None}


def _repetitions(store: Any, loops: Sequence[Any]) -> int | None:
    """How often the loops come back to one element; None where that is known only at run time. A loop that walks over
    the elements passes each only once.
    """
    from tvm import tirx

    count = 1
    for loop in loops:
        if isinstance(loop, tirx.While) or not isinstance(loop.extent, tirx.IntImm):
            return None
        if not any(i.same_as(loop.loop_var) for i in store.indices):
            count *= int(loop.extent)
    return count
