"""Integer functions that kernels call by name.

Each is a TIR intrinsic: schedules and analyses see one call that reads each operand once. C kernels call a function
of that name, printed from :attr:`Intrinsic.body`; for LLVM the body takes the place of the call.
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
    tirx.register_intrin_lowering(op, target="default", f=_expanded)
    return op


def _expanded(expr: Any) -> Any:
    """The body in the place of a call, for LLVM."""
    from tvm import tirx

    expansion = _Expansion()
    result = expansion.rewrite(expr, None)
    for variable, value in reversed(expansion.bound):
        result = tirx.Let(variable, value, result)
    return result


class _Expansion:
    """An expression without calls of intrinsics: one chain of ``Let``, none inside the value of another.

    (TVM's analyzer, which runs in later passes, stumbles over those.) What stood in a branch of an ``if_then_else``
    comes out of it: where it loads, a condition goes with it.
    """

    def __init__(self) -> None:
        self.bound: list[tuple[Any, Any]] = []

    def rewrite(self, expr: Any, guard: Any) -> Any:
        """``expr``, which is evaluated where ``guard`` holds (None: everywhere)."""
        import tvm

        if not _calls_any(expr):
            return expr
        if isinstance(expr, tvm.ir.Call):
            intrinsic = called(expr)
            if intrinsic is not None:
                return self._inline(intrinsic, [self.rewrite(a, guard) for a in expr.args], guard)
            if str(expr.op.name) == "tirx.if_then_else":
                return self._branches(expr, guard)
        return _rebuilt(expr, lambda child: self.rewrite(child, guard))

    def _inline(self, intrinsic: Intrinsic, arguments: list[Any], guard: Any) -> Any:
        steps, variables = Steps(), intrinsic.variables()
        result = intrinsic.body(steps, *variables)
        for variable, argument in zip(variables, arguments, strict=True):
            self._bind(variable, _guarded(argument, guard))
        for step in steps.bound:
            value = self.rewrite(step.value, guard)  # first: it binds what it needs
            self._bind(step.variable, value)
        return self.rewrite(result, guard)

    def _bind(self, variable: Any, value: Any) -> None:
        """The mask changes nothing, but keeps TVM's analyzer from merging terms of several steps into ones that
        overflow.
        """
        from tvm import tirx

        self.bound.append((variable, value & tirx.const(-1, str(value.ty))))

    def _branches(self, expr: Any, guard: Any) -> Any:
        from tvm import tirx

        condition = self.rewrite(expr.args[0], guard)
        guards = [condition, tirx.Not(condition)]
        if guard is not None:
            guards = [tirx.And(guard, g) for g in guards]
        taken, other = (self.rewrite(a, g) for a, g in zip(expr.args[1:], guards, strict=True))
        return tirx.if_then_else(condition, taken, other)


def _guarded(value: Any, guard: Any) -> Any:
    """``value`` where the guard holds; elsewhere nothing is loaded."""
    import tvm
    import tvm_ffi
    from tvm import tirx

    loads: list[Any] = []
    tvm_ffi.structural_walk(value, (tvm.ir.expr.TensorLoad, loads.append))
    return tirx.if_then_else(guard, value, tirx.const(0, str(value.ty))) if loads and guard is not None else value


def _calls_any(expr: Any) -> bool:
    """Whether an expression calls an intrinsic."""
    import tvm
    import tvm_ffi

    calls: list[Any] = []
    tvm_ffi.structural_walk(expr, (tvm.ir.Call, calls.append))
    return any(called(c) is not None for c in calls)


def _rebuilt(expr: Any, change: Callable[[Any], Any]) -> Any:
    """The expression with other operands."""
    import tvm
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    if isinstance(expr, tvm.ir.Call):
        return tvm.ir.Call(expr.op, [change(a) for a in expr.args], expr.attrs, expr.ty_args, ret_ty=expr.ty)
    if isinstance(expr, prim.Cast):
        return tirx.Cast(str(expr.ty), change(expr.value))
    if isinstance(expr, prim.Select):
        return tirx.Select(*map(change, (expr.condition, expr.true_value, expr.false_value)))
    if isinstance(expr, tvm.ir.expr.TensorLoad):
        return tirx.BufferLoad(expr.source, [change(i) for i in expr.indices])
    if hasattr(expr, "b"):
        return type(expr)(change(expr.a), change(expr.b))
    return type(expr)(change(expr.a))
