"""``tvm.relay.function``: Relay's functions."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.control import Function

__all__ = ["Function"]

__getattr__ = names.missing(__name__)
