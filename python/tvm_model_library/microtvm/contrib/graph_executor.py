"""``tvm.contrib.graph_executor``: a compiled model on this machine. Definition: TVM 0.18
python/tvm/contrib/graph_executor.py.
"""

from __future__ import annotations

from typing import Any

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.running import Runner, runner_of_graph

__all__ = ["GraphModule", "create"]


class GraphModule(Runner):
    """What ``factory["default"](device)`` gives, with inputs of its own."""

    def __init__(self, module: Runner) -> None:
        self._like(module)


def create(graph_json_str: str, libmod: Any, device: Any = None) -> GraphModule:
    """The executor of a graph and the root module of its code. Raises ``ModelLibraryError`` where they do not belong
    together.
    """
    return GraphModule(runner_of_graph(graph_json_str, libmod, device, "graph_executor.create"))


__getattr__ = names.missing(__name__)
