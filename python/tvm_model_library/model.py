"""A loaded model: what every frontend makes and the compiler takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tvm_model_library.errors import EvaluationError, ModelLibraryError, ParameterError, RelayTypeError
from tvm_model_library.relay import ast
from tvm_model_library.relay.interpreter import Interpreter, Value
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.relay.quantization import quantization, real_ranges
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import DYNAMIC, Array, TensorSpec, checked_arrays, from_bits, numpy_dtype

STATE = "state"
"""The attribute of those parameters of ``@main`` that a run finds as the one before left them: ``%h {state=True}``."""


@dataclass(frozen=True)
class State:
    """What a model keeps from one run to the next, and ``initial``, what it starts with."""

    spec: TensorSpec
    initial: Array = field(repr=False)


@dataclass(frozen=True)
class Origin:
    """Where a model that is not Relay text came from.

    ``format`` is that of the file. ``contract`` names the engine whose integers the program computes, ``checked`` the
    release that this was compared with; both are empty where there are none. ``names`` are the file's own by that of
    the program.
    """

    format: str
    contract: str = ""
    checked: str = ""
    names: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Model:
    """A typed Relay program with its parameters bound.

    ``inputs`` are the tensors that the caller supplies at each run: the parameters of ``@main`` that are not in
    ``params``, as far as they are tensors. ``states`` are the parameters with the attribute ``state``; what they are in
    the next run are the last results of ``@main``. ``outputs`` are the others: where the file has no names for them,
    ``output``, or ``output0``, ``output1``, ... ``text`` is the source as the archive keeps it. ``quantization`` has
    scale and zero point of quantized inputs and outputs, by name; ``ranges`` the smallest and largest value of float
    inputs of which the program says it.
    """

    path: Path | None
    program: ast.TypedModule = field(repr=False)
    params: Mapping[str, Array]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    text: str
    quantization: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    states: tuple[State, ...] = ()
    origin: Origin | None = None

    def reference(self, *arrays: Array, limits: Limits = DEFAULT_LIMITS) -> list[Array]:
        """Run the model in its reference interpreter, which shares no code with the compiler: one array for each input
        to one for each output. State starts afresh. Raises ``ModelLibraryError`` on arrays of the wrong number, shape
        or dtype, and when the run takes more than the limits.
        """
        return self.session().run(*arrays, limits=limits)

    def session(self) -> Session:
        """Runs of the reference interpreter that hand their state on."""
        return Session(self)


class Session:
    """Runs of a model in the reference interpreter, one after the other."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        """Let the next run find what the first one found."""
        self._states = [s.initial for s in self._model.states]

    def run(self, *arrays: Array, limits: Limits = DEFAULT_LIMITS) -> list[Array]:
        """One run; as :meth:`Model.reference`, but with the state that the run before left."""
        model = self._model
        main = model.program.module.functions["main"]
        free = [v for v in main.params if v.name not in model.params and not is_state(v)]
        if len(free) != len(model.inputs):
            raise EvaluationError("@main has a parameter that is not a tensor; call the interpreter itself", main.span)
        checked = checked_arrays("input", model.inputs, arrays)
        values = {**model.params, **dict(zip((v.name for v in free), checked, strict=True))}
        values |= {s.spec.name: array for s, array in zip(model.states, self._states, strict=True)}
        result = Interpreter(model.program, limits).call("main", [values[v.name] for v in main.params])
        arrays_made = _flatten(result, main)
        count = len(arrays_made) - len(model.states)
        self._states = arrays_made[count:]
        return arrays_made[:count]


def is_state(var: ast.Var) -> bool:
    """Whether a parameter of ``@main`` is what the run before left."""
    return bool(var.attrs.get(STATE))


def model_of(
    program: ast.TypedModule, params: Mapping[str, Array] | None = None, text: str = "", path: Path | None = None
) -> Model:
    """A typed module and its parameters as a Model; a state starts with its parameter, or with zeros.

    Raises ``ParameterError`` where parameters do not fit, ``RelayTypeError`` where states do not.
    """
    main = program.module.functions.get("main")
    if main is None:
        found = ", ".join(f"@{name}" for name in program.module.functions) or "none"
        raise ModelLibraryError(f"{path or '<string>'}: the module has no @main function; found: {found}")
    signature = program.functions["main"]
    bound = _bind(main, signature.params, params or {})
    typed = list(zip(main.params, signature.params, strict=True))
    states = tuple(_state(v, t, bound.pop(v.name, None)) for v, t in typed if is_state(v))
    free = [(v, t) for v, t in typed if v.name not in bound and not is_state(v)]
    inputs = tuple(_spec(v.name, t) for v, t in free if isinstance(t, TensorType))
    outputs = _output_specs(signature.result, states, main)
    names = [s.name for s in inputs]
    quantized = quantization(main, bound, names, [s.name for s in outputs])
    ranges = real_ranges(main, bound, names)
    return Model(path, program, bound, inputs, outputs, text, quantized, ranges, states)


def _state(var: ast.Var, type_: Type, start: Array | None) -> State:
    if not isinstance(type_, TensorType) or not type_.is_static:
        raise RelayTypeError(f"the state %{var.name} must be a tensor of known shape, found {type_}", var.span)
    spec = _spec(var.name, type_)
    return State(spec, np.zeros(spec.shape, numpy_dtype(spec.dtype)) if start is None else start)


def _bind(main: ast.Function, types: Sequence[Type], params: Mapping[str, Array]) -> dict[str, Array]:
    """Parameters by the name of their variable.

    TVM's printer writes ``_param_1`` as ``%v_param_1``: a name of the file that begins with an underscore also
    stands for the variable with ``v`` in front.
    """
    variables = {v.name: (v, t) for v, t in zip(main.params, types, strict=True)}
    bound = {}
    for name, array in params.items():
        known = name if name in variables else f"v{name}" if name.startswith("_") else name
        if known not in variables:
            expected = ", ".join(variables) or "no parameters"
            raise ParameterError(f"parameter {name!r} is not one of @main's parameters: {expected}", main.span)
        var, type_ = variables[known]
        if isinstance(type_, TensorType):
            array = from_bits(array, type_.dtype)
        found = TensorType(tuple(array.shape), array.dtype.name)
        if isinstance(type_, TensorType) and not _fits(found, type_):
            raise ParameterError(f"parameter {name!r} is {found}, but %{known} is declared as {type_}", var.span)
        bound[known] = array
    return bound


def _fits(found: TensorType, declared: TensorType) -> bool:
    return (
        found.dtype == declared.dtype
        and found.rank == declared.rank
        and all(d is None or d == n for d, n in zip(declared.shape, found.shape, strict=True))
    )


def _spec(name: str, type_: TensorType) -> TensorSpec:
    return TensorSpec(name, tuple(DYNAMIC if d is None else d for d in type_.shape), type_.dtype)


def _output_specs(result: Type, states: Sequence[State], main: ast.Function) -> tuple[TensorSpec, ...]:
    """Names and shapes of the outputs before the next states; none when the result is not made of tensors."""
    tensors: list[TensorType] = []
    pending = [result]
    while pending:
        type_ = pending.pop()
        if isinstance(type_, TupleType):
            pending.extend(reversed(type_.fields))
        elif isinstance(type_, TensorType):
            tensors.append(type_)
        elif states:
            raise RelayTypeError(f"@main has states, but its result {result} is not made of tensors", main.span)
        else:
            return ()
    count = len(tensors) - len(states)
    for state, found in zip(states, tensors[count:] if count >= 0 else [None] * len(states), strict=True):
        if found is None or _spec(state.spec.name, found) != state.spec:
            expected = f"its last {len(states)} results must be the next states, in the order of the parameters"
            raise RelayTypeError(f"@main gives {found} for the state %{state.spec.name}; {expected}", main.span)
    if count == 1:
        return (_spec("output", tensors[0]),)
    return tuple(_spec(f"output{i}", t) for i, t in enumerate(tensors[:count]))


def _flatten(result: Value, main: ast.Function) -> list[Array]:
    arrays: list[Array] = []
    pending = [result]
    while pending:
        value = pending.pop()
        if isinstance(value, tuple):
            pending.extend(reversed(value))
        elif isinstance(value, np.ndarray):
            arrays.append(value)
        else:
            raise EvaluationError("@main does not return tensors: its result can't be given back as arrays", main.span)
    return arrays
