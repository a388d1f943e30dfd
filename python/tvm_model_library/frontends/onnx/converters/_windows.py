"""Windows that move over an image: sizes, strides and padding of convolutions and pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tvm_model_library.frontends.onnx.call import Call

ATTRIBUTES = "auto_pad dilations kernel_shape pads strides"
SPATIAL = {1: "W", 2: "HW", 3: "DHW"}


@dataclass(frozen=True)
class Windows:
    """One number a spatial dimension; ``before`` and ``after`` is the padding."""

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def rank(self) -> int:
        """The number of spatial dimensions."""
        return len(self.size)

    @property
    def padding(self) -> tuple[int, ...]:
        """As Relay has it: all before, then all after."""
        return (*self.before, *self.after)


def spatial_rank(call: Call) -> int:
    """The number of spatial dimensions of the data (N, C, ...). Raises ``UnsupportedError`` outside of 1 to 3."""
    rank = len(call.shape()) - 2
    if rank not in SPATIAL:
        call.refuse(f"{call.node.operator} of {call.type(call.input(0))}: 1 to 3 spatial dimensions are supported")
    return rank


def windows_of(call: Call, size: Sequence[int]) -> Windows:
    """The windows of ``size`` that the attributes describe."""
    rank = spatial_rank(call)
    strides, dilations = (per_axis(call, name, rank, 1) for name in ("strides", "dilations"))
    if len(size) != rank or min(size) < 1:
        call.damaged(f"the kernel has the sizes {list(size)}, expected {rank} from 1 on")
    extents = [(k - 1) * d + 1 for k, d in zip(size, dilations, strict=True)]
    before, after = _padding(call, call.shape()[2:], extents, strides)
    return Windows(tuple(size), strides, dilations, before, after)


def per_axis(call: Call, name: str, rank: int, least: int) -> tuple[int, ...]:
    """An attribute with one number a spatial dimension; ``least`` each where it is left out."""
    found = call.integers(name) or (least,) * rank
    if len(found) != rank or min(found) < least:
        call.damaged(f"{name} are {list(found)}, expected {rank} numbers from {least} on")
    return found


def explicit_pads(call: Call, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The attribute ``pads``: what is added before and after each dimension."""
    pads = call.integers("pads") or (0,) * (2 * rank)
    if len(pads) != 2 * rank or min(pads) < 0:
        call.damaged(f"pads are {list(pads)}, expected {2 * rank} numbers from 0 on")
    return pads[:rank], pads[rank:]


def _padding(
    call: Call, image: Sequence[int], extents: Sequence[int], strides: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    kind = call.choice("auto_pad", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
    if kind == "NOTSET":
        return explicit_pads(call, len(image))
    if kind == "VALID":
        return (0,) * len(image), (0,) * len(image)
    totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(image, extents, strides, strict=True)]
    small, large = tuple(t // 2 for t in totals), tuple(t - t // 2 for t in totals)
    return (small, large) if kind == "SAME_UPPER" else (large, small)
