"""``tvm.runtime.executor``: the AOT executor's models on this machine."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.runtime.executor import aot_executor
from tvm_model_library.microtvm.runtime.executor.aot_executor import AotModule

__all__ = ["AotModule", "aot_executor"]

__getattr__ = names.missing(__name__)
