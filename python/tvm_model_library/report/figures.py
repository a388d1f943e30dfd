"""The figures of a compiled model: frozen dataclasses, read off the planned Plan."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from tvm_model_library.compiled import CompiledModel
from tvm_model_library.executors.graph_embedding import rounded_bytes
from tvm_model_library.plan.liveness import (
    IO_ROLES,
    Item,
    analyse,
    item_labels,
    short_name,
    storage_roles,
    workspace_bytes,
    written_arguments,
)
from tvm_model_library.plan.plan import COPY, NOP, KernelCall, Plan, Storage
from tvm_model_library.plan.storage_ids import GRAPH_POOL
from tvm_model_library.report.footprint import Footprint, Symbol

SCHEMA = 1


@dataclass(frozen=True)
class Tensor:
    """Bytes of a pool over a range of calls, both ends included: a tensor (``kind``: input, intermediate, output) or
    the scratch memory of a call (``kind``: scratch, without shape and dtype). ``first`` is -1 for what is there before
    the first call; ``last`` is the number of calls for what stays after the last one. ``traffic`` are the bytes that
    one run reads and writes there.
    """

    name: str
    kind: str
    bytes: int
    pool: str
    offset: int
    first: int
    last: int
    traffic: int
    shape: tuple[int, ...] = ()
    dtype: str = ""


@dataclass(frozen=True)
class Call:
    """One step. ``live`` are the bytes of the arena in use while it runs; ``read`` and ``written`` those of its
    tensors, constants included. ``operations`` are the operators of the source, with their places.
    """

    name: str
    kernel: str
    operations: tuple[str, ...]
    macs: int
    read: int
    written: int
    scratch: int
    live: int


@dataclass(frozen=True)
class Constant:
    """A tensor in read-only data."""

    name: str
    bytes: int
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Pool:
    """A piece of RAM, how much of it is used, and how many bytes one run reads and writes there."""

    name: str
    bytes: int
    traffic: int


@dataclass(frozen=True)
class Kernel:
    """A function and how many calls share it. ``code`` are the bytes of its machine code, None before it is built."""

    symbol: str
    calls: int
    code: int | None = None


@dataclass(frozen=True)
class Report:
    """All figures; sizes in bytes. ``ram`` is the arena of the AOT executor: with scratch memory, and with inputs and
    outputs where they lie in it. Of the graph executor's arena it is what tensors and scratch memory take, inputs and
    outputs included, but without the executor's tables, which come on top. ``lower_bound`` is what no plan of these
    calls in this order can bring ``ram`` below, without alignment. ``read_only`` holds the constants or, for the graph
    executor, its graph and parameter blob. ``built`` is what the compiled library holds, None before it is compiled.
    ``state_bytes``, of ``ram``, are kept from one run to the next. ``contract`` says whose integers a quantized network
    computes, and against which release that was checked.
    """

    schema: int
    model: str
    executor: str
    target: str
    ram: int
    lower_bound: int
    macs: int
    input_bytes: int
    output_bytes: int
    pools: tuple[Pool, ...]
    tensors: tuple[Tensor, ...]
    calls: tuple[Call, ...]
    kernels: tuple[Kernel, ...]
    constants: tuple[Constant, ...]
    read_only: tuple[Constant, ...]
    built: Footprint | None = None
    state_bytes: int = 0
    contract: str = ""

    @property
    def read_only_bytes(self) -> int:
        """Bytes of flash that are known before anything is compiled."""
        return sum(c.bytes for c in self.read_only)

    @property
    def ram_name(self) -> str:
        """What ``ram`` is: the arena, or the tensors in it."""
        return "arena" if self.executor == "aot" else "tensors"

    @property
    def ram_note(self) -> str:
        """What to say behind ``ram``. How large the graph executor's tables are, only the C compiler knows."""
        return "" if self.executor == "aot" else " (the executor's tables come on top)"

    def to_json(self) -> str:
        """The same as JSON, its keys as the fields here."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @staticmethod
    def from_json(text: str) -> Report:
        """What :meth:`to_json` wrote. Raises ``ValueError`` for anything else."""
        fields = json.loads(text)
        if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
            raise ValueError(f"no memory report of schema {SCHEMA}")
        try:
            for name, kind in _ROW_KINDS.items():
                fields[name] = tuple(kind(**_tuples(row)) for row in fields[name])
            if fields["built"] is not None:
                symbols = tuple(Symbol(**row) for row in fields["built"].pop("symbols"))
                fields["built"] = Footprint(**fields["built"], symbols=symbols)
            return Report(**fields)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"a damaged memory report: {error}") from None

    def with_footprint(self, built: Footprint) -> Report:
        """The report of the compiled model. What the compiler split off a kernel counts as the kernel's code."""
        code = dict.fromkeys((k.symbol for k in self.kernels), 0)
        for symbol in built.symbols:
            base = symbol.name.split(".")[0]  # kernel.part.0, kernel.constprop.0
            if symbol.kind == "code" and base in code:
                code[base] += symbol.bytes
        return replace(self, kernels=tuple(replace(k, code=code[k.symbol]) for k in self.kernels), built=built)

    def totals(self) -> list[tuple[str, int]]:
        """The figures at the top of the report, in bytes but for the last one."""
        rows = []
        if len(self.pools) > 1:
            rows = [(f"RAM, pool {p.name} ({p.traffic:,} bytes read and written)", p.bytes) for p in self.pools]
        rows.append((f"RAM, {self.ram_name}{self.ram_note}", self.ram))
        if self.state_bytes:
            rows.append(("RAM, of that state kept between runs", self.state_bytes))
        rows += [("RAM, lower bound of these calls", self.lower_bound), ("flash, constants", self.read_only_bytes)]
        if self.built is not None:
            rows += [("flash, code", self.built.code), ("flash, all of the library", self.built.flash)]
            rows.append(("RAM, static in the library", self.built.ram))
        rows += [("inputs", self.input_bytes), ("outputs", self.output_bytes)]
        return [*rows, ("multiply-accumulates", self.macs)]

    def peak_time(self) -> int:
        """When the most bytes are in use: the index of the first such call; -1, or the number of calls, where that is
        only before the first or after the last one.
        """
        count = len(self.calls)
        times = range(-1, count + 1)
        live = dict(zip(times, _live(self.tensors, times), strict=True))
        return max(times, key=lambda time: (live[time], 0 <= time < count, -time))

    def live_at(self, time: int) -> int:
        """Bytes in use during a call, or before the first (-1) or after the last one: two tensors in one place count
        once.
        """
        return _occupied(t for t in self.tensors if t.first <= time <= t.last)

    def alive_at(self, time: int) -> list[Tensor]:
        """What holds memory then, largest first."""
        return sorted((t for t in self.tensors if t.first <= time <= t.last), key=lambda t: (-t.bytes, t.name))


