"""The proof that a lowered kernel is safe, whatever made its loops: nothing here trusts a schedule.

Shown of each kernel before any code is printed: every index lies inside its buffer, every element of scratch memory
that is read has been written before on every path, every element of an output is written, and no index is divided by
anything but a positive number. Shapes are constants, so that loops can be followed exactly; where conditions depend on
data, both ways are taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, combinations, product
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.c_text.types import Interval
from tvm_model_library.compiler.loops.accesses import (
    Access,
    AccessWalk,
    Allocation,
    EitherWay,
    Loop,
    Node,
    Steps,
    UnknownStatementError,
)
from tvm_model_library.compiler.loops.bounds import Group, bounds, groups
from tvm_model_library.compiler.loops.index_sums import stored_buffers
from tvm_model_library.compiler.loops.linear import (
    Atom,
    Condition,
    Linear,
    LoopVariable,
    NotEnumerableError,
    evaluate,
    holds,
    loop_variables,
    points,
)
from tvm_model_library.compiler.loops.stored_ranges import stored_ranges
from tvm_model_library.tensors import Array

_MAX_STEPS = 20_000
"""Iterations followed one by one for one scratch buffer; what needs more counts as not proven."""
_MAX_SUMS = 1 << 24


def flaw_of(func: Any, inputs: int, ranges: Mapping[Any, Interval] | None = None) -> str | None:
    """What can't be shown of a flat PrimFunc whose first ``inputs`` pointers are read and whose others are written;
    None where all can. ``ranges`` says what the elements behind some pointers can be.
    """
    pointers = _declared(func.body)
    known = {buffer: ranges[pointer] for pointer, buffer in pointers if ranges and pointer in ranges}
    try:
        walk = AccessWalk(stored_ranges(func.body, known), stored_buffers(func.body))
        tree = walk.statement(func.body, ())
    except UnknownStatementError as error:
        return f"it is not known what {error} reads and writes"
    for divisor, facts in walk.divisors:
        ends = bounds(divisor, facts)
        if ends is not None and ends[0] <= 0:
            return f"an index is divided by a number from {ends[0]} to {ends[1]}"
    written = set(func.params[inputs:])
    outputs = [buffer for pointer, buffer in pointers if pointer in written]
    for access in _leaves(tree):
        flaw = None if isinstance(access, EitherWay) else _out_of_bounds(access)
        if flaw is not None:
            return flaw
    return _undefined(tree, outputs)


def shared_scratch_flaw(func: Any, places: Mapping[Any, tuple[int, int]]) -> str | None:
    """What is wrong with scratch buffers that share memory, given the first byte of each and the one after its last.

    Two that overlap must be used one after the other, in one iteration of every loop that either outlives.
    """
    tree = AccessWalk({}, stored_buffers(func.body)).statement(func.body, ()) if len(places) > 1 else Steps((), ())
    for a, b in combinations(places, 2):
        begin, end = max(places[a][0], places[b][0]), min(places[a][1], places[b][1])
        if begin < end and not _apart(tree, a, b):
            return f"{a.name} and {b.name} share bytes {begin} to {end} of the workspace while both are in use"
    return None


def _apart(tree: Node, a: Any, b: Any) -> bool:
    """Whether all uses of one buffer come before all uses of the other."""
    node, outlived = tree, False
    while True:
        if isinstance(node, Loop):
            if outlived:
                return False
            node = node.body
            continue
        assert isinstance(node, Steps)
        outlived |= any(isinstance(n, Allocation) and (n.buffer.same_as(a) or n.buffer.same_as(b)) for n in node.nodes)
        uses = [{buffer for buffer in (a, b) if _uses(n, buffer)} for n in node.nodes]
        both = [n for n, used in zip(node.nodes, uses, strict=True) if len(used) == 2]
        order = [used.pop() for used in uses if len(used) == 1]
        if not both:
            return order in ([a] * order.count(a) + [b] * order.count(b), [b] * order.count(b) + [a] * order.count(a))
        if len(both) > 1 or order:
            return False
        node = both[0]


def _uses(node: Node, buffer: Any) -> bool:
    return any(access.buffer.same_as(buffer) for access in _leaves(node))


def _leaves(node: Node) -> Iterator[Access]:
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Access):
            yield current
        elif isinstance(current, Loop):
            pending.append(current.body)
        elif isinstance(current, Steps):
            pending.extend(reversed(current.nodes))


def _size(buffer: Any) -> int:
    return prod(int(d) for d in buffer.shape)


def _out_of_bounds(access: Access) -> str | None:
    size = _size(access.buffer)
    index, facts = access.index, access.facts
    if index.low >= 0 and index.high < size:
        return None
    ends = bounds(index, facts)
    if ends is None or (ends[0] >= 0 and ends[1] < size):
        return None
    try:
        values = _values(index, facts)
    except NotEnumerableError:
        values = np.asarray(ends)
    if values.size == 0 or (values.min() >= 0 and values.max() < size):
        return None
    verb = "writes" if access.writes else "reads"
    return f"{verb} {access.buffer.name}[{values.min()} to {values.max()}] of {size} elements"


def _values(index: Linear, facts: Sequence[Condition]) -> Array:
    """The values of an index where all facts about loops hold. Raises :class:`NotEnumerableError`."""
    return _Sums(index, facts, {}, exact=False).values()


class _Sums:
    """The values that an index takes: all sums of one value for each group of terms that belong together.

    ``fixed`` are variables with one value. ``exact``: a fact that depends on more than loops raises
    :class:`NotEnumerableError`; else it is left out, which can only add values.
    """

    def __init__(
        self, index: Linear, facts: Sequence[Condition], fixed: Mapping[LoopVariable, int], *, exact: bool
    ) -> None:
        self._constant = index.constant
        self._fixed: dict[Atom, Array] = {v: np.asarray(value) for v, value in fixed.items()}
        self._exact = exact
        self._groups = groups(index, facts, self._fixed)

    def _of_group(self, group: Group) -> Array:
        """The values of a group's terms, each once, in order; none where its facts never hold."""
        if len(group.terms) == 1 and not group.facts:
            ((item, factor),) = group.terms.items()
            if isinstance(item, LoopVariable) and item not in self._fixed:
                values = factor * np.arange(item.low, item.high + 1)
                return values if factor > 0 else values[::-1]
        at = points([a for a in group.atoms if isinstance(a, LoopVariable)])
        shape = np.broadcast_shapes(*(a.shape for a in at.values()))
        at = {**at, **self._fixed}
        values = np.broadcast_to(evaluate(Linear(group.terms), at), shape)
        keep = np.ones(shape, bool)
        for fact in group.facts:
            try:
                keep = keep & holds(fact, at)
            except NotEnumerableError:
                if self._exact:
                    raise
        return np.unique(values[keep])

    def values(self) -> Array:
        """All of them, each once, in order."""
        total = np.asarray([self._constant])
        for values in sorted(map(self._of_group, self._groups), key=_step):
            total = _sums(total, values)
        return total


