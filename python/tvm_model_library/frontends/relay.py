"""Relay text (and its parameters) to a Model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tvm_model_library.archive.params import load_param_dict
from tvm_model_library.compiler.plan import TensorSpec
from tvm_model_library.errors import EvaluationError, ModelLibraryError, ParameterError, UnsupportedError
from tvm_model_library.model import DYNAMIC, Model, checked_arrays
from tvm_model_library.reading import read_file, read_text
from tvm_model_library.relay import ast
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.interpreter import Interpreter, Value
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.relay.operator import Array, from_bits
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.relay.quantization import quantization
from tvm_model_library.relay.types import TensorType, TupleType, Type


def load(path: str | Path, params: str | Path | Mapping[str, Array] | None = None) -> Model:
    """Read a Relay text file; ``params`` is a parameter file or a mapping from names to arrays.

    Raises ``ModelLibraryError`` with the place of what is wrong.
    """
    path = Path(path)
    text = read_text(path, "the model")
    if isinstance(params, str | Path):
        params = read_params(Path(params))
    return from_text(text, params, str(path), path)


def read_params(path: Path) -> dict[str, Array]:
    """The arrays of a ``.params`` file. Raises ``ParameterError`` naming the file."""
    return load_param_dict(read_file(path, "the parameters", error=ParameterError), str(path))


def from_text(
    text: str, params: Mapping[str, Array] | None = None, source: str = "<string>", path: Path | None = None
) -> Model:
    """Parse, type-check and bind ``params`` to the parameters of ``@main`` that have their names."""
    return from_module(infer(parse_module(text, source)), params, text, path)


def from_module(
    typed: ast.TypedModule, params: Mapping[str, Array] | None = None, text: str = "", path: Path | None = None
) -> Model:
    """A typed module and its parameters as a Model. Raises ``ParameterError`` where they do not fit."""
    main = typed.module.functions.get("main")
    if main is None:
        found = ", ".join(f"@{name}" for name in typed.module.functions) or "none"
        raise ModelLibraryError(f"{path or '<string>'}: the module has no @main function; found: {found}")
    signature = typed.functions["main"]
    bound = _bind(main, signature.params, params or {})
    free = [(v, t) for v, t in zip(main.params, signature.params, strict=True) if v.name not in bound]
    inputs = tuple(_spec(v.name, t) for v, t in free if isinstance(t, TensorType))
    only_tensors = len(inputs) == len(free)
    outputs = _output_specs(signature.result)

    def evaluate(*arrays: Array, limits: Limits = DEFAULT_LIMITS) -> list[Array]:
        if not only_tensors:
            raise EvaluationError("@main has a parameter that is not a tensor; call the interpreter itself", main.span)
        given = dict(zip((v.name for v, _ in free), checked_arrays("input", inputs, arrays), strict=True))
        result = Interpreter(typed, limits).call(
            "main", [bound[v.name] if v.name in bound else given[v.name] for v in main.params]
        )
        return _flatten(result, main)

    def to_relax(target: str) -> Any:
        for var, type_ in free:
            if not isinstance(type_, TensorType):
                raise UnsupportedError(f"%{var.name}: {type_} is no tensor; the executors take tensors only", var.span)
            if not type_.is_static:
                raise UnsupportedError(
                    f"%{var.name} has the dynamic shape {type_}; the executors need every dimension: "
                    "write numbers for the ? or use `tvm-mlf interpret`",
                    var.span,
                )
        from tvm_model_library.compiler.relay_to_relax import to_relax as lower

        return lower(typed, bound, target)

    quantized = quantization(main, bound, [s.name for s in inputs], [s.name for s in outputs])
    return Model(path, inputs, outputs, bound, text, evaluate, to_relax, quantized)


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
