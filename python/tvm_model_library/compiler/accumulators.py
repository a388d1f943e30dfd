"""Local buffers that sum up: how often an element is added to, which bounds what it can become.

With the bound the C printer proves that a sum of small products stays within its type, and prints ``sum += product``
instead of a detour through unsigned arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tvm_model_library.compiler.tir_analysis import loads_of


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
    """For each scratch buffer that one statement adds to, and others only set: the most additions to one element."""
    found = _Additions()
    found.walk(body, ())
    return {b: s[0] for b, s in found.sites.items() if len(s) == 1 and b not in found.unknown}


@dataclass
class _Additions:
    sites: dict[Any, list[int]] = field(default_factory=dict)
    unknown: set[Any] = field(default_factory=set)
    _depth: dict[Any, int] = field(default_factory=dict)

    def walk(self, node: Any, loops: tuple[Any, ...]) -> None:
        from tvm import tirx

        if isinstance(node, tirx.SeqStmt):
            for child in node.seq:
                self.walk(child, loops)
        elif isinstance(node, tirx.For | tirx.While | tirx.AttrStmt):
            self.walk(node.body, loops if isinstance(node, tirx.AttrStmt) else (*loops, node))
        elif isinstance(node, tirx.IfThenElse):
            self.walk(node.then_case, loops)
            if node.else_case is not None:
                self.walk(node.else_case, loops)
        elif isinstance(node, tirx.AllocBuffer):
            self._depth[node.buffer] = len(loops)
        elif isinstance(node, tirx.BufferStore) and node.buffer in self._depth:
            self._store(node, loops[self._depth[node.buffer] :])

    def _store(self, node: Any, loops: tuple[Any, ...]) -> None:
        """Loops that walk over the elements add to each only once."""
        from tvm import tirx

        if addend(node) is None:
            if loads_of(node.value, node.buffer):
                self.unknown.add(node.buffer)
            return
        count = 1
        for loop in loops:
            if isinstance(loop, tirx.While) or not isinstance(loop.extent, tirx.IntImm):
                self.unknown.add(node.buffer)
            elif not any(i.same_as(loop.loop_var) for i in node.indices):
                count *= int(loop.extent)
        self.sites.setdefault(node.buffer, []).append(count)
