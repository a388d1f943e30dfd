"""What the blocks of a function say that they read: schedules move producers by it.

TVM works the regions out from the conditions around each read, and takes one read for all of them where two reads of a
buffer stand under conditions that exclude each other. Here each read counts, whatever its condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tvm_model_library.compiler.loops.analysis import loads


def with_declared_reads(func: Any) -> Any:
    """The function with regions that hold all that its blocks read of buffers that they read at several places."""
    import tvm_ffi
    from tvm import s_tir, tirx

    def declare(block: Any) -> Any:
        if not isinstance(block.body, tirx.BufferStore):
            return block
        found = loads(block.body.value)
        reads = [_covering(region, [e for e in found if e.source.same_as(region.source)]) for region in block.reads]
        if all(a is b for a, b in zip(reads, block.reads, strict=True)):
            return block
        return s_tir.SBlock(
            block.iter_vars,
            reads,
            block.writes,
            block.name_hint,
            block.body,
            block.init,
            block.alloc_buffers,
            block.match_buffers,
            block.annotations,
        )

    body = tvm_ffi.structural_map(func.body, (s_tir.SBlock, declare))
    return tirx.PrimFunc(func.params, body, func.ret_type, attrs=func.attrs)


def _covering(region: Any, reads: Sequence[Any]) -> Any:
    """The region, or one that holds all of the reads where there are several."""
    from tvm import tirx

    if len(reads) < 2:
        return region
    places = [_range([r.indices[axis] for r in reads], size) for axis, size in enumerate(region.source.shape)]
    return tirx.BufferRegion(region.source, places)


def _range(indices: Sequence[Any], size: Any) -> Any:
    """The smallest range around indices that differ by constants; the whole axis for others."""
    import tvm
    from tvm import sym, tirx

    first = indices[0]
    distances = [sym.Analyzer().simplify(index - first) for index in indices]
    if not all(isinstance(d, tirx.IntImm) for d in distances):
        return tvm.ir.Range(0, size)
    low, high = min(map(int, distances)), max(map(int, distances))
    return tvm.ir.Range.from_min_extent(sym.Analyzer().simplify(first + low), high - low + 1)
