"""Reductions over nothing: where no element is reduced, the result is the reduction's identity.

TVM writes the identity in the first round of the innermost loop. Where an extent is 0 there is no such round, and the
result would be whatever lies in memory.
"""

from __future__ import annotations

from typing import Any


def write_identities(func: Any) -> Any:
    """``func``, a PrimFunc of blocks, with each reduction over nothing replaced by its initialisation."""
    import tvm_ffi
    from tvm import s_tir, tirx

    loops: set[Any] = set()

    def collect(realize: Any) -> None:
        if _reduces_nothing(realize.block):
            values = zip(realize.block.iter_vars, realize.iter_values, strict=True)
            loops.update(value for axis, value in values if _is_empty_reduction(axis))

    tvm_ffi.structural_walk(func.body, [(s_tir.SBlockRealize, collect)])
    if not loops:
        return func

    def initialise(realize: Any) -> Any:
        block = realize.block
        if not _reduces_nothing(block):
            return realize
        kept = [i for i, axis in enumerate(block.iter_vars) if axis.iter_type != tirx.IterVar.CommReduce]
        axes, values = [block.iter_vars[i] for i in kept], [realize.iter_values[i] for i in kept]
        written = s_tir.SBlock(axes, [], block.writes, block.name_hint, block.init)
        return s_tir.SBlockRealize(values, realize.predicate, written)

    def once(loop: Any) -> Any:
        if loop.loop_var not in loops:
            return loop
        return tirx.For(loop.loop_var, loop.min, 1, loop.kind, loop.body, annotations=loop.annotations)

    body = tvm_ffi.structural_map(func.body, [(s_tir.SBlockRealize, initialise), (tirx.For, once)])
    return tirx.PrimFunc(func.params, body, func.ret_type, attrs=func.attrs)


def _reduces_nothing(block: Any) -> bool:
    return block.init is not None and any(map(_is_empty_reduction, block.iter_vars))


def _is_empty_reduction(axis: Any) -> bool:
    from tvm import tirx

    extent = axis.dom.extent
    return axis.iter_type == tirx.IterVar.CommReduce and isinstance(extent, tirx.IntImm) and int(extent) == 0
