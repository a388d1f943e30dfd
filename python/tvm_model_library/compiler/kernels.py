"""From fused PrimFuncs to the kernels of a plan: one kernel for equal functions, unique symbols."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tvm_model_library.c_text.names import cleaned
from tvm_model_library.c_text.types import Interval
from tvm_model_library.compiler.forms.choice import form_of
from tvm_model_library.compiler.loops.analysis import multiply_accumulates
from tvm_model_library.compiler.loops.in_place import in_place_pairs
from tvm_model_library.compiler.loops.plain import flat_forms, with_workspace
from tvm_model_library.compiler.loops.proof import flaw_of, shared_scratch_flaw
from tvm_model_library.compiler.loops.traffic import bytes_accessed
from tvm_model_library.compiler.printer.kernels import declaration, printed
from tvm_model_library.compiler.relax.emitter import is_constant
from tvm_model_library.compiler.relax.origins import ORIGIN
from tvm_model_library.compiler.relax.scalars import embed_scalars
from tvm_model_library.compiler.targets.classes import GENERIC, TargetClass, class_of
from tvm_model_library.compiler.targets.generic.local_input import missing_pairs, with_local_input
from tvm_model_library.compiler.targets.generic.schedule import schedules
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import ModelLibraryError, Place, UnsupportedError, first_line
from tvm_model_library.plan.plan import Code, Kernel, Operation, Parameter
from tvm_model_library.tensors import Array, TensorSpec

_MAX_SYMBOL = 120


@dataclass(frozen=True)
class KernelUse:
    """A kernel and what it takes: positions of a call's arguments, and constants that are packed for it. Scalar
    constants are inside its code.
    """

    symbol: str
    used: tuple[int | Array, ...]


@dataclass(frozen=True)
class Build:
    """What all kernels of a plan are made for: a class of targets, as C or as an object."""

    target_class: TargetClass = GENERIC
    as_object: bool = False

    @classmethod
    def of(cls, target: Target) -> Build:
        """For a target. Raises ``ModelLibraryError`` for a processor that is not known."""
        return cls(class_of(target), target.kind == "llvm")


@dataclass(frozen=True)
class Task:
    """What is to become a kernel: a PrimFunc whose first ``inputs`` parameters are read and whose others are written.

    ``ranges`` says what the elements of some parameters can be, by their position: those of constants. ``macs``: its
    multiply-accumulates, where they are not to be counted.
    """

    func: Any
    inputs: int
    ranges: Mapping[int, Interval] = field(default_factory=dict)
    macs: int | None = None


class UnsafeKernelError(Exception):
    """No form of a kernel could be shown to be safe; says why the simplest one could not."""


@dataclass(frozen=True)
class _Known:
    """A kernel with what it was made of, and the function of which it was shown that it is safe."""

    task: Task
    flat: Any
    symbol: str

    def serves(self, task: Task) -> bool:
        """Whether the kernel computes another task too."""
        import tvm_ffi

        if not tvm_ffi.structural_equal(self.task.func, task.func):
            return False
        shown = self.task.ranges
        if all(i in task.ranges and task.ranges[i].within(range_) for i, range_ in shown.items()):
            return True
        return flaw_of(self.flat, task.inputs, _by_pointer(self.flat, task.ranges)) is None


class KernelTable:
    """The kernels of one plan, in order of first use."""

    def __init__(self, model: str, build: Build) -> None:
        self._model = model
        self._build = build
        self.kernels: dict[str, Kernel] = {}
        self._known: dict[int, list[_Known]] = {}

    def kernel_of(self, func: Any, operations: tuple[Operation, ...], arguments: Sequence[Any]) -> KernelUse:
        """The kernel that computes a fused PrimFunc on these arguments (relax expressions).

        Raises ``UnsupportedError`` where no code for it can be shown to be safe.
        """
        func, used = embed_scalars(_bare(func), arguments)
        constants = _constants([arguments[i] for i in used])
        symbol = self._symbol(operations)
        try:
            formed = None if self._build.as_object else self._formed(func, used, constants, operations)
            task = Task(func, len(used), _ranges(constants))
            return formed or KernelUse(self._symbol_of(task, operations), used)
        except UnsafeKernelError as error:
            raise UnsupportedError(
                f"{_names(operations, symbol)}: no code that computes it can be shown to be safe ({error}); "
                "`tvm-mlf interpret` runs it",
                _span(operations),
            ) from None
        except (ModelLibraryError, AssertionError):
            raise
        except Exception as error:  # of TVM's passes
            reason = f"{_names(operations, symbol)} can't be compiled by apache-tvm: {first_line(error)}"
            raise UnsupportedError(reason, _span(operations)) from error

    def _formed(
        self, func: Any, used: tuple[int, ...], constants: Mapping[int, Array], operations: tuple[Operation, ...]
    ) -> KernelUse | None:
        """The kernel of the form that the target's class has for a function, where there is one that is safe."""
        form = form_of(func, constants, self._build.target_class)
        if form is None:
            return None
        values = {i: constants.get(a) if isinstance(a, int) else a for i, a in enumerate(form.arguments)}
        ranges = _ranges({i: array for i, array in values.items() if array is not None})
        task = Task(form.func, len(form.arguments), ranges, multiply_accumulates(func))
        try:
            symbol = self._symbol_of(task, operations)
        except UnsafeKernelError:
            return None
        return KernelUse(symbol, tuple(used[a] if isinstance(a, int) else a for a in form.arguments))

    def _symbol_of(self, task: Task, operations: tuple[Operation, ...]) -> str:
        """The symbol of the kernel for a task. Raises :class:`UnsafeKernelError`."""
        import tvm_ffi

        bucket = self._known.setdefault(tvm_ffi.structural_hash(task.func), [])
        for known in bucket:
            if known.serves(task):
                return known.symbol
        symbol = self._symbol(operations)
        self.kernels[symbol], flat = _made(task, symbol, self._build)
        bucket.append(_Known(task, flat, symbol))
        return symbol

    def _symbol(self, operations: tuple[Operation, ...]) -> str:
        names = "_".join(cleaned(o.name) for o in operations) or "kernel"
        base = f"tvmgen_{self._model}_fused_{names}"
        if len(base) > _MAX_SYMBOL - 5:
            base = base[: _MAX_SYMBOL - 5].rstrip("_")
        symbol, count = base, 0
        while symbol in self.kernels:
            count += 1
            symbol = f"{base}_{count}"
        return symbol


