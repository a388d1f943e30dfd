"""The stages of a fused PrimFunc: one loop nest after the other, each storing one value of one buffer at each point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tvm_model_library.compiler.loops.analysis import extent, is_reduction, loads


@dataclass(frozen=True, eq=False)
class Stage:
    """``buffer[indices] = value`` for all values of ``axes``; a reduction adds up over ``reduced`` as well, from
    ``init`` on. ``axes`` and ``reduced`` are variables, with their extents in ``extents``.
    """

    buffer: Any
    axes: tuple[Any, ...]
    reduced: tuple[Any, ...]
    extents: Mapping[Any, int]
    value: Any
    init: Any

    @property
    def is_reduction(self) -> bool:
        """Whether the stage adds up."""
        return bool(self.reduced)


def stages_of(func: Any) -> list[Stage] | None:
    """The stages of a function, in order; None where it is made of anything else."""
    import tvm_ffi
    from tvm import s_tir

    realizes: list[Any] = []

    def visit(realize: Any) -> None:
        realizes.append(realize)

    tvm_ffi.structural_walk(func.body, (s_tir.SBlockRealize, visit))
    found = []
    for realize in realizes:
        if realize.block.name_hint == "root" and not len(realize.iter_values):
            continue
        stage = _stage(realize)
        if stage is None:
            return None
        found.append(stage)
    buffers = [stage.buffer for stage in found]
    return found if len(set(buffers)) == len(buffers) else None


def _stage(realize: Any) -> Stage | None:
    """The stage of a block that is bound to loops over whole axes and stores an element for each of its points."""
    import tvm
    from tvm import tirx

    node = realize.block
    store = node.body
    plain = isinstance(realize.predicate, tirx.IntImm) and int(realize.predicate) == 1
    whole = all(isinstance(value, tvm.ir.Var | tirx.IntImm) for value in realize.iter_values)
    if not plain or not whole or not isinstance(store, tirx.BufferStore):
        return None
    axes = tuple(i.var for i in node.iter_vars if int(i.iter_type) == 0)
    reduced = tuple(i.var for i in node.iter_vars if int(i.iter_type) != 0)
    extents = {i.var: extent(i) for i in node.iter_vars}
    if reduced and not is_reduction(node):
        return None
    indices = [i for i in store.indices if not isinstance(i, tirx.IntImm)]
    places = [a for a in axes if extents[a] > 1]
    if [i for i in indices if i in extents and extents[i] > 1] != places or len(store.indices) != len(axes):
        return None  # elements are not stored in the order of the axes
    init = node.init.value if node.init is not None else None
    return Stage(store.buffer, axes, reduced, extents, store.value, init)


def inlined(expr: Any, producers: Mapping[Any, Stage]) -> Any:
    """An expression with the loads of some buffers replaced by what their stages store there."""
    import tvm
    import tvm_ffi

    def replace(load: Any) -> Any:
        stage = producers.get(load.source)
        if stage is None:
            return load
        at = dict(zip(stage.axes, load.indices, strict=True))
        value = tvm_ffi.structural_map(stage.value, (tvm.ir.Var, lambda variable: at.get(variable, variable)))
        return inlined(value, producers)

    if not any(load.source in producers for load in loads(expr)):
        return expr
    return tvm_ffi.structural_map(expr, (tvm.ir.expr.TensorLoad, replace))
