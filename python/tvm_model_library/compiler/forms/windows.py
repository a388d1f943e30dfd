"""Where the windows of a convolution lie: indices of data and output, and what is outside."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from tvm_model_library.compiler.forms import statements as s
from tvm_model_library.compiler.forms.convolution import Convolution


def coordinates(convolution: Convolution, number: Any) -> list[Any]:
    """The position of a window along each axis, all windows being numbered in order."""
    from tvm import tirx

    counts = [w.count for w in convolution.windows]
    found = []
    for axis, count in enumerate(counts):
        inner = prod(counts[axis + 1 :])
        place = number if inner == 1 else tirx.floordiv(number, inner)
        found.append(place if axis == 0 else tirx.floormod(place, count))
    return found


def output_place(convolution: Convolution, at: list[Any]) -> Any:
    """The element of the output that is the window's channel 0."""
    return _sum(c * w.out_step for c, w in zip(at, convolution.windows, strict=True))


def each_tap(
    convolution: Convolution,
    at: list[Any],
    inside: Callable[[Any, Any, int], Any],
    outside: Callable[[Any], Any],
) -> Any:
    """Statements for all taps of a window, which are numbered in order: ``inside(tap, element, count)`` where the data
    has channel 0 of the first group of a tap at ``element``, and those of ``count`` taps follow each other; else
    ``outside(tap)``.
    """
    from tvm import tirx

    windows = convolution.windows
    zero = tirx.const(0, "int32")

    def nest(axis: int, tap: Any, element: Any, conditions: list[Any]) -> Any:
        if axis == len(windows):
            then = inside(tap, element, 1)
            return s.when(_all(conditions), then, outside(tap) if conditions else None)
        window = windows[axis]

        def body(offset: Any) -> Any:
            place = at[axis] * window.stride + offset * window.dilation - window.before
            checks = [] if window.is_inside else [tirx.LE(0, place), tirx.LT(place, window.size)]
            return nest(axis + 1, tap * window.taps + offset, element + place * window.step, [*conditions, *checks])

        one_by_one = s.loop(f"k{axis}", window.taps, body)
        if axis < len(windows) - 1 or not _are_contiguous(convolution) or window.taps == 1:
            return one_by_one
        place = at[axis] * window.stride - window.before
        checks = [] if window.is_inside else [tirx.LE(0, place), tirx.LE(place, window.size - window.taps)]
        run = inside(tap * window.taps, element + place * window.step, window.taps)
        conditions = [*conditions, *checks]
        return s.when(_all(conditions), run, one_by_one if conditions else None)

    return nest(0, zero, zero, [])


def _are_contiguous(convolution: Convolution) -> bool:
    """Whether the channels of neighbouring taps on the last axis follow each other in memory."""
    last = convolution.windows[-1]
    return convolution.channel_step == 1 and last.dilation == 1 and last.step == convolution.channels


def _all(conditions: list[Any]) -> Any | None:
    from tvm import tirx

    found = None
    for condition in conditions:
        found = condition if found is None else tirx.And(found, condition)
    return found


def _sum(terms: Any) -> Any:
    from tvm import tirx

    total = None
    for term in terms:
        total = term if total is None else total + term
    return tirx.const(0, "int32") if total is None else total
