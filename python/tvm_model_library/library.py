"""A compiled model: from a Model to archives, build trees and host runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tvm_model_library.archive.contents import archive_members, check_version
from tvm_model_library.archive.writer import tar_bytes
from tvm_model_library.build_tree import write_build_tree
from tvm_model_library.c_text.literals import check_model_name
from tvm_model_library.compiled import CompiledModel
from tvm_model_library.disk import write_file
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.executors import aot as aot_executor
from tvm_model_library.executors import graph
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.host import HostProgram, HostSession
from tvm_model_library.model import Model
from tvm_model_library.params import save_param_dict
from tvm_model_library.plan.memory import plan_arena, plan_storage_ids, verify_plan
from tvm_model_library.plan.plan import Plan
from tvm_model_library.runs.recorded import Recorded
from tvm_model_library.runs.tolerance import Tolerance
from tvm_model_library.runs.vectors import RANDOM_VECTORS, vectors_of
from tvm_model_library.tensors import DYNAMIC, Array, TensorSpec

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
    from tvm_model_library.compiler.targets.llvm.objects import kernels_object
    from tvm_model_library.compiler.targets.target import Target

    parsed = Target.parse(target) if isinstance(target, str) else target
    objects = parsed.kind == "llvm"
    if objects:
        from tvm_model_library.compiler.targets.llvm.check import check_llvm_target

        check_llvm_target(parsed)
    plan = build_plan(model, name=name, target=parsed)
    return assemble(model, plan, parsed, executor, aot, partial(kernels_object, target=parsed) if objects else None)


def assemble(
    model: Model,
    plan: Plan,
    target: Target,
    executor: str,
    aot: AotOptions | None = None,
    make_object: Callable[[Plan], bytes] | None = None,
) -> Library:
    """The library of a plan without storages: plans memory, proves the plan sound, writes the code. ``make_object``
    makes an object file of the kernels of a plan; without it they are C.
    """
    plan = _with_output_names(plan, model.outputs)
    if executor == "aot":
        options = (aot or AotOptions()).check()
        plan = plan_arena(aot_executor.with_marker(plan), options.arena)
        verify_plan(plan)
        object_ = make_object(plan) if make_object else None
        code = aot_executor.code_files(plan, str(target), options, object_, model.quantization)
        return Library(model, plan, target, executor, tuple(code), None, save_param_dict({}), options)
    plan = plan_storage_ids(plan)
    verify_plan(plan)
    code = graph.code_files(plan, str(target), make_object(plan) if make_object else None)
    return Library(model, plan, target, executor, tuple(code), graph.graph_json(plan), graph.parameter_blob(plan))


def _with_output_names(plan: Plan, outputs: Sequence[TensorSpec]) -> Plan:
    buffers = list(plan.buffers)
    for buffer, spec in zip(plan.outputs, outputs, strict=True):
        made = buffers[buffer].spec
        fits = (made.dtype, len(made.shape)) == (spec.dtype, len(spec.shape)) and all(
            said in (n, DYNAMIC) for said, n in zip(spec.shape, made.shape, strict=True)
        )
        assert fits, f"{spec} is what the model says, the plan has {made}"
        buffers[buffer] = replace(buffers[buffer], spec=replace(buffers[buffer].spec, name=spec.name))
    return replace(plan, buffers=tuple(buffers))


@dataclass(frozen=True, eq=False)
class Library(CompiledModel):
    """A compiled model that can be written and run."""

    def export(self, path: str | Path, format_version: int | None = None) -> Path:
        """Write a Model Library Format archive: version 1 for the graph executor and 7 for AOT, if not told.

        The file appears whole or not at all, and its bytes depend on nothing but the model, the options and
        ``SOURCE_DATE_EPOCH``. Raises ``ExportError``.
        """
        path = Path(path)
        write_file(path, tar_bytes(self.archive_members(format_version)))
        return path

    def archive_members(self, format_version: int | None = None) -> dict[str, bytes]:
        """The files of the archive by path; see :func:`~tvm_model_library.archive.contents.archive_members`."""
        return archive_members(self, format_version)

    def write_build_tree(
        self,
        folder: str | Path,
        *,
        archive: str | Path | None = None,
        recorded: Recorded | None = None,
        random_vectors: int = RANDOM_VECTORS,
        rtol: float = 1e-4,
        atol: float = 1e-5,
        integer_tolerance: int = 0,
        format_version: int | None = None,
    ) -> None:
        """Write what the CMake package compiles beside the archive into ``folder``: ``generated/`` (the graph
        executor's header and data, the harness's description), ``report.json`` and ``report.html`` (what the model
        costs) and ``manifest.cmake``, each whole or not at all; and last ``files.txt``, which lists all of that, the
        archive where it lies in ``folder``, and its members as unpacked in ``archive/``: SHA-256, size and path.

        The harness gets the ``recorded`` runs (inputs, outputs; see ``recorded.py``) and ``random_vectors`` random ones
        with those of lowest, highest and zero inputs (none where it is 0), whose outputs are the reference's. Floats
        may differ by ``atol + rtol * |expected|``, integers by ``integer_tolerance``. ``archive`` is the exported file,
        whose version decides what its members are called.
        Raises ``ModelLibraryError``.
        """
        if archive is not None and format_version is None:
            from tvm_model_library.archive.reader import read_archive

            format_version = read_archive(Path(archive)).metadata.version
        vectors = vectors_of(self.model, recorded, random_vectors)
        tolerance = Tolerance(rtol, atol, integer_tolerance).check()
        version = check_version(self.executor, format_version)
        write_build_tree(
            self,
            Path(folder),
            archive=None if archive is None else Path(archive),
            format_version=version,
            vectors=vectors,
            tolerance=tolerance,
        )

    def run(self, *arrays: Array) -> list[Array]:
        """Compile the code with the host's C compiler, run it once, and give back the outputs.

        The program is built on first use, into a temporary folder that goes when the process ends. Raises
        ``ModelLibraryError`` on arrays that do not fit, ``ToolchainError`` when there is no C compiler or a run fails.
        """
        return self._program.run(arrays)

    def session(self) -> HostSession:
        """Runs that hand the model's state on: ``.run(*arrays)`` again and again, ``.reset()`` to begin afresh. As
        :meth:`run`, which starts afresh each time.
        """
        return HostSession(self._program)

    @cached_property
    def _program(self) -> HostProgram:
        return HostProgram(self)
