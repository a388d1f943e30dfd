"""The operator registry: an operator's type rule, NumPy meaning and lowering in one place.

The modules of :mod:`tvm_model_library.relay.ops` call :func:`register` for each operator. The three parts
must not call each other: the meaning is written from the operator's definition in NumPy, so that it can
judge what the lowering makes. Nothing in those modules imports TVM at import time: interpreting a program
must work, fast, without it. Lowerings import it inside their functions.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tvm_model_library.relay.types import TensorType, TupleType, Type


class Attrs(Mapping[str, Any]):
    """The attributes of one call, defaults filled in; readable as ``attrs.axis`` or ``attrs["axis"]``.

    Values are Python values: int, float, str, bool, None, and tuples of them.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class _Required:
    def __repr__(self) -> str:
        return "<required>"


REQUIRED = _Required()


@dataclass(frozen=True, slots=True)
class Attr:
    """One attribute of an operator.

    ``kind`` is ``int``, ``float``, ``str``, ``bool``, ``dtype`` or ``any`` (accept as it is), with ``[]``
    behind it for a tuple of them (a single value is taken as a tuple of one) and ``?`` behind that where
    ``None`` is allowed. ``choices`` lists the allowed values, where they are few. With ``null_is_default``, ``None``
    stands for the default: TVM's own functions leave the attribute unset, and its printer writes that down.
    """

    name: str
    kind: str
    default: Any = REQUIRED
    choices: tuple[Any, ...] = ()
    null_is_default: bool = False


class TypeRuleError(Exception):
    """Raised by type rules: what was found and expected. Inference adds the place.

    ``argument`` is the index of the argument that is at fault, where there is one.
    """

    def __init__(self, message: str, argument: int | None = None) -> None:
        super().__init__(message)
        self.argument = argument


class EvaluationRuleError(Exception):
    """Raised by NumPy meanings on a value that the definition does not allow."""


# infer(attrs, *argument types) -> result type. Argument types are complete: TensorType (dims may be
# None) or TupleType. Raises TypeRuleError.
TypeRule: TypeAlias = Callable[..., Type]
# evaluate(attrs, *arguments) -> result. Arguments and results are np.ndarray or tuples of them; 0-d arrays
# for scalars; dtypes are exactly the inferred ones (ml_dtypes.bfloat16 for bfloat16).
Meaning: TypeAlias = Callable[..., Any]
# lower(ctx, attrs, *arguments) -> value. Arguments and results are relax expressions or tuples of them.
LowerRule: TypeAlias = "Callable[..., Any]"
# constrain(attrs, *argument types or None) -> list of types or None: what can be said of arguments whose
# type is still unknown (the weight of nn.conv2d from its data), one entry per argument.
Constraint: TypeAlias = Callable[..., "list[Type | None]"]


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator of Relay. ``definition`` names the place in TVM 0.18 that defines it."""

    name: str
    inputs: tuple[str, ...]
    attributes: tuple[Attr, ...]
    infer: TypeRule
    evaluate: Meaning | None
    lower: LowerRule | None
    constrain: Constraint | None = None
    definition: str = ""
    note: str = ""
    attributes_by_name: Mapping[str, Attr] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes_by_name", {a.name: a for a in self.attributes})

    def result_type(self, attrs: Attrs, *types: Type) -> Type:
        """The type that the rule gives, which is a possible one. Raises :class:`TypeRuleError`."""
        result = self.infer(attrs, *types)
        for item in _tensors_of(result):
            if any(d is not None and not 0 <= d < _DIM_LIMIT for d in item.shape):
                raise TypeRuleError(f"its result would be {item}; a dimension is from 0 to {_DIM_LIMIT - 1}")
        return result


_DIM_LIMIT = 2**63
MAX_RANK = 32
"""The most dimensions that an operator may make of a number: as many as the arrays of every NumPy can have."""


def check_rank(rank: int, what: str, argument: int | None = None) -> int:
    """``rank``, or a :class:`TypeRuleError` when no array can have so many dimensions."""
    if not 0 <= rank <= MAX_RANK:
        raise TypeRuleError(f"{what} asks for {rank} dimensions; a tensor has from 0 to {MAX_RANK}", argument)
    return rank


def _tensors_of(type_: Type) -> Iterator[TensorType]:
    """The tensors of an operator's result, which is no deep tuple unless it is an argument handed on."""
    if isinstance(type_, TensorType):
        yield type_
    elif isinstance(type_, TupleType):
        yield from (f for f in type_.fields if isinstance(f, TensorType))


_REGISTRY: dict[str, Operator] = {}


def register(
    name: str,
    inputs: tuple[str, ...],
    attributes: tuple[Attr, ...] = (),
    *,
    infer: TypeRule,
    evaluate: Meaning | None,
    lower: LowerRule | None,
    constrain: Constraint | None = None,
    definition: str = "",
    note: str = "",
) -> Operator:
    """Add an operator to the registry.

    ``evaluate=None`` or ``lower=None`` says that the interpreter or the compiler does not have the operator;
    ``note`` must then say why, in words fit for the user: it ends up in the error message and in the
    operator table of the documentation.
    """
    if name in _REGISTRY:
        raise ValueError(f"operator {name} is registered twice")
    if (evaluate is None or lower is None) and not note:
        raise ValueError(f"operator {name} lacks a part and does not say why")
    operator = Operator(name, inputs, attributes, infer, evaluate, lower, constrain, definition, note)
    _REGISTRY[name] = operator
    return operator


def find_operator(name: str) -> Operator | None:
    """The operator of that name, or None."""
    _load()
    return _REGISTRY.get(name)


def operators() -> list[Operator]:
    """All operators, by name."""
    _load()
    return [_REGISTRY[name] for name in sorted(_REGISTRY)]


def close_names(name: str) -> list[str]:
    """Operators whose name resembles ``name``, best first, for error messages."""
    _load()
    return difflib.get_close_matches(name, _REGISTRY, n=3, cutoff=0.6)


def _load() -> None:
    import tvm_model_library.relay.ops  # noqa: F401  (registers everything)


def tensor(type_: Type, argument: int, what: str) -> TensorType:
    """``type_`` as a tensor type, or a :class:`TypeRuleError` that names the argument."""
    if not isinstance(type_, TensorType):
        raise TypeRuleError(f"{what} must be a tensor, found {type_}", argument)
    return type_


def tensors(type_: Type, argument: int, what: str) -> tuple[TensorType, ...]:
    """``type_`` as a tuple of tensors, or a :class:`TypeRuleError` that names the argument."""
    if not isinstance(type_, TupleType):
        raise TypeRuleError(f"{what} must be a tuple of tensors, found {type_}", argument)
    return tuple(tensor(f, argument, f"{what}[{i}]") for i, f in enumerate(type_.fields))
