"""The names that microTVM's scripts use: ``import tvm_model_library.microtvm as tvm``.

docs/microtvm.md says which names are the same, which changed and which are gone.
"""

from __future__ import annotations

from tvm_model_library import __version__
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.microtvm import (
    contrib,
    error,
    ir,
    micro,
    names,
    nd,
    parser,
    relay,
    runtime,
    support,
    target,
    testing,
    transform,
)
from tvm_model_library.microtvm.ir.memory_pools import (
    ConstantMemoryPools,
    ConstantPoolInfo,
    PoolInfoProperties,
    WorkspaceMemoryPools,
    WorkspacePoolInfo,
)
from tvm_model_library.relay.script.module import IRModule
from tvm_model_library.relay.script.nd import Device, NDArray, cpu, device

__all__ = [
    "ConstantMemoryPools",
    "ConstantPoolInfo",
    "Device",
    "IRModule",
    "NDArray",
    "PoolInfoProperties",
    "TVMError",
    "WorkspaceMemoryPools",
    "WorkspacePoolInfo",
    "__version__",
    "contrib",
    "cpu",
    "device",
    "error",
    "ir",
    "micro",
    "nd",
    "parser",
    "relay",
    "runtime",
    "support",
    "target",
    "testing",
    "transform",
]  # fmt: skip

TVMError = ModelLibraryError

__getattr__ = names.missing(__name__)
