"""Dense layers of int8 for Arm's DSP extension: one window, of which nothing is outside the data.

The window is read as it is, four elements a word, and widened on the way: elements 0 and 2, then 1 and 3. Weights are
in pairs of filters as in :mod:`tvm_model_library.compiler.forms.dsp_convolution`, four pairs at a time, then one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.compiler.forms import statements as s
from tvm_model_library.compiler.forms.convolution import Convolution
from tvm_model_library.compiler.forms.dsp_convolution import pairs_of
from tvm_model_library.compiler.forms.epilogue import Epilogue
from tvm_model_library.compiler.forms.parameters import Form, Parameters
from tvm_model_library.tensors import Array

_FEWEST = 8
"""Elements below which a call costs more than it saves."""


def dense_form(func: Any, convolution: Convolution, epilogue: Epilogue) -> Form | None:
    """The form of a dense layer; None for other convolutions, and for weights that do not fit."""
    if convolution.groups != 1 or prod(w.count for w in convolution.windows) > 1:
        return None
    first = _first(convolution)
    weights = _streams(convolution)
    if first is None or weights is None:
        return None
    positions = tuple(dict.fromkeys((convolution.data, *epilogue.parameters)))
    parameters = Parameters(func, positions, [("weights", weights), *epilogue.constants])
    return parameters.form(_Builder(convolution, epilogue, parameters, first).body())


def _first(convolution: Convolution) -> int | None:
    """Where the window begins, where all its elements follow each other and are inside; else None."""
    places = np.zeros((1,) * (len(convolution.windows) + 1), np.int64)
    for axis, window in enumerate(convolution.windows):
        if not window.is_inside:
            return None
        taps = (np.arange(window.taps) * window.dilation - window.before) * window.step
        places = places + taps.reshape([-1 if i == axis else 1 for i in range(places.ndim)])
    places = places + np.arange(convolution.channels) * convolution.channel_step
    flat = places.reshape(-1)
    return int(flat[0]) if flat.size >= _FEWEST and (flat == flat[0] + np.arange(flat.size)).all() else None


def _blocks(filters: int) -> list[tuple[int, int]]:
    """The first pair of filters of each block, and how many pairs it has."""
    pairs = (filters + 1) // 2
    return [(i, 4) for i in range(0, pairs - 3, 4)] + [(i, 1) for i in range(pairs // 4 * 4, pairs)]


def _streams(convolution: Convolution) -> Array | None:
    """The words of weights, block by block in the order of their use; those of what is left over of a number of
    elements that four do not divide come last in a block.
    """
    weights = convolution.weights.reshape(convolution.filters, -1)
    whole = weights.shape[1] // 4 * 4
    fours = weights[:, :whole].reshape(convolution.filters, -1, 4)[..., [0, 2, 1, 3]]
    words = pairs_of(np.concatenate([fours.reshape(convolution.filters, -1), weights[:, whole:]], axis=1))
    if words is None:
        return None
    return np.concatenate([words[first : first + count].T.reshape(-1) for first, count in _blocks(convolution.filters)])


@dataclass(frozen=True, eq=False)
class _Builder:
    convolution: Convolution
    epilogue: Epilogue
    parameters: Parameters
    first: int

    @property
    def _elements(self) -> int:
        return int(self.convolution.weights[0].size)

    @property
    def _words(self) -> int:
        return (self._elements + 1) // 2

    def body(self) -> Any:
        """The function's body."""
        from tvm import tirx

        pairs = (self.convolution.filters + 1) // 2
        parts = []
        for pairs_at_once, first, count in ((4, 0, pairs // 4), (1, pairs // 4 * 4, pairs % 4)):
            if count:
                parts.append(self._blocks_of(pairs_at_once, first, count))
        return s.steps([part for allocation, nest in parts for part in (tirx.AllocBuffer(allocation), nest)])

    def _blocks_of(self, pairs: int, first: int, count: int) -> tuple[Any, Any]:
        """The buffer of the sums of a block, and the loop over blocks of ``pairs`` pairs each."""
        sums = s.buffer("sums", "int32", 2 * pairs)

        def block(number: Any) -> Any:
            pair = number * pairs + first
            begin = (number * pairs + first) * self._words

            def filter_(half: Any, j: Any) -> Any:
                channel = (pair + j) * 2 + half
                stored = self._output(s.load(sums, half * pairs + j), channel)
                odd = self.convolution.filters % 2
                return s.when(channel < self.convolution.filters if odd else None, stored)

            output = s.loop("half", 2, lambda half: s.loop("j", pairs, lambda j: filter_(half, j)))
            return s.steps([self._sums(sums, pairs, begin), self._rest(sums, pairs, begin), output])

        return sums, s.loop("block", count, block)

    def _output(self, total: Any, channel: Any) -> Any:
        from tvm import tirx

        value = self.epilogue.value(
            total, tirx.const(0, "int32"), channel, self.parameters.given, self.parameters.constants[1:]
        )
        return s.store(self.parameters.output, channel * self.convolution.out_channel_step, value)

    def _sums(self, sums: Any, pairs: int, begin: Any) -> Any:
        """The sums of products of all elements that are in fours."""
        from tvm import tirx

        weights, data = self.parameters.constants[0], self.parameters.given[self.convolution.data]

        def word(four: Any, odd: Any, j: Any) -> Any:
            place = begin + (four * 2 + odd) * pairs + j
            elements = [s.load(data, four * 4 + odd + 2 * upper + self.first) for upper in (0, 1)]
            return self._added(sums, pairs, j, s.load(weights, place), elements)

        zeros = s.loop("i", 2 * pairs, lambda i: s.store(sums, i, tirx.const(0, "int32")))
        nest = s.loop(
            "four",
            self._elements // 4,
            lambda four: s.loop("odd", 2, lambda odd: s.loop("j", pairs, lambda j: word(four, odd, j))),
        )
        arguments = [s.address(data, self.first), s.address(weights, begin), self._elements // 4, s.address(sums, 0)]
        return s.micro_kernel(f"tvmgen_dsp_dense{2 * pairs}", arguments, s.steps([zeros, nest]))

    def _rest(self, sums: Any, pairs: int, begin: Any) -> Any | None:
        """What one to three more elements add."""
        whole, left = self._elements // 4 * 4, self._elements % 4
        if not left:
            return None
        weights, data = self.parameters.constants[0], self.parameters.given[self.convolution.data]

        def word(number: int) -> Any:
            first = whole + 2 * number
            place = begin + first // 2 * pairs

            def pair(j: Any) -> Any:
                elements = [s.load(data, self.first + e) for e in range(first, min(first + 2, self._elements))]
                return self._added(sums, pairs, j, s.load(weights, place + j), elements)

            return s.loop("j", pairs, pair)

        return s.steps([word(number) for number in range((left + 1) // 2)])

    @staticmethod
    def _added(sums: Any, pairs: int, j: Any, word: Any, elements: list[Any]) -> Any:
        """The products of one or two elements with a word of weights."""
        from tvm import tirx

        halves = (tirx.Cast("int32", tirx.Cast("int16", word)), word >> 16)
        stores = []
        for second in (0, 1):
            total = s.load(sums, j + second * pairs)
            for element, half in zip(elements, halves, strict=False):
                lower = tirx.Cast("int32", tirx.Cast("int8", half))
                weight = lower if second else (half - lower) >> 8
                total = total + tirx.Cast("int32", element) * weight
            stores.append(s.store(sums, j + second * pairs, total))
        return s.steps(stores)
