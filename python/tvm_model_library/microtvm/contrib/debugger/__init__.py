"""``tvm.contrib.debugger``: models call by call."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.contrib.debugger import debug_executor

__all__ = ["debug_executor"]

__getattr__ = names.missing(__name__)
