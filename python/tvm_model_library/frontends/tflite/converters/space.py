"""Images: resizing, and blocks between space, depth and batch.

Facts: TFLM tensorflow/lite/micro/kernels/resize_bilinear.cc, resize_nearest_neighbor.cc, space_to_depth.cc,
depth_to_space.cc, space_to_batch_nd.cc, batch_to_space_nd.cc.
"""

from __future__ import annotations

from typing import Any

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.converters._shared import zero_of
from tvm_model_library.frontends.tflite.registry import ANY, converter
from tvm_model_library.relay import ast

_REAL = ("float32",)


def _resizing(call: Call) -> dict[str, Any]:
    size = call.integers(1, "the sizes of the image")
    if len(size) != 2 or min(size) < 1:
        call.damaged(f"an image of the sizes {list(size)}; expected height and width")
    names = ("align_corners", "half_pixel_centers")
    return {"size": size, **{name: bool(call.options[name]) for name in names}}


@converter("RESIZE_BILINEAR", real=_REAL, exact=("int8",), through_real=("int16",))
def resize_bilinear(call: Call) -> ast.Expr:
    """Between the four pixels around."""
    return call.tflite("resize_bilinear", call.input(0), **_resizing(call))


@converter("RESIZE_NEAREST_NEIGHBOR", plain=ANY)
def resize_nearest_neighbor(call: Call) -> ast.Expr:
    """The nearest pixel."""
    return call("tflite.resize_nearest_neighbor", call.input(0), **_resizing(call))


@converter("SPACE_TO_DEPTH", "DEPTH_TO_SPACE", plain=ANY)
def blocks(call: Call) -> ast.Expr:
    """Blocks of pixels as channels, or back."""
    size, shape = call.options["block_size"], call.rank(0, 4, "the data")
    deep = call.operator.name == "SPACE_TO_DEPTH"
    if size < 1 or any(d % (size if deep else size * size) for d in (shape[1:3] if deep else shape[3:])):
        call.damaged(f"blocks of {size} do not divide data of the shape {list(shape)}")
    n, h, w, c = shape
    if deep:
        split = call.reshape(call.input(0), (n, h // size, size, w // size, size, c))
        moved = call("transpose", split, axes=(0, 1, 3, 2, 4, 5))
        return call.reshape(moved, (n, h // size, w // size, size * size * c))
    rest = c // (size * size)
    split = call.reshape(call.input(0), (n, h, w, size, size, rest))
    moved = call("transpose", split, axes=(0, 1, 3, 2, 4, 5))
    return call.reshape(moved, (n, h * size, w * size, rest))


def _pairs(call: Call, index: int, count: int, what: str) -> list[tuple[int, int]]:
    given = call.constant(index, what)
    if given.shape != (count, 2) or (given < 0).any():
        call.damaged(f"{what} {given.tolist()}; expected two numbers from 0 on for each of {count} dimensions")
    return [(int(a), int(b)) for a, b in given]


@converter("SPACE_TO_BATCH_ND", plain=ANY)
def space_to_batch_nd(call: Call) -> ast.Expr:
    """Blocks of pixels as batches."""
    block = call.integers(1, "the sizes of the blocks")
    paddings = _pairs(call, 2, len(block), "paddings")
    # TFLite Micro never sets the number it pads with: it takes what its arena held there. LiteRT pads with zeros.
    zero = float(zero_of(call, 0))
    return call("nn.space_to_batch_nd", call.input(0), block_shape=block, paddings=paddings, pad_value=zero)


@converter("BATCH_TO_SPACE_ND", plain=ANY)
def batch_to_space_nd(call: Call) -> ast.Expr:
    """Batches as blocks of pixels."""
    block = call.integers(1, "the sizes of the blocks")
    crops = _pairs(call, 2, len(block), "crops")
    return call("nn.batch_to_space_nd", call.input(0), block_shape=block, crops=crops)
