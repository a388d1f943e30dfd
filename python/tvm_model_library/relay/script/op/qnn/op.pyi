# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence

from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.expr import Call, ExprLike
from tvm_model_library.relay.script.ty import Dtype

def abs(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """Absolute value, of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """

def add(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: ExprLike,
    lhs_zero_point: ExprLike,
    rhs_scale: ExprLike,
    rhs_zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    lhs_axis: int = -1,
    rhs_axis: int = -1,
) -> Call:
    """Sum of quantized tensors.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a tensor, or a tuple of them
        lhs_zero_point: a tensor, or a tuple of them
        rhs_scale: a tensor, or a tuple of them
        rhs_zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them
        lhs_axis: an integer
        rhs_axis: an integer

    Definition: TVM 0.18 src/relay/qnn/op/add.cc.
    """

def avg_pool2d(
    data: ExprLike,
    input_scale: ExprLike,
    input_zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    pool_size: Sequence[int] | int,
    strides: Sequence[int] | int,
    padding: Sequence[int] | int,
    dilation: Sequence[int] | int,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    layout: str = "NHWC",
    out_layout: str = "",
) -> Call:
    """Mean of each window of a quantized tensor.

        data: a tensor, or a tuple of them
        input_scale: a tensor, or a tuple of them
        input_zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        ceil_mode: True or False
        count_include_pad: True or False
        layout: a string
        out_layout: a string

    Definition: TVM 0.18 src/relay/qnn/op/avg_pool2d.cc.
    """

def batch_matmul(
    x: ExprLike,
    y: ExprLike,
    x_zero_point: ExprLike,
    y_zero_point: ExprLike,
    x_scale: ExprLike,
    y_scale: ExprLike,
    out_dtype: Dtype = "int32",
) -> Call:
    """Matrix product of quantized x of shape (batch, m, k) and y of shape (batch, n, k), as int32 (batch, m, n)."""

def concatenate(
    data: ExprLike,
    input_scales: Sequence[ExprLike],
    input_zero_points: Sequence[ExprLike],
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    axis: int,
) -> Call:
    """Quantized tensors joined along an axis, brought to one scale and zero point."""

def contrib_dense_pack(
    data: ExprLike,
    weight: ExprLike,
    input_zero_point: ExprLike,
    kernel_zero_point: ExprLike,
    input_scale: ExprLike,
    kernel_scale: ExprLike,
    kernel_layout: str = "NC",
    units: int | None = None,
    out_dtype: Dtype = "int32",
) -> Call:
    """Matrix product with quantized weights in blocks, as int32.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        input_zero_point: a tensor, or a tuple of them
        kernel_zero_point: a tensor, or a tuple of them
        input_scale: a tensor, or a tuple of them
        kernel_scale: a tensor, or a tuple of them
        kernel_layout: a string
        units: an integer or None
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/qnn/op/dense.cc.
    """

def conv2d(
    data: ExprLike,
    kernel: ExprLike,
    input_zero_point: ExprLike,
    kernel_zero_point: ExprLike,
    input_scale: ExprLike,
    kernel_scale: ExprLike,
    kernel_size: Sequence[int] | int,
    channels: int,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilation: Sequence[int] | int = (1, 1),
    groups: int = 1,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: Dtype = "int32",
) -> Call:
    """Convolution of quantized data and weights, as int32.

        data: a tensor, or a tuple of them
        kernel: a tensor, or a tuple of them
        input_zero_point: a tensor, or a tuple of them
        kernel_zero_point: a tensor, or a tuple of them
        input_scale: a tensor, or a tuple of them
        kernel_scale: a tensor, or a tuple of them
        kernel_size: a list of values, each an integer or None
        channels: an integer or None
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilation: a list of values, each an integer
        groups: an integer
        data_layout: a string
        kernel_layout: a string
        out_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/qnn/op/convolution.cc.
    """

def conv2d_transpose(
    data: ExprLike,
    weight: ExprLike,
    input_zero_point: ExprLike,
    kernel_zero_point: ExprLike,
    input_scale: ExprLike,
    kernel_scale: ExprLike,
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
    out_dtype: Dtype = "int32",
) -> Call:
    """Transposed convolution of quantized data and weights, as int32.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        input_zero_point: a tensor, or a tuple of them
        kernel_zero_point: a tensor, or a tuple of them
        input_scale: a tensor, or a tuple of them
        kernel_scale: a tensor, or a tuple of them
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

    Definition: TVM 0.18 src/relay/qnn/op/convolution_transpose.cc.
    """

def dense(
    data: ExprLike,
    weight: ExprLike,
    input_zero_point: ExprLike,
    kernel_zero_point: ExprLike,
    input_scale: ExprLike,
    kernel_scale: ExprLike,
    units: int,
    out_dtype: Dtype = "int32",
) -> Call:
    """Quantized data times the transposed quantized weight, as int32.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        input_zero_point: a tensor, or a tuple of them
        kernel_zero_point: a tensor, or a tuple of them
        input_scale: a tensor, or a tuple of them
        kernel_scale: a tensor, or a tuple of them
        units: an integer or None
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/qnn/op/dense.cc.
    """

def dequantize(
    data: ExprLike,
    input_scale: ExprLike,
    input_zero_point: ExprLike,
    axis: int = -1,
    out_dtype: Dtype = "float32",
) -> Call:
    """The real values scale * (q - zero_point).

        data: a tensor, or a tuple of them
        input_scale: a tensor, or a tuple of them
        input_zero_point: a tensor, or a tuple of them
        axis: an integer
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/qnn/op/dequantize.cc.
    """

def erf(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """Gauss error function, of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """

def exp(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """Exponential, of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """

def hardswish(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """Hard swish, of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """

def leaky_relu(
    x: ExprLike,
    alpha: float,
    input_scale: ExprLike,
    input_zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """Leaky rectifier of a quantized tensor.

        x: a tensor, or a tuple of them
        alpha: a number
        input_scale: a tensor, or a tuple of them
        input_zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/leaky_relu.cc.
    """

def log(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """Natural logarithm, of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """

def mul(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: ExprLike,
    lhs_zero_point: ExprLike,
    rhs_scale: ExprLike,
    rhs_zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    lhs_axis: int = -1,
    rhs_axis: int = -1,
) -> Call:
    """Product of quantized tensors.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a tensor, or a tuple of them
        lhs_zero_point: a tensor, or a tuple of them
        rhs_scale: a tensor, or a tuple of them
        rhs_zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them
        lhs_axis: an integer
        rhs_axis: an integer

    Definition: TVM 0.18 src/relay/qnn/op/mul.cc.
    """

def quantize(
    data: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    axis: int = -1,
    out_dtype: Dtype = "int8",
) -> Call:
    """Integers round(x / scale) + zero_point, saturated.

        data: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them
        axis: an integer
        out_dtype: a dtype

    Definition: TVM 0.18 src/relay/qnn/op/quantize.cc.
    """

def requantize(
    data: ExprLike,
    input_scale: ExprLike,
    input_zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    axis: int = -1,
    rounding: str = "None",
    compute_dtype: str = "None",
    out_dtype: Dtype = "int8",
) -> Call:
    """A quantized tensor brought to another scale and zero point.

        data: a tensor, or a tuple of them
        input_scale: a tensor, or a tuple of them
        input_zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them
        axis: an integer
        rounding: a string: 'None', 'UPWARD', 'TONEAREST'
        compute_dtype: a string: 'None', 'int64', 'float32', 'float64'
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/qnn/op/requantize.cc.
    """

def rsqrt(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """1 / square root, of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """

def sigmoid(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """1 / (1 + exp(-x)), of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """

def simulated_dequantize(
    data: ExprLike,
    input_scale: ExprLike,
    input_zero_point: ExprLike,
    axis: int = -1,
    in_dtype: str | Expr = "int8",
) -> Call:
    """Dequantization in floating point, of a dtype that may be given as data."""

def simulated_quantize(
    data: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    axis: int = -1,
    out_dtype: str | Expr = "int8",
) -> Call:
    """Quantization in floating point, to a dtype that may be given as data."""

def softmax(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    axis: int = -1,
) -> Call:
    """Softmax of a quantized tensor.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/qnn/op/softmax.cc.
    """

def sqrt(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """Square root, of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """

def subtract(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: ExprLike,
    lhs_zero_point: ExprLike,
    rhs_scale: ExprLike,
    rhs_zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
    lhs_axis: int = -1,
    rhs_axis: int = -1,
) -> Call:
    """Difference of quantized tensors.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a tensor, or a tuple of them
        lhs_zero_point: a tensor, or a tuple of them
        rhs_scale: a tensor, or a tuple of them
        rhs_zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them
        lhs_axis: an integer
        rhs_axis: an integer

    Definition: TVM 0.18 src/relay/qnn/op/subtract.cc.
    """

def tanh(
    x: ExprLike,
    scale: ExprLike,
    zero_point: ExprLike,
    output_scale: ExprLike,
    output_zero_point: ExprLike,
) -> Call:
    """Hyperbolic tangent, of a quantized tensor, element by element.

        x: a tensor, or a tuple of them
        scale: a tensor, or a tuple of them
        zero_point: a tensor, or a tuple of them
        output_scale: a tensor, or a tuple of them
        output_zero_point: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/qnn/op/unary_elementwise_op.cc.
    """
