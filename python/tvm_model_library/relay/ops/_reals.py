"""Operators of real numbers: the same words, in the interpreter and in the compiler, for tensors of integers.

Their type rules take every dtype, as TVM's do; TVM then fails while it generates code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Attrs, EvaluationRuleError, LowerRule, Meaning
from tvm_model_library.relay.ops._dtypes import needs_float
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering


def of_reals(evaluate: Meaning) -> Meaning:
    """``evaluate``, for floating-point data only."""

    def checked(attrs: Attrs, data: Array, *others: Any) -> Any:
        if problem := needs_float(data.dtype.name):
            raise EvaluationRuleError(problem)
        return evaluate(attrs, data, *others)

    return checked


def lower_reals(lower: LowerRule) -> LowerRule:
    """``lower``, for floating-point data only."""

    def checked(ctx: Lowering, attrs: Attrs, *args: Any) -> Any:
        data = ctx.tensor(0)
        if problem := needs_float(data.dtype):
            ctx.refuse(problem)
        return lower(ctx, attrs, *args)

    return checked
