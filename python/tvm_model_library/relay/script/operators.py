"""A function for every operator, made from the registry, under TVM's name and with TVM's parameters."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from tvm_model_library.errors import RelayTypeError
from tvm_model_library.relay.checks import describe_kind
from tvm_model_library.relay.operator import REQUIRED, Attr, Operator, find_operator, operators
from tvm_model_library.relay.script import signatures, ty
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.expr import Constant, ExprLike, TupleWrapper, as_expr, binary, const, operator
from tvm_model_library.relay.script.nd import NDArray
from tvm_model_library.relay.script.places import caller
from tvm_model_library.relay.script.summaries import SUMMARIES
from tvm_model_library.relay.types import TupleType

Function: TypeAlias = Callable[..., Any]

_ANNOTATIONS = {"int": "int", "float": "float", "str": "str", "bool": "bool", "dtype": "Dtype", "any": "Any"}
_ARGUMENT, _ARGUMENT_DIM = "ExprLike", "Expr"


def make_function(made: Operator) -> Function:
    """The function of an operator: arguments in their order, then attributes, unless ``signatures`` says otherwise."""
    signature = _signature(made)

    def call(values: Mapping[str, Any]) -> Any:
        return call_operator(made, values)

    return bound_function(function_name(made.name), signature, call, documentation(made, signature))


def bound_function(
    path: str, signature: inspect.Signature, call: Callable[[Mapping[str, Any]], Any], doc: str
) -> Function:
    """A function that calls ``call`` with the values of all parameters. It raises ``RelayTypeError`` on arguments
    that do not fit the parameters.
    """

    def function(*args: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(*args, **named)
        except TypeError as error:
            raise RelayTypeError(f"relay.{path}: {error}{_close(signature, named)}", caller()) from None
        bound.apply_defaults()
        return call(bound.arguments)

    function.__name__ = function.__qualname__ = path.rpartition(".")[2]
    function.__doc__ = doc
    function.__module__ = f"{__name__.rpartition('.')[0]}.op"
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def function_name(name: str) -> str:
    """Where the function of an operator is found below ``relay``, as in ``qnn.op.conv2d``. An operator whose name has
    more than two parts has a function of the last ones joined by ``_``.
    """
    space, _, rest = signatures.NAMES.get(name, name).partition(".")
    return f"{'qnn.op' if space == 'qnn' else space}.{rest.replace('.', '_')}" if rest else space


def generated() -> Iterator[tuple[str, Function]]:
    """All functions that are made from the registry, by where they are found."""
    for made in operators():
        yield function_name(made.name), make_function(made)


# -- calling


def call_operator(made: Operator, values: Mapping[str, Any]) -> Any:
    """A call of an operator with values by the names of the function's parameters."""
    renamed = signatures.RENAMED.get(made.name, {})
    given = {renamed.get(name, name): value for name, value in values.items()}
    settings = {name: _known(value) for name, value in given.items() if name not in made.inputs}
    if any(isinstance(v, Expr) for v in settings.values()):
        return call_operator(_dynamic(made, settings), {**values, **settings})
    if made.inputs == ("lhs", "rhs") and not settings:
        return binary(made.name, given["lhs"], given["rhs"])
    dtypes = signatures.CONSTANTS.get(made.name, {})
    arguments = [as_argument(given[name], dtypes.get(name)) for name in made.inputs]
    attributes = dict(_attributes(made, settings))
    return unpacked(operator(made.name, arguments, attributes), signatures.FIELDS.get(made.name))


def unpacked(call: Expr, fields: int | None = None) -> Any:
    """A call; where it has several results, so that it can be unpacked. ``fields`` is their number, for a call whose
    type is not known yet.
    """
    type_ = call.known_type
    if type_ is not None:
        fields = len(type_.fields) if isinstance(type_, TupleType) else None
    return call if fields is None else TupleWrapper(call, fields)


def as_argument(value: ExprLike, dtype: str | None = None) -> Expr:
    """``value`` as the argument of an operator: numbers, and sequences of them, are tensors; ``dtype`` is theirs."""
    if isinstance(value, list | tuple) and not _has_expressions(value):
        value = np.array(value, dtype)
    if isinstance(value, bool | int | float | np.ndarray | np.generic | NDArray):
        return const(value, dtype)
    return as_expr(value)