_ROW_KINDS = {
    "pools": Pool,
    "tensors": Tensor,
    "calls": Call,
    "kernels": Kernel,
    "constants": Constant,
    "read_only": Constant,
}


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def report_of(compiled: CompiledModel) -> Report:
    """The report of a compiled model."""
    plan = compiled.plan
    memory = compiled.memory()
    tensors = _tensors(plan)
    pools = {t.pool: Pool(t.pool, 0, 0) for t in tensors}
    for t in tensors:
        pool = pools[t.pool]
        pools[t.pool] = Pool(t.pool, max(pool.bytes, t.offset + t.bytes), pool.traffic + t.traffic)
    constants = tuple(
        Constant(plan.buffers[i].spec.name, int(a.nbytes), tuple(a.shape), plan.buffers[i].spec.dtype)
        for i, a in plan.constants.items()
    )
    read_only = constants
    if compiled.graph_json is not None:
        blob = Constant("parameter blob", len(compiled.params), (), "")
        read_only = (Constant("graph", len(compiled.graph_json.encode()) + 1, (), ""), blob)
        if pools:  # the last storage is rounded up as well
            pools[GRAPH_POOL] = replace(pools[GRAPH_POOL], bytes=memory["arena_size"])
    live = _live(tensors, range(len(plan.calls)))
    calls = tuple(_call(plan, call, bytes_) for call, bytes_ in zip(plan.calls, live, strict=True))
    return Report(
        SCHEMA,
        plan.name,
        compiled.executor,
        str(compiled.target),
        memory["arena_size"],
        memory["arena_lower_bound"],
        sum(c.macs for c in calls),
        memory["input_size"],
        memory["output_size"],
        tuple(pool for _, pool in sorted(pools.items())),
        tensors,
        calls,
        tuple(Kernel(symbol, len(uses)) for symbol, uses in plan.uses().items()),
        constants,
        read_only,
        state_bytes=memory["state_size"],
        contract=_contract(compiled),
    )


