"""The AOT executor: one C entry point with a static sequence of kernel calls, the C interface of TVM 0.9 to 0.18.

No parser, no registry, no heap: constants are arrays in read-only data, and every other tensor has a fixed offset in an
arena that is the code's own or the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

import numpy as np

from tvm_model_library.c_text.lines import folded
from tvm_model_library.c_text.literals import CodeFile, array_definition, needs_math, render, string_literal
from tvm_model_library.c_text.names import identifier
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.executors import kernels
from tvm_model_library.executors.interface import Quantization, macro_prefix, states, tensors
from tvm_model_library.plan.arena import ArenaOptions, check_pools, pool_sizes
from tvm_model_library.plan.liveness import storage_roles, workspace_bytes, written_arguments
from tvm_model_library.plan.plan import COPY, NOP, Buffer, KernelCall, Plan, Role, Storage
from tvm_model_library.tensors import Array, TensorSpec

_SECTION = re.compile(r"[A-Za-z0-9_.$]+\Z")
_WITHOUT_CONTENTS = (".bss", ".sbss", ".noinit")
_READ_ONLY = (".rodata", ".text")
_STARTED = 0x5374A7ED


@dataclass(frozen=True)
class AotOptions:
    """How the AOT executor's code uses memory.

    ``arena``: how to plan it. ``caller_pools``: each run gets the pools from the caller
    (``struct tvmgen_<model>_workspace_pools``), which makes the code reentrant; otherwise they are static arrays.
    ``constant_section`` and ``arena_section``: linker sections; each of several pools has its own,
    ``<arena_section>.<pool>``. At build time the macros ``TVMGEN_<MODEL>_CONSTANT_SECTION`` and
    ``TVMGEN_<MODEL>_<POOL>_SECTION`` set them (the only pool is named ``arena``, if not told otherwise).
    """

    arena: ArenaOptions = field(default_factory=ArenaOptions)
    caller_pools: bool = False
    constant_section: str = ".rodata.tvm"
    arena_section: str = ".bss.tvm"

    def check(self) -> AotOptions:
        """Itself. Raises ``ModelLibraryError`` for an option that can't be."""
        alignment = self.arena.alignment
        if alignment < 1 or alignment & (alignment - 1) or alignment > 4096:
            raise ModelLibraryError(f"the arena's alignment is {alignment}; expected a power of two up to 4096")
        for what, section in (("constants", self.constant_section), ("arena", self.arena_section)):
            if not _SECTION.match(section):
                raise ModelLibraryError(
                    f"the section of the {what} is {section!r}; expected a name of letters, digits, and . _ $"
                )
        if self.constant_section.startswith(_WITHOUT_CONTENTS):
            raise ModelLibraryError(f"constants cannot be in the section {self.constant_section!r}: it has no contents")
        if self.arena_section.startswith(_READ_ONLY):
            raise ModelLibraryError(f"the arena cannot be in the section {self.arena_section!r}: it is read-only")
        check_pools(self.arena.pools)
        if self.constant_section in [self.arena_section, *(self.pool_section(p.name) for p in self.arena.pools)]:
            raise ModelLibraryError(f"constants and arena cannot share the section {self.constant_section!r}")
        for pool in self.arena.pools:
            if identifier(pool.name) != pool.name:
                hint = identifier(pool.name)
                raise ModelLibraryError(f"the pool name {pool.name!r} is no C identifier; {hint!r} would do")
        macros = [p.name.upper() for p in self.arena.pools]
        if len(set(macros)) != len(macros) or "CONSTANT" in macros:
            names = ", ".join(p.name for p in self.arena.pools)
            raise ModelLibraryError(
                f"the pool names {names} clash in the header's macros: names must differ in more than their case, and "
                "none may be 'constant'"
            )
        return self

    def pool_section(self, pool: str) -> str:
        """The linker section of a pool."""
        return f"{self.arena_section}.{pool}" if len(self.arena.pools) > 1 else self.arena_section


