"""``tvm.relay.op``: a function for every operator of the registry."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script import op
from tvm_model_library.relay.script.expr import Op
from tvm_model_library.relay.script.op import *  # noqa: F403 (a function for every operator)

__all__ = ["Op", "get", *op.__all__]

get = Op.get

names.share(op, __name__)

__getattr__ = names.missing(__name__)
