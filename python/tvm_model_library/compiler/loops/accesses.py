"""What a lowered kernel reads and writes, in order: the facts that proofs about it work on.

The statements of a flat PrimFunc become a tree of loops around reads and writes. Their indices, and the conditions
under which they happen, are sums over the loops' variables (:mod:`tvm_model_library.compiler.loops.linear`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tvm_model_library.compiler.loops.bounds import bounds
from tvm_model_library.compiler.loops.index_sums import Facts, IndexSums, is_choice, is_integer, stored_buffers
from tvm_model_library.compiler.loops.linear import Linear, LoopVariable, NotNegative, Undecided, atom, negation


@dataclass(frozen=True, eq=False)
class Access:
    """A read or write of one element. ``facts`` hold whenever it happens."""

    buffer: Any
    index: Linear
    facts: Facts
    writes: bool


class EitherWay(Access):
    """A write that both ways of a condition make, whichever is taken: their own accesses come before it."""


@dataclass(frozen=True, eq=False)
class Allocation:
    """Where a scratch buffer comes to be, without contents."""

    buffer: Any


@dataclass(frozen=True, eq=False)
class Loop:
    """``body`` for each value of ``variable``, or, where that is None, any number of times, where ``facts`` hold."""

    variable: LoopVariable | None
    body: Node
    facts: Facts


@dataclass(frozen=True, eq=False)
class Steps:
    """One node after the other, where ``facts`` hold."""

    nodes: tuple[Node, ...]
    facts: Facts


Node: TypeAlias = "Access | Allocation | Loop | Steps"


class UnknownStatementError(Exception):
    """A statement of which it is not known what it reads and writes."""


class AccessWalk(IndexSums):
    """Turns statements into nodes."""

    def statement(self, node: Any, facts: Facts) -> Node:
        """The accesses of a statement where the facts hold. Raises :class:`UnknownStatementError`."""
        kind = type(node).__name__
        if kind in _WITHOUT_ACCESSES:
            return Steps((), facts)
        if kind not in _STATEMENTS:
            raise UnknownStatementError(kind)
        found: Node = getattr(self, _STATEMENTS[kind])(node, facts)
        return found

    def _seq(self, node: Any, facts: Facts) -> Node:
        return Steps(tuple(self.statement(child, facts) for child in node.seq), facts)

    def _attribute(self, node: Any, facts: Facts) -> Node:
        return self.statement(node.body, facts)

    def _allocate(self, node: Any, facts: Facts) -> Node:
        return Allocation(node.buffer)

    def _for(self, node: Any, facts: Facts) -> Node:
        first, count = self.linear(node.min, facts), self.linear(node.extent, facts)
        before = [*self.reads(node.min, facts), *self.reads(node.extent, facts)]
        last = first + count - 1
        ends = bounds(first, facts), bounds(last, facts)
        if ends[0] is None or ends[1] is None or ends[0][0] > ends[1][1]:
            return Steps(tuple(before), facts)  # it never runs
        variable = LoopVariable(ends[0][0], ends[1][1])
        here = atom(variable)
        self.variables[node.loop_var] = here
        inside = facts
        if first.terms or count.terms:
            inside = (*inside, NotNegative(here - first), NotNegative(last - here))
        if node.step is not None or _leaves_early(node.body):
            inside = (*inside, Undecided())
        changing = stored_buffers(node.body)
        self.forget(changing)
        body = self._block(node.body, inside)
        self.forget(changing)
        return Steps((*before, Loop(variable, body, facts)), facts)

    def _block(self, node: Any, facts: Facts) -> Steps:
        """A statement that stands by itself where the facts hold."""
        return Steps((self.statement(node, facts),), facts)

    def _while(self, node: Any, facts: Facts) -> Node:
        changing = stored_buffers(node.body)
        self.forget(changing)
        condition = self.condition(node.condition, facts)
        reads = self.reads(node.condition, facts)
        body = self._block(node.body, (*facts, condition, Undecided()))
        self.forget(changing)
        return Loop(None, Steps((*reads, body), facts), facts)

    def _if(self, node: Any, facts: Facts) -> Node:
        condition = self.condition(node.condition, facts)
        nodes: list[Node] = list(self.reads(node.condition, facts))
        before = self.atoms
        ways = [self._block(node.then_case, (*facts, condition))]
        self.atoms = before
        if node.else_case is not None:
            ways.append(self._block(node.else_case, (*facts, negation(condition))))
        nodes += ways
        if len(ways) == 2:
            first, second = map(_certain_writes, ways)
            nodes += [EitherWay(w.buffer, w.index, facts, writes=True) for w in first if _among(w, second)]
        self.forget(stored_buffers(node.then_case))
        return Steps(tuple(nodes), facts)

    def _store(self, node: Any, facts: Facts) -> Node:
        index = self.linear(node.indices[0], facts)
        reads = [*self.reads(node.indices[0], facts), *self.reads(node.value, facts)]
        self.forget({node.buffer})
        return Steps((*reads, Access(node.buffer, index, facts, writes=True)), facts)

    def _bind(self, node: Any, facts: Facts) -> Node:
        if is_integer(node.value):
            self.variables[node.var] = self.linear(node.value, facts)
        return Steps(tuple(self.reads(node.value, facts)), facts)

    def _evaluate(self, node: Any, facts: Facts) -> Node:
        return Steps(tuple(self.reads(node.value, facts)), facts)

    def reads(self, expr: Any, facts: Facts) -> list[Access]:
        """What an expression reads, in order."""
        import tvm
        import tvm_ffi

        loads: list[Any] = []
        decides = False

        def visit_load(load: Any) -> None:
            loads.append(load)

        def visit_call(call: Any) -> None:
            nonlocal decides
            decides |= is_choice(call)

        tvm_ffi.structural_walk(expr, [(tvm.ir.expr.TensorLoad, visit_load), (tvm.ir.Call, visit_call)])
        if not decides or not loads:
            return [Access(e.source, self.linear(e.indices[0], facts), facts, writes=False) for e in loads]
        return self._reads_by_case(expr, facts)

    def _reads_by_case(self, expr: Any, facts: Facts) -> list[Access]:
        """What an expression reads that evaluates only one side of some of its choices."""
        import tvm
        from tvm.ir.prim import expr as prim

        if is_choice(expr):
            condition = self.condition(expr.args[0], facts)
            cases = ((*facts, condition), (*facts, negation(condition)))
            then, otherwise = (self.reads(a, case) for a, case in zip(expr.args[1:], cases, strict=True))
            return [*self.reads(expr.args[0], facts), *then, *otherwise]
        if isinstance(expr, tvm.ir.expr.TensorLoad):
            read = Access(expr.source, self.linear(expr.indices[0], facts), facts, writes=False)
            return [*self.reads(expr.indices[0], facts), read]
        if isinstance(expr, prim.Let):
            before = self.reads(expr.value, facts)
            if is_integer(expr.value):
                self.variables[expr.var] = self.linear(expr.value, facts)
            return [*before, *self.reads(expr.body, facts)]
        return [access for part in _operands(expr) for access in self.reads(part, facts)]


def _certain_writes(way: Steps) -> list[Access]:
    """The writes that are made whenever one way of a condition is taken."""
    writes: list[Access] = []
    pending: list[Node] = [way]
    while pending:
        node = pending.pop()
        if isinstance(node, Access) and node.writes and node.facts is way.facts:
            writes.append(node)
        elif isinstance(node, Steps) and node.facts is way.facts:
            pending.extend(node.nodes)
    return writes


def _among(write: Access, others: Sequence[Access]) -> bool:
    return any(o.buffer.same_as(write.buffer) and o.index == write.index for o in others)


_STATEMENTS: Mapping[str, str] = {
    "SeqStmt": "_seq",
    "AttrStmt": "_attribute",
    "AllocBuffer": "_allocate",
    "For": "_for",
    "While": "_while",
    "IfThenElse": "_if",
    "BufferStore": "_store",
    "Bind": "_bind",
    "Evaluate": "_evaluate",
}

_WITHOUT_ACCESSES = ("DeclBuffer", "Break", "Continue", "Return")


def _operands(expr: Any) -> Iterator[Any]:
    """What an expression is made of."""
    import tvm

    if isinstance(expr, tvm.ir.Call):
        yield from expr.args
        return
    for name in ("a", "b", "value", "condition", "true_value", "false_value"):
        part = getattr(expr, name, None)
        if isinstance(part, tvm.ir.Expr):
            yield part


def _leaves_early(body: Any) -> bool:
    """Whether statements of a loop's body may be skipped by a jump."""
    import tvm_ffi
    from tvm import tirx

    found = False

    def visit(node: Any) -> None:
        nonlocal found
        found = True

    tvm_ffi.structural_walk(body, [(kind, visit) for kind in (tirx.Break, tirx.Continue, tirx.Return)])
    return found
