# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence
from typing import Any

from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.expr import Call, ExprLike, TupleWrapper
from tvm_model_library.relay.script.ty import Dtype

def adaptive_avg_pool1d(
    data: ExprLike,
    output_size: Sequence[int] | int | None = None,
    layout: str = "NCW",
    out_layout: str = "",
) -> Call:
    """Mean of windows chosen for an output size, in 1 spatial axis.

        data: a tensor, or a tuple of them
        output_size: a list of values, each an integer or None
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def adaptive_avg_pool2d(
    data: ExprLike,
    output_size: Sequence[int] | int | None = None,
    layout: str = "NCHW",
    out_layout: str = "",
) -> Call:
    """Mean of windows chosen for an output size, in 2 spatial axes.

        data: a tensor, or a tuple of them
        output_size: a list of values, each an integer or None
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def adaptive_avg_pool3d(
    data: ExprLike,
    output_size: Sequence[int] | int | None = None,
    layout: str = "NCDHW",
    out_layout: str = "",
) -> Call:
    """Mean of windows chosen for an output size, in 3 spatial axes.

        data: a tensor, or a tuple of them
        output_size: a list of values, each an integer or None
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def adaptive_max_pool1d(
    data: ExprLike,
    output_size: Sequence[int] | int | None = None,
    layout: str = "NCW",
    out_layout: str = "",
) -> Call:
    """Maximum of windows chosen for an output size, in 1 spatial axis.

        data: a tensor, or a tuple of them
        output_size: a list of values, each an integer or None
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def adaptive_max_pool2d(
    data: ExprLike,
    output_size: Sequence[int] | int | None = None,
    layout: str = "NCHW",
    out_layout: str = "",
) -> Call:
    """Maximum of windows chosen for an output size, in 2 spatial axes.

        data: a tensor, or a tuple of them
        output_size: a list of values, each an integer or None
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def adaptive_max_pool3d(
    data: ExprLike,
    output_size: Sequence[int] | int | None = None,
    layout: str = "NCDHW",
    out_layout: str = "",
) -> Call:
    """Maximum of windows chosen for an output size, in 3 spatial axes.

        data: a tensor, or a tuple of them
        output_size: a list of values, each an integer or None
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def avg_pool1d(
    data: ExprLike,
    pool_size: Sequence[int] | int = (1,),
    strides: Sequence[int] | int = (1,),
    dilation: Sequence[int] | int = (1,),
    padding: Sequence[int] | int = (0,),
    layout: str = "NCW",
    out_layout: str = "",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> Call:
    """Mean of each window in 1 spatial axis.

        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        dilation: a list of values, each an integer
        padding: a list of values, each an integer
        layout: a string
        out_layout: a string
        ceil_mode: True or False
        count_include_pad: True or False

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def avg_pool2d(
    data: ExprLike,
    pool_size: Sequence[int] | int = (1, 1),
    strides: Sequence[int] | int = (1, 1),
    dilation: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    layout: str = "NCHW",
    out_layout: str = "",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> Call:
    """Mean of each window in 2 spatial axes.

        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        dilation: a list of values, each an integer
        padding: a list of values, each an integer
        layout: a string
        out_layout: a string
        ceil_mode: True or False
        count_include_pad: True or False

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def avg_pool2d_grad(
    out_grad: ExprLike,
    data: ExprLike,
    pool_size: Sequence[int] | int = (1, 1),
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    layout: str = "NCHW",
    out_layout: str = "",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> Call:
    """Gradient of avg_pool2d.

        out_grad: a tensor, or a tuple of them
        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        layout: a string
        out_layout: a string
        ceil_mode: True or False
        count_include_pad: True or False

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def avg_pool3d(
    data: ExprLike,
    pool_size: Sequence[int] | int = (1, 1, 1),
    strides: Sequence[int] | int = (1, 1, 1),
    dilation: Sequence[int] | int = (1, 1, 1),
    padding: Sequence[int] | int = (0, 0, 0),
    layout: str = "NCDHW",
    out_layout: str = "",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> Call:
    """Mean of each window in 3 spatial axes.

        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        dilation: a list of values, each an integer
        padding: a list of values, each an integer
        layout: a string
        out_layout: a string
        ceil_mode: True or False
        count_include_pad: True or False

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def batch_flatten(data: ExprLike) -> Call:
    """All axes but the first as one.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def batch_matmul(
    tensor_a: ExprLike,
    tensor_b: ExprLike,
    out_dtype: Dtype | None = "",
    transpose_a: bool = False,
    transpose_b: bool = True,
) -> Call:
    """Matrix product for each index of the first axis.

        tensor_a: a tensor, or a tuple of them
        tensor_b: a tensor, or a tuple of them
        out_dtype: a dtype or None
        transpose_a: True or False
        transpose_b: True or False

    Definition: TVM 0.18 src/relay/op/nn/nn.h.
    """

def batch_norm(
    data: ExprLike,
    gamma: ExprLike,
    beta: ExprLike,
    moving_mean: ExprLike,
    moving_var: ExprLike,
    axis: int = 1,
    epsilon: float = 1e-05,
    center: bool = True,
    scale: bool = True,
) -> TupleWrapper:
    """Normalization with known mean and variance of each channel; also returns these.

        data: a tensor, or a tuple of them
        gamma: a tensor, or a tuple of them
        beta: a tensor, or a tuple of them
        moving_mean: a tensor, or a tuple of them
        moving_var: a tensor, or a tuple of them
        axis: an integer
        epsilon: a number
        center: True or False
        scale: True or False

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def batch_to_space_nd(data: ExprLike, block_shape: Sequence[int] | int, crops: Sequence[Sequence[int]]) -> Call:
    """Blocks of the batch moved to the spatial axes.

        data: a tensor, or a tuple of them
        block_shape: a list of values, each an integer
        crops: a list of lists of values, each an integer

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def bias_add(data: ExprLike, bias: ExprLike, axis: int = 1) -> Call:
    """Sum with a vector along an axis.

        data: a tensor, or a tuple of them
        bias: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def bitpack(
    data: ExprLike,
    bits: int = 1,
    pack_axis: int = 1,
    bit_axis: int = 2,
    pack_type: Dtype = "uint32",
    name: str = "BitPack",
) -> Call:
    """Bits of the elements packed into integers.

        data: a tensor, or a tuple of them
        bits: an integer
        pack_axis: an integer
        bit_axis: an integer
        pack_type: a dtype or None
        name: a string

    Definition: TVM 0.18 src/relay/op/nn/bitserial.cc.
    """

def bitserial_conv2d(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    channels: int | None = None,
    kernel_size: Sequence[int] | int = (3, 3),
    activation_bits: int = 1,
    weight_bits: int = 1,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    pack_dtype: Dtype = "uint32",
    out_dtype: Dtype = "int16",
    unipolar: bool = True,
) -> Call:
    """Convolution of packed bits.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer
        activation_bits: an integer
        weight_bits: an integer
        data_layout: a string
        kernel_layout: a string
        pack_dtype: a dtype or None
        out_dtype: a dtype or None
        unipolar: True or False

    Definition: TVM 0.18 src/relay/op/nn/bitserial.cc.
    """

def bitserial_dense(
    data: ExprLike,
    weight: ExprLike,
    units: int | None = None,
    data_bits: int = 1,
    weight_bits: int = 1,
    pack_dtype: Dtype = "uint32",
    out_dtype: Dtype = "int16",
    unipolar: bool = True,
) -> Call:
    """Matrix product of packed bits.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        units: an integer or None
        data_bits: an integer
        weight_bits: an integer
        pack_dtype: a dtype or None
        out_dtype: a dtype or None
        unipolar: True or False

    Definition: TVM 0.18 src/relay/op/nn/bitserial.cc.
    """

def contrib_conv2d_gemm_weight_transform(weights: ExprLike, tile_N: int, tile_K: int) -> Call:
    """Weights as convolution by matrix product wants them.

        weights: a tensor, or a tuple of them
        tile_N: an integer
        tile_K: an integer

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    Note: its weights are transformed for one of TVM's kernels; export the model before TVM alters its operators.
    """

def contrib_conv2d_gemm_without_weight_transform(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Convolution by matrix product, of transformed weights.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    Note: its weights are transformed for one of TVM's kernels; export the model before TVM alters its operators.
    """

def contrib_conv2d_nchwc(
    data: ExprLike,
    kernel: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCHW8c",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Convolution in a layout with blocks of channels.

        data: a tensor, or a tuple of them
        kernel: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def contrib_conv2d_winograd_nnpack_weight_transform(
    weight: ExprLike,
    convolution_algorithm: int,
    out_dtype: Dtype | None = "",
) -> Call:
    """Weights as NNPACK's Winograd convolution wants them.

        weight: a tensor, or a tuple of them
        convolution_algorithm: an integer
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    Note: its weights are transformed for one of TVM's kernels; export the model before TVM alters its operators.
    """

def contrib_conv2d_winograd_weight_transform(weight: ExprLike, tile_size: int) -> Call:
    """Weights as Winograd convolution wants them.

        weight: a tensor, or a tuple of them
        tile_size: an integer

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    Note: its weights are transformed for one of TVM's kernels; export the model before TVM alters its operators.
    """

def contrib_conv2d_winograd_without_weight_transform(
    data: ExprLike,
    weight: ExprLike,
    tile_size: int,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Winograd convolution of transformed weights.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        tile_size: an integer
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    Note: its weights are transformed for one of TVM's kernels; export the model before TVM alters its operators.
    """

def contrib_conv3d_winograd_weight_transform(weight: ExprLike, tile_size: int) -> Call:
    """Weights as Winograd convolution in 3 axes wants them.

        weight: a tensor, or a tuple of them
        tile_size: an integer

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    Note: its weights are transformed for one of TVM's kernels; export the model before TVM alters its operators.
    """

def contrib_conv3d_winograd_without_weight_transform(
    data: ExprLike,
    weight: ExprLike,
    tile_size: int,
    strides: Sequence[int] | int = (1, 1, 1),
    padding: Sequence[int] | int = (0, 0, 0),
    dilation: Sequence[int] | int = (1, 1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCDHW",
    kernel_layout: str = "OIDHW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Winograd convolution in 3 axes of transformed weights.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        tile_size: an integer
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    Note: its weights are transformed for one of TVM's kernels; export the model before TVM alters its operators.
    """

def contrib_dense_pack(
    data: ExprLike,
    weight: ExprLike,
    weight_layout: str = "NC",
    units: int | None = None,
    out_dtype: Dtype | None = "",
) -> Call:
    """Matrix product with weights in blocks.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        weight_layout: a string
        units: an integer or None
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def contrib_depthwise_conv2d_nchwc(
    data: ExprLike,
    kernel: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCHW8c",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Depthwise convolution in a layout with blocks of channels.

        data: a tensor, or a tuple of them
        kernel: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def conv1d(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = 1,
    padding: Sequence[int] | int = 0,
    dilation: Sequence[int] | int = 1,
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCW",
    kernel_layout: str = "OIW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Convolution in 1 spatial axis.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def conv1d_transpose(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1,),
    padding: Sequence[int] | int = (0,),
    dilation: Sequence[int] | int = (1,),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCW",
    kernel_layout: str = "IOW",
    out_layout: str = "",
    output_padding: Sequence[int] | int = (0,),
    out_dtype: Dtype | None = "",
) -> Call:
    """Transposed convolution in 1 spatial axis.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        output_padding: a list of values, each an integer
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def conv2d(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Convolution in 2 spatial axes.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def conv2d_backward_weight(
    grad: ExprLike,
    data: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    grad_layout: str = "NCHW",
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_dtype: Dtype | None = "",
) -> Call:
    """Gradient of a convolution with respect to its weights.

        grad: a tensor, or a tuple of them
        data: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        grad_layout: a string
        data_layout: a string
        kernel_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def conv2d_transpose(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "IOHW",
    out_layout: str = "",
    output_padding: Sequence[int] | int = (0, 0),
    out_dtype: Dtype | None = "",
) -> Call:
    """Transposed convolution in 2 spatial axes.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        output_padding: a list of values, each an integer
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def conv3d(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1, 1, 1),
    padding: Sequence[int] | int = (0, 0, 0),
    dilation: Sequence[int] | int = (1, 1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCDHW",
    kernel_layout: str = "OIDHW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Convolution in 3 spatial axes.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def conv3d_transpose(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1, 1, 1),
    padding: Sequence[int] | int = (0, 0, 0),
    dilation: Sequence[int] | int = (1, 1, 1),
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCDHW",
    kernel_layout: str = "IODHW",
    out_layout: str = "",
    output_padding: Sequence[int] | int = (0, 0, 0),
    out_dtype: Dtype | None = "",
) -> Call:
    """Transposed convolution in 3 spatial axes.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        output_padding: a list of values, each an integer
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def correlation(
    data1: ExprLike,
    data2: ExprLike,
    kernel_size: int,
    max_displacement: int,
    stride1: int,
    stride2: int,
    padding: Sequence[int] | int,
    is_multiply: bool,
    layout: str,
) -> Call:
    """Correlation of patches of two feature maps.

        data1: a tensor, or a tuple of them
        data2: a tensor, or a tuple of them
        kernel_size: an integer
        max_displacement: an integer
        stride1: an integer
        stride2: an integer
        padding: a list of values, each an integer
        is_multiply: True or False
        layout: a string: 'NCHW'

    Definition: TVM 0.18 src/relay/op/nn/correlation.cc.
    """

def cross_entropy(predictions: ExprLike, targets: ExprLike) -> Call:
    """Cross entropy of probabilities and targets.

        predictions: a tensor, or a tuple of them
        targets: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def cross_entropy_with_logits(predictions: ExprLike, targets: ExprLike) -> Call:
    """Cross entropy of logarithms of probabilities and targets.

        predictions: a tensor, or a tuple of them
        targets: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def deformable_conv2d(
    data: ExprLike,
    offset: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    deformable_groups: int = 1,
    groups: int = 1,
    channels: int | None = None,
    kernel_size: Sequence[int] | int | None = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: Dtype | None = "",
) -> Call:
    """Convolution that samples at learned offsets.

        data: a tensor, or a tuple of them
        offset: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        deformable_groups: an integer
        groups: an integer
        channels: an integer or None
        kernel_size: a list of values, each an integer or None
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/convolution.cc.
    """

def dense(data: ExprLike, weight: ExprLike, units: int | None = None, out_dtype: Dtype | None = "") -> Call:
    """Product of data and the transposed weight.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        units: an integer or None
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/nn/nn.h.
    """

def depth_to_space(data: ExprLike, block_size: int, layout: str = "NCHW", mode: str = "DCR") -> Call:
    """Blocks of the channels moved to height and width.

        data: a tensor, or a tuple of them
        block_size: an integer
        layout: a string
        mode: a string: 'DCR', 'CDR', 'CRD'

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def dilate(data: ExprLike, strides: Sequence[int] | int, dilation_value: float = 0.0) -> Call:
    """Zeros (or a value) put between elements.

        data: a tensor, or a tuple of them
        strides: a list of values, each an integer
        dilation_value: a number

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def dropout(data: ExprLike, rate: float = 0.5) -> Expr:
    """The tensor itself: at inference nothing is dropped."""

def fast_softmax(data: ExprLike, axis: int = -1) -> Call:
    """Softmax with an approximate exponential.

        data: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def fifo_buffer(data: ExprLike, buffer: ExprLike, axis: int) -> Call:
    """A buffer with its oldest part replaced by data.

        data: a tensor, or a tuple of them
        buffer: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def global_avg_pool1d(data: ExprLike, layout: str = "NCW", out_layout: str = "") -> Call:
    """Mean over all 1 spatial axis."""

def global_avg_pool2d(data: ExprLike, layout: str = "NCHW", out_layout: str = "") -> Call:
    """Mean over height and width.

        data: a tensor, or a tuple of them
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def global_avg_pool3d(data: ExprLike, layout: str = "NCDHW", out_layout: str = "") -> Call:
    """Mean over all 3 spatial axes."""

def global_max_pool1d(data: ExprLike, layout: str = "NCW", out_layout: str = "") -> Call:
    """Maximum over all 1 spatial axis."""

def global_max_pool2d(data: ExprLike, layout: str = "NCHW", out_layout: str = "") -> Call:
    """Maximum over height and width.

        data: a tensor, or a tuple of them
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def global_max_pool3d(data: ExprLike, layout: str = "NCDHW", out_layout: str = "") -> Call:
    """Maximum over all 3 spatial axes."""

def group_norm(
    data: ExprLike,
    gamma: ExprLike,
    beta: ExprLike,
    num_groups: int,
    axis: int = 1,
    epsilon: float = 1e-05,
    center: bool = True,
    scale: bool = True,
) -> Call:
    """Normalization within groups of channels.

        data: a tensor, or a tuple of them
        gamma: a tensor, or a tuple of them
        beta: a tensor, or a tuple of them
        num_groups: an integer
        axis: an integer
        epsilon: a number
        center: True or False
        scale: True or False

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def instance_norm(
    data: ExprLike,
    gamma: ExprLike,
    beta: ExprLike,
    axis: int = 1,
    epsilon: float = 1e-05,
    center: bool = True,
    scale: bool = True,
) -> Call:
    """Normalization of each channel of each sample.

        data: a tensor, or a tuple of them
        gamma: a tensor, or a tuple of them
        beta: a tensor, or a tuple of them
        axis: an integer
        epsilon: a number
        center: True or False
        scale: True or False

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def internal_sparse_dense_padded(
    dense_data: ExprLike,
    sparse_data: ExprLike,
    sparse_indices: ExprLike,
    sparse_indptr: ExprLike,
    sparse_lhs: bool = False,
) -> Call:
    """Product with a sparse matrix in padded blocks.

        dense_data: a tensor, or a tuple of them
        sparse_data: a tensor, or a tuple of them
        sparse_indices: a tensor, or a tuple of them
        sparse_indptr: a tensor, or a tuple of them
        sparse_lhs: True or False

    Definition: TVM 0.18 src/relay/op/nn/sparse.cc.
    Note: it exists on CUDA devices only; export the model before it is compiled for one.
    """

def l2_normalize(data: ExprLike, eps: float, axis: Sequence[int] | int | None = None) -> Call:
    """The values over their Euclidean norm.

        data: a tensor, or a tuple of them
        eps: a number
        axis: a list of values, each an integer or None

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def layer_norm(
    data: ExprLike,
    gamma: ExprLike,
    beta: ExprLike,
    axis: int = -1,
    epsilon: float = 1e-05,
    center: bool = True,
    scale: bool = True,
) -> Call:
    """Normalization along an axis.

        data: a tensor, or a tuple of them
        gamma: a tensor, or a tuple of them
        beta: a tensor, or a tuple of them
        axis: an integer
        epsilon: a number
        center: True or False
        scale: True or False

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def leaky_relu(data: ExprLike, alpha: float = 0.01) -> Call:
    """The value where it is positive, alpha times it elsewhere.

        data: a tensor, or a tuple of them
        alpha: a number

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def log_softmax(data: ExprLike, axis: int = -1) -> Call:
    """Logarithm of softmax.

        data: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def lrn(
    data: ExprLike,
    size: int = 5,
    axis: int = 1,
    bias: float = 2,
    alpha: float = 1e-05,
    beta: float = 0.75,
) -> Call:
    """Normalization over neighbouring channels.

        data: a tensor, or a tuple of them
        size: an integer
        axis: an integer
        bias: a number
        alpha: a number
        beta: a number

    Definition: TVM 0.18 include/tvm/topi/nn/local_response_norm.h.
    """

def matmul(
    tensor_a: ExprLike,
    tensor_b: ExprLike,
    units: int | None = None,
    out_dtype: Dtype = "",
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> Call:
    """Matrix product; with ``transpose_b`` alone it is nn.dense."""

def max_pool1d(
    data: ExprLike,
    pool_size: Sequence[int] | int = (1,),
    strides: Sequence[int] | int = (1,),
    dilation: Sequence[int] | int = (1,),
    padding: Sequence[int] | int = (0,),
    layout: str = "NCW",
    out_layout: str = "",
    ceil_mode: bool = False,
) -> Call:
    """Maximum of each window in 1 spatial axis.

        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        dilation: a list of values, each an integer
        padding: a list of values, each an integer
        layout: a string
        out_layout: a string
        ceil_mode: True or False

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def max_pool2d(
    data: ExprLike,
    pool_size: Sequence[int] | int = (1, 1),
    strides: Sequence[int] | int = (1, 1),
    dilation: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    layout: str = "NCHW",
    out_layout: str = "",
    ceil_mode: bool = False,
) -> Call:
    """Maximum of each window in 2 spatial axes.

        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        dilation: a list of values, each an integer
        padding: a list of values, each an integer
        layout: a string
        out_layout: a string
        ceil_mode: True or False

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def max_pool2d_grad(
    out_grad: ExprLike,
    data: ExprLike,
    pool_size: Sequence[int] | int = (1, 1),
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    layout: str = "NCHW",
    out_layout: str = "",
    ceil_mode: bool = False,
) -> Call:
    """Gradient of max_pool2d.

        out_grad: a tensor, or a tuple of them
        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        layout: a string
        out_layout: a string
        ceil_mode: True or False

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def max_pool3d(
    data: ExprLike,
    pool_size: Sequence[int] | int = (1, 1, 1),
    strides: Sequence[int] | int = (1, 1, 1),
    dilation: Sequence[int] | int = (1, 1, 1),
    padding: Sequence[int] | int = (0, 0, 0),
    layout: str = "NCDHW",
    out_layout: str = "",
    ceil_mode: bool = False,
) -> Call:
    """Maximum of each window in 3 spatial axes.

        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        dilation: a list of values, each an integer
        padding: a list of values, each an integer
        layout: a string
        out_layout: a string
        ceil_mode: True or False

    Definition: TVM 0.18 src/relay/op/nn/pooling.cc.
    """

def mirror_pad(data: ExprLike, pad_width: Sequence[Sequence[int]], mode: str = "SYMMETRIC") -> Call:
    """Borders that mirror the tensor.

        data: a tensor, or a tuple of them
        pad_width: a list of lists of values, each an integer
        mode: a string: 'SYMMETRIC', 'REFLECT'

    Definition: TVM 0.18 src/relay/op/nn/pad.cc.
    """

def nll_loss(
    predictions: ExprLike,
    targets: ExprLike,
    weights: ExprLike,
    reduction: str = "mean",
    ignore_index: int = -100,
) -> Call:
    """Negative logarithm of the targets' probabilities.

        predictions: a tensor, or a tuple of them
        targets: a tensor, or a tuple of them
        weights: a tensor, or a tuple of them
        reduction: a string: 'mean', 'sum', 'none'
        ignore_index: an integer

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def pad(
    data: ExprLike,
    pad_width: Sequence[Sequence[int]] | Expr,
    pad_value: ExprLike = 0,
    pad_mode: str = "constant",
) -> Call:
    """Borders of a value, of the edge, or mirrored: pad_width has (before, after) for each axis."""

def prelu(data: ExprLike, alpha: ExprLike, axis: int = 1) -> Call:
    """The value where it is positive, elsewhere alpha times it, with an alpha for each channel.

        data: a tensor, or a tuple of them
        alpha: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def relu(data: ExprLike) -> Call:
    """max(x, 0), element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def softmax(data: ExprLike, axis: int = -1) -> Call:
    """exp(x) over its sum along an axis.

        data: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def space_to_batch_nd(
    data: ExprLike,
    block_shape: Sequence[int] | int,
    paddings: Sequence[Sequence[int]],
    pad_value: float = 0,
) -> Call:
    """Blocks of the spatial axes moved to the batch.

        data: a tensor, or a tuple of them
        block_shape: a list of values, each an integer
        paddings: a list of lists of values, each an integer
        pad_value: a number

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def space_to_depth(data: ExprLike, block_size: int, layout: str = "NCHW") -> Call:
    """Blocks of height and width moved to the channels.

        data: a tensor, or a tuple of them
        block_size: an integer
        layout: a string

    Definition: TVM 0.18 src/relay/op/nn/nn.cc.
    """

def sparse_add(dense_mat: ExprLike, sparse_mat: Any) -> Call:
    """Sum of a dense matrix and a sparse one, which has data, indices and indptr as SciPy's do, or is all three."""

def sparse_conv2d(
    dense_data: ExprLike,
    sparse_data: ExprLike,
    sparse_indices: ExprLike,
    sparse_indptr: ExprLike,
    layout: str = "NHWC",
    kernel_size: Sequence[int] | int = (1, 1),
) -> Call:
    """Convolution with sparse weights.

        dense_data: a tensor, or a tuple of them
        sparse_data: a tensor, or a tuple of them
        sparse_indices: a tensor, or a tuple of them
        sparse_indptr: a tensor, or a tuple of them
        layout: a string: 'NHWC', 'NCHW'
        kernel_size: a list of values, each an integer

    Definition: TVM 0.18 src/relay/op/nn/sparse.cc.
    """

def sparse_dense(dense_mat: ExprLike, sparse_mat: Any, sparse_lhs: bool = False) -> Call:
    """Product of a dense and a sparse matrix, which has data, indices and indptr as SciPy's do, or is all three."""

def sparse_transpose(x: Any) -> TupleWrapper:
    """Transpose of a sparse matrix, which has data, indices and indptr as SciPy's do, or is all three."""

def upsampling(
    data: ExprLike,
    scale_h: float | Expr = 1,
    scale_w: float | Expr = 1,
    layout: str = "NCHW",
    method: str = "nearest_neighbor",
    align_corners: bool = False,
) -> Call:
    """Height and width scaled up.

        data: a tensor, or a tuple of them
        scale_h: a number
        scale_w: a number
        layout: a string
        method: a string: 'nearest_neighbor', 'bilinear', 'bicubic'
        align_corners: True or False

    Definition: TVM 0.18 src/relay/op/nn/upsampling.cc.
    """

def upsampling3d(
    data: ExprLike,
    scale_d: float | Expr = 1,
    scale_h: float | Expr = 1,
    scale_w: float | Expr = 1,
    layout: str = "NCDHW",
    method: str = "nearest_neighbor",
    coordinate_transformation_mode: str = "half_pixel",
) -> Call:
    """Depth, height and width scaled up.

        data: a tensor, or a tuple of them
        scale_d: a number
        scale_h: a number
        scale_w: a number
        layout: a string
        method: a string: 'nearest_neighbor', 'trilinear', 'tricubic'
        coordinate_transformation_mode: a string: 'half_pixel', 'align_corners', 'asymmetric'

    Definition: TVM 0.18 src/relay/op/nn/upsampling.cc.
    """
