"""The graph executor's factory under its name before TVM 0.8, with the arguments that it had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.relay.backend.executor_factory import GraphExecutorFactoryModule
from tvm_model_library.tensors import Array


class GraphRuntimeFactoryModule(GraphExecutorFactoryModule):
    """A model for the graph executor."""

    def __init__(
        self, ir_mod: Any, target: Any, graph_json_str: str, libmod: Any, libmod_name: str, params: Mapping[str, Array]
    ) -> None:
        super().__init__(ir_mod, target, None, graph_json_str, libmod, libmod_name, params)


__getattr__ = names.missing(__name__)
