"""Convolutions of single channels of int8 for Arm's DSP extension.

A channel is widened to halfwords as a plane with its border: two neighbours are a word, which SMLAD multiplies with two
taps of a row. The output may take the input's memory, since a channel is read as a whole before any of it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tvm_model_library.compiler.forms import statements as s
from tvm_model_library.compiler.forms.convolution import Convolution, Window
from tvm_model_library.compiler.forms.epilogue import Epilogue
from tvm_model_library.compiler.forms.parameters import Form, Parameters

_LARGEST_PLANE = 8192
"""In bytes: beyond that a few rows of all channels need less."""
_SUMS = 64
"""How many windows at most are summed up before their sums become outputs."""


def plane_form(func: Any, convolution: Convolution, epilogue: Epilogue) -> Form | None:
    """The form of a convolution of single channels, one filter or two each; None for others, and for large planes."""
    if convolution.channels != 1 or convolution.filters > 2:
        return None
    outer, (rows, columns) = _image(convolution.windows)
    if not all(w.is_plain for w in outer):
        return None
    builder_of = _Plane.of(rows, columns)
    if builder_of.size * 2 > _LARGEST_PLANE:
        return None
    taps = convolution.weights.reshape(-1, rows.taps * columns.taps)
    if np.abs(taps).max(initial=0) > 128:
        return None
    positions = tuple(dict.fromkeys((convolution.data, *epilogue.parameters)))
    parameters = Parameters(func, positions, [("taps", taps.astype(np.int8)), *epilogue.constants])
    return parameters.form(_Builder(convolution, epilogue, parameters, builder_of).body())


def _image(windows: tuple[Window, ...]) -> tuple[tuple[Window, ...], tuple[Window, Window]]:
    """The axes around images, and the two axes of an image; one that is missing has one position."""
    padded = (Window(1, 1), Window(1, 1), *windows)
    outer, image = padded[:-2], (padded[-2], padded[-1])
    return tuple(w for w in outer if w.count > 1 or not w.is_plain), image


@dataclass(frozen=True)
class _Plane:
    """One channel with its border: ``height`` rows, ``pitch`` elements apart. ``words`` of two taps a row of a window,
    ``word_step`` elements apart.
    """

    rows: Window
    columns: Window
    words: int
    word_step: int
    pitch: int
    height: int

    @classmethod
    def of(cls, rows: Window, columns: Window) -> _Plane:
        adjacent = columns.dilation == 1 or columns.taps == 1
        words, step = ((columns.taps + 1) // 2, 2) if adjacent else (columns.taps, columns.dilation)
        width = (columns.count - 1) * columns.stride + (words - 1) * step + 2
        height = (rows.count - 1) * rows.stride + rows.reach
        return cls(rows, columns, words, step, width + width % 2, height)

    @property
    def size(self) -> int:
        """Elements of the plane, with those that pairs of windows read beyond its end."""
        return self.height * self.pitch + 2

    @property
    def is_common(self) -> bool:
        """Whether windows are 3 x 3, next to each other or every other one: whole rows have micro-kernels."""
        plain = self.rows.taps == self.columns.taps == 3 and self.rows.dilation == self.columns.dilation == 1
        return plain and self.rows.stride == self.columns.stride and self.columns.stride in (1, 2)

    @property
    def width(self) -> int:
        """Windows of a row that are summed up: a whole number of pairs where pairs are."""
        count = self.columns.count
        return count + count % 2 if self.is_common and self.columns.stride == 1 else count

    @property
    def rows_at_once(self) -> int:
        """Rows of windows that are summed up at once."""
        most = max(_SUMS // self.width, 1) if self.is_common else 1
        return next(n for n in range(min(most, self.rows.count), 0, -1) if self.rows.count % n == 0)

    @property
    def taps_a_word(self) -> int:
        return 2 if self.word_step == 2 and self.columns.dilation == 1 else 1

    def inner(self, window: Window, positions: int) -> tuple[int, int, int]:
        """Of an axis with ``positions`` in the plane: the first one with data, how many there are, and the first of
        the data.
        """
        low, high = max(0, window.before), min(positions, window.size + window.before)
        return low, max(high - low, 0), low - window.before


@dataclass(frozen=True, eq=False)
class _Builder:
    convolution: Convolution
    epilogue: Epilogue
    parameters: Parameters
    plane: _Plane

    def body(self) -> Any:
        """The function's body."""
        from tvm import tirx

        plane = s.buffer("plane", "int16", self.plane.size)
        words = s.buffer("words", "int32", self.plane.rows.taps * self.plane.words)
        sums = s.buffer("sums", "int32", self.plane.rows_at_once * self.plane.width)
        border = tirx.const(self.convolution.fill, "int16")
        begin = s.loop("i", self.plane.size, lambda i: s.store(plane, i, border))

        def images(axis: int, data: Any, output: Any) -> Any:
            outer, _ = _image(self.convolution.windows)
            if axis == len(outer):
                return s.loop(
                    "group", self.convolution.groups, lambda g: self._group(plane, words, sums, data, output, g)
                )
            window = outer[axis]
            return s.loop(
                "n",
                window.count,
                lambda n: images(axis + 1, data + n * window.step, output + n * window.out_step),
            )

        zero = tirx.const(0, "int32")
        allocations = [tirx.AllocBuffer(b) for b in (plane, words, sums)]
        return s.steps([*allocations, begin, images(0, zero, zero)])

    def _group(self, plane: Any, words: Any, sums: Any, data: Any, output: Any, group: Any) -> Any:
        filters = self.convolution.filters
        copy = self._copied(plane, data + group * self.convolution.channel_step)

        def filter_(f: Any) -> Any:
            channel = group * filters + f
            blocks = self.plane.rows.count // self.plane.rows_at_once
            rows = s.loop("block", blocks, lambda b: self._rows(plane, words, sums, output, channel, b))
            return s.steps([self._packed(words, channel), rows])

        return s.steps([copy, s.loop("f", filters, filter_)])

    def _copied(self, plane: Any, channel: Any) -> Any:
        """The channel in the plane."""
        from tvm import tirx

        p = self.plane
        top, height, first_row = p.inner(p.rows, p.height)
        left, width, first_column = p.inner(p.columns, p.pitch)
        data = self.parameters.given[self.convolution.data]

        def row(y: Any) -> Any:
            source = channel + (y + first_row) * p.rows.step + first_column * p.columns.step
            target = (y + top) * p.pitch + left

            def element(x: Any) -> Any:
                return s.store(plane, target + x, tirx.Cast("int16", s.load(data, source + x * p.columns.step)))

            arguments = [s.address(data, source), p.columns.step, width, s.address(plane, target)]
            return s.micro_kernel("tvmgen_dsp_gather", arguments, s.loop("x", width, element))

        return s.loop("y", height, row) if height and width else None

    def _packed(self, words: Any, channel: Any) -> Any:
        """The taps of a filter in words, of two where they are neighbours."""
        from tvm import tirx

        p, taps = self.plane, self.parameters.constants[0]
        zero = tirx.const(0, "int32")

        def word(ky: Any, i: Any) -> Any:
            first = channel * (p.rows.taps * p.columns.taps) + ky * p.columns.taps + i * p.taps_a_word
            lower = tirx.Cast("int32", s.load(taps, first)) & 0xFFFF
            if p.taps_a_word == 1:
                return s.store(words, ky * p.words + i, lower)
            upper = tirx.Cast("int32", s.load(taps, first + 1)) << 16
            if p.columns.taps % 2:
                upper = tirx.if_then_else(i * 2 + 1 < p.columns.taps, upper, zero)
            return s.store(words, ky * p.words + i, lower | upper)

        return s.loop("ky", p.rows.taps, lambda ky: s.loop("i", p.words, lambda i: word(ky, i)))

    def _rows(self, plane: Any, words: Any, sums: Any, output: Any, channel: Any, block: Any) -> Any:
        """Some rows of windows, and what becomes of their sums."""
        p, convolution = self.plane, self.convolution

        def element(y: Any, x: Any) -> Any:
            window = output + (block * p.rows_at_once + y) * p.rows.out_step + x * p.columns.out_step
            total, given, constants = (
                s.load(sums, y * p.width + x),
                self.parameters.given,
                self.parameters.constants[1:],
            )
            value = self.epilogue.value(total, window, channel, given, constants)
            return s.store(self.parameters.output, window + channel * convolution.out_channel_step, value)

        outputs = s.loop("y", p.rows_at_once, lambda y: s.loop("x", p.columns.count, lambda x: element(y, x)))
        return s.steps([self._sums(plane, words, sums, block * p.rows_at_once), outputs])

    def _sums(self, plane: Any, words: Any, sums: Any, row: Any) -> Any:
        from tvm import tirx

        p = self.plane
        first = row * (p.rows.stride * p.pitch)
        row_step = p.pitch * p.rows.dilation

        def window(y: Any, x: Any) -> Any:
            def word(ky: Any, i: Any) -> Any:
                both = s.load(words, ky * p.words + i)
                place = first + y * (p.rows.stride * p.pitch) + x * p.columns.stride + ky * row_step + i * p.word_step
                products = tirx.Cast("int32", s.load(plane, place)) * tirx.Cast("int32", tirx.Cast("int16", both))
                upper = tirx.Cast("int32", s.load(plane, place + 1)) * (both >> 16)
                return s.store(sums, y * p.width + x, s.load(sums, y * p.width + x) + products + upper)

            nest = s.loop("ky", p.rows.taps, lambda ky: s.loop("i", p.words, lambda i: word(ky, i)))
            return s.steps([s.store(sums, y * p.width + x, tirx.const(0, "int32")), nest])

        meaning = s.loop("y", p.rows_at_once, lambda y: s.loop("x", p.width, lambda x: window(y, x)))
        common = [s.address(plane, first), row_step, s.address(words, 0)]
        if p.is_common:
            sizes = [p.width // 2 if p.columns.stride == 1 else p.width, p.rows_at_once, s.address(sums, 0)]
            return s.micro_kernel(f"tvmgen_dsp_rows3_stride{p.columns.stride}", [*common, *sizes], meaning)
        shape = [p.rows.taps, p.words, p.word_step, p.columns.stride, p.width, s.address(sums, 0)]
        return s.micro_kernel("tvmgen_dsp_row", [*common, *shape], meaning)