def _contract(compiled: CompiledModel) -> str:
    origin = compiled.model.origin
    return "" if origin is None or not origin.contract else f"{origin.contract} (checked against {origin.checked})"


def _tensors(plan: Plan) -> tuple[Tensor, ...]:
    """Everything with a place in RAM that the planner chose, by pool and offset. The graph executor never gives the
    memory of an input to another tensor.
    """
    places = _places(plan)
    keeps_inputs = not _has_offsets(plan)
    outputs = storage_roles(plan)[1]
    items = analyse(plan, IO_ROLES).items
    found = []
    for item, label in zip(items, item_labels(plan, items), strict=True):
        storage = _storage_of(plan, item)
        if storage is None or storage.id not in places:
            continue
        pool, offset = places[storage.id]
        if item.buffer is not None:
            buffer = plan.buffers[item.buffer]
            kind = "output" if item.buffer in outputs else buffer.role.value
            end = len(plan.calls) if keeps_inputs and kind == "input" else item.end
            place = (pool, offset, item.start, end, item.traffic, buffer.spec.shape, buffer.spec.dtype)
            found.append(Tensor(label, kind, item.size, *place))
        else:
            found.append(Tensor(label, "scratch", item.size, pool, offset, item.start, item.end, item.traffic))
    return tuple(sorted(found, key=lambda t: (t.pool, t.first, t.offset, t.name)))


def _places(plan: Plan) -> dict[int, tuple[str, int]]:
    """Pool and offset of each storage in RAM. The graph executor's storages follow each other, as in its arena."""
    if _has_offsets(plan):
        return {s.id: (s.pool, s.offset) for s in plan.storages if s.offset is not None}
    places: dict[int, tuple[str, int]] = {}
    end = 0
    for storage in plan.storages:
        if storage.pool == GRAPH_POOL:
            places[storage.id] = (GRAPH_POOL, end)
            end += rounded_bytes(storage)
    return places


def _has_offsets(plan: Plan) -> bool:
    return any(s.offset is not None for s in plan.storages)


def _storage_of(plan: Plan, item: Item) -> Storage | None:
    index = plan.buffers[item.buffer].storage if item.buffer is not None else plan.calls[item.start].workspace
    return None if index is None else plan.storages[index]


def _call(plan: Plan, call: KernelCall, live: int) -> Call:
    written = written_arguments(plan, call)
    moves = call.kernel != NOP
    sizes = [plan.buffers[a].spec.nbytes if moves else 0 for a in call.arguments]
    kernel = None if call.kernel in (NOP, COPY) else plan.kernels[call.kernel]
    return Call(
        short_name(plan, call.name),
        call.kernel,
        tuple(map(str, call.operations)),
        kernel.macs if kernel else 0,
        sum(s for i, s in enumerate(sizes) if i not in written),
        sum(s for i, s in enumerate(sizes) if i in written),
        workspace_bytes(plan, call),
        live,
    )


def _live(tensors: tuple[Tensor, ...], times: range) -> list[int]:
    """Bytes that hold a tensor at each time: those of two in one place count once."""
    waiting = sorted(tensors, key=lambda t: t.first, reverse=True)
    alive: list[Tensor] = []
    result = []
    for time in times:
        while waiting and waiting[-1].first <= time:
            alive.append(waiting.pop())
        alive = [t for t in alive if t.last >= time]
        result.append(_occupied(alive))
    return result


def _occupied(tensors: Iterable[Tensor]) -> int:
    intervals = sorted((t.pool, t.offset, t.offset + t.bytes) for t in tensors)
    total, pool, end = 0, "", 0
    for name, low, high in intervals:
        if name != pool:
            pool, end = name, 0
        total += max(0, high - max(low, end))
        end = max(end, high)
    return total
