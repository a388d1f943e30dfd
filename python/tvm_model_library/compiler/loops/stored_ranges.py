"""What the integers can be that a kernel stores and reads again: counters, positions, lists of indices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tvm_model_library.c_text.types import Interval, dtype_range, is_float
from tvm_model_library.compiler.loops.accesses import Access, AccessWalk, Node, Steps
from tvm_model_library.compiler.loops.bounds import bounds
from tvm_model_library.compiler.loops.index_sums import Facts, is_choice, loaded_buffers, stored_buffers
from tvm_model_library.compiler.loops.linear import Linear

_ROUNDS = 3
"""After so many looks at the values that are stored, what still grows is taken to grow without limit."""


def stored_ranges(body: Any, known: Mapping[Any, Interval]) -> dict[Any, Interval]:
    """``known``, and what the elements can be of buffers that a flat body writes and on which its indices depend.

    The values depend on each other: the ranges grow until nothing new is stored, then shrink to what is stored.
    """
    wanted = _stored_in_indices(body)
    ranges: dict[Any, Interval] = {}
    round_ = 0
    while wanted:
        found = _stored_in(body, wanted, {**known, **ranges})
        grown = {b: found[b] if b not in ranges else ranges[b].union(found[b]) for b in found}
        if grown == ranges:
            return {**known, **_stored_in(body, wanted, {**known, **found})}
        round_ += 1
        if round_ > _ROUNDS:
            grown = {b: _widened(ranges.get(b, new), new, dtype_range(str(b.dtype))) for b, new in grown.items()}
        ranges = grown
    return dict(known)


def _widened(before: Interval, after: Interval, whole: Interval) -> Interval:
    """The new range, with the ends that grew as far out as they can be: at 0, else where the dtype ends."""
    low = after.low if after.low == before.low else 0 if after.low >= 0 else whole.low
    return Interval(low, after.high if after.high == before.high else whole.high)


def _stored_in_indices(body: Any) -> set[Any]:
    """The integer buffers that the kernel writes and whose elements are part of an index, a condition or a loop's
    bounds, or are stored in another such buffer.
    """
    import tvm
    import tvm_ffi
    from tvm import tirx

    stored: set[Any] = set()
    used: set[Any] = set()
    sources: dict[Any, set[Any]] = {}  # of what a buffer's elements are made

    def visit(node: Any) -> None:
        if isinstance(node, tirx.BufferStore):
            if not is_float(str(node.buffer.dtype)):
                stored.add(node.buffer)
            used.update(loaded_buffers(node.indices))
            sources.setdefault(node.buffer, set()).update(loaded_buffers(node.value))
        elif isinstance(node, tvm.ir.expr.TensorLoad):
            used.update(loaded_buffers(node.indices))
        elif isinstance(node, tirx.For):
            used.update(loaded_buffers([node.min, node.extent]))
        elif isinstance(node, tirx.IfThenElse | tirx.While):
            used.update(loaded_buffers(node.condition))
        elif is_choice(node):
            used.update(loaded_buffers(node.args[0]))

    kinds = (tirx.BufferStore, tvm.ir.expr.TensorLoad, tirx.For, tirx.IfThenElse, tirx.While)
    tvm_ffi.structural_walk(body, [(kind, visit) for kind in (*kinds, tvm.ir.Call)])
    wanted = stored & used
    pending = list(wanted)
    while pending:
        more = (sources.get(pending.pop(), set()) & stored) - wanted
        wanted |= more
        pending.extend(more)
    return wanted


class _NothingStoredError(Exception):
    """A value depends on a buffer in which nothing is stored so far."""


def _stored_in(body: Any, wanted: set[Any], known: Mapping[Any, Interval]) -> dict[Any, Interval]:
    """What is stored in the wanted buffers, their own contents being ``known``."""
    walk = _StoreWalk(known, stored_buffers(body))
    walk.wanted = wanted
    walk.statement(body, ())
    return walk.stored


class _StoreWalk(AccessWalk):
    """Notes what is stored in the ``wanted`` buffers; nothing else about accesses counts."""

    def __init__(self, ranges: Mapping[Any, Interval], changing: set[Any]) -> None:
        super().__init__(ranges, changing)
        self.wanted: set[Any] = set()
        self.stored: dict[Any, Interval] = {}
        self._noting = False

    def reads(self, expr: Any, facts: Facts) -> list[Access]:
        return []

    def _store(self, node: Any, facts: Facts) -> Node:
        if node.buffer in self.wanted:
            self._note(node, facts)
        self.forget({node.buffer})
        return Steps((), facts)

    def _load(self, expr: Any, facts: Facts) -> Linear:
        if self._noting and expr.source in self.wanted and expr.source not in self.ranges:
            raise _NothingStoredError
        return super()._load(expr, facts)

    def _note(self, node: Any, facts: Facts) -> None:
        self._noting = True
        try:
            found = bounds(self.linear(node.value, facts), facts)
        except _NothingStoredError:
            return
        finally:
            self._noting = False
        if found is not None:
            interval = Interval(*found)
            before = self.stored.get(node.buffer)
            self.stored[node.buffer] = interval if before is None else before.union(interval)
