"""The graph executor's factory under its name of TVM 0.8."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.relay.backend.executor_factory import GraphExecutorFactoryModule

__all__ = ["GraphExecutorFactoryModule"]

__getattr__ = names.missing(__name__)
