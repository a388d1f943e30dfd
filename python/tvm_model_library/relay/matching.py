"""Which values a ``match`` leaves out.

The clauses are rows of patterns; a row of columns is covered when, for each constructor that the first column can
have, the rows for that constructor cover the rest (the usefulness check for pattern matrices).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tvm_model_library.relay import ast
from tvm_model_library.relay.visit import Steps, trampoline

_Row = tuple[ast.Pattern, ...]


def unmatched(match: ast.Match, types: Mapping[str, ast.TypeDefinition]) -> str | None:
    """A pattern, as text, of values that no clause of ``match`` takes; None when all are taken."""
    constructors = {c.name: c for t in types.values() for c in t.constructors}
    rows: list[_Row] = [(clause.pattern,) for clause in match.clauses]
    witness = trampoline(_uncovered(rows, 1, constructors, types))
    return None if witness is None else str(witness[0])


def _uncovered(
    rows: Sequence[_Row],
    width: int,
    constructors: Mapping[str, ast.Constructor],
    types: Mapping[str, ast.TypeDefinition],
) -> Steps:
    """Texts of ``width`` patterns that no row covers, or None."""
    if not rows:
        return ("_",) * width
    if width == 0 or all(_is_default(p) for p in rows[0]):
        return None
    heads = [row[0] for row in rows if not _is_default(row[0])]
    if not heads:
        rest = yield _uncovered([row[1:] for row in rows], width - 1, constructors, types)
        return None if rest is None else ("_", *rest)
    first = heads[0]
    if isinstance(first, ast.PatternTuple):
        arity = len(first.patterns)
        rest = yield _uncovered(_specialize(rows, None, arity), arity + width - 1, constructors, types)
        return None if rest is None else (f"({', '.join(rest[:arity])})", *rest[arity:])
    assert isinstance(first, ast.PatternConstructor)
    for constructor in types[constructors[first.constructor].type_name].constructors:
        arity = len(constructor.fields)
        chosen = _specialize(rows, constructor.name, arity)
        rest = yield _uncovered(chosen, arity + width - 1, constructors, types)
        if rest is not None:
            fields = f"({', '.join(rest[:arity])})" if arity else ""
            return (constructor.name + fields, *rest[arity:])
    return None


def _is_default(pattern: ast.Pattern) -> bool:
    return isinstance(pattern, ast.PatternWildcard | ast.PatternVar)


def _specialize(rows: Sequence[_Row], constructor: str | None, arity: int) -> list[_Row]:
    """The rows that can take ``constructor`` (None: a tuple) in the first column, which its fields replace."""
    chosen = []
    for row in rows:
        head = row[0]
        if isinstance(head, ast.PatternConstructor | ast.PatternTuple):
            if getattr(head, "constructor", None) == constructor:
                chosen.append(head.patterns + row[1:])
        else:
            chosen.append((ast.PatternWildcard(head.span),) * arity + row[1:])
    return chosen
