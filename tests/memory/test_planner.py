"""Memory plans are sound, and good."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import PlanBuilder
from random_plans import features, random_plan, run_planned, run_unshared
from tvm_model_library.errors import UnsupportedError
from tvm_model_library.plan import call_order
from tvm_model_library.plan.liveness import IO_ROLES, Liveness, analyse, lower_bound_of
from tvm_model_library.plan.memory import (
    ArenaOptions,
    MemoryPlanError,
    Pool,
    lower_bound,
    plan_arena,
    plan_storage_ids,
    pool_sizes,
    verify_plan,
)
from tvm_model_library.plan.plan import COPY, NOP, Plan, Role


def peak(plan: Plan) -> int:
    """Bytes of the arena: of its pools, or of the graph executor's storages."""
    pools = pool_sizes(plan)
    return sum(pools.values()) if pools else sum(s.size_bytes for s in plan.storages if s.pool == "arena")


OPTIONS = [
    ArenaOptions(),
    ArenaOptions(io=True, alignment=1),
    ArenaOptions(io=True, alignment=8, reorder=False),
    ArenaOptions(pools=(Pool("fast", 48), Pool("slow"))),
]
seeds = st.integers(min_value=0, max_value=100_000)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_storage_ids_are_sound(seed: int) -> None:
    plan = random_plan(seed)
    planned = plan_storage_ids(plan)
    verify_plan(planned)
    assert run_planned(planned, seed) == run_unshared(plan, seed)
    assert peak(planned) >= lower_bound(planned)


@settings(max_examples=60, deadline=None)
@given(seeds, st.sampled_from(OPTIONS))
def test_arenas_are_sound(seed: int, options: ArenaOptions) -> None:
    plan = random_plan(seed)
    planned = plan_arena(plan, options)
    verify_plan(planned)
    assert run_planned(planned, seed) == run_unshared(plan, seed)
    assert peak(planned) >= lower_bound(planned)
    for storage in planned.storages:
        assert storage.offset is None or storage.offset % options.alignment == 0
    for pool in options.pools:
        assert pool.size is None or pool_sizes(planned).get(pool.name, 0) <= pool.size


def test_random_plans_contain_what_matters() -> None:
    total: Counter[str] = Counter()
    for seed in range(40):
        total += features(random_plan(seed))
    for feature in (NOP, COPY, "kernel", "scratch", "in place", "views as outputs", "intermediates"):
        assert total[feature] >= 5, feature


def corruptions(plan: Plan) -> list[Plan]:
    """Copies of an arena plan with one storage moved over another that one call needs as well."""
    broken = []
    for call in plan.calls:
        if call.kernel in (NOP, COPY):
            continue
        allowed = {frozenset(pair) for pair in plan.kernels[call.kernel].in_place}
        for i, j in itertools.combinations(range(len(call.arguments)), 2):
            a, b = (plan.buffers[call.arguments[n]] for n in (i, j))
            if frozenset((i, j)) in allowed or a.storage == b.storage or not a.spec.nbytes or not b.spec.nbytes:
                continue
            storages = list(plan.storages)
            first, second = storages[a.storage or 0], storages[b.storage or 0]
            if first.offset is None or second.offset is None:
                continue
            storages[second.id] = replace(second, offset=first.offset, pool=first.pool)
            broken.append(replace(plan, storages=tuple(storages)))
    return broken


def test_a_corrupted_plan_is_rejected() -> None:
    count = 0
    for seed in range(60):
        for broken in corruptions(plan_arena(random_plan(seed), ArenaOptions(io=True, alignment=1))):
            count += 1
            with pytest.raises(MemoryPlanError):
                verify_plan(broken)
    assert count > 100


def test_other_defects_are_rejected() -> None:
    build = PlanBuilder()
    x = build.input("x", (8,), "uint8")
    (a,) = build.call("first", [x], [((8,), "uint8")])
    (b,) = build.call("second", [a, x], [((8,), "uint8")], workspace=4)
    (c,) = build.call("third", [a, b], [((8,), "uint8")])
    plan = build.finish(c)
    verify_plan(plan_storage_ids(plan))
    good = plan_arena(plan, ArenaOptions(io=True))
    verify_plan(good)
    with pytest.raises(MemoryPlanError, match="no storage"):
        verify_plan(plan)
    small = tuple(replace(s, size_bytes=2) for s in good.storages)
    with pytest.raises(MemoryPlanError, match="bytes"):
        verify_plan(replace(good, storages=small))
    odd = tuple(replace(s, offset=(s.offset or 0) + 1) for s in good.storages)
    with pytest.raises(MemoryPlanError, match="not aligned"):
        verify_plan(replace(good, storages=odd))
    unordered = replace(good, calls=good.calls[::-1])
    with pytest.raises(MemoryPlanError, match="never written"):
        verify_plan(unordered)
    without_scratch = replace(good, calls=tuple(replace(c, workspace=None) for c in good.calls))
    with pytest.raises(MemoryPlanError, match="scratch"):
        verify_plan(without_scratch)


