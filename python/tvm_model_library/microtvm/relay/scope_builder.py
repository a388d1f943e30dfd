"""``tvm.relay.scope_builder``: programs written from top to bottom."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.control import ScopeBuilder

__all__ = ["ScopeBuilder"]

__getattr__ = names.missing(__name__)
