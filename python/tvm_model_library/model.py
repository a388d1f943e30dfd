"""A loaded model: what every frontend makes and the compiler takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tvm_model_library.errors import EvaluationError, ModelLibraryError, ParameterError
from tvm_model_library.relay import ast
from tvm_model_library.relay.interpreter import Interpreter, Value
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.relay.quantization import quantization, real_ranges
from tvm_model_library.relay.types import TensorType, TupleType, Type
from tvm_model_library.tensors import DYNAMIC, Array, TensorSpec, checked_arrays, from_bits


@dataclass(frozen=True)
class Model:
    """A typed Relay program with its parameters bound.

    ``inputs`` are the tensors that the caller supplies at each run: the parameters of ``@main`` that are not in
    ``params``, as far as they are tensors. ``outputs`` are named ``output``, or ``output0``, ``output1``, ...
    ``text`` is the source as the archive keeps it. ``quantization`` has scale and zero point of quantized inputs and
    outputs, by name; ``ranges`` the smallest and largest value of float inputs of which the program says it.
    """

    path: Path | None
    program: ast.TypedModule = field(repr=False)
    params: Mapping[str, Array]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    text: str
    quantization: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def reference(self, *arrays: Array, limits: Limits = DEFAULT_LIMITS) -> list[Array]:
        """Run the model in its reference interpreter, which shares no code with the compiler: one array for each input
        to one for each output. Raises ``ModelLibraryError`` on arrays of the wrong number, shape or dtype, and
        when the run takes more than the limits.
        """
        main = self.program.module.functions["main"]
        free = [v for v in main.params if v.name not in self.params]
        if len(free) != len(self.inputs):
            raise EvaluationError("@main has a parameter that is not a tensor; call the interpreter itself", main.span)
        checked = checked_arrays("input", self.inputs, arrays)
        values = {**self.params, **dict(zip((v.name for v in free), checked, strict=True))}
        result = Interpreter(self.program, limits).call("main", [values[v.name] for v in main.params])
        return _flatten(result, main)


def model_of(
    program: ast.TypedModule, params: Mapping[str, Array] | None = None, text: str = "", path: Path | None = None
) -> Model:
    """A typed module and its parameters as a Model. Raises ``ParameterError`` where they do not fit."""
    main = program.module.functions.get("main")
    if main is None:
        found = ", ".join(f"@{name}" for name in program.module.functions) or "none"
        raise ModelLibraryError(f"{path or '<string>'}: the module has no @main function; found: {found}")
    signature = program.functions["main"]
    bound = _bind(main, signature.params, params or {})
    free = [(v, t) for v, t in zip(main.params, signature.params, strict=True) if v.name not in bound]
    inputs = tuple(_spec(v.name, t) for v, t in free if isinstance(t, TensorType))
    outputs = _output_specs(signature.result)
    names = [s.name for s in inputs]
    quantized = quantization(main, bound, names, [s.name for s in outputs])
    return Model(path, program, bound, inputs, outputs, text, quantized, real_ranges(main, bound, names))


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


def _output_specs(result: Type) -> tuple[TensorSpec, ...]:
    """Names and shapes of the outputs; none when the result is not made of tensors."""
    tensors: list[TensorType] = []
    pending = [result]
    while pending:
        type_ = pending.pop()
        if isinstance(type_, TupleType):
            pending.extend(reversed(type_.fields))
        elif isinstance(type_, TensorType):
            tensors.append(type_)
        else:
            return ()
    if len(tensors) == 1:
        return (_spec("output", tensors[0]),)
    return tuple(_spec(f"output{i}", t) for i, t in enumerate(tensors))


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
