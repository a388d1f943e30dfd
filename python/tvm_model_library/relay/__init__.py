"""The Relay language: parser, syntax tree, types, inference, printer, interpreter; operators in :mod:`ops`.

For microTVM's scripts the package also has ``fromtext``, ``build``, ``save_param_dict`` and ``load_param_dict``.
They are imported on first use: the language itself needs neither TVM nor the compiler.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tvm_model_library.microtvm.relay import build, fromtext
    from tvm_model_library.params import load_param_dict, save_param_dict

__all__ = ["build", "fromtext", "load_param_dict", "save_param_dict"]

_HOME = {
    "build": "tvm_model_library.microtvm.relay",
    "fromtext": "tvm_model_library.microtvm.relay",
    "load_param_dict": "tvm_model_library.params",
    "save_param_dict": "tvm_model_library.params",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
