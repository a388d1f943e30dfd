"""The fuzzer's short form: the programs of the first seeds of each profile, in rotating variants."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from relay_fuzzer import campaign


@pytest.mark.parametrize(("profile", "count"), [("operators", 90), ("fusion", 80), ("networks", 40)])
def test_programs_compute_what_the_interpreter_does(profile: str, count: int, tmp_path: Path) -> None:
    plan = campaign.Plan(profile, tmp_path, shrink_seconds=20)
    rows = list(campaign.run(plan, range(count), os.cpu_count() or 1))
    failed = [r for r in rows if r["outcome"] not in campaign.NO_FINDING]
    smallest = [path.read_text() for path in sorted(tmp_path.glob("*.txt"))]
    assert not failed, "\n".join([*(f"{profile} {r['seed']}: {r['message']}" for r in failed), *smallest])
    judged = [r for r in rows if r.get("vectors")]
    assert len(rows) == count
    assert len(judged) > 0.95 * count
    assert sum(r["loose"] for r in judged) < 0.02 * sum(r["elements"] for r in judged)
