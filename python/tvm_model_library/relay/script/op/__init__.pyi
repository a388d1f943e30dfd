# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence
from typing import Any

from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.composed import Axis
from tvm_model_library.relay.script.expr import Call, ExprLike, Op, Tuple, TupleWrapper
from tvm_model_library.relay.script.nd import Device
from tvm_model_library.relay.script.op import annotation as annotation
from tvm_model_library.relay.script.op import dyn as dyn
from tvm_model_library.relay.script.op import image as image
from tvm_model_library.relay.script.op import memory as memory
from tvm_model_library.relay.script.op import nn as nn
from tvm_model_library.relay.script.op import qnn as qnn
from tvm_model_library.relay.script.op import random as random
from tvm_model_library.relay.script.op import tflite as tflite
from tvm_model_library.relay.script.op import vision as vision
from tvm_model_library.relay.script.op import vm as vm
from tvm_model_library.relay.script.operators import Function
from tvm_model_library.relay.script.ty import Dtype

FUNCTIONS: dict[str, Function]
__all__: list[str]

def get(name: str) -> Op:
    """The operator of a name. Raises ``UnknownOperatorError``."""

def abs(data: ExprLike) -> Call:
    """Absolute value, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def acos(data: ExprLike) -> Call:
    """Inverse cosine, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def acosh(data: ExprLike) -> Call:
    """Inverse hyperbolic cosine, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def add(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Sum, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def adv_index(inputs: ExprLike) -> Call:
    """Elements at broadcast index tensors, as NumPy's data[i, j].

        inputs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def all(data: ExprLike, axis: Sequence[int] | int | None = None, keepdims: bool = False, exclude: bool = False) -> Call:
    """Whether all are true over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def any(data: ExprLike, axis: Sequence[int] | int | None = None, keepdims: bool = False, exclude: bool = False) -> Call:
    """Whether one is true over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def arange(
    start: ExprLike,
    stop: ExprLike | None = None,
    step: ExprLike | None = None,
    dtype: Dtype = "float32",
) -> Call:
    """Numbers from start to before stop, step apart; with one argument, from 0 to before it."""

def argmax(
    data: ExprLike,
    axis: Sequence[int] | int | None = None,
    keepdims: bool = False,
    exclude: bool = False,
    select_last_index: bool = False,
) -> Call:
    """Index of the greatest element over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False
        select_last_index: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def argmin(
    data: ExprLike,
    axis: Sequence[int] | int | None = None,
    keepdims: bool = False,
    exclude: bool = False,
    select_last_index: bool = False,
) -> Call:
    """Index of the smallest element over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False
        select_last_index: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def argsort(data: ExprLike, axis: int = -1, is_ascend: bool = True, dtype: Dtype = "int32") -> Call:
    """Indices that sort along an axis.

        data: a tensor, or a tuple of them
        axis: an integer
        is_ascend: True or False
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/algorithm/argsort.cc.
    """

def argwhere(condition: ExprLike) -> Call:
    """Indices of the elements that are not 0.

        condition: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    Note: the shape of its result depends on the values of its argument.
    """

def asin(data: ExprLike) -> Call:
    """Inverse sine, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def asinh(data: ExprLike) -> Call:
    """Inverse hyperbolic sine, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def atan(data: ExprLike) -> Call:
    """Inverse tangent, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def atanh(data: ExprLike) -> Call:
    """Inverse hyperbolic tangent, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def auto_scheduler_layout_transform(data: ExprLike, src_layout: str, dst_layout: str) -> Call:
    """Change between layouts that TVM's auto-scheduler chose.

        data: a tensor, or a tuple of them
        src_layout: a string
        dst_layout: a string

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc, include/tvm/topi/transform.h.
    """

