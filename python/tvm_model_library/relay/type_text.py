"""Types as text, in TVM's spelling, at any depth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tvm_model_library.relay.types import FuncType, RefType, TensorType, TupleType, Type, TypeCall, TypeVar

_MESSAGE_LENGTH = 200


def type_text(type_: Type, limit: int | None = None, names: Mapping[TypeVar, str] | None = None) -> str:
    """The text of ``type_``; cut off with ``...`` at about ``limit`` characters. ``names`` renames type variables."""
    parts: list[str] = []
    length = 0
    pending: list[Type | str] = [type_]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            text = item
        elif isinstance(item, TupleType):
            close = ",)" if len(item.fields) == 1 else ")"
            pending.extend(_reversed("(", item.fields, close))
            continue
        elif isinstance(item, TypeCall):
            pending.extend(_reversed("[", item.args, "]"))
            pending.append(item.func)
            continue
        elif isinstance(item, FuncType):
            generics = f"[{', '.join(v.name for v in item.type_params)}]" if item.type_params else ""
            pending.append(item.result)
            pending.extend(_reversed(f"fn {generics}(", item.params, ") -> "))
            continue
        elif isinstance(item, RefType):
            pending.extend((")", item.value, "ref("))
            continue
        elif isinstance(item, TypeVar) and names:
            text = names.get(item, item.name)
        else:
            text = str(item)
        parts.append(text)
        length += len(text)
        if limit is not None and length > limit:
            return "".join(parts) + "..."
    return "".join(parts)


def _reversed(open_: str, items: Iterable[Type], close: str) -> list[Type | str]:
    sequence: list[Type | str] = [open_]
    for index, item in enumerate(items):
        if index:
            sequence.append(", ")
        sequence.append(item)
    sequence.append(close)
    return sequence[::-1]


def short(type_: Type) -> str:
    """``type_`` for an error message."""
    return str(type_) if isinstance(type_, TensorType) else type_text(type_, _MESSAGE_LENGTH)
