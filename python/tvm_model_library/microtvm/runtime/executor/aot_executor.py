"""``tvm.runtime.executor.aot_executor``. Definition: TVM 0.18 python/tvm/runtime/executor/aot_executor.py."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.running import Runner

__all__ = ["AotModule"]


class AotModule(Runner):
    """What ``factory["default"](device)`` or ``session.create_aot_executor()`` gives, with inputs of its own."""

    def __init__(self, module: Runner) -> None:
        self._like(module)


__getattr__ = names.missing(__name__)
