# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence

from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.expr import Call, ExprLike
from tvm_model_library.relay.script.ty import Dtype

def affine_grid(data: ExprLike, target_shape: Sequence[int] | int | None = None) -> Call:
    """Sampling grid of an affine transformation.

        data: a tensor, or a tuple of them
        target_shape: a list of values, each an integer

    Definition: TVM 0.18 src/relay/op/image/grid_sample.cc.
    """

def crop_and_resize(
    data: ExprLike,
    boxes: ExprLike,
    box_indices: ExprLike,
    crop_size: Sequence[int] | int,
    layout: str,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    out_dtype: Dtype | None = None,
) -> Call:
    """Boxes cut out of images and resized.

        data: a tensor, or a tuple of them
        boxes: a tensor, or a tuple of them
        box_indices: a tensor, or a tuple of them
        crop_size: a list of values, each an integer or None
        layout: a string
        method: a string
        extrapolation_value: a number
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/image/resize.cc.
    """

def dilation2d(
    data: ExprLike,
    weight: ExprLike,
    strides: Sequence[int] | int = (1, 1),
    padding: Sequence[int] | int = (0, 0),
    dilations: Sequence[int] | int = (1, 1),
    data_layout: str = "NCHW",
    kernel_layout: str = "IHW",
    out_dtype: Dtype | None = "",
) -> Call:
    """Greyscale dilation: the greatest sum of window and weight.

        data: a tensor, or a tuple of them
        weight: a tensor, or a tuple of them
        strides: a list of values, each an integer
        padding: a list of values, each an integer
        dilations: a list of values, each an integer
        data_layout: a string
        kernel_layout: a string
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/image/dilation2d.cc.
    """

def grid_sample(
    data: ExprLike,
    grid: ExprLike,
    method: str = "bilinear",
    layout: str = "NCHW",
    padding_mode: str = "zeros",
    align_corners: bool = True,
) -> Call:
    """Images sampled at the places of a grid.

        data: a tensor, or a tuple of them
        grid: a tensor, or a tuple of them
        method: a string
        layout: a string
        padding_mode: a string
        align_corners: True or False

    Definition: TVM 0.18 src/relay/op/image/grid_sample.cc.
    """

def resize1d(
    data: ExprLike,
    size: Sequence[int] | int,
    roi: Sequence[float] | float | None = None,
    layout: str = "NCW",
    method: str = "linear",
    coordinate_transformation_mode: str = "half_pixel",
    rounding_method: str = "",
    cubic_alpha: float = -0.5,
    cubic_exclude: int = 0,
    extrapolation_value: float = 0.0,
    out_dtype: Dtype | None = None,
) -> Call:
    """A sequence resized.

        data: a tensor, or a tuple of them
        size: a list of values, each an integer or None
        roi: a list of values, each a number or None
        layout: a string
        method: a string
        coordinate_transformation_mode: a string
        rounding_method: a string
        cubic_alpha: a number
        cubic_exclude: an integer
        extrapolation_value: a number
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/image/resize.cc.
    """

def resize2d(
    data: ExprLike,
    size: Sequence[int] | int | Expr,
    roi: Sequence[float] | float | Expr | None = None,
    layout: str = "NCHW",
    method: str = "linear",
    coordinate_transformation_mode: str = "half_pixel",
    rounding_method: str = "",
    cubic_alpha: float = -0.5,
    cubic_exclude: int = 0,
    extrapolation_value: float = 0.0,
    out_dtype: Dtype | None = None,
) -> Call:
    """Images resized.

        data: a tensor, or a tuple of them
        size: a list of values, each an integer or None
        roi: a list of values, each a number or None
        layout: a string
        method: a string
        coordinate_transformation_mode: a string
        rounding_method: a string
        cubic_alpha: a number
        cubic_exclude: an integer
        extrapolation_value: a number
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/image/resize.cc.
    """

def resize3d(
    data: ExprLike,
    size: Sequence[int] | int,
    roi: Sequence[float] | float | None = None,
    layout: str = "NCDHW",
    method: str = "linear",
    coordinate_transformation_mode: str = "half_pixel",
    rounding_method: str = "",
    cubic_alpha: float = -0.5,
    cubic_exclude: int = 0,
    extrapolation_value: float = 0.0,
    out_dtype: Dtype | None = None,
) -> Call:
    """Volumes resized.

        data: a tensor, or a tuple of them
        size: a list of values, each an integer or None
        roi: a list of values, each a number or None
        layout: a string
        method: a string
        coordinate_transformation_mode: a string
        rounding_method: a string
        cubic_alpha: a number
        cubic_exclude: an integer
        extrapolation_value: a number
        out_dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/image/resize.cc.
    """
