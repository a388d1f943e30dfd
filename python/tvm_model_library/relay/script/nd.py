"""Arrays as ``tvm.nd`` has them: what constants hold and what executors take and give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.tensors import Array, numpy_dtype


@dataclass(frozen=True)
class Device:
    """Where a tensor lies. This package computes on processors: the device type is 1, TVM's number of the CPU."""

    device_type: int = 1
    device_id: int = 0

    def __str__(self) -> str:
        return f"cpu({self.device_id})"


def cpu(device_id: int = 0) -> Device:
    """The processor."""
    return Device(1, device_id)


def device(name: str | int, device_id: int = 0) -> Device:
    """The device ``"cpu"``, ``"llvm"`` or ``"c"``. Raises ``ModelLibraryError`` for others."""
    if name not in ("cpu", "llvm", "c", 1):
        raise ModelLibraryError(f"no device {name!r}: models run on the CPU, expected 'cpu'")
    return Device(1, device_id)


class NDArray:
    """A tensor that can be written to.

    ``changed`` is called after every write, where the array is an executor's own.
    """

    def __init__(self, array: Array, on: Device | None = None, changed: Callable[[], None] | None = None) -> None:
        self._array = array
        self._changed = changed
        self.device = on or Device()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape."""
        return tuple(self._array.shape)

    @property
    def dtype(self) -> str:
        """The dtype's name."""
        return str(self._array.dtype.name)

    def numpy(self) -> Array:
        """The values as an array of one's own."""
        return np.array(self._array)

    asnumpy = numpy

    def copyfrom(self, source: Any) -> NDArray:
        """Take the values of an array of the same shape, converted to this dtype. Raises ``ModelLibraryError`` for
        another shape and for values that an integer dtype does not have.
        """
        given = as_array(source)
        if given.shape != self.shape:
            raise ModelLibraryError(f"an array of shape {list(self.shape)} is expected, found {list(given.shape)}")
        with np.errstate(all="ignore"):
            values = given.astype(self._array.dtype)
        if values.dtype.kind in "iub" and not np.array_equal(given, values):
            raise ModelLibraryError(f"values of {given.dtype.name} do not fit {self.dtype}")
        self._array[...] = values
        if self._changed is not None:
            self._changed()
        return self

    def copyto(self, target: NDArray | Device) -> NDArray:
        """Copy to another array, or to a new one on a device."""
        if isinstance(target, NDArray):
            return target.copyfrom(self)
        return NDArray(self.numpy(), target)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self._array, dtype)

    def __getitem__(self, index: Any) -> Array:
        return self.numpy()[index]  # type: ignore[no-any-return]

    def __setitem__(self, index: Any, value: Any) -> None:
        changed = self.numpy()
        changed[index] = as_array(value)
        self.copyfrom(changed)

    def __len__(self) -> int:
        return len(self._array)

    def __repr__(self) -> str:
        return f"<NDArray shape={self.shape}, {self.device}>\n{self._array!r}"


def array(value: Any, device: Device | None = None, mem_scope: str | None = None) -> NDArray:
    """A copy of ``value``, which has an array's form. Raises ``ModelLibraryError`` for what has none."""
    if mem_scope not in (None, "global"):
        raise ModelLibraryError(f"no memory scope {mem_scope!r}: arrays lie in the memory of this machine")
    return NDArray(as_array(value).copy(), device)


def empty(shape: Any, dtype: str = "float32", device: Device | None = None) -> NDArray:
    """An array to be filled; it holds zeros until then."""
    return NDArray(np.zeros(shape, numpy_dtype(dtype)), device)


def as_array(value: Any) -> Array:
    """``value`` as NumPy has it. Raises ``ModelLibraryError`` for what is not made of numbers."""
    if isinstance(value, NDArray):
        return value._array
    try:
        result = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    except (TypeError, ValueError) as error:
        raise ModelLibraryError(f"expected an array, found {type(value).__name__}: {error}") from None
    if result.dtype.kind in "OSUMm":
        raise ModelLibraryError(f"expected an array of numbers, found {type(value).__name__}")
    return result
