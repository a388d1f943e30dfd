"""Convolutions over 1, 2 and 3 spatial dimensions: plain, grouped, depthwise, dilated; every layout.

Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
"""

from __future__ import annotations

from functools import partial

from tvm_model_library.relay.operator import register
from tvm_model_library.relay.ops._conv import (
    constrain_weight,
    conv_attributes,
    evaluate_convolution,
    evaluate_transposed,
    infer_convolution,
)
from tvm_model_library.relay.ops._conv_te import lower_convolution

_DEFINITION = "TVM 0.18 src/relay/op/nn/convolution.cc"

for _rank in (1, 2, 3):
    register(
        f"nn.conv{_rank}d",
        ("data", "weight"),
        conv_attributes(_rank),
        infer=partial(infer_convolution, rank=_rank),
        constrain=partial(constrain_weight, rank=_rank),
        evaluate=partial(evaluate_convolution, rank=_rank),
        lower=partial(lower_convolution, rank=_rank),
        definition=_DEFINITION,
    )
    register(
        f"nn.conv{_rank}d_transpose",
        ("data", "weight"),
        conv_attributes(_rank, transposed=True),
        infer=partial(infer_convolution, rank=_rank, transposed=True),
        constrain=partial(constrain_weight, rank=_rank, transposed=True),
        evaluate=partial(evaluate_transposed, rank=_rank),
        lower=partial(lower_convolution, rank=_rank, transposed=True),
        definition=_DEFINITION,
    )
