"""Where lowered code comes from: the side table from PrimFuncs to the Relay calls that they compute.

Each PrimFunc made by the lowering carries the number of its operation (:data:`ORIGIN`); the module carries the
operations themselves. Fusion drops the numbers of the parts, so the pipeline reads them just before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tvm_model_library.errors import GraphPlace, Place, Span
from tvm_model_library.plan.plan import Operation

ORIGIN = "tvm_model_library.origin"
OPERATIONS = "tvm_model_library.operations"


def with_operations(module: Any, operations: Sequence[Operation]) -> Any:
    """The ``tvm.IRModule`` with the operations that its PrimFuncs' :data:`ORIGIN` numbers refer to."""
    rows = []
    for operation in operations:
        rows.append([operation.name, *_row(operation.span)])
    return module.with_attr(OPERATIONS, rows)


def operations_of(module: Any) -> list[Operation]:
    """What :func:`with_operations` stored; an empty list for modules of other frontends."""
    if not module.attrs or OPERATIONS not in module.attrs:
        return []
    operations = []
    for row in module.attrs[OPERATIONS]:
        name, *place = row
        operations.append(Operation(str(name), _place(place)))
    return operations


def _row(place: Place | None) -> list[str | int]:
    """A place in values that TVM's attributes can hold."""
    if place is None:
        return []
    if isinstance(place, GraphPlace):
        return [place.source, place.where]
    return [place.source, place.line, place.column]


def _place(row: Sequence[Any]) -> Place | None:
    if len(row) == 3:
        return Span(str(row[0]), int(row[1]), int(row[2]))
    return GraphPlace(str(row[0]), str(row[1])) if row else None


def origin_of(func: Any) -> int | None:
    """The number of the operation that a PrimFunc computes, where it is known."""
    if func.attrs is None or ORIGIN not in func.attrs:
        return None
    return int(func.attrs[ORIGIN])


def unique(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations without repetition, in order."""
    return tuple(dict.fromkeys(operations))
