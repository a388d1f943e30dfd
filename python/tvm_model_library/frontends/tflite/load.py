"""A ``.tflite`` file to a Model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tvm_model_library.errors import ModelFileError, ParameterError
from tvm_model_library.frontends.builder import Builder, Program
from tvm_model_library.frontends.options import InputShapes, LoadOptions
from tvm_model_library.frontends.tflite import reader
from tvm_model_library.frontends.tflite.call import is_quantized
from tvm_model_library.frontends.tflite.contract import Contract, contract_of
from tvm_model_library.frontends.tflite.entry import Entry, entry_of, shapes_of
from tvm_model_library.frontends.tflite.graph import Graph, Whole
from tvm_model_library.frontends.tflite.model import Model as File
from tvm_model_library.frontends.tflite.model import Tensor
from tvm_model_library.frontends.tflite.variables import Variables, never_assigned
from tvm_model_library.model import Model, Origin, State
from tvm_model_library.relay.printer import print_module
from tvm_model_library.tensors import Array, numpy_dtype


def load(path: str | Path, params: str | Path | Mapping[str, Array] | None, options: LoadOptions) -> Model:
    """Read a ``.tflite`` file and convert it.

    ``params`` must be None: the file holds all of its parameters. Raises ``ModelLibraryError`` with the place of what
    is wrong.
    """
    path = Path(path)
    if params is not None:
        raise ParameterError(f"{path}: a .tflite file holds its parameters; leave the parameter file out")
    return model_of_file(reader.read(path), options, path)


def model_of_file(file: File, options: LoadOptions, path: Path | None = None) -> Model:
    """The Model of a file that has been read. As :func:`load`."""
    contract = contract_of(options.contract)
    entry = entry_of(file, options.signature)
    program = convert(file, entry, contract, options.input_shapes or {})
    quantized = any(is_quantized(t) for t in entry.subgraph.tensors)
    names = {port.name: port.original for port in (*program.inputs, *program.states, *program.outputs)}
    origin = Origin(
        "tflite",
        contract.name if quantized else "",
        contract.checked if quantized else "",
        {**names, **program.originals},
    )
    return Model(
        path=path,
        program=program.module,
        params=program.params,
        inputs=tuple(p.spec for p in program.inputs),
        outputs=tuple(p.spec for p in program.outputs),
        text=print_module(program.module.module),
        quantization={p.name: p.quantization for p in (*program.inputs, *program.outputs) if p.quantization},
        states=tuple(State(p.spec, program.initial[p.name]) for p in program.states),
        origin=origin,
    )


def convert(file: File, entry: Entry, contract: Contract, shapes: InputShapes) -> Program:
    """The program of an entry point. Raises ``ModelLibraryError``."""
    place = entry.subgraph.place
    chosen = shapes_of(entry, shapes, place)
    builder = Builder(file.source)
    as_declared = all(shape == t.shape for shape, t in zip(chosen, entry.subgraph.inputs, strict=True))
    whole = Whole(file, builder, contract, as_declared)
    operands = {
        tensor.index: builder.input(name, shape, _checked_dtype(tensor), tensor.place, _quantization(tensor))
        for name, tensor, shape in zip(entry.inputs, entry.subgraph.inputs, chosen, strict=True)
    }
    variables = Variables(constant=never_assigned(file))
    results = Graph(whole, entry.subgraph, dict(operands), variables).convert()
    outputs = [
        (result, name, _quantization(tensor))
        for result, name, tensor in zip(results, entry.outputs, entry.subgraph.outputs, strict=True)
    ]
    return builder.finish(outputs, place, variables.next_states())


def _checked_dtype(tensor: Tensor) -> str:
    """The type of an input. Raises ``ModelFileError`` for one that holds no numbers of a whole byte."""
    try:
        numpy_dtype(tensor.dtype)
    except TypeError:
        raise ModelFileError(f"an input of type {tensor.dtype} can't be given to a program", tensor.place) from None
    return tensor.dtype


def _quantization(tensor: Tensor) -> tuple[float, int] | None:
    found = tensor.quantization
    if found is None or len(found.scales) != 1 or len(found.zero_points) != 1:
        return None
    return float(found.scales[0]), int(found.zero_points[0])
