"""TVM Model Library: from a model's file to C for firmware, with proof that it computes the right answer.

>>> import tvm_model_library as tml
>>> model = tml.load("model.relay", params="model.params")
>>> library = tml.compile(model, target="c", executor="graph", name="model")
>>> library.export("model.tar")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tvm_model_library.errors import ModelLibraryError

if TYPE_CHECKING:
    from tvm_model_library import relay
    from tvm_model_library.frontends import load
    from tvm_model_library.library import Library, compile
    from tvm_model_library.microtvm import micro, target
    from tvm_model_library.model import Model
    from tvm_model_library.relay.limits import Limits

__version__ = "0.1.0"  # The one place: pyproject.toml and CMakeLists.txt read this line.

__all__ = ["Library", "Limits", "Model", "ModelLibraryError", "compile", "load", "micro", "relay", "target"]

# Imported on first use: what does not compile need not wait a second for TVM.
_HOME = {
    "Library": "tvm_model_library.library",
    "Limits": "tvm_model_library.relay.limits",
    "Model": "tvm_model_library.model",
    "compile": "tvm_model_library.library",
    "load": "tvm_model_library.frontends",
}


# microTVM's modules, under the names that its scripts know.
_ROOMS = {
    "micro": "tvm_model_library.microtvm.micro",
    "relay": "tvm_model_library.relay",
    "target": "tvm_model_library.microtvm.target",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _ROOMS:
        return importlib.import_module(_ROOMS[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