def floats_and_scratch(scratch: int) -> Plan:
    build = PlanBuilder()
    x = build.input("x", (3,), "int8")
    (a,) = build.call("first", [x], [((3,), "int8")])
    (b,) = build.call("second", [a], [((3,), "float32")], workspace=8)
    (c,) = build.call("third", [a, b], [((3,), "int8")])
    plan = build.finish(c)
    kernels = {s: replace(k, workspace_alignment=scratch) for s, k in plan.kernels.items()}
    return replace(plan, kernels=kernels)


def test_elements_are_aligned_whatever_the_planner_was_told() -> None:
    """Each buffer counts with its own dtype, scratch memory with what its kernel says."""
    plan = floats_and_scratch(8)
    good = plan_arena(plan, ArenaOptions(alignment=8))
    verify_plan(good)
    verify_plan(plan_storage_ids(plan))
    (wide,) = {good.buffers[c.arguments[1]].storage for c in good.calls if c.name.startswith("second")}
    scratch = next(c.workspace for c in good.calls if c.workspace is not None)
    for storage, step, narrow in ((wide, 2, 2), (wide, 0, 1), (scratch, 4, 4), (scratch, 0, 4)):
        assert storage is not None
        moved = list(good.storages)
        offset = (moved[storage].offset or 0) + 64 + step
        moved[storage] = replace(moved[storage], offset=offset, alignment=narrow)
        with pytest.raises(MemoryPlanError, match=r"not aligned to (4|8)"):
            verify_plan(replace(good, storages=tuple(moved)))
    for alignment, needed, what in ((1, 4, r"t\d"), (4, 8, "scratch of second_1")):
        with pytest.raises(UnsupportedError, match=f"is {alignment}, but {what} has .* {needed} or more"):
            plan_arena(floats_and_scratch(2 * alignment), ArenaOptions(alignment=alignment))


def chain(sizes: list[int], in_place: bool) -> Plan:
    build = PlanBuilder()
    value = build.input("x", (sizes[0],), "uint8")
    for index, size in enumerate(sizes[1:]):
        pairs = [(0, 1)] if in_place else []
        (value,) = build.call(f"k{index}", [value], [((size,), "uint8")], in_place=pairs)
    return build.finish(value)


def test_in_place_halves_a_chain() -> None:
    options = ArenaOptions(io=True)
    assert peak(plan_arena(chain([64] * 5, False), options)) == 128
    assert peak(plan_arena(chain([64] * 5, True), options)) == 64


def test_in_place_needs_a_dying_input() -> None:
    build = PlanBuilder()
    x = build.input("x", (64,), "uint8")
    (a,) = build.call("double", [x], [((64,), "uint8")], in_place=[(0, 1)])
    (b,) = build.call("add", [x, a], [((64,), "uint8")])
    planned = plan_arena(build.finish(b), ArenaOptions(io=True))
    verify_plan(planned)
    offsets = {planned.storages[planned.buffers[b].storage or 0].offset for b in (x, a)}
    assert len(offsets) == 2


def test_a_tensor_read_twice_is_overwritten_only_where_both_places_allow_it() -> None:
    def planned(pairs: list[tuple[int, int]]) -> int:
        build = PlanBuilder()
        x = build.input("x", (64,), "uint8")
        (a,) = build.call("first", [x], [((64,), "uint8")])
        (b,) = build.call("square", [a, a], [((64,), "uint8")], in_place=pairs)
        (c,) = build.call("last", [b], [((1,), "uint8")])
        return peak(plan_arena(build.finish(c)))

    assert planned([(0, 2)]) == 128
    assert planned([(0, 2), (1, 2)]) == 64


