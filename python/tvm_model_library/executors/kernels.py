"""What the executors need to know of a kernel: its prototype and its code, in C or as an object file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tvm_model_library.plan.plan import Kernel, Operation, Plan


class KernelEmitter(Protocol):
    """Prints kernels for one target."""

    kind: str
    """``"c"`` or ``"llvm"``."""

    def prelude(self, plan: Plan) -> str:
        """C that must stand before the kernels: includes and helpers."""

    def prototype(self, kernel: Kernel) -> str:
        """The declaration of a kernel, with its semicolon."""

    def source(self, kernel: Kernel, uses: Sequence[Sequence[Operation]]) -> str:
        """The definition of a kernel in C (kind ``"c"``), with a comment about what each of its calls computes."""

    def object(self, plan: Plan) -> bytes:
        """All kernels as an object file (kind ``"llvm"``)."""
