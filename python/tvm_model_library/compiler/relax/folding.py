"""Running a PrimFunc at compile time, on the host, to fold constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tvm_model_library.compiler.targets.llvm.arithmetic import defined_arithmetic
from tvm_model_library.tensors import Array, TensorSpec

_ALWAYS_FOLDED_BYTES = 4096


def worth_folding(arguments: Sequence[Array], outputs: Sequence[TensorSpec]) -> bool:
    """Whether the results may replace the computation: they must not need much more memory than what they are
    computed from, or a ``zeros`` of a megabyte would end up in flash.
    """
    limit = max(_ALWAYS_FOLDED_BYTES, sum(a.nbytes for a in arguments))
    return sum(o.nbytes for o in outputs) <= limit


def run_prim_func(func: Any, arguments: Sequence[Array], outputs: Sequence[TensorSpec]) -> list[Array]:
    """The outputs of a PrimFunc (inputs first, then outputs, all buffers) on the host."""
    import tvm

    func = defined_arithmetic(func).with_attr("global_symbol", "main")
    with tvm.transform.PassContext(opt_level=1):
        library = tvm.tirx.build(tvm.IRModule({"main": func}), target="llvm")
    results = [tvm.runtime.empty(o.shape, o.dtype) for o in outputs]
    inputs = [tvm.runtime.tensor(np.ascontiguousarray(a).reshape(a.shape)) for a in arguments]
    library["main"](*inputs, *results)
    return [np.asarray(r.numpy()) for r in results]