def _step(values: Array) -> int:
    """The smallest distance between two values; 0 where there are no two."""
    return int(np.diff(values).min()) if values.size > 1 else 0


def _sums(a: Array, b: Array) -> Array:
    """All sums of a value of one with a value of the other, each once, in order."""
    if a.size and b.size and a[-1] - a[0] + 1 == a.size and (b.size == 1 or int(np.diff(b).max()) <= a.size):
        return np.arange(a[0] + b[0], a[-1] + b[-1] + 1)
    if a.size * b.size > _MAX_SUMS:
        raise NotEnumerableError
    return np.unique((a[:, None] + b).reshape(-1))


def _undefined(tree: Node, outputs: Sequence[Any]) -> str | None:
    """The first element that is read before it is written, or of an output that is not written."""
    for output in outputs:
        contents = _Contents(output)
        flaw = contents.follow(tree, {})
        if flaw is None and not contents.written.all():
            flaw = f"{output.name}[{int(np.argmin(contents.written))}] may not be written"
        if flaw is not None:
            return flaw
    for allocation, outer, scope in _scopes(tree):
        flaw = _undefined_scratch(allocation.buffer, outer, scope)
        if flaw is not None:
            return flaw
    return None


def _scopes(tree: Node) -> Iterator[tuple[Allocation, tuple[Loop, ...], Steps]]:
    """Each scratch buffer with the loops around its allocation and the statements in which it lives."""
    pending: list[tuple[Node, tuple[Loop, ...]]] = [(tree, ())]
    while pending:
        node, outer = pending.pop()
        if isinstance(node, Loop):
            pending.append((node.body, (*outer, node)))
        elif isinstance(node, Steps):
            for position, child in enumerate(node.nodes):
                if isinstance(child, Allocation):
                    yield child, outer, Steps(node.nodes[position + 1 :], node.facts)
                else:
                    pending.append((child, outer))


