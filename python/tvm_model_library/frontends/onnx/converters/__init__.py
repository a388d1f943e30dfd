"""The converters of ONNX's operators, by family. Importing this package registers them."""

from tvm_model_library.frontends.onnx.converters import (  # noqa: F401  (each registers its operators)
    activation,
    arithmetic,
    control,
    convolution,
    dense,
    elementwise,
    gathering,
    joining,
    normalization,
    padding,
    pooling,
    qlinear,
    quantizing,
    recurrent,
    reduction,
    resizing,
    shapes,
    slicing,
    space,
)
