"""Relay's operators as functions: ``op.add``, ``op.nn.conv2d``, ``op.qnn.op.requantize``.

The functions are made from the registry when this package is imported; ``__init__.pyi`` and its neighbours, made by
docs/generate.py, describe them to editors.
"""

from __future__ import annotations

import sys
from types import ModuleType

from tvm_model_library.relay.script import composed, composed_nn  # noqa: F401 (fill WRITTEN)
from tvm_model_library.relay.script.expr import Op
from tvm_model_library.relay.script.operators import Function, generated
from tvm_model_library.relay.script.written import WRITTEN

FUNCTIONS: dict[str, Function] = {**dict(generated()), **WRITTEN}
"""All functions by where they are found: ``nn.conv2d``, ``qnn.op.conv2d``."""

get = Op.get


def _space(path: str) -> ModuleType:
    """The module that ``path`` names below this one."""
    if not path:
        return sys.modules[__name__]
    name = f"{__name__}.{path}"
    if name not in sys.modules:
        above, _, last = path.rpartition(".")
        module = ModuleType(name, f"The operators {path}.* of Relay.")
        module.__path__ = []  # so that import finds what is below it
        setattr(_space(above), last, module)
        sys.modules[name] = module
    return sys.modules[name]


for _path, _function in FUNCTIONS.items():
    _above, _, _last = _path.rpartition(".")
    _function.__module__ = f"{__name__}.{_above}".rstrip(".")
    setattr(_space(_above), _last, _function)

__all__ = sorted({path.partition(".")[0] for path in FUNCTIONS})
