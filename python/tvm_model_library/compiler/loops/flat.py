"""Buffers of one dimension over pointers: what the C and LLVM code generators take.

TVM's own ``FlattenBuffer`` rewrites indices with iterator maps, which get ``floordiv(11 - i, 2)`` wrong: it becomes
``floordiv(i, -2) + 5``. Here an index is the plain sum of its strides; ``StmtSimplify`` tidies it up later.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any


def flatten(func: Any) -> Any:
    """The PrimFunc over buffers as one over typed pointers, with all its buffers of one dimension, row-major."""
    import tvm
    import tvm_ffi
    from tvm import tirx
    from tvm.ir import PointerType, PrimType

    pointers = {p: tirx.Var(p.name, PointerType(PrimType(p.dtype))) for p in func.params}
    flat: dict[Any, Any] = {}

    def one_dimension(buffer: Any) -> Any:
        if buffer not in flat:
            flat[buffer] = tirx.decl_buffer((prod(int(d) for d in buffer.shape),), str(buffer.dtype), buffer.name)
        return flat[buffer]

    def load(node: Any) -> Any:
        return tirx.BufferLoad(one_dimension(node.source), [linear_index(node.source.shape, node.indices)])

    def store(node: Any) -> Any:
        index = linear_index(node.buffer.shape, node.indices)
        return tirx.BufferStore(one_dimension(node.buffer), node.value, [index])

    def allocate(node: Any) -> Any:
        return tirx.AllocBuffer(one_dimension(node.buffer))

    rules = [(tvm.ir.expr.TensorLoad, load), (tirx.BufferStore, store), (tirx.AllocBuffer, allocate)]
    body = tvm_ffi.structural_map(func.body, rules)
    declared = [tirx.DeclBuffer(one_dimension(p), data=pointers[p]) for p in func.params]
    return tirx.PrimFunc(list(pointers.values()), tirx.SeqStmt([*declared, body]), func.ret_type)


def linear_index(shape: Sequence[Any], indices: Sequence[Any]) -> Any:
    """The row-major index of an element; 0 for the one element of a scalar."""
    from tvm import tirx

    if len(indices) == 1:
        return indices[0]
    index: Any = tirx.const(0, "int64")
    for position, value in enumerate(indices):
        index = index + value * prod(int(d) for d in shape[position + 1 :])
    return index
