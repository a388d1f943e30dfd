"""The shapes of a graph's inputs: as the file says, as the user says, the batch 1."""

from __future__ import annotations

from tvm_model_library.errors import ModelLibraryError, UnsupportedError
from tvm_model_library.frontends.onnx.model import Graph, Value
from tvm_model_library.frontends.options import InputShapes
from tvm_model_library.tensors import numpy_dtype

_BATCH = 0
"""The dimension that is 1 where a file leaves it open."""


def shapes_of(graph: Graph, given: InputShapes) -> list[tuple[int, ...]]:
    """The shapes of the inputs: as given, or as in the file, where an open batch counts as 1. An open size that has a
    name is the same in all inputs, as far as one is given.

    Raises ``ModelLibraryError`` for shapes of inputs that do not exist or do not fit, and for sizes that stay open.
    """
    source = graph.place.source
    names = [v.name for v in graph.inputs]
    unknown = [name for name in given if name not in names]
    if unknown:
        known = ", ".join(map(_described, graph.inputs)) or "none"
        raise ModelLibraryError(f"{source}: there is no input {unknown[0]!r} to give a shape to; inputs: {known}")
    sizes: dict[str, int] = {}
    for value in graph.inputs:
        _check_dtype(value)
        if value.name in given:
            _check_given(value, tuple(given[value.name]), sizes)
    for value in graph.inputs:
        if value.shape and isinstance(value.shape[_BATCH], str) and value.name not in given:
            sizes.setdefault(str(value.shape[_BATCH]), 1)
    shapes, missing = [], []
    for value in graph.inputs:
        shape = tuple(given[value.name]) if value.name in given else _declared(value, sizes)
        if shape is None or any(not isinstance(d, int) for d in shape):
            missing.append(f"{value.name}=" + ("?" if shape is None else "x".join(map(_size, shape))))
        else:
            shapes.append(tuple(int(d) for d in shape if isinstance(d, int)))
    if missing:
        ask = "give them with INPUT_SHAPE (CMake), --input-shape, or tml.load(..., input_shapes={...}), such as "
        example = missing[0].replace("?", "16")
        raise UnsupportedError(f"{source}: sizes of inputs are open: {', '.join(missing)}; {ask}{example}")
    return shapes


def _check_dtype(value: Value) -> None:
    try:
        numpy_dtype(value.dtype)
    except TypeError:
        found = value.dtype or "unknown"
        raise UnsupportedError(f"an input of type {found} can't be given to a program", value.place) from None


def _check_given(value: Value, given: tuple[int, ...], sizes: dict[str, int]) -> None:
    """Check a given shape, and note the sizes that it gives names to."""
    declared = value.shape
    fits = all(d >= 1 for d in given)
    if declared is not None:
        fits = fits and len(given) == len(declared)
        for size, named in zip(given, declared, strict=False):
            if isinstance(named, int):
                fits = fits and size == named
            elif named is not None and named != "?":
                fits = fits and sizes.setdefault(named, size) == size
    if not fits:
        found = "x".join(map(str, given))
        message = f"the shape {found} of input {value.name!r} does not fit: expected sizes from 1 on, as in"
        raise ModelLibraryError(f"{value.place.source}: {message} {_described(value)}")


def _declared(value: Value, sizes: dict[str, int]) -> tuple[int | str | None, ...] | None:
    if value.shape is None:
        return None
    known = (sizes.get(d, d) if isinstance(d, str) else d for d in value.shape)
    return tuple(1 if axis == _BATCH and not isinstance(d, int) else d for axis, d in enumerate(known))


def _size(size: int | str | None) -> str:
    return str(size) if isinstance(size, int) else "?"


def _described(value: Value) -> str:
    shape = "of unknown shape" if value.shape is None else "x".join(map(_size, value.shape)) or "scalar"
    return f"{value.name} ({value.dtype} {shape})"
