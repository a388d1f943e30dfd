"""A loaded model: what every frontend makes and the compiler takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tvm_model_library.tensors import Array, TensorSpec


@dataclass(frozen=True)
class Model:
    """A model with its parameters bound.

    ``inputs`` are the tensors that the caller supplies at each run (parameters are not among them), ``outputs``
    are named ``output``, or ``output0``, ``output1``, ... ``evaluate`` maps one array for each input to one for
    each output; it shares no code with the compiler. ``to_relax`` gives the ``tvm.IRModule`` with a Relax function
    ``main`` whose parameters are ``inputs``, in their order, and may raise ``UnsupportedError``. ``text`` is the
    source as the archive keeps it. ``quantization`` has scale and zero point of quantized inputs and outputs, by name.
    """

    path: Path | None
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    params: Mapping[str, Array]
    text: str
    evaluate: Callable[..., list[Array]] = field(repr=False)
    to_relax: Callable[[str], Any] = field(repr=False)
    quantization: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    def reference(self, *arrays: Array) -> list[Array]:
        """Run the model in its reference interpreter. Raises ``ModelLibraryError`` on arrays of the wrong
        number, shape or dtype.
        """
        return self.evaluate(*arrays)
