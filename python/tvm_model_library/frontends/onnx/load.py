"""An ``.onnx`` file to a Model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tvm_model_library.errors import GraphPlace, ModelLibraryError, ParameterError, UnsupportedError
from tvm_model_library.frontends.builder import Builder, Program
from tvm_model_library.frontends.onnx import reader
from tvm_model_library.frontends.onnx.entry import shapes_of
from tvm_model_library.frontends.onnx.graph import Scope
from tvm_model_library.frontends.onnx.model import Model as File
from tvm_model_library.frontends.onnx.qdq import fused
from tvm_model_library.frontends.options import InputShapes, LoadOptions
from tvm_model_library.model import Model, Origin
from tvm_model_library.relay.printer import print_module
from tvm_model_library.tensors import Array

OLDEST_OPSET, NEWEST_OPSET = 7, 28
"""Versions of ONNX's operators that the converters know: what another version means may differ."""


def load(path: str | Path, params: str | Path | Mapping[str, Array] | None, options: LoadOptions) -> Model:
    """Read an ``.onnx`` file and convert it.

    ``params`` must be None: the file holds all of its parameters. Raises ``ModelLibraryError`` with the place of what
    is wrong.
    """
    path = Path(path)
    if params is not None:
        raise ParameterError(f"{path}: an .onnx file holds its parameters; leave the parameter file out")
    for name in ("signature", "contract"):
        if getattr(options, name):
            raise ModelLibraryError(f"{path}: ONNX files have no {name} to choose")
    return model_of_file(reader.read(path), options, path)


def model_of_file(file: File, options: LoadOptions, path: Path | None = None) -> Model:
    """The Model of a file that has been read. As :func:`load`."""
    _check_opset(file)
    program = convert(file, options.input_shapes or {})
    names = {port.name: port.original for port in (*program.inputs, *program.outputs)}
    return Model(
        path=path,
        program=program.module,
        params=program.params,
        inputs=tuple(p.spec for p in program.inputs),
        outputs=tuple(p.spec for p in program.outputs),
        text=print_module(program.module.module),
        origin=Origin("onnx", names={**names, **program.originals}),
    )


def convert(file: File, shapes: InputShapes) -> Program:
    """The program of a file. Raises ``ModelLibraryError``."""
    graph = file.graph
    builder = Builder(file.source)
    values = {
        value.name: builder.input(value.name, shape, value.dtype, value.place)
        for value, shape in zip(graph.inputs, shapes_of(graph, shapes), strict=True)
    }
    scope = Scope(builder, file.opsets, fused(graph), dict(values))
    results = scope.convert()
    outputs = [(result, value.name, None) for result, value in zip(results, graph.outputs, strict=True)]
    return builder.finish(outputs, graph.place)


def _check_opset(file: File) -> None:
    place = GraphPlace(file.source, "opset_import")
    version = file.opsets.get("")
    if version is None:
        if any(not node.domain for node in file.graph.nodes):
            raise UnsupportedError("the file does not say which version of ONNX's operators it uses", place)
        return
    if not OLDEST_OPSET <= version <= NEWEST_OPSET:
        message = f"version {version} of ONNX's operators is not supported; supported: {OLDEST_OPSET} to {NEWEST_OPSET}"
        raise UnsupportedError(f"{message}. Convert the model (onnx.version_converter), or export it again", place)
