"""Constants of one element become literals in the kernels that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tvm_model_library.compiler.relax.emitter import is_constant


def embed_scalars(func: Any, arguments: Sequence[Any]) -> tuple[Any, tuple[int, ...]]:
    """The PrimFunc with its one-element constant arguments inside, and the indices of the arguments that are left."""
    from tvm import tirx

    literals: dict[Any, Any] = {}
    left = []
    for index, (param, argument) in enumerate(zip(func.params, arguments, strict=False)):
        literal = _literal(argument) if is_constant(argument) and not _address_taken(func, param) else None
        if literal is None:
            left.append(index)
        else:
            literals[param] = literal
    if not literals:
        return func, tuple(left)
    params = [p for p in func.params if p not in literals]
    body = _without_loads(func.body, literals)
    return tirx.PrimFunc(params, body, func.ret_type, func.attrs), tuple(left)


def _literal(constant: Any) -> Any | None:
    from tvm import tirx

    array = constant.value.numpy()
    return tirx.const(array.reshape(()).item(), array.dtype.name) if array.size == 1 else None


def _address_taken(func: Any, param: Any) -> bool:
    import tvm
    import tvm_ffi
    from tvm import s_tir

    found = False

    def visit_call(call: Any) -> None:
        nonlocal found
        found |= any(isinstance(a, tvm.ir.Var) and a.same_as(param) for a in call.args)

    def visit_block(block: Any) -> None:
        nonlocal found
        found |= any(m.source.source.same_as(param) for m in block.match_buffers)

    tvm_ffi.structural_walk(func.body, [(tvm.ir.Call, visit_call), (s_tir.SBlock, visit_block)])
    return found


def _without_loads(body: Any, literals: Mapping[Any, Any]) -> Any:
    import tvm
    import tvm_ffi
    from tvm import s_tir

    def replace_load(load: Any) -> Any:
        return literals.get(load.source, load)

    def drop_regions(block: Any) -> Any:
        reads = [r for r in block.reads if r.source not in literals]
        if len(reads) == len(block.reads):
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

    return tvm_ffi.structural_map(body, [(tvm.ir.expr.TensorLoad, replace_load), (s_tir.SBlock, drop_regions)])