def make_kernel(func: Any, symbol: str, inputs: int, build: Build = Build()) -> Kernel:
    """Schedule and lower one PrimFunc whose first ``inputs`` parameters are read and whose others are written.

    Raises :class:`UnsafeKernelError`.
    """
    return _made(Task(func, inputs), symbol, build)[0]


def _made(task: Task, symbol: str, build: Build) -> tuple[Kernel, Any]:
    """The kernel, and its flat form before scratch buffers moved to the workspace."""
    flaw = None
    for scheduled in schedules(task.func, build.target_class):
        flat, flaw = _safe_form(scheduled, task)
        if flat is not None:
            kernel = _kernel_of(flat, task, symbol, build)
            return replace(kernel, variant=_variant(scheduled, kernel, task, build)), flat
    raise UnsafeKernelError(flaw)


def _safe_form(scheduled: Any, task: Task) -> tuple[Any | None, str | None]:
    """The first form of a function that is shown to be safe, or None and what is wrong with the last."""
    flaw = None
    for flat in flat_forms(scheduled):
        flaw = flaw_of(flat, task.inputs, _by_pointer(flat, task.ranges))
        if flaw is None:
            return flat, None
    return None, flaw


def _variant(scheduled: Any, kernel: Kernel, task: Task, build: Build) -> Kernel | None:
    """The same kernel with more pairs that may share memory, where there is one."""
    for source in missing_pairs(kernel):
        for candidate in with_local_input(scheduled, source):
            flat, _ = _safe_form(candidate, task)
            variant = _kernel_of(flat, task, kernel.symbol, build) if flat is not None else kernel
            if len(variant.in_place) > len(kernel.in_place):
                return variant
    return None


def _kernel_of(flat: Any, task: Task, symbol: str, build: Build) -> Kernel:
    plain = with_workspace(flat, build.target_class.local_bytes)
    flaw = shared_scratch_flaw(flat, plain.scratch.places)
    if flaw is not None:
        raise UnsafeKernelError(flaw)
    func, inputs = task.func, task.inputs
    parameters = []
    for index, param in enumerate(func.params):
        spec = TensorSpec(_parameter_name(param, index, inputs, len(func.params)), _shape(param), str(param.dtype))
        parameters.append(Parameter(spec, index >= inputs))
    kernel = Kernel(
        symbol,
        tuple(parameters),
        plain.scratch.size,
        in_place=in_place_pairs(plain.func, tuple(parameters)),
        macs=multiply_accumulates(func) if task.macs is None else task.macs,
        traffic=bytes_accessed(plain.func),
        workspace_alignment=plain.scratch.alignment,
        body=plain.func,
    )
    return replace(kernel, code=Code(declaration(kernel)) if build.as_object else printed(kernel, build.target_class))


def _by_pointer(flat: Any, ranges: Mapping[int, Interval]) -> dict[Any, Interval]:
    return {flat.params[i]: range_ for i, range_ in ranges.items()}


def _constants(arguments: Sequence[Any]) -> dict[int, Array]:
    """The constants among arguments, by position."""
    return {i: argument.value.numpy() for i, argument in enumerate(arguments) if is_constant(argument)}


def _ranges(constants: Mapping[int, Array]) -> dict[int, Interval]:
    """What the elements of integer constants are, by position."""
    return {
        position: Interval(int(array.min()), int(array.max()))
        for position, array in constants.items()
        if array.size and array.dtype.kind in "iu"
    }


def _names(operations: tuple[Operation, ...], symbol: str) -> str:
    return ", ".join(dict.fromkeys(o.name for o in operations)) or symbol


def _span(operations: tuple[Operation, ...]) -> Place | None:
    return next((o.span for o in operations if o.span is not None), None)


def _parameter_name(param: Any, index: int, inputs: int, total: int) -> str:
    if index >= inputs:
        return "output" if total - inputs == 1 else f"output{index - inputs}"
    name = cleaned(str(param.name))
    return f"constant{name.removeprefix('param_')}" if re.fullmatch(r"param_\d+", name) else name


def _shape(param: Any) -> tuple[int, ...]:
    return tuple(int(d) for d in param.shape)


def _bare(func: Any) -> Any:
    """The function without what differs between equal kernels: names and origins."""
    for attribute in ("global_symbol", ORIGIN, "op_pattern"):
        func = func.without_attr(attribute)
    return func
