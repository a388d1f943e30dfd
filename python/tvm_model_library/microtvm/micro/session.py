"""``tvm.micro.Session``: models of projects, run from a script. Definition: TVM 0.18 python/tvm/micro/session.py."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.library import Library
from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.contrib.debugger.debug_executor import GraphModuleDebug
from tvm_model_library.microtvm.contrib.graph_executor import GraphModule
from tvm_model_library.microtvm.micro.model_files import model_files
from tvm_model_library.microtvm.micro.project import GeneratedProject
from tvm_model_library.microtvm.running import Runner, described, runner_of_graph
from tvm_model_library.relay.script.nd import Device
from tvm_model_library.tensors import Array, checked_arrays, numpy_dtype

__all__ = ["Session", "create_local_debug_executor", "create_local_graph_executor"]


class SystemLibrary:
    """The code of a project's program."""

    def __init__(self, project: GeneratedProject) -> None:
        self._project = project
        self.library = _library(project)

    def runner(self) -> Runner:
        """The model in the project's program."""
        inputs, outputs, constants = described(self.library)

        def run(arrays: Sequence[Array]) -> list[Array]:
            data = self._project.run(checked_arrays("input", inputs, arrays), sum(s.nbytes for s in outputs))
            results = []
            for spec in outputs:
                chunk, data = data[: spec.nbytes], data[spec.nbytes :]
                results.append(np.frombuffer(chunk, numpy_dtype(spec.dtype)).reshape(spec.shape).copy())
            return results

        return Runner(inputs, outputs, constants, run, Device(), self.library)


def _library(project: GeneratedProject) -> Library:
    if project.library is None:
        if not project.archive.is_file():
            raise ModelLibraryError(f"{project.folder}: the project has no {project.archive.name}")
        project.library, _ = model_files(Path(project.archive))
    return project.library


class Session:
    """A connection to the program of a project: ``with Session(project.transport()) as session``."""

    def __init__(
        self,
        transport_context_manager: AbstractContextManager[GeneratedProject],
        session_name: str = "micro-rpc",
        timeout_override: Any = None,
    ) -> None:
        self._transport, self._stack = transport_context_manager, ExitStack()
        self._project: GeneratedProject | None = None
        self.device = Device()

    if not TYPE_CHECKING:
        __getattr__ = names.absent("micro.Session")

    def __enter__(self) -> Session:
        project = self._stack.enter_context(self._transport)
        if not isinstance(project, GeneratedProject):
            raise ModelLibraryError(f"a session runs a project: Session(project.transport()), found {project!r}")
        self._project = project
        return self

    def __exit__(self, *error: Any) -> None:
        self._project = None
        self._stack.close()

    def get_system_lib(self) -> SystemLibrary:
        """The code of the project. Raises ``ModelLibraryError`` outside of the session's ``with`` block."""
        if self._project is None:
            raise ModelLibraryError("the session is not open: with micro.Session(project.transport()) as session: ...")
        return SystemLibrary(self._project)

    def create_aot_executor(self) -> Runner:
        """The model, for ``runtime.executor.aot_executor.AotModule``. Raises ``ModelLibraryError`` where it was built
        for the graph executor.
        """
        system = self.get_system_lib()
        if system.library.executor != "aot":
            raise ModelLibraryError("the project's model is for the graph executor: use create_local_graph_executor")
        return system.runner()


def create_local_graph_executor(graph_json_str: str, mod: SystemLibrary, device: Any = None) -> GraphModule:
    """The executor of the graph in the session's program. Raises ``ModelLibraryError`` for another graph."""
    return GraphModule(runner_of_graph(graph_json_str, mod, device, "create_local_graph_executor"))


def create_local_debug_executor(
    graph_json_str: str, mod: SystemLibrary, device: Any = None, dump_root: str | Path | None = None
) -> GraphModuleDebug:
    """The same, call by call, in a program of this machine."""
    runner = runner_of_graph(graph_json_str, mod, device, "create_local_debug_executor")
    return GraphModuleDebug(runner, device, graph_json_str, dump_root)


__getattr__ = names.missing(__name__)
