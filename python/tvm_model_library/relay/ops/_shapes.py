"""Arithmetic on shapes and axes that several operators share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from tvm_model_library.relay.operator import TypeRuleError
from tvm_model_library.relay.ops._broadcast import show
from tvm_model_library.relay.types import Dim, Shape, TensorType


def normalize_axis(axis: int, rank: int, what: str = "axis") -> int:
    """A non-negative axis. Raises :class:`TypeRuleError` when it is not in [-rank, rank)."""
    if not -rank <= axis < rank:
        raise TypeRuleError(f"{what} must be in [{-rank}, {rank}) for a tensor of {rank} dimensions, found {axis}")
    return axis % rank


def normalize_axes(axes: Iterable[int], rank: int, what: str = "axis") -> tuple[int, ...]:
    """Non-negative, distinct axes in the given order."""
    result = tuple(normalize_axis(a, rank, what) for a in axes)
    if len(set(result)) != len(result):
        raise TypeRuleError(f"{what} names a dimension twice: {list(result)}")
    return result


def count(shape: Shape) -> Dim:
    """Number of elements, or None when a dimension is unknown."""
    known = [d for d in shape if d is not None]
    return prod(known) if len(known) == len(shape) else None


def agree(a: Dim, b: Dim) -> bool:
    """Whether two dimensions may be the same."""
    return a is None or b is None or a == b


def check_same_size(data: TensorType, shape: Shape) -> None:
    """Raise :class:`TypeRuleError` when ``shape`` can't hold the elements of ``data``."""
    if not agree(count(data.shape), count(shape)):
        raise TypeRuleError(
            f"a tensor of shape {show(data.shape)} has {count(data.shape)} elements,"
            f" the new shape {show(shape)} has {count(shape)}",
            0,
        )


class _Codes:
    """The reading of ``reshape``'s codes from left to right, one input dimension after the other.

    ``output`` pairs each dimension with whether it came from the input: those cancel out when -1 is resolved.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._position = 0
        self._taken: set[int] = set()
        self.output: list[tuple[Dim, bool]] = []

    def take(self, code: int) -> Dim:
        if self._position >= len(self._shape):
            raise TypeRuleError(f"newshape's {code} asks for more dimensions than the input's {len(self._shape)}")
        self._taken.add(self._position)
        self._position += 1
        return self._shape[self._position - 1]

    def skip(self) -> None:
        self._position += 1

    @property
    def remaining(self) -> int:
        return max(len(self._shape) - self._position, 0)

    def resolve(self) -> Dim:
        """The dimension that -1 stands for."""
        source = count(tuple(d for i, d in enumerate(self._shape) if i not in self._taken))
        others = count(tuple(d for d, copied in self.output if not copied))
        if source is None or others is None:
            return None
        if others == 0 or source % others:
            raise TypeRuleError(f"newshape's -1 has no answer: {source} elements, {others} in the other dimensions", 0)
        return source // others


def reshape_shape(shape: Shape, newshape: Sequence[int], allowzero: bool) -> Shape:
    """The shape that ``reshape`` gives.

    Codes: 0 copies the dimension at its place (or is a dimension of 0 with ``allowzero``), -1 is what remains, -2
    copies all dimensions that are left, -3 merges the next two, ``-4, a, b`` splits the next one in two, one of
    which may be -1. Definition: TVM 0.18 src/relay/op/tensor/transform.cc, documentation of ``reshape``.
    """
    codes, inferred = _Codes(shape), -1
    pending = list(newshape)[::-1]
    while pending:
        code = pending.pop()
        if code > 0 or (code == 0 and allowzero):
            codes.output.append((code, False))
            codes.skip()
        elif code == 0:
            codes.output.append((codes.take(code), True))
        elif code == -1:
            if inferred >= 0:
                raise TypeRuleError("newshape may hold -1 only once")
            inferred = len(codes.output)
            codes.output.append((1, False))
            codes.skip()
        elif code == -2:
            codes.output.extend((codes.take(code), True) for _ in range(codes.remaining))
        elif code == -3:
            codes.output.append((count((codes.take(code), codes.take(code))), True))
        elif code == -4:
            codes.output.extend((d, True) for d in _split(codes.take(code), pending))
        else:
            raise TypeRuleError(f"newshape holds {code}; the codes are 0, -1, -2, -3 and -4")
    result = [d for d, _ in codes.output]
    if inferred >= 0:
        result[inferred] = codes.resolve()
    return tuple(result)


def _split(dim: Dim, pending: list[int]) -> tuple[Dim, Dim]:
    """Code -4: ``dim`` split in two, whose sizes are next on the stack ``pending``."""
    if len(pending) < 2:
        raise TypeRuleError("newshape's -4 needs two dimensions behind it")
    a, b = pending.pop(), pending.pop()
    if a == b == -1 or min(a, b) < -1 or 0 in (a, b):
        raise TypeRuleError(f"newshape's -4 needs two positive dimensions, one of which may be -1; found {a} and {b}")
    if a == -1:
        return (None if dim is None else dim // b), b
    if b == -1:
        return a, (None if dim is None else dim // a)
    return a, b


def reverse_reshape_shape(shape: Shape, newshape: Sequence[int], allowzero: bool) -> Shape:
    """The shape that ``contrib_reverse_reshape`` gives: the codes are read from right to left."""
    return reshape_shape(shape[::-1], tuple(newshape)[::-1], allowzero)[::-1]
