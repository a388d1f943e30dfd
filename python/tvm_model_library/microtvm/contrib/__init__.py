"""``tvm.contrib``: executors on this machine, and folders for tests."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.contrib import debugger, graph_executor, utils

__all__ = ["debugger", "graph_executor", "utils"]

__getattr__ = names.missing(__name__)
