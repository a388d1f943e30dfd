"""Scheduled PrimFuncs to plain C shape: pointer parameters, flat indices, one workspace pointer.

TVM's own lowering passes do the work; storage sharing and the packed calling convention are left out. What is
left to do here: buffers of parameters become typed pointers, small scratch buffers stay local arrays, larger ones
become offsets into one ``workspace`` parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tvm_model_library.compiler.loops.flat import flatten
from tvm_model_library.compiler.loops.opaque import show_arithmetic
from tvm_model_library.compiler.loops.rolling import keep_rows
from tvm_model_library.compiler.loops.scratch import ScratchLayout, scratch_layout

WORKSPACE_ALIGNMENT = 16
"""Of each scratch buffer's place in the workspace."""


@dataclass(frozen=True)
class PlainFunction:
    """``func`` has one pointer parameter a tensor, then ``workspace`` (``uint8*``) where the scratch has a size."""

    func: Any
    scratch: ScratchLayout


def flat_forms(func: Any) -> Iterator[Any]:
    """One PrimFunc over buffers as functions over pointers, without blocks, all buffers of one dimension; first with
    rows kept from iteration to iteration, where that can be. Hidden arithmetic becomes what it was.
    """
    flat = _tidied(flatten(_without_blocks(func)))
    kept = keep_rows(flat)
    if kept is not None:
        yield show_arithmetic(kept)
    yield show_arithmetic(flat)


def _without_blocks(func: Any) -> Any:
    from tvm import s_tir

    passes = [
        s_tir.transform.CanonicalizeLoop(),
        s_tir.transform.LowerInitBlock(),
        s_tir.transform.PlanAndUpdateBufferAllocationLocation(),
        s_tir.transform.ConvertBlocksToOpaque(),
        s_tir.transform.CompactBufferAllocation(),
        s_tir.transform.LowerMatchBuffer(),
        s_tir.transform.StmtSimplify(),
        s_tir.transform.LowerOpaqueBlock(),
    ]
    return _lowered(func, passes)


def _tidied(func: Any) -> Any:
    from tvm import s_tir, tirx

    passes = [
        tirx.transform.NarrowDataType(32),
        tirx.transform.UnrollLoop(),
        tirx.transform.StmtSimplify(),
        tirx.transform.RemoveNoOp(),
        s_tir.transform.RewriteUnsafeSelect(),
    ]
    return _lowered(func, passes)


def _lowered(func: Any, passes: Sequence[Any]) -> Any:
    import tvm

    module = tvm.IRModule({"main": func})
    with tvm.target.Target("c"), tvm.transform.PassContext(opt_level=2):
        for lowering in passes:
            module = lowering(module)
    return module["main"]


def with_workspace(func: Any, local_bytes: int) -> PlainFunction:
    """A flat function with its scratch buffers of more than ``local_bytes`` in the workspace."""
    import tvm_ffi
    from tvm import tirx
    from tvm.ir import PointerType, PrimType

    workspace = tirx.Var("workspace", PointerType(PrimType("uint8")))
    scratch = scratch_layout(func.body, local_bytes, WORKSPACE_ALIGNMENT)

    def allocate(node: Any) -> Any:
        if node.buffer not in scratch.places:
            return node
        address = tirx.handle_add_byte_offset(workspace, scratch.places[node.buffer][0])
        pointer = tirx.Var(f"{node.buffer.name}_data", address.ty)
        return tirx.SeqStmt([tirx.Bind(pointer, address), tirx.DeclBuffer(node.buffer, data=pointer)])

    body = tvm_ffi.structural_map(func.body, (tirx.AllocBuffer, allocate))
    parameters = [*func.params, *([workspace] if scratch.size else [])]
    return PlainFunction(tirx.PrimFunc(parameters, body), scratch)