def code_files(
    plan: Plan, target: str, options: AotOptions, object_: bytes | None, quantization: Quantization | None = None
) -> list[CodeFile]:
    """Header, entry point with constants (``lib0.c``), and kernels: ``lib1.c``, or ``lib0.o`` where they are the given
    object file.
    """
    values = interface_values(plan, options, quantization)
    header = render("aot_model.h.j2", values)
    entry = render("aot_entry.c.j2", {**values, **_entry_values(plan, values)})
    files = [
        CodeFile("include", f"tvmgen_{plan.name}.h", header.encode()),
        CodeFile("src", "lib0.c", entry.encode()),
    ]
    if object_ is not None:
        return [*files, CodeFile("lib", "lib0.o", object_)]
    values = {
        "model": plan.name,
        "target": target,
        "prototypes": kernels.prototypes(plan),
        "prelude": kernels.prelude(plan.kernels.values()).rstrip(),
        "sources": kernels.sources(plan),
        "packed": False,
    }
    return [*files, CodeFile("src", "lib1.c", render("kernels.c.j2", values).encode())]


def interface_values(plan: Plan, options: AotOptions, quantization: Quantization | None = None) -> dict[str, Any]:
    """Template values of the interface: tensors, pools, and what a run takes as arguments."""
    sizes = pool_sizes(plan)
    pools = [
        {
            "name": p.name,
            "variable": _pool_variable(p.name),
            "macro": f"{macro_prefix(plan.name)}_{p.name.upper()}",
            "size": sizes.get(p.name, 0),
            "section": options.pool_section(p.name),
        }
        for p in options.arena.pools
    ]
    described = tensors(plan, quantization)
    state_bytes = sum(plan.buffers[b].spec.nbytes for b in plan.states)
    if options.arena.io:
        for tensor in described["inputs"] + described["outputs"]:
            tensor["address"] = _arena_address(plan, tensor["buffer"], sizes)
    struct = f"struct tvmgen_{plan.name}"
    arguments = {} if options.arena.io else {"inputs": f"{struct}_inputs*", "outputs": f"{struct}_outputs*"}
    if options.caller_pools:
        arguments["workspace_pools"] = f"{struct}_workspace_pools*"
    return {
        "model": plan.name,
        "prefix": macro_prefix(plan.name),
        "pools": pools,
        "workspace_size": sum(p["size"] for p in pools),
        "alignment": options.arena.alignment,
        "io_in_arena": options.arena.io,
        "caller_pools": options.caller_pools,
        "arguments": [f"{type_} {name}" for name, type_ in arguments.items()],
        "argument_names": list(arguments),
        "constant_section": options.constant_section,
        "state_bytes": state_bytes,
        **described,
    }


def harness_parts(plan: Plan, options: AotOptions) -> str:
    """``<model>_harness_parts.h``: what the harness checks and only the entry point sees, which includes it where it is
    compiled for the harness: the constants with their checksums, and the pools that are not the caller's, with guards.
    """
    interface = interface_values(plan, options)
    constants = [
        {
            "name": string_literal(plan.buffers[b].spec.name),
            "variable": _constant_variable(plan, b),
            "size": array.nbytes,
            "bits": 8 * array.dtype.itemsize,
            "checksum": f"0x{_checksum(array):08x}",
        }
        for b in _calls_and_constants(plan, interface)[1]
        if (array := plan.constants[b]).size
    ]
    pools = [] if options.caller_pools else [p for p in interface["pools"] if p["size"]]
    return render("harness_parts.h.j2", {**interface, "constants": constants, "own_pools": pools})


def _checksum(array: Array) -> int:
    """CRC-32 of the elements, each with its lowest byte first."""
    bits = f"u{array.dtype.itemsize}"
    return crc32(np.ascontiguousarray(array).view(bits).astype(f"<{bits}").data)


def _calls_and_constants(plan: Plan, interface: dict[str, Any]) -> tuple[list[dict[str, Any]], list[int]]:
    """Template values of the calls, and the buffers of the constants that they read."""
    addresses = _Addresses(plan, interface)
    calls = [_call(plan, call, addresses) for call in plan.calls if not _is_nothing(plan, call)]
    used = [i for i, b in enumerate(plan.buffers) if b.role is Role.CONSTANT and i in addresses.constants_used]
    return calls, used


