"""``python -m relay_fuzzer``: programs by seed, or one program again. README.md says more."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from tvm_model_library.errors import ModelLibraryError

from relay_fuzzer import campaign
from relay_fuzzer.generate import PROFILES
from relay_fuzzer.judge import fails_alike, probe
from relay_fuzzer.shrink import shrink
from relay_fuzzer.variants import all_variants


def main() -> int:
    """Exit status 1: something was found."""
    arguments = _parser().parse_args()
    try:
        status: int = arguments.action(arguments)
    except (ModelLibraryError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m relay_fuzzer", description=__doc__)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="judge the programs of the seeds FIRST to LAST - 1")
    run.add_argument("first", type=int)
    run.add_argument("last", type=int)
    run.add_argument("--profile", choices=sorted(PROFILES), default="operators")
    run.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    run.add_argument("--out", type=Path, default=Path("fuzz-findings"), help="findings; the log is beside it, .jsonl")
    run.add_argument("--shrink", type=float, default=60, metavar="SECONDS", help="for each finding; 0: not at all")
    run.add_argument("--limit", type=float, default=60, metavar="SECONDS", help="for each compiler and each run")
    run.add_argument("--avoid", default="", metavar="REGEX", help="leave out programs with known defects by their text")
    run.set_defaults(action=_run)
    show = commands.add_parser("show", help="print the program of a seed")
    show.add_argument("seed", type=int)
    show.add_argument("--profile", choices=sorted(PROFILES), default="operators")
    show.set_defaults(action=_show)
    replay = commands.add_parser("replay", help="run PROGRAM.relay on the inputs of PROGRAM.npz in every variant")
    replay.add_argument("program", type=Path)
    replay.set_defaults(action=_replay)
    small = commands.add_parser("shrink", help="find the smallest program that fails as PROGRAM.relay does")
    small.add_argument("program", type=Path)
    small.add_argument("--seconds", type=float, default=300)
    small.set_defaults(action=_shrink)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    began, rows = time.monotonic(), []
    plan = campaign.Plan(arguments.profile, arguments.out, arguments.shrink, arguments.limit, arguments.avoid)
    with arguments.out.with_name(f"{arguments.out.name}.jsonl").open("a", encoding="utf-8") as log:
        for row in campaign.run(plan, range(arguments.first, arguments.last), arguments.jobs):
            rows.append(row)
            log.write(json.dumps(row) + "\n")
            log.flush()
            if row["outcome"] not in campaign.NO_FINDING:
                print(f"{row['profile']} {row['seed']}: {row['outcome']}: {row['message'][:300]}", flush=True)
    print(campaign.summary(rows, time.monotonic() - began))
    return int(any(r["outcome"] not in campaign.NO_FINDING for r in rows))


def _show(arguments: argparse.Namespace) -> int:
    print(PROFILES[arguments.profile](arguments.seed).text, end="")
    return 0


def _replay(arguments: argparse.Namespace) -> int:
    text, inputs = campaign.read_program(arguments.program)
    status = 0
    for variant in all_variants():
        try:
            finding = probe(text, inputs, variant)
        except ModelLibraryError as error:
            print(f"{variant}: refused: {error}", flush=True)
            continue
        print(f"{variant}: {f'{finding.kind}: {finding.message}' if finding else 'as it must be'}", flush=True)
        status |= finding is not None
    return status


def _shrink(arguments: argparse.Namespace) -> int:
    text, inputs = campaign.read_program(arguments.program)
    for variant in all_variants():
        finding = probe(text, inputs, variant)
        if finding is None:
            continue
        small = shrink(text, inputs, lambda t, a, found=finding: fails_alike(t, a, found, 0), arguments.seconds)
        campaign.write_program(arguments.program.with_suffix(".small"), *small)
        print(f"{finding.kind} in {variant}: {finding.message}\n{small[0]}")
        return 1
    print("nothing fails")
    return 0


if __name__ == "__main__":
    sys.exit(main())
