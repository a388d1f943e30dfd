# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence
from typing import Any

from tvm_model_library.relay.script.expr import Call, ExprLike
from tvm_model_library.relay.script.ty import Dtype

def broadcast_to(data: ExprLike, shape: ExprLike, dtype: Dtype | None = "") -> Call:
    """The tensor repeated to a shape; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        shape: a tensor, or a tuple of them
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def expand_dims(data: ExprLike, axis: ExprLike, num_newaxis: int = 1) -> Call:
    """New axes of size 1; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        axis: a tensor, or a tuple of them
        num_newaxis: an integer

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def full(fill_value: ExprLike, shape: ExprLike, dtype: Dtype | None = "") -> Call:
    """A tensor of one value; what shape it has is known only at run time.

        fill_value: a tensor, or a tuple of them
        shape: a tensor, or a tuple of them
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def image_resize2d(
    data: ExprLike,
    size: ExprLike,
    roi: ExprLike,
    layout: str = "NCHW",
    method: str = "linear",
    coordinate_transformation_mode: str = "half_pixel",
    rounding_method: str = "round",
    cubic_alpha: float = -0.5,
    cubic_exclude: int = 0,
    extrapolation_value: float = 0.0,
    out_dtype: Dtype | None = "",
) -> Call:
    """Images resized; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        size: a tensor, or a tuple of them
        roi: a tensor, or a tuple of them
        layout: a string
        method: a string
        coordinate_transformation_mode: a string
        rounding_method: a string
        cubic_alpha: a number
        cubic_exclude: an integer
        extrapolation_value: a number
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/dyn/image/resize.cc.
    """

def nn_pad(data: ExprLike, pad_width: ExprLike, pad_value: ExprLike, pad_mode: str = "constant") -> Call:
    """Borders of a value, of the edge, or mirrored; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        pad_width: a tensor, or a tuple of them
        pad_value: a tensor, or a tuple of them
        pad_mode: a string: 'constant', 'edge', 'reflect'

    Definition: TVM 0.18 src/relay/op/dyn/nn/pad.cc.
    """

def nn_upsampling(
    data: ExprLike,
    scale_h: ExprLike,
    scale_w: ExprLike,
    layout: str = "NCHW",
    method: str = "nearest_neighbor",
    align_corners: bool = False,
) -> Call:
    """Height and width scaled up; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        scale_h: a tensor, or a tuple of them
        scale_w: a tensor, or a tuple of them
        layout: a string
        method: a string: 'nearest_neighbor', 'bilinear', 'bicubic'
        align_corners: True or False

    Definition: TVM 0.18 src/relay/op/dyn/nn/upsampling.cc.
    """

def nn_upsampling3d(
    data: ExprLike,
    scale_d: ExprLike,
    scale_h: ExprLike,
    scale_w: ExprLike,
    layout: str = "NCDHW",
    method: str = "nearest_neighbor",
    coordinate_transformation_mode: str = "half_pixel",
) -> Call:
    """Depth, height and width scaled up; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        scale_d: a tensor, or a tuple of them
        scale_h: a tensor, or a tuple of them
        scale_w: a tensor, or a tuple of them
        layout: a string
        method: a string: 'nearest_neighbor', 'trilinear', 'tricubic'
        coordinate_transformation_mode: a string: 'half_pixel', 'align_corners', 'asymmetric'

    Definition: TVM 0.18 src/relay/op/dyn/nn/upsampling.cc.
    """

def one_hot(
    indices: ExprLike,
    on_value: ExprLike,
    off_value: ExprLike,
    depth: ExprLike,
    axis: int = -1,
    dtype: Dtype = "float32",
) -> Call:
    """Vectors with on_value at one index and off_value elsewhere; what shape it has is known only at run time.

        indices: a tensor, or a tuple of them
        on_value: a tensor, or a tuple of them
        off_value: a tensor, or a tuple of them
        depth: a tensor, or a tuple of them
        axis: an integer
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def ones(shape: ExprLike, dtype: Dtype = "float32") -> Call:
    """A tensor of ones; what shape it has is known only at run time.

        shape: a tensor, or a tuple of them
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def reshape(data: ExprLike, newshape: ExprLike, allowzero: bool = False) -> Call:
    """The same elements in another shape; 0 keeps a dimension, -1 is computed; what shape it has is known only at run
    time.

        data: a tensor, or a tuple of them
        newshape: a tensor, or a tuple of them
        allowzero: True or False

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def sparse_to_dense(
    sparse_indices: ExprLike,
    sparse_values: ExprLike,
    default_value: ExprLike,
    output_shape: ExprLike,
) -> Call:
    """A dense tensor from indices and values; what shape it has is known only at run time.

        sparse_indices: a tensor, or a tuple of them
        sparse_values: a tensor, or a tuple of them
        default_value: a tensor, or a tuple of them
        output_shape: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def squeeze(data: ExprLike, axis: ExprLike) -> Call:
    """The tensor without axes of size 1; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        axis: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def strided_slice(
    data: ExprLike,
    begin: ExprLike,
    end: ExprLike,
    strides: ExprLike,
    slice_mode: str = "end",
    axes: Sequence[int] | int | None = None,
) -> Call:
    """A slice with strides, as NumPy's data[begin:end:stride]; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        begin: a tensor, or a tuple of them
        end: a tensor, or a tuple of them
        strides: a tensor, or a tuple of them
        slice_mode: a string: 'end', 'size'
        axes: a list of values, each an integer or None

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def tile(data: ExprLike, reps: ExprLike) -> Call:
    """The whole tensor several times along each axis; what shape it has is known only at run time.

        data: a tensor, or a tuple of them
        reps: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """

def topk(
    data: ExprLike,
    k: ExprLike,
    axis: int = -1,
    ret_type: str = "both",
    is_ascend: bool = False,
    dtype: Dtype | None = "",
) -> Any:
    """The k greatest (or smallest) elements along an axis, their indices, or both; what shape it has is known only at
    run time.

        data: a tensor, or a tuple of them
        k: a tensor, or a tuple of them
        axis: an integer
        ret_type: a string: 'both', 'values', 'indices'
        is_ascend: True or False
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/dyn/algorithm/topk.cc.
    """

def zeros(shape: ExprLike, dtype: Dtype = "float32") -> Call:
    """A tensor of zeros; what shape it has is known only at run time.

        shape: a tensor, or a tuple of them
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/dyn/tensor/transform.cc.
    """
