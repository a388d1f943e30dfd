"""The harness is worth what it finds: mutants of generated C, each with one mistake, must not pass it.

A mutant is built as a user builds (plainly, with default vectors), and where that does not find it, as CI does, with
AddressSanitizer and UndefinedBehaviorSanitizer. What survives both is in SURVIVORS, with the reason.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import networks
import pytest
from harness_program import PLAIN, SANITIZED, HarnessProgram, generated_sources
from mutants import MISTAKES, Mutant, mutants_of

NETWORKS = {f.__name__: f for f in (networks.anomaly_detection, networks.image_classification, networks.residual)}
PER_MISTAKE = 6
FEWEST = 60
MOST_SURVIVORS = 0.03


@dataclass(frozen=True)
class Survivor:
    """A mutant that passes harness and sanitizers, by the change and a part of its line, and why it does."""

    network: str
    mistake: str
    change: str
    code: str
    why: str


UNREACHED = "no vector drives a sum of this layer up to its clamp"
SURVIVORS = (
    Survivor("anomaly_detection", "a clamp's end", "255 -> 256", ">> 5, 0, 255) - 128", UNREACHED),
    Survivor("residual", "a clamp's end", "116 -> 117", ">> 6, -139, 116) + 11", UNREACHED),
    Survivor(
        "residual",
        "a stride by one",
        "2 -> 3",
        "1 <= i2 * 2 + ax3 ?",
        "equivalent: 1 <= i2 * 3 + ax3 where 1 <= i2 * 2 + ax3, for no index is negative",
    ),
)
"""Other generated code has other mutants: explain what is left of those."""


@dataclass(frozen=True)
class Found:
    """By what a mutant was found: None where it passed everything."""

    network: str
    mutant: Mutant
    by: str | None

    def __str__(self) -> str:
        m = self.mutant
        return f"{self.network}: {m.mistake}: {m.before} -> {m.after} in {m.file}: {m.code}"

    @property
    def is_explained(self) -> bool:
        m = self.mutant
        facts = self.network, m.mistake, f"{m.before} -> {m.after}"
        return any((s.network, s.mistake, s.change) == facts and s.code in m.code for s in SURVIVORS)


class Bench:
    """A network's programs, which pass as they are."""

    def __init__(self, name: str) -> None:
        library, vectors = NETWORKS[name]()
        sources = generated_sources(library, vectors)
        self.name = name
        self.builds = {"harness": HarnessProgram(sources, PLAIN), "sanitizer": HarnessProgram(sources, SANITIZED)}
        for build in self.builds.values():
            ran = build.run()
            assert ran.status == 0, ran.printed
        self.mutants = mutants_of(sources, PER_MISTAKE, name)

    def judge(self, mutant: Mutant) -> Found:
        found = (by for by, b in self.builds.items() if b.run({mutant.file: mutant.text}, limit=30).status != 0)
        return Found(self.name, mutant, next(found, None))


@pytest.fixture(scope="module")
def benches() -> list[Bench]:
    return [Bench(name) for name in NETWORKS]


def test_each_kind_of_mistake_is_made(benches: list[Bench]) -> None:
    made = {m.mistake for bench in benches for m in bench.mutants}
    assert made == {m.name for m in MISTAKES}
    assert all(len(bench.mutants) >= FEWEST for bench in benches)


def test_mutants_are_found(benches: list[Bench]) -> None:
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        jobs = [pool.submit(bench.judge, mutant) for bench in benches for mutant in bench.mutants]
        found = [job.result() for job in jobs]
    survivors = [f for f in found if f.by is None]
    counts = {by: sum(f.by == by for f in found) for by in ("harness", "sanitizer", None)}
    print(f"{len(found)} mutants, found by: {counts}", *survivors, sep="\n")
    unexplained = [str(f) for f in survivors if not f.is_explained]
    assert not unexplained, "find these with a vector or a check, or explain them:\n" + "\n".join(unexplained)
    assert len(survivors) <= MOST_SURVIVORS * len(found), [str(f) for f in survivors]