def test_storage_ids_keep_inputs_and_constants_apart() -> None:
    for seed in range(30):
        planned = plan_storage_ids(random_plan(seed))
        kept = [planned.buffers[b].storage for b in (*planned.inputs, *planned.constants)]
        others = {b.storage for b in planned.buffers if planned.root(b.id) not in (*planned.inputs, *planned.constants)}
        others |= {c.workspace for c in planned.calls} - {None}
        kept = [s for s in kept if s is not None]
        assert len(set(kept)) == len(kept)
        assert not set(kept) & others


def test_the_order_of_calls_is_chosen() -> None:
    """Two branches with a large middle: one after the other needs less than side by side."""
    build = PlanBuilder()
    x = build.input("x", (8,), "uint8")
    (a,) = build.call("wide_a", [x], [((1000,), "uint8")])
    (b,) = build.call("wide_b", [x], [((1000,), "uint8")])
    (c,) = build.call("narrow_a", [a], [((8,), "uint8")])
    (d,) = build.call("narrow_b", [b], [((8,), "uint8")])
    (e,) = build.call("join", [c, d], [((8,), "uint8")])
    plan = build.finish(e)
    assert peak(plan_arena(plan, ArenaOptions(reorder=False))) > 2000
    best = plan_arena(plan)
    verify_plan(best)
    assert peak(best) < 1100
    assert [c.name for c in plan.calls] != [c.name for c in best.calls]


def test_the_order_of_many_branches_is_found_with_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """All branches could go on at any time: without a bound, the search grows with the cube of the calls."""
    build = PlanBuilder()
    x = build.input("x", (8,), "uint8")
    wide = [build.call(f"wide{i}", [x], [((100 + i,), "uint8")])[0] for i in range(300)]
    narrow = [build.call(f"narrow{i}", [w], [((8,), "uint8")])[0] for i, w in enumerate(wide)]
    (joined,) = build.call("join", narrow, [((8,), "uint8")])
    plan = build.finish(joined)
    tried = 0
    run = call_order._Beam._run

    def counted(*arguments: Any) -> Any:
        nonlocal tried
        tried += 1
        return run(*arguments)

    monkeypatch.setattr(call_order._Beam, "_run", counted)
    roles = frozenset({Role.INTERMEDIATE})
    best = call_order.reorder_calls(plan, roles)
    assert tried <= 2 * call_order._SEARCH_WORK
    assert lower_bound_of(analyse(plan, roles)) > 300 * 100
    assert lower_bound_of(analyse(best, roles)) < 300 * 8 + 400


def test_pools_spill_and_refuse() -> None:
    plan = chain([64, 64, 200, 64, 64], False)
    planned = plan_arena(plan, ArenaOptions(pools=(Pool("fast", 128), Pool("slow", 256))))
    verify_plan(planned)
    sizes = pool_sizes(planned)
    assert sizes["slow"] == 200
    assert sizes["fast"] <= 128
    with pytest.raises(UnsupportedError, match=r"pools are too small: .*fast 128 bytes.*largest: t\d 200"):
        plan_arena(plan, ArenaOptions(pools=(Pool("fast", 128),)))


def test_the_fast_pool_takes_what_is_used_most() -> None:
    """Of two tensors that don't both fit, the one with more traffic, whatever the order of calls and the sizes."""
    for first, second in ((10, 1000), (1000, 10)):
        build = PlanBuilder()
        x = build.input("x", (8,), "uint8")
        (a,) = build.call("a", [x], [((60,), "uint8")], traffic=(8, first))
        (b,) = build.call("b", [x], [((64,), "uint8")], traffic=(8, second))
        (c,) = build.call("join", [a, b], [((8,), "uint8")], traffic=(60, 64, 8))
        planned = plan_arena(build.finish(c), ArenaOptions(pools=(Pool("fast", 64), Pool("slow"))))
        verify_plan(planned)
        pools = [planned.storages[planned.buffers[t].storage or 0].pool for t in (a, b)]
        assert pools == (["fast", "slow"] if first > second else ["slow", "fast"])


def least_slow_traffic(liveness: Liveness, fast: int) -> int:
    """The least traffic of items outside a pool of ``fast`` bytes, over all choices of what goes into it."""
    items, near = liveness.items, liveness.neighbours()

    def fits(chosen: tuple[int, ...]) -> bool:
        for order in permutations(chosen):
            offsets: dict[int, int] = {}
            for i in order:
                blocks = sorted((offsets[j], offsets[j] + items[j].size) for j in near[i] if j in offsets)
                offset = 0
                for low, high in blocks:
                    if offset + items[i].size > low:
                        offset = max(offset, high)
                offsets[i] = offset
            if all(offsets[i] + items[i].size <= fast for i in chosen):
                return True
        return False

    every = range(len(items))
    subsets = (s for n in range(len(items) + 1) for s in combinations(every, n))
    return min(sum(items[i].traffic for i in every if i not in s) for s in subsets if fits(s))


