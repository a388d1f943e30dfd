"""Integer intrinsics in LLVM code: the body of each takes the place of its call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tvm_model_library.c_text.types import Interval, dtype_range
from tvm_model_library.errors import UnsupportedError
from tvm_model_library.relay.ops._intrinsics import Intrinsic, Parameter, Step, Steps, called


def without_intrinsics(func: Any) -> tuple[Any, dict[Any, Interval]]:
    """A PrimFunc whose stored values and conditions call no intrinsics, and what the elements of its new scratch
    buffers can be: arguments and named values on the way are local variables.
    """
    import tvm_ffi
    from tvm import tirx

    ranges: dict[Any, Interval] = {}

    def before(expr: Any, statement: Callable[[Any], Any], node: Any) -> Any:
        if not _calls_any(expr):
            return node
        expansion = _Expansion(ranges)
        value = expansion.rewrite(expr, None)
        return tirx.SeqStmt([*expansion.statements, statement(value)])

    def store(node: Any) -> Any:
        return before(node.value, lambda value: tirx.BufferStore(node.buffer, value, node.indices), node)

    def branch(node: Any) -> Any:
        return before(node.condition, lambda value: tirx.IfThenElse(value, node.then_case, node.else_case), node)

    def refuse(node: Any) -> Any:
        expr = node.value if isinstance(node, tirx.Bind) else node.condition
        if _calls_any(expr):
            raise UnsupportedError(f"an integer intrinsic can't be called in a {type(node).__name__} of LLVM code")
        return node

    rules = [(tirx.BufferStore, store), (tirx.IfThenElse, branch), ((tirx.Bind, tirx.While), refuse)]
    body = tvm_ffi.structural_map(func.body, rules)
    return tirx.PrimFunc(func.params, body, func.ret_type, attrs=func.attrs), ranges


@dataclass
class _Expansion:
    """An expression without calls of intrinsics, and the ``statements`` that come before it.

    What stood in a branch of an ``if_then_else`` comes out of it, with the condition: where that does not hold, an
    argument is some number that the intrinsic takes.
    """

    ranges: dict[Any, Interval]
    statements: list[Any] = field(default_factory=list)

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
        import tvm_ffi
        from tvm.ir import Var
        from tvm.ir.prim import expr as prim

        steps, variables = Steps(), intrinsic.variables()
        result = intrinsic.body(steps, *variables)
        known: dict[Any, Any] = {}

        def resolved(expr: Any) -> Any:
            return self.rewrite(tvm_ffi.structural_map(expr, (Var, lambda v: known.get(v, v))), None)

        for parameter, variable, argument in zip(intrinsic.parameters, variables, arguments, strict=True):
            if isinstance(argument, prim.IntImm):
                known[variable] = argument
            else:
                known[variable] = self._local(parameter.name, _guarded(argument, parameter, guard), parameter)
        for step in steps.bound:
            known[step.variable] = self._local(str(step.variable.name), resolved(step.value), step)
        return resolved(result)

    def _local(self, name: str, value: Any, known: Parameter | Step) -> Any:
        """The value of a new local variable."""
        from tvm import tirx

        dtype = str(value.ty)
        whole, zero = dtype_range(dtype), tirx.const(0, "int32")
        buffer = tirx.decl_buffer((1,), dtype, name, scope="local")
        self.ranges[buffer] = Interval(
            whole.low if known.low is None else known.low, whole.high if known.high is None else known.high
        )
        self.statements += [tirx.AllocBuffer(buffer), tirx.BufferStore(buffer, value, [zero])]
        return tirx.BufferLoad(buffer, [zero])

    def _branches(self, expr: Any, guard: Any) -> Any:
        from tvm import tirx

        condition = self.rewrite(expr.args[0], guard)
        guards = [condition, tirx.Not(condition)]
        if guard is not None:
            guards = [tirx.And(guard, g) for g in guards]
        taken, other = (self.rewrite(a, g) for a, g in zip(expr.args[1:], guards, strict=True))
        return tirx.if_then_else(condition, taken, other)


def _guarded(value: Any, parameter: Parameter, guard: Any) -> Any:
    """``value`` where the guard holds; elsewhere nothing is loaded."""
    from tvm import tirx

    if guard is None:
        return value
    return tirx.if_then_else(guard, value, tirx.const(max(parameter.low or 0, 0), str(value.ty)))


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
