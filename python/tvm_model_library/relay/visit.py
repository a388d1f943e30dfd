"""Walking over programs of any depth: nothing here recurses on the Python stack."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeAlias

from tvm_model_library.relay import ast

Steps: TypeAlias = Generator[Any, Any, Any]


def trampoline(steps: Steps) -> Any:
    """Run a recursive algorithm written as generators: ``result = yield self.walk(child)``.

    Each ``yield`` hands over the generator of a recursive call and receives what that returns. Pending calls
    live in a list, so that depth costs heap only. An exception leaves at once: the callers don't see it.
    """
    pending = [steps]
    send = steps.send
    value: Any = None
    while True:
        try:
            call = send(value)
        except StopIteration as stop:
            pending.pop()
            if not pending:
                return stop.value
            value = stop.value
            send = pending[-1].send
        else:
            pending.append(call)
            send = call.send
            value = None


def children(expr: ast.Expr) -> tuple[ast.Expr, ...]:
    """The expressions directly inside ``expr``, in order of evaluation.

    Variables that are bound (parameters, ``let``, patterns) are not among them.
    """
    rule = _CHILDREN.get(type(expr))
    return rule(expr) if rule else ()


_CHILDREN: dict[type[ast.Expr], Callable[[Any], tuple[ast.Expr, ...]]] = {
    ast.Tuple: lambda e: e.fields,
    ast.TupleGetItem: lambda e: (e.value,),
    ast.Call: lambda e: (e.func, *e.args),
    ast.Let: lambda e: (e.value, e.body),
    ast.If: lambda e: (e.condition, e.then, e.otherwise),
    ast.Function: lambda e: (e.body,),
    ast.RefCreate: lambda e: (e.value,),
    ast.RefRead: lambda e: (e.ref,),
    ast.RefWrite: lambda e: (e.ref, e.value),
    ast.Match: lambda e: (e.data, *(c.body for c in e.clauses)),
}


def post_order(*roots: ast.Expr) -> Iterator[ast.Expr]:
    """Every expression reachable from ``roots`` once, operands before their users."""
    seen: set[int] = set()
    pending: list[tuple[ast.Expr, bool]] = [(root, False) for root in reversed(roots)]
    while pending:
        expr, expanded = pending.pop()
        if expanded:
            yield expr
        elif id(expr) not in seen:
            seen.add(id(expr))
            pending.append((expr, True))
            pending.extend((child, False) for child in reversed(children(expr)) if id(child) not in seen)


def pattern_vars(pattern: ast.Pattern) -> Iterator[ast.Var]:
    """The variables that ``pattern`` binds, left to right."""
    pending = [pattern]
    while pending:
        pattern = pending.pop()
        if isinstance(pattern, ast.PatternVar):
            yield pattern.var
        elif isinstance(pattern, ast.PatternConstructor | ast.PatternTuple):
            pending.extend(reversed(pattern.patterns))


def bound_vars(expr: ast.Expr) -> Iterable[ast.Var]:
    """The variables that ``expr`` itself binds."""
    if isinstance(expr, ast.Let):
        return (expr.var,)
    if isinstance(expr, ast.Function):
        return expr.params
    if isinstance(expr, ast.Match):
        return tuple(v for c in expr.clauses for v in pattern_vars(c.pattern))
    return ()


def free_vars(expr: ast.Expr) -> tuple[ast.Var, ...]:
    """Variables used in ``expr`` and bound nowhere inside it, in order of first use."""
    used: dict[int, ast.Var] = {}
    bound: set[int] = set()
    for node in post_order(expr):
        if isinstance(node, ast.Var):
            used.setdefault(id(node), node)
        else:
            bound.update(id(v) for v in bound_vars(node))
    return tuple(v for key, v in used.items() if key not in bound)
