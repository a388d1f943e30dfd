"""Scratch that nobody reads goes, with all that was computed for it.

Simplification can find that a result does not depend on what was computed: a clamp between equal bounds, say. The sum
behind it is then dead, and so is the table that the sum was added to.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tvm_model_library.compiler.tir_analysis import loads, variables_of


def without_dead_stores(func: Any) -> Any:
    """The function without the scratch buffers that are read only to be written again, and the stores to them."""
    import tvm
    import tvm_ffi
    from tvm import tirx

    dead = _dead_buffers(func.body)
    if not dead:
        return func
    nothing = tirx.Evaluate(0)

    def drop(node: Any) -> Any:
        return nothing if node.buffer in dead else node

    body = tvm_ffi.structural_map(func.body, [(tirx.BufferStore, drop), (tirx.AllocBuffer, drop)])
    bare = tirx.PrimFunc(func.params, body, func.ret_type, attrs=func.attrs)
    return tirx.transform.RemoveNoOp()(tvm.IRModule({"main": bare}))["main"]


def _dead_buffers(body: Any) -> set[Any]:
    import tvm_ffi
    from tvm import tirx

    scratch: set[Any] = set()
    stores: list[Any] = []
    aliased: set[Any] = set()

    def declare(node: Any) -> None:
        aliased.update(variables_of(node.data))

    visitors = [
        (tirx.AllocBuffer, lambda node: scratch.add(node.buffer)),
        (tirx.BufferStore, lambda node: stores.append(node)),
        (tirx.DeclBuffer, declare),
    ]
    tvm_ffi.structural_walk(body, visitors)
    live = Counter(load.source for load in loads(body))
    dead: set[Any] = set()
    while True:
        found = {b for b in scratch - dead - aliased if live[b] == _own_loads(b, stores)}
        if not found:
            return dead
        dead |= found
        for store in stores:
            if store.buffer in found:
                live.subtract(load.source for load in loads(store))


def _own_loads(buffer: Any, stores: list[Any]) -> int:
    """How many loads of a buffer stand in stores to it."""
    return sum(load.source.same_as(buffer) for s in stores if s.buffer.same_as(buffer) for load in loads(s))