@pytest.mark.parametrize("seed", range(25))
def test_tiny_plans_have_the_least_traffic_in_slow_memory(seed: int) -> None:
    rng = random.Random(seed)
    build = PlanBuilder()
    values = [build.input("x", (4,), "uint8")]
    for index in range(5):
        reads = rng.sample(values, min(len(values), rng.randrange(1, 3)))
        values += build.call(
            f"k{index}",
            reads,
            [((rng.randrange(1, 40),), "uint8")],
            traffic=[rng.randrange(1, 500) for _ in range(len(reads) + 1)],
        )
    plan = build.finish(values[-1])
    options = ArenaOptions(alignment=1, pools=(Pool("fast", 48), Pool("slow")), reorder=False)
    liveness = analyse(plan, frozenset({Role.INTERMEDIATE}))
    planned = plan_arena(plan, options)
    verify_plan(planned)
    slow = {s.id for s in planned.storages if s.pool == "slow"}
    found = sum(i.traffic for i in liveness.items if planned.buffers[i.buffer or 0].storage in slow)
    assert found == least_slow_traffic(liveness, 48)


def test_outputs_that_share_bytes_are_refused() -> None:
    """The compiler copies them; without a copy the caller's memory would stay as it was."""
    for shared in ("of an input", "of a constant", "of an output"):
        build = PlanBuilder()
        x = build.input("x", (4,), "uint8")
        (a,) = build.call("k", [x], [((4,), "uint8")])
        source = {"of an input": x, "of an output": a}.get(shared)
        view = build.reshape(build.constant(np.zeros(4, "uint8")) if source is None else source, (2, 2))
        plan = build.finish(a, view)
        for planned in (plan_arena(plan), plan_storage_ids(plan)):
            with pytest.raises(MemoryPlanError, match="has the bytes of"):
                verify_plan(planned)


def brute_force(liveness: Liveness) -> int:
    """The smallest peak over all offsets, tried one by one."""
    items = liveness.items
    near = liveness.neighbours()
    best = sum(i.size for i in items)
    offsets: list[int] = []

    def fits(index: int, offset: int) -> bool:
        for other in near[index]:
            if other >= index or not items[other].size or not items[index].size:
                continue
            apart = offset >= offsets[other] + items[other].size or offset + items[index].size <= offsets[other]
            if not apart and not (offset == offsets[other] and liveness.may_coincide(index, other)):
                return False
        return True

    def visit(index: int, top: int) -> None:
        nonlocal best
        if top >= best and index:
            return
        if index == len(items):
            best = top
            return
        for offset in range(best - items[index].size + 1):
            if fits(index, offset):
                offsets.append(offset)
                visit(index + 1, max(top, offset + items[index].size))
                offsets.pop()

    visit(0, 0)
    return best


@pytest.mark.parametrize("seed", range(40))
def test_tiny_plans_are_optimal(seed: int) -> None:
    plan = random_plan(seed, calls=3, largest=6)
    planned = plan_arena(plan, ArenaOptions(io=True, alignment=1, reorder=False))
    assert peak(planned) == brute_force(analyse(plan, IO_ROLES))


def test_the_lower_bound_is_one() -> None:
    gaps = []
    for seed in range(30):
        liveness = analyse(random_plan(seed, calls=3, largest=6), IO_ROLES)
        assert lower_bound_of(liveness) <= brute_force(liveness)
        gaps.append(brute_force(liveness) - lower_bound_of(liveness))
    assert min(gaps) == 0


def test_plans_are_deterministic() -> None:
    for seed in (3, 14, 15):
        assert plan_arena(random_plan(seed, calls=30)).storages == plan_arena(random_plan(seed, calls=30)).storages
        assert plan_storage_ids(random_plan(seed)).storages == plan_storage_ids(random_plan(seed)).storages


def test_a_plan_without_calls() -> None:
    build = PlanBuilder()
    x = build.input("x", (4,), "uint8")
    plan = build.finish(build.copy(x))
    verify_plan(plan_arena(plan))
    verify_plan(plan_storage_ids(plan))
    assert peak(plan_arena(plan)) == 0
