"""The Plan: what a compiled model is, between the compiler that makes it and the executors that print it.

A plan is a sequence of kernel calls over buffers. It holds no pointers and no text of the target: memory
planning is a function from Plan to Plan, and both executors, the memory report and the harness read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

import numpy as np

from tvm_model_library.errors import Place
from tvm_model_library.tensors import TensorSpec

COPY = "__copy"  # a call of this kernel copies its one argument
NOP = "__nop"  # a call of this kernel gives its one argument another shape: same storage, no code

CONSTANT_POOL = "constants"  # the pool of constants' storages: their bytes are the executor's, never in the arena


class Role(Enum):
    INPUT = "input"
    CONSTANT = "constant"
    INTERMEDIATE = "intermediate"
    OUTPUT = "output"
    STATE = "state"
    """What a run finds as the one before left it: memory of its own, never shared."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """One tensor at run time. ``id`` is its index in :attr:`Plan.buffers`.

    ``storage`` is an index into :attr:`Plan.storages`, or None before memory planning.
    ``view_of`` is the buffer whose bytes this one is (the output of a ``__nop`` call).
    """

    id: int
    spec: TensorSpec
    role: Role
    storage: int | None = None
    view_of: int | None = None


def root_of(buffers: Sequence[Buffer], id_: int) -> int:
    """The one of the buffers that owns the bytes of ``id_``: follows views."""
    view = buffers[id_].view_of
    while view is not None:
        id_, view = view, buffers[view].view_of
    return id_


@dataclass(frozen=True, slots=True)
class Storage:
    """A piece of memory that buffers share, one after the other.

    ``offset`` is its place in the arena (``pool``), in bytes; None for memory outside the arena: constants,
    and inputs and outputs that the caller owns.
    """

    id: int
    size_bytes: int
    alignment: int = 1
    offset: int | None = None
    pool: str = "arena"


@dataclass(frozen=True, slots=True)
class Operation:
    """A Relay operator that a call computes, and where it stands in the source."""

    name: str
    span: Place | None

    def __str__(self) -> str:
        return f"{self.name} {self.span.where}" if self.span else self.name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A pointer parameter of a kernel. ``written`` is True for outputs."""

    spec: TensorSpec
    written: bool


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """C that stands before the kernels of a file that need it, once and in order: a macro or a helper function."""

    order: int
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A kernel in C: its declaration without the semicolon, its definition, and what that needs before it.

    For a kernel that is an object, the declaration alone.
    """

    prototype: str
    definition: str = ""
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Kernel:
    """``int32_t symbol(const T0* p0, ..., T1* out0, ..., uint8_t* workspace)``: 0 is success, and kernels never fail.

    ``workspace`` is a parameter only where ``workspace_bytes`` is not 0, at a multiple of ``workspace_alignment``.
    ``in_place`` holds pairs (input, output) of
    parameter indices that may have the same address: every element is read before any iteration overwrites it.
    ``macs`` counts multiply-accumulates; ``traffic`` holds, for each parameter and then the workspace, the bytes that a
    run reads and writes, or is empty where nobody counted. ``variant`` computes the same with more pairs in
    ``in_place``, for a few more instructions; memory planning takes it where that saves memory. ``body`` is the lowered
    ``tvm.tirx.PrimFunc`` of a kernel that becomes an object; it does not outlive pickling.
    """

    symbol: str
    parameters: tuple[Parameter, ...]
    workspace_bytes: int
    code: Code = field(default=Code(""), repr=False)
    in_place: tuple[tuple[int, int], ...] = ()
    macs: int = 0
    traffic: tuple[int, ...] = ()
    variant: Kernel | None = field(default=None, repr=False)
    workspace_alignment: int = 1
    body: Any = field(default=None, repr=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: None if f.name == "body" else getattr(self, f.name) for f in fields(self)}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class KernelCall:
    """One step of a plan. ``arguments`` are buffer ids, in the order of the kernel's parameters.

    ``kernel`` is a symbol of :attr:`Plan.kernels`, or ``__nop`` or ``__copy`` with (input, output).
    ``name`` is unique in the plan. ``workspace`` is the storage of the kernel's scratch memory. ``operations`` are
    the operators of the source that the call computes.
    """

    name: str
    kernel: str
    arguments: tuple[int, ...]
    workspace: int | None = None
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled model.

    ``inputs`` and ``outputs`` are buffer ids in the order of the model's signature; ``output_names`` go with
    ``outputs``. A buffer stands in ``outputs`` at most once and is never an input or constant (the compiler
    inserts ``__copy``). ``constants`` maps buffer ids to arrays. ``kernels`` maps symbols to kernels, in
    order of first use. ``states`` are the buffers that keep their bytes between runs; a ``__copy`` brings the next
    value into each, after the last call that reads the old one. ``starts`` has what they hold before the first run.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    buffers: tuple[Buffer, ...]
    constants: Mapping[int, np.ndarray[Any, np.dtype[Any]]]
    kernels: Mapping[str, Kernel]
    calls: tuple[KernelCall, ...]
    storages: tuple[Storage, ...] = ()
    states: tuple[int, ...] = ()
    starts: Mapping[int, np.ndarray[Any, np.dtype[Any]]] = field(default_factory=dict)

    def uses(self) -> dict[str, list[tuple[Operation, ...]]]:
        """For each kernel what each of its calls computes, in order."""
        result: dict[str, list[tuple[Operation, ...]]] = {symbol: [] for symbol in self.kernels}
        for call in self.calls:
            if call.kernel in result:
                result[call.kernel].append(call.operations)
        return result

    def root(self, id_: int) -> int:
        """The buffer that owns the bytes of ``id_``: follows views."""
        return root_of(self.buffers, id_)
