"""Scheduled PrimFuncs to plain C shape: pointer parameters, flat indices, one workspace pointer.

TVM's own lowering passes do the work; storage sharing and the packed calling convention are left out. What is
left to do here: buffers of parameters become typed pointers, small scratch buffers stay local arrays, larger ones
become offsets into one ``workspace`` parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tvm_model_library.compiler.dead_stores import without_dead_stores
from tvm_model_library.compiler.rolling import keep_rows
from tvm_model_library.compiler.scratch import scratch_layout

LOCAL_BYTES = 256
"""Scratch up to this size lives on the stack (mostly: in registers); anything larger is planned memory."""
WORKSPACE_ALIGNMENT = 16
"""Of each scratch buffer's place in the workspace."""


@dataclass(frozen=True)
class PlainFunction:
    """``func`` has one pointer parameter a tensor, then ``workspace`` (``uint8*``) when ``workspace_bytes`` > 0, at a
    multiple of ``workspace_alignment``.
    """

    func: Any
    workspace_bytes: int
    workspace_alignment: int


def lower_to_plain(func: Any) -> PlainFunction:
    """Lower one PrimFunc over buffers."""
    flat = without_dead_stores(_flatten(func))
    return _with_pointers(keep_rows(flat) or flat)


def _flatten(func: Any) -> Any:
    import tvm
    from tvm import s_tir, tirx

    passes = [
        s_tir.transform.CanonicalizeLoop(),
        s_tir.transform.LowerInitBlock(),
        s_tir.transform.PlanAndUpdateBufferAllocationLocation(),
        s_tir.transform.ConvertBlocksToOpaque(),
        s_tir.transform.CompactBufferAllocation(),
        s_tir.transform.LowerMatchBuffer(),
        s_tir.transform.StmtSimplify(),
        s_tir.transform.LowerOpaqueBlock(),
        tirx.transform.FlattenBuffer(),
        tirx.transform.BF16ComputeLegalize(),
        tirx.transform.NarrowDataType(32),
        tirx.transform.UnrollLoop(),
        tirx.transform.StmtSimplify(),
        tirx.transform.RemoveNoOp(),
        s_tir.transform.RewriteUnsafeSelect(),
    ]
    module = tvm.IRModule({"main": func})
    with tvm.target.Target("c"), tvm.transform.PassContext(opt_level=2):
        for lowering in passes:
            module = lowering(module)
    return module["main"]


def _with_pointers(func: Any) -> PlainFunction:
    import tvm
    import tvm_ffi
    from tvm import tirx
    from tvm.ir import PointerType, PrimType

    pointers = {p: tirx.Var(p.name, PointerType(PrimType(p.dtype))) for p in func.params}
    workspace = tirx.Var("workspace", PointerType(PrimType("uint8")))
    scratch = scratch_layout(func.body, LOCAL_BYTES, WORKSPACE_ALIGNMENT)

    def declare(node: Any) -> Any:
        data = node.data
        if isinstance(data, tvm.ir.Call) and data.args[0] in pointers:
            return tirx.DeclBuffer(node.buffer, data=pointers[data.args[0]])
        return node

    def allocate(node: Any) -> Any:
        offset = scratch.offsets.get(node.buffer)
        if offset is None:
            return node
        address = tirx.handle_add_byte_offset(workspace, offset)
        pointer = tirx.Var(f"{node.buffer.name}_data", address.ty)
        return tirx.SeqStmt([tirx.Bind(pointer, address), tirx.DeclBuffer(node.buffer, data=pointer)])

    body = tvm_ffi.structural_map(func.body, [(tirx.DeclBuffer, declare), (tirx.AllocBuffer, allocate)])
    parameters = [*pointers.values(), *([workspace] if scratch.size else [])]
    return PlainFunction(tirx.PrimFunc(parameters, body), scratch.size, scratch.alignment)
