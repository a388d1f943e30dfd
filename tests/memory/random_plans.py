"""Random plans, and a machine that runs plans on bytes: the judge of memory plans that knows no lifetimes."""

from __future__ import annotations

import random
import zlib
from collections import Counter

import numpy as np
from plans import PlanBuilder
from tvm_model_library.plan.plan import COPY, NOP, Plan, Role, root_of


def random_plan(seed: int, calls: int = 12, largest: int = 40) -> Plan:
    """A plan of uint8 tensors with views, copies, scratch memory, in-place pairs and several outputs."""
    rng = random.Random(seed)
    build = PlanBuilder(f"m{seed}")
    values = [build.input(f"x{i}", (rng.randrange(1, largest),), "uint8") for i in range(rng.randrange(1, 3))]
    values.append(build.constant(np.arange(rng.randrange(1, largest), dtype="uint8")))
    made: list[int] = []
    for index in range(calls):
        recent = values[-4:] if rng.random() < 0.7 else values
        kind = rng.random()
        if kind < 0.1:
            source = rng.choice(recent)
            outputs = [build.reshape(source, (1, *build.buffers[source].spec.shape))]
        elif kind < 0.2:
            outputs = [build.copy(rng.choice(recent))]
        else:
            reads = [rng.choice(recent) for _ in range(rng.randrange(1, 4))]
            writes = rng.choice([1, 1, 1, 2])
            pairs = [(i, len(reads) + o) for i in range(len(reads)) for o in range(writes) if rng.random() < 0.4]
            shapes = [((rng.randrange(0 if rng.random() < 0.1 else 1, largest),), "uint8") for _ in range(writes)]
            workspace = rng.choice([0, 0, rng.randrange(1, largest)])
            outputs = build.call(f"k{index}", reads, shapes, workspace=workspace, in_place=pairs)
        values += outputs
        made += outputs
    chosen: dict[int, int] = {}  # by root: no two outputs have the same bytes
    for output in [made[-1], *(m for m in made if rng.random() < 0.15)]:
        root = root_of(build.buffers, output)
        if build.buffers[root].role is Role.INTERMEDIATE:
            chosen.setdefault(root, output)
    return build.finish(*sorted(chosen.values() or [build.copy(made[-1])]))


def run_unshared(plan: Plan, seed: int) -> list[bytes]:
    """The outputs when every tensor has memory of its own."""
    memory: dict[int, bytes] = _given(plan, seed)
    for call in plan.calls:
        if call.kernel in (NOP, COPY):
            memory[call.arguments[1]] = memory[call.arguments[0]]
            continue
        written = {i for i, p in enumerate(plan.kernels[call.kernel].parameters) if p.written}
        read = [memory[a] for i, a in enumerate(call.arguments) if i not in written]
        for i in sorted(written):
            memory[call.arguments[i]] = _compute(call.kernel, i, read, plan.buffers[call.arguments[i]].spec.nbytes)
    return [memory[o] for o in plan.outputs]


def run_planned(plan: Plan, seed: int) -> list[bytes]:
    """The outputs when tensors lie where the plan's storages say. Scratch memory is filled before inputs are read."""
    regions: dict[str, bytearray] = {}

    def view(storage_id: int | None, size: int) -> memoryview:
        assert storage_id is not None
        storage = plan.storages[storage_id]
        key = f"#{storage.id}" if storage.offset is None else storage.pool
        region = regions.setdefault(key, bytearray(b"\xee" * 100_000))
        start = storage.offset or 0
        return memoryview(region)[start : start + size]

    def tensor(buffer: int) -> memoryview:
        return view(plan.buffers[buffer].storage, plan.buffers[buffer].spec.nbytes)

    for buffer, data in _given(plan, seed).items():
        if plan.buffers[buffer].storage is not None:
            tensor(buffer)[:] = data
    for call in plan.calls:
        if call.kernel == NOP:
            continue
        if call.kernel == COPY:
            tensor(call.arguments[1])[:] = bytes(tensor(call.arguments[0]))
            continue
        kernel = plan.kernels[call.kernel]
        if kernel.workspace_bytes:
            view(call.workspace, kernel.workspace_bytes)[:] = b"\xaa" * kernel.workspace_bytes
        written = [i for i, p in enumerate(kernel.parameters) if p.written]
        read = [bytes(tensor(a)) for i, a in enumerate(call.arguments) if i not in written]
        for i in written:
            target = tensor(call.arguments[i])
            target[:] = _compute(call.kernel, i, read, len(target))
    return [bytes(tensor(o)) for o in plan.outputs]


def _given(plan: Plan, seed: int) -> dict[int, bytes]:
    rng = random.Random(seed)
    given = {b: rng.randbytes(plan.buffers[b].spec.nbytes) for b in plan.inputs}
    return {**given, **{b: a.tobytes() for b, a in plan.constants.items()}}


def _compute(kernel: str, place: int, read: list[bytes], size: int) -> bytes:
    return random.Random(zlib.crc32(b"|".join([f"{kernel}{place}".encode(), *read]))).randbytes(size)


def features(plan: Plan) -> Counter[str]:
    """What a plan contains, to be sure that random plans cover it."""
    found = Counter(c.kernel if c.kernel in (NOP, COPY) else "kernel" for c in plan.calls)
    found["outputs"] = len(plan.outputs)
    found["views as outputs"] = sum(plan.buffers[o].view_of is not None for o in plan.outputs)
    found["scratch"] = sum(k.workspace_bytes > 0 for k in plan.kernels.values())
    found["in place"] = sum(bool(k.in_place) for k in plan.kernels.values())
    found["intermediates"] = sum(b.role is Role.INTERMEDIATE for b in plan.buffers)
    return found