def _entry_values(plan: Plan, interface: dict[str, Any]) -> dict[str, Any]:
    calls, used = _calls_and_constants(plan, interface)
    addresses = _Addresses(plan, interface)
    constants = []
    for b in used:
        spec = plan.buffers[b].spec
        definition = array_definition(_constant_variable(plan, b), plan.constants[b]).removeprefix("static const ")
        constants.append({"name": spec.name, "what": f"{spec.dtype}{list(spec.shape)}", "definition": definition})
    pools_used = [p for p in interface["pools"] if p["size"]]
    tensors_checked = not interface["io_in_arena"] and any(
        t["size"] for t in interface["inputs"] + interface["outputs"]
    )
    has_checks = bool(pools_used) or tensors_checked
    return {
        "calls": calls,
        "has_checks": has_checks,
        "has_status": has_checks or any(not c["is_copy"] for c in calls),
        "constants": constants,
        "needs_math": needs_math([*(plan.constants[b] for b in used), *plan.starts.values()]),
        "needs_string": bool(plan.states) or any(c["is_copy"] for c in calls),
        "prototypes": kernels.prototypes(plan),
        "pools_used": pools_used,
        "states": states(plan, addresses.of),
        "marker": addresses.of(plan.states[-1]) if plan.states else None,
    }


def with_marker(plan: Plan) -> Plan:
    """A plan with one more state, where it has any: a number that says that the others have been started. Memory that
    nobody started can't pass for a state then.
    """
    if not plan.states:
        return plan
    marker = Buffer(len(plan.buffers), TensorSpec("started", (1,), "uint32"), Role.STATE)
    starts = {**plan.starts, marker.id: np.array([_STARTED], np.uint32)}
    return replace(plan, buffers=(*plan.buffers, marker), states=(*plan.states, marker.id), starts=starts)


def _constant_variable(plan: Plan, buffer: int) -> str:
    """The name of a constant's array."""
    return f"constant_{identifier(plan.buffers[buffer].spec.name)}"


class _Addresses:
    """The C expression for the address of each buffer."""

    def __init__(self, plan: Plan, interface: dict[str, Any]) -> None:
        self.plan = plan
        self.roles, _ = storage_roles(plan)
        self.pool_sizes = pool_sizes(plan)
        self.constants_used: set[int] = set()
        self.caller: dict[int, str] = {}
        if not interface["io_in_arena"]:
            for kind in ("inputs", "outputs"):
                for tensor in interface[kind]:
                    self.caller[plan.root(tensor["buffer"])] = f"{kind}->{tensor['id']}"

    def of(self, buffer: int) -> str:
        root = self.plan.root(buffer)
        if self.roles[root] is Role.CONSTANT:
            self.constants_used.add(root)
            return _constant_variable(self.plan, root)
        if not self.plan.buffers[root].spec.nbytes:
            return "NULL"  # its place may be another argument's
        return self.caller.get(root) or _arena_address(self.plan, buffer, self.pool_sizes)

    def of_workspace(self, storage: int) -> str:
        return _storage_address(self.plan.storages[storage], self.pool_sizes)


def _arena_address(plan: Plan, buffer: int, sizes: Mapping[str, int]) -> str:
    storage = plan.buffers[plan.root(buffer)].storage
    return "NULL" if storage is None else _storage_address(plan.storages[storage], sizes)


def _storage_address(place: Storage, sizes: Mapping[str, int]) -> str:
    """As a ``void*``, which any parameter takes. ``sizes`` are the bytes of each pool."""
    if not sizes[place.pool]:
        return "NULL"  # nothing in it has any bytes
    pool = _pool_variable(place.pool)
    return f"(void*)({pool} + {place.offset})" if place.offset else f"(void*){pool}"


def _pool_variable(pool: str) -> str:
    """A C name for a pool in the code, which no argument and no other variable has."""
    return f"pool_{pool}"


def _is_nothing(plan: Plan, call: KernelCall) -> bool:
    """Whether a call makes no code: a view, or one that writes no bytes."""
    written = (plan.buffers[call.arguments[i]].spec.nbytes for i in written_arguments(plan, call))
    return call.kernel == NOP or not any(written)


def _call(plan: Plan, call: KernelCall, addresses: _Addresses) -> dict[str, Any]:
    arguments = [addresses.of(a) for a in call.arguments]
    if call.kernel == COPY:
        size = plan.buffers[call.arguments[1]].spec.nbytes
        return {"is_copy": True, "name": call.name, "target": arguments[1], "source": arguments[0], "size": size}
    if workspace_bytes(plan, call) and call.workspace is not None:
        arguments.append(addresses.of_workspace(call.workspace))
    what = ", ".join(map(str, call.operations)) or call.name
    statement = "\n".join(folded(f"  status = {call.kernel}({', '.join(arguments)});"))
    return {"is_copy": False, "what": what, "statement": statement}
