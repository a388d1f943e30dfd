"""What waits during inference until types are known: operators' type rules and projections."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from tvm_model_library.errors import Place, RelayTypeError
from tvm_model_library.relay import ast
from tvm_model_library.relay.checks import call_attrs
from tvm_model_library.relay.operator import Attrs, Operator, TypeRuleError
from tvm_model_library.relay.type_text import short
from tvm_model_library.relay.types import IncompleteType, TensorType, TupleType, Type
from tvm_model_library.relay.unify import MismatchError, Unifier


class Constraint:
    """``result`` follows from other types once they are known. ``span`` is the expression that asks for it."""

    span: Place
    result: Type

    def blocked(self, solver: Solver) -> list[IncompleteType]:
        """The unknowns that must get their type first; none when :meth:`conclude` can run."""
        raise NotImplementedError

    def conclude(self, solver: Solver) -> Type:
        """The type of ``result``."""
        raise NotImplementedError

    def describe(self, solver: Solver) -> str:
        """What is missing, for the error when it never becomes known."""
        raise NotImplementedError


class Solver:
    """A unifier and the constraints that wait for its unknowns."""

    def __init__(self) -> None:
        self.unifier = Unifier(self._bound)
        self._waiting: dict[int, list[Constraint]] = {}
        self._stuck: dict[int, Constraint] = {}
        self._done: dict[int, Constraint] = {}
        self._ready: deque[Constraint] = deque()
        self._running = False

    def unify(self, expected: Type, found: Type, span: Place, what: str) -> Type:
        """Make the two types equal, or raise :class:`RelayTypeError` at ``span`` naming both."""
        try:
            result = self.unifier.unify(expected, found)
        except MismatchError as error:
            raise RelayTypeError(self._mismatch(expected, found, error, what), span) from None
        self.run()
        return result

    def _mismatch(self, expected: Type, found: Type, error: MismatchError, what: str) -> str:
        expected, found = self.unifier.find(expected), self.unifier.find(found)
        text = f"{what}: expected type {self.show(expected)}, found {self.show(found)}"
        if isinstance(error.left, IncompleteType) or isinstance(error.right, IncompleteType):
            return f"{text}; a type cannot contain itself"
        if error.left is not expected and not isinstance(expected, TensorType):
            text += f" ({self.show(error.left)} does not match {self.show(error.right)})"
        return text

    def show(self, type_: Type) -> str:
        return short(self.unifier.resolve(type_))

    def add(self, constraint: Constraint) -> None:
        self._ready.append(constraint)
        self.run()

    def run(self) -> None:
        """Conclude whatever can be concluded."""
        if self._running:
            return
        self._running = True
        while self._ready:
            self._attempt(self._ready.popleft())
        self._running = False

    def _attempt(self, constraint: Constraint) -> None:
        blockers = constraint.blocked(self)
        if blockers:
            self._stuck[id(constraint)] = constraint
            for unknown in blockers:
                self._waiting.setdefault(id(unknown), []).append(constraint)
            return
        if id(constraint) in self._done:
            return
        self._done[id(constraint)] = constraint
        self._stuck.pop(id(constraint), None)
        self.unify(constraint.result, constraint.conclude(self), constraint.span, "the result does not fit its use")

    def _bound(self, unknown: IncompleteType) -> None:
        self._ready.extend(self._waiting.pop(id(unknown), ()))

    def finish(self) -> None:
        """Raises :class:`RelayTypeError` at the first constraint that was never concluded."""
        self.run()
        for constraint in self._stuck.values():
            raise RelayTypeError(constraint.describe(self), constraint.span)


@dataclass(eq=False)
class Projection(Constraint):
    """``tuple.index``."""

    span: Place
    result: Type
    tuple: Type
    index: int

    def blocked(self, solver: Solver) -> list[IncompleteType]:
        type_ = solver.unifier.find(self.tuple)
        return [type_] if isinstance(type_, IncompleteType) else []

    def conclude(self, solver: Solver) -> Type:
        type_ = solver.unifier.find(self.tuple)
        if not isinstance(type_, TupleType):
            raise RelayTypeError(f".{self.index} needs a tuple, found {solver.show(type_)}", self.span)
        if self.index >= len(type_.fields):
            raise RelayTypeError(
                f".{self.index} is out of range: {solver.show(type_)} has {len(type_.fields)} fields", self.span
            )
        return type_.fields[self.index]

    def describe(self, solver: Solver) -> str:
        return f"cannot infer the type of .{self.index}: nothing says what the tuple is; annotate it"


@dataclass(eq=False)
class OperatorRule(Constraint):
    """The result of an operator from its arguments."""

    span: Place
    result: Type
    operator: Operator
    attrs: Attrs
    args: Sequence[Type]
    spans: Sequence[Place]

    def blocked(self, solver: Solver) -> list[IncompleteType]:
        unknowns = self._unknowns(solver)
        if unknowns and self.operator.constrain is not None:
            self._constrain(solver)
            unknowns = self._unknowns(solver)
        return unknowns

    def _unknowns(self, solver: Solver) -> list[IncompleteType]:
        return [u for a in self.args if not isinstance(a, TensorType) for u in solver.unifier.unknown_tensors(a)]

    def _constrain(self, solver: Solver) -> None:
        """Learn about unknown arguments from the known ones."""
        known = [None if solver.unifier.unknown_tensors(a) else solver.unifier.resolve(a) for a in self.args]
        if all(type_ is None for type_ in known):
            return
        assert self.operator.constrain is not None
        try:
            learnt = self.operator.constrain(self.attrs, *known)
        except TypeRuleError as error:
            raise self._error(error) from None
        for index, (given, type_) in enumerate(zip(self.args, learnt, strict=True)):
            if type_ is not None and known[index] is None:
                solver.unify(type_, given, self.spans[index], f"argument {self._name(index)} of {self.operator.name}")

    def conclude(self, solver: Solver) -> Type:
        try:
            return self.operator.result_type(self.attrs, *map(solver.unifier.resolve, self.args))
        except TypeRuleError as error:
            raise self._error(error) from None

    def _error(self, error: TypeRuleError) -> RelayTypeError:
        at_argument = error.argument is not None and 0 <= error.argument < len(self.spans)
        span = self.spans[error.argument or 0] if at_argument else self.span
        return RelayTypeError(f"{self.operator.name}: {error}", span)

    def _name(self, index: int) -> str:
        inputs = self.operator.inputs
        return f"{inputs[index]!r}" if index < len(inputs) else str(index + 1)

    def describe(self, solver: Solver) -> str:
        for index, type_ in enumerate(self.args):
            if solver.unifier.unknown_tensors(type_):
                return (
                    f"cannot infer the type of this call of {self.operator.name}: "
                    f"argument {self._name(index)} has the unknown type {solver.show(type_)}; annotate it"
                )
        return f"cannot infer the type of this call of {self.operator.name}"


def operator_rule(operator: Operator, call: ast.Call, args: Sequence[Type], result: Type) -> OperatorRule:
    """The constraint for a call of ``operator``. Raises :class:`RelayTypeError` on wrong attributes or arity."""
    check_arity(operator, len(args), call.span)
    # A variable's own span is its declaration: its uses are found at the call.
    spans = [call.span if isinstance(a, ast.Var) else a.span for a in call.args]
    return OperatorRule(call.span, result, operator, call_attrs(operator, call), args, spans or [call.span] * len(args))


def check_arity(operator: Operator, count: int, place: Place) -> None:
    """Raises :class:`RelayTypeError` unless ``operator`` takes ``count`` arguments."""
    if count != len(operator.inputs):
        names = ", ".join(operator.inputs) or "none"
        raise RelayTypeError(f"{operator.name} takes {len(operator.inputs)} arguments ({names}), found {count}", place)
