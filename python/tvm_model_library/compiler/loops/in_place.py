"""Which inputs of a kernel may share memory with an output.

An output may overwrite an input when each element of the input is read before any iteration overwrites it, and never
after. That is decided on the lowered loops: for each load of the input and each store of the output, the loops
around both must walk windows of memory that don't overlap, the same for load and store, or walk upwards with the loads
ahead of all stores; inside a window the load comes first: in an earlier statement, or at the same element in the same
statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Any

from tvm_model_library.plan.plan import Parameter
from tvm_model_library.tensors import dtype_bits


@dataclass(frozen=True)
class _Access:
    """A load or store: where it stands (a path of statement positions), its loops, and its index."""

    loops: tuple[Any, ...]
    path: tuple[int, ...]
    index: Any


@dataclass(frozen=True)
class _Affine:
    """``sum(coefficient * loop) + rest``, with the values that the rest takes over the inner loops: ``low``, ``high``,
    and others in multiples of ``step`` from there.
    """

    coefficients: tuple[int, ...]
    low: int
    high: int
    step: int


def in_place_pairs(body: Any, parameters: tuple[Parameter, ...]) -> tuple[tuple[int, int], ...]:
    """The pairs (input, output) of parameter indices of a plain-pointer PrimFunc that may have the same address."""
    accesses = _Collector(body)
    pairs = []
    for output, written in enumerate(parameters):
        if not written.written:
            continue
        for source, read in enumerate(parameters):
            if not read.written and alike(read, written) and accesses.may_overwrite(source, output):
                pairs.append((source, output))
    return tuple(pairs)


def alike(a: Parameter, b: Parameter) -> bool:
    """Equal sizes, and types that C lets share memory."""
    same_type = a.spec.dtype == b.spec.dtype or dtype_bits(a.spec.dtype) == dtype_bits(b.spec.dtype) == 8
    return same_type and a.spec.nbytes == b.spec.nbytes > 0


class _Collector:
    """All accesses to parameters in a function body."""

    def __init__(self, func: Any) -> None:
        self._owners = {p: i for i, p in enumerate(func.params)}
        self._loads: dict[int, list[_Access]] = {}
        self._stores: dict[int, list[_Access]] = {}
        self._opaque: set[int] = set()
        self._statement(func.body, (), ())

    def may_overwrite(self, source: int, output: int) -> bool:
        stores = self._stores.get(output, [])
        if not stores or {source, output} & self._opaque or self._loads.get(output):
            return False
        return all(_load_comes_first(load, store) for load in self._loads.get(source, []) for store in stores)

    def _statement(self, node: Any, loops: tuple[Any, ...], path: tuple[int, ...]) -> None:
        from tvm import tirx

        if isinstance(node, tirx.SeqStmt):
            for position, child in enumerate(node.seq):
                self._statement(child, loops, (*path, position))
        elif isinstance(node, tirx.For):
            self._statement(node.body, (*loops, node), (*path, 0))
        elif isinstance(node, tirx.IfThenElse):
            self._expression(node.condition, loops, (*path, 0))
            self._statement(node.then_case, loops, (*path, 1))
            if node.else_case is not None:
                self._statement(node.else_case, loops, (*path, 2))
        elif isinstance(node, tirx.BufferStore):
            self._expression([*node.indices, node.value], loops, path)
            owner = self._owners.get(node.buffer)
            if owner is not None:
                self._stores.setdefault(owner, []).append(_Access(loops, path, node.indices[0]))
        elif isinstance(node, tirx.DeclBuffer):
            if node.data in self._owners:
                self._owners[node.buffer] = self._owners[node.data]
        elif isinstance(node, tirx.AttrStmt):
            self._statement(node.body, loops, path)
        else:
            self._everything(node, loops, path)

    def _everything(self, node: Any, loops: tuple[Any, ...], path: tuple[int, ...]) -> None:
        """A statement of another kind (a ``while``): what it touches is not analysed."""
        import tvm
        import tvm_ffi

        def visit(variable: Any) -> None:
            if variable in self._owners:
                self._opaque.add(self._owners[variable])

        tvm_ffi.structural_walk(node, (tvm.ir.Var, visit))

    def _expression(self, expr: Any, loops: tuple[Any, ...], path: tuple[int, ...]) -> None:
        import tvm
        import tvm_ffi

        def visit(load: Any) -> None:
            owner = self._owners.get(load.source)
            if owner is not None:
                self._loads.setdefault(owner, []).append(_Access(loops, path, load.indices[0]))

        tvm_ffi.structural_walk(expr, (tvm.ir.expr.TensorLoad, visit))


def _load_comes_first(load: _Access, store: _Access) -> bool:
    read, written = _affine(load, ()), _affine(store, ())
    if read is not None and written is not None and (read.high < written.low or written.high < read.low):
        return True
    shared = 0
    for a, b in zip(load.loops, store.loops, strict=False):
        if not a.same_as(b):
            break
        shared += 1
    common = store.loops[:shared]
    same_statement = load.path == store.path and len(load.loops) == len(store.loops) == shared
    if not same_statement and load.path >= store.path:
        return False
    a, b = _affine(load, common), _affine(store, common)
    if a is None or b is None or a.coefficients != b.coefficients:
        return False
    if same_statement and not a.low == a.high == b.low == b.high:
        return False
    window = max(a.high, b.high) - min(a.low, b.low) + 1
    extents = [int(loop.extent) for loop in common]
    if _windows_are_disjoint(b.coefficients, extents, window):
        return True
    if _are_interleaved(b.coefficients, extents, gcd(a.step, b.step, a.low - b.low)):
        return True
    return _loads_stay_ahead(b.coefficients, extents, a.low - b.high)


def _loads_stay_ahead(coefficients: tuple[int, ...], extents: list[int], distance: int) -> bool:
    """Whether the loops walk upwards, and all that an iteration loads lies above all that the iterations before it
    stored. ``distance`` is that from the highest store of an iteration to its own lowest load.
    """
    inner = 0
    for step, count in reversed(list(zip(coefficients, extents, strict=True))):
        if count > 1:
            if step <= 0 or step - inner + distance <= 0:
                return False
            inner += step * (count - 1)
    return True


def _windows_are_disjoint(coefficients: tuple[int, ...], extents: list[int], window: int) -> bool:
    span = window
    for step, count in sorted((abs(c), n) for c, n in zip(coefficients, extents, strict=True)):
        if count > 1:
            if step < span:
                return False
            span += step * (count - 1)
    return True


def _are_interleaved(coefficients: tuple[int, ...], extents: list[int], step: int) -> bool:
    """Whether no two iterations mean the same element, each walking in multiples of ``step`` from where it begins."""
    span = sum(abs(c) * (n - 1) for c, n in zip(coefficients, extents, strict=True))
    return span < step and _windows_are_disjoint(coefficients, extents, 1)


def _affine(access: _Access, common: tuple[Any, ...]) -> _Affine | None:
    """The index as an affine function of the loops around it; None where it is none."""
    from tvm import sym
    from tvm.ir.prim import expr as prim

    loops = access.loops
    if not all(isinstance(bound, prim.IntImm) for loop in loops for bound in (loop.min, loop.extent)):
        return None  # bounds known only at run time
    if any(int(loop.min) != 0 for loop in loops):
        return None
    if isinstance(access.index, prim.IntImm):
        return _Affine((0,) * len(common), int(access.index), int(access.index), 0)
    values = list(sym.detect_linear_equation(access.index, [loop.loop_var for loop in loops]))
    if len(values) != len(loops) + 1 or not all(isinstance(v, prim.IntImm) for v in values):
        return None
    coefficients = [int(v) for v in values]
    low = high = coefficients.pop()
    step = 0
    for coefficient, loop in list(zip(coefficients, loops, strict=True))[len(common) :]:
        reach = coefficient * (int(loop.extent) - 1)
        low, high = low + min(reach, 0), high + max(reach, 0)
        step = gcd(step, reach and coefficient)
    return _Affine(tuple(coefficients[: len(common)]), low, high, step)