def _has_expressions(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return not value or any(map(_has_expressions, value))
    return isinstance(value, Expr | TupleWrapper)


def _known(value: Any) -> Any:
    """The value of a constant that is given for an attribute."""
    return value.node.value.tolist() if isinstance(value, Constant) else value


def _dynamic(made: Operator, settings: Mapping[str, Any]) -> Operator:
    name = signatures.DYNAMIC.get(made.name)
    found = find_operator(name) if name else None
    for setting, value in settings.items():
        if isinstance(value, Expr) and (found is None or setting not in _argument_parameters(found)):
            raise RelayTypeError(f"{made.name}: {setting} must be known, found an expression without a value", caller())
    assert found is not None
    return found


def _argument_parameters(made: Operator) -> set[str]:
    back = {new: old for old, new in signatures.RENAMED.get(made.name, {}).items()}
    return {back.get(name, name) for name in made.inputs}


def _attributes(made: Operator, settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a call says: attributes that do not have their default."""
    for name, value in settings.items():
        attr = made.attributes_by_name[name]
        if value is None and not attr.kind.endswith("?") and attr.kind != "any":
            continue  # TVM's None for "as it is"
        if attr.kind.startswith("dtype") and value is not None:
            if value == "" and attr.default in ("", None):
                continue
            value = ty.checked_dtype(value)
        value = _spread(made, attr, value)
        if value != attr.default or type(value) is not type(attr.default):
            yield name, value


def _spread(made: Operator, attr: Attr, value: Any) -> Any:
    """``strides=2`` is the same for all axes."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and attr.kind.removesuffix("?") == "int[]":
        like = attr if isinstance(attr.default, tuple) else made.attributes_by_name.get("strides", attr)
        if isinstance(like.default, tuple) and like.default:
            return (int(value),) * len(like.default)
    return tuple(value) if isinstance(value, list) else value


# -- signatures and documentation


def _signature(made: Operator) -> inspect.Signature:
    text = signatures.PARAMETERS.get(made.name)
    parameters = _own_parameters(made) if text is None else _parsed(text)
    renamed = signatures.RENAMED.get(made.name, {})
    typed = []
    for parameter in parameters:
        name = renamed.get(parameter.name, parameter.name)
        attr = None if name in made.inputs else made.attributes_by_name[name]
        dynamic = find_operator(signatures.DYNAMIC.get(made.name, "")) if attr is not None else None
        is_dynamic = dynamic is not None and name in _argument_parameters(dynamic)
        typed.append(parameter.replace(annotation=_annotation(attr, is_dynamic, parameter.default)))
    return inspect.Signature(typed, return_annotation=_result(made))


def _own_parameters(made: Operator) -> list[inspect.Parameter]:
    arguments = [_parameter(name) for name in made.inputs]
    rest = [a for a in made.attributes if a.name not in (*made.inputs, *signatures.HIDDEN)]
    # A parameter without a default may not follow one with a default.
    first_optional = next((i for i, a in enumerate(rest) if a.default is not REQUIRED), len(rest))
    attributes = []
    for index, attr in enumerate(rest):
        default = inspect.Parameter.empty if attr.default is REQUIRED and index < first_optional else attr.default
        if attr.kind == "dtype?" and default is None:
            default = ""
        attributes.append(_parameter(attr.name, None if default is REQUIRED else default))
    return arguments + attributes


def _parameter(name: str, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def _parsed(text: str) -> list[inspect.Parameter]:
    """Parameters as Python writes them; their defaults are literals."""
    namespace: dict[str, Any] = {}
    exec(f"def function({text}): ...", {}, namespace)
    return list(inspect.signature(namespace["function"]).parameters.values())


def _annotation(attr: Attr | None, is_dynamic: bool, default: Any) -> str:
    if attr is None:
        return _ARGUMENT
    kind = attr.kind.removesuffix("?")
    text, depth = _ANNOTATIONS[kind.rstrip("[]")], kind.count("[]")
    if depth:
        # One number stands for the same along every axis, but not for pairs of them.
        text = f"Sequence[{text}] | {text}" if depth == 1 else f"{'Sequence[' * depth}{text}{']' * depth}"
    if is_dynamic:
        text += f" | {_ARGUMENT_DIM}"
    optional = default is None or (attr.kind.endswith("?") and attr.default is None and default == "")
    return f"{text} | None" if optional and text != "Any" else text


def _result(made: Operator) -> str:
    return "TupleWrapper" if made.name in signatures.FIELDS else "Any" if made.name in _MAY_BE_TUPLES else "Call"


_MAY_BE_TUPLES = ("nn.sparse_transpose", "sparse_fill_empty_rows", "sparse_reshape", "topk", "dyn.topk")


def documentation(made: Operator, signature: inspect.Signature) -> str:
    """The docstring of an operator's function."""
    renamed = signatures.RENAMED.get(made.name, {})
    lines = [f"{SUMMARIES.get(made.name, f'The operator {made.name}')}.", ""]
    for parameter in signature.parameters.values():
        name = renamed.get(parameter.name, parameter.name)
        attr = None if name in made.inputs else made.attributes_by_name.get(name)
        what = "a tensor, or a tuple of them" if attr is None else describe_kind(attr.kind)
        if attr is not None and attr.choices:
            what += f": {', '.join(map(repr, attr.choices))}"
        lines.append(f"    {parameter.name}: {what}")
    lines += ["", f"Definition: {made.definition}."] if made.definition else []
    lines += [f"Note: {made.note}."] if made.note else []
    return "\n".join(lines)


def _close(signature: inspect.Signature, named: Mapping[str, Any]) -> str:
    """What a mistyped parameter is called, and what there is."""
    wrong = [name for name in named if name not in signature.parameters]
    close = difflib.get_close_matches(wrong[0], signature.parameters, n=1) if wrong else []
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{hint} Its parameters: {', '.join(signature.parameters)}"
