"""``tvm.target``: targets in TVM's classic text."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.target import target
from tvm_model_library.microtvm.target.target import MICRO_SUPPORTED_MODELS, Target, micro

__all__ = ["MICRO_SUPPORTED_MODELS", "Target", "micro", "target"]

create = Target  # its name before TVM 0.8

__getattr__ = names.missing(__name__)
