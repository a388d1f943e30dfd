"""Moved, repeated and padded elements: TRANSPOSE, REVERSE_V2, REVERSE_SEQUENCE, TILE, PAD, PADV2, MIRROR_PAD.

Facts: TFLM tensorflow/lite/micro/kernels/transpose_common.cc, reverse.cc, pad_common.cc, mirror_pad.cc; LiteRT
tensorflow/lite/kernels/reverse_sequence.cc, tile.cc.
"""

from __future__ import annotations

from tvm_model_library.frontends.tflite.call import Call
from tvm_model_library.frontends.tflite.converters._shared import same_scales, zero_of
from tvm_model_library.frontends.tflite.registry import ANY, converter
from tvm_model_library.relay import ast


@converter("TRANSPOSE", plain=ANY)
def transpose(call: Call) -> ast.Expr:
    """Dimensions in another order."""
    rank = len(call.shape(0))
    axes = tuple(call.axis(a, rank) for a in call.integers(1, "the order of the dimensions"))
    if sorted(axes) != list(range(rank)):
        call.damaged(f"{list(axes)} is not an order of {rank} dimensions")
    shape = call.shape(0)
    if [a for a in axes if shape[a] != 1] == [a for a in range(rank) if shape[a] != 1]:
        return call.reshape(call.input(0), [shape[a] for a in axes])  # no element moves
    return call("transpose", call.input(0), axes=axes)


@converter("REVERSE_V2", plain=ANY)
def reverse_v2(call: Call) -> ast.Expr:
    """The last first, along axes."""
    result, rank = call.input(0), len(call.shape(0))
    for axis in sorted({call.axis(a, rank) for a in call.integers(1, "the axes")}):
        result = call("reverse", result, axis=axis)
    return result


@converter("REVERSE_SEQUENCE", plain=ANY)
def reverse_sequence(call: Call) -> ast.Expr:
    """As many elements of each sequence as its length says, the last first."""
    rank = len(call.shape(0))
    axes = (call.axis(call.options[name], rank) for name in ("seq_dim", "batch_dim"))
    sequence, batch = axes
    lengths = call.cast(call.input(1), "int32")
    return call("reverse_sequence", call.input(0), lengths, seq_axis=sequence, batch_axis=batch)


@converter("TILE", plain=ANY)
def tile(call: Call) -> ast.Expr:
    """Repeated along each dimension."""
    return call("tile", call.input(0), reps=call.integers(1, "the repetitions"))


def pad_width(call: Call) -> list[tuple[int, int]]:
    """How many elements stand before and after, for each dimension. Raises ``ModelFileError``."""
    rank, given = len(call.shape(0)), call.constant(1, "the paddings")
    if given.shape != (rank, 2) or (given < 0).any():
        call.damaged(f"paddings {given.tolist()} for {rank} dimensions; expected two numbers from 0 on for each")
    return [(int(before), int(after)) for before, after in given]


@converter("PAD", "PADV2", plain=ANY)
def pad(call: Call) -> ast.Expr:
    """Zeros, or a given value, around the data."""
    same_scales(call, 0)
    value = call.reshape(call.input(2), ()) if call.has(2) else call.number(zero_of(call, 0), call.input(0))
    if call.has(2):
        same_scales(call, 2)
    width = pad_width(call)
    if not any(map(any, width)):
        return call.input(0)
    return call("nn.pad", call.input(0), value, pad_width=width, pad_mode="constant")


@converter("MIRROR_PAD", plain=ANY)
def mirror_pad(call: Call) -> ast.Expr:
    """The data's mirror image around it."""
    return call("nn.mirror_pad", call.input(0), mode=call.options["mode"], pad_width=pad_width(call))
