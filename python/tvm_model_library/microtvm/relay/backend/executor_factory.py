"""What ``relay.build`` gives: a built model for the graph executor or for the AOT executor.

Definition: TVM 0.18 python/tvm/relay/backend/executor_factory.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tvm_model_library.archive.contents import module_metadata, storage_map
from tvm_model_library.archive.metadata import Metadata, ModuleMetadata
from tvm_model_library.archive.writer import export_datetime
from tvm_model_library.errors import ExportError, ModelLibraryError
from tvm_model_library.library import Library
from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.relay.backend.executor import Executor
from tvm_model_library.microtvm.relay.backend.runtime import Runtime
from tvm_model_library.microtvm.running import Runner
from tvm_model_library.plan.memory import pool_sizes
from tvm_model_library.relay.script.nd import Device
from tvm_model_library.tensors import Array


@dataclass(frozen=True)
class FunctionInfo:
    """Bytes that a function takes, by target."""

    workspace_sizes: Mapping[Any, int]
    io_sizes: Mapping[Any, int] = field(default_factory=dict)
    constant_sizes: Mapping[Any, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ExecutorCodegenMetadata:
    """The interface of the AOT executor's code: names of inputs and outputs, the pools, their alignment in bytes."""

    mod_name: str
    inputs: list[str]
    outputs: list[str]
    pool_inputs: dict[str, int]
    workspace_alignment: int
    executor: str = "aot"
    interface_api: str = "c"
    unpacked_api: bool = True


class ExecutorFactoryModule:
    """A built model.

    ``lib`` is the root of a tree of modules (the registry or entry point, then the kernels); ``params`` holds the
    constants, for the graph executor under the names that graph.json has for them. ``library`` is what else this
    package knows of it; it is None for a factory made by hand.
    """

    kind = ""

    def __init__(
        self,
        ir_mod: Any,
        target: Any,
        libmod: Any,
        libmod_name: str,
        params: Mapping[str, Array],
        *,
        executor: Executor | None = None,
        runtime: Runtime | None = None,
        library: Library | None = None,
    ) -> None:
        self.ir_mod = ir_mod
        self.target = target
        self.lib = libmod
        self.libmod_name = libmod_name
        self.params = dict(params)
        self.executor = executor or Executor(self.kind)
        self.runtime = runtime or Runtime("crt")
        self.library = library

    def require_library(self) -> Library:
        """What this package knows of the model. Raises ``ModelLibraryError`` for a factory made by hand."""
        if self.library is None:
            raise ModelLibraryError(f"the factory of {self.libmod_name!r} was made by hand: only relay.build's can run")
        return self.library

    def archive_metadata(self, time: str | None = None) -> ModuleMetadata:
        """What archives say of the model; ``time`` is when it was exported."""
        raise NotImplementedError

    @property
    def metadata(self) -> dict[str, Any]:
        """metadata.json of an archive of version 1 (7 for the AOT executor)."""
        version = 1 if self.kind == "graph" else 7
        value: dict[str, Any] = json.loads(Metadata(version, {self.libmod_name: self.archive_metadata()}).to_json())
        return value

    @property
    def function_metadata(self) -> dict[str, FunctionInfo]:
        """Memory of each kernel, and under ``__tvm_main__`` of a whole run, in bytes."""
        library = self.require_library()
        memory = library.memory()
        kernels = {k.symbol: FunctionInfo({self.target: k.workspace_bytes}) for k in library.plan.kernels.values()}
        main = FunctionInfo(
            {self.target: memory["arena_size"]},
            {self.target: memory["input_size"] + memory["output_size"]},
            {self.target: memory["constants_size"]},
        )
        return {"__tvm_main__": main, **kernels}

    def get_executor_config(self) -> str | None:
        """graph.json, or None for the AOT executor."""
        return None

    def get_params(self) -> dict[str, Array]:
        """The constants by name."""
        return self.params

    def get_lib(self) -> Any:
        """The root of the module tree."""
        return self.lib

    def get_devices(self) -> list[Device]:
        """The devices beside the CPU: none."""
        return []

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """``factory["default"](device)``: the model, ready to run on this machine; ``factory["debug_create"]("default",
        device)``: the same, call by call.
        """
        from tvm_model_library.microtvm.contrib.debugger.debug_executor import GraphModuleDebug

        if name == "debug_create":
            return lambda model, device: GraphModuleDebug(
                self[model](device), [device], self.get_executor_config(), None
            )
        if name not in ("default", self.libmod_name):
            raise ModelLibraryError(f"the factory has no model {name!r}; expected 'default' or {self.libmod_name!r}")
        return lambda device: Runner.of_library(self.require_library(), device)

    if not TYPE_CHECKING:
        __getattr__ = names.absent("relay.build's factory")

    def __iter__(self) -> Iterator[Any]:
        """Configuration, code and constants, as ``graph, lib, params = relay.build(...)``."""
        return iter((self.get_executor_config(), self.lib, self.params))


