# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence

from tvm_model_library.relay.script.expr import Call, ExprLike, TupleWrapper
from tvm_model_library.relay.script.ty import Dtype

def abs(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Magnitude, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/elementwise.cc.
    """

def add(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    activation: str = "none",
    rounding: str = "double",
) -> Call:
    """Sum, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        activation: a string: 'none', 'relu', 'relu6', 'relu_n1_to_1'
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/add_common.cc.
    """

def add_n(
    inputs: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Sum of several tensors, in the integers of TensorFlow Lite.

        inputs: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/add_n.cc.
    """

def avg_pool2d(
    data: ExprLike,
    pool_size: Sequence[int] | int,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    activation: str = "none",
    scale: float | None = None,
    zero_point: int = 0,
) -> Call:
    """Mean of each window, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        pool_size: a list of values, each an integer
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        activation: a string: 'none', 'relu', 'relu6', 'relu_n1_to_1'
        scale: a number
        zero_point: an integer

    Definition: TFLM tensorflow/lite/kernels/internal/reference/integer_ops/pooling.h.
    """

def batch_matmul(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_zero_point: int = 0,
    rhs_zero_point: int = 0,
    adj_x: bool = False,
    adj_y: bool = False,
    out_dtype: Dtype = "int32",
) -> Call:
    """Matrix product for each index of the first axes, as sums without a scale, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_zero_point: an integer
        rhs_zero_point: an integer
        adj_x: True or False
        adj_y: True or False
        out_dtype: a dtype

    Definition: TFLM tensorflow/lite/kernels/internal/reference/batch_matmul.h.
    """

def clamp(data: ExprLike, activation: str = "none", scale: float | None = None, zero_point: int = 0) -> Call:
    """The range of an activation, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        activation: a string: 'none', 'relu', 'relu6', 'relu_n1_to_1'
        scale: a number
        zero_point: an integer

    Definition: TFLM tensorflow/lite/micro/kernels/activations.h.
    """

def div(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    activation: str = "none",
    rounding: str = "double",
) -> Call:
    """Quotient, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        activation: a string: 'none', 'relu', 'relu6', 'relu_n1_to_1'
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/div.h.
    """

def elu(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
) -> Call:
    """Exponential linear unit, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer

    Definition: TFLM tensorflow/lite/micro/kernels/elu.cc.
    """

def equal(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Whether the real values are equal, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/comparisons.h.
    """

def greater(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Whether the first real value is greater, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/comparisons.h.
    """

def greater_equal(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Whether the first real value is not less, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/comparisons.h.
    """

def hard_swish(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
) -> Call:
    """Hard swish, x * min(max(x + 3, 0), 6) / 6, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer

    Definition: TFLM tensorflow/lite/kernels/internal/reference/hard_swish.h.
    """

def l2_normalization(data: ExprLike, input_scale: float, input_zero_point: int = 0, rounding: str = "double") -> Call:
    """Last axis divided by its length, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/integer_ops/l2normalization.h.
    """

def leaky_relu(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    alpha: float | None = None,
    rounding: str = "double",
) -> Call:
    """Leaky rectifier, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        alpha: a number
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/leaky_relu.h.
    """

def less(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Whether the first real value is less, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/comparisons.h.
    """

def less_equal(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Whether the first real value is not greater, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/comparisons.h.
    """

def log_softmax(data: ExprLike, input_scale: float, rounding: str = "double") -> Call:
    """Logarithm of softmax over the last axis, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/log_softmax.h.
    """

def logistic(data: ExprLike, input_scale: float, input_zero_point: int = 0, rounding: str = "double") -> Call:
    """Logistic function, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/integer_ops/logistic.h.
    """

def mean(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    axis: Sequence[int] | int | None = None,
    keepdims: bool = False,
    exclude: bool = False,
    rounding: str = "double",
) -> Call:
    """Mean over axes, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/reduce_common.cc.
    """

def mul(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    activation: str = "none",
    rounding: str = "double",
) -> Call:
    """Product, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        activation: a string: 'none', 'relu', 'relu6', 'relu_n1_to_1'
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/mul_common.cc.
    """

def not_equal(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Whether the real values differ, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/comparisons.h.
    """

def prelu(
    data: ExprLike,
    alpha: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    alpha_scale: float | None = None,
    alpha_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Rectifier with a slope for each channel, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        alpha: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        alpha_scale: a number
        alpha_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/prelu.h.
    """

def relu(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Rectifier, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/activations_common.cc.
    """

def requantize(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    rounding: str = "double",
    out_dtype: Dtype | None = None,
) -> Call:
    """A tensor brought to another scale, zero point and dtype, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        rounding: a string: 'double', 'single'
        out_dtype: a dtype

    Definition: TFLM tensorflow/lite/kernels/internal/reference/requantize.h.
    """

def rescale(
    data: ExprLike,
    weight_scale: ExprLike,
    input_scale: float,
    output_scale: float,
    output_zero_point: int = 0,
    axis: int = -1,
    activation: str = "none",
    rounding: str = "double",
    out_dtype: Dtype | None = None,
) -> Call:
    """Sums of a product brought to the scale of its output, for each channel, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        weight_scale: a tensor, or a tuple of them
        input_scale: a number
        output_scale: a number
        output_zero_point: an integer
        axis: an integer
        activation: a string: 'none', 'relu', 'relu6', 'relu_n1_to_1'
        rounding: a string: 'double', 'single', 'tonearest', 'wide16', 'float32'
        out_dtype: a dtype

    Definition: TFLM tensorflow/lite/micro/kernels/conv_common.cc.
    """

def resize_bilinear(
    data: ExprLike,
    size: Sequence[int] | int,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    rounding: str = "double",
) -> Call:
    """Images resized, bilinearly, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        size: a list of values, each an integer
        align_corners: True or False
        half_pixel_centers: True or False
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/resize_bilinear.h.
    """

def resize_nearest_neighbor(
    data: ExprLike,
    size: Sequence[int] | int,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> Call:
    """Images resized, to the nearest neighbour, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        size: a list of values, each an integer
        align_corners: True or False
        half_pixel_centers: True or False

    Definition: TFLM tensorflow/lite/kernels/internal/reference/resize_nearest_neighbor.h.
    """

def rsqrt(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Reciprocal of the square root, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/elementwise.cc.
    """

def softmax(
    data: ExprLike,
    input_scale: float,
    beta: float = 1.0,
    out_dtype: Dtype = "int8",
    rounding: str = "double",
) -> Call:
    """Softmax over the last axis, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        beta: a number
        out_dtype: a dtype
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/softmax.h; parameters: TFLM
    tensorflow/lite/micro/kernels/softmax_common.cc.
    """

def squared_difference(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    rounding: str = "double",
) -> Call:
    """Square of the difference, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/squared_difference.cc.
    """

def sub(
    lhs: ExprLike,
    rhs: ExprLike,
    lhs_scale: float,
    lhs_zero_point: int = 0,
    rhs_scale: float | None = None,
    rhs_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    activation: str = "none",
    rounding: str = "double",
) -> Call:
    """Difference, in the integers of TensorFlow Lite.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them
        lhs_scale: a number
        lhs_zero_point: an integer
        rhs_scale: a number
        rhs_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        activation: a string: 'none', 'relu', 'relu6', 'relu_n1_to_1'
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/sub_common.cc.
    """

def sum(
    data: ExprLike,
    input_scale: float,
    input_zero_point: int = 0,
    output_scale: float | None = None,
    output_zero_point: int = 0,
    axis: Sequence[int] | int | None = None,
    keepdims: bool = False,
    exclude: bool = False,
    rounding: str = "double",
) -> Call:
    """Sum over axes, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        output_scale: a number
        output_zero_point: an integer
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/reduce_common.cc.
    """

def svdf(
    data: ExprLike,
    feature_weight: ExprLike,
    time_weight: ExprLike,
    bias: ExprLike,
    state: ExprLike,
    rank: int,
    input_scale: float = 1.0,
    input_zero_point: int = 0,
    feature_scale: float = 1.0,
    state_scale: float = 1.0,
    state_zero_point: int = 0,
    time_scale: float = 1.0,
    output_scale: float = 1.0,
    output_zero_point: int = 0,
    activation: str = "none",
    rounding: str = "double",
) -> TupleWrapper:
    """A step of a filter that keeps the state of its features; also returns the next state, in the integers of
    TensorFlow Lite.

        data: a tensor, or a tuple of them
        feature_weight: a tensor, or a tuple of them
        time_weight: a tensor, or a tuple of them
        bias: a tensor, or a tuple of them
        state: a tensor, or a tuple of them
        rank: an integer
        input_scale: a number
        input_zero_point: an integer
        feature_scale: a number
        state_scale: a number
        state_zero_point: an integer
        time_scale: a number
        output_scale: a number
        output_zero_point: an integer
        activation: a string: 'none', 'relu', 'relu6', 'relu_n1_to_1'
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/svdf_common.cc.
    """

def tanh(data: ExprLike, input_scale: float, input_zero_point: int = 0, rounding: str = "double") -> Call:
    """Hyperbolic tangent, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_scale: a number
        input_zero_point: an integer
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/kernels/internal/reference/integer_ops/tanh.h.
    """

def unidirectional_sequence_lstm(
    data: ExprLike,
    input_weight: ExprLike,
    forget_weight: ExprLike,
    cell_weight: ExprLike,
    output_weight: ExprLike,
    input_recurrent_weight: ExprLike,
    forget_recurrent_weight: ExprLike,
    cell_recurrent_weight: ExprLike,
    output_recurrent_weight: ExprLike,
    input_bias: ExprLike,
    forget_bias: ExprLike,
    cell_bias: ExprLike,
    output_bias: ExprLike,
    hidden_state: ExprLike,
    cell_state: ExprLike,
    time_major: bool = False,
    cell_clip: float = 0.0,
    input_scale: float = 1.0,
    input_zero_point: int = 0,
    hidden_scale: float = 1.0,
    hidden_zero_point: int = 0,
    cell_scale: float = 1.0,
    weight_scales: Sequence[float] | float = (),
    recurrent_weight_scales: Sequence[float] | float = (),
    rounding: str = "double",
) -> TupleWrapper:
    """A long short-term memory over a sequence; also returns the next states, in the integers of TensorFlow Lite.

        data: a tensor, or a tuple of them
        input_weight: a tensor, or a tuple of them
        forget_weight: a tensor, or a tuple of them
        cell_weight: a tensor, or a tuple of them
        output_weight: a tensor, or a tuple of them
        input_recurrent_weight: a tensor, or a tuple of them
        forget_recurrent_weight: a tensor, or a tuple of them
        cell_recurrent_weight: a tensor, or a tuple of them
        output_recurrent_weight: a tensor, or a tuple of them
        input_bias: a tensor, or a tuple of them
        forget_bias: a tensor, or a tuple of them
        cell_bias: a tensor, or a tuple of them
        output_bias: a tensor, or a tuple of them
        hidden_state: a tensor, or a tuple of them
        cell_state: a tensor, or a tuple of them
        time_major: True or False
        cell_clip: a number
        input_scale: a number
        input_zero_point: an integer
        hidden_scale: a number
        hidden_zero_point: an integer
        cell_scale: a number
        weight_scales: a list of values, each a number
        recurrent_weight_scales: a list of values, each a number
        rounding: a string: 'double', 'single'

    Definition: TFLM tensorflow/lite/micro/kernels/lstm_eval.h.
    """
