"""Kernels as an object file, through the LLVM in the apache-tvm wheel."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tvm_model_library.compiler.targets.llvm.arithmetic import defined_arithmetic
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.plan.plan import Kernel, Plan


def kernels_object(plan: Plan, target: Target) -> bytes:
    """The object file with all kernels of the plan, for the target's triple and processor.

    The functions have the prototypes of :func:`~tvm_model_library.compiler.printer.kernels.kernel_prototype`; what is
    undefined in the object are functions of libm and of the compiler's runtime only. Equal plans give equal bytes.
    """
    import tvm
    from tvm import tirx

    if target.kind != "llvm":
        raise ModelLibraryError(f"target {target}: an object file needs an llvm target")
    device = target.to_tvm()
    functions = {k.symbol: _function(k, device) for k in plan.kernels.values()}
    module = tvm.IRModule(functions)
    with device, tvm.transform.PassContext(opt_level=3):
        for lowering in (
            tirx.transform.BF16StorageLegalize(),
            tirx.transform.LowerIntrin(),
        ):
            module = lowering(module)
        library = tvm.get_global_func("target.build.llvm")(module, device)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.o"
        library.write_to_file(str(path))
        return path.read_bytes()


def _function(kernel: Kernel, device: Any) -> Any:
    """The kernel's function, returning 0, under its symbol."""
    from tvm import tirx
    from tvm.ir import PrimType

    defined = defined_arithmetic(kernel.body)
    body = tirx.SeqStmt([defined.body, tirx.Return(tirx.const(0, "int32"))])
    func = tirx.PrimFunc(defined.params, body, PrimType("int32"))
    return func.with_attr("global_symbol", kernel.symbol).with_attr("target", device)
