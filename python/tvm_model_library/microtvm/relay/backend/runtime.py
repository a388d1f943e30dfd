"""What a model is run by: ``Runtime("crt", {"system-lib": True})``.

Definition: TVM 0.18 src/relay/backend/runtime.cc.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.microtvm.relay.backend.executor import Configuration


class Runtime(Configuration):
    """The C runtime. Raises ``ModelLibraryError`` for TVM's C++ runtime, which models do not run on here."""

    known = {"crt": {"system-lib": bool}, "cpp": {"system-lib": bool}}  # noqa: RUF012 (read only)
    what = "runtime"

    def __init__(self, name: str, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(name, options)
        if name == "cpp":
            raise ModelLibraryError("runtime 'cpp': models run on the C runtime; give Runtime('crt')")
