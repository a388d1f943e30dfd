"""Which operators give the same floats whoever computes them.

Moving, choosing and comparing rounds nothing; IEEE 754 fixes what single additions, products, quotients and square
roots are, so that two right implementations agree to the last bit. Sums and products of many terms are fixed only where
no order of them rounds, which their operands tell. All else carries an error of the C library or of the order.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MOVING = _names("""
    adv_index annotation.stop_fusion arange argmax argmin argsort broadcast_to broadcast_to_like clip concatenate
    contrib_reverse_reshape copy equal expand_dims full full_like gather gather_nd greater greater_equal isfinite isinf
    isnan layout_transform less less_equal logical_and logical_not logical_or logical_xor matrix_set_diag max maximum
    meshgrid min minimum nn.adaptive_max_pool1d nn.adaptive_max_pool2d nn.adaptive_max_pool3d nn.batch_flatten
    nn.batch_to_space_nd nn.depth_to_space nn.dilate nn.fifo_buffer nn.global_max_pool2d nn.max_pool1d nn.max_pool2d
    nn.max_pool3d
    nn.mirror_pad nn.pad nn.relu nn.space_to_batch_nd nn.space_to_depth not_equal one_hot ones ones_like repeat reshape
    reshape_like reverse reverse_sequence searchsorted sequence_mask shape_of slice_like sliding_window sort split
    squeeze stack strided_set strided_slice take tile topk transpose trilu unique vision.yolo_reorg where zeros
    zeros_like
""")
_ROUNDED_ONCE = _names("""
    abs add bitwise_and bitwise_not bitwise_or bitwise_xor cast cast_like ceil divide floor floor_divide floor_mod
    image.dilation2d mod multiply negative nn.bias_add nn.leaky_relu nn.prelu reinterpret round sign sqrt subtract trunc
    trunc_divide trunc_mod
""")
SUMMED = _names("""
    collapse_sum_like collapse_sum_to cumsum einsum mean nn.adaptive_avg_pool1d nn.adaptive_avg_pool2d
    nn.adaptive_avg_pool3d nn.avg_pool1d nn.avg_pool2d
    nn.avg_pool3d nn.batch_matmul nn.contrib_conv2d_NCHWc nn.conv1d nn.conv1d_transpose nn.conv2d nn.conv2d_transpose
    nn.conv3d nn.conv3d_transpose nn.dense nn.global_avg_pool2d nn.matmul scatter_elements scatter_nd sum
""")
AVERAGED = frozenset(n for n in SUMMED if "avg" in n or n == "mean")
ORDERING = _names("""
    argmax argmin argsort image.dilation2d max min nn.adaptive_max_pool1d nn.adaptive_max_pool2d nn.adaptive_max_pool3d
    nn.global_max_pool2d nn.max_pool1d nn.max_pool2d nn.max_pool3d searchsorted sort topk unique
""")
"""What they make of NaN depends on the order of their comparisons."""
SAMPLED = _names("image.crop_and_resize image.grid_sample nn.deformable_conv2d vision.roi_align vision.roi_pool")
"""Places known at run time: a place at the border of an image may fall to either side of it."""


def is_fixed(operator: str) -> bool:
    """Whether each element of the operator's result has one right value for one value of its arguments."""
    return operator in _MOVING or operator in _ROUNDED_ONCE or operator.startswith("qnn.")


def keeps_exact(operator: str) -> bool:
    """Whether exact operands likely give an exact result: what a generator need know; a run looks at the numbers."""
    return is_fixed(operator) or operator in SUMMED
