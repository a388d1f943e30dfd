"""The converters of TFLite's builtin operators, by family. Importing this package registers them."""

from tvm_model_library.frontends.tflite.converters import (  # noqa: F401  (each registers its operators)
    activation,
    arithmetic,
    control,
    convolution,
    dense,
    elementwise,
    gathering,
    joining,
    movement,
    normalization,
    pooling,
    quantizing,
    recurrent,
    reduction,
    shapes,
    slicing,
    space,
)
