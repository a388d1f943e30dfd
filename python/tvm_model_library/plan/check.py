"""The proof that a memory plan is sound: run the plan on bytes that know whose they are.

Shares nothing with the planner: no lifetimes are computed. Each call's arguments must still be intact when it
reads them; what it writes takes the bytes away from whoever had them before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tvm_model_library.plan.liveness import workspace_bytes, written_arguments
from tvm_model_library.plan.plan import COPY, NOP, KernelCall, Plan, Role, Storage


class MemoryPlanError(AssertionError):
    """A memory plan that would compute wrong results: a defect of this package, never the user's."""


@dataclass(frozen=True)
class _Range:
    """Bytes of one region: of a pool, or of a storage that has no place in one."""

    region: str
    begin: int
    end: int

    def overlaps(self, other: _Range) -> bool:
        return self.region == other.region and max(self.begin, other.begin) < min(self.end, other.end)


class _Intact:
    """The root buffers whose bytes are still theirs, with their places."""

    def __init__(self) -> None:
        self._places: dict[int, _Range] = {}
        self._by_region: defaultdict[str, set[int]] = defaultdict(set)

    def __contains__(self, root: int) -> bool:
        return root in self._places

    def __getitem__(self, root: int) -> _Range:
        return self._places[root]

    def write(self, root: int | None, target: _Range, fresh: set[int]) -> None:
        """The bytes are ``root``'s from now on (None: scratch), and no other's except those of ``fresh``."""
        near = self._by_region[target.region]
        for other in [o for o in near - fresh if self._places[o].overlaps(target)]:
            near.discard(other)
            del self._places[other]
        if root is not None:
            near.add(root)
            self._places[root] = target


def verify_plan(plan: Plan) -> None:
    """Raise :class:`MemoryPlanError` unless every buffer has memory that is large enough, aligned, and not
    overwritten while its value is needed.
    """
    for storage in plan.storages:
        if storage.offset is not None and storage.offset < 0:
            raise MemoryPlanError(f"storage {storage.id} is before its pool: at {storage.offset}")
        _check_alignment(storage, storage.alignment)
    _check_outputs(plan)
    intact = _Intact()
    used = {plan.root(b) for call in plan.calls for b in call.arguments} | {plan.root(o) for o in plan.outputs}
    given = [
        b
        for b in plan.buffers
        if b.view_of is None and (b.role in (Role.INPUT, Role.STATE) or (b.role is Role.CONSTANT and b.id in used))
    ]
    for buffer in given:
        intact.write(buffer.id, _range_of(plan, buffer.id), set())
    for buffer in given:
        if buffer.id not in intact:
            raise MemoryPlanError(f"{buffer.spec.name!r} shares memory with another input or constant")
    for call in plan.calls:
        _run(plan, call, intact)
    for what, kept in (("output", plan.outputs), ("state", plan.states)):
        for id_ in kept:
            if plan.root(id_) not in intact:
                raise MemoryPlanError(f"{what} {plan.buffers[id_].spec.name!r} is overwritten before the end")
    _check_states(plan)


def _check_states(plan: Plan) -> None:
    """A state is written at most once, as a whole, and not read after that: each call sees what the run found."""
    done: set[int] = set()
    for call in plan.calls:
        written = set(written_arguments(plan, call)) if call.kernel != NOP else set()
        for place, argument in enumerate(call.arguments):
            root = plan.root(argument)
            if root in done:
                raise MemoryPlanError(f"{call.name} uses the state {plan.buffers[root].spec.name!r} after its change")
            if place in written and plan.buffers[root].role is Role.STATE:
                done.add(root)


def _check_outputs(plan: Plan) -> None:
    """Each output is memory of the caller's: none can share its bytes with an input, a constant, a state or another."""
    roots: set[int] = set()
    for output in plan.outputs:
        root = plan.root(output)
        if root in roots or plan.buffers[root].role in (Role.INPUT, Role.CONSTANT, Role.STATE):
            name = plan.buffers[output].spec.name
            raise MemoryPlanError(f"output {name!r} has the bytes of an input, a constant, a state or another output")
        roots.add(root)


def _run(plan: Plan, call: KernelCall, intact: _Intact) -> None:
    written = set(written_arguments(plan, call))
    roots = [plan.root(a) for a in call.arguments]
    for place, root in enumerate(roots):
        if place not in written and root not in intact:
            name = plan.buffers[call.arguments[place]].spec.name
            raise MemoryPlanError(f"{call.name} reads {name!r}, whose bytes are overwritten or were never written")
    if call.kernel == NOP:
        if roots[0] != roots[1]:
            raise MemoryPlanError(f"{call.name}: buffer {call.arguments[1]} must be a view of {call.arguments[0]}")
        return
    targets = [(place, _range_of(plan, call.arguments[place])) for place in sorted(written)]
    workspace = _workspace(plan, call)
    if workspace is not None:
        targets.append((len(roots), workspace))
    for index, (place, target) in enumerate(targets):
        if any(target.overlaps(other) for _, other in targets[:index]):
            raise MemoryPlanError(f"{call.name}: two of its outputs and its scratch memory overlap")
        for source_place, root in enumerate(roots):
            if source_place not in written and not _may_overlap(plan, call, intact[root], source_place, target, place):
                raise MemoryPlanError(f"{call.name}: argument {place} overwrites argument {source_place}")
    fresh = {roots[place] for place in written}
    for place, target in targets:
        intact.write(roots[place] if place < len(roots) else None, target, fresh)


def _may_overlap(plan: Plan, call: KernelCall, source: _Range, source_place: int, target: _Range, place: int) -> bool:
    if not source.overlaps(target):
        return True
    if call.kernel in (COPY, NOP) or source.begin != target.begin:
        return False
    return (source_place, place) in plan.kernels[call.kernel].in_place


def _range_of(plan: Plan, buffer: int) -> _Range:
    root = plan.buffers[plan.root(buffer)]
    if root.storage is None or plan.buffers[buffer].storage != root.storage:
        raise MemoryPlanError(f"buffer {buffer} ({root.spec.name!r}) has no storage, or not that of its view's root")
    if plan.buffers[buffer].spec.nbytes != root.spec.nbytes:
        raise MemoryPlanError(f"buffer {buffer} is a view of another size than {root.spec.name!r}")
    return _place(plan.storages[root.storage], root.spec.nbytes, plan.buffers[buffer].spec.alignment)


def _workspace(plan: Plan, call: KernelCall) -> _Range | None:
    size = workspace_bytes(plan, call)
    if not size:
        return None
    if call.workspace is None:
        raise MemoryPlanError(f"{call.name} needs {size} bytes of scratch memory and has none")
    return _place(plan.storages[call.workspace], size, plan.kernels[call.kernel].workspace_alignment)


def _check_alignment(storage: Storage, needed: int) -> None:
    """A pool's own address is as aligned as its storages say, so both that and the offset count."""
    if storage.alignment % needed or (storage.offset or 0) % needed:
        where = "" if storage.offset is None else f" at {storage.offset}"
        raise MemoryPlanError(f"storage {storage.id}{where}, of alignment {storage.alignment}: not aligned to {needed}")


def _place(storage: Storage, size: int, alignment: int) -> _Range:
    _check_alignment(storage, alignment)
    if size > storage.size_bytes:
        raise MemoryPlanError(f"storage {storage.id} has {storage.size_bytes} bytes, {size} are needed")
    if storage.offset is None:
        return _Range(f"storage {storage.id}", 0, size)
    return _Range(f"pool {storage.pool}", storage.offset, storage.offset + size)
