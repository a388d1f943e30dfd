"""``tvm.relay.backend``: executors, runtimes, and the factories that ``relay.build`` gives."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.relay.backend import executor_factory, graph_executor_factory, graph_runtime_factory
from tvm_model_library.microtvm.relay.backend.executor import Executor
from tvm_model_library.microtvm.relay.backend.runtime import Runtime

__all__ = ["Executor", "Runtime", "executor_factory", "graph_executor_factory", "graph_runtime_factory"]

__getattr__ = names.missing(__name__)
