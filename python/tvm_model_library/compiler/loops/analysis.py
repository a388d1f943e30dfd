"""Questions about TIR: the blocks of a schedule, and the statements and expressions of lowered code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

_SPATIAL, _REDUCTION = 0, 2
HIDDEN = "arithmetic."
"""How the names of the functions begin that stand for arithmetic on data while loops are made."""
_DIVISIONS = ("Div", "FloorDiv", "Mod", "FloorMod")
_CHEAP_CALLS = ("if_then_else", "likely", "reinterpret", "fabs", "abs", "isnan", "floor", "ceil", "trunc")


@dataclass(frozen=True)
class Cost:
    """How large an expression is, whether it takes decisions, and whether repeating it would be felt."""

    nodes: int
    conditional: bool
    expensive: bool


def blocks_of(schedule: Any) -> list[Any]:
    """The blocks of a schedule, producers first."""
    return list(schedule.get_child_blocks(schedule.get_sblock("root")))


def is_reduction(node: Any) -> bool:
    """Whether a block accumulates into its outputs over reduction axes."""
    kinds = {int(i.iter_type) for i in node.iter_vars}
    return _REDUCTION in kinds and kinds <= {_SPATIAL, _REDUCTION} and node.init is not None


def is_injective(node: Any) -> bool:
    """Whether a block stores one value of one buffer at each point of its spatial axes."""
    from tvm import tirx

    spatial = all(int(i.iter_type) == _SPATIAL for i in node.iter_vars)
    return spatial and node.init is None and len(node.writes) == 1 and isinstance(node.body, tirx.BufferStore)


def spatial_vars(node: Any) -> list[Any]:
    return [i for i in node.iter_vars if int(i.iter_type) == _SPATIAL]


def reduction_vars(node: Any) -> list[Any]:
    return [i for i in node.iter_vars if int(i.iter_type) == _REDUCTION]


def points(node: Any) -> int:
    """How often a block runs in all."""
    return prod(extent(i) for i in node.iter_vars)


def extent(iter_var: Any) -> int:
    return int(iter_var.dom.extent)


def elements(buffer: Any) -> int:
    return prod(int(d) for d in buffer.shape)


def runs(schedule: Any, block: Any) -> int:
    """How often a block runs under its loops, recomputation included."""
    return prod(int(schedule.get(loop).extent) for loop in schedule.get_loops(block))


def loads_of(expr: Any, buffer: Any) -> list[Any]:
    """The loads of a buffer inside an expression or statement, in order, repetitions included."""
    return [load for load in loads(expr) if load.source.same_as(buffer)]


def loads(expr: Any) -> list[Any]:
    """All loads inside an expression or statement, in order, repetitions included."""
    import tvm
    import tvm_ffi

    found: list[Any] = []
    tvm_ffi.structural_walk(expr, (tvm.ir.expr.TensorLoad, _append(found)))
    return found


def _append(found: list[Any]) -> Any:
    """A visitor that keeps what it sees; it must return None for the walk to go on."""

    def visit(value: Any) -> None:
        found.append(value)

    return visit


def hidden_kind(call: Any) -> str | None:
    """The kind of node (``"Add"``) that a call stands for; None for other calls."""
    if not str(call.op.name).endswith("call_pure_extern"):
        return None
    name = str(call.args[0].value)
    return name.removeprefix(HIDDEN) if name.startswith(HIDDEN) else None


def cost_of(expr: Any) -> Cost:
    """Size and weight of an expression or statement."""
    import tvm
    import tvm_ffi
    from tvm.ir.prim import expr as prim

    nodes: list[Any] = []
    tvm_ffi.structural_walk(expr, (tvm.ir.Expr, _append(nodes)))
    conditional = expensive = False
    for node in nodes:
        kind = hidden_kind(node) if isinstance(node, tvm.ir.Call) else type(node).__name__
        if kind is None:
            name = str(node.op.name).split(".")[-1]
            conditional |= name == "if_then_else"
            expensive |= name not in _CHEAP_CALLS
        elif kind == "Select":
            conditional = True
        elif kind in _DIVISIONS:
            divisor = node.args[-1] if isinstance(node, tvm.ir.Call) else node.b
            expensive |= not isinstance(divisor, prim.IntImm | prim.FloatImm)
    size = sum(not isinstance(node, tvm.ir.StringImm) for node in nodes)  # the names of functions do not count
    return Cost(size, conditional, expensive)


def strides_of(region: Any, variables: list[Any]) -> list[int] | None:
    """By how many elements a read moves when each variable steps; None for a read that is not affine or no point."""
    from tvm import sym
    from tvm.ir.prim import expr as prim

    buffer = region.source
    offset: Any = 0
    step = 1
    for dim in reversed(range(len(buffer.shape))):
        if not isinstance(region.region[dim].extent, prim.IntImm) or int(region.region[dim].extent) != 1:
            return None
        offset = region.region[dim].min * step + offset
        step *= int(buffer.shape[dim])
    if isinstance(offset, int):
        return [0] * len(variables)
    coefficients = sym.detect_linear_equation(offset, variables)
    if len(coefficients) != len(variables) + 1:
        return None
    values = []
    for coefficient in list(coefficients)[:-1]:
        if not isinstance(coefficient, prim.IntImm):
            return None
        values.append(int(coefficient))
    return values


def realize_values(schedule: Any, block: Any) -> list[Any]:
    """What a block's axes are bound to: expressions over the loop variables around it."""
    import tvm_ffi
    from tvm import s_tir

    node = schedule.get(block)
    found: list[Any] = []

    def visit(realize: Any) -> None:
        if realize.block.same_as(node):
            found.append(list(realize.iter_values))

    tvm_ffi.structural_walk(schedule.mod["main"].body, (s_tir.SBlockRealize, visit))
    return found[0] if found else []


