"""Convolutions of int8 for processors that add up two products of halfwords in one instruction (Arm's DSP extension).

The taps of four windows are widened to halfwords once, side by side: a word of two elements of each window in turn.
The weights of two filters share a halfword, ``256 * first + second``: SMLAD of a word of them and of a window adds to
``256 * (sum of the first) + (sum of the second)``, SMLAD of the lower bytes alone to the sum of the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.compiler.forms import statements as s
from tvm_model_library.compiler.forms.convolution import Convolution
from tvm_model_library.compiler.forms.epilogue import Epilogue
from tvm_model_library.compiler.forms.parameters import Form, Parameters
from tvm_model_library.compiler.forms.windows import coordinates, each_tap, output_place
from tvm_model_library.tensors import Array

WINDOWS = 4
_LARGEST_SUM = 1 << 23
"""The sums of the first filter lose their eight upper bits."""
_BYTE = 128


def halfword_form(func: Any, convolution: Convolution, epilogue: Epilogue) -> Form | None:
    """The form of a convolution of two windows or more; None where its weights do not fit, and for groups of one
    filter.
    """
    if prod(w.count for w in convolution.windows) < 2 or (convolution.filters < 2 <= convolution.groups):
        return None
    weights = _paired(convolution)
    if weights is None:
        return None
    positions = tuple(dict.fromkeys((convolution.data, *epilogue.parameters)))
    parameters = Parameters(func, positions, [("weights", weights), *epilogue.constants])
    return parameters.form(_Builder(convolution, epilogue, parameters).body())


def pairs_of(weights: Array) -> Array | None:
    """Weights (filters, elements) as words (filters / 2, elements / 2), rounded up with zeros; None where they do not
    fit.
    """
    count, elements = weights.shape
    padded = np.zeros((count + count % 2, elements + elements % 2), np.int64)
    padded[:count, :elements] = weights
    if np.abs(padded).max(initial=0) > _BYTE or np.abs(padded).sum(axis=1).max(initial=0) * _BYTE >= _LARGEST_SUM:
        return None
    halves = 256 * padded[0::2] + padded[1::2]
    if halves.min(initial=0) < -(1 << 15) or halves.max(initial=0) >= 1 << 15 or padded.max(initial=0) >= _BYTE:
        return None
    words = (halves[:, 0::2] & 0xFFFF) | (halves[:, 1::2] << 16)
    return (
        words.astype(np.uint32).view(np.int32)
        if words.min() >= 0
        else (words & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
    )


def _in_fours(convolution: Convolution) -> bool:
    """Whether four channels at a time are loaded as a word, which is widened into elements 0, 2, 1 and 3."""
    return convolution.channel_step == 1 and convolution.channels % 4 == 0


def _paired(convolution: Convolution) -> Array | None:
    """The weights of all groups as words, in the order in which the windows are widened."""
    taps: Array = convolution.weights.reshape(convolution.groups, convolution.filters, -1)
    if _in_fours(convolution):
        fours = taps.reshape(convolution.groups, convolution.filters, -1, 4)
        taps = fours[..., [0, 2, 1, 3]].reshape(taps.shape)
    found = [words for words in map(pairs_of, taps) if words is not None]
    return np.concatenate([words.reshape(-1) for words in found]) if len(found) == convolution.groups else None


@dataclass(frozen=True, eq=False)
class _Builder:
    convolution: Convolution
    epilogue: Epilogue
    parameters: Parameters

    @property
    def _count(self) -> int:
        return prod(w.count for w in self.convolution.windows)

    @property
    def _words(self) -> int:
        elements = int(self.convolution.weights[0].size)
        return (elements + 1) // 2

    def body(self) -> Any:
        """The function's body."""
        from tvm import tirx

        windows = s.buffer("windows", "int16", self._words * 2 * WINDOWS)
        sums = s.buffer("sums", "int32", 2 * WINDOWS)

        def tile(group: Any, number: Any, count: int) -> Any:
            fill = s.loop("p", count, lambda p: self._widened(windows, group, number, p))
            pairs = (self.convolution.filters + 1) // 2
            return s.steps(
                [fill, s.loop("pair", pairs, lambda pair: self._pair(windows, sums, group, number, pair, count))]
            )

        def tiles(group: Any) -> Any:
            whole, left = divmod(self._count, WINDOWS)
            last = tile(group, tirx.const(whole, "int32"), left) if left else None
            return s.steps([s.loop("tile", whole, lambda t: tile(group, t, WINDOWS)) if whole else None, last])

        few = self._count < WINDOWS  # the windows that there are not have taps all the same
        zeros = s.loop("i", self._words * 2 * WINDOWS, lambda i: s.store(windows, i, _constant(0))) if few else None
        nest = s.loop("g", self.convolution.groups, tiles)
        return s.steps([tirx.AllocBuffer(windows), tirx.AllocBuffer(sums), zeros, nest])

    def _widened(self, windows: Any, group: Any, tile: Any, p: Any) -> Any:
        """Widens the taps of one window."""
        convolution = self.convolution
        number = tile * WINDOWS + p
        data = self.parameters.given[convolution.data]
        first = group * convolution.channels * convolution.channel_step

        def inside(tap: Any, element: Any, count: int) -> Any:
            if convolution.channel_step == 1:
                return self._run(windows, p, tap, data, element + first, count * convolution.channels)
            return self._elements(
                windows, p, tap, lambda c: s.load(data, element + first + c * convolution.channel_step)
            )

        def outside(tap: Any) -> Any:
            return self._elements(windows, p, tap, lambda c: _constant(convolution.fill))

        fill = each_tap(convolution, coordinates(convolution, number), inside, outside)
        return s.steps([fill, self._padding(windows, p)])

    def _padding(self, windows: Any, p: Any) -> Any | None:
        """The element that makes a number of elements even."""
        elements = int(self.convolution.weights[0].size)
        return s.store(windows, self._place(p, elements), _constant(0)) if elements % 2 else None

    def _elements(self, windows: Any, p: Any, tap: Any, value: Any) -> Any:
        """The channels of a tap one by one."""
        from tvm import tirx

        channels = self.convolution.channels

        def element(c: Any) -> Any:
            return s.store(windows, self._place(p, tap * channels + c), tirx.Cast("int16", value(c)))

        if channels % 2:
            return s.loop("c", channels, element)
        return s.loop("c", channels // 2, lambda c: s.steps([element(c * 2), element(c * 2 + 1)]))

    def _place(self, p: Any, element: Any) -> Any:
        """Where an element of a window is."""
        from tvm import tirx

        word = tirx.floordiv(element, 2) if not isinstance(element, int) else element // 2
        half = tirx.floormod(element, 2) if not isinstance(element, int) else element % 2
        return word * (2 * WINDOWS) + p * 2 + half

    def _run(self, windows: Any, p: Any, tap: Any, data: Any, element: Any, count: int) -> Any:
        """Elements that follow each other, from a tap's first one on."""
        from tvm import tirx

        channels = self.convolution.channels
        if not _in_fours(self.convolution):

            def one(i: Any) -> Any:
                value = tirx.Cast("int16", s.load(data, element + i))
                return s.store(windows, self._place(p, tap * channels + i), value)

            arguments = [s.address(data, element), count, s.address(windows, p * 2), tap * channels]
            return s.micro_kernel("tvmgen_dsp_spread", arguments, s.loop("i", count, one))
        base = tap * (channels * WINDOWS) + p * 2

        def four(i: Any) -> Any:
            def half(odd: int, upper: int) -> Any:
                place = base + (i * 2 + odd) * (2 * WINDOWS) + upper
                return s.store(windows, place, tirx.Cast("int16", s.load(data, element + i * 4 + 2 * upper + odd)))

            return s.steps([half(odd, upper) for odd in (0, 1) for upper in (0, 1)])

        arguments = [s.address(data, element), count, s.address(windows, base)]
        return s.micro_kernel("tvmgen_dsp_widen", arguments, s.loop("i", count // 4, four))

    def _pair(self, windows: Any, sums: Any, group: Any, tile: Any, pair: Any, count: int) -> Any:
        """The sums of two filters, and what becomes of them."""
        convolution = self.convolution
        pairs = (convolution.filters + 1) // 2
        weights = self.parameters.constants[0]
        first = (group * pairs + pair) * self._words
        call = dots(windows, 0, weights, first, self._words, sums)

        def output(half: Any) -> Any:
            channel = pair * 2 + half
            stored = s.loop("p", count, lambda p: self._output(sums, half, group, tile, channel, p))
            return s.when(channel < convolution.filters if convolution.filters % 2 else None, stored)

        return s.steps([call, s.loop("half", min(convolution.filters, 2), output)])

    def _output(self, sums: Any, half: Any, group: Any, tile: Any, channel: Any, p: Any) -> Any:
        convolution = self.convolution
        number = tile * WINDOWS + p
        window = output_place(convolution, coordinates(convolution, number))
        channel = group * convolution.filters + channel
        total = s.load(sums, p + half * WINDOWS)
        value = self.epilogue.value(total, window, channel, self.parameters.given, self.parameters.constants[1:])
        return s.store(self.parameters.output, window + channel * convolution.out_channel_step, value)


def dots(windows: Any, window: Any, weights: Any, first: Any, words: int, sums: Any) -> Any:
    """The sums of products of four windows with two filters, in words of two taps."""
    from tvm import tirx

    def term(word: Any, p: Any) -> Any:
        both = s.load(weights, first + word)
        halves = (tirx.Cast("int32", tirx.Cast("int16", both)), both >> 16)
        found = []
        for filter_ in (0, 1):
            total = s.load(sums, p + filter_ * WINDOWS)
            for upper, half in enumerate(halves):
                lower = tirx.Cast("int32", tirx.Cast("int8", half))
                weight = lower if filter_ else (half - lower) >> 8
                x = s.load(windows, window + word * (2 * WINDOWS) + p * 2 + upper)
                total = total + tirx.Cast("int32", x) * weight
            found.append(s.store(sums, p + filter_ * WINDOWS, total))
        return s.steps(found)

    zeros = s.loop("i", 2 * WINDOWS, lambda i: s.store(sums, i, tirx.const(0, "int32")))
    nest = s.loop("word", words, lambda word: s.loop("p", WINDOWS, lambda p: term(word, p)))
    arguments = [s.address(windows, window), s.address(weights, first), words, s.address(sums, 0)]
    return s.micro_kernel("tvmgen_dsp_dots", arguments, s.steps([zeros, nest]))


def _constant(value: int) -> Any:
    from tvm import tirx

    return tirx.const(value, "int16")
