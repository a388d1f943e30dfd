"""``tvm.nd``: arrays, and the device that they lie on."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.nd import NDArray, array, cpu, device, empty

__all__ = ["NDArray", "array", "cpu", "device", "empty"]

__getattr__ = names.missing(__name__)
