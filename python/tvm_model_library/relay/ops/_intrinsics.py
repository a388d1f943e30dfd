"""Integer functions that kernels call by name.

Each is a TIR intrinsic: schedules and analyses see one call that reads each operand once. C kernels call a function
of that name, printed from :attr:`Intrinsic.body`; in LLVM code the body takes the place of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

OP_PREFIX = "tirx.tml_"


@dataclass(frozen=True)
class Parameter:
    """A parameter of an intrinsic, and the least and greatest value that callers give it, where they promise that."""

    name: str
    dtype: str = "int32"
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Step:
    """A named value on the way to the result, and the least and greatest number that it is known to be."""

    variable: Any
    value: Any
    low: int | None
    high: int | None


@dataclass
class Steps:
    """Names values on the way to the result: ``x = steps("x", expression)``.

    Bounds that don't follow from those of the operands may be given: the proof is the author's.
    """

    bound: list[Step] = field(default_factory=list)

    def __call__(self, name: str, value: Any, low: int | None = None, high: int | None = None) -> Any:
        from tvm import tirx

        self.bound.append(Step(tirx.Var(name, str(value.ty)), value, low, high))
        return self.bound[-1].variable


@dataclass(frozen=True)
class Intrinsic:
    """An integer function. ``body(steps, *parameters)`` gives the result as a TIR expression; ``says`` is its
    comment.
    """

    name: str
    parameters: tuple[Parameter, ...]
    says: str
    body: Callable[..., Any]
    result: str = "int32"

    def variables(self) -> list[Any]:
        """Fresh TIR variables for the parameters."""
        from tvm import tirx

        return [tirx.Var(p.name, p.dtype) for p in self.parameters]


_INTRINSICS: dict[str, Intrinsic] = {}


def define(name: str, *parameters: Parameter, says: str, result: str = "int32") -> Callable[..., Callable[..., Any]]:
    """Decorator: the function is the body of an intrinsic; calling its name builds a TIR call of it."""

    def register(body: Callable[..., Any]) -> Callable[..., Any]:
        _INTRINSICS[name] = Intrinsic(name, parameters, says, body, result)
        return lambda *arguments: call(name, *arguments)

    return register


def intrinsics() -> Mapping[str, Intrinsic]:
    """All intrinsics by name, in an order in which each comes after those that it calls."""
    import tvm_model_library.relay.ops._fixed_point_functions  # noqa: F401  (registers everything)

    return _INTRINSICS


def called(expr: Any) -> Intrinsic | None:
    """The intrinsic that a TIR call calls; None for other calls."""
    name = str(expr.op.name)
    return _INTRINSICS[name.removeprefix(OP_PREFIX)] if name.startswith(OP_PREFIX) else None


def call(name: str, *arguments: Any) -> Any:
    """A TIR call of an intrinsic. Integers among the arguments become constants."""
    from tvm import tirx

    found = _INTRINSICS[name]
    typed = [
        tirx.const(a, p.dtype) if isinstance(a, int) else a for a, p in zip(arguments, found.parameters, strict=True)
    ]
    return tirx.call_intrin(found.result, _registered(name), *typed)


@cache
def _registered(name: str) -> str:
    """The name of the intrinsic's TIR operator, made known to TVM."""
    import tvm
    from tvm import tirx

    op = OP_PREFIX + name
    tvm.get_global_func("ir.RegisterOp")(op, _INTRINSICS[name].says)
    tvm.ir.register_op_attr(op, "TCallEffectKind", tirx.CallEffectKind.Pure.value)
    tvm.ir.register_op_attr(op, "TScriptPrinterName", op.split(".")[-1])
    return op
