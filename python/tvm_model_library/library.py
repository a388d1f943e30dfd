"""A compiled model: from a Model to archives, build trees and host runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tvm_model_library.archive.contents import members, module_metadata, runtime_dependency, runtime_sources
from tvm_model_library.archive.metadata import VERSIONS, Metadata
from tvm_model_library.archive.writer import tar_bytes, write_atomically
from tvm_model_library.build_tree import Recorded, write_build_tree
from tvm_model_library.c_text.literals import CodeFile, check_model_name
from tvm_model_library.errors import ExportError, ModelLibraryError
from tvm_model_library.executors import aot as aot_executor
from tvm_model_library.executors import graph, graph_embedding
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.executors.kernels import KernelEmitter
from tvm_model_library.model import Model
from tvm_model_library.params import save_param_dict
from tvm_model_library.plan.memory import lower_bound, plan_arena, plan_storage_ids, pool_sizes, verify_plan
from tvm_model_library.plan.plan import Plan
from tvm_model_library.runs.host import HostProgram
from tvm_model_library.tensors import Array, TensorSpec

if TYPE_CHECKING:
    from tvm_model_library.compiler.targets.target import Target

EXECUTORS = ("graph", "aot")
DEFAULT_VERSION = {"graph": 1, "aot": 7}
OLDEST_VERSION = {"graph": 1, "aot": 5}


def compile(
    model: Model,
    target: str | Target = "c",
    executor: str = "graph",
    name: str = "default",
    aot: AotOptions | None = None,
) -> Library:
    """Compile ``model`` for ``target`` (``"c"``, or ``"llvm"`` with options such as ``-mtriple``).

    ``executor`` is ``"graph"`` or ``"aot"`` (with options ``aot``); all symbols carry ``name``, a C identifier. Raises
    ``ModelLibraryError``: ``UnsupportedError`` for a model that has no static form, ``ToolchainError`` when
    apache-tvm is missing.
    """
    check_model_name(name)
    if executor not in EXECUTORS:
        raise ModelLibraryError(f"unknown executor {executor!r}; expected one of: {', '.join(EXECUTORS)}")
    if aot is not None and executor != "aot":
        raise ModelLibraryError("options of the AOT executor were given to the graph executor")
    from tvm_model_library.compiler.toolchain import require_tvm

    require_tvm()
    from tvm_model_library.compiler.pipeline import build_plan
    from tvm_model_library.compiler.targets.target import Target
    from tvm_model_library.executors.compiled_kernels import emitter_for

    parsed = Target.parse(target) if isinstance(target, str) else target
    if parsed.kind == "llvm":
        from tvm_model_library.compiler.targets.llvm.check import check_llvm_target

        check_llvm_target(parsed)
    plan = build_plan(model, name=name)
    return assemble(model, plan, parsed, executor, emitter_for(parsed), aot)


def assemble(
    model: Model, plan: Plan, target: Target, executor: str, emitter: KernelEmitter, aot: AotOptions | None = None
) -> Library:
    """The library of a plan without storages: plans memory, proves the plan sound, prints the code."""
    plan = _with_output_names(plan, model.outputs)
    if executor == "aot":
        options = (aot or AotOptions()).check()
        plan = plan_arena(plan, options.arena)
        verify_plan(plan)
        code = aot_executor.code_files(plan, emitter, str(target), options, model.quantization)
        return Library(model, plan, target, executor, tuple(code), None, save_param_dict({}), options)
    plan = plan_storage_ids(plan)
    verify_plan(plan)
    code = graph.code_files(plan, emitter, str(target))
    return Library(model, plan, target, executor, tuple(code), graph.graph_json(plan), graph.parameter_blob(plan))


def _with_output_names(plan: Plan, outputs: Sequence[TensorSpec]) -> Plan:
    buffers = list(plan.buffers)
    for buffer, spec in zip(plan.outputs, outputs, strict=True):
        buffers[buffer] = replace(buffers[buffer], spec=replace(buffers[buffer].spec, name=spec.name))
    return replace(plan, buffers=tuple(buffers))


@dataclass(frozen=True, eq=False)
class Library:
    """A compiled model. ``plan`` has its memory planned; ``code`` are the generated files; ``graph_json`` is None for
    the AOT executor; ``params`` is the parameter blob (empty of tensors for AOT, whose constants are in the code).
    """

    model: Model = field(repr=False)
    plan: Plan = field(repr=False)
    target: Target
    executor: str
    code: tuple[CodeFile, ...] = field(repr=False)
    graph_json: str | None = field(repr=False)
    params: bytes = field(repr=False)
    aot: AotOptions | None = None

    @property
    def name(self) -> str:
        """The model name: what every symbol carries."""
        return self.plan.name

    def export(self, path: str | Path, format_version: int | None = None) -> Path:
        """Write a Model Library Format archive: version 1 for the graph executor and 7 for AOT, if not told.

        The file appears whole or not at all, and its bytes depend on nothing but the model, the options and
        ``SOURCE_DATE_EPOCH``. Raises ``ExportError``.
        """
        path = Path(path)
        write_atomically(path, tar_bytes(self.archive_members(format_version)))
        return path

    def check_version(self, format_version: int | None) -> int:
        """The version to write. Raises ``ExportError`` for one that does not exist or lacks the executor."""
        version = DEFAULT_VERSION[self.executor] if format_version is None else format_version
        oldest = OLDEST_VERSION[self.executor]
        if version not in VERSIONS or version < oldest:
            raise ExportError(
                f"format version {version} does not exist for the {self.executor} executor; "
                f"expected {oldest} to {VERSIONS[-1]}"
            )
        return version

    def archive_members(self, format_version: int | None = None) -> dict[str, bytes]:
        """The files of the archive by path. As in TVM, an AOT archive of version 7 carries the C runtime's sources, for
        projects that build other models with them; this model's code does not need them.
        """
        version = self.check_version(format_version)
        module = module_metadata(self.plan, str(self.target), self.executor, self.graph_json)
        runtime: dict[str, bytes] = {}
        if self.aot is not None and version >= 7:
            runtime = runtime_sources()
            module = replace(module, external_dependencies=(runtime_dependency(),))
        files = members(
            Metadata(version, {self.name: module}),
            {self.name: list(self.code)},
            {self.name: self.model.text},
            {self.name: self.params},
            {self.name: self.graph_json} if self.graph_json is not None else {},
        )
        return {**files, **runtime}

    def memory(self) -> dict[str, int]:
        """Bytes by purpose: ``arena_size`` (all tensors in the arena; the graph executor's tables come on top of it),
        ``arena_lower_bound`` (what no plan of these calls can bring that below), ``constants_size``, ``input_size``,
        ``output_size``.
        """
        plan = self.plan
        return {
            "arena_size": sum(pool_sizes(plan).values()) if self.aot else graph_embedding.arena_storage_bytes(plan),
            "arena_lower_bound": lower_bound(plan),
            "constants_size": sum(a.nbytes for a in plan.constants.values()),
            "input_size": sum(plan.buffers[b].spec.nbytes for b in plan.inputs),
            "output_size": sum(plan.buffers[b].spec.nbytes for b in plan.outputs),
        }

    def write_build_tree(
        self,
        folder: str | Path,
        *,
        archive: str | Path | None = None,
        recorded: Recorded | None = None,
        rtol: float = 1e-4,
        atol: float = 1e-5,
        format_version: int | None = None,
    ) -> None:
        """Write what the CMake package compiles beside the archive into ``folder``: ``generated/`` (the graph
        executor's header and data, the harness's description), ``report.json`` and ``report.html`` (what the model
        costs) and ``manifest.cmake``, each whole or not at all.

        The harness gets ``recorded`` (inputs, outputs), or pseudo-random inputs and the reference's outputs.
        ``archive`` is the exported file, whose version decides what its members are called.
        Raises ``ModelLibraryError``.
        """
        if archive is not None and format_version is None:
            from tvm_model_library.archive.reader import read_archive

            format_version = read_archive(Path(archive)).metadata.version
        if recorded is None:
            from tvm_model_library.verification.verify import random_inputs

            inputs = random_inputs(self.model.inputs)
            recorded = inputs, self.model.reference(*inputs)
        version = self.check_version(format_version)
        write_build_tree(self, Path(folder), format_version=version, recorded=recorded, rtol=rtol, atol=atol)

    def run(self, *arrays: Array) -> list[Array]:
        """Compile the code with the host's C compiler, run it once, and give back the outputs.

        The program is built on first use, into a temporary folder that goes when the process ends. Raises
        ``ModelLibraryError`` on arrays that do not fit, ``ToolchainError`` when there is no C compiler or a run fails.
        """
        return self._program.run(arrays)

    @cached_property
    def _program(self) -> HostProgram:
        return HostProgram(self)
