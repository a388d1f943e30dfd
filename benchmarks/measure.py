"""What the benchmarks share: interleaved measurements, because the machine's speed drifts, and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median


def interleaved(contestants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """``rounds`` results of each contestant; they take turns, so that all see the same drift."""
    results: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            results[name].append(run())
    return results


def summary(results: Mapping[str, Sequence[float]], peer: str | None, scale: float, digits: int = 3) -> list[list[str]]:
    """Rows of name, median, best, and the ratio of each median to the peer's of the same run."""
    base = median(results[peer]) if peer is not None and peer in results else None
    return [
        [
            name,
            f"{median(values) * scale:.{digits}f}",
            f"{min(values) * scale:.{digits}f}",
            f"{median(values) / base:.2f}" if base else "",
        ]
        for name, values in results.items()
    ]


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
