"""Between channels and space."""

from __future__ import annotations

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import ANY, converter
from tvm_model_library.relay import ast


def _block(call: Call) -> int:
    size = call.integer("blocksize", 0)
    if size < 1 or len(call.shape()) != 4:
        call.damaged(f"blocks of {size} in {call.type(call.input(0))}; expected a size from 1 on and 4 dimensions")
    return size


@converter("DepthToSpace", types=ANY, attributes="blocksize mode")
def depth_to_space(call: Call) -> ast.Expr:
    """Channels to blocks of the image; the block's place is the slow part of the channel (DCR) or the fast one."""
    block, mode = _block(call), call.choice("mode", "DCR", "DCR", "CRD")
    n, c, h, w = call.shape()
    if c % block**2:
        call.damaged(f"{c} channels are not a multiple of {block**2}")
    depth = c // block**2
    split = (n, block, block, depth, h, w) if mode == "DCR" else (n, depth, block, block, h, w)
    axes = (0, 3, 4, 1, 5, 2) if mode == "DCR" else (0, 1, 4, 2, 5, 3)
    moved = call.transpose(call.reshape(call.input(0), split), axes)
    return call.reshape(moved, (n, depth, h * block, w * block))


@converter("SpaceToDepth", types=ANY, attributes="blocksize")
def space_to_depth(call: Call) -> ast.Expr:
    """Blocks of the image to channels."""
    block = _block(call)
    n, c, h, w = call.shape()
    if h % block or w % block:
        call.damaged(f"an image of {h} x {w} does not consist of blocks of {block}")
    split = call.reshape(call.input(0), (n, c, h // block, block, w // block, block))
    return call.reshape(call.transpose(split, (0, 3, 5, 1, 2, 4)), (n, c * block**2, h // block, w // block))
