"""Widened integers are computed where they are used, not stored.

A cast of ``int8`` to ``int32`` makes four bytes of one, and a load that widens costs what a plain load costs. So
the functions that read the cast's result read its source instead; where all of them can, the cast itself is dead.
"""

from __future__ import annotations

from typing import Any

from tvm_model_library.compiler.loops.analysis import is_injective
from tvm_model_library.tensors import dtype_bits

_INTEGERS = ("int", "uint", "bool")


def is_widening_cast(func: Any) -> bool:
    """Whether a PrimFunc over one input and one output only casts integers to a wider type, element by element."""
    import tvm
    from tvm.ir.prim import expr as prim

    block = _only_block(func)
    if block is None or len(func.params) != 2 or not is_injective(block):
        return False
    source, target = func.params
    value = block.body.value
    if not isinstance(value, prim.Cast) or not isinstance(value.value, tvm.ir.expr.TensorLoad):
        return False
    load = value.value
    if not load.source.same_as(source) or not block.body.buffer.same_as(target):
        return False
    return _widens(source, target) and _same_elements(load.indices, block.body.indices, source, target)


def read_narrow(func: Any, position: int, dtype: str) -> Any | None:
    """``func`` with the parameter at ``position`` of the narrower ``dtype``, cast at each load; None where the function
    does more with the parameter than load from it.
    """
    import tvm
    import tvm_ffi
    from tvm import tirx

    wide = func.params[position]
    # Fusion wants equal buffer types on both sides: what TE makes has no layout.
    narrow = tirx.decl_buffer(wide.shape, dtype, name=wide.name, layout=wide.ty.layout)

    def load(node: Any) -> Any:
        if not node.source.same_as(wide):
            return node
        return tirx.BufferLoad(narrow, node.indices).astype(str(wide.dtype))

    def region(node: Any) -> Any:
        return tirx.BufferRegion(narrow, node.region) if node.source.same_as(wide) else node

    body = tvm_ffi.structural_map(func.body, [(tvm.ir.expr.TensorLoad, load), (tvm.ir.TensorRegion, region)])
    if _mentions(body, wide):
        return None
    params = [narrow if i == position else p for i, p in enumerate(func.params)]
    return tirx.PrimFunc(params, body, func.ret_type, attrs=func.attrs)


def _only_block(func: Any) -> Any | None:
    import tvm_ffi
    from tvm import s_tir

    if not isinstance(func.body, s_tir.SBlockRealize) or len(func.body.block.alloc_buffers):
        return None
    found: list[Any] = []

    def visit(block: Any) -> None:
        found.append(block)

    tvm_ffi.structural_walk(func.body.block.body, (s_tir.SBlock, visit))
    return found[0] if len(found) == 1 else None


def _widens(source: Any, target: Any) -> bool:
    before, after = str(source.dtype), str(target.dtype)
    integers = before.startswith(_INTEGERS) and after.startswith(_INTEGERS)
    return integers and dtype_bits(after) > dtype_bits(before)


def _same_elements(load: Any, store: Any, source: Any, target: Any) -> bool:
    """Whether element for element the same place is loaded and stored; along axes of one element any index is."""
    if [int(d) for d in source.shape] != [int(d) for d in target.shape]:
        return False
    return all(a.same_as(b) or int(d) == 1 for a, b, d in zip(load, store, source.shape, strict=True))


def _mentions(body: Any, variable: Any) -> bool:
    import tvm
    import tvm_ffi

    found = False

    def visit(other: Any) -> None:
        nonlocal found
        found = found or other.same_as(variable)

    tvm_ffi.structural_walk(body, (tvm.ir.Var, visit))
    return found