class GraphExecutorFactoryModule(ExecutorFactoryModule):
    """A model for the graph executor. ``graph_json`` is the graph's text."""

    kind = "graph"

    def __init__(
        self,
        ir_mod: Any,
        target: Any,
        executor: Executor | None,
        graph_json_str: str,
        libmod: Any,
        libmod_name: str,
        params: Mapping[str, Array],
        function_metadata: Any = None,
        *,
        runtime: Runtime | None = None,
        library: Library | None = None,
    ) -> None:
        if not isinstance(graph_json_str, str):
            raise ModelLibraryError(f"graph_json is the text of a graph, found {type(graph_json_str).__name__}")
        super().__init__(
            ir_mod, target, libmod, libmod_name, params, executor=executor, runtime=runtime, library=library
        )
        self.graph_json = graph_json_str

    def archive_metadata(self, time: str | None = None) -> ModuleMetadata:
        if self.library is not None:
            made = module_metadata(self.library.plan, str(self.target), "graph", self.graph_json)
        else:
            made = ModuleMetadata(
                self.libmod_name, export_datetime(), (str(self.target),), ("graph",), sids=self._storage_map()
            )
        return _named(made, self.libmod_name, time)

    def _storage_map(self) -> Any:
        try:
            return storage_map(self.graph_json)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise ExportError("graph_json is not the text of a graph executor's graph") from None

    def get_graph_json(self) -> str:
        """graph.json."""
        return self.graph_json

    get_json = get_graph_json

    def get_executor_config(self) -> str:
        return self.graph_json


class AOTExecutorFactoryModule(ExecutorFactoryModule):
    """A model for the AOT executor, whose code has its constants. ``lowered_ir_mods`` is not kept."""

    kind = "aot"

    def __init__(
        self,
        ir_mod: Any,
        lowered_ir_mods: Any,
        target: Any,
        executor: Executor | None,
        runtime: Runtime | None,
        libmod: Any,
        libmod_name: str,
        params: Mapping[str, Array],
        function_metadata: Any = None,
        executor_codegen_metadata: Any = None,
        devices: Any = None,
        *,
        library: Library | None = None,
    ) -> None:
        super().__init__(
            ir_mod, target, libmod, libmod_name, params, executor=executor, runtime=runtime, library=library
        )

    def archive_metadata(self, time: str | None = None) -> ModuleMetadata:
        library = self.require_library()
        return _named(module_metadata(library.plan, str(self.target), "aot", None), self.libmod_name, time)

    @property
    def executor_codegen_metadata(self) -> ExecutorCodegenMetadata:
        """The interface of the generated code."""
        library = self.require_library()
        assert library.aot is not None, "an AOT factory's library is one of the AOT executor"
        plan = library.plan
        inputs, outputs = ([plan.buffers[b].spec.name for b in ids] for ids in (plan.inputs, plan.outputs))
        alignment = library.aot.arena.alignment
        return ExecutorCodegenMetadata(plan.name, inputs, outputs, dict(pool_sizes(plan)), alignment)


def _named(made: ModuleMetadata, name: str, time: str | None) -> ModuleMetadata:
    return replace(made, model_name=name, export_datetime=time or made.export_datetime)


__getattr__ = names.missing(__name__)
