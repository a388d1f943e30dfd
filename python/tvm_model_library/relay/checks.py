"""Attributes of operator calls: names, kinds and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tvm_model_library.errors import Place, RelayTypeError, UnknownOperatorError
from tvm_model_library.relay import ast
from tvm_model_library.relay.literals import dtype_name
from tvm_model_library.relay.operator import REQUIRED, Attr, Attrs, Operator, close_names, find_operator
from tvm_model_library.relay.visit import post_order

_MISSING = object()
_UNSET_DTYPES = ("", "void")  # how TVM's printer writes a dtype that is not given
_SHOWN_DEPTH, _SHOWN_ITEMS, _SHOWN_CHARACTERS = 3, 8, 80


def check_operator_calls(expr: ast.Expr) -> None:
    """Every operator in ``expr`` exists and has the attributes that it is given. Raises ``RelayTypeError``."""
    for node in post_order(expr):
        if isinstance(node, ast.OpRef):
            require_operator(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.OpRef):
            call_attrs(require_operator(node.func), node)


def require_operator(ref: ast.OpRef) -> Operator:
    """The operator that ``ref`` names. Raises :class:`UnknownOperatorError` naming close ones."""
    operator = find_operator(ref.name)
    if operator is None:
        close = close_names(ref.name)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        raise UnknownOperatorError(f"unknown operator {ref.name}{hint}", ref.span)
    return operator


def call_attrs(operator: Operator, call: ast.Call) -> Attrs:
    """The attributes of ``call``, each of its declared kind, defaults filled in.

    Raises :class:`RelayTypeError` on an attribute that is unknown, missing, or of the wrong kind.
    """
    given = call.attrs
    for name in given:
        if name not in operator.attributes_by_name and name != "attrs_type_key":
            known = ", ".join(operator.attributes_by_name) or "none"
            raise RelayTypeError(f"{operator.name} has no attribute {name}; its attributes: {known}", call.span)
    values: dict[str, Any] = {}
    for attr in operator.attributes:
        value = given.get(attr.name, _MISSING)
        if value is _MISSING:
            if attr.default is REQUIRED:
                raise RelayTypeError(f"{operator.name} needs the attribute {attr.name}", call.span)
            values[attr.name] = attr.default
        else:
            values[attr.name] = _convert(operator, attr, value, call.span)
    return Attrs(values)


def _convert(operator: Operator, attr: Attr, value: Any, span: Place) -> Any:
    kind = attr.kind
    if kind == "any":
        return value
    if value is None and attr.null_is_default:
        return attr.default
    if kind.endswith("?"):
        if value is None or (kind == "dtype?" and value in _UNSET_DTYPES):
            return None
        kind = kind[:-1]
    try:
        result = _of_kind(kind, value)
    except ValueError:
        raise RelayTypeError(
            f"attribute {attr.name} of {operator.name} must be {describe_kind(attr.kind)}, found {show(value)}", span
        ) from None
    if attr.choices and result not in attr.choices:
        choices = ", ".join(map(show, attr.choices))
        raise RelayTypeError(
            f"attribute {attr.name} of {operator.name} must be one of {choices}, found {show(value)}", span
        )
    return result


def _of_kind(kind: str, value: Any) -> Any:
    """``value`` as the plain kind ``kind``. Raises ``ValueError``."""
    if kind == "any":
        return value
    if kind.endswith("[]"):
        items = value if isinstance(value, tuple) else (value,)
        return tuple(_of_kind(kind[:-2], item) for item in items)
    if kind == "int" and isinstance(value, int):
        return int(value)
    if kind == "float" and isinstance(value, int | float):
        return float(value)
    if kind == "bool" and (isinstance(value, bool) or value in (0, 1)):
        return bool(value)
    if kind == "str" and isinstance(value, str):
        return value
    if kind == "dtype" and isinstance(value, str) and dtype_name(value) is not None:
        return dtype_name(value)
    raise ValueError


def describe_kind(kind: str) -> str:
    """``kind`` of an attribute in words."""
    optional = kind.endswith("?")
    kind = kind.removesuffix("?")
    depth = 0
    while kind.endswith("[]"):
        kind, depth = kind[:-2], depth + 1
    words = {"int": "an integer", "float": "a number", "bool": "True or False", "str": "a string", "dtype": "a dtype"}
    text = words.get(kind, kind)
    if depth:
        text = "a list of " + "lists of " * (depth - 1) + f"values, each {text}"
    return text + (" or None" if optional else "")


def show(value: Any, depth: int = _SHOWN_DEPTH) -> str:
    """An attribute's value as the text writes it; of a long or deep one the beginning."""
    if isinstance(value, str):
        return f'"{value[:_SHOWN_CHARACTERS]}..."' if len(value) > _SHOWN_CHARACTERS else f'"{value}"'
    if isinstance(value, tuple):
        if value and not depth:
            return "[...]"
        inner = ", ".join(show(v, depth - 1) for v in value[:_SHOWN_ITEMS])
        return f"[{inner}{', ...' if len(value) > _SHOWN_ITEMS else ''}]"
    if isinstance(value, ast.Opaque):
        return f"an object of kind {value.kind}"
    if isinstance(value, ast.Expr):
        return "an expression"
    if isinstance(value, Mapping):
        return "a mapping"
    return str(value)
