"""From fused PrimFuncs to the kernels of a plan: one kernel for equal functions, unique symbols."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tvm_model_library.compiler.c_names import cleaned
from tvm_model_library.compiler.in_place import in_place_pairs
from tvm_model_library.compiler.origins import ORIGIN
from tvm_model_library.compiler.plain import lower_to_plain
from tvm_model_library.compiler.plan import Kernel, Operation, Parameter, TensorSpec
from tvm_model_library.compiler.scalars import embed_scalars
from tvm_model_library.compiler.schedule import schedule
from tvm_model_library.compiler.schedule_in_place import missing_pairs, with_local_input
from tvm_model_library.compiler.tir_analysis import multiply_accumulates
from tvm_model_library.compiler.traffic import bytes_accessed
from tvm_model_library.errors import ModelLibraryError, UnsupportedError, first_line

_MAX_SYMBOL = 120


@dataclass(frozen=True)
class KernelUse:
    """A kernel and which of a call's arguments it takes: scalar constants are inside its code."""

    symbol: str
    used: tuple[int, ...]


class KernelTable:
    """The kernels of one plan, in order of first use."""

    def __init__(self, model: str) -> None:
        self._model = model
        self.kernels: dict[str, Kernel] = {}
        self._known: dict[int, list[tuple[Any, str]]] = {}

    def kernel_of(self, func: Any, operations: tuple[Operation, ...], arguments: Sequence[Any]) -> KernelUse:
        """The kernel that computes a fused PrimFunc on these arguments (relax expressions)."""
        import tvm_ffi

        func, used = embed_scalars(_bare(func), arguments)
        bucket = self._known.setdefault(tvm_ffi.structural_hash(func), [])
        for known, symbol in bucket:
            if tvm_ffi.structural_equal(known, func):
                return KernelUse(symbol, used)
        symbol = self._symbol(operations)
        try:
            self.kernels[symbol] = make_kernel(func, symbol, len(used))
        except (ModelLibraryError, AssertionError):
            raise
        except Exception as error:  # of TVM's passes
            names = ", ".join(o.name for o in operations) or symbol
            span = next((o.span for o in operations if o.span is not None), None)
            raise UnsupportedError(f"{names} can't be compiled by apache-tvm: {first_line(error)}", span) from error
        bucket.append((func, symbol))
        return KernelUse(symbol, used)

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


def make_kernel(func: Any, symbol: str, inputs: int) -> Kernel:
    """Schedule and lower one PrimFunc whose first ``inputs`` parameters are read and whose others are written."""
    scheduled = schedule(func)
    parameters = []
    for index, param in enumerate(func.params):
        spec = TensorSpec(_parameter_name(param, index, inputs, len(func.params)), _shape(param), str(param.dtype))
        parameters.append(Parameter(spec, index >= inputs))
    macs = multiply_accumulates(func)
    kernel = _lowered(scheduled, symbol, tuple(parameters), macs)
    for source in missing_pairs(kernel):
        for candidate in with_local_input(scheduled, source):
            variant = _lowered(candidate, symbol, kernel.parameters, macs)
            if len(variant.in_place) > len(kernel.in_place):
                return replace(kernel, variant=variant)
    return kernel


def _lowered(scheduled: Any, symbol: str, parameters: tuple[Parameter, ...], macs: int) -> Kernel:
    plain = lower_to_plain(scheduled)
    pairs = in_place_pairs(plain.func, parameters)
    return Kernel(
        symbol,
        parameters,
        plain.workspace_bytes,
        plain.func,
        pairs,
        macs,
        bytes_accessed(plain.func),
        workspace_alignment=plain.workspace_alignment,
    )


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
