"""Where a kernel's large scratch buffers lie in its workspace: buffers that are not alive together share memory.

A buffer allocated in a loop's body lives in one iteration. In the statements of its scope it is alive from the first
one that touches it to the last one, each counted whole: a loop repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from tvm_model_library.tensors import dtype_bits


@dataclass(frozen=True)
class ScratchLayout:
    """The buffers that live in the workspace, from their first byte to the one after their last, the workspace's size,
    and what its address must be a multiple of for the elements of each buffer to be aligned.
    """

    places: Mapping[Any, tuple[int, int]]
    size: int
    alignment: int


@dataclass
class _Lifetime:
    """The statements (by number) in which a buffer is alive."""

    buffer: Any
    bytes: int
    first: int = 1 << 60
    last: int = -1


@dataclass
class _Numbering:
    """Numbers statements in order of execution and finds out where each scratch buffer is alive."""

    lifetimes: dict[Any, _Lifetime] = field(default_factory=dict)
    count: int = 0
    _scope: dict[Any, int] = field(default_factory=dict)
    _pending: list[tuple[_Lifetime, list[int]]] = field(default_factory=list)

    def walk(self, node: Any, spans: tuple[list[int], ...]) -> None:
        """Visit a statement inside statements that began at ``spans``; each span's end is filled in on the way out."""
        from tvm import tirx

        span = [self.count, self.count]
        self.count += 1
        if isinstance(node, tirx.SeqStmt):
            for child in node.seq:
                self.walk(child, spans)
        elif isinstance(node, tirx.AllocBuffer):
            size = prod(int(d) for d in node.buffer.shape) * dtype_bits(str(node.buffer.dtype)) // 8
            self.lifetimes[node.buffer] = _Lifetime(node.buffer, size)
            self._scope[node.buffer] = len(spans)
        elif isinstance(node, tirx.For | tirx.While | tirx.AttrStmt):
            self.walk(node.body, (*spans, span))
        elif isinstance(node, tirx.IfThenElse):
            self.walk(node.then_case, (*spans, span))
            if node.else_case is not None:
                self.walk(node.else_case, (*spans, span))
        span[1] = self.count - 1
        self._touch(node, (*spans, span))

    def _touch(self, node: Any, spans: tuple[list[int], ...]) -> None:
        """What a statement uses is alive over the whole of the outermost statement that is inside its scope."""
        from tvm import tirx

        used = [b for b in _buffers_in_leaf(node) if b in self.lifetimes]
        for buffer in used:
            lifetime = self.lifetimes[buffer]
            self._pending.append((lifetime, spans[self._scope[buffer]]))
            if isinstance(node, tirx.DeclBuffer) and not node.buffer.same_as(buffer):
                self.lifetimes[node.buffer] = lifetime
                self._scope[node.buffer] = self._scope[buffer]

    def finish(self) -> list[_Lifetime]:
        for lifetime, span in self._pending:
            lifetime.first = min(lifetime.first, span[0])
            lifetime.last = max(lifetime.last, span[1])
        return list({id(item): item for item in self.lifetimes.values()}.values())


def scratch_layout(body: Any, local_bytes: int, alignment: int) -> ScratchLayout:
    """Places for all scratch buffers of more than ``local_bytes``; the others stay local."""
    numbering = _Numbering()
    numbering.walk(body, ())
    large = [item for item in numbering.finish() if item.bytes > local_bytes]
    placed: list[tuple[int, _Lifetime]] = []
    for item in sorted(large, key=lambda i: (-i.bytes, i.first)):
        offset = 0
        for start, other in sorted(placed, key=lambda p: p[0]):
            if other.first <= item.last and item.first <= other.last and start < offset + item.bytes:
                offset = max(offset, -(-(start + other.bytes) // alignment) * alignment)
        placed.append((offset, item))
    size = max((offset + item.bytes for offset, item in placed), default=0)
    widest = max((dtype_bits(str(item.buffer.dtype)) // 8 for _, item in placed), default=1)
    places = {item.buffer: (offset, offset + item.bytes) for offset, item in placed}
    return ScratchLayout(places, -(-size // alignment) * alignment, widest)


def _buffers_in_leaf(node: Any) -> set[Any]:
    """The buffers that a statement itself touches, those of statements inside it left out."""
    import tvm
    import tvm_ffi
    from tvm import tirx

    parts: list[Any] = []
    found: set[Any] = set()
    if isinstance(node, tirx.For):
        parts = [node.min, node.extent]
    elif isinstance(node, tirx.While | tirx.IfThenElse):
        parts = [node.condition]
    elif isinstance(node, tirx.SeqStmt | tirx.AttrStmt | tirx.AllocBuffer):
        return found
    else:
        parts = [node]

    def visit(variable: Any) -> None:
        found.add(variable)

    for part in parts:
        tvm_ffi.structural_walk(part, (tvm.ir.Var, visit))
    return found
