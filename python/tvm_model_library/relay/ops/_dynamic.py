"""Operators of the ``dyn`` dialect: a static operator whose sizes are arguments instead of attributes.

The interpreter reads the sizes and applies the static operator's meaning. The executors run static shapes only: they
lower such a call when its sizes are constants, and refuse it by name otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import (
    REQUIRED,
    Attr,
    Attrs,
    EvaluationRuleError,
    TypeRuleError,
    check_rank,
    register,
)
from tvm_model_library.relay.ops._delegate import lower_as, the_operator
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


@dataclass(frozen=True)
class Dynamic:
    """A ``dyn`` operator. ``sizes`` are the positions of the arguments that hold sizes; ``attributes_of`` makes the
    static operator's attributes of its own and of the sizes' values.
    """

    static: str
    sizes: tuple[int, ...]
    attributes_of: Callable[..., dict[str, Any]]

    def attrs(self, attrs: Attrs, values: list[Array]) -> Attrs:
        """The static call's attributes."""
        known = {a.name for a in the_operator(self.static).attributes}
        own = {name: value for name, value in attrs.items() if name in known}
        return Attrs({**own, **self.attributes_of(attrs, *values)})

    def others(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The static call's arguments."""
        return tuple(a for i, a in enumerate(args) if i not in self.sizes)

    def evaluate(self, attrs: Attrs, *args: Any) -> Any:
        """The meaning: the static operator's at the given sizes."""
        static = self.attrs(attrs, [args[i] for i in self.sizes])
        operator = the_operator(self.static)
        assert operator.evaluate is not None
        others = self.others(args)
        try:
            operator.result_type(static, *map(_type_of, others))
        except TypeRuleError as error:
            raise EvaluationRuleError(str(error)) from error
        return operator.evaluate(static, *others)

    def lower(self, ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
        """The static operator's lowering, when the sizes are constants."""
        values = [known_size(ctx, args[i]) for i in self.sizes]
        static = self.attrs(attrs, values)
        types = self.others(ctx.argument_types)
        try:
            result = the_operator(self.static).result_type(static, *types)
        except TypeRuleError as error:
            ctx.refuse(str(error))
        return lower_as(ctx, self.static, static, self.others(args), types, result)


def known_size(ctx: Lowering, value: Any) -> Array:
    """The value of an argument that gives sizes, or a refusal."""
    found = ctx.value_of(value)
    if found is None:
        ctx.refuse("its sizes are known only at run time, the executors need every shape; make them constants")
    return found


def _type_of(value: Any) -> Type:
    return TensorType(value.shape, value.dtype.name)


def register_dynamic(
    name: str,
    inputs: tuple[str, ...],
    dynamic: Dynamic,
    infer: Callable[..., Type],
    extra: tuple[Attr, ...] = (),
    definition: str = "TVM 0.18 src/relay/op/dyn/tensor/transform.cc",
) -> None:
    """Register a ``dyn`` operator; its attributes are the static one's, those that hold sizes optional."""
    static = the_operator(dynamic.static).attributes
    attributes = tuple(_optional(a) for a in static if a.name not in {e.name for e in extra})
    register(
        name,
        inputs,
        (*attributes, *extra),
        infer=infer,
        evaluate=dynamic.evaluate,
        lower=dynamic.lower,
        definition=definition,
    )


def _optional(attribute: Attr) -> Attr:
    """TVM's functions for ``dyn`` operators leave unset what the arguments say, whatever the default is."""
    if attribute.default is not REQUIRED:
        return replace(attribute, null_is_default=True)
    kind = attribute.kind if attribute.kind.endswith("?") or attribute.kind == "any" else attribute.kind + "?"
    return Attr(attribute.name, kind, None, attribute.choices)


def ints(value: Array) -> tuple[int, ...]:
    """The numbers of a shape argument."""
    return tuple(int(v) for v in value.reshape(-1))


def rank_of(sizes: TensorType, argument: int, what: str) -> int:
    """How many sizes an argument holds, which must be known; a scalar holds one."""
    if sizes.rank > 1:
        raise TypeRuleError(f"{what} must be a vector, found {sizes}", argument)
    count: Dim = sizes.shape[0] if sizes.rank else 1
    if count is None:
        raise TypeRuleError(f"{what} must have a known length: Relay has no tensors of unknown rank", argument)
    return check_rank(count, what, argument)
