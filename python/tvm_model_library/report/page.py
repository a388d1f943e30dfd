"""The report as one HTML page that needs nothing else: tables, and each pool drawn as time against address."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tvm_model_library.report.figures import Report, Tensor

_HEIGHT = 420
_LEFT, _BOTTOM, _TOP = 70, 24, 12
_LEAST_STEP, _LEAST_WIDTH = 40, 1100
_LETTER = 6.2  # width of a letter of the labels
_LEAST_LABEL_HEIGHT = 11


@dataclass(frozen=True)
class Box:
    """A tensor as a rectangle; ``label`` is empty where there is no room for one."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str
    title: str


@dataclass(frozen=True)
class Chart:
    """One pool's timeline. ``rules`` are heights with their addresses; ``steps`` the calls' centres and numbers."""

    name: str
    bytes: int
    width: int
    height: int
    boxes: tuple[Box, ...]
    rules: tuple[tuple[float, str], ...]
    steps: tuple[tuple[float, int], ...]
    left: int = _LEFT


def html_page(report: Report) -> str:
    """The whole page. Names from the model are escaped."""
    charts = [chart(report, pool.name, pool.bytes) for pool in report.pools if pool.bytes]
    return str(_environment().get_template("report.html.j2").render(report=report, charts=charts))


def chart(report: Report, pool: str, size: int) -> Chart:
    """The timeline of one pool: calls from left to right, addresses upwards."""
    count = len(report.calls) + 2  # a column before the first call and one after the last
    step = max(_LEAST_STEP, _LEAST_WIDTH / count)
    scale = (_HEIGHT - _TOP - _BOTTOM) / size

    def height_of(address: float) -> float:
        return round(_HEIGHT - _BOTTOM - address * scale, 2)

    shown = [t for t in report.tensors if t.pool == pool and t.bytes]
    firsts: defaultdict[int, list[int]] = defaultdict(list)
    for t in sorted(shown, key=lambda t: t.first):
        firsts[t.offset].append(t.first)
    boxes = [_box(t, step, _visible(t, firsts[t.offset]), scale, height_of) for t in shown]
    rules = tuple((height_of(size * i / 4), f"{size * i // 4:,}") for i in range(5))
    steps = tuple((round(_LEFT + (i + 1.5) * step, 2), i) for i in range(len(report.calls)))
    return Chart(pool, size, int(_LEFT + count * step + 8), _HEIGHT, tuple(boxes), rules, steps)


def _visible(tensor: Tensor, firsts: Sequence[int]) -> int:
    """How many calls of a tensor's life are not drawn over by one that is computed in its place. ``firsts``: where
    the lives of all tensors at its offset begin, in order.
    """
    heir = bisect_right(firsts, tensor.first)
    return min([tensor.last + 1, *firsts[heir : heir + 1]]) - tensor.first


def _box(tensor: Tensor, step: float, visible: int, scale: float, height_of: Any) -> Box:
    """``visible``: over how many steps there is room for a label."""
    width = (tensor.last - tensor.first + 1) * step
    height = tensor.bytes * scale
    made = "" if tensor.first < 0 else f"#{tensor.first}"
    room = int((visible * step - 6) / _LETTER)
    candidates = [f"{made} {tensor.name} {tensor.bytes:,}", f"{made} {tensor.bytes:,}", made or tensor.name]
    label = next((text.strip() for text in candidates if len(text) <= room), "")
    if height < _LEAST_LABEL_HEIGHT:
        label = ""
    shape = f", {tensor.dtype}{list(tensor.shape)}" if tensor.dtype else ""
    title = (
        f"{tensor.name}: {tensor.bytes:,} bytes at {tensor.offset:,}, {tensor.kind}{shape}, "
        f"{_life(tensor)}, {tensor.traffic:,} bytes read and written"
    )
    x = round(_LEFT + (tensor.first + 1) * step, 2)
    y = height_of(tensor.offset + tensor.bytes)
    return Box(x, y, round(width, 2), round(height, 2), tensor.kind, label, title)


def _life(tensor: Tensor) -> str:
    return f"calls {max(tensor.first, 0)} to {tensor.last}" if tensor.last >= 0 else "before the first call"


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tvm_model_library", "report/templates"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    return environment
