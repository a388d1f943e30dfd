"""A loaded model: what every frontend makes and the compiler takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tvm_model_library.compiler.plan import TensorSpec
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.relay.limits import DEFAULT_LIMITS, Limits
from tvm_model_library.relay.operator import Array, from_bits, is_numpy_dtype


@dataclass(frozen=True)
class Model:
    """A model with its parameters bound.

    ``inputs`` are the tensors that the caller supplies at each run (parameters are not among them), ``outputs``
    are named ``output``, or ``output0``, ``output1``, ... ``evaluate`` maps one array for each input to one for
    each output, within the ``limits`` that a keyword gives; it shares no code with the compiler. ``to_relax`` gives
    the ``tvm.IRModule`` with a Relax function ``main`` whose parameters are ``inputs``, in their order, and may raise
    ``UnsupportedError``. ``text`` is the source as the archive keeps it. ``quantization`` has scale and zero point of
    quantized inputs and outputs, by name.
    """

    path: Path | None
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    params: Mapping[str, Array]
    text: str
    evaluate: Callable[..., list[Array]] = field(repr=False)
    to_relax: Callable[[str], Any] = field(repr=False)
    quantization: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    def reference(self, *arrays: Array, limits: Limits = DEFAULT_LIMITS) -> list[Array]:
        """Run the model in its reference interpreter. Raises ``ModelLibraryError`` on arrays of the wrong
        number, shape or dtype, and when the run takes more than the limits.
        """
        return self.evaluate(*arrays) if limits == DEFAULT_LIMITS else self.evaluate(*arrays, limits=limits)


DYNAMIC = -1
"""Stands in a ``TensorSpec`` of a model for a dimension known only at run time."""


def checked_arrays(what: str, specs: Sequence[TensorSpec], arrays: Sequence[Array]) -> list[Array]:
    """``arrays`` in row-major order and this machine's byte order, one for each of ``specs``; ``what`` is "input" or
    "output". Where a bfloat16 tensor is asked for, an array of uint16 holds its bits.

    Raises ``ModelLibraryError`` when their number, or the shape or dtype of one, does not fit.
    """
    if len(arrays) != len(specs):
        names = ", ".join(s.name for s in specs) or "none"
        raise ModelLibraryError(f"the model has {len(specs)} {what}s ({names}), found {len(arrays)}")
    checked = []
    for spec, value in zip(specs, arrays, strict=True):
        if not is_numpy_dtype(spec.dtype):
            raise ModelLibraryError(f"{what} {spec.name!r} is of {spec.dtype}, a dtype that NumPy lacks")
        array = from_bits(np.asarray(value), spec.dtype)
        fits = len(array.shape) == len(spec.shape) and all(
            d in (n, DYNAMIC) for d, n in zip(spec.shape, array.shape, strict=True)
        )
        if not fits or array.dtype.name != spec.dtype:
            expected = f"{spec.dtype}[{', '.join('?' if d == DYNAMIC else str(d) for d in spec.shape)}]"
            raise ModelLibraryError(f"{what} {spec.name!r} is {expected}, found {array.dtype.name}{list(array.shape)}")
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        checked.append(np.ascontiguousarray(native).reshape(array.shape))
    return checked
