"""``tvm.runtime``: modules of code, arrays, parameters."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.relay.param_dict import load_param_dict, save_param_dict
from tvm_model_library.microtvm.runtime import executor, module
from tvm_model_library.microtvm.runtime.module import Module
from tvm_model_library.relay.script.nd import Device, NDArray, cpu, device

__all__ = ["Device", "Module", "NDArray", "cpu", "device", "executor", "load_param_dict", "module", "save_param_dict"]

__getattr__ = names.missing(__name__)
