"""Kernels as an object file, through the LLVM in the apache-tvm wheel."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tvm_model_library.compiler.targets.llvm.arithmetic import defined_arithmetic
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import ModelLibraryError, UnsupportedError, first_line
from tvm_model_library.plan.plan import Kernel, Plan


def kernels_object(plan: Plan, target: Target) -> bytes:
    """The object file with all kernels of the plan, for the target's triple and processor.

    The functions have the prototypes of :func:`~tvm_model_library.compiler.printer.kernels.kernel_prototype`; what is
    undefined in the object are functions of libm and of the compiler's runtime only. Equal plans give equal bytes.
    """
    if target.kind != "llvm":
        raise ModelLibraryError(f"target {target}: an object file needs an llvm target")
    device = target.to_tvm()
    try:
        library = _build(list(plan.kernels.values()), device)
    except Exception as error:  # of TVM's code generator: one of the kernels is to blame
        raise _refusal(plan, device, error) from error
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.o"
        library.write_to_file(str(path))
        return path.read_bytes()


def _build(kernels: Sequence[Kernel], device: Any) -> Any:
    """The LLVM module of kernels."""
    import tvm
    from tvm import tirx

    module = tvm.IRModule({k.symbol: _function(k, device) for k in kernels})
    with device, tvm.transform.PassContext(opt_level=3):
        for lowering in (
            tirx.transform.BF16StorageLegalize(),
            tirx.transform.LowerIntrin(),
        ):
            module = lowering(module)
        return tvm.get_global_func("target.build.llvm")(module, device)


def _refusal(plan: Plan, device: Any, error: Exception) -> UnsupportedError:
    """The error that names the operators of the first kernel that has no code by itself either."""
    for call in plan.calls:
        kernel = plan.kernels.get(call.kernel)
        if kernel is None:
            continue
        try:
            _build([kernel], device)
        except Exception as own:  # noqa: BLE001  (what is raised is TVM's choice)
            names = ", ".join(o.name for o in call.operations) or kernel.symbol
            span = next((o.span for o in call.operations if o.span is not None), None)
            return UnsupportedError(f"{names} can't be compiled by apache-tvm's LLVM: {first_line(own)}", span)
    return UnsupportedError(f"the kernels can't be compiled by apache-tvm's LLVM: {first_line(error)}")


def _function(kernel: Kernel, device: Any) -> Any:
    """The kernel's function, returning 0, under its symbol."""
    from tvm import tirx
    from tvm.ir import PrimType

    defined = defined_arithmetic(kernel.body)
    body = tirx.SeqStmt([defined.body, tirx.Return(tirx.const(0, "int32"))])
    func = tirx.PrimFunc(defined.params, body, PrimType("int32"))
    return func.with_attr("global_symbol", kernel.symbol).with_attr("target", device)