def variables_of(expr: Any) -> Iterator[Any]:
    """The variables inside an expression."""
    import tvm
    import tvm_ffi

    found: list[Any] = []
    tvm_ffi.structural_walk(expr, (tvm.ir.Var, _append(found)))
    return iter(found)


def leaves(node: Any, loops: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The statements of lowered code that hold no others, and the conditions of branches, in order, each with the
    ``For`` and ``While`` loops around it, outermost first.
    """
    from tvm import tirx

    if isinstance(node, tirx.SeqStmt):
        for child in node.seq:
            yield from leaves(child, loops)
    elif isinstance(node, tirx.AttrStmt):
        yield from leaves(node.body, loops)
    elif isinstance(node, tirx.For):
        yield from leaves(node.body, (*loops, node))
    elif isinstance(node, tirx.While):
        yield node.condition, (*loops, node)
        yield from leaves(node.body, (*loops, node))
    elif isinstance(node, tirx.IfThenElse):
        yield node.condition, loops
        yield from leaves(node.then_case, loops)
        if node.else_case is not None:
            yield from leaves(node.else_case, loops)
    else:
        yield node, loops


def multiply_accumulates(func: Any) -> int:
    """How many products the function adds up: the runs of its blocks that accumulate a product."""
    import tvm_ffi
    from tvm import s_tir, tirx
    from tvm.ir.prim import expr as prim

    count = 0

    def visit(block: Any) -> None:
        nonlocal count
        if not is_reduction(block) or not isinstance(block.body, tirx.BufferStore):
            return
        value = block.body.value
        if isinstance(value, prim.Add) and any(isinstance(_uncast(side), prim.Mul) for side in (value.a, value.b)):
            count += points(block)

    tvm_ffi.structural_walk(func.body, (s_tir.SBlock, visit))
    return count


def _uncast(expr: Any) -> Any:
    from tvm.ir.prim import expr as prim

    while isinstance(expr, prim.Cast):
        expr = expr.value
    return expr
