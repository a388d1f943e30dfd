"""``tvm.relay.frontend``: models of other frameworks as modules."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.relay.frontend.readers import from_onnx, from_pytorch, from_tflite

__all__ = ["from_onnx", "from_pytorch", "from_tflite"]

__getattr__ = names.missing(__name__)
