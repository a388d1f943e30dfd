"""Rows that the next iteration needs again are kept: a window of padded rows moves down by one row instead of being
filled anew. Each row of the input is then read once, before the output reaches it, so that the output may take the
input's memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from tvm_model_library.compiler.loops.analysis import loads, variables_of


@dataclass(frozen=True)
class _Window:
    """A nest that fills scratch rows in each iteration of ``loop``: its loops (``rows`` outermost) and its store."""

    loop: Any
    position: int
    allocation: int
    loops: tuple[Any, ...]
    store: Any
    row: int


def keep_rows(func: Any) -> Any | None:
    """The flat PrimFunc with its outermost such window kept from iteration to iteration; None where there is none."""
    import tvm_ffi
    from tvm import tirx

    found: list[_Window] = []

    def visit(loop: Any) -> None:
        window = _window(loop)
        if window is not None:
            found.append(window)

    tvm_ffi.structural_walk(func.body, (tirx.For, visit))
    if len(found) != 1:
        return None
    (window,) = found

    def replace(loop: Any) -> Any:
        return _rewritten(window) if loop.same_as(window.loop) else loop

    body = tvm_ffi.structural_map(func.body, (tirx.For, replace), order="pre")
    return tirx.PrimFunc(func.params, body, func.ret_type, attrs=func.attrs)


def _window(loop: Any) -> _Window | None:
    """The window that an iteration of ``loop`` fills, where it is that of the iteration before, moved by one row."""
    from tvm import tirx

    if not (isinstance(loop.min, tirx.IntImm) and isinstance(loop.extent, tirx.IntImm)):
        return None  # bounds known only at run time
    if not isinstance(loop.body, tirx.SeqStmt) or int(loop.min) != 0 or int(loop.extent) < 2:
        return None
    statements = list(loop.body.seq)
    allocations = {s.buffer: i for i, s in enumerate(statements) if isinstance(s, tirx.AllocBuffer)}
    for position, statement in enumerate(statements):
        loops, store = _nest(statement)
        if len(loops) < 2 or store is None or store.buffer not in allocations:
            continue
        row = _row_size(loops, store)
        if row is None or _stores_to(loop, store.buffer) != 1 or not _moves(loop, loops[0], store.value):
            continue
        return _Window(loop, position, allocations[store.buffer], loops, store, row)
    return None


def _nest(statement: Any) -> tuple[tuple[Any, ...], Any]:
    """The loops of a perfect nest around one store; None for the store where a bound is known only at run time."""
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    loops = []
    while isinstance(statement, tirx.For):
        loops.append(statement)
        statement = statement.body
    known = all(isinstance(bound, prim.IntImm) for at in loops for bound in (at.min, at.extent))
    plain = known and all(int(at.min) == 0 for at in loops)
    return tuple(loops), statement if plain and isinstance(statement, tirx.BufferStore) else None


def _row_size(loops: tuple[Any, ...], store: Any) -> int | None:
    """Elements of a row, where the outermost loop walks over rows and the others fill one completely, in order."""
    from tvm import sym
    from tvm.ir.prim import expr as prim

    extents = [int(at.extent) for at in loops]
    if len(store.indices) != 1 or extents[0] < 2:
        return None
    values = list(sym.detect_linear_equation(store.indices[0], [at.loop_var for at in loops]))
    if len(values) != len(loops) + 1 or not all(isinstance(v, prim.IntImm) for v in values):
        return None
    steps = [prod(extents[i + 1 :]) for i in range(len(loops))]
    return steps[0] if [int(v) for v in values] == [*steps, 0] else None


def _moves(loop: Any, rows: Any, value: Any) -> bool:
    """Whether a value depends on the iteration and the row by their sum only, and what it reads is there before the
    loop and stays.
    """
    from tvm import sym, tirx

    if {load.source for load in loads(value)} & _made_in(loop.body):
        return False
    total = tirx.Var("total", loop.loop_var.ty)
    by_sum = sym.Analyzer().simplify(_substituted(value, {loop.loop_var: total - rows.loop_var}))
    left = {loop.loop_var, rows.loop_var}
    return not any(v in left for v in variables_of(by_sum))


def _made_in(body: Any) -> set[Any]:
    """The buffers that come to be or change in a statement."""
    import tvm_ffi
    from tvm import tirx

    made: set[Any] = set()

    def visit(node: Any) -> None:
        made.add(node.buffer)

    tvm_ffi.structural_walk(body, [(kind, visit) for kind in (tirx.AllocBuffer, tirx.DeclBuffer, tirx.BufferStore)])
    return made


def _stores_to(loop: Any, buffer: Any) -> int:
    import tvm_ffi
    from tvm import tirx

    count = 0

    def visit(store: Any) -> None:
        nonlocal count
        count += bool(store.buffer.same_as(buffer))

    tvm_ffi.structural_walk(loop.body, (tirx.BufferStore, visit))
    return count


def _rewritten(window: _Window) -> Any:
    """Allocate, fill all rows but the last, one too low; in each iteration move the rows up and fill the last one."""
    from tvm import tirx

    loop, rows, buffer = window.loop, window.loops[0], window.store.buffer
    count = int(rows.extent)
    statements = list(loop.body.seq)
    allocation = statements[window.allocation]
    step = tirx.Var("row", rows.loop_var.ty)
    first = _fill(window, {loop.loop_var: tirx.const(0, str(loop.loop_var.ty.dtype)), rows.loop_var: step}, 1)
    begin = tirx.For(step, 0, count - 1, tirx.ForKind.SERIAL, first)
    element = tirx.Var("element", rows.loop_var.ty)
    above = tirx.BufferLoad(buffer, [element + window.row])
    move = tirx.BufferStore(buffer, above, [element])
    moves = tirx.For(element, 0, (count - 1) * window.row, tirx.ForKind.SERIAL, move)
    last = _fill(window, {rows.loop_var: tirx.const(count - 1, str(rows.loop_var.ty.dtype))}, 0)
    statements[window.position : window.position + 1] = [moves, last]
    del statements[window.allocation]
    body = tirx.For(loop.loop_var, loop.min, loop.extent, loop.kind, tirx.SeqStmt(statements))
    return tirx.SeqStmt([allocation, begin, body])


def _fill(window: _Window, values: Mapping[Any, Any], shift: int) -> Any:
    """One row of the nest with some variables replaced, written ``shift`` rows later."""
    from tvm import sym, tirx

    fresh = {at.loop_var: tirx.Var(at.loop_var.name, at.loop_var.ty) for at in window.loops[1:]}
    replaced = {**values, **fresh}
    simplify = sym.Analyzer().simplify
    index = simplify(_substituted(window.store.indices[0], replaced) + shift * window.row)
    statement = tirx.BufferStore(window.store.buffer, simplify(_substituted(window.store.value, replaced)), [index])
    for at in reversed(window.loops[1:]):
        statement = tirx.For(fresh[at.loop_var], 0, at.extent, tirx.ForKind.SERIAL, statement)
    return statement


def _substituted(expr: Any, values: Mapping[Any, Any]) -> Any:
    import tvm
    import tvm_ffi

    return tvm_ffi.structural_map(expr, (tvm.ir.Var, lambda variable: values.get(variable, variable)))