def bitwise_and(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Bitwise and, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def bitwise_not(data: ExprLike) -> Call:
    """Complement of all bits, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def bitwise_or(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Bitwise or, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def bitwise_xor(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Bitwise exclusive or, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def broadcast_to(data: ExprLike, shape: Sequence[int] | int | Expr) -> Call:
    """The tensor repeated to a shape.

        data: a tensor, or a tuple of them
        shape: a list of values, each an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def broadcast_to_like(data: ExprLike, broadcast_type: ExprLike) -> Call:
    """The tensor repeated to the shape of another.

        data: a tensor, or a tuple of them
        broadcast_type: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def call_lowered(func: ExprLike, call_args: ExprLike, metadata: Any = None) -> Call:
    """Call of a function that TVM has lowered.

        func: a tensor, or a tuple of them
        call_args: a tensor, or a tuple of them
        metadata: any

    Definition: TVM 0.18 src/relay/op/call/call.cc.
    Note: it calls a kernel that TVM has compiled already; give the program as it was before that.
    """

def cast(data: ExprLike, dtype: Dtype) -> Call:
    """The values converted to a dtype.

        data: a tensor, or a tuple of them
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def cast_like(data: ExprLike, dtype_like: ExprLike) -> Call:
    """The values converted to another tensor's dtype.

        data: a tensor, or a tuple of them
        dtype_like: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def ceil(data: ExprLike) -> Call:
    """Smallest integer not below, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def clip(a: ExprLike, a_min: float, a_max: float) -> Call:
    """The values held between a_min and a_max.

        a: a tensor, or a tuple of them
        a_min: a number
        a_max: a number

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def collapse_sum_like(data: ExprLike, collapse_type: ExprLike) -> Call:
    """Sum over what broadcasting repeated, to another tensor's shape.

        data: a tensor, or a tuple of them
        collapse_type: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def collapse_sum_to(data: ExprLike, shape: ExprLike) -> Call:
    """Sum over what broadcasting repeated, to a shape.

        data: a tensor, or a tuple of them
        shape: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def concatenate(data: ExprLike, axis: int) -> Call:
    """Tensors joined along an axis.

        data: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def copy(data: ExprLike) -> Call:
    """A copy.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def cos(data: ExprLike) -> Call:
    """Cosine, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def cosh(data: ExprLike) -> Call:
    """Hyperbolic cosine, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def cumprod(data: ExprLike, axis: int | None = None, dtype: Dtype | None = None, exclusive: bool | None = None) -> Call:
    """Running product along an axis.

        data: a tensor, or a tuple of them
        axis: an integer or None
        dtype: a dtype or None
        exclusive: True or False

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def cumsum(data: ExprLike, axis: int | None = None, dtype: Dtype | None = None, exclusive: bool | None = None) -> Call:
    """Running sum along an axis.

        data: a tensor, or a tuple of them
        axis: an integer or None
        dtype: a dtype or None
        exclusive: True or False

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def debug(data: ExprLike, debug_func: Any = None) -> Call:
    """The tensor itself; TVM stops its debugger there.

        data: a tensor, or a tuple of them
        debug_func: any

    Definition: TVM 0.18 src/relay/op/debug.cc.
    """

def device_copy(data: ExprLike, src_device: Device, dst_device: Device) -> Call:
    """The tensor on another device; there is one, the CPU."""

def dft(re_data: ExprLike, im_data: ExprLike, inverse: bool = False) -> TupleWrapper:
    """Discrete Fourier transform of real and imaginary part.

        re_data: a tensor, or a tuple of them
        im_data: a tensor, or a tuple of them
        inverse: True or False

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def divide(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Quotient (of integers, truncated), element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def einsum(data: ExprLike, equation: str) -> Call:
    """Sum of products in Einstein's notation.

        data: a tensor, or a tuple of them
        equation: a string

    Definition: TVM 0.18 src/relay/op/tensor/math.cc.
    """

def equal(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Whether equal, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def erf(data: ExprLike) -> Call:
    """Gauss error function, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def exp(data: ExprLike) -> Call:
    """Exponential, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def expand_dims(data: ExprLike, axis: int | Expr, num_newaxis: int = 1) -> Call:
    """New axes of size 1.

        data: a tensor, or a tuple of them
        axis: an integer
        num_newaxis: an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def fast_erf(data: ExprLike) -> Call:
    """Approximate erf, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def fast_exp(data: ExprLike) -> Call:
    """Approximate exponential, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def fast_tanh(data: ExprLike) -> Call:
    """Approximate hyperbolic tangent, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def fixed_point_multiply(data: ExprLike, multiplier: int, shift: int) -> Call:
    """Product with a fixed-point number multiplier * 2**(shift - 31).

        data: a tensor, or a tuple of them
        multiplier: an integer
        shift: an integer

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def fixed_point_multiply_per_axis(
    data: ExprLike,
    fp_multiplier: ExprLike,
    left_shift: ExprLike,
    right_shift: ExprLike,
    is_lshift_required: bool = False,
    is_rshift_required: bool = False,
    axes: Sequence[int] | int | None = None,
) -> Call:
    """Product with one fixed-point number for each index of an axis.

        data: a tensor, or a tuple of them
        fp_multiplier: a tensor, or a tuple of them
        left_shift: a tensor, or a tuple of them
        right_shift: a tensor, or a tuple of them
        is_lshift_required: True or False
        is_rshift_required: True or False
        axes: a list of values, each an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def floor(data: ExprLike) -> Call:
    """Largest integer not above, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def floor_divide(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Quotient, rounded down, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def floor_mod(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Remainder with the divisor's sign, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def full(fill_value: ExprLike, shape: Sequence[int] | int | Expr = (), dtype: Dtype | None = "") -> Call:
    """A tensor of one value.

        fill_value: a tensor, or a tuple of them
        shape: a list of values, each an integer
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def full_like(data: ExprLike, fill_value: ExprLike) -> Call:
    """A tensor of one value, in the shape and dtype of another.

        data: a tensor, or a tuple of them
        fill_value: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def gather(data: ExprLike, axis: int, indices: ExprLike) -> Call:
    """Elements at indices along an axis.

        data: a tensor, or a tuple of them
        axis: an integer
        indices: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def gather_nd(data: ExprLike, indices: ExprLike, batch_dims: int = 0, index_rank: int | None = None) -> Call:
    """Elements or slices at index vectors.

        data: a tensor, or a tuple of them
        indices: a tensor, or a tuple of them
        batch_dims: an integer
        index_rank: an integer or None

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def greater(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Whether left is greater, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def greater_equal(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Whether left is greater or equal, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def invert_permutation(data: ExprLike) -> Call:
    """The inverse of a permutation.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def isfinite(data: ExprLike) -> Call:
    """Whether neither infinite nor NaN, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def isinf(data: ExprLike) -> Call:
    """Whether infinite, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def isnan(data: ExprLike) -> Call:
    """Whether NaN, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def layout_transform(data: ExprLike, src_layout: str, dst_layout: str) -> Call:
    """The tensor in another layout, such as NCHW to NHWC.

        data: a tensor, or a tuple of them
        src_layout: a string
        dst_layout: a string

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def left_shift(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Left shift of integers, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def less(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Whether left is less, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def less_equal(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Whether left is less or equal, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def log(data: ExprLike) -> Call:
    """Natural logarithm, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def log10(data: ExprLike) -> Call:
    """Logarithm to base 10, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def log2(data: ExprLike) -> Call:
    """Logarithm to base 2, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def logical_and(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Logical and, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def logical_not(data: ExprLike) -> Call:
    """Logical negation, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def logical_or(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Logical or, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def logical_xor(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Logical exclusive or, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def logsumexp(data: ExprLike, axis: Axis = None, keepdims: bool = False) -> Call:
    """Logarithm of the sum of exponentials over some axes, or over all, without overflow."""

def matrix_set_diag(data: ExprLike, diagonal: ExprLike, k: int | Sequence[int] = 0, align: str = "RIGHT_LEFT") -> Call:
    """Matrices with the diagonals from k[0] to k[1] replaced; align says where shorter ones lie in ``diagonal``:
    those above the main one, then those below it.
    """

def max(data: ExprLike, axis: Sequence[int] | int | None = None, keepdims: bool = False, exclude: bool = False) -> Call:
    """Greatest element over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def maximum(lhs: ExprLike, rhs: ExprLike) -> Call:
    """The greater one, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def mean(
    data: ExprLike,
    axis: Sequence[int] | int | None = None,
    keepdims: bool = False,
    exclude: bool = False,
) -> Call:
    """Mean over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def mean_std(data: ExprLike, axis: Axis = None, keepdims: bool = False, exclude: bool = False) -> TupleWrapper:
    """Mean and standard deviation over some axes, or over all."""

def mean_variance(
    data: ExprLike,
    axis: Axis = None,
    keepdims: bool = False,
    exclude: bool = False,
    unbiased: bool = False,
) -> TupleWrapper:
    """Mean and variance over some axes, or over all."""

def meshgrid(data: ExprLike, indexing: str = "ij") -> Call:
    """Coordinates of a grid, one tensor for each axis.

        data: a tensor, or a tuple of them
        indexing: a string: 'ij', 'xy'

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def meta_schedule_layout_transform(data: ExprLike, index_map: Any) -> Call:
    """Change between layouts that TVM's MetaSchedule chose.

        data: a tensor, or a tuple of them
        index_map: any

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    Note: its index map is a TIR object, which Relay text does not carry.
    """

def min(data: ExprLike, axis: Sequence[int] | int | None = None, keepdims: bool = False, exclude: bool = False) -> Call:
    """Smallest element over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def minimum(lhs: ExprLike, rhs: ExprLike) -> Call:
    """The smaller one, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def mod(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Remainder with the dividend's sign, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def multiply(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Product, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def ndarray_size(data: ExprLike, dtype: Dtype = "int32") -> Call:
    """Number of elements.

        data: a tensor, or a tuple of them
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def negative(data: ExprLike) -> Call:
    """Negation, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def not_equal(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Whether not equal, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def on_device(
    body: ExprLike,
    virtual_device: Any = None,
    constrain_result: bool = False,
    constrain_body: bool = True,
) -> Call:
    """The expression, computed on a device.

        body: a tensor, or a tuple of them
        virtual_device: any
        constrain_result: True or False
        constrain_body: True or False

    Definition: TVM 0.18 src/relay/op/memory/on_device.cc.
    """

def one_hot(
    indices: ExprLike,
    on_value: ExprLike,
    off_value: ExprLike,
    depth: int | Expr,
    axis: int,
    dtype: Dtype,
) -> Call:
    """Vectors with on_value at one index and off_value elsewhere.

        indices: a tensor, or a tuple of them
        on_value: a tensor, or a tuple of them
        off_value: a tensor, or a tuple of them
        depth: an integer
        axis: an integer
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def ones(shape: Sequence[int] | int | Expr, dtype: Dtype) -> Call:
    """A tensor of ones.

        shape: a list of values, each an integer
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def ones_like(data: ExprLike) -> Call:
    """Ones in the shape and dtype of another tensor.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def power(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Left to the power of right, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def prod(
    data: ExprLike,
    axis: Sequence[int] | int | None = None,
    keepdims: bool = False,
    exclude: bool = False,
) -> Call:
    """Product over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def reinterpret(data: ExprLike, dtype: Dtype) -> Call:
    """The same bits as another dtype.

        data: a tensor, or a tuple of them
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def repeat(data: ExprLike, repeats: int, axis: int) -> Call:
    """Every element several times along an axis.

        data: a tensor, or a tuple of them
        repeats: an integer
        axis: an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def reshape(data: ExprLike, newshape: Sequence[int] | int | Expr, allowzero: bool = False) -> Call:
    """The same elements in another shape; 0 keeps a dimension, -1 is computed.

        data: a tensor, or a tuple of them
        newshape: a list of values, each an integer
        allowzero: True or False

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def reshape_like(
    data: ExprLike,
    shape_like: ExprLike,
    lhs_begin: int = 0,
    lhs_end: int | None = None,
    rhs_begin: int = 0,
    rhs_end: int | None = None,
) -> Call:
    """The same elements in the shape of another tensor.

        data: a tensor, or a tuple of them
        shape_like: a tensor, or a tuple of them
        lhs_begin: an integer
        lhs_end: an integer or None
        rhs_begin: an integer
        rhs_end: an integer or None

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def reverse(data: ExprLike, axis: int) -> Call:
    """The order of an axis turned round.

        data: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def reverse_reshape(data: ExprLike, newshape: Sequence[int] | int, allowzero: bool = False) -> Call:
    """Reshape whose special numbers are matched from the right.

        data: a tensor, or a tuple of them
        newshape: a list of values, each an integer
        allowzero: True or False

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def reverse_sequence(data: ExprLike, seq_lengths: ExprLike, seq_axis: int = 1, batch_axis: int = 0) -> Call:
    """The first elements of each sequence turned round.

        data: a tensor, or a tuple of them
        seq_lengths: a tensor, or a tuple of them
        seq_axis: an integer
        batch_axis: an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def right_shift(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Right shift of integers, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def round(data: ExprLike) -> Call:
    """Nearest integer, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def rsqrt(data: ExprLike) -> Call:
    """1 / square root, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def scatter_elements(
    data: ExprLike,
    indices: ExprLike,
    updates: ExprLike,
    axis: int = 0,
    reduction: str = "update",
) -> Call:
    """A tensor with elements updated at indices along an axis.

        data: a tensor, or a tuple of them
        indices: a tensor, or a tuple of them
        updates: a tensor, or a tuple of them
        axis: an integer
        reduction: a string: 'update', 'add', 'mul', 'mean', 'min', 'max'

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def scatter_nd(data: ExprLike, indices: ExprLike, updates: ExprLike, mode: str = "update") -> Call:
    """A tensor with elements or slices updated at index vectors.

        data: a tensor, or a tuple of them
        indices: a tensor, or a tuple of them
        updates: a tensor, or a tuple of them
        mode: a string: 'update', 'add', 'mul', 'min', 'max'

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def searchsorted(sorted_sequence: ExprLike, values: ExprLike, right: bool = False, dtype: Dtype = "int32") -> Call:
    """Where values would be inserted to keep a sequence sorted.

        sorted_sequence: a tensor, or a tuple of them
        values: a tensor, or a tuple of them
        right: True or False
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/algorithm/searchsorted.cc.
    """

def segment_sum(data: ExprLike, segment_ids: ExprLike, num_segments: int | Expr | None = None) -> Call:
    """Sums of the slices that have one segment id. Without ``num_segments``, their number is known at run time."""

def sequence_mask(data: ExprLike, valid_length: ExprLike, mask_value: float = 0, axis: int = 0) -> Call:
    """Sequences with mask_value after their valid length.

        data: a tensor, or a tuple of them
        valid_length: a tensor, or a tuple of them
        mask_value: a number
        axis: an integer: 0, 1

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def shape_of(data: ExprLike, dtype: Dtype = "int32") -> Call:
    """The shape as a tensor.

        data: a tensor, or a tuple of them
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def sigmoid(data: ExprLike) -> Call:
    """1 / (1 + exp(-x)), element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def sign(data: ExprLike) -> Call:
    """-1, 0 or 1, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def sin(data: ExprLike) -> Call:
    """Sine, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def sinh(data: ExprLike) -> Call:
    """Hyperbolic sine, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def slice_like(data: ExprLike, shape_like: ExprLike, axes: Sequence[int] | int | None = None) -> Call:
    """The beginning of a tensor, in the size of another along some axes.

        data: a tensor, or a tuple of them
        shape_like: a tensor, or a tuple of them
        axes: a list of values, each an integer or None

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def sliding_window(data: ExprLike, axis: int, window_shape: Sequence[int] | int, strides: Sequence[int] | int) -> Call:
    """All windows of a shape, as a tensor with more axes.

        data: a tensor, or a tuple of them
        axis: an integer
        window_shape: a list of values, each an integer
        strides: a list of values, each an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def sort(data: ExprLike, axis: int = -1, is_ascend: bool = True) -> Call:
    """The elements sorted along an axis.

        data: a tensor, or a tuple of them
        axis: an integer
        is_ascend: True or False

    Definition: TVM 0.18 src/relay/op/algorithm/sort.cc.
    """

def sparse_fill_empty_rows(
    sparse_indices: ExprLike,
    sparse_values: ExprLike,
    dense_shape: ExprLike,
    default_value: ExprLike,
) -> Tuple:
    """A sparse matrix with a default value in its empty rows: indices, values, and which rows were empty."""

def sparse_reshape(sparse_indices: ExprLike, prev_shape: ExprLike, new_shape: ExprLike) -> Any:
    """A sparse tensor in another shape.

        sparse_indices: a tensor, or a tuple of them
        prev_shape: a tensor, or a tuple of them
        new_shape: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def sparse_to_dense(
    sparse_indices: ExprLike,
    output_shape: Sequence[int] | Expr,
    sparse_values: ExprLike,
    default_value: ExprLike = 0,
) -> Call:
    """A dense tensor from indices and values."""

def split(data: ExprLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> TupleWrapper:
    """Parts along an axis: a number of equal ones, or cut at indices."""

def sqrt(data: ExprLike) -> Call:
    """Square root, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def squeeze(data: ExprLike, axis: Sequence[int] | int | Expr | None = None) -> Call:
    """The tensor without axes of size 1.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def stack(data: ExprLike, axis: int) -> Call:
    """Tensors joined along a new axis.

        data: a tensor, or a tuple of them
        axis: an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def std(
    data: ExprLike,
    axis: Axis = None,
    keepdims: bool = False,
    exclude: bool = False,
    unbiased: bool = False,
) -> Call:
    """Standard deviation over some axes, or over all."""

def stft(
    data: ExprLike,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: ExprLike | None = None,
    normalized: bool = False,
    onesided: bool = True,
) -> Call:
    """Short-time Fourier transform: a window moves by hop_length (a quarter of n_fft, if not given)."""

def strided_set(data: ExprLike, v: ExprLike, begin: ExprLike, end: ExprLike, strides: ExprLike | None = None) -> Call:
    """The tensor with the slice data[begin:end:stride] replaced by v."""

def strided_slice(
    data: ExprLike,
    begin: Sequence[int] | Expr,
    end: Sequence[int] | Expr,
    strides: Sequence[int] | Expr | None = None,
    axes: Sequence[int] | None = None,
    slice_mode: str = "end",
) -> Call:
    """A slice with strides, as NumPy's data[begin:end:stride]; with slice_mode "size", end holds sizes.

    Limits may be known only at run time, unless ``axes`` chooses some axes.
    """

def subtract(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Difference, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def sum(data: ExprLike, axis: Sequence[int] | int | None = None, keepdims: bool = False, exclude: bool = False) -> Call:
    """Sum over some axes, or over all.

        data: a tensor, or a tuple of them
        axis: a list of values, each an integer or None
        keepdims: True or False
        exclude: True or False

    Definition: TVM 0.18 src/relay/op/tensor/reduce.cc.
    """

def take(data: ExprLike, indices: ExprLike, axis: int | None = None, batch_dims: int = 0, mode: str = "clip") -> Call:
    """Elements or slices at indices, along an axis or of the flattened tensor.

        data: a tensor, or a tuple of them
        indices: a tensor, or a tuple of them
        axis: an integer or None
        batch_dims: an integer
        mode: a string: 'clip', 'wrap', 'fast'

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def tan(data: ExprLike) -> Call:
    """Tangent, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def tanh(data: ExprLike) -> Call:
    """Hyperbolic tangent, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def tile(data: ExprLike, reps: Sequence[int] | int | Expr) -> Call:
    """The whole tensor several times along each axis.

        data: a tensor, or a tuple of them
        reps: a list of values, each an integer

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def topk(
    data: ExprLike,
    k: int | Expr = 1,
    axis: int = -1,
    ret_type: str = "both",
    is_ascend: bool = False,
    dtype: Dtype = "int32",
) -> Any:
    """The k greatest (or smallest) elements along an axis, their indices, or both.

        data: a tensor, or a tuple of them
        k: an integer or None
        axis: an integer
        ret_type: a string: 'both', 'values', 'indices'
        is_ascend: True or False
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/algorithm/topk.cc.
    """

def transpose(data: ExprLike, axes: Sequence[int] | int | None = None) -> Call:
    """The axes in another order.

        data: a tensor, or a tuple of them
        axes: a list of values, each an integer or None

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def trilu(data: ExprLike, k: ExprLike, upper: bool = True) -> Call:
    """The upper or lower triangle of matrices, 0 elsewhere.

        data: a tensor, or a tuple of them
        k: a tensor, or a tuple of them
        upper: True or False

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def trunc(data: ExprLike) -> Call:
    """Integer nearest to it towards 0, element by element.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/unary.cc.
    """

def trunc_divide(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Quotient, rounded towards 0, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def trunc_mod(lhs: ExprLike, rhs: ExprLike) -> Call:
    """Remainder with the dividend's sign, element by element with broadcasting.

        lhs: a tensor, or a tuple of them
        rhs: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/binary.cc.
    """

def unique(data: ExprLike, is_sorted: bool = True, return_counts: bool = False) -> TupleWrapper:
    """The different elements, where they are, and how often.

        data: a tensor, or a tuple of them
        is_sorted: True or False
        return_counts: True or False

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc, python/tvm/topi/unique.py.
    """

def unravel_index(indices: ExprLike, shape: ExprLike) -> Call:
    """Flat indices as index vectors.

        indices: a tensor, or a tuple of them
        shape: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def variance(
    data: ExprLike,
    axis: Axis = None,
    keepdims: bool = False,
    exclude: bool = False,
    unbiased: bool = False,
    with_mean: ExprLike | None = None,
) -> Call:
    """Variance over some axes, or over all; ``with_mean`` is the mean, kept in its dimensions, if it is known."""

def where(condition: ExprLike, x: ExprLike, y: ExprLike) -> Call:
    """Elements of x where the condition holds, of y elsewhere.

        condition: a tensor, or a tuple of them
        x: a tensor, or a tuple of them
        y: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def zeros(shape: Sequence[int] | int | Expr, dtype: Dtype) -> Call:
    """A tensor of zeros.

        shape: a list of values, each an integer
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """

def zeros_like(data: ExprLike) -> Call:
    """Zeros in the shape and dtype of another tensor.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/tensor/transform.cc.
    """
