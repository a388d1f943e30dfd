"""``tvm.relay.transform``: what is left of the passes: types. The compiler runs all others where it needs them."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.module import IRModule, as_function
from tvm_model_library.relay.script.ty import Type

__all__ = ["InferType", "InferTypeLocal"]


class InferType:
    """A pass after which every expression of a module has its ``checked_type``. Raises ``RelayTypeError``."""

    def __call__(self, mod: IRModule) -> IRModule:
        return mod.infer_types()


def InferTypeLocal(expr: Expr) -> Type:  # noqa: N802 (TVM's name)
    """The type of an expression whose variables have theirs. Raises ``RelayTypeError``."""
    return expr.checked_type


def infer_type(expr: Expr) -> Expr:
    """The expression with its types, as a function of its free variables."""
    return IRModule.from_expr(as_function(expr)).infer_types()["main"]


__getattr__ = names.missing(__name__)
