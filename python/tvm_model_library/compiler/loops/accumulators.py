"""Local buffers that sum up: how often an element is added to, which bounds what it can become.

With the bound the C printer proves that a sum of small products stays within its type, and prints ``sum += product``
instead of a detour through unsigned arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tvm_model_library.compiler.loops.analysis import leaves, loads, loads_of, variables_of


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

    What reads the buffer before that statement, in a loop around both, meets the sums of earlier iterations: such a
    buffer is left out.
    """
    from tvm import tirx

    scope: dict[Any, int] = {}  # how many loops are around a buffer's allocation
    counts: dict[Any, int | None] = {}
    for node, loops in leaves(body):
        if isinstance(node, tirx.AllocBuffer):
            scope[node.buffer] = len(loops)
            continue
        stored = node.buffer if isinstance(node, tirx.BufferStore) and node.buffer in scope else None
        if stored is not None and stored in counts:  # set again, or added to at another place
            counts[stored] = None
        for buffer in _read_by(node, loops, scope):
            if buffer not in counts:
                sums_up = buffer == stored and addend(node) is not None
                counts[buffer] = _repetitions(node, loops[scope[buffer] :]) if sums_up else None
    return {buffer: count for buffer, count in counts.items() if count is not None}


def _read_by(node: Any, loops: Sequence[Any], scope: Mapping[Any, int]) -> set[Any]:
    """Those of the buffers that a statement reads, the bounds of its loops included, or that it gives another name."""
    from tvm import tirx

    bounds = [bound for loop in loops if isinstance(loop, tirx.For) for bound in (loop.min, loop.extent)]
    named = variables_of(node.data) if isinstance(node, tirx.DeclBuffer) else ()
    return {b for b in (*named, *(load.source for part in (node, *bounds) for load in loads(part))) if b in scope}


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