def _undefined_scratch(buffer: Any, outer: Sequence[Loop], scope: Steps) -> str | None:
    """For each iteration of the loops around its scope in which something about the buffer's accesses may differ."""
    leaves = [a for a in _leaves(scope) if a.buffer.same_as(buffer)]
    if not leaves:
        return None
    mentioned = _variables(leaves, scope.facts)
    around = [loop.variable for loop in outer if loop.variable is not None and loop.variable in mentioned]
    if prod(v.high - v.low + 1 for v in around) > _MAX_STEPS:
        return f"{buffer.name} is used in too many iterations to follow"
    for values in product(*(range(v.low, v.high + 1) for v in around)):
        flaw = _Contents(buffer).follow(scope, dict(zip(around, values, strict=True)))
        if flaw is not None:
            return flaw
    return None


def _variables(leaves: Sequence[Access], given: Sequence[Condition]) -> set[LoopVariable]:
    """The loop variables on which elements and conditions depend, those of the given facts apart."""
    facts = (f for a in leaves for f in a.facts if not any(f is g for g in given))
    return set(loop_variables(chain((a.index for a in leaves), facts)))


class _Contents:
    """Which elements of a buffer have been written."""

    def __init__(self, buffer: Any) -> None:
        self.written = np.zeros(_size(buffer), bool)
        self._buffer = buffer
        self._steps = 0
        self._given: Sequence[Condition] = ()

    def follow(self, node: Node, fixed: Mapping[LoopVariable, int]) -> str | None:
        """Run a node, with the variables of some loops around it fixed; the first read of what may be undefined."""
        leaves = [a for a in _leaves(node) if a.buffer.same_as(self._buffer)]
        undefined = next((a for a in leaves if not a.writes and not self._is_defined(a, fixed)), None)
        if undefined is None:
            self._write(leaves, fixed)
            return None
        if not isinstance(node, Steps | Loop):
            return f"{self._buffer.name} may be read before it is written"
        given, written = self._given, self.written.copy()
        self._given = node.facts
        flaw = self._follow_parts(node, leaves, fixed)
        self._given, self.written = given, written
        self._write(leaves, fixed)
        return flaw

    def _follow_parts(
        self, node: Steps | Loop, leaves: Sequence[Access], fixed: Mapping[LoopVariable, int]
    ) -> str | None:
        """Run the parts of a node, all of whose accesses are only made where the given facts hold."""
        if isinstance(node, Steps):
            flaws = (self.follow(child, fixed) for child in node.nodes)
            return next((flaw for flaw in flaws if flaw is not None), None)
        variable = node.variable
        if variable is None or variable not in _variables(leaves, self._given):
            return self.follow(node.body, fixed)  # all iterations are the same to the buffer
        for value in range(variable.low, variable.high + 1):
            self._steps += 1
            if self._steps > _MAX_STEPS:
                return f"{self._buffer.name} is used in too many iterations to follow"
            flaw = self.follow(node.body, {**fixed, variable: value})
            if flaw is not None:
                return flaw
        return None

    def _is_defined(self, read: Access, fixed: Mapping[LoopVariable, int]) -> bool:
        """Whether all elements that a read may mean have been written."""
        if self.written.all():
            return True
        try:
            return bool(self.written[_Sums(read.index, read.facts, fixed, exact=False).values()].all())
        except NotEnumerableError:
            ends = bounds(read.index, read.facts)
            return ends is None or bool(self.written[max(ends[0], 0) : ends[1] + 1].all())

    def _write(self, leaves: Sequence[Access], fixed: Mapping[LoopVariable, int]) -> None:
        """What is certain to be written, where the given facts hold."""
        for write in leaves:
            if write.writes:
                facts = [f for f in write.facts if not any(f is g for g in self._given)]
                with suppress(NotEnumerableError):
                    self.written[_Sums(write.index, facts, fixed, exact=True).values()] = True


def _declared(body: Any) -> list[tuple[Any, Any]]:
    """The buffers over the function's pointers: pairs of pointer and buffer."""
    import tvm_ffi
    from tvm import tirx

    found: list[tuple[Any, Any]] = []

    def visit(node: Any) -> None:
        found.append((node.data, node.buffer))

    tvm_ffi.structural_walk(body, (tirx.DeclBuffer, visit))
    return found
