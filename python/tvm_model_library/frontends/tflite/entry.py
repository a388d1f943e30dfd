"""The entry point of a file: a subgraph, the names of its inputs and outputs, the shapes of its inputs."""

from __future__ import annotations

from dataclasses import dataclass

from tvm_model_library.errors import GraphPlace, ModelLibraryError, UnsupportedError
from tvm_model_library.frontends.options import InputShapes
from tvm_model_library.frontends.tflite.model import Model, Subgraph, Tensor

OPEN = -1
"""Stands in a tensor's ``shape_signature`` for a size that the file leaves open."""
_BATCH = 0
"""The dimension that is 1 where a file leaves it open."""


@dataclass(frozen=True, eq=False)
class Entry:
    """``inputs`` and ``outputs`` have the names of the subgraph's tensors in the order of the subgraph."""

    subgraph: Subgraph
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    signature: str | None = None


def entry_of(model: Model, signature: str | None) -> Entry:
    """The entry point called ``signature``, or the first subgraph.

    Raises ``ModelLibraryError`` naming those there are.
    """
    if signature is None:
        first = model.subgraphs[0]
        return Entry(first, tuple(t.name for t in first.inputs), tuple(t.name for t in first.outputs))
    found = next((s for s in model.signatures if s.key == signature), None)
    if found is None:
        known = ", ".join(repr(s.key) for s in model.signatures) or "none"
        raise ModelLibraryError(f"{model.source}: no signature {signature!r}; the file has: {known}")
    names = [{t.index: name for name, t in tensors.items()} for tensors in (found.inputs, found.outputs)]
    inputs, outputs = found.subgraph.inputs, found.subgraph.outputs
    return Entry(
        found.subgraph,
        tuple(names[0].get(t.index, t.name) for t in inputs),
        tuple(names[1].get(t.index, t.name) for t in outputs),
        signature,
    )


def shapes_of(entry: Entry, given: InputShapes, place: GraphPlace) -> list[tuple[int, ...]]:
    """The shapes of the inputs: as given, or as in the file, where an open batch counts as 1.

    Raises ``ModelLibraryError`` for shapes of inputs that do not exist or do not fit, and for sizes that stay open.
    """
    unknown = [name for name in given if name not in entry.inputs]
    if unknown:
        names = ", ".join(map(_described, entry.inputs, entry.subgraph.inputs)) or "none"
        raise ModelLibraryError(f"{place.source}: there is no input {unknown[0]!r} to give a shape to; inputs: {names}")
    shapes, missing = [], []
    for name, tensor in zip(entry.inputs, entry.subgraph.inputs, strict=True):
        if name in given:
            shapes.append(_checked(name, tensor, tuple(given[name]), place))
            continue
        shape = _declared(tensor)
        if OPEN in shape:
            missing.append(f"{name}=" + "x".join("?" if d == OPEN else str(d) for d in shape))
        shapes.append(shape)
    if missing:
        ask = "give them with INPUT_SHAPE (CMake), --input-shape, or tml.load(..., input_shapes={...}), such as "
        example = missing[0].replace("?", "16")
        raise UnsupportedError(f"{place.source}: sizes of inputs are open: {', '.join(missing)}; {ask}{example}")
    return shapes


def _declared(tensor: Tensor) -> tuple[int, ...]:
    """The shape of the file with what it leaves open, but for the batch."""
    signature = tensor.shape_signature if len(tensor.shape_signature) == len(tensor.shape) else tensor.shape
    return tuple(1 if dim == OPEN and axis == _BATCH else dim for axis, dim in enumerate(signature))


def _checked(name: str, tensor: Tensor, given: tuple[int, ...], place: GraphPlace) -> tuple[int, ...]:
    shape = _declared(tensor)
    if len(given) != len(shape) or any(d < 1 for d in given):
        found = "x".join(map(str, given))
        raise ModelLibraryError(
            f"{place.source}: the shape {found} of input {name!r} does not fit: expected {len(shape)} sizes from 1 on, "
            f"as in {_described(name, tensor)}"
        )
    return given


def _described(name: str, tensor: Tensor) -> str:
    sizes = "x".join("?" if d == OPEN else str(d) for d in _declared(tensor))
    return f"{name} ({tensor.dtype} {sizes or 'scalar'})"
