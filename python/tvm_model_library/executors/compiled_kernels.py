"""The compiler's kernels as the executors take them."""

from __future__ import annotations

from collections.abc import Sequence

from tvm_model_library.compiler.printer import kernels as c_codegen
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.executors.kernels import KernelEmitter
from tvm_model_library.plan.plan import Kernel, Operation, Plan


class CKernels:
    """Kernels in C."""

    kind = "c"

    def prelude(self, plan: Plan) -> str:
        return c_codegen.source_prelude(plan.kernels.values())

    def prototype(self, kernel: Kernel) -> str:
        return c_codegen.kernel_prototype(kernel) + ";"

    def source(self, kernel: Kernel, uses: Sequence[Sequence[Operation]]) -> str:
        return c_codegen.kernel_source(kernel, uses)

    def object(self, plan: Plan) -> bytes:
        raise TypeError("kernels in C have no object file")


class LLVMKernels(CKernels):
    """Kernels as an object file for one LLVM target; their prototypes in C."""

    kind = "llvm"

    def __init__(self, target: Target) -> None:
        self.target = target

    def object(self, plan: Plan) -> bytes:
        from tvm_model_library.compiler.targets.llvm.objects import kernels_object

        return kernels_object(plan, self.target)


def emitter_for(target: Target) -> KernelEmitter:
    """The emitter of a target's kernels."""
    return LLVMKernels(target) if target.kind == "llvm" else CKernels()
