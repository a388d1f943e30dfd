"""Programs by seed: which operators, in which numbers, and programs like those of real networks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from relay_fuzzer.builder import Builder, Calls, RejectedError
from relay_fuzzer.families import elementwise, images, indexing, networks, quantized, rare, reductions, shapes, windows
from relay_fuzzer.vectors import Source

_FAMILIES = (elementwise, shapes, reductions, windows, indexing, images, quantized, rare)
_ALL: Calls = tuple(call for family in _FAMILIES for call in family.CALLS)
_FUSED: Calls = (
    (elementwise.unary, 6),
    (elementwise.binary, 10),
    (elementwise.where, 4),
    (elementwise.cast, 2),
    (elementwise.clip, 2),
    (elementwise.activation, 2),
    (shapes.reshape, 3),
    (shapes.transpose, 3),
    (shapes.mirror, 5),
    (shapes.repeat, 4),
    (shapes.spread, 2),
    (shapes.strided_slice, 5),
    (shapes.split, 3),
    (shapes.concatenate, 7),
    (shapes.stack, 3),
    (shapes.pad, 5),
    (shapes.expand, 1),
    (reductions.reduce, 6),
    (reductions.scan, 1),
    (reductions.softmax, 2),
    (reductions.bias, 1),
    (indexing.take, 2),
    (indexing.gather, 1),
    (windows.pooling, 1),
    (windows.convolution, 1),
)
_TRIES = 60


@dataclass(frozen=True)
class Case:
    """A program: its text, what its inputs may hold, its operators, and the seed that made it."""

    text: str
    sources: tuple[Source, ...]
    operators: tuple[str, ...]
    seed: int
    profile: str


def operators_program(seed: int) -> Case:
    """2 to 12 operators of all families."""
    b = Builder(random.Random(f"operators {seed}"))
    wanted = b.integer(2, 12)
    calls = _ALL
    if b.chance(0.4):  # few kinds, so that they meet more often
        calls = tuple(call for call in _ALL if b.chance(0.25)) or _ALL
    for _ in range(_TRIES):
        if len(b.operators) >= wanted:
            break
        try:
            b.weighted(calls)(b)
        except RejectedError:
            continue
    while not b.operators:
        try:
            elementwise.unary(b)
        except RejectedError:
            continue
    return _case(b, seed, "operators")


def fused_program(seed: int) -> Case:
    """4 to 12 operators on a few tensors of one dtype: values are used again and again, and by the same consumer."""
    b = Builder(random.Random(f"fusion {seed}"))
    dtype = b.weighted([("float32", 4), ("int32", 2), ("int8", 2), ("uint8", 1), ("int64", 1), ("float64", 1)])
    shape = b.shape(1, 3, 120)
    b.new(shape, dtype)
    if b.chance(0.5):
        b.new(shape, dtype)
    wanted = b.integer(4, 12)
    b.again = 0.6
    for _ in range(_TRIES):
        if len(b.operators) >= wanted:
            break
        try:
            b.weighted(_FUSED)(b)
        except RejectedError:
            continue
    return _case(b, seed, "fusion")


def network_program(seed: int) -> Case:
    """A small network of the kinds that people have."""
    b = Builder(random.Random(f"networks {seed}"))
    networks.network(b)
    return _case(b, seed, "networks")


PROFILES: dict[str, Callable[[int], Case]] = {
    "operators": operators_program,
    "fusion": fused_program,
    "networks": network_program,
}


def _case(b: Builder, seed: int, profile: str) -> Case:
    return Case(b.text(), tuple(b.sources), tuple(b.operators), seed, profile)
