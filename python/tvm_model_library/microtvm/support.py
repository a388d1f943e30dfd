"""``tvm.support``: how this package was made, and the module of tests."""

from __future__ import annotations

from tvm_model_library import __version__
from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.runtime.module import FrontendTestModule

__all__ = ["FrontendTestModule", "libinfo"]


def libinfo() -> dict[str, str]:
    """What scripts ask before they go on: microTVM is there, GPUs are not."""
    return {"TVM_MODEL_LIBRARY_VERSION": __version__, "USE_MICRO": "ON", "USE_CUDA": "OFF", "USE_LLVM": "ON"}


__getattr__ = names.missing(__name__)
